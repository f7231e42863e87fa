"""What the product needs from the outside, as small protocols named by their job."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from casebook.case import Case
from casebook.decision import Decision
from casebook.ledger import LedgerEntry
from casebook.plan import Applied, Plan
from casebook.prediction import Prediction
from casebook.ticket import Ticket


class Clock(Protocol):
    """Where the time comes from, so that tests can hold it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Predictor(Protocol):
    """A loaded classifier."""

    @property
    def digest(self) -> str:
        """Digest of the bundle, as it stands in every prediction's `model`."""
        ...

    def predict(self, ticket: Ticket) -> Prediction:
        """Say what a ticket is about. Pure: the same ticket gets the same answer."""
        ...

    def predict_many(self, tickets: Sequence[Ticket]) -> list[Prediction]:
        """The same for many, in order, faster than one by one."""
        ...


class Desk(Protocol):
    """The Zendesk account, as far as the way of an event needs it."""

    def ticket(self, ticket_id: int) -> Ticket:
        """Read a ticket. Raise TicketGone, RateLimited, NotAllowed or DeskUnavailable."""
        ...

    def apply(self, plan: Plan) -> Applied:
        """Write the plan in one safe update.

        Raise UpdateConflict, TicketGone, TicketClosed, RateLimited, NotAllowed, OutcomeUnclear or
        DeskUnavailable; nothing was written in every case but OutcomeUnclear.
        """
        ...

    def applied_audit(self, ticket_id: int, decision_id: str) -> int | None:
        """Id of the audit that carries this decision, None where none does."""
        ...


class Decide(Protocol):
    """Prediction to decision, with SOPs, modes and taxonomy bound."""

    def __call__(self, ticket: Ticket, prediction: Prediction) -> Decision:
        """Choose what the prediction means. Pure."""
        ...


class PlanFor(Protocol):
    """Decision to plan, with SOPs and taxonomy bound."""

    def __call__(self, decision: Decision, ticket: Ticket, case: Case) -> Plan:
        """Choose what is still to be done to the ticket. Pure."""
        ...


class Ledger(Protocol):
    """The append-only record."""

    def append(self, entry: LedgerEntry) -> LedgerEntry:
        """Chain and store an entry; the answer carries its number and hash."""
        ...

    def of(self, ticket_id: int) -> Sequence[LedgerEntry]:
        """Every entry of a ticket, oldest first."""
        ...

    def entries(self) -> Iterable[LedgerEntry]:
        """The whole ledger, oldest first."""
        ...


class Directory(Protocol):
    """Names that the product uses, and the ids they have on this desk."""

    def groups(self) -> Mapping[str, int]:
        """Group ids by name."""
        ...

    def fields(self) -> Mapping[str, int]:
        """Ids of our custom fields by key."""
        ...

    def macros(self) -> Mapping[str, int]:
        """Macro ids by title."""
        ...
