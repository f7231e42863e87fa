"""Which lane an event takes: a cheap look at its words, before any classifier runs."""

from casebook.event import TicketEvent
from integration.inbox import LIFE_SAFETY_LANE, ORDINARY_LANE


def lane_of(event: TicketEvent) -> int:
    """Life-safety words go first; a false alarm here costs nothing but a place in the queue."""
    from classifier.urgency import sounds_urgent  # noqa: PLC0415 - patterns compile late

    return LIFE_SAFETY_LANE if event.brings_text and sounds_urgent(event) else ORDINARY_LANE
