"""Write docs/validation.md: our tables of 7 September 2023 beside S3 Partners', and where each difference comes from.

    python -m docs.make_validation --data ../shared/market

Every figure on the page is computed by this command from the folder, but for S3's own, which are quoted from its
`golden/` tables. The same folder gives the same page, to the letter.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analytics.board import Board, Desk
from analytics.listings import Flags, Floats, Indexes, Listings, Splits
from analytics.market import Market, market_of
from analytics.positions import Knowledge, PositionsMethod
from analytics.rows import GroupRow, TierTable, tier_table
from analytics.share_counts import carried
from analytics.splits import restate
from analytics.tiers import TierBasis
from analytics.universe import Kind, kind_of_unpriced
from analytics.view import View
from analytics.windows import Window
from providers.files import FilesProvider

DAY: Final = date(2023, 9, 7)
SINCE, UNTIL = date(2022, 7, 1), date(2023, 9, 15)
NEWEST: Final = date(2023, 8, 31)
PUBLISHED_FILE: Final = "golden/s3_small_caps_2023-09-07.csv"
YTD, AUGUST = "YTD to 2023-09-07", "Aug-Sep 2023"
AUGUST_WINDOW: Final = "since:2023-08-01"
GROUPS: Final = {
    "mega+large": "Mega & Large",
    "mid": "Mid",
    "small+micro+nano": "Small, Nano & Micro",
    "unclassified": "",
    "total": "All U.S.",
}
"""Our roll-up and what S3 calls it; it has no unclassified."""
SMALL: Final = ("small", "micro", "nano")
STORY: Final = ("ACHR", "ATSG", "AYX", "SAGE")
FIRST_REPUBLIC: Final = (1.63e9, 8.3996)
"""S3's P&L of First Republic shorts in 2023, USD, and its ratio to their average short interest, as it published them."""
SUSPECT_JUMP: Final = 5.0
SUSPECT_DOLLARS: Final = 1e6
Lines = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One row of S3's table, USD and percent."""

    count: int
    average: float
    profit: float
    percent: float
    source: str


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What every section reads."""

    listings: Listings
    desk: Desk
    published: dict[str, dict[str, Published]]
    finra: pd.DataFrame | None = None
    """Every report near the day, over-the-counter ones included; None where the folder has no tidy table."""

    @property
    def market(self) -> Market:
        """The market of the day."""
        return self.desk.market

    def board(self, **view: object) -> Board:
        """The Board of a view, as the screen shows it."""
        return self.desk.board(View(**view))  # type: ignore[arg-type]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.make_validation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the reference market")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("validation.md"), metavar="FILE")
    options = parser.parse_args(arguments)
    options.output.write_text(page(evidence_of(options.data)), encoding="utf-8")
    print(f"wrote {options.output}", file=sys.stderr)


def evidence_of(folder: Path) -> Evidence:
    """Read the folder and S3's tables in it."""
    listings = FilesProvider(folder).read_listings(since=SINCE, until=UNTIL)
    tidy = folder / "short_interest.parquet"
    wanted = ["settlement_date", "market_class", "short_interest"]
    finra = (
        pd.read_parquet(tidy, columns=wanted, filters=[("settlement_date", ">=", NEWEST)]) if tidy.is_file() else None
    )
    return Evidence(listings, Desk(market_of(listings, as_of=DAY)), read_published(folder / PUBLISHED_FILE), finra)


def read_published(path: Path) -> dict[str, dict[str, Published]]:
    """S3's rows by period and group."""
    found: dict[str, dict[str, Published]] = {}
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["period"], {})[row["group"]] = Published(
                count=int(row["count"]),
                average=float(row["avg_short_interest_usd"]),
                profit=float(row["mtm_pl_usd"]),
                percent=float(row["pl_pct"]),
                source=row["source"],
            )
    return found


