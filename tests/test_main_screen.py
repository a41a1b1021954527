"""The main screen: keys do what they say at once, nothing typed is lost, a poll never takes the app down."""

from __future__ import annotations

import inspect
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from monitor_examples import NOW, loaded_market, monitor, opened, settled

from shortside.market import NoDataError
from shortside.positions import PositionsMethod
from shortside.tiers import TierBasis
from tui.app import Monitor
from tui.errors import ConfigurationError, SourceError
from tui.screens.help import live_keys
from tui.screens.key_line import FilterLine, KeyLine
from tui.screens.symbol import SymbolScreen
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable
from widgets.new_short import NewShortPanel
from widgets.status import StatusHead
from widgets.tier_profit import TierProfitPanel


async def test_the_market_is_shown_as_soon_as_it_is_read(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        assert screen.query_one(CrowdedTable).row_count == 10
        assert "all" in screen.query_one(TierProfitPanel).text
        assert "off 0.0" in screen.query_one(TierProfitPanel).text
        assert "30 d" in screen.query_one(NewShortPanel).text
        assert "shares LINEAR" in screen.query_one(StatusHead).text


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("w", lambda view: view.window == "mtd"),
        ("b", lambda view: view.basis is TierBasis.START),
        ("p", lambda view: view.positions is PositionsMethod.STEP),
        ("v", lambda view: view.knowledge.value == "as-known"),
    ],
)
async def test_a_view_key_shows_the_market_that_way(tmp_path, key, changed):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(key)
        await settled(app, pilot, lambda: changed(app.board.view))


