"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence

HEAD = "<!-- Made by `make docs` from {source}; do not edit. -->\n\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold any text."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell(text) for text in line)} |\n" for line in lines)


def cell(text: str) -> str:
    """Text made safe to stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """A code span, nothing for nothing."""
    return f"`{text}`" if text else ""


def codes(words: Iterable[str]) -> str:
    """Code spans with commas between."""
    return ", ".join(code(word) for word in words)


def bullets(title: str, lines: Sequence[str], *, numbered: bool = False) -> str:
    """A list under its title, nothing where there are no lines."""
    if not lines:
        return ""
    marks = [f"{i}." if numbered else "-" for i in range(1, len(lines) + 1)]
    listed = "\n".join(f"{mark} {line}" for mark, line in zip(marks, lines, strict=True))
    return f"\n**{title}**\n\n{listed}\n"
