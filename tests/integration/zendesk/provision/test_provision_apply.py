"""Provisioning a sandbox desk over HTTP, recorded in a real database."""

from dataclasses import replace

import pytest

from casebook.errors import DeskUnavailable, Misconfigured, NotAllowed
from integration.zendesk.gateway import ZendeskDesk
from integration.zendesk.oauth import ApiToken
from integration.zendesk.provision import (
    SIGNING_SECRET,
    PlanStale,
    Step,
    apply_provision,
    from_json,
    read_desk,
    to_json,
)
from integration.zendesk.sandbox import ENTERPRISE, TEAM
from tests.integration.zendesk.provision.conftest import PUBLIC_URL, a_macro, wanted


class Dying:
    """A desk that is lost after some writes."""

    def __init__(self, desk, writes):
        self.desk, self.left = desk, writes

    def call(self, method, path, **rest):
        if method != "GET":
            self.left -= 1
            if self.left < 0:
                raise DeskUnavailable("the desk could not be reached: ConnectTimeout")
        return self.desk.call(method, path, **rest)

    def pages(self, *asked):
        return self.desk.pages(*asked)


def hook_of(at):
    (hook,) = at.sandbox.state.webhooks.hooks.values()
    return hook


def test_a_fresh_desk_is_provisioned_and_every_id_recorded(at):
    assert at.apply() == at.writes()
    assert set(at.directory.groups()) == {group.name for group in wanted().groups}
    assert set(at.directory.fields()) == {"category", "severity", "certainty"}
    assert at.directory.bot_id() == at.sandbox.state.bot.id
    assert at.directory.named("webhook") == {"Casewarden": hook_of(at).id}
    assert at.directory.named("account")["desk"] == at.sandbox.address.removeprefix("http://")
    assert hook_of(at).endpoint == f"{PUBLIC_URL}/zendesk/events"
    assert at.secrets.get(SIGNING_SECRET) == hook_of(at).secret


def test_names_in_a_macro_become_ids_of_the_desk(at):
    at.apply()
    macro = at.sandbox.state.macros.get(at.directory.macros()[a_macro().title])
    actions = {row["field"]: row["value"] for row in macro.actions}
    assert actions["group_id"] == str(at.directory.groups()["Privacy-Office"])
    assert actions[f"custom_fields_{at.directory.fields()['severity']}"] == "ts_sev3"


def test_a_second_apply_writes_nothing(at):
    at.apply()
    before, plan = at.writes(), at.plan()
    assert plan.is_noop
    assert at.apply(plan) == 0
    assert at.writes() == before


def test_every_step_is_told_when_it_is_done(at):
    told: list[Step] = []
    plan = at.plan()
    at.apply(plan, on_step=told.append)
    assert tuple(told) == plan.steps


@pytest.mark.parametrize("writes", [0, 3, 16, 18, 20])
def test_an_apply_that_dies_half_way_is_continued_by_the_next(at, writes):
    with pytest.raises(DeskUnavailable):
        apply_provision(at.plan(), Dying(at.desk, writes), at.directory, at.secrets)
    at.apply()
    assert at.plan().is_noop
    assert len(at.sandbox.state.people.groups) == 1 + len(wanted().groups)
    assert at.secrets.get(SIGNING_SECRET) == hook_of(at).secret


def test_a_group_that_was_there_is_used_and_left_as_it_is(at):
    made = at.make("group", "groups.json", name="Privacy-Office", description="Ours since 2019")
    at.apply()
    assert at.directory.groups()["Privacy-Office"] == made["id"]
    assert at.sandbox.state.people.groups[made["id"]].description == "Ours since 2019"


def test_what_is_not_ours_is_reported_and_never_touched(at):
    mine = {"title": "Casewarden certainty", "type": "text"}
    field = at.make("ticket_field", "ticket_fields.json", **mine)
    plan = at.plan()
    at.apply(plan)
    assert [step.name for step in plan.conflicts] == ["Casewarden certainty"]
    assert at.sandbox.state.fields.fields[field["id"]].type == "text"
    assert "certainty" not in at.directory.fields()
    assert "severity" in at.directory.fields()


def test_what_somebody_edited_is_put_right_and_what_they_added_stays(at):
    at.apply()
    field = at.sandbox.state.fields.fields[at.directory.fields()["severity"]]
    options = [{"name": one.name, "value": one.value} for one in field.options[1:]]
    more = [*options, {"name": "Not rated", "value": "not_rated"}]
    at.edit("ticket_field", f"ticket_fields/{field.id}.json", custom_field_options=more)
    macro_id = at.directory.macros()[a_macro().title]
    priority = [{"field": "priority", "value": "low"}]
    at.edit("macro", f"macros/{macro_id}.json", actions=priority)
    at.edit("webhook", f"webhooks/{hook_of(at).id}", status="inactive")
    assert at.apply() == 3
    values = {option.value for option in field.options}
    assert values == {"ts_sev0", "ts_sev1", "ts_sev2", "ts_sev3", "not_rated"}
    assert len(at.sandbox.state.macros.get(macro_id).actions) == 4
    assert hook_of(at).status == "active"
    assert at.plan().is_noop


