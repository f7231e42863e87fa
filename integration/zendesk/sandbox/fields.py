"""Ticket fields, and how drop-downs, check boxes and tags hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.values import Json

CUSTOM_TYPES = (
    "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp",
    "partialcreditcard", "multiselect", "tagger", "lookup",
)  # fmt: skip
_OPTION_TYPES = ("tagger", "multiselect")
FLAGS = (
    "required", "collapsed_for_agents", "visible_in_portal", "editable_in_portal",
    "required_in_portal",
)  # fmt: skip
_SYSTEM = (
    ("subject", "Subject"), ("description", "Description"), ("status", "Status"),
    ("tickettype", "Type"), ("priority", "Priority"), ("group", "Group"),
    ("assignee", "Assignee"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a drop-down; `value` is also the tag that choosing it adds."""

    id: int
    name: str
    value: str
    default: bool = False


@dataclass(slots=True)
class TicketField:
    """One field of the ticket form."""

    id: int
    type: str
    title: str
    position: int
    created_at: datetime
    updated_at: datetime
    removable: bool = True
    active: bool = True
    description: str = ""
    agent_description: str | None = None
    tag: str | None = None
    regexp: str | None = None
    flags: dict[str, bool] = field(default_factory=dict)
    options: tuple[Option, ...] = ()

    def tags_for(self, value: object) -> frozenset[str]:
        """The tags a ticket carries because this field has this value."""
        if self.type == "tagger":
            return frozenset({str(value)} if value else ())
        if self.type == "multiselect" and isinstance(value, list):
            return frozenset(str(one) for one in value)
        if self.type == "checkbox" and self.tag and value is True:
            return frozenset({self.tag})
        return frozenset()

    def without(self, value: object, tag: str) -> object:
        """The value left when one of its tags is taken away."""
        if self.type == "multiselect" and isinstance(value, list):
            return [one for one in value if one != tag]
        return False if self.type == "checkbox" else None

    def joined_by(self, value: object, tag: str) -> object:
        """The value when a tag of this field is put on the ticket by hand."""
        if self.type == "multiselect":
            return [*value, tag] if isinstance(value, list) else [tag]
        return True if self.type == "checkbox" else tag


@dataclass(slots=True)
class FieldBook:
    """All ticket fields, and which of them owns a tag."""

    ids: Ids
    fields: dict[int, TicketField] = field(default_factory=dict)
    _owner: dict[str, int] = field(default_factory=dict)

    def add_system_fields(self, now: datetime) -> None:
        """The seven fields every desk starts with."""
        for place, (kind, title) in zip(count(1), _SYSTEM, strict=False):
            made = TicketField(self.ids.next(), kind, title, place, now, now, removable=False)
            self.fields[made.id] = made

    def custom(self) -> list[TicketField]:
        """The active fields that tickets list under `custom_fields`."""
        return [one for one in self.fields.values() if one.removable and one.active]

    def custom_field(self, field_id: int) -> TicketField | None:
        """A custom field by id; unknown and system fields count as absent."""
        found = self.fields.get(field_id)
        return found if found is not None and found.removable else None

    def owner_of(self, tag: str) -> TicketField | None:
        """The field that has this tag as an option."""
        found = self._owner.get(tag)
        return None if found is None else self.fields[found]

    def add(self, spec: Mapping[str, object], now: datetime) -> TicketField:
        """A new custom field; its option tags must be free over all fields."""
        kind, title = str(spec.get("type") or ""), str(spec.get("title") or "").strip()
        if kind not in CUSTOM_TYPES:
            raise errors.invalid({"type": [f"Type: {kind} is invalid"]})
        if not title:
            raise errors.invalid({"title": ["Title: cannot be blank"]}, error="BlankValue")
        place = len(self.fields) + 1
        made = TicketField(self.ids.next(), kind, title, place, now, now)
        self._fill(made, spec)
        self.fields[made.id] = made
        return made

    def change(self, one: TicketField, spec: Mapping[str, object], now: datetime) -> None:
        """Update a field; a list of options replaces the one before."""
        self._fill(one, spec)
        one.updated_at = now

    def remove(self, one: TicketField) -> None:
        """Delete a custom field; system fields refuse."""
        if not one.removable:
            raise errors.invalid({"base": ["System fields cannot be deleted"]})
        self._release(one)
        del self.fields[one.id]

    def _fill(self, one: TicketField, spec: Mapping[str, object]) -> None:
        options = self._options(one, spec)
        tag = str(spec["tag"] or "") or None if "tag" in spec else one.tag
        self._claim(one, options, tag)
        one.options, one.tag = options, tag
        one.title = str(spec.get("title") or one.title)
        one.description = str(spec.get("description", one.description) or "")
        if "agent_description" in spec:
            told = spec["agent_description"]
            one.agent_description = None if told is None else str(told)
        if "regexp_for_validation" in spec:
            rule = spec["regexp_for_validation"]
            one.regexp = None if rule is None else str(rule)
        one.active = bool(spec.get("active", one.active))
        for name in FLAGS:
            if name in spec:
                one.flags[name] = bool(spec[name])

    def _options(self, one: TicketField, spec: Mapping[str, object]) -> tuple[Option, ...]:
        told = spec.get("custom_field_options")
        if one.type not in _OPTION_TYPES or not isinstance(told, list):
            if one.type in _OPTION_TYPES and not one.options:
                text = "Custom field options: at least one option is required"
                raise errors.invalid({"custom_field_options": [text]}, error="BlankValue")
            return one.options
        known = {option.value: option.id for option in one.options}
        return tuple(self._option(entry, known) for entry in told)

    def _option(self, told: object, known: Mapping[str, int]) -> Option:
        entry: Json = told if isinstance(told, dict) else {}
        name, value = str(entry.get("name") or ""), str(entry.get("value") or "")
        if not name or not value or value != "_".join(value.lower().split()):
            text = f"Custom field options: {name or value} is invalid"
            raise errors.invalid({"custom_field_options": [text]})
        key = known.get(value) or self.ids.next()
        return Option(key, name, value, default=bool(entry.get("default")))

    def _claim(self, one: TicketField, options: Iterable[Option], tag: str | None) -> None:
        wanted = [option.value for option in options] + ([tag] if tag else [])
        taken = [value for value in wanted if self._owner.get(value, one.id) != one.id]
        if taken or len(set(wanted)) != len(wanted):
            text = f"Custom field options: tag {', '.join(taken or wanted)} is already in use"
            raise errors.invalid({"custom_field_options": [text]}, error="DuplicateValue")
        self._release(one)
        self._owner.update(dict.fromkeys(wanted, one.id))

    def _release(self, one: TicketField) -> None:
        for value in [option.value for option in one.options] + [one.tag or ""]:
            self._owner.pop(value, None)
