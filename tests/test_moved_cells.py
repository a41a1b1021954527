"""A figure that moved is marked for a moment, if its move is news; and no mark ever stays."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import NOW, loaded_market, monitor, opened, settled
from table_examples import Alone, change_at_random

from tui.app import Monitor
from tui.settings.configuration import configured
from tui.terminal.kind import TerminalKind
from widgets.lines import MOVED
from widgets.moved_cells import MARK_SECONDS, STILL_SECONDS, MovedCells
from widgets.tick_table import TickTable

PROFIT = 1 + 2 * 5
"""The place of P&L among the pieces of a line."""


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


def watched(table: TickTable) -> Clock:
    """Let a table mark what moves, by a clock that stands still."""
    clock = Clock()
    table.marks_moves = True
    table._moved = MovedCells(clock)
    clock.pass_by(STILL_SECONDS)
    return clock


def marked_rows(table: TickTable) -> list[int]:
    return sorted(row for row, line in table._drawn.items() if any(style.startswith(MOVED) for _, style in line))


def drawn_attributes(table: TickTable, row: int, run: int) -> tuple[bool, bool]:
    """Whether a piece of a row is bold, and underlined, as Textual draws it."""
    strip = table.render_line(1 + row - table.scroll_offset.y)
    text = table._drawn[row][run][0].strip()
    (style,) = (segment.style for segment in strip if segment.text.strip() == text)
    assert style is not None
    return bool(style.bold), bool(style.underline)


# -- what is news ---------------------------------------------------------------------------------------------------


def moves(*rows: int, run: int = 3) -> list:
    return [((row, run), (row, run)) for row in rows]


def test_what_stood_still_for_a_while_is_marked_when_it_moves():
    clock = Clock()
    cells = MovedCells(clock)
    cells.note(moves(1), 100)
    assert (1, 3) not in cells, "nobody knows how long it had stood still"
    clock.pass_by(STILL_SECONDS)
    cells.note(moves(1, 2), 100)
    assert (1, 3) in cells
    assert (2, 3) in cells


def test_what_moves_all_the_time_is_never_marked():
    clock = Clock()
    cells = MovedCells(clock)
    for _ in range(200):
        cells.note(moves(1), 100)
        assert not cells
        clock.pass_by(0.25)


def test_where_many_move_at_once_none_is_marked():
    clock = Clock()
    cells = MovedCells(clock)
    clock.pass_by(STILL_SECONDS)
    cells.note(moves(*range(21)), 100)
    assert not cells
    clock.pass_by(STILL_SECONDS)
    cells.note(moves(*range(15)), 100)
    cells.note(moves(*range(30, 40)), 100)
    assert [place for place in ((0, 3), (14, 3), (30, 3)) if place in cells] == [(0, 3), (14, 3)]


@given(st.lists(st.tuples(st.floats(0, 3), st.sets(st.integers(0, 40), max_size=12)), max_size=40))
def test_a_mark_is_over_after_its_time_whatever_moves(happenings):
    clock = Clock()
    cells = MovedCells(clock)
    for seconds, rows in happenings:
        clock.pass_by(seconds)
        over = cells.expired()
        assert over == sorted(over)
        cells.note(moves(*rows), 100)
    clock.pass_by(MARK_SECONDS)
    cells.expired()
    assert not cells


# -- on a table ------------------------------------------------------------------------------------------------------


async def test_a_moved_figure_is_bold_until_the_next_figures_move_after_its_time():
    app = Alone()
    async with app.run_test(size=(80, 12)):
        clock = watched(app.table)
        app.names.profits[3] = 5e6
        assert app.table.update_rows([3]) == 1
        assert drawn_attributes(app.table, 3, PROFIT) == (True, False)
        assert app.table._drawn[3][PROFIT] == ("   +5.00M", "moved gain")
        clock.pass_by(MARK_SECONDS / 2)
        assert app.table.update_rows([3]) == 0, "still marked, and nothing to repaint"
        clock.pass_by(MARK_SECONDS / 2)
        assert app.table.update_rows([]) == 1
        assert drawn_attributes(app.table, 3, PROFIT) == (False, False)
        assert app.table.update_rows(app.table.visible_rows) == 0


async def test_a_mark_goes_away_by_itself_where_nothing_moves_any_more(monkeypatch):
    monkeypatch.setattr(TickTable, "LONGEST_MARK_SECONDS", 0.01)
    app = Alone()
    async with app.run_test(size=(80, 12)) as pilot:
        clock = watched(app.table)
        app.names.profits[3] = 5e6
        app.table.update_rows([3])
        assert marked_rows(app.table) == [3]
        clock.pass_by(MARK_SECONDS)
        await settled(app, pilot, lambda: not marked_rows(app.table))
        assert app.table._mark_timer is None, "no timer runs on for nothing"


async def test_in_the_row_of_the_cursor_which_is_bold_it_is_underlined():
    app = Alone()
    async with app.run_test(size=(80, 12)) as pilot:
        app.table.focus()
        await pilot.pause()
        watched(app.table)
        app.names.profits[0] = 5e6
        app.table.update_rows([0])
        assert drawn_attributes(app.table, 0, PROFIT) == (True, True)


async def test_only_figures_are_marked_and_only_where_their_digits_changed():
    app = Alone()
    async with app.run_test(size=(80, 12)):
        watched(app.table)
        app.names.names[2] = "Renamed"
        app.names.profits[4] = -12.3e6
        assert app.table.update_rows([2, 4]) == 1
        assert marked_rows(app.table) == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_to_the_table_no_mark_stays(seed):
    chance = random.Random(seed)
    app = Alone()
    was_marked = False
    async with app.run_test(size=(70, 12)) as pilot:
        clock = watched(app.table)
        for _ in range(60):
            clock.pass_by(chance.choice([0.1, 0.3, STILL_SECONDS]))
            row = chance.choice(app.table.visible_rows or [0])
            app.names.profits[row] = chance.uniform(-5e7, 5e7)
            app.table.update_rows([row])
            was_marked |= bool(marked_rows(app.table))
            change_at_random(app, chance)
            await pilot.pause()
        clock.pass_by(MARK_SECONDS)
        app.table._end_marks()
        assert marked_rows(app.table) == []
        assert not app.table._moved
        assert app.table.refresh_all() == 0, "the screen shows what the source says"
    assert was_marked


# -- in the monitor ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "colours", "is_marking"),
    [
        ({"low_bandwidth": "false"}, "truecolor", True),
        ({"low_bandwidth": "false"}, "standard", True),
        ({"low_bandwidth": "true"}, "truecolor", False),
        ({"low_bandwidth": "false", "still": "true"}, "truecolor", False),
        ({"low_bandwidth": "false"}, "8", False),
    ],
)
def test_marks_are_off_on_a_slow_line_where_there_is_no_attribute_to_spare_and_on_request(
    tmp_path, options, colours, is_marking
):
    given_options = configured(options, {"SHORTSIDE_HOME": str(tmp_path)}).options
    app = Monitor(given_options, lambda: NOW, kind=TerminalKind(colours=colours))
    assert app.marks_moves is is_marking


async def test_a_price_marks_its_name_s_figures_and_another_screen_takes_no_mark_along(tmp_path, monkeypatch):
    monkeypatch.setattr(TickTable, "LONGEST_MARK_SECONDS", 0.01)
    app = monitor(tmp_path, loader=lambda *_, **__: loaded_market(quotes=True), low_bandwidth="false")
    async with app.run_test(size=(160, 40)) as pilot:
        main = await opened(app, pilot)
        assert main.table.marks_moves
        clock = watched(main.table)
        column = main.table.column_at(4)
        app.tick(np.array([column]), np.array([app.board.book.price[column] * 1.5]))
        assert marked_rows(main.table) == [4]
        main.table.set_filter(str(app.board.market.symbols[column]))
        assert marked_rows(main.table) == [], "a row that is written anew has not moved"
        main.table.set_filter("")
        clock.pass_by(STILL_SECONDS)
        app.tick(np.array([column]), np.array([app.board.book.price[column] * 1.5]))
        assert marked_rows(main.table) == [4]
        await pilot.press("x")
        clock.pass_by(MARK_SECONDS)
        await settled(app, pilot, lambda: not main.table._moved)
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)
        assert marked_rows(main.table) == []


async def test_all_prices_at_once_mark_nothing(tmp_path):
    app = monitor(tmp_path, quotes=True, low_bandwidth="false")
    async with app.run_test(size=(160, 40)) as pilot:
        main = await opened(app, pilot)
        watched(main.table)
        app.beat()
        assert marked_rows(main.table) == []


@pytest.mark.parametrize(("theme", "colours", "is_underlined"), [
    ("night", "standard", False), ("day", "standard", True), ("day", "truecolor", False),
])  # fmt: skip
async def test_where_text_cannot_be_bold_it_is_underlined(tmp_path, theme, colours, is_underlined):
    given_options = configured({"theme": theme, "low_bandwidth": "false"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    app = Monitor(
        given_options, lambda: NOW, loader=lambda *_, **__: loaded_market(), kind=TerminalKind(colours=colours)
    )
    async with app.run_test(size=(160, 40)) as pilot:
        main = await opened(app, pilot)
        style = main.table.style_named(MOVED + "gain")
        assert (bool(style.underline), bool(style.bold)) == (is_underlined, not is_underlined)
        assert not main.table.style_named("gain").bold
