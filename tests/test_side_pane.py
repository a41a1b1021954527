"""A side pane of 40×12, as beside an editor: the total, three groups, five names, the day, and keys that work."""

from __future__ import annotations

import pytest
from board_examples import assert_well_drawn, text_of, tier_table_of
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import monitor, opened, settled
from support_terminal import driver_of, resize, running, settle
from textual import events

from tui.screens.key_line import KeyLine
from tui.screens.main_panels import LEAST_HEIGHT, LEAST_WIDTH
from tui.screens.symbol import SymbolScreen
from widgets.crowded import CrowdedTable
from widgets.pane_sums import pane_sum_lines


async def press(pilot, *keys):
    for key in keys:
        pilot.app.post_message(events.Key(key, {"slash": "/"}.get(key, key if len(key) == 1 else None)))
    await settle(pilot)


def lines_of(pilot):
    return driver_of(pilot).terminal.lines()


async def test_a_side_pane_shows_the_day_the_sums_five_names_and_its_keys(tmp_path):
    async with running(monitor(tmp_path), (40, 12)) as pilot:
        screen = await opened(pilot.app, pilot)
        await settle(pilot)
        lines = lines_of(pilot)
        assert all(word in lines[0] for word in ("SIM", "1 Mar", "30D"))
        assert [line.split()[0] for line in lines[1:5]] == ["all", "mega+", "mid", "small+"]
        assert all("%" in line and "new" in line for line in lines[1:5])
        assert all(word in lines[5] for word in ("symbol", "P&L", "day %"))
        assert screen.query_one(CrowdedTable).size.height == 6, "the heading, and five names"
        await press(pilot, "j")
        assert "open" in lines_of(pilot)[-1], "after the hints of a first start"


async def test_its_keys_open_a_name_filter_and_change_the_window(tmp_path):
    async with running(monitor(tmp_path), (40, 12)) as pilot:
        screen = await opened(pilot.app, pilot)
        table = screen.query_one(CrowdedTable)
        await press(pilot, "w")
        await settled(pilot.app, pilot, lambda: pilot.app.board.view.window == "mtd")
        await press(pilot, "slash", "q", "q", "enter")
        await settled(pilot.app, pilot, lambda: table.row_count == 1)
        await press(pilot, "enter")
        await settled(pilot.app, pilot, lambda: isinstance(pilot.app.screen, SymbolScreen))
        await settle(pilot)
        assert any("shares short" in line for line in lines_of(pilot)), "one panel at a time: the figures first"
        await press(pilot, "1")
        assert any("Price and short interest" in line for line in lines_of(pilot))
        await press(pilot, "q", "escape")
        await settled(pilot.app, pilot, lambda: table.row_count == 10)


@pytest.mark.parametrize("digit", ["1", "2", "4", "5", "6"])
async def test_a_panel_that_has_no_place_in_a_pane_gets_the_whole_of_it(tmp_path, digit):
    async with running(monitor(tmp_path), (40, 12)) as pilot:
        screen = await opened(pilot.app, pilot)
        await press(pilot, digit)
        panel = next(one for place, one in screen._placed if one.digit == digit)
        assert panel.region.size == (40, 10)
        await press(pilot, "escape")
        assert screen.query_one(CrowdedTable).size.height == 6


async def test_every_size_between_a_pane_and_a_screen_shows_names_and_sums(tmp_path):
    async with running(monitor(tmp_path), (120, 40)) as pilot:
        screen = await opened(pilot.app, pilot)
        for size in ((40, 24), (60, 17), (59, 40), (100, 12), (LEAST_WIDTH, LEAST_HEIGHT), (300, 8)):
            await resize(pilot, *size)
            await settle(pilot)
            lines = lines_of(pilot)
            assert len(lines) == size[1]
            assert lines[1].startswith(" all "), size
            assert screen.query_one(CrowdedTable).size.height >= 2, size
            await resize(pilot, 120, 40)
            await settle(pilot)
            assert "Short P&L by cap tier" in lines_of(pilot)[2], size


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (200, 1), (LEAST_WIDTH - 1, 30), (80, LEAST_HEIGHT - 1)])
async def test_below_that_a_word_says_so_and_nothing_breaks(tmp_path, size):
    async with running(monitor(tmp_path), (80, 24)) as pilot:
        screen = await opened(pilot.app, pilot)
        await resize(pilot, *size)
        await press(pilot, "j", "slash", "a", "escape", "w", "1", "escape")
        assert screen.has_class("-too-small")
        await resize(pilot, 80, 24)
        await settle(pilot)
        assert not screen.has_class("-too-small")
        assert screen.query_one(CrowdedTable).size.height > 3


def test_the_sums_are_those_of_the_panel_of_tiers():
    table = tier_table_of(total={"profit": -122.6e9, "profit_ratio": -0.127, "new_short_30d": 4.4e9})
    lines = pane_sum_lines(table, 40, 4)
    assert text_of(lines[0]).rstrip() == " all     −122.60B  −12.7% new  +4.40B"
    assert_well_drawn(lines, 40)


@given(st.integers(1, 80), st.integers(1, 6))
def test_the_sums_fit_any_width_and_height(width, height):
    lines = pane_sum_lines(tier_table_of(), width, height)
    assert len(lines) == min(height, 4)
    assert_well_drawn(lines, width)


async def test_every_key_that_a_pane_names_is_live_there(tmp_path):
    async with running(monitor(tmp_path), (40, 12)) as pilot:
        screen = await opened(pilot.app, pilot)
        signs = {"⏎": "enter", "/": "slash", "?": "question_mark"}
        live = {key for key, active in screen.active_bindings.items() if active.enabled}
        assert {signs.get(key, key) for key, _ in screen.query_one(KeyLine).keys} <= live


async def test_a_table_that_grows_begins_with_its_first_columns_again(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)

        def titles():
            return [placed.column.key for placed in table._placed]

        whole = titles()
        assert whole[:3] == ["rank", "symbol", "name"]
        await pilot.press("right", "right", "right")
        await pilot.resize_terminal(40, 12)
        await settled(app, pilot, lambda: len(titles()) < 6)
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot, lambda: titles() == whole)
