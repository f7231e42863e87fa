import json
import os
from pathlib import Path

import pytest

from casebook.errors import CaseworkError
from casebook.prediction import Prediction, Score
from classifier.predictor import TicketPredictor
from training.evaluate import Case, evaluate, main, read_cases
from training.first_bundle import ensure_starter_bundle

SHARED = os.environ.get("CASEWARDEN_SHARED", "")
REAL_TEXTS = Path(SHARED or "absent") / "data" / "real-tickets-dev.jsonl"


class Says:
    """A predictor that finds the categories which a text names."""

    digest = "0" * 64

    def predict_many(self, tickets):
        return [
            Prediction(
                scores=tuple(
                    Score(category, None, 0.9, "model", "act")
                    for category in ticket.description.split()
                ),
                flags=frozenset(),
                language="en",
                model=self.digest,
            )
            for ticket in tickets
        ]


def test_recall_precision_and_disturbance_are_counted():
    cases = [
        Case("privacy", frozenset({"privacy"}), "", "privacy"),
        Case("privacy", frozenset({"privacy"}), "", "copyright"),
        Case("ordinary", frozenset(), "", "privacy"),
        Case("ordinary", frozenset(), "", ""),
    ]

    outcome = evaluate(cases, Says())

    assert outcome.disturbed == 0.5
    assert {r.label: r.found for r in outcome.labels} == {"privacy": 0.5, "ordinary": 0.5}
    privacy = next(r for r in outcome.categories if r.category == "privacy")
    assert (privacy.predicted, privacy.precision, privacy.recall, privacy.f1) == (2, 0.5, 0.5, 0.5)


def test_rows_of_both_kinds_can_be_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"category": "privacy", "also": ["copyright"], "text": "x"},
        {"label": "threat_violence", "also": "self_harm", "text": "y", "subject": "s"},
        {"category": "general", "also": [], "text": "z"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))

    assert [case.right for case in read_cases(path)] == [
        {"privacy", "copyright"},
        {"imminent_threat", "harassment_hate", "self_harm"},
        frozenset(),
    ]


def test_an_unknown_label_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"label": "weather", "text": "x"}))
    with pytest.raises(CaseworkError, match=r"rows\.jsonl:1: label weather"):
        read_cases(path)


def test_the_command_writes_one_document(small_bundle, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"category": "privacy", "text": "erase me, article 17 gdpr"}))

    assert main([str(path), "--bundle", str(small_bundle[0])]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 1


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main([str(tmp_path / "none.jsonl"), "--bundle", str(tmp_path)]) == 1
    assert "manifest.json" in capsys.readouterr().err


@pytest.mark.shared
@pytest.mark.skipif(
    not REAL_TEXTS.exists(),
    reason="needs CASEWARDEN_SHARED, a folder with data/real-tickets-dev.jsonl",
)
def test_real_texts_are_understood(tmp_path_factory):
    folder, digest = ensure_starter_bundle(
        tmp_path_factory.mktemp("starter"), progress=lambda *_: None
    )
    predictor = TicketPredictor.load(folder, pinned=digest)

    outcome = evaluate(read_cases(REAL_TEXTS), predictor)
    found = {result.label: result.found for result in outcome.labels}

    assert outcome.disturbed <= 0.03
    assert found["self_harm"] >= 0.95
    assert found["copyright"] >= 0.95
    assert found["privacy"] >= 0.8
    assert found["abuse_report"] >= 0.85
    assert found["threat_violence"] >= 0.75
    assert found["security_report"] >= 0.65
