"""The screen of what is doubtful and of what is left out, and where else a doubt about a name is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from board_examples import SYMBOLS, listings
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App

from shortside.board import Board, Desk
from shortside.doubts import Doubt, DoubtRule
from shortside.market import market_of
from shortside.view import View
from tui.screens.doubt_rows import DoubtRows, in_order
from tui.screens.doubtful import DoubtfulScreen, EvidencePanel
from tui.screens.explain import explanation, explanation_lines
from tui.screens.left_out import SECURITY_COLUMNS, LeftOut, securities_in_order, securities_left_out
from tui.screens.symbol import SymbolScreen
from tui.screens.symbol_head import head_lines
from widgets.figures import as_date
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, NoFigure
from widgets.name_writer import NameWriter
from widgets.tick_table import TickTable

SPLIT_OF_CVNA = "a split of 1 for 5, from price and share count"


def doubtful_board(window: str = "ytd") -> Board:
    """CVNA and GME may have split, of which CVNA is the dearer; UPST's share count is doubted at no price."""
    made = listings()
    sessions = made.sessions
    doubts = (
        Doubt(
            symbol="GME", rule=DoubtRule.LEAP, session=sessions[30], evidence="a leap ×2.01, near 1 for 2", multiple=0.5
        ),
        Doubt(symbol="CVNA", rule=DoubtRule.UNLISTED_SPLIT, session=sessions[20], evidence=SPLIT_OF_CVNA, multiple=0.2),
        Doubt(symbol="UPST", rule=DoubtRule.REFUSED_SPLIT, session=sessions[25], evidence="a ratio of 0"),
    )
    return Desk(market_of(replace(made, doubts=doubts))).board(View(window=window))


class Shown(App[None]):
    """The screen over an empty one; what it is left with is kept."""

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board
        self.left_with: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(DoubtfulScreen(self.board), self.left_with.append)

    def table(self, name: str) -> TickTable:
        return self.screen.query_one(f"#{name}", TickTable)

    def column(self, name: str, key: str) -> list[str]:
        table = self.table(name)
        return [table.cell_text(row, key).strip() for row in range(table.row_count)]


async def test_doubts_stand_first_the_dearest_on_top_and_those_of_unknown_dollars_last():
    app = Shown(doubtful_board())
    async with app.run_test(size=(120, 40)):
        assert app.column("doubts", "symbol") == ["CVNA", "GME", "UPST"]
        assert app.column("doubts", "rule") == ["unlisted split", "leap", "refused split"]
        assert app.column("doubts", "dollars")[2] == GLYPHS_UNICODE.missing
        assert app.column("kinds", "kind")[:5] == ["doubtful", "unlisted split", "leap", "refused split", "left out"]
        assert app.column("kinds", "count")[:4] == ["3", "1", "1", "1"]


async def test_the_evidence_of_the_doubt_under_the_cursor_is_read_whole():
    app = Shown(doubtful_board())
    async with app.run_test(size=(80, 24)) as pilot:
        words = " ".join(app.screen.query_one(EvidencePanel).text.split())
        assert DoubtRule.UNLISTED_SPLIT.sentence in words
        assert SPLIT_OF_CVNA in words
        await pilot.press("enter", "j")
        assert "a leap ×2.01" in app.screen.query_one(EvidencePanel).text


async def test_s_sorts_the_doubts_by_the_column_in_brackets_and_turns_the_order():
    app = Shown(doubtful_board())
    async with app.run_test(size=(120, 40)) as pilot:
        orders = {}
        for keys in (["left", "s"], ["S"], ["right", "l", "s"], ["s"], ["l", "s"], ["h", "h", "s"]):
            await pilot.press(*keys)
            orders[" ".join(keys)] = app.column("doubts", "symbol")
        assert orders == {
            "left s": ["CVNA", "GME", "UPST"],
            "S": ["UPST", "GME", "CVNA"],
            "right l s": ["GME", "UPST", "CVNA"],
            "s": ["CVNA", "UPST", "GME"],
            "l s": ["GME", "UPST", "CVNA"],
            "h h s": ["CVNA", "GME", "UPST"],
        }


