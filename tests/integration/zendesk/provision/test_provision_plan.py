"""Planning is pure, so that most of it is tried on values."""

import pytest

from casebook.errors import Misconfigured
from integration.zendesk.provision import Found, MacroAction, plan_provision
from integration.zendesk.provision.found import (
    FoundField,
    FoundGroup,
    FoundMacro,
    FoundUser,
    FoundWebhook,
)
from integration.zendesk.provision.wanted import mark
from tests.integration.zendesk.provision.conftest import PUBLIC_URL, a_macro, wanted

STAMP = "2026-11-22T10:00:00Z"
BOT = FoundUser(7, "admin", None, "example")


def a_desk(**known):
    """An empty desk."""
    nothing = {"user": BOT, "groups": (), "fields": (), "macros": (), "webhooks": ()}
    return Found(**nothing | known)


def a_group(**known):
    defaults = {"id": "11", "name": "Privacy-Office", "description": "Data-protection rights"}
    return FoundGroup(**defaults | {"is_public": True, "updated_at": STAMP} | known)


def a_field(**known):
    defaults = {
        "id": "21", "type": "tagger", "title": "Casewarden severity",
        "description": f"SEV0 is the worst {mark('field', 'severity')}", "active": True,
        "in_portal": False, "tag": None, "updated_at": STAMP,
        "options": tuple(
            {"id": 30 + n, "name": f"SEV{n}", "value": f"ts_sev{n}", "default": False}
            for n in range(4)
        ),
    }  # fmt: skip
    return FoundField(**defaults | known)


def a_found_macro(**known):
    defaults = {
        "id": "41", "title": "Casewarden::Privacy::Acknowledge request",
        "description": f"Confirms receipt {mark('macro', 'privacy')}", "active": True,
        "updated_at": STAMP,
        "actions": (
            {"field": "comment_value", "value": ["channel:all", "Thank you.\r\n"]},
            {"field": "group_id", "value": "11"},
        ),
    }  # fmt: skip
    return FoundMacro(**defaults | known)


def a_short_macro(**known):
    actions = (
        MacroAction("comment_value", "Thank you."),
        MacroAction("group_id", "Privacy-Office"),
    )
    return a_macro(**{"actions": actions} | known)


def a_webhook(**known):
    defaults = {
        "id": "01A", "name": "Casewarden",
        "description": f"Sends ticket events to Casewarden. {mark('webhook', 'events')}",
        "endpoint": f"{PUBLIC_URL}/zendesk/events", "active": True, "method": "POST",
        "format": "json", "subscriptions": frozenset(wanted().webhook.subscriptions),
        "updated_at": STAMP,
    }  # fmt: skip
    return FoundWebhook(**defaults | known)


def step_of(found, kind, key, what=None):
    plan = plan_provision(what or wanted(), found)
    return next(step for step in plan.steps if (step.kind, step.key) == (kind, key))


def test_an_empty_desk_gets_everything():
    plan = plan_provision(wanted(), a_desk())
    assert [step.verb for step in plan.steps] == ["keep"] + ["add"] * (len(plan.steps) - 1)
    assert not plan.is_noop
    assert {step.kind for step in plan.steps} == {"user", "group", "field", "macro", "webhook"}


def test_every_event_that_matters_is_subscribed_to():
    names = wanted().webhook.subscriptions
    assert len(names) == 15
    assert all(name.startswith("zen:event-type:ticket.") for name in names)


def test_a_group_of_the_same_name_is_used_and_never_written():
    step = step_of(a_desk(groups=(a_group(),)), "group", "Privacy-Office")
    assert (step.verb, step.desk_id, step.body) == ("adopt", "11", {})


def test_of_two_groups_of_the_same_name_the_oldest_is_used():
    step = step_of(a_desk(groups=(a_group(id="111"), a_group(id="12"))), "group", "Privacy-Office")
    assert step.desk_id == "12"
    assert "2 groups have this name" in step.details[1]


def test_a_group_of_ours_keeps_the_name_that_its_team_gave_it():
    mine = a_group(
        name="Privacy team",
        description=f"Data-protection rights {mark('group', 'Privacy-Office')}",
    )
    step = step_of(a_desk(groups=(mine,)), "group", "Privacy-Office")
    assert (step.verb, step.desk_id) == ("keep", "11")
    assert "is called 'Privacy team' on the desk" in step.details


def test_groups_become_private_only_where_that_is_asked_for():
    step = step_of(a_desk(), "group", "TS-Crisis")
    assert "is_public" not in step.body
    assert "visible to all agents" in step.details[0]
    step = step_of(a_desk(), "group", "TS-Crisis", wanted(private_groups=True))
    assert step.body["is_public"] is False
    assert step_of(a_desk(), "membership", "TS-Crisis", wanted(private_groups=True)).verb == "add"


