from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from tests.integration.zendesk.sandbox.sandbox_callers import Reply

ENOUGH = 10
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="


def signed_by_hand(secret, delivery):
    """An own reading of the recipe: base64 of HMAC-SHA256 over timestamp and raw body."""
    stamped = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"].encode() + delivery.body
    return base64.b64encode(hmac.new(secret.encode(), stamped, hashlib.sha256).digest()).decode()


def secret_of(api, hook):
    answer = api.v2("GET", f"/webhooks/{hook['id']}/signing_secret").json()
    assert answer["signing_secret"]["algorithm"] == "SHA256"
    return answer["signing_secret"]["secret"]


def test_a_new_ticket_arrives_signed_and_in_zendesks_words(desk, bot, listener):
    hook = bot.webhook(listener.address, "created")
    ticket = bot.ticket(tags=["web"], priority="high", type="question")
    assert desk.idle(ENOUGH)
    [delivery] = listener.got
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == signed_by_hand(
        secret_of(bot, hook), delivery
    )
    assert delivery.headers["X-Zendesk-Webhook-Id"] == hook["id"]
    assert delivery.headers["X-Zendesk-Account-Id"] == str(desk.state.account_id)
    assert delivery.headers["Content-Type"] == "application/json; charset=utf-8"
    assert delivery.headers["User-Agent"] == "Zendesk Webhook"
    assert delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"] == "2026-11-22T10:00:00Z"
    event = delivery.event
    assert event["type"] == "zen:event-type:ticket.created"
    assert (event["account_id"], event["subject"]) == (desk.state.account_id, "zen:ticket:1")
    assert event["zendesk_event_version"] == "2022-11-06"
    assert list(event["event"]) == ["meta"]
    detail = event["detail"]
    assert (detail["status"], detail["priority"], detail["type"]) == ("NEW", "HIGH", "QUESTION")
    assert (detail["id"], detail["assignee_id"]) == ("1", "")
    assert detail["requester_id"] == str(ticket["requester_id"])
    assert (detail["description"], detail["tags"]) == ("Please help.", ["web"])
    assert detail["actor_id"] == str(desk.state.bot.id)
    assert "custom_fields" not in detail


def test_the_body_is_pretty_printed_with_a_newline_at_the_end(desk, bot, listener):
    bot.webhook(listener.address, "created")
    bot.ticket(subject="café 🚨")
    assert desk.idle(ENOUGH)
    body = listener.got[0].body.decode()
    assert body == json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"


def test_one_save_is_one_event_per_attribute_with_a_shared_sequence(desk, bot, listener):
    field = {
        "type": "tagger",
        "title": "Category",
        "custom_field_options": [{"name": "Privacy", "value": "privacy"}],
    }
    number = bot.v2("POST", "/ticket_fields", {"ticket_field": field}).json()["ticket_field"]["id"]
    bot.ticket()
    wanted = ("comment_added", "priority_changed", "tags_changed", "custom_field_changed")
    bot.webhook(listener.address, *wanted)
    bot.update(
        1,
        priority="urgent",
        custom_fields=[{"id": number, "value": "privacy"}],
        comment={"body": "A note", "public": False},
        subject="Nobody subscribes to this",
    )
    assert desk.idle(ENOUGH)
    got = {one.event["type"].rpartition(".")[2]: one.event["event"] for one in listener.got}
    assert sorted(got) == sorted(wanted)
    sequences = [event["meta"]["sequence"] for event in got.values()]
    assert len({one["id"] for one in sequences}) == 1
    assert len({one["position"] for one in sequences}) == len(wanted)
    said = got["comment_added"]["comment"]
    assert (said["body"], said["is_public"], said["author"]["is_staff"]) == ("A note", False, True)
    assert got["priority_changed"]["current"] == "URGENT"
    assert got["priority_changed"]["previous"] is None
    assert got["tags_changed"]["tags_added"] == ["privacy"]
    assert got["tags_changed"]["tags_removed"] == []
    assert got["custom_field_changed"]["custom_field"] == {
        "id": str(number),
        "title": "Category",
        "type": "tagger",
    }
    assert got["custom_field_changed"]["current"] == {"value": "privacy"}


def test_the_actor_is_the_one_who_called(desk, bot, agent, listener):
    bot.ticket()
    bot.webhook(listener.address, "tags_changed", "soft_deleted")
    agent.update(1, tags=["seen"])
    agent.v2("DELETE", "/tickets/1.json")
    assert desk.idle(ENOUGH)
    assert {one.event["detail"]["actor_id"] for one in listener.got} == {str(desk.state.agent.id)}
    assert sorted(listener.kinds()) == ["soft_deleted", "tags_changed"]


def test_nothing_is_sent_for_an_update_that_changes_nothing(desk, bot, listener):
    bot.ticket(priority="low")
    bot.webhook(listener.address, "priority_changed", "tags_changed", "comment_added")
    bot.update(1, priority="low")
    assert desk.idle(ENOUGH)
    assert listener.got == []


def test_an_inactive_or_deleted_webhook_is_silent(desk, bot, listener):
    asleep = bot.webhook(listener.address, "created")
    gone = bot.webhook(listener.address, "created")
    asleep_path = f"/webhooks/{asleep['id']}"
    assert bot.v2("PATCH", asleep_path, {"webhook": {"status": "inactive"}}).status_code == 204
    assert bot.v2("DELETE", f"/webhooks/{gone['id']}").status_code == 204
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert listener.got == []


