"""The shape of an SOP file and of the clock register. Strict: every text must be text."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from macros.vocabulary import OPERATORS, VALUELESS, Approver, ConditionField, Life, Operator

DRAFTED = ConfigDict(frozen=True, extra="forbid", strict=True)
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
Title = Annotated[str, StringConstraints(min_length=3, max_length=120)]
Line = Annotated[str, StringConstraints(min_length=3, max_length=300)]
# A list that is longer than this is not read by anybody, and would not fit into a note.
Lines = Annotated[tuple[Line, ...], Field(max_length=12)]
# Zendesk cuts a comment silently at 64 kB; a macro's text stays far below that.
Body = Annotated[str, StringConstraints(min_length=1, max_length=8000)]


class Condition(BaseModel):
    """One line of `when`, in Zendesk's words. `present` and `not_present` take no value."""

    model_config = DRAFTED
    field: ConditionField
    operator: Operator
    value: str | int | float | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        allowed = OPERATORS[self.field]
        if self.operator not in allowed:
            raise ValueError(
                f"{self.field} does not know the operator '{self.operator}'; "
                f"it knows {', '.join(sorted(allowed))}"
            )
        if (self.value is None) != (self.operator in VALUELESS):
            wanted = "takes no value" if self.operator in VALUELESS else "needs a value"
            raise ValueError(f"the operator '{self.operator}' {wanted}")
        return self

    def words(self) -> tuple[str, ...]:
        """The value as the space-separated list it stands for."""
        return tuple(str(self.value).split())


class When(BaseModel):
    """Every condition of `all` and, where there are any, at least one of `any`."""

    model_config = DRAFTED
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, in the order they are written."""
        return (*self.all, *self.any)


class Effect(BaseModel):
    """One action `{field, value}`; values are text, as Zendesk writes them."""

    model_config = DRAFTED
    field: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    value: Body


class MacroText(BaseModel):
    """The Zendesk macro that goes with an SOP. A person uses it; the product never sends it."""

    model_config = DRAFTED
    title: Title
    description: Line
    actions: Annotated[tuple[Effect, ...], Field(min_length=1)]


class Sop(BaseModel):
    """One standard operating procedure, as it stands in its file."""

    model_config = DRAFTED
    sop: Slug
    title: Title
    version: Annotated[int, Field(ge=1)]
    life: Life
    owner: Title
    review_by: date
    when: When
    severity: Annotated[int, Field(ge=0, le=3)]
    then: Annotated[tuple[Effect, ...], Field(max_length=12)] = ()
    clocks: Annotated[tuple[Slug, ...], Field(max_length=20)] = ()
    approver: Approver
    steps: Annotated[Lines, Field(min_length=1)]
    do: Lines = ()
    dont: Lines = ()
    forbidden_flags: tuple[Slug, ...] = ()
    macro: MacroText

    @property
    def id(self) -> str:
        """The SOP's slug; unique in a library."""
        return self.sop

    @property
    def category(self) -> str | None:
        """The category that `when.all` asks for; None where it asks for none or for several."""
        named = {
            str(condition.value)
            for condition in self.when.all
            if condition.field == "category" and condition.operator == "is"
        }
        return named.pop() if len(named) == 1 else None

    @property
    def names_sub_type(self) -> bool:
        """Whether the SOP is written for particular sub-types, so that its severity is meant so."""
        return any(
            condition.field == "sub_type" and condition.operator == "is"
            for condition in self.when.conditions
        )

    def tags(self) -> frozenset[str]:
        """The tags that `then` adds."""
        values = (effect.value for effect in self.then if effect.field == "current_tags")
        return frozenset(tag for value in values for tag in value.split())

    def wanted(self, field: str) -> str | None:
        """The value that `then` gives to a field, None where it says nothing about it."""
        return next((effect.value for effect in self.then if effect.field == field), None)


class ClockTitle(BaseModel):
    """One row of the clock register. Where `verified` is false, Legal must confirm the date."""

    model_config = DRAFTED
    id: Slug
    title: Title
    law: Title
    verified: bool = False


class Register(BaseModel):
    """The whole file of clocks."""

    model_config = DRAFTED
    clocks: tuple[ClockTitle, ...]
