"""Whatever is sent, and however many send it, the desk answers and loses nothing."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.zendesk.sandbox import DeskState, create_app

KEYS = [
    "assignee_email", "assignee_id", "brand_id", "collaborator_ids", "comment", "custom_fields",
    "custom_status_id", "due_at", "email_ccs", "external_id", "fields", "followers", "group_id",
    "macro_id", "macro_ids", "metadata", "organization_id", "priority", "problem_id", "requester",
    "requester_id", "safe_update", "status", "subject", "submitter_id", "tags", "ticket_form_id",
    "type", "updated_stamp",
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-5, 10**15) | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "value", "body", "html_body", "public", "author_id", "user_id"])
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def client():
    state = DeskState(client_secret="s")
    made = create_app(state).test_client()
    pair = b64encode(f"bot@example.org/token:{state.api_token}".encode()).decode()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Basic {pair}"
    spec = {"ticket": {"subject": "s", "comment": {"body": "b"}}}
    assert made.post("/api/v2/tickets", json=spec).status_code == 201
    return made


@settings(max_examples=300, deadline=None)
@given(spec=st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4))
def test_odd_tickets_are_answered_not_crashed_on(client, spec):
    assert client.put("/api/v2/tickets/1", json={"ticket": spec}).status_code < 500
    spec = {"comment": {"body": "b"}} | spec
    assert client.post("/api/v2/tickets", json={"ticket": spec}).status_code < 500


@pytest.mark.parametrize(
    ("path", "record", "keys"),
    [
        (
            "/webhooks",
            "webhook",
            ["name", "endpoint", "subscriptions", "authentication", "custom_headers", "status"],
        ),
        ("/macros", "macro", ["title", "actions", "position", "active", "restriction"]),
        ("/ticket_fields", "ticket_field", ["type", "title", "custom_field_options", "tag"]),
        ("/groups", "group", ["name", "description", "is_public"]),
        ("/users", "user", ["name", "email", "role", "external_id"]),
        ("/group_memberships", "group_membership", ["user_id", "group_id"]),
    ],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_odd_records_are_answered_not_crashed_on(client, path, record, keys, data):
    good = {"endpoint": "https://example.org/", "title": "t", "name": "n", "type": "tagger"}
    good["actions"] = [{"field": "status", "value": "open"}]
    odd = data.draw(st.dictionaries(st.sampled_from(keys), ANYTHING, max_size=3))
    spec = {key: good[key] for key in keys if key in good} | odd
    assert client.post(f"/api/v2{path}", json={record: spec}).status_code < 500
    assert client.get(f"/api/v2{path}?page[size]=5").status_code == 200


def test_an_address_in_angle_brackets_is_not_taken_for_a_tag(desk, bot):
    ticket = bot.ticket(comment={"body": "Write to <ada@example.com>, not <b>me</b>"})
    assert ticket["description"] == "Write to <ada@example.com>, not me"


def test_tags_added_at_once_are_all_kept(desk, bot, as_bot):
    bot.ticket()
    callers = [as_bot(desk) for _ in range(6)]

    def add(turn):
        answer = callers[turn % 6].v2("PUT", "/tickets/1/tags", {"tags": [f"t{turn:02}"]})
        return answer.status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(add, range(48))) == {200}
    kept = bot.v2("GET", "/tickets/1/tags").json()["tags"]
    assert kept == [f"t{turn:02}" for turn in range(48)]


def test_of_many_safe_updates_with_one_stamp_one_wins(desk, bot, as_bot):
    read = bot.ticket()["updated_at"]
    callers = [as_bot(desk) for _ in range(8)]

    def update(turn):
        values = {"external_id": str(turn), "safe_update": True, "updated_stamp": read}
        return callers[turn].update(1, **values).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(update, range(8)))
    assert codes == [200] + [409] * 7


def test_a_crowd_of_new_tickets_gets_numbers_without_gaps(desk, bot, as_bot):
    callers = [as_bot(desk) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda turn: callers[turn % 4].ticket()["id"], range(40)))
    assert sorted(numbers) == list(range(1, 41))
