"""The preview of the name under the cursor: its chart, its key figures, and its peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

from shortside.words.group_words import sector_word, tier_word
from widgets.format import GLYPHS_UNICODE, Glyphs, count, days, dollars, fit, in_unit, number, percent, price
from widgets.lines import Line
from widgets.panel import Panel

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Floats, Indexes
    from shortside.one_name.history import NameHistory

REST_SECONDS = 0.05
"""How long the cursor must have rested before its name is drawn, so that no key waits for a chart."""
PREVIEW_SESSIONS = 252
FIGURE_ROWS = 5
OTHER_ROWS = 6
"""The headline, two gaps, and what stands over the peers."""
FEW_PEERS = 6
"""Rows of peers for which the chart gives room."""
LEAST_CHART_ROWS = 8
MOST_CHART_ROWS = 18
TITLE_MARGIN = 8
"""Cells of the border that the title leaves free."""
LABEL_WIDTH = 10
FIGURE_WIDTH = 9


class NamePreview(Panel, can_focus=False):
    """Shows a name beside the list it stands in, a moment after the cursor came to rest on it."""

    _board: Board | None = None
    _column: int | None = None
    _timer: Timer | None = None

    def follow(self, board: Board, column: int | None) -> None:
        """Show a name by its column of the board's vectors, None for nobody, unless another is asked for at once."""
        self._board, self._column = board, column
        if not self.is_attached or not self.display:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST_SECONDS, self._show, name="preview")

    @property
    def _shown(self) -> tuple[Board, int] | None:
        """Whose name is shown; None where the list is empty, or the market has fewer names now."""
        if self._board is None or self._column is None or self._column >= len(self._board.market.symbols):
            return None
        return self._board, self._column

    def _show(self) -> None:
        self._timer = None
        if not self.is_attached:
            return
        self.title = ""
        if self._shown is not None:
            # Beside the title the border keeps its corners and a line on either side.
            room = max(self.outer_size.width - TITLE_MARGIN, 0)
            board, column = self._shown
            name = str(board.market.names[column])
            self.title = fit(f"{board.market.symbols[column]}  {name}", room, glyphs=self.glyphs).rstrip()
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return [] if self._shown is None else preview_lines(*self._shown, width, height, self.glyphs)


