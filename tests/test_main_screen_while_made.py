"""The main screen while it is made, shown anew or left: prices that move then are not lost, nothing goes down."""

from __future__ import annotations

import inspect
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from monitor_examples import NOW, Quotes, loaded_market, monitor, opened, settled

from shortside.tiers import TierBasis
from tui.app import Monitor
from tui.screens.main import MainScreen
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable
from widgets.tier_profit import TierProfitPanel


async def test_ticks_move_the_figures_and_leave_the_sums_whole(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        before = float(app.board.tiers["profit"].sum())
        app.beat()
        await pilot.pause()
        assert float(app.board.tiers["profit"].sum()) < before, "every price rose, every short lost"
        assert "off 0.0" in screen.query_one(TierProfitPanel).text


async def test_prices_that_move_while_a_view_is_made_are_not_lost(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("b")
        app.beat()
        await settled(app, pilot, lambda: app.board.view.basis is TierBasis.START)
        anew = app.loaded.desk.board(app.board.view)
        assert np.allclose(app.board.short_interest, anew.short_interest)
        assert np.allclose(app.board.tiers["profit"], anew.tiers["profit"])


class OneMove(Quotes):  # type: ignore[misc]
    """A live session that moves every name by a tenth the first time it is asked, and then no more."""

    has_moved = False

    def tick(self, elapsed_seconds):
        if self.has_moved:
            return np.empty(0, np.int64), np.empty(0)
        self.has_moved = True
        return super().tick(elapsed_seconds)


class TickedWhileShowing(Monitor):
    """A monitor whose prices move in the very moment its main screen is on the way."""

    CSS_PATH = str(Path(inspect.getfile(Monitor)).with_name("app.tcss"))
    had_panels: bool | None = None

    def push_screen(self, screen, *arguments, **more):
        awaited = super().push_screen(screen, *arguments, **more)
        if isinstance(screen, MainScreen):
            self.had_panels = bool(screen.query(CrowdedTable))
            self.beat()
        return awaited


async def test_a_tick_before_the_panels_stand_takes_nothing_down(tmp_path):
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    market = loaded_market(quotes=True)
    market.live = OneMove(market.market)
    app = TickedWhileShowing(options, lambda: NOW, loader=lambda *_given, **_how: market)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        assert app.had_panels is False
        price = 1.1 * float(market.market.close[-1, 1])
        assert market.desk.board(market.view).book.price[1] == pytest.approx(price)
        row = screen.table.row_of("AAA")
        assert screen.table.cell_text(row, "price").strip() == f"{price:.2f}"


class LeftWhileShowing(Monitor):
    """A monitor that is told to leave in the very moment its main screen is on the way."""

    CSS_PATH = str(Path(inspect.getfile(Monitor)).with_name("app.tcss"))

    def push_screen(self, screen, *arguments, **more):
        awaited = super().push_screen(screen, *arguments, **more)
        if type(screen).__name__ == "MainScreen":
            self.exit(143, 143)
        return awaited


async def test_leaving_while_the_panels_are_made_is_no_failure(tmp_path):
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    app = LeftWhileShowing(options, lambda: NOW, loader=lambda *_given, **_how: loaded_market())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 143
    assert app._exception is None


async def test_prices_that_move_while_another_view_is_made_are_in_its_figures(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        # As with the public source, whose prices come from a poll and not from a session of its own.
        app.pulse = None
        made, go_on = Event(), Event()

        def hold(_board):
            made.set()
            go_on.wait(30)

        app.preparing = lambda: [hold]
        before = app.board
        app.change_view(app.view.next_window())
        await settled(app, pilot, made.is_set)
        moved = np.arange(3)
        app.tick(moved, before.book.price[moved] * 1.5)
        go_on.set()
        await settled(app, pilot, lambda: app.board is not before)
        fresh = app.loaded.desk.board(app.board.view)
        assert app.board.profit.tolist() == pytest.approx(fresh.profit.tolist())
        assert app.board.short_interest.tolist() == pytest.approx(fresh.short_interest.tolist())
