"""Reads the looks at the list of stock loans, whether they are packed by the day or still files of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pyarrow.compute as pc

from providers.archive.loan_day import ListedLoans, LoanDay, LoanDayError
from providers.archive.loan_packing import LOAN_DAY_SUFFIX, LOAN_DAYS_FOLDER, loan_day_path
from providers.archive.vintages import Archive, ArchiveError, Vintage, columns_of
from providers.catalog import IBKR_BORROW
from providers.durable import PARTIAL_PREFIX
from shortside.datasets import Dataset
from shortside.listings import Floats
from shortside.loans.path import LoanPath
from shortside.sessions import in_utc, new_york_date

_COLUMNS: Final = ("symbol", "fee", "available", "is_capped")
_Found = TypeVar("_Found")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoansAt:
    """What the newest look by a moment said of every name on the list."""

    as_of: date
    """The day of the look, New York time."""
    known_at: datetime
    fetched_at: datetime
    looks: int
    """How many looks at that day were known by then."""
    loans: ListedLoans


@dataclass(frozen=True, eq=False, slots=True)
class _Look:
    """One look at a day: packed in a place of the day's file, or a vintage."""

    known_at: datetime
    fetched_at: datetime
    place: int
    vintage: Vintage | None


class LoanLooks:
    """The looks in one archive at the broker's list.

    Damaged files are passed over; `complaints` has a sentence on each. All methods block, and raise an ArchiveError
    where a file that is sound can no longer be read.
    """

    def __init__(self, archive: Archive) -> None:
        """Nothing is read yet."""
        self._archive = archive
        self.complaints: list[str] = []
        """What was passed over by the last call, one sentence each."""

    def days(self, since: date | None = None, until: date | None = None) -> list[date]:
        """The days of which there may be looks, ascending."""
        names = [path.name.removesuffix(LOAN_DAY_SUFFIX) for path in _listed(self._archive.root / LOAN_DAYS_FOLDER)]
        names += [path.name for path in _listed(self._archive.root / Dataset.BORROW.value)]
        found = {day for name in names if (day := _day_of(name)) is not None}
        return sorted(day for day in found if (since is None or day >= since) and (until is None or day <= until))

    def at(self, moment: datetime, until: date | None = None) -> LoansAt | None:
        """What the newest look known by a moment said; None where there is none.

        Args:
            moment: what became known after it is left out.
            until: the last day whose looks count; None for no other bound than the moment.
        """
        self.complaints.clear()
        last = new_york_date(moment)
        for day in reversed(self.days(until=last if until is None else min(last, until))):
            found = self._of_day(day, moment)
            if found is not None:
                return found
        return None

    def closings(self, since: date, moment: datetime, until: date | None = None) -> Iterator[LoansAt]:
        """The last look at each day that was known by a moment, oldest day first; days without one are left out."""
        self.complaints.clear()
        last = new_york_date(moment)
        for day in self.days(since, last if until is None else min(last, until)):
            found = self._of_day(day, moment)
            if found is not None:
                yield found

    def path(self, symbol: str, spellings: Sequence[str], since: date, moment: datetime) -> LoanPath:
        """One name's path; empty where there are no looks.

        Args:
            symbol: in our spelling.
            spellings: as the list may spell it, the likeliest first.
            since: the first day wanted.
            moment: what became known after it is left out.
        """
        self.complaints.clear()
        pieces = [self._path_of_day(day, spellings) for day in self.days(since, new_york_date(moment))]
        known_at, fetched_at, *values = (np.concatenate(one) for one in zip(_NOTHING, *pieces, strict=True))
        kept = known_at <= _stamp(moment)
        is_listed, fee, available, is_capped = (one[kept] for one in values)
        return LoanPath(
            symbol=symbol,
            source=IBKR_BORROW.name,
            known_at=known_at[kept],
            fetched_at=fetched_at[kept],
            is_listed=is_listed == 1,
            fee=np.where(is_listed == 1, fee, np.nan),
            available=np.where(is_listed == 1, available, np.nan),
            is_capped=(is_listed == 1) & (is_capped == 1),
        )

    # -- one day ------------------------------------------------------------------------------------------------

    def _of_day(self, day: date, moment: datetime) -> LoansAt | None:
        return _again(lambda: self._loans_of_day(day, moment))

    def _loans_of_day(self, day: date, moment: datetime) -> LoansAt | None:
        with ExitStack() as stack:
            packed = self._opened(day, stack)
            known = [one for one in self._looks(day, packed) if one.known_at <= moment]
            if not known:
                return None
            # Of looks made after the moment, which only a history has, the first tells most of it.
            made = [one for one in known if one.fetched_at <= moment]
            chosen = made[-1] if made else known[0]
            try:
                loans = _loans_of(chosen.vintage) if chosen.vintage else _listed_at(packed, chosen.place)
            except LoanDayError as error:
                raise ArchiveError(
                    f"{loan_day_path(self._archive.root, day)} can no longer be read: {error}"
                ) from error
            return LoansAt(
                as_of=day, known_at=chosen.known_at, fetched_at=chosen.fetched_at, looks=len(known), loans=loans
            )

    def _path_of_day(self, day: date, spellings: Sequence[str]) -> tuple[Floats, ...]:
        return _again(lambda: self._piece(day, spellings))

    def _piece(self, day: date, spellings: Sequence[str]) -> tuple[Floats, ...]:
        """When the looks became known and were made, and what they said of the name."""
        with ExitStack() as stack:
            packed = self._opened(day, stack)
            pieces = []
            if packed is not None:
                pieces.append((packed.known_at, packed.fetched_at, *self._said(packed, day, spellings)))
            pieces += [_piece_of(one, spellings) for one in self._singles(day, packed)]
        if not pieces:
            return _NOTHING
        if len(pieces) == 1:
            return pieces[0]
        joined = [np.concatenate(one) for one in zip(*pieces, strict=True)]
        order = np.lexsort((joined[1], joined[0]))
        return tuple(one[order] for one in joined)

    def _said(self, packed: LoanDay, day: date, spellings: Sequence[str]) -> tuple[Floats, ...]:
        try:
            for symbol in spellings:
                if rows := packed.rows_of(symbol, ("is_listed", *_COLUMNS[1:])):
                    return rows
        except LoanDayError as error:
            raise ArchiveError(f"{loan_day_path(self._archive.root, day)} can no longer be read: {error}") from error
        looks = len(packed.known_at)
        return np.zeros(looks), *[np.full(looks, np.nan)] * 3

    def _opened(self, day: date, stack: ExitStack) -> LoanDay | None:
        path = loan_day_path(self._archive.root, day)
        try:
            found = stack.enter_context(LoanDay(path))
            if found.as_of != day:
                raise LoanDayError(f"it is of {found.as_of}")
            return found
        except FileNotFoundError:
            return None
        except (OSError, LoanDayError) as error:
            words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self.complaints.append(f"{path} is passed over: {words}")
            return None

    def _looks(self, day: date, packed: LoanDay | None) -> list[_Look]:
        held = () if packed is None else zip(packed.known_at.tolist(), packed.fetched_at.tolist(), strict=True)
        found = [_Look(_aware(known), _aware(made), place, None) for place, (known, made) in enumerate(held)]
        found += [_Look(one.known_at, one.fetched_at, -1, one) for one in self._singles(day, packed)]
        return sorted(found, key=lambda one: (one.known_at, one.fetched_at))

    def _singles(self, day: date, packed: LoanDay | None) -> list[Vintage]:
        if packed is not None and packed.is_whole:
            return []
        names = frozenset() if packed is None else frozenset(packed.file_names)
        own = self._archive.vintages(Dataset.BORROW, day, names)
        self.complaints += self._archive.complaints
        return [one for one in own if one.source == IBKR_BORROW.name]


