"""P&L net of what the borrow cost as a figure of names: read when somebody wants it, and blank until then."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from alert_examples import Watched
from board_examples import SYMBOLS, board_of
from monitor_examples import loaded_market, monitor, opened, settled
from test_borrow_table import DAYS
from test_borrow_table import board_of as dated_board
from waiting import PATIENCE

from shortside.board import Desk
from shortside.conditions.matching import answer_of
from shortside.conditions.reading import read_condition
from shortside.loans.fee_paths import FeePaths
from shortside.loans.history import LoanHistory, LoanState, history_of
from shortside.market import Market
from shortside.positions import PositionsMethod
from shortside.tables.borrow import BorrowTable
from shortside.view import View
from tui.screens.borrow_page import BorrowReader
from widgets.column_choice import choice_among
from widgets.crowded import CrowdedTable
from widgets.name_columns import COLUMNS_ON_REQUEST, crowded_columns
from widgets.name_conditions import BoardNames, rests_on_fee_paths
from widgets.name_index import NameIndex

EVENING = ("--as-of", "2023-02-28", "--known", "as-known")


def history(market: Market, fee: float = 0.36, unknown: tuple[int, ...] = ()) -> LoanHistory:
    """A look on the evening of each session, with one fee for all names but some."""
    fees = np.full(len(market.symbols), fee)
    fees[list(unknown)] = np.nan
    none = np.full(len(fees), np.nan)
    at = np.datetime64("2020-01-01T22:00:00").astype(object)
    looks = [
        LoanState(
            as_of=day, known_at=at.replace(year=day.year, month=day.month, day=day.day), fetched_at=at, fee=fees,
            available=none, is_capped=np.zeros(len(fees), bool),
        )
        for day in market.sessions.tolist()
    ]  # fmt: skip
    return history_of(market.symbols, "test", looks, now=looks[-1])


SINCE_NEW_YEAR = View(window="ytd", positions=PositionsMethod.STEP)


def small(read=None) -> Desk:
    """Two names with 1,000 and 500 shares short since 30 December; on 9 February 10 dollars become 12, and 20 18."""
    desk: Desk = dated_board(view=SINCE_NEW_YEAR, rises_on=DAYS[-1]).desk
    desk.fee_paths = FeePaths(read)
    return desk


def test_a_figure_is_blank_until_the_fees_are_read_and_then_less_what_a_day_cost():
    desk: Desk = small(lambda: history(desk.market, unknown=(1,)))
    board = desk.board(SINCE_NEW_YEAR)
    assert not desk.fee_paths.is_due, "nobody asked"
    assert np.isnan(board.net_profit).all()
    assert desk.fee_paths.is_being_read
    assert desk.fee_paths.fill()
    assert not desk.fee_paths.fill(), "once is enough"
    # 1,000 shares lost two dollars each, and 10,000 dollars at 36 % a year cost 10 a day for 41 days.
    np.testing.assert_allclose(board.net_profit, [-2_410, np.nan])
    np.testing.assert_array_equal(board.net_covered_ratio, [1.0, 0.0])
    board.tick(np.array([0]), np.array([11.0]))
    assert board.net_profit[0] == pytest.approx(-1_410), "it moves with the price"
    assert board.net_profit_of(np.array([0])) == pytest.approx(-1_410)


def test_a_condition_on_it_is_neither_true_nor_false_where_it_is_unknown():
    desk: Desk = small(lambda: history(desk.market, unknown=(1,)))
    board = desk.board(SINCE_NEW_YEAR)
    names = BoardNames(board, NameIndex(board.market))
    for text, is_true, is_false in (
        ("net_profit < 0", [True, False], [False, False]),
        ("net > 0", [False] * 2, [True, False]),
    ):
        condition = read_condition(text, *_figures(names))
        before = answer_of(condition, names)
        desk.fee_paths.fill()
        after = answer_of(condition, BoardNames(board, NameIndex(board.market)))
        assert (after.is_true.tolist(), after.is_false.tolist()) == (is_true, is_false)
        if desk.fee_paths.history is None:
            assert not (before.is_true | before.is_false).any()


def test_without_a_path_it_stays_blank_and_says_why():
    board = small(lambda: "no look at all").board(SINCE_NEW_YEAR)
    assert np.isnan(board.net_profit).all()
    assert board.desk.fee_paths.fill()
    assert np.isnan(board.net_profit).all()
    assert (board.desk.fee_paths.why_none, board.desk.fee_paths.is_due) == ("no look at all", False)


def test_the_looks_of_before_stand_until_newer_ones_are_read():
    desk: Desk = small(lambda: history(desk.market))
    later: Desk = small(lambda: history(later.market, fee=0.72))
    desk.fee_paths.wanted()
    desk.fee_paths.fill()
    later.fee_paths.take_over(desk.fee_paths)
    assert later.fee_paths.history is desk.fee_paths.history
    assert (later.fee_paths.is_due, later.fee_paths.is_being_read) == (True, False)
    assert later.fee_paths.fill()
    newest = later.fee_paths.history
    assert newest is not None
    assert newest.now.fee[0] == 0.72
    assert (later.fee_paths.take_news(), later.fee_paths.take_news()) == (True, False)


def test_it_is_what_the_screen_of_borrowing_has():
    board = board_of(View(window="30d"))
    board.desk.fee_paths = FeePaths(lambda: history(board.market, unknown=(3,)))
    _ = board.net_profit
    board.desk.fee_paths.fill()
    table = BorrowTable(board, board.desk.fee_paths.history)
    known = np.isfinite(board.profit)
    np.testing.assert_array_equal(board.net_profit[known], table.net[known])
    assert np.isfinite(board.net_profit).sum() > 5


def test_a_rule_reads_the_fees_before_it_is_looked_at_so_that_nothing_crosses_by_their_coming():
    rule = {"name": "Dear", "when": "net_profit < 0"}
    assert rests_on_fee_paths("price < 3 & NET < 2m")
    assert not rests_on_fee_paths("profit < 0")
    watched = Watched(rule)
    watched.loaded.desk.fee_paths = FeePaths(lambda: history(watched.loaded.market, fee=0.0001))
    at_start = watched.prices(GME=1, F=1)
    assert at_start == []
    assert watched.loaded.desk.fee_paths.history is not None
    rang = watched.prices(GME=500)
    assert len(rang) == 1
    assert "GME" in rang[0]


def test_the_column_is_there_for_whoever_chooses_it_and_for_nobody_else():
    keys = [column.key for column in crowded_columns()]
    assert {"net_profit"} == COLUMNS_ON_REQUEST
    assert "net_profit" not in choice_among(keys, None, frozenset(), COLUMNS_ON_REQUEST).shown
    older = choice_among(keys[:5], None, frozenset())
    assert "net_profit" not in choice_among(keys, older, frozenset(), COLUMNS_ON_REQUEST).shown
    chosen = choice_among(keys, None, frozenset(), COLUMNS_ON_REQUEST).toggled("net_profit")
    assert "net_profit" in choice_among(keys, chosen, frozenset(), COLUMNS_ON_REQUEST).shown


async def test_who_chooses_the_column_reads_that_fees_are_being_read_and_then_the_figures(tmp_path):
    made: list = []
    may_be_read = threading.Event()

    def load(_options, _clock, _progress, **_how):
        loaded = loaded_market()

        def read() -> LoanHistory:
            assert may_be_read.wait(PATIENCE)
            return history(loaded.market)

        loaded.desk.fee_paths = FeePaths(read)
        made.append(loaded)
        return loaded

    app = monitor(tmp_path / "home", loader=load)
    async with app.run_test(size=(200, 24)) as pilot:
        await opened(app, pilot)
        table, paths = app.screen.query_one(CrowdedTable), made[0].desk.fee_paths
        app.look_at_fees()
        assert not paths.is_wanted, "nobody chose it"
        table.choose_columns(
            choice_among(["symbol", "name", "net_profit"], None, frozenset({"symbol"})).toggled("name")
        )
        await settled(app, pilot, lambda: paths.is_wanted)
        table.show(app.board)
        assert "being read" in table.title
        app.look_at_fees()
        may_be_read.set()
        await settled(app, pilot, lambda: paths.history is not None)
        app.look_at_fees()
        await settled(app, pilot, lambda: "fees from" in app.screen.query_one(CrowdedTable).title)
        board = app.board
        first = table.column_at(0)
        assert table.cell_text(0, "net_profit").strip() == _written(board, first)
        # Who opens the cost of borrowing now finds the looks there.
        assert BorrowReader(app)._history(made[0]) is paths.history


def _written(board, column) -> str:
    from widgets.format import GLYPHS_UNICODE
    from widgets.name_writer import NameWriter

    return NameWriter(board, GLYPHS_UNICODE).net_profit(column)[0].strip()


def _figures(names):
    from widgets.name_conditions import condition_figures

    return condition_figures(), names.vocabulary


def test_a_document_has_it_as_the_document_of_borrowing_has(ask, folder):
    def rows_of(document, *words):
        code, out, _ = ask(document, *words, "--format", "json", "--limit", "0", *EVENING, data=folder)
        assert code == 0
        return {row["symbol"]: row for row in json.loads(out)["rows"]}

    names = rows_of("names", "--columns", "symbol,net_profit,net_covered_ratio,carry_day")
    borrow = rows_of("borrow")
    assert borrow
    for symbol, row in borrow.items():
        assert names[symbol]["net_profit"] == row["net"]
        assert names[symbol]["carry_day"] == row["carry_day"]
    assert SYMBOLS
    assert {row["net_profit"] for symbol, row in names.items() if symbol not in borrow} == {None}
