"""The table of names: any order, any filter, the cursor on the same name, and only what moved repainted."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from board_examples import SYMBOLS, Alone, board_of, listings, screen_text
from hypothesis import given
from hypothesis import strategies as st
from market_examples import random_listings
from rich.cells import cell_len
from textual import on
from waiting import PATIENCE

from shortside.board import Board, Desk
from shortside.market import market_of
from shortside.name_figures import short_interest_change
from shortside.view import View
from widgets.crowded import CrowdedTable
from widgets.crowded_rows import CrowdedRows, sorting
from widgets.exported_names import name_values
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.name_columns import COLUMNS_ON_REQUEST, SORT_WORDS, crowded_columns, name_column
from widgets.name_index import NameIndex
from widgets.name_writer import short_name

KEYS = [column.key for column in crowded_columns()]
UNASKED = [key for key in KEYS if key not in COLUMNS_ON_REQUEST]
"""The columns that are in the table unless somebody chose others."""


class Listening(Alone):  # type: ignore[misc]  # test helpers are untyped to mypy
    """Keeps the orders announced."""

    @on(CrowdedTable.SortChanged)
    def keep(self, message: CrowdedTable.SortChanged) -> None:
        assert message.control is message.table
        self.posted.append((message.sort_key, message.is_descending))


def rows_over(board: Board, sort_key: str = "symbol", text: str = "", tiers=None, is_descending=False) -> CrowdedRows:
    rows = CrowdedRows(board, NameIndex(board.market), GLYPHS_UNICODE)
    rows.sort(sort_key, is_descending, text, tiers)
    return rows


def symbols_of(rows: CrowdedRows) -> list[str]:
    return [str(rows.board.market.symbols[column]) for column in rows.order]


def cell_of(rows: CrowdedRows, symbol: str, key: str) -> str:
    row = rows.row_of(symbol)
    assert row is not None
    return rows.cells(row)[KEYS.index(key)][0].strip()


@pytest.mark.parametrize("sort_key", sorted(SORT_WORDS))
@pytest.mark.parametrize("is_descending", [True, False])
def test_every_order_is_the_boards_with_the_unknown_last(sort_key, is_descending):
    board = board_of()
    rows = rows_over(board, sort_key, is_descending=is_descending)
    vector = np.asarray(sorting(name_column(sort_key), board, rows.index), float)
    assert rows.order.tolist() == board.order(vector, is_descending).tolist()
    ordered = vector[rows.order]
    known = ordered[np.isfinite(ordered)]
    assert np.isfinite(ordered[: len(known)]).all()
    assert (np.diff(known) <= 0).all() if is_descending else (np.diff(known) >= 0).all()


def test_only_names_that_were_held_short_have_a_row():
    assert symbols_of(rows_over(board_of())) == [symbol for symbol in SYMBOLS if symbol != "ZERO"]


def test_a_filter_finds_the_symbol_itself_then_its_beginnings_then_names():
    board = board_of()
    assert symbols_of(rows_over(board, text="f")) == ["F", "FRC"]
    assert symbols_of(rows_over(board, text="na")) == ["NA", "CVNA"]
    assert symbols_of(rows_over(board, text="N"))[:2] == ["NA", "NVDA"]
    assert symbols_of(rows_over(board, text="  tesla ")) == ["TSLA"]
    assert symbols_of(rows_over(board, text="xyzzy")) == []


def test_a_tier_filter_keeps_its_tiers_and_the_unclassified_are_one():
    board = board_of()
    every = rows_over(board)
    for label in board.scheme.labels:
        tiers = [board.scheme.labels[int(board.tier_codes[column])] for column in every.order]
        assert symbols_of(rows_over(board, tiers=frozenset({label}))) == [
            symbol for symbol, tier in zip(symbols_of(every), tiers, strict=True) if tier == label
        ]
    assert symbols_of(rows_over(board, tiers=frozenset({"unclassified"}))) == ["STAL"]
    assert symbols_of(rows_over(board, tiers=frozenset())) == []


def test_a_name_that_stopped_trading_says_when_and_has_no_position_left():
    rows = rows_over(board_of())
    assert cell_of(rows, "FRC", "symbol") == "FRC†"
    assert cell_of(rows, "FRC", "name") == "2 Mar First Republic Bank"
    for key in ("crowding", "short_interest", "short_ratio", "days_to_cover", "borrow_fee", "profit_today"):
        assert cell_of(rows, "FRC", key) == "n/a"
    assert cell_of(rows, "FRC", "profit")[0] in "+−", "no arrow: it would be read as that of the figure before"
    assert cell_of(rows, "FRC", "price_trend") != ""
    row = rows.row_of("FRC")
    assert row is not None
    assert rows.cells(row)[KEYS.index("symbol")][1] == "muted"


def test_an_old_price_carries_its_letter_and_says_nothing_of_today():
    rows = rows_over(board_of())
    assert cell_of(rows, "STAL", "price").endswith("s")
    row = rows.row_of("STAL")
    assert row is not None
    assert rows.cells(row)[KEYS.index("price")][1] == "stale"
    assert cell_of(rows, "STAL", "profit_today") == "—"
    assert not cell_of(rows, "AAPL", "price").endswith("s")


def test_the_unknown_is_a_dash_and_never_a_zero():
    rows = rows_over(board_of())
    assert cell_of(rows, "AAPL", "borrow_fee") == "—"
    assert cell_of(rows, "BYND", "borrow_fee") == "31.0"
    assert cell_of(rows, "STAL", "short_ratio") == "—"
    assert cell_of(rows, "STAL", "market_cap") == "—"
    assert cell_of(rows, "STAL", "tier") == "—"
    assert cell_of(rows, "F", "sector") == "—"


def test_the_title_names_the_denominator_and_a_letter_marks_the_other():
    of_float = rows_over(board_of())
    assert {column.key: column.title for column in crowded_columns("ytd", True)}["short_ratio"] == "%fl "
    assert cell_of(of_float, "GME", "short_ratio").endswith("s")
    assert cell_of(of_float, "AAPL", "short_ratio").isascii()
    assert not cell_of(of_float, "AAPL", "short_ratio").endswith(("s", "f"))
    floats = np.full(len(SYMBOLS), np.nan)
    floats[SYMBOLS.index("GME")] = 1e8
    of_shares = rows_over(board_of(float_shares=floats))
    assert cell_of(of_shares, "GME", "short_ratio").endswith("f")
    assert not cell_of(of_shares, "AAPL", "short_ratio").endswith(("s", "f"))


def test_short_interest_by_settlement_shows_the_reported_ones_and_a_gap():
    reported = np.full((8, len(SYMBOLS)), 5e6)
    reported[:, 0] = [1e6, 2e6, 3e6, np.nan, 5e6, 6e6, 7e6, 8e6]
    rows = rows_over(board_of(shares_short=reported))
    assert cell_of(rows, "AAPL", "short_trend").replace(" ", "_") == "⣀⣀⠤_⠒⠉⠛"
    assert set(cell_of(rows, "TSLA", "short_trend")) == {"⠒", "⠶"}
    assert cell_of(rows, "TSLA", "short_interest_change") == "0.0"
    change = short_interest_change(rows.board)
    assert change[0] == pytest.approx(7 / 6 - 1)


def test_the_price_along_the_window_ends_with_the_live_price():
    board = board_of()
    rows = rows_over(board)
    assert len(cell_of(rows, "TSLA", "price_trend")) == 8
    column = np.array([SYMBOLS.index("TSLA")])
    board.tick(column, np.array([1e4]))
    assert cell_of(rows, "TSLA", "price_trend") == "⣀⣀⣀⣀⣀⣀⣀⠛"
    assert cell_of(rows, "TSLA", "price") == "10000.00"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Upstart Holdings Inc. Common stock", "Upstart Holdings"),
        ("Alphabet Inc. Class A Common Stock", "Alphabet"),
        ("Nano Labs Ltd American Depositary Shares", "Nano Labs"),
        ("Incyte Corporation Common Stock", "Incyte"),
        ("Common Stock", "Common Stock"),
        ("Stalled Shares Plc", "Stalled Shares"),
    ],
)
def test_a_name_loses_its_legal_form(name, short):
    assert short_name(name) == short


@given(random_listings(), st.sampled_from(["5d", "30d", "ytd"]), st.booleans())
def test_every_cell_is_as_wide_as_its_column_and_prints_no_nan(example, window, is_ascii):
    board = Desk(market_of(example)).board(View(window=window))
    columns = crowded_columns(window)
    rows = CrowdedRows(board, NameIndex(board.market), GLYPHS_ASCII if is_ascii else GLYPHS_UNICODE)
    rows.sort("crowding", True)
    assert rows.row_count == int(board.was_held.sum())
    for row in range(rows.row_count):
        cells = rows.cells(row)
        assert len(cells) == len(columns)
        for (text, _), column in zip(cells, columns, strict=True):
            assert text.strip() not in {"nan", "inf", "None"}
            assert "nan%" not in text
            assert column.align == "left" or "#" not in text
            assert column.key == "name" or cell_len(text) == column.width, column.key


async def test_the_cursor_stays_on_its_name_through_orders_and_filters():
    table = CrowdedTable()
    async with Listening(table).run_test(size=(120, 20)) as pilot:
        table.show(board_of())
        table.sort_by("symbol")
        row = table.row_of("TSLA")
        assert row is not None
        table.move_to(row)
        for change in (
            lambda: table.sort_by("symbol", True),
            lambda: table.set_filter("a"),
            lambda: table.sort_by("profit"),
            lambda: table.set_filter(""),
            lambda: table.show(board_of(View(window="5d"))),
        ):
            change()
            await pilot.pause()
            assert SYMBOLS[table.column_at(table.cursor_row)] == "TSLA"
            assert table.note == table.place == f"{table.cursor_row + 1}/{table.row_count}"
        table.set_filter("gamestop")
        assert SYMBOLS[table.column_at(table.cursor_row)] == "GME"
        table.set_filter("")
        assert SYMBOLS[table.column_at(table.cursor_row)] == "TSLA"


async def test_a_cursor_nobody_moved_stays_at_the_top():
    table = CrowdedTable()
    async with Listening(table).run_test(size=(120, 20)) as pilot:
        table.show(board_of())
        for sort_key in ("symbol", "profit", "short_interest"):
            table.sort_by(sort_key)
            await pilot.pause()
            assert table.cursor_row == 0
        table.focus()
        await pilot.press("j")
        symbol = SYMBOLS[table.column_at(1)]
        await pilot.press("S")
        assert SYMBOLS[table.column_at(table.cursor_row)] == symbol


async def test_s_sorts_by_the_column_in_brackets_and_a_second_time_turns_the_order():
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(120, 20)) as pilot:
        table.show(board_of())
        table.focus()
        await pilot.pause()
        assert "[crowd▾]" in screen_text(app)[1]
        await pilot.press("right", "s")
        assert table.cursor_column is not None
        first = table.cursor_column.key
        await pilot.press("s", "S", "h", "s")
        assert app.posted == [(first, True), (first, False), (first, True), ("crowding", True)]
        assert table.order.tolist() == table._required().board.order(table._required().board.crowding.score).tolist()


@pytest.mark.parametrize("width", [60, 120, 300])
async def test_every_order_is_reached_by_the_column_cursor_at_every_width(width):
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(width, 12)) as pilot:
        table.show(board_of())
        await pilot.pause()
        for _ in UNASKED:
            table.action_move_column(-1)
        passed = []
        for _ in UNASKED:
            assert table.cursor_column is not None
            passed.append(table.cursor_column.key)
            assert table.cursor_column in table.visible_columns
            assert "symbol" in [column.key for column in table.visible_columns], "pinned"
            table.action_sort_column()
            table.action_move_column(1)
        await pilot.pause()
        assert sorted(passed) == sorted(UNASKED)
        assert {key for key, _ in app.posted} == set(SORT_WORDS) & set(UNASKED)


def test_days_over_finras_volume_of_the_cycle_are_marked_and_those_over_our_own_are_not():
    volume = listings().volume.copy()
    gme = int(np.flatnonzero(listings().symbols == "GME")[0])
    volume[:, gme] = np.nan
    board = board_of(volume=volume)
    rows = rows_over(board)
    assert cell_of(rows, "GME", "days_to_cover").endswith("c")
    assert not cell_of(rows, "AAPL", "days_to_cover").endswith("c")
    kinds = {row.symbol: row.days_to_cover_volume for row in name_values(board, np.arange(len(board.market.symbols)))}
    assert (kinds["GME"], kinds["AAPL"]) == ("cycle", "sessions")


async def test_a_click_on_a_title_sorts_and_a_second_one_turns_around():
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(120, 20)) as pilot:
        table.show(board_of())
        await pilot.pause()
        x = screen_text(app)[1].index("DTC")
        await pilot.click(table, offset=(x, 1))
        await pilot.click(table, offset=(x, 1))
        assert app.posted == [("days_to_cover", True), ("days_to_cover", False)]
        assert "by days to cover ▴" in screen_text(app)[0]
        assert "DTC ▴" in screen_text(app)[1]


async def test_the_title_says_order_filter_and_tiers():
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(120, 20)) as pilot:
        table.show(board_of())
        await pilot.pause()
        assert "Crowded shorts · 11 names · by crowding ▾ · filter none" in screen_text(app)[0]
        table.set_filter("a")
        table.set_tiers(frozenset({"mega", "large"}))
        await pilot.pause()
        assert f"{table.row_count} names · by crowding ▾ · tiers large, mega · filter 'a'" in screen_text(app)[0]
        table.set_filter("xyzzy")
        await pilot.pause()
        assert "no name matches" in screen_text(app)[2]
        assert table.place == ""
        with pytest.raises(LookupError):
            table.column_at(0)


async def test_the_columns_follow_the_window_and_the_width():
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(120, 20)) as pilot:
        table.show(board_of(View(window="30d")))
        await pilot.pause()
        assert "P&L 30D $M" in screen_text(app)[1]
        assert "%fl" in screen_text(app)[1]
        shown = {}
        for width in (80, 120, 200):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            shown[width] = [column.key for column in table.visible_columns]
        assert shown[80] == [
            "symbol", "name", "crowding", "short_interest", "short_ratio", "days_to_cover", "new_short_30d", "profit",
            "short_trend",
        ]  # fmt: skip
        assert {"rank", "tier", "price_change_today", "short_interest_change", "borrow_fee"} <= set(shown[120])
        of_wider_ones = {"factors", "exchange", "squeeze_probability", "fee_change_1d", "fee_change_1w"}
        assert set(UNASKED) - set(shown[200]) <= of_wider_ones


async def test_a_tick_repaints_the_visible_rows_it_moved_and_leaves_the_order():
    table = CrowdedTable()
    app = Listening(table)
    async with app.run_test(size=(200, 7)) as pilot:
        board = board_of()
        table.show(board)
        table.sort_by("symbol")
        await pilot.pause()
        assert list(table.visible_rows) == [0, 1, 2, 3]
        before = table.order.tolist()
        moved = np.array([SYMBOLS.index("BYND"), SYMBOLS.index("UPST")])
        board.tick(moved, np.array([99.5, 88.5]))
        assert 1 <= table.board_ticked(moved) <= 10  # of the 21 cells of BYND; UPST is out of view
        await pilot.pause()
        assert "99.50" in screen_text(app)[3]
        assert table.board_ticked(moved) == 0
        table.move_to(table.row_count - 1)
        await pilot.pause()
        assert any("88.50" in line for line in screen_text(app))
        assert table.order.tolist() == before
        table.sort_by("price")
        board.tick(moved[:1], np.array([1e5]))
        table.board_ticked(moved[:1])
        assert SYMBOLS[table.column_at(0)] != "BYND"
        table.resort()
        assert SYMBOLS[table.column_at(0)] == "BYND"


@pytest.mark.parametrize("meanwhile", ["nothing", "a tick", "a tick before", "another order", "a filter"])
async def test_a_board_prepared_in_another_thread_looks_like_one_that_was_not(meanwhile):
    shown = []
    for is_prepared in (True, False):
        table = CrowdedTable()
        app = Listening(table)
        async with app.run_test(size=(176, 20)) as pilot:
            desk = Desk(market_of(listings(), is_live=True))
            before = desk.board(View(window="5d"))
            table.show(before)
            table.move_to(3)
            await pilot.pause()
            board = desk.board(View(window="30d"))
            moved, prices = np.array([SYMBOLS.index("BYND"), SYMBOLS.index("STAL")]), np.array([99.5, 7.25])
            if meanwhile == "a tick before":
                # The board that is shown moves, and with it the desk's price, but not what this one made of it.
                before.tick(moved, prices)
            if is_prepared:
                await asyncio.to_thread(table.prepare, board)
            if "tick" in meanwhile:
                board.tick(moved, prices)
            elif meanwhile == "another order":
                table.sort_by("profit")
            elif meanwhile == "a filter":
                table.set_filter("n")
            table.show(board)
            await pilot.pause()
            assert "30D %" in screen_text(app)[1]
            assert ("99.50" in "".join(screen_text(app))) is ("tick" in meanwhile)
            shown.append(screen_text(app))
    assert shown[0] == shown[1]


async def test_a_board_of_another_market_replaces_the_names():
    table = CrowdedTable()
    async with Listening(table).run_test(size=(120, 20)):
        table.show(board_of())
        other = market_of(replace(listings(), symbols=np.array([f"{s}X" for s in SYMBOLS], object)))
        table.show(Desk(other).board(View()))
        assert table.row_of("TSLA") is None
        assert table.row_of("TSLAX") is not None


async def test_before_any_board_the_table_is_empty_and_quiet():
    table = CrowdedTable()
    async with Listening(table).run_test(size=(120, 20)):
        assert table.place == ""
        assert table.board_ticked(np.array([1])) == 0
        assert table.resort() == table.set_filter("a") == table.set_tiers(frozenset({"mid"})) == 0
        with pytest.raises(LookupError):
            _ = table.order
        with pytest.raises(KeyError):
            table.sort_by("shoe size")


async def test_ascii_glyphs_reach_every_cell():
    table = CrowdedTable(glyphs=GLYPHS_ASCII)
    app = Listening(table)
    async with app.run_test(size=(200, 20)) as pilot:
        table.show(board_of())
        await pilot.pause()
        assert "".join(screen_text(app)[:15]).isascii()
        assert any("FRCx" in line for line in screen_text(app))
        table.glyphs = GLYPHS_UNICODE
        await pilot.pause()
        assert any("FRC†" in line for line in screen_text(app))


def test_the_main_screen_waits_for_nothing_that_only_polling_needs(repository: Path):
    program = (
        "import sys, tui.app, tui.screens.main;"
        "needed = ('tui.polling.watch', 'providers.feeds', 'providers.archive', 'msgspec', 'filelock', 'zipfile');"
        "print(sorted(set(needed) & set(sys.modules)))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert outcome.stdout.strip() == "[]"


def test_the_first_paint_waits_for_neither_numpy_nor_pandas_nor_the_table_of_sessions(repository: Path):
    panels = ["status", "tier_profit", "new_short", "crowded", "reconciliation", "sectors", "movers", "feeds"]
    program = (
        "import sys, tui.app, tui.terminal.frame_json; early = {'shortside.sessions'} & set(sys.modules);"
        f"import {', '.join(f'widgets.{panel}' for panel in panels)};"
        "print(sorted(early | {'pandas', 'numpy', 'httpx'} & set(sys.modules)))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert outcome.stdout.strip() == "[]"


@pytest.mark.parametrize("change", ["window", "positions", "basis"])
def test_cells_kept_from_another_view_are_those_that_would_be_written(change):
    desk = Desk(market_of(listings()))
    first = desk.board(View(window="ytd"))
    view = first.view
    other = {"window": view.next_window(), "positions": view.next_positions(), "basis": view.next_basis()}[change]
    index = NameIndex(first.market)
    rows = CrowdedRows(first, index, GLYPHS_UNICODE)
    rows.sort("symbol", False)
    for row in range(rows.row_count):
        rows.cells(row)
    board = desk.board(other)
    kept, fresh = CrowdedRows(board, index, GLYPHS_UNICODE, rows), CrowdedRows(board, index, GLYPHS_UNICODE)
    for one in (kept, fresh):
        one.sort("symbol", False)
    assert [kept.cells(row) for row in range(kept.row_count)] == [fresh.cells(row) for row in range(fresh.row_count)]
    # And what is kept is no reason to write the wrong signs.
    ascii_rows = CrowdedRows(board, index, GLYPHS_ASCII, rows)
    ascii_rows.sort("symbol", False)
    assert all(text.isascii() for row in range(kept.row_count) for text, _ in ascii_rows.cells(row))