def damaged_days(root: Path) -> list[str]:
    """A sentence on each of an archive's packed days that cannot be read. Reads all of them: a year takes seconds."""
    found = []
    for path in sorted(_listed(root / LOAN_DAYS_FOLDER)):
        try:
            if path.suffix != LOAN_DAY_SUFFIX:
                raise LoanDayError("it is no day of stock loans")
            with LoanDay(path) as day:
                day.check()
        except (OSError, LoanDayError) as error:
            words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            found.append(f"{path} is passed over: {words}")
    return found


def _again(read: Callable[[], _Found]) -> _Found:
    """What is read; once more where a file went while it was: its look is in the day's file by then."""
    try:
        return read()
    except ArchiveError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        return read()


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(PARTIAL_PREFIX)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None  # Not ours; `doctor` speaks of it.


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> np.datetime64:
    return np.datetime64(in_utc(moment).replace(tzinfo=None), "us")


def _listed_at(packed: LoanDay | None, place: int) -> ListedLoans:
    if packed is None:
        raise LoanDayError("it is gone")
    return packed.listed_at(place)


def _loans_of(vintage: Vintage) -> ListedLoans:
    rows = columns_of(vintage, _COLUMNS)
    fee, available, is_capped = (rows[name].to_numpy().astype(np.float64) for name in _COLUMNS[1:])
    symbols = np.array([symbol.encode() for symbol in rows["symbol"].to_pylist()], np.bytes_)
    return ListedLoans(symbols=symbols, fee=fee, available=available, is_capped=is_capped == 1)


def _piece_of(vintage: Vintage, spellings: Sequence[str]) -> tuple[Floats, ...]:
    """What a look that is a file of its own said of a name."""
    rows = columns_of(vintage, _COLUMNS)
    places = (pc.index(rows["symbol"], symbol).as_py() for symbol in spellings)
    place = next((one for one in places if one >= 0), None)
    said = [np.nan] * 3 if place is None else [rows[name][place].as_py() for name in _COLUMNS[1:]]
    numbers = [float("nan") if one is None else float(one) for one in said]
    stamps = [np.array([_stamp(one)], "datetime64[us]") for one in (vintage.known_at, vintage.fetched_at)]
    return (*stamps, np.array([float(place is not None)]), *(np.array([one]) for one in numbers))


_NOTHING: Final = (*[np.empty(0, "datetime64[us]")] * 2, *[np.empty(0)] * 4)
