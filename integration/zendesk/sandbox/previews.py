"""What a macro would do: Zendesk's apply endpoints show it and save nothing."""

from __future__ import annotations

from integration.zendesk.sandbox import render
from integration.zendesk.sandbox.facts import tag_list
from integration.zendesk.sandbox.macros import Macro
from integration.zendesk.sandbox.patches import wanted
from integration.zendesk.sandbox.placeholders import Scene
from integration.zendesk.sandbox.placeholders import render as filled
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.text import plain_of
from integration.zendesk.sandbox.values import Facts, Json, Ticket, User, number

_PLAIN = ("status", "type", "priority", "subject")
_NUMBERS = ("custom_status_id", "ticket_form_id", "brand_id")


def changes(macro: Macro, actor: User) -> Json:
    """Only what the macro would change, texts unrendered; `fields` is null, one or many."""
    shown = _patch(macro, actor, None)
    fields = shown.pop("custom_fields", None)
    shown["fields"] = fields[0] if fields and len(fields) == 1 else fields
    comment = _comment(macro)
    if comment:
        shown["comment"] = comment
    return {"result": {"ticket": shown}}


def after(desk: DeskState, ticket: Ticket, macro: Macro, *, actor: User, base: str) -> Json:
    """The whole ticket as it would be, with the comment's placeholders filled in."""
    patch = _patch(macro, actor, ticket.facts)
    facts = wanted(desk, actor, ticket.facts, patch)
    shown = render.ticket(ticket, desk.fields, base, facts)
    comment = _comment(macro)
    if comment:
        scene = Scene(desk.people, desk.fields, actor, facts, ticket.id, ticket.description)
        for name in ("body", "html_body"):
            if name in comment:
                comment[name] = filled(comment[name], scene, html=name == "html_body")
        comment["scoped_body"] = [["channel:all", comment["body"]]]
        shown["comment"] = comment
    return {"result": {"ticket": shown}}


def _patch(macro: Macro, actor: User, facts: Facts | None) -> Json:
    patch: Json = {}
    fields: list[Json] = []
    tags = set(facts.tags) if facts else set()
    for action in macro.actions:
        name, value = action["field"], action["value"]
        if name.startswith("custom_fields_"):
            fields.append({"id": int(name.removeprefix("custom_fields_")), "value": value})
        elif name.endswith("_tags"):
            tags = _tagged(name, tags, value)
            patch["tags"] = sorted(tags)
        else:
            patch.update(_simple(name, value, actor))
    if fields:
        patch["custom_fields"] = fields
    return patch


def _tagged(name: str, tags: set[str], value: object) -> set[str]:
    told = set(tag_list(value))
    match name:
        case "set_tags":
            return told
        case "remove_tags":
            return tags - told
        case _:
            return tags | told


def _simple(name: str, value: object, actor: User) -> Json:
    if name in _PLAIN:
        return {name: value}
    if name in _NUMBERS:
        return {name: number(value)}
    if name == "group_id":
        return {name: actor.default_group_id if value == "current_groups" else number(value)}
    if name == "assignee_id":
        return {name: actor.id if value == "current_user" else number(value)}
    return {}


def _comment(macro: Macro) -> Json:
    told = {action["field"]: action["value"] for action in macro.actions}
    text, html = told.get("comment_value"), told.get("comment_value_html")
    if text is None and html is None:
        return {}
    body = _spoken(text) if text is not None else plain_of(_spoken(html))
    comment: Json = {"body": body, "scoped_body": [["channel:all", body]]}
    if html is not None:
        comment["html_body"] = _spoken(html)
    if "comment_mode_is_public" in told:
        comment["public"] = told["comment_mode_is_public"] == "true"
    return comment


def _spoken(value: object) -> str:
    # A list is ["channel:all", text].
    return str(value[-1]) if isinstance(value, list) and value else str(value)
