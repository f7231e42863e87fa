import pytest

from casebook.settings import load_settings
from integration.inbox import Closing
from integration.signature import PUBLIC_TEST_SECRET
from integration.webhook import EVENTS_PATH
from integration.zendesk.provision.apply import SIGNING_SECRET
from operations.web import build_app
from operations.wiring import Services
from tests.builders import CANARY, NOW, SECRET, a_delivery, an_entry, an_envelope, body_of, signed

HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
TOKEN = "a-long-token"


@pytest.fixture
def services_with(tmp_path, monkeypatch, sqlite_address, clock):
    monkeypatch.chdir(tmp_path)
    made = []

    def make(**known):
        defaults = {
            "state_dir": tmp_path / "state",
            "database_url": sqlite_address,
            "webhook_secret": SECRET,
        }
        made.append(Services(load_settings(**defaults | known), clock=clock))
        return made[-1]

    yield make
    for services in made:
        services.close()


@pytest.fixture
def web_with(services_with):
    return lambda **known: build_app(services_with(**known), wake=lambda: None).test_client()


def send(web, body=None, **known):
    body = body or body_of(an_envelope())
    return web.post(EVENTS_PATH, data=body, headers=signed(body, **known))


def test_a_signed_event_comes_in(web_with):
    assert send(web_with()).json == {"outcome": "accepted"}


@pytest.mark.parametrize("path", ["/status", "/status.json"])
@pytest.mark.parametrize(
    ("environ", "headers", "status"),
    [
        (HERE, {}, 200),
        ({"REMOTE_ADDR": "::1"}, {}, 200),
        (ELSEWHERE, {}, 403),
        ({"REMOTE_ADDR": ""}, {}, 403),
        (HERE, {"X-Forwarded-For": "192.0.2.7"}, 403),
        (HERE, {"Forwarded": "for=192.0.2.7"}, 403),
        (HERE, {"Authorization": "Bearer anything"}, 200),
        (ELSEWHERE, {"Authorization": "Bearer anything"}, 403),
    ],
)
def test_without_a_token_only_this_machine_sees_the_page(web_with, path, environ, headers, status):
    answer = web_with().get(path, environ_base=environ, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/status", {"Authorization": f"Bearer {TOKEN}"}, 200),
        (f"/status?token={TOKEN}", {}, 200),
        (f"/status.json?token={TOKEN}", {"X-Forwarded-For": "192.0.2.7"}, 200),
        ("/status", {}, 403),
        ("/status?token=", {}, 403),
        ("/status?token=another", {}, 403),
        ("/status?token=%C3%A9", {}, 403),
        ("/status", {"Authorization": "Bearer another"}, 403),
        ("/status", {"Authorization": "Bearer "}, 403),
    ],
)
@pytest.mark.parametrize("environ", [HERE, ELSEWHERE])
def test_with_a_token_whoever_has_it_sees_the_page(web_with, path, headers, status, environ):
    web = web_with(status_token=TOKEN)
    assert web.get(path, environ_base=environ, headers=headers).status_code == status


def test_a_page_elsewhere_cannot_point_its_name_at_this_machine(web_with):
    answer = web_with().get("/status", headers={"Host": "evil.example.org:8642"})

    assert answer.status_code == 403


def test_a_token_of_no_letters_lets_nobody_in(web_with):
    web = web_with(status_token="")
    assert web.get("/status", environ_base=ELSEWHERE).status_code == 403
    assert web.get("/status?token=", environ_base=ELSEWHERE).status_code == 403


