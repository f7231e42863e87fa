"""The SOP library: reading its files, checking them, and finding the SOP for a category."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from casebook.taxonomy import Taxonomy, taxonomy
from macros.checks import Words, findings_in
from macros.faults import LibraryFaulty, SopFault
from macros.schema import ClockTitle, Register, Sop
from macros.yaml_lines import Document, Spot, YamlFault, read_yaml

SHIPPED = Path(__file__).parent / "library"
CLOCKS = Path(__file__).parent / "clocks.yaml"


@dataclass(frozen=True)
class SopLibrary:
    """Every SOP, sorted by id, and the clock register that they refer to."""

    sops: tuple[Sop, ...]
    clocks: Mapping[str, ClockTitle]

    @classmethod
    def of(cls, sops: Iterable[Sop], clocks: Iterable[ClockTitle] = ()) -> "SopLibrary":
        """A library of these SOPs; their ids must differ."""
        ordered = tuple(sorted(sops, key=lambda sop: sop.id))
        return cls(ordered, {clock.id: clock for clock in clocks})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content in canonical JSON; comments and layout do not count."""
        content = {
            "sops": [sop.model_dump(mode="json") for sop in self.sops],
            "clocks": [self.clocks[id_].model_dump(mode="json") for id_ in sorted(self.clocks)],
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def by_id(self, sop_id: str) -> Sop | None:
        """The SOP of this id, None where the library has none."""
        return next((sop for sop in self.sops if sop.id == sop_id), None)

    def for_category(self, category: str) -> tuple[Sop, ...]:
        """Every SOP that asks for this category, of whatever life."""
        return tuple(sop for sop in self.sops if sop.category == category)


def load_library(folder: Path | None = None, *, vocabulary: Taxonomy | None = None) -> SopLibrary:
    """Read the SOPs of a folder, by default those shipped; raise LibraryFaulty with every error."""
    read = _read_folder(folder or SHIPPED, vocabulary=vocabulary or taxonomy(), today=_today())
    errors = [fault for fault in read.faults if fault.level == "error"]
    if errors:
        raise LibraryFaulty(errors)
    return SopLibrary.of(read.sops, read.clocks)


def lint(
    folder: Path | None = None,
    *,
    vocabulary: Taxonomy | None = None,
    today: date | None = None,
) -> list[SopFault]:
    """Every fault of every file, by file and line; warnings are among them."""
    words = vocabulary or taxonomy()
    return _read_folder(folder or SHIPPED, vocabulary=words, today=today or _today()).faults


def load_clocks(path: Path | None = None) -> tuple[ClockTitle, ...]:
    """Read the clock register, by default the one shipped; raise LibraryFaulty with its faults."""
    file = path or CLOCKS
    document = read_yaml(file.read_text(encoding="utf-8"), booleans=True)
    faults = [SopFault(file.name, f.line, f.reason, f.mend) for f in document.faults]
    if not faults:
        try:
            return Register.model_validate(document.data).clocks
        except ValidationError as error:
            faults = list(_schema_faults(file.name, document, error))
    raise LibraryFaulty(faults)


def json_schema() -> dict[str, Any]:
    """JSON Schema of an SOP file, for editors."""
    return Sop.model_json_schema()


@dataclass(frozen=True, slots=True)
class _Read:
    """What a folder holds: SOPs that are well-formed, and the faults of all files."""

    sops: list[Sop]
    clocks: tuple[ClockTitle, ...]
    faults: list[SopFault]


def _today() -> date:
    return datetime.now(UTC).date()


def _read_folder(folder: Path, *, vocabulary: Taxonomy, today: date) -> _Read:
    clocks = load_clocks()
    words = Words(vocabulary, {clock.id: clock for clock in clocks}, today)
    read = _Read([], clocks, [])
    documents: dict[str, Document] = {}
    names: dict[str, Sop] = {}
    for file in sorted(folder.glob("*.yaml")):
        documents[file.name] = document = _document(file)
        sop = _sop_in(file.name, document, words, read.faults)
        if sop is not None:
            names[file.name] = sop
            read.sops.append(sop)
    if not documents:
        reason = "no SOP (*.yaml) is in this folder"
        read.faults.append(SopFault(folder.name, 1, reason, "point at the folder of SOPs"))
    read.faults.extend(_doubles(names, documents))
    read.faults.sort(key=lambda fault: (fault.file, fault.line, fault.reason))
    return read


def _document(file: Path) -> Document:
    try:
        return read_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return Document(None, {}, (YamlFault(1, "the file is not UTF-8 text", "save it as UTF-8"),))


def _sop_in(name: str, document: Document, words: Words, faults: list[SopFault]) -> Sop | None:
    """The SOP of one file, None where its shape is wrong; its faults go to `faults`."""
    faults.extend(SopFault(name, f.line, f.reason, f.mend) for f in document.faults)
    if document.data is None:
        return None
    try:
        sop = Sop.model_validate(document.data)
    except ValidationError as error:
        faults.extend(_schema_faults(name, document, error))
        return None
    faults.extend(
        SopFault(name, document.line_of(f.spot), f.reason, f.mend, f.level)
        for f in findings_in(sop, words)
    )
    return sop


def _doubles(sops: Mapping[str, Sop], documents: Mapping[str, Document]) -> Iterator[SopFault]:
    """Ids and macro titles must be unique over all files; the later file is blamed."""
    spots: tuple[tuple[str, Spot], ...] = (("sop id", ("sop",)), ("title", ("macro", "title")))
    first: dict[tuple[str, str], str] = {}
    for name, sop in sops.items():
        for (what, spot), value in zip(spots, (sop.id, sop.macro.title), strict=True):
            owner = first.setdefault((what, value), name)
            if owner != name:
                line = documents[name].line_of(spot)
                reason = f"the {what} '{value}' is also in {owner}"
                yield SopFault(name, line, reason, "choose another one")


def _schema_faults(name: str, document: Document, error: ValidationError) -> Iterator[SopFault]:
    """Pydantic's errors in plain words, one per spot of the file."""
    told: set[Spot] = set()
    for detail in error.errors(include_url=False, include_input=False):
        spot: Spot = detail["loc"]
        key = spot if detail["type"] in {"missing", "extra_forbidden"} else document.nearest(spot)
        if key in told:
            continue
        told.add(key)
        reason, mend = _in_words(detail)
        yield SopFault(name, document.line_of(spot), reason, mend)


def _in_words(detail: ErrorDetails) -> tuple[str, str]:
    where = ".".join(str(part) for part in detail["loc"]) or "the file"
    field = str(detail["loc"][-1]) if detail["loc"] else "the file"
    said = detail["msg"].removeprefix("Value error, ")
    allowed = detail.get("ctx", {}).get("expected", "")
    known = {
        "extra_forbidden": (f"unknown field '{field}'", "correct its spelling or take it out"),
        "missing": (f"'{field}' is missing", f"add `{field}:`"),
        "string_type": (f"{where} is not a text", "quote it"),
        "date_type": (f"{where} is not a date", "write it as 2027-05-31"),
        "literal_error": (f"{where} has an unknown word", f"use one of: {allowed}"),
        "value_error": (said, "correct the operator or the value"),
    }
    return known.get(detail["type"], (f"{where}: {said}", "correct the value"))
