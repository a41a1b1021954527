"""The sections of the validation page that show what our own rules decide, and what may still be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from docs._validation_evidence import (
    BEGIN,
    DAY,
    Evidence,
    Lines,
    billions,
    millions,
    rollup,
    table_of,
)
from shortside.arrays.gaps import with_gaps_carried
from shortside.board import Board, Desk
from shortside.corporate_actions.splits import restate
from shortside.listings import Flags, Floats, Indexes, Splits
from shortside.market import Market, market_of
from shortside.market_caps import MarketCaps
from shortside.rows import tier_table
from shortside.tiers import TierBasis
from shortside.view import View

SMALL: Final = ("small", "micro", "nano")
SUSPECT_JUMP: Final = 5.0
SUSPECT_DOLLARS: Final = 1e6


def tier_basis(evidence: Evidence) -> Lines:
    """Who moved between tiers, and what they carried."""
    board = evidence.board()
    start = rollup(evidence.board(basis=TierBasis.START))
    end = rollup(board)
    rows = [
        [b.label, billions(b.profit), billions(a.profit), billions(b.profit - a.profit)]
        for a, b in zip(start, end, strict=True)
    ]
    small_end, small_start = (np.isin(codes, _codes(board, SMALL)) for codes in (board.tier_codes, board.start_codes))
    known = board.start_codes < len(board.scheme.names)
    fell = board.was_held & small_end & ~small_start & known
    rose = board.was_held & ~small_end & small_start & (board.tier_codes < len(board.scheme.names))
    return [
        "## Tier basis",
        "",
        "Names that fell are small because they fell. P&L ytd by the cap at the end and at the start:",
        "",
        *table_of(["group", "by `end`", "by `start`", "migration"], rows),
        "",
        f"{np.count_nonzero(fell):,} names fell into small, micro or nano and brought"
        f" {billions(board.profit[fell].sum())}; {np.count_nonzero(rose):,} rose out of it and took"
        f" {billions(board.profit[rose].sum())} with them. The ten of them that carried most, P&L in millions:",
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
        f"{len(market.repaired_share_counts):,} names had {sum(market.repaired_share_counts.values()):,} days whose"
        " printed share count was below what is sold short, or more than threefold off its neighbours. The tier"
        " tables with the counts as printed (splits undone all the same):",
        "",
    ]
    moved = board.was_held & ((board.tier_codes != other.tier_codes) | (board.start_codes != other.start_codes))
    lines += table_of(
        ["group", "P&L as printed", "repaired", "P&L change, mm", "avg SI change, mm"],
        _mended(evidence.desk, unrepaired),
    )
    lines += ["", f"{np.count_nonzero(moved)} names have another tier at the window's start or end by it:", ""]
    lines += _retiered(board, other, moved)
    return [*lines, ""]


def _mended(repaired: Desk, unrepaired: Desk) -> list[list[str]]:
    rows = []
    for basis in TierBasis:
        mended, printed = (rollup(desk.board(View(basis=basis))) for desk in (repaired, unrepaired))
        for before, after in zip(printed, mended, strict=True):
            average = after.average_short_interest - before.average_short_interest
            rows.append(
                [
                    f"{after.label}, `{basis}`",
                    billions(before.profit),
                    billions(after.profit),
                    millions(after.profit - before.profit),
                    millions(average),
                ]
            )
    return rows


def _retiered(board: Board, other: Board, moved: Flags) -> Lines:
    return table_of(
        ["symbol", "start as printed", "start", "end as printed", "end", "avg SI, mm", "P&L, mm"],
        [
            [
                str(board.market.symbols[column]),
                *(
                    board.scheme.labels[codes[column]]
                    for codes in (other.start_codes, board.start_codes, other.tier_codes, board.tier_codes)
                ),
                millions(board.average_short_interest[column]),
                millions(board.profit[column]),
            ]
            for column in board.order(board.average_short_interest, among=moved)[:10]
        ],
    )


def _without_repair(evidence: Evidence) -> Market:
    """The market of the day with share counts as the source prints them, but on one split basis."""
    market = evidence.market
    printed = restate(evidence.listings)
    where = {symbol: column for column, symbol in enumerate(evidence.listings.symbols)}
    columns = [where[symbol] for symbol in market.symbols]
    first = int(np.searchsorted(evidence.listings.sessions, market.sessions[0]))
    rows = slice(first, first + len(market.sessions))
    counts = np.where(printed.shares_outstanding <= 0, np.nan, printed.shares_outstanding)
    close, carried = (with_gaps_carried(values[rows])[:, columns] for values in (printed.close, counts))
    caps = MarketCaps.of(close, carried)
    return replace(market, market_caps=caps, shares_outstanding=caps.at(-1).astype(np.float64) / market.close[-1])


def splits(evidence: Evidence) -> Lines:
    """What the market would be with splits not restated."""
    board = evidence.board()
    market = evidence.market
    naive = Desk(market_of(replace(evidence.listings, splits=Splits.none()), as_of=DAY, since=BEGIN)).board(View())
    wrong = naive.profit - board.profit
    rows = [
        [a.label, billions(b.profit), billions(a.profit)] for a, b in zip(rollup(board), rollup(naive), strict=True)
    ]
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
        *table_of(["group", "splits ignored", "restated"], rows),
        "",
        f"The worst of them is {market.symbols[column]}, split on {told}: P&L {millions(naive.profit[column])} mm"
        f" ignored, {millions(board.profit[column])} mm restated.",
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
                millions(profit),
                flagged,
            ]
        )
    flagged_columns = np.isin(market.symbols.astype(str), list(market.unexplained_splits)) & board.was_held
    return [
        "## What may still be wrong",
        "",
        f"Days on which a price rose or fell more than {SUSPECT_JUMP:.0f}-fold and shorts made or lost over"
        f" ${SUSPECT_DOLLARS / 1e6:.0f} mm; the last column says whether FINRA reports a split we do not know. Those"
        f" make {millions(from_splits)} mm of false P&L in a total of {billions(board.profit[board.was_held].sum())}"
        " bn. The others have no such mark: a jump alone does not tell a failed trial from a changed ticker.",
        "",
        *table_of(["symbol", "session", "close before", "close", "P&L that day, mm", "unknown split"], rows),
        "",
        f"FINRA flags a split nobody explains for {np.count_nonzero(flagged_columns)} of the names counted; their"
        f" P&L ytd is {millions(board.profit[flagged_columns].sum())} mm in all.",
        "",
    ]


def suspicious_days(board: Board) -> list[tuple[int, int, float]]:
    """(session, column, P&L in USD) of jumps no ordinary day brings, the most expensive first."""
    found = []
    for session in range(board.window.start + 1, board.window.end + 1):
        before, after = (board.market.close[row].astype(np.float64) for row in (session - 1, session))
        profit = board.book.positions.at(session - 1) * (before - after)
        jumped = (after > SUSPECT_JUMP * before) | (before > SUSPECT_JUMP * after)
        columns = np.flatnonzero(board.was_held & jumped & (np.abs(profit) > SUSPECT_DOLLARS)).tolist()
        found += [(session, column, float(profit[column])) for column in columns]
    return sorted(found, key=lambda item: (-abs(item[2]), item[1]))


def identity(evidence: Evidence) -> Lines:
    """Start, new, P&L, what turned up, and end, by every basis."""
    rows: list[list[str]] = []
    names: tuple[str, ...] = ()
    for basis in TierBasis:
        table = tier_table(evidence.board(basis=basis), with_trends=False)
        sums = table.reconciliation
        rows.append(
            [
                f"`{basis}`",
                billions(sums.start),
                billions(sums.new_short),
                billions(sums.profit),
                billions(sums.appeared),
                billions(sums.end),
                "rounding" if sums.is_explained else f"{abs(sums.unexplained):.0e}",
            ]
        )
        names = sums.appeared_names
    return [
        "## The identity",
        "",
        f"Start + new − P&L = end, ytd, but for {len(names)} positions that were short before their first close or"
        f" report of the year and are not new: {', '.join(names[:8])}, … What they were worth then stands under"
        " “turned up”:",
        "",
        *table_of(["basis", "start", "new short", "P&L", "turned up", "end", "left over, USD"], rows),
    ]


def _codes(board: Board, names: Sequence[str]) -> list[int]:
    return [board.scheme.names.index(name) for name in names]


def _names(evidence: Evidence, board: Board, among: Flags, count: int) -> Lines:
    market = evidence.market
    order: Indexes = board.order(np.abs(board.profit), among=among)[:count]
    start_cap = market.market_caps.at(board.window.start)
    rows = [
        [
            str(market.symbols[column]),
            str(market.names[column])[:32].strip(),
            _cap(start_cap[column]),
            _cap(board.market_cap[column]),
            f"{board.scheme.labels[board.start_codes[column]]} → {board.scheme.labels[board.tier_codes[column]]}",
            millions(board.average_short_interest[column]),
            millions(board.profit[column]),
            f"{100 * board.profit_ratio[column]:.1f}",
        ]
        for column in order.tolist()
    ]
    head = ["symbol", "name", "cap at start", "cap at end", "tier", "avg SI, mm", "P&L, mm", "P&L %"]
    return table_of(head, rows)


def _cap(dollars: float | Floats) -> str:
    return f"{float(dollars) / 1e9:,.2f} bn" if np.isfinite(dollars) else "—"
