"""Planning ticket fields. Options are added and renamed, never taken away."""

from collections.abc import Iterable, Mapping
from typing import Any

from integration.zendesk.provision.found import Found, FoundField
from integration.zendesk.provision.steps import Step, about_copies, changed_or_kept, ours
from integration.zendesk.provision.wanted import WantedField, WantedOption, marked

# What we say about a ticket is not for the requester's eyes.
_HIDDEN = {"visible_in_portal": False, "editable_in_portal": False}


def field_step(wanted: WantedField, found: Found) -> Step:
    """What one ticket field needs."""
    mine, copies = ours(found.fields, wanted.key)
    others = [one for one in found.fields if one is not mine]
    trouble = _in_the_way(wanted, mine, others)
    if trouble:
        return Step("conflict", "field", wanted.title, tuple(trouble), wanted.key)
    if mine is None:
        about = f"{wanted.type}, {len(wanted.options)} options" if wanted.options else wanted.type
        return Step("add", "field", wanted.title, (about,), wanted.key, body=_new(wanted))
    body, details = _differences(wanted, mine)
    step = Step(
        "change",
        "field",
        wanted.title,
        (*details, *about_copies(copies)),
        wanted.key,
        desk_id=mine.id,
        seen_at=mine.updated_at,
        body=body,
    )
    return changed_or_kept(step)


def _new(wanted: WantedField) -> Mapping[str, Any]:
    body: dict[str, Any] = {
        "type": wanted.type,
        "title": wanted.title,
        "agent_description": marked(wanted.about, "field", wanted.key),
        "active": True,
        "required": False,
        **_HIDDEN,
    }
    if wanted.options:
        body["custom_field_options"] = [
            {"name": option.name, "value": option.value} for option in wanted.options
        ]
    return body


def _in_the_way(
    wanted: WantedField, mine: FoundField | None, others: Iterable[FoundField]
) -> list[str]:
    """Why the field cannot be made or changed."""
    found: list[str] = []
    if mine is not None and mine.type != wanted.type:
        found.append(
            f"#{mine.id} is ours but of type {mine.type}, and a type cannot be changed: "
            "delete it on the desk"
        )
    tags = {option.value for option in wanted.options}
    for other in others:
        if mine is None and other.title == wanted.title:
            found.append(f"#{other.id} has this title and is not ours: rename it on the desk")
        taken = sorted(tags & other.tags)
        if taken:
            found.append(
                f"#{other.id} '{other.title}' has the option {', '.join(taken)}, "
                "and an option belongs to one field only"
            )
    return found


def _differences(wanted: WantedField, mine: FoundField) -> tuple[Mapping[str, Any], list[str]]:
    body: dict[str, Any] = {}
    details: list[str] = []
    if mine.title != wanted.title:
        body["title"] = wanted.title
        details.append(f"title: '{mine.title}' → '{wanted.title}'")
    description = marked(wanted.about, "field", wanted.key)
    if mine.description != description:
        body["agent_description"] = description
        details.append("description for agents is put back")
    if not mine.active:
        body["active"] = True
        details.append("inactive → active")
    if mine.in_portal:
        body |= _HIDDEN
        details.append("shown to requesters → hidden from them")
    options, about = _merged(wanted.options, mine)
    if about:
        body["custom_field_options"] = options
        details += about
    return body, details


def _merged(
    wanted: Iterable[WantedOption], mine: FoundField
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Every option that is there, ours by their right names, and then the missing ones.

    An update replaces the whole list, so that options of other people must be sent along.
    """
    names = {option.value: option.name for option in wanted}
    merged: list[Mapping[str, Any]] = []
    about: list[str] = []
    for option in mine.options:
        value = str(option.get("value"))
        name = str(option.get("raw_name") or option.get("name"))
        right = names.pop(value, name)
        if right != name:
            about.append(f"option {value}: '{name}' → '{right}'")
        kept = {key: option[key] for key in ("id", "default") if key in option}
        merged.append({**kept, "name": right, "value": value})
    for value, name in names.items():
        merged.append({"name": name, "value": value})
        about.append(f"option {value} is added")
    return merged, about
