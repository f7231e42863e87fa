"""A plan: what would be done to each object on the desk, in the order it would be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from casebook.errors import CaseworkError
from integration.zendesk.provision.wanted import Kind

# add: make it · change: bring ours up to date · keep: ours, as it should be · adopt: somebody
# else's group of that name, used as it is · conflict: somebody else's object is in the way.
Verb = Literal["add", "change", "keep", "adopt", "conflict"]
WRITING: frozenset[Verb] = frozenset({"add", "change"})


class PlanStale(CaseworkError):
    """The desk changed after the plan was made, or it is another desk; nothing was written."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan.

    `key` is the object's name for good, `desk_id` and `seen_at` (its updated_at, as the desk wrote
    it) are those of the object that was found, and `body` is what is sent: everything for an
    object to be added, the differences for one to be changed. Groups and fields stand in it by
    name: their ids are known when it is applied.
    """

    verb: Verb
    kind: Kind
    name: str
    details: tuple[str, ...] = ()
    key: str = ""
    desk_id: str | None = None
    seen_at: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """Every step, for the desk that calls itself `account`."""

    account: str
    steps: tuple[Step, ...]

    @property
    def is_noop(self) -> bool:
        """Whether nothing would be written to the desk.

        Applying it is still worth while: it records ids and the signing secret on our side.
        """
        return not any(step.verb in WRITING for step in self.steps)

    @property
    def conflicts(self) -> tuple[Step, ...]:
        """What a person must settle on the desk."""
        return self.of("conflict")

    def of(self, *verbs: Verb) -> tuple[Step, ...]:
        """The steps of these verbs."""
        return tuple(step for step in self.steps if step.verb in verbs)


class Markable(Protocol):
    """A found object that may carry our mark."""

    @property
    def id(self) -> str:
        """The desk's id."""
        ...

    @property
    def key(self) -> str | None:
        """Our key, None where the object is not ours."""
        ...


M = TypeVar("M", bound=Markable)


def ours(things: Iterable[M], key: str) -> tuple[M | None, Sequence[M]]:
    """Our object of this key, and its copies.

    A clone carries the mark too; the oldest is ours. Ids grow, in length as well.
    """
    same = sorted((one for one in things if one.key == key), key=lambda one: age(one.id))
    return (same[0], same[1:]) if same else (None, ())


def age(desk_id: str) -> tuple[int, str]:
    """Sorts ids of one kind, oldest first."""
    return len(desk_id), desk_id


def about_copies(copies: Iterable[Markable]) -> tuple[str, ...]:
    """A line for every copy that somebody made of our object."""
    return tuple(f"#{one.id} is a copy of it and is left alone" for one in copies)


def changed_or_kept(step: Step) -> Step:
    """`step` as it is where it has a body to send, else as one that keeps the object."""
    if step.body:
        return step
    return Step("keep", step.kind, step.name, step.details, step.key, step.desk_id, step.seen_at)
