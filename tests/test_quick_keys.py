"""Quick hands: keys and clicks that arrive together, or while a screen is made or left, end only what they mean to."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from market_examples import listings_of
from monitor_examples import click_at_once, monitor, opened, settled, turns, type_at_once
from textual import events
from textual.command import CommandInput, CommandList, CommandPalette
from textual.geometry import Size

from shortside.board import Desk
from shortside.market import market_of
from shortside.view import View
from tui.app import Monitor
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainScreen
from tui.screens.help import HelpScreen
from tui.screens.symbol import SymbolScreen
from tui.settings.configuration import configured
from tui.terminal.textual_parts import has_pending_message
from widgets.crowded import CrowdedTable

pytestmark = pytest.mark.slow

GAPS = (0, 1, 2, 3, 5, 8, 12, 20, 40)
"""Turns of the event loop between one thing and the next: a screen is made in a dozen, and left in fewer."""


async def calm(app, pilot, top):
    """Wait until a screen is on top and everything has been heard; whatever was noted fails the test at its end."""
    await settled(app, pilot, lambda: app.screen is top)
    await pilot.pause()
    assert app.return_code is None
    assert app._exception is None


async def home(app, pilot, main):
    """Back to the first screen with as many Escapes as it takes."""
    for _ in range(6):
        # On a busy machine a pause may end before the keys of before were all heard, and one may open a screen yet.
        await settled(app, pilot, lambda: not (app.keys_wait or has_pending_message(app)))
        if app.screen is main:
            break
        await pilot.press("escape")
    await calm(app, pilot, main)


# -- the palette --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["pagedown", "pageup", "down", "up", "ctrl+end", "ctrl+home", "enter", "escape", "a"])
async def test_a_key_for_the_palette_at_any_moment_of_its_opening_ends_nothing(tmp_path, key):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        for gap in GAPS:
            type_at_once(app, "ctrl+p")
            await turns(gap)
            type_at_once(app, key, key)
            await turns(gap)
            await home(app, pilot, main)


async def test_the_list_of_the_palette_pages_only_over_what_is_laid_out(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("ctrl+p")
        await settled(app, pilot, lambda: app.screen.query_one(CommandList).option_count > 10)
        commands = app.screen.query_one(CommandList)
        commands.highlighted = 1
        # As while it is hidden, when it has options and no lines of them.
        commands._line_cache.clear()
        commands._update_lines = lambda: None
        await app.run_action("command_list('page_down')", app.screen)
        await app.run_action("command_list('page_up')", app.screen)
        assert commands.highlighted == 1
        await home(app, pilot, main)


async def palette_with_list(app, pilot):
    await pilot.press("ctrl+p")
    await settled(
        app,
        pilot,
        lambda: isinstance(app.screen, CommandPalette) and app.screen.query_one(CommandList).region.height > 4,
    )
    await pilot.pause()
    return app.screen.query_one(CommandList).region


async def test_two_quick_clicks_on_a_command_do_it_once_and_leave_the_first_screen(tmp_path):
    app = monitor(tmp_path)
    done = []
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        plain, main.action_doubtful = main.action_doubtful, lambda: done.append("doubtful")
        for gap in GAPS:
            await palette_with_list(app, pilot)
            app.screen.query_one(CommandInput).value = "doubtful"
            await settled(app, pilot, lambda: app.screen.query_one(CommandList).option_count == 1)
            await pilot.pause()
            region = app.screen.query_one(CommandList).region
            click_at_once(app, region.x + 4, region.y + 1)
            await turns(gap)
            click_at_once(app, region.x + 4, region.y + 1)
            await calm(app, pilot, main)
            await settled(app, pilot, lambda: done)
            await pilot.pause()
            assert done == ["doubtful"], gap
            assert app.screen_stack[1:] == [main], gap
            done.clear()
        main.action_doubtful = plain


async def test_two_quick_enters_in_the_palette_do_a_command_once(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for gap in GAPS:
            before = app.view.window
            await palette_with_list(app, pilot)
            app.screen.query_one(CommandInput).value = "window"
            await settled(app, pilot, lambda: app.screen.query_one(CommandList).option_count >= 1)
            await pilot.pause()
            type_at_once(app, "enter")
            await turns(gap)
            type_at_once(app, "down")
            await settled(app, pilot, lambda before=before: app.screen is main and app.view.window != before)
            await settled(app, pilot, lambda: app.board.view == app.view)
            assert app.view == replace(View(window=before), basis=app.view.basis).next_window(), gap
            assert app.screen_stack[1:] == [main], gap


async def test_a_click_while_the_palette_closes_leaves_the_first_screen(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for gap in GAPS:
            region = await palette_with_list(app, pilot)
            type_at_once(app, "escape")
            await turns(gap)
            click_at_once(app, 2, 30, times=2)
            click_at_once(app, region.x + 4, region.y + 1, times=2)
            await pilot.pause()
            assert main in app.screen_stack, gap
            await home(app, pilot, main)


async def test_clicks_beside_the_palette_close_it_and_nothing_else(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await palette_with_list(app, pilot)
        click_at_once(app, 118, 38, times=3)
        await calm(app, pilot, main)
        assert app.screen_stack[1:] == [main]


async def test_a_click_on_a_command_that_is_gone_from_the_list_does_nothing(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await palette_with_list(app, pilot)
        commands = app.screen.query_one(CommandList)
        drawn = commands.region
        # What was clicked is what the screen still shows; the list has been emptied meanwhile.
        style = app.screen.get_style_at(drawn.x + 4, drawn.y + 6)
        commands.clear_options()
        click = events.Click(commands, 4, 6, 0, 0, 1, False, False, False, screen_x=4, screen_y=6, style=style)
        assert style.meta["option"] > 0
        commands.post_message(click)
        await pilot.pause()
        await home(app, pilot, main)


async def test_the_palette_opens_again_at_once_after_it_was_closed(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for gap in GAPS:
            type_at_once(app, "ctrl+p", "escape", "ctrl+p")
            await turns(gap)
            type_at_once(app, "ctrl+p", "escape", "escape", "ctrl+p", "pagedown")
            await home(app, pilot, main)


# -- screens that are made or left -----------------------------------------------------------------------------------


def everything(app):
    """Whatever may reach a screen at any moment, all of it."""
    for screen in app.screen_stack:
        columns = np.arange(10)
        for name, given in (
            ("board_ticked", (columns,)), ("board_rescored", ()), ("set_board", (app.board,)), ("feeds_changed", ()),
            ("adopt", (app.loaded, app.board)), ("replay_changed", ()), ("on_screen_resume", ()), ("regain_focus", ()),
            ("on_resize", ()), ("show_progress", ("reading", 1, 2)),
        ):  # fmt: skip
            if hasattr(screen, name):
                getattr(screen, name)(*given)


@pytest.mark.parametrize("key", ["enter", "right_square_bracket", "x", "i", "question_mark", "ctrl+p", "T"])
async def test_a_screen_hears_of_everything_at_every_moment_of_being_made_and_left(tmp_path, key):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        for gap in (0, 1, 4, 12):
            type_at_once(app, key)
            for _ in range(gap + 1):
                everything(app)
                app.beat()
                await turns(1)
            type_at_once(app, "escape")
            for _ in range(gap + 1):
                everything(app)
                app.beat()
                await turns(1)
            await home(app, pilot, main)


@pytest.mark.parametrize("kind", [SymbolScreen, DoubtfulScreen, ExplainScreen, HelpScreen])
async def test_a_screen_that_is_left_before_it_is_made_shows_nothing_and_takes_no_other_with_it(tmp_path, kind):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        made = {
            SymbolScreen: lambda: SymbolScreen(app.board, np.arange(10)),
            DoubtfulScreen: lambda: DoubtfulScreen(app.board),
            ExplainScreen: lambda: ExplainScreen(app.board, CrowdedTable.description),
            HelpScreen: HelpScreen,
        }
        for gap in GAPS:
            screen = made[kind]()
            app.push_screen(screen)
            await turns(gap)
            screen.dismiss(None)
            screen.dismiss(None)
            await turns(gap)
            screen.dismiss(None)
            await calm(app, pilot, main)
            assert app.screen_stack[1:] == [main]


async def test_the_keys_of_a_name_meet_it_made_however_quickly_they_follow(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        table = main.query_one(CrowdedTable)
        for keys in (("c", "c"), ("1", "1", "1"), ("z", "y"), ("3", "3", "2"), ("i", "escape"), ("x", "x")):
            type_at_once(app, "enter", *keys)
            await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
            await home(app, pilot, main)
        # Each key means what it would have meant one by one: open, walk on twice, back on the row walked to.
        type_at_once(app, "home", "enter", "right_square_bracket", "right_square_bracket", "q")
        await settled(app, pilot, lambda: table.cursor_row == 2)
        await calm(app, pilot, main)


async def test_enter_and_q_in_one_breath_open_a_name_and_come_back(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for _ in range(5):
            type_at_once(app, "enter", "q")
            await calm(app, pilot, main)


async def test_three_hundred_enters_open_one_name_and_q_leaves(tmp_path):
    app = monitor(tmp_path)
    pushed, push = [], app.push_screen

    def noted(screen, *arguments, **more):
        pushed.append(type(screen).__name__)
        return push(screen, *arguments, **more)

    app.push_screen = noted
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        type_at_once(app, *["enter"] * 300, "q", "q")
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 0
    assert pushed == ["MainScreen", "SymbolScreen"]


async def test_many_double_clicks_open_one_name(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        table = main.query_one(CrowdedTable)
        click_at_once(app, table.region.x + 10, table.region.y + 3, times=12)
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert len(app.screen_stack) == 3
        await home(app, pilot, main)


async def test_keys_after_the_one_that_leaves_are_for_nobody(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        type_at_once(app, "q", "enter", "x", "ctrl+p", "pagedown", "3", "slash", "a", "q", "escape")
        click_at_once(app, 10, 20, times=3)
        for _ in range(6):
            app.beat()
            await turns(2)
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 0


async def test_a_table_without_a_name_answers_every_key(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        table = main.query_one(CrowdedTable)
        for key in ("y", "Y", "enter", "i", "right_square_bracket", "s", "S", "end", "pagedown"):
            type_at_once(app, "slash", "q", "w", "x", "enter")
            await settled(app, pilot, lambda: table.row_count == 0 and table.has_focus)
            type_at_once(app, key, key)
            await home(app, pilot, main)


def other_market():
    """A market without the first name of the one before."""
    close = np.linspace(5, 9, 60)[:, None] * np.ones(3)
    listings = listings_of(close, np.full((5, 3), 1e5), symbols=["AAA", "CCC", "EEE"])
    return market_of(listings)


@pytest.mark.parametrize("over", ["i", "x", "question_mark", "ctrl+p", None])
async def test_a_name_that_is_in_the_market_no_more_goes_with_what_is_over_it_left_alone(tmp_path, over):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        table = main.query_one(CrowdedTable)
        table.move_to(table.row_of("BBB"))
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        name = app.screen
        if over is not None:
            await pilot.press(over)
            await settled(app, pilot, lambda: app.screen is not name)
        above = app.screen
        market = other_market()
        desk = Desk(market)
        loaded = SimpleNamespace(
            market=market, desk=desk, view=View(window="30d"), inputs=(), clock=app.loaded.clock, live=None,
            complaints=(), notes=(), knowledge=None, day_note=None,
        )  # fmt: skip
        app.adopt(loaded, desk.board(View(window="30d")))
        await pilot.press("w")
        await pilot.pause()
        if over is not None:
            assert app.screen is above, "whoever reads an explanation goes on reading"
        await home(app, pilot, main)
        assert app.screen_stack[1:] == [main]
        assert table.row_count == 3


# -- a monkey -----------------------------------------------------------------------------------------------------

SIZES = [(80, 24), (120, 40), (200, 60)]
KEYS = (
    *("ctrl+p", "pagedown", "pageup", "escape", "escape", "escape", "enter", "enter", "question_mark", "i", "x", "z"),
    *"123456sStwbpvyYjkcaemu", *("slash", "right_square_bracket", "left_square_bracket", "tab", "shift+tab"),
    *("down", "up", "home", "end", "left", "right", "backspace", "r", "h", "l", "g", "G", "ctrl+d", "ctrl+u", "q"),
)  # fmt: skip
BURSTS = 45


def demo_monitor(home, seconds):
    """The demo market, whose clock the test moves."""
    options = configured({"source": "demo"}, {"SHORTSIDE_HOME": str(home)}).options
    moment = datetime(2026, 3, 2, 15, tzinfo=UTC)
    return Monitor(options, lambda: moment + timedelta(seconds=seconds[0]))


async def monkey(app, seed, seconds):
    chosen = random.Random(seed)
    log: list[Any] = []
    for _ in range(BURSTS):
        what = chosen.random()
        if what < 0.7:
            log.append(chosen.choices(KEYS, k=chosen.choice((1, 1, 2, 3, 5))))
            type_at_once(app, *log[-1])
        elif what < 0.92:
            x, y, times = chosen.randrange(app.size.width), chosen.randrange(app.size.height), chosen.choice((1, 2, 2))
            log.append((x, y, times))
            click_at_once(app, x, y, times)
        else:
            size = Size(*chosen.choice([*SIZES, (40, 12), (60, 18)]))
            log.append(size)
            app._driver._size = size
            app.post_message(events.Resize(size, size))
        if chosen.random() < 0.4:
            seconds[0] += 0.25
            app.beat()
        await turns(chosen.choice((0, 1, 3, 10, 30)))
    return log


# Other seeds, sizes and markets: test_benchmarks.py plays the larger monkey for a while.
@pytest.mark.parametrize("seed", [1])
async def test_a_monkey_on_the_demo_market_finds_no_way_to_an_error(tmp_path, noted_errors, seed):
    seconds = [0.0]
    app = demo_monitor(tmp_path, seconds)
    leave, left = app.exit, []
    # It presses `q` and finds Quit in the palette, too, and shall go on.
    app.exit = lambda *codes: left.append(codes)
    async with app.run_test(size=SIZES[seed]) as pilot:
        main = await opened(app, pilot)
        log = await monkey(app, seed, seconds)
        assert not noted_errors, log
        await home(app, pilot, main)
        # It is none of the keys' doing if figures stand still now.
        before = app.board.tiers["profit"].sum()
        seconds[0] += 30
        app.beat()
        assert app.board.tiers["profit"].sum() != before
        app.exit = leave
    assert app.faults.total == 0