def page(evidence: Evidence) -> str:
    """The whole page."""
    sections: Iterable[Callable[[Evidence], Lines]] = (
        introduction, tables, decomposition, universe, positions, tier_basis, share_counts, splits, august, story, banks,
        largest, suspects, reading,
    )  # fmt: skip
    return "\n".join(line for section in sections for line in section(evidence)).rstrip() + "\n"


# -- sections -------------------------------------------------------------------------------------------------------


def introduction(evidence: Evidence) -> Lines:
    """What this is and how to make it again."""
    market = evidence.market
    source = evidence.published[YTD]["All U.S."].source
    return [
        "# Validation: 7 September 2023 against S3 Partners",
        "",
        "Written by `python -m docs.make_validation --data FOLDER`; do not edit it by hand.",
        f"Prices to {market.last_session}, settlements to {market.settlements[-1]}, {len(market.symbols):,} priced symbols,"
        f" {len(market.sessions)} sessions from {market.sessions[0]}.",
        f'S3\'s figures are quoted from "Small Caps Make The Best Shorts", 7 September 2023: <{source}>.',
        "S3 has its own daily positions, universe and cut-offs, so equality is not expected, and nothing is tuned to it.",
        "Dollars are billions unless said. Unless said, positions are `linear` and `revised`, stocks are common and ADRs.",
        "",
    ]


def tables(evidence: Evidence) -> Lines:
    """Ours beside theirs, by every basis."""
    lines = ["## The tables", ""]
    for period, window in ((YTD, "ytd"), (AUGUST, AUGUST_WINDOW)):
        lines += [f"### {period}", ""]
        for basis in TierBasis:
            board = evidence.board(window=window, basis=basis)
            lines += [f"Tiers by `{basis}` cap, P&L from the close of {board.window.start_date}:", ""]
            lines += [*_beside(tier_table(board, with_trends=False), evidence.published[period]), ""]
    lines += [
        "The `end` tables are the ones to compare: S3 sorts names by the cap they ended with (see Tier basis).",
        "",
    ]
    return lines


def _beside(table: TierTable, published: dict[str, Published]) -> Lines:
    rows = []
    for row in (*table.rollup, table.total):
        theirs = published.get(GROUPS[row.label])
        mine = [row.label, f"{row.names:,}", _bn(row.average_short_interest), _bn(row.profit), _bn(row.band), _pct(row)]
        if theirs is None:
            rows.append([*mine, "", "", "", "", ""])
            continue
        rows.append(
            [
                *mine,
                f"{theirs.count:,}",
                _bn(theirs.average),
                _bn(theirs.profit),
                f"{theirs.percent:.2f}",
                f"{100 * _ratio(row) - theirs.percent:+.2f}",
            ]
        )
    head = "group,names,avg SI,P&L,± band,P&L %,S3 names,S3 avg SI,S3 P&L,S3 P&L %,points apart".split(",")
    return _table(head, rows)


def decomposition(evidence: Evidence) -> Lines:
    """How much of each difference is size and how much is return."""
    rows = []
    for period, window in ((YTD, "ytd"), (AUGUST, AUGUST_WINDOW)):
        for row in _rollup(evidence.board(window=window)):
            theirs = evidence.published[period].get(GROUPS[row.label])
            if theirs is not None:
                size, rate = split_difference(row, theirs)
                inside = row.profit_low <= theirs.profit <= row.profit_high
                cells = [_bn(row.profit - theirs.profit), _bn(size), _bn(rate), "inside" if inside else "outside"]
                rows.append([f"{row.label}, {window}", *cells])
    return [
        "## Size and return",
        "",
        "Our P&L less S3's is (our average SI − S3's) × S3's P&L % plus our average SI × (our P&L % − S3's). The last",
        "column says whether S3's P&L lies in the band our positions allow between settlements.",
        "",
        *_table(["group (`end`)", "P&L apart", "from average SI", "from P&L %", "S3 in our band"], rows),
        "",
    ]


