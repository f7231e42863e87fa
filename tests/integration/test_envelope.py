import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casebook.event import CommentAdded, FieldChange, TagsChange
from integration.envelope import (
    MALFORMED_REASONS,
    EventMalformed,
    NotATicketEvent,
    parse_event,
)
from tests.builders import an_envelope, body_of


def parsed(kind="created", change=None, **detail):
    return parse_event(body_of(an_envelope(kind, change, **detail)))


def without(*keys, **changes):
    envelope = an_envelope() | changes
    for key in keys:
        del envelope[key]
    return body_of(envelope)


def test_an_event_is_read_with_its_snapshot():
    event = parsed()
    assert (event.id, event.type, event.ticket_id) == ("event-1", "created", 4711)
    assert (event.actor_id, event.account_id) == (900, 100200)
    assert (event.sequence_id, event.sequence_position) == ("SEQ1", 1)
    assert event.ticket.subject == "Somebody posted my address"
    assert event.ticket.updated_stamp == "2026-11-22T09:59:00Z"
    assert event.ticket.channel == "web_form"
    assert event.ticket.custom_fields is None


@pytest.mark.parametrize("empty", ["", "0", None, 0])
def test_an_empty_id_is_none_in_every_form(empty):
    ticket = parsed(group_id=empty, organization_id=empty, assignee_id=empty).ticket
    assert (ticket.group_id, ticket.organization_id, ticket.assignee_id) == (None, None, None)


@pytest.mark.parametrize("given_id", ["8447388090494", 8447388090494])
def test_an_id_may_be_text_or_a_number(given_id):
    assert parsed(group_id=given_id).ticket.group_id == 8447388090494


@pytest.mark.parametrize("no_id", [True, "12a", "-5", "١٢", 1.5, [1], "9" * 19, 10**19, -(10**19)])
def test_what_is_no_id_is_none(no_id):
    assert parsed(group_id=no_id).ticket.group_id is None


def test_words_in_capitals_are_lowered():
    ticket = parsed(priority="HIGH", status="PENDING").ticket
    assert (ticket.priority, ticket.status) == ("high", "pending")


@pytest.mark.parametrize("word", ["DELETED", "ARCHIVED", "SCRUBBED", "CLOSED"])
def test_every_status_of_an_ended_ticket_is_known(word):
    assert parsed(status=word).ticket.status == word.lower()


def test_words_that_zendesk_does_not_have_do_not_stop_anything():
    ticket = parsed(priority="BLAZING", status="DREAMING").ticket
    assert (ticket.priority, ticket.status) == (None, "open")


@pytest.mark.parametrize("tags", [["web", "vip"], "web vip", " web  vip ", ["vip", "web", 7, None]])
def test_tags_are_read_from_a_list_and_from_a_string(tags):
    assert parsed(tags=tags).ticket.tags == {"web", "vip"}


@pytest.mark.parametrize("tags", [None, 7, {"web": 1}])
def test_what_are_no_tags_are_none(tags):
    assert parsed(tags=tags).ticket.tags == frozenset()


def test_unknown_keys_are_ignored():
    envelope = an_envelope(colour="red") | {"new_key": {"deep": [1]}}
    envelope["event"]["surprise"] = True
    assert parse_event(body_of(envelope)).ticket_id == 4711


def test_nanoseconds_are_read_to_the_microsecond():
    assert parsed().at == datetime(2026, 11, 22, 9, 59, 0, 123456, tzinfo=UTC)


def test_layout_does_not_matter():
    compact = json.dumps(an_envelope(), separators=(",", ":")).encode()
    assert parse_event(compact) == parse_event(body_of(an_envelope()))


def test_the_ticket_is_found_in_the_subject_where_the_detail_has_no_id():
    assert parsed(id="").ticket_id == 4711


def test_without_an_own_time_the_snapshot_has_the_events():
    event = parsed(updated_at=None)
    assert event.ticket.updated_at == event.at
    assert event.ticket.updated_stamp == ""


def test_a_change_of_tags_is_told():
    change = {"tags_added": ["a"], "tags_removed": ["b", "c"]}
    assert parsed("tags_changed", change).change == TagsChange(
        frozenset({"a"}), frozenset({"b", "c"})
    )


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_comment_is_told_with_its_author(by_staff):
    comment = {
        "id": "123",
        "body": "words",
        "is_public": True,
        "author": {"id": "5", "is_staff": by_staff, "name": "n"},
        "attachments": [{"id": "1"}],
    }
    change = parsed("comment_added", {"comment": comment}).change
    assert isinstance(change, CommentAdded)
    assert (change.comment.id, change.comment.body) == (123, "words")
    assert (change.comment.public, change.comment.by_staff) == (True, by_staff)


@pytest.mark.parametrize("comment", [None, {}, [], {"author": None, "body": 7}])
def test_a_comment_without_substance_is_empty_and_not_staffs(comment):
    change = parsed("comment_added", {"comment": comment}).change
    assert (change.comment.body, change.comment.by_staff) == ("", False)


