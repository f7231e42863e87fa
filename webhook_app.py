"""The web application for any WSGI server."""

from flask import Flask

from casebook.settings import Settings, load_settings
from operations.telemetry import set_up_logs
from operations.web import build_app
from operations.wiring import Services


def create_app(settings: Settings | None = None) -> Flask:
    """Receive Zendesk's events; workers in other processes pick them up within moments.

    Raise Misconfigured when a setting, the database or a key cannot be used.
    """
    settings = settings or load_settings()
    set_up_logs(settings.log_level)
    return build_app(Services(settings), wake=lambda: None)
