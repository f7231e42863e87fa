"""Rows of a JSONL file as tickets, and answers as rows; used by classify and replay."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from casebook.decision import Decision
from casebook.prediction import Prediction
from casebook.ticket import Ticket

# A row's ticket was never updated; any instant will do, and a fixed one keeps answers the same.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A good row: its line in the file, its own id, and what it says."""

    line: int
    id: str
    subject: str
    text: str

    def as_ticket(self) -> Ticket:
        """A new ticket with the row's words."""
        return Ticket(
            id=self.line,
            subject=self.subject,
            description=self.text,
            status="new",
            priority=None,
            tags=frozenset(),
            updated_at=_NEVER,
            updated_stamp="",
        )


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that is not a row, and why; it never quotes the line."""

    line: int
    why: str


def read_rows(lines: Iterable[bytes]) -> Iterator[Row | BadRow]:
    """Rows `{"id", "subject", "text"}` (subject may be missing); empty lines are passed over."""
    for line, raw in enumerate(lines, start=1):
        if raw.strip():
            yield _row(line, raw)


def _row(line: int, raw: bytes) -> Row | BadRow:
    try:
        body = json.loads(raw)
    except UnicodeDecodeError:
        return BadRow(line, "not UTF-8")
    except (ValueError, RecursionError):
        return BadRow(line, "not JSON")
    why = _fault(body)
    if why:
        return BadRow(line, why)
    return Row(line, str(body["id"]), body.get("subject") or "", body["text"])


def _fault(body: object) -> str:
    """What is wrong with a decoded row, empty where nothing is."""
    if not isinstance(body, dict):
        return "not an object"
    if isinstance(body.get("id"), bool) or not isinstance(body.get("id"), str | int):
        return "`id` must be a string or a whole number"
    if not isinstance(body.get("text"), str):
        return "`text` must be a string"
    if not isinstance(body.get("subject"), str | None):
        return "`subject` must be a string"
    return ""


def answer_of(row: Row, prediction: Prediction, decision: Decision) -> dict[str, Any]:
    """What the product says about a row, as one JSON object."""
    severity = None if decision.severity is None else int(decision.severity)
    return {
        "id": row.id,
        "primary": decision.primary,
        "categories": [
            {
                "category": score.category,
                "sub_type": score.sub_type,
                "probability": round(score.probability, 4),
                "decided_by": score.decided_by,
            }
            for score in prediction.scores
        ],
        "flags": sorted(prediction.flags),
        "severity": severity,
        "priority": decision.priority,
        "language": prediction.language,
        "abstained": prediction.abstained,
        "reasons": [reason.words for reason in prediction.reasons],
        "model": prediction.model,
    }
