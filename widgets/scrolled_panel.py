"""A panel that says in its border how much of it is hidden below."""

from __future__ import annotations

from textual.strip import Strip

from widgets.key_names import key_hint, key_words
from widgets.panel import Panel


class ScrolledPanel(Panel):
    """A panel whose lower border holds how many lines are hidden below, and a word on how to leave, if there is one."""

    leaving = "{help.close:Esc} closes"
    """What the border says at its end, with the keys of bindings by their ids; may be empty."""
    _is_rendering = False

    def redraw(self) -> int:
        """Draw it anew, and count what is hidden."""
        patches = super().redraw()
        if self._is_rendering:
            # Of another size now, it is drawn anew while Textual renders it, with the border's old words.
            self.call_later(self._count_hidden)
        else:
            self._count_hidden()
        return patches

    def render_line(self, y: int) -> Strip:
        """A line of the content, drawn anew first where the panel has another size."""
        self._is_rendering = True
        try:
            return super().render_line(y)
        finally:
            self._is_rendering = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scroll, and count anew what is hidden."""
        super().watch_scroll_y(old_value, new_value)
        self._count_hidden()

    def _count_hidden(self) -> None:
        hidden = len(self.lines) - self.size.height - self.scroll_offset.y
        glyphs = self.glyphs
        down = key_hint(self, "{panel.down:j}")
        more = f"{hidden} more {'line' if hidden == 1 else 'lines'} {glyphs.sort_descending} {down}"
        words = [more if self.size.height and hidden > 0 else "", key_words(self, self.leaving)]
        self.note = f" {glyphs.separator} ".join(filter(None, words))
