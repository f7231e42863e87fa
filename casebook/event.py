"""A ticket event as Zendesk tells it, parsed and typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casebook.ticket import Comment, Ticket

FoundBy = Literal["webhook", "sweep", "replay"]

# Event types that can change what a ticket is about, or that teach us something.
HEEDED: frozenset[str] = frozenset(
    {
        "created",
        "comment_added",
        "subject_changed",
        "description_changed",
        "status_changed",
        "tags_changed",
        "custom_field_changed",
        "priority_changed",
        "group_assignment_changed",
        "merged",
        "soft_deleted",
        "permanently_deleted",
        "comment_redacted",
        "marked_as_spam",
        "undeleted",
    }
)
# Of those, the ones that bring text to classify.
BRINGS_TEXT: frozenset[str] = frozenset(
    {"created", "comment_added", "subject_changed", "description_changed", "undeleted"}
)


@dataclass(frozen=True, slots=True)
class TagsChange:
    """Tags that one save added and removed."""

    added: frozenset[str]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """A new comment; its body exists only in this event."""

    comment: Comment


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field went from `previous` to `current`; `field_id` is set for custom fields."""

    current: str | None
    previous: str | None
    field_id: int | None = None


Change = TagsChange | CommentAdded | FieldChange


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One event about one ticket. `type` is Zendesk's name without the `zen:event-type:ticket.`."""

    id: str
    type: str
    at: datetime
    ticket: Ticket
    actor_id: int | None
    account_id: int | None = None
    sequence_id: str | None = None
    sequence_position: int = 0
    change: Change | None = None

    @property
    def ticket_id(self) -> int:
        """The ticket that the event is about."""
        return self.ticket.id

    @property
    def heeded(self) -> bool:
        """Whether this type of event can lead to anything here."""
        return self.type in HEEDED

    @property
    def brings_text(self) -> bool:
        """Whether new words of a requester came with it; staff's comments do not count."""
        if isinstance(self.change, CommentAdded):
            return not self.change.comment.by_staff
        return self.type in BRINGS_TEXT
