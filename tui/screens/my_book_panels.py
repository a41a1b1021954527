"""The panels around the table of the user's own positions: of no file, of rows that do not count, of one position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.message import Message

from widgets.format import fit
from widgets.lines import Line
from widgets.panel import Panel
from widgets.wrapped import lines_of_words

if TYPE_CHECKING:
    from tui.settings.own_rows import RowProblem

SECONDS_BETWEEN_LOOKS: Final = 1.5
"""How often it is looked whether the file is another one."""
MOST_PROBLEMS: Final = 3
"""Rows of the file that are named above the table; all of them are by `shortside snapshot book`."""


class EmptyBook(Panel, can_focus=False):
    """What is said where there is no file, or nothing in it that counts: how to make one."""

    complaint = ""
    file = ""

    def draw(self, width: int, height: int) -> list[Line]:
        """Why nothing is shown, and an empty file to copy."""
        room = max(width - 4, 20)
        said = lines_of_words(self.complaint, room)
        lines: list[Line] = [[], *([(f"  {line}", "title")] for line in said), []]
        lines += [
            [("  It belongs here: ", "muted"), (self.file, "plain")],
            [("  Its first line names the columns, and each other line is a position:", "muted")],
            [],
            [("    symbol,shares,price,date,account", "accent")],
            [],
        ]
        rules = (
            "shares below zero are short, above zero long (a hedge)",
            "price is dollars a share at entry, date the day of entry as YYYY-MM-DD",
            "account is any word, and may be left out; several lines may have one symbol",
            "it is read when it is there, and again whenever it changes",
            "it never leaves this machine: not into a recording, a log, a saved screen or a request",
        )
        for rule in rules:
            wrapped = lines_of_words(rule, room - 2)
            lines += [
                [(f"  {self.glyphs.dot} " if not place else "    ", "shade"), (part, "plain")]
                for place, part in enumerate(wrapped)
            ]
        return lines


class RowProblems(Panel, can_focus=False):
    """What is wrong with rows of the file, each with its line, whole."""

    class LookWanted(Message):
        """It is time to look whether the file is another one."""

    problems: tuple[RowProblem, ...] = ()
    is_brief = False
    """Whether there is room for one line only."""

    def on_mount(self) -> None:
        """Ask for a look at the file now and then.

        The screen does not do so by itself: a timer holds whoever has set it for as long as it would have waited, and
        the screen holds the market.
        """
        self.set_interval(SECONDS_BETWEEN_LOOKS, self._want_look, name="book")

    def _want_look(self) -> None:
        self.post_message(self.LookWanted())

    def draw(self, width: int, height: int) -> list[Line]:
        """The first of them, wrapped, and how many more there are."""
        if self.is_brief:
            words = f" {len(self.problems):,} {'row does' if len(self.problems) == 1 else 'rows do'} not count"
            return [[(fit(words, max(width - 1, 1), glyphs=self.glyphs), "warning")]]
        lines: list[Line] = []
        for problem in self.problems[:MOST_PROBLEMS]:
            first, *rest = lines_of_words(problem.sentence, max(width - 3, 20))
            lines += [[(" ", "plain"), (first, "warning")], *([(f"   {part}", "warning")] for part in rest)]
        more = len(self.problems) - MOST_PROBLEMS
        if more > 0:
            lines.append([(fit(f" and {more:,} more: shortside snapshot book names them all", width - 1), "muted")])
        return lines


class PositionRemark(Panel, can_focus=False):
    """The position under the cursor as its file has it, and why figures of it are unknown."""

    entry: tuple[str, str] = ("", "")
    """Its symbol, and the rest of its row."""
    said = ""

    def draw(self, width: int, height: int) -> list[Line]:
        """Two lines; where there is room for one, that which says what is unknown."""
        glyphs = self.glyphs
        symbol, words = self.entry
        room = max(width - len(symbol) - 3, 1)
        lines: list[Line] = [[(f" {symbol} ", "title"), (fit(words, room, glyphs=glyphs), "muted")]]
        remark: Line = [(fit(f" {self.said}", max(width - 1, 1), glyphs=glyphs), "warning")]
        return [remark] if height == 1 and self.said else [*lines, remark]