def preview_lines(board: Board, column: int, width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """The lines of a preview: price and company, the chart, figures, and as many peers as there is room for."""
    # Imported late: the first paint of the screen must not wait for numpy.
    from shortside.one_name.history import name_history
    from shortside.one_name.peers import peers_of

    room = height - FIGURE_ROWS - OTHER_ROWS
    chart = min(max(room - FEW_PEERS, min(room, LEAST_CHART_ROWS)), MOST_CHART_ROWS)
    lines = [_headline(board, column, glyphs)]
    if chart >= LEAST_CHART_ROWS:
        lines += _chart_lines(name_history(board, column), width, chart, glyphs)
    lines += [[], *_figure_lines(board, column, glyphs), []]
    return [*lines, *_peer_lines(board, column, peers_of(board, column), height - len(lines), glyphs)][:height]


def _headline(board: Board, column: int, glyphs: Glyphs) -> Line:
    from shortside.name_figures import price_change_today
    from widgets.figure_rows import gain_style

    market = board.market
    change = float(price_change_today(board)[column])
    # A short seller gains where the price falls.
    today: Line = [(percent(change, 8, glyphs=glyphs).strip(), gain_style(-change))]
    sector = sector_word(market.sector_names[int(market.sectors[column])])
    words = f"  {tier_word(board.scheme.labels[int(board.tier_codes[column])])} {glyphs.separator} {sector}"
    return [
        (f" {price(float(board.book.price[column]), 10, glyphs=glyphs).strip()}  ", "title"),
        *today,
        (words, "muted"),
    ]


def _chart_lines(history: NameHistory, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    from widgets.chart import line_chart
    from widgets.format import shares
    from widgets.name_curves import event_marks, ordinals, price_curve, short_curves

    last = len(history.sessions) - 1
    first = max(min(last + 1 - PREVIEW_SESSIONS, history.window.start), 0)
    places = ordinals(history, first, last)
    return line_chart(
        [price_curve(history, first, places, glyphs), *short_curves(history, first, places, glyphs)[1:]],
        width,
        height,
        left_format=lambda value: f"{value:,.0f}" if abs(value) >= 100 else price(value, 8, glyphs=glyphs),
        right_format=lambda value: shares(value, 7, glyphs=glyphs),
        marks=[mark for mark in event_marks(history, first, places, glyphs) if mark.sign != glyphs.published],
        span=(places[0], places[-1]),
        glyphs=glyphs,
    )


def _figure_lines(board: Board, column: int, glyphs: Glyphs) -> list[Line]:
    """Ten figures in two columns, each with its words."""
    from shortside.name_figures import short_interest_change, short_ratio

    profit = float(board.profit[column])
    average = float(board.short_interest_total[column]) / (board.window.length + 1)
    texts = (
        ("SI $", dollars(float(board.short_interest[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("crowding", number(float(board.crowding.score[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("SI change", percent(float(short_interest_change(board)[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("squeeze", number(float(board.crowding.squeeze[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("% short", percent(float(short_ratio(board)[column]), FIGURE_WIDTH, False, glyphs=glyphs)),
        ("DTC", days(float(board.days_to_cover[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("new 30d", dollars(float(board.new_short_30d[column]), FIGURE_WIDTH, signed=True, glyphs=glyphs)),
        ("P&L", dollars(profit, FIGURE_WIDTH, signed=True, glyphs=glyphs)),
        ("cap", dollars(float(board.market_cap[column]), FIGURE_WIDTH, glyphs=glyphs)),
        ("P&L %", percent(profit / average if average else float("nan"), FIGURE_WIDTH, glyphs=glyphs)),
    )
    cells: list[Line] = [[(f" {words:<{LABEL_WIDTH}}", "muted"), (f"{text}  ", "plain")] for words, text in texts]
    return [[*left, *right] for left, right in zip(cells[::2], cells[1::2], strict=True)]


def _peer_lines(board: Board, column: int, peers: Indexes, rows: int, glyphs: Glyphs) -> list[Line]:
    """The name's ranks among the names of its sector and tier, and those that stand around it by crowding."""
    from shortside.one_name.peers import rank_among

    ranks = ", ".join(
        f"{words} {_rank(rank_among(values, peers, column), glyphs)}"
        for words, values in (("SI $", board.short_interest), ("P&L", board.profit))
    )
    heading: Line = [(f" peers by sector and tier: {count(len(peers), 6, glyphs=glyphs).strip()}", "title")]
    lines: list[Line] = [heading, [(f" rank by {ranks}", "muted")]]
    unit = board.units.names
    lines.append([(f"     #  symbol  crowd {f'SI ${unit}':>8} {f'P&L ${unit}':>9}", "header")])
    around = rows - len(lines)
    if around < 1:
        return lines[:rows]
    own = peers.tolist().index(column)
    first = max(min(own - around // 2, len(peers) - around), 0)
    score: Floats = board.crowding.score
    for place in range(first, min(first + around, len(peers))):
        at = int(peers[place])
        marker, style = (glyphs.cursor, "title") if at == column else (" ", "plain")
        figures = (
            f"{count(place + 1, 5, glyphs=glyphs)}  {fit(str(board.market.symbols[at]), 6, glyphs=glyphs)}",
            number(float(score[at]), 6, glyphs=glyphs),
            in_unit(float(board.short_interest[at]), 8, unit, glyphs=glyphs),
            in_unit(float(board.profit[at]), 9, unit, True, glyphs=glyphs),
        )
        lines.append([(marker, "accent"), (" ".join(figures), style)])
    return lines


def _rank(rank: tuple[int, int] | None, glyphs: Glyphs) -> str:
    return glyphs.missing if rank is None else f"{rank[0]:,} of {rank[1]:,}"
