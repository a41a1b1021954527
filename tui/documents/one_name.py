"""The document `symbol`: every figure of one name, its settlements, splits, distributions and doubts."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.lists.names import symbol_spelling
from shortside.one_name.history import Cycle, NameHistory, name_history, shown_cycles
from shortside.rows import name_rows
from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.name_records import RECORD_PARTS, record_keys, record_lines
from tui.documents.values import records, rounded_ratio
from tui.sources.name_records import name_records
from widgets.exported_names import name_fields, name_values
from widgets.fields import Field, PageColumn, Unit
from widgets.name_index import NameIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NEAREST: Final = 5
"""Symbols that are named where one is unknown."""
LONGEST_SYMBOL: Final = 40
"""Signs of a symbol that others are compared with: a longer one is near to none, and to compare it takes long."""
DESCRIPTIVE_KEYS: Final = frozenset(
    (
        *("symbol", "name", "tier", "sector", "tier_is_estimated", "price", "price_date", "market_cap"),
        *("shares_outstanding", "float_shares", "float_date", "borrow_fee", "easy_to_borrow", "available"),
        *("borrow_date", "on_threshold_list", "threshold_since", "trading_ended", "shares_are", "doubt"),
    )
)
"""Figures that are known of a name whose short interest nobody ever reported; the others are unknown then."""


def _profit(cycle: Cycle) -> float | None:
    return None if not cycle.is_known or cycle.price_effect is None else -cycle.price_effect


CYCLE_FIELDS: Final = (
    Field("settlement_date", Unit.DAY, "the day the shares speak of", page=PageColumn("settled", 10)),
    Field("published", Unit.DAY, "the day FINRA published it", page=PageColumn("published", 10)),
    Field(
        "shares_short",
        Unit.SHARES,
        "on the split basis of `as_of`; null where the file has no row of the name",
        page=PageColumn("shares", 13),
    ),
    Field(
        "shares_change", Unit.SHARES, "against the settlement before", lambda one: one.change, PageColumn("change", 12)
    ),
    Field(
        "profit",
        Unit.DOLLARS,
        "what the shorts made from the settlement before to this one; null where either is unknown",
        _profit,
        PageColumn("P&L", 9, is_signed=True),
    ),
    Field(
        "new_short",
        Unit.DOLLARS,
        "shorting less covering since the settlement before; null where the position stood there before",
        lambda one: one.new_short if one.is_known else None,
        PageColumn("new $", 9, is_signed=True),
    ),
    Field("short_interest", Unit.DOLLARS, "at the close of the settlement", page=PageColumn("SI $", 8)),
    Field(
        "days_to_cover",
        Unit.NUMBER,
        "`shares_short` over FINRA's volume of the cycle",
        page=PageColumn("DTC", 6),
    ),
    Field(
        "first_published", Unit.SHARES, "before FINRA revised it; null where it did not", lambda one: one.revised_from
    ),
    Field("is_known", Unit.TRUTH, "false where it was published after the day in view: no figure rests on it then"),
)
"""The keys of the rows, a settlement each."""
MORE_FIELDS: Final = (
    Field("price", Unit.NUMBER, "USD, on the split basis of `as_of`"),
    Field("price_date", Unit.DAY, "the day of `price`"),
    Field(
        "market_cap", Unit.DOLLARS, "the one its tier goes by; of an estimated share count where `tier_is_estimated`"
    ),
    Field("shares_outstanding", Unit.SHARES, "as counted last"),
    Field("float_shares", Unit.SHARES, "the public float; null where nobody gave one"),
    Field("float_date", Unit.DAY, "the day floats speak of"),
    Field("short_tradable_ratio", Unit.RATIO, "shares short / (float + shares short)"),
    Field(
        "shares_are",
        Unit.WORDS,
        "`settled` reported for `as_of`; `estimate` between two settlements; `held` since the last one; `ended` with"
        " the trading; `never reported`",
    ),
    Field("shares_known_to", Unit.DAY, "the last settlement reported of the name; null where none was"),
    Field("trading_ended", Unit.DAY, "the day of the last price of a name that stopped trading; else null"),
    Field("average_short_interest", Unit.DOLLARS, "mean over the window's sessions and the one before it"),
    Field("new_short_prior_30d", Unit.DOLLARS, "shorting less covering over the 30 days before the last 30"),
    Field("profit_low", Unit.DOLLARS, "the least P&L of the window if shares moved one way between settlements"),
    Field("profit_high", Unit.DOLLARS, "the most it may be"),
    Field("profit_1d", Unit.DOLLARS, "P&L of the last session"),
    Field("borrow_date", Unit.DAY, "the day `borrow_fee` and `available` speak of"),
    Field("threshold_since", Unit.DAY, "since when it is on a threshold list; null where it is on none"),
)
"""The keys of `figures` after those of `snapshot names`: what else the name's own screen says."""


