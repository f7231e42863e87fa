"""What of a plan is still needed: a person's word comes first, then what the ticket shows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from casebook.case import Case
from casebook.decision import Decision
from casebook.plan import (
    Action,
    AddNote,
    AddTags,
    NameMacro,
    SetField,
    SetGroup,
    SetPriority,
)
from casebook.taxonomy import Severity, Taxonomy
from casebook.ticket import Ticket, priority_rank
from macros.red_lines import leads_about_life, widens_access, worst_shown
from macros.schema import Sop

PERSON = "a person decided otherwise"
SHOWN = "the ticket shows it already"
NOTHING_NEW = "nothing new to go with"


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that speaks for or against an action."""

    decision: Decision
    ticket: Ticket
    case: Case
    sop: Sop | None
    taxonomy: Taxonomy

    def rejected(self, category: str) -> bool:
        """Whether a person took this category's tag away."""
        return self.taxonomy.category_tag(category) in self.case.removed

    @property
    def lead_rejected(self) -> bool:
        """Whether a person took the primary category away or chose another one in the field."""
        field = self.taxonomy.primary_tag(self.decision.primary)
        return self.rejected(self.decision.primary) or field in self.case.removed

    @property
    def severity_rejected(self) -> bool:
        """Whether a person corrected what the severity stands for.

        So it is when a severity as bad as this one, or worse, was taken away; or when the primary
        category was, unless a category about somebody's life is left.
        """
        if self.decision.severity is None:
            return True
        levels = (Severity(n) for n in range(int(self.decision.severity) + 1))
        if any(self.taxonomy.severity_tag(level) in self.case.removed for level in levels):
            return True
        return self.lead_rejected and not self._life_is_left

    @property
    def _life_is_left(self) -> bool:
        return any(
            self.taxonomy.categories[category].life_safety and not self.rejected(category)
            for category in self.decision.categories
        )

    @property
    def leaders_shown(self) -> tuple[str, ...]:
        """The categories that the ticket's category field shows; more than one only by mishap."""
        taxonomy = self.taxonomy
        return tuple(c for c in taxonomy.sensitive if taxonomy.primary_tag(c) in self.ticket.tags)

    @property
    def outranked(self) -> bool:
        """Whether the ticket shows a primary category that comes before ours."""
        shown = self.leaders_shown
        if not shown or self.decision.primary in shown:
            return False
        ours = self._place(self.decision.primary, self.decision.severity)
        worst = worst_shown(self.ticket, self.taxonomy)
        return min(self._place(category, worst) for category in shown) <= ours

    def _place(self, category: str, severity: Severity | None) -> tuple[bool, int, int]:
        entry = self.taxonomy.categories[category]
        level = severity if severity is not None else entry.severity
        rank = self.taxonomy.rank(category, imminent="imminent" in self.decision.flags)
        return not entry.life_safety, 9 if level is None else int(level), rank


def still_needed(actions: Iterable[Action], known: Known, dropped: list[str]) -> list[Action]:
    """The actions that are left, in order; each one dropped is named with its reason."""
    if known.decision.categories and all(map(known.rejected, known.decision.categories)):
        dropped.append(f"everything: {PERSON}")
        return []
    left = [kept for action in actions for kept in _kept(action, known, dropped)]
    return [action for action in left if not _is_lonely(action, left, known, dropped)]


def _kept(action: Action, known: Known, dropped: list[str]) -> Iterator[Action]:
    if isinstance(action, AddTags):
        tags = frozenset(_tags_left(action.tags, known, dropped))
        if tags:
            yield AddTags(tags)
        return
    reason = _against(action, known)
    if reason is None:
        yield action
    else:
        dropped.append(f"{_name(action)}: {reason}")


# Tags ------------------------------------------------------------------------------------------


def _tags_left(tags: Iterable[str], known: Known, dropped: list[str]) -> Iterator[str]:
    for tag in sorted(tags):
        reason = _against_tag(tag, known)
        if reason is None:
            yield tag
        else:
            dropped.append(f"tag {tag}: {reason}")


def _against_tag(tag: str, known: Known) -> str | None:
    if tag in known.ticket.tags:
        return SHOWN
    if tag in known.case.removed or tag in _tags_of_rejected(known):
        return PERSON
    if tag.startswith(known.taxonomy.tags.severity):
        return _against_severity(known)
    return None


