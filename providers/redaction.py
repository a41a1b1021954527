"""Strikes keys, passwords and what steers a terminal out of texts that are shown, kept or sent on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from shortside.words.plain_text import printable

_SECRET: Final = re.compile(
    r"(?i)((?:^|[?&\s])(?:api[-_]?key|key|token|access[-_]?token|secret|crumb|password|signature)=)[^&\s'\"]+"
)
_PASSWORD: Final = re.compile(r"(://)[^/?#\s'\"]+@")
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",]+")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """A sentence with URLs in it, without their names and passwords, parameters that are secrets, and secrets named."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return _PASSWORD.sub(r"\1…@", _SECRET.sub(r"\1…", text))


def struck_out(text: str, secrets: Iterable[str] = ()) -> str:
    """A text as it may stand in a file that people read: on one line, without secrets and what steers a terminal.

    Args:
        text: whoever wrote it.
        secrets: texts to be struck out wherever they stand, also as an address has them; an empty one is passed over.
    """
    every = [form for secret in secrets if secret for form in (secret, quote(secret, safe=""))]
    # Struck out twice: a sign that is left out may have parted a secret, or be a part of one.
    return _BEARER.sub(r"\1 …", redacted(printable(redacted(text, every)), every))
