"""Builders for the macros tests: a ticket, a prediction, an SOP, and a desk that shows a plan."""

from dataclasses import replace
from datetime import UTC, datetime

from casebook.case import Case
from casebook.modes import Mode
from casebook.plan import AddTags, SetField, SetGroup, SetPriority
from casebook.prediction import Prediction, Score
from casebook.taxonomy import taxonomy
from casebook.ticket import Ticket
from macros.decide import decide
from macros.library import SopLibrary, load_clocks, load_library
from macros.planner import plan_for
from macros.schema import Sop

WORDS = taxonomy()
SHIPPED = load_library()
CLOCKS = load_clocks()
SECRET_WORDS = "the requester's own words"


def a_ticket(**changes):
    ticket = Ticket(
        id=4711,
        subject=f"{SECRET_WORDS} (subject)",
        description=f"{SECRET_WORDS} (description)",
        status="new",
        priority=None,
        tags=frozenset(),
        updated_at=datetime(2026, 11, 22, 9, 41, tzinfo=UTC),
        updated_stamp="2026-11-22T09:41:07Z",
        group_id=360,
    )
    changes = {k: frozenset(v) if k == "tags" else v for k, v in changes.items()}
    return replace(ticket, **changes)


def a_score(category="privacy", probability=0.97, **changes):
    return replace(Score(category, None, probability, "model", "act"), **changes)


def a_prediction(*scores, flags=(), **changes):
    prediction = Prediction(scores, frozenset(flags), "en", model="5e" * 32)
    return replace(prediction, **changes)


def a_case(**changes):
    return replace(Case(4711), **{k: frozenset(v) for k, v in changes.items()})


def sop_data(**changes):
    category = changes.pop("category", "privacy")
    data = {
        "sop": "privacy",
        "title": "Privacy requests",
        "version": 3,
        "life": "live",
        "owner": "Privacy Lead",
        "review_by": datetime(2027, 5, 31, tzinfo=UTC).date(),
        "when": {"all": ({"field": "category", "operator": "is", "value": category},)},
        "severity": 3,
        "then": (),
        "approver": "privacy",
        "steps": ("Record when it came in",),
        "macro": {
            "title": "Casewarden::Privacy::Acknowledge",
            "description": "Confirms receipt",
            "actions": (
                {"field": "comment_value", "value": "Thank you."},
                {"field": "comment_mode_is_public", "value": "true"},
            ),
        },
    }
    return data | changes


def an_sop(**changes):
    return Sop.model_validate(sop_data(**changes))


def a_library(*sops):
    return SopLibrary.of(sops, CLOCKS)


def decided(prediction, *, ticket=None, sops=SHIPPED, mode=Mode.ACT, **more):
    return decide(
        ticket or a_ticket(),
        prediction,
        sops=sops,
        taxonomy=WORDS,
        modes=more.get("modes", {}),
        default_mode=mode,
        text_digest=more.get("words", "digest"),
    )


def planned(decision, *, ticket=None, case=None, sops=SHIPPED, **more):
    return plan_for(
        decision, ticket or a_ticket(), case or a_case(), sops=sops, taxonomy=WORDS, **more
    )


def action_of(plan, kind, key=None):
    """The plan's action of a kind, and of a field where a key is given; None without one."""
    return next(
        (a for a in plan.actions if isinstance(a, kind) and (key is None or a.key == key)), None
    )


def tags_of(plan):
    action = action_of(plan, AddTags)
    return action.tags if action else frozenset()


def show(plan, ticket):
    """The ticket as the desk would show it after the plan: a drop-down holds one value."""
    tags = set(ticket.tags)
    for action in plan.actions:
        match action:
            case AddTags(added):
                tags |= added
            case SetPriority(priority):
                ticket = replace(ticket, priority=priority)
            case SetGroup():
                ticket = replace(ticket, group_id=99)
            case SetField("category", value):
                tags = {t for t in tags if not t.startswith(WORDS.tags.primary)} | {value}
            case SetField("severity", value):
                tags = {t for t in tags if not t.startswith(WORDS.tags.severity)} | {value}
    return replace(ticket, tags=frozenset(tags))
