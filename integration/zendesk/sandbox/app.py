"""The desk as a WSGI application: Flask around the table of routes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from integration.zendesk.sandbox import errors, pages, views
from integration.zendesk.sandbox.limits import Left, Spent
from integration.zendesk.sandbox.routes import Answer, Call, Route
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import Json, Origin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SUFFIX = "sandbox.suffix"
_LARGEST_BODY = 8 * 1024 * 1024
_View = Callable[..., Response]


def create_app(desk: DeskState) -> Flask:
    """The whole desk: API, OAuth, control surface and pages for people."""
    app = Flask(__name__, static_folder=None, template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.wsgi_app = _SuffixOff(app.wsgi_app)  # type: ignore[method-assign]
    for number, route in enumerate(views.ROUTES):
        rule = f"/api/v2{route.rule}"
        name = f"{number}:{route.method} {rule}"
        app.add_url_rule(rule, name, _view(desk, route), methods=[route.method])
    app.add_url_rule("/oauth/tokens", "grant", _grant(desk), methods=["POST"])
    pages.add_to(app, desk)
    app.register_error_handler(404, _unknown)
    app.register_error_handler(405, _unknown)
    return app


class _SuffixOff:
    """Takes `.json` off API paths, so that every endpoint answers with and without it."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:  # noqa: ANN401
        path = environ.get("PATH_INFO", "")
        if path.endswith(".json") and path.startswith(("/api/", "/oauth/")):
            environ[_SUFFIX] = ".json"
            environ["PATH_INFO"] = path.removesuffix(".json")
        return self._inner(environ, start_response)


def _view(desk: DeskState, route: Route) -> _View:
    def view(**values: Any) -> Response:  # noqa: ANN401
        started = time.perf_counter()
        with desk.lock:
            answer, limits = _answered(desk, route, values)
            body = b"" if answer.body is None else json.dumps(answer.body).encode()
        response = _response(answer, body)
        for key, value in {**limits, **answer.headers}.items():
            response.headers[key] = value
        if route.resource != "webhooks":
            response.headers["x-runtime"] = f"{time.perf_counter() - started:.6f}"
        desk.calls.note(route.method, route.rule, answer.status, values.get("ticket_id"))
        return response

    return view


def _answered(
    desk: DeskState, route: Route, values: dict[str, Any]
) -> tuple[Answer, dict[str, str]]:
    limits: dict[str, str] = {}
    try:
        call = _admitted(desk, route)
        limits |= _counted(desk, route)
        body = _json_body() if request.content_length else {}
        if route.permits is not None:
            limits |= route.permits.warning(body)
        answer: Answer = route.handler(replace(call, body=body), **values)
    except errors.Refused as refusal:
        return _refusal(refusal), limits
    if answer.location is not None:
        headers = {**answer.headers, "location": call.base + answer.location}
        answer = replace(answer, headers=headers)
    return answer, limits


def _admitted(desk: DeskState, route: Route) -> Call:
    actor, token = desk.access.identify(request.headers.get("Authorization"), desk.clock())
    if token is not None and not token.covers(route.method, route.resource):
        raise errors.forbidden("You are missing the required scope.")
    if not (actor.is_staff or route.end_users) or (route.admin and actor.role != "admin"):
        raise errors.forbidden()
    return Call(
        desk=desk,
        actor=actor,
        token=token,
        base=request.host_url.rstrip("/"),
        path=request.path + request.environ.get(_SUFFIX, ""),
        args=request.args,
        body={},
        idempotency_key=request.headers.get("Idempotency-Key"),
        origin=Origin(client=request.headers.get("User-Agent", "")),
    )


def _counted(desk: DeskState, route: Route) -> dict[str, str]:
    hooks = route.resource == "webhooks"
    total = desk.plan.webhook_calls if hooks else desk.plan.requests
    key = "webhooks" if hooks else "requests"
    try:
        left = desk.limits.take(key, total, now=desk.clock().timestamp())
    except Spent as spent:
        text = "Number of allowed API requests per minute exceeded"
        refusal = spent.refusal(text)
        refusal.headers.update(_limit_headers(spent.left, hooks))
        raise refusal from None
    return _limit_headers(left, hooks)


def _limit_headers(left: Left, hooks: bool) -> dict[str, str]:
    headers = {"x-rate-limit": str(left.total), "x-rate-limit-remaining": str(left.remaining)}
    if not hooks:
        headers["ratelimit-limit"] = str(left.total)
        headers["ratelimit-remaining"] = str(left.remaining)
        headers["ratelimit-reset"] = str(left.resets)
    return headers


def _json_body() -> Json:
    try:
        told = json.loads(request.get_data(cache=False) or b"{}")
    except ValueError:
        raise errors.unreadable("The body is not valid JSON") from None
    if not isinstance(told, dict):
        raise errors.unreadable("The body is not a JSON object")
    return told


def _refusal(refusal: errors.Refused) -> Answer:
    body = refusal.body
    if isinstance(body, str):
        return Answer({_TEXT: body}, refusal.status, refusal.headers)
    return Answer(body, refusal.status, refusal.headers)


_TEXT = "text/html"


def _response(answer: Answer, body: bytes) -> Response:
    if answer.body is not None and _TEXT in answer.body:
        return Response(answer.body[_TEXT], answer.status, content_type="text/html; charset=utf-8")
    response = Response(body, answer.status, content_type="application/json; charset=utf-8")
    response.headers["x-zendesk-api-version"] = "v2"
    if request.path.startswith("/api/v2/webhooks"):
        response.headers["content-type"] = "application/json"
        return response
    response.headers["cache-control"] = "max-age=0, private, must-revalidate"
    if answer.status in {200, 201}:
        tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        response.headers["etag"] = f'W/"{tag}"'
    elif answer.status == 204:
        del response.headers["content-type"]
    return response


def _grant(desk: DeskState) -> _View:
    def grant() -> Response:
        try:
            told = request.form.to_dict() if request.form else _json_body()
            with desk.lock:
                token = desk.access.grant(told, desk.clock())
                life = int((token.expires_at - token.created_at).total_seconds())
            body: Json = {
                "access_token": token.secret,
                "token_type": "bearer",
                "scope": token.scope,
                "expires_in": life,
            }
            answer = Answer(body)
        except errors.Refused as refusal:
            answer = _refusal(refusal)
        desk.calls.note("POST", "/oauth/tokens", answer.status, None)
        return _response(answer, json.dumps(answer.body).encode())

    return grant


def _unknown(_error: Exception) -> Response:
    refusal = errors.no_such_endpoint()
    answer = _refusal(refusal)
    return _response(answer, json.dumps(answer.body).encode())
