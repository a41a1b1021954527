"""The app at its terminal: nothing is sent in vain, little on a slow line, and every cell as Textual would draw it."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from market_examples import listings_of, texts
from support_terminal import RecordingDriver, resize, settle
from textual import events
from textual.geometry import Region
from waiting import patiently

from shortside.board import Desk
from shortside.market import market_of
from shortside.view import View
from tui.app import Monitor
from tui.screens.panels import Turn
from tui.settings.configuration import configured
from tui.terminal.compositor import bands
from tui.terminal.kind import TerminalKind
from tui.terminal.saved_frame import EarlyScreen, SavedFrames
from widgets.crowded import CrowdedTable

pytestmark = pytest.mark.slow

NOW = datetime(2023, 3, 31, 18, 0, tzinfo=UTC)
COUNT = 60
WIDE = ["トヨタ自動車株式会社", "삼성전자", "Nestlé S.A.", "中国工商银行股份有限公司"]


@pytest.fixture(autouse=True)
def true_colour(monkeypatch):
    """Textual's own display goes by these, ours by the kind it is given."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


class Quotes:
    """A live session whose prices move when told to."""

    def __init__(self, prices):
        self.prices = prices.astype(float)
        self.moved = np.empty(0, np.int64)

    def tick(self, elapsed_seconds):
        columns, self.moved = self.moved, np.empty(0, np.int64)
        self.prices[columns] *= 1.03
        return columns, self.prices[columns]

    def moment(self, elapsed_seconds):
        return NOW

    def state(self, elapsed_seconds):
        raise AssertionError("nobody asks")


def market():
    random_numbers = np.random.default_rng(8)
    steps = np.cumsum(random_numbers.normal(0, 0.03, (40, COUNT)), axis=0)
    close = np.exp(random_numbers.normal(3, 0.5, COUNT) + steps)
    shares = np.round(random_numbers.lognormal(13, 1, (5, COUNT)))
    caps = np.repeat(10 ** np.linspace(6.0, 10.5, COUNT)[None], 40, 0).astype(np.float32)
    names = texts([f"{WIDE[place % 4]} {place}" for place in range(COUNT)])
    symbols = [f"S{place:03d}" for place in range(COUNT)]
    return market_of(listings_of(close, shares, symbols=symbols, shares_outstanding=caps, names=names), is_live=True)


TRUECOLOR = TerminalKind()


def monitor(home, kind=TRUECOLOR, early=None, **options):
    def load(_options, _clock, _progress, **_how):
        built = market()
        return SimpleNamespace(
            market=built, desk=Desk(built), view=View(window="30d"), inputs=(), clock=lambda: NOW,
            live=Quotes(built.close[-1]), complaints=(), notes=(), knowledge=None, day_note=None,
        )  # fmt: skip

    given = configured(options, {"SHORTSIDE_HOME": str(home)}).options
    app = Monitor(given, lambda: NOW, loader=load, kind=kind, early=early)
    app.driver_class = RecordingDriver
    return app


@asynccontextmanager
async def running(app, size=(120, 40)):
    async with app.run_test(headless=False, size=size) as pilot:
        for _ in patiently():
            await pilot.pause()
            if (
                app.board is not None
                and app.screen.query(CrowdedTable)
                and app.screen.query_one(CrowdedTable).row_count
            ):
                break
        for timer in list(app._timers):
            # The test says when prices move and when the screen is kept.
            timer.stop()
        await settle(pilot)
        yield pilot


def driver_of(pilot) -> RecordingDriver:
    assert isinstance(pilot.app._driver, RecordingDriver)
    return pilot.app._driver


async def press(pilot, key):
    pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await settle(pilot)


async def tick(pilot, columns):
    pilot.app.pulse._quotes.moved = np.asarray(columns, np.int64)
    pilot.app.beat()
    await settle(pilot)


async def test_a_poll_that_changed_nothing_sends_nothing(tmp_path):
    app = monitor(tmp_path)
    async with running(app) as pilot:
        driver_of(pilot).take()
        await tick(pilot, [])
        app._rescore()
        await app.workers.wait_for_complete()
        app.screen._show_head()
        app.screen._show(Turn.WITH_SUMS)
        app.screen.set_board(app.board)
        await settle(pilot)
        assert driver_of(pilot).take() == ""


async def test_prices_that_move_behind_a_modal_wait_until_it_is_gone(tmp_path):
    app = monitor(tmp_path)
    async with running(app) as pilot:
        table = app.screen.table
        price = float(app.board.book.price[table.column_at(0)])
        await press(pilot, "question_mark")
        driver_of(pilot).take()
        for _ in range(3):
            await tick(pilot, range(COUNT))
        assert driver_of(pilot).take() == ""
        before = table.row_text(0)
        await press(pilot, "escape")
        assert float(app.board.book.price[table.column_at(0)]) == pytest.approx(price * 1.03**3, rel=1e-6)
        shown = driver_of(pilot).terminal.lines()
        assert any(f"{app.screen.table.cell_text(0, 'profit')}" in line for line in shown)
        assert before == table.row_text(0)


async def test_a_row_that_ticks_costs_less_than_the_row(tmp_path):
    app = monitor(tmp_path)
    async with running(app) as pilot:
        driver_of(pilot).take()
        await tick(pilot, [app.screen.table.column_at(2)])
        assert 0 < len(driver_of(pilot).take()) < 250


async def test_a_row_scrolled_costs_little_more_than_a_row(tmp_path):
    app = monitor(tmp_path)
    async with running(app, size=(120, 30)) as pilot:
        app.differ.shadow._abilities = app.differ.shadow._abilities._replace(scrolls_regions=True)
        await press(pilot, "pagedown")
        driver_of(pilot).take()
        await press(pilot, "j")
        assert 0 < len(driver_of(pilot).take().encode()) < 1_500


