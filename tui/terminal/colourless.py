"""Takes the colours off what Textual draws by itself, where the terminal has none or its user wants none."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter


class Colourless(LineFilter):
    """Leaves bold, reverse and the like. Textual's own filters send greys, or the terminal's default colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without a colour."""
        return [
            Segment(text, None if style is None else style.without_color, control) for text, style, control in segments
        ]
