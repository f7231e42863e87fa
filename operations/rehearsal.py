"""A rehearsal: a fresh sandbox desk and the whole product beside it, over real HTTP.

`demo` and `tickets replay` are rehearsals. The database is thrown away, the model bundle is kept.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from casebook.settings import Settings
from integration.zendesk.gateway import ZendeskDesk
from integration.zendesk.sandbox import Sandbox
from operations.provisioning import provision_now
from operations.serving import Embedded
from operations.telemetry import set_up_logs
from operations.wiring import Progress, Services


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A running rehearsal."""

    sandbox: Sandbox
    services: Services
    running: Embedded
    _people: dict[str, int] = field(default_factory=dict)

    @property
    def desk(self) -> ZendeskDesk:
        """The desk through the product's own gateway."""
        return self.services.desk

    def send(self, *, subject: str, text: str, requester: str, external_id: str) -> int:
        """A requester writes to the desk; the ticket's number."""
        person = self._person(requester)
        body = {
            "ticket": {
                "subject": subject or text[:60] or "(no subject)",
                "comment": {"body": text or "(empty)", "author_id": person},
                "requester_id": person,
                "submitter_id": person,
                "external_id": external_id,
            }
        }
        answer = self.desk.call("POST", "/api/v2/tickets.json", json=body)
        return int(answer["ticket"]["id"])

    def _person(self, name: str) -> int:
        """The user of a requester, made on first use."""
        if name not in self._people:
            user = {"name": name.replace("-", " ").capitalize(), "email": f"{name}@example.org"}
            answer = self.desk.call(
                "POST", "/api/v2/users/create_or_update.json", json={"user": user}
            )
            self._people[name] = int(answer["user"]["id"])
        return self._people[name]

    def tickets(self, ticket_ids: list[int]) -> Mapping[int, Mapping[str, Any]]:
        """Tickets as the desk shows them now, by number."""
        found: dict[int, Mapping[str, Any]] = {}
        for start in range(0, len(ticket_ids), 100):
            ids = ",".join(str(one) for one in ticket_ids[start : start + 100])
            params = {"ids": ids, "include": "comment_count"}
            page = self.desk.call("GET", "/api/v2/tickets/show_many.json", params=params)
            found |= {int(ticket["id"]): ticket for ticket in page["tickets"]}
        return found


@contextmanager
def rehearsal(settings: Settings, tell: Progress, *, port: int = 0) -> Iterator[Rehearsal]:
    """Start a sandbox, provision it, and run web, worker and scheduler against it."""
    # A rehearsal talks by its table and report; only what goes wrong is worth a line.
    set_up_logs("error")
    scratch = Path(tempfile.mkdtemp(prefix="casewarden-rehearsal-"))
    sandbox = Sandbox.start()
    services = Services(_settings(settings, sandbox, scratch))
    try:
        embedded = Embedded(services, services.predictor(tell), host="127.0.0.1", port=port)
        provision_now(services, public_url=embedded.web.address)
        with embedded as running:
            yield Rehearsal(sandbox, services, running)
    finally:
        sandbox.stop()
        services.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _settings(settings: Settings, sandbox: Sandbox, scratch: Path) -> Settings:
    return settings.model_copy(
        update={
            "zendesk_url": sandbox.address,
            "oauth_client_id": sandbox.client_id,
            "oauth_client_secret": SecretStr(sandbox.client_secret),
            "database_url": SecretStr(f"sqlite:///{scratch / 'rehearsal.sqlite3'}"),
            "default_mode": "act",
            "modes": {},
        }
    )
