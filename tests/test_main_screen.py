"""The main screen: keys do what they say at once, nothing typed is lost, a poll never takes the app down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from monitor_examples import monitor, opened, settled

from shortside.datasets import Dataset
from shortside.market import NoSessionError
from shortside.positions import PositionsMethod
from shortside.sessions import NEW_YORK
from shortside.tiers import TierBasis
from tui.errors import ConfigurationError, SourceError
from tui.screens.column_chooser import ColumnChooser
from tui.screens.explain import ExplainPanel
from tui.screens.filter_bar import FilterLine
from tui.screens.help import OTHER_WISH, live_keys
from tui.screens.key_line import KeyLine
from tui.screens.panels import PANELS
from tui.screens.symbol import SymbolScreen
from widgets.crowded import CrowdedTable
from widgets.feed_facts import PollFacts, PollLine
from widgets.format import in_unit
from widgets.movers import MoversPanel
from widgets.new_short import NewShortPanel
from widgets.panel import PanelFrame
from widgets.sectors import SectorsPanel
from widgets.status import StatusHead
from widgets.tier_profit import TierProfitPanel

pytestmark = pytest.mark.slow


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
        ("v", lambda view: view.knowledge.value == "revised"),
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


@pytest.mark.parametrize("digit", ["1", "2"])
async def test_enter_on_a_tier_opens_its_names_and_escape_goes_back_to_the_tier(tmp_path, digit):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press(digit)
        panel = next(panel for place, panel in screen._placed if panel.digit == digit)
        await settled(app, pilot, lambda: panel.has_focus)
        tier = int(np.bincount(app.board.tier_codes).argmax())
        await pilot.press("home", *["down"] * tier, "enter")
        expected = int(np.count_nonzero(app.board.tier_codes == tier))
        await settled(app, pilot, lambda: table.row_count == expected and table.has_focus)
        assert f"tiers {app.board.scheme.labels[tier]}" in table.title
        await pilot.press("escape")
        await settled(app, pilot, lambda: table.row_count == 10 and panel.has_focus)
        assert "tiers" not in table.title


async def test_enter_on_a_sector_alone_opens_its_names_alone_and_escape_leads_back(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        table, sectors = screen.query_one(CrowdedTable), screen.query_one(SectorsPanel)
        await pilot.press("4")
        await settled(app, pilot, lambda: sectors.has_focus and sectors.text)
        assert sectors.entry is not None
        label = sectors.entry.key
        await pilot.press("enter")
        await settled(app, pilot, lambda: table.has_focus and table.has_class("-alone"))
        assert f"sector {label}" in table.title
        names = app.board.market
        shown = {names.sector_names[int(names.sectors[column])] or "unknown" for column in table.order}
        assert shown == {label}
        await pilot.press("escape")
        await settled(app, pilot, lambda: sectors.has_focus and sectors.has_class("-alone"))
        assert table.row_count == 10


async def test_enter_on_a_mover_opens_its_screen_and_brackets_walk_its_block(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await opened(app, pilot)
        movers = screen.query_one(MoversPanel)
        await pilot.press("5", "5")
        await settled(app, pilot, lambda: movers.has_focus and movers.entry is not None)
        await pilot.press("right", "down")
        assert movers.entry is not None
        block, symbol = movers.entry.key.split()
        assert block == "0worst"
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.query("#keys"))
        assert app.screen.symbol == symbol
        assert app.screen.place_words.startswith("2/")
        assert "worst shorts" in app.screen.place_words


async def test_sorting_keeps_the_cursor_on_its_name_in_the_new_order(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("down", "down")
        await settled(app, pilot, lambda: table.cursor_row == 2)
        column = table.column_at(2)
        await pilot.press("right", "s")
        await settled(app, pilot, lambda: table.sort_key == "short_interest")
        await settled(app, pilot, lambda: table.column_at(table.cursor_row) == column)
        interest = app.board.short_interest[table.order]
        assert np.all(np.diff(interest) <= 0)


async def test_c_chooses_columns_that_stay_chosen_over_another_window(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("c")
        await settled(app, pilot, lambda: isinstance(app.screen, ColumnChooser))
        await pilot.press("j", "j", "space", "c")
        await settled(app, pilot, lambda: app.screen is screen)
        table = screen.query_one(CrowdedTable)
        assert "name" not in [column.key for column in table.visible_columns]
        before = table.source
        await pilot.press("w")
        await settled(app, pilot, lambda: table.source is not before)
        assert "name" not in [column.key for column in table.visible_columns]


async def test_a_column_without_an_order_says_so(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press(*["left"] * 30, "s")
        await settled(app, pilot, lambda: screen.query_one(KeyLine).words == "no order by #")
        assert screen.query_one(CrowdedTable).sort_key == "crowding"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_panel_is_reached_by_its_digit_at_every_size(tmp_path, size):
    app = monitor(tmp_path)
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, pilot)
        # The crowded names last: they have the focus from the start.
        for digit, name in (
            ("1", "tiers"), ("2", "new-short"), ("4", "sectors"), ("5", "movers"), ("6", "feeds"), ("3", "crowded"),
        ):  # fmt: skip
            await pilot.press(digit)
            panel = screen.query_one(f"#{name}")
            await settled(app, pilot, lambda panel=panel: panel.display and panel.has_focus and panel.size.width > 20)
            assert panel.region.right <= size[0], name
            assert panel.region.bottom <= size[1], name
            await pilot.press("escape")


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


@pytest.mark.parametrize(("digit", "panel"), [("4", SectorsPanel), ("5", MoversPanel)])
async def test_a_panel_without_a_place_has_the_window_s_figures_before_it_gets_one(tmp_path, digit, panel, monkeypatch):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press(digit)
        shown = screen.query_one(panel)
        await settled(app, pilot, lambda: shown.display and shown.size.width > 70)
        await pilot.press("escape")
        await settled(app, pilot, lambda: not shown.display)
        before = app.board
        await pilot.press("w")
        await settled(app, pilot, lambda: app.board is not before and screen._board is app.board)
        boards = []
        monkeypatch.setattr(shown, "show", lambda board: boards.append((board, shown.display)))
        await pilot.press(digit)
        await settled(app, pilot, lambda: shown.display)
        assert boards[0] == (app.board, False), "the frame that shows it shows what is of now"


async def test_a_view_chosen_on_another_screen_is_that_of_the_screen_below(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        before = app.board
        await pilot.press("w")
        await settled(app, pilot, lambda: app.board is not before)
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)
        # What the screen below shows is told by its own head and by its rows.
        await settled(app, pilot, lambda: "MTD" in main.query_one(StatusHead).text)
        assert app.board.view.window == "mtd"
        row = main.table.row_of("AAA")
        expected = in_unit(app.board.profit[1], 9, app.board.units.names, True).strip()
        assert main.table.cell_text(row, "profit").split()[-1] == expected


@pytest.mark.parametrize(("error", "code"), [(SourceError("no prices in there"), 4), (NoSessionError("nothing"), 1)])
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
        await pilot.resize_terminal(20, 5)
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
            "doubtful",
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


async def test_the_borders_say_what_the_figures_miss_until_it_is_there(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        descriptions = [place.panel.description for place in PANELS]

        def look_from(moment):
            app.loaded.clock = lambda: moment
            screen._show_head()
            return [screen.query_one(f"#{one.id}", PanelFrame).state_words for one in descriptions]

        evening = datetime.combine(app.loaded.market.last_session, time(17, 0), NEW_YORK)
        assert look_from(evening) == [""] * len(PANELS)
        said = look_from(evening + timedelta(days=180))
        assert [bool(words) for words in said] == [bool(one.rests_on) for one in descriptions]
        assert said[0].startswith("S prices missed 12")
        assert said[1].startswith("S short interest missed 1"), "what its figures rest on most goes first"
        await pilot.pause()
        lines = ["".join(run.text for run in strip) for strip in screen._compositor.render_strips()]
        assert any(said[0] in line for line in lines)
        assert "all" in screen.query_one(TierProfitPanel).text, "the last good content stays"
        assert look_from(evening) == [""] * len(PANELS)


async def test_a_feed_that_failed_is_told_where_its_figures_stand(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        failed = PollFacts(dataset=Dataset.SHORT_INTEREST, letter="B", title="FINRA", words="a page instead of data")
        app.fresh = SimpleNamespace(facts=lambda: ([failed], PollLine(poller="this terminal")))
        screen.feeds_changed()
        assert screen.query_one("#new-short", PanelFrame).state_words == "B short interest: a page instead of data"
        app.fresh = SimpleNamespace(facts=lambda: ([], PollLine(complaint="nobody polls: the disk is full")))
        screen.feeds_changed()
        assert screen.query_one("#crowded", PanelFrame).state_words == "! nobody polls: the disk is full"
        assert screen.query_one("#feeds", PanelFrame).state_words == "", "it says so itself"
        app.fresh = None


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_refused_feed_is_seen_in_the_head_until_it_answers_again(tmp_path, size):
    app = monitor(tmp_path)
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, pilot)
        head = screen.query_one(StatusHead)
        calm = head.text
        feed = PollFacts(dataset=Dataset.QUOTES, letter="B", title="Yahoo spark", words="Forbidden")
        well = PollLine(poller="this terminal")
        for letter, alarm in (("B", "REFUSED Yahoo spark"), ("S", "STALE Yahoo spark"), ("C", "")):
            app.fresh = SimpleNamespace(facts=lambda letter=letter: ([replace(feed, letter=letter)], well))
            screen.feeds_changed()
            assert alarm in head.text
        assert head.text == calm
        app.fresh = SimpleNamespace(facts=lambda: ([], PollLine(is_unpolled=True)))
        screen.feeds_changed()
        assert "UNPOLLED" in head.text
        app.fresh = None


@pytest.mark.parametrize("digit", range(1, len(PANELS) + 1))
async def test_every_panel_is_explained_by_its_own_formula(tmp_path, digit):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        description = PANELS[digit - 1].panel.description
        await pilot.press(str(digit))
        await settled(app, pilot, lambda: screen.query_one(f"#{description.id}").has_focus)
        await pilot.press("i")
        await settled(app, pilot, lambda: app.screen.query(ExplainPanel))
        assert app.screen.query_one(ExplainPanel).title == description.formula.title


async def test_without_a_focus_the_names_are_explained(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        screen.set_focus(None)
        screen.action_explain()
        await settled(app, pilot, lambda: app.screen.query(ExplainPanel))
        assert app.screen.query_one(ExplainPanel).title == CrowdedTable.description.formula.title


@pytest.mark.parametrize("digit", ["", *(str(digit) for digit in range(1, len(PANELS) + 1))])
async def test_the_help_of_every_panel_knows_what_each_key_is_for(tmp_path, digit):
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 50)) as pilot:
        screen = await opened(app, pilot)
        if digit:
            await pilot.press(digit)
        assert OTHER_WISH not in [group.heading for group in live_keys(screen)]
        await pilot.press("3", "enter")
        await pilot.pause()
        assert OTHER_WISH not in [group.heading for group in live_keys(app.screen)]
