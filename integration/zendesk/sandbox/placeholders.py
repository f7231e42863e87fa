r"""Placeholders in comments and macros, rendered as Zendesk would; unknown ones vanish.

Liquid control tags are dropped. `\{{…}}` stays as it is, without the backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from integration.zendesk.sandbox.fields import FieldBook
from integration.zendesk.sandbox.people import People
from integration.zendesk.sandbox.values import Facts, User

_MARK = re.compile(r"\\\{\{.*?\}\}|\{\{\s*([\w.]+)[^}]*\}\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scene:
    """What placeholders can speak of: one ticket and the agent who acts."""

    people: People
    fields: FieldBook
    actor: User
    facts: Facts
    ticket_id: int | None
    description: str = ""

    def value(self, name: str) -> str:
        """The text a placeholder stands for, empty when there is none."""
        head, _, rest = name.partition(".")
        if head == "current_user":
            return _of_user(self.actor, rest or "name")
        if head != "ticket":
            return ""
        return self._of_ticket(rest)

    def _of_ticket(self, name: str) -> str:
        head, _, rest = name.partition(".")
        if head in {"requester", "assignee", "submitter"}:
            person = self.people.user(getattr(self.facts, f"{head}_id"))
            return _of_user(person, rest or "name") if person else ""
        if head.startswith("ticket_field_"):
            return self._of_field(head.removeprefix("ticket_field_"))
        reader = _TICKET.get(name)
        return reader(self) if reader else ""

    def _of_field(self, name: str) -> str:
        titled = name.startswith("option_title_")
        digits = name.removeprefix("option_title_")
        field = self.fields.custom_field(int(digits)) if digits.isdecimal() else None
        value = None if field is None else self.facts.fields.get(field.id)
        if field is None or value is None:
            return ""
        titles = {option.value: option.name for option in field.options}
        return titles.get(str(value), str(value)) if titled else str(value)


def render(text: str, scene: Scene, *, html: bool = False) -> str:
    """The text with its placeholders filled; values are escaped when the text is HTML."""
    if "{{" not in text and "{%" not in text:
        return text

    def fill(match: re.Match[str]) -> str:
        whole = match.group(0)
        if whole.startswith("\\"):
            return whole[1:]
        value = scene.value(match.group(1)) if match.group(1) else ""
        return escape(value, quote=False) if html else value

    return _MARK.sub(fill, text)


def _of_user(user: User, name: str) -> str:
    first, _, last = user.name.partition(" ")
    known = {
        "name": user.name,
        "first_name": first,
        "last_name": last,
        "email": user.email or "",
        "id": str(user.id),
        "role": user.role,
        "tags": " ".join(user.tags),
    }
    return known.get(name, "")


def _group_name(scene: Scene) -> str:
    group = scene.people.group(scene.facts.group_id)
    return group.name if group else ""


_TICKET: dict[str, Callable[[Scene], str]] = {
    "id": lambda scene: str(scene.ticket_id or ""),
    "title": lambda scene: scene.facts.subject,
    "subject": lambda scene: scene.facts.subject,
    "description": lambda scene: scene.description,
    "status": lambda scene: scene.facts.status.capitalize(),
    "priority": lambda scene: (scene.facts.priority or "").capitalize(),
    "type": lambda scene: (scene.facts.type or "").capitalize(),
    "ticket_type": lambda scene: (scene.facts.type or "").capitalize(),
    "tags": lambda scene: " ".join(scene.facts.tags),
    "external_id": lambda scene: scene.facts.external_id or "",
    "group.name": _group_name,
    "group.id": lambda scene: str(scene.facts.group_id or ""),
}
