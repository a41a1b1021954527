"""The terminal ends with the screen that Textual draws, for the fewest bytes, and Textual draws where it must."""

import math
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import textual
from cell_examples import FULL
from rich.segment import Segment
from rich.style import Style
from support_terminal import PseudoTerminal, driver_of, resize, running, settle
from terminal_emulator import Terminal
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static

from tui.terminal import textual_parts
from tui.terminal.brush import TerminalAbilities
from tui.terminal.display import DifferentialDisplay, FrameDiffer
from tui.terminal.pens import ATTRIBUTE_CODES

PLAIN = TerminalAbilities()

INKS = [Style.parse(ink) for ink in ("#40c070 on #101418", "bold #e05050 on #101418", "#d0d0d0 on #101418")]

MARKED = [ink + Style.parse("on #204060") for ink in INKS]

NAMES = [
    "Apple",
    "トヨタ自動車",
    "Cafe\u0301",
    "👍🏽 Thumb",
    "❤\ufe0f Heart",
    "삼성전자",
    "Nestlé",
    "👩\u200d💻 Dev",
]

ROWS = 120


class Board(ScrollView, can_focus=True):
    """A table drawn line by line, with wide names, a cursor, and cells that change."""

    def __init__(self) -> None:
        super().__init__(id="board")
        self.random = random.Random(5)
        self.figures = [[self.random.uniform(-99, 999) for _ in range(6)] for _ in range(ROWS)]
        self.cursor = 0
        self.has_wide_names = False
        self.virtual_size = Size(78, ROWS)

    def render_line(self, y: int) -> Strip:
        row, width = y + self.scroll_offset.y, self.size.width
        if row >= ROWS:
            return Strip.blank(width, INKS[2])
        inks = MARKED if row == self.cursor else INKS
        name = NAMES[row % len(NAMES)] if self.has_wide_names else f"Name {row}"
        cells = Strip([Segment(f" {name}", inks[2])]).adjust_cell_length(18, inks[2])
        figures = [Segment(f"{figure:9.2f} ", inks[0 if figure > 400 else 1]) for figure in self.figures[row]]
        return Strip([*cells, *figures]).adjust_cell_length(width, inks[2])

    def move(self, rows: int) -> None:
        before, self.cursor = self.cursor, max(0, min(ROWS - 1, self.cursor + rows))
        top, height = self.scroll_offset.y, self.size.height
        if not top <= self.cursor < top + height:
            y = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=y, animate=False, force=True)
        for row in (before, self.cursor):
            self.refresh(Region(0, row - self.scroll_offset.y, self.size.width, 1))

    def tick(self, cells: int = 40) -> None:
        for _ in range(cells):
            row = self.scroll_offset.y + self.random.randrange(self.size.height)
            column = self.random.randrange(6)
            if row < ROWS:
                self.figures[row][column] = self.random.uniform(-99, 999)
                self.refresh(Region(18 + 10 * column, row - self.scroll_offset.y, 10, 1))


