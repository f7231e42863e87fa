"""What an update does to a ticket's facts: pure, so that previews and updates agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.fields import FieldBook, TicketField
from integration.zendesk.sandbox.values import Facts

DEFAULT_CUSTOM_STATUS = {
    "new": 7_555_334_510_000,
    "open": 7_555_334_510_094,
    "pending": 7_555_334_510_126,
    "hold": 7_555_334_510_158,
    "solved": 7_555_334_510_190,
    "closed": 7_555_334_510_190,
}
_STATUS_OF = {number: name for name, number in DEFAULT_CUSTOM_STATUS.items() if name != "closed"}
_ATTRIBUTES = tuple(one.name for one in fields(Facts) if one.name != "fields")


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that moved; `name` is an attribute, or the number of a custom field."""

    name: str
    before: object
    after: object

    @property
    def field_id(self) -> int | None:
        """The custom field's number, if it is one."""
        return int(self.name) if self.name.isdecimal() else None


def difference(before: Facts, after: Facts) -> list[Change]:
    """Every attribute and custom field that is not what it was."""
    found = [
        Change(name, getattr(before, name), getattr(after, name))
        for name in _ATTRIBUTES
        if getattr(before, name) != getattr(after, name)
    ]
    if before.fields is not after.fields:
        for number in sorted({*before.fields, *after.fields}):
            old, new = before.fields.get(number), after.fields.get(number)
            if old != new:
                found.append(Change(str(number), old, new))
    return found


def tag_list(value: object) -> tuple[str, ...]:
    """Tags from JSON, a list or a text with spaces: lower case, without repeats, sorted."""
    words: Iterable[object]
    if isinstance(value, str):
        words = value.replace(",", " ").split()
    elif isinstance(value, list):
        words = [word for one in value for word in str(one).split()]
    else:
        words = ()
    return tuple(sorted({str(word).lower() for word in words}))


def with_tags(facts: Facts, tags: Iterable[str], book: FieldBook) -> Facts:
    """Replace the tags; drop-downs lose the values and gain the ones that went with them."""
    wanted, values = set(tags), dict(facts.fields)
    for tag in set(facts.tags) - wanted:
        if (owner := book.owner_of(tag)) is not None and owner.id in values:
            values[owner.id] = owner.without(values[owner.id], tag)
    for tag in sorted(wanted - set(facts.tags)):
        if (owner := book.owner_of(tag)) is not None:
            before = values.get(owner.id)
            after = owner.joined_by(before, tag)
            wanted -= owner.tags_for(before) - owner.tags_for(after)
            values[owner.id] = after
    return _rebuilt(facts, wanted, values)


def with_fields(facts: Facts, values: Mapping[int, object], book: FieldBook) -> Facts:
    """Set custom fields, leaving the others; unknown ids are ignored, as Zendesk does."""
    merged, tags = dict(facts.fields), set(facts.tags)
    for number, value in values.items():
        field = book.custom_field(number)
        if field is None:
            continue
        clean = checked(field, value)
        tags -= field.tags_for(merged.get(number))
        tags |= field.tags_for(clean)
        merged[number] = clean
    return _rebuilt(facts, tags, merged)


def checked(field: TicketField, value: object) -> object:
    """The value as stored, or 422 when a drop-down does not offer it."""
    if value in (None, ""):
        return None
    known = {option.value for option in field.options}
    chosen = value if isinstance(value, list) else [value]
    if field.options and not all(str(one) in known for one in chosen):
        raise errors.invalid({"base": [f"{field.title}: {value} is invalid"]})
    if field.type == "checkbox":
        return value in (True, "true", "1", 1)
    if field.type == "multiselect":
        return [str(one) for one in chosen]
    return value


def with_status(facts: Facts, status: str) -> Facts:
    """Move to a status and to the custom status that stands for it by default."""
    if status == facts.status:
        return facts
    return replace(facts, status=status, custom_status_id=DEFAULT_CUSTOM_STATUS[status])


def with_custom_status(facts: Facts, number: int) -> Facts:
    """Move to a custom status and to its category."""
    status = _STATUS_OF.get(number)
    if status is None:
        raise errors.invalid({"custom_status_id": ["Custom status: is invalid"]})
    return replace(facts, status=status, custom_status_id=number)


def _rebuilt(facts: Facts, tags: Iterable[str], values: dict[int, object]) -> Facts:
    kept = facts.fields if values == facts.fields else values
    return replace(facts, tags=tuple(sorted(tags)), fields=kept)
