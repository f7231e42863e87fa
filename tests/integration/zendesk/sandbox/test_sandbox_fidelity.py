"""The sandbox answers in the shapes that were recorded from the real thing.

`shapes.json` holds facts only: key paths, JSON types (`!` = in every recording), headers.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.zendesk.sandbox.sandbox_callers import Reply

SHAPES = json.loads(Path(__file__).with_name("shapes.json").read_text())
NULLABLE = {
    path.rpartition(".")[2]
    for shape in SHAPES.values()
    for path, types in shape["paths"].items()
    if "null" in types
} | {"regexp_for_validation", "agent_description", "tag"}
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
NAMES |= {list: "array", dict: "object"}


def walk(value, path="$"):
    """Every place in a JSON value with its path, as the shapes write it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, key if path == "$" else f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, f"{path}[]")


def parent_of(path):
    return path.rpartition(".")[0] or "$"


def missing(shape, body):
    """Keys that every recording has and this body lacks somewhere."""
    always = [path for path, types in shape["paths"].items() if types.endswith("!")]
    return {
        path
        for path in always
        for place, value in walk(body)
        if place == parent_of(path)
        and isinstance(value, dict)
        and path.rpartition(".")[2] not in value
    }


def of_other_type(shape, body):
    """Places whose JSON type no recording has; recordings that only say null say nothing."""
    found = set()
    for path, value in walk(body):
        types = set(shape["paths"].get(path, "").rstrip("!").split("|")) - {"", "null"}
        name = NAMES[type(value)]
        if name == "null" and path.rpartition(".")[2] in NULLABLE:
            continue
        if types and name not in types and not (name == "integer" and "number" in types):
            found.add((path, name))
    return found


class Stage:
    """A desk with one of everything, and the ids to reach them."""

    def __init__(self, desk, bot, listener):
        self.desk, self.bot = desk, bot
        self.ticket = bot.ticket(tags=["web"])["id"]
        self.gone = bot.ticket()["id"]
        bot.v2("DELETE", f"/tickets/{self.gone}")
        macro = {"title": "T&S::One", "actions": [{"field": "status", "value": "solved"}]}
        self.macro = bot.v2("POST", "/macros", {"macro": macro}).json()["macro"]["id"]
        spec = {"type": "text", "title": "Note"}
        made = bot.v2("POST", "/ticket_fields", {"ticket_field": spec}).json()
        self.field = made["ticket_field"]["id"]
        self.group = bot.v2("POST", "/groups", {"group": {"name": "Privacy"}}).json()["group"]["id"]
        self.user = desk.state.agent.id
        joined = {"user_id": self.user, "group_id": self.group}
        made = bot.v2("POST", "/group_memberships", {"group_membership": joined}).json()
        self.membership = made["group_membership"]["id"]
        basic = {"type": "basic_auth", "data": {"username": "u", "password": "p"}}
        basic["add_position"] = "header"
        described = {"description": "events", "authentication": basic}
        hook = bot.webhook(listener.address, "created", **described)
        self.hook = hook["id"]
        self.endpoint = listener.address
        self._deliver(listener)
        specs = {"tickets": [{"subject": "s", "description": "d"}]}
        self.job = bot.v2("POST", "/tickets/create_many", specs).json()["job_status"]["id"]

    def _deliver(self, listener):
        listener.answer(*[Reply(400)] * 3)
        self.bot.ticket()
        self.bot.ticket()
        assert self.desk.idle(10)
        log = self.bot.v2("GET", f"/webhooks/{self.hook}/invocations").json()
        self.invocation = log["invocations"][0]["id"]


@pytest.fixture
def stage(desk, bot, listener):
    return Stage(desk, bot, listener)


NOWHERE = 999
A_TICKET = {"ticket": {"subject": "s", "comment": {"body": "b"}}}
WHOLE_HOOK = {
    "name": "n",
    "endpoint": "https://example.org/",
    "http_method": "POST",
    "request_format": "json",
    "status": "active",
    "description": "d",
    "subscriptions": ["conditional_ticket_events"],
}

