"""The price's change, of the day and of the window, in per cent; and columns without a figure give their room away."""

from __future__ import annotations

import math

import numpy as np
import pytest
from board_examples import SYMBOLS, Alone, board_of, screen_text
from market_examples import listings_of, splits_of, texts

from shortside.board import Board, Desk
from shortside.market import market_of
from shortside.name_figures import price_change, price_change_today
from shortside.view import View
from widgets.columns import place_columns
from widgets.crowded import CrowdedTable
from widgets.crowded_rows import CrowdedRows
from widgets.format import GLYPHS_UNICODE
from widgets.name_columns import COLUMNS_ON_REQUEST, TABLE_COLUMNS, columns_without_figures, crowded_columns
from widgets.name_index import NameIndex

SESSIONS = 30
KEYS = [column.key for column in TABLE_COLUMNS]


def closes(*names: list[float]) -> np.ndarray:
    """(T, N) closes that stay as they are until the last few, which are given."""
    made = np.full((SESSIONS, len(names)), np.nan)
    for column, last in enumerate(names):
        made[:, column] = last[0]
        made[SESSIONS - len(last) :, column] = last
    return made


def board(close: np.ndarray, window: str = "5d", **changes) -> Board:
    shares = np.full((6, close.shape[1]), 1e6)
    return Desk(market_of(listings_of(close, shares, **changes))).board(View(window=window))


def written(shown: Board, key: str) -> list[str]:
    rows = CrowdedRows(shown, NameIndex(shown.market), GLYPHS_UNICODE)
    rows.sort("symbol", False)
    return [rows.cells(row, [KEYS.index(key)])[0][0].strip() for row in range(rows.row_count)]


def test_changes_of_the_day_and_the_window_are_those_of_the_closes():
    shown = board(closes([100, 100, 100, 100, 100, 110, 121], [50, 50, 50, 50, 50, 50, 45]))
    assert price_change_today(shown) == pytest.approx([0.10, -0.10], abs=1e-6)
    assert price_change(shown) == pytest.approx([0.21, -0.10], abs=1e-6)
    assert written(shown, "price_change_today") == ["+10.0", "−10.0"]
    assert written(shown, "price_change") == ["+21.0", "−10.0"]


def test_a_split_is_no_change_of_price():
    close = closes([100, 100, 100, 100, 100, 100, 25])
    sessions = listings_of(close, np.ones((6, 1))).sessions
    shown = board(close, splits=splits_of(sessions, [(0, SESSIONS - 1, 0.25)]))
    assert price_change_today(shown) == pytest.approx([0.0], abs=1e-6)
    assert price_change(shown) == pytest.approx([0.0], abs=1e-6)


def test_a_tick_moves_both_changes_and_their_cells():
    shown = board(closes([100, 100, 100, 100, 100, 100, 100], [10] * 7))
    assert written(shown, "price_change") == ["0.0", "0.0"]
    shown.desk.tick(np.array([0]), np.array([103.0]))
    shown.tick(np.array([0]), np.array([103.0]))
    assert written(shown, "price_change_today") == written(shown, "price_change") == ["+3.0", "0.0"]
    assert price_change(shown) == pytest.approx(price_change_today(shown))


def test_without_a_price_today_or_the_close_before_nothing_is_known_of_the_day():
    # Among twenty, for a session without most of its closes is a misprint.
    close = closes(*[[100.0] * 7] * 20)
    close[-1, 1] = np.nan
    close[-2, 2] = np.nan
    close[:-3, 3] = np.nan
    shown = board(close)
    assert written(shown, "price_change_today")[:5] == ["0.0", "—", "—", "0.0", "0.0"]
    assert written(shown, "price_change")[:5] == ["0.0", "0.0", "0.0", "—", "0.0"], "one came within the window"
    for key, vector in (("price_change_today", price_change_today(shown)), ("price_change", price_change(shown))):
        assert [text == "—" for text in written(shown, key)] == [not math.isfinite(value) for value in vector]


@pytest.mark.parametrize("window", ["1d", "5d", "30d", "ytd"])
def test_cells_and_the_order_say_the_same_change(window):
    shown = board_of(View(window=window))
    for key, vector in (("price_change_today", price_change_today(shown)), ("price_change", price_change(shown))):
        by_symbol = [vector[column] for column in np.flatnonzero(shown.was_held)]
        for text, value in zip(written(shown, key), by_symbol, strict=True):
            if math.isfinite(value):
                assert float(text.replace("−", "-")) == pytest.approx(value * 100, abs=0.051)
            else:
                assert text == "—"


def test_a_column_without_any_figure_is_found_whichever_it_is():
    # Of these names nobody kept fees over time.
    assert columns_without_figures(board_of()) == COLUMNS_ON_REQUEST
    bare = board_of(
        borrow=None,
        exchanges=texts([""] * len(SYMBOLS)),
        sectors=texts([""] * len(SYMBOLS)),
        shares_outstanding=np.full((70, len(SYMBOLS)), np.nan, np.float32),
        float_shares=np.full(len(SYMBOLS), np.nan),
    )
    assert columns_without_figures(bare) == {
        "borrow_fee", "fee_change_1d", "fee_change_1w", "exchange", "sector", "tier", "market_cap", "short_ratio",
        *COLUMNS_ON_REQUEST,
    }  # fmt: skip


async def test_a_column_without_figures_gives_its_room_to_others_and_takes_it_back():
    table = CrowdedTable()
    app = Alone(table)
    async with app.run_test(size=(120, 12)) as pilot:
        table.show(board_of(borrow=None))
        await pilot.pause()
        assert "fee" not in screen_text(app)[1]
        without = [column.key for column in table.visible_columns]
        table.show(board_of())
        await pilot.pause()
        assert "fee %" in screen_text(app)[1]
        assert len(without) >= len(table.visible_columns)
        shown = [one for one in TABLE_COLUMNS if (one.vector or one.ranks) and one.key not in COLUMNS_ON_REQUEST]
        assert len(table.row_text(0).split("\t")) == len(shown) + 1


@pytest.mark.parametrize("width", [200, 220, 250, 300])
def test_a_wide_table_is_filled_and_no_column_is_lost_in_it(width):
    placed = place_columns(crowded_columns("ytd"), width, 0, CrowdedTable.MOST_GAP)
    last = placed[-1]
    assert last.x + last.width >= width - len(placed)
    assert width >= last.x + last.width
