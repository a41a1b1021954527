"""Reads the optional files of a market folder: what names are, their splits, their float and their borrow fees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from providers.errors import MalformedError
from providers.files.folder import BORROW_NAME
from providers.ibkr import list_file
from providers.listings.symbols import NO_COLUMN, JoinSide, SymbolJoin, canonical
from providers.parsing.columns import read_columns
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.listings import Borrow, Dates, Floats, Indexes, Splits, Texts
from shortside.loans.history import ONE_DAY, ONE_WEEK, may_stand
from shortside.schema import FLOAT, REFERENCE
from shortside.sessions import NEW_YORK
from shortside.settlement import cycle_of, is_settlement_date

MOST_LOOKS_KEPT: Final = 2**12
"""Files of looks whose moments are remembered: a walk asks for them again every day."""
TEXT_COLUMNS: Final = ("name", "sector", "industry", "country")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ReferenceTable:
    """What a file says of names, and from when on. R rows, by symbol and then by day."""

    numbers: dict[str, int]
    """Canonical symbol → its number in `keys`."""
    keys: Indexes
    """(R,) the symbol's number and the day from which the row holds, as one number that ascends."""
    starts: Indexes
    """(S + 1,) where the rows of each number begin."""
    words: dict[str, Texts]
    """(R + 1,) by field of `TEXT_COLUMNS`; the last one is empty, for what is unknown."""

    def numbers_of(self, symbols: Texts) -> Indexes:
        """(N,) the number of each symbol, which is canonical; `NO_COLUMN` of one that is not there."""
        return np.array([self.numbers.get(symbol, NO_COLUMN) for symbol in symbols], np.int64)

    def at(self, number: Indexes, until: np.datetime64 | Dates, knowledge: date | None = None) -> dict[str, Texts]:
        """Name, sector, industry and country of each symbol as of a day; (N,) each, empty where unknown.

        The row that holds on that day counts, or the symbol's first where it was described only later.

        Args:
            number: (N,) as `numbers_of` has them.
            until: the day, or (N,) each one's own.
            knowledge: what was described after this day is not known; None for all there is.
        """
        days = np.broadcast_to(until, len(number)).astype("datetime64[D]").astype(np.int64) + _EPOCH
        newest = _LAST_DAY if knowledge is None else _number_of(knowledge)
        begun = number * _DAYS
        held = np.searchsorted(self.keys, begun + np.minimum(days, newest), "right") - 1
        row = np.maximum(self.starts[number], held)
        unknown = len(self.keys)
        is_known = (number != NO_COLUMN) & (row < self.starts[number + 1])
        row[~is_known] = unknown
        is_known[is_known] = self.keys[row[is_known]] - begun[is_known] <= newest
        row[~is_known] = unknown
        return {name: words.take(row) for name, words in self.words.items()}


def read_reference(path: Path | None) -> ReferenceTable:
    """What the file says of names; of none where there is no file."""
    numbers: dict[str, int] = {}
    pieces = list(read_columns(path, REFERENCE)) if path else []
    parts = []
    for columns in pieces:
        spelt = map(canonical, columns.vocabularies["symbol"])
        ours = np.array([numbers.setdefault(symbol, len(numbers)) for symbol in spelt], np.int64)
        days = columns.arrays["valid_from"].astype(np.int64) + _EPOCH
        parts.append(ours[columns.arrays["symbol"]] * _DAYS + days)
    keys = np.concatenate([np.empty(0, np.int64), *parts])
    order = np.argsort(keys, kind="stable")
    words = {}
    for name in TEXT_COLUMNS:
        texts = [piece.vocabularies[name][piece.arrays[name]] for piece in pieces]
        words[name] = np.append(np.concatenate([np.empty(0, object), *texts])[order], [""])
    ascending = keys[order]
    starts = np.searchsorted(ascending, np.arange(len(numbers) + 1) * _DAYS)
    return ReferenceTable(numbers=numbers, keys=ascending, starts=starts, words=words)


_DAYS: Final = 2**32
_EPOCH: Final = 2**31
"""Added to a day's number, so that it is not negative."""
_LAST_DAY: Final = _DAYS - 1


def _number_of(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64)) + _EPOCH


def splits_among(
    events: pd.DataFrame | None, column: Indexes, until: np.datetime64, knowledge: date | None = None
) -> Splits:
    """The splits with an ex-date on or before a day, also those whose ratio cannot be or that another row contradicts.

    A share count that was never corrected, or not yet, has no date and no figure after.

    Args:
        events: the list, as `read_split_list` gives it; None where there is none.
        column: (E,) which name each is of; `NO_COLUMN` of one that is none.
        until: the last ex-date wanted.
        knowledge: what was corrected after this day was not yet; None for all there is.
    """
    if events is None:
        return Splits.none()
    ex_date = events["ex_date"].to_numpy().astype("datetime64[D]")
    ratio = events["simple_ratio"].to_numpy()
    is_kept = (column != NO_COLUMN) & (ex_date <= until)
    status = events["status"].to_numpy()
    corrected_on = np.where(
        status == "ok_same_day", ex_date, events["shares_corrected_on"].to_numpy().astype("datetime64[D]")
    )
    is_uncorrected = np.isin(status, ("never_matched", "pending"))
    if knowledge is not None:
        is_uncorrected |= corrected_on > np.datetime64(knowledge, "D")
    corrected_on[is_uncorrected] = np.datetime64("NaT")
    after = np.where(is_uncorrected, np.nan, events["shares_after"].to_numpy())
    return Splits(
        column=column[is_kept],
        ex_date=ex_date[is_kept],
        price_factor=ratio[is_kept],
        shares_before=events["shares_before"].to_numpy()[is_kept],
        shares_after=after[is_kept],
        shares_corrected_on=corrected_on[is_kept],
    )


