"""What a prediction means: one primary category, how severe, how far automation may go."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from casebook.decision import Decision, SopRef
from casebook.modes import Mode
from casebook.prediction import Prediction
from casebook.taxonomy import GENERAL, Severity, Taxonomy
from casebook.ticket import PRIORITIES, Priority, Ticket, priority_rank
from macros.because import reasons_for, reasons_for_nothing
from macros.findings import Found, findings_of, known_flags, outspoken
from macros.library import SopLibrary
from macros.schema import Sop

ID_LENGTH = 26


def decide(  # noqa: PLR0913 - everything that a decision depends on is passed in, by name
    ticket: Ticket,
    prediction: Prediction,
    *,
    sops: SopLibrary,
    taxonomy: Taxonomy,
    modes: Mapping[str, Mode],
    default_mode: Mode,
    text_digest: str,
) -> Decision:
    """Choose what the prediction means for this ticket. Pure; the same input, the same `id`.

    `modes` go by category; `text_digest` stands for the words that the classifier read, so that
    new words make a new decision. No score, or an abstaining classifier, leaves the ticket alone.
    """
    found = findings_of(ticket, prediction, sops=sops, taxonomy=taxonomy)
    decision = _ordinary(ticket, prediction)
    if found:
        spoken = outspoken(found, modes=modes, default_mode=default_mode)
        decision = _sensitive(
            ticket, prediction, list(spoken.found), taxonomy=taxonomy, mode=spoken.mode
        )
        decision = replace(decision, because=(*decision.because, *spoken.held_back))
    basis = (text_digest, prediction.model, taxonomy.version, sops.digest)
    return replace(decision, id=decision_id(decision, basis))


def decision_id(decision: Decision, basis: tuple[str, ...]) -> str:
    """26 characters of base32 (130 bits) over the outcome and what it rests on.

    `basis` holds the digests of the words and the model, the taxonomy's version and the digest
    of the SOPs. `because`, certainty and sub-types follow from these and do not count.
    """
    content = [
        decision.ticket_id,
        *basis,
        decision.mode.name,
        decision.primary,
        list(decision.secondary),
        sorted(decision.flags),
        None if decision.severity is None else int(decision.severity),
    ]
    canonical = json.dumps(content, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:ID_LENGTH]


def _ordinary(ticket: Ticket, prediction: Prediction) -> Decision:
    return Decision(
        id="",
        ticket_id=ticket.id,
        primary=GENERAL,
        abstained=prediction.abstained,
        because=reasons_for_nothing(prediction),
        model=prediction.model,
    )


def _sensitive(
    ticket: Ticket,
    prediction: Prediction,
    found: list[Found],
    *,
    taxonomy: Taxonomy,
    mode: Mode,
) -> Decision:
    first = found[0]
    severity = min(each.severity for each in found)
    sub_types = (each.score.sub_type for each in found)
    sop = first.sop
    return Decision(
        id="",
        ticket_id=ticket.id,
        primary=first.category,
        secondary=tuple(each.category for each in found[1:]),
        sub_types=tuple(dict.fromkeys(sub for sub in sub_types if sub is not None)),
        flags=known_flags(prediction, taxonomy),
        certainty=first.score.probability,
        severity=severity,
        priority=_priority(severity, sop, taxonomy),
        group=_group(first.category, sop, taxonomy),
        sop=None if sop is None else SopRef(sop.id, sop.version),
        mode=mode,
        abstained=prediction.abstained,
        because=tuple(reasons_for(found, prediction, taxonomy=taxonomy)),
        model=prediction.model,
    )


def _priority(severity: Severity, sop: Sop | None, taxonomy: Taxonomy) -> Priority:
    """The severity's priority, or the SOP's where that is higher."""
    wanted = {taxonomy.target(severity).priority, sop.wanted("priority") if sop else None}
    return max((p for p in PRIORITIES if p in wanted), key=priority_rank)


def _group(category: str, sop: Sop | None, taxonomy: Taxonomy) -> str | None:
    return (sop.wanted("group_id") if sop else None) or taxonomy.categories[category].group
