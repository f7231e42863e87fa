"""/oauth/tokens/current: the token that asks."""

from __future__ import annotations

from integration.zendesk.sandbox import errors, render
from integration.zendesk.sandbox.access import Token
from integration.zendesk.sandbox.routes import Answer, Call, route


def _token(call: Call) -> Token:
    if call.token is None:
        raise errors.not_found()
    return call.token


@route("GET", "/oauth/tokens/current", end_users=True)
def current(call: Call) -> Answer:
    """When the token expires, and what it may do."""
    return Answer({"token": render.token(_token(call), call.base)})


@route("DELETE", "/oauth/tokens/current", end_users=True)
def revoke(call: Call) -> Answer:
    """Give the token up."""
    call.desk.access.revoke(_token(call))
    return Answer(status=204)
