"""Why something was decided, in short sentences for agents. No ticket text is ever in them."""

from collections.abc import Iterator, Sequence

from casebook.prediction import Prediction, Reason
from casebook.taxonomy import Severity, Taxonomy
from macros.findings import IMMINENT, Found

MOST_REASONS = 8
LONGEST_REASON = 300


def reasons_for(
    found: Sequence[Found], prediction: Prediction, *, taxonomy: Taxonomy
) -> Iterator[str]:
    """One sentence per category, then why it is so severe, then what the classifier saw."""
    for each in found:
        yield _how_sure(each, taxonomy)
    yield _how_severe(found, prediction, taxonomy)
    yield from _seen(prediction)


def reasons_for_nothing(prediction: Prediction) -> tuple[str, ...]:
    """Why an ordinary ticket, or one that the classifier abstained on, is left alone."""
    if not prediction.abstained:
        return ("Nothing sensitive was found.",)
    seen = [_sentence(r.words) for r in prediction.reasons if r.kind == "abstained"]
    return ("The classifier abstained, so the ticket is left alone.", *seen[:MOST_REASONS])


def percent(probability: float) -> str:
    """A probability for people, such as `97 %`; only certainty itself is 100 %."""
    bounded = min(max(probability, 0.0), 1.0)
    # The small addend undoes binary fractions: 0.29 * 100 is 28.999999999999996.
    return f"{int(bounded * 100 + 1e-9)} %"


def _how_sure(found: Found, taxonomy: Taxonomy) -> str:
    title = taxonomy.categories[found.category].title
    if found.score.decided_by == "signal":
        return f"A certain signal points to {title}."
    return f"Model is {percent(found.score.probability)} sure of {title}."


def _how_severe(found: Sequence[Found], prediction: Prediction, taxonomy: Taxonomy) -> str:
    worst = min(found, key=lambda each: each.severity)
    name = worst.severity.name
    title = taxonomy.categories[worst.category].title
    if _is_imminence(worst, prediction, taxonomy):
        return f"{name} since it is imminent."
    if worst.score.sub_type is not None:
        return f"{name} for {title}: {worst.score.sub_type.replace('_', ' ')}."
    return f"{name} for {title}."


def _is_imminence(found: Found, prediction: Prediction, taxonomy: Taxonomy) -> bool:
    calm: Severity | None = taxonomy.severity_of(
        found.category, sub_type=found.score.sub_type, imminent=False
    )
    return IMMINENT in prediction.flags and calm is not None and found.severity < calm


def _seen(prediction: Prediction) -> Iterator[str]:
    """The classifier's own reasons, certain signals first."""
    told = [reason for reason in prediction.reasons if reason.kind != "abstained"]
    told.sort(key=lambda reason: reason.kind != "signal")
    for reason in told[:MOST_REASONS]:
        yield _worded(reason)


def _worded(reason: Reason) -> str:
    if reason.kind == "signal":
        return _sentence(f"Certain signal: {reason.words}")
    return _sentence(reason.words)


def _sentence(words: str) -> str:
    line = " ".join(words.split())
    if len(line) > LONGEST_REASON:
        return line[: LONGEST_REASON - 1].rstrip() + "…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
