"""The whole product in a process of its own, killed without warning while events come in."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from casebook.ledger import first_break
from integration.zendesk.sandbox import DeliveryRules, Sandbox
from operations.provisioning import provision_now
from operations.wiring import Services
from tests.builders import wait_until
from tests.journeys.conftest import settings_for

TEXTS = (
    "Please delete my account and all personal data you hold about me, under article 17 GDPR.",
    "My printer does not print since the update, what can I do?",
)
PATIENCE_SECONDS = 60.0
pytestmark = pytest.mark.xdist_group("starter-model")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def product(sandbox: Sandbox, folder: Path, port: int) -> Iterator[subprocess.Popen]:
    """`casewarden up` in a process of its own, ready to receive."""
    environment = {
        **os.environ,
        "CASEWARDEN_ZENDESK_URL": sandbox.address,
        "CASEWARDEN_OAUTH_CLIENT_ID": sandbox.client_id,
        "CASEWARDEN_OAUTH_CLIENT_SECRET": sandbox.client_secret,
        "CASEWARDEN_STATE_DIR": str(folder),
        "CASEWARDEN_PORT": str(port),
        "CASEWARDEN_DEFAULT_MODE": "act",
    }
    start = [sys.executable, "-c", "from operations.cli import main; main()", "up"]
    process = subprocess.Popen(start, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(port) or process.poll() is not None, seconds=PATIENCE_SECONDS)
        assert process.poll() is None, "the product did not start"
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz/ready", timeout=2).ok
    except requests.RequestException:
        return False


def write(sandbox: Sandbox, number: int) -> int:
    sender = {"name": f"Requester {number}", "email": f"requester-{number}@example.org"}
    mail = {"from": sender, "subject": "A question", "body": TEXTS[number % 2]}
    answer = requests.post(f"{sandbox.address}/_sandbox/mail", json=mail, timeout=5)
    return int(answer.json()["ticket_id"])


@pytest.fixture
def desk(tmp_path, model_folder) -> Iterator[tuple[Sandbox, Services, int]]:
    (tmp_path / "models").symlink_to(model_folder)
    # One delivery at a time, so that some are still under way when the process dies.
    with Sandbox.start(rules=DeliveryRules(pace=0.0, threads=1)) as sandbox:
        services = Services(settings_for(sandbox, tmp_path))
        port = free_port()
        provision_now(services, public_url=f"http://127.0.0.1:{port}")
        yield sandbox, services, port
        services.close()


def acknowledged(sandbox: Sandbox) -> int:
    return sandbox.deliveries()["by_status"].get("success", 0)


def test_an_acknowledged_event_survives_kill_9_and_lands_once(desk, tmp_path):
    sandbox, services, port = desk
    with product(sandbox, tmp_path, port) as process:
        numbers = [write(sandbox, number) for number in range(24)]
        wait_until(lambda: acknowledged(sandbox) >= 6, seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert sandbox.idle(PATIENCE_SECONDS)

    with product(sandbox, tmp_path, port):
        wait_until(
            lambda: services.inbox.counts()["open_events"] == 0 and sandbox.idle(1),
            seconds=PATIENCE_SECONDS,
        )

    received = {entry.ticket_id for entry in services.ledger.entries()}
    assert received, "nothing was acknowledged before the kill"
    counts = services.inbox.counts()
    assert counts["done_events"] + counts["open_events"] >= acknowledged(sandbox)
    shown = services.desk.call(
        "GET",
        "/api/v2/tickets/show_many.json",
        params={"ids": ",".join(map(str, numbers)), "include": "comment_count"},
    )["tickets"]
    for ticket in shown:
        sensitive = (ticket["id"] - numbers[0]) % 2 == 0
        known = ticket["id"] in received
        assert ticket["comment_count"] == (2 if sensitive and known else 1)
        assert ("ts_privacy" in ticket["tags"]) == (sensitive and known)
    assert first_break(services.ledger.entries()) is None


def test_stopping_finishes_what_is_in_hand(desk, tmp_path):
    sandbox, services, port = desk
    with product(sandbox, tmp_path, port) as process:
        for number in range(6):
            write(sandbox, number)
        wait_until(lambda: acknowledged(sandbox) >= 3, seconds=PATIENCE_SECONDS)

        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert services.inbox.counts()["claimed"] == 0


def test_the_shipped_model_tags_and_leaves_alone(desk, tmp_path):
    sandbox, services, port = desk
    with product(sandbox, tmp_path, port):
        sensitive, ordinary = write(sandbox, 0), write(sandbox, 1)
        wait_until(
            lambda: len({entry.ticket_id for entry in services.ledger.entries()}) == 2,
            seconds=PATIENCE_SECONDS,
        )

    assert "ts_privacy" in services.desk.ticket(sensitive).tags
    assert services.desk.ticket(ordinary).tags == frozenset()
