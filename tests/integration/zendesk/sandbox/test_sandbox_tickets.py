from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.zendesk.sandbox.facts import with_fields, with_tags
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import Facts


def changes(audit):
    return {one["field_name"]: one for one in audit["events"] if one["type"] == "Change"}


def a_dropdown(api, *values, kind="tagger"):
    options = [{"name": value.title(), "value": value} for value in values]
    spec = {"type": kind, "title": "Category", "custom_field_options": options}
    answer = api.v2("POST", "/ticket_fields.json", {"ticket_field": spec})
    assert answer.status_code == 201, answer.text
    return answer.json()["ticket_field"]["id"]


def field_value(ticket, number):
    return next(one["value"] for one in ticket["custom_fields"] if one["id"] == number)


def test_a_ticket_is_opened_for_its_requester(desk, bot):
    answer = bot.v2(
        "POST",
        "/tickets.json",
        {
            "ticket": {
                "subject": "Hello",
                "comment": {"body": "First line\n\nSecond line"},
                "requester": {"name": "New Person", "email": "new@example.com"},
                "tags": ["Web", "vip"],
                "priority": "high",
            }
        },
    )
    ticket = answer.json()["ticket"]
    assert answer.headers["location"] == ticket["url"] == f"{desk.address}/api/v2/tickets/1.json"
    assert ticket["tags"] == ["vip", "web"]
    assert ticket["description"] == "First line\n\nSecond line"
    assert (ticket["status"], ticket["priority"]) == ("new", "high")
    people = bot.v2("GET", "/users/search.json?query=new@example.com").json()["users"]
    assert [one["id"] for one in people] == [ticket["requester_id"]]
    assert ticket["submitter_id"] == desk.state.bot.id


def test_paths_work_with_and_without_the_suffix(bot):
    bot.ticket()
    assert bot.v2("GET", "/tickets/1").json() == bot.v2("GET", "/tickets/1.json").json()


def test_an_idempotency_key_opens_one_ticket(desk, bot, as_bot, clock):
    spec = {"ticket": {"subject": "Once", "comment": {"body": "Only once."}}}
    first = bot.v2("POST", "/tickets.json", spec, Idempotency_Key="k1")
    again = bot.v2("POST", "/tickets.json", spec, Idempotency_Key="k1")
    assert first.headers["x-idempotency-lookup"] == "miss"
    assert again.headers["x-idempotency-lookup"] == "hit"
    assert again.json() == first.json()
    other = {"ticket": {"subject": "Another", "comment": {"body": "Not the same."}}}
    assert bot.v2("POST", "/tickets.json", other, Idempotency_Key="k1").status_code == 400
    clock.move(hours=2, seconds=1)
    assert (
        as_bot(desk).v2("POST", "/tickets.json", spec, Idempotency_Key="k1").json()["ticket"]["id"]
        == 2
    )


def test_tags_replace_and_custom_fields_merge(bot):
    one, two = a_dropdown(bot, "privacy", "threat"), a_dropdown(bot, "calm", "angry")
    ticket = bot.ticket(
        tags=["web"], custom_fields=[{"id": one, "value": "privacy"}, {"id": two, "value": "calm"}]
    )
    assert ticket["tags"] == ["calm", "privacy", "web"]
    after = bot.update(1, custom_fields=[{"id": one, "value": "threat"}]).json()["ticket"]
    assert after["tags"] == ["calm", "threat", "web"]
    assert field_value(after, two) == "calm"
    after = bot.update(1, tags=["mail", "calm"]).json()["ticket"]
    assert after["tags"] == ["calm", "mail"]
    assert (field_value(after, one), field_value(after, two)) == (None, "calm")


def test_a_tag_set_by_hand_moves_the_drop_down(bot):
    field = a_dropdown(bot, "privacy", "threat")
    bot.ticket(custom_fields=[{"id": field, "value": "privacy"}])
    added = bot.v2("PUT", "/tickets/1/tags.json", {"tags": ["threat"]})
    assert added.json()["tags"] == ["threat"]
    assert field_value(bot.v2("GET", "/tickets/1").json()["ticket"], field) == "threat"