def test_an_existing_public_group_is_never_made_private():
    mine = a_group(name="TS-Crisis", description=f"On-call {mark('group', 'TS-Crisis')}")
    step = step_of(a_desk(groups=(mine,)), "group", "TS-Crisis", wanted(private_groups=True))
    assert "is_public" not in step.body


def test_a_field_that_is_as_it_should_be_is_kept():
    step = step_of(a_desk(fields=(a_field(),)), "field", "severity")
    assert (step.verb, step.desk_id) == ("keep", "21")


def test_options_of_other_people_stay_when_ours_are_mended():
    options = (
        {"id": 30, "name": "Sev zero", "value": "ts_sev0", "default": False},
        {"id": 39, "name": "Not rated", "value": "not_rated", "default": True},
    )
    step = step_of(a_desk(fields=(a_field(options=options),)), "field", "severity")
    sent = step.body["custom_field_options"]
    assert sent[:2] == [
        {"id": 30, "default": False, "name": "SEV0", "value": "ts_sev0"},
        {"id": 39, "default": True, "name": "Not rated", "value": "not_rated"},
    ]
    assert [option["value"] for option in sent[2:]] == ["ts_sev1", "ts_sev2", "ts_sev3"]
    assert set(step.body) == {"custom_field_options"}


def test_a_field_that_requesters_can_see_is_hidden_from_them():
    step = step_of(a_desk(fields=(a_field(in_portal=True),)), "field", "severity")
    assert step.body == {"visible_in_portal": False, "editable_in_portal": False}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (a_field(description="Ours since 2019", options=()), "is not ours"),
        (a_field(title="Urgency", description=""), "ts_sev0, ts_sev1"),
        (a_field(title="Box", type="checkbox", description="", options=(), tag="ts_sev2"), "sev2"),
        (a_field(type="text", options=()), "of type text"),
    ],
)
def test_a_field_in_the_way_is_a_conflict(field, said):
    step = step_of(a_desk(fields=(field,)), "field", "severity")
    assert (step.verb, step.body) == ("conflict", {})
    assert said in step.details[0]


def test_a_macro_that_names_a_field_in_conflict_is_one_too():
    found = a_desk(fields=(a_field(description="", options=()),))
    step = step_of(found, "macro", "privacy")
    assert step.verb == "conflict"
    assert "field severity" in step.details[0]


def test_a_macro_is_compared_by_what_it_does_and_not_by_how_it_is_written():
    found = a_desk(groups=(a_group(),), macros=(a_found_macro(),))
    assert step_of(found, "macro", "privacy", wanted(a_short_macro())).verb == "keep"


def test_a_changed_macro_is_sent_with_all_its_actions():
    found = a_desk(groups=(a_group(id="12"),), macros=(a_found_macro(),))
    step = step_of(found, "macro", "privacy", wanted(a_short_macro()))
    assert step.verb == "change"
    assert step.details == ("actions differ: group_id",)
    assert [row["field"] for row in step.body["actions"]] == ["comment_value", "group_id"]


def test_a_copy_of_our_macro_is_left_alone():
    found = a_desk(groups=(a_group(),), macros=(a_found_macro(id="99"), a_found_macro()))
    step = step_of(found, "macro", "privacy", wanted(a_short_macro()))
    assert (step.desk_id, step.details) == ("41", ("#99 is a copy of it and is left alone",))


def test_a_macro_of_that_title_without_our_mark_is_a_conflict():
    found = a_desk(groups=(a_group(),), macros=(a_found_macro(description="Mine"),))
    assert step_of(found, "macro", "privacy", wanted(a_short_macro())).verb == "conflict"


def test_a_webhook_to_another_address_is_changed():
    found = a_desk(webhooks=(a_webhook(endpoint="https://old.example.org", active=False),))
    step = step_of(found, "webhook", "events")
    assert step.body == {"endpoint": f"{PUBLIC_URL}/zendesk/events", "status": "active"}


@pytest.mark.parametrize(
    "hook",
    [a_webhook(description=""), a_webhook(subscriptions=frozenset({"conditional_ticket_events"}))],
)
def test_a_webhook_in_the_way_is_a_conflict(hook):
    assert step_of(a_desk(webhooks=(hook,)), "webhook", "events").verb == "conflict"


def test_a_second_webhook_to_our_address_is_pointed_out():
    step = step_of(a_desk(webhooks=(a_webhook(name="Old", description=""),)), "webhook", "events")
    assert step.verb == "add"
    assert any("sends to the same address" in line for line in step.details)


@pytest.mark.parametrize(
    "user", [FoundUser(None, "", None, ""), FoundUser(7, "end-user", None, "")]
)
def test_credentials_of_a_stranger_are_a_conflict(user):
    assert step_of(a_desk(user=user), "user", "bot").verb == "conflict"


def test_two_macros_of_one_title_are_refused():
    with pytest.raises(Misconfigured, match="macro title"):
        plan_provision(wanted(a_macro(), a_macro(key="other")), a_desk())
