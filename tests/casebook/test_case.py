from casebook.case import Case, after, by_people
from casebook.event import FieldChange
from casebook.taxonomy import taxonomy
from tests.builders import a_tags_event, an_event


def case_after(*events, **known):
    return after(Case(ticket_id=4711, **known), events, taxonomy())


def test_a_tag_of_ours_that_a_person_took_away_is_remembered():
    assert case_after(a_tags_event(removed="ts_privacy web")).removed == {"ts_privacy"}


def test_a_tag_that_a_person_put_back_is_no_longer_removed():
    events = [a_tags_event(removed="ts_privacy ts_fraud_scam"), a_tags_event(added="ts_privacy")]
    assert case_after(*events).removed == {"ts_fraud_scam"}


def test_what_was_known_before_is_kept():
    case = case_after(a_tags_event(removed="ts_privacy"), removed=frozenset({"ts_copyright"}))
    assert case.removed == {"ts_privacy", "ts_copyright"}


def test_a_priority_or_group_that_a_person_set_is_held():
    change = FieldChange(current="low", previous="urgent")
    events = [
        an_event(type="priority_changed", change=change),
        an_event(type="group_assignment_changed", change=change),
        an_event(type="status_changed", change=change),
    ]
    assert case_after(*events).held == {"priority", "group"}


def test_our_own_echoes_are_not_taken_for_people():
    ours, theirs, nobodys = (a_tags_event(actor_id=one) for one in (77, 900, None))
    assert by_people([ours, theirs, nobodys], bot_id=77) == [theirs, nobodys]


def test_a_ticket_that_we_keyed_in_ourselves_still_brings_a_requesters_words():
    keyed_in = an_event(type="created", actor_id=77)
    assert by_people([keyed_in], bot_id=77) == [keyed_in]


def test_before_we_know_who_we_are_every_event_may_be_a_persons():
    events = [a_tags_event(actor_id=77), a_tags_event(actor_id=None)]
    assert by_people(events, bot_id=None) == events
