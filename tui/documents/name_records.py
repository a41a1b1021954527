"""The parts of the document `symbol` beside its settlements: fails, lists, off-exchange, revisions, peers, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.listings import Floats
from shortside.loans.days import days_of
from shortside.loans.path import LoanPath
from shortside.one_name.events import events_of
from shortside.one_name.fails import fails_days, recent_fails
from shortside.one_name.peers import peers_of, rank_among
from shortside.publications.revisions import revisions_of
from tui.documents.kind import Document, Record
from tui.documents.values import records, rounded_ratio
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from tui.sources.name_records import NameRecords

MOST_PEERS: Final = 25
"""Peers that are listed, the most crowded first; the name itself is always among them."""


class RecordPart(NamedTuple):
    """A part of the document: its key, what it is, and its keys."""

    key: str
    words: str
    fields: tuple[Field, ...]


FAILS_FIELDS: Final = (
    Field("settlement_date", Unit.DAY, "the day the balance speaks of", page=PageColumn("settled", 10)),
    Field(
        "known_on",
        Unit.DAY,
        "the day the SEC posted it, or was to by its calendar where nobody kept the moment",
        page=PageColumn("known", 10),
    ),
    Field(
        "fails",
        Unit.SHARES,
        "the balance not delivered, on that day's split basis; zero where the file has no row",
        page=PageColumn("fails", 12),
    ),
    Field(
        "dollars", Unit.DOLLARS, "at the price the SEC prints; null where it prints none", page=PageColumn("dollars", 8)
    ),
    Field(
        "outstanding_ratio",
        Unit.RATIO,
        "of the shares outstanding that day; null where nobody counted them",
        page=PageColumn("of out", 8),
    ),
    Field(
        "is_over",
        Unit.TRUTH,
        "10,000 shares or more and 0.5 % of the shares outstanding or more",
        page=PageColumn("over", 4),
    ),
)
RECENT_FIELDS: Final = (
    Field("days_looked_at", Unit.COUNT, "settlement days of the last 35 calendar days whose file is at hand"),
    Field("days_over", Unit.COUNT, "those on which the balance was as large as a threshold security's"),
    Field("days_unknown", Unit.COUNT, "those of which it cannot be said: nobody counted the shares outstanding"),
    Field("days_in_a_row", Unit.COUNT, "the days over it that end with the newest at hand; five put it on a list"),
)
THRESHOLD_FIELDS: Final = (
    Field("days_listed", Unit.COUNT, "on how many of the lists it is", page=PageColumn("on it", 6)),
    Field(
        "days_looked_at",
        Unit.COUNT,
        "how many lists of its exchange are kept",
        lambda one: len(one.days),
        page=PageColumn("lists", 6),
    ),
    Field("first_day", Unit.DAY, "of the oldest of them", page=PageColumn("oldest", 10)),
    Field("last_day", Unit.DAY, "of the newest of them", page=PageColumn("newest", 10)),
    Field(
        "last_listed",
        Unit.DAY,
        "the newest day it was on one; null where it was on none of them",
        page=PageColumn("last on it", 10),
    ),
)
SHORT_VOLUME_FIELDS: Final = (
    Field("session", Unit.DAY, "the session", page=PageColumn("session", 10)),
    Field(
        "short_volume",
        Unit.SHARES,
        "shares sold short off exchange; it is not short interest",
        page=PageColumn("sold short", 14),
    ),
    Field("total_volume", Unit.SHARES, "shares traded off exchange", page=PageColumn("traded", 14)),
    Field("ratio", Unit.RATIO, "the one over the other; null where nothing traded", page=PageColumn("short", 8)),
)
REVISION_FIELDS: Final = (
    Field("settlement_date", Unit.DAY, "the settlement that was revised", page=PageColumn("settled", 10)),
    Field("published", Unit.DAY, "the day its first figure was published", page=PageColumn("published", 10)),
    Field(
        "revised",
        Unit.DAY,
        "the day the figure that holds was: that of the next settlement",
        page=PageColumn("known", 10),
    ),
    Field(
        "shares_before",
        Unit.SHARES,
        "as first published; null where the name was not reported then",
        page=PageColumn("first", 12),
    ),
    Field("shares_after", Unit.SHARES, "as revised", page=PageColumn("revised", 12)),
    Field(
        "profit_effect",
        Unit.DOLLARS,
        "the window's P&L as revised less the one as first published; null unknown",
        page=PageColumn("P&L by it", 9, is_signed=True),
    ),
)
PEER_FIELDS: Final = (
    Field("symbol", Unit.WORDS, "the name", page=PageColumn("peer", 8)),
    Field(
        "crowding_rank",
        Unit.COUNT,
        "its place by crowding among all peers; null where it has no score",
        page=PageColumn("rank", 6),
    ),
    Field("crowding", Unit.NUMBER, "0 to 100", page=PageColumn("crowd", 7)),
    Field("short_interest", Unit.DOLLARS, "at the last price", page=PageColumn("SI $", 8)),
    Field("short_outstanding_ratio", Unit.RATIO, "shares short over shares outstanding", page=PageColumn("of out", 8)),
    Field("profit", Unit.DOLLARS, "the shorts' P&L in the window", page=PageColumn("P&L", 9, is_signed=True)),
)


def _ratio_cell(record: Record, width: int, glyphs: Any) -> str:
    """A split's ratio or a distribution's part, whose digits behind the second may be all there is of it."""
    from widgets.format import number

    return number(record["price_ratio"], width, decimals=4, glyphs=glyphs)


EVENT_FIELDS: Final = (
    Field("session", Unit.DAY, "the day it took effect", page=PageColumn("day", 10)),
    Field(
        "kind",
        Unit.WORDS,
        "`split`, `distribution`, `symbol`, or the rule of what is doubtful",
        page=PageColumn("what", 16),
    ),
    Field("words", Unit.WORDS, "what was seen or done", page=PageColumn("seen", 34)),
    Field(
        "price_ratio",
        Unit.NUMBER,
        "what a split multiplied earlier prices by; the part of the price distributed",
        page=PageColumn("ratio", 9, written=_ratio_cell),
    ),
    Field(
        "dollars",
        Unit.DOLLARS,
        "of the window's P&L that hang on it; null where nothing does, or nobody knows",
        page=PageColumn("dollars", 8, is_signed=True),
    ),
)
LOAN_DAY_FIELDS: Final = (
    Field("day", Unit.DAY, "the day of the looks, New York time", page=PageColumn("day", 10)),
    Field("known_at", Unit.MOMENT, "when the day's last look was made public"),
    Field("looks", Unit.COUNT, "how many looks of that day are kept", page=PageColumn("looks", 6)),
    Field(
        "is_listed", Unit.TRUTH, "whether the last look has the name; where not, nothing else of it is known",
        page=PageColumn("listed", 6),
    ),
    Field("fee", Unit.RATIO, "annual, a fraction, at the last look", page=PageColumn("fee", 8)),
    Field(
        "fee_change", Unit.RATIO, "less that of the day with looks before; null where either is unknown",
        page=PageColumn("change", 8, is_signed=True),
    ),
    Field("lowest_fee", Unit.RATIO, "of the day's looks", page=PageColumn("lowest", 8)),
    Field("highest_fee", Unit.RATIO, "of the day's looks", page=PageColumn("highest", 8)),
    Field("available", Unit.SHARES, "shares that can be borrowed, at the last look", page=PageColumn("avail", 12)),
    Field("is_capped", Unit.TRUTH, "whether `available` is only a lower bound"),
    Field("least_available", Unit.SHARES, "of the day's looks", page=PageColumn("least", 12)),
)  # fmt: skip
LOOK_FIELDS: Final = (
    Field("known_at", Unit.MOMENT, "when the list was made public"),
    Field("fetched_at", Unit.MOMENT, "when it was looked at"),
    Field("is_listed", Unit.TRUTH, "whether the name was on it"),
    Field("fee", Unit.RATIO, "annual, a fraction"),
    Field("available", Unit.SHARES, "shares that can be borrowed"),
    Field("is_capped", Unit.TRUTH, "whether `available` is only a lower bound"),
)
"""A look at the list of stock loans."""
RECORD_PARTS: Final = (
    RecordPart("fails", "is null where no file is kept; else `recent` and `days`, the newest first:", FAILS_FIELDS),
    RecordPart("fails.recent", "counts the last 35 days:", RECENT_FIELDS),
    RecordPart("threshold_lists", "counts the lists of its exchange that are kept; null for none:", THRESHOLD_FIELDS),
    RecordPart(
        "off_exchange",
        "has `last_ratio`, `mean_ratio` of 20 sessions, `rank` (which part of all had less), and `sessions`, the "
        "newest first; null where no file is kept:",
        SHORT_VOLUME_FIELDS,
    ),
    RecordPart(
        "borrow",
        "is the path of its fee over a year: `source`, `count` of the looks, and `days`, the newest first; null where "
        "no look is kept:",
        LOAN_DAY_FIELDS,
    ),
    RecordPart("borrow.looks", "are the looks of the newest of those days, the newest first:", LOOK_FIELDS),
    RecordPart("revisions", "are FINRA's, the newest settlement first:", REVISION_FIELDS),
    RecordPart("peers", "share its sector and tier: `count`, and the most crowded in `rows`:", PEER_FIELDS),
    RecordPart(
        "events", "are its splits, distributions, changes of ticker and doubts, the newest first:", EVENT_FIELDS
    ),
)
"""What the contract says of the parts. `lacks` says by part, in words, what would fill one that is null."""


def record_keys(board: Board, column: int, kept: NameRecords) -> Record:
    """The parts of a name's document, by their keys."""
    return {
        "fails": _fails(board, column, kept),
        "threshold_lists": None if kept.threshold is None else records(THRESHOLD_FIELDS, [kept.threshold])[0],
        "off_exchange": _off_exchange(kept),
        "borrow": None if kept.loans is None else _loans_of(kept.loans),
        "revisions": records(REVISION_FIELDS, revisions_of(board, column)),
        "peers": _peers(board, column),
        "events": records(EVENT_FIELDS, events_of(board, column)),
        "lacks": dict(kept.lacks),
    }


