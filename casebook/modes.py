"""How far automation may go in a category."""

from enum import IntEnum


class Mode(IntEnum):
    """`observe` records; `suggest` adds note and tags; `act` also priority, group and macro."""

    OBSERVE = 0
    SUGGEST = 1
    ACT = 2

    @classmethod
    def named(cls, name: str) -> "Mode":
        """The mode of a lower-case name; raise KeyError for another word."""
        return cls[name.upper()]
