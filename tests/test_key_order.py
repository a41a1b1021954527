"""Keys are answered in the order they came, in whatever pieces, whatever is open, and whoever never answers."""

from __future__ import annotations

import asyncio
import random

import pytest
from monitor_examples import monitor, opened, settled
from textual import events
from textual.widgets import Input

from tui.screens.filter_bar import FilterLine
from tui.screens.key_order import SECONDS_FOR_AN_ANSWER
from tui.screens.main import MainScreen
from tui.screens.symbol import SymbolScreen
from tui.terminal.input_sequences import InputSequences
from tui.terminal.key_reader import heard_in
from tui.terminal.textual_parts import KeyParser
from widgets.crowded import CrowdedTable

pytestmark = pytest.mark.slow

DOWN, END, PAGE = "\x1b[B", "\x1b[F", "\x1b[6~"


def send(app, *reads):
    """Text that comes from the terminal in so many reads."""
    sequences, parser = InputSequences(), KeyParser()
    for text in reads:
        for piece in sequences.feed(text):
            for message in heard_in(parser, piece):
                app.post_message(message)
    if (last := sequences.give_up()) is not None:
        for message in heard_in(parser, last):
            app.post_message(message)


async def at_rest(app, pilot):
    """Wait until nothing waits to be answered."""
    await settled(app, pilot, lambda: not app.keys_wait)
    await settled(app, pilot, lambda: app.board.view == app.view)
    for _ in range(3):
        await pilot.pause()


def state(app):
    """What a person sees, as far as keys decide it."""
    screens = [type(screen).__name__ for screen in app.screen_stack]
    table = app._main.table
    row = table.cell_text(table.cursor_row, "symbol").strip() if table.row_count else None
    focused = app.focused.id if app.focused is not None else None
    typed = app.focused.value if isinstance(app.focused, Input) else None
    name = app.screen.symbol if isinstance(app.screen, SymbolScreen) else None
    alone = [panel.id for panel in app._main.query(".-alone")]
    return screens, row, table.filter_text, table.sort_key, table.is_descending, focused, typed, name, alone, app.view


OPENINGS = {"filter": ["/", "q"], "palette": ["\x10"]}
BEHIND_ESC = {
    "\r": "SymbolScreen",
    "?": "HelpScreen",
    "x": "DoubtfulScreen",
    "c": "ColumnChooser",
    DOWN + "\r": "SymbolScreen",
    "3" + END + "\r": "SymbolScreen",
    "/": "FilterLine",
    "\x10": "ActionPalette",
}
"""What is typed in one packet with an Esc before it, and what it opens."""


@pytest.mark.parametrize("opening", OPENINGS)
async def test_esc_and_other_keys_in_one_packet_are_done_in_their_order(tmp_path, opening):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for keys, opens in BEHIND_ESC.items():
            for one in OPENINGS[opening]:
                send(app, one)
                await at_rest(app, pilot)
            assert isinstance(app.focused, Input)
            send(app, "\x1b" + keys)
            await at_rest(app, pilot)
            assert main.table.filter_text == ""
            assert opens in (type(app.screen).__name__, type(app.focused).__name__), keys
            send(app, "\x1b")
            await at_rest(app, pilot)
            assert app.screen is main


async def test_letters_behind_the_sign_of_the_filter_go_into_it_and_enter_takes_them(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        send(app, "/bbb\r\r")
        await at_rest(app, pilot)
        assert isinstance(app.screen, SymbolScreen)
        assert app.screen.symbol == "BBB"


@pytest.mark.parametrize(("key", "value"), [("\x1bb", "bbb ccc"), ("\x1b\x7f", "bbb ")])
async def test_a_key_with_alt_that_is_bound_is_one_key(tmp_path, key, value):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        send(app, "/bbb ccc", key)
        await at_rest(app, pilot)
        assert isinstance(app.focused, FilterLine)
        assert app.focused.value == value
        # Where nothing is bound to it, it is Esc and the letter: the filter is cleared, the basis changes.
        send(app, "\x1b")
        await at_rest(app, pilot)
        before = app.view.basis
        send(app, "\x1bb")
        await at_rest(app, pilot)
        assert app.view.basis != before


KEYS = (
    *"jjkk/q?xictsSzyb13", "\r", "\r", "\x1b", "\x1b", "\x1b", DOWN, "\x1b[A", END, PAGE, "\x1b[C", "\x1b[D", "\x10",
    "\t", "\x7f", "w",
)  # fmt: skip
AMBIGUOUS = ("b", "f", "\t", "\x7f", "\x1b")
"""What a terminal sends behind an Esc for one key that is bound somewhere; it is never in one packet with it here."""


def sequence(seed):
    chosen = random.Random(seed)
    return [chosen.choice(KEYS) for _ in range(12)]


def cuts(keys, seed):
    """The same keys in reads of any length, also in the middle of a key's own sequence."""
    chosen, reads = random.Random(-seed), [""]
    for before, key in zip(["", *keys], keys, strict=False):
        if reads[-1] and (chosen.random() < 0.25 or (before == "\x1b" and key in AMBIGUOUS)):
            reads.append("")
        reads[-1] += key
    return reads


async def final_state(home, keys, one_by_one):
    app = monitor(home)
    left = []
    app.exit = lambda *codes: left.append(codes)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        for read in keys:
            send(app, read)
            if one_by_one:
                await at_rest(app, pilot)
        await at_rest(app, pilot)
        return state(app), len(left)


@pytest.mark.parametrize("seed", range(3))
async def test_keys_in_any_cut_of_the_input_come_to_what_they_come_to_one_by_one(tmp_path, seed):
    keys = sequence(seed)
    alone = await final_state(tmp_path / "a", keys, True)
    assert await final_state(tmp_path / "b", cuts(keys, seed), False) == alone, keys


class Silent(Input):
    """A line that answers no key before it is told to."""

    def __init__(self) -> None:
        super().__init__(id="silent")
        self.may_go_on = asyncio.Event()

    async def _on_key(self, event: events.Key) -> None:
        await self.may_go_on.wait()


async def test_a_widget_that_never_answers_loses_the_focus_and_no_other_key(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        silent = Silent()
        await main.mount(silent)
        main.set_focus(silent)
        await pilot.pause()
        row = main.table.cursor_row
        began = asyncio.get_running_loop().time()
        for key in ("a", "j", "j", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await patiently(lambda: isinstance(app.screen, SymbolScreen))
        assert asyncio.get_running_loop().time() - began < 10 * SECONDS_FOR_AN_ANSWER
        assert main.table.cursor_row == row + 2
        silent.may_go_on.set()


async def test_an_action_that_never_ends_is_given_up_and_the_next_key_is_done(tmp_path, noted_errors):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        main.action_explain = asyncio.Event().wait
        send(app, "ij\r")
        await patiently(lambda: isinstance(app.screen, SymbolScreen))
        assert [type(error) for error in noted_errors] == [TimeoutError]
        noted_errors.clear()


async def patiently(reached):
    """Let the clock of the loop run until something holds; a pilot would wait for the widget that never answers."""
    for _ in range(500):
        await asyncio.sleep(0.02)
        if reached():
            return
    raise AssertionError("never reached")


async def test_keys_that_wait_for_the_market_come_before_those_pressed_behind_them(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        app._waiting = (events.Key("slash", "/"), events.Key("b", "b"))
        app.do_waiting_keys()
        send(app, "bb")
        await at_rest(app, pilot)
        assert main.query_one(FilterLine).value == "bbb"
        assert main.query_one(CrowdedTable).row_count == 1
        assert isinstance(app.screen, MainScreen)
