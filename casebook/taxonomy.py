"""The closed vocabulary: categories, sub-types, flags, severities, groups, precedence."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from casebook.errors import Misconfigured

GENERAL = "general"
DRAFTED = ConfigDict(frozen=True, extra="forbid", strict=True)
# Zendesk takes tags of these characters everywhere; `[a-z0-9_]` and 80 characters are safe.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,59}$")]


class Severity(IntEnum):
    """How bad it is; a smaller number is worse (SEV0 means danger to life or a clock of hours)."""

    SEV0 = 0
    SEV1 = 1
    SEV2 = 2
    SEV3 = 3


class Target(BaseModel):
    """What a severity asks for: a Zendesk priority and policy times in minutes."""

    model_config = DRAFTED
    priority: str
    acknowledge_minutes: int
    contain_minutes: int | None


class Group(BaseModel):
    """A Zendesk group that receives sensitive tickets; `restricted` ones should be private."""

    model_config = DRAFTED
    name: str
    duty: str
    restricted: bool = False


class Category(BaseModel):
    """One thing that a ticket can be about."""

    model_config = DRAFTED
    title: str
    definition: str
    severity: Annotated[int, Field(ge=0, le=3)] | None = None
    when_imminent: Annotated[int, Field(ge=0, le=3)] | None = None
    group: str | None = None
    life_safety: bool = False
    never_public: bool = False
    never_train: bool = False
    sub_types: Mapping[Slug, Annotated[int, Field(ge=0, le=3)]]


class Place(BaseModel):
    """A row of the precedence list."""

    model_config = DRAFTED
    category: Slug
    imminent: bool = False
    tied: bool = False


class TagNames(BaseModel):
    """Prefixes of the tags that we set; all share a start, so that people can tell them apart."""

    model_config = DRAFTED
    category: str
    sub_type: str
    flag: str
    severity: str
    primary: str
    done: str


class Taxonomy(BaseModel):
    """The whole vocabulary, validated once; what is not in it cannot be said about a ticket."""

    model_config = DRAFTED
    version: str
    tags: TagNames
    severities: Mapping[str, Target]
    groups: tuple[Group, ...]
    flags: Mapping[Slug, str]
    precedence: tuple[Place, ...]
    categories: Mapping[Slug, Category]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = {group.name for group in self.groups}
        for slug, category in self.categories.items():
            if slug != GENERAL and (category.severity is None or category.group not in names):
                raise ValueError(f"category {slug}: needs a severity and a group of `groups`")
        placed = {place.category for place in self.precedence}
        if placed != set(self.categories):
            raise ValueError(f"precedence and categories differ: {placed ^ set(self.categories)}")
        if GENERAL not in self.categories:
            raise ValueError(f"category {GENERAL} is missing")
        if set(self.severities) != {str(int(level)) for level in Severity}:
            raise ValueError("severities must be exactly 0, 1, 2 and 3")
        return self

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Every category except `general`, in the file's order."""
        return tuple(slug for slug in self.categories if slug != GENERAL)

    def rank(self, category: str, *, imminent: bool = False) -> int:
        """Place in the precedence list, 0 first; `imminent` moves some categories up.

        Categories that are tied have the same place.
        """
        place, found = -1, []
        for row in self.precedence:
            place += not row.tied
            if row.category == category and (imminent or not row.imminent):
                found.append(place)
        return min(found)

    def severity_of(
        self, category: str, *, sub_type: str | None, imminent: bool
    ) -> Severity | None:
        """Severity by sub-type, else by category, raised by imminence; None for `general`."""
        entry = self.categories[category]
        level = entry.sub_types.get(sub_type, entry.severity) if sub_type else entry.severity
        if level is None:
            return None
        if imminent and entry.when_imminent is not None:
            level = min(level, entry.when_imminent)
        return Severity(level)

    def target(self, severity: Severity) -> Target:
        """Priority and policy times of a severity."""
        return self.severities[str(int(severity))]

    def category_tag(self, category: str) -> str:
        """The tag of a category, such as `ts_privacy`."""
        return self.tags.category + category

    def primary_tag(self, category: str) -> str:
        """Value of the category field; a drop-down value is a tag too, hence its own prefix."""
        return self.tags.primary + category

    def severity_tag(self, severity: Severity) -> str:
        """The tag of a severity, such as `ts_sev1`."""
        return f"{self.tags.severity}{int(severity)}"

    def sub_type_tag(self, sub_type: str) -> str:
        """The tag of a sub-type, such as `ts_sub_grooming_enticement`."""
        return self.tags.sub_type + sub_type

    def flag_tag(self, flag: str) -> str:
        """The tag of a flag, such as `ts_flag_imminent`."""
        return self.tags.flag + flag

    def categories_in(self, tags: Iterable[str]) -> frozenset[str]:
        """The sensitive categories whose tag is among `tags`."""
        present = set(tags)
        return frozenset(slug for slug in self.sensitive if self.category_tag(slug) in present)

    def is_ours(self, tag: str) -> bool:
        """Whether a tag belongs to this vocabulary (nobody else should mint such tags)."""
        return tag.startswith(self.tags.category)


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy file, by default the one shipped; raise Misconfigured with its fault."""
    source = path or files("casebook").joinpath("taxonomy.yaml")
    try:
        return Taxonomy.model_validate(
            yaml.safe_load(source.read_text(encoding="utf-8")), strict=False
        )
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise Misconfigured(
            f"taxonomy {path or 'taxonomy.yaml'} cannot be used: {error}"
        ) from error


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The shipped taxonomy, read once."""
    return load_taxonomy()
