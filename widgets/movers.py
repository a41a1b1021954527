"""The panel of movers: the names whose shorts earned and lost the most, in the window and today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from shortside.datasets import Dataset
from shortside.named_windows import window_title
from widgets.columns import TableColumn
from widgets.figure_rows import NEGLIGIBLE_DOLLARS, RowCell, gain_style, profit_cell, row_lines, words_cell
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, percent
from widgets.formula import Formula
from widgets.panel import Line, Panel, fit_line
from widgets.panel_description import PanelDescription

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Floats

MOVERS_SHOWN = 5
SIDE_BY_SIDE_WIDTH = 72
MOVER_COLUMNS = (
    TableColumn(key="symbol", title="symbol", width=6, align="left"),
    TableColumn(key="name", title="name", width=10, align="left", min_width=8, max_width=24, priority=3),
    TableColumn(key="profit", title="P&L", width=9, priority=1),
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


def movers_of(board: Board, most: int = MOVERS_SHOWN) -> tuple[Movers, Movers]:
    """The movers of a board's window, and of its last session."""
    return (
        _movers(board, window_title(board.view.window), _earned(board), board.average_short_interest, most),
        replace(
            _movers(board, "today", _earned(board, is_today=True), board.short_interest, most),
            nobody="none" if board.market.is_today_known else "unknown: the day before lacks its closes",
        ),
    )


def _earned(board: Board, *, is_today: bool = False) -> Floats:
    """(N,) P&L in USD without the part of it that a distribution took from the price, which the short owes."""
    profit = board.profit_today if is_today else board.profit
    return profit - board.distributed(is_today=is_today)


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
        best=tuple(one for one in best if one.profit > NEGLIGIBLE_DOLLARS),
        worst=tuple(one for one in worst if one.profit < -NEGLIGIBLE_DOLLARS),
    )


def movers_lines(spans: Sequence[Movers], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A block for each span: the best and the worst beside each other where there is room, else one below the other."""
    lines: list[Line] = []
    for span in spans:
        if lines:
            lines.append(fit_line([], width, glyphs))
        if width >= SIDE_BY_SIDE_WIDTH:
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
    table = row_lines(MOVER_COLUMNS, rows, width, glyphs=glyphs)[1:]
    head: Line = [(fit(f"  {title}", width, glyphs=glyphs), "header")]
    return [head, *(table or [fit_line([(fit(f"  {nobody}", width, glyphs=glyphs), "muted")], width, glyphs)])]


def _cells(mover: Mover, glyphs: Glyphs) -> list[RowCell]:
    return [
        words_cell(mover.symbol, "title", glyphs),
        words_cell(mover.name, "plain", glyphs),
        profit_cell(mover.profit, None, glyphs),
        (lambda width: percent(mover.ratio, width, mark="", glyphs=glyphs), gain_style(mover.ratio)),
    ]


class MoversPanel(Panel):
    """The best and worst shorts of the window and of today."""

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

    def show(self, board: Board) -> int:
        """Show a board's movers; returns how many regions are repainted."""
        self._spans = movers_of(board)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return movers_lines(self._spans, width, height, self.glyphs)
