"""The lexicon's words: what a cue is, how its files are read, and where a cue stands in a text."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain, islice
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from casebook.errors import Misconfigured
from casebook.prediction import Strength
from casebook.taxonomy import Taxonomy
from classifier.needles import NeedleBox, Needles, needles_of
from classifier.text import Reading, fold

# Matches of one pattern that are tried against `near` and `unless` before giving up.
MAX_TRIES = 25
UNLESS_WITHIN_CHARS = 60
_OPEN_ENDED = re.compile(r"(?<!\\)[*+]|\{\d*,\}")
_UPPER = re.compile(r"(?<!\\)[A-Z]")
_DRAFTED = ConfigDict(frozen=True, extra="forbid", strict=True)
Floor = Annotated[float, Field(gt=0, lt=1)]
PatternText = Annotated[str, Field(min_length=2, max_length=2500)]


class Raise(BaseModel):
    """What a certain signal does: it lifts its category to `floor`, with this strength."""

    model_config = _DRAFTED
    floor: Floor
    strength: Strength


class WrittenCue(BaseModel):
    """One entry of a lexicon file.

    `any` holds patterns by language; one of them must match, and, where `near` is given, one of
    those within `within` characters of it, while none of `unless` stands close by and none of
    `unless_anywhere` in the whole text. Patterns are written in lower case and see folded text.
    A cue with `raises` is a certain signal; one with only a `sub_type` tells sub-types apart; one
    with a `flag` qualifies what others found.
    """

    model_config = _DRAFTED
    cue: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,49}$")]
    words: Annotated[str, Field(min_length=4, max_length=90)]
    any: Mapping[str, tuple[PatternText, ...]]
    near: tuple[PatternText, ...] = ()
    within: Annotated[int, Field(ge=10, le=400)] = 120
    unless: tuple[PatternText, ...] = ()
    unless_anywhere: tuple[PatternText, ...] = ()
    raises: Raise | None = None
    sub_type: str | None = None
    flag: str | None = None
    only_with: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _holds(self) -> Self:
        patterns = [
            *(p for group in self.any.values() for p in group),
            *self.near,
            *self.unless,
            *self.unless_anywhere,
        ]
        for pattern in patterns:
            _check(self.cue, pattern)
        if self.flag and (self.raises or self.sub_type):
            raise ValueError(f"cue {self.cue}: a flag neither raises nor names a sub-type")
        return self


class LexiconFile(BaseModel):
    """One file: the cues of a category, or of none (flags)."""

    model_config = _DRAFTED
    category: str | None = None
    cues: tuple[WrittenCue, ...]


def _check(cue: str, pattern: str) -> None:
    if _OPEN_ENDED.search(pattern):
        raise ValueError(f"cue {cue}: use a bounded repeat such as {{0,40}} in {pattern!r}")
    if "''" in pattern or pattern[0] in "'\"":
        raise ValueError(f"cue {cue}: quotes that belong to YAML stand in {pattern!r}")
    if _UPPER.search(pattern):
        raise ValueError(f"cue {cue}: texts are folded to lower case, {pattern!r} is not")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern and the letters without which it cannot match."""

    compiled: re.Pattern[str]
    needles: Needles | None

    def may_match(self, text: str) -> bool:
        """Whether trying is worth the time."""
        return self.needles is None or any(needle in text for needle in self.needles)

    def may_match_with(self, present: frozenset[str]) -> bool:
        """The same, where the needles of a text are known already."""
        return self.needles is None or not self.needles.isdisjoint(present)


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue ready for use; `category` is None for a flag."""

    name: str
    category: str | None
    words: str
    patterns: tuple[Pattern, ...]
    near: tuple[Pattern, ...] = ()
    within: int = 120
    unless: tuple[Pattern, ...] = ()
    unless_anywhere: tuple[Pattern, ...] = ()
    floor: float | None = None
    strength: Strength | None = None
    sub_type: str | None = None
    flag: str | None = None
    only_with: frozenset[str] = frozenset()

    @property
    def kind(self) -> Literal["signal", "flag", "sub_type"]:
        """What the cue may do."""
        if self.floor is not None:
            return "signal"
        return "flag" if self.flag else "sub_type"

    def find(self, text: str, present: frozenset[str]) -> tuple[int, int] | None:
        """First place in a folded text, which holds the needles `present`, where the cue holds."""
        for pattern in self.patterns:
            if pattern.may_match_with(present):
                for match in islice(pattern.compiled.finditer(text), MAX_TRIES):
                    if self._holds_at(text, match.start(), match.end()):
                        return None if self._ruled_out(text) else match.span()
        return None

    def _ruled_out(self, text: str) -> bool:
        return any(p.may_match(text) and p.compiled.search(text) for p in self.unless_anywhere)

    def _holds_at(self, text: str, start: int, end: int) -> bool:
        if self.near and not _any_in(self.near, text, start - self.within, end + self.within):
            return False
        return not _any_in(
            self.unless, text, start - UNLESS_WITHIN_CHARS, end + UNLESS_WITHIN_CHARS
        )


def _any_in(patterns: Iterable[Pattern], text: str, low: int, high: int) -> bool:
    window = text[max(0, low) : high]
    return any(p.may_match(window) and p.compiled.search(window) for p in patterns)


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue that holds; the offsets point into the ticket's own text."""

    cue: Cue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every cue, in the order of the files, and the digest of what they were read from."""

    cues: tuple[Cue, ...]
    digest: str
    needles: NeedleBox

    def find(self, reading: Reading) -> tuple[Hit, ...]:
        """The cues that hold in a text, each at its first place."""
        present = self.needles.present_in(reading.text)
        hits = []
        for cue in self.cues:
            place = cue.find(reading.text, present)
            if place:
                hits.append(Hit(cue, *reading.span(*place)))
        return tuple(hits)


def compile_cue(written: WrittenCue, category: str | None) -> Cue:
    """Make an entry ready for use."""
    return Cue(
        name=written.cue,
        category=category,
        words=written.words,
        patterns=_compile(p for group in written.any.values() for p in group),
        near=_compile(written.near),
        within=written.within,
        unless=_compile(written.unless),
        unless_anywhere=_compile(written.unless_anywhere),
        floor=written.raises.floor if written.raises else None,
        strength=written.raises.strength if written.raises else None,
        sub_type=written.sub_type,
        flag=written.flag,
        only_with=frozenset(written.only_with),
    )


def _compile(patterns: Iterable[str]) -> tuple[Pattern, ...]:
    folded = (_fold_letters(pattern) for pattern in patterns)
    return tuple(Pattern(re.compile(text, re.DOTALL), needles_of(text)) for text in folded)


def _fold_letters(pattern: str) -> str:
    """Fold letters as texts are folded, but leave the pattern's own signs alone."""
    return "".join(char if char < "\x80" else fold(char) for char in pattern)