def split_difference(row: GroupRow, theirs: Published) -> tuple[float, float]:
    """The difference in P&L as a part from average short interest and a part from P&L %; they add up to it, USD."""
    their_ratio = theirs.profit / theirs.average
    size = (row.average_short_interest - theirs.average) * their_ratio
    return size, row.average_short_interest * (_ratio(row) - their_ratio)


def universe(evidence: Evidence) -> Lines:
    """Whom S3 counts and we do not."""
    market, board = evidence.market, evidence.board()
    theirs = evidence.published[YTD]["All U.S."]
    ours = tier_table(board, with_trends=False).total
    left = board.short_interest * ~board.included
    missing = market.unpriced
    kinds = np.array(
        [
            kind_of_unpriced(symbol, name, place)
            for symbol, name, place in zip(missing.symbols, missing.names, missing.market_classes, strict=True)
        ],
        object,
    )
    rows = [
        [f"{kind.label}, priced", f"{np.count_nonzero(market.kinds == kind):,}", f"{_shares(market, board, kind):,.1f}",
         f"{left[market.kinds == kind].sum() / 1e9:.2f}"]
        for kind in Kind if kind not in board.view.kinds
    ]  # fmt: skip
    rows += [
        [f"{kind}, no price", f"{np.count_nonzero(kinds == kind):,}", f"{missing.shares_short[kinds == kind].sum() / 1e6:,.1f}", "—"]
        for kind in sorted(set(kinds))
    ]  # fmt: skip
    like_stock = np.flatnonzero((kinds == "no_price") & (missing.settlement_date >= market.settlements[-3]))
    top = like_stock[np.argsort(-missing.shares_short[like_stock], kind="stable")[:12]]
    examples = ", ".join(f"{missing.symbols[place]} ({missing.shares_short[place] / 1e6:.1f} m)" for place in top)
    counted = board.book.shares[board.included].sum()
    each = board.short_interest[board.included].sum() / counted
    scale = missing.shares_short[like_stock].sum() * each
    apart = ours.average_short_interest / theirs.average - 1
    return [
        "## Universe",
        "",
        f"S3 counts {theirs.count:,} securities, which is more than are listed, so part of them trades over the counter;"
        f" ours are {ours.names:,} listed stocks that were short at some time in the window. Our average SI is"
        f" {_bn(ours.average_short_interest)} to S3's {_bn(theirs.average)} ({100 * apart:+.1f} %). Left out:",
        "",
        *_table(["kind", "securities", "shares short, millions", f"short dollars at {DAY}, bn"], rows),
        "",
        f"What has no price cannot be valued, so its dollars are unknown and never guessed. For scale: {counted / 1e6:,.0f}"
        f" m shares are counted, {each:.2f} dollars each; at as much the {len(like_stock):,} without a price that look like"
        f" stocks and are still reported would be {_bn(scale)} bn. The largest of them: {examples}. FINRA cuts names at 30"
        " characters, so funds are among them.",
        "",
        *over_the_counter(evidence),
        "",
        *(f"- {note}." for note in evidence.listings.notes),
        "",
    ]


def over_the_counter(evidence: Evidence) -> Lines:
    """What FINRA reports besides listed securities."""
    rows = evidence.finra
    if rows is None:
        return []
    newest = rows.loc[rows["settlement_date"] == rows["settlement_date"].max()]
    is_otc = newest["market_class"] == "OTC"
    shares = newest["short_interest"].where(is_otc, 0).sum() / newest["short_interest"].sum()
    return [
        f"FINRA's file of {newest['settlement_date'].max()} also holds {int(is_otc.sum()):,} over-the-counter securities beside"
        f" {int((~is_otc).sum()):,} listed ones; {100 * shares:.1f} % of all shares short in it are theirs. They have no"
        " price here, and are the only securities numerous enough to make up S3's count.",
        "",
    ]


def _shares(market: Market, board: Board, kind: Kind) -> float:
    return float(board.book.shares[market.kinds == kind].sum()) / 1e6


