import math
import socket

import pytest
import requests
import responses

from casebook.errors import (
    DeskError,
    DeskUnavailable,
    NotAllowed,
    OutcomeUnclear,
    RateLimited,
    TicketClosed,
    TicketGone,
    UpdateConflict,
)
from integration.zendesk import transport
from integration.zendesk.transport import INNER_ADDRESS, DeskAdapter, new_session
from tests.builders import CANARY, in_threads
from tests.integration.zendesk.loopback import answer, cut_body, garbage, reset, serving

DESK = "https://desk.example.com"
PATH = "/api/v2/tickets/4711.json"
CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
BLANK = {
    "error": "RecordInvalid",
    "details": {"base": [{"description": CANARY, "error": "BlankValue"}]},
}


class Token:
    """A credential whose renewals are counted."""

    def __init__(self, *, renewable=True):
        self.renewable, self.renewed = renewable, 0

    def header(self):
        return f"Bearer t{self.renewed}"

    def renew(self):
        self.renewed += self.renewable
        return self.renewable


class Calls:
    """A session to a desk, and what it counted."""

    def __init__(self, address=DESK, token=None):
        self.counted = []
        self.adapter = DeskAdapter(address, token or Token(), on_call=self.count)
        self.session = new_session(self.adapter)

    def count(self, method, status):
        self.counted.append((method, status))

    def __call__(self, method="GET", path=PATH, **known):
        return self.session.request(method, INNER_ADDRESS + path, **known)


@pytest.fixture
def desk():
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(transport, "TIMEOUT", (0.3, 0.3))


def refused(desk, status, *, method="PUT", path=PATH, **known):
    desk.add(method, DESK + path, status=status, **known)
    with pytest.raises(DeskError) as error:
        Calls()(method, path)
    assert CANARY not in str(error.value)
    return error.value


def test_every_call_goes_to_the_desk_with_credentials():
    path = "/api/v2/search.json?query=type%3Aticket"
    with serving(answer()) as server:
        calls = Calls(server.address)
        told = calls(path=path)
        calls.session.close()
    assert server.got == [("GET", path, b"")]
    (headers,) = server.headers
    assert headers["Authorization"] == "Bearer t0"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"] == "casewarden"
    # zenpy knows its answers by the address that it asked.
    assert told.request.url == INNER_ADDRESS + path


def test_a_401_renews_once_and_asks_once_more(desk):
    desk.get(DESK + PATH, status=401, json={"error": "invalid_token"})
    desk.get(DESK + PATH, json={})
    calls = Calls()
    assert calls().ok
    sent = [call.request.headers["Authorization"] for call in desk.calls]
    assert calls.counted == [("GET", 401), ("GET", 200)]
    assert calls.adapter.calls == 2
    assert sent[-1] == "Bearer t1"


@pytest.mark.parametrize(("renewable", "sent"), [(True, 2), (False, 1)])
def test_a_401_that_stays_is_not_allowed(desk, renewable, sent):
    for _ in range(sent):
        desk.get(DESK + PATH, status=401, json={"error": "Couldn't authenticate you"})
    token = Token(renewable=renewable)
    with pytest.raises(NotAllowed) as error:
        Calls(token=token)()
    assert error.value.status == 401
    assert len(desk.calls) == sent
    assert token.renewed == renewable


@pytest.mark.parametrize(
    "body", [{"error": "Forbidden", "description": CANARY}, {"error": {"title": "Forbidden"}}]
)
def test_a_missing_scope_is_not_allowed(desk, body):
    assert isinstance(refused(desk, 403, json=body), NotAllowed)


@pytest.mark.parametrize("path", [PATH, "/api/v2/tickets/4711/audits.json"])
def test_a_missing_ticket_is_gone(desk, path):
    assert isinstance(refused(desk, 404, path=path, json={"error": "RecordNotFound"}), TicketGone)


@pytest.mark.parametrize("body", ["", "<html></html>", '{"error":"InvalidEndpoint"}'])
def test_another_missing_thing_is_not_a_ticket_that_is_gone(desk, body):
    error = refused(desk, 404, method="GET", path="/api/v2/macros/5.json", body=body)
    assert type(error) is DeskError


def test_a_safe_update_that_lost_is_a_conflict(desk):
    error = refused(desk, 409, json={"error": "UpdateConflict", "description": CANARY})
    assert isinstance(error, UpdateConflict)


@pytest.mark.parametrize(
    "known",
    [
        {"json": {"error": "DatabaseConflict", "description": "Database collision"}},
        {"body": "Requester creation collision - please try again", "content_type": "text/plain"},
    ],
)
def test_any_other_409_can_be_tried_again(desk, known):
    assert isinstance(refused(desk, 409, **known), DeskUnavailable)


def test_a_closed_ticket_is_told_apart_from_a_bad_update(desk):
    assert isinstance(refused(desk, 422, json=CLOSED), TicketClosed)
    assert type(refused(desk, 422, json=BLANK)) is DeskError


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "93"}, 93.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({}, 60.0),
        ({"Retry-After": "soon"}, 60.0),
        ({"Retry-After": "-1"}, 60.0),
        ({"Retry-After": "nan"}, 60.0),
        ({"Retry-After": "inf"}, 60.0),
        ({"Retry-After": "Sun, 22 Nov 2026 10:01:33 GMT"}, 60.0),
    ],
)
def test_a_429_in_html_tells_how_long_to_wait(desk, headers, seconds):
    error = refused(desk, 429, body=f"<html>{CANARY}</html>", headers=headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after_seconds == seconds


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, DeskUnavailable)])
def test_a_wait_that_the_desk_asks_for_is_not_waited_inside_a_call(status, error):
    asked = answer(status, "<html></html>", Retry_After="93")
    assert type(sent_once(asked)) is error
    assert type(sent_once(asked, method="GET")) is error