@pytest.mark.parametrize(
    ("kind", "current", "previous"),
    [
        ("priority_changed", "URGENT", None),
        ("status_changed", "OPEN", "SOLVED"),
        ("group_assignment_changed", "5", ""),
        ("subject_changed", "new", "old"),
    ],
)
def test_a_change_of_a_field_is_told(kind, current, previous):
    change = parsed(kind, {"current": current, "previous": previous}).change
    assert change == FieldChange(current, previous, None)


def test_a_change_of_a_custom_field_names_the_field():
    change = {
        "current": "a",
        "previous": 3,
        "custom_field": {"id": "360001", "title": "Category", "type": "tagger"},
    }
    told = parsed("custom_field_changed", change).change
    assert told == FieldChange("a", "3", 360001)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("created", {}), ("soft_deleted", {}), ("merged", {"target_ticket_id": "9"})],
)
def test_an_event_without_a_change_has_none(kind, change):
    assert parsed(kind, change).change is None


def test_an_unknown_type_about_tickets_is_read_and_not_heeded():
    event = parsed("teleported")
    assert event.type == "teleported"
    assert not event.heeded


@pytest.mark.parametrize(
    "kind", ["zen:event-type:user.deleted", "zen:event-type:organization.created", "other"]
)
def test_other_families_are_told_apart(kind):
    with pytest.raises(NotATicketEvent):
        parse_event(without(type=kind))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"1" * 5_000, "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (without("type"), "no_type"),
        (without(type=7), "no_type"),
        (without("id"), "no_event_id"),
        (without(id=7), "no_event_id"),
        (without(id="x" * 65), "no_event_id"),
        (without(id="new\nline"), "no_event_id"),
        (without(id="\x00"), "no_event_id"),
        (b'{"type":"zen:event-type:ticket.created","id":"\\ud800"}', "no_event_id"),
        (without("time"), "no_time"),
        (without(time="soon"), "no_time"),
        (without(time="0001-01-01T00:00:00+23:59"), "no_time"),
        (without("detail", subject="zen:ticket:"), "no_ticket_id"),
        (without(detail={"id": -4}, subject=""), "no_ticket_id"),
        (without(detail={"id": 10**30}, subject=""), "no_ticket_id"),
    ],
)
def test_every_malformed_body_has_its_reason(body, reason):
    with pytest.raises(EventMalformed) as malformed:
        parse_event(body)
    assert malformed.value.reason == reason
    assert reason in MALFORMED_REASONS


def test_half_a_character_becomes_a_mark_so_that_the_words_can_still_be_read():
    """A text cut in the middle of an emoji arrives as half a surrogate pair."""
    body = b'"cut here \\ud83d"'
    text = json.dumps(an_envelope(description="D", subject="S")).encode().replace(b'"D"', body)
    event = parse_event(text)
    assert event.ticket.description == "cut here \ufffd"
    assert event.ticket.text().encode()


def test_a_position_that_no_database_holds_is_the_first():
    change = {"meta": {"sequence": {"id": "S\ud800", "position": 2**40}}}
    event = parse_event(json.dumps(an_envelope(change=change)).encode())
    assert (event.sequence_position, event.sequence_id) == (0, None)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PLACES = ["type", "id", "time", "subject", "detail", "event", "account_id"]
DETAILS = ["id", "actor_id", "tags", "status", "priority", "updated_at", "subject", "via"]
CHANGES = ["meta", "comment", "tags_added", "current", "previous", "custom_field"]
KINDS = ["created", "comment_added", "tags_changed", "priority_changed"]


def survives(envelope):
    survives_bytes(json.dumps(envelope).encode())


def survives_bytes(body):
    try:
        event = parse_event(body)
    except (EventMalformed, NotATicketEvent):
        return
    # What was read can be kept: times in UTC, ids in eight bytes, text in UTF-8.
    assert event.at.astimezone(UTC)
    assert 0 < event.ticket_id < 2**63
    assert event.ticket.text().encode() is not None
    assert event.id.encode()


@given(anything)
def test_arbitrary_json_is_refused_by_name_or_read(whole):
    survives(whole)


@given(st.sampled_from(KINDS), st.sampled_from(PLACES), anything)
@example("created", "account_id", float("inf"))
def test_an_arbitrary_part_is_refused_by_name_or_read(kind, place, part):
    survives(an_envelope(kind) | {place: part})


@given(st.sampled_from(KINDS), st.sampled_from(DETAILS), anything)
def test_an_arbitrary_detail_is_refused_by_name_or_read(kind, place, part):
    survives(an_envelope(kind, **{place: part}))


@given(st.sampled_from(KINDS), st.sampled_from(CHANGES), anything)
def test_an_arbitrary_change_is_refused_by_name_or_read(kind, place, part):
    survives(an_envelope(kind, {place: part}))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_by_name(body):
    with pytest.raises((EventMalformed, NotATicketEvent)):
        parse_event(body)


@pytest.mark.parametrize("depth", range(900, 1010, 3))
def test_deep_nesting_is_refused_by_name_or_read(depth):
    body = json.dumps(an_envelope("priority_changed", {"current": "DEEP"})).encode()
    survives_bytes(body.replace(b'"DEEP"', b"[" * depth + b"]" * depth))
