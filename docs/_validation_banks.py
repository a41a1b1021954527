"""The section of the validation page on the banks of 2023: failed ones, First Republic's year, and the regional."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import Evidence, Lines, billions, column_of, millions, table_of
from docs._validation_identities import window_board
from shortside.board import Board
from shortside.listings import Flags
from shortside.positions import Knowledge
from shortside.sessions import session_days

FAILED: Final = ("FRC", "SIVB", "SBNY", "SI")
FIRST_REPUBLIC: Final = (1.63e9, 8.3996)
"""S3's P&L of First Republic shorts in 2023, USD, and its ratio to their average short interest."""
MARCH: Final = (date(2023, 3, 1), date(2023, 3, 13))
LAST_THREE: Final = date(2023, 3, 9)
LAST_SEVEN: Final = date(2023, 3, 3)
BANKING: Final = ("Major Banks", "Commercial Banks", "Banks", "Savings Institutions")
"""Nasdaq's industries."""
LARGEST_REGIONAL: Final = 80e9
"""USD of market cap at the start; a larger bank is no regional one."""


def banks(evidence: Evidence) -> Lines:
    """The banks of 2023."""
    market, board = evidence.market, evidence.board()
    head = ["symbol", "last price on", "price", "P&L", "avg SI", "P&L %", "while traded", "left at the end"]
    rows = [_bank(board, column_of(market, symbol)) for symbol in FAILED]
    return [
        "## Banks that failed",
        "",
        "A position ends at its last price. Dollars in mm. P&L % divides by the average over the whole window, in"
        " which a name that is gone counts as nothing, and beside it over the days it traded. The last column is"
        " what the shares were still worth at the last price: at most that much more was earned since.",
        "",
        *table_of(head, rows),
        "",
        *_first_republic(evidence),
        *_regional(evidence),
    ]


def _bank(board: Board, column: int) -> list[str]:
    market = board.market
    last = int(market.last_priced[column])
    held = min(last, board.window.end) - board.window.start + 1
    average = board.short_interest_total[column] / held
    return [
        str(market.symbols[column]),
        str(market.sessions[last]),
        f"{board.book.price[column]:.2f}",
        millions(board.profit[column]),
        millions(board.average_short_interest[column]),
        f"{100 * board.profit_ratio[column]:.0f}",
        f"{100 * board.profit[column] / average:.0f}",
        millions(board.book.positions.at(last)[column] * board.book.price[column]),
    ]


def _first_republic(evidence: Evidence) -> Lines:
    profit, rate = FIRST_REPUBLIC
    column = column_of(evidence.market, "FRC")
    closes = len(session_days(date(2023, 1, 1), date(2023, 12, 31))) + 1
    board = evidence.board()
    average = board.short_interest_total[column] / closes
    share = 100 * board.profit[column] / average
    return [
        f"S3 says {billions(profit)} bn and {100 * rate:+.2f} % for First Republic, which makes its average short"
        f" interest {millions(profit / rate)} mm. That is the whole of 2023, in which it stood at nothing from May on:"
        f" over the {closes} closes of the year ours is {millions(board.profit[column])} mm on {millions(average)} mm,"
        f" {share:+.1f} %.",
        "",
    ]


def _regional(evidence: Evidence) -> Lines:
    theirs = next(row for row in evidence.golden("s3_statements_more.csv") if "regional banks" in row["figure"])
    first, last = MARCH
    rows, count = [], 0
    for knowledge in Knowledge:
        for begin in (first, LAST_SEVEN, LAST_THREE):
            board = window_board(evidence, begin, last, knowledge=knowledge)
            is_regional = _is_regional(evidence, board)
            count = int(np.count_nonzero(is_regional))
            dollars = (board.profit[is_regional], np.nan_to_num(board.new_short[is_regional]))
            cells = [billions(values.sum()) for values in dollars]
            rows.append([f"{board.window.start_date} to {last}, `{knowledge}`", *cells, _most(board, is_regional)])
    return [
        "### Regional banks in March 2023",
        "",
        f"S3 as quoted: {theirs['value']} bn on shorts of regional banks, {theirs['speaks_of'].replace('..', ' to ')};"
        f" {theirs['note']}. Which banks those are is not printed. Ours are the US banks below"
        f" {LARGEST_REGIONAL / 1e9:.0f} bn of market cap, {count} of them, in bn:",
        "",
        *table_of(["from the close of", "P&L", "new shorts", "largest, mm"], rows),
        "",
        "With hindsight ours is larger, for shorts were built until 15 March, which FINRA told on the 24th. Open: S3's"
        f" figures are below ours as known, and which banks it counts would decide. {_halted(evidence)}",
        "",
    ]


def _is_regional(evidence: Evidence, board: Board) -> Flags:
    listings, market = evidence.listings, board.market
    is_bank = np.isin(listings.industries.astype(str), BANKING) & (listings.countries == "United States")
    banks_here = np.isin(market.symbols.astype(str), listings.symbols[is_bank].astype(str))
    return np.asarray(board.was_held & banks_here & (market.market_caps.at(board.window.start) < LARGEST_REGIONAL))


def _most(board: Board, among: Flags) -> str:
    order = board.order(board.profit, among=among)[:4].tolist()
    return ", ".join(f"{board.market.symbols[column]} {board.profit[column] / 1e6:,.0f}" for column in order)


def _halted(evidence: Evidence) -> str:
    market = evidence.at(MARCH[1]).market
    column = column_of(market, "SIVB")
    row = int(np.searchsorted(market.sessions, np.datetime64("2023-03-09")))
    return (
        f"Silicon Valley closed at {market.close[row, column]:.2f} on 9 March and was halted at"
        f" {market.close[row + 1, column]:.2f} on the 10th."
    )
