"""What `snapshot` prints, as records: the contract other programs rely on, described in docs/contract.md.

Unknown is None, never zero; ratios are fractions; dollars are rounded to cents, and added up before they are rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.board import Board
from analytics.breadth import Breadth, breadth
from analytics.crowding import VERSION
from analytics.listings import Flags, Floats
from analytics.rows import GroupRow, NameRow, name_rows, sector_rows, tier_table
from analytics.snapshot import InputAge

if TYPE_CHECKING:
    from analytics.fund_figures import FundRow
    from providers._recorded import Recording

Record = dict[str, Any]
Document = dict[str, Any]

NAME_ORDERS: Final[dict[str, Callable[[Board], Floats]]] = {
    "crowding": lambda board: board.crowding.score,
    "squeeze": lambda board: board.crowding.squeeze,
    "short_interest": lambda board: board.short_interest,
    "shares_short": lambda board: board.shares_short,
    "short_float_ratio": lambda board: board.short_float_ratio,
    "short_outstanding_ratio": lambda board: board.short_outstanding_ratio,
    "days_to_cover": lambda board: board.days_to_cover,
    "borrow_fee": lambda board: board.borrow_fee,
    "new_short_30d": lambda board: board.new_short_30d,
    "new_short": lambda board: board.new_short,
    "new_short_cycle": lambda board: board.new_short_cycle,
    "profit": lambda board: board.profit,
    "profit_ratio": lambda board: board.profit_ratio,
}
"""By what `snapshot names` can be ranked."""
NAMED: Final = 8
"""Names spelt out in a note."""
NOWHERE: Final = "unknown"
"""What the sector without a name is called."""


class NoSectorError(LookupError):
    """Names are asked for of a sector that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChoice:
    """Which names are wanted, and in what order."""

    sort: str = "crowding"
    """A key of `NAME_ORDERS`; with a minus before it the smallest come first."""
    limit: int = 25
    """At most so many; 0 for all."""
    tier: str | None = None
    sector: str | None = None
    """As `sectors_of` spells it, in any case."""

    @property
    def column(self) -> str:
        """The key without its sign."""
        return self.sort.removeprefix("-")


def tiers_document(board: Board, inputs: tuple[InputAge, ...]) -> Document:
    """`shortside.tiers/1`: the tiers, S3's three groups, the total, and whether they add up."""
    table = tier_table(board, with_trends=False)
    identity = table.reconciliation
    return {
        **_head("tiers", board),
        "rows": [_tier(row) for row in table.rows],
        "rollup": [_tier(row) for row in table.rollup],
        "total": _tier(table.total),
        "reconciliation": {
            "start": usd(identity.start),
            "new_short": usd(identity.new_short),
            "profit": usd(identity.profit),
            "end": usd(identity.end),
            "residual": usd(identity.residual),
            "appeared": usd(identity.appeared),
            "appeared_names": list(identity.appeared_names),
        },
        "left_out": board.market.left_out(board.included),
        "inputs": [one.as_record() for one in inputs],
    }


def names_document(board: Board, inputs: tuple[InputAge, ...], choice: NameChoice) -> Document:
    """`shortside.names/1`: names held short in the window, ranked.

    Raises:
        KeyError: nothing can be ranked by `choice.sort`.
        NoSectorError: there is no such sector; the message names those there are.
    """
    among = board.was_held & _chosen(board, choice)
    order = board.order(NAME_ORDERS[choice.column](board), not choice.sort.startswith("-"), among)
    shown = order[: choice.limit] if choice.limit else order
    return {
        **_head("names", board),
        "crowding_version": VERSION,
        "sort": choice.sort,
        "names": len(order),
        "rows": [_name(row) for row in name_rows(board, shown)],
        "inputs": [one.as_record() for one in inputs],
    }


def sectors_document(board: Board, inputs: tuple[InputAge, ...]) -> Document:
    """`shortside.sectors/1`: a row per sector, the most shorted first, and the total."""
    return {
        **_head("sectors", board),
        "rows": [_sector(row) for row in sector_rows(board)],
        "total": _sector(tier_table(board, with_trends=False).total),
        "left_out": board.market.left_out(board.included),
        "inputs": [one.as_record() for one in inputs],
    }


