"""Refusals, worded as Zendesk words them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration.zendesk.sandbox.values import Json


class Refused(Exception):
    """An answer other than 2xx; `body` is JSON, or text for `text/html` answers."""

    def __init__(
        self, status: int, body: Json | str | None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"refused with {status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def not_found() -> Refused:
    """The record is absent, deleted, or hidden from this user."""
    return Refused(404, {"error": "RecordNotFound", "description": "Not found"})


def no_such_endpoint() -> Refused:
    """The path is not one the desk knows."""
    return Refused(404, {"error": "InvalidEndpoint", "description": "Not found"})


def bad_token() -> Refused:
    """The bearer token is unknown, expired or revoked."""
    text = "The access token provided is expired, revoked, malformed or invalid for other reasons."
    return Refused(401, {"error": "invalid_token", "error_description": text})


def bad_password() -> Refused:
    """The Basic credentials are wrong, or there are none."""
    return Refused(401, {"error": "Couldn't authenticate you"})


def forbidden(description: str = "You do not have access to this page.") -> Refused:
    """The user or the token may not do this."""
    return Refused(403, {"error": "Forbidden", "description": description})


def unreadable(description: str) -> Refused:
    """The body is not JSON of the expected form."""
    return Refused(400, {"error": "BadRequest", "description": description})


def too_many(limit: int = 100) -> Refused:
    """More ids or records than one call may carry; the two spaces are Zendesk's own."""
    return Refused(
        400,
        {
            "error": "TooManyValues",
            "description": f"Parameter  cannot specify more than {limit} values",
            "max_count": limit,
        },
    )


def invalid(problems: Mapping[str, Sequence[str]], error: str = "InvalidValue") -> Refused:
    """One or more values cannot stand; `problems` maps attribute to sentences."""
    details = {
        name: [{"description": text, "error": error} for text in texts]
        for name, texts in problems.items()
    }
    return Refused(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": details,
        },
    )


def closed() -> Refused:
    """A closed ticket takes no update, whatever it says."""
    text = "Status: closed prevents ticket update"
    return Refused(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {"status": [{"description": text}]},
        },
    )


def update_conflict() -> Refused:
    """A safe update met a ticket that has moved on."""
    return Refused(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def throttled(text: str, retry_after_seconds: int) -> Refused:
    """A limit is used up; the answer is a sentence in text/html, not JSON."""
    return Refused(429, text, {"Retry-After": str(retry_after_seconds)})
