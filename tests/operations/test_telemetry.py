import json

import pytest
import structlog

from operations.telemetry import CALLS, WEBHOOKS, count_call, count_webhook, set_up_logs
from tests.builders import CANARY, a_ticket


@pytest.fixture
def lines(capsys):
    """What was logged, as a function: line by line, parsed."""
    set_up_logs("debug")
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def log(lines):
    return structlog.get_logger()


def test_a_fact_is_one_line_of_json_with_its_time(log, lines):
    log.info("ticket_worked", ticket_id=4711, outcome="applied", seconds=1.5, category=None)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "ticket_worked",
        "level": "info",
        "ticket_id": 4711,
        "outcome": "applied",
        "seconds": 1.5,
        "category": None,
    }


@pytest.mark.parametrize(
    "known",
    [
        {"subject": CANARY},
        {"reason": CANARY * 50},
        {"error": ValueError(CANARY)},
        {"what": {"text": CANARY}},
        {"missing": [CANARY]},
        {"where": CANARY.encode()},
        {"ticket_id": a_ticket(subject=CANARY)},
        {"exc_info": ValueError(CANARY)},
        {"stack_info": CANARY},
    ],
)
def test_no_text_reaches_a_line_whatever_it_is_passed_as(log, lines, known):
    log.warning("ticket_put_back", attempts=2, **known)
    (line,) = lines()
    assert CANARY not in json.dumps(line)
    assert (line["event"], line["attempts"]) == ("ticket_put_back", 2)


@pytest.mark.parametrize("args", [(CANARY,), ("ticket %s", CANARY), ("Ticket said: " + CANARY,)])
def test_no_text_reaches_a_line_as_its_event(log, lines, args):
    log.info(*args)
    assert CANARY not in json.dumps(lines())


def test_it_is_told_that_something_was_left_out_and_the_reason_stays(log, lines):
    log.info("ticket_worked", subject="x", body="y", reason="why")
    (line,) = lines()
    assert (line["dropped"], line["reason"]) == (2, "why")


def test_what_is_below_the_level_is_not_logged(lines):
    set_up_logs("warning")
    structlog.get_logger().info("ticket_worked")
    assert lines() == []


def value_of(counter, **labels):
    return counter.labels(**labels)._value.get()


def test_requests_and_calls_are_counted_by_their_labels():
    before = value_of(WEBHOOKS, outcome="malformed", reason="not_json")
    count_webhook("malformed", "not_json")
    assert value_of(WEBHOOKS, outcome="malformed", reason="not_json") == before + 1
    before = value_of(CALLS, method="PUT", status="0")
    count_call("PUT", 0)
    assert value_of(CALLS, method="PUT", status="0") == before + 1