class Question(ModalScreen[None]):
    DEFAULT_CSS = "Question { align: center middle; } Question Static { width: 31; height: 5; }"
    BINDINGS: ClassVar[list[Any]] = [Binding("q", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        yield Static('Really? トヨタ 👍🏽 [b]bold[/b]\n[link="https://example.org"]link[/link]', id="question")


class StockBoard(App[None]):
    CSS = "#side { dock: right; width: 14; background: $panel; } #top { background: $primary; } #foot { dock: bottom; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[Any]] = [
        Binding("down,j", "move(1)", "Down", priority=True),
        Binding("up,k", "move(-1)", "Up", priority=True),
        Binding("pagedown,n", "move(17)", "Page down", priority=True),
        Binding("pageup,p", "move(-17)", "Page up", priority=True),
        Binding("t", "tick", "Tick"),
        Binding("w", "widen", "Wide names"),
        Binding("m", "ask", "Ask"),
        Binding("d", "shade", "Theme"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("[b]Board[/b] ▲▼ — [u]underlined[/u] [reverse]reversed[/reverse] 東京", id="top")
        yield Static("\n".join(f"side {row} ■" for row in range(30)), id="side")
        yield Board()
        yield Static("j down · k up · t tick", id="foot")

    def on_mount(self) -> None:
        self.animation_level = "none"
        self.board.focus()

    @property
    def board(self) -> Board:
        return self.screen_stack[0].query_one(Board)

    def action_move(self, rows: int) -> None:
        self.board.move(rows)

    def action_tick(self) -> None:
        self.board.tick()

    def action_widen(self) -> None:
        self.board.has_wide_names = not self.board.has_wide_names
        self.board.refresh()

    def action_ask(self) -> None:
        self.push_screen(Question())

    def action_shade(self) -> None:
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"


class DifferentialBoard(DifferentialDisplay, StockBoard):
    pass


@pytest.fixture(autouse=True)
def true_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


def differing(**settings: Any) -> DifferentialBoard:
    app = DifferentialBoard()
    app.differ = FrameDiffer(**{"abilities": FULL, **settings})
    return app


def script(seed: int, steps: int) -> Iterator[str]:
    """Keys and sizes at random; a modal is always closed before the next step that needs the board."""
    chosen = random.Random(seed)
    for _ in range(steps):
        step = chosen.choice(["j"] * 9 + ["k"] * 6 + ["n", "n", "p", "t", "t", "t", "w", "d", "m", "size"])
        if step == "size":
            yield f"{chosen.randrange(30, 121)}x{chosen.randrange(8, 41)}"
        elif step == "m":
            yield from ("m", chosen.choice("tj"), "q")
        else:
            yield step


async def play(pilot: Pilot[Any], step: str) -> None:
    if "x" in step:
        columns, rows = step.split("x")
        await resize(pilot, int(columns), int(rows))
    else:
        pilot.app.post_message(events.Key(step, step))
        await settle(pilot)


async def stock_screens(seed: int, steps: int) -> list[Any]:
    async with running(StockBoard()) as pilot:
        screens = [driver_of(pilot).terminal.cells()]
        for step in script(seed, steps):
            await play(pilot, step)
            screens.append(driver_of(pilot).terminal.cells())
    return screens


@pytest.mark.parametrize(
    ("seed", "abilities"),
    [(1, FULL), (2, FULL), (3, PLAIN), (4, TerminalAbilities(scrolls_regions=True))],
)
async def test_every_screen_equals_the_one_textual_draws(seed: int, abilities: TerminalAbilities) -> None:
    expected = await stock_screens(seed, 32)
    app = differing(abilities=abilities)
    async with running(app) as pilot:
        assert driver_of(pilot).terminal.cells() == expected[0]
        for step, screen in zip(script(seed, 32), expected[1:], strict=True):
            await play(pilot, step)
            assert driver_of(pilot).terminal.cells() == screen, step
    assert app.differ.fallback_reason is None
    assert app.differ.frames_written > 15


async def test_a_cell_is_sent_once_when_the_app_starts() -> None:
    app = differing()
    async with running(app, (120, 40)) as pilot:
        started = len(driver_of(pilot).take().encode())
        app.invalidate_display()
        await settle(pilot)
        repainted = len(driver_of(pilot).take().encode())
    assert started < 1.3 * repainted


async def test_nothing_is_sent_when_nothing_changes() -> None:
    async with running(differing()) as pilot:
        driver_of(pilot).take()
        pilot.app.screen.refresh()
        await settle(pilot)
        pilot.app.query_one(Board).refresh()
        await settle(pilot)
        assert driver_of(pilot).take() == ""


async def test_a_scrolled_row_takes_less_than_one_and_a_half_kilobytes() -> None:
    async with running(differing(), (120, 40)) as pilot:
        pilot.app.query_one("#side").remove()
        await play(pilot, "n")
        await play(pilot, "n")
        await play(pilot, "n")
        driver_of(pilot).take()
        await play(pilot, "j")
        frame = driver_of(pilot).take()
    assert "\x1b[?2026" not in frame  # the recording terminal never claimed to synchronise
    assert 0 < len(frame.encode()) <= 1500


async def test_forty_changed_cells_cost_little_more_than_the_minimum(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(shared / "tools"))
    bench = pytest.importorskip("ptybench", reason="no bench beside the checkout")
    emulator = bench.Emu(120, 40)
    pen, place, spent, least = ("default", "default", 0), (0, 0), 0, 0
    async with running(differing(), (120, 40)) as pilot:
        emulator.feed(driver_of(pilot).take().encode())
        for _ in range(10):
            before = emulator.grid()
            await play(pilot, "t")
            frame = driver_of(pilot).take().encode()
            emulator.feed(frame)
            minimum, _, pen, place = bench.min_update(before, emulator.grid(), pen, place)
            spent, least = spent + len(frame), least + len(minimum)
    assert 0 < spent <= 1.25 * least


async def test_a_terminal_with_unknown_contents_is_written_anew() -> None:
    app = differing()
    async with running(app) as pilot:
        expected = driver_of(pilot).terminal.cells()
        driver_of(pilot).terminal.scramble()
        app.invalidate_display()
        await settle(pilot)
        assert driver_of(pilot).terminal.cells() == expected


async def test_a_resize_there_and_back_mends_the_screen() -> None:
    async with running(differing()) as pilot:
        expected = driver_of(pilot).terminal.cells()
        await resize(pilot, 100, 30)
        assert driver_of(pilot).terminal.cells() == expected


async def test_the_screen_is_whole_after_a_suspension() -> None:
    async with running(differing()) as pilot:
        expected = driver_of(pilot).terminal.cells()
        with pilot.app.suspend():
            driver_of(pilot).terminal.scramble()
        await settle(pilot)
        assert driver_of(pilot).terminal.cells() == expected


async def test_a_driver_that_started_again_is_noticed_without_a_message() -> None:
    async with running(differing()) as pilot:
        driver_of(pilot).terminal.scramble()
        # What SIGCONT leaves behind: the driver opens a blank alternate screen and a new writer.
        driver_of(pilot)._writer_thread = object()
        await play(pilot, "j")
        assert not any("#" in line for line in driver_of(pilot).terminal.lines())


async def test_a_bell_costs_no_repaint() -> None:
    async with running(differing()) as pilot:
        driver_of(pilot).take()
        pilot.app.bell()
        await settle(pilot)
        assert driver_of(pilot).take() == "\a"


async def test_a_saved_screen_can_be_shown_on_a_cleared_terminal() -> None:
    app = differing()
    async with running(app) as pilot:
        await play(pilot, "w")
        terminal = Terminal(100, 30)
        terminal.feed(app.serialise_shadow().decode())
        assert terminal.cells() == driver_of(pilot).terminal.cells()


async def test_a_differ_that_fails_leaves_a_whole_screen_and_says_why() -> None:
    app = differing()
    async with running(StockBoard()) as pilot:
        await play(pilot, "j")
        expected = driver_of(pilot).terminal.cells()
    async with running(app) as pilot:
        driver_of(pilot).terminal.scramble()
        app.differ.shadow._parts = []
        await play(pilot, "j")
        assert driver_of(pilot).terminal.cells() == expected
        assert app.serialise_shadow() == b""
    assert app.differ.fallback_reason == "IndexError: list index out of range"
    assert math.isnan(app.differ.bytes_per_second(0.0))


async def test_a_differ_that_fails_while_writing_leaves_a_whole_screen() -> None:
    app = differing()
    async with running(app) as pilot:
        expected = driver_of(pilot).terminal.cells()
        driver_of(pilot).terminal.scramble()
        app.differ.shadow._abilities = None  # type: ignore[assignment]
        await play(pilot, "j")
        await play(pilot, "k")
        assert driver_of(pilot).terminal.cells() == expected
    assert app.differ.fallback_reason is not None
    assert app.differ.fallback_reason.startswith("AttributeError: ")


@pytest.fixture
def untested(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Textual of another series is installed."""
    monkeypatch.setattr(textual_parts, "textual_version", lambda: "8.3.0")
    textual_parts.misfit.cache_clear()
    yield
    textual_parts.misfit.cache_clear()


@pytest.mark.usefixtures("untested")
async def test_an_untested_textual_draws_by_itself() -> None:
    app = differing()
    async with running(app) as pilot:
        assert "Board" in driver_of(pilot).terminal.lines()[0]
    assert app.differ.fallback_reason == "Textual 8.3.0 is not the tested 8.2.x"
    assert app.differ.bytes_written == 0


@pytest.mark.parametrize(("parts", "whose"), [("PARTS_OF_AN_APP", "App"), ("PARTS_OF_A_SCREEN", "Screen")])
async def test_a_textual_without_the_private_parts_draws_by_itself(
    monkeypatch: pytest.MonkeyPatch, parts: str, whose: str
) -> None:
    monkeypatch.setattr(textual_parts, parts, (*getattr(textual_parts, parts), "_no_such_part"))
    app = differing()
    async with running(app) as pilot:
        assert "Board" in driver_of(pilot).terminal.lines()[0]
    assert app.differ.fallback_reason == f"Textual {textual.__version__} has no {whose}._no_such_part"


async def test_the_flag_leaves_the_display_to_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTSIDE_DIFFER", "0")
    app = DifferentialBoard()
    async with running(app) as pilot:
        assert "Board" in driver_of(pilot).terminal.lines()[0]
    assert app.differ.fallback_reason is None
    assert app.differ.frames_written == 0


async def test_a_headless_app_is_left_alone() -> None:
    app = DifferentialBoard()
    async with app.run_test() as pilot:
        await pilot.press("j")
        assert app.board.cursor == 1
    assert app.differ.frames_written == 0


async def test_without_colour_no_colour_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(DifferentialBoard()) as pilot:
        for step in ("j", "t", "m", "q"):
            await play(pilot, step)
        codes = {
            code
            for sequence in driver_of(pilot).take().split("\x1b[")[1:]
            if sequence.lstrip("0123456789;").startswith("m")
            for code in sequence.split("m")[0].split(";")
        }
    assert codes <= {"", *ATTRIBUTE_CODES, "22", "23", "24", "25", "27", "28", "29", "54", "55"}
    assert "7" in codes


async def test_a_frame_budget_sends_only_the_newest_state() -> None:
    moment = 100.0
    app = differing(max_frames_per_second=0.001, clock=lambda: moment)
    async with running(app) as pilot:
        first = app.differ.frames_written
        driver_of(pilot).take()
        for step in ("j", "j", "t", "k"):
            await play(pilot, step)
        assert first == app.differ.frames_written == 1
        assert driver_of(pilot).take() == ""
        moment = 1101.0
        app.flush_display()
        assert app.differ.frames_written == 2
        budgeted = driver_of(pilot).terminal.cells()
    async with running(StockBoard()) as pilot:
        for step in ("j", "j", "t", "k"):
            await play(pilot, step)
        assert budgeted == driver_of(pilot).terminal.cells()


def test_the_rate_counts_the_window_only() -> None:
    moment = 0.0
    differ = FrameDiffer(clock=lambda: moment)
    differ.count("x" * 500)
    moment = 8.0
    differ.count("é" * 50)
    assert (differ.bytes_written, differ.frames_written) == (600, 2)
    assert differ.bytes_per_second(9.0) == 60.0
    assert differ.bytes_per_second(12.0) == 10.0
    assert differ.bytes_per_second(30.0) == 0.0


def shows_all_rows(name: str) -> Callable[[Terminal], bool]:
    """Whether every row of the board is whole, and the name is among them."""
    row = re.compile(r"(-?\d+\.\d\d +){6} *\S*side \d+")

    def is_whole(terminal: Terminal) -> bool:
        lines = terminal.lines()[1:-1]
        return all(row.search(line) for line in lines) and any(name in line for line in lines)

    return is_whole


@pytest.mark.terminal
def test_a_real_terminal_ends_with_the_screen_textual_draws(repository: Path) -> None:
    paths = os.pathsep.join([str(repository), str(repository / "tests")])
    # Without the size somebody may have set for all terminals: this one has its own.
    inherited = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment = {**inherited, "PYTHONPATH": paths, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    screens, sent = [], []
    for name in ("StockBoard", "DifferentialBoard"):
        program = f"from test_display import {name}; {name}().run()"
        with PseudoTerminal([sys.executable, "-c", program], environment, 100, 30) as terminal:
            terminal.wait_for(shows_all_rows("Name"))
            terminal.send("jjnnnnjjjjw")
            terminal.wait_for(shows_all_rows("👍🏽"))
            terminal.send("m")
            terminal.wait_for(lambda shown: any("link" in line for line in shown.lines()))
            terminal.send("q")
            terminal.wait_for(shows_all_rows("👍🏽"))
            screens.append(terminal.terminal.lines())
            sent.append(len(terminal.received))
    assert screens[0] == screens[1]
    assert sent[1] < sent[0] / 3


class Typing(DifferentialDisplay, App[None]):
    def compose(self) -> ComposeResult:
        yield Static("above")
        yield Input()


async def test_the_cursor_waits_where_the_user_types() -> None:
    app = Typing()
    app.differ = FrameDiffer(abilities=FULL)
    async with running(app, (40, 10)) as pilot:
        await pilot.press("a", "b")
        await settle(pilot)
        cursor = driver_of(pilot).terminal.screen.cursor
        assert (cursor.x, cursor.y) == tuple(app.cursor_position) != (0, 0)