CALLS = {
    "POST /api/v2/tickets 201": lambda s: ("/tickets", A_TICKET),
    "POST /api/v2/tickets/create_many 200": lambda _: (
        "/tickets/create_many",
        {"tickets": [{"subject": "s", "description": "d"}] * 100},
    ),
    "POST /api/v2/tickets/create_many 400": lambda _: (
        "/tickets/create_many",
        {"tickets": [{"subject": "s", "description": "d"}] * 150},
    ),
    "GET /api/v2/tickets 200": lambda _: ("/tickets?page[size]=1", None),
    "GET /api/v2/tickets/show_many 200": lambda s: (f"/tickets/show_many?ids={s.ticket}", None),
    "GET /api/v2/tickets/{id} 200": lambda s: (f"/tickets/{s.ticket}", None),
    "GET /api/v2/tickets/{id} 404": lambda s: (f"/tickets/{s.gone}", None),
    "GET /api/v2/tickets/{id}/comments 200": lambda s: (
        f"/tickets/{s.ticket}/comments?include_inline_images=true&page[size]=100",
        None,
    ),
    "GET /api/v2/tickets/{id}/audits 200": lambda s: (
        f"/tickets/{s.ticket}/audits?include=users",
        None,
    ),
    "GET /api/v2/tickets/{id}/macros/{id}/apply 200": lambda s: (
        f"/tickets/{s.ticket}/macros/{s.macro}/apply",
        None,
    ),
    "PUT /api/v2/tickets/update_many 200": lambda s: (
        "/tickets/update_many",
        {"tickets": [{"id": s.ticket, "subject": "x", "description": "y"}]},
    ),
    "PUT /api/v2/tickets/{id} 200": lambda s: (
        f"/tickets/{s.ticket}",
        {"ticket": {"id": s.ticket, "subject": "x", "description": "y"}},
    ),
    "PUT /api/v2/tickets/{id} 404": lambda _: (
        f"/tickets/{NOWHERE}",
        {"ticket": {"id": NOWHERE, "subject": "x", "description": "y"}},
    ),
    "DELETE /api/v2/tickets/destroy_many 200": lambda s: (
        f"/tickets/destroy_many?ids={s.ticket}",
        {"tickets": [{"id": s.ticket}]},
    ),
    "DELETE /api/v2/tickets/{id} 204": lambda s: (
        f"/tickets/{s.ticket}",
        {"ticket": {"id": s.ticket}},
    ),
    "DELETE /api/v2/tickets/{id} 404": lambda _: (
        f"/tickets/{NOWHERE}",
        {"ticket": {"id": NOWHERE}},
    ),
    "GET /api/v2/incremental/tickets/cursor 200": lambda _: (
        "/incremental/tickets/cursor?start_time=0&per_page=2",
        None,
    ),
    "GET /api/v2/job_statuses/{id} 200": lambda s: (f"/job_statuses/{s.job}", None),
    "POST /api/v2/webhooks 201": lambda _: ("/webhooks", {"webhook": WHOLE_HOOK}),
    "POST /api/v2/webhooks/test 200": lambda s: (
        "/webhooks/test",
        {"request": {"endpoint": s.endpoint}},
    ),
    "POST /api/v2/webhooks/{id}/signing_secret 201": lambda s: (
        f"/webhooks/{s.hook}/signing_secret",
        None,
    ),
    "GET /api/v2/webhooks 200": lambda _: ("/webhooks?filter[name_contains]=ts", None),
    "GET /api/v2/webhooks/{id} 200": lambda s: (f"/webhooks/{s.hook}", None),
    "GET /api/v2/webhooks/{id}/invocations 200": lambda s: (
        f"/webhooks/{s.hook}/invocations?page[size]=1",
        None,
    ),
    "GET /api/v2/webhooks/{id}/invocations/{id}/attempts 200": lambda s: (
        f"/webhooks/{s.hook}/invocations/{s.invocation}/attempts",
        None,
    ),
    "GET /api/v2/webhooks/{id}/signing_secret 200": lambda s: (
        f"/webhooks/{s.hook}/signing_secret",
        None,
    ),
    "PUT /api/v2/webhooks/{id} 204": lambda s: (
        f"/webhooks/{s.hook}",
        {"webhook": {key: WHOLE_HOOK[key] for key in WHOLE_HOOK if key != "subscriptions"}},
    ),
    "PATCH /api/v2/webhooks/{id} 204": lambda s: (
        f"/webhooks/{s.hook}",
        {"webhook": {"id": s.hook, "name": "renamed"}},
    ),
    "DELETE /api/v2/webhooks/{id} 204": lambda s: (
        f"/webhooks/{s.hook}",
        {"webhook": {"id": s.hook}},
    ),
    "GET /api/v2/users/{id} 200": lambda s: (f"/users/{s.user}", None),
    "GET /api/v2/users/search 200": lambda _: ("/users/search?query=agent@example.org", None),
    "GET /api/v2/users/show_many 200": lambda s: (f"/users/show_many?ids={s.user}", None),
    "POST /api/v2/users 201": lambda _: ("/users", {"user": {"name": "Somebody"}}),
    "GET /api/v2/group_memberships 200": lambda _: ("/group_memberships?page[size]=1", None),
    "GET /api/v2/group_memberships/{id} 200": lambda s: (
        f"/group_memberships/{s.membership}",
        None,
    ),
    "GET /api/v2/group_memberships/{id} 404": lambda _: (f"/group_memberships/{NOWHERE}", None),
    "POST /api/v2/group_memberships 201": lambda s: (
        "/group_memberships",
        {"group_membership": {"user_id": s.desk.state.bot.id, "group_id": s.group}},
    ),
    "DELETE /api/v2/group_memberships/{id} 204": lambda s: (
        f"/group_memberships/{s.membership}",
        None,
    ),
    "GET /api/v2/groups 200": lambda _: ("/groups?page[size]=1", None),
    "POST /api/v2/groups 201": lambda _: ("/groups", {"group": {"name": "Another"}}),
    "PUT /api/v2/groups/{id} 200": lambda s: (
        f"/groups/{s.group}",
        {"group": {"id": s.group, "name": "Renamed"}},
    ),
    "PUT /api/v2/groups/{id} 404": lambda _: (
        f"/groups/{NOWHERE}",
        {"group": {"id": NOWHERE, "name": "x"}},
    ),
    "DELETE /api/v2/groups/{id} 204": lambda s: (f"/groups/{s.group}", {"group": {"id": s.group}}),
    "DELETE /api/v2/groups/{id} 404": lambda _: (f"/groups/{NOWHERE}", {"group": {"id": NOWHERE}}),
    "POST /api/v2/macros 201": lambda _: (
        "/macros",
        {"macro": {"title": "t", "actions": [{"field": "status", "value": "open"}]}},
    ),
    "GET /api/v2/macros 200": lambda _: ("/macros?page[size]=1", None),
    "GET /api/v2/macros/active 200": lambda _: ("/macros/active", None),
    "GET /api/v2/macros/{id} 200": lambda s: (f"/macros/{s.macro}", None),
    "GET /api/v2/macros/{id} 404": lambda _: (f"/macros/{NOWHERE}", None),
    "GET /api/v2/macros/{id}/apply 200": lambda s: (f"/macros/{s.macro}/apply", None),
    "PUT /api/v2/macros/{id} 200": lambda s: (
        f"/macros/{s.macro}",
        {"macro": {"id": s.macro, "title": "Renamed"}},
    ),
    "PUT /api/v2/macros/{id} 404": lambda _: (
        f"/macros/{NOWHERE}",
        {"macro": {"id": NOWHERE, "title": "x"}},
    ),
    "DELETE /api/v2/macros/destroy_many 204": lambda s: (
        f"/macros/destroy_many?ids={s.macro}",
        {"macros": [{"id": s.macro}]},
    ),
    "DELETE /api/v2/macros/{id} 204": lambda s: (f"/macros/{s.macro}", {"macro": {"id": s.macro}}),
    "POST /api/v2/ticket_fields 201": lambda _: (
        "/ticket_fields",
        {"ticket_field": {"type": "text", "title": "t"}},
    ),
    "GET /api/v2/ticket_fields 200": lambda _: ("/ticket_fields", None),
    "GET /api/v2/ticket_fields/{id} 200": lambda s: (f"/ticket_fields/{s.field}", None),
    "PUT /api/v2/ticket_fields/{id} 200": lambda s: (
        f"/ticket_fields/{s.field}",
        {"ticket_field": {"id": s.field, "title": "Renamed", "type": "text"}},
    ),
    "PUT /api/v2/ticket_fields/{id} 404": lambda _: (
        f"/ticket_fields/{NOWHERE}",
        {"ticket_field": {"id": NOWHERE, "title": "x", "type": "text"}},
    ),
    "DELETE /api/v2/ticket_fields/{id} 204": lambda s: (
        f"/ticket_fields/{s.field}",
        {"ticket_field": {"id": s.field}},
    ),
    "DELETE /api/v2/ticket_fields/{id} 404": lambda _: (
        f"/ticket_fields/{NOWHERE}",
        {"ticket_field": {"id": NOWHERE}},
    ),
}
# What the one recorded case happened to have: a further page, a comment that was mailed out.
BY_CHANCE = {
    "GET /api/v2/tickets/{id}/audits 200": {"next_page"},
    "GET /api/v2/tickets/{id}/comments 200": {
        "comments[].via.source.to.address",
        "comments[].via.source.to.name",
    },
}


def test_every_recorded_shape_is_compared():
    assert set(CALLS) == set(SHAPES)


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_an_answer_has_the_recorded_status_keys_types_and_headers(stage, kind):
    method, _, status = kind.split(" ")
    path, body = CALLS[kind](stage)
    shape = SHAPES[kind]
    answer = stage.bot.v2(method, path, body)
    assert answer.status_code == int(status), answer.text
    assert [name for name in shape["headers"] if name not in answer.headers] == []
    if not shape["paths"]:
        assert answer.content == b""
        return
    told = answer.json()
    excused = BY_CHANCE.get(kind, set())
    assert missing(shape, told) - excused == set()
    assert {place for place in of_other_type(shape, told) if place[0] not in excused} == set()
