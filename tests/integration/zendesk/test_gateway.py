import json
import logging

import pytest
import responses
from responses.matchers import query_param_matcher

from casebook.errors import (
    DeskError,
    DeskUnavailable,
    OutcomeUnclear,
    TicketGone,
    UpdateConflict,
)
from casebook.plan import AddNote, AddTags, NameMacro, SetField, SetGroup, SetPriority
from integration.zendesk.gateway import ZendeskDesk
from tests.builders import CANARY, STAMP, a_plan, in_threads
from tests.integration.zendesk.loopback import answer, serving
from tests.integration.zendesk.test_mapping import BODY, KNOWN

DESK = "https://desk.example.com"
TICKET = f"{DESK}/api/v2/tickets/4711.json"
AUDITS = f"{DESK}/api/v2/tickets/4711/audits.json"
UPDATED = {"ticket": BODY, "audit": {"id": 99, "ticket_id": 4711, "events": []}}


class Token:
    """A credential that is always good."""

    def header(self):
        return "Bearer t"

    def renew(self):
        return False


@pytest.fixture
def web():
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.fixture
def desk():
    return ZendeskDesk(DESK, Token(), KNOWN)


def audit(number, decision_id=None):
    ours = {"casewarden": {"decision_id": decision_id}} if decision_id else {}
    return {"id": number, "ticket_id": 4711, "metadata": {"system": {}, "custom": ours}}


def test_a_ticket_is_read_in_one_call(web, desk):
    web.get(TICKET, json={"ticket": BODY})
    ticket = desk.ticket(4711)
    assert (ticket.id, ticket.subject) == (4711, "Title as it was written")
    assert ticket.custom_fields == {360001: "ts_primary_privacy", 360002: None}
    assert (desk.calls, len(web.calls)) == (1, 1)


def test_a_ticket_is_read_anew_every_time(web, desk):
    web.get(TICKET, json={"ticket": BODY})
    web.get(TICKET, json={"ticket": BODY | {"status": "closed"}})
    assert [desk.ticket(4711).status, desk.ticket(4711).status] == ["open", "closed"]


def test_a_deleted_ticket_is_gone(web, desk):
    web.get(TICKET, status=404, json={"error": "RecordNotFound", "description": "Not found"})
    with pytest.raises(TicketGone):
        desk.ticket(4711)


@pytest.mark.parametrize(
    "body", ["<html>maintenance</html>", "", "[]", "{}", '{"ticket": null}', '{"ticket": {}}']
)
def test_an_answer_that_is_no_ticket_is_an_unavailable_desk(web, desk, body):
    web.get(TICKET, body=body)
    with pytest.raises(DeskUnavailable):
        desk.ticket(4711)


def test_a_plan_is_written_in_one_safe_update(web, desk):
    web.put(TICKET, json=UPDATED)
    plan = a_plan(
        actions=(
            AddTags(frozenset({"ts_privacy"})),
            SetPriority("high"),
            SetGroup("Privacy-Office"),
            SetField("category", "ts_primary_privacy"),
            AddNote("<p>Why &amp; what</p>"),
            NameMacro("Privacy: verify identity"),
        )
    )
    applied = desk.apply(plan)
    assert (applied.outcome, applied.audit_id, applied.calls) == ("applied", 99, 1)
    assert dict(applied.detail) == {}
    (call,) = web.calls
    sent = json.loads(call.request.body)["ticket"]
    sent.pop("id", None)
    assert sent == {
        "tags": ["ts_privacy", "web"],
        "priority": "high",
        "group_id": 5,
        "custom_fields": [{"id": 360001, "value": "ts_primary_privacy"}],
        "comment": {"html_body": "<p>Why &amp; what</p>", "public": False},
        "macro_id": 12,
        "metadata": {"casewarden": {"decision_id": "decision-1"}},
        "safe_update": True,
        "updated_stamp": STAMP,
    }