def breadth_document(board: Board, inputs: tuple[InputAge, ...]) -> Document:
    """`shortside.breadth/1`: names and dollars whose shorts gained, lost and stood still, per tier and in total."""
    everyone = np.zeros(len(board.market.symbols), np.int64)
    average, labels = board.average_short_interest, board.scheme.labels
    tiers = breadth(board.profit, average, board.tier_codes, len(labels), board.included)
    total = breadth(board.profit, average, everyone, 1, board.included)
    return {
        **_head("breadth", board),
        "rows": [{"tier": label, **_breadth(tiers, row, board)} for row, label in enumerate(labels)],
        "total": {"tier": "total", **_breadth(total, 0, board)},
        "inputs": [one.as_record() for one in inputs],
    }


def flows_document(board: Board, inputs: tuple[InputAge, ...], funds: tuple[FundRow, ...]) -> Document:
    """`shortside.flows/1`: money into and out of exchange-traded funds, the largest fund first."""
    return {
        **_head("flows", board),
        "rows": [_fund(row) for row in funds],
        "inputs": [one.as_record() for one in inputs],
    }


def feeds_document(board: Board, inputs: tuple[InputAge, ...], notes: tuple[str, ...]) -> Document:
    """`shortside.feeds/1`: the inputs with their two clocks, and what is known to be wrong with them."""
    return {
        **_head("feeds", board),
        "rows": [
            {
                **one.as_record(),
                "state": one.freshness.state.value,
                "missed": one.freshness.missed,
                "due_next": None if one.freshness.due_next is None else one.freshness.due_next.isoformat(),
            }
            for one in inputs
        ],
        "repaired_share_counts": len(board.market.repaired_share_counts),
        "splits_applied": board.market.splits_applied,
        "unexplained_splits": list(board.market.unexplained_splits),
        "notes": [*notes, *board_notes(board)],
    }


def board_notes(board: Board) -> tuple[str, ...]:
    """What is to be known of the figures of a view, beside what its market's inputs are noted for."""
    columns = board.not_new
    if not len(columns):
        return ()
    book, market = board.book, board.market
    days = market.sessions[book.appeared_at[columns]]
    shown = [f"{market.symbols[column]} {day}" for column, day in zip(columns[:NAMED], days[:NAMED], strict=True)]
    more = ", …" if len(columns) > NAMED else ""
    noun = "position was" if len(columns) == 1 else "positions were"
    return (
        f"{len(columns):,} {noun} short before the first close or report, within the window, and so not new: "
        f"{', '.join(shown)}{more}",
    )


def recording_record(recording: Recording) -> Record:
    """What a document says of the recording it is out of: of which source, from when to when, and whether whole."""
    return {
        "source": recording.head.source,
        "began_at": recording.head.began_at.isoformat(),
        "ended_at": recording.ended_at.isoformat(),
        "is_whole": recording.is_whole,
    }


def sectors_of(board: Board) -> tuple[str, ...]:
    """The sectors there are, as documents spell them."""
    return tuple(name or NOWHERE for name in board.market.sector_names)


def usd(value: float | None) -> float | None:
    """Dollars to the cent, and no negative zero."""
    return None if value is None or not math.isfinite(value) else round(value, 2) + 0.0


def whole(value: float) -> int | None:
    """Shares, which come whole."""
    return round(value) if math.isfinite(value) else None


def ratio(value: float | None) -> float | None:
    """A fraction, score or quotient to eight places."""
    return None if value is None or not math.isfinite(value) else round(value, 8) + 0.0


def _head(panel: str, board: Board) -> Document:
    view, market, window = board.view, board.market, board.window
    return {
        "schema": f"shortside.{panel}/1",
        "as_of": market.last_session.isoformat(),
        "window": {
            "name": window.name,
            "start": _iso(window.start_date),
            "end": _iso(window.end_date),
            "missed": window.missed,
        },
        "tier_basis": view.basis.value,
        "positions": view.positions.value,
        "known": view.knowledge.value,
        "measured_to": None if board.measured_to is None else _iso(board.measured_to),
        "cycle": {"start": _iso(board.cycle.start_date), "end": _iso(board.cycle.end_date)},
        "hindsight_to": None if board.hindsight_to is None else _iso(board.hindsight_to),
        "source": "replay" if market.is_replayed else market.source,
        "simulated": market.is_simulated,
    }


def _iso(day: date) -> str:
    return day.isoformat()


def _group(row: GroupRow) -> Record:
    """What tiers and sectors both have."""
    return {
        "names": row.names,
        "average_short_interest": usd(row.average_short_interest),
        "short_interest_start": usd(row.short_interest_start),
        "short_interest_end": usd(row.short_interest_end),
        "profit": usd(row.profit),
        "profit_low": usd(row.profit_low),
        "profit_high": usd(row.profit_high),
        "profit_ratio": ratio(row.profit_ratio),
        "new_short": usd(row.new_short),
        "new_short_30d": usd(row.new_short_30d),
        "new_short_prior_30d": usd(row.new_short_prior_30d),
        "financing": usd(row.financing),
        "new_short_cycle": usd(row.new_short_cycle),
        "new_short_prior_cycle": usd(row.new_short_prior_cycle),
    }