def symbol_document(asked: DocumentRequest) -> DocumentContent:
    """The document of one name.

    Raises:
        SourceError: the market has no such name, or it is left out of it; the message says why.
    """
    board, column = asked.board, _column_of(asked)
    history = name_history(board, column)
    cycles = shown_cycles(history, bool(board.market.has_ended[column]))
    doubts = board.doubts_about(column)
    content: Record = {
        "symbol": history.symbol,
        "figures": _figures(board, history),
        "splits": _splits(board, history),
        "distributions": [
            {
                "session": str(doubt.session),
                "price_ratio": rounded_ratio(1 - doubt.multiple),
                "evidence": doubt.evidence,
            }
            for doubt in sorted(doubts, key=lambda one: one.session)
            if doubt.is_distribution
        ],
        **record_keys(board, column, name_records(asked.options, asked.loaded, column)),
        "rows": records(CYCLE_FIELDS, cycles),
    }
    return DocumentContent(content, asked.loaded.inputs, doubts)


# -- which name -------------------------------------------------------------------------------------------------------


def _column_of(asked: DocumentRequest) -> int:
    from tui.errors import SourceError
    from widgets.absent_names import NO_SYMBOL, why_absent

    board, index = asked.board, NameIndex(asked.board.market)
    symbol = asked.subject.strip().upper()
    column = index.column_of_upper.get(symbol, index.column_of_spelling.get(symbol_spelling(symbol)))
    if column is not None and board.included[column]:
        return column
    found = symbol if column is None else str(board.market.symbols[column])
    reason = why_absent(board, index, found, None)
    if reason:
        raise SourceError(reason)
    near = nearest_symbols(index, symbol)
    raise SourceError(f"{symbol}: {NO_SYMBOL}" + (f"; the nearest: {', '.join(near)}" if near else ""))


def nearest_symbols(index: NameIndex, written: str) -> list[str]:
    """The symbols of a market that one which is none may have meant, the likeliest first.

    Those spelt alike come before those that begin alike; then those of companies with the word in their names.
    """
    text = written.strip().upper()[:LONGEST_SYMBOL]
    if not text:
        return []
    symbols, names = index.column_of_upper, index.market.names

    def found() -> Iterator[str]:
        yield from get_close_matches(text, symbols, MOST_NEAREST, 0.7)
        yield from sorted((one for one in symbols if one.startswith(text)), key=lambda one: (len(one), one))
        yield from (one for one, place in symbols.items() if text in str(names[place]).upper())
        yield from get_close_matches(text, symbols, MOST_NEAREST, 0.5)

    return [str(index.market.symbols[symbols[one]]) for one in dict.fromkeys(found())][:MOST_NEAREST]


# -- its figures ------------------------------------------------------------------------------------------------------


def _figures(board: Board, history: NameHistory) -> Record:
    """The figures of `snapshot names` and those that only the screen of a name has."""
    place = np.array([history.column])
    more = records(MORE_FIELDS, [_MoreFigures(board, history)])[0]
    figures: Record = {**records(name_fields(), name_values(board, place))[0], **more}
    if more["shares_are"] == NEVER_REPORTED:
        # Nothing held and nothing gained are zeros for sums; of a name nobody ever reported they are not known.
        return {key: value if key in DESCRIPTIVE_KEYS else None for key, value in figures.items()}
    return figures


NEVER_REPORTED: Final = "never reported"


class _MoreFigures:
    """The figures of a name that `snapshot names` has not, under the keys of `MORE_FIELDS`."""

    def __init__(self, board: Board, history: NameHistory) -> None:
        market, column = board.market, history.column
        row = name_rows(board, np.array([column]))[0]
        self.price, self.price_date, self.market_cap = row.price, row.price_date, row.market_cap
        self.shares_outstanding = known_or_none(market.counted_shares[column])
        self.float_shares = known_or_none(market.float_shares[column])
        self.float_date = None if np.isnat(market.float_as_of) else market.float_as_of.astype("datetime64[D]").item()
        ratio = row.short_float_ratio
        self.short_tradable_ratio = None if ratio is None else ratio / (1 + ratio)
        self.shares_are = _how_known(board, history)
        self.shares_known_to = None if history.last_known is None else history.sessions[history.last_known].item()
        ended = market.sessions[market.last_priced[column]].item()
        self.trading_ended = ended if market.has_ended[column] else None
        self.average_short_interest = float(board.average_short_interest[column])
        self.new_short_prior_30d = row.new_short_prior_30d
        self.profit_low, self.profit_high, self.profit_1d = row.profit_low, row.profit_high, row.profit_today
        self.borrow_date = None if market.borrow is None else market.borrow.as_of.astype("datetime64[D]").item()
        threshold = market.threshold
        is_listed = threshold is not None and bool(threshold.is_listed[column])
        self.threshold_since = threshold.since[column].item() if is_listed and threshold is not None else None


