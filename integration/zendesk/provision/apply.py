"""Carrying out a plan, one object after the other.

What was done is recorded at once, so that an apply that dies half-way is continued by the next.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casebook.errors import NotAllowed
from integration.store.directory import (
    ACCOUNT,
    BOT,
    FIELD,
    GROUP,
    MACRO,
    USER,
    WEBHOOK,
    Secrets,
    StoredDirectory,
)
from integration.store.sealing import SealBroken
from integration.zendesk.provision.found import DeskCalls, Found, allowed, read_desk
from integration.zendesk.provision.names import Named, resolved
from integration.zendesk.provision.steps import PlanStale, ProvisionPlan, Step
from integration.zendesk.provision.wanted import Kind
from integration.zendesk.transport import Method

SIGNING_SECRET = "webhook_signing"  # noqa: S105 - the name of a secret
DESK = "desk"
OnStep = Callable[[Step], None]
# Where each kind lives in the API, and what its record is called.
_PLACES: Mapping[Kind, tuple[str, str]] = {
    "group": ("/api/v2/groups", "group"),
    "membership": ("/api/v2/group_memberships", "group_membership"),
    "field": ("/api/v2/ticket_fields", "ticket_field"),
    "macro": ("/api/v2/macros", "macro"),
    "webhook": ("/api/v2/webhooks", "webhook"),
}
_RECORDED = (GROUP, FIELD, MACRO, USER, WEBHOOK)


def no_news(step: Step) -> None:
    """Tell nobody."""
    del step


def apply_provision(
    plan: ProvisionPlan,
    desk: DeskCalls,
    directory: StoredDirectory,
    secrets: Secrets,
    *,
    on_step: OnStep = no_news,
) -> int:
    """Carry out a plan and return how many writes the desk got; conflicts are passed over.

    Raise PlanStale before anything is written when the desk is not as it was, NotAllowed (which
    object, which right) or another DeskError from the step that failed; what came before it stays
    and is recorded. `on_step` is told every step when it is done.
    """
    refuse_stale(plan, read_desk(desk))
    for step in plan.conflicts:
        if step.kind == "user":
            raise NotAllowed("; ".join(step.details), status=401)
    _settle_account(plan.account, directory)
    applying = _Applying(desk, directory, secrets)
    for step in plan.steps:
        applying.do(step)
        on_step(step)
    return applying.writes


def refuse_stale(plan: ProvisionPlan, found: Found) -> None:
    """Raise PlanStale unless the desk is still the one that the plan was made for."""
    if plan.account != found.user.account:
        raise PlanStale(
            f"the plan was made for the desk {plan.account}, this is {found.user.account}"
        )
    stamps = _stamps(found)
    for step in plan.steps:
        _refuse_stale_step(step, stamps, found)


def _refuse_stale_step(step: Step, stamps: Mapping[tuple[Kind, str], str], found: Found) -> None:
    if step.verb == "conflict" or step.kind == "user":
        return
    if step.verb == "add":
        if _is_there(step, found):
            raise _stale(step, "was made")
        return
    stamp = stamps.get((step.kind, step.desk_id or ""))
    if stamp is None:
        raise _stale(step, "was deleted")
    # What is kept or adopted is not written, so that an edit of it does no harm.
    if step.verb == "change" and stamp != step.seen_at:
        raise _stale(step, "was edited")


def _stale(step: Step, what: str) -> PlanStale:
    return PlanStale(
        f"{step.kind} '{step.name}' {what} on the desk after this plan was made; "
        "run `provision plan` again"
    )


def _stamps(found: Found) -> Mapping[tuple[Kind, str], str]:
    """When each object was last changed, by kind and id."""
    kinds: Iterable[tuple[Kind, Iterable[Any]]] = (
        ("group", found.groups),
        ("field", found.fields),
        ("macro", found.macros),
        ("webhook", found.webhooks),
    )
    return {(kind, one.id): one.updated_at for kind, things in kinds for one in things}


def _is_there(step: Step, found: Found) -> bool:
    """Whether an object that is to be added stands on the desk meanwhile."""
    match step.kind:
        case "group":
            return any(step.key in {one.key, one.name} for one in found.groups)
        case "field":
            return any(step.key == one.key or step.name == one.title for one in found.fields)
        case "macro":
            return any(step.key == one.key or step.name == one.title for one in found.macros)
        case "webhook":
            return any(step.key == one.key or step.name == one.name for one in found.webhooks)
        case _:
            return any(
                one.key == step.key and int(one.id) in found.user.member_of for one in found.groups
            )


def _settle_account(account: str, directory: StoredDirectory) -> None:
    """Ids of another desk would name the wrong objects on this one: forget them."""
    if directory.named(ACCOUNT).get(DESK) == account:
        return
    for kind in _RECORDED:
        for name in directory.named(kind):
            directory.forget(kind, name)
    directory.put(ACCOUNT, DESK, account)


@dataclass(slots=True)
class _Applying:
    """An apply under way: ids by name so far, and writes made."""

    desk: DeskCalls
    directory: StoredDirectory
    secrets: Secrets
    ids: dict[Named, str] = field(default_factory=dict)
    writes: int = 0

    def do(self, step: Step) -> None:
        """Carry out one step and record it."""
        match step.verb:
            case "conflict":
                return
            case "add":
                desk_id = self._add(step)
            case "change":
                desk_id = self._change(step)
            case "keep" | "adopt":
                desk_id = step.desk_id or ""
        self._record(step, desk_id)
        if step.kind == "webhook":
            self._keep_secret(desk_id)

    def _add(self, step: Step) -> str:
        place, record = _PLACES[step.kind]
        with allowed(step.kind, f"{step.kind} '{step.name}'", "make"):
            answer = self.desk.call("POST", _path(step, place), json={record: self._body(step)})
            self.writes += 1
            return str(answer[record]["id"])

    def _change(self, step: Step) -> str:
        place, record = _PLACES[step.kind]
        path = _path(step, f"{place}/{step.desk_id}")
        with allowed(step.kind, f"{step.kind} '{step.name}'", "change"):
            now = self.desk.call("GET", path)[record]
            if str(now.get("updated_at") or now.get("created_at") or "") != step.seen_at:
                raise _stale(step, "was edited")
            method: Method = "PATCH" if step.kind == "webhook" else "PUT"
            self.desk.call(method, path, json={record: self._body(step)})
            self.writes += 1
        return step.desk_id or ""

    def _body(self, step: Step) -> Mapping[str, Any]:
        """What is sent, with ids for names."""
        body = dict(step.body)
        if step.kind == "membership":
            body["group_id"] = int(self.ids["group", body.pop("group")])
        if "actions" in body:
            body["actions"] = resolved(body["actions"], self.ids)
        return body

    def _record(self, step: Step, desk_id: str) -> None:
        if step.kind == "membership":
            return
        if step.kind in {"group", "field"}:
            self.ids[step.kind, step.key] = desk_id
        name = _entry(step)
        known = self.directory.named(step.kind)
        for other in [other for other, id_ in known.items() if id_ == desk_id and other != name]:
            self.directory.forget(step.kind, other)
        if known.get(name) != desk_id:
            self.directory.put(step.kind, name, desk_id)

    def _keep_secret(self, desk_id: str) -> None:
        secret = signing_secret(self.desk, desk_id)
        if self._kept_secret() != secret:
            self.secrets.put(SIGNING_SECRET, secret)

    def _kept_secret(self) -> str | None:
        """The secret that is kept; None also where its key is gone, for the desk knows it still."""
        try:
            return self.secrets.get(SIGNING_SECRET)
        except SealBroken:
            return None


def signing_secret(desk: DeskCalls, webhook_id: str) -> str:
    """The secret that the desk signs with. Never to be printed."""
    with allowed("webhook", "the webhook's signing secret", "read"):
        answer = desk.call("GET", f"/api/v2/webhooks/{webhook_id}/signing_secret")
        return str(answer["signing_secret"]["secret"])


def _entry(step: Step) -> str:
    """The name under which the directory knows an object."""
    match step.kind:
        case "user":
            return BOT
        case "group" | "field":
            return step.key
        case _:
            return step.name


def _path(step: Step, path: str) -> str:
    """The webhooks API alone has paths without a suffix."""
    return path if step.kind == "webhook" else f"{path}.json"
