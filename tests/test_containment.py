"""An error ends what raised it: it is said once and kept, figures go on, and whoever wants to leave still can."""

from __future__ import annotations

import asyncio
import stat

import pytest
from monitor_examples import monitor, opened, settled, type_at_once
from textual.widgets import Static

from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainScreen
from tui.screens.key_line import KeyLine
from tui.screens.symbol import SymbolScreen
from widgets.crowded import CrowdedTable
from widgets.status import StatusHead
from widgets.tier_profit import TierProfitPanel


class OddError(Exception):
    """What nobody foresaw."""


def odd(*_given, **_more):
    raise OddError("nobody foresaw this")


async def odd_later():
    await asyncio.sleep(0)
    odd()


def figures_go_on(app):
    """Whether prices still move what stands on the screen, and keys what is chosen."""
    before = float(app.board.tiers["profit"].sum())
    app.beat()
    return float(app.board.tiers["profit"].sum()) != before


async def said_and_kept(app, pilot, noted_errors, count=1):
    """The word is on the key line, the file has the traceback, the program goes on."""
    line = app.screen.query_one(KeyLine)
    await settled(app, pilot, lambda: line.words.endswith("(OddError); figures go on"))
    await settled(app, pilot, lambda: app.faults.path.exists() and "nobody foresaw this" in app.faults.path.read_text())
    assert stat.S_IMODE(app.faults.path.stat().st_mode) == 0o600
    assert "in odd" in app.faults.path.read_text()
    assert [type(error) for error in noted_errors] == [OddError] * count
    assert app.return_code is None
    assert figures_go_on(app)
    table = app.screen.query_one(CrowdedTable)
    row = table.cursor_row
    await pilot.press("j")
    await settled(app, pilot, lambda: table.cursor_row == row + 1)
    noted_errors.clear()


@pytest.mark.parametrize("action", ["explain", "doubtful", "rollup", "zoom"])
async def test_an_error_in_an_action_is_said_and_kept_and_figures_go_on(tmp_path, noted_errors, action):
    app = monitor(tmp_path, quotes=True)
    keys = {"explain": "i", "doubtful": "x", "rollup": "t", "zoom": "z"}
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        setattr(screen, f"action_{action}", odd)
        await pilot.press(keys[action])
        await said_and_kept(app, pilot, noted_errors)