def test_an_option_that_does_not_exist_is_refused(bot):
    field = a_dropdown(bot, "privacy")
    bot.ticket()
    answer = bot.update(1, custom_fields=[{"id": field, "value": "nonsense"}])
    assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")


def test_an_option_tag_belongs_to_one_field(bot):
    a_dropdown(bot, "privacy")
    spec = {
        "type": "tagger",
        "title": "Other",
        "custom_field_options": [{"name": "P", "value": "privacy"}],
    }
    assert bot.v2("POST", "/ticket_fields.json", {"ticket_field": spec}).status_code == 422


def test_one_update_makes_one_audit_with_everything_in_it(desk, bot):
    bot.ticket(tags=["web"])
    macro = {"title": "T&S::Privacy", "actions": [{"field": "priority", "value": "high"}]}
    macro_id = bot.v2("POST", "/macros.json", {"macro": macro}).json()["macro"]["id"]
    answer = bot.update(
        1,
        priority="urgent",
        tags=["web", "ts_privacy"],
        comment={"html_body": "<p>Classified as <b>privacy</b></p>", "public": False},
        metadata={"ts_ops": {"decision_id": "d1"}},
        macro_id=macro_id,
    )
    audit = answer.json()["audit"]
    assert audit["author_id"] == desk.state.bot.id
    assert audit["metadata"]["custom"] == {"ts_ops": {"decision_id": "d1"}}
    assert changes(audit)["priority"]["value"] == "urgent"
    assert changes(audit)["tags"] | {"id": 0} == {
        "id": 0,
        "type": "Change",
        "field_name": "tags",
        "value": ["ts_privacy", "web"],
        "previous_value": ["web"],
    }
    note = next(one for one in audit["events"] if one["type"] == "Comment")
    assert (note["public"], note["body"]) == (False, "Classified as privacy")
    used = next(one for one in audit["events"] if one["type"] == "AgentMacroReference")
    assert (used["macro_id"], used["macro_title"]) == (str(macro_id), "T&S::Privacy")
    assert bot.v2("GET", "/tickets/1/audits").json()["audits"][-1] == audit
    assert bot.v2("GET", "/tickets/1").json()["ticket"]["priority"] == "urgent"


def test_ids_in_audits_are_texts(desk, bot):
    bot.ticket()
    group = desk.state.agent.default_group_id
    moved = changes(bot.update(1, group_id=group).json()["audit"])["group_id"]
    assert (moved["value"], moved["previous_value"]) == (str(group), None)


def test_an_update_that_changes_nothing_leaves_no_trace(bot):
    before = bot.ticket(priority="high")
    answer = bot.update(1, priority="high", description="ignored")
    assert answer.status_code == 200
    assert answer.json()["audit"]["events"] == []
    assert answer.json()["ticket"] == before
    assert bot.v2("GET", "/tickets/1/audits").json()["count"] == 1


def test_two_updates_in_one_second_have_different_stamps(bot):
    bot.ticket()
    stamps = [
        bot.update(1, priority=name).json()["ticket"]["updated_at"]
        for name in ("low", "high", "urgent")
    ]
    assert stamps == ["2026-11-22T10:00:01Z", "2026-11-22T10:00:02Z", "2026-11-22T10:00:03Z"]


@pytest.mark.parametrize("flag", [True, False, "true"])
def test_a_safe_update_with_an_old_stamp_is_refused(bot, flag):
    read = bot.ticket()["updated_at"]
    first = bot.update(1, priority="low", safe_update=flag, updated_stamp=read)
    assert first.status_code == 200
    late = bot.update(1, priority="high", safe_update=flag, updated_stamp=read)
    assert (late.status_code, late.json()["error"]) == (409, "UpdateConflict")
    assert late.json()["description"].startswith("Safe Update prevented the update due to")
    assert bot.v2("GET", "/tickets/1").json()["ticket"]["priority"] == "low"