def test_a_macro_with_a_new_title_stays_the_same_macro(at):
    at.apply()
    macro_id = at.directory.macros()[a_macro().title]
    renamed = a_macro(title="Casewarden::Privacy::Confirm request")
    assert at.apply(at.plan(wanted(renamed))) == 1
    assert at.directory.macros() == {renamed.title: macro_id}


def test_a_signing_secret_that_was_reset_on_the_desk_is_fetched_anew(at):
    at.apply()
    at.desk.call("POST", f"/api/v2/webhooks/{hook_of(at).id}/signing_secret")
    assert at.secrets.get(SIGNING_SECRET) != hook_of(at).secret
    assert at.apply() == 0
    assert at.secrets.get(SIGNING_SECRET) == hook_of(at).secret


def test_a_plan_survives_its_file_and_is_applied_as_it_stands(at):
    plan = at.plan()
    assert from_json(to_json(plan)) == plan
    at.apply(from_json(to_json(plan)))
    assert at.plan().is_noop
    edited = at.plan(wanted(a_macro(description="Says that it came")))
    assert from_json(to_json(edited)) == edited


def test_a_saved_plan_holds_no_secret(at):
    at.apply()
    moved = at.plan(wanted(public_url="https://new.example.org"))
    assert hook_of(at).secret not in to_json(moved)
    assert at.sandbox.client_secret not in to_json(moved)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "steps": [1]}'])
def test_what_is_not_a_plan_is_refused(text):
    with pytest.raises(Misconfigured, match="not a saved plan"):
        from_json(text)


def test_a_plan_is_refused_when_its_object_was_edited_since(at):
    at.apply()
    plan = at.plan(wanted(a_macro(description="Says that it came")))
    macro_id = at.directory.macros()[a_macro().title]
    at.edit("macro", f"macros/{macro_id}.json", active=False)
    before = at.writes()
    with pytest.raises(PlanStale, match="was edited"):
        at.apply(plan)
    assert at.writes() == before


def test_a_plan_is_refused_when_its_object_is_gone_or_was_made_since(at):
    plan = at.plan()
    at.apply(plan)
    with pytest.raises(PlanStale, match="was made"):
        at.apply(plan)
    later = at.plan()
    at.desk.call("DELETE", f"/api/v2/webhooks/{hook_of(at).id}")
    with pytest.raises(PlanStale, match="was deleted"):
        at.apply(later)


def test_a_plan_for_another_desk_is_refused(at):
    plan = replace(at.plan(), account="elsewhere")
    with pytest.raises(PlanStale, match="elsewhere"):
        at.apply(plan)
    assert at.writes() == 0


def test_ids_of_the_desk_before_are_forgotten(set_up):
    set_up().apply()
    there = set_up()
    there.apply(there.plan(wanted(a_macro(key="other", title="Casewarden::Other::One"))))
    assert set(there.directory.macros()) == {"Casewarden::Other::One"}
    assert there.directory.named("webhook") == {"Casewarden": hook_of(there).id}


def test_the_bot_joins_every_private_group_so_that_it_can_read_its_tickets(set_up):
    at = set_up(plan=ENTERPRISE)
    what = wanted(private_groups=True)
    at.apply(at.plan(what))
    people = at.sandbox.state.people
    private = [group for group in people.groups.values() if not group.is_public]
    assert {group.name for group in private} == {g.name for g in what.groups if g.restricted}
    assert all(people.is_member(at.sandbox.state.bot, group.id) for group in private)
    assert at.plan(what).is_noop


def test_a_refusal_says_which_object_and_which_right(set_up):
    at = set_up(plan=TEAM)
    with pytest.raises(NotAllowed, match=r"make group 'TS-Child-Safety'.*manages groups"):
        at.apply(at.plan(wanted(private_groups=True)))
    assert "TS-Frontline" in at.directory.groups()


def test_a_desk_that_may_not_be_read_says_what_is_missing(at):
    token = ApiToken("agent@example.org", at.sandbox.state.api_token)
    desk = ZendeskDesk(at.sandbox.address, token, at.directory)
    with pytest.raises(NotAllowed, match=r"read the desk's webhooks.*manages webhooks"):
        read_desk(desk)


def test_a_macro_of_one_person_is_none_of_our_business(at):
    owner = {"type": "User", "id": at.sandbox.state.agent.id}
    rule = [{"field": "priority", "value": "low"}]
    at.make("macro", "macros.json", title=a_macro().title, actions=rule, restriction=owner)
    assert at.plan().conflicts == ()