FloatLists = dict[date, tuple[JoinSide, Floats]]
"""By the day a float is of: symbols, each once, and their public floats."""


def newest_float(
    lists: FloatLists, join: SymbolJoin, until: date, knowledge: date | None = None
) -> tuple[Floats, np.datetime64, tuple[str, ...]]:
    """Public float of each name on the newest day not after `until`, that day (NaT for none), and notes.

    A float is printed beside FINRA's report of its settlement, so that it is known no sooner. With `knowledge`, what
    was printed after that day is left out.
    """
    days = [day for day in lists if day <= until and (knowledge is None or _is_printed(day, knowledge))]
    if not days:
        return join.spread([], np.empty(0))[0], np.datetime64("NaT", "D"), ()
    day = max(days)
    symbols, public_float = lists[day]
    is_impossible = public_float <= 0
    notes = (f"{int(is_impossible.sum())} floats of zero or less in the newest list are taken for unknown",)
    (known,) = join.spread(symbols, np.where(is_impossible, np.nan, public_float))
    return known, np.datetime64(day, "D"), notes if is_impossible.any() else ()


def _is_printed(day: date, knowledge: date) -> bool:
    """Whether a float of a day was public on another; one of no settlement is known from its own day on."""
    return (cycle_of(day).publication_date if is_settlement_date(day) else day) <= knowledge


def read_floats(path: Path | None) -> FloatLists:
    """All lists of floats; none where there is no file."""
    frames = [
        pd.DataFrame(
            {
                "symbol": columns.vocabularies["symbol"][columns.arrays["symbol"]],
                "day": columns.arrays["settlement_date"],
                "public_float": columns.arrays["public_float"],
            }
        )
        for columns in (read_columns(path, FLOAT) if path else ())
    ]
    if not frames:
        return {}
    rows = pd.concat(frames, ignore_index=True).drop_duplicates(["day", "symbol"])
    days = rows["day"].to_numpy().astype("datetime64[D]")
    lists = ((day, rows[days == day]) for day in np.unique(days))
    return {
        day.astype(date): (JoinSide.of_symbols(part["symbol"].tolist()), part["public_float"].to_numpy(np.float64))
        for day, part in lists
    }


BorrowLook = list_file.BorrowLook | str
"""A look at the stock loan desk, or why it is passed over."""


def borrow_look_by(
    paths: tuple[Path, ...], join: SymbolJoin, until: date, look_at: Callable[[Path], BorrowLook]
) -> tuple[Borrow | None, tuple[str, ...]]:
    """The newest look at the stock loan desk not after `until` that is whole, and notes on those that are not.

    Args:
        paths: of the looks, oldest first.
        join: finds the names.
        until: the last day.
        look_at: reads one of them, as `read_borrow_look` does.
    """
    notes: tuple[str, ...] = ()
    for path in reversed(paths):
        name = BORROW_NAME.fullmatch(path.name)
        if name is None or name[1] > f"{until:%Y%m%d}":
            continue
        look = look_at(path)
        if isinstance(look, str):
            # Borrow fees are an extra: an older look, or none, is better than no market.
            notes += (f"{path.name} is passed over: {look}",)
            continue
        rows = look.rows
        fee, available, is_capped = join.spread(
            look.listed, rows["fee"].to_numpy(), rows["available"].to_numpy(), rows["is_capped"].to_numpy()
        )
        as_of = np.datetime64(look.as_of, "D")
        source = f"Interactive Brokers, {name[2][:2]}:{name[2][2:]} New York"
        borrow = Borrow(
            fee=fee,
            available=available,
            is_capped=is_capped == 1,
            as_of=as_of,
            source=source,
            fee_day_ago=_fee_before(paths, look.made_at, ONE_DAY, join, look_at),
            fee_week_ago=_fee_before(paths, look.made_at, ONE_WEEK, join, look_at),
        )
        return borrow, notes
    return None, notes


def _fee_before(
    paths: tuple[Path, ...], made_at: datetime, span: timedelta, join: SymbolJoin, look_at: Callable[[Path], BorrowLook]
) -> Floats | None:
    """The fees of the newest look made by some time before another one; None where none is, or it is too old."""
    moment = made_at - span
    for path in reversed(paths):
        at = _looked_at(path.name)
        if at is None or at > moment:
            continue
        if not may_stand(at, moment):
            return None
        look = look_at(path)
        if not isinstance(look, str):
            (fee,) = join.spread(look.listed, look.rows["fee"].to_numpy())
            return fee
    return None


@lru_cache(maxsize=MOST_LOOKS_KEPT)
def _looked_at(name: str) -> datetime | None:
    """When a file's look was made, as its name says; None of another file."""
    told = BORROW_NAME.fullmatch(name)
    return None if told is None else datetime.strptime(told[1] + told[2], "%Y%m%d%H%M").replace(tzinfo=NEW_YORK)


def read_borrow_look(path: Path) -> BorrowLook:
    """One look at the stock loan desk, or why it cannot be read."""
    try:
        return list_file.parse_borrow_list(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name)
    except (MalformedError, OSError, *GZIP_DAMAGE) as error:
        return str(error)
