"""Rows as new tickets of a rehearsal, sent the whole way and counted at the end."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from casebook.ledger import LedgerEntry
from casebook.settings import Settings
from casebook.taxonomy import Taxonomy
from operations.pipeline import Worked
from operations.rehearsal import Rehearsal, rehearsal
from operations.rows import BadRow, Row
from operations.wiring import Progress
from queue_health.pulse import quantile

SENDERS = 4
# Tickets under way at once: enough to keep the worker busy, few enough to keep times honest.
UNDER_WAY = 64
# Without any ticket done for this long, the rest counts as lost.
SILENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Done:
    """How one ticket ended."""

    ticket_id: int
    outcome: str
    category: str
    categories: tuple[str, ...]
    seconds: float
    calls: int
    entry: LedgerEntry


@dataclass(slots=True)
class Finished:
    """Collects how tickets ended; echoes of our own writes do not count. Safe between threads."""

    _done: dict[int, Done] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def listen(self, worked: Worked, entry: LedgerEntry) -> None:
        """Take in a ticket that was worked on."""
        if worked.applied.outcome in {"own_echo", "noted"}:
            return
        decision = worked.decision
        done = Done(
            ticket_id=worked.ticket.id,
            outcome=worked.applied.outcome,
            category=decision.primary if decision is not None else "",
            categories=decision.categories if decision is not None else (),
            seconds=float(str(entry.facts["seconds"])),
            calls=worked.applied.calls,
            entry=entry,
        )
        with self._changed:
            self._done.setdefault(done.ticket_id, done)
            self._changed.notify_all()

    def wait_until(self, count: int, told: Callable[[int], None]) -> bool:
        """Wait for this many tickets; False when nothing happens for too long."""
        with self._changed:
            while len(self._done) < count:
                before = len(self._done)
                self._changed.wait(SILENCE_SECONDS)
                if len(self._done) == before:
                    return False
                told(len(self._done))
        return True

    def all(self) -> Mapping[int, Done]:
        """Every ticket so far, by number."""
        with self._changed:
            return dict(self._done)


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of the rows: `failed` ended unfinished, `wrong` differ on the desk."""

    rows: int
    tagged: int
    untouched: int
    lost: int
    failed: int
    wrong: int
    by_category: Mapping[str, int]
    outcomes: Mapping[str, int]
    seconds: float
    tickets_per_second: float
    tag_seconds_p50: float | None
    tag_seconds_p95: float | None
    api_calls_per_ticket: float | None
    bad_rows: Sequence[BadRow]

    def as_dict(self) -> dict[str, Any]:
        """The report as one JSON document."""
        body = {name: getattr(self, name) for name in self.__slots__}
        return body | {"bad_rows": [{"line": bad.line, "why": bad.why} for bad in self.bad_rows]}


def replay_rows(settings: Settings, rows: Sequence[Row | BadRow], tell: Progress) -> ReplayReport:
    """Send every good row through a fresh rehearsal and compare the desk with the ledger."""
    good = [row for row in rows if isinstance(row, Row)]
    bad = [row for row in rows if isinstance(row, BadRow)]
    with rehearsal(settings, tell) as stage:
        finished = Finished()
        stage.running.listen(finished.listen)
        began = time.monotonic()
        sent = send_all(stage, good, finished, tell)
        finished.wait_until(len(sent), lambda done: tell("worked on", done, len(good)))
        took = time.monotonic() - began
        shown = stage.tickets(sorted(sent))
        words = stage.services.taxonomy
    return _report(finished.all(), _Desk(sent, shown, words), bad=bad, took=took)


def send_all(
    stage: Rehearsal, rows: Sequence[Row], finished: Finished, tell: Progress
) -> dict[int, Row]:
    """Write every row to the desk, with a bounded number under way; rows by ticket number."""
    sent: dict[int, Row] = {}
    lock = threading.Lock()

    def send(row: Row) -> None:
        finished.wait_until(len(sent) - UNDER_WAY, lambda _done: None)
        number = stage.send(subject=row.subject, text=row.text, requester="requester")
        with lock:
            sent[number] = row
            tell("sent", len(sent), len(rows))
        tell("worked on", len(finished.all()), len(rows))

    with ThreadPoolExecutor(SENDERS) as pool:
        for result in [pool.submit(send, row) for row in rows]:
            result.result()
    return sent


@dataclass(frozen=True, slots=True)
class _Desk:
    """What was sent and what the desk shows of it."""

    sent: Mapping[int, Row]
    shown: Mapping[int, Mapping[str, Any]]
    words: Taxonomy

    def agrees(self, one: Done) -> bool:
        """Whether the desk shows what the ledger says: all the tags and a note, or none of it."""
        ticket = self.shown.get(one.ticket_id, {})
        tags = set(ticket.get("tags") or ())
        if one.outcome == "applied":
            wanted = {self.words.category_tag(category) for category in one.categories}
            return wanted <= tags and ticket.get("comment_count") == 2
        ours = [tag for tag in tags if self.words.is_ours(tag)]
        return not ours and ticket.get("comment_count") == 1


def _report(
    done: Mapping[int, Done], desk: _Desk, *, bad: Sequence[BadRow], took: float
) -> ReplayReport:
    sent = desk.sent
    ended = [done[number] for number in sent if number in done]
    applied = [one for one in ended if one.outcome == "applied"]
    seconds = sorted(one.seconds for one in applied)
    finals = {"applied", "untouched"}
    return ReplayReport(
        rows=len(sent),
        tagged=len(applied),
        untouched=sum(one.outcome == "untouched" for one in ended),
        lost=sum(number not in done or number not in desk.shown for number in sent),
        failed=sum(one.outcome not in finals for one in ended),
        wrong=sum(not desk.agrees(one) for one in ended),
        by_category=dict(Counter(one.category for one in ended).most_common()),
        outcomes=dict(Counter(one.outcome for one in ended).most_common()),
        seconds=round(took, 2),
        tickets_per_second=round(len(ended) / took, 1) if took else 0.0,
        tag_seconds_p50=quantile(seconds, 0.5),
        tag_seconds_p95=quantile(seconds, 0.95),
        api_calls_per_ticket=sum(one.calls for one in applied) / len(applied) if applied else None,
        bad_rows=bad,
    )
