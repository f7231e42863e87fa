"""What is wrong with SOP files, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from casebook.errors import Misconfigured

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class SopFault:
    """One fault: the file, its line (1 first), what is wrong and how to mend it."""

    file: str
    line: int
    reason: str
    mend: str
    level: Level = "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}; {self.mend}"


class LibraryFaulty(Misconfigured):
    """The library cannot be used; `faults` are all errors of all files."""

    def __init__(self, faults: Iterable[SopFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
