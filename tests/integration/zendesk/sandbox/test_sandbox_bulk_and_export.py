from __future__ import annotations

import re

import pytest


def finished(api, answer):
    """The job behind a receipt; the receipt itself knows nothing yet."""
    receipt = answer.json()["job_status"]
    assert answer.status_code == 200
    assert re.fullmatch(r"V3-[0-9a-f]{32}", receipt["id"])
    assert (receipt["status"], receipt["progress"], receipt["results"]) == ("queued", None, None)
    job = api("GET", receipt["url"]).json()["job_status"]
    assert (job["status"], job["progress"]) == ("completed", job["total"])
    assert re.fullmatch(r"Completed at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000", job["message"])
    return job["results"]


def test_many_tickets_are_opened_in_a_job(desk, bot):
    specs = [{"subject": str(n), "description": "Text."} for n in range(3)] + [{"subject": "no"}]
    rows = finished(bot, bot.v2("POST", "/tickets/create_many.json", {"tickets": specs}))
    assert [row["id"] for row in rows] == [1, 2, 3, 0]
    assert rows[0] == {"index": 0, "id": 1, "account_id": desk.state.account_id}
    assert rows[3]["error"] == "RecordInvalid"


def test_one_change_for_many_tickets_adds_and_removes_tags(bot):
    bot.ticket(tags=["a", "old"])
    bot.ticket(tags=["b"])
    change = {"ticket": {"additional_tags": ["wave"], "remove_tags": ["old"], "priority": "high"}}
    rows = finished(bot, bot.v2("PUT", "/tickets/update_many.json?ids=1,2,99", change))
    assert rows[:2] == [
        {"action": "update", "id": number, "status": "Updated", "success": True}
        for number in (1, 2)
    ]
    assert (rows[2]["id"], rows[2]["error"]) == (99, "RecordNotFound")
    tickets = bot.v2("GET", "/tickets/show_many.json?ids=2,1,99").json()["tickets"]
    assert [one["tags"] for one in tickets] == [["b", "wave"], ["a", "wave"]]


def test_each_ticket_can_have_its_own_change(bot):
    read = [bot.ticket()["updated_at"], bot.ticket()["updated_at"]]
    bot.update(2, priority="low")
    changes = [
        {"id": number, "priority": "high", "safe_update": True, "updated_stamp": read[number - 1]}
        for number in (1, 2)
    ]
    rows = finished(bot, bot.v2("PUT", "/tickets/update_many.json", {"tickets": changes}))
    assert rows[0]["success"] is True
    assert (rows[1]["id"], rows[1]["error"], rows[1]["index"]) == (2, "UpdateConflict", 1)


def test_many_tickets_are_deleted_in_a_job(bot):
    bot.ticket()
    rows = finished(bot, bot.v2("DELETE", "/tickets/destroy_many.json?ids=1"))
    assert rows[0]["success"] is True
    assert bot.v2("GET", "/tickets/1").status_code == 404


def test_a_job_nobody_started_is_not_found(bot):
    assert bot.v2("GET", "/job_statuses/V3-0.json").status_code == 404


def export(api, query):
    return api.v2("GET", f"/incremental/tickets/cursor.json?{query}").json()


def ids(page):
    return [one["id"] for one in page["tickets"]]


def test_an_export_goes_on_where_it_stopped(desk, bot):
    for _ in range(5):
        bot.ticket()
    first = export(bot, "start_time=0&per_page=2")
    assert (ids(first), first["end_of_stream"]) == ([1, 2], False)
    assert first["after_url"].startswith(f"{desk.address}/api/v2/incremental/tickets/cursor.json?")
    assert "per_page=2" in first["after_url"]
    second = bot("GET", first["after_url"]).json()
    last = bot("GET", second["after_url"]).json()
    assert (ids(second), ids(last), last["end_of_stream"]) == ([3, 4], [5], True)
    quiet = export(bot, f"cursor={last['after_cursor']}")
    assert (ids(quiet), quiet["end_of_stream"]) == ([], True)
    bot.update(2, priority="high")
    bot.update(1, priority="high")
    bot.update(2, priority="low")
    assert ids(export(bot, f"cursor={quiet['after_cursor']}")) == [1, 2]


def test_an_export_starts_at_a_second(bot, clock):
    bot.ticket()
    clock.move(seconds=10)
    bot.ticket()
    start = int(clock().timestamp())
    page = export(bot, f"start_time={start}")
    assert ids(page) == [2]
    assert ids(export(bot, f"start_time={start + 1}")) == []
    bot.update(1, priority="low")
    assert ids(export(bot, f"cursor={page['after_cursor']}")) == [1]


def test_an_export_that_finds_nothing_yet_misses_nothing_later(bot, clock):
    bot.ticket()
    early = export(bot, f"start_time={int(clock().timestamp()) + 1}")
    clock.move(seconds=5)
    bot.ticket()
    assert ids(export(bot, f"cursor={early['after_cursor']}")) == [2]


def test_the_last_minute_is_held_back(open_desk, as_bot, clock):
    api = as_bot(open_desk())
    api.ticket()
    clock.move(seconds=59)
    held = export(api, "start_time=0")
    assert (ids(held), held["end_of_stream"]) == ([], True)
    clock.move(seconds=1)
    assert ids(export(api, f"cursor={held['after_cursor']}")) == [1]


def test_an_export_shows_each_ticket_once_however_often_it_changed(bot):
    bot.ticket()
    bot.ticket()
    for turn in range(20):
        bot.update(1, external_id=str(turn))
    assert ids(export(bot, "start_time=0")) == [2, 1]


@pytest.mark.parametrize("query", ["", "start_time=soon", "cursor=%25%25"])
def test_an_export_from_nowhere_is_refused(bot, query):
    answer = bot.v2("GET", f"/incremental/tickets/cursor.json?{query}")
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["page[size]=2", "per_page=2"])
def test_lists_have_pages_both_ways(desk, bot, query):
    for _ in range(5):
        bot.ticket()
    seen, url = [], f"/api/v2/tickets.json?{query}"
    while url:
        page = bot("GET", url).json()
        seen += ids(page)
        more = page["meta"]["has_more"] if "meta" in page else True
        url = (page["links"]["next"] if more else None) if "links" in page else page["next_page"]
        assert url is None or url.startswith(f"{desk.address}/api/v2/tickets.json?")
    assert seen == [1, 2, 3, 4, 5]


def test_pages_go_back_too(bot):
    for _ in range(5):
        bot.ticket()
    second = bot("GET", bot.v2("GET", "/tickets?page[size]=2").json()["links"]["next"]).json()
    assert ids(bot("GET", second["links"]["prev"]).json()) == [1, 2]


def test_offset_pages_end_at_ten_thousand_records(bot):
    assert bot.v2("GET", "/tickets.json?page=101&per_page=100").status_code == 400


def test_comments_and_audits_have_pages_and_an_order(bot):
    bot.ticket()
    for turn in range(3):
        bot.update(1, comment={"body": str(turn), "public": False})
    page = bot.v2("GET", "/tickets/1/comments.json?page[size]=2").json()
    assert [one["body"] for one in page["comments"]] == ["Please help.", "0"]
    newest = bot.v2("GET", "/tickets/1/comments.json?sort_order=desc&include=users").json()
    assert newest["comments"][0]["body"] == "2"
    assert len(newest["users"]) == 1
    assert bot.v2("GET", "/tickets/1/audits.json?sort_order=desc").json()["count"] == 4
