"""Read YAML into plain values and remember the line of each, so that a fault can point at it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import yaml

Spot = tuple[str | int, ...]
TAG: Final = "tag:yaml.org,2002:"
QUOTE: Final = "quote it"


@dataclass(frozen=True, slots=True)
class YamlFault:
    """Something that YAML allows, or does not, and that a policy file may not contain."""

    line: int
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values (sequences are tuples), the line of every spot (1 first), and the faults."""

    data: object
    lines: Mapping[Spot, int]
    faults: tuple[YamlFault, ...] = ()

    def line_of(self, spot: Spot) -> int:
        """Line of the spot, else of the nearest thing around it that exists."""
        return self.lines.get(self.nearest(spot), 1)

    def nearest(self, spot: Spot) -> Spot:
        """The longest start of `spot` that the file has."""
        while spot and spot not in self.lines:
            spot = spot[:-1]
        return spot


def read_yaml(text: str, *, booleans: bool = False) -> Document:
    """Read one document; faults are collected, never raised.

    Unless `booleans` are expected, an unquoted `yes`, `no`, `on`, `off`, `true` or `false` is a
    fault: YAML 1.1 reads them as booleans where the author meant a word.
    """
    try:
        aliases = _aliases(text) if "*" in text else ()
        root = None if aliases else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        return Document(None, {}, (_unreadable(line, error.problem or "cannot be read"),))
    except (yaml.YAMLError, RecursionError):
        return Document(None, {}, (_unreadable(1, "cannot be read as YAML"),))
    if aliases:
        return Document(None, {}, aliases)
    if root is None:
        return Document(None, {}, (YamlFault(1, "the file is empty", "fill it or delete it"),))
    reader = _Reader(booleans=booleans)
    data = reader.value(root, ())
    return Document(data, reader.lines, tuple(reader.faults))


def _aliases(text: str) -> tuple[YamlFault, ...]:
    """Aliases are refused before anything is built: they can nest without end."""
    return tuple(
        YamlFault(_line(event.start_mark), "an alias (*name) is used", "write the value out")
        for event in yaml.parse(text, Loader=yaml.SafeLoader)
        if isinstance(event, yaml.AliasEvent)
    )


def _line(mark: object) -> int:
    """Line of a mark, 1 first; 1 where there is no mark (libyaml's marks are of another type)."""
    line = getattr(mark, "line", 0)
    return int(line) + 1


def _unreadable(line: int, problem: str) -> YamlFault:
    return YamlFault(line, f"not YAML: {problem}", "quote texts with `: `; check the indentation")


class _Reader:
    """Walks the node tree once."""

    def __init__(self, *, booleans: bool) -> None:
        self.booleans = booleans
        self.lines: dict[Spot, int] = {}
        self.faults: list[YamlFault] = []

    def value(self, node: yaml.Node, spot: Spot) -> object:
        line = _line(node.start_mark)
        self.lines.setdefault(spot, line)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, spot)
            case yaml.SequenceNode():
                return tuple(self.value(item, (*spot, i)) for i, item in enumerate(node.value))
            case _:
                return self._scalar(node, line)

    def _mapping(self, node: yaml.MappingNode, spot: Spot) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = _line(key_node.start_mark)
            key = key_node.value
            if not isinstance(key, str):
                self._fault(line, "a key is not a word", "write a plain word before the colon")
                continue
            if key_node.tag == f"{TAG}bool":
                self._fault(line, f"YAML reads the key `{key}` as a boolean", QUOTE)
            if key in result:
                self._fault(line, f"'{key}' stands here twice", "keep one of them")
                continue
            self.lines[(*spot, key)] = line
            result[key] = self.value(value_node, (*spot, key))
        return result

    def _scalar(self, node: yaml.Node, line: int) -> object:
        text = str(node.value)
        match node.tag.removeprefix(TAG):
            case "str":
                return text
            case "bool":
                return self._boolean(text, line)
            case "null":
                return None
            case "int" | "float" | "timestamp" as kind:
                return _plain(kind, text)
            case _:
                self._fault(line, f"the YAML tag {node.tag} is not known here", "remove the tag")
                return None

    def _boolean(self, text: str, line: int) -> object:
        if self.booleans and text.lower() in {"true", "false"}:
            return text.lower() == "true"
        self._fault(line, f"YAML reads `{text}` as a boolean", QUOTE)
        return text

    def _fault(self, line: int, reason: str, mend: str) -> None:
        self.faults.append(YamlFault(line, reason, mend))


def _plain(kind: str, text: str) -> object:
    """A number or date as people write them; YAML's exotic forms (0o7, 1:30, .inf) stay text."""
    if kind == "int" and re.fullmatch(r"[-+]?\d{1,15}", text):
        return int(text)
    if kind == "float" and re.fullmatch(r"[-+]?\d{1,15}\.\d{1,15}", text):
        return float(text)
    if kind == "timestamp" and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text
