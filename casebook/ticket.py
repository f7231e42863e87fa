"""A ticket as we know it at one moment, from an event's snapshot or from the desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
Status = Literal[
    "new", "open", "pending", "hold", "solved", "closed", "deleted", "archived", "scrubbed"
]
STATUSES: tuple[Status, ...] = (
    "new",
    "open",
    "pending",
    "hold",
    "solved",
    "closed",
    "deleted",
    "archived",
    "scrubbed",
)
# Zendesk refuses every update in these.
IMMUTABLE: frozenset[Status] = frozenset({"closed", "archived"})
GONE: frozenset[Status] = frozenset({"deleted", "scrubbed"})


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; `by_staff` is Zendesk's word for agents and admins."""

    id: int | None
    body: str = field(repr=False)
    public: bool
    by_staff: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """The state of a ticket. Its text never appears in `repr`, so it cannot slip into a log.

    `updated_stamp` is the exact string that a safe update must send back.
    `custom_fields` is None where the source does not carry them (an event's snapshot).
    """

    id: int
    subject: str = field(repr=False)
    description: str = field(repr=False)
    status: Status
    priority: Priority | None
    tags: frozenset[str]
    updated_at: datetime
    updated_stamp: str
    created_at: datetime | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    requester_id: int | None = None
    organization_id: int | None = None
    brand_id: int | None = None
    form_id: int | None = None
    channel: str | None = None
    custom_fields: Mapping[int, object] | None = None
    comments: tuple[Comment, ...] = field(default=(), repr=False)

    def text(self) -> str:
        """What the requester wrote: subject, description, later comments that are not staff's."""
        later = (comment.body for comment in self.comments if not comment.by_staff)
        return "\n\n".join(part for part in (self.subject, self.description, *later) if part)


def priority_rank(priority: Priority | None) -> int:
    """Order of priorities, 0 for none, so that raising can be told from lowering."""
    return 0 if priority is None else PRIORITIES.index(priority) + 1
