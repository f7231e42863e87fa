"""The way of an event, in the seven steps of the design: only this module knows their order.

read → classify → decide → plan → apply → record, for one claimed ticket at a time.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from casebook.case import Case, after, by_people
from casebook.decision import Decision
from casebook.errors import (
    DeskError,
    DeskUnavailable,
    NotAllowed,
    OutcomeUnclear,
    RateLimited,
    TicketClosed,
    TicketGone,
    UpdateConflict,
)
from casebook.event import CommentAdded, TicketEvent
from casebook.ledger import Facts, LedgerEntry
from casebook.plan import Applied, Outcome, Plan
from casebook.ports import Clock, Desk, PlanFor, Predictor
from casebook.prediction import Prediction
from casebook.taxonomy import Taxonomy
from casebook.ticket import GONE, IMMUTABLE, Ticket
from integration.store.effects import Effects, EffectState

ENDS_A_TICKET = frozenset({"soft_deleted", "permanently_deleted", "merged", "marked_as_spam"})


class Decide(Protocol):
    """Prediction to decision; `text_digest` stands for the words that were read."""

    def __call__(self, ticket: Ticket, prediction: Prediction, *, text_digest: str) -> Decision:
        """Choose what the prediction means."""
        ...


class Cases(Protocol):
    """What is known of what people decided."""

    def get(self, ticket_id: int) -> Case:
        """The case of a ticket."""
        ...


@dataclass(frozen=True, slots=True)
class Worked:
    """A ticket after its way: what was decided, what came of it, and the case as it is now."""

    ticket: Ticket
    applied: Applied
    case: Case
    prediction: Prediction | None = None
    decision: Decision | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps, with everything they need bound."""

    desk: Desk
    predictor: Predictor
    decide: Decide
    plan_for: PlanFor
    effects: Effects
    cases: Cases
    clock: Clock
    taxonomy: Taxonomy
    bot_id: int | None
    text_key: bytes
    versions: Mapping[str, str]

    def work(self, events: Sequence[TicketEvent]) -> Worked:
        """Take a ticket's open events all the way.

        Raise RateLimited, NotAllowed, DeskUnavailable, OutcomeUnclear or UpdateConflict when the
        ticket must be tried again later; whatever is final is an outcome.
        """
        people = by_people(events, bot_id=self.bot_id)
        ticket = self.read(events)
        case = self._case_after(ticket.id, people)
        ended = _ended(ticket, people)
        if ended is not None:
            return Worked(ticket=ticket, applied=Applied(ended), case=case)
        return self._answer(ticket, case)

    def read(self, events: Sequence[TicketEvent]) -> Ticket:
        """The newest snapshot among the events, with the comments that they brought."""
        # Zendesk's times have whole seconds, so several saves may share one.
        newest = max(
            events, key=lambda event: (event.ticket.updated_at, event.at, event.sequence_position)
        ).ticket
        comments = tuple(
            event.change.comment for event in events if isinstance(event.change, CommentAdded)
        )
        return replace(newest, comments=comments)

    def _case_after(self, ticket_id: int, people: Sequence[TicketEvent]) -> Case:
        """The case after these events; a requester's comment lets life-safety tags come back.

        In the order of the events: what a person took away after the new words stays away.
        """
        case = self.cases.get(ticket_id)
        for event in people:
            if isinstance(event.change, CommentAdded) and event.brings_text:
                case = replace(case, removed=case.removed - self._life_safety_tags())
            case = after(case, [event], self.taxonomy)
        return case

    def _life_safety_tags(self) -> frozenset[str]:
        words = self.taxonomy
        life = (slug for slug, category in words.categories.items() if category.life_safety)
        return frozenset(words.category_tag(slug) for slug in life)

    def _answer(self, ticket: Ticket, case: Case) -> Worked:
        """Classify, decide, plan and apply; a conflict is answered by one new reading."""
        try:
            return self._once(ticket, case, calls=0)
        except UpdateConflict:
            return self._again(ticket, case)
        except TicketGone:
            # Found out while settling an update that was sent before.
            return Worked(ticket=ticket, applied=Applied("gone", calls=1), case=case)

    def _again(self, ticket: Ticket, case: Case) -> Worked:
        try:
            fresh = self.desk.ticket(ticket.id)
        except TicketGone:
            return Worked(ticket=ticket, applied=Applied("gone", calls=2), case=case)
        if fresh.status in IMMUTABLE or fresh.status in GONE:
            outcome: Outcome = "closed" if fresh.status in IMMUTABLE else "gone"
            return Worked(ticket=fresh, applied=Applied(outcome, calls=2), case=case)
        # A tag of ours that vanished meanwhile was taken away; its event is still on the way.
        gone = frozenset(tag for tag in ticket.tags - fresh.tags if self.taxonomy.is_ours(tag))
        case = replace(case, removed=case.removed | gone)
        return self._once(replace(fresh, comments=ticket.comments), case, calls=2)

    def _once(self, ticket: Ticket, case: Case, *, calls: int) -> Worked:
        prediction = self.predictor.predict(ticket)
        decision = self.decide(ticket, prediction, text_digest=self.digest_of(ticket))
        plan = self.plan_for(decision, ticket, case)
        applied = self._apply(decision, plan)
        return Worked(
            ticket=ticket,
            applied=replace(applied, calls=applied.calls + calls),
            case=case,
            prediction=prediction,
            decision=decision,
            plan=plan,
        )

    def digest_of(self, ticket: Ticket) -> str:
        """A keyed digest of the words: it recognises them and tells nobody what they were."""
        return hmac.digest(self.text_key, ticket.text().encode(), "sha256").hex()

    def _apply(self, decision: Decision, plan: Plan) -> Applied:
        if plan.empty:
            return Applied(_idle(decision))
        known = self.effects.get(plan.decision_id)
        if known is not None and known.state == "applied":
            return Applied("already", audit_id=known.audit_id)
        unclear = known is not None and known.state == "sent"
        if unclear:
            landed = self._settled(plan, calls=1)
            if landed is not None:
                return landed
        return self._send(plan, unclear=unclear)

    def _send(self, plan: Plan, *, unclear: bool) -> Applied:
        """One update, noted before it is sent and settled after.

        `unclear` tells that it was sent before and may still land: then only an answer settles it.
        """
        self.effects.send(plan.decision_id, plan.ticket_id, at=self.clock.now())
        try:
            applied = self.desk.apply(plan)
        except OutcomeUnclear:
            landed = self._settled(plan, calls=2)
            if landed is None:
                # It may still be on its way: look again later, and only then repeat.
                raise
            return landed
        except (TicketGone, TicketClosed) as error:
            self._settle(plan, "void")
            return Applied("gone" if isinstance(error, TicketGone) else "closed", calls=1)
        except (UpdateConflict, RateLimited, NotAllowed, DeskUnavailable):
            if not unclear:
                self._settle(plan, "void")
            raise
        except DeskError as error:
            self._settle(plan, "void")
            return Applied("refused", calls=1, detail={"status": str(error.status)})
        self._settle(plan, "applied", audit_id=applied.audit_id)
        return applied

    def _settled(self, plan: Plan, *, calls: int) -> Applied | None:
        """Find the audit of a write whose outcome is unclear; None where it did not land."""
        audit_id = self.desk.applied_audit(plan.ticket_id, plan.decision_id)
        if audit_id is None:
            return None
        self._settle(plan, "applied", audit_id=audit_id)
        return Applied("applied", audit_id=audit_id, calls=calls, detail={"settled": "by audit"})

    def _settle(self, plan: Plan, state: EffectState, *, audit_id: int | None = None) -> None:
        self.effects.settle(plan.decision_id, state, audit_id=audit_id, at=self.clock.now())

    def record(self, worked: Worked, *, received_at: datetime, found_by: str) -> LedgerEntry:
        """The ledger entry of a ticket's way: labels, ids, scores and versions."""
        now = self.clock.now()
        seconds = round((now - received_at).total_seconds(), 3)
        facts: dict[str, str | int | float | bool | list[str] | None] = {
            "outcome": worked.applied.outcome,
            "received_at": received_at.isoformat(),
            "seconds": seconds,
            "found_by": found_by,
            "calls": worked.applied.calls,
            "audit_id": worked.applied.audit_id,
            **{f"applied_{key}": value for key, value in worked.applied.detail.items()},
            **self.versions,
        }
        decision = worked.decision
        if decision is not None and worked.prediction is not None:
            facts |= _facts_of(decision, worked.prediction, worked.plan)
        return LedgerEntry(
            at=now,
            kind="worked",
            ticket_id=worked.ticket.id,
            decision_id=decision.id if decision is not None else None,
            facts=facts,
        )


