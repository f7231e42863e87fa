"""Comments: who wrote, what, and who may read it."""

from __future__ import annotations

from dataclasses import dataclass

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.placeholders import Scene, render
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.text import Written, from_body, from_html
from integration.zendesk.sandbox.values import Facts, Ticket, User

_MOST_COMMENTS = 5_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that is about to be added; `author` may be another than the one who acts."""

    author: User
    text: Written
    public: bool


def draft(
    desk: DeskState, actor: User, spec: object, ticket: Ticket | None, facts: Facts
) -> Draft | None:
    """The comment a request asks for, or None when it has no text.

    Agents' texts go through placeholders first, so that text copied from a customer into a
    note does here what it would do in Zendesk.
    """
    told = spec if isinstance(spec, dict) else {"body": spec}
    author = actor
    if told.get("author_id"):
        found = desk.people.user(told["author_id"])
        if found is None:
            raise errors.invalid({"base": ["Author: is invalid"]})
        author = found
    scene = None
    if author.is_staff:
        number = ticket.id if ticket else None
        described = ticket.description if ticket else ""
        scene = Scene(desk.people, desk.fields, author, facts, number, described)
    text = _written(told.get("html_body"), told.get("body"), scene)
    if text is None:
        return None
    if ticket is not None and len(ticket.comments) >= _MOST_COMMENTS:
        raise errors.invalid({"base": [f"Ticket has more than {_MOST_COMMENTS} comments"]})
    return Draft(author, text, _is_public(told.get("public"), actor, ticket))


def _written(html: object, body: object, scene: Scene | None) -> Written | None:
    if html:
        text = str(html)
        return from_html(render(text, scene, html=True) if scene else text)
    if body:
        text = str(body)
        return from_body(render(text, scene) if scene else text)
    return None


def _is_public(told: object, actor: User, ticket: Ticket | None) -> bool:
    if not actor.is_staff:
        return True
    if told is None:
        return True if ticket is None else ticket.comments[0].public
    return told in (True, "true", 1, "1")
