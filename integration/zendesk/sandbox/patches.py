"""From the JSON of a ticket in a request to the facts it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox import facts as rules
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import (
    PRIORITIES,
    STATUSES,
    TYPES,
    Facts,
    Json,
    User,
    number,
)

Setter = Callable[[DeskState, Facts, object], Facts]


def wanted(desk: DeskState, actor: User, before: Facts, patch: Json) -> Facts:
    """The facts after a patch: tags replace, custom fields merge, group and assignee agree."""
    after = before
    for name, setter in _SETTERS.items():
        if name in patch:
            after = setter(desk, after, patch[name])
    return _agreed(desk, actor, before, after, patch)


def _agreed(desk: DeskState, actor: User, before: Facts, after: Facts, patch: Json) -> Facts:
    assignee = desk.people.user(after.assignee_id)
    if assignee and after.group_id is None and "group_id" not in patch:
        after = replace(after, group_id=assignee.default_group_id)
    moved = after.group_id != before.group_id and "assignee_id" not in patch
    if moved and assignee and not desk.people.is_member(assignee, after.group_id or 0):
        after = replace(after, assignee_id=None)
    taken = after.assignee_id is not None and after.assignee_id != before.assignee_id
    if taken and after.status == "new" and "status" not in patch:
        after = rules.with_status(after, "open")
    answered = not actor.is_staff and patch.get("comment")
    if answered and before.status in {"pending", "hold", "solved"}:
        after = rules.with_status(after, "open")
    return after


def _one_of(name: str, allowed: tuple[str, ...], *, nullable: bool) -> Setter:
    def set_enum(_desk: DeskState, facts: Facts, value: object) -> Facts:
        chosen = str(value).lower() if value not in (None, "") else None
        if chosen is None and not nullable:
            return facts
        if chosen is not None and chosen not in allowed:
            text = f"{name.capitalize()}: {value} is not included in the list"
            raise errors.invalid({name: [text]})
        if name == "status":
            return rules.with_status(facts, str(chosen))
        return replace(facts, **{name: chosen})  # type: ignore[arg-type]

    return set_enum


def _subject(_desk: DeskState, facts: Facts, value: object) -> Facts:
    return replace(facts, subject=str(value or ""))


def _text(name: str) -> Setter:
    def set_text(_desk: DeskState, facts: Facts, value: object) -> Facts:
        told = None if value is None else str(value)
        return replace(facts, **{name: told})  # type: ignore[arg-type]

    return set_text


def _plain_number(name: str) -> Setter:
    def set_number(_desk: DeskState, facts: Facts, value: object) -> Facts:
        return replace(facts, **{name: number(value)})  # type: ignore[arg-type]

    return set_number


def _fixed_number(name: str) -> Setter:
    def set_number(_desk: DeskState, facts: Facts, value: object) -> Facts:
        told = number(value) or getattr(facts, name)
        return replace(facts, **{name: told})  # type: ignore[arg-type]

    return set_number


def _user(name: str) -> Setter:
    def set_user(desk: DeskState, facts: Facts, value: object) -> Facts:
        found = desk.people.user(value)
        if found is None:
            label = name.removesuffix("_id").capitalize()
            raise errors.invalid({name.removesuffix("_id"): [f"{label}: {value} is invalid"]})
        return replace(facts, **{name: found.id})  # type: ignore[arg-type]

    return set_user


def _requester(desk: DeskState, facts: Facts, value: object) -> Facts:
    if not isinstance(value, dict):
        return facts
    found = desk.people.requester(value, desk.clock())
    return replace(facts, requester_id=found.id)


def _group(desk: DeskState, facts: Facts, value: object) -> Facts:
    if number(value) is None:
        return replace(facts, group_id=None, assignee_id=None)
    found = desk.people.group(value)
    if found is None:
        raise errors.invalid({"group": [f"Group: {value} is invalid"]})
    return replace(facts, group_id=found.id)


def _assignee(desk: DeskState, facts: Facts, value: object) -> Facts:
    if number(value) is None:
        return replace(facts, assignee_id=None)
    found = desk.people.user(value)
    if found is None or not found.is_staff:
        raise errors.invalid({"assignee": [f"Assignee: {value} is invalid"]})
    return replace(facts, assignee_id=found.id)


def _assignee_email(desk: DeskState, facts: Facts, value: object) -> Facts:
    found = desk.people.by_email(str(value or ""))
    return _assignee(desk, facts, found.id if found else value or -1)


def _tags(desk: DeskState, facts: Facts, value: object) -> Facts:
    return rules.with_tags(facts, rules.tag_list(value), desk.fields)


def _custom_fields(desk: DeskState, facts: Facts, value: object) -> Facts:
    pairs: dict[int, object] = {}
    if isinstance(value, list):
        rows = [one for one in value if isinstance(one, dict)]
        pairs = {number(one.get("id")) or 0: one.get("value") for one in rows}
    elif isinstance(value, dict):
        pairs = {number(key) or 0: one for key, one in value.items()}
    return rules.with_fields(facts, pairs, desk.fields)


def _custom_status(_desk: DeskState, facts: Facts, value: object) -> Facts:
    return rules.with_custom_status(facts, number(value) or 0)


def _persons(name: str) -> Setter:
    def set_persons(desk: DeskState, facts: Facts, value: object) -> Facts:
        chosen = list(getattr(facts, name))
        for entry in value if isinstance(value, list) else ():
            spec = entry if isinstance(entry, dict) else {"user_id": entry}
            found = _person(desk, spec)
            if found is None:
                continue
            if spec.get("action") == "delete":
                chosen = [one for one in chosen if one != found.id]
            elif found.id not in chosen:
                chosen.append(found.id)
        return replace(facts, **{name: tuple(chosen)})  # type: ignore[arg-type]

    return set_persons


def _person(desk: DeskState, spec: Json) -> User | None:
    if spec.get("user_id"):
        return desk.people.user(spec["user_id"])
    email = str(spec.get("user_email") or "")
    return desk.people.by_email(email) if email else None


_SETTERS: dict[str, Setter] = {
    "requester": _requester,
    "requester_id": _user("requester_id"),
    "submitter_id": _user("submitter_id"),
    "subject": _subject,
    "type": _one_of("type", TYPES, nullable=True),
    "priority": _one_of("priority", PRIORITIES, nullable=True),
    "external_id": _text("external_id"),
    "due_at": _text("due_at"),
    "organization_id": _plain_number("organization_id"),
    "problem_id": _plain_number("problem_id"),
    "brand_id": _fixed_number("brand_id"),
    "ticket_form_id": _fixed_number("ticket_form_id"),
    "collaborator_ids": _persons("collaborator_ids"),
    "followers": _persons("follower_ids"),
    "email_ccs": _persons("email_cc_ids"),
    "tags": _tags,
    "fields": _custom_fields,
    "custom_fields": _custom_fields,
    "group_id": _group,
    "assignee_id": _assignee,
    "assignee_email": _assignee_email,
    "status": _one_of("status", STATUSES, nullable=False),
    "custom_status_id": _custom_status,
}