def positions(evidence: Evidence) -> Lines:
    """What the shares between settlements may change."""
    rows, profits = [], []
    for method in PositionsMethod:
        for knowledge in Knowledge:
            groups = _rollup(evidence.board(positions=method, knowledge=knowledge))
            profits.append([row.profit for row in groups])
            rows.append([f"`{method}`, `{knowledge}`", *(f"{_bn(row.profit)} ± {_bn(row.band)}" for row in groups)])
    spread = np.ptp(np.array(profits), axis=0)
    rows.append(["greatest less least", *(_bn(value) for value in spread)])
    return [
        "## Positions between settlements",
        "",
        "Shares short are known twice a month. P&L (ytd, `end`) by each way of filling the days between; the band holds"
        " every path that moves one way between two settlements, added up as if all names erred together.",
        "",
        *_table(["positions", *GROUPS], rows),
        "",
    ]


def tier_basis(evidence: Evidence) -> Lines:
    """Who moved between tiers, and what they carried."""
    board = evidence.board()
    start = _rollup(evidence.board(basis=TierBasis.START))
    end = _rollup(board)
    rows = [[b.label, _bn(b.profit), _bn(a.profit), _bn(b.profit - a.profit)] for a, b in zip(start, end, strict=True)]
    small_end, small_start = (np.isin(codes, _codes(board, SMALL)) for codes in (board.tier_codes, board.start_codes))
    known = board.start_codes < len(board.scheme.names)
    fell = board.was_held & small_end & ~small_start & known
    rose = board.was_held & ~small_end & small_start & (board.tier_codes < len(board.scheme.names))
    return [
        "## Tier basis",
        "",
        "Names that fell are small because they fell. P&L ytd by the cap at the end and at the start:",
        "",
        *_table(["group", "by `end`", "by `start`", "migration"], rows),
        "",
        f"{np.count_nonzero(fell):,} names fell into small, micro or nano and brought {_bn(board.profit[fell].sum())};"
        f" {np.count_nonzero(rose):,} rose out of it and took {_bn(board.profit[rose].sum())} with them. The ten of them"
        " that carried most, P&L in millions:",
        "",
        *_names(evidence, board, fell | rose, 10),
        "",
    ]


def share_counts(evidence: Evidence) -> Lines:
    """What the repaired share counts decide."""
    market, board = evidence.market, evidence.board()
    unrepaired = Desk(_without_repair(evidence))
    other = unrepaired.board(View())
    lines = [
        "## Share counts repaired",
        "",
        f"{len(market.repaired_share_counts):,} names had {sum(market.repaired_share_counts.values()):,} days whose printed"
        " share count stood more than threefold off its neighbours. The tier tables with the counts as printed (splits"
        " undone all the same):",
        "",
    ]
    rows = []
    for basis in TierBasis:
        mended, printed = (_rollup(desk.board(View(basis=basis))) for desk in (evidence.desk, unrepaired))
        for before, after in zip(printed, mended, strict=True):
            average = after.average_short_interest - before.average_short_interest
            rows.append(
                [f"{after.label}, `{basis}`", _bn(before.profit), _bn(after.profit), _mm(after.profit - before.profit), _mm(average)]
            )  # fmt: skip
    moved = board.was_held & ((board.tier_codes != other.tier_codes) | (board.start_codes != other.start_codes))
    lines += _table(["group", "P&L as printed", "repaired", "P&L change, mm", "avg SI change, mm"], rows)
    lines += ["", f"{np.count_nonzero(moved)} names have another tier at the window's start or end by it:", ""]
    lines += _table(
        ["symbol", "start as printed", "start", "end as printed", "end", "avg SI, mm", "P&L, mm"],
        [
            [
                str(market.symbols[column]),
                *(
                    board.scheme.labels[codes[column]]
                    for codes in (other.start_codes, board.start_codes, other.tier_codes, board.tier_codes)
                ),
                _mm(board.average_short_interest[column]),
                _mm(board.profit[column]),
            ]
            for column in board.order(board.average_short_interest, among=moved)[:10]
        ],
    )
    return [*lines, ""]