def _fails(board: Board, column: int, kept: NameRecords) -> Record | None:
    if kept.fails is None:
        return None
    days = fails_days(board.market, column, kept.fails)
    recent = records(RECENT_FIELDS, [recent_fails(days, board.market.last_session)])[0]
    return {"recent": recent, "days": records(FAILS_FIELDS, days)}


def _off_exchange(kept: NameRecords) -> Record | None:
    sold = kept.sold_short
    if sold is None:
        return None
    rows = [
        {"session": day, "short_volume": short, "total_volume": total, "ratio": ratio}
        for day, short, total, ratio in zip(
            sold.sessions.astype("datetime64[D]").astype(object).tolist(),
            sold.short.tolist(),
            sold.total.tolist(),
            sold.ratio.tolist(),
            strict=True,
        )
    ]
    means = {key: rounded_ratio(getattr(sold, key)) for key in ("last_ratio", "mean_ratio", "rank")}
    return {**means, "sessions": records(_of_keys(SHORT_VOLUME_FIELDS), reversed(rows))}


def _loans_of(path: LoanPath) -> Record:
    days = days_of(path)
    newest = range(len(path) - 1, len(path) - 1 - days[-1].looks, -1)
    return {
        "source": path.source,
        "count": len(path),
        "days": records(LOAN_DAY_FIELDS, reversed(days)),
        "looks": records(_of_keys(LOOK_FIELDS), [_look(path, row) for row in newest]),
    }


