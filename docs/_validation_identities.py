"""The section of the validation page on how short interest of the whole market changed, by prices and by new shorts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from docs._validation_evidence import Evidence, Lines, billions, rounded, table_of, told
from shortside.board import Board
from shortside.positions import Knowledge, PositionsMethod
from shortside.rows import Reconciliation, tier_table
from shortside.view import View

MAY: Final = "2022 to 13 May"
THIRD_QUARTER: Final = "2022-Q3"
PERIODS: Final = {
    MAY: (date(2022, 1, 1), date(2022, 5, 12)),
    "2022-Q2": (date(2022, 4, 1), date(2022, 6, 30)),
    "2022-06": (date(2022, 6, 1), date(2022, 6, 30)),
    THIRD_QUARTER: (date(2022, 7, 1), date(2022, 9, 30)),
}
"""The first day and the last close of each; the figures dated 13 May are of the close before."""
SPANS: Final = {"2022-03-31..2022-06-30": "2022-Q2", "2022-05-31..2022-06-30": "2022-06",
                "2022-06-30..2022-09-30": THIRD_QUARTER}  # fmt: skip
LEAST_NAMED: Final = 1e9
"""USD from which on a name is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Short interest at two closes, and what changed it; billions of US dollars."""

    start: float
    end: float
    price: float
    new: float

    @property
    def change(self) -> float:
        """What short interest grew by."""
        return self.end - self.start

    def cells(self) -> list[str]:
        """The figures, as a table has them."""
        return [rounded(value, ",.1f") for value in (self.start, self.price, self.new, self.end, self.change)]


def published_changes(evidence: Evidence) -> dict[str, Change]:
    """S3's identities, by period; the levels stand in the notes, some only as one end and the difference."""
    found = {
        row["period"]: (float(row["si_change_usd_bn"]), float(row["mtm_change_usd_bn"]),
                        float(row["shares_shorted_change_usd_bn"]), row["note"])
        for row in evidence.golden("si_change_identities.csv") if row["period"] in PERIODS
    }  # fmt: skip
    for row in evidence.golden("s3_statements_more.csv"):
        period = SPANS.get(row["speaks_of"])
        if period is None or row["figure"] != "short interest change":
            continue
        change, price = float(row["value"]), told(row["note"], "price effect")
        new = found[period][2] if period in found else told(row["note"], "covering")
        found[period] = change, price, new, row["note"]
    return {period: _change(*found[period]) for period in PERIODS}


def _change(change: float, price: float, new: float, note: str) -> Change:
    end = told(note, "to")
    return Change(start=end - change, end=end, price=price, new=new)


def our_change(board: Board) -> Change:
    """The whole market's over a Board's window."""
    sums: Reconciliation = tier_table(board, with_trends=False).reconciliation
    return Change(
        start=sums.start / 1e9,
        end=sums.end / 1e9,
        price=-sums.profit / 1e9,
        new=(sums.new_short + sums.appeared) / 1e9,
    )


def window_board(evidence: Evidence, first: date, last: date, **view: object) -> Board:
    """The Board from the close before a first day to the close of a last."""
    return evidence.at(last).board(View(window=f"since:{first}", **view))  # type: ignore[arg-type]


def identities(evidence: Evidence) -> Lines:
    """Every period, S3's and ours."""
    theirs = published_changes(evidence)
    rows: list[list[str]] = []
    for period, (first, last) in PERIODS.items():
        rows.append([f"{period}, S3", *theirs[period].cells()])
        for knowledge in Knowledge:
            board = window_board(evidence, first, last, knowledge=knowledge)
            span = f"{board.window.start_date} to {last}, `{knowledge}`"
            rows.append([span, *our_change(board).cells()])
    return [
        "## The market's identities",
        "",
        "Short interest at the start, plus what prices made of it, plus new shorts, is short interest at the end. S3"
        " prints three of the four and one level; the other level follows. Ours are from close to close.",
        "",
        *table_of(["period", "start", "price effect", "new shorts", "end", "change"], rows),
        "",
        *_levels(evidence, theirs),
        *_may(evidence, theirs),
        *_third_quarter(evidence, theirs[THIRD_QUARTER]),
    ]


def _levels(evidence: Evidence, theirs: dict[str, Change]) -> Lines:
    rows = []
    for period, (first, last) in PERIODS.items():
        ours = our_change(window_board(evidence, first, last))
        closes = (window_board(evidence, first, last).window.start_date, last)
        for day, other, mine in zip(closes, _ends(theirs[period]), _ends(ours), strict=True):
            rows.append([str(day), period, rounded(other, ",.1f"), rounded(mine, ",.1f"), f"{other / mine:.3f}"])
    return [
        "What S3 calls the short interest of the market is not one series. Two of its articles put 30 June 2022 at"
        f" {theirs['2022-06'].end:.1f} and {theirs['2022-Q2'].end:.0f}; over ours, as known at the end of each period:",
        "",
        *table_of(["close", "in S3's figures of", "S3", "ours", "S3 ÷ ours"], sorted(rows)),
        "",
    ]


def _ends(change: Change) -> tuple[float, float]:
    return change.start, change.end