def _without_repair(evidence: Evidence) -> Market:
    """The market of the day with share counts as the source prints them, but on one split basis."""
    market = evidence.market
    printed = restate(evidence.listings)
    where = {symbol: column for column, symbol in enumerate(evidence.listings.symbols)}
    columns = [where[symbol] for symbol in market.symbols]
    rows = slice(0, len(market.sessions))
    counts = np.where(printed.shares_outstanding <= 0, np.nan, printed.shares_outstanding)
    cap = (carried(printed.close[rows]) * carried(counts[rows]))[:, columns]
    return replace(market, market_cap=cap, shares_outstanding=cap[-1].astype(np.float64) / market.close[-1])


def splits(evidence: Evidence) -> Lines:
    """What the market would be with splits not restated."""
    board = evidence.board()
    market = evidence.market
    naive = Desk(market_of(replace(evidence.listings, splits=Splits.none()), as_of=DAY)).board(View())
    wrong = naive.profit - board.profit
    rows = [[a.label, _bn(b.profit), _bn(a.profit)] for a, b in zip(_rollup(board), _rollup(naive), strict=True)]
    column = int(board.order(np.abs(wrong))[0])
    event = np.flatnonzero(evidence.listings.symbols[evidence.listings.splits.column] == market.symbols[column])
    told = ", ".join(
        f"{evidence.listings.splits.ex_date[place]} (× {evidence.listings.splits.price_factor[place]:.6g})"
        for place in event
    )
    return [
        "## Splits",
        "",
        f"{market.splits_applied} splits fall in the sessions in view. P&L ytd, `end`, without and with them:",
        "",
        *_table(["group", "splits ignored", "restated"], rows),
        "",
        f"The worst of them is {market.symbols[column]}, split on {told}: P&L {_mm(naive.profit[column])} mm ignored,"
        f" {_mm(board.profit[column])} mm restated.",
        "",
    ]


def august(evidence: Evidence) -> Lines:
    """Where August starts."""
    theirs = evidence.published[AUGUST]
    choices = (AUGUST_WINDOW, "since:2023-08-02")
    rows = []
    for window in choices:
        board = evidence.board(window=window)
        rows.append([f"close of {board.window.start_date}", *(_bn(row.profit) for row in _rollup(board))])
    rows.append(["S3", *(_bn(theirs[name].profit) if name else "" for name in GROUPS.values())])
    return [
        "## Where August begins",
        "",
        'S3 says "since Aug 1" and not at which close its P&L starts. We start at the close before the first day, as in'
        " every window; starting a session later gives:",
        "",
        *_table(["P&L from", *GROUPS], rows),
        "",
    ]


def story(evidence: Evidence) -> Lines:
    """The new small-cap shorts of the last settlement published by the day."""
    first, last = date(2023, 7, 31), date(2023, 8, 15)
    desk = Desk(market_of(evidence.listings, as_of=last))
    board = desk.board(View(window=AUGUST_WINDOW))
    sessions = board.market.sessions
    start = int(np.searchsorted(sessions, np.datetime64(first)))
    cycle = Window(name="cycle", start=start, end=len(sessions) - 1, start_date=first, end_date=last)
    shares = board.book.positions
    change = (shares.at(cycle.end) - shares.at(cycle.start)) * board.book.price
    small = board.included & (board.tier_codes == board.scheme.names.index("small"))
    order = board.order(change, among=small)
    rows = [
        [str(place), str(board.market.symbols[column]), str(board.market.names[column])[:40], _mm(change[column])]
        for place, column in enumerate(order[:10].tolist(), 1)
    ]
    symbols = board.market.symbols[order].tolist()
    places = ", ".join(
        f"{symbol} {symbols.index(symbol) + 1 if symbol in symbols else 'not small by our caps'}" for symbol in STORY
    )
    return [
        "## The story's new small-cap shorts",
        "",
        f"S3's story names {', '.join(STORY)} and $658 mm of net new small-cap shorts in 30 days. The last settlement"
        f" public on {DAY} was that of {last}; from {first} to it, priced at its close, small caps gained"
        f" {_mm(change[small].sum())} mm. Largest, in mm:",
        "",
        *_table(["", "symbol", "name", "new short"], rows),
        "",
        f"Places of the story's names: {places}.",
        "",
    ]


