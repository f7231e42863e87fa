import pytest

from casebook.plan import AddNote, AddTags, NameMacro, SetField, SetGroup, SetPriority
from integration.zendesk.mapping import ticket_from, update_from
from tests.builders import NOW, STAMP, a_plan

BODY = {
    "id": 4711,
    "subject": "Rendered title",
    "raw_subject": "Title as it was written",
    "description": "First words",
    "status": "open",
    "priority": "high",
    "tags": ["web", "vip"],
    "created_at": "2026-11-22T09:40:55Z",
    "updated_at": "2026-11-22T10:00:00Z",
    "group_id": 5,
    "assignee_id": None,
    "requester_id": 900,
    "organization_id": None,
    "brand_id": 7501,
    "ticket_form_id": 7701,
    "via": {"channel": "web"},
    "custom_fields": [{"id": 360001, "value": "ts_primary_privacy"}, {"id": 360002}],
}


class Directory:
    """Names on a desk, as far as the test gives them."""

    def __init__(self, groups=None, fields=None, macros=None):
        self._groups, self._fields, self._macros = groups or {}, fields or {}, macros or {}

    def groups(self):
        return self._groups

    def fields(self):
        return self._fields

    def macros(self):
        return self._macros


KNOWN = Directory(
    groups={"Privacy-Office": 5},
    fields={"category": 360001, "certainty": 360002},
    macros={"Privacy: verify identity": 12},
)


def test_a_ticket_is_read_from_the_rest_object():
    ticket = ticket_from(BODY)
    assert ticket.id == 4711
    assert ticket.subject == "Title as it was written"
    assert (ticket.updated_at, ticket.updated_stamp) == (NOW, "2026-11-22T10:00:00Z")
    assert (ticket.group_id, ticket.assignee_id, ticket.form_id) == (5, None, 7701)
    assert ticket.custom_fields == {360001: "ts_primary_privacy", 360002: None}
    assert (ticket.tags, ticket.channel) == ({"web", "vip"}, "web")


@pytest.mark.parametrize(
    "absent", ["raw_subject", "description", "priority", "tags", "via", "custom_fields", "group_id"]
)
def test_what_is_missing_or_null_does_not_stop_the_reading(absent):
    assert ticket_from(BODY | {absent: None}).id == 4711
    assert ticket_from({key: value for key, value in BODY.items() if key != absent}).id == 4711


@pytest.mark.parametrize("needed", ["id", "updated_at"])
def test_what_is_no_ticket_is_refused(needed):
    with pytest.raises((KeyError, TypeError)):
        ticket_from({key: value for key, value in BODY.items() if key != needed})
    with pytest.raises((TypeError, ValueError)):
        ticket_from(BODY | {needed: "soon"})


def test_half_a_character_becomes_a_mark():
    ticket = ticket_from(BODY | {"description": "cut \ud83d", "raw_subject": "\ud83d"})
    assert ticket.text().encode()


def test_one_update_carries_everything():
    plan = a_plan(
        actions=(
            AddTags(frozenset({"ts_privacy", "ts_sev2"})),
            SetPriority("high"),
            SetGroup("Privacy-Office"),
            SetField("category", "ts_primary_privacy"),
            SetField("certainty", 0.97),
            AddNote("<p>Why</p>"),
            NameMacro("Privacy: verify identity"),
        ),
        tags_before=frozenset({"web", "vip"}),
    )
    update = update_from(plan, KNOWN)
    assert update.missing == ()
    assert update.body == {
        "tags": ["ts_privacy", "ts_sev2", "vip", "web"],
        "priority": "high",
        "group_id": 5,
        "custom_fields": [
            {"id": 360001, "value": "ts_primary_privacy"},
            {"id": 360002, "value": 0.97},
        ],
        "comment": {"html_body": "<p>Why</p>", "public": False},
        "macro_id": 12,
        "metadata": {"casewarden": {"decision_id": "decision-1"}},
        "safe_update": True,
        "updated_stamp": STAMP,
    }


def test_names_that_the_desk_does_not_have_are_left_out_and_named():
    plan = a_plan(
        actions=(SetGroup("Crisis"), NameMacro("No such"), SetField("severity", "ts_sev1"))
    )
    update = update_from(plan, KNOWN)
    assert update.missing == ("group Crisis", "macro No such", "field severity")
    assert set(update.body) == {"safe_update", "updated_stamp", "metadata"}


def test_an_update_never_says_what_it_was_not_asked_for():
    """No status, no assignee, no public word: an agent's own doing stays an agent's."""
    body = update_from(a_plan(), KNOWN).body
    assert set(body) == {"tags", "safe_update", "updated_stamp", "metadata"}