def test_unknown_keys_are_ignored_with_a_warning(bot):
    bot.ticket()
    answer = bot.update(1, id=1, additional_tags=["x"], subject="New")
    assert answer.status_code == 200
    assert answer.json()["ticket"]["tags"] == []
    assert answer.headers["x-zendesk-api-warn"] == (
        '{:allowed_parameters=>{:controller=>"tickets", :action=>"update", '
        ':unpermitted_keys=>["ticket.id", "ticket.additional_tags"], :invalid_values=>[]}}'
    )
    assert "x-zendesk-api-warn" not in bot.update(1, subject="Newer").headers


def test_a_closed_ticket_takes_no_update(bot):
    bot.ticket()
    assert bot.update(1, status="closed").status_code == 200
    for answer in (bot.update(1, priority="low"), bot.v2("PUT", "/tickets/1/tags", {"tags": "a"})):
        assert answer.status_code == 422
        text = answer.json()["details"]["status"][0]["description"]
        assert text == "Status: closed prevents ticket update"


@pytest.mark.parametrize(
    "values",
    [{"priority": "huge"}, {"status": "gone"}, {"group_id": 5}, {"assignee_id": 5}, {"type": "x"}],
)
def test_values_that_cannot_stand_are_refused(bot, values):
    bot.ticket()
    answer = bot.update(1, **values)
    assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")


def test_a_refused_update_changes_nothing(bot):
    before = bot.ticket()
    assert bot.update(1, priority="high", group_id=5).status_code == 422
    assert bot.v2("GET", "/tickets/1").json()["ticket"] == before


def test_assigning_a_new_ticket_opens_it_and_moving_groups_unassigns(desk, bot):
    bot.ticket()
    taken = bot.update(1, assignee_id=desk.state.agent.id).json()["ticket"]
    assert (taken["status"], taken["group_id"]) == ("open", desk.state.agent.default_group_id)
    other = bot.v2("POST", "/groups", {"group": {"name": "Privacy"}}).json()["group"]["id"]
    moved = bot.update(1, group_id=other).json()["ticket"]
    assert (moved["group_id"], moved["assignee_id"]) == (other, None)


def test_a_reply_of_the_requester_reopens_a_ticket(desk, bot):
    bot.ticket(requester={"name": "Requester", "email": "requester@example.com"})
    bot.update(1, status="pending")
    mail = {"from": {"email": "requester@example.com"}, "ticket_id": 1, "body": "Any news?"}
    assert bot("POST", "/_sandbox/mail", mail).status_code == 201
    ticket = bot.v2("GET", "/tickets/1").json()["ticket"]
    assert ticket["status"] == "open"
    said = bot.v2("GET", "/tickets/1/comments").json()["comments"][-1]
    assert (said["author_id"], said["public"]) == (ticket["requester_id"], True)


def test_the_author_of_a_comment_need_not_be_the_one_who_acts(desk, bot):
    ticket = bot.ticket(requester={"name": "Requester", "email": "requester@example.com"})
    author = ticket["requester_id"]
    audit = bot.update(1, comment={"body": "From the phone", "author_id": author}).json()["audit"]
    assert (audit["author_id"], audit["events"][0]["author_id"]) == (desk.state.bot.id, author)


def test_placeholders_in_an_agents_note_are_rendered(bot):
    bot.ticket(subject="Secret")
    note = {"body": "#{{ticket.id}} {{ticket.title}} {{nothing.known}} \\{{ticket.id}}{% if x %}!"}
    body = bot.update(1, comment=note).json()["audit"]["events"][0]["body"]
    assert body == "#1 Secret  {{ticket.id}}!"


def test_placeholders_of_a_customer_stay_text(desk, bot):
    mail = {
        "from": {"name": "C", "email": "c@example.com"},
        "subject": "s",
        "body": "{{ticket.id}}",
    }
    bot("POST", "/_sandbox/mail", mail)
    assert bot.v2("GET", "/tickets/1").json()["ticket"]["description"] == "{{ticket.id}}"


