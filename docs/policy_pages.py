"""The taxonomy and the SOP library as pages for people."""

from casebook.taxonomy import Category, Taxonomy, taxonomy
from docs.markdown import HEAD, bullets, code, codes, table
from macros.library import SopLibrary, load_library
from macros.note import APPROVERS
from macros.schema import Condition, Sop, When
from macros.vocabulary import VALUELESS

# Taxonomy --------------------------------------------------------------------------------------


def taxonomy_page() -> str:
    """Categories, severities, groups and flags, with the tags that stand for them."""
    words = taxonomy()
    parts = [
        HEAD.format(source="casebook/taxonomy.yaml"),
        f"# Taxonomy\n\nVersion {words.version}. What is not in here cannot be said about a ",
        f"ticket. Every tag that Casewarden sets starts with `{words.tags.category}`; ",
        f"`{words.tags.done}` marks a ticket that it has tagged.\n",
        _severities(words),
        _precedence(words),
        "\n## Categories\n",
    ]
    parts += [_category(slug, words) for slug in words.sensitive]
    return "".join([*parts, _groups(words), _flags(words)])


def _severities(words: Taxonomy) -> str:
    rows = (
        (
            f"SEV{level}",
            code(f"{words.tags.severity}{level}"),
            target.priority,
            _minutes(target.acknowledge_minutes),
            _minutes(target.contain_minutes),
        )
        for level, target in words.severities.items()
    )
    heads = ("severity", "tag", "priority", "look at it within", "contain it within")
    return (
        "\n## Severities\n\nA smaller number is worse. The times are policy, not law.\n\n"
        + table(heads, rows)
    )


def _minutes(minutes: int | None) -> str:
    if minutes is None:
        return "-"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:g} hours"


def _precedence(words: Taxonomy) -> str:
    lines = (
        f"{number}. {words.categories[place.category].title}"
        + (" (imminent)" if place.imminent else "")
        for number, place in enumerate(words.precedence, start=1)
    )
    return (
        "\n## Precedence\n\nOf several categories of the same severity the first one leads.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _category(slug: str, words: Taxonomy) -> str:
    category = words.categories[slug]
    rows = (
        (code(sub), code(words.sub_type_tag(sub)), f"SEV{level}")
        for sub, level in category.sub_types.items()
    )
    return (
        f"\n### {category.title}\n\n{category.definition}.\n\n{_traits(slug, category, words)}\n\n"
        + table(("sub-type", "tag", "severity"), rows)
    )


def _traits(slug: str, category: Category, words: Taxonomy) -> str:
    severity = f"SEV{category.severity}"
    if category.when_imminent is not None:
        severity += f", SEV{category.when_imminent} when imminent"
    said = [f"Tag `{words.category_tag(slug)}`", severity, f"group {category.group}"]
    said += ["life-safety"] if category.life_safety else []
    said += ["no public reply by automation"] if category.never_public else []
    said += ["never trained on"] if category.never_train else []
    return " · ".join(said)


def _groups(words: Taxonomy) -> str:
    rows = ((group.name, group.duty, "yes" if group.restricted else "no") for group in words.groups)
    return "\n## Groups\n\n" + table(("group", "duty", "restricted"), rows)


def _flags(words: Taxonomy) -> str:
    rows = ((code(flag), code(words.flag_tag(flag)), text) for flag, text in words.flags.items())
    return (
        "\n## Flags\n\nA flag qualifies what was found; alone it never makes a ticket "
        "sensitive.\n\n" + table(("flag", "tag", "meaning"), rows)
    )


# SOPs ------------------------------------------------------------------------------------------


def sops_page() -> str:
    """Every SOP of the shipped library, as a page for people."""
    library = load_library()
    return (
        HEAD.format(source="macros/library")
        + "# Standard operating procedures\n\nThe shipped library. How to change it: "
        "[sop-files.md](sop-files.md). Deadlines marked *confirm with Legal* were not checked "
        "against the primary text; none of this is legal advice.\n"
        + "".join(_sop(sop, library) for sop in library.sops)
    )


def _sop(sop: Sop, library: SopLibrary) -> str:
    facts = [
        f"- When: {_when(sop.when)}",
        f"- Severity: SEV{sop.severity} where no sub-type says otherwise",
        f"- Route: group {sop.wanted('group_id') or '-'}, priority {sop.wanted('priority') or '-'}",
        f"- Tags: {codes(sorted(sop.tags()))}",
        f"- Approval: {APPROVERS[sop.approver]}",
        f"- Macro: {sop.macro.title}. {sop.macro.description}",
    ]
    if sop.forbidden_flags:
        facts.append(f"- No macro while set: {codes(sop.forbidden_flags)}")
    state = f"`{sop.id}`, version {sop.version}, {sop.life}. Owner: {sop.owner}."
    lists = (
        bullets("Steps", sop.steps, numbered=True),
        bullets("Do", sop.do),
        bullets("Don't", sop.dont),
        bullets("Clocks that may run", _clocks(sop, library)),
    )
    head = f"\n## {sop.title}\n\n{state} Review by {sop.review_by}.\n\n"
    return head + "\n".join(facts) + "\n" + "".join(lists)


def _clocks(sop: Sop, library: SopLibrary) -> list[str]:
    clocks = (library.clocks[name] for name in sop.clocks)
    return [
        f"{clock.title}: {clock.law}" + ("" if clock.verified else " (*confirm with Legal*)")
        for clock in clocks
    ]


def _when(when: When) -> str:
    every = " and ".join(_condition(condition) for condition in when.all)
    some = " or ".join(_condition(condition) for condition in when.any)
    return " and ".join(part for part in (every, f"({some})" if some else "") if part)


def _condition(condition: Condition) -> str:
    said = f"`{condition.field}` {condition.operator.replace('_', ' ')}"
    return said if condition.operator in VALUELESS else f"{said} `{condition.value}`"
