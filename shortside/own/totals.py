"""What the user's own positions come to: dollars, P&L, and where the short dollars lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.breadth import quotient
from shortside.listings import Flags, Floats
from shortside.own.figures import DECILES, OwnBook, OwnFigures

UNKNOWN_DECILE: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnShare:
    """Short dollars of one tier or of one tenth of the names by crowding."""

    label: str
    dollars: float
    """USD sold short, positive."""
    share: float
    """Of all the user's short dollars; NaN where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTotals:
    """Sums over all positions. An unknown figure is in no sum, and counted; a sum of nothing known is NaN."""

    shorts: int
    """Positions sold short."""
    longs: int
    """Positions bought: they count in `gross`, `net` and P&L, and in nothing that is said of shorts."""
    names: int
    """Different names, those without a price by the symbol they were written with."""
    without_price: int
    """Positions whose name has no price here."""
    ended: int
    """Positions whose name stopped trading: they have P&L, and no value."""
    short_dollars: float
    """USD sold short at the prices of the moment, positive."""
    long_dollars: float
    gross: float
    """`short_dollars` + `long_dollars`."""
    net: float
    """`long_dollars` − `short_dollars`."""
    profit: float
    profit_ratio: float
    """`profit` over the cost of the positions it is of."""
    profit_unknown: int
    profit_today: float
    profit_today_unknown: int
    carry: float
    """USD a year for the shorts whose fee is known."""
    carry_unknown: int
    """Shorts whose fee is not known."""
    by_tier: tuple[OwnShare, ...]
    """The scheme's tiers, the largest caps first, without those the user has nothing in."""
    by_decile: tuple[OwnShare, ...]
    """Tenths of the names by crowding, the most crowded, `10`, first; at the end those without a score."""


def totals_of(book: OwnBook, figures: OwnFigures) -> OwnTotals:
    """The sums of a book's figures of one moment."""
    placed, value = book.placed, figures.value
    has_value = np.isfinite(value)
    is_short = placed.is_short
    short_dollars = _sum(-value, has_value & is_short)
    long_dollars = _sum(value, has_value & ~is_short)
    profit = _sum(figures.profit, np.isfinite(figures.profit))
    cost = _sum(placed.cost, np.isfinite(figures.profit))
    is_nothing_known = not has_value.any()
    is_open_short = is_short & has_value
    return OwnTotals(
        shorts=int(is_short.sum()),
        longs=int((~is_short).sum()),
        names=len(_names(book)),
        without_price=int((~placed.is_priced).sum()),
        ended=int(placed.has_ended.sum()),
        short_dollars=np.nan if is_nothing_known else _or_zero(short_dollars),
        long_dollars=np.nan if is_nothing_known else _or_zero(long_dollars),
        gross=np.nan if is_nothing_known else _or_zero(short_dollars) + _or_zero(long_dollars),
        net=np.nan if is_nothing_known else _or_zero(long_dollars) - _or_zero(short_dollars),
        profit=profit,
        profit_ratio=float(quotient(np.array([profit]), np.array([cost]))[0]),
        profit_unknown=_unknown(figures.profit),
        profit_today=_sum(figures.profit_today, np.isfinite(figures.profit_today)),
        profit_today_unknown=_unknown(figures.profit_today),
        carry=_sum(figures.carry, np.isfinite(figures.carry)),
        carry_unknown=int((is_open_short & ~np.isfinite(figures.carry)).sum()),
        by_tier=_by_tier(book, figures, is_open_short),
        by_decile=_by_decile(figures, is_open_short),
    )


def _names(book: OwnBook) -> set[str | int]:
    columns = book.placed.columns.tolist()
    return {
        column if column >= 0 else position.symbol.upper()
        for column, position in zip(columns, book.placed.positions, strict=True)
    }


def _by_tier(book: OwnBook, figures: OwnFigures, among: Flags) -> tuple[OwnShare, ...]:
    labels = book.board.scheme.labels
    return _shares(labels, [among & (figures.tier_codes == code) for code in range(len(labels))], figures.value)


def _by_decile(figures: OwnFigures, among: Flags) -> tuple[OwnShare, ...]:
    deciles = range(DECILES, 0, -1)
    parts = [among & (figures.crowding_decile == decile) for decile in deciles]
    unscored = among & ~np.isfinite(figures.crowding_decile)
    return _shares([*map(str, deciles), UNKNOWN_DECILE], [*parts, unscored], figures.value)


def _shares(labels: list[str] | tuple[str, ...], parts: list[Flags], value: Floats) -> tuple[OwnShare, ...]:
    dollars = [float(-value[part].sum()) for part in parts]
    total = sum(dollars)
    return tuple(
        OwnShare(label=label, dollars=one, share=one / total if total else float("nan"))
        for label, part, one in zip(labels, parts, dollars, strict=True)
        if part.any()
    )


def _sum(values: Floats, known: Flags) -> float:
    """The sum of the known ones; NaN where none is."""
    return float(values[known].sum()) if known.any() else float("nan")


def _or_zero(value: float) -> float:
    """A side of the book in which there is nothing, beside one in which there is, is zero."""
    return 0.0 if np.isnan(value) else value


def _unknown(values: Floats) -> int:
    return int((~np.isfinite(values)).sum())