def lexicon_sources() -> dict[str, str]:
    """The shipped lexicon files by name."""
    folder = files("classifier").joinpath("lexicon")
    return {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The shipped lexicon, read once."""
    return read_lexicon(lexicon_sources())


def read_lexicon(sources: Mapping[str, str]) -> Lexicon:
    """Read lexicon files by name; raise Misconfigured with the file and its fault."""
    cues: list[Cue] = []
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(f"{name}\0{sources[name]}\0".encode())
        try:
            page = LexiconFile.model_validate(yaml.safe_load(sources[name]), strict=False)
            cues += [compile_cue(written, page.category) for written in page.cues]
        except (ValueError, yaml.YAMLError, re.error) as error:
            raise Misconfigured(f"lexicon {name} cannot be used: {error}") from error
    needles = (p.needles or () for cue in cues for p in cue.patterns)
    return Lexicon(tuple(cues), digest.hexdigest(), NeedleBox(chain.from_iterable(needles)))


def check_lexicon(lexicon: Lexicon, taxonomy: Taxonomy) -> None:
    """Raise Misconfigured where a cue names what the taxonomy does not know."""
    for cue in lexicon.cues:
        unknown = [c for c in (cue.category, *cue.only_with) if c and c not in taxonomy.sensitive]
        sub_types = (
            taxonomy.categories[cue.category].sub_types if cue.category and not unknown else {}
        )
        if unknown or (cue.sub_type and cue.sub_type not in sub_types):
            raise Misconfigured(f"cue {cue.name}: {unknown or cue.sub_type} is not in the taxonomy")
        if cue.flag and cue.flag not in taxonomy.flags:
            raise Misconfigured(f"cue {cue.name}: flag {cue.flag} is not in the taxonomy")
    names = [cue.name for cue in lexicon.cues]
    if len(set(names)) != len(names):
        raise Misconfigured(
            f"cues share a name: {sorted({n for n in names if names.count(n) > 1})}"
        )
