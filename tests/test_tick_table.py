"""The live table formats what is seen, repaints what changed, and never cuts a number."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from table_examples import COLUMNS, Aged, Alone, Names, Overfull, change_at_random
from textual.binding import Binding
from textual.events import MouseScrollDown
from textual.geometry import Region

from widgets.columns import TableColumn, place_columns
from widgets.format import GLYPHS_ASCII
from widgets.table_header import header_line
from widgets.tick_table import TickTable


def cells_of(region: Region) -> list[tuple[int, int]]:
    return [(x, y) for y in region.line_range for x in range(region.x, region.right)]


async def test_twenty_thousand_rows_cost_only_the_visible_ones():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert set(app.names.asked) == set(range(23))
        app.names.asked.clear()
        await pilot.press("G")
        assert app.table.cursor_row == 19_999
        assert set(app.names.asked) == set(range(19_977, 20_000))
        app.names.asked.clear()
        await pilot.press("k", "k")
        assert app.names.asked == [], "rows on the screen are not formatted again to move the cursor"


async def test_a_refresh_repaints_only_the_cells_that_changed():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.names.profits = {3: 5.1e6, 7: -12.3e6, 9_000: 1e6}
        assert app.table.update_rows([3, 7, 9_000]) == 1
        (region,) = app.table.asked
        assert (region.y, region.width, region.height) == (4, 9, 1)
        await pilot.pause()
        assert app.lines()[4][region.x : region.right] == "   +5.10M"
        assert app.lines()[8][region.x : region.right] == "  −12.3M".rjust(9)


async def test_nothing_changed_repaints_nothing():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        assert app.table.update_rows(range(20_000)) == 0
        assert app.table.refresh_all() == 0
        assert app.table.set_source(app.names) == 0
        assert app.table.asked == []


async def test_a_change_of_colour_alone_is_repainted():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.set_source(Aged())
        assert app.table.update_rows([2]) == 0, "already compared"
        await pilot.pause()
        styles = {segment.style for segment in app.table.render_line(3)}
        assert styles == {app.table.style_named(name) for name in ("accent", "plain", "stale")}


async def test_over_a_long_run_every_cell_that_changes_is_inside_a_region_that_was_asked_for():
    app = Alone()
    chance = random.Random(7)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        for _ in range(150):
            before = app.painted()
            app.table.asked.clear()
            change_at_random(app, chance)
            await pilot.pause()
            after = app.painted()
            asked = {offset for region in app.table.asked for offset in cells_of(region)}
            missed = [cell for cell in after if after[cell] != before[cell] and cell not in asked]
            assert missed == []
            # A stale line kept in a cache would show beside one drawn from scratch.
            app.table.refresh_all()
            app.table.refresh()
            assert app.painted() == after


async def test_what_changed_out_of_view_is_right_when_it_scrolls_in():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "pagedown", "g")
        app.names.profits[30] = 99e6
        assert app.table.update_rows([30]) == 0
        app.table.move_to(30)
        await pilot.pause()
        assert any("S00030" in line and "+99.0M" in line for line in app.lines())


async def test_another_order_repaints_only_what_differs_and_keeps_the_header():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        other = Names()
        other.names = {5: "Other"}
        assert app.table.set_source(other) == 1
        await pilot.pause()
        assert "Other" in app.lines()[6]
        assert app.table.asked[0].y == 6


async def test_fewer_rows_blank_the_rest_and_bring_the_cursor_back():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        app.names.row_count = 3
        app.table.refresh_all()
        await pilot.pause()
        assert app.table.cursor_row == 2
        assert [line.strip() != "" for line in app.lines()] == [True] * 4 + [False] * 20
        app.names.row_count = 0
        app.table.refresh_all()
        await pilot.pause()
        assert app.lines()[1].strip() == "no rows"
        assert app.table.cursor_row == 0
        await pilot.press("enter", "down", "G")
        assert app.chosen() == []
        app.names.row_count = 5
        app.table.refresh_all()
        await pilot.pause()
        assert "S00000" in app.lines()[1]


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down", "j", "k"], 1),
        (["up"], 0),
        (["pagedown"], 23),
        (["pagedown", "pagedown", "pageup"], 23),
        (["ctrl+d"], 11),
        (["ctrl+d", "ctrl+d", "ctrl+u"], 11),
        (["G"], 19_999),
        (["end", "down"], 19_999),
        (["G", "g"], 0),
        (["end", "home"], 0),
    ],
)
async def test_keys_move_the_cursor_and_keep_it_in_view(keys: list[str], row: int):
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.table.cursor_row == row
        marked = [line for line in app.lines() if line.startswith("▸")]
        assert len(marked) == 1
        assert f"S{row:05d}" in marked[0]


async def test_enter_and_a_double_click_choose_a_row_and_a_click_moves_to_it():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        await pilot.click(TickTable, offset=(10, 6))
        assert app.table.cursor_row == 5
        assert app.chosen() == [1]
        await pilot.double_click(TickTable, offset=(10, 8))
        assert app.chosen() == [1, 7]
        highlighted = [message.row for message in app.messages if isinstance(message, TickTable.RowHighlighted)]
        assert highlighted == [1, 5, 7]


async def test_a_click_on_a_title_asks_for_an_order_and_the_order_is_marked():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        x = app.lines()[0].index("crowd")
        await pilot.click(TickTable, offset=(x, 0))
        await pilot.click(TickTable, offset=(app.lines()[0].index("name"), 0))
        requests = [message.sort_key for message in app.messages if isinstance(message, TickTable.SortRequested)]
        assert requests == ["crowding"]
        app.table.set_sort("crowding")
        await pilot.pause()
        assert "[crowd▾]" in app.lines()[0]
        app.table.set_sort("crowding", is_descending=False)
        await pilot.pause()
        assert "[crowd▴]" in app.lines()[0]


def test_the_arrow_of_a_full_title_stands_behind_it_and_takes_a_sign_of_it_only_where_it_must():
    columns = [
        TableColumn(key=key, title=key, width=width, sort_key=key, align="left")
        for key, width in (("symbol", 6), ("name", 8), ("tier", 4))
    ]

    def header(sort: str, cursor: str | None, width: int = 30) -> str:
        placed = place_columns(columns, width)
        line = header_line(placed, width, sort=(sort, True), cursor_key=cursor, glyphs=GLYPHS_ASCII)
        return "".join(text for text, _ in line).rstrip()

    assert header("symbol", None) == "  symbolvname     tier"
    assert header("symbol", "symbol") == " [symbolvname     tier"
    assert header("symbol", "name") == "  symb~v[name]    tier"
    assert header("name", "tier") == "  symbol namev   [tier]"
    assert header("tier", "name", 22) == "  symbol[name]    ti~v"


async def test_the_pointer_over_a_title_explains_the_column():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.hover(TickTable, offset=(app.lines()[0].index("crowd"), 0))
        assert app.table.tooltip == "0 to 100"
        await pilot.hover(TickTable, offset=(10, 5))
        assert app.table.tooltip is None


async def test_the_wheel_scrolls_and_leaves_the_cursor():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.post_message(MouseScrollDown(app.table, 5, 5, 0, 0, 0, False, False, False))
        await pilot.pause()
        assert app.table.scroll_offset.y == 3
        assert app.table.cursor_row == 0
        assert "S00003" in app.lines()[1]
        assert "symbol" in app.lines()[0]


async def test_wide_names_do_not_shift_the_columns_after_them():
    source = Names()
    source.names = {1: "台灣積體電路製造股份有限公司", 2: "Société Générale S.A. and more", 3: "tab\there"}
    app = Alone(source)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = app.lines()
        places = {cell_len(line[: line.index("−12.3M")]) for line in lines[1:6]}
        assert len(places) == 1
        assert {cell_len(line) for line in lines} == {80}


async def test_a_figure_too_wide_for_its_column_is_hidden_and_never_cut():
    app = Alone(Overfull(3))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "######" in app.lines()[1]
        assert "1234" not in app.lines()[1]


async def test_the_cursor_and_the_order_are_marked_in_ascii_too():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.glyphs = GLYPHS_ASCII
        app.table.set_sort("crowding")
        await pilot.pause()
        assert app.lines()[1].startswith("> ")
        assert "crowdv" in app.lines()[0]


async def test_a_theme_repaints_the_rows_in_its_colours():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = app.table.render_line(2)
        app.theme = "textual-light"
        await pilot.pause()
        after = app.table.render_line(2)
        assert [segment.text for segment in after] == [segment.text for segment in before]
        assert [segment.style for segment in after] != [segment.style for segment in before]


async def test_rows_and_cells_can_be_copied_without_padding():
    app = Alone()
    async with app.run_test(size=(40, 10)):
        assert app.table.cell_text(2, "profit") == "−12.3M"
        assert app.table.row_text(2) == "3\tS00002\tCompany 2\t98\t3.00M\t−12.3M"
        with pytest.raises(KeyError):
            app.table.cell_text(2, "price")
        with pytest.raises(IndexError):
            app.table.row_text(20_000)


def test_every_key_has_a_name_a_description_and_a_tooltip():
    bindings = [one for one in TickTable.BINDINGS if isinstance(one, Binding)]
    assert len(bindings) == len(TickTable.BINDINGS)
    assert all(one.id and one.description and one.tooltip for one in bindings)
    assert len({one.id for one in bindings}) == len(bindings)


@given(st.integers(min_value=1, max_value=200), st.integers(0, 6), st.integers(0, 4))
def test_placed_columns_stand_apart_in_order_and_inside(width: int, skipped: int, most_gap: int):
    placed = place_columns(COLUMNS, width, skipped, most_gap)
    assert placed
    assert len({one.index for one in placed}) == len(placed)
    for before, after in pairwise(placed):
        assert after.x == before.x + before.width + 1
    for one in placed:
        assert one.column.least_width <= one.width <= one.column.most_width + most_gap
    if len(placed) > 1:
        assert placed[-1].x + placed[-1].width <= width