def test_a_wait_of_years_is_no_wait(desk):
    error = refused(desk, 429, headers={"Retry-After": "1e300"})
    assert math.isfinite(error.retry_after_seconds)
    assert error.retry_after_seconds <= 24 * 3600


@pytest.mark.parametrize(
    ("status", "headers", "write", "read"),
    [
        (500, {}, OutcomeUnclear, DeskUnavailable),
        (502, {}, OutcomeUnclear, DeskUnavailable),
        (504, {}, OutcomeUnclear, DeskUnavailable),
        (503, {}, OutcomeUnclear, DeskUnavailable),
        (503, {"Retry-After": "5"}, DeskUnavailable, DeskUnavailable),
    ],
)
def test_a_failure_in_html_leaves_a_write_unclear_and_a_read_not(
    desk, status, headers, write, read
):
    html = {"body": f"<html>{CANARY}</html>", "headers": headers}
    assert type(refused(desk, status, **html)) is write
    assert type(refused(desk, status, method="GET", **html)) is read


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_since_it_would_turn_an_update_into_a_reading(desk, status):
    error = refused(desk, status, headers={"Location": "https://elsewhere.example.com/"})
    assert isinstance(error, DeskUnavailable)
    assert "zendesk_url" in str(error)


@pytest.mark.parametrize("status", [400, 418])
def test_any_other_refusal_is_final(desk, status):
    error = refused(desk, status, json={"error": "TooManyValues", "description": CANARY})
    assert type(error) is DeskError
    assert "TooManyValues" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"error": "{CANARY}"}}',
        '{"error": "My neighbour threatens me"}',
        '{"error": {"title": "My neighbour threatens me"}}',
        '{"error": ["neighbour"]}',
        '["neighbour"]',
        '"neighbour"',
    ],
)
def test_an_error_never_quotes_more_than_a_word_of_the_answer(desk, body):
    error = refused(desk, 400, body=body)
    assert "neighbour" not in str(error)
    assert "canary" not in str(error)


def sent_once(*behaviours, method="PUT"):
    with serving(*behaviours) as server:
        calls = Calls(server.address)
        with pytest.raises(DeskError) as error:
            calls(method, json={"ticket": {}})
        calls.session.close()
    assert len(server.got) == 1
    assert calls.counted[-1][0] == method
    return error.value


@pytest.mark.parametrize("behaviour", [reset, garbage, cut_body, "silent"])
def test_an_update_whose_answer_is_lost_is_sent_once_and_unclear(behaviour):
    assert type(sent_once(behaviour)) is OutcomeUnclear


@pytest.mark.parametrize("behaviour", [reset, garbage, cut_body, "silent"])
def test_a_reading_whose_answer_is_lost_is_an_unavailable_desk(behaviour):
    assert type(sent_once(behaviour, method="GET")) is DeskUnavailable


def test_a_failure_whose_page_is_cut_off_is_still_named():
    def cut_failure(handler):
        handler.send_response(502)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<html>")
        handler.close_connection = True

    assert type(sent_once(cut_failure)) is OutcomeUnclear
    assert type(sent_once(cut_failure, method="GET")) is DeskUnavailable


def test_a_refused_connection_wrote_nothing():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    calls = Calls(address)
    with pytest.raises(DeskUnavailable):
        calls("PUT", json={})
    assert calls.counted == [("PUT", 0)]


def test_a_name_that_does_not_resolve_wrote_nothing(monkeypatch):
    def unknown(*_args, **_known):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(DeskUnavailable):
        Calls("http://nowhere.example.com")("PUT", json={})


def test_a_line_broken_under_tls_leaves_a_write_unclear(desk):
    """TLS also breaks after the request was read; only a refused certificate comes before it."""
    broken = requests.exceptions.SSLError("EOF occurred in violation of protocol")
    desk.put(DESK + PATH, body=broken)
    with pytest.raises(OutcomeUnclear):
        Calls()("PUT")
    refused = requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED")
    desk.post(DESK + PATH, body=refused)
    with pytest.raises(DeskUnavailable):
        Calls()("POST")


def test_a_line_kept_open_is_used_again():
    with serving(answer()) as server:
        calls = Calls(server.address)
        for _ in range(3):
            calls("PUT", json={})
        calls.session.close()
    assert len(server.got) == 3
    assert calls.counted == [("PUT", 200)] * 3


def test_proxies_of_the_environment_see_nothing(monkeypatch):
    with serving(answer()) as proxy, serving(answer()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        calls = Calls(server.address)
        calls()
        calls.session.close()
    assert (len(proxy.got), len(server.got)) == (0, 1)


def test_calls_are_counted_for_each_thread_alone(desk):
    desk.get(DESK + PATH, json={})
    calls = Calls()
    calls()
    seen = []
    in_threads(lambda _owner: seen.append(calls.adapter.calls), 1)
    assert (calls.adapter.calls, seen) == (1, [0])
