"""What panels paint past the compositor is what Textual would have drawn, wherever it may be painted."""

import random
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest
from support_terminal import driver_of, resize, running, settle
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.terminal.brush import TerminalAbilities
from tui.terminal.direct_painter import DirectPainter
from tui.terminal.display import DifferentialDisplay, FrameDiffer
from widgets.columns import TableColumn
from widgets.panel import Panel, Trouble
from widgets.tick_table import Cell, TickTable

pytestmark = pytest.mark.slow

FULL = TerminalAbilities(scrolls_regions=True, erases_in_colour=True)
NAMES = ["Apple", "トヨタ自動車", "Nestlé", "삼성전자", "Cafe\u0301 Rouge", "Archer Aviation"]
COLUMNS = (
    TableColumn(key="rank", title="#", width=4, is_pinned=True),
    TableColumn(key="name", title="name", width=14, align="left", priority=1, min_width=6, max_width=24),
    TableColumn(key="short_interest", title="SI $", width=9, priority=2, sort_key="short_interest"),
    TableColumn(key="profit", title="P&L", width=9, sort_key="profit"),
    TableColumn(key="trend", title="trend", width=8, align="left", priority=3),
)
STYLES = ("gain", "loss", "plain", "stale", "muted")


class Market:
    """Rows whose figures move; the names stay."""

    moving = (2, 3, 4)

    def __init__(self, seed: int, row_count: int = 200) -> None:
        self.row_count = row_count
        self.random = random.Random(seed)
        self.figures = [[self.random.uniform(-99, 999) for _ in range(2)] for _ in range(row_count)]
        self.trends = ["▁▂▃▄▅▆▇█"] * row_count
        self.order = list(range(row_count))

    def cells(self, row: int, columns: Sequence[int] | None = None) -> list[Cell]:
        name = self.order[row]
        interest, profit = self.figures[name]
        every = [
            (f"{row + 1:4}", "muted"),
            (NAMES[name % len(NAMES)], "plain"),
            (f"{interest:8.2f}B", "plain"),
            (f"{profit:+9.2f}", STYLES[int(abs(profit)) % len(STYLES)]),
            (self.trends[name], "accent"),
        ]
        return every if columns is None else [every[column] for column in columns]

    def tick(self, rows: Sequence[int]) -> None:
        for row in rows:
            name = self.order[row]
            self.figures[name] = [self.random.uniform(-99, 999) for _ in range(2)]
            self.trends[name] = "".join(self.random.choices("▁▂▃▄▅▆▇█ ", k=8))


class Question(ModalScreen[None]):
    DEFAULT_CSS = "Question { align: center middle; } Question Static { width: 31; height: 5; background: $panel; }"

    def compose(self) -> ComposeResult:
        yield Static("Really?\nトヨタ", id="question")


