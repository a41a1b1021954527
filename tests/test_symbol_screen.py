"""The symbol screen driven by its keys: walking the list, coming back, views, ticks, sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from market_examples import listings_of
from textual.app import App
from waiting import patiently

from shortside.board import Board, Desk
from shortside.market import market_of
from shortside.one_name.short_volume import SoldShort
from shortside.rows import name_rows
from shortside.view import View
from tui.screens.key_line import KeyLine
from tui.screens.symbol import SymbolScreen
from tui.screens.symbol_head import SymbolHead, head_lines, trading_words
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, dollars, shares
from widgets.symbol_chart import SymbolChart
from widgets.symbol_cycles import SymbolCycles
from widgets.symbol_figures import SymbolFigures

SESSIONS = 60
SYMBOLS = ["AAA", "BBB", "CCC", "DDD"]


def example_board(is_live=False) -> Board:
    """AAA ordinary, BBB never reported, CCC with gaps and an end at 3.00, DDD with one settlement only."""
    ramp = np.linspace(10, 20, SESSIONS)
    close = np.stack([ramp, np.full(SESSIONS, 5.0), np.full(SESSIONS, 3.0), ramp[::-1]], axis=1)
    close[30:, 2] = np.nan
    close[10:13, 2] = np.nan
    short = np.full((7, 4), np.nan)
    short[:, 0] = np.linspace(1e6, 2e6, 7)
    short[[0, 2], 2] = 5e5
    short[3, 3] = 4e5
    return Desk(market_of(listings_of(close, short, symbols=SYMBOLS), is_live=is_live)).board(View())


class Fresh:
    """Stands for what keeps the market fresh: told which name is looked at."""

    def __init__(self) -> None:
        self.looks: list[Any] = []

    def look_at(self, symbol, told):
        self.looks.append((symbol, told))


class Host(App[None]):
    """A program with nothing but the symbol screen, and what it handed back."""

    def __init__(self, board: Board, order=(0, 1, 2, 3), place=0, glyphs=GLYPHS_UNICODE, fresh=None) -> None:
        super().__init__()
        self.board, self.order, self.place = board, np.array(order), place
        self.handed_back: list[int | None] = []
        self.copied = ""
        self.glyphs = glyphs
        self.look_at = fresh.look_at if fresh is not None else None

    def on_mount(self) -> None:
        words = "by crowding ▾"
        self.shown = SymbolScreen(self.board, self.order, self.place, words, self.glyphs, self.look_at)
        self.push_screen(self.shown, self.handed_back.append)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied = text


def screen_text(app: App[None]) -> str:
    """The whole screen as a person sees it."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_the_keys_walk_the_list_in_its_order_and_show_the_place():
    app = Host(example_board(), order=(2, 0, 3), place=1)
    async with app.run_test(size=(120, 40)) as pilot:
        assert app.shown.symbol == "AAA"
        assert "2/3 by crowding ▾" in app.shown.query_one(SymbolHead).text
        await pilot.press("right_square_bracket")
        assert app.shown.symbol == "DDD"
        assert "3/3" in app.shown.query_one(SymbolHead).text
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert app.shown.symbol == "CCC"


async def test_the_ends_of_the_list_stop_the_walk_with_a_word():
    app = Host(example_board(), order=(2, 0))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("left_square_bracket")
        assert app.shown.symbol == "CCC"
        assert app.shown.query_one(KeyLine).words == "the first of the list"
        await pilot.press("right_square_bracket")
        assert app.shown.query_one(KeyLine).words == ""
        await pilot.press("right_square_bracket")
        assert app.shown.symbol == "AAA"
        assert app.shown.query_one(KeyLine).words == "the last of the list"


