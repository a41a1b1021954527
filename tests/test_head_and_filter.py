"""What is never hidden: the head over whichever panel has the screen, and the filter while it is typed or kept."""

from __future__ import annotations

import pytest
from monitor_examples import monitor, opened, settled
from support_terminal import driver_of, resize, running, settle
from textual import events

from tui.screens.filter_bar import FILTER_KEYS, FilterBar, FilterLine
from tui.screens.key_line import KeyLine
from widgets.crowded import CrowdedTable
from widgets.key_names import key_hint
from widgets.status import StatusHead

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 40), (200, 60)]
PANELS = ("tiers", "new-short", "crowded", "sectors", "movers", "feeds")
SIGNS = {"slash": "/", "space": " "}


async def press(pilot, *keys):
    for key in keys:
        pilot.app.post_message(events.Key(key, SIGNS.get(key, key if len(key) == 1 else None)))
    await settle(pilot)


def lines_of(pilot):
    return driver_of(pilot).terminal.lines()


def says_what_it_is_of(lines):
    """The mark, the day and the window in the first line, the settlement and the price's day in the second."""
    first, second = lines
    return all(word in first for word in ("SIM", "1 Mar", "30D")) and all(word in second for word in ("SI ", "PX"))


@pytest.mark.parametrize("size", SIZES)
async def test_the_head_stays_over_every_panel_on_the_whole_screen(tmp_path, size):
    async with running(monitor(tmp_path), size) as pilot:
        screen = await opened(pilot.app, pilot)
        await settle(pilot)
        before = lines_of(pilot)[:2]
        assert says_what_it_is_of(before), before
        for number, name in enumerate(PANELS, start=1):
            await press(pilot, str(number))
            if not screen.has_class("-solo"):
                await press(pilot, str(number))
            panel = screen.query_one(f"#{name}")
            assert screen.has_class("-solo"), name
            assert panel.region.size == (size[0], size[1] - 3), "all but the head and the key line"
            assert lines_of(pilot)[:2] == before, name
            await press(pilot, "escape")
            assert not screen.has_class("-solo"), name
            assert lines_of(pilot)[:2] == before, name


async def test_the_head_of_a_panel_alone_follows_the_view(tmp_path):
    async with running(monitor(tmp_path), (80, 24)) as pilot:
        await opened(pilot.app, pilot)
        await press(pilot, "3", "3", "w")
        await settled(pilot.app, pilot, lambda: pilot.app.board.view.window == "mtd")
        await settle(pilot)
        assert "MTD" in lines_of(pilot)[0]


@pytest.mark.parametrize("keys", [(), ("1", "1"), ("6",)])
async def test_a_terminal_too_small_keeps_the_head_and_says_why_there_is_no_more(tmp_path, keys):
    async with running(monitor(tmp_path), (80, 24)) as pilot:
        await opened(pilot.app, pilot)
        await press(pilot, *keys)
        await resize(pilot, 23, 5)
        lines = lines_of(pilot)
        assert "SIM" in lines[0]
        assert any("Too small" in line for line in lines)


def filter_row(pilot):
    """Where the filter's line stands on the terminal, by what is drawn there; None if nowhere."""
    rows = [row for row, line in enumerate(lines_of(pilot)) if line.startswith(" / ")]
    assert len(rows) <= 1
    return rows[0] if rows else None


@pytest.mark.parametrize("size", [(40, 12), *SIZES])
@pytest.mark.parametrize("alone", [False, True])
async def test_what_is_typed_into_the_filter_stands_over_the_key_line(tmp_path, size, alone):
    async with running(monitor(tmp_path), (120, 40)) as pilot:
        screen = await opened(pilot.app, pilot)
        await press(pilot, *(["3", "3"] if alone else []))
        await resize(pilot, *size)
        assert filter_row(pilot) is None
        await press(pilot, "slash")
        assert filter_row(pilot) == size[1] - 2
        assert "symbol or name" in lines_of(pilot)[-2]
        await press(pilot, "q", "q")
        assert lines_of(pilot)[-2].startswith(" / qq")
        assert "keep" in lines_of(pilot)[-1], "the key line tells the keys that are none of the filter's letters"
        assert "window" not in lines_of(pilot)[-1]
        table = screen.query_one(CrowdedTable)
        if table.region.height:
            assert table.region.bottom <= size[1] - 2, "the line covers no row"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("alone", [False, True])
