"""What a mail adds of its own: quoted replies and signatures are cut away, line by line."""

import re

# One line at a time and no nested repeats: a mail of line feeds must not cost seconds.
_QUOTE = re.compile(r"^\s{0,20}(?:>|\|)")
_HEADER = re.compile(
    r"^[\s*_]{0,10}(?:-{2,30} ?(?:original message|original-nachricht|urspr.ngliche nachricht"
    r"|forwarded message|weitergeleitete nachricht|message d.origine|message transf.r."
    r"|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    r"|wiadomo.. oryginalna|p.vodn. zpr.va|исходное сообщение)\b)",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^[\s>]{0,10}(?:on|am|le|el|il|op|em|dne|dnia|w dniu)\b.{4,200}"
    r"\b(?:wrote|schrieb.{0,80}"
    r"|a .crit|escribi.|escreveu|ha scritto|schreef.{0,80}|napsala?|napisal\(?a?\)?"
    r"|написала?)\s?:\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^(?:-- ?|__+|sent from my .{1,40}|von meinem .{1,40} gesendet)$", re.IGNORECASE
)
MAX_LINES = 2_000
MAX_LINE_CHARS = 400
MIN_OWN_CHARS = 12
# A signature is short; more than this after a dash line is content.
MAX_SIGNATURE_LINES = 8


def newest_part(text: str) -> str:
    """The text without quoted replies and signature; all of it where little else would be left."""
    lines = text.split("\n", MAX_LINES)
    own: list[str] = []
    for line in lines:
        probe = line[:MAX_LINE_CHARS].rstrip("\r")
        if _HEADER.match(probe) or _WROTE.match(probe):
            break
        if not _QUOTE.match(probe):
            own.append(line)
    kept = "\n".join(_without_signature(own))
    return kept if len(kept.strip()) >= MIN_OWN_CHARS else text


def _without_signature(lines: list[str]) -> list[str]:
    for back in range(1, min(MAX_SIGNATURE_LINES, len(lines)) + 1):
        if _SIGNATURE.match(lines[-back][:MAX_LINE_CHARS].rstrip("\r")):
            return lines[:-back]
    return lines
