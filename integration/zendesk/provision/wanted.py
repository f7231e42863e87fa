"""What the product needs on the desk, and the mark by which it knows its own objects again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from casebook.event import HEEDED
from casebook.taxonomy import Severity, Taxonomy

Kind = Literal["user", "group", "membership", "field", "macro", "webhook"]
FieldType = Literal["tagger", "decimal"]

WEBHOOK_NAME, WEBHOOK_KEY = "Casewarden", "events"
EVENTS_PATH = "/zendesk/events"
EVENT_PREFIX = "zen:event-type:ticket."
# What the pipeline heeds is what is asked for, in an order that stays.
EVENTS = tuple(sorted(HEEDED))
# Fields that hold an id; their value may be a name of ours instead.
GROUP_FIELD, CUSTOM_FIELD = "group_id", "custom_fields_"
_MARK = re.compile(r"\[casewarden:(?P<kind>[a-z]+):(?P<key>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """A group that receives tickets. `restricted`: its tickets are not for every agent."""

    name: str
    duty: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class WantedOption:
    """An entry of a drop-down; `value` is a tag too and must be unique on the whole desk."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class WantedField:
    """A ticket field of ours, by the key under which the directory keeps it."""

    key: str
    title: str
    type: FieldType
    about: str
    options: tuple[WantedOption, ...] = ()


@dataclass(frozen=True, slots=True)
class MacroAction:
    """One `{field, value}` in Zendesk's words.

    A group and a custom field (`custom_fields_<key>`) may stand there by name.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class WantedMacro:
    """A macro for agents. `key` names it for good; its title may change."""

    key: str
    title: str
    description: str
    actions: tuple[MacroAction, ...]


@dataclass(frozen=True, slots=True)
class WantedWebhook:
    """Where the desk sends its events; `events` without Zendesk's prefix."""

    endpoint: str
    events: tuple[str, ...] = EVENTS
    name: str = WEBHOOK_NAME
    key: str = WEBHOOK_KEY

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """The events as Zendesk spells them."""
        return tuple(EVENT_PREFIX + event for event in self.events)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that should stand on the desk.

    `private_groups` makes new restricted groups private. That is for Enterprise plans only and
    cannot be undone. Without it a restricted group is an ordinary one, and only the agents' roles
    (ticket access "within groups") keep others from reading its tickets.
    """

    groups: tuple[WantedGroup, ...]
    fields: tuple[WantedField, ...]
    macros: tuple[WantedMacro, ...]
    webhook: WantedWebhook
    private_groups: bool = False


def wanted_from(
    words: Taxonomy,
    *,
    macros: Iterable[WantedMacro],
    public_url: str,
    private_groups: bool = False,
) -> Wanted:
    """What this vocabulary and this library need; `public_url` is where the desk reaches us."""
    return Wanted(
        groups=tuple(
            WantedGroup(group.name, group.duty, restricted=group.restricted)
            for group in words.groups
        ),
        fields=_fields(words),
        macros=tuple(macros),
        webhook=WantedWebhook(public_url.rstrip("/") + EVENTS_PATH),
        private_groups=private_groups,
    )


def _fields(words: Taxonomy) -> tuple[WantedField, ...]:
    categories = tuple(
        WantedOption(words.categories[slug].title, words.primary_tag(slug))
        for slug in words.sensitive
    )
    severities = tuple(WantedOption(one.name, words.severity_tag(one)) for one in Severity)
    return (
        WantedField(
            "category", "Casewarden category", "tagger", "What the ticket is about", categories
        ),
        WantedField("severity", "Casewarden severity", "tagger", "SEV0 is the worst", severities),
        WantedField(
            "certainty", "Casewarden certainty", "decimal", "How sure Casewarden is, 0 to 1"
        ),
    )


def mark(kind: Kind, key: str) -> str:
    """The mark that an object of ours carries in its description."""
    return f"[casewarden:{kind}:{key}]"


def marked(text: str, kind: Kind, key: str) -> str:
    """A description with its mark."""
    return f"{text} {mark(kind, key)}"


def key_in(text: str, kind: Kind) -> str | None:
    """The key of our mark in a description, None where the object is not ours."""
    return next((m["key"] for m in _MARK.finditer(text) if m["kind"] == kind), None)