def test_html_in_notes_is_reduced_to_the_allow_list(bot):
    bot.ticket()
    html = '<p onclick="x">a<script>b</script><img src=x><a href="javascript:x">c</a></p>'
    shown = bot.update(1, comment={"html_body": html}).json()["audit"]["events"][0]["html_body"]
    assert shown == '<div class="zd-comment" dir="auto"><p>a<a>c</a></p></div>'


def test_long_comments_are_cut_without_a_word(bot):
    bot.ticket()
    said = bot.update(1, comment={"body": "x" * 70_000}).json()["audit"]["events"][0]
    assert len(said["body"]) == 65_536


def test_the_tag_verbs_add_replace_and_remove(bot):
    bot.ticket(tags=["a"])
    path = "/tickets/1/tags.json"
    assert bot.v2("GET", path).json() == {"tags": ["a"]}
    assert bot.v2("PUT", path, {"tags": ["b"]}).json() == {"tags": ["a", "b"]}
    replaced = bot.v2("POST", path, {"tags": ["c", "d"]})
    assert (replaced.status_code, replaced.json()) == (201, {"tags": ["c", "d"]})
    removed = bot.v2("DELETE", path, {"tags": ["c"]})
    assert (removed.status_code, removed.json()) == (200, {"tags": ["d"]})
    stale = {"tags": ["e"], "safe_update": "true", "updated_stamp": "2026-11-22T10:00:00Z"}
    assert bot.v2("PUT", path, stale).status_code == 409


def test_a_deleted_ticket_is_gone_but_exported(bot):
    bot.ticket()
    bot.ticket()
    assert bot.v2("DELETE", "/tickets/1.json").status_code == 204
    for answer in (bot.v2("GET", "/tickets/1.json"), bot.update(1, priority="low")):
        assert answer.status_code == 404
        assert answer.json() == {"error": "RecordNotFound", "description": "Not found"}
    assert bot.v2("GET", "/tickets/count").json()["count"]["value"] == 1
    export = bot.v2("GET", "/incremental/tickets/cursor.json?start_time=0").json()
    assert [(one["id"], one["status"]) for one in export["tickets"]] == [(2, "new"), (1, "deleted")]
    kept = bot.v2("GET", "/incremental/tickets/cursor?start_time=0&exclude_deleted=true").json()
    assert [one["id"] for one in kept["tickets"]] == [2]


def test_paths_that_nobody_knows_say_so(bot):
    answer = bot.v2("GET", "/nonsense.json")
    assert answer.status_code == 404
    assert answer.json() == {"error": "InvalidEndpoint", "description": "Not found"}


def test_a_body_that_is_not_json_is_refused(desk, bot):
    answer = bot.session.put(f"{desk.address}/api/v2/tickets/1.json", data=b"{", timeout=10)
    assert answer.status_code == 400


TAGS = st.sets(st.sampled_from(["privacy", "threat", "calm", "web", "vip"]))


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(TAGS, st.sampled_from(["privacy", "threat", None])), max_size=6))
def test_tags_and_drop_downs_never_disagree(steps):
    state = DeskState()
    spec = {
        "type": "tagger",
        "title": "Category",
        "custom_field_options": [
            {"name": "Privacy", "value": "privacy"},
            {"name": "Threat", "value": "threat"},
        ],
    }
    field = state.fields.add(spec, state.clock())
    facts = Facts("s", 1, 1, 1, 1, 1)
    for tags, value in steps:
        facts = with_tags(facts, tags, state.fields)
        assert _options_on(facts) == {facts.fields.get(field.id)} - {None}
        facts = with_fields(facts, {field.id: value}, state.fields)
        assert _options_on(facts) == {value} - {None}


def _options_on(facts):
    return set(facts.tags) & {"privacy", "threat"}
