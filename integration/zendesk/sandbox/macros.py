"""Macros: kept definitions; what one would do is worked out in `previews`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.values import Json, number

_ACTIONS = frozenset({
    "status", "custom_status_id", "type", "priority", "group_id", "assignee_id", "set_tags",
    "current_tags", "remove_tags", "ticket_form_id", "brand_id", "subject", "comment_value",
    "comment_value_html", "comment_mode_is_public", "follower", "cc", "side_conversation",
    "side_conversation_ticket", "side_conversation_slack",
})  # fmt: skip


@dataclass(slots=True)
class Macro:
    """One prepared answer; `actions` in the order agents see them."""

    id: int
    title: str
    position: int
    created_at: datetime
    updated_at: datetime
    actions: list[Json] = field(default_factory=list)
    active: bool = True
    description: str | None = None
    restriction: Json | None = None

    @property
    def category(self) -> str | None:
        """The first part of a title that `::` divides."""
        head, divider, _ = self.title.partition("::")
        return head.strip() if divider else None


@dataclass(slots=True)
class MacroBook:
    """All macros by id, in the order they were made."""

    ids: Ids
    macros: dict[int, Macro] = field(default_factory=dict)

    def get(self, macro_id: int) -> Macro:
        """The macro with this id, or 404."""
        if (found := self.macros.get(macro_id)) is None:
            raise errors.not_found()
        return found

    def add(self, spec: Json, now: datetime) -> Macro:
        """A new macro; needs a title and at least one action."""
        problems = {}
        if not str(spec.get("title") or "").strip():
            problems["title"] = ["Title: cannot be blank"]
        if not spec.get("actions"):
            problems["base"] = ["Must select at least one action"]
        if problems:
            raise errors.invalid(problems, error="BlankValue")
        made = Macro(self.ids.next(), "", 10_000 + len(self.macros), now, now)
        _fill(made, spec)
        self.macros[made.id] = made
        return made

    def change(self, macro: Macro, spec: Json, now: datetime) -> None:
        """Update a macro; a list of actions replaces the one before."""
        _fill(macro, spec)
        macro.updated_at = now

    def remove(self, macro_id: int) -> None:
        """Delete a macro."""
        del self.macros[self.get(macro_id).id]

    def categories(self) -> list[str]:
        """The first title parts in use by active macros, sorted."""
        return sorted({one.category for one in self.macros.values() if one.active and one.category})


def _fill(macro: Macro, spec: Json) -> None:
    if "actions" in spec:
        told = spec["actions"]
        macro.actions = [_action(one) for one in told] if isinstance(told, list) else []
    macro.title = str(spec.get("title") or macro.title)
    macro.active = bool(spec.get("active", macro.active))
    macro.position = number(spec.get("position")) or macro.position
    if "description" in spec:
        macro.description = spec["description"]
    if "restriction" in spec:
        macro.restriction = spec["restriction"]


def _action(one: object) -> Json:
    spec = one if isinstance(one, dict) else {}
    name = str(spec.get("field") or "")
    custom = name.removeprefix("custom_fields_")
    if name not in _ACTIONS and not (custom != name and custom.isdecimal()):
        raise errors.invalid({"base": [f"Action: {name or 'without a field'} is invalid"]})
    value = spec.get("value")
    # Zendesk hands single values back as text, ids included.
    return {"field": name, "value": value if isinstance(value, list) else _text(value)}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
