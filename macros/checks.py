"""What the schema cannot see in an SOP: whether its words exist, and whether it stays in bounds."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from casebook.taxonomy import Taxonomy
from casebook.ticket import PRIORITIES, STATUSES
from macros.conditions import place_of
from macros.faults import Level
from macros.schema import ClockTitle, Condition, Effect, Sop
from macros.vocabulary import (
    COMMENT_FIELDS,
    MACRO_FIELDS,
    MACRO_TITLE_START,
    MACRO_VALUES,
    PLACEHOLDERS,
    REFUSED_FIELDS,
    THEN_FIELDS,
    VALUELESS,
)
from macros.yaml_lines import Spot

TAG_SHAPE = re.compile(r"[a-z0-9_]{1,80}")
BRACES = re.compile(r"\{\{([^{}]{0,200})\}\}|\{%|%\}|\{|\}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault inside one SOP; `spot` is the way to it from the top of the file."""

    spot: Spot
    reason: str
    mend: str
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class Words:
    """What an SOP's words are checked against, and the day on which."""

    taxonomy: Taxonomy
    clocks: Mapping[str, ClockTitle]
    today: date


def findings_in(sop: Sop, words: Words) -> Iterator[Finding]:
    """Every fault of one SOP that is well-formed."""
    yield from _in_conditions(sop, words.taxonomy)
    yield from _in_then(sop, words.taxonomy)
    yield from _in_macro(sop, words.taxonomy)
    for i, clock in enumerate(sop.clocks):
        yield from _known(clock, tuple(words.clocks), what="clock", spot=("clocks", i))
    for i, flag in enumerate(sop.forbidden_flags):
        yield from _known(
            flag, tuple(words.taxonomy.flags), what="flag", spot=("forbidden_flags", i)
        )
    if sop.review_by < words.today:
        yield Finding(
            ("review_by",),
            f"the review was due on {sop.review_by}",
            f"let {sop.owner} review it and set a new date",
            "warning",
        )


def _known(word: str, among: tuple[str, ...], *, what: str, spot: Spot) -> Iterator[Finding]:
    if word in among:
        return
    near = get_close_matches(word, among, n=1)
    mend = f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(among[:12])}"
    yield Finding(spot, f"unknown {what} '{word}'", mend)


# Conditions ------------------------------------------------------------------------------------


def _in_conditions(sop: Sop, taxonomy: Taxonomy) -> Iterator[Finding]:
    if sop.category is None:
        yield Finding(
            ("when",),
            "`all` does not ask for exactly one category",
            "add {field: category, operator: is, value: ...} to `all`",
        )
    for part in ("all", "any"):
        conditions: tuple[Condition, ...] = getattr(sop.when, part)
        for i, condition in enumerate(conditions):
            yield from _in_condition(sop, condition, ("when", part, i, "value"), taxonomy)


def _in_condition(
    sop: Sop, condition: Condition, spot: Spot, taxonomy: Taxonomy
) -> Iterator[Finding]:
    field, word = condition.field, str(condition.value)
    if condition.operator in VALUELESS:
        return
    if field in _CLOSED:
        what, among = _CLOSED[field]
        for each in condition.words():
            yield from _known(each, among(taxonomy), what=what, spot=spot)
    elif field == "sub_type":
        yield from _sub_type(sop, word, spot, taxonomy)
    elif field in _NUMBERS and place_of(field, condition.value) is None:
        yield Finding(spot, f"{field} needs a number", "write a number")
    elif field in _IDS and not word.isdigit():
        mend = "write the number; names are resolved in `then` only"
        yield Finding(spot, f"{field} in `when` needs an id", mend)


_NUMBERS = frozenset({"severity", "certainty"})
_IDS = frozenset({"group_id", "brand_id", "ticket_form_id"})
# Fields with a closed vocabulary: what one of its words is called, and where they come from.
_CLOSED: Mapping[str, tuple[str, Callable[[Taxonomy], tuple[str, ...]]]] = {
    "category": ("category", lambda taxonomy: taxonomy.sensitive),
    "flags": ("flag", lambda taxonomy: tuple(taxonomy.flags)),
    "priority": ("priority", lambda _: PRIORITIES),
    "status": ("status", lambda _: STATUSES),
}


def _sub_type(sop: Sop, word: str, spot: Spot, taxonomy: Taxonomy) -> Iterator[Finding]:
    category = taxonomy.categories.get(sop.category or "")
    if category is not None:
        what = f"sub-type of {sop.category}"
        yield from _known(word, tuple(category.sub_types), what=what, spot=spot)


