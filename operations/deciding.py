"""Binding the pure `decide` and `plan_for` to this installation's SOPs, words and modes."""

from collections.abc import Mapping

from casebook.case import Case
from casebook.decision import Decision
from casebook.modes import Mode
from casebook.plan import Plan
from casebook.ports import PlanFor
from casebook.prediction import Prediction
from casebook.taxonomy import Taxonomy
from casebook.ticket import Ticket
from macros.decide import decide
from macros.library import SopLibrary
from macros.planner import plan_for
from operations.pipeline import Decide


def decide_with(sops: SopLibrary, words: Taxonomy, modes: Mapping[str, Mode]) -> Decide:
    """`decide` for this installation."""

    def decided(ticket: Ticket, prediction: Prediction, *, text_digest: str) -> Decision:
        return decide(
            ticket,
            prediction,
            sops=sops,
            taxonomy=words,
            modes=modes,
            default_mode=Mode.OBSERVE,
            text_digest=text_digest,
        )

    return decided


def plan_with(sops: SopLibrary, words: Taxonomy) -> PlanFor:
    """`plan_for` for this installation."""

    def planned(decision: Decision, ticket: Ticket, case: Case) -> Plan:
        return plan_for(decision, ticket, case, sops=sops, taxonomy=words)

    return planned
