"""Keys and messages that meet a market replaced since they were sent: they open the name that was meant, or none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from market_examples import listings_of
from monitor_examples import SYMBOLS, loaded_market, monitor, opened, settled
from snapshot_examples import write_own_positions
from table_examples import Alone

from shortside.board import Desk
from shortside.market import market_of
from tui.screens.my_book import MyBookScreen
from tui.screens.symbol import SymbolScreen
from widgets.crowded import CrowdedTable
from widgets.own_table import OwnTable
from widgets.tick_table import TickTable

BOOK = "symbol,shares,price,date\n" + "".join(f"{symbol},-100,20,2023-01-20\n" for symbol in SYMBOLS[-5:])


def market_with(symbols):
    """A market read anew that has these names only, in this order."""
    random = np.random.default_rng(7)
    close = np.exp(random.normal(3, 0.5, len(symbols)) + np.cumsum(random.normal(0, 0.03, (40, len(symbols))), axis=0))
    shares = np.round(random.lognormal(13, 1, (5, len(symbols))))
    market = market_of(listings_of(close, shares, symbols=list(symbols)))
    return SimpleNamespace(**{**vars(loaded_market()), "market": market, "desk": Desk(market)})


def replace_market(app, symbols):
    """Show another market at once, as a feed does that was read."""
    loaded = market_with(symbols)
    app.adopt(loaded, loaded.desk.board(app.board.view))


@pytest.mark.parametrize("left", [SYMBOLS[::-1], SYMBOLS[-6:], SYMBOLS[-3:]])
async def test_a_position_opens_its_own_name_though_the_market_was_replaced_and_the_walk_stays_in_the_book(
    tmp_path, left
):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("B")
        await settled(
            app, pilot, lambda: isinstance(app.screen, MyBookScreen) and app.screen.query_one(OwnTable).row_count
        )
        screen, table = app.screen, app.screen.query_one(OwnTable)
        symbols = [table.cell_text(row, "symbol") for row in range(table.row_count)]
        row = symbols.index(SYMBOLS[-1])
        replace_market(app, left)
        # The positions are put on the new market in a thread: these are still those of the market before.
        assert screen._fitted.book.board is not app.board
        screen.on_tick_table_row_chosen(OwnTable.RowChosen(table, row))
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.has_panels)
        shown = app.screen
        assert shown.symbol == SYMBOLS[-1]
        walked = [shown.symbol]
        for step in (-1,) * len(SYMBOLS) + (1,) * len(SYMBOLS):
            shown.action_walk(step)
            walked.append(shown.symbol)
        assert set(walked) == set(symbols) & set(left)
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is screen)


async def test_a_row_that_was_opened_before_the_market_was_replaced_opens_no_other_name(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        table = main.query_one(CrowdedTable)
        table.move_to(2)
        await pilot.pause()
        meant = table.cell_text(2, "symbol")
        table.action_choose()
        replace_market(app, [symbol for symbol in SYMBOLS if symbol != meant])
        await pilot.pause()
        assert app.screen is main
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == table.cell_text(table.cursor_row, "symbol")


async def test_a_name_walks_on_through_what_is_left_of_its_list_when_markets_are_replaced_between_keys(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.has_panels)
        shown = app.screen
        random = np.random.default_rng(1)
        for _ in range(6):
            key = str(random.choice(["right_square_bracket", "left_square_bracket", "c", "2", "down", "end"]))
            await pilot.press(key)
            others = [symbol for symbol in SYMBOLS if symbol != shown.symbol]
            kept = [shown.symbol, *random.choice(others, random.integers(0, 9), replace=False).tolist()]
            replace_market(app, random.permutation(kept).tolist())
            assert app.screen is shown
            assert shown.symbol in kept


async def test_messages_of_rows_are_obsolete_once_the_rows_or_the_cursor_are_others():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        table = app.table
        table.move_to(9)
        chosen, highlighted = TickTable.RowChosen(table, 9), TickTable.RowHighlighted(table, 9)
        assert not chosen.is_obsolete
        assert not highlighted.is_obsolete
        table.move_to(4)
        assert highlighted.is_obsolete, "another message tells of the row the cursor is on"
        assert not chosen.is_obsolete, "what was opened still stands there"
        table.set_source(app.names)
        assert chosen.is_obsolete
