"""The section of the validation page on whom S3 counts and we do not."""

from __future__ import annotations

import numpy as np

from docs._validation_evidence import DAY, Evidence, Lines, billions, millions, table_of
from docs._validation_tables import YTD
from shortside.board import Board
from shortside.listings import Texts
from shortside.market import Market
from shortside.rows import tier_table
from shortside.universe import SecurityKind, kind_of_unpriced

STILL_REPORTED = np.timedelta64(45, "D")
"""A security whose last report is older than this, before the day or after it, is not reported any more."""


def universe(evidence: Evidence) -> Lines:
    """Whom S3 counts and we do not."""
    market, board = evidence.market, evidence.board()
    theirs = evidence.published[YTD]["All U.S."]
    ours = tier_table(board, with_trends=False).total
    missing, kinds = market.unpriced, unpriced_kinds(market)
    like_stock = np.flatnonzero(
        (kinds == "no_price") & (missing.settlement_date >= np.datetime64(DAY) - STILL_REPORTED)
    )
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