def _look(path: LoanPath, row: int) -> Record:
    moments = (moment.astype(object).replace(tzinfo=UTC) for moment in (path.known_at[row], path.fetched_at[row]))
    known_at, fetched_at = moments
    is_listed = bool(path.is_listed[row])
    return {
        "known_at": known_at,
        "fetched_at": fetched_at,
        "is_listed": is_listed,
        "fee": known_or_none(path.fee[row]),
        "available": known_or_none(path.available[row]),
        "is_capped": bool(path.is_capped[row]) if is_listed else None,
    }


def _peers(board: Board, column: int) -> Record:
    peers = peers_of(board, column)
    listed = peers[:MOST_PEERS].tolist()
    if column not in listed:
        listed.append(column)
    values: dict[str, Floats] = {
        "crowding": board.crowding.score,
        "short_interest": board.short_interest,
        "short_outstanding_ratio": board.short_outstanding_ratio,
        "profit": board.profit,
    }

    def row(one: int) -> Record:
        rank = rank_among(board.crowding.score, peers, one)
        figures = {key: known_or_none(np.asarray(found)[one]) for key, found in values.items()}
        symbol = str(board.market.symbols[one])
        return {"symbol": symbol, "crowding_rank": None if rank is None else rank[0], **figures}

    return {"count": len(peers), "rows": records(_of_keys(PEER_FIELDS), map(row, listed))}


