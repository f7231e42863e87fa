"""Letters that a text must hold for a pattern to match at all, so that most patterns never run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MIN_WEIGHT = 3
MAX_NEEDLES = 40
_REPEAT = re.compile(r"(\?|\*|\+|\{(\d*)(?:,\d*)?\})[?+]?")
_LOOKAROUND = ("(?=", "(?!", "(?<=", "(?<!")
Needles = frozenset[str]


def needles_of(pattern: str) -> Needles | None:
    """Strings of which a matching text holds at least one; None where that cannot be said.

    Understands the part of the pattern language that the lexicon uses and errs towards None.
    """
    parser = _Parser(pattern)
    found = parser.alternation()
    return found if parser.at == len(pattern) else None


class NeedleBox:
    """Many needles, looked for at once: only those whose first three letters occur are searched."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for needle in sorted(set(needles)):
            self._by_start.setdefault(needle[:3], []).append(needle)

    def present_in(self, text: str) -> frozenset[str]:
        """The needles that a text holds."""
        starts = {text[i : i + 3] for i in range(len(text) - 2)}
        starts |= {text[i : i + 2] for i in range(len(text) - 1)}
        starts |= set(text)
        candidates = (self._by_start[start] for start in self._by_start.keys() & starts)
        return frozenset(n for group in candidates for n in group if n in text)


@dataclass(slots=True)
class _Parser:
    pattern: str
    at: int = 0

    def alternation(self) -> Needles | None:
        branches = [self._sequence()]
        while self.pattern[self.at : self.at + 1] == "|":
            self.at += 1
            branches.append(self._sequence())
        union: set[str] = set()
        for branch in branches:
            if branch is None:
                return None
            union |= branch
        return frozenset(union) if len(union) <= MAX_NEEDLES else None

    def _sequence(self) -> Needles | None:
        candidates: list[Needles] = []
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            atom, joins = self._atom()
            least, repeats = self._repeat()
            if isinstance(atom, str) and least and joins:
                run += atom
            if (repeats or not joins) and run:
                candidates.append(frozenset({run}))
                run = ""
            if isinstance(atom, frozenset) and least:
                candidates.append(atom)
        candidates.append(frozenset({run}))
        return _best(candidates)

    def _atom(self) -> tuple[str | Needles | None, bool]:
        """The next atom, and whether the run of letters goes on through it."""
        char = self.pattern[self.at]
        if char == "(":
            return self._group()
        if char == "[":
            self.at = _class_end(self.pattern, self.at)
            return None, False
        if char == "\\":
            self.at += 2
            escaped = self.pattern[self.at - 1]
            return _escaped(escaped)
        self.at += 1
        return (None, False) if char in ".^$" else (char, True)

    def _group(self) -> tuple[str | Needles | None, bool]:
        look = next((start for start in _LOOKAROUND if self.pattern.startswith(start, self.at)), "")
        opening = look or ("(?:" if self.pattern.startswith("(?:", self.at) else "(")
        self.at += len(opening)
        inner = self.alternation()
        self.at += 1  # the closing bracket
        return (None, True) if look else (inner, False)

    def _repeat(self) -> tuple[int, bool]:
        match = _REPEAT.match(self.pattern, self.at)
        if not match:
            return 1, False
        self.at = match.end()
        if match[1][0] == "{":
            return int(match[2] or 0), True
        return (1, True) if match[1] == "+" else (0, True)


def _escaped(char: str) -> tuple[str | None, bool]:
    if char in "bB":
        return "", True
    return (char, True) if not char.isalnum() else (None, False)


def _class_end(pattern: str, start: int) -> int:
    at = start + 1 + pattern.startswith("^", start + 1)
    at += pattern.startswith("]", at)
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _best(candidates: list[Needles]) -> Needles | None:
    good = [c for c in candidates if c and min(map(_weight, c)) >= MIN_WEIGHT]
    return max(good, key=lambda c: (min(map(_weight, c)), -len(c)), default=None)


def _weight(needle: str) -> int:
    """Length, where one character of a script of thousands says as much as three letters."""
    return len(needle) + 2 * sum(char > "\u2e7f" for char in needle)
