"""The head of a name's screen: which name, whether it trades, what is doubtful about it, what the user has of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shortside.board import Board
from shortside.named_windows import SINCE_PREFIX
from shortside.words.group_words import tier_word
from widgets.figures import day_words, full_day, last_settlement
from widgets.format import GLYPHS_UNICODE, Glyphs, dollars, fit, price, width_of
from widgets.lines import Line
from widgets.own_sums import own_line
from widgets.panel import Panel

if TYPE_CHECKING:
    from shortside.own.figures import OwnBook


def head_lines(
    board: Board, column: int, place_words: str, width: int, glyphs: Glyphs = GLYPHS_UNICODE
) -> tuple[Line, Line]:
    """The head's two lines: the name and its place in the list; then the view, or that it no longer trades.

    The place and the mark of a simulation or a replay stay however narrow the screen is; the company's name gives way.
    """
    market = board.market
    mark = f" {market.mark} " if market.mark else ""
    symbol, right = f" {market.symbols[column]} ", f" {place_words} "
    room = max(width - width_of(symbol) - width_of(mark) - width_of(right) - 1, 0)
    name = fit(f" {market.names[column]}", room, glyphs=glyphs)
    first: Line = [(symbol, "accent"), (name, "plain"), (mark, "warning"), (" ", "plain"), (right, "title")]
    trading = trading_words(board, column) or doubt_words(board, column, glyphs) or threshold_words(board, column)
    second: Line = [(f" {trading}", "warning"), ("  ", "plain")] if trading else [(" ", "plain")]
    used = width_of(trading) + 2
    separator = f" {glyphs.separator} "
    for words in _view_words(board, column):
        if used + width_of(words) + width_of(separator) > width:
            break
        second += [(separator if len(second) > 1 and not second[-1][0].isspace() else "", "shade"), (words, "muted")]
        used += width_of(words) + width_of(separator)
    return first, second


def trading_words(board: Board, column: int) -> str:
    """What to say of a name without a price in the last session; empty when it has one."""
    market = board.market
    last = int(market.last_priced[column])
    if last >= len(market.sessions) - 1 or (market.is_live and last >= len(market.sessions) - 2):
        return ""
    day, at = full_day(market.sessions[last]), price(float(market.close[last, column]), 12).strip()
    if market.has_ended[column]:
        return f"stopped trading {day} at {at}"
    return f"no price since {day}, carried at {at}"


def doubt_words(board: Board, column: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """What is doubtful about a name in the window, with the dollars that hang on it; empty where nothing is."""
    if column not in board.doubt_words:
        return ""
    doubt = next(doubt for doubt in board.doubts_about(column) if doubt.dollars != 0)
    stake = "" if math.isnan(doubt.dollars) else f", {dollars(doubt.dollars, 8, glyphs=glyphs).strip()} at stake"
    return f"doubtful: {doubt.rule.word.replace('_', ' ')} of {full_day(doubt.session)}{stake}"


def threshold_words(board: Board, column: int) -> str:
    """The mark of a name whose shorts may be bought in by force; empty for any other."""
    threshold = board.market.threshold
    if threshold is None or not threshold.is_listed[column]:
        return ""
    return f"on the threshold list since {full_day(threshold.since[column])}"


class SymbolHead(Panel, can_focus=False):
    """The two lines over the panels that say which name is shown, and in which view."""

    DEFAULT_CSS = """
    SymbolHead { border: none; height: 2; background: $panel; }
    SymbolHead.-ascii { border: none; }
    """
    board: Board | None = None
    column = 0
    place_words = ""

    def draw(self, width: int, height: int) -> list[Line]:
        if self.board is None:
            return []
        return list(head_lines(self.board, self.column, self.place_words, width, self.glyphs))


class OwnPositionLine(Panel, can_focus=False):
    """The line under the head that says what the user has of the name; it takes no room where that is nothing."""

    DEFAULT_CSS = """
    OwnPositionLine { border: none; height: 1; display: none; }
    OwnPositionLine.-ascii { border: none; }
    """
    book: OwnBook | None = None
    rows: Sequence[int] = ()

    def show_positions(self, book: OwnBook | None, column: int) -> None:
        """Show the positions in the name in a column, or nothing."""
        self.book, self.rows = book, () if book is None else book.rows_of(np.array([column]))
        self.display = bool(self.rows)
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        if self.book is None or not self.rows:
            return []
        return [own_line(self.book, self.rows, width, self.glyphs)]


def _view_words(board: Board, column: int) -> list[str]:
    """The day, the window, how shares are known, and what kind of company it is, the most needed first."""
    market, window, view = board.market, board.window, board.view
    name = window.name.upper() if window.name.isalpha() else window.name
    days = last_settlement(board)
    words = (
        f"as of {full_day(market.sessions[-1])}{' live' if market.is_live else ''}",
        f"SI {day_words(days[0], board)} published {day_words(days[1], board)}" if days else "no short interest",
        name if name.startswith(SINCE_PREFIX) else f"{name} from {full_day(window.start_date)}",
        f"shares {str(view.positions).upper()}",
        view.knowledge.words,
        f"tier {tier_word(board.scheme.labels[int(board.tier_codes[column])])} by {str(view.basis).upper()}",
        market.sector_names[int(market.sectors[column])],
        str(market.exchanges[column]),
    )
    return [word for word in words if word]
