"""The live table formats what is seen, repaints what changed, and never cuts a number."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.message import Message

from widgets.columns import TableColumn, place_columns
from widgets.format import GLYPHS_ASCII, dollars
from widgets.table_header import header_line
from widgets.tick_table import Cell, TickTable

COLUMNS = (
    TableColumn(key="rank", title="#", width=6, is_pinned=True),
    TableColumn(key="symbol", title="symbol", width=6, align="left", is_pinned=True, sort_key="symbol"),
    TableColumn(
        key="name", title="name", width=16, align="left", priority=1, min_width=8, max_width=24, tooltip="the company"
    ),
    TableColumn(key="crowding", title="crowd", width=6, priority=2, sort_key="crowding", tooltip="0 to 100"),
    TableColumn(key="short_interest", title="SI $", width=8, priority=3, sort_key="short_interest"),
    TableColumn(key="profit", title="P&L", width=9, priority=4, sort_key="profit"),
)


class Names:
    """A market of any size; a row is its rank, and a few of its figures can be moved."""

    def __init__(self, row_count: int = 20_000) -> None:
        self.row_count = row_count
        self.asked: list[int] = []
        self.profits: dict[int, float] = {}
        self.names: dict[int, str] = {}

    @property
    def moving(self) -> range:
        return range(len(COLUMNS))

    def cells(self, row: int, columns: Sequence[int] | None = None) -> Sequence[Cell]:
        self.asked.append(row)
        every = self.every(row)
        return every if columns is None else [every[column] for column in columns]

    def every(self, row: int) -> list[Cell]:
        profit = self.profits.get(row, -12.3e6)
        return [
            (f"{row + 1:>6,}", "muted"),
            (f"S{row:05d}", "plain"),
            (self.names.get(row, f"Company {row}"), "plain"),
            (f"{100 - row % 100:>6}", "plain"),
            (dollars(1e6 * (row + 1), 8), "plain"),
            (dollars(profit, 9, signed=True), "gain" if profit > 0 else "loss"),
        ]


class Aged(Names):
    """The same figures, all of them old."""

    def every(self, row: int) -> list[Cell]:
        return [(text, "stale") for text, _ in super().every(row)]


class Overfull(Names):
    """A figure wider than its column."""

    def every(self, row: int) -> list[Cell]:
        return [(text, "plain") for text in ("1", "A", "B", "123456789", "2", "3")]


class Spied(TickTable):
    """A table that notes which regions it asks to be repainted; an empty region means all of it."""

    asked: list[Region]

    def refresh(self, *regions: Region, **options: bool):
        if not hasattr(self, "asked"):
            self.asked = []
        self.asked += regions or (Region(),)
        return super().refresh(*regions, **options)


class Alone(App[None]):
    CSS = "TickTable { border: none; }"

    def __init__(self, source: Names | None = None, columns: Sequence[TableColumn] = COLUMNS) -> None:
        super().__init__()
        self.names = source or Names()
        self.table = Spied(columns, self.names)
        self.messages: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_tick_table_row_highlighted(self, message: TickTable.RowHighlighted) -> None:
        self.messages.append(message)

    def on_tick_table_row_chosen(self, message: TickTable.RowChosen) -> None:
        self.messages.append(message)

    def on_tick_table_sort_requested(self, message: TickTable.SortRequested) -> None:
        self.messages.append(message)

    def on_tick_table_sort_refused(self, message: TickTable.SortRefused) -> None:
        self.messages.append(message)

    def lines(self) -> list[str]:
        """What the terminal shows."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def painted(self) -> dict[tuple[int, int], tuple[str, object]]:
        """Sign and style of every cell of the screen, by (x, y)."""
        cells: dict[tuple[int, int], tuple[str, object]] = {}
        for y, strip in enumerate(self.screen._compositor.render_strips()):
            x = 0
            for text, style, _ in strip:
                for sign in text:
                    cells[x, y] = (sign, style)
                    x += 1
        return cells

    def chosen(self) -> list[int]:
        return [message.row for message in self.messages if isinstance(message, TickTable.RowChosen)]


def cells_of(region: Region) -> list[tuple[int, int]]:
    return [(x, y) for y in region.line_range for x in range(region.x, region.right)]


def change_at_random(app: Alone, chance: random.Random) -> None:
    """One of the things that happen to a table all day."""
    table, names = app.table, app.names
    rows = [chance.randrange(max(1, names.row_count)) for _ in range(30)]
    match chance.randrange(7):
        case 0 | 1:
            near = [*rows, *table.visible_rows]
            changed = chance.sample(near, 10)
            names.profits.update((row, chance.uniform(-5e7, 5e7)) for row in changed)
            table.update_rows(changed)
        case 2:
            table.move_to(table.cursor_row + chance.choice([-20, -1, 1, 20, 5_000]))
        case 3:
            names.names.update((row, f"Renamed {row}") for row in table.visible_rows)
            table.refresh_all()
        case 4:
            names.row_count = chance.choice([0, 3, 11, 40, 20_000])
            table.refresh_all()
        case 5:
            table.action_move_column(chance.choice([-1, 1]))
        case _:
            table.set_sort(chance.choice(["crowding", "profit"]), chance.random() < 0.5)


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
