from __future__ import annotations

import pytest

from integration.zendesk.sandbox import DeliveryRules
from integration.zendesk.sandbox.breaker import Breaker
from integration.zendesk.sandbox.delivery import wait_before_retry
from integration.zendesk.sandbox.transport import Answered, TimedOut, Unreachable
from tests.integration.zendesk.sandbox.sandbox_callers import AT_ONCE, Reply

ENOUGH = 10


@pytest.mark.parametrize(
    ("reply", "sent"),
    [
        (Reply(409), 4),
        (Reply(429, {"Retry-After": "59"}), 4),
        (Reply(503, {"Retry-After": "30"}), 4),
        (Reply(429, {"Retry-After": "60"}), 1),
        (Reply(503), 1),
        (Reply(429), 1),
        (Reply(500), 1),
        (Reply(502), 1),
        (Reply(400), 1),
        (Reply(401), 1),
        (Reply(302, {"Location": "/elsewhere"}), 1),
    ],
)
def test_only_some_answers_are_worth_another_try(desk, bot, listener, reply, sent):
    listener.answer(*[reply] * 10)
    bot.webhook(listener.address, "created")
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert len(listener.got) == sent
    assert len({one.headers["X-Zendesk-Webhook-Invocation-Id"] for one in listener.got}) == 1


def test_a_timeout_is_tried_five_more_times(open_desk, as_bot, listener):
    desk = open_desk(rules=DeliveryRules(pace=0.0, timeout_seconds=0.05))
    listener.answer(*[Reply(hold=True)] * 10)
    api = as_bot(desk)
    api.webhook(listener.address, "created")
    api.ticket()
    assert desk.idle(ENOUGH)
    assert len(listener.got) == 6
    assert desk.deliveries() == {"by_status": {"terminated": 1}, "attempts": 6, "pending": 0}


def test_a_retry_that_succeeds_ends_the_matter(desk, bot, listener):
    listener.answer(Reply(503, {"Retry-After": "1"}), Reply(200))
    hook = bot.webhook(listener.address, "created")
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert len(listener.got) == 2
    log = bot.v2("GET", f"/webhooks/{hook['id']}/invocations").json()["invocations"]
    assert [(one["status"], one["status_code"]) for one in log] == [("success", 200)]
    path = f"/webhooks/{hook['id']}/invocations/{log[0]['id']}/attempts"
    tries = bot.v2("GET", path).json()["attempts"]
    assert [one["status_code"] for one in tries] == [503, 200]
    assert {one["invocation_id"] for one in tries} == {log[0]["id"]}
    assert {one["id"] for one in tries} == {hook["id"]}
    assert tries[0]["request"]["payload"] == listener.got[0].body.decode()


def test_an_endpoint_that_is_not_there_fails_once(desk, bot, listener):
    bot.webhook("http://127.0.0.1:9/nobody", "created")
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert desk.deliveries()["by_status"] == {"terminated": 1}


RULES = DeliveryRules()


@pytest.mark.parametrize(
    ("outcome", "retries", "wait"),
    [
        (TimedOut(), 4, RULES.retry_seconds),
        (TimedOut(), 5, None),
        (Answered(409, (), "", None), 2, RULES.retry_seconds),
        (Answered(409, (), "", None), 3, None),
        (Answered(503, (), "", 30.0), 0, 30.0),
        (Answered(503, (), "", 60.0), 0, None),
        (Answered(200, (), "", 5.0), 0, None),
        (Unreachable(), 0, None),
    ],
)
def test_the_retry_matrix(outcome, retries, wait):
    assert wait_before_retry(outcome, retries, RULES) == wait


def test_the_breaker_opens_rests_and_probes():
    breaker = Breaker(RULES)
    for second in range(29):
        breaker.note(failed=False, now=second)
    for second in range(29, 99):
        breaker.note(failed=True, now=second)
    assert breaker.lets_through(99.0)
    breaker.note(failed=True, now=99.0)
    assert not breaker.lets_through(103.9)
    assert breaker.lets_through(104.0)
    assert not breaker.lets_through(104.1)
    breaker.note(failed=True, now=104.5)
    assert not breaker.lets_through(109.0)
    assert breaker.lets_through(109.5)
    breaker.note(failed=False, now=109.6)
    assert breaker.lets_through(109.7)
    assert breaker.lets_through(109.8)


def test_the_breaker_forgets_what_is_older_than_its_window():
    breaker = Breaker(RULES)
    for _ in range(99):
        breaker.note(failed=True, now=0.0)
    breaker.note(failed=True, now=301.0)
    assert breaker.lets_through(301.0)


def test_what_the_breaker_drops_is_not_sent_again(open_desk, as_bot, listener):
    rules = DeliveryRules(pace=0.0, threads=1, breaker_least_requests=3, breaker_rest_seconds=3_600)
    desk = open_desk(rules=rules)
    listener.answer(*[Reply(500)] * 3)
    api = as_bot(desk)
    api.webhook(listener.address, "created")
    for _ in range(5):
        api.ticket()
    assert desk.idle(ENOUGH)
    assert desk.deliveries()["by_status"] == {"circuit broken": 2, "terminated": 3}
    assert len(listener.got) == 3


def test_the_default_rules_are_zendesks():
    assert (RULES.timeout_seconds, RULES.pace) == (12.0, 1.0)
    assert AT_ONCE.conflict_retries == RULES.conflict_retries == 3
