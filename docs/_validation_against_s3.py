"""The sections of the validation page that stand beside what S3 Partners published."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import (
    DAY,
    Evidence,
    Lines,
    Published,
    billions,
    hindsight,
    millions,
    percent,
    ratio_of,
    rollup,
    table_of,
)
from shortside.board import Board, Desk
from shortside.listings import Texts
from shortside.market import Market, market_of
from shortside.positions import Knowledge, PositionsMethod
from shortside.rows import GroupRow, TierTable, tier_table
from shortside.tiers import TierBasis
from shortside.universe import SecurityKind, kind_of_unpriced
from shortside.windows import Window

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
BANKS: Final = ("FRC", "SIVB", "SBNY", "SI")
STORY: Final = ("ACHR", "ATSG", "AYX", "SAGE")
FIRST_REPUBLIC: Final = (1.63e9, 8.3996)
"""S3's P&L of First Republic shorts in 2023, USD, and its ratio to their average short interest."""


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
        mine = [
            row.label,
            f"{row.names:,}",
            billions(row.average_short_interest),
            billions(row.profit),
            billions(row.band),
            percent(row),
        ]
        if theirs is None:
            rows.append([*mine, "", "", "", "", ""])
            continue
        rows.append(
            [
                *mine,
                f"{theirs.count:,}",
                billions(theirs.average),
                billions(theirs.profit),
                f"{theirs.percent:.2f}",
                f"{100 * ratio_of(row) - theirs.percent:+.2f}",
            ]
        )
    ours = ["group", "names", "avg SI", "P&L", "± band", "P&L %"]
    return table_of([*ours, "S3 names", "S3 avg SI", "S3 P&L", "S3 P&L %", "points apart"], rows)


def decomposition(evidence: Evidence) -> Lines:
    """How much of each difference is size and how much is return."""
    rows = []
    for period, window in ((YTD, "ytd"), (AUGUST, AUGUST_WINDOW)):
        for row in rollup(evidence.board(window=window)):
            theirs = evidence.published[period].get(GROUPS[row.label])
            if theirs is not None:
                size, rate = split_difference(row, theirs)
                inside = row.profit_low <= theirs.profit <= row.profit_high
                cells = [
                    billions(row.profit - theirs.profit),
                    billions(size),
                    billions(rate),
                    "inside" if inside else "outside",
                ]
                rows.append([f"{row.label}, {window}", *cells])
    return [
        "## Size and return",
        "",
        "Our P&L less S3's is (our average SI − S3's) × S3's P&L % plus our average SI × (our P&L % − S3's). The last",
        "column says whether S3's P&L lies in the band our positions allow between settlements.",
        "",
        *table_of(["group (`end`)", "P&L apart", "from average SI", "from P&L %", "S3 in our band"], rows),
        "",
    ]


def split_difference(row: GroupRow, theirs: Published) -> tuple[float, float]:
    """The difference in P&L as a part from average short interest and a part from P&L %; they add up to it, USD."""
    their_ratio = theirs.profit / theirs.average
    size = (row.average_short_interest - theirs.average) * their_ratio
    return size, row.average_short_interest * (ratio_of(row) - their_ratio)


def universe(evidence: Evidence) -> Lines:
    """Whom S3 counts and we do not."""
    market, board = evidence.market, evidence.board()
    theirs = evidence.published[YTD]["All U.S."]
    ours = tier_table(board, with_trends=False).total
    missing, kinds = market.unpriced, unpriced_kinds(market)
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
        f"S3 counts {theirs.count:,} securities, which is more than are listed, so part of them trades over the"
        f" counter; ours are {ours.names:,} listed stocks that were short at some time in the window. Our average SI"
        f" is {billions(ours.average_short_interest)} to S3's {billions(theirs.average)} ({100 * apart:+.1f} %)."
        " Left out:",
        "",
        *table_of(
            ["kind", "securities", "shares short, millions", f"short dollars at {DAY}, bn"], left_out(board, kinds)
        ),
        "",
        "What has no price cannot be valued, so its dollars are unknown and never guessed. For scale:"
        f" {counted / 1e6:,.0f} m shares are counted, {each:.2f} dollars each; at as much the {len(like_stock):,}"
        f" without a price that look like stocks and are still reported would be {billions(scale)} bn. The largest"
        f" of them: {examples}. FINRA cuts names at 30 characters, so funds are among them.",
        "",
        *over_the_counter(evidence),
        "",
        *(f"- {note}." for note in evidence.listings.notes),
        "",
    ]


def unpriced_kinds(market: Market) -> Texts:
    """What each security without a price seems to be."""
    missing = market.unpriced
    each = zip(missing.symbols, missing.names, missing.market_classes, strict=True)
    return np.array([kind_of_unpriced(symbol, name, place) for symbol, name, place in each], object)


def left_out(board: Board, kinds: Texts) -> list[list[str]]:
    """Securities, shares and dollars of every kind that is not in stock totals."""
    market, missing, shares = board.market, board.market.unpriced, board.book.shares
    rows = []
    for kind in (kind for kind in SecurityKind if kind not in board.view.kinds):
        such = market.kinds == kind
        dollars = billions(board.short_interest[such].sum())
        rows.append([f"{kind.label}, priced", f"{np.count_nonzero(such):,}", millions(shares[such].sum()), dollars])
    for label in sorted(set(kinds)):
        such = kinds == label
        reported = millions(missing.shares_short[such].sum())
        rows.append(
            [f"{label}, no price".replace("no_price,", "like stock,"), f"{np.count_nonzero(such):,}", reported, "—"]
        )
    return rows


