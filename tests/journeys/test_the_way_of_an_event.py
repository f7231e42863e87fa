"""A ticket's whole way over real HTTP: signed webhook, inbox, decision, one update, ledger."""

from casebook.ledger import first_break
from tests.builders import CANARY


def test_a_sensitive_ticket_is_tagged_prioritised_routed_and_documented(stage):
    number = stage.mail("please, my privacy")

    stage.work()

    shown = stage.shown(number)
    assert {"ts_privacy", "ts_primary_privacy", "ts_sev3", "ts_triaged"} <= set(shown["tags"])
    assert shown["priority"] == "normal"
    assert shown["group_id"] == stage.services.directory.groups()["Privacy-Office"]
    assert shown["comment_count"] == 2
    assert stage.outcomes(number)[0] == "applied"


def test_one_ticket_costs_one_call(stage):
    number = stage.mail("please, my privacy")

    stage.work()

    assert stage.calls_about(number) == {"PUT /tickets/<int:ticket_id>": 1}


def test_an_ordinary_ticket_is_left_alone_and_costs_no_call(stage):
    number = stage.mail("how do I print a page?")

    stage.work()

    assert stage.calls_about(number) == {}
    shown = stage.shown(number)
    assert (shown["tags"], shown["priority"], shown["comment_count"]) == ([], None, 1)
    assert stage.outcomes(number) == ["untouched"]


def test_our_own_writes_come_back_as_events_and_cause_no_further_write(stage):
    number = stage.mail("please, my privacy")

    stage.work()
    echoes = stage.outcomes(number)[1:]

    assert echoes
    assert set(echoes) == {"own_echo"}
    assert stage.calls_about(number) == {"PUT /tickets/<int:ticket_id>": 1}


def test_a_ticket_that_changed_meanwhile_costs_three_calls_and_keeps_both_changes(stage):
    number = stage.mail("please, my privacy")
    stage.stop_webhook()
    change = {"ticket": {"tags": ["agents_own"], "priority": "high"}}
    stage.call("PUT", f"/api/v2/tickets/{number}.json", change)

    stage.worker.drain()

    assert stage.calls_about(number) == {
        "PUT /tickets/<int:ticket_id>": 1 + 2,
        "GET /tickets/<int:ticket_id>": 1,
    }
    assert stage.services.ledger.of(number)[0].facts["calls"] == 3
    shown = stage.shown(number)
    assert {"agents_own", "ts_privacy"} <= set(shown["tags"])
    assert shown["priority"] == "high"


def test_a_closed_ticket_is_recorded_and_left(stage):
    number = stage.mail("please, my privacy")
    stage.call("PUT", f"/api/v2/tickets/{number}.json", {"ticket": {"status": "closed"}})
    stage.delivered()

    stage.work()

    assert stage.outcomes(number)[-1] == "closed"
    assert stage.services.inbox.counts()["open_events"] == 0


def test_a_deleted_ticket_is_recorded_and_left(stage):
    number = stage.mail("please, my privacy")
    stage.call("DELETE", f"/api/v2/tickets/{number}.json")
    stage.delivered()

    stage.work()

    assert stage.outcomes(number)[-1] == "gone"
    assert stage.services.inbox.counts()["open_events"] == 0


def test_a_ticket_that_went_private_is_recorded_and_left(stage):
    number = stage.mail("please, my privacy")
    group = {"group": {"name": "Sealed", "is_public": False}}
    sealed = stage.call("POST", "/api/v2/groups.json", group)["group"]["id"]
    stage.call("PUT", f"/api/v2/tickets/{number}.json", {"ticket": {"group_id": sealed}})
    memberships = stage.call("GET", "/api/v2/group_memberships.json")["group_memberships"]
    for one in memberships:
        if one["group_id"] == sealed:
            stage.call("DELETE", f"/api/v2/group_memberships/{one['id']}.json")
    stage.sandbox.state.admins_see_private_groups = False

    stage.worker.drain()

    assert "gone" in stage.outcomes(number)
    assert stage.services.inbox.counts()["open_events"] == 0


def test_new_words_of_the_requester_raise_what_the_first_ones_did_not(stage):
    number = stage.mail("how do I print a page?")
    stage.work()

    stage.mail("self_harm tonight", number)
    stage.work()

    shown = stage.shown(number)
    assert "ts_self_harm" in shown["tags"]
    assert shown["priority"] == "urgent"


def test_what_an_agent_took_away_stays_away(stage):
    number = stage.mail("please, my privacy")
    stage.work()
    kept = [tag for tag in stage.shown(number)["tags"] if tag != "ts_privacy"]
    _as_agent(stage, number, {"tags": kept})

    stage.mail("still my privacy", number)
    stage.work()

    assert "ts_privacy" not in stage.shown(number)["tags"]


def test_the_inbox_is_empty_of_text_and_the_ledger_whole_at_the_end(stage, tmp_path):
    number = stage.mail(f"please, my privacy {CANARY}")

    stage.work()

    assert stage.outcomes(number)[0] == "applied"
    assert first_break(stage.services.ledger.entries()) is None
    at_rest = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert CANARY.encode() not in at_rest


def test_a_note_never_reaches_the_requester(stage):
    number = stage.mail("self_harm and privacy")

    stage.work()

    comments = stage.call("GET", f"/api/v2/tickets/{number}/comments.json")["comments"]
    assert [comment["public"] for comment in comments] == [True, False]


def _as_agent(stage, number, changes):
    """An agent, not the bot, changes the ticket."""
    import requests

    user = (f"{stage.sandbox.state.agent.email}/token", stage.sandbox.state.api_token)
    answer = requests.put(
        f"{stage.sandbox.address}/api/v2/tickets/{number}.json",
        json={"ticket": changes},
        auth=user,
        timeout=5,
    )
    answer.raise_for_status()
    stage.delivered()
    stage.work()
