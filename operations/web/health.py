"""Whether the process lives, and whether it can take events. Zendesk's health is not ours."""

from flask import Blueprint, Response, jsonify

from casebook.errors import CaseworkError
from operations.wiring import Services


def blueprint(services: Services) -> Blueprint:
    """`/healthz/live` and `/healthz/ready`."""
    health = Blueprint("health", __name__)

    @health.get("/healthz/live")
    def live() -> Response:
        return jsonify({"status": "live"})

    @health.get("/healthz/ready")
    def ready() -> Response:
        reason = unready_because(services)
        response = jsonify(
            {"status": "unready", "reason": reason} if reason else {"status": "ready"}
        )
        response.status_code = 503 if reason else 200
        return response

    return health


def unready_because(services: Services) -> str:
    """One word why no event can be taken now, empty where all is well."""
    try:
        services.inbox.counts()
    except CaseworkError:
        return "database"
    return "" if services.receiving_secrets() else "webhook_secret"