def test_a_webhook_is_authenticated_and_keeps_its_secrets(desk, bot, listener):
    hook = bot.webhook(
        listener.address,
        "created",
        authentication={
            "type": "bearer_token",
            "data": {"token": "sesame"},
            "add_position": "header",
        },
        custom_headers={"X-Desk": "rehearsal"},
    )
    assert "data" not in hook["authentication"]
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert listener.got[0].headers["Authorization"] == "Bearer sesame"
    assert listener.got[0].headers["X-Desk"] == "rehearsal"
    log = bot.v2("GET", f"/webhooks/{hook['id']}/invocations").json()["invocations"]
    path = f"/webhooks/{hook['id']}/invocations/{log[0]['id']}/attempts"
    assert "sesame" not in bot.v2("GET", path).text


@pytest.mark.parametrize(
    ("authentication", "header"),
    [
        (
            {"type": "basic_auth", "data": {"username": "u", "password": "p"}},
            ("Authorization", "Basic dTpw"),
        ),
        ({"type": "api_key", "data": {"name": "X-Key", "value": "k"}}, ("X-Key", "k")),
    ],
)
def test_other_ways_to_authenticate(desk, bot, listener, authentication, header):
    bot.webhook(listener.address, "created", authentication=authentication)
    bot.ticket()
    assert desk.idle(ENOUGH)
    assert header in listener.got[0].headers.items()


def test_a_new_secret_is_in_force_at_once(desk, bot, listener):
    hook = bot.webhook(listener.address, "created")
    old = secret_of(bot, hook)
    fresh = bot.v2("POST", f"/webhooks/{hook['id']}/signing_secret")
    assert fresh.status_code == 201
    secret = fresh.json()["signing_secret"]["secret"]
    assert secret != old
    bot.ticket()
    assert desk.idle(ENOUGH)
    sent = listener.got[0]
    assert sent.headers["X-Zendesk-Webhook-Signature"] == signed_by_hand(secret, sent)


def test_a_test_send_answers_what_came_back(desk, bot, listener):
    listener.answer(Reply(418))
    asked = {"endpoint": listener.address, "payload": '{"hello": "world"}'}
    answer = bot.v2("POST", "/webhooks/test", {"request": asked}).json()["response"]
    assert (answer["status_code"], answer["payload"]) == (418, "ok")
    sent = listener.got[0]
    assert sent.body == b'{"hello": "world"}'
    assert sent.headers["X-Zendesk-Webhook-Signature"] == signed_by_hand(TEST_SECRET, sent)


def test_a_test_send_of_a_webhook_uses_its_secret(desk, bot, listener):
    hook = bot.webhook(listener.address, "created")
    asked = {"request": {"payload": "{}"}}
    bot.v2("POST", f"/webhooks/test?webhook_id={hook['id']}", asked)
    sent = listener.got[0]
    assert sent.headers["X-Zendesk-Webhook-Signature"] == signed_by_hand(secret_of(bot, hook), sent)


def test_webhooks_are_listed_by_name_and_status(bot):
    bot.webhook("https://one.example.org/", "created", name="ts-ops")
    bot.webhook("https://two.example.org/", "created", name="other", status="inactive")
    found = bot.v2("GET", "/webhooks?filter[name_contains]=TS").json()["webhooks"]
    assert [one["name"] for one in found] == ["ts-ops"]
    found = bot.v2("GET", "/webhooks?filter[status]=inactive").json()["webhooks"]
    assert [one["name"] for one in found] == ["other"]


@pytest.mark.parametrize(
    "spoil",
    [
        {"endpoint": "ftp://example.org"},
        {"http_method": "BREW"},
        {"name": ""},
        {"subscriptions": ["zen:event-type:ticket.updated"]},
        {"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]},
    ],
)
def test_a_webhook_that_cannot_work_is_refused(bot, spoil):
    spec = {"name": "n", "endpoint": "https://example.org/", "subscriptions": []} | spoil
    assert bot.v2("POST", "/webhooks", {"webhook": spec}).status_code == 422


def test_how_a_webhook_is_connected_cannot_change(bot):
    hook = bot.webhook("https://example.org/", "created")
    patch = {"webhook": {"subscriptions": ["conditional_ticket_events"]}}
    assert bot.v2("PATCH", f"/webhooks/{hook['id']}", patch).status_code == 422


def test_the_log_of_deliveries_has_pages(desk, bot, listener):
    hook = bot.webhook(listener.address, "created")
    for _ in range(3):
        bot.ticket()
    assert desk.idle(ENOUGH)
    first = bot.v2("GET", f"/webhooks/{hook['id']}/invocations?page[size]=2")
    body = first.json()
    assert (len(body["invocations"]), body["meta"]["has_more"]) == (2, True)
    assert first.headers["link"] == f'<{body["links"]["next"]}>; rel="next"'
    rest = bot("GET", body["links"]["next"]).json()
    assert (len(rest["invocations"]), rest["meta"]["has_more"]) == (1, False)


def test_bulk_updates_send_events_per_ticket(desk, bot, listener):
    bot.ticket()
    bot.ticket()
    bot.webhook(listener.address, "tags_changed")
    bot.v2("PUT", "/tickets/update_many?ids=1,2", {"ticket": {"additional_tags": ["wave"]}})
    assert desk.idle(ENOUGH)
    assert sorted(one.event["detail"]["id"] for one in listener.got) == ["1", "2"]