def banks(evidence: Evidence) -> Lines:
    """The banks that failed in the window."""
    market, board = evidence.market, evidence.board()
    rows = []
    profit, rate = FIRST_REPUBLIC
    for symbol in ("FRC", "SIVB", "SBNY", "SI"):
        for column in np.flatnonzero(market.symbols == symbol):
            held = int(min(market.last_priced[column], board.window.end)) - board.window.start + 1
            average = board.short_interest_total[column] / held
            at_last = board.book.positions.at(int(market.last_priced[column]))[column] * board.book.price[column]
            rows.append(
                [symbol, str(market.sessions[market.last_priced[column]]), f"{board.book.price[column]:.2f}",
                 _mm(board.profit[column]), _mm(board.average_short_interest[column]),
                 f"{100 * board.profit_ratio[column]:.0f}", f"{100 * board.profit[column] / average:.0f}", _mm(at_last)]
            )  # fmt: skip
    return [
        "## Banks that failed",
        "",
        "A position ends at its last price. Dollars in mm. P&L % divides by the average over the whole window, in which a"
        " name that is gone counts as nothing, and beside it over the days it traded. The last column is what the shares"
        " were still worth at the last price: at most that much more was earned since.",
        "",
        *_table(
            ["symbol", "last price on", "price", "P&L", "avg SI", "P&L %", "while traded", "left at the end"], rows
        ),
        "",
        f"S3 says {_bn(profit)} bn and {100 * rate:+.2f} % for First Republic, which makes its average short interest"
        f" {_mm(profit / rate)} mm: the dollars agree, the averages do not, so S3's daily positions were smaller on the"
        " expensive days.",
        "",
    ]


def largest(evidence: Evidence) -> Lines:
    """The names that made the totals."""
    board = evidence.board()
    return [
        "## The names behind the totals",
        "",
        "Largest by P&L either way, ytd, in mm:",
        "",
        *_names(evidence, board, board.was_held, 15),
        "",
    ]


def suspects(evidence: Evidence) -> Lines:
    """Where a split, a new owner of a ticker or a bad price may still hide."""
    market, board = evidence.market, evidence.board()
    rows, from_splits = [], 0.0
    for session, column, profit in suspicious_days(board):
        flagged = "yes" if market.symbols[column] in market.unexplained_splits else ""
        from_splits += profit if flagged else 0.0
        before, after = (float(market.close[row, column]) for row in (session - 1, session))
        rows.append(
            [
                str(market.symbols[column]),
                str(market.sessions[session]),
                f"{before:.4g}",
                f"{after:.4g}",
                _mm(profit),
                flagged,
            ]
        )
    flagged_columns = np.isin(market.symbols.astype(str), list(market.unexplained_splits)) & board.was_held
    return [
        "## What may still be wrong",
        "",
        f"Days on which a price rose or fell more than {SUSPECT_JUMP:.0f}-fold and shorts made or lost over"
        f" ${SUSPECT_DOLLARS / 1e6:.0f} mm; the last column says whether FINRA reports a split we do not know."
        f" Those make {_mm(from_splits)} mm of false P&L in a total of {_bn(board.profit[board.was_held].sum())} bn; most of"
        " the rest are trial results and failures that did happen.",
        "",
        *_table(["symbol", "session", "close before", "close", "P&L that day, mm", "unknown split"], rows),
        "",
        f"FINRA flags a split nobody explains for {np.count_nonzero(flagged_columns)} of the names counted; their P&L ytd"
        f" is {_mm(board.profit[flagged_columns].sum())} mm in all. Most are stock dividends of a few percent.",
        "",
    ]


