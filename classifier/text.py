"""Two readings of a ticket's text: for cues, with a way back to it, and for the model."""

import html
import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from html.parser import HTMLParser

from classifier.masks import mask
from classifier.replies import newest_part

# Long mails hide the statement at the end (lists of addresses first), so both ends are kept.
CUE_HEAD_CHARS = 14_000
CUE_TAIL_CHARS = 6_000
MODEL_HEAD_CHARS = 3_000
MODEL_TAIL_CHARS = 1_000
# What is cleaned for the model before it is cut; markup and quotes fall away in between.
MODEL_RAW_CHARS = 12_000

_TAG = (
    r"</?(?:a|abbr|b|blockquote|body|br|center|code|del|div|em|font|footer|h[1-6]|head|header|hr"
    r"|html|i|img|ins|label|li|link|main|mark|meta|ol|p|pre|q|s|script|section|small|span|strike"
    r"|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|wbr)"
    r"(?:\s[^<>=]{0,40}=[^<>]{0,400})?\s{0,3}/?>"
)
_INLINE = re.compile(r"</?(?:a|abbr|b|del|em|font|i|ins|mark|s|small|span|strong|sub|sup|u|wbr)\b")
_INVISIBLE = (
    "\u00ad\u034f\u061c\u0640\u064b-\u065f\u0670\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f"
)
_EDIT = re.compile(
    rf"[{_INVISIBLE}]{{1,200}}|\s{{2,}}|[^\S ]|{_TAG}"
    r"|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});",
    re.IGNORECASE,
)
_MARKUP = re.compile(_TAG, re.IGNORECASE)
_MIXED = re.compile(r"[a-z][\u0370-\u04ff]|[\u0370-\u04ff][a-z]")
_WORD = re.compile(r"\w{2,64}")
_LEET = re.compile(
    r"(?<=[a-z])[013457$!](?=[a-z])|(?<=[a-z])@(?=[a-z]{1,20}(?![\w.@-]))|\$(?=[a-z]{3})"
)
_LEET_LETTER = str.maketrans("013457$!@", "oieastsia")
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһкмнвтгαεοριυνκτχ",
    "aeopcyxijsdhkmhbtraeopiuvktx",
)
_SPECIAL = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\uff07`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict(zip("łŁıİøØđĐßæÆœŒþð", "lliiooddsaaooto", strict=True)),
    **dict(zip("ёЁأإآٱىةی", "ееاااايهي", strict=True)),
    "ک": "ك",
    "…": ".",
}


class _Fold(dict[int, int]):
    """Character to folded character, always one for one, learnt as characters turn up."""

    def __missing__(self, code: int) -> int:
        folded = ord(_fold_char(chr(code)))
        if code < 0x10000:  # rarer planes are not worth the memory
            self[code] = folded
        return folded


def _fold_char(char: str) -> str:
    if char == "\n":
        return char
    if char in _SPECIAL:
        return _SPECIAL[char]
    if unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"}:
        return " "
    compatible = unicodedata.normalize("NFKC", char).casefold()
    if len(compatible) != 1:
        compatible = char.lower()[0]
    base = unicodedata.normalize("NFD", compatible)[0]
    return base if base < "\u0250" or "\u0370" <= base <= "\u03ff" else compatible


_FOLD = _Fold()


def fold(text: str) -> str:
    """Lower-case letters without accents and typographic marks; the length stays the same."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Reading:
    """Text for cues, with the way back to the ticket's own text."""

    text: str
    starts: "array[int]"
    origins: "array[int]"
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of `text` stands in the ticket's text, as a half-open interval."""
        first = self._origin(start)
        return first, min(self.length, max(first, self._origin(max(start, end - 1)) + 1))

    def _origin(self, position: int) -> int:
        piece = bisect_right(self.starts, position) - 1
        if piece < 0:
            return 0
        return self.origins[piece] + position - self.starts[piece]


def read(text: str) -> Reading:
    """Fold a text for cues: invisible marks, markup and runs of blanks go, disguises fall.

    Of long texts the first 14,000 and the last 6,000 characters are read. A blank line becomes
    one line feed, every other run of blanks one space.
    """
    pieces: list[str] = []
    starts, origins = array("L"), array("L")
    length = 0
    for low, high in _windows(len(text)):
        for piece, origin in _pieces(text, low, high):
            starts.append(length)
            origins.append(origin)
            pieces.append(piece)
            length += len(piece)
    folded = _unmask_disguise(fold("".join(pieces)))
    return Reading(folded, starts, origins, len(text))


def _windows(length: int) -> list[tuple[int, int]]:
    if length <= CUE_HEAD_CHARS + CUE_TAIL_CHARS:
        return [(0, length)]
    return [(0, CUE_HEAD_CHARS), (length - CUE_TAIL_CHARS, length)]


def _pieces(text: str, low: int, high: int) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    done = low
    for match in _EDIT.finditer(text, low, high):
        if match.start() > done:
            found.append((text[done : match.start()], done))
        replacement = _replacement(match.group())
        if replacement:
            found.append((replacement, match.start()))
        done = match.end()
    if done < high:
        found.append((text[done:high], done))
    return found


def _replacement(cut: str) -> str:
    if cut.isspace():
        return "\n" if cut.count("\n") > 1 else " "
    if cut[0] == "<":
        return "" if _INLINE.match(cut.lower()) else " "
    if cut[0] == "&":
        return html.unescape(cut)[:1].strip() or " "
    return ""


def _unmask_disguise(text: str) -> str:
    """Undo look-alike letters inside words and digits that stand for letters."""
    if _MIXED.search(text):
        text = _WORD.sub(_latin_if_mixed, text)
    return _LEET.sub(lambda match: match.group().translate(_LEET_LETTER), text)


def _latin_if_mixed(match: re.Match[str]) -> str:
    word = match.group()
    return word.translate(_LOOKALIKE) if _MIXED.search(word) else word


class _Stripper(HTMLParser):
    """Collects what a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden += tag in {"script", "style", "title"}
        if not _INLINE.match(f"<{tag}"):
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "title"}:
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen.append(data)


def without_markup(text: str) -> str:
    """What a reader would see of a text that may be HTML; other text comes back unchanged."""
    if not _MARKUP.search(text):
        return text
    stripper = _Stripper()
    stripper.feed(text)
    stripper.close()
    return "".join(stripper.seen)


_UNSEEN = re.compile(f"[{_INVISIBLE}]+")
_BLANKS = re.compile(r"\s+")
_HAN_KANA = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


def for_model(text: str) -> str:
    """Text as the model reads it: newest part only, folded, masked, at most 4,000 characters.

    Characters of scripts without spaces stand apart, so that word features see them.
    """
    raw = _ends(text, MODEL_RAW_CHARS * 3 // 4, MODEL_RAW_CHARS // 4)
    visible = newest_part(_UNSEEN.sub("", without_markup(raw)))
    masked = mask(fold(unicodedata.normalize("NFKC", visible)))
    spaced = _HAN_KANA.sub(r" \1 ", masked)
    return _ends(_BLANKS.sub(" ", spaced).strip(), MODEL_HEAD_CHARS, MODEL_TAIL_CHARS)


def _ends(text: str, head: int, tail: int) -> str:
    return text if len(text) <= head + tail else f"{text[:head]} {text[-tail:]}"
