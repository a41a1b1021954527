"""What short dollars did in a window and in the one before it, name by name: shorting parted from the price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats
from shortside.named_windows import CYCLE_WINDOW, SINCE_PREFIX
from shortside.windows import Window, window_of


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WindowFlow:
    """The identity of a window, USD per name: start + new short + turned up + price effect = end. (N,) each."""

    window: Window
    start: Floats
    """Sold short at the window's start."""
    new_short: Floats
    """Shorting less covering as far as it is known: of a position that turned up, what came after its first close."""
    turned_up: Floats
    """Positions that turned up without being new, at their first close in the window."""
    price_effect: Floats
    """What the price added: the P&L of the shorts with the sign turned."""
    end: Floats
    """Sold short at the window's end."""
    has_turned_up: Flags
    """Whether a position turned up without being new, so that its new shorts are not the whole."""


def window_flow(board: Board) -> WindowFlow:
    """The identity of the Board's own window, at the prices of the moment."""
    turned_up = board.appeared > 0
    # What a day's price did is not known where the close before is missing: all of it has turned up.
    known = np.where(turned_up & np.isnan(board.profit), 0.0, board.profit)
    return WindowFlow(
        window=board.window,
        start=board.short_interest_start,
        new_short=board.known_new_short,
        turned_up=board.appeared,
        price_effect=-known,
        end=board.short_interest_end,
        has_turned_up=np.asarray(turned_up | np.isnan(board.new_short)),
    )


def flow_before(board: Board) -> WindowFlow | None:
    """The identity of the window of the same kind that ends where the Board's own begins.

    None where it is not whole: no closes, or no settlement known, from its first day on.
    """
    window = window_before(board)
    if window is None:
        return None
    book = board.book
    sums = book.window(window)
    return WindowFlow(
        window=window,
        start=book.short_interest_at(window.start),
        new_short=sums.new_short,
        turned_up=book.appeared(window),
        price_effect=-sums.profit,
        end=book.short_interest_at(window.end),
        has_turned_up=book.has_appeared(window),
    )


def window_before(board: Board) -> Window | None:
    """The window of the same kind that ends where the Board's own begins; None where it is not whole.

    Before a cycle lies the cycle before it, before 30 days the 30 days before, before a `since:` as many sessions. Of
    the year so far it is the whole year before.
    """
    window, knots = board.window, board.book.positions.knots
    if window.is_cut or window.length == 0:
        return None
    before = _before(board, window)
    if before is None or before.is_cut or before.length == 0:
        return None
    return before if len(knots) and knots[0] <= before.start else None


def _before(board: Board, window: Window) -> Window | None:
    if window.name == CYCLE_WINDOW:
        return board.cycle_before
    if window.name.startswith(SINCE_PREFIX):
        return _as_many_sessions(board, window)
    return window_of(window.name, board.market.sessions, window.start) if window.start else None


def _as_many_sessions(board: Board, window: Window) -> Window | None:
    start = window.start - window.length
    if start < 0:
        return None
    first = board.market.sessions[start].astype(object)
    return Window(name=window.name, start=start, end=window.start, start_date=first, end_date=window.start_date)


def float_ratio(board: Board, flow: WindowFlow) -> Floats:
    """(N,) shares sold short less shares covered in a window, over the public float.

    NaN where the float is unknown or old, and where the position turned up within the window: what was short before
    is not known then.
    """
    positions = board.book.positions
    change = positions.at(flow.window.end) - positions.at(flow.window.start)
    return np.where(flow.has_turned_up, np.nan, quotient(change, board.market.known_float))
