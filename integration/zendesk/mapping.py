"""Between Zendesk's JSON and our types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from casebook.plan import (
    Action,
    AddNote,
    AddTags,
    NameMacro,
    Plan,
    SetField,
    SetGroup,
    SetPriority,
)
from casebook.ports import Directory
from casebook.taxonomy import taxonomy
from casebook.ticket import Ticket
from integration.envelope import number, priority, status, tags, text
from integration.signature import instant

# Under this key the decision stands in the audit's custom metadata.
METADATA_KEY = "casewarden"


def ticket_from(body: Mapping[str, Any]) -> Ticket:
    """A ticket from the REST object; KeyError or TypeError where it is not one."""
    stamp = str(body["updated_at"])
    updated_at = instant(stamp)
    if updated_at is None:
        raise TypeError("updated_at is not a time")
    via = body.get("via") or {}
    return Ticket(
        id=int(body["id"]),
        subject=text(body.get("raw_subject") or body.get("subject")),
        description=text(body.get("description")),
        status=status(body.get("status")),
        priority=priority(body.get("priority")),
        tags=tags(body.get("tags")),
        updated_at=updated_at,
        updated_stamp=stamp,
        created_at=instant(str(body.get("created_at") or "")),
        group_id=number(body.get("group_id")),
        assignee_id=number(body.get("assignee_id")),
        requester_id=number(body.get("requester_id")),
        organization_id=number(body.get("organization_id")),
        brand_id=number(body.get("brand_id")),
        form_id=number(body.get("ticket_form_id")),
        channel=via.get("channel") if isinstance(via, dict) else None,
        custom_fields={
            int(field["id"]): field.get("value") for field in body.get("custom_fields") or ()
        },
    )


@dataclass(frozen=True, slots=True)
class Update:
    """The body of the one update, and names that this desk does not have (nothing is invented)."""

    body: Mapping[str, Any]
    missing: tuple[str, ...]


def update_from(plan: Plan, directory: Directory) -> Update:
    """One safe, coalesced update; a group, field or macro that is unknown here is left out."""
    body: dict[str, Any] = {
        "safe_update": True,
        "updated_stamp": plan.updated_stamp,
        "metadata": {METADATA_KEY: {"decision_id": plan.decision_id}},
    }
    missing: list[str] = []
    fields: list[dict[str, Any]] = []
    for action in plan.actions:
        _add(action, body, fields, missing, plan=plan, directory=directory)
    if fields:
        body["custom_fields"] = fields
    return Update(body=body, missing=tuple(missing))


def _add(  # one argument for each thing an action may add to  # noqa: PLR0913
    action: Action,
    body: dict[str, Any],
    fields: list[dict[str, Any]],
    missing: list[str],
    *,
    plan: Plan,
    directory: Directory,
) -> None:
    match action:
        case AddTags(added):
            # `tags` replaces the whole list, which the safe update makes safe.
            body["tags"] = sorted((plan.tags_before - _replaced(plan)) | added)
        case SetPriority(wanted):
            body["priority"] = wanted
        case AddNote(html):
            body["comment"] = {"html_body": html, "public": False}
        case SetGroup(group):
            _name(body, "group_id", directory.groups().get(group), missing, f"group {group}")
        case NameMacro(title):
            _name(body, "macro_id", directory.macros().get(title), missing, f"macro {title}")
        case SetField(key, value):
            field_id = directory.fields().get(key)
            if field_id is None:
                missing.append(f"field {key}")
            else:
                fields.append({"id": field_id, "value": value})


def _replaced(plan: Plan) -> frozenset[str]:
    """Values that our drop-downs lose to new ones in this plan.

    A drop-down's value is a tag; an update whose tags still name the old value beside the new one
    contradicts itself, and which of the two wins is written nowhere.
    """
    names = taxonomy().tags
    families = {"category": names.primary, "severity": names.severity}
    set_now = {
        families[action.key]: str(action.value)
        for action in plan.actions
        if isinstance(action, SetField) and action.key in families
    }
    return frozenset(
        tag
        for tag in plan.tags_before
        for family, value in set_now.items()
        if tag.startswith(family) and tag != value
    )


def _name(body: dict[str, Any], key: str, known: int | None, missing: list[str], what: str) -> None:
    if known is None:
        missing.append(what)
    else:
        body[key] = known
