"""The client library that the product uses talks to the sandbox as it is."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Macro, Ticket, User, Webhook
from zenpy.lib.exception import APIException, RecordNotFoundException


@pytest.fixture
def zenpy(desk, bot, monkeypatch):
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", urlsplit(desk.address).netloc)
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    token = bot.session.headers["Authorization"].removeprefix("Bearer ")
    return Zenpy(subdomain="sandbox", oauth_token=token, disable_cache=True)


def a_ticket(zenpy, **values):
    asked = Ticket(subject="Hello", comment=Comment(body="Text"), **values)
    return zenpy.tickets.create(asked).ticket


def test_tickets_are_created_read_and_updated(zenpy):
    made = a_ticket(zenpy, requester=User(name="R", email="r@example.com"), tags=["web"])
    ticket = zenpy.tickets(id=made.id)
    assert (ticket.subject, ticket.tags) == ("Hello", ["web"])
    assert ticket.requester.email == "r@example.com"
    ticket.priority = "high"
    ticket.comment = Comment(html_body="<p>Seen</p>", public=False)
    audit = zenpy.tickets.update(ticket).audit
    assert {one["type"] for one in audit.events} == {"Comment", "Change"}
    assert zenpy.tickets(id=made.id).priority == "high"


def test_a_safe_update_that_comes_late_raises(zenpy):
    ticket = zenpy.tickets(id=a_ticket(zenpy).id)
    ticket.priority, ticket.safe_update, ticket.updated_stamp = "low", True, "2020-01-01T00:00:00Z"
    with pytest.raises(APIException) as caught:
        zenpy.tickets.update(ticket)
    assert caught.value.response.status_code == 409


def test_a_deleted_ticket_raises_not_found(zenpy):
    ticket = zenpy.tickets(id=a_ticket(zenpy).id)
    zenpy.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=ticket.id)


def test_tags_have_their_own_calls(zenpy):
    number = a_ticket(zenpy, tags=["a"]).id
    assert list(zenpy.tickets.add_tags(number, ["b"])) == ["a", "b"]
    assert list(zenpy.tickets.set_tags(number, ["c", "d"])) == ["c", "d"]
    zenpy.tickets.delete_tags(number, ["c"])
    assert list(zenpy.tickets.tags(number)) == ["d"]


def test_lists_are_followed_from_page_to_page(zenpy, bot):
    for _ in range(3):
        number = a_ticket(zenpy).id
    assert [one.id for one in zenpy.tickets(cursor_pagination=2)] == [1, 2, 3]
    assert [one.id for one in zenpy.tickets(ids=[1, 3])] == [1, 3]
    for turn in range(120):
        bot.update(number, comment={"body": str(turn), "public": False})
    assert len(list(zenpy.tickets.comments(number))) == 121
    assert len(list(zenpy.tickets.audits(number))) == 121


def test_an_export_is_followed_to_its_end(zenpy):
    for _ in range(5):
        a_ticket(zenpy)
    export = zenpy.tickets.incremental(start_time=1, paginate_by_time=False, per_page=2)
    assert [one.id for one in export] == [1, 2, 3, 4, 5]
    assert export.after_cursor


def test_bulk_calls_are_jobs(zenpy):
    job = zenpy.tickets.create([Ticket(subject=str(n), description="d") for n in range(2)])
    assert zenpy.job_status(id=job.id).status == "completed"
    changed = [Ticket(id=number, priority="low") for number in (1, 2)]
    job = zenpy.tickets.update(changed)
    assert [row.status for row in zenpy.job_status(id=job.id).results] == ["Updated"] * 2


def test_macros_are_kept_and_previewed(zenpy):
    action = {"field": "priority", "value": "urgent"}
    macro = zenpy.macros.create(Macro(title="T&S::Urgent", actions=[action]))
    ticket = zenpy.tickets(id=a_ticket(zenpy).id)
    assert zenpy.tickets.show_macro_effect(ticket, macro).ticket.priority == "urgent"
    assert zenpy.macros.apply(macro.id).ticket.priority == "urgent"
    assert [one.title for one in zenpy.macros()] == ["T&S::Urgent"]


def test_people_groups_and_fields_are_found(desk, zenpy):
    assert zenpy.users.me().email == "bot@example.org"
    found = zenpy.users.search(query="agent@example.org")
    assert [one.id for one in found] == [desk.state.agent.id]
    assert [one.name for one in zenpy.groups()] == ["Support"]
    assert len(list(zenpy.ticket_fields())) == 7
    assert zenpy.users.create_or_update(User(name="X", email="x@example.com")).name == "X"


def test_webhooks_are_managed(zenpy, listener):
    made = zenpy.webhooks.create(
        Webhook(
            name="ts-ops",
            endpoint=listener.address,
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=["zen:event-type:ticket.created"],
        )
    )
    assert zenpy.webhooks.show_secret(made).secret
    assert [one.name for one in zenpy.webhooks.list()] == ["ts-ops"]
    assert zenpy.webhooks.test(made).status_code == 200
    zenpy.webhooks.patch(Webhook(id=made.id, name="renamed"))
    assert zenpy.webhooks(id=made.id).name == "renamed"
    zenpy.webhooks.delete(made)
    assert list(zenpy.webhooks.list()) == []
