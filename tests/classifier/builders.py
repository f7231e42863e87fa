"""Tickets and small corpora with defaults, so that a test names only what matters."""

from datetime import UTC, datetime

from casebook.ticket import Comment, Ticket

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_ticket(description="The app closes when I open it.", *, subject="", comments=()):
    return Ticket(
        id=7,
        subject=subject,
        description=description,
        status="new",
        priority=None,
        tags=frozenset(),
        updated_at=NOON,
        updated_stamp=NOON.isoformat(),
        comments=tuple(
            Comment(id=None, body=body, public=True, by_staff=False) for body in comments
        ),
    )
