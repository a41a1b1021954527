"""The line above the keys in which a filter is typed: its words, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui.screens.key_line import KeyWords
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.key_names import key_hint, key_words

if TYPE_CHECKING:
    from shortside.conditions.completion import Completion
    from shortside.conditions.errors import ConditionError

FILTER_KEYS: KeyWords = (
    ("⏎", "keep"),
    ("{filter.clear:esc}", "clear"),
    ("{filter.complete:tab}", "complete"),
    ("{filter.save:^s}", "save as list"),
    ("{filter.keep:↓}", "to the rows"),
)
"""The keys to show while a filter is typed, when every other key is a letter of it."""
LEAST_CELLS = 22
"""Cells that stay for what is typed, whatever is said beside it."""


class FilterLine(Input):
    """The input line of the filter: letters go into it, Enter keeps it, Esc clears it."""

    DEFAULT_CSS = """
    FilterLine { height: 1; width: 1fr; border: none; padding: 0 1 0 0; background: $panel; }
    FilterLine:focus { border: none; }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "abandon", "clear", id="filter.clear", show=False, tooltip="Clear the filter"),
        Binding("down", "keep", "to the rows", id="filter.keep", show=False, tooltip="Keep the filter; to the rows"),
        Binding("tab", "complete", "complete", id="filter.complete", show=False,
                tooltip="Complete the last word; again for the next one that fits"),
        Binding("ctrl+s", "save", "save as list", id="filter.save", show=False, tooltip="Save the filter as a list"),
    ]  # fmt: skip

    class Closed(Message):
        """Typing a filter ended; `text` is the filter that stays."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class SaveAsked(Message):
        """The filter is wanted as a list."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text
            """What stands in the line."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, compact=True)
        self.keys_changed()
        self._offers: Sequence[Completion] = ()
        self._offered = ""
        self._next_offer = 0
        # Only while its bar is open: who goes from panel to panel shall not find letters swallowed.
        self.can_focus = False

    def keys_changed(self) -> None:
        """Name the keys in an empty line as they are now."""
        self.placeholder = key_words(self, "symbol or name — Enter keeps, {filter.clear:Esc} clears")

    def action_abandon(self) -> None:
        """Clear the filter and leave the line."""
        self.value = ""
        self._close()

    def action_keep(self) -> None:
        """Keep the filter and leave the line."""
        self._close()

    def action_save(self) -> None:
        """Ask for the filter to be saved as a list."""
        self.post_message(self.SaveAsked(self.value))

    def offer(self, completions: Sequence[Completion]) -> None:
        """Have Tab write these in turn in place of the last word. What Tab itself wrote changes no offers."""
        if self.value != self._offered:
            self._offers, self._next_offer = completions, 0

    def action_complete(self) -> None:
        """Write the next of the words that fit."""
        if self._offers:
            one = self._offers[self._next_offer % len(self._offers)]
            self._next_offer += 1
            self._offered = self.value[: one.begins_at] + one.text
            self.value = self._offered
            self.cursor_position = len(self.value)

    async def action_submit(self) -> None:
        """Keep the filter when Enter is pressed."""
        self._close()

    def _close(self) -> None:
        self.post_message(self.Closed(self.value))


class FilterBar(Horizontal):
    """The line of the filter, shown while one is typed and as long as one is kept, with what it comes to at its end."""

    DEFAULT_CSS = """
    FilterBar { height: 1; background: $panel; display: none; }
    FilterBar.-shown { display: block; }
    FilterBar > #filter-sign { width: 3; padding: 0 1; color: $text-accent; }
    FilterBar > #filter-words { width: auto; padding: 0 1; color: $text-muted; }
    FilterBar > #filter-words.-wrong { color: $text-warning; }
    """

    def __init__(self, glyphs: Glyphs = GLYPHS_UNICODE, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._words = ""
        self._told: tuple[int, ConditionError | None, Sequence[Completion]] = (0, None, ())
        self.kept = ""
        """The filter there was when typing began."""

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False, id="filter-sign")
        yield FilterLine(id="filter")
        yield Static("", markup=False, id="filter-words")

    def open(self) -> None:
        """Show the line and give it the focus, so that letters go into the filter."""
        line = self.query_one(FilterLine)
        self.add_class("-shown")
        self.kept = line.value
        line.can_focus = True
        # At once: `focus` waits its turn, and the next key would still go to the table.
        self.screen.set_focus(line)

    @property
    def words(self) -> str:
        """What is said at the end of the line."""
        return self._words

    def tell(self, names: int, error: ConditionError | None, completions: Sequence[Completion]) -> None:
        """Say what the text comes to: how many names, what the last word may become, or what is wrong with it.

        A text that only goes on is not called wrong while it is typed.
        """
        line = self.query_one(FilterLine)
        self._told = names, error, completions
        line.offer(completions)
        offers = f" {self._glyphs.separator} ".join(one.text for one in completions if one.text != line.value)
        is_unfinished = error is not None and error.at >= len(line.value.rstrip())
        key = key_hint(self, "{filter.complete:tab}")
        if error is None:
            counted = f"{names:,} name{'' if names == 1 else 's'}" if line.value.strip() else ""
            self._say(f"{counted} {self._glyphs.separator} {key}: {offers}" if offers and counted else counted)
        elif offers:
            self._say(f"{key}: {offers}")
        else:
            self._say(f"{self._glyphs.missing} goes on" if is_unfinished else str(error), is_wrong=not is_unfinished)

    def recount(self, names: int) -> None:
        """Say how many names the same text comes to now, of another day or with other lists; what is wrong stays."""
        counted, error, completions = self._told
        if names != counted and error is None:
            self.tell(names, None, completions)

    def refuse(self, error: ConditionError) -> None:
        """Say why the text cannot be kept."""
        self._say(str(error), is_wrong=True)

    def _say(self, words: str, *, is_wrong: bool = False) -> None:
        room = max(self.size.width - LEAST_CELLS, 0)
        self._words = fit(words, min(width_of(words), room), glyphs=self._glyphs) if room else words
        static = self.query_one("#filter-words", Static)
        static.set_class(is_wrong, "-wrong")
        static.update(self._words)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hide the line when the filter was cleared from elsewhere."""
        if not event.input.has_focus:
            self.set_class(bool(event.value), "-shown")

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """End typing when the focus moves elsewhere; the line stays while there is a filter."""
        line = self.query_one(FilterLine)
        line.can_focus = False
        self.set_class(bool(line.value), "-shown")

    def on_click(self) -> None:
        """Edit the kept filter when it is clicked."""
        self.open()
