"""Strikes keys, passwords and what steers a terminal out of texts that are shown, kept or sent on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from shortside.words.plain_text import printable

_SECRET: Final = re.compile(
    r"(?i)((?:^|[?&\s])(?:api[-_]?key|key|token|(?:access|refresh)[-_]?token|(?:client[-_]?)?secret|crumb|password"
    # As Amazon, Google and Azure sign an address.
    r"|sig|awsaccesskeyid|(?:x-(?:amz|goog)-)?(?:signature|credential|security-token))=)[^&\s'\"]+"
)
_PASSWORD: Final = re.compile(r"(//)[^/?#\s'\"]+@")
_BARE_PASSWORD: Final = re.compile(r"(?<![^\s'\"=(,])[\w.%+~-]+:[^/?#\s'\"]+@(?=[\w\[])")
"""A name and a password before a host where whoever wrote them forgot the scheme."""
FEWEST_SIGNS_OF_A_CUT_SECRET: Final = 8
"""What is shorter is no secret's beginning, but a word like any other."""
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",]+")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """A sentence with URLs in it, without their names and passwords, parameters that are secrets, and secrets named."""
    ends = 0
    kept = []
    for start, end in sorted(place for secret in secrets if secret for place in _places(text, secret)):
        if start >= ends:
            kept += [text[ends:start], "…"]
        ends = max(ends, end)
    text = "".join([*kept, text[ends:]])
    return _BARE_PASSWORD.sub("…@", _PASSWORD.sub(r"\1…@", _SECRET.sub(r"\1…", text)))


def holds_password(text: str) -> bool:
    """Whether an address with a name and a password stands in a text, such as that of a proxy."""
    return bool(_PASSWORD.search(text) or _BARE_PASSWORD.search(text))


def _places(text: str, secret: str) -> Iterator[tuple[int, int]]:
    """Where a secret stands in a text, or the better part of it, its end cut off: the first sign, and the one after."""
    # An address begins with what is none: its host, and where that keeps such things.
    least = 3 * len(secret) // 4 if "://" in secret else (len(secret) + 1) // 2
    least = min(max(FEWEST_SIGNS_OF_A_CUT_SECRET, least), len(secret))
    at = text.find(secret[:least])
    while at >= 0:
        length = least
        while length < len(secret) and text.startswith(secret[length], at + length):
            length += 1
        yield at, at + length
        at = text.find(secret[:least], at + 1)


def struck_out(text: str, secrets: Iterable[str] = ()) -> str:
    """A text as it may stand in a file that people read: on one line, without secrets and what steers a terminal.

    Args:
        text: whoever wrote it.
        secrets: texts to be struck out wherever they stand, also as an address has them; an empty one is passed over.
    """
    every = [form for secret in secrets if secret for form in (secret, quote(secret, safe=""))]
    # Struck out twice: a sign that is left out may have parted a secret, or be a part of one.
    return _BEARER.sub(r"\1 …", redacted(printable(redacted(text, every)), every))
