"""The panel of movers: the names whose shorts earned and lost the most, in the window and today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.message import Message

from shortside.datasets import Dataset
from shortside.named_windows import window_title
from widgets.columns import TableColumn
from widgets.figure_rows import RowCell, gain_style, profit_cell, row_lines, words_cell
from widgets.format import GLYPHS_UNICODE, LEAST_AMOUNT, Glyphs, fit, percent, width_of
from widgets.formula import Formula
from widgets.lines import Line, fit_line
from widgets.list_panel import Entry, ListPanel
from widgets.panel_description import PanelDescription

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Floats

LEAST_MOVERS, MOST_MOVERS = 5, 60
"""How many names each block shows where it has hardly any room, and at most."""
BESIDE_WIDTH = 36
"""Cells of a block from which on blocks stand beside each other: two of them, or all four."""
PROFIT_TITLE: Final = "P&L"
"""Over the dollars of a block."""
MOVER_COLUMNS = (
    TableColumn(key="symbol", title="symbol", width=6, align="left"),
    TableColumn(key="name", title="name", width=10, align="left", min_width=8, max_width=24, priority=3),
    TableColumn(key="profit", title=PROFIT_TITLE, width=9, priority=1),
    TableColumn(key="ratio", title="P&L %", width=6, priority=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """One name, with what its shorts earned."""

    symbol: str
    name: str
    profit: float
    """USD."""
    ratio: float | None
    """Over average short interest in the window, over short interest today; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """The best and the worst shorts of a span, the extreme first; only gains are best, only losses worst."""

    title: str
    best: tuple[Mover, ...]
    worst: tuple[Mover, ...]
    nobody: str = "none"
    """The word in place of movers where there are none."""


def movers_of(board: Board, most: int = MOST_MOVERS) -> tuple[Movers, Movers]:
    """The movers of a board's window, and of its last session."""
    return (
        _movers(
            board,
            window_title(board.view.window),
            board.profit - board.stakes.distributed,
            board.average_short_interest,
            most,
        ),
        replace(
            _movers(board, "today", board.profit_today - board.stakes.distributed_today, board.short_interest, most),
            nobody="none" if board.market.is_today_known else "unknown: the day before lacks its closes",
        ),
    )


def _movers(board: Board, title: str, profit: Floats, against: Floats, most: int) -> Movers:
    # Imported late: the first paint of the screen must not wait for numpy.
    import numpy as np

    from widgets.name_writer import short_name

    order = board.order(profit, among=board.was_held & np.isfinite(profit))

    def mover(column: int) -> Mover:
        earned, base = float(profit[column]), float(against[column])
        return Mover(
            symbol=str(board.market.symbols[column]),
            name=short_name(str(board.market.names[column])),
            profit=earned,
            ratio=earned / base if base > 0 else None,
        )

    best = [mover(int(column)) for column in order[:most]]
    worst = [mover(int(column)) for column in order[::-1][:most]]
    return Movers(
        title=title,
        best=tuple(one for one in best if one.profit > LEAST_AMOUNT),
        worst=tuple(one for one in worst if one.profit < -LEAST_AMOUNT),
    )


class MoversBlock(NamedTuple):
    """The best or the worst shorts of a span, and the cells they take under their title."""

    movers: tuple[Mover, ...]
    title: str
    nobody: str
    key: str
    """What no other block is called."""
    x: int
    y: int
    """The line of the title."""
    width: int


