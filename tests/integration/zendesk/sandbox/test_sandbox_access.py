from __future__ import annotations

import pytest

from tests.integration.zendesk.sandbox.sandbox_callers import credentials

REQUESTER = {"name": "Requester", "email": "requester@example.com"}
EXPIRED = "The access token provided is expired, revoked, malformed or invalid for other reasons."


@pytest.mark.parametrize(
    ("asked", "granted"), [(None, 1800), (1, 300), (7200, 7200), (999_999, 172_800)]
)
def test_a_token_lives_as_long_as_asked_within_bounds(desk, caller, asked, granted):
    body = credentials(desk) | ({} if asked is None else {"expires_in": asked})
    answer = caller(desk, None)("POST", "/oauth/tokens", body)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == granted
    assert answer.json()["token_type"] == "bearer"


def test_a_form_is_as_good_as_json_for_a_token(desk, caller):
    session = caller(desk, None).session
    answer = session.post(f"{desk.address}/oauth/tokens", data=credentials(desk), timeout=10)
    assert answer.status_code == 200


def test_a_token_stops_working_when_its_time_is_over(desk, as_bot, clock):
    api = as_bot(desk, expires_in=300)
    assert api.v2("GET", "/users/me.json").status_code == 200
    clock.move(seconds=300)
    late = api.v2("GET", "/users/me.json")
    assert late.status_code == 401
    assert late.json() == {"error": "invalid_token", "error_description": EXPIRED}


def test_a_token_can_look_at_itself_and_give_itself_up(desk, bot):
    seen = bot.v2("GET", "/oauth/tokens/current.json").json()["token"]
    assert seen["expires_at"] == "2026-11-22T10:30:00Z"
    assert bot.v2("DELETE", "/oauth/tokens/current.json").status_code == 204
    assert bot.v2("GET", "/users/me.json").status_code == 401


@pytest.mark.parametrize(
    "spoil", [{"client_secret": "wrong"}, {"client_id": "nobody"}, {"client_id": None}]
)
def test_wrong_credentials_get_no_token(desk, caller, spoil):
    answer = caller(desk, None)("POST", "/oauth/tokens", credentials(desk) | spoil)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_only_client_credentials_are_granted(desk, caller):
    body = credentials(desk) | {"grant_type": "password"}
    answer = caller(desk, None)("POST", "/oauth/tokens", body)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_an_api_token_acts_as_the_named_user(desk, agent):
    me = agent.v2("GET", "/users/me.json").json()["user"]
    assert (me["email"], me["role"]) == ("agent@example.org", "agent")


@pytest.mark.parametrize("authorization", [None, "Basic bm8=", "Basic %%%", "Digest x"])
def test_nobody_gets_in_without_credentials(desk, caller, authorization):
    answer = caller(desk, authorization).v2("GET", "/users/me.json")
    assert answer.status_code == 401
    assert answer.json() == {"error": "Couldn't authenticate you"}


def test_a_scope_that_does_not_reach_is_told_late_with_403(desk, as_bot):
    api = as_bot(desk, scope="read tickets:write")
    assert api.ticket()["id"] == 1
    assert api.v2("GET", "/groups.json").status_code == 200
    refused = api.v2("POST", "/groups.json", {"group": {"name": "Privacy"}})
    assert (refused.status_code, refused.json()["error"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/incremental/tickets/cursor.json?start_time=0"),
        ("GET", "/webhooks"),
        ("POST", "/groups.json"),
        ("POST", "/ticket_fields.json"),
    ],
)
def test_what_only_admins_may_do_is_closed_to_agents(agent, method, path):
    assert agent.v2(method, path, {}).status_code == 403


def test_end_users_are_kept_out_of_the_agents_api(desk, bot, as_user):
    bot.ticket(requester=REQUESTER)
    requester = as_user(desk, "requester@example.com")
    assert requester.v2("GET", "/users/me.json").status_code == 200
    assert requester.v2("GET", "/tickets/1.json").status_code == 403


def test_tickets_in_a_private_group_are_absent_for_everybody_outside(desk, bot, agent):
    spec = {"group": {"name": "Child safety", "is_public": False}}
    group = bot.v2("POST", "/groups.json", spec).json()["group"]
    assert group["is_public"] is False
    ticket = bot.ticket(group_id=group["id"], requester=REQUESTER)
    assert agent.v2("GET", f"/tickets/{ticket['id']}.json").status_code == 404
    assert agent.v2("GET", f"/tickets/show_many.json?ids={ticket['id']}").json()["count"] == 0
    assert agent.v2("GET", "/tickets.json").json()["count"] == 0
    assert group["id"] not in [one["id"] for one in agent.v2("GET", "/groups").json()["groups"]]
    assert bot.v2("GET", f"/tickets/{ticket['id']}.json").status_code == 404

    joined = {"group_membership": {"user_id": desk.state.agent.id, "group_id": group["id"]}}
    assert bot.v2("POST", "/group_memberships.json", joined).status_code == 201
    assert agent.v2("GET", f"/tickets/{ticket['id']}.json").status_code == 200
    assert agent.v2("GET", "/tickets.json").json()["count"] == 1


def test_admins_can_be_let_into_private_groups(open_desk, as_bot):
    api = as_bot(open_desk(admins_see_private_groups=True))
    spec = {"group": {"name": "Child safety", "is_public": False}}
    group = api.v2("POST", "/groups.json", spec).json()["group"]
    ticket = api.ticket(group_id=group["id"], requester=REQUESTER)
    assert api.v2("GET", f"/tickets/{ticket['id']}.json").status_code == 200


def test_a_private_group_stays_private(bot):
    spec = {"group": {"name": "Child safety", "is_public": False}}
    group = bot.v2("POST", "/groups.json", spec).json()["group"]
    answer = bot.v2("PUT", f"/groups/{group['id']}.json", {"group": {"is_public": True}})
    assert answer.status_code == 422
