"""The column cursor of a live table: it reaches every column however narrow the table is, and asks for orders."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from table_examples import COLUMNS, Alone

from widgets.columns import TableColumn, place_columns
from widgets.format import GLYPHS_ASCII
from widgets.table_header import header_line
from widgets.tick_table import TickTable


async def test_a_narrow_table_drops_columns_whole_and_by_priority():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        seen = []
        for width in (80, 56, 46, 37, 30, 18):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            seen.append([column.key for column in app.table.visible_columns])
            assert all(cell_len(line) == width for line in app.lines())
        keys = [column.key for column in COLUMNS]
        assert seen == [keys, keys, keys[:5], keys[:4], keys[:3], keys[:2]]


async def test_dropped_columns_can_be_scrolled_to():
    app = Alone()
    async with app.run_test(size=(37, 24)) as pilot:
        await pilot.press("l", "right")
        assert [column.key for column in app.table.visible_columns] == ["rank", "symbol", "name", "crowding"]
        assert "[crowd]" in app.lines()[0]
        await pilot.press("l", "l", "l", "l")
        await pilot.pause()
        keys = [column.key for column in app.table.visible_columns]
        assert keys[:2] == ["rank", "symbol"]
        assert keys[-1] == "profit"
        assert "−12.3M" in app.lines()[1]
        assert "[P&L]" in app.lines()[0]
        await pilot.press("h", "h", "h", "left", "left")
        assert [column.key for column in app.table.visible_columns] == ["rank", "symbol", "name", "crowding"]


async def test_a_table_without_orders_shows_no_cursor_and_its_dropped_columns_one_by_one():
    columns = [replace(column, sort_key=None) for column in COLUMNS]
    app = Alone(columns=columns)
    async with app.run_test(size=(37, 24)) as pilot:
        seen = []
        for _ in range(5):
            seen.append([column.key for column in app.table.visible_columns][2:])
            assert "[" not in app.lines()[0]
            await pilot.press("right", "s", "S")
        assert seen[0] == ["name", "crowding"]
        assert seen[-1] == seen[-2], "at the last column it stops"
        assert {key for keys in seen for key in keys} == {"name", "crowding", "short_interest", "profit"}
        assert app.messages == []
        await pilot.press(*["left"] * 5)
        assert [column.key for column in app.table.visible_columns][2:] == seen[0]


async def test_s_asks_for_the_order_of_the_column_in_brackets_and_capital_s_for_the_present_one_turned():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("S")
        app.table.set_sort("crowding")
        await pilot.press("s", "right", "s", "S", *["left"] * 2, "s")
        asked = [one.sort_key for one in app.messages if isinstance(one, TickTable.SortRequested)]
        assert asked == ["crowding", "short_interest", "crowding"]
        assert [one.title for one in app.messages if isinstance(one, TickTable.SortRefused)] == ["name"]


async def test_moving_the_column_cursor_repaints_two_titles_and_no_row():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.set_sort("crowding")
        await pilot.pause()
        app.table.asked.clear()
        await pilot.press("right")
        assert {region.y for region in app.table.asked} == {0}
        assert sum(region.width for region in app.table.asked) <= 24
        await pilot.pause()
        assert "crowd▾ " in app.lines()[0]
        assert "[SI $]" in app.lines()[0]


async def test_the_column_cursor_stays_in_view_when_the_terminal_shrinks():
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*["right"] * 5)
        for width in (56, 37, 30, 26, 80):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            assert app.table.visible_columns[-1].key == "profit"
            assert all(cell_len(line) == width for line in app.lines())
        assert [column.key for column in app.table.visible_columns] == [column.key for column in COLUMNS]


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab% ", min_size=0, max_size=12), st.integers(1, 12), st.sampled_from(["left", "right"])
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(4, 60),
    st.integers(0, 5),
)
def test_brackets_take_no_cell_from_another_column(titles, width, at):
    columns = [
        TableColumn(key=f"c{place}", title=title, width=cells, align=align, sort_key=f"c{place}")
        for place, (title, cells, align) in enumerate(titles)
    ]
    placed = place_columns(columns, width)
    plain = header_line(placed, width, glyphs=GLYPHS_ASCII)
    chosen = columns[at % len(columns)]
    marked = header_line(placed, width, cursor_key=chosen.key, glyphs=GLYPHS_ASCII)
    assert [cell_len(text) for text, _ in marked] == [cell_len(text) for text, _ in plain]
    before, after = ("".join(text for text, _ in line) for line in (plain, marked))
    spans = [(one.x, one.x + one.width) for one in placed if one.column is chosen]
    if not spans or placed[-1].x + placed[-1].width > width:
        return
    (first, end), *_ = spans
    assert before[: first - 1] == after[: first - 1]
    assert before[end + 1 :] == after[end + 1 :]
    assert after.count("[") == 1