def movers_blocks(
    spans: Sequence[Movers], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE
) -> list[MoversBlock]:
    """Where the movers stand: both spans beside each other where there is room, else best and worst, else none.

    Each block has as many names as fit the height, but never fewer than `LEAST_MOVERS`.
    """
    sides = [
        (f"{place}{words}", movers, f"{words} shorts {glyphs.separator} {span.title}", span.nobody)
        for place, span in enumerate(spans)
        for words, movers in (("best", span.best), ("worst", span.worst))
    ]
    beside = next((count for count in (4, 2) if count <= len(sides) and width >= count * BESIDE_WIDTH), 1)
    rows = [sides[first : first + beside] for first in range(0, len(sides), beside)]
    # A title for each, and a line between the spans.
    gaps = max(len(spans) - 1, 0) if beside < 4 else 0
    most = max(LEAST_MOVERS, (height - len(rows) - gaps) // max(len(rows), 1))
    blocks: list[MoversBlock] = []
    y = 0
    for place, row in enumerate(rows):
        for column, (key, movers, title, nobody) in enumerate(row):
            x = width * column // beside
            taken = width * (column + 1) // beside - x
            blocks.append(MoversBlock(movers[:most], title, nobody, key, x, y, taken))
        y += 1 + max(1, *(len(block.movers) for block in blocks[-len(row) :]))
        y += (place + 1) * beside % 2 == 0
    return blocks


def movers_lines(
    spans: Sequence[Movers], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE, *, unit: str
) -> list[Line]:
    """The lines of all blocks, where `movers_blocks` puts them, with dollars in the unit that the title names."""
    pieces: dict[int, list[tuple[MoversBlock, Line]]] = {}
    for block in movers_blocks(spans, width, height, glyphs):
        drawn = _block(block.movers, block.title, block.nobody, block.width, unit, glyphs)
        for y, piece in enumerate(drawn, block.y):
            pieces.setdefault(y, []).append((block, piece))
    lines: list[Line] = []
    for y in range(max(pieces, default=-1) + 1):
        line: Line = []
        for block, piece in pieces.get(y, []):
            line += fit_line([], block.x - sum(width_of(text) for text, _ in line), glyphs)
            line += piece
        lines.append(fit_line(line, width, glyphs))
    return lines


def _block(movers: Sequence[Mover], title: str, nobody: str, width: int, unit: str, glyphs: Glyphs) -> list[Line]:
    rows = [_cells(mover, unit, glyphs) for mover in movers]
    titles, *table = row_lines(MOVER_COLUMNS, rows, width, glyphs=glyphs)
    head: Line = [(fit(_headed(f"  {title}", titles) if rows else f"  {title}", width, glyphs=glyphs), "header")]
    return [head, *(table or [fit_line([(fit(f"  {nobody}", width, glyphs=glyphs), "muted")], width, glyphs)])]


def _headed(title: str, titles: Line) -> str:
    """The title of a block with those of its figures over them, where they do not meet."""
    words = "".join(text for text, _ in titles)
    at = words.find(PROFIT_TITLE)
    return title.ljust(at) + words[at:].rstrip() if at > width_of(title) else title


def _cells(mover: Mover, unit: str, glyphs: Glyphs) -> list[RowCell]:
    return [
        words_cell(mover.symbol, "title", glyphs),
        words_cell(mover.name, "plain", glyphs),
        profit_cell(mover.profit, unit, 0, glyphs),
        (lambda width: percent(mover.ratio, width, mark="", glyphs=glyphs), gain_style(mover.ratio)),
    ]


class MoversPanel(ListPanel):
    """The best and worst shorts of the window and of today; each opens its screen."""

    description = PanelDescription(
        id="movers",
        title="Best and worst shorts",
        formula=Formula(
            title="Winners and losers",
            formula="names sorted by  Σ −Q(t−1) · (P(t) − P(t−1))",
            words="Where short sellers made and lost most in the window. Delisted names stay: the largest wins are "
            "there. What a spin-off or another distribution took from a price is owed to the lender and is not "
            "counted here.",
        ),
        rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST),
    )

    _spans: tuple[Movers, ...] = ()
    _unit = ""

    class MoverChosen(Message):
        """A name was chosen, by Enter or a double click."""

        def __init__(self, panel: MoversPanel, symbol: str, listed: tuple[str, ...], words: str) -> None:
            super().__init__()
            self.panel = panel
            """The panel it happened in."""
            self.symbol = symbol
            """The name's symbol."""
            self.listed = listed
            """The symbols of the block it stands in, in order."""
            self.words = words
            """What that block is, such as `worst shorts · YTD`."""

        @property
        def control(self) -> MoversPanel:
            """The panel, for `on` selectors."""
            return self.panel

    def show(self, board: Board) -> int:
        """Show a board's movers; returns how many regions are repainted."""
        self._spans, self._unit = movers_of(board), board.units.names
        self.title = f"{self.description.title} {self.glyphs.separator} ${self._unit}"
        return self.redraw()

    def list_lines(self, width: int, height: int) -> list[Line]:
        return movers_lines(self._spans, width, height, self.glyphs, unit=self._unit)

    def entries_at(self, width: int, height: int) -> list[Entry]:
        return [
            Entry(f"{block.key} {mover.symbol}", block.y + line, block.x, block.width)
            for block in movers_blocks(self._spans, width, height, self.glyphs)
            for line, mover in enumerate(block.movers, 1)
        ]

    def choose(self, key: str) -> None:
        name, symbol = key.split(" ", 1)
        for block in movers_blocks(self._spans, *self.size, self.glyphs):
            if block.key == name:
                listed = tuple(mover.symbol for mover in block.movers)
                self.post_message(self.MoverChosen(self, symbol, listed, block.title))
