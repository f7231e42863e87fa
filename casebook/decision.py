"""What is to be made of a prediction, before it is known what the ticket already shows."""

from dataclasses import dataclass

from casebook.modes import Mode
from casebook.taxonomy import GENERAL, Severity
from casebook.ticket import Priority


@dataclass(frozen=True, slots=True)
class SopRef:
    """Which standard operating procedure was chosen, in which version."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of `decide`. `id` is the same for the same ticket, words, model and SOPs.

    `severity`, `priority`, `group` and `sop` are None for an ordinary ticket, which is left alone.
    `model` is the digest of the bundle that spoke.
    """

    id: str
    ticket_id: int
    primary: str
    secondary: tuple[str, ...] = ()
    sub_types: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    certainty: float = 0.0
    severity: Severity | None = None
    priority: Priority | None = None
    group: str | None = None
    sop: SopRef | None = None
    mode: Mode = Mode.OBSERVE
    abstained: bool = False
    because: tuple[str, ...] = ()
    model: str = ""

    @property
    def ordinary(self) -> bool:
        """Whether the ticket is to be left alone."""
        return self.primary == GENERAL

    @property
    def categories(self) -> tuple[str, ...]:
        """Primary and secondary categories; empty for an ordinary ticket."""
        return () if self.ordinary else (self.primary, *self.secondary)