def _of_keys(fields: tuple[Field, ...]) -> list[Field]:
    """The fields of rows that are dictionaries."""
    return [field._replace(value=itemgetter(field.key)) for field in fields]


# -- the page for people ----------------------------------------------------------------------------------------------


def _fee_words(loans: Record, part: Callable[[float | None], str]) -> str:
    """How the fee went, from the oldest look kept to the newest."""
    first, last = loans["days"][-1], loans["days"][0]
    count = f"{loans['count']:,} looks on {len(loans['days']):,} days"
    return f"fee {part(first['fee'])} on {first['day']}, {part(last['fee'])} on {last['day']}, {count}"


def record_lines(document: Document, glyphs: Any) -> list[str]:
    """A sentence for each part, or what would fill it."""
    from widgets.format import count, dollars, percent

    def money(value: float | None, *, is_signed: bool = False) -> str:
        return dollars(value, 16, is_signed, glyphs=glyphs).strip()

    def part(ratio: float | None) -> str:
        return percent(ratio, 16, False, glyphs=glyphs).strip()

    def shares(value: float | None) -> str:
        return count(value, 16, glyphs=glyphs).strip()

    lines = []
    fails, lists, volume = (document[key] for key in ("fails", "threshold_lists", "off_exchange"))
    if fails is not None:
        newest, recent = fails["days"][0] if fails["days"] else None, fails["recent"]
        if newest is not None:
            lines.append(
                f"fails of {newest['settlement_date']} {shares(newest['fails'])} shares, {money(newest['dollars'])}, "
                f"{part(newest['outstanding_ratio'])} of outstanding, known {newest['known_on']}; over the threshold "
                f"on {recent['days_over']} of {recent['days_looked_at']} days looked at in the last 35"
            )
    if lists is not None:
        lines.append(
            f"on {lists['days_listed']} of {lists['days_looked_at']} threshold lists kept of its exchange, "
            f"{lists['first_day']} to {lists['last_day']}"
        )
    if volume is not None:
        lines.append(
            f"off exchange {part(volume['last_ratio'])} sold short in the last session, "
            f"{part(volume['mean_ratio'])} in 20; it is not short interest"
        )
    if document["borrow"] is not None:
        lines.append(_fee_words(document["borrow"], part))
    lines += [f"{key.replace('_', ' ')}: {words}" for key, words in document["lacks"].items()]
    lines += [
        f"{one['settlement_date']} revised {one['revised']}: {shares(one['shares_before'])} "
        f"{'->' if glyphs.is_ascii else '→'} {shares(one['shares_after'])} shares, "
        f"P&L {money(one['profit_effect'], is_signed=True)}"
        for one in document["revisions"]
    ]
    peers = document["peers"]
    own = next(one for one in peers["rows"] if one["symbol"] == document["symbol"])
    if own["crowding_rank"] is not None:
        lines.append(f"crowding rank {own['crowding_rank']} of {peers['count']} peers of its sector and tier")
    return lines