def _how_known(board: Board, history: NameHistory) -> str:
    """Whether shares short are a settlement's own, an estimate, or carried on."""
    positions, last = board.book.positions, len(history.sessions) - 1
    if int(positions.entry[history.column]) > last:
        return NEVER_REPORTED
    if int(positions.exit[history.column]) < last:
        return "ended"
    if history.last_known == last:
        return "settled"
    return "estimate" if positions.progress(last) > 0 else "held"


def _splits(board: Board, history: NameHistory) -> list[Record] | None:
    """The splits of the sessions in view that were applied; None where nobody knows of any name's."""
    if board.market.traded is None:
        return None
    # Row 0 stands for a split before the first session, whose day is not in view.
    return [
        {"session": str(history.sessions[row]), "price_factor": rounded_ratio(factor)}
        for row, factor in history.splits
        if row > 0
    ]


# -- the page for people ----------------------------------------------------------------------------------------------


def symbol_headline(document: Document) -> str:
    """What follows the title of the page: the symbol and the company."""
    return f"{document['symbol']} · {document['figures']['name'] or 'name unknown'}"


def symbol_summary(document: Document, glyphs: Any) -> list[str]:
    """The figures of the page for people, a sentence for each part of the name's screen."""
    from widgets.format import count, dollars, number, percent

    figures = document["figures"]
    fields = {field.key: field for field in (*name_fields(), *MORE_FIELDS)}

    def said(key: str) -> str:
        value, unit = figures[key], fields[key].unit
        words = _LABELS.get(key, key.replace("_", " "))
        if unit is Unit.TRUTH:
            return f"{words} {glyphs.missing if value is None else 'yes' if value else 'no'}"
        if unit in (Unit.WORDS, Unit.DAY):
            return f"{words} {value or glyphs.missing}"
        if unit in (Unit.SHARES, Unit.COUNT):
            return f"{words} {count(value, 16, glyphs=glyphs).strip()}"
        if unit is Unit.NUMBER:
            return f"{words} {number(value, 12, decimals=2, glyphs=glyphs).strip()}"
        # A plus on what flows and what was made; a position has no sign.
        signed = key.startswith(("new_short", "profit"))
        return f"{words} {(percent if unit is Unit.RATIO else dollars)(value, 16, signed, glyphs=glyphs).strip()}"

    lines = [" · ".join(map(said, keys)) for keys in _SENTENCES]
    splits = document["splits"]
    if splits:
        lines.append("splits: " + ", ".join(f"{one['session']} price × {one['price_factor']:g}" for one in splits))
    lines += [f"distribution of {one['session']}: {one['evidence']}" for one in document["distributions"]]
    lines += record_lines(document, glyphs)
    lines += [f"DOUBTFUL {one['rule'].replace('_', ' ')}: {one['evidence']}" for one in document["doubtful"]]
    return lines


_SENTENCES: Final = (
    ("tier", "sector", "price", "price_date", "market_cap", "trading_ended"),
    ("shares_short", "shares_are", "shares_known_to", "short_interest", "short_float_ratio", "short_outstanding_ratio"),
    ("days_to_cover", "crowding", "squeeze", "on_threshold_list", "threshold_since"),
    ("new_short", "new_short_30d", "new_short_prior_30d", "new_short_cycle"),
    ("profit", "profit_low", "profit_high", "profit_ratio", "profit_1d"),
    ("borrow_fee", "available", "easy_to_borrow", "borrow_date"),
)
"""Which figures stand in one sentence of the page."""
_LABELS: Final = {
    "short_float_ratio": "of float",
    "short_outstanding_ratio": "of outstanding",
    "profit": "P&L",
    "profit_low": "at least",
    "profit_high": "at most",
    "profit_ratio": "of average short interest",
    "profit_1d": "P&L of the last session",
    "new_short_30d": "new short 30d",
    "borrow_date": "as of",
}
"""What figures are called on the page where their keys are no words."""


def symbol_remark() -> str:
    """What the contract says below the keys: those of `figures`."""
    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in MORE_FIELDS)
    head = "| key | meaning |\n|---|---|\n"
    tables = [f"`figures` has every key of `snapshot names`, and\n\n{head}{keys}"]
    for part in RECORD_PARTS:
        keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in part.fields)
        tables.append(f"`{part.key}` {part.words}\n\n{head}{keys}")
    return "\n\n".join(tables)
