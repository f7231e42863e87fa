from __future__ import annotations

import pytest


def a_macro(api, *actions, title="T&S::Privacy::Acknowledge", **values):
    pairs = [{"field": field, "value": value} for field, value in actions]
    answer = api.v2("POST", "/macros.json", {"macro": {"title": title, "actions": pairs} | values})
    assert answer.status_code == 201, answer.text
    return answer.json()["macro"]


def test_a_macro_is_made_changed_and_deleted(desk, bot):
    made = a_macro(bot, ("group_id", 98738), ("comment_mode_is_public", False))
    assert made["actions"][0] == {"field": "group_id", "value": "98738"}
    assert made["actions"][1]["value"] == "false"
    path = f"/macros/{made['id']}.json"
    assert made["url"] == f"{desk.address}/api/v2{path}"
    changed = bot.v2("PUT", path, {"macro": {"actions": [{"field": "status", "value": "solved"}]}})
    assert changed.json()["macro"]["actions"] == [{"field": "status", "value": "solved"}]
    assert changed.json()["macro"]["title"] == made["title"]
    assert bot.v2("DELETE", path).status_code == 204
    assert bot.v2("GET", path).status_code == 404


def test_categories_come_from_titles(bot):
    for title in ("T&S::Privacy::A", "T&S::Threat", "FAQ::B", "Alone"):
        a_macro(bot, ("status", "open"), title=title)
    a_macro(bot, ("status", "open"), title="Old::C", active=False)
    assert bot.v2("GET", "/macros/categories.json").json() == {"categories": ["FAQ", "T&S"]}
    assert bot.v2("GET", "/macros.json?category=FAQ").json()["count"] == 1
    assert bot.v2("GET", "/macros/active.json").json()["count"] == 4
    assert bot.v2("GET", "/macros.json?active=false").json()["count"] == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"title": "", "actions": [{"field": "status", "value": "open"}]},
        {"title": "No actions"},
        {"title": "Odd", "actions": [{"field": "notification_user", "value": "x"}]},
    ],
)
def test_a_macro_that_cannot_work_is_refused(bot, spec):
    assert bot.v2("POST", "/macros.json", {"macro": spec}).status_code == 422


def test_the_first_preview_shows_only_changes_and_raw_text(bot):
    macro = a_macro(
        bot,
        ("priority", "urgent"),
        ("custom_fields_360001", "privacy"),
        ("comment_value", "Ticket {{ticket.id}}"),
        ("comment_mode_is_public", "false"),
    )
    shown = bot.v2("GET", f"/macros/{macro['id']}/apply.json").json()["result"]["ticket"]
    assert shown == {
        "priority": "urgent",
        "fields": {"id": 360001, "value": "privacy"},
        "comment": {
            "body": "Ticket {{ticket.id}}",
            "scoped_body": [["channel:all", "Ticket {{ticket.id}}"]],
            "public": False,
        },
    }


def test_a_preview_without_fields_says_null(bot):
    macro = a_macro(bot, ("status", "solved"))
    answer = bot.v2("GET", f"/macros/{macro['id']}/apply.json").json()
    assert answer == {"result": {"ticket": {"status": "solved", "fields": None}}}


def test_the_second_preview_is_the_whole_ticket_with_filled_placeholders(desk, bot):
    before = bot.ticket(
        tags=["web", "old"], requester={"name": "Ada Example", "email": "ada@example.com"}
    )
    macro = a_macro(
        bot,
        ("current_tags", "ts_privacy ts_seen"),
        ("remove_tags", "old"),
        ("assignee_id", "current_user"),
        ("comment_value_html", "<p>Dear {{ticket.requester.first_name}}, #{{ticket.id}}</p>"),
    )
    path = f"/tickets/1/macros/{macro['id']}/apply.json"
    shown = bot.v2("GET", path).json()["result"]["ticket"]
    assert shown["tags"] == ["ts_privacy", "ts_seen", "web"]
    assert shown["assignee_id"] == desk.state.bot.id
    assert shown["comment"]["html_body"] == "<p>Dear Ada, #1</p>"
    assert shown["comment"]["body"] == "Dear Ada, #1"
    assert bot.v2("GET", "/tickets/1.json").json()["ticket"] == before


def test_customer_text_is_escaped_when_a_placeholder_fills_html(bot):
    bot.ticket(subject="<b>bold</b>")
    macro = a_macro(bot, ("comment_value_html", "<p>{{ticket.title}}</p>"))
    shown = bot.v2("GET", f"/tickets/1/macros/{macro['id']}/apply").json()["result"]["ticket"]
    assert shown["comment"]["html_body"] == "<p>&lt;b&gt;bold&lt;/b&gt;</p>"


def test_several_macros_go_at_once(bot):
    made = [a_macro(bot, ("status", "open"))["id"] for _ in range(2)]
    query = ",".join(map(str, made))
    assert bot.v2("DELETE", f"/macros/destroy_many.json?ids={query}").status_code == 204
    assert bot.v2("GET", "/macros.json").json()["count"] == 0