async def test_the_bytes_of_the_last_seconds_are_told(tmp_path):
    app = monitor(tmp_path)
    async with running(app) as pilot:
        sent = app.differ.bytes_written
        app.differ.clock = lambda: app.differ._sent_at + 1.0
        assert app.bytes_per_second() == pytest.approx(sent / 10.0)
        app.differ.clock = lambda: app.differ._sent_at + 11.0
        assert app.bytes_per_second() == 0.0
        await press(pilot, "question_mark")


async def test_a_slow_line_gets_256_colours_few_frames_and_an_answer_to_every_key(tmp_path):
    app = monitor(tmp_path, low_bandwidth="true")
    moment = 100.0
    app.differ.clock = lambda: moment
    async with running(app) as pilot:
        driver = driver_of(pilot)
        assert not any("38;2" in text or "48;2" in text for text in driver.written)
        assert any("38;5" in text for text in driver.written)
        driver.take()
        moment = 200.0
        await tick(pilot, range(COUNT))
        assert driver.take()
        moment = 200.1
        await tick(pilot, range(COUNT))
        assert driver.take() == ""
        await press(pilot, "j")
        assert driver.take()
        moment = 200.3
        await tick(pilot, range(COUNT))
        assert driver.take() == ""
        moment = 201.0
        app.flush_display()
        assert driver.take()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_wide_names_shift_no_column(tmp_path, size):
    app = monitor(tmp_path)
    async with running(app, size) as pilot:
        table = app.screen.table
        left, top = table.content_region.offset
        cells = driver_of(pilot).terminal.cells()
        ends = set()
        for row in table.visible_rows:
            line = [cell[0] for cell in cells[top + 1 + row]]
            score = table.cell_text(row, "crowding")
            place = next(placed for placed in table._placed if placed.column.key == "crowding")
            shown = line[left + place.x : left + place.x + place.width]
            assert "".join(shown).strip() == score
            ends.add(len(line))
        assert ends == {size[0]}


def script(seed, steps):
    chosen = random.Random(seed)
    keys = (
        ["j"] * 6
        + ["k"] * 3
        + ["pagedown", "pageup", "end", "home", "s", "S", "t", "1", "2", "3", "3", "4", "z", "escape"]
    )
    for _ in range(steps):
        step = chosen.choice([*keys, "tick", "tick", "tick", "modal", "size"])
        if step == "size":
            yield f"{chosen.randrange(60, 200)}x{chosen.randrange(18, 60)}"
        elif step == "modal":
            yield from (chosen.choice(["question_mark", "i", "x", "enter"]), "tick", "j", "escape")
        else:
            yield step


async def play(pilot, step, chosen):
    if "x" in step and step[0].isdigit():
        columns, rows = map(int, step.split("x"))
        await resize(pilot, columns, rows)
    elif step == "tick":
        await tick(pilot, sorted(chosen.sample(range(COUNT), 12)))
        if hasattr(pilot.app.screen, "_show_ticked_sums"):
            pilot.app.screen._show_ticked_sums()
        await settle(pilot)
    else:
        await press(pilot, step)


async def test_every_screen_is_as_textual_would_draw_it(tmp_path):
    seed = 2
    steps = list(script(seed, 24))
    pictures = []
    for enabled in (True, False):
        app = monitor(tmp_path / str(enabled))
        app.differ.enabled = enabled
        chosen = random.Random(seed)
        taken = []
        async with running(app) as pilot:
            for step in steps:
                await play(pilot, step, chosen)
                taken.append(driver_of(pilot).terminal.cells())
            assert app.differ.fallback_reason is None
        pictures.append(taken)
    for step, ours, stock in zip(steps, *pictures, strict=True):
        assert ours == stock, step


async def test_the_main_screen_is_kept_for_the_next_start_and_no_other(tmp_path):
    frames = SavedFrames((), {"SHORTSIDE_HOME": str(tmp_path)})
    app = monitor(tmp_path, early=EarlyScreen(frames))
    async with running(app) as pilot:
        shown = driver_of(pilot).terminal.lines()
        app._save_screen_aside()
        await app.workers.wait_for_complete()
        first = frames.find((120, 40))
        assert first is not None
        await press(pilot, "question_mark")
        app._save_screen_aside()
        await app.workers.wait_for_complete()
        assert frames.find((120, 40)) == first
    driver = RecordingDriver(app, size=(120, 40))
    driver.terminal.feed(first[0].decode())
    again = driver.terminal.lines()
    assert again[:-1] == shown[:-1]
    assert again[-1].rstrip().endswith("last seen 31 Mar 14:00 NY")


async def test_a_state_folder_that_cannot_be_written_ends_nothing(tmp_path):
    (tmp_path / "state").write_text("in the way")
    app = monitor(tmp_path, early=EarlyScreen(SavedFrames((), {"SHORTSIDE_HOME": str(tmp_path)})))
    async with running(app) as pilot:
        app._save_screen_aside()
        await app.workers.wait_for_complete()
        await press(pilot, "j")
        assert app.screen.table.cursor_row == 1


def test_dirty_regions_are_gathered_into_bands_of_neighbouring_rows():
    screen = Region(0, 0, 100, 20)
    regions = [
        Region(5, 3, 10, 1),
        Region(50, 4, 2, 1),
        Region(0, 10, 100, 2),
        Region(90, 19, 30, 5),
        Region(0, 30, 1, 1),
    ]
    assert list(bands(regions, screen)) == [Region(5, 3, 47, 2), Region(0, 10, 100, 2), Region(90, 19, 10, 1)]
    assert list(bands([], screen)) == []
