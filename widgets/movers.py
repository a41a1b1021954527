"""The names whose shorts earned and lost the most, in the window and today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from widgets.columns import Column
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, percent
from widgets.panel import Line, Panel, fit_line
from widgets.records import DUST, RecordCell, profit_cell, record_lines, style_of, words_cell

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Floats

MOST = 5
SIDE_BY_SIDE = 72
COLUMNS = (
    Column(key="symbol", title="symbol", width=6, align="left"),
    Column(key="name", title="name", width=10, align="left", min_width=8, max_width=24, priority=3),
    Column(key="profit", title="P&L", width=9, priority=1),
    Column(key="ratio", title="P&L %", width=6, priority=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """What the shorts of one name earned."""

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
    """What stands in the place of movers where there are none."""


def movers_of(board: Board, most: int = MOST) -> tuple[Movers, Movers]:
    """The movers of a board's window, and of its last session."""
    window = board.view.window
    name = window if window.startswith("since:") else window.upper()
    return (
        _movers(board, name, board.profit, board.average_short_interest, most),
        replace(
            _movers(board, "today", board.profit_today, board.short_interest, most),
            nobody="none" if board.market.is_today_known else "unknown: the day before lacks its closes",
        ),
    )


def _movers(board: Board, title: str, profit: Floats, against: Floats, most: int) -> Movers:
    # Imported late: the first paint of the screen must not wait for numpy.
    import numpy as np

    from widgets.name_cells import short_name

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
        best=tuple(one for one in best if one.profit > DUST),
        worst=tuple(one for one in worst if one.profit < -DUST),
    )


def movers_lines(spans: Sequence[Movers], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A block for each span: the best and the worst beside each other where there is room, else one below the other."""
    lines: list[Line] = []
    for span in spans:
        if lines:
            lines.append(fit_line([], width, glyphs))
        if width >= SIDE_BY_SIDE:
            half = width // 2
            left = _block(span.best, f"best shorts {glyphs.separator} {span.title}", span.nobody, half, glyphs)
            right = _block(
                span.worst, f"worst shorts {glyphs.separator} {span.title}", span.nobody, width - half, glyphs
            )
            blank = fit_line([], half, glyphs), fit_line([], width - half, glyphs)
            lines += [[*(one or blank[0]), *(other or blank[1])] for one, other in zip_longest(left, right)]
        else:
            lines += _block(span.best, f"best shorts {glyphs.separator} {span.title}", span.nobody, width, glyphs)
            lines += _block(span.worst, f"worst shorts {glyphs.separator} {span.title}", span.nobody, width, glyphs)
    return lines


def _block(movers: Sequence[Mover], title: str, nobody: str, width: int, glyphs: Glyphs) -> list[Line]:
    rows = [_cells(mover, glyphs) for mover in movers]
    table = record_lines(COLUMNS, rows, width, glyphs=glyphs)[1:]
    head: Line = [(fit(f"  {title}", width, glyphs=glyphs), "header")]
    return [head, *(table or [fit_line([(fit(f"  {nobody}", width, glyphs=glyphs), "muted")], width, glyphs)])]


def _cells(mover: Mover, glyphs: Glyphs) -> list[RecordCell]:
    return [
        words_cell(mover.symbol, "title", glyphs),
        words_cell(mover.name, "plain", glyphs),
        profit_cell(mover.profit, None, glyphs),
        (lambda width: percent(mover.ratio, width, mark="", glyphs=glyphs), style_of(mover.ratio)),
    ]


class MoversPanel(Panel):
    """The best and worst shorts of the window and of today."""

    def __init__(
        self,
        *,
        title: str = "5 Best and worst shorts",
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._spans: tuple[Movers, ...] = ()

    def show(self, board: Board) -> int:
        """Show a board's movers; returns how many regions are repainted."""
        self._spans = movers_of(board)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return movers_lines(self._spans, width, height, self.glyphs)
