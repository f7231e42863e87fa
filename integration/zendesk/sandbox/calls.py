"""How often the desk was called: the sandbox's own book-keeping, not Zendesk's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from integration.zendesk.sandbox.values import Json


@dataclass(slots=True)
class CallLog:
    """Counts of API calls by method and route, and of calls that name one ticket."""

    _routes: Counter[str] = field(default_factory=Counter)
    _tickets: dict[int, Counter[str]] = field(default_factory=dict)
    _statuses: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def note(self, method: str, route: str, status: int, ticket_id: int | None) -> None:
        """Count one answered call."""
        name = f"{method} {route}"
        with self._lock:
            self._routes[name] += 1
            self._statuses[status] += 1
            if ticket_id is not None:
                self._tickets.setdefault(ticket_id, Counter())[name] += 1

    def report(self) -> Json:
        """The counts so far."""
        with self._lock:
            return {
                "total": self._routes.total(),
                "routes": dict(sorted(self._routes.items())),
                "statuses": {str(key): n for key, n in sorted(self._statuses.items())},
                "tickets": {str(key): dict(n) for key, n in sorted(self._tickets.items())},
            }
