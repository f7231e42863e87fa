"""What should change on a ticket, as data, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from casebook.ticket import Priority

# Our custom fields by key; `provision` creates them and knows their ids.
FieldKey = Literal["category", "severity", "certainty"]


@dataclass(frozen=True, slots=True)
class AddTags:
    """Add tags; tags are only ever added."""

    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Raise the priority to this."""

    priority: Priority


@dataclass(frozen=True, slots=True)
class SetGroup:
    """Route to the group of this name."""

    group: str


@dataclass(frozen=True, slots=True)
class SetField:
    """Set one of our own custom fields."""

    key: FieldKey
    value: str | float


@dataclass(frozen=True, slots=True)
class AddNote:
    """Add an internal note; it is never public. HTML of the note's small allow-list."""

    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NameMacro:
    """Name the SOP's macro in the audit; nothing of it is sent to the requester."""

    title: str


Action = AddTags | SetPriority | SetGroup | SetField | AddNote | NameMacro


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions still needed on a ticket read at `updated_stamp`, and those dropped, with why."""

    ticket_id: int
    decision_id: str
    updated_stamp: str
    tags_before: frozenset[str]
    actions: tuple[Action, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing is to be written, so no call may be made."""
        return not self.actions


Outcome = Literal[
    "applied",  # the one update landed
    "untouched",  # ordinary or abstained: left alone on purpose
    "observed",  # the category's mode records only
    "already",  # the ticket shows everything already
    "closed",  # Zendesk refuses updates of closed tickets
    "gone",  # deleted, or private and not visible to us
    "own_echo",  # only our own writes came back
    "noted",  # an agent's change was recorded
    "refused",  # the desk refused the update for good (403, 422)
]


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a plan: how it ended, the audit that proves it, its cost in API calls."""

    outcome: Outcome
    audit_id: int | None = None
    calls: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)