async def test_an_error_in_the_programs_own_action_is_contained_too(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app.action_next_window = odd
        await pilot.press("w")
        await said_and_kept(app, pilot, noted_errors)


def in_a_message_handler(app, screen):
    screen.table.on_tick_table_sort_requested = odd
    screen.table.call_later(odd)


def in_a_callback_of_the_app(app, screen):
    app.call_later(odd)


def in_a_callback_after_the_refresh(app, screen):
    screen.call_after_refresh(odd)
    screen.refresh()


def in_a_callback_that_comes_next(app, screen):
    screen.table.call_next(odd)


def in_a_timer(app, screen):
    screen.set_timer(0.001, odd)


def in_a_watcher(app, screen):
    screen.table.watch_empty_words = odd
    screen.query_one(StatusHead).watch(screen.table, "cursor_row", odd, init=False)
    screen.table.call_later(screen.table.move_to, 1)


def in_a_worker(app, screen):
    screen.run_worker(odd_later())


def in_a_worker_that_ends_nothing(app, screen):
    app.run_worker(odd_later(), exit_on_error=False)


def in_a_thread(app, screen):
    app.run_worker(odd, thread=True)


def in_a_callback_of_the_loop(app, screen):
    asyncio.get_running_loop().call_soon(odd)


def in_a_task_nobody_awaits(app, screen):
    task = asyncio.get_running_loop().create_task(odd_later())
    task.add_done_callback(app.note_task)


@pytest.mark.parametrize(
    "somewhere",
    [
        in_a_message_handler, in_a_callback_of_the_app, in_a_callback_after_the_refresh, in_a_callback_that_comes_next,
        in_a_timer, in_a_watcher, in_a_worker, in_a_worker_that_ends_nothing, in_a_thread, in_a_callback_of_the_loop,
        in_a_task_nobody_awaits,
    ],
)  # fmt: skip
async def test_an_error_anywhere_is_said_and_kept_and_figures_go_on(tmp_path, noted_errors, somewhere):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        somewhere(app, screen)
        await settled(app, pilot, lambda: noted_errors)
        await said_and_kept(app, pilot, noted_errors)


async def test_an_error_on_every_beat_is_said_once_kept_once_and_counted(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        screen.board_ticked = odd
        said: list[str] = []
        line = screen.query_one(KeyLine)
        line.warn = said.append
        for _ in range(400):
            app.beat()
        await settled(app, pilot, app.faults.path.exists)
        assert len(said) == 1
        assert app.faults.total == len(noted_errors) >= 400, "the beats of the program itself may be among them"
        assert app.faults.path.read_text().count("OddError: nobody") == 1
        del screen.board_ticked
        assert figures_go_on(app)
        noted_errors.clear()


async def test_a_panel_that_cannot_be_drawn_leaves_the_others_drawn(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        tiers = screen.query_one(TierProfitPanel)
        tiers.render_line = odd
        for _ in range(20):
            tiers.refresh()
            await pilot.pause()
        strips = screen._compositor.render_strips()
        shown = ["".join(segment.text for segment in strip) for strip in strips]
        assert any("3 Crowded shorts" in line for line in shown)
        assert "SIM" in shown[0]
        assert screen.query_one(KeyLine).words.endswith("(OddError); figures go on")
        assert app.faults.path.read_text().count("OddError: nobody") == 1
        noted_errors.clear()
        del tiers.render_line
        await said_nothing_more(app, pilot, noted_errors)


async def said_nothing_more(app, pilot, noted_errors):
    app.screen.refresh()
    await pilot.pause()
    assert not noted_errors


@pytest.mark.parametrize("kind", [SymbolScreen, ExplainScreen, DoubtfulScreen])
async def test_a_screen_that_cannot_be_made_goes_again_and_the_one_below_says_why(
    tmp_path, noted_errors, monkeypatch, kind
):
    app = monitor(tmp_path, quotes=True)
    keys = {SymbolScreen: "enter", ExplainScreen: "i", DoubtfulScreen: "x"}
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        monkeypatch.setattr(kind, "compose", odd)
        await pilot.press(keys[kind])
        await settled(app, pilot, lambda: noted_errors and app.screen is main)
        await settled(app, pilot, app.faults.path.exists)
        await pilot.pause()
        assert app.screen_stack[1:] == [main]
        assert app.return_code is None
        assert figures_go_on(app)
        noted_errors.clear()


async def test_an_error_while_another_screen_is_told_of_a_market_keeps_it_from_nobody(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        told = []
        main.adopt = odd
        app.screen.adopt = lambda *given: told.append(given)
        app.adopt(app.loaded, app.board)
        assert len(told) == 1
        assert [type(error) for error in noted_errors] == [OddError]
        noted_errors.clear()


async def test_over_a_screen_without_a_key_line_a_note_says_it(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("question_mark")
        app.call_later(odd)
        await settled(app, pilot, lambda: len(app._notifications) == 1)
        assert next(iter(app._notifications)).message.endswith("(OddError); figures go on")
        noted_errors.clear()


async def test_the_help_says_how_many_errors_there_were_and_where_they_are(tmp_path, noted_errors):
    from tui.screens.help import HelpPanel

    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(app, pilot)
        await pilot.press("question_mark")
        assert "since the start" not in app.screen.query_one(HelpPanel).text
        await pilot.press("escape")
        app.call_later(odd)
        await settled(app, pilot, lambda: noted_errors)
        await pilot.press("question_mark")
        words = " ".join(app.screen.query_one(HelpPanel).text.split())
        assert "an error since the start" in words
        assert "errors.log" in words
        noted_errors.clear()


@pytest.mark.parametrize("broken", ["_capture_screen", "save_screen"])
async def test_a_picture_that_cannot_be_taken_keeps_nobody_from_leaving(tmp_path, noted_errors, broken):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        setattr(app, broken, odd)
        await pilot.press("q")
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 0
    noted_errors.clear()


async def test_with_every_key_broken_ctrl_c_leaves(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app._act_at_once = odd
        type_at_once(app, "q", "j", "ctrl+c")
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 130
    assert {type(error) for error in noted_errors} == {OddError}
    noted_errors.clear()


async def test_an_error_that_cannot_be_said_is_kept_all_the_same(tmp_path, noted_errors):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app.say_error = odd
        app.call_later(odd)
        await settled(app, pilot, lambda: len(noted_errors) == 2)
        assert app.return_code is None
        assert "in odd" in (app.faults.save() or app.faults.path.read_text())
        noted_errors.clear()


async def test_before_the_figures_stand_an_error_ends_the_program(tmp_path, monkeypatch, noted_errors):
    from tui.screens.main import MainScreen

    monkeypatch.setattr(MainScreen, "compose", odd)
    app = monitor(tmp_path)

    async def run():
        async with app.run_test(size=(120, 40)) as pilot:
            await settled(app, pilot, lambda: app._exception is not None)

    with pytest.raises(OddError):
        await run()
    assert app.return_code == 1
    assert not noted_errors


async def test_an_app_without_containment_is_as_it_was(tmp_path):
    from textual.app import App

    class Plain(App[None]):
        def compose(self):
            yield Static("")

    app = Plain()

    async def run():
        async with app.run_test() as pilot:
            app.query_one(Static).call_later(odd)
            await pilot.pause()

    with pytest.raises(OddError):
        await run()
