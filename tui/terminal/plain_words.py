"""Cleans foreign words for the terminal: without control characters, and without passwords in addresses."""

from __future__ import annotations

import sys

from providers.redaction import redacted
from shortside.plain_text import printable


def plain(words: str) -> str:
    """The words on one line, without control characters and without passwords in addresses."""
    return redacted(printable(words))


def complain(words: str) -> None:
    """Say on standard error what goes wrong, after the program's name."""
    print(f"shortside: {plain(words)}", file=sys.stderr)