def _may(evidence: Evidence, theirs: dict[str, Change]) -> Lines:
    first, last = PERIODS[MAY]
    known = our_change(window_board(evidence, first, last))
    next_day = our_change(window_board(evidence, first, date(2022, 5, 13)))
    later = our_change(window_board(evidence, date(2022, 5, 13), date(2022, 6, 30)))
    implied = theirs["2022-Q2"].end - theirs[MAY].end - later.price
    months = _new_of_may(evidence) + theirs["2022-06"].new
    return [
        "### The year to May 2022",
        "",
        f"The price effect is explained by the day: on 13 May shorts lost {next_day.price - known.price:.1f} bn, and to"
        f" the close of the 12th ours is {known.price:.1f} for S3's {theirs[MAY].price:.0f}; to the 13th it would be"
        f" {next_day.price:.1f}. New shorts are {known.new:.1f} as known and S3's {theirs[MAY].new:.0f}, and S3's own"
        f" other figures side with more: from its {theirs[MAY].end:.0f} of that close to its"
        f" {theirs['2022-Q2'].end:.0f} of 30 June prices took {-later.price:.1f} away (ours), so {implied:.0f} bn must"
        f" have been sold short in between, where S3 counts {months:.1f} in all of May and June. The level of"
        f" {theirs[MAY].end:.0f} is of a narrower universe than its start of {theirs[MAY].start:,.0f} (see the table:"
        " its ratio to ours fell), and what the level lost stands as new shorts that are missing.",
        "",
        *_large(evidence, MAY),
    ]


def _new_of_may(evidence: Evidence) -> float:
    notes = [row["note"] for row in evidence.golden("s3_statements_more.csv")]
    return next(told(note, "May new short") for note in notes if "May new short" in note)


def _third_quarter(evidence: Evidence, theirs: Change) -> Lines:
    first, last = PERIODS[THIRD_QUARTER]
    board = window_board(evidence, first, last)
    ours = our_change(board)
    total = tier_table(board, with_trends=False).total
    low, high = total.profit_low, total.profit_high
    start, price, new = theirs.start - ours.start, theirs.price - ours.price, theirs.new - ours.new
    by_start, by_end = by_two_closes(board)
    tried = [
        ["as known, `linear`", *ours.cells()],
        ["as known, `step`", *our_change(_stepped(evidence)).cells()],
        ["from the close of 2022-06-28", *our_change(window_board(evidence, date(2022, 6, 29), last)).cells()],
        ["shares of the first close × change of price", *by_start.cells()],
        ["shares of the last close × change of price", *by_end.cells()],
    ]
    return [
        "### The third quarter of 2022",
        "",
        f"Open. The levels agree as in other quarters, and so does their change ({ours.change:.1f} for"
        f" {theirs.change:.1f}); how it parts into prices and shares does not: {ours.price:.1f} {ours.new:+.1f} for"
        f" {theirs.price:.1f} {theirs.new:+.1f}. Tried, and none has S3's three figures:",
        "",
        *table_of(["computed", "start", "price effect", "new shorts", "end", "change"], tried),
        "",
        f"The band of our positions, {-high / 1e9:.1f} to {-low / 1e9:.1f} bn of price effect, speaks of all names"
        " erring together. If our names are right, what S3 counts beyond them"
        f" ({start:.0f} bn) fell by {-100 * price / start:.0f} % while {new:.1f} bn of it were sold short anew; no"
        f" price of ours can tell. {_funds(evidence)}",
        "",
        *_large(evidence, THIRD_QUARTER),
    ]


def _funds(evidence: Evidence) -> str:
    """How funds of other markets fell over the quarter."""
    closes = pd.read_csv(evidence.folder / "etf_daily.csv.gz", usecols=["symbol", "date", "close"])
    wide = closes.pivot_table(index="date", columns="symbol", values="close")
    moves = 100 * (wide.loc["2022-09-30"] / wide.loc["2022-06-30"] - 1)
    funds = {"SPY": "large US companies", "IWM": "small ones", "EEM": "emerging markets"}
    said = ", ".join(f"{symbol} ({words}) {moves[symbol]:.1f} %" for symbol, words in funds.items())
    return f"Over the quarter funds moved: {said}."


def _stepped(evidence: Evidence) -> Board:
    return window_board(evidence, *PERIODS[THIRD_QUARTER], positions=PositionsMethod.STEP)


def by_two_closes(board: Board) -> tuple[Change, Change]:
    """The change by prices and by shares, had nothing been sold or covered in between: at the first close, the last."""
    first, last = board.window.start, board.window.end
    before, after = (board.book.positions.at(row)[board.included] for row in (first, last))
    opening, closing = (board.market.close[row, board.included].astype(np.float64) for row in (first, last))
    ends = {"start": float(before @ opening) / 1e9, "end": float(after @ closing) / 1e9}
    move, change = closing - opening, after - before
    return (
        Change(price=float(before @ move) / 1e9, new=float(change @ closing) / 1e9, **ends),
        Change(price=float(after @ move) / 1e9, new=float(change @ opening) / 1e9, **ends),
    )


def _large(evidence: Evidence, period: str) -> Lines:
    """The names over a billion of price effect or new shorts."""
    board = window_board(evidence, *PERIODS[period])
    lines = []
    for words, dollars in (("price effect", -board.profit), ("new shorts", np.nan_to_num(board.new_short))):
        order = board.order(np.abs(dollars), among=board.included & (np.abs(dollars) > LEAST_NAMED))
        names = ", ".join(f"{board.market.symbols[column]} {billions(dollars[column])}" for column in order.tolist())
        lines.append(f"Names over 1 bn of {words}, ours as known: {names or 'none'}.")
    return [*lines, ""]
