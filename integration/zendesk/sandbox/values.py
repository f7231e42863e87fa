"""What the desk holds: mutable records, and the frozen facts of a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Role = Literal["admin", "agent", "end-user"]

PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")


@dataclass(slots=True)
class User:
    """A person, or the bot, known to the desk."""

    id: int
    name: str
    email: str | None
    role: Role
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    default_group_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Whether Zendesk counts this user as an agent (admins are)."""
        return self.role != "end-user"


@dataclass(slots=True)
class Group:
    """A team of agents; private ones hide their tickets from everybody else."""

    id: int
    name: str
    description: str
    is_public: bool
    default: bool
    created_at: datetime
    updated_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """One agent in one group."""

    id: int
    user_id: int
    group_id: int
    default: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as audits show it."""

    client: str = "Sandbox"
    address: str = "192.0.2.10"
    channel: str = "api"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a ticket that an update may change; `fields` maps field id to value."""

    subject: str
    requester_id: int
    submitter_id: int
    brand_id: int
    ticket_form_id: int
    custom_status_id: int
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    external_id: str | None = None
    problem_id: int | None = None
    due_at: str | None = None
    collaborator_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    fields: Mapping[int, object] = field(default_factory=dict)


@dataclass(slots=True)
class Comment:
    """One message or note in a ticket's conversation."""

    id: int
    audit_id: int
    author_id: int
    body: str
    html_body: str
    plain_body: str
    public: bool
    created_at: datetime
    metadata: Json
    channel: str


@dataclass(slots=True)
class Ticket:
    """One request: its facts now, and how they came to be.

    `changed_seq` is its place in the desk's change log, `generated_at` when it got there.
    """

    id: int
    facts: Facts
    description: str
    is_public: bool
    channel: str
    created_at: datetime
    updated_at: datetime
    generated_at: datetime
    changed_seq: int = 0
    deleted: bool = False
    comments: list[Comment] = field(default_factory=list)
    audits: list[Json] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status as exports show it, which know one more than the API: deleted."""
        return "deleted" if self.deleted else self.facts.status


def stamp(at: datetime) -> str:
    """An instant as Zendesk writes it: whole seconds, UTC, Z."""
    return at.isoformat(timespec="seconds")[:19] + "Z"


def number(value: object) -> int | None:
    """An id from JSON, which may be a number, a string of digits, empty or absent."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError:
        return None
