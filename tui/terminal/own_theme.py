"""A theme of a user's own, which brings along how it looks on terminals of few colours."""

from __future__ import annotations

from dataclasses import dataclass

from textual.theme import Theme

from tui.terminal.named_colours import LOOKS_IN_EIGHT, LOOKS_IN_SIXTEEN, Looks


@dataclass
class OwnTheme(Theme):
    """A theme made of a built-in one."""

    base: str = "night"
    """The built-in theme whose looks it has where nothing else is said."""
    sixteen: Looks = LOOKS_IN_SIXTEEN["night"]
    """How it looks on terminals of sixteen colours."""

    def looks(self, colours: str) -> Looks:
        """How it looks on a terminal of sixteen colours (`standard`) or of eight (`8`)."""
        return LOOKS_IN_EIGHT[self.base] if colours == "8" else self.sixteen
