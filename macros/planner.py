"""From a decision to what is still to be done to the ticket.

The order of work: what the SOP wants for the mode; what a person decided otherwise is dropped;
what the ticket already shows is dropped; the red lines are the last gate.
"""

from collections.abc import Iterator

from casebook.case import Case
from casebook.decision import Decision
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
from casebook.ticket import Ticket
from macros.library import SopLibrary
from macros.note import note_html
from macros.red_lines import RedLineCrossed, about_life, broken_red_lines, leads_about_life
from macros.schema import Sop
from macros.still_needed import Known, still_needed


def plan_for(
    decision: Decision,
    ticket: Ticket,
    case: Case,
    *,
    sops: SopLibrary,
    taxonomy: Taxonomy,
) -> Plan:
    """Choose what is still to be done to this ticket. Pure.

    A plan applied to its ticket leaves nothing for a second plan. Raise RedLineCrossed rather than
    give a plan that automation must never carry out.

    A drop-down field holds one value and its value is a tag: setting our severity field to a
    worse value makes Zendesk take the milder tag away, so no plan ever removes one itself.
    """
    sop = sops.by_id(decision.sop.id) if decision.sop else None
    dropped: list[str] = []
    actions = list(_wanted(decision, sop, taxonomy, dropped))
    if actions:
        note = AddNote(note_html(decision, sops=sops, taxonomy=taxonomy))
        actions.append(note)
    known = Known(decision, ticket, case, sop, taxonomy)
    actions = still_needed(actions, known, dropped)
    plan = Plan(
        ticket_id=ticket.id,
        decision_id=decision.id,
        updated_stamp=ticket.updated_stamp,
        tags_before=ticket.tags,
        actions=tuple(actions),
        dropped=tuple(dropped),
    )
    broken = broken_red_lines(plan, ticket, decision, taxonomy)
    if broken:
        raise RedLineCrossed(ticket.id, broken)
    return plan


def _wanted(
    decision: Decision, sop: Sop | None, taxonomy: Taxonomy, dropped: list[str]
) -> Iterator[Action]:
    """What the mode allows and the SOP asks for, whatever the ticket looks like."""
    if decision.ordinary or decision.severity is None:
        return
    if decision.mode is Mode.OBSERVE:
        dropped.append("everything: the mode only records")
        return
    yield AddTags(_tags(decision, decision.severity, sop, taxonomy))
    yield SetField("category", taxonomy.primary_tag(decision.primary))
    yield SetField("severity", taxonomy.severity_tag(decision.severity))
    yield SetField("certainty", round(decision.certainty, 2))
    acts = decision.mode is Mode.ACT
    # A life at risk reaches people also where everything else is only suggested.
    if decision.priority is not None and (acts or about_life(decision, taxonomy)):
        yield SetPriority(decision.priority)
    if decision.group is not None and (acts or leads_about_life(decision, taxonomy)):
        yield SetGroup(decision.group)
    if acts and sop is not None:
        yield from _macro(decision, sop, dropped)


def _macro(decision: Decision, sop: Sop, dropped: list[str]) -> Iterator[Action]:
    barred = sorted(set(sop.forbidden_flags) & decision.flags)
    if barred:
        dropped.append(f"macro {sop.macro.title}: forbidden while {', '.join(barred)} is set")
    else:
        yield NameMacro(sop.macro.title)


def _tags(
    decision: Decision, severity: Severity, sop: Sop | None, taxonomy: Taxonomy
) -> frozenset[str]:
    tags = {taxonomy.tags.done, taxonomy.severity_tag(severity)}
    tags |= {taxonomy.category_tag(category) for category in decision.categories}
    tags |= {taxonomy.sub_type_tag(sub_type) for sub_type in decision.sub_types}
    tags |= {taxonomy.flag_tag(flag) for flag in decision.flags}
    return frozenset(tags | (sop.tags() if sop else frozenset()))
