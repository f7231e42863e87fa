"""A sandbox desk over HTTP, the product's gateway to it, and a real database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from casebook.taxonomy import taxonomy
from integration.store.directory import Secrets, StoredDirectory
from integration.zendesk.gateway import ZendeskDesk
from integration.zendesk.oauth import ClientCredentials
from integration.zendesk.provision import (
    MacroAction,
    ProvisionPlan,
    Wanted,
    WantedMacro,
    apply_provision,
    plan_provision,
    read_desk,
    wanted_from,
)
from integration.zendesk.sandbox import DeskState, Sandbox
from tests.builders import FakeClock

PUBLIC_URL = "https://warden.example.org"


def a_macro(**known: Any) -> WantedMacro:
    """A macro that routes to a group by name."""
    defaults: dict[str, Any] = {
        "key": "privacy",
        "title": "Casewarden::Privacy::Acknowledge request",
        "description": "Confirms receipt",
        "actions": (
            MacroAction("comment_value", "Hello {{ticket.requester.first_name}},\n\nwe got it.\n"),
            MacroAction("comment_mode_is_public", "true"),
            MacroAction("group_id", "Privacy-Office"),
            MacroAction("custom_fields_severity", "ts_sev3"),
        ),
    }
    return WantedMacro(**defaults | known)


def wanted(*macros: WantedMacro, **known: Any) -> Wanted:
    """All that the shipped vocabulary needs, with one macro."""
    options: dict[str, Any] = {"public_url": PUBLIC_URL} | known
    return wanted_from(taxonomy(), macros=macros or (a_macro(),), **options)


@dataclass
class Setup:
    """One installation and its desk."""

    sandbox: Sandbox
    desk: ZendeskDesk
    clock: FakeClock
    directory: StoredDirectory
    secrets: Secrets

    def plan(self, what: Wanted | None = None) -> ProvisionPlan:
        return plan_provision(what or wanted(), read_desk(self.desk))

    def apply(self, plan: ProvisionPlan | None = None, **known: Any) -> int:
        made = plan or self.plan()
        return apply_provision(made, self.desk, self.directory, self.secrets, **known)

    def writes(self) -> int:
        """Writes that the desk has counted so far."""
        routes = self.sandbox.state.calls.report()["routes"]
        return sum(
            count
            for name, count in routes.items()
            if not name.startswith("GET ") and "/oauth/" not in name
        )

    def make(self, kind: str, path: str, **body: Any) -> dict[str, Any]:
        """Somebody makes an object on the desk."""
        made: dict[str, Any] = self.desk.call("POST", f"/api/v2/{path}", json={kind: body})[kind]
        return made

    def edit(self, kind: str, path: str, **body: Any) -> None:
        """Somebody edits an object on the desk, a while later."""
        self.clock.forward(seconds=30)
        method: Any = "PATCH" if kind == "webhook" else "PUT"
        self.desk.call(method, f"/api/v2/{path}", json={kind: body})


@pytest.fixture
def started(clock) -> Any:
    """Starts sandboxes that end with the test."""
    running: list[Sandbox] = []

    def start(**known: Any) -> Sandbox:
        running.append(Sandbox.serving(DeskState(clock=clock.now, **known)))
        return running[-1]

    yield start
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def set_up(started: Callable[..., Sandbox], store, ring, clock) -> Callable[..., Setup]:
    """Makes installations that share a database."""
    directory, secrets = StoredDirectory(store), Secrets(store, ring)

    def make(**known: Any) -> Setup:
        sandbox = started(**known)
        credential = ClientCredentials(
            sandbox.address, sandbox.client_id, sandbox.client_secret, clock=clock
        )
        desk = ZendeskDesk(sandbox.address, credential, directory)
        return Setup(sandbox, desk, clock, directory, secrets)

    return make


@pytest.fixture
def at(set_up) -> Setup:
    """An installation beside a fresh desk."""
    made: Setup = set_up()
    return made