def _ended(ticket: Ticket, people: Sequence[TicketEvent]) -> Outcome | None:
    """Why nothing is to be decided about a ticket, None where something is."""
    if not people:
        return "own_echo"
    if ticket.status in GONE or _was_ended(people):
        return "gone"
    if ticket.status in IMMUTABLE:
        return "closed"
    if not any(event.brings_text for event in people):
        return "noted"
    return None


def _was_ended(people: Sequence[TicketEvent]) -> bool:
    """Whether the last word on the ticket's life was its end; it can be brought back after one."""
    words = [event.type for event in people if event.type in {*ENDS_A_TICKET, "undeleted"}]
    return bool(words) and words[-1] != "undeleted"


def _idle(decision: Decision) -> Outcome:
    """Why a plan is empty."""
    if decision.ordinary:
        return "untouched"
    return "already" if decision.mode > decision.mode.OBSERVE else "observed"


def _facts_of(decision: Decision, prediction: Prediction, plan: Plan | None) -> Facts:
    severity = None if decision.severity is None else int(decision.severity)
    return {
        "primary": decision.primary,
        "secondary": list(decision.secondary),
        "sub_types": list(decision.sub_types),
        "flags": sorted(decision.flags),
        "certainty": round(decision.certainty, 4),
        "scores": [
            f"{score.category} {score.probability:.4f} {score.decided_by}"
            for score in prediction.scores
        ],
        "severity": severity,
        "priority": decision.priority,
        "group": decision.group,
        "sop": f"{decision.sop.id}@{decision.sop.version}" if decision.sop else None,
        "mode": decision.mode.name.lower(),
        "abstained": decision.abstained,
        "language": prediction.language,
        "model": prediction.model,
        "dropped": list(plan.dropped) if plan is not None else [],
    }
