"""Which language a text is in: by its script where that settles it, else by its letter groups."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, cast

UNKNOWN = "und"
SAMPLE_CHARS = 2_000
# Below this a guess is noise ("ok thx" is every language).
MIN_WORDS = 4
MIN_LETTERS = 18
MIN_PROBABILITY = 0.5
# fmt: off
CONSIDERED = frozenset((
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sk", "sl", "hr", "sr", "bs", "hu", "ro",
    "tr", "sv", "no", "nb", "nn", "da", "fi", "et", "lv", "lt", "id", "ms", "vi", "sq", "ca",
))
# fmt: on
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile("[\u3040-\u30ff\uff66-\uff9f]")),
    ("ko", re.compile("[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_PERSIAN = re.compile("[\u067e\u0686\u0698\u06af\u06a9\u06cc]")
_UKRAINIAN = re.compile("[\u0456\u0457\u0454\u0491]", re.IGNORECASE)
_MASKED = re.compile(r"\bxx[a-z]{2,8}\b")


class _Ranker(Protocol):
    def __call__(self, text: str) -> Sequence[tuple[str, float]]: ...


@lru_cache(maxsize=1)
def _ranker() -> _Ranker:
    from py3langid import langid  # noqa: PLC0415 - half a second that only the first text pays

    return cast("_Ranker", langid.rank)


def language_of(text: str) -> str:
    """ISO 639-1 code of the text's main language, `und` where too little speaks for one."""
    sample = _MASKED.sub(" ", text[:SAMPLE_CHARS])
    by_script = _by_script(sample)
    if by_script:
        return by_script
    letters = len(_LATIN.findall(sample))
    if letters < MIN_LETTERS or len(sample.split()) < MIN_WORDS:
        return UNKNOWN
    return _by_letter_groups(sample)


def _by_script(sample: str) -> str | None:
    counts = {code: len(script.findall(sample)) for code, script in _SCRIPTS}
    latin = len(_LATIN.findall(sample))
    # Kana settles Japanese even among many Chinese characters.
    if (
        counts["ja"]
        and counts["ja"] * 8 >= counts["zh"]
        and 3 * (counts["ja"] + counts["zh"]) > latin
    ):
        return "ja"
    code = max(counts, key=lambda script: counts[script])
    weight = 3 if code in {"zh", "ja"} else 1  # one such character says as much as three letters
    if counts[code] < 2 or counts[code] * weight <= latin:
        return None
    if code == "ar" and len(_PERSIAN.findall(sample)) >= 3:
        return "fa"
    if code == "ru" and _UKRAINIAN.search(sample):
        return "uk"
    return code


def _by_letter_groups(sample: str) -> str:
    ranked = [(code, score) for code, score in _ranker()(sample.lower()) if code in CONSIDERED]
    best, top = ranked[0]
    # Naive Bayes is overconfident by length; this temperature keeps probabilities comparable.
    heat = math.sqrt(len(sample.encode("utf-8", "surrogatepass")))
    total = sum(math.exp((score - top) / heat) for _, score in ranked)
    if 1 / total < MIN_PROBABILITY:
        return UNKNOWN
    return {"nb": "no", "nn": "no"}.get(best, best)
