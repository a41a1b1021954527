"""What happened to one name besides trading: splits, distributions, changes of ticker and what is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.prices.traded import splits_of_name

SYMBOL_CHANGED = "symbol"
"""The kind of an event by which a name has another ticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameEvent:
    """One event of one name."""

    session: date
    kind: str
    """`split`, `distribution`, `symbol`, or the rule of what is doubtful."""
    words: str
    price_ratio: float | None
    """What a split multiplied earlier prices by, or which part of the price was distributed; None for others."""
    dollars: float | None
    """USD of the window's P&L that the decision changes or that hangs on it; None unknown, or nothing is decided."""


def events_of(board: Board, column: int) -> tuple[NameEvent, ...]:
    """The events of a name up to the last session, the newest first."""
    market = board.market
    splits = () if market.traded is None else splits_of_name(market.traded.splits, column, market.sessions)
    found = [
        NameEvent(
            session=market.sessions[row].astype(date),
            kind="split",
            words=f"applied: earlier prices × {factor:g}",
            price_ratio=factor,
            dollars=None,
        )
        # Row 0 stands for a split before the first session, whose day is not in view.
        for row, factor in splits
        if row > 0
    ]
    found += [
        NameEvent(
            session=doubt.session.astype("datetime64[D]").astype(date),
            kind=doubt.rule.word,
            words=doubt.evidence,
            price_ratio=1 - doubt.multiple if doubt.is_distribution else None,
            dollars=known_or_none(doubt.dollars),
        )
        for doubt in board.doubts_about(column)
    ]
    changes = [] if market.symbol_changes is None else market.symbol_changes.of_name(column)
    found += [
        NameEvent(
            session=session.astype("datetime64[D]").astype(date),
            kind=SYMBOL_CHANGED,
            words=f"was {old}, became {new}" + ("" if is_reported else ": by prices, no report tells of it yet"),
            price_ratio=None,
            dollars=None,
        )
        for old, new, session, is_reported in changes
    ]
    return tuple(sorted(found, key=lambda one: one.session, reverse=True))
