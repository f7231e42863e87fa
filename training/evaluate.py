"""How a bundle does on labelled texts: recall and precision per label, and who is disturbed."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from casebook.errors import CaseworkError
from casebook.ports import Predictor
from casebook.ticket import Ticket
from classifier.bundle import digest_of, read_manifest
from classifier.predictor import TicketPredictor

# Labels of collections that do not use our categories; a finding of any of them is right.
FOREIGN_LABELS: Mapping[str, frozenset[str]] = {
    "self_harm": frozenset({"self_harm"}),
    "privacy": frozenset({"privacy"}),
    "copyright": frozenset({"copyright"}),
    "threat_violence": frozenset({"imminent_threat", "harassment_hate"}),
    "account_takeover": frozenset({"account_security"}),
    "security_report": frozenset({"account_security"}),
    "abuse_report": frozenset({"abuse_report", "fraud_scam"}),
    "abuse_appeal": frozenset({"appeal"}),
    "law_enforcement": frozenset({"law_enforcement", "government_removal"}),
    "legal_threat": frozenset({"legal_regulatory"}),
    "ordinary": frozenset(),
    "spam": frozenset(),
}
BATCH = 500
WRITTEN_ON = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A text with its label, and the categories of which one is right (none: ordinary)."""

    label: str
    right: frozenset[str]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class LabelResult:
    """Outcome for one label.

    `found` is the share of its texts that got a right category (for ordinary labels: that got
    none), `acted_on` the share where one may act, `abstained` the share without an answer.
    """

    label: str
    rows: int
    found: float
    acted_on: float
    abstained: float


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """Outcome for one category over all texts: precision, recall and F1 of suggesting it."""

    category: str
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole outcome; `disturbed` is the share of ordinary texts that got any category."""

    rows: int
    disturbed: float
    labels: tuple[LabelResult, ...]
    categories: tuple[CategoryResult, ...]


def read_cases(path: Path) -> list[Case]:
    """Cases of a JSONL file with `text`, and `category` (+ `also`) or a foreign `label`."""
    cases = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            label = str(row.get("category") or row["label"])
            right = _right(row, label)
            if right is None:
                raise CaseworkError(f"{path.name}:{number}: label {label} has no category of ours")
            cases.append(Case(label, right, str(row.get("subject") or ""), str(row["text"])))
    return cases


def _right(row: Mapping[str, object], label: str) -> frozenset[str] | None:
    if "category" in row:
        also = row.get("also")
        named = [label, *(str(a) for a in also)] if isinstance(also, list) else [label]
        return frozenset(named) - {"general"}
    second = row.get("also")
    extra = FOREIGN_LABELS.get(second, frozenset()) if isinstance(second, str) else frozenset()
    first = FOREIGN_LABELS.get(label)
    return None if first is None else first | extra


def evaluate(cases: Sequence[Case], predictor: Predictor) -> Evaluation:
    """Predict every case and count."""
    found: list[frozenset[str]] = []
    acted: list[frozenset[str]] = []
    silent: list[bool] = []
    for first in range(0, len(cases), BATCH):
        tickets = [_ticket(case) for case in cases[first : first + BATCH]]
        for prediction in predictor.predict_many(tickets):
            found.append(frozenset(s.category for s in prediction.scores))
            acted.append(frozenset(s.category for s in prediction.scores if s.strength == "act"))
            silent.append(prediction.abstained)
    ordinary = [bool(got) for case, got in zip(cases, found, strict=True) if not case.right]
    return Evaluation(
        rows=len(cases),
        disturbed=_share(sum(ordinary), len(ordinary)),
        labels=_by_label(cases, found, acted, silent),
        categories=_by_category(cases, found),
    )


def _ticket(case: Case) -> Ticket:
    return Ticket(
        id=1,
        subject=case.subject,
        description=case.text,
        status="new",
        priority=None,
        tags=frozenset(),
        updated_at=WRITTEN_ON,
        updated_stamp=WRITTEN_ON.isoformat(),
    )


def _by_label(
    cases: Sequence[Case],
    found: Sequence[frozenset[str]],
    acted: Sequence[frozenset[str]],
    silent: Sequence[bool],
) -> tuple[LabelResult, ...]:
    results = []
    for label in sorted({case.label for case in cases}):
        members = [i for i, case in enumerate(cases) if case.label == label]
        hits = sum(
            bool(found[i] & cases[i].right or not (found[i] | cases[i].right)) for i in members
        )
        sure = sum(bool(acted[i] & cases[i].right) for i in members)
        mute = sum(silent[i] for i in members)
        rows = len(members)
        results.append(
            LabelResult(label, rows, _share(hits, rows), _share(sure, rows), _share(mute, rows))
        )
    return tuple(results)


def _by_category(
    cases: Sequence[Case], found: Sequence[frozenset[str]]
) -> tuple[CategoryResult, ...]:
    predicted, right, true = Counter[str](), Counter[str](), Counter[str]()
    for case, got in zip(cases, found, strict=True):
        predicted.update(got)
        right.update(got & case.right)
        true.update(case.right)
    return tuple(
        _category_result(category, predicted[category], right[category], true[category])
        for category in sorted(predicted.keys() | true.keys())
    )


def _category_result(category: str, predicted: int, right: int, true: int) -> CategoryResult:
    precision, recall = _share(right, predicted), _share(right, true)
    f1 = round(2 * precision * recall / (precision + recall), 4) if right else 0.0
    return CategoryResult(category, predicted, precision, recall, f1)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def main(arguments: Iterable[str] | None = None) -> int:
    """Evaluate a bundle on a file and write the outcome as JSON to standard output."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("file", type=Path, help="JSONL with labelled texts")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of a model bundle")
    options = parser.parse_args(None if arguments is None else list(arguments))
    try:
        # Whoever names a folder on the command line vouches for it; nothing is pinned here.
        pinned = digest_of(read_manifest(options.bundle))
        predictor = TicketPredictor.load(options.bundle, pinned=pinned)
        outcome = evaluate(read_cases(options.file), predictor)
    except (CaseworkError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(outcome), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
