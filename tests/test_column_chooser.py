"""Columns are chosen and put in order on a screen of their own, and the table below shows it at once."""

from __future__ import annotations

import pytest
from board_examples import board_of, screen_text
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from shortside.view import View
from tui.screens.column_chooser import ColumnChooser
from widgets.column_choice import ColumnChoice, choice_among
from widgets.crowded import CrowdedTable
from widgets.name_columns import TABLE_COLUMNS, crowded_columns
from widgets.row_words import RowWords
from widgets.tick_table import TickTable

KEYS = tuple(column.key for column in TABLE_COLUMNS)


class Shown(App[None]):
    """The table of names with the chooser over it."""

    def compose(self) -> ComposeResult:
        yield CrowdedTable(id="names")

    @property
    def table(self) -> CrowdedTable:
        return self.screen_stack[0].query_one("#names", CrowdedTable)

    @property
    def chooser(self) -> ColumnChooser:
        assert isinstance(self.screen, ColumnChooser)
        return self.screen

    def on_mount(self) -> None:
        self.table.show(board_of(borrow=None))
        self.open()

    def open(self) -> None:
        table = self.table
        self.push_screen(
            ColumnChooser(crowded_columns(), table.choice, table.without_figures, table.choose_columns, table.glyphs)
        )

    def titles(self) -> list[str]:
        """The keys of the columns the table shows, from left to right."""
        return [column.key for column in self.table.visible_columns]

    async def at(self, pilot, key: str) -> None:
        """Move the chooser's cursor to a column."""
        self.chooser.query_one(TickTable).move_to(self.chooser.choice.order.index(key))
        await pilot.pause()


async def test_a_column_is_hidden_and_shown_again_at_once():
    app = Shown()
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        before = app.titles()
        await app.at(pilot, "sector")
        await pilot.press("space")
        assert app.titles() == [key for key in before if key != "sector"]
        await pilot.press("enter")
        assert app.titles() == before


async def test_a_column_is_moved_with_the_cursor_on_it():
    app = Shown()
    async with app.run_test(size=(200, 40)) as pilot:
        await app.at(pilot, "profit")
        await pilot.press("K")
        app.chooser.action_carry(-30)
        assert app.titles()[0] == "profit"
        await pilot.press("J", "J")
        assert app.titles().index("profit") == 2
        assert app.chooser.choice.order[app.chooser.query_one(TickTable).cursor_row] == "profit"
        await pilot.pause()
        assert screen_text(app)  # drawn without complaint


async def test_the_symbol_cannot_be_hidden_and_a_column_without_figures_is_marked():
    app = Shown()
    async with app.run_test(size=(200, 40)) as pilot:
        await app.at(pilot, "symbol")
        await pilot.press("space")
        assert "symbol" in app.titles()
        lines = screen_text(app)
        assert any("[=] symbol" in line for line in lines)
        assert any("[-] fee %" in line and "no name has a figure now" in line for line in lines)
        await app.at(pilot, "tier")
        await pilot.press("space")
        await pilot.pause()
        assert any("[ ] tier" in line for line in screen_text(app))


async def test_what_the_column_under_the_cursor_says_stands_whole_below_the_table():
    app = Shown()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.at(pilot, "crowding")
        words = next(column.tooltip for column in crowded_columns() if column.key == "crowding")
        assert sum(words in line for line in screen_text(app)) == 1, "the table has no room for it"
        assert words in " ".join(app.chooser.query_one(RowWords).text.split())


async def test_a_choice_lasts_over_windows_and_markets_and_reset_takes_it_back():
    app = Shown()
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        before = app.titles()
        await app.at(pilot, "sector")
        await pilot.press("space", "escape")
        await pilot.pause()
        for board in (board_of(View(window="5d"), borrow=None), board_of(View(window="30d"), borrow=None)):
            app.table.show(board)
            await pilot.pause()
            assert app.titles() == [key for key in before if key != "sector"]
        app.table.show(board_of())
        await pilot.pause()
        assert {"borrow_fee"} <= set(app.titles()), "nobody hid it: now it has figures"
        app.open()
        await pilot.pause()
        assert app.chooser.choice.hidden == {"sector"}
        await pilot.press("r", "c")
        await pilot.pause()
        assert app.table.choice is None
        assert "sector" in app.titles()


@pytest.mark.parametrize("width", [60, 80])
async def test_the_first_of_the_order_chosen_stay_where_the_terminal_is_narrow(width):
    app = Shown()
    async with app.run_test(size=(width, 30)) as pilot:
        for key in ("price_change", "squeeze"):
            await app.at(pilot, key)
            app.chooser.action_carry(-30)
        await pilot.press("escape")
        await pilot.pause()
        assert app.titles()[:2] == ["squeeze", "price_change"]
        assert "symbol" in app.titles()


async def test_what_is_copied_is_what_was_chosen_in_its_order():
    app = Shown()
    async with app.run_test(size=(80, 30)) as pilot:
        hidden = frozenset(KEYS) - {"symbol", "profit"}
        app.table.choose_columns(ColumnChoice(("profit", *[key for key in KEYS if key != "profit"]), hidden))
        await pilot.pause()
        row = app.table.row_text(0).split("\t")
        assert len(row) == 2
        assert float(row[0]) == round(float(row[0]))
        assert row[1].isalpha()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-7, 7)), max_size=12))
def test_whatever_is_moved_and_hidden_every_column_stays_on_the_list_once(steps):
    keys = tuple("abcdef")
    choice = choice_among(keys, None, frozenset("a"))
    for at, step in steps:
        choice = choice.moved(keys[at], step) if step else choice.toggled(keys[at])
        assert sorted(choice.order) == list(keys)
        assert "a" in choice.shown
        assert set(choice.shown) | choice.hidden == set(keys)
    again = choice_among((*keys, "new"), choice, frozenset("a"))
    assert again.order == (*choice.order, "new")
    assert again.hidden == choice.hidden
    assert set(choice_among(keys[:3], choice, frozenset("a")).order) == set(keys[:3])
