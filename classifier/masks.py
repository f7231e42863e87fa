"""Typed placeholders where addresses, numbers and other particulars stood."""

import re

_LABEL = r"(?<![\w.@-])[a-z0-9_-]{1,63}"
_TOP = (
    r"(?:com|org|net|io|dev|app|co|me|info|biz|xyz|site|online|store|shop|club|top|live|tv|cc|to"
    r"|gov|edu"
    r"|example|test|invalid|onion|ru|de|fr|uk|in|cn|es|it|nl|pl|pt|br|jp|eu|us|ca|au|ch|at|be|se|cz|tr)"
)
_IPV6 = r"(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}:?(?:[0-9a-f]{1,4}:){1,6}[0-9a-f]{1,4}(?![\w:])"
# Order matters: an e-mail address holds a host, an address on the web may hold numbers.
MASKS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), f" {token} ")
    for pattern, token in (
        (r"\bh(?:tt|xx)ps?://[^\s<>\"']{1,2000}|\bwww\.[^\s<>\"']{1,2000}", "xxurl"),
        (r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:\w[\w-]{0,62}\.){1,6}[a-z]{2,24}\b", "xxemail"),
        (r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\d.])", "xxip"),
        (_IPV6, "xxip"),
        (
            rf"{_LABEL}(?:(?:\[?\.\]?)[a-z0-9_-]{{1,63}}){{0,4}}\[?\.\]?{_TOP}(?:/[^\s<>\"']{{0,2000}})?(?![\w-])",
            "xxhost",
        ),
        (r"(?<![\w@.])@[a-z0-9_.]{2,40}", "xxhandle"),
        (r"(?<![0-9a-z])(?=[a-f]{0,64}\d)[0-9a-f]{16,128}(?![0-9a-z])", "xxhash"),
        (r"(?<![\w-])[a-z]{2}\d{2}(?: ?[0-9a-z]{4}){3,7}(?: ?[0-9a-z]{1,3})?(?![\w-])", "xxiban"),
        (r"(?<![\w+])\+?\d{1,4}(?:[ ()./-]{1,2}\d{2,4}){2,5}(?!\w)", "xxphone"),
        (r"(?<!\w)#?\d{5,40}(?!\w)|(?<!\w)[a-z]{1,5}-?\d{5,40}(?!\w)", "xxnumber"),
    )
)


def mask(text: str) -> str:
    """Put placeholders into a lower-case text; numbers of up to four digits (ages, years) stay."""
    for pattern, token in MASKS:
        text = pattern.sub(token, text)
    return text
