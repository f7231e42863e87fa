"""The web side: where events come in, whether all is well, and a page that shows it."""

from operations.web.app import build_app

__all__ = ["build_app"]
