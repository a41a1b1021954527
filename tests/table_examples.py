"""Tables to try a live table with: rows that change, that are counted, that are too wide."""

import random
from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message

from widgets.columns import TableColumn
from widgets.format import dollars
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