class StockScreen(App[None]):
    """Two panels and a table, all of them moving; drawn by Textual."""

    CSS = """
    #upper { height: 9; } #tiers { width: 2fr; } #flows { width: 1fr; } #names { height: 1fr; }
    Screen { layers: base above; }
    #late { layer: above; dock: bottom; width: 24; height: 3; offset: 4 -3; background: $error; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = [
        (key, f"do('{key}')", key) for key in ("t", "s", "o", "f", "m", "d", "e", "v", "b", "x", "y")
    ]  # fmt: skip

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        # As the monitor does: they change colours on the way from the widget to the screen.
        self._filters.clear()
        self.market = Market(seed)
        self.everyone = self.market.row_count

    def compose(self) -> ComposeResult:
        with Horizontal(id="upper"):
            yield Panel(title="1 Tiers", id="tiers")
            yield Panel(title="2 Flows", id="flows")
        yield TickTable(COLUMNS, self.market, title="3 Names", id="names")
        yield Static("the feed is late", id="late")

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.query_one("#late").display = False
        self.table.focus()
        self.show_sums()

    @property
    def table(self) -> TickTable:
        return self.screen_stack[0].query_one(TickTable)

    def show_sums(self) -> None:
        for panel in self.screen_stack[0].query(Panel):
            figures = [self.market.random.uniform(-999, 999) for _ in range(6)]
            panel.set_lines(
                [
                    [("tier ", "muted"), (f"{figure:10.2f}", "gain" if figure > 0 else "loss"), (" 東京", "plain")]
                    for figure in figures
                ]
            )
            panel.note = f"of {figures[0]:.0f} names"

    def action_do(self, what: str) -> None:
        market, table = self.market, self.table
        visible = table.visible_rows
        match what:
            case "t":
                moved = market.random.sample(visible, min(9, len(visible)))
                market.tick(moved)
                table.update_rows(moved)
            case "b":
                # A tick and what else a handler may do at once: move, tick again, change the sums.
                market.tick(visible)
                table.update_rows(visible)
                table.action_move(1)
                market.tick(visible[:3])
                table.update_rows(visible[:3])
                self.show_sums()
            case "s":
                self.show_sums()
            case "o":
                market.random.shuffle(market.order)
                table.refresh_all()
            case "f":
                market.row_count = market.random.choice([0, 2, 9, 60, self.everyone])
                table.refresh_all()
            case "m":
                self.push_screen(Question())
            case "d":
                self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"
            case "e":
                table.set_sort(market.random.choice(["profit", "short_interest"]), market.random.random() < 0.5)
            case "v":
                panel = self.query_one("#upper")
                panel.display = not panel.display
            case "x":
                table.show_trouble(None if table.state_words else Trouble("E", "no answer since 16:30", True))
            case "y":
                late = self.query_one("#late")
                late.display = not late.display

    def key_q(self) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()


class DirectScreen(DifferentialDisplay, StockScreen):
    pass


@pytest.fixture(autouse=True)
def true_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


def script(seed: int, steps: int) -> Iterator[str]:
    """Keys, ticks and sizes at random."""
    chosen = random.Random(seed)
    for _ in range(steps):
        step = chosen.choice([*"jjjjjkkk", *"tttttttt", *"ssbbb", "pagedown", "pageup", *"GgofexdMYV", "size", "tab"])
        if step == "size":
            yield f"{chosen.randrange(30, 121)}x{chosen.randrange(12, 41)}"
        elif step == "M":
            # Under a screen that covers it everything goes on; what it hid is right when it is gone.
            yield from ("m", chosen.choice("tsb"), "t", "q")
        elif step in "YV":
            yield from (step.lower(), chosen.choice("tsbj"), "t", step.lower())
        else:
            yield step


async def play(pilot: Pilot[Any], step: str) -> None:
    if step[0].isdigit():
        columns, rows = step.split("x")
        await resize(pilot, int(columns), int(rows))
        return
    if step in "tsb" and len(pilot.app.screen_stack) > 1:
        pilot.app.action_do(step)  # type: ignore[attr-defined]
    else:
        pilot.app.post_message(events.Key(step, step if len(step) == 1 else None))
    await settle(pilot)


@pytest.mark.parametrize(
    ("seed", "abilities"), [(1, FULL), (2, FULL), (3, TerminalAbilities()), (4, FULL), (6, FULL), (7, FULL), (8, FULL)]
)
async def test_every_screen_equals_the_one_textual_draws(seed: int, abilities: TerminalAbilities) -> None:
    steps = list(script(seed, 45))
    async with running(StockScreen(seed)) as pilot:
        expected = [driver_of(pilot).terminal.cells()]
        for step in steps:
            await play(pilot, step)
            expected.append(driver_of(pilot).terminal.cells())
    app = DirectScreen(seed)
    app.differ = FrameDiffer(abilities=abilities)
    painted: list[object] = []
    lay = app.differ.shadow.lay

    def counted(*given: Any, **named: Any) -> None:
        painted.append(given)
        lay(*given, **named)

    app.differ.shadow.lay = counted  # type: ignore[method-assign]
    async with running(app) as pilot:
        assert driver_of(pilot).terminal.cells() == expected[0]
        for place, (step, screen) in enumerate(zip(steps, expected[1:], strict=True)):
            await play(pilot, step)
            shown = driver_of(pilot).terminal.cells()
            assert shown == screen, f"step {place}, {step} after {steps[max(0, place - 3) : place]}"
    assert app.differ.fallback_reason is None
    assert len(painted) > 100, "the way past the compositor was hardly taken"


async def test_a_tick_is_one_frame_that_no_compositor_made(monkeypatch: pytest.MonkeyPatch) -> None:
    app = DirectScreen()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app) as pilot:
        frames = app.differ.frames_written
        monkeypatch.setattr(type(app.screen._compositor), "render_update", lambda *_, **__: pytest.fail("composed"))
        app.action_do("t")
        app.action_do("s")
        await settle(pilot)
        assert app.differ.frames_written == frames + 1


async def test_a_cursor_that_moves_and_a_page_that_scrolls_need_no_compositor(monkeypatch: pytest.MonkeyPatch) -> None:
    app = DirectScreen()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app) as pilot:
        monkeypatch.setattr(type(app.screen._compositor), "render_update", lambda *_, **__: pytest.fail("composed"))
        for _ in range(25):
            await play(pilot, "j")
        rows = [line for line in driver_of(pilot).terminal.lines() if "▸" in line and " 26 " in line]
        assert len(rows) == 1


async def test_under_something_else_the_table_goes_textuals_way() -> None:
    app = DirectScreen()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app) as pilot:
        assert app.painter.reaches(app.table)
        await play(pilot, "y")
        assert not app.painter.reaches(app.table)
        assert app.painter.reaches(app.query_one("#tiers"))
        app.action_do("t")
        await settle(pilot)
        assert any("the feed is late" in line for line in driver_of(pilot).terminal.lines())
        await play(pilot, "y")
        assert app.painter.reaches(app.table)


async def test_faded_and_covered_widgets_are_not_reached() -> None:
    app = DirectScreen()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app) as pilot:
        app.table.styles.opacity = 0.5
        app.query_one("#tiers").styles.tint = "red 40%"
        app.refresh(layout=True)
        await settle(pilot)
        assert not app.painter.reaches(app.table)
        assert not app.painter.reaches(app.query_one("#tiers"))
        assert app.painter.reaches(app.query_one("#flows"))
        app.push_screen(Question())
        await settle(pilot)
        assert not app.painter.reaches(app.query_one("#flows", Panel) if app.screen.query("#flows") else app.table)


async def test_a_painter_that_fails_leaves_a_whole_screen_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    app = DirectScreen()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app) as pilot:

        def broken(*_: object) -> None:
            raise RuntimeError("a Textual nobody has seen")

        monkeypatch.setattr(DirectPainter, "_stands", broken)
        app.action_do("t")
        await settle(pilot)
        assert app.differ.fallback_reason == "RuntimeError: a Textual nobody has seen"
        driver_of(pilot).terminal.scramble()
        app.refresh()
        app.screen.refresh()
        await settle(pilot)
        assert not any("#" * 9 in line for line in driver_of(pilot).terminal.lines())
