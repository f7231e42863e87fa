"""Comment text in its three forms, and the allow-list that makes its HTML safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

KEPT_TAGS = frozenset({"p", "br", "b", "strong", "i", "em", "ul", "ol", "li", "code", "h4", "a"})
_SILENT_TAGS = frozenset({"script", "style", "title", "template"})
_BLOCKS = frozenset({"p", "br", "li", "h4", "div", "ul", "ol", "tr"})
# An address in angle brackets is no tag.
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_LONGEST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """One text as Zendesk hands it back."""

    body: str
    html_body: str
    plain_body: str


def from_body(text: str) -> Written:
    """A comment sent as `body`: tags are stripped, lines become paragraphs."""
    plain = _shortened(_TAG.sub("", text).strip())
    paragraphs = [part for part in re.split(r"\n\s*\n", plain) if part.strip()]
    inner = "".join(
        f'<p dir="auto">{escape(part, quote=False).strip().replace(chr(10), "<br>")}</p>'
        for part in paragraphs
    )
    return Written(body=plain, html_body=_wrapped(inner), plain_body=plain)


def from_html(html: str) -> Written:
    """A comment sent as `html_body`: cleaned, with the text readable beside it."""
    clean = cleaned(_shortened(html))
    plain = plain_of(clean)
    return Written(body=plain, html_body=_wrapped(clean), plain_body=plain)


def cleaned(html: str) -> str:
    """Only the tags of the allow-list, closed and without attributes; links only to http(s)."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return cleaner.finished()


def plain_of(html: str) -> str:
    """The text of some HTML, one line per block."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _wrapped(inner: str) -> str:
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


def _shortened(text: str) -> str:
    # Zendesk cuts long comments without a word, so a rehearsal must, too.
    raw = text.encode()
    return text if len(raw) <= _LONGEST_BYTES else raw[:_LONGEST_BYTES].decode(errors="ignore")


class _Reader(HTMLParser):
    """Collects the text between the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


class _Cleaner(HTMLParser):
    """Rewrites HTML with nothing but the allow-list left."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT_TAGS:
            self._silent += 1
        elif tag == "br":
            self._parts.append("<br>")
        elif tag in KEPT_TAGS:
            self._parts.append(f"<{tag}{_link(tag, attrs)}>")
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT_TAGS:
            self.handle_starttag(tag, attrs)
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT_TAGS:
            self._silent = max(0, self._silent - 1)
        elif tag in self._open:
            while (inner := self._open.pop()) != tag:
                self._parts.append(f"</{inner}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(escape(data, quote=False))

    def finished(self) -> str:
        while self._open:
            self._parts.append(f"</{self._open.pop()}>")
        return "".join(self._parts)


def _link(tag: str, attrs: list[tuple[str, str | None]]) -> str:
    href = dict(attrs).get("href") if tag == "a" else None
    if not href:
        return ""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    return f' href="{escape(href.strip())}" rel="noopener noreferrer"'
