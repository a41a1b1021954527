"""Keys pressed while the market is read wait, in their order, and are done once the figures stand."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager

import pytest
from monitor_examples import loaded_market, monitor
from waiting import PATIENCE

from tui.app import Monitor
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.screens.opening import OpeningProgress, OpeningScreen
from tui.screens.symbol import SymbolScreen
from tui.screens.waiting_keys import MOST_WAITING_KEYS


class Slow:
    """A loader that waits until it is told to go on."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(self, options, clock, progress, **how):
        assert self.may_go_on.wait(PATIENCE)
        return loaded_market()


@asynccontextmanager
async def opening(tmp_path):
    """A monitor that still reads, and a function that lets it come to an end and waits for the figures."""
    slow = Slow()
    app: Monitor = monitor(tmp_path, loader=slow)
    async with app.run_test(size=(120, 40)) as pilot:
        assert isinstance(app.screen, OpeningScreen)

        async def figures() -> Monitor:
            slow.may_go_on.set()
            for _ in range(2_000):
                await pilot.pause(0.005)
                if app._has_figures:
                    await pilot.pause()
                    return app
            raise AssertionError("the figures never came")

        try:
            yield pilot, figures
        finally:
            slow.may_go_on.set()


def progress_of(app: Monitor) -> str:
    return "".join(app.screen.query_one(OpeningProgress).text)


async def test_a_filter_typed_while_the_market_is_read_is_there_with_the_figures(tmp_path):
    async with opening(tmp_path) as (pilot, figures):
        await pilot.press("slash", "q", "q", "q")
        assert "then / q q q (Esc forgets)" in progress_of(pilot.app)
        app = await figures()
        assert app._main.table.filter_text == "qqq"
        assert app._main.table.row_count == 1


async def test_keys_are_done_in_their_order_on_the_screens_they_open(tmp_path):
    async with opening(tmp_path) as (pilot, figures):
        await pilot.press("3", "j", "j", "enter", "w")
        before = "30d"
        app = await figures()
        assert isinstance(app.screen, SymbolScreen)
        assert app.screen.place_words.startswith("3/10")
        assert app._view.window != before


async def test_escape_forgets_what_waits(tmp_path):
    async with opening(tmp_path) as (pilot, figures):
        await pilot.press("j", "enter", "escape")
        assert "then" not in progress_of(pilot.app)
        app = await figures()
        assert isinstance(app.screen, MainScreen)


async def test_what_works_on_the_opening_screen_works_at_once(tmp_path):
    async with opening(tmp_path) as (pilot, _):
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, OpeningScreen)


@pytest.mark.parametrize(
    ("keys", "is_left"), [(["q"], True), (["slash", "q"], False), (["slash", "a", "enter", "q"], True)]
)
async def test_q_leaves_unless_it_is_a_letter_of_a_filter(tmp_path, keys, is_left):
    async with opening(tmp_path) as (pilot, _):
        await pilot.press(*keys)
        await pilot.pause()
        assert (pilot.app.return_value is not None) is is_left


async def test_no_more_keys_wait_than_a_person_means(tmp_path):
    async with opening(tmp_path) as (pilot, figures):
        await pilot.press(*["j"] * (MOST_WAITING_KEYS + 20))
        assert len(pilot.app._waiting) == MOST_WAITING_KEYS
        app = await figures()
        assert app._main.table.cursor_row == 9
