"""What no plan may do, whatever the model, the SOPs or the settings say.

Each rule is checked on the finished plan, apart from the code that made it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from casebook.decision import Decision
from casebook.errors import CaseworkError
from casebook.modes import Mode
from casebook.plan import (
    Action,
    AddNote,
    AddTags,
    NameMacro,
    Plan,
    SetField,
    SetGroup,
    SetPriority,
)
from casebook.taxonomy import Severity, Taxonomy
from casebook.ticket import Priority, Ticket, priority_rank
from macros.note import ALLOWED_TAGS, MOST_BYTES

MARKUP = re.compile(r"<[^>]*>?")
ALLOWED_MARKUP = re.compile(rf"</?(?:{'|'.join(ALLOWED_TAGS)})>")
LIQUID = re.compile(r"\{\{|\{%|%\}|\}\}")


class RedLineCrossed(CaseworkError):
    """A plan would do what automation must never do; nothing of it may be applied."""

    def __init__(self, ticket_id: int, broken: list[str]) -> None:
        super().__init__(f"plan for ticket {ticket_id} is refused: {'; '.join(broken)}")
        self.broken = broken


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a rule looks at."""

    plan: Plan
    ticket: Ticket
    decision: Decision
    taxonomy: Taxonomy


def broken_red_lines(
    plan: Plan, ticket: Ticket, decision: Decision, taxonomy: Taxonomy
) -> list[str]:
    """Every red line that the plan crosses, in words; empty for a plan that may be applied."""
    scene = _Scene(plan, ticket, decision, taxonomy)
    if strange := list(_touches_nothing_else(scene)):
        return strange
    return [fault for rule in RULES for fault in rule(scene)]


def worst_shown(ticket: Ticket, taxonomy: Taxonomy) -> Severity | None:
    """The worst severity among the ticket's tags, None where it carries none of ours."""
    shown = (level for level in Severity if taxonomy.severity_tag(level) in ticket.tags)
    return min(shown, default=None)


def widens_access(group: str, ticket: Ticket, taxonomy: Taxonomy) -> bool:
    """Whether routing there opens a ticket of a restricted category to an unrestricted group."""
    restricted = {entry.name for entry in taxonomy.groups if entry.restricted}
    owners = {
        taxonomy.categories[category].group for category in taxonomy.categories_in(ticket.tags)
    }
    return group not in restricted and bool(owners & restricted)


def about_life(decision: Decision, taxonomy: Taxonomy) -> bool:
    """Whether any category of the decision is about life or a child's safety."""
    return any(taxonomy.categories[category].life_safety for category in decision.categories)


def leads_about_life(decision: Decision, taxonomy: Taxonomy) -> bool:
    """Whether the primary category is about life or a child's safety."""
    return taxonomy.categories[decision.primary].life_safety


def _is_about_this_ticket(scene: _Scene) -> Iterator[str]:
    if not scene.plan.ticket_id == scene.ticket.id == scene.decision.ticket_id:
        yield "plan, ticket and decision are not about the same ticket"


def _stays_within_its_mode(scene: _Scene) -> Iterator[str]:
    """An ordinary ticket is left alone; observing records; suggesting moves only life-safety."""
    decision, taxonomy = scene.decision, scene.taxonomy
    if (decision.ordinary or decision.mode is Mode.OBSERVE) and scene.plan.actions:
        yield "it writes although the ticket is only observed or ordinary"
    if decision.mode is not Mode.SUGGEST:
        return
    for action in scene.plan.actions:
        match action:
            case SetPriority() if not about_life(decision, taxonomy):
                yield "it sets a priority although it may only suggest"
            case SetGroup() if not leads_about_life(decision, taxonomy):
                yield "it routes although it may only suggest"
            case NameMacro():
                yield "it names a macro although it may only suggest"
            case _:
                pass


def _adds_and_raises_only(scene: _Scene) -> Iterator[str]:
    for action in scene.plan.actions:
        yield from _of_action(action, scene)


def _of_action(action: Action, scene: _Scene) -> Iterator[str]:
    match action:
        case AddTags(tags):
            yield from _of_tags(tags, scene)
        case SetPriority(priority):
            yield from _of_priority(priority, scene.ticket)
        case SetGroup(group):
            yield from _of_group(group, scene)
        case SetField("severity", value):
            yield from _of_severity(frozenset({str(value)}), scene)
        case AddNote(html):
            yield from _of_note(html)
        case SetField() | NameMacro():
            pass


def _of_priority(priority: Priority, ticket: Ticket) -> Iterator[str]:
    if priority_rank(priority) < priority_rank(ticket.priority):
        yield f"it lowers the priority to {priority}"


def _of_group(group: str, scene: _Scene) -> Iterator[str]:
    if widens_access(group, scene.ticket, scene.taxonomy):
        yield f"it opens a restricted ticket to {group}"


def _of_tags(tags: frozenset[str], scene: _Scene) -> Iterator[str]:
    foreign = sorted(tag for tag in tags if not scene.taxonomy.is_ours(tag))
    if foreign:
        yield f"it adds tags that are not ours: {', '.join(foreign)}"
    yield from _of_severity(tags, scene)


def _of_severity(tags: frozenset[str], scene: _Scene) -> Iterator[str]:
    """A drop-down holds one value, so that a milder severity tag would push out the worse one."""
    shown = worst_shown(scene.ticket, scene.taxonomy)
    for level in Severity:
        if shown is not None and level > shown and scene.taxonomy.severity_tag(level) in tags:
            yield f"it lowers the severity from {shown.name} to {level.name}"


def _of_note(html: str) -> Iterator[str]:
    if LIQUID.search(html):
        yield "its note holds Liquid"
    if any(not ALLOWED_MARKUP.fullmatch(markup) for markup in MARKUP.findall(html)):
        yield "its note holds markup that is not allowed"
    if len(html.encode()) > MOST_BYTES:
        yield f"its note is longer than {MOST_BYTES} bytes"


def _says_each_thing_once(scene: _Scene) -> Iterator[str]:
    """One note, one priority, one group: Zendesk takes one of each in an update."""
    kinds = [
        (type(action).__name__, action.key if isinstance(action, SetField) else "")
        for action in scene.plan.actions
    ]
    if len(kinds) != len(set(kinds)):
        yield "it says one thing twice"


def _touches_nothing_else(scene: _Scene) -> Iterator[str]:
    """No public reply, status, copy, requester, attachment: there is no action for any of them."""
    known = {AddTags, SetPriority, SetGroup, SetField, AddNote, NameMacro}
    if {type(action) for action in scene.plan.actions} - known:
        yield "it holds an action that is not known here"


RULES: tuple[Callable[[_Scene], Iterator[str]], ...] = (
    _is_about_this_ticket,
    _stays_within_its_mode,
    _adds_and_raises_only,
    _says_each_thing_once,
)
