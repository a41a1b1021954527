"""A panel of words over another screen that says in its border how much more of it there is."""

from __future__ import annotations

from widgets.panel import Panel


class ScrolledPanel(Panel):
    """A panel whose lower border holds how many lines are hidden below, and a word on how to leave."""

    leaving = "Esc closes"
    """What the border says at its end."""

    def redraw(self) -> int:
        """Draw it anew, and count what is hidden."""
        patches = super().redraw()
        self._count_hidden()
        return patches

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and count anew what is hidden."""
        super().watch_scroll_y(old_value, new_value)
        self._count_hidden()

    def _count_hidden(self) -> None:
        hidden = len(self.lines) - self.size.height - self.scroll_offset.y
        glyphs = self.glyphs
        more = f"{hidden} more {'line' if hidden == 1 else 'lines'} {glyphs.sort_descending} j {glyphs.separator} "
        self.note = (more if self.size.height and hidden > 0 else "") + self.leaving
