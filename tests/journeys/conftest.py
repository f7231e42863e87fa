"""A whole desk for each journey: the sandbox, the product and a classifier that knows two words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from casebook.prediction import Prediction, Score
from casebook.settings import Settings, load_settings
from integration.zendesk.sandbox import DeliveryRules, Sandbox
from operations.provisioning import provision_now
from operations.serving import WebServer
from operations.web import build_app
from operations.wiring import Services, no_progress
from operations.worker import Worker
from training.first_bundle import ensure_starter_bundle


class WordPredictor:
    """Finds a category where its name stands in the text."""

    digest = "w" * 64

    def predict(self, ticket):
        found = [one for one in ("privacy", "self_harm", "copyright") if one in ticket.text()]
        scores = tuple(Score(one, None, 0.97, "model", "act") for one in found)
        return Prediction(scores, frozenset(), "en", self.digest)

    def predict_many(self, tickets):
        return [self.predict(ticket) for ticket in tickets]


@dataclass
class Stage:
    """A desk with the product beside it, whose worker works only when the test says so."""

    sandbox: Sandbox
    services: Services
    worker: Worker

    def call(self, method, path, json=None, **params):
        return self.services.desk.call(method, path, json=json, params=params)

    def mail(self, text, ticket_id=None) -> int:
        """A requester writes, or answers; returns once the event is in the inbox."""
        sender = {"name": "Requester", "email": "requester@example.org"}
        mail = {"from": sender, "subject": "A question", "body": text, "ticket_id": ticket_id}
        number = self.call("POST", "/_sandbox/mail", mail)["ticket_id"]
        self.delivered()
        return int(number)

    def delivered(self):
        assert self.sandbox.idle(20), "deliveries did not end"

    def work(self) -> int:
        """Work off everything that is due, echoes of our own writes too."""
        worked = self.worker.drain()
        self.delivered()
        return worked + (self.work() if self.worker.drain() else 0)

    def stop_webhook(self):
        """From here on the desk tells us nothing."""
        for webhook_id in self.services.directory.named("webhook").values():
            self.call(
                "PATCH", f"/api/v2/webhooks/{webhook_id}", {"webhook": {"status": "inactive"}}
            )

    def shown(self, number) -> dict:
        return self.call("GET", f"/api/v2/tickets/{number}.json", include="comment_count")["ticket"]

    def calls_about(self, number) -> dict:
        return self.sandbox.state.calls.report()["tickets"].get(str(number), {})

    def outcomes(self, number) -> list[str]:
        entries = self.services.ledger.of(number)
        return [str(entry.facts["outcome"]) for entry in entries]


def settings_for(sandbox: Sandbox, folder: Path, **more) -> Settings:
    return load_settings(
        zendesk_url=sandbox.address,
        oauth_client_id=sandbox.client_id,
        oauth_client_secret=sandbox.client_secret,
        state_dir=folder,
        default_mode="act",
        **more,
    )


@pytest.fixture
def stage(tmp_path) -> Iterator[Stage]:
    with Sandbox.start(rules=DeliveryRules(pace=0.0)) as sandbox:
        sandbox.state.admins_see_private_groups = True
        services = Services(settings_for(sandbox, tmp_path))
        web = WebServer(build_app(services, wake=lambda: None), host="127.0.0.1", port=0)
        web.start()
        provision_now(services, public_url=web.address)
        worker = services.worker(services.pipeline(WordPredictor()))
        yield Stage(sandbox, services, worker)
        web.stop()
        services.close()


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """The starter bundle, trained once for all journeys that need it."""
    folder = tmp_path_factory.getbasetemp() / "models"
    ensure_starter_bundle(folder, progress=no_progress)
    return folder