def over_the_counter(evidence: Evidence) -> Lines:
    """What FINRA reports besides listed securities."""
    rows = evidence.finra
    if rows is None:
        return []
    newest = rows.loc[rows["settlement_date"] == rows["settlement_date"].max()]
    is_otc = newest["market_class"] == "OTC"
    shares = newest["short_interest"].where(is_otc, 0).sum() / newest["short_interest"].sum()
    return [
        f"FINRA's file of {newest['settlement_date'].max()} also holds {int(is_otc.sum()):,} over-the-counter"
        f" securities beside {int((~is_otc).sum()):,} listed ones; {100 * shares:.1f} % of all shares short in it"
        " are theirs. They have no price here, and are the only securities numerous enough to make up S3's count.",
        "",
    ]


def positions(evidence: Evidence) -> Lines:
    """What the shares between settlements may change."""
    rows, profits = [], []
    for method in PositionsMethod:
        for knowledge in (Knowledge.REVISED, Knowledge.AS_KNOWN):
            groups = rollup(evidence.board(positions=method, knowledge=knowledge))
            profits.append([row.profit for row in groups])
            rows.append(
                [f"`{method}`, `{knowledge}`", *(f"{billions(row.profit)} ± {billions(row.band)}" for row in groups)]
            )
    spread = np.ptp(np.array(profits), axis=0)
    rows.append(["greatest less least", *(billions(value) for value in spread)])
    return [
        "## Positions between settlements",
        "",
        "Shares short are known twice a month. P&L (ytd, `end`) by each way of filling the days between; the band"
        " holds every path that moves one way between two settlements, added up as if all names erred together.",
        "",
        *table_of(["positions", *GROUPS], rows),
        "",
    ]


def august(evidence: Evidence) -> Lines:
    """Where August starts."""
    theirs = evidence.published[AUGUST]
    choices = (AUGUST_WINDOW, "since:2023-08-02")
    rows = []
    for window in choices:
        board = evidence.board(window=window)
        rows.append([f"close of {board.window.start_date}", *(billions(row.profit) for row in rollup(board))])
    rows.append(["S3", *(billions(theirs[name].profit) if name else "" for name in GROUPS.values())])
    return [
        "## Where August begins",
        "",
        'S3 says "since Aug 1" and not at which close its P&L starts. We start at the close before the first day, as in'
        " every window; starting a session later gives:",
        "",
        *table_of(["P&L from", *GROUPS], rows),
        "",
    ]


def story(evidence: Evidence) -> Lines:
    """The new small-cap shorts of the last settlement published by the day."""
    first, last = date(2023, 7, 31), date(2023, 8, 15)
    desk = Desk(market_of(evidence.listings, as_of=last))
    board = desk.board(hindsight(window=AUGUST_WINDOW))
    sessions = board.market.sessions
    start = int(np.searchsorted(sessions, np.datetime64(first)))
    cycle = Window(name="cycle", start=start, end=len(sessions) - 1, start_date=first, end_date=last)
    shares = board.book.positions
    change = (shares.at(cycle.end) - shares.at(cycle.start)) * board.book.price
    small = board.included & (board.tier_codes == board.scheme.names.index("small"))
    order = board.order(change, among=small)
    rows = [
        [str(place), str(board.market.symbols[column]), str(board.market.names[column])[:40], millions(change[column])]
        for place, column in enumerate(order[:10].tolist(), 1)
    ]
    symbols = board.market.symbols[order].tolist()
    places = ", ".join(
        f"{symbol} {symbols.index(symbol) + 1 if symbol in symbols else 'not small by our caps'}" for symbol in STORY
    )
    return [
        "## The story's new small-cap shorts",
        "",
        f"S3's story names {', '.join(STORY)} and $658 mm of net new small-cap shorts in 30 days. The last"
        f" settlement public on {DAY} was that of {last}; from {first} to it, priced at its close, small caps gained"
        f" {millions(change[small].sum())} mm. Largest, in mm:",
        "",
        *table_of(["", "symbol", "name", "new short"], rows),
        "",
        f"Places of the story's names: {places}.",
        "",
    ]


def banks(evidence: Evidence) -> Lines:
    """The banks that failed in the window."""
    market, board = evidence.market, evidence.board()
    profit, rate = FIRST_REPUBLIC
    step = evidence.board(positions=PositionsMethod.STEP)
    failed = int(np.flatnonzero(market.symbols == "FRC")[0])
    head = ["symbol", "last price on", "price", "P&L", "avg SI", "P&L %", "while traded", "left at the end"]
    rows = [_bank(board, int(column)) for name in BANKS for column in np.flatnonzero(market.symbols == name)]
    return [
        "## Banks that failed",
        "",
        "A position ends at its last price. Dollars in mm. P&L % divides by the average over the whole window, in"
        " which a name that is gone counts as nothing, and beside it over the days it traded. The last column is"
        " what the shares were still worth at the last price: at most that much more was earned since.",
        "",
        *table_of(head, rows),
        "",
        f"S3 says {billions(profit)} bn and {100 * rate:+.2f} % for First Republic, which makes its average short"
        f" interest {millions(profit / rate)} mm. By `step` ours are {millions(step.profit[failed])} mm on an"
        f" average of {millions(step.average_short_interest[failed])} mm: it matters what is"
        " assumed between two settlements when price and shares move together.",
        "",
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