def _tier(row: GroupRow) -> Record:
    return {
        "tier": row.label,
        "lower_bound": row.lower_bound,
        **_group(row),
        "migration": usd(row.migration),
        "gaining_names_ratio": ratio(row.gaining_names_ratio),
    }


def _sector(row: GroupRow) -> Record:
    return {
        "sector": row.label,
        **_group(row),
        "share_of_short_interest": ratio(row.share_of_short_interest),
        "gaining_names_ratio": ratio(row.gaining_names_ratio),
    }


def _name(row: NameRow) -> Record:
    return {
        "symbol": row.symbol,
        "name": row.name or None,
        "tier": row.tier,
        "sector": row.sector or None,
        "short_interest": usd(row.short_interest),
        "shares_short": round(row.shares_short),
        "short_float_ratio": ratio(row.short_float_ratio),
        "short_outstanding_ratio": ratio(row.short_outstanding_ratio),
        "days_to_cover": ratio(row.days_to_cover),
        "borrow_fee": ratio(row.borrow_fee),
        "on_threshold_list": row.on_threshold_list,
        "new_short_30d": usd(row.new_short_30d),
        "profit": usd(row.profit),
        "profit_ratio": ratio(row.profit_ratio),
        "crowding": ratio(row.crowding),
        "crowding_factors": {factor: ratio(score) for factor, score in row.crowding_factors.items()},
        "squeeze": ratio(row.squeeze),
        "tier_is_estimated": row.is_tier_estimated,
        "easy_to_borrow": row.is_easy_to_borrow,
        "new_short": usd(row.new_short),
        "new_short_cycle": usd(row.new_short_cycle),
        "reason": row.why_not_new or None,
    }


def _fund(row: FundRow) -> Record:
    return {
        "fund": row.symbol,
        "count_date": row.as_of.isoformat(),
        "shares_outstanding": whole(row.shares_outstanding),
        "nav": ratio(row.nav),
        "close": usd(row.close),
        "premium_ratio": ratio(row.premium_ratio),
        "net_assets": usd(row.net_assets),
        "flow": usd(row.flow),
        "flow_ratio": ratio(row.flow_ratio),
        "flow_1d": usd(row.flow_1d),
        "flow_5d": usd(row.flow_5d),
        "flow_30d": usd(row.flow_30d),
        "flow_prior_30d": usd(row.flow_prior_30d),
        "missing_sessions": row.missing_sessions,
        "shares_short": whole(row.shares_short),
        "settlement_date": None if row.settlement_date is None else row.settlement_date.isoformat(),
        "short_outstanding_ratio": ratio(row.short_outstanding_ratio),
    }


def _breadth(found: Breadth, row: int, board: Board) -> Record:
    """The counts and dollars of a group; unknown, all of them, where nobody's P&L is known."""
    record = {
        "names": round(float(found.names[row])),
        "names_gaining": round(float(found.gaining[row])),
        "names_losing": round(float(found.losing[row])),
        "names_flat": round(float(found.flat[row])),
        "gaining_names_ratio": ratio(float(found.gaining_names_ratio[row])),
        "dollars_gaining": usd(float(found.gaining_dollars[row])),
        "dollars_losing": usd(float(found.losing_dollars[row])),
        "dollars_flat": usd(float(found.flat_dollars[row])),
        "gaining_dollars_ratio": ratio(float(found.gaining_dollars_ratio[row])),
    }
    return record if board.is_window_known else dict.fromkeys(record)


def _chosen(board: Board, choice: NameChoice) -> Flags:
    """(N,) names of the tier and sector asked for."""
    chosen = np.ones(len(board.market.symbols), bool)
    if choice.tier is not None:
        chosen &= board.tier_codes == board.scheme.labels.index(choice.tier)
    if choice.sector is not None:
        sectors = [sector.casefold() for sector in sectors_of(board)]
        if choice.sector.casefold() not in sectors:
            raise NoSectorError(f"there is no sector {choice.sector}; choose one of {', '.join(sectors_of(board))}")
        chosen &= board.market.sectors == sectors.index(choice.sector.casefold())
    return np.asarray(chosen)
