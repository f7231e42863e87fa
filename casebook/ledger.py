"""The append-only, hash-chained record of everything that was done. It holds no ticket text."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS = "0" * 64
Facts = Mapping[str, "str | int | float | bool | list[str] | None"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger. `facts` are labels, ids, scores and versions, never text."""

    at: datetime
    kind: str
    ticket_id: int | None
    decision_id: str | None
    facts: Facts
    seq: int = 0
    previous: str = GENESIS
    hash: str = ""


def entry_hash(entry: LedgerEntry, previous: str) -> str:
    """SHA-256 over the previous hash and the entry in canonical JSON (sorted keys, no spaces)."""
    body = {
        # A database gives times back in UTC, whatever zone they were written in.
        "at": entry.at.astimezone(UTC).isoformat(),
        "kind": entry.kind,
        "ticket_id": entry.ticket_id,
        "decision_id": entry.decision_id,
        "facts": dict(entry.facts),
    }
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def first_break(entries: Iterable[LedgerEntry], *, previous: str = GENESIS) -> int | None:
    """Sequence number of the first entry that does not follow from the one before, else None."""
    for entry in entries:
        if entry.previous != previous or entry.hash != entry_hash(entry, previous):
            return entry.seq
        previous = entry.hash
    return None
