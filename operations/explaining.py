"""Why a ticket is taken for what it is, and what would be done: for people, without its text."""

from typing import Any

from casebook.case import Case
from casebook.ledger import LedgerEntry
from casebook.plan import Action, AddNote, AddTags, NameMacro, SetField, SetGroup, SetPriority
from casebook.ports import Predictor
from operations.wiring import Services


def explain_ticket(services: Services, predictor: Predictor, ticket_id: int) -> dict[str, Any]:
    """Read a ticket of the desk, classify, decide and plan; nothing is written."""
    pipeline = services.pipeline(predictor)
    ticket = services.desk.ticket(ticket_id)
    prediction = predictor.predict(ticket)
    decision = pipeline.decide(ticket, prediction, text_digest=pipeline.digest_of(ticket))
    case: Case = pipeline.cases.get(ticket_id)
    plan = pipeline.plan_for(decision, ticket, case)
    severity = "none" if decision.severity is None else f"SEV{int(decision.severity)}"
    return {
        "ticket": [f"{ticket.id}, {ticket.status}, language {prediction.language}"],
        "taken_for": [", ".join(decision.categories) or "ordinary: it is left alone"],
        "severity_and_route": [f"{severity}, {decision.priority or '-'}, {decision.group or '-'}"],
        "because": list(decision.because) or ["nothing sensitive was found"],
        "reasons": [reason.words for reason in prediction.reasons] or ["-"],
        "would_do": [shown(action) for action in plan.actions] or ["nothing"],
        "left_out": list(plan.dropped) or ["-"],
        "history": [_line(entry) for entry in services.ledger.of(ticket_id)] or ["-"],
        "model": [prediction.model],
    }


def shown(action: Action) -> str:
    """An action in a few words."""
    match action:
        case AddTags(added):
            return "add tags " + " ".join(sorted(added))
        case SetPriority(priority):
            return f"raise the priority to {priority}"
        case SetGroup(group):
            return f"route to {group}"
        case SetField(key, value):
            return f"set the field {key} to {value}"
        case AddNote(html):
            return f"add an internal note of {len(html)} characters"
        case NameMacro(title):
            return f"name the macro {title}"


def _line(entry: LedgerEntry) -> str:
    facts = entry.facts
    what = facts.get("outcome") or entry.kind
    return f"{entry.at.isoformat(timespec='seconds')} {what} {facts.get('primary') or ''}".strip()