def test_unknown_names_are_left_out_and_told(web, desk):
    web.put(TICKET, json=UPDATED)
    applied = desk.apply(
        a_plan(actions=(SetPriority("high"), SetGroup("Crisis"), NameMacro("No such")))
    )
    assert applied.detail == {"missing": "group Crisis, macro No such"}
    sent = json.loads(web.calls[0].request.body)["ticket"]
    assert not {"group_id", "macro_id"} & set(sent)


def test_a_conflict_is_told_by_name_and_not_repeated(web, desk):
    web.put(TICKET, status=409, json={"error": "UpdateConflict", "description": "Safe Update…"})
    with pytest.raises(UpdateConflict):
        desk.apply(a_plan())
    assert len(web.calls) == 1


@pytest.mark.parametrize("body", ["<html></html>", "", "{}", "[]", '{"ticket": {"id": 4711}}'])
def test_an_update_that_was_answered_without_an_audit_is_unclear(web, desk, body):
    web.put(TICKET, body=body)
    with pytest.raises(OutcomeUnclear):
        desk.apply(a_plan())
    assert len(web.calls) == 1


def test_a_decision_is_found_among_the_audits_page_by_page(web, desk):
    first = {
        "audits": [audit(1), audit(2, "other")],
        "meta": {"has_more": True, "after_cursor": "x"},
    }
    second = {"audits": [{"id": 3, "metadata": None}, audit(4, "decision-1")], "meta": {}}
    web.get(AUDITS, json=first, match=[query_param_matcher({"page[size]": "100"})])
    after = {"page[size]": "100", "page[after]": "x"}
    web.get(AUDITS, json=second, match=[query_param_matcher(after)])
    assert desk.applied_audit(4711, "decision-1") == 4


def test_a_decision_that_no_audit_carries_did_not_land(web, desk):
    web.get(AUDITS, json={"audits": [audit(1), audit(2, "other")], "meta": {"has_more": False}})
    assert desk.applied_audit(4711, "decision-1") is None


def test_pages_by_number_are_followed_too(web, desk):
    macros = f"{DESK}/api/v2/macros.json"
    web.get(macros, json={"macros": [1], "next_page": "…"}, match=[query_param_matcher({})])
    page = {"macros": [2], "next_page": None}
    web.get(macros, json=page, match=[query_param_matcher({"page": "2"})])
    assert list(desk.pages("/api/v2/macros.json", "macros")) == [1, 2]


def test_a_raw_call_gives_the_json_or_nothing(web, desk):
    web.post(f"{DESK}/api/v2/macros.json", json={"macro": {"id": 1}}, status=201)
    web.delete(f"{DESK}/api/v2/macros/1.json", status=204)
    web.get(f"{DESK}/api/v2/macros/1.json", body="<html></html>")
    assert desk.call("POST", "/api/v2/macros.json", json={"macro": {}}) == {"macro": {"id": 1}}
    assert desk.call("DELETE", "/api/v2/macros/1.json") is None
    with pytest.raises(DeskError, match="not JSON"):
        desk.call("GET", "/api/v2/macros/1.json")


def test_nothing_that_travels_is_logged_even_at_debug(web, desk, caplog):
    caplog.set_level(logging.DEBUG)
    told = BODY | {"description": CANARY, "raw_subject": CANARY}
    web.put(TICKET, json=UPDATED | {"ticket": told})
    web.get(TICKET, json={"ticket": told})
    desk.apply(a_plan(actions=(AddNote(CANARY),)))
    desk.ticket(4711)
    assert CANARY not in caplog.text
    assert [one for one in caplog.records if one.name.startswith("zenpy")] == []


def test_threads_do_not_share_a_client(clock):
    body = json.dumps({"ticket": BODY})
    with serving(answer(200, body, Content_Type="application/json")) as server:
        desk = ZendeskDesk(server.address, Token(), KNOWN)
        clients, calls = [], []

        def read(_owner):
            desk.ticket(4711)
            clients.append(desk._zenpy())
            calls.append(desk.calls)
            desk._session().close()

        in_threads(read, 4)
    assert len({id(client) for client in clients}) == 4
    assert calls == [1, 1, 1, 1]
