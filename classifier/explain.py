"""Why a prediction is what it is, in words and places; never in the requester's own words."""

import re
from collections.abc import Iterable, Sequence

from casebook.prediction import Reason, Score
from casebook.taxonomy import Taxonomy
from classifier.cues import Hit
from classifier.features import Prepared
from classifier.pipeline import Model
from classifier.text import Reading

MAX_REASONS = 3
MAX_TERMS = 2
MIN_TERM_CHARS = 3
PLACEHOLDERS = {
    "xxurl": "a web address",
    "xxhost": "a host name",
    "xxemail": "an e-mail address",
    "xxip": "an IP address",
    "xxhandle": "an account name",
    "xxhash": "a hash",
    "xxiban": "a bank account number",
    "xxphone": "a telephone number",
    "xxnumber": "a long number",
}


def reasons_for(
    scores: Sequence[Score],
    hits: Sequence[Hit],
    terms: Iterable[Reason],
    *,
    language: Reason | None,
) -> tuple[Reason, ...]:
    """The strongest reasons for what was found, certain signals before words before language."""
    found = {score.category for score in scores}
    signals = [_of_signal(hit) for hit in hits if hit.cue.category in found and hit.cue.floor]
    signals.sort(key=lambda reason: -reason.weight)
    words = sorted(terms, key=lambda reason: -reason.weight)[:MAX_TERMS]
    chosen = [*signals[: MAX_REASONS - bool(words)], *words]
    if language is not None and len(chosen) < MAX_REASONS:
        chosen.append(language)
    return tuple(chosen[:MAX_REASONS])


def _of_signal(hit: Hit) -> Reason:
    return Reason(
        kind="signal",
        words=hit.cue.words,
        category=hit.cue.category,
        start=hit.start,
        end=hit.end,
        weight=hit.cue.floor or 0.0,
    )


def terms_for(
    model: Model, prepared: Prepared, reading: Reading, *, category: str, taxonomy: Taxonomy
) -> list[Reason]:
    """The words that spoke loudest for a category, with their places where they can be found."""
    row = model.features.words_.transform([prepared.text])
    weights = model.weights[model.categories.index(category)]
    names = model.features.word_names_
    pulls = sorted(
        (
            (float(value * weights[i]), names[i])
            for i, value in zip(row.indices, row.data, strict=True)
        ),
        reverse=True,
    )
    loud = [(pull, name) for pull, name in pulls if pull > 0 and len(name) >= MIN_TERM_CHARS]
    title = taxonomy.categories[category].title
    return [_of_term(name, pull, reading, category, title) for pull, name in loud[:MAX_TERMS]]


def _of_term(name: str, pull: float, reading: Reading, category: str, title: str) -> Reason:
    what = next((PLACEHOLDERS[part] for part in name.split() if part in PLACEHOLDERS), None)
    if what is not None:
        return Reason("term", f"{what} as in tickets about {title}", category, weight=pull)
    place = re.search(r"\W{0,4}".join(map(re.escape, name.split())), reading.text)
    start, end = reading.span(*place.span()) if place else (None, None)
    return Reason("term", f"wording typical of {title}", category, start, end, pull)


def abstaining(words: str) -> Reason:
    """Why nothing was said."""
    return Reason(kind="abstained", words=words)
