"""Planning macros. An update replaces the whole list of actions, so that it is always complete."""

from collections.abc import Iterable, Mapping
from typing import Any

from integration.zendesk.provision.found import Found, FoundMacro, Row
from integration.zendesk.provision.names import Ids, resolved, unresolved
from integration.zendesk.provision.steps import Step, about_copies, changed_or_kept, ours
from integration.zendesk.provision.wanted import MacroAction, WantedMacro, marked


def macro_step(wanted: WantedMacro, found: Found, *, known: Ids, coming: Ids) -> Step:
    """What one macro needs; `known` ids stand on the desk, `coming` ones are planned (id "")."""
    mine, copies = ours(found.macros, wanted.key)
    trouble = _in_the_way(wanted, mine, found.macros)
    trouble += [
        f"it names {what}, which cannot be used on this desk"
        for what in unresolved(wanted.actions, {**known, **coming})
    ]
    if trouble:
        return Step("conflict", "macro", wanted.title, tuple(trouble), wanted.key)
    if mine is None:
        about = f"{len(wanted.actions)} actions"
        return Step("add", "macro", wanted.title, (about,), wanted.key, body=_new(wanted))
    body, details = _differences(wanted, mine, known)
    step = Step(
        "change",
        "macro",
        wanted.title,
        (*details, *about_copies(copies)),
        wanted.key,
        desk_id=mine.id,
        seen_at=mine.updated_at,
        body=body,
    )
    return changed_or_kept(step)


def _new(wanted: WantedMacro) -> Mapping[str, Any]:
    return {
        "title": wanted.title,
        "description": marked(wanted.description, "macro", wanted.key),
        "active": True,
        "actions": _as_rows(wanted.actions),
    }


def _as_rows(actions: Iterable[MacroAction]) -> list[dict[str, str]]:
    return [{"field": action.field, "value": action.value} for action in actions]


def _in_the_way(
    wanted: WantedMacro, mine: FoundMacro | None, there: Iterable[FoundMacro]
) -> list[str]:
    if mine is not None and mine.title == wanted.title:
        return []
    return [
        f"#{other.id} has this title and is not ours: rename it on the desk"
        for other in there
        if other is not mine and other.title == wanted.title
    ]


def _differences(
    wanted: WantedMacro, mine: FoundMacro, known: Ids
) -> tuple[Mapping[str, Any], list[str]]:
    body: dict[str, Any] = {}
    details: list[str] = []
    if mine.title != wanted.title:
        body["title"] = wanted.title
        details.append(f"title: '{mine.title}' → '{wanted.title}'")
    description = marked(wanted.description, "macro", wanted.key)
    if mine.description != description:
        body["description"] = description
        details.append("description is brought up to date")
    if not mine.active:
        body["active"] = True
        details.append("inactive → active")
    fields = _differing(wanted, mine, known)
    if fields:
        body["actions"] = _as_rows(wanted.actions)
        details.append(f"actions differ: {', '.join(fields)}")
    return body, details


def _differing(wanted: WantedMacro, mine: FoundMacro, known: Ids) -> list[str]:
    """The fields of the actions that differ; what stands in them is not quoted."""
    here = {(str(row.get("field")), _text(row)) for row in mine.actions}
    there = {(str(row["field"]), _text(row)) for row in resolved(_as_rows(wanted.actions), known)}
    return sorted({field for field, _ in here ^ there})


def _text(row: Row) -> str:
    """An action's value as text; Zendesk may give it as `["channel:all", text]`."""
    value = row.get("value")
    if isinstance(value, list) and len(value) == 2 and value[0] == "channel:all":
        value = value[1]
    return str("" if value is None else value).replace("\r\n", "\n").strip()
