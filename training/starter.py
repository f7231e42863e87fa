"""The written starter corpus: reading its files and holding them to the taxonomy."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from casebook.errors import CaseworkError
from casebook.taxonomy import GENERAL, Taxonomy

STARTER = Path(__file__).parent / "starter"
HARD_NEGATIVE = "hard_negative"
SHINGLE_WORDS = 3
TOO_ALIKE = 0.5


class CorpusFault(CaseworkError):
    """A row of the corpus cannot be used; the message names file and line."""


class Row(BaseModel):
    """One written example. `near` is for general rows: the category that they resemble."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: Annotated[str, Field(min_length=3, max_length=80)]
    category: str
    sub_type: str | None
    also: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    lang: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    channel: Literal["email", "form", "chat", "forum"]
    subject: str
    text: Annotated[str, Field(min_length=1)]
    near: str | None = None

    @property
    def labels(self) -> frozenset[str]:
        """The sensitive categories that are true of the text; none for an ordinary one."""
        return frozenset({self.category, *self.also}) - {GENERAL}

    def written(self) -> str:
        """Subject and text as a ticket joins them."""
        return "\n\n".join(part for part in (self.subject, self.text) if part)


@dataclass(frozen=True, slots=True)
class Twins:
    """Two rows that are too alike to be counted twice; `likeness` is 0 to 1."""

    first: str
    second: str
    likeness: float


def read_corpus(folder: Path, taxonomy: Taxonomy) -> tuple[Row, ...]:
    """Every row of a folder's JSONL files, by file name; raise CorpusFault at the first bad one."""
    rows: list[Row] = []
    seen: set[str] = set()
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in read_rows(path):
            place = f"{path.name}:{number}"
            _hold_to(taxonomy, row, place)
            if row.id in seen:
                raise CorpusFault(f"{place}: id {row.id} is used twice")
            seen.add(row.id)
            rows.append(row)
    if not rows:
        raise CorpusFault(f"{folder} holds no *.jsonl file with rows")
    return tuple(rows)


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of one file with their line numbers; blank lines are passed over."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _parse(line, f"{path.name}:{number}")


def _parse(line: str, place: str) -> Row:
    try:
        return Row.model_validate(json.loads(line), strict=False)
    except ValidationError as error:
        # Field names and kinds of fault only: a corpus may be a desk's own, with people's text.
        faults = ", ".join(f"{'.'.join(map(str, e['loc']))} ({e['type']})" for e in error.errors())
        raise CorpusFault(f"{place}: {faults}") from None
    except ValueError as error:
        raise CorpusFault(f"{place}: not valid JSON ({type(error).__name__})") from None


def _hold_to(taxonomy: Taxonomy, row: Row, place: str) -> None:
    for category in (row.category, *row.also, *([row.near] if row.near else [])):
        if category not in taxonomy.categories:
            raise CorpusFault(f"{place}: category {category} is not in the taxonomy")
    if row.category == GENERAL:
        if row.also or row.sub_type not in {None, HARD_NEGATIVE}:
            raise CorpusFault(
                f"{place}: a general row has no sub-type but {HARD_NEGATIVE}, and no `also`"
            )
    elif (
        row.sub_type is not None and row.sub_type not in taxonomy.categories[row.category].sub_types
    ):
        raise CorpusFault(f"{place}: sub-type {row.sub_type} is not one of {row.category}")
    unknown = sorted(set(row.flags) - set(taxonomy.flags))
    if unknown:
        raise CorpusFault(f"{place}: flags {', '.join(unknown)} are not in the taxonomy")


def twins(rows: Iterable[Row], *, too_alike: float = TOO_ALIKE) -> list[Twins]:
    """Pairs of rows whose sets of three-word shingles have a Jaccard similarity above the limit."""
    holders: dict[tuple[str, ...], list[int]] = {}
    shingled: list[tuple[str, set[tuple[str, ...]]]] = []
    found: list[Twins] = []
    for row in rows:
        shingles = _shingles(row.text)
        shared: dict[int, int] = {}
        for shingle in shingles:
            for other in holders.setdefault(shingle, []):
                shared[other] = shared.get(other, 0) + 1
            holders[shingle].append(len(shingled))
        for other, count in shared.items():
            likeness = count / (len(shingles) + len(shingled[other][1]) - count)
            if likeness > too_alike:
                found.append(Twins(shingled[other][0], row.id, round(likeness, 3)))
        shingled.append((row.id, shingles))
    return found


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return {tuple(words[i : i + SHINGLE_WORDS]) for i in range(last)}
