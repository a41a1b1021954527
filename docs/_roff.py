"""Writes the marks of a manual page, so that no word of the program is taken for one of them."""

from __future__ import annotations

from collections.abc import Iterable


def escaped(text: str) -> str:
    """Words on one line as a page has them: a minus stays one, and what is not ASCII is named by its number."""
    written = text.replace("\\", "\\e").replace("-", "\\-")
    written = "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in written)
    # At a line's beginning these two are commands.
    return f"\\&{written}" if written.startswith((".", "'")) else written


def bold(text: str) -> str:
    """What is typed as it stands."""
    return f"\\fB{escaped(text)}\\fR"


def italic(text: str) -> str:
    """What stands for something else."""
    return f"\\fI{escaped(text)}\\fR"


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A section of the page."""
    return [f".SH {title}", *lines]


def entry(term: str, text: str) -> list[str]:
    """A term, and beside it what it means; the term has its marks already."""
    return [".TP", term, escaped(" ".join(text.split())) or "\\&"]


def lines_as_they_are(text: str) -> list[str]:
    """Lines that are neither filled nor joined."""
    return [".nf", *(escaped(line) if line else ".sp" for line in text.splitlines()), ".fi"]
