"""Groups and fields stand in macros by name; here the names become ids of this desk."""

from collections.abc import Iterable, Mapping
from typing import Any

from integration.zendesk.provision.wanted import CUSTOM_FIELD, GROUP_FIELD, Kind, MacroAction

# Desk ids by kind and key.
Named = tuple[Kind, str]
Ids = Mapping[Named, str]
# Values of `group_id` that are no group.
_NO_GROUP = frozenset({"", "current_groups"})


def unresolved(actions: Iterable[MacroAction], ids: Ids) -> list[str]:
    """The names in these actions that `ids` does not know."""
    named = [name for action in actions for name in _names(action.field, action.value)]
    return [f"{kind} {key}" for kind, key in dict.fromkeys(named) if (kind, key) not in ids]


def resolved(actions: Iterable[Mapping[str, Any]], ids: Ids) -> list[dict[str, Any]]:
    """The actions with ids for names; a name that is not known stays, and equals nothing."""
    return [_resolved(str(row["field"]), row["value"], ids) for row in actions]


def _resolved(field: str, value: object, ids: Ids) -> dict[str, Any]:
    for kind, key in _names(field, str(value)):
        desk_id = ids.get((kind, key))
        if desk_id is not None and kind == "group":
            value = desk_id
        elif desk_id is not None:
            field = CUSTOM_FIELD + desk_id
    return {"field": field, "value": value}


def _names(field: str, value: str) -> Iterable[Named]:
    if field == GROUP_FIELD and value not in _NO_GROUP and not value.isdecimal():
        yield "group", value
    key = field.removeprefix(CUSTOM_FIELD)
    if key != field and not key.isdecimal():
        yield "field", key