async def test_securities_left_out_are_sorted_by_the_keys_of_the_doubts():
    app = Shown(doubtful_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("end", "enter")
        await pilot.pause()
        by_symbol = app.column("names", "symbol")
        assert by_symbol == sorted(by_symbol)
        await pilot.press("S")
        assert app.column("names", "symbol") == by_symbol[::-1]
        app.table("names").action_move_column(3)
        column = app.table("names").cursor_column
        assert column is not None
        assert column.key == "shares_short"


@given(st.permutations(range(5)), st.sampled_from([column.key for column in SECURITY_COLUMNS]), st.booleans())
def test_an_order_of_securities_hangs_on_them_alone_and_keeps_the_unknown_last(places, sort_key, is_descending):
    day = date(2023, 8, 15)
    securities = [
        LeftOut("A", "b fund", "etf", 3e6, day),
        LeftOut("B", "A fund", "etf", NoFigure.NOT_APPLICABLE, None),
        LeftOut("C", "", "warrant", float("nan"), day),
        LeftOut("D", "d", "no_price", 1e6, date(2023, 7, 31)),
        LeftOut("E", "c", "unit", 2e6, day),
    ]
    ordered = securities_in_order([securities[place] for place in places], sort_key, is_descending)
    assert ordered == securities_in_order(securities, sort_key, is_descending)
    last = {"name": {"C"}, "shares_short": {"B", "C"}, "settled": {"B"}}.get(sort_key, set())
    assert {one.symbol for one in ordered[len(ordered) - len(last) :]} == last


async def test_a_rule_under_the_cursor_narrows_the_doubts_and_enter_opens_the_name():
    app = Shown(doubtful_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "j")
        await pilot.pause()
        assert app.column("doubts", "symbol") == ["GME"]
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.left_with == ["GME"]


async def test_what_is_left_out_stands_in_the_same_place():
    app = Shown(doubtful_board())
    async with app.run_test(size=(120, 40)) as pilot:
        assert not app.table("names").display
        await pilot.press("end")
        await pilot.pause()
        assert app.table("names").display
        assert not app.table("doubts").display
        await pilot.press("s")
        assert not app.table("doubts").display


async def test_without_a_doubt_the_screen_opens_at_what_is_left_out():
    board = Desk(market_of(listings())).board(View())
    app = Shown(board)
    async with app.run_test(size=(100, 30)):
        assert app.table("names").display
        assert app.column("kinds", "kind")[0] == "doubtful"
        assert app.column("kinds", "count")[0] == "0"
        assert len(securities_left_out(board)) == app.table("names").row_count


@given(st.permutations(range(6)), st.sampled_from(["symbol", "dollars", "rule", "session"]), st.booleans())
def test_an_order_of_doubts_hangs_on_the_doubts_alone(places, sort_key, is_descending):
    rules = list(DoubtRule)
    day = np.datetime64("2023-05-02")
    doubts = [
        Doubt(
            symbol=f"N{at}", rule=rules[at % 3], session=day + at % 2, evidence="", dollars=(np.nan, 1e6)[at % 2] * at
        )
        for at in range(6)
    ]
    known = in_order(doubts, sort_key, is_descending)
    assert in_order([doubts[at] for at in places], sort_key, is_descending) == known
    assert set(known) == set(doubts)


@pytest.mark.parametrize(("glyphs", "signs"), [(GLYPHS_UNICODE, "GME?"), (GLYPHS_ASCII, "GME?")])
def test_a_doubtful_name_bears_a_sign_in_its_row(glyphs, signs):
    writer = NameWriter(doubtful_board(), glyphs)
    assert writer.symbol(SYMBOLS.index("GME")) == (signs.ljust(6), "warning")
    assert writer.symbol(SYMBOLS.index("TSLA")) == ("TSLA  ", "title")


def test_a_doubt_before_the_window_marks_nobody():
    board = doubtful_board("5d")
    assert NameWriter(board, GLYPHS_UNICODE).symbol(SYMBOLS.index("GME")) == ("GME   ", "title")
    assert not any("doubtful" in text for line in head_lines(board, SYMBOLS.index("GME"), "", 120) for text, _ in line)


def test_the_name_s_own_screen_and_its_explanations_tell_the_doubt():
    board, column = doubtful_board(), SYMBOLS.index("CVNA")
    _, second = head_lines(board, column, "3/12", 120)
    day = as_date(board.market.doubts[1].session)
    assert second[0][0].startswith(f" doubtful: unlisted split of {day.day} ")
    assert second[0][0].endswith(" at stake")
    words = " ".join(text for line in explanation_lines(explanation(board, "profit", column), 200) for text, _ in line)
    assert SPLIT_OF_CVNA in words
    assert "Seen:" not in str(explanation(board, "profit", SYMBOLS.index("TSLA")))


async def test_a_doubt_opened_from_a_name_leads_to_the_other_name():
    board = doubtful_board()

    class Names(App[None]):
        def on_mount(self) -> None:
            self.push_screen(SymbolScreen(board, np.array([SYMBOLS.index("TSLA"), SYMBOLS.index("CVNA")])))

    app = Names()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("x", "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, SymbolScreen)
        assert (app.screen.symbol, app.screen.place_words) == ("CVNA", "2/2")
        # GME is not on the list the screen was opened with.
        await pilot.press("x", "enter", "j", "enter")
        await pilot.pause()
        assert (app.screen.symbol, app.screen.place_words) == ("GME", "1/1 doubtful")


def test_a_doubtful_session_is_the_market_s_and_hangs_on_every_name_that_moved():
    made = listings()
    session = Doubt(symbol="", rule=DoubtRule.MISDATED_SESSION, session=made.sessions[30], evidence="closes of others")
    board = Desk(market_of(replace(made, doubts=(session,)))).board(View(window="ytd"))
    [doubt] = board.doubts
    assert [cell for cell, _ in DoubtRows([doubt]).whole(0)][::2] == [
        "market  ",
        "misdated session ",
        "closes of others",
    ]
    moves = [np.abs(board.market.close[at].astype(float) - board.market.close[at - 1]) for at in (29, 30)]
    shares = [board.book.positions.at(at - 1) for at in (29, 30)]
    expected = sum(float((held * move)[board.included].sum()) for held, move in zip(shares, moves, strict=True))
    assert doubt.dollars == pytest.approx(expected)
    assert board.window_note is not None
    assert board.window_note.endswith(". closes of others")
    assert board.doubt_words == {}