async def test_escape_hands_back_the_column_of_the_name_it_ended_on():
    app = Host(example_board(), order=(2, 0, 3), place=0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("right_square_bracket", "right_square_bracket", "escape")
        await pilot.pause()
        assert app.handed_back == [3]


async def test_the_screen_shows_the_figures_of_the_record():
    board = example_board()
    app = Host(board)
    async with app.run_test(size=(120, 40)):
        text, row = screen_text(app), name_rows(board, np.array([0]))[0]
        assert f"shares short  {shares(row.shares_short, 9)}" in text
        assert f"SI $          {dollars(row.short_interest, 9)}" in text
        assert f"{dollars(row.profit, 7, signed=True).strip()}" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_no_size_and_no_name_prints_a_nan_or_a_cut_number(size):
    for place in range(4):
        await assert_whole(size, place)


async def assert_whole(size, place):
    app = Host(example_board(), place=place)
    async with app.run_test(size=size) as pilot:
        for keys in ("1", "c", "3", "3"):
            text = screen_text(app)
            assert "nan" not in text.lower()
            assert "#" not in text
            assert SYMBOLS[place] in text.split("\n")[0]
            await pilot.press(keys)


async def test_a_simulated_market_says_sim_in_the_head_at_every_width():
    board = example_board()
    for width in (60, 80, 120, 200):
        first, _ = head_lines(board, 0, "1/4 by crowding ▾", width)
        assert "SIM" in "".join(text for text, _ in first)
        assert "1/4 by crowding ▾" in "".join(text for text, _ in first)


def test_the_head_says_which_settlement_is_known_and_when_it_was_published():
    _, second = head_lines(example_board(), 0, "1/4", 80)
    assert "as of 29 Mar 2023 · SI 15 Mar published 24 Mar" in "".join(text for text, _ in second)


def test_a_recorded_market_does_not_say_sim():
    board = example_board()
    object.__setattr__(board, "market", replace(board.market, is_simulated=False))
    first, _ = head_lines(board, 0, "1/4", 120)
    assert "SIM" not in "".join(text for text, _ in first)


def test_a_delisted_name_says_when_it_stopped_and_at_what_price():
    board = example_board()
    assert trading_words(board, 2) == "stopped trading 14 Feb 2023 at 3.00"
    assert trading_words(board, 0) == ""


def test_a_name_without_the_latest_price_says_from_when_its_price_is():
    close = np.full((10, 2), 5.0)
    close[8:, 1] = np.nan
    board = Desk(market_of(listings_of(close, np.full((2, 2), 1e6)))).board(View())
    assert trading_words(board, 1) == "no price since 12 Jan 2023, carried at 5.00"


async def test_an_unreported_name_shows_dashes_and_says_why():
    app = Host(example_board(), place=1)
    async with app.run_test(size=(120, 40)):
        text = screen_text(app)
        assert "FINRA never reported short interest of this name" in text
        assert "not reported" in text
        assert "—" in text


async def test_a_narrow_screen_shows_the_cycles_in_place_of_the_figures_by_key():
    app = Host(example_board())
    async with app.run_test(size=(80, 24)) as pilot:
        figures, cycles = app.shown.query_one(SymbolFigures), app.shown.query_one(SymbolCycles)
        assert figures.display
        assert not cycles.display
        await pilot.press("c")
        assert cycles.display
        assert not figures.display
        assert cycles.has_focus
        await pilot.press("c")
        assert figures.display
        assert figures.has_focus


async def test_a_wide_screen_shows_all_three_panels():
    app = Host(example_board())
    async with app.run_test(size=(120, 40)):
        for kind in (SymbolChart, SymbolFigures, SymbolCycles):
            assert app.shown.query_one(kind).region.area > 0


async def test_a_digit_goes_to_its_panel_and_again_fills_the_screen_until_escape():
    app = Host(example_board())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        chart = app.shown.query_one(SymbolChart)
        assert chart.has_focus
        await pilot.press("1")
        for _ in patiently():
            if chart.outer_size.height == 21:
                break
            await pilot.pause()
        assert chart.outer_size == (80, 21)
        assert "short P&L since" in chart.text
        await pilot.press("escape")
        for _ in patiently():
            if chart.outer_size.height < 21:
                break
            await pilot.pause()
        assert app.screen is app.shown
        assert chart.outer_size.height < 21
        await pilot.press("escape")
        assert app.handed_back == [0]


async def test_a_tick_of_the_name_moves_its_figures_and_of_another_does_not():
    board = example_board(is_live=True)
    app = Host(board)
    async with app.run_test(size=(120, 40)) as pilot:
        before = app.shown.query_one(SymbolFigures).text
        board.tick(np.array([3]), np.array([33.0]))
        app.shown.board_ticked(np.array([3]))
        assert app.shown.query_one(SymbolFigures).text == before
        board.tick(np.array([0]), np.array([44.0]))
        app.shown.board_ticked(np.array([0]))
        await pilot.pause()
        assert "44.00" in app.shown.query_one(SymbolFigures).text


async def test_a_new_view_keeps_the_name_and_changes_its_window():
    board = example_board()
    app = Host(board, place=3)
    async with app.run_test(size=(120, 40)):
        assert "YTD from" in screen_text(app)
        app.shown.set_board(board.desk.board(View(window="5d")))
        app.shown.refresh()
        assert app.shown.symbol == "DDD"
        assert "5d from" in app.shown.query_one(SymbolHead).text
        assert "5d" in app.shown.query_one(SymbolFigures).text


async def test_the_programs_view_keys_work_here_too():
    class WithViews(Host):
        BINDINGS: ClassVar = [("w", "next_window", "window")]
        asked = 0

        def action_next_window(self) -> None:
            self.asked += 1

    app = WithViews(example_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        assert app.asked == 1


async def test_the_symbol_can_be_copied():
    app = Host(example_board(), place=2)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("y")
        assert app.copied == "CCC"
        assert app.shown.query_one(KeyLine).words == "copied CCC"


async def test_zooming_out_shows_sessions_from_before_the_last_year():
    days = 400
    close = np.linspace(5, 9, days)[:, None]
    board = Desk(market_of(listings_of(close, np.full((30, 1), 1e6)))).board(View())
    app = Host(board, order=(0,))
    async with app.run_test(size=(120, 40)) as pilot:
        chart = app.shown.query_one(SymbolChart)
        assert chart.text.count("●") - 1 < 26
        before = chart.text
        await pilot.press("z")
        assert chart.text.count("●") > before.count("●")
        await pilot.press("z")
        assert chart.text == before


async def test_arrows_read_the_chart_day_by_day_and_escape_ends_that_first():
    app = Host(example_board(), place=2)
    async with app.run_test(size=(120, 40)) as pilot:
        chart = app.shown.query_one(SymbolChart)
        last = len(app.board.market.sessions) - 1
        await pilot.press("left", "left", "shift+left", "right")
        assert chart.reading == last - 10
        await pilot.press("escape")
        assert chart.reading is None
        assert app.screen is app.shown
        await pilot.press("left", "]")
        assert chart.reading is None, "another name is read anew"


async def test_plus_and_minus_zoom_and_another_drawing_is_a_key_away():
    app = Host(example_board(), place=2)
    async with app.run_test(size=(120, 40)) as pilot:
        chart = app.shown.query_one(SymbolChart)
        usual = chart.text
        await pilot.press("plus")
        assert chart.text != usual
        await pilot.press("minus")
        assert chart.text == usual
        await pilot.press("d")
        assert not any(0x2800 <= ord(sign) <= 0x28FF for sign in chart.text)
        await pilot.press("d")
        assert chart.text == usual


async def test_a_terminal_of_ascii_gets_a_screen_of_ascii():
    app = Host(example_board(), glyphs=GLYPHS_ASCII)
    async with app.run_test(size=(120, 40)):
        app.shown._order_words = "by crowding v"
        app.shown.set_board(app.board)
        for kind in (SymbolHead, SymbolChart, SymbolFigures):
            words = app.shown.query_one(kind).text
            assert words.strip()
            assert words.isascii(), [sign for sign in words if not sign.isascii()]


def sold_short(symbol):
    days = np.arange("2023-03-01", "2023-03-26", dtype="datetime64[D]")
    return SoldShort(symbol=symbol, sessions=days, short=np.full(25, 45.0), total=np.full(25, 100.0))


async def test_how_a_name_is_sold_short_comes_when_it_is_known_and_goes_with_the_name():
    fresh = Fresh()
    app = Host(example_board(), fresh=fresh)
    async with app.run_test(size=(120, 60)) as pilot:
        symbol, told = fresh.looks[-1]
        assert symbol == "AAA"
        assert "off exchange" not in screen_text(app)
        told(sold_short("AAA"))
        await pilot.pause()
        assert "45.0%" in screen_text(app)
        await pilot.press("right_square_bracket")
        assert fresh.looks[-1][0] == "BBB"
        assert "45.0%" not in screen_text(app)
        # Of a name that is no longer in view nothing is shown.
        told(sold_short("AAA"))
        await pilot.pause()
        assert "45.0%" not in screen_text(app)