def test_the_page_shows_what_came_of_the_day_in_ids_and_counts(services_with, clock):
    services = services_with()
    services.ledger.append(an_entry(ticket_id=4711, at=NOW))
    services.inbox.accept(a_delivery(1, body=CANARY.encode()))
    services.inbox.accept(a_delivery(2, ticket_id=5, body=CANARY.encode()))
    (claim, _) = services.inbox.claim("me", now=NOW, limit=2)
    closing = Closing(services.inbox.open_events(claim.ticket_id), (an_entry(ticket_id=5),))
    services.inbox.finish(claim, closing, now=NOW)
    clock.forward(seconds=90)
    web = build_app(services, wake=lambda: None).test_client()
    told = web.get("/status.json").json
    assert told["inbox"]["open_events"] == 1
    assert told["oldest_open_seconds"] == 90.0
    assert told["pulse"]["outcomes"] == {"applied": 2}
    assert [row["ticket_id"] for row in told["tickets"]] == [5, 4711]
    page = web.get("/status").get_data(as_text=True)
    assert "4711" in page
    assert CANARY not in page


def test_what_is_older_than_a_day_is_not_on_the_page(services_with, clock):
    services = services_with()
    services.ledger.append(an_entry(at=NOW))
    clock.forward(hours=25)
    web = build_app(services, wake=lambda: None).test_client()
    assert web.get("/status.json").json["tickets"] == []


def test_an_empty_page_can_be_shown(web_with):
    assert web_with().get("/status").status_code == 200


def test_health_tells_life_and_readiness(services_with):
    services = services_with()
    web = build_app(services, wake=lambda: None).test_client()
    assert web.get("/healthz/live").json == {"status": "live"}
    assert web.get("/healthz/ready").json == {"status": "ready"}


def test_without_a_signing_secret_it_is_not_ready_and_takes_nothing(web_with):
    web = web_with(webhook_secret=None)
    answer = web.get("/healthz/ready")
    assert (answer.status_code, answer.json["reason"]) == (503, "webhook_secret")
    assert send(web).status_code == 401


def test_without_a_database_it_is_not_ready_but_alive(services_with, tmp_path):
    services = services_with()
    web = build_app(services, wake=lambda: None).test_client()
    services.store.engine.dispose()
    for file in tmp_path.glob("casewarden.sqlite3*"):
        file.unlink()
    (tmp_path / "casewarden.sqlite3").mkdir()
    answer = web.get("/healthz/ready")
    assert (answer.status_code, answer.json["reason"]) == (503, "database")
    assert web.get("/healthz/live").status_code == 200
    assert send(web).status_code == 503


@pytest.mark.parametrize("path", ["/healthz/live", "/status", "/nowhere", EVENTS_PATH])
def test_no_answer_is_framed_sniffed_or_kept(web_with, path):
    headers = web_with().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_an_error_that_nobody_foresaw_asks_for_the_event_again(services_with, monkeypatch):
    services = services_with()
    web = build_app(services, wake=lambda: None).test_client()

    def fail(_delivery):
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(services.inbox, "accept", fail)
    answer = send(web)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert CANARY not in answer.get_data(as_text=True)


def test_another_method_or_path_is_refused_as_such(web_with):
    web = web_with()
    assert web.get(EVENTS_PATH).status_code == 405
    assert web.get("/nowhere").status_code == 404


def test_configured_previous_and_received_secrets_are_live(services_with):
    services = services_with(webhook_secret_previous="previous")
    services.secrets.put(SIGNING_SECRET, "received")
    assert list(services.receiving_secrets()) == [SECRET, "previous", "received"]


def test_a_received_secret_is_taken_up_within_seconds(services_with, clock):
    services = services_with(webhook_secret=None)
    assert list(services.receiving_secrets()) == []
    services.secrets.put(SIGNING_SECRET, "received")
    clock.forward(seconds=10)
    assert list(services.receiving_secrets()) == ["received"]


@pytest.mark.parametrize(("allowed", "status"), [(False, 401), (True, 200)])
def test_the_public_test_secret_counts_only_where_it_is_allowed(web_with, allowed, status):
    web = web_with(allow_test_secret=allowed)
    assert send(web, secret=PUBLIC_TEST_SECRET).status_code == status


def test_the_public_test_secret_does_not_count_as_a_configured_one(web_with):
    web = web_with(webhook_secret=PUBLIC_TEST_SECRET)
    assert send(web, secret=PUBLIC_TEST_SECRET).status_code == 401