async def test_of_many_quick_keys_the_last_wish_is_shown(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        for _ in range(5):
            await pilot.press("w")
        await settled(app, pilot, lambda: app.board.view == app.view)
        assert app.view.window == "1d", "five steps on from 30d, past the end of the list"


async def test_a_q_typed_right_after_the_slash_is_a_letter(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("slash", "q", "q")
        await settled(app, pilot, lambda: screen.query_one(FilterLine).value == "qq")
        table = screen.query_one(CrowdedTable)
        await settled(app, pilot, lambda: table.row_count == 1)
        await pilot.press("enter")
        await settled(app, pilot, lambda: table.has_focus)
        assert table.filter_text == "qq"
        await pilot.press("escape")
        await settled(app, pilot, lambda: table.row_count == 10)


async def test_enter_opens_the_name_and_escape_returns_to_the_row_walked_to(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("down", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        await pilot.press("right_square_bracket", "right_square_bracket")
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is screen)
        await settled(app, pilot, lambda: table.cursor_row == 3)


@pytest.mark.parametrize("key", ["enter", "x", "i", "question_mark"])
async def test_q_goes_back_from_every_screen_over_the_first_and_leaves_from_there(tmp_path, key):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press(key)
        await settled(app, pilot, lambda: app.screen is not screen)
        await pilot.press("q")
        await settled(app, pilot, lambda: app.screen is screen)
        assert app.return_code is None
        await pilot.press("q")
        await settled(app, pilot, lambda: app.return_code is not None)
    assert app.return_code == 0


async def test_q_over_two_screens_goes_back_one_at_a_time(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        name = app.screen
        for key in ("question_mark", "i", "x"):
            await pilot.press(key)
            await settled(app, pilot, lambda: app.screen is not name)
            await pilot.press("q")
            await settled(app, pilot, lambda: app.screen is name)
        await pilot.press("q")
        await settled(app, pilot, lambda: app.screen is screen)
        assert app.return_code is None


def keys_of(screen, description):
    """Which keys the help lists for something."""
    entries = [entry for group in live_keys(screen) for entry in group.entries if entry.description == description]
    return [key for entry in entries for key in entry.keys]


async def test_help_and_key_line_say_where_q_goes_back_and_where_it_leaves(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        assert ("q", "quit") in screen.query_one(KeyLine).keys
        assert "q" in keys_of(screen, "quit") + keys_of(screen, "Quit")
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        await settled(app, pilot, lambda: app.screen.query(KeyLine))
        assert ("esc q", "back") in app.screen.query_one(KeyLine).keys
        assert "q" in keys_of(app.screen, "back")
        assert "q" not in keys_of(app.screen, "quit") + keys_of(app.screen, "Quit")


async def test_enter_on_a_tier_shows_only_its_names_and_again_all(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("1")
        await settled(app, pilot, lambda: screen.query_one(TierProfitPanel).has_focus)
        tier = int(np.bincount(app.board.tier_codes).argmax())
        for _ in range(tier):
            await pilot.press("down")
        await pilot.press("enter")
        expected = int(np.count_nonzero(app.board.tier_codes == tier))
        await settled(app, pilot, lambda: table.row_count == expected)
        await pilot.press("enter")
        await settled(app, pilot, lambda: table.row_count == 10)


async def test_sorting_leads_to_the_top_of_the_new_order(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("down", "down", "s")
        await settled(app, pilot, lambda: table.sort_key == "short_interest")
        await settled(app, pilot, lambda: table.cursor_row == 0)
        interest = app.board.short_interest[table.order]
        assert np.all(np.diff(interest) <= 0)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("digit", ["1", "2", "3", "4", "5", "6"])
async def test_every_panel_is_reached_by_its_digit_at_every_size(tmp_path, size, digit):
    app = monitor(tmp_path)
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, pilot)
        await pilot.press(digit)
        name = ("tiers", "new-short", "crowded", "sectors", "movers", "feeds")[int(digit) - 1]
        panel = screen.query_one(f"#{name}")
        await settled(app, pilot, lambda: panel.display and panel.has_focus and panel.size.width > 20)
        assert panel.region.right <= size[0]
        assert panel.region.bottom <= size[1]


async def test_a_panel_alone_fills_the_screen_and_escape_brings_all_back(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        tiers = screen.query_one(TierProfitPanel)
        await pilot.press("1", "1")
        await settled(app, pilot, lambda: tiers.size.width > 110)
        assert not screen.query_one(CrowdedTable).display
        await pilot.press("escape")
        await settled(app, pilot, lambda: screen.query_one(CrowdedTable).display and tiers.size.width < 90)


async def test_ticks_move_the_figures_and_leave_the_sums_whole(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        before = float(app.board.tiers["profit"].sum())
        app._beat()
        await pilot.pause()
        assert float(app.board.tiers["profit"].sum()) < before, "every price rose, every short lost"
        assert "off 0.0" in screen.query_one(TierProfitPanel).text


async def test_prices_that_move_while_a_view_is_made_are_not_lost(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("b")
        app._beat()
        await settled(app, pilot, lambda: app.board.view.basis is TierBasis.START)
        anew = app.loaded.desk.board(app.board.view)
        assert np.allclose(app.board.short_interest, anew.short_interest)
        assert np.allclose(app.board.tiers["profit"], anew.tiers["profit"])


async def test_a_tick_before_the_panels_stand_takes_nothing_down(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(200):
            if app.board is not None:
                break
            await pilot.pause(0)
        app._beat()
        await opened(app, pilot)


async def test_keys_about_names_wait_for_the_market(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "slash", "enter", "w", "b")
        await opened(app, pilot)


@pytest.mark.parametrize(("error", "code"), [(SourceError("no prices in there"), 4), (NoDataError("nothing"), 1)])
async def test_a_market_that_cannot_be_read_ends_with_its_reason_and_code(tmp_path, error, code):
    app = monitor(tmp_path, error=error)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot, lambda: app.failure is not None)
    assert app.failure is error
    assert app.return_code == code


async def test_a_terminal_too_small_says_so_and_recovers(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.resize_terminal(40, 12)
        await settled(app, pilot, lambda: screen.has_class("-too-small"))
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot, lambda: not screen.has_class("-too-small"))
        await settled(app, pilot, lambda: screen.query_one(CrowdedTable).size.height > 5)


async def test_the_palette_holds_every_action_that_has_a_key(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        titles = {command.title.lower() for command in app.get_system_commands(screen)}
        for words in (
            "window",
            "basis",
            "shares",
            "vintage",
            "roll-up",
            "filter",
            "sort",
            "explain",
            "left out",
            "quit",
        ):
            assert words in titles
        assert "theme safe" in titles


async def test_the_mouse_chooses_a_row_and_sorts_by_a_title(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.click(CrowdedTable, offset=(10, 4))
        await settled(app, pilot, lambda: table.cursor_row == 2)
        await pilot.click(CrowdedTable, offset=(10, 1))
        await settled(app, pilot, lambda: table.sort_key == "symbol")


def test_a_theme_that_does_not_exist_is_refused_with_the_choices(tmp_path):
    with pytest.raises(ConfigurationError, match="no theme mauve; choose one of night"):
        monitor(tmp_path, theme="mauve")


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
