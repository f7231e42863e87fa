import json
import threading

import pytest
import requests
import responses

from casebook.errors import DeskUnavailable, Misconfigured, NotAllowed
from integration.zendesk.oauth import ApiToken, ClientCredentials, credential_from
from tests.builders import CANARY, in_threads
from tests.integration.zendesk.loopback import answer, serving

DESK = "https://desk.example.com"
TOKENS = f"{DESK}/oauth/tokens"


@pytest.fixture
def desk():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def grant(desk, token="t1", **known):
    desk.post(TOKENS, json={"access_token": token, "expires_in": 7200} | known, status=201)


@pytest.fixture
def credential(clock):
    return ClientCredentials(DESK, "casewarden", CANARY, clock=clock)


def test_a_token_is_asked_for_once_and_kept(desk, credential):
    grant(desk)
    assert [credential.header() for _ in range(3)] == ["Bearer t1"] * 3
    (call,) = desk.calls
    assert json.loads(call.request.body) == {
        "grant_type": "client_credentials",
        "client_id": "casewarden",
        "client_secret": CANARY,
        "scope": "read write",
        "expires_in": 7200,
    }


def test_a_token_is_renewed_a_minute_before_it_ends(desk, credential, clock):
    grant(desk, "t1", expires_in=600)
    grant(desk, "t2", expires_in=600)
    assert credential.header() == "Bearer t1"
    clock.forward(seconds=539)
    assert credential.header() == "Bearer t1"
    clock.forward(seconds=1)
    assert credential.header() == "Bearer t2"


def test_a_grant_without_an_end_counts_as_long_as_we_asked_for(desk, credential, clock):
    grant(desk, "t1", expires_in=None)
    grant(desk, "t2")
    credential.header()
    clock.forward(seconds=7200 - 61)
    assert credential.header() == "Bearer t1"
    clock.forward(seconds=1)
    assert credential.header() == "Bearer t2"


def test_a_refused_token_can_be_thrown_away(desk, credential):
    grant(desk, "t1")
    grant(desk, "t2")
    credential.header()
    assert credential.renew()
    assert credential.header() == "Bearer t2"


def test_all_threads_share_one_token(clock):
    grants = answer(201, '{"access_token": "shared", "expires_in": 7200}')
    with serving(grants) as server:
        credential = ClientCredentials(server.address, "c", "s", clock=clock)
        together, seen = threading.Barrier(8), []

        def ask(_owner):
            together.wait(10)
            seen.append(credential.header())

        in_threads(ask, 8)
    assert seen == ["Bearer shared"] * 8
    assert len(server.got) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_client_is_not_allowed_and_tells_what_to_check(desk, credential, status):
    desk.post(TOKENS, status=status, json={"error": "invalid_client", "error_description": CANARY})
    with pytest.raises(NotAllowed, match="oauth_client_secret") as refused:
        credential.header()
    assert refused.value.status == status
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_desk_is_unavailable_and_not_a_refusal(desk, credential, status):
    desk.post(TOKENS, status=status, body=f"<html>{CANARY}</html>")
    with pytest.raises(DeskUnavailable) as unavailable:
        credential.header()
    assert unavailable.value.status == status
    assert CANARY not in str(unavailable.value)


@pytest.mark.parametrize(
    "body",
    [
        "<html>please log in</html>",
        "[]",
        "{}",
        '{"access_token": null}',
        '{"access_token": ""}',
        '{"access_token": "t", "expires_in": "soon"}',
        '{"access_token": "t", "expires_in": [1]}',
    ],
)
def test_an_answer_that_is_no_token_is_an_unavailable_desk(desk, credential, body):
    desk.post(TOKENS, status=200, body=body)
    with pytest.raises(DeskUnavailable):
        credential.header()


def test_a_desk_that_cannot_be_reached_is_unavailable_without_the_secret(desk, credential):
    desk.post(TOKENS, body=requests.ConnectionError(CANARY))
    with pytest.raises(DeskUnavailable) as unavailable:
        credential.header()
    assert CANARY not in str(unavailable.value)
    assert unavailable.value.__cause__ is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_secret_is_never_sent_on_to_another_address(clock, status):
    with (
        serving(answer()) as other,
        serving(answer(status, Location=other.address)) as server,
        pytest.raises(DeskUnavailable),
    ):
        ClientCredentials(server.address, "c", CANARY, clock=clock).header()
    assert other.got == []


def test_proxies_of_the_environment_do_not_see_the_secret(clock, monkeypatch):
    with serving(answer()) as proxy, serving(answer(201, '{"access_token": "t"}')) as server:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ClientCredentials(server.address, "c", CANARY, clock=clock).header() == "Bearer t"
    assert proxy.got == []


def test_a_legacy_token_is_basic_and_cannot_be_renewed():
    credential = ApiToken("agent@example.org", "abc")
    assert credential.header() == "Basic YWdlbnRAZXhhbXBsZS5vcmcvdG9rZW46YWJj"
    assert not credential.renew()


def test_the_oauth_client_goes_before_the_legacy_token(clock):
    both = {"token": ("agent@example.org", "abc"), "clock": clock}
    assert isinstance(credential_from(DESK, client=("c", "s"), **both), ClientCredentials)
    assert isinstance(credential_from(DESK, client=("c", None), **both), ApiToken)
    assert isinstance(credential_from(DESK, client=("c", ""), **both), ApiToken)


@pytest.mark.parametrize("token", [(None, None), ("agent@example.org", None), (None, "abc")])
def test_without_any_way_in_it_is_said_what_to_set(clock, token):
    with pytest.raises(Misconfigured, match="oauth_client_secret"):
        credential_from(DESK, client=("c", None), token=token, clock=clock)
