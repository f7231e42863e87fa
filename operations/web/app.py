"""The Flask application, put together from parts that were made elsewhere."""

from collections.abc import Callable

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from integration import webhook
from operations.lanes import prepare_lanes
from operations.telemetry import count_webhook
from operations.web import health, status
from operations.wiring import Services

log = structlog.get_logger()


def build_app(services: Services, *, wake: Callable[[], None]) -> Flask:
    """The application; `wake` is called after every stored event."""
    app = Flask(__name__, static_folder=None)
    prepare_lanes()
    webhook.install(app, services.receiving(wake))
    app.register_blueprint(health.blueprint(services))
    app.register_blueprint(status.blueprint(services))
    app.register_error_handler(Exception, _last_resort)
    app.after_request(_harden)
    return app


def _last_resort(error: Exception) -> Response | HTTPException:
    """Answer an error nobody foresaw with 503: Zendesk redelivers it, a 500 it does not."""
    if isinstance(error, HTTPException):
        return error
    log.error("request_failed", error=type(error).__name__, where=request.endpoint)
    response = jsonify({"outcome": "cannot_store"})
    response.status_code = 503
    response.headers["Retry-After"] = str(webhook.RETRY_AFTER_SECONDS)
    if request.path == webhook.EVENTS_PATH:
        count_webhook("cannot_store", type(error).__name__)
    return response


def _harden(response: Response) -> Response:
    """Headers that every answer carries: nothing is framed, sniffed, cached or loaded from afar."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    )
    return response
