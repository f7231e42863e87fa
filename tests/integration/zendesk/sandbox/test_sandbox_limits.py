from __future__ import annotations

import pytest

from integration.zendesk.sandbox import ENTERPRISE, PLANS, SANDBOX, TEAM, UNLIMITED

WAIT = "Rate limit for ticket updates exceeded, please wait before updating this ticket again"


def test_every_answer_tells_what_is_left(open_desk, as_bot):
    api = as_bot(open_desk(ENTERPRISE))
    first, second = api.v2("GET", "/users/me"), api.v2("GET", "/users/me")
    assert (first.headers["x-rate-limit"], first.headers["x-rate-limit-remaining"]) == (
        "700",
        "699",
    )
    assert second.headers["ratelimit-remaining"] == "698"
    assert second.headers["ratelimit-reset"] == "60"


def test_an_account_that_asks_too_often_is_told_when_to_come_back(open_desk, as_bot, clock):
    api = as_bot(open_desk(TEAM))
    for _ in range(200):
        assert api.v2("GET", "/users/me").status_code == 200
    clock.move(seconds=20)
    refused = api.v2("GET", "/users/me")
    assert refused.status_code == 429
    assert refused.headers["content-type"].startswith("text/html")
    assert refused.headers["retry-after"] == "40"
    assert refused.headers["x-rate-limit-remaining"] == "0"
    clock.move(seconds=40)
    assert api.v2("GET", "/users/me").status_code == 200


def test_one_ticket_takes_thirty_updates_in_ten_minutes_from_one_user(
    open_desk, as_bot, as_user, clock
):
    desk = open_desk(ENTERPRISE)
    api = as_bot(desk)
    api.ticket()
    for turn in range(30):
        answer = api.update(1, external_id=str(turn))
        assert answer.status_code == 200
    told = answer.headers["zendesk-ratelimit-per-ticket-updates"]
    assert told == "total=30; remaining=0; resets=600"
    clock.move(seconds=507)
    refused = api.update(1, external_id="one too many")
    assert (refused.status_code, refused.text) == (429, WAIT)
    assert refused.headers["retry-after"] == "93"
    assert as_user(desk).update(1, external_id="another").status_code == 200
    clock.move(seconds=93)
    assert api.update(1, external_id="later").status_code == 200


def test_a_sandbox_account_takes_twenty_updates_a_minute(open_desk, as_bot):
    api = as_bot(open_desk(SANDBOX))
    for _ in range(21):
        api.ticket()
    codes = [api.update(number, priority="low").status_code for number in range(1, 22)]
    assert codes == [200] * 20 + [429]


def test_exports_have_a_limit_of_their_own(open_desk, as_bot):
    api = as_bot(open_desk(ENTERPRISE))
    path = "/incremental/tickets/cursor.json?start_time=0"
    codes = [api.v2("GET", path).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_webhook_calls_and_tests_are_counted_apart(open_desk, as_bot):
    api = as_bot(open_desk(ENTERPRISE))
    answer = api.v2("GET", "/webhooks")
    assert (answer.headers["x-rate-limit"], answer.headers["content-type"]) == (
        "100",
        "application/json",
    )
    assert "ratelimit-limit" not in answer.headers
    asked = {"request": {"endpoint": "http://127.0.0.1:9/"}}
    codes = [api.v2("POST", "/webhooks/test", asked).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]


def test_an_unlimited_desk_counts_but_refuses_nothing(open_desk, as_bot):
    api = as_bot(open_desk(UNLIMITED))
    api.ticket()
    codes = {api.update(1, external_id=str(turn)).status_code for turn in range(40)}
    assert codes == {200}


@pytest.mark.parametrize(("plan", "status"), [("team", 403), ("enterprise", 201)])
def test_private_groups_need_a_plan_that_has_them(open_desk, as_bot, plan, status):
    api = as_bot(open_desk(PLANS[plan]))
    answer = api.v2("POST", "/groups", {"group": {"name": "Safety", "is_public": False}})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/tickets/show_many?ids={','.join(map(str, range(1, 102)))}", None),
        ("POST", "/tickets/create_many", {"tickets": [{"description": "x"}] * 101}),
        ("PUT", f"/tickets/update_many?ids={','.join(map(str, range(1, 102)))}", {"ticket": {}}),
    ],
)
def test_more_than_a_hundred_is_too_many(desk, bot, method, path, body):
    answer = bot.v2(method, path, body)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "TooManyValues",
        "description": "Parameter  cannot specify more than 100 values",
        "max_count": 100,
    }
    assert bot.v2("GET", "/tickets/count").json()["count"]["value"] == 0
