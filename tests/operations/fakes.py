"""Small stand-ins for the pipeline's ports: they do the least that the promise needs."""

from dataclasses import dataclass, field, replace

from casebook.case import Case
from casebook.modes import Mode
from casebook.plan import AddNote, AddTags, Applied, Plan
from casebook.taxonomy import taxonomy
from integration.store.casefile import Casefile
from integration.store.effects import Effects
from operations.pipeline import Pipeline
from tests.builders import a_decision, a_prediction, a_ticket

BOT = 77
AUDIT = 99


class Landed(Exception):
    """Raise `error` to the caller although the update landed."""

    def __init__(self, error):
        super().__init__()
        self.error = error


@dataclass
class FakeDesk:
    """A desk that answers from scripts: errors are raised, one for each call, then all is well."""

    updates: list = field(default_factory=list)
    readings: list = field(default_factory=list)
    look_ups: list = field(default_factory=list)
    applied: list[Plan] = field(default_factory=list)
    landed: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def ticket(self, ticket_id):
        self.calls.append("read")
        return self._next(self.readings) or a_ticket(id=ticket_id)

    def apply(self, plan):
        self.calls.append("write")
        try:
            self._next(self.updates)
        except Landed as landed:
            self.landed[plan.decision_id] = AUDIT
            raise landed.error from None
        self.applied.append(plan)
        self.landed[plan.decision_id] = AUDIT
        return Applied("applied", audit_id=AUDIT, calls=1)

    def applied_audit(self, ticket_id, decision_id):
        self.calls.append("look up")
        self._next(self.look_ups)
        return self.landed.get(decision_id)

    def _next(self, script):
        answer = script.pop(0) if script else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class ByWord:
    """A classifier that knows one word for each category, and remembers what it read."""

    words: dict[str, str] = field(
        default_factory=lambda: {"address": "privacy", "hurt myself": "self_harm"}
    )
    read: list[str] = field(default_factory=list)
    digest: str = "0" * 64

    def predict(self, ticket):
        self.read.append(ticket.text())
        found = {name: 0.97 for word, name in self.words.items() if word in ticket.text()}
        return a_prediction(**found)

    def predict_many(self, tickets):
        return [self.predict(ticket) for ticket in tickets]


@dataclass
class Deciding:
    """The first score is the primary category; the decision is known by the words."""

    mode: Mode = Mode.ACT

    def __call__(self, ticket, prediction, *, text_digest):
        primary = prediction.scores[0].category if prediction.scores else "general"
        others = tuple(score.category for score in prediction.scores[1:])
        return a_decision(
            primary,
            id=f"{ticket.id}-{text_digest[:16]}",
            ticket_id=ticket.id,
            secondary=others,
            mode=self.mode,
        )


def plan_for(decision, ticket, case):
    """Tags that are neither there nor taken away by a person, and a note beside them."""
    tags = frozenset(taxonomy().category_tag(slug) for slug in decision.categories)
    wanted = tags - ticket.tags - case.removed
    act = wanted and decision.mode > Mode.OBSERVE
    return Plan(
        ticket_id=ticket.id,
        decision_id=decision.id,
        updated_stamp=ticket.updated_stamp,
        tags_before=ticket.tags,
        actions=(AddTags(wanted), AddNote("<p>why</p>")) if act else (),
        dropped=tuple(sorted(tags - wanted)),
    )


def a_pipeline(store, clock, desk=None, **known):
    defaults = {
        "desk": desk or FakeDesk(),
        "predictor": ByWord(),
        "decide": Deciding(),
        "plan_for": plan_for,
        "effects": Effects(store),
        "cases": Casefile(store),
        "clock": clock,
        "taxonomy": taxonomy(),
        "bot_id": BOT,
        "text_key": b"k" * 32,
        "versions": {"taxonomy": "1", "code": "2"},
    }
    return Pipeline(**defaults | known)


def tags_of(plan):
    """The tags that a plan adds."""
    return {tag for action in plan.actions if isinstance(action, AddTags) for tag in action.tags}


@dataclass
class Cases:
    """What is known of people's doings, given by the test."""

    case: Case

    def get(self, ticket_id):
        return replace(self.case, ticket_id=ticket_id)
