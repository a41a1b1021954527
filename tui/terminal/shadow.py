"""Keeps what the terminal shows and what it should show, line by line, and finds the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import ne
from typing import TYPE_CHECKING, Any

from tui.terminal.brush import Brush, TerminalAbilities
from tui.terminal.cells import UNKNOWN, Line, Palette, PaletteFilter, PlacedStrip, Runs, runs_of

if TYPE_CHECKING:
    from textual.theme import Theme


class Shadow:
    """What the terminal should show, beside what it does show.

    Lines are shared, not copied: a row is up to date when both sides hold the same object.
    """

    def __init__(self, abilities: TerminalAbilities, palette: Palette) -> None:
        self._abilities = abilities
        self._palette = palette
        self._size = (0, 0)
        self._wanted: list[Line] = []
        self._shown: list[Line | None] = []
        self._parts: list[list[PlacedStrip]] = []
        """What each wanted row was last painted from: equal strips need no second look at their cells."""
        self._may_have_scrolled = False
        self._expected: tuple[int, int, int] | None = None
        """First and last row of what somebody says was scrolled, and by how many rows."""

    def forget_terminal(self) -> None:
        """Forget what the terminal shows, so that everything is written again."""
        self._shown = [None] * len(self._shown)

    def filter(self) -> PaletteFilter:
        """The line filter that makes Textual draw with the pens of this shadow."""
        return PaletteFilter(self._palette)

    def wear(self, theme: Theme, variables: Mapping[str, str]) -> None:
        """Draw in this theme's colours from now on; what is painted from the same strips again may look different."""
        self._palette.wear(theme, variables)
        self._parts = [[] for _ in self._wanted]

    def adopt(self, lines: Sequence[Line]) -> None:
        """Take it that the terminal shows exactly these lines, which somebody else has drawn."""
        self._size = (len(lines[0].glyphs), len(lines)) if lines else (0, 0)
        self._wanted, self._shown = list(lines), list(lines)
        self._parts = [[] for _ in lines]

    def shown(self) -> list[Line] | None:
        """Every line the terminal shows; None while one of them or a cell of it is unknown."""
        lines = [line for line in self._shown if line is not None and UNKNOWN not in line.glyphs]
        return lines if lines and len(lines) == len(self._shown) else None

    @property
    def is_sent(self) -> bool:
        """Whether the terminal shows what it should: no frame waits."""
        return all(line is shown for line, shown in zip(self._wanted, self._shown, strict=True))

    def apply(self, update: Any, size: tuple[int, int]) -> None:
        """Take in a `LayoutUpdate` or `ChopsUpdate` for a terminal of (columns, rows)."""
        if size != self._size:
            width, height = self._size = size
            self._wanted = [Line.filled(width, UNKNOWN)] * height
            self._shown = [None] * height
            self._parts = [[] for _ in range(height)]
        self._may_have_scrolled = True
        for row, parts in _layout_parts(update) if hasattr(update, "strips") else _chops_parts(update):
            if row < len(self._wanted):
                self._paint(row, parts)

    def lay(self, row: int, pieces: Iterable[tuple[int, int, Runs]]) -> None:
        """Put runs on a row between two columns each, past Textual."""
        if 0 <= row < len(self._wanted):
            self._wanted[row] = self._wanted[row].laid(pieces, self._palette)
            # Of what Textual painted there some is covered now: when it paints the same again, that is a change.
            self._parts[row] = []

    def expect_scroll(self, top: int, bottom: int, rows: int) -> None:
        """Say that what was laid from top to bottom (both included) mostly stood so many rows lower before."""
        self._may_have_scrolled = True
        # Twice in one frame is nothing to count on.
        self._expected = (top, bottom, rows) if self._expected is None else (0, 0, 0)

    def lay_strip(self, row: int, part: PlacedStrip) -> None:
        """Put a strip on a row between two columns, past Textual."""
        start, end, strip = part
        self.lay(row, [(start, end, runs_of(strip))])

    def _paint(self, row: int, parts: list[PlacedStrip]) -> None:
        known = self._parts[row]
        if parts == known or all(part in known for part in parts):
            return
        self._wanted[row] = self._wanted[row].painted(parts, self._palette)
        untouched = [old for old in known if all(old[1] <= new[0] or old[0] >= new[1] for new in parts)]
        # Parts of one row may overlap (two spans of one widget); then only the last is sure to be seen whole.
        self._parts[row] = untouched + ([parts[-1]] if _overlap(parts) else parts)

    def take_changes(self) -> str:
        """The bytes that bring the terminal up to date; from then on it is taken to be so."""
        rows = [
            row for row, (line, shown) in enumerate(zip(self._wanted, self._shown, strict=True)) if line is not shown
        ]
        if not rows:
            self._may_have_scrolled, self._expected = False, None
            return ""
        brush = Brush(self._abilities)
        if self._may_have_scrolled and self._abilities.scrolls_regions and len(rows) >= 4:
            if not self._scroll_as_expected(brush):
                self._scroll(brush, rows)
            rows = [row for row, line in enumerate(self._wanted) if line is not self._shown[row]]
        self._may_have_scrolled, self._expected = False, None
        for row in rows:
            brush.row(row, self._shown[row], self._wanted[row])
            self._shown[row] = self._wanted[row]
        return brush.finish()

    def _scroll_as_expected(self, brush: Brush) -> bool:
        """Scroll the terminal as somebody said; whether that was right, so that nobody need look for it."""
        if self._expected is None or not self._expected[2]:
            return False
        top, bottom, shift = self._expected
        if not 0 <= top < bottom < len(self._shown):
            return False
        after = self._shifted(top, bottom, shift)
        if after is None:
            return False
        pairs = zip(self._wanted[top : bottom + 1], after[top : bottom + 1], strict=True)
        moved = sum(line.glyphs == old.glyphs for line, old in pairs if old is not None)
        if 2 * moved <= bottom - top:
            return False
        brush.scroll(top, bottom, shift)
        self._shown = after
        return True

    def _scroll(self, brush: Brush, rows: list[int]) -> None:
        """Scroll the terminal, and the shown side with it, when most of the changed rows only moved."""
        window = self._changing_columns(rows)
        was_at = {"".join(line.glyphs[window]): row for row, line in enumerate(self._shown) if line is not None}
        votes: dict[int, list[int]] = {}
        for row in rows:
            text = "".join(self._wanted[row].glyphs[window])
            if text in was_at and not text.isspace():
                votes.setdefault(was_at[text] - row, []).append(row)
        shift, moved = max(votes.items(), key=lambda vote: len(vote[1]), default=(0, []))
        if not shift or len(moved) < 3:
            return
        top, bottom = min(moved) + min(shift, 0), max(moved) + max(shift, 0)
        after = self._shifted(top, bottom, shift)
        if after is not None and self._distance(after) + 40 < self._distance(self._shown):
            brush.scroll(top, bottom, shift)
            self._shown = after

    def _changing_columns(self, rows: list[int]) -> slice:
        """The columns in which these rows have other glyphs: a panel beside the moving one has no vote."""
        first, after = self._size[0], 0
        for row in rows:
            shown, wanted = self._shown[row], self._wanted[row].glyphs
            if shown is None:
                continue
            # Most rows change within the columns known so far: two slices tell faster than every cell.
            if shown.glyphs[:first] != wanted[:first] or shown.glyphs[after:] != wanted[after:]:
                differs = list(map(ne, shown.glyphs, wanted))
                first = min(first, differs.index(True))
                after = max(after, len(differs) - differs[::-1].index(True))
        return slice(first, after)

    def _shifted(self, top: int, bottom: int, shift: int) -> list[Line | None] | None:
        """The shown rows after a scroll, or None when some of them are unknown."""
        region = self._shown[top : bottom + 1]
        if None in region or abs(shift) > bottom - top:
            return None
        # Scrolled with the default pen in hand, so the rows that come in are blank on every terminal.
        blank: list[Line | None] = [Line.filled(self._size[0], " ")] * abs(shift)
        region = region[shift:] + blank if shift > 0 else blank + region[:shift]
        return self._shown[:top] + region + self._shown[bottom + 1 :]

    def _distance(self, shown: list[Line | None]) -> int:
        pairs = zip(self._wanted, shown, strict=True)
        return sum(line.cost_from(old) for line, old in pairs if old is not None and line is not old)

    def serialise(self) -> str:
        """The sequences that draw the shown screen on a cleared terminal of any kind."""
        brush = Brush(TerminalAbilities())
        blank = Line.filled(self._size[0], " ")
        for row, line in enumerate(self._shown):
            if line is not None:
                brush.row(row, blank, line)
        return brush.finish()


def _overlap(parts: list[PlacedStrip]) -> bool:
    ordered = sorted((start, end) for start, end, _ in parts)
    return any(first[1] > second[0] for first, second in pairwise(ordered))


def _layout_parts(update: Any) -> Iterator[tuple[int, list[PlacedStrip]]]:
    for row, strips in enumerate(update.strips, update.region.y):
        column, parts = update.region.x, []
        for strip in strips:
            parts.append((column, column + strip.cell_length, strip))
            column += strip.cell_length
        yield row, parts


def _chops_parts(update: Any) -> Iterator[tuple[int, list[PlacedStrip]]]:
    """The pieces Textual would print of each row: a chop is drawn from its own start, even left of the span."""
    rows: dict[int, list[PlacedStrip]] = {}
    for row, first, last in update.spans:
        for end, (column, strip) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
            if strip is not None and column < last and end > first:
                rows.setdefault(row, []).append((column, min(end, last), strip))
    return iter(rows.items())
