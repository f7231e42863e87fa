"""Comparing what is wanted with what stands on the desk. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from casebook.errors import Misconfigured
from integration.zendesk.provision.found import Found, FoundGroup, FoundUser, FoundWebhook
from integration.zendesk.provision.names import Named
from integration.zendesk.provision.plan_fields import field_step
from integration.zendesk.provision.plan_macros import macro_step
from integration.zendesk.provision.steps import (
    ProvisionPlan,
    Step,
    about_copies,
    age,
    changed_or_kept,
    ours,
)
from integration.zendesk.provision.wanted import Wanted, WantedGroup, WantedWebhook, marked

BOT_NAME = "bot"
FULL_ROLE = "admin"
_ABOUT_WEBHOOK = "Sends ticket events to Casewarden."
_OPEN = (
    "its tickets are visible to all agents: give the others a role with ticket access "
    "'within groups'"
)


def plan_provision(wanted: Wanted, found: Found) -> ProvisionPlan:
    """Every step from `found` to `wanted`; raise Misconfigured where `wanted` contradicts itself.

    Objects without our mark are never changed: a group of a wanted name is used as it is, anything
    else of a wanted name is a conflict.
    """
    _refuse_doubles(wanted)
    groups = [_group_step(group, wanted, found) for group in wanted.groups]
    fields = [field_step(field, found) for field in wanted.fields]
    known, coming = _named([*groups, *fields])
    macros = [macro_step(macro, found, known=known, coming=coming) for macro in wanted.macros]
    steps = (
        _user_step(found.user),
        *groups,
        *_membership_steps(groups, found),
        *fields,
        *macros,
        _webhook_step(wanted.webhook, found.webhooks),
    )
    return ProvisionPlan(found.user.account, steps)


def _refuse_doubles(wanted: Wanted) -> None:
    names = Counter(
        [
            *(("macro title", macro.title) for macro in wanted.macros),
            *(("macro key", macro.key) for macro in wanted.macros),
            *(("group", group.name) for group in wanted.groups),
        ]
    )
    doubles = [f"{kind} '{name}'" for (kind, name), count in names.items() if count > 1]
    if doubles:
        raise Misconfigured(f"wanted twice: {', '.join(doubles)}; give each its own name")


def _named(steps: Iterable[Step]) -> tuple[dict[Named, str], dict[Named, str]]:
    """Ids that are known, and names that will have one."""
    known: dict[Named, str] = {}
    coming: dict[Named, str] = {}
    for step in steps:
        if step.verb == "conflict" or step.kind not in {"group", "field"}:
            continue
        if step.desk_id is None:
            coming[step.kind, step.key] = ""
        else:
            known[step.kind, step.key] = step.desk_id
    return known, coming


def _user_step(user: FoundUser) -> Step:
    if user.id is None or user.role == "end-user":
        why = "the desk does not take our credentials for an agent's"
        return Step("conflict", "user", BOT_NAME, (why,), BOT_NAME)
    about = f"#{user.id}, role {user.role}"
    if user.custom_role_id is not None:
        about += f" (custom role #{user.custom_role_id})"
    return Step("keep", "user", BOT_NAME, (about,), BOT_NAME, desk_id=str(user.id))


def _group_step(group: WantedGroup, wanted: Wanted, found: Found) -> Step:
    private = group.restricted and wanted.private_groups
    mine, copies = ours(found.groups, group.name)
    if mine is not None:
        return _own_group_step(group, mine, about_copies(copies))
    namesakes = sorted(
        (one for one in found.groups if one.name == group.name), key=lambda one: age(one.id)
    )
    if namesakes:
        return _adopted(group, namesakes)
    body: dict[str, Any] = {
        "name": group.name,
        "description": marked(group.duty, "group", group.name),
    }
    details: tuple[str, ...] = ()
    if private:
        body["is_public"] = False
        details = ("private, which cannot be undone",)
    elif group.restricted:
        details = (_OPEN,)
    return Step("add", "group", group.name, details, group.name, body=body)


def _own_group_step(group: WantedGroup, mine: FoundGroup, copies: tuple[str, ...]) -> Step:
    """A team may rename its group, so that its name is left; whether it is private, too."""
    details: list[str] = []
    if mine.name != group.name:
        details.append(f"is called '{mine.name}' on the desk")
    if group.restricted and mine.is_public:
        details.append(_OPEN)
    body: dict[str, Any] = {}
    description = marked(group.duty, "group", group.name)
    if mine.description != description:
        body["description"] = description
        details.append("description is brought up to date")
    step = Step(
        "change",
        "group",
        group.name,
        (*details, *copies),
        group.name,
        desk_id=mine.id,
        seen_at=mine.updated_at,
        body=body,
    )
    return changed_or_kept(step)


def _adopted(group: WantedGroup, namesakes: list[FoundGroup]) -> Step:
    oldest = namesakes[0]
    details = [f"#{oldest.id} is there already and is used as it is"]
    if len(namesakes) > 1:
        details.append(f"{len(namesakes)} groups have this name; this one is the oldest")
    if group.restricted and oldest.is_public:
        details.append(_OPEN)
    return Step(
        "adopt",
        "group",
        group.name,
        tuple(details),
        group.name,
        desk_id=oldest.id,
        seen_at=oldest.updated_at,
    )


def _membership_steps(groups: Iterable[Step], found: Found) -> Iterator[Step]:
    """Whoever is not in a private group cannot read its tickets; that goes for the bot as well."""
    if found.user.id is None:
        return
    private = {one.id for one in found.groups if not one.is_public}
    for step in groups:
        is_private = step.desk_id in private or step.body.get("is_public") is False
        if not is_private or int(step.desk_id or 0) in found.user.member_of:
            continue
        yield Step(
            "add",
            "membership",
            f"{BOT_NAME} in {step.name}",
            ("the bot must be in a private group to read its tickets",),
            step.key,
            body={"user_id": found.user.id, "group": step.key},
        )


def _webhook_step(wanted: WantedWebhook, there: Iterable[FoundWebhook]) -> Step:
    hooks = list(there)
    mine, copies = ours(hooks, wanted.key)
    trouble = _in_the_way(wanted, mine, hooks)
    if trouble:
        return Step("conflict", "webhook", wanted.name, tuple(trouble), wanted.key)
    doubles = [
        f"#{one.id} '{one.name}' sends to the same address, and we refuse what it sends"
        for one in hooks
        if one is not mine and one.active and one.endpoint == wanted.endpoint
    ]
    about = f"{len(wanted.events)} events to {wanted.endpoint}"
    body = _new_webhook(wanted)
    if mine is None:
        return Step("add", "webhook", wanted.name, (about, *doubles), wanted.key, body=body)
    body, details = _differences(wanted, mine)
    step = Step(
        "change",
        "webhook",
        wanted.name,
        (*details, *doubles, *about_copies(copies)),
        wanted.key,
        desk_id=mine.id,
        seen_at=mine.updated_at,
        body=body,
    )
    return changed_or_kept(step)


def _new_webhook(wanted: WantedWebhook) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "description": marked(_ABOUT_WEBHOOK, "webhook", wanted.key),
        "endpoint": wanted.endpoint,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": list(wanted.subscriptions),
    }


def _in_the_way(
    wanted: WantedWebhook, mine: FoundWebhook | None, hooks: Iterable[FoundWebhook]
) -> list[str]:
    if mine is None:
        return [
            f"#{one.id} has this name and is not ours: rename it on the desk"
            for one in hooks
            if one.name == wanted.name
        ]
    if "conditional_ticket_events" in mine.subscriptions:
        return [f"#{mine.id} is tied to triggers, which is fixed for good: delete it on the desk"]
    return []


def _differences(wanted: WantedWebhook, mine: FoundWebhook) -> tuple[dict[str, Any], list[str]]:
    there = {
        "name": mine.name,
        "description": mine.description,
        "endpoint": mine.endpoint,
        "http_method": mine.method,
        "request_format": mine.format,
        "status": "active" if mine.active else "inactive",
    }
    new = _new_webhook(wanted)
    body = {key: new[key] for key, value in there.items() if value != new[key]}
    details = [f"{key}: {there[key]} → {new[key]}" for key in body]
    if mine.subscriptions != frozenset(wanted.subscriptions):
        body["subscriptions"] = new["subscriptions"]
        more = len(frozenset(wanted.subscriptions) - mine.subscriptions)
        fewer = len(mine.subscriptions - frozenset(wanted.subscriptions))
        details.append(f"events: {more} more, {fewer} fewer")
    return body, details
