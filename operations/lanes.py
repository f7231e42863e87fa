"""Which lane an event takes: a cheap look at its words, before any classifier runs."""

from casebook.event import CommentAdded, TicketEvent
from classifier.urgency import sounds_urgent
from integration.inbox import LIFE_SAFETY_LANE, ORDINARY_LANE


def prepare_lanes() -> None:
    """Read the cues now, so that the first event need not wait for it."""
    sounds_urgent("")


def lane_of(event: TicketEvent) -> int:
    """Life-safety words go first; a false alarm here costs nothing but a place in the queue."""
    if not event.brings_text:
        return ORDINARY_LANE
    new = event.change.comment.body if isinstance(event.change, CommentAdded) else ""
    urgent = sounds_urgent(new or event.ticket.text())
    return LIFE_SAFETY_LANE if urgent else ORDINARY_LANE
