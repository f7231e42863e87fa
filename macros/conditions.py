"""Whether an SOP is meant for a ticket: Zendesk's all/any of field, operator, value."""

from collections.abc import Mapping, Sequence

from casebook.prediction import Prediction, Score
from casebook.taxonomy import Severity
from casebook.ticket import PRIORITIES, STATUSES, Ticket
from macros.schema import Condition, When
from macros.vocabulary import ConditionField

Fact = str | int | float | frozenset[str] | None
Facts = Mapping[ConditionField, Fact]

NEGATED = frozenset({"is_not", "not_includes", "not_present"})
LADDERS: Mapping[str, Sequence[str]] = {"priority": PRIORITIES, "status": STATUSES}


def facts_of(
    ticket: Ticket, prediction: Prediction, score: Score, *, severity: Severity | None
) -> Facts:
    """What can be asked about a ticket when `score` is the category being considered."""
    return {
        "category": score.category,
        "sub_type": score.sub_type,
        "flags": prediction.flags,
        "language": prediction.language,
        "current_tags": ticket.tags,
        "priority": ticket.priority,
        "status": ticket.status,
        "severity": None if severity is None else int(severity),
        "via_id": ticket.channel,
        "group_id": ticket.group_id,
        "assignee_id": ticket.assignee_id,
        "brand_id": ticket.brand_id,
        "ticket_form_id": ticket.form_id,
        "certainty": score.probability,
    }


def holds(when: When, facts: Facts) -> bool:
    """Whether every condition of `all` and at least one of a non-empty `any` is true."""
    return all(is_true(condition, facts) for condition in when.all) and (
        not when.any or any(is_true(condition, facts) for condition in when.any)
    )


def is_true(condition: Condition, facts: Facts) -> bool:
    """Whether one condition is true; an absent fact is like nothing, and on no scale."""
    fact = facts[condition.field]
    truth = _plain_truth(condition, fact)
    return not truth if condition.operator in NEGATED else truth


def _plain_truth(condition: Condition, fact: Fact) -> bool:
    """The condition as if a `not` in its operator were not there."""
    match condition.operator:
        case "is" | "is_not":
            return fact is not None and str(fact) == str(condition.value)
        case "includes" | "not_includes":
            members = fact if isinstance(fact, frozenset) else frozenset[str]()
            return not members.isdisjoint(condition.words())
        case "present" | "not_present":
            return fact is not None
        case "less_than" | "greater_than":
            return _stands(condition, fact)


def place_of(field: ConditionField, value: Fact) -> float | None:
    """Place of a value on its field's scale, None where it has none; no priority is the lowest."""
    ladder = LADDERS.get(field)
    if ladder is not None:
        if value is None:
            return -1.0 if field == "priority" else None
        return float(ladder.index(value)) if isinstance(value, str) and value in ladder else None
    try:
        return None if value is None or isinstance(value, frozenset) else float(value)
    except ValueError:
        return None


def _stands(condition: Condition, fact: Fact) -> bool:
    here, there = place_of(condition.field, fact), place_of(condition.field, condition.value)
    if here is None or there is None:
        return False
    return here < there if condition.operator == "less_than" else here > there
