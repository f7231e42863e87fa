"""Errors that the product raises by name; each says what, where and what to do."""


class CaseworkError(Exception):
    """The root of every error that Casewarden raises on purpose."""


class Misconfigured(CaseworkError):
    """A setting, policy file or credential is missing or wrong; the message says which and how."""


class StoreUnavailable(CaseworkError):
    """The database did not take a write in time; nothing was stored, and the caller may repeat."""


class LeaseLost(CaseworkError):
    """Another worker holds the ticket now; nothing of this attempt may be recorded."""


class DeskError(CaseworkError):
    """The desk did not do what was asked. `status` is the HTTP status, 0 where there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class TicketGone(DeskError):
    """The ticket is deleted, or private and not visible to us: nothing can be done to it."""


class TicketClosed(DeskError):
    """The ticket is closed; Zendesk refuses every update of it."""


class UpdateConflict(DeskError):
    """The ticket changed since it was read (409 to a safe update): read again and decide again."""


class RateLimited(DeskError):
    """The desk asks us to wait `retry_after_seconds` before the next call."""

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(message, status=429)
        self.retry_after_seconds = retry_after_seconds


class NotAllowed(DeskError):
    """Credentials or scopes are refused (401 after one renewal, or 403)."""


class OutcomeUnclear(DeskError):
    """The answer to a write got lost; whether it was applied must be read from the audits."""


class DeskUnavailable(DeskError):
    """The desk could not be reached or failed before anything was written; safe to try later."""