async def test_a_filter_that_is_kept_stays_in_view_and_goes_when_it_is_cleared(tmp_path, size, alone):
    async with running(monitor(tmp_path), size) as pilot:
        screen = await opened(pilot.app, pilot)
        await press(pilot, *(["3", "3"] if alone else []))
        await press(pilot, "slash", "q", "q", "enter")
        table, line = screen.query_one(CrowdedTable), screen.query_one(KeyLine)
        await settled(pilot.app, pilot, lambda: table.has_focus and table.row_count == 1)
        await settle(pilot)
        assert lines_of(pilot)[-2].startswith(" / qq")
        assert "window" in lines_of(pilot)[-1]
        await press(pilot, "slash", "a")
        assert lines_of(pilot)[-2].startswith(" / a"), "opened again, what is typed takes the place of what was kept"
        await press(pilot, "escape")
        assert filter_row(pilot) is None
        await settled(pilot.app, pilot, lambda: table.row_count == 10)
        await press(pilot, "slash", "q", "q", "enter")
        await settled(pilot.app, pilot, lambda: table.has_focus and table.row_count == 1)
        await press(pilot, *(["escape"] * (2 if alone else 1)))
        assert filter_row(pilot) is None
        assert table.row_count == 10
        assert line.words == ""


async def test_going_from_panel_to_panel_never_ends_in_a_kept_filter(tmp_path):
    async with running(monitor(tmp_path), (120, 40)) as pilot:
        screen = await opened(pilot.app, pilot)
        await press(pilot, "slash", "q", "q", "enter")
        for _ in range(8):
            await press(pilot, "tab")
            assert not isinstance(screen.focused, FilterLine)
        assert screen.query_one(FilterLine).value == "qq"


async def test_a_click_elsewhere_ends_the_typing_and_keeps_the_filter(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("slash", "q", "q")
        await settled(app, pilot, lambda: table.row_count == 1)
        await pilot.click(CrowdedTable, offset=(10, 2))
        await settled(app, pilot, lambda: table.has_focus)
        assert screen.query_one(FilterBar).display
        await pilot.click(FilterBar, offset=(20, 0))
        await settled(app, pilot, lambda: isinstance(screen.focused, FilterLine))


async def test_a_filter_typed_while_another_panel_has_the_screen_shows_what_it_filters(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("1", "1")
        await settled(app, pilot, lambda: not table.display)
        await pilot.press("slash", "q", "q")
        await settled(app, pilot, lambda: table.display and table.row_count == 1)
        assert screen.query_one(StatusHead).region.height == 2


async def test_the_key_line_says_the_filters_keys_only_while_it_is_typed(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        line = screen.query_one(KeyLine)
        before = line.keys
        typed = [(key_hint(line, key), words) for key, words in FILTER_KEYS]
        assert before != typed
        await pilot.press("slash")
        await settled(app, pilot, lambda: line.keys == typed)
        await pilot.press("a", "down")
        await settled(app, pilot, lambda: line.keys == before)
        assert screen.query_one(CrowdedTable).row_count > 0


@pytest.mark.parametrize("key", ["?", "x", "i", "c"])
@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_what_figures_are_of_stays_over_whatever_covers_the_panels(tmp_path, size, key):
    async with running(monitor(tmp_path), size) as pilot:
        await opened(pilot.app, pilot)
        await settle(pilot)
        pilot.app.post_message(events.Key({"?": "question_mark"}.get(key, key), key))
        await settle(pilot)
        assert len(pilot.app.screen_stack) > 1
        first = lines_of(pilot)[0]
        assert all(word in first for word in ("SIM", "1 Mar", "30D")), first
