import pytest

from casebook.plan import AddNote
from casebook.ticket import priority_rank
from tests.builders import CANARY, a_comment, a_comment_event, a_ticket, an_event


def test_the_text_is_what_the_requester_wrote_and_not_what_staff_did():
    said = (a_comment("later words"), a_comment("a reply of ours", by_staff=True))
    ticket = a_ticket(subject="Title", description="First words", comments=said)
    assert ticket.text() == "Title\n\nFirst words\n\nlater words"


def test_an_empty_part_leaves_no_gap_in_the_text():
    assert a_ticket(subject="", description="Only this").text() == "Only this"


@pytest.mark.parametrize(
    "holder",
    [
        a_ticket(subject=CANARY),
        a_ticket(description=CANARY),
        a_ticket(comments=(a_comment(CANARY),)),
        a_comment(CANARY),
        a_comment_event(CANARY, ticket={"subject": CANARY}),
        AddNote(CANARY),
    ],
)
def test_nothing_shows_its_text_when_it_is_printed(holder):
    assert CANARY not in repr(holder)
    assert CANARY not in f"{holder}"


def test_priorities_can_be_compared_and_none_is_the_lowest():
    ranks = [priority_rank(one) for one in (None, "low", "normal", "high", "urgent")]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("event", "brings"),
    [
        (an_event(type="created"), True),
        (an_event(type="subject_changed"), True),
        (an_event(type="undeleted"), True),
        (a_comment_event(by_staff=False), True),
        (a_comment_event(by_staff=True), False),
        (an_event(type="tags_changed"), False),
        (an_event(type="agent_assignment_changed"), False),
    ],
)
def test_only_a_requesters_words_are_new_text(event, brings):
    assert event.brings_text is brings


def test_an_event_that_can_lead_to_nothing_is_not_heeded():
    assert an_event(type="created").heeded
    assert not an_event(type="requester_changed").heeded
