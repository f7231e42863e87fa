"""A rehearsal: a fresh sandbox desk and the whole product beside it, over real HTTP.

`demo` and `tickets replay` are rehearsals. The database is thrown away, the model bundle is kept.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from casebook.ports import Predictor
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

    @property
    def desk(self) -> ZendeskDesk:
        """The desk through the product's own gateway."""
        return self.services.desk

    def send(self, *, subject: str, text: str, requester: str) -> int:
        """A requester writes a mail to the desk; the ticket's number."""
        name = requester.replace("-", " ").capitalize()
        mail = {
            "from": {"name": name, "email": f"{requester}@example.org"},
            "subject": subject or text[:60] or "(no subject)",
            "body": text or "(empty)",
        }
        answer = self.desk.call("POST", "/_sandbox/mail", json=mail)
        return int(answer["ticket_id"])

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
def rehearsal(
    settings: Settings, tell: Progress, *, port: int = 0, predictor: Predictor | None = None
) -> Iterator[Rehearsal]:
    """Start a sandbox, provision it, and run web, worker and scheduler against it.

    `predictor` is another classifier to rehearse with than the one in force.
    """
    # A rehearsal talks by its table and report; only what goes wrong is worth a line.
    set_up_logs("error")
    scratch = Path(tempfile.mkdtemp(prefix="casewarden-rehearsal-"))
    sandbox = Sandbox.start()
    services = Services(_settings(settings, sandbox, scratch))
    try:
        speaks = predictor or services.predictor(tell)
        embedded = Embedded(services, speaks, host="127.0.0.1", port=port)
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