# Then ------------------------------------------------------------------------------------------


def _in_then(sop: Sop, taxonomy: Taxonomy) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, effect in enumerate(sop.then):
        spot: Spot = ("then", i)
        if effect.field in COMMENT_FIELDS:
            yield Finding(
                (*spot, "field"),
                f"`then` would write a comment with {effect.field}",
                "an SOP never replies; put the text into `macro`, for a person to send",
            )
            continue
        if effect.field in seen and effect.field != "current_tags":
            yield Finding((*spot, "field"), f"{effect.field} is set twice", "keep one of them")
        seen.add(effect.field)
        yield from _in_effect(effect, spot, taxonomy, fields=THEN_FIELDS)


def _in_effect(
    effect: Effect, spot: Spot, taxonomy: Taxonomy, *, fields: tuple[str, ...]
) -> Iterator[Finding]:
    if effect.field not in fields:
        yield from _not_a_field(effect.field, (*spot, "field"), fields)
        return
    check = _VALUE_CHECKS.get(effect.field)
    if check is not None:
        yield from check(effect.value, (*spot, "value"), taxonomy)
    elif effect.field in MACRO_VALUES and effect.value not in MACRO_VALUES[effect.field]:
        allowed = ", ".join(MACRO_VALUES[effect.field])
        yield Finding(
            (*spot, "value"),
            f"{effect.field} cannot be '{effect.value[:40]}'",
            f"use one of: {allowed}",
        )


def _not_a_field(field: str, spot: Spot, fields: tuple[str, ...]) -> Iterator[Finding]:
    if field in REFUSED_FIELDS:
        yield Finding(spot, f"{field} is refused here", REFUSED_FIELDS[field])
    else:
        yield from _known(field, fields, what="field", spot=spot)


def _tags(value: str, spot: Spot, taxonomy: Taxonomy) -> Iterator[Finding]:
    own = (taxonomy.tags.severity, taxonomy.tags.primary, taxonomy.tags.done)
    for tag in value.split():
        if not taxonomy.is_ours(tag) or not TAG_SHAPE.fullmatch(tag):
            yield Finding(
                spot,
                f"unknown tag prefix in '{tag[:80]}'",
                f"start tags with {taxonomy.tags.category} and use a-z, 0-9 and _ only",
            )
        elif tag.startswith(own):
            yield Finding(spot, f"'{tag}' is set by Casewarden itself", "take the tag out")


def _priority(value: str, spot: Spot, _: Taxonomy) -> Iterator[Finding]:
    yield from _known(value, PRIORITIES, what="priority", spot=spot)


def _group(value: str, spot: Spot, taxonomy: Taxonomy) -> Iterator[Finding]:
    names = tuple(group.name for group in taxonomy.groups)
    yield from _known(value, names, what="group", spot=spot)


def _text(value: str, spot: Spot, _: Taxonomy) -> Iterator[Finding]:
    for found in BRACES.finditer(value):
        if found[1] is None or found[1].strip() not in PLACEHOLDERS:
            yield Finding(
                spot,
                f"unknown placeholder '{found[0][:60]}'",
                "use one of: " + ", ".join(f"{{{{{name}}}}}" for name in sorted(PLACEHOLDERS)),
            )


_VALUE_CHECKS: Mapping[str, Callable[[str, Spot, Taxonomy], Iterator[Finding]]] = {
    "current_tags": _tags,
    "priority": _priority,
    "group_id": _group,
    "comment_value": _text,
    "comment_value_html": _text,
}


# Macro -----------------------------------------------------------------------------------------


def _in_macro(sop: Sop, taxonomy: Taxonomy) -> Iterator[Finding]:
    if not sop.macro.title.startswith(MACRO_TITLE_START):
        yield Finding(
            ("macro", "title"),
            f"the macro's title does not start with {MACRO_TITLE_START}",
            f"put {MACRO_TITLE_START} in front",
        )
    fields = [effect.field for effect in sop.macro.actions]
    speaks = {"comment_value", "comment_value_html"} & set(fields)
    if speaks and "comment_mode_is_public" not in fields:
        yield Finding(
            ("macro", "actions"),
            "the macro does not say whether its comment is public",
            'add {field: comment_mode_is_public, value: "true"} or "false"',
        )
    for i, effect in enumerate(sop.macro.actions):
        yield from _in_effect(effect, ("macro", "actions", i), taxonomy, fields=MACRO_FIELDS)