def suspicious_days(board: Board) -> list[tuple[int, int, float]]:
    """(session, column, P&L in USD) of jumps no ordinary day brings, the most expensive first."""
    found = []
    for session in range(board.window.start + 1, board.window.end + 1):
        before, after = (board.market.close[row].astype(np.float64) for row in (session - 1, session))
        profit = board.book.positions.at(session - 1) * (before - after)
        jumped = (after > SUSPECT_JUMP * before) | (before > SUSPECT_JUMP * after)
        for column in np.flatnonzero(board.was_held & jumped & (np.abs(profit) > SUSPECT_DOLLARS)).tolist():
            found.append((session, column, float(profit[column])))
    return sorted(found, key=lambda item: (-abs(item[2]), item[1]))


def reading(evidence: Evidence) -> Lines:
    """The identity, to close with."""
    rows = []
    for basis in TierBasis:
        table = tier_table(evidence.board(basis=basis), with_trends=False)
        sums = table.reconciliation
        rows.append(
            [f"`{basis}`", _bn(sums.start), _bn(sums.new_short), _bn(sums.profit), _bn(sums.end), f"{abs(sums.residual):.0e}" if not sums.holds else "rounding"]
        )  # fmt: skip
    return [
        "## The identity",
        "",
        "Start + new − P&L = end, ytd:",
        "",
        *_table(["basis", "start", "new short", "P&L", "end", "residual, USD"], rows),
    ]


# -- helpers --------------------------------------------------------------------------------------------------------


def _rollup(board: Board) -> list[GroupRow]:
    table = tier_table(board, with_trends=False)
    return [*table.rollup, table.total]


def _codes(board: Board, names: Sequence[str]) -> list[int]:
    return [board.scheme.names.index(name) for name in names]


def _names(evidence: Evidence, board: Board, among: Flags, count: int) -> Lines:
    market = evidence.market
    order: Indexes = board.order(np.abs(board.profit), among=among)[:count]
    start_cap = market.market_cap[board.window.start]
    rows = [
        [
            str(market.symbols[column]),
            str(market.names[column])[:32].strip(),
            _cap(start_cap[column]),
            _cap(board.market_cap[column]),
            f"{board.scheme.labels[board.start_codes[column]]} → {board.scheme.labels[board.tier_codes[column]]}",
            _mm(board.average_short_interest[column]),
            _mm(board.profit[column]),
            f"{100 * board.profit_ratio[column]:.1f}",
        ]
        for column in order.tolist()
    ]
    head = ["symbol", "name", "cap at start", "cap at end", "tier", "avg SI, mm", "P&L, mm", "P&L %"]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    marks = ["---" if place == 0 else "--:" for place in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, marks, *rows)]


def _ratio(row: GroupRow) -> float:
    return row.profit / row.average_short_interest if row.average_short_interest else float("nan")


def _pct(row: GroupRow) -> str:
    return "—" if row.profit_ratio is None else f"{100 * row.profit_ratio:.2f}"


def _bn(dollars: float | Floats) -> str:
    return _number(float(dollars) / 1e9, ".2f")


def _mm(dollars: float | Floats) -> str:
    return _number(float(dollars) / 1e6, ",.1f")


def _number(value: float, form: str) -> str:
    # Adding zero to what is rounded turns −0.00 into 0.00.
    digits = int(form[-2])
    return f"{round(value, digits) + 0.0:{form}}"


def _cap(dollars: float | Floats) -> str:
    return f"{float(dollars) / 1e9:,.2f} bn" if np.isfinite(dollars) else "—"


if __name__ == "__main__":
    main()