def _against_severity(known: Known) -> str | None:
    worst = worst_shown(known.ticket, known.taxonomy)
    ours = known.decision.severity
    if worst is not None and ours is not None and worst <= ours:
        return SHOWN if worst == ours else f"the ticket shows {worst.name}"
    return PERSON if known.severity_rejected else None


def _tags_of_rejected(known: Known) -> frozenset[str]:
    """Tags that came only with a category that a person took away."""
    taxonomy, categories = known.taxonomy, known.decision.categories
    kept = [category for category in categories if not known.rejected(category)]
    left = {sub for category in kept for sub in taxonomy.categories[category].sub_types}
    gone = {taxonomy.sub_type_tag(sub) for sub in known.decision.sub_types if sub not in left}
    if known.lead_rejected and known.sop is not None:
        gone |= known.sop.tags() - {taxonomy.category_tag(category) for category in kept}
    return frozenset(gone)


# Everything else -------------------------------------------------------------------------------


def _against(action: Action, known: Known) -> str | None:
    match action:
        case SetPriority(priority):
            return _against_priority(priority_rank(priority), known)
        case SetGroup(group):
            return _against_group(group, known)
        case SetField("severity"):
            return _against_severity(known)
        case SetField("category"):
            return _against_lead(known)
        case SetField() | AddNote() | NameMacro():
            return PERSON if known.lead_rejected else None
        case AddTags():
            return None


def _against_priority(wanted: int, known: Known) -> str | None:
    if priority_rank(known.ticket.priority) >= wanted:
        return f"the ticket has {known.ticket.priority}"
    if "priority" in known.case.held or (known.lead_rejected and known.severity_rejected):
        return PERSON
    return None


def _against_group(group: str, known: Known) -> str | None:
    if "group" in known.case.held or known.lead_rejected:
        return PERSON
    if known.outranked:
        return "the ticket shows a category that comes first"
    if widens_access(group, known.ticket, known.taxonomy):
        return "it would open a restricted ticket"
    if known.ticket.assignee_id is not None and not leads_about_life(
        known.decision, known.taxonomy
    ):
        return "somebody has taken the ticket"
    return None


def _against_lead(known: Known) -> str | None:
    if known.decision.primary in known.leaders_shown:
        return SHOWN
    if known.lead_rejected:
        return PERSON
    return "the ticket shows a category that comes first" if known.outranked else None


# Company ---------------------------------------------------------------------------------------


def _is_lonely(action: Action, left: Sequence[Action], known: Known, dropped: list[str]) -> bool:
    """Whether an action whose effect a ticket cannot show is left without news to go with.

    The ticket does not show whether a note was written, a macro named or a field exists, and
    group ids are not names; so these go along with what is seen to be new, and never alone.
    """
    lonely = not _has_company(action, left, known)
    if lonely:
        dropped.append(f"{_name(action)}: {NOTHING_NEW}")
    return lonely


def _has_company(action: Action, left: Sequence[Action], known: Known) -> bool:
    match action:
        case AddTags() | SetPriority():
            return True
        case SetGroup():
            return known.ticket.group_id is None or _raises(left) or _tells(left, known)
        case SetField("severity"):
            return any(isinstance(other, AddTags) for other in left)
        case SetField() | AddNote() | NameMacro():
            return _tells(left, known)


def _raises(left: Sequence[Action]) -> bool:
    return any(isinstance(action, SetPriority) for action in left)


def _tells(left: Sequence[Action], known: Known) -> bool:
    """Whether a category, sub-type or severity is new, the ticket is, or its leader changes."""
    findings = _tags_of_findings(known)
    return any(
        (isinstance(action, AddTags) and not findings.isdisjoint(action.tags))
        or (isinstance(action, SetField) and action.key == "category" and known.leaders_shown)
        for action in left
    )


def _tags_of_findings(known: Known) -> frozenset[str]:
    taxonomy, decision = known.taxonomy, known.decision
    tags = {taxonomy.tags.done}
    tags |= {taxonomy.category_tag(category) for category in decision.categories}
    tags |= {taxonomy.sub_type_tag(sub_type) for sub_type in decision.sub_types}
    tags |= {taxonomy.severity_tag(level) for level in Severity}
    return frozenset(tags)


def _name(action: Action) -> str:
    match action:
        case SetPriority(priority):
            return f"priority {priority}"
        case SetGroup(group):
            return f"group {group}"
        case SetField(key):
            return f"field {key}"
        case NameMacro(title):
            return f"macro {title}"
        case AddNote():
            return "note"
        case AddTags():
            return "tags"
