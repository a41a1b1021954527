"""Reads the looks at a list of stock loans that a market folder holds, not the newest alone: all names, or one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from providers.errors import MalformedError, NoDataError
from providers.files.folder import files_of
from providers.files.loan_names import day_named
from providers.ibkr.list_file import cut_to, parse_borrow_list
from providers.listings.loan_columns import LoanColumns
from providers.listings.symbols import JoinSide, SymbolJoin, squashed
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.listings import Texts
from shortside.loans.history import ONE_DAY, ONE_WEEK, LoanHistory, LoanState
from shortside.loans.path import LoanPath, NameLook, path_of_looks
from shortside.loans.states import history_of_states
from shortside.sessions import new_york_date

SOURCE: Final = "Interactive Brokers"
NO_LISTS: Final = "{} holds no look at a list of stock loans by then: put files borrow/ibkr_usa_YYYYMMDD_HHMM.txt there"
FIRST_LISTS: Final = 4
"""How many lists are read before the first path of a name is there; then twice as many, and so on."""
MOST_LISTS: Final = 256
"""How many are read between two paths at most."""


def read_loan_folder(
    directory: Path, ours: JoinSide, symbols: Texts, moment: datetime, until: date | None = None
) -> LoanHistory:
    """The looks of a folder as they were known at a moment.

    Args:
        directory: the folder.
        ours: the names of the market.
        symbols: (N,) their symbols.
        moment: what became known after it is left out.
        until: the last day whose looks count.

    Raises:
        NoDataError: there is no look by then.
        RefusedError: the folder may not be read.
    """
    states = _states(directory, LoanColumns(ours), moment, until)
    if not states:
        raise NoDataError(NO_LISTS.format(directory))
    return history_of_states(symbols, SOURCE, states)


def _states(directory: Path, columns: LoanColumns, moment: datetime, until: date | None) -> list[LoanState]:
    """The looks that a history is made of, in the order in which they became known.

    Of each day that is the last that can be read, and all looks of the days on which those of a day and a week before
    the newest are to be found: a list is made every quarter of an hour, and each is megabytes.
    """
    last = min(new_york_date(moment), until or date.max)
    files: dict[date, list[Path]] = {}
    for path in sorted(files_of(directory / "borrow"), key=lambda path: path.name):
        day = day_named(path.name)
        if day is not None and day <= last:
            files.setdefault(day, []).append(path)
    read: dict[Path, LoanState | None] = {}

    def known(path: Path) -> LoanState | None:
        if path not in read:
            state = _state(path, columns)
            is_known = state is not None and state.known_at <= moment and (until is None or state.as_of <= until)
            read[path] = state if is_known else None
        return read[path]

    days = sorted(files)
    closings = [state for day in days if (state := next(filter(None, map(known, reversed(files[day]))), None))]
    if not closings:
        return []
    newest = max(state.known_at for state in closings)
    for age in (ONE_DAY, ONE_WEEK):
        before = [day for day in days if day <= new_york_date(newest - age)]
        for path in files[before[-1]] if before else ():
            known(path)
    return sorted((state for state in read.values() if state is not None), key=lambda one: one.known_at)


def _state(path: Path, columns: LoanColumns) -> LoanState | None:
    """What a list says; None where it cannot be read."""
    try:
        look = parse_borrow_list(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name)
    except (MalformedError, OSError, *GZIP_DAMAGE):
        return None  # The market's own notes name it.
    rows, made_at = look.rows, look.made_at.astimezone(UTC)
    # Nobody wrote down when the file was fetched.
    return columns.state(
        (look.as_of, made_at, made_at),
        rows["symbol"].tolist(),
        (rows["fee"].to_numpy(), rows["available"].to_numpy(), rows["is_capped"].to_numpy(bool)),
    )


def read_name_paths(
    directory: Path,
    ours: JoinSide,
    column: int,
    moment: datetime,
    span: timedelta,
    until: date | None = None,
) -> Iterator[LoanPath]:
    """The path of one name as it is read, the newest lists first: each path is longer than the one before.

    Of a list no rows but the name's are read. Lists older than the span before the newest are not opened.

    Args:
        directory: the folder.
        ours: the names of the market.
        column: which of them.
        moment: what became known after it is left out.
        span: how far before the newest list the path goes back.
        until: the last day whose looks count.

    Raises:
        NoDataError: there is no list by then.
        RefusedError: the folder may not be read.
    """
    last = min(new_york_date(moment), until or date.max)
    days = [(day, path) for path in files_of(directory / "borrow") if (day := day_named(path.name)) and day <= last]
    if not days:
        raise NoDataError(NO_LISTS.format(directory))
    newest = max(day for day, _ in days)
    files = sorted((path for day, path in days if newest - day <= span), key=lambda path: path.name, reverse=True)
    one, looks, step = _OneName(ours, column), list[NameLook](), FIRST_LISTS
    while files:
        read, files = files[:step], files[step:]
        found = filter(None, map(one.look, read))
        looks += [look for look in found if look.known_at <= moment and new_york_date(look.known_at) <= last]
        looks.sort(key=lambda look: look.known_at)
        yield path_of_looks(one.symbol, SOURCE, looks, unread=len(files))
        step = min(2 * step, MOST_LISTS)


class _OneName:
    """Reads what a list says of one name of a market.

    Args:
        ours: the names of the market.
        column: which of them.
    """

    def __init__(self, ours: JoinSide, column: int) -> None:
        self.symbol = ours.symbols[column]
        self._join, self._column, self._key = SymbolJoin(ours), column, squashed(self.symbol)

    def look(self, path: Path) -> NameLook | None:
        """What the list in a file says; None where it cannot be read."""
        try:
            body = document_in(path, LARGEST_BORROW_LIST_BYTES)
            look = parse_borrow_list(cut_to(body, lambda symbol: squashed(symbol) == self._key, path.name), path.name)
        except (MalformedError, OSError, *GZIP_DAMAGE):
            return None  # The market's own notes name it.
        rows, made_at = look.rows, look.made_at.astimezone(UTC)
        mine = [place for place, found in enumerate(self._join.columns(look.listed)) if found == self._column]
        if not mine:
            return NameLook(known_at=made_at, fetched_at=made_at, is_listed=False)
        row = rows.iloc[mine[-1]]
        return NameLook(
            known_at=made_at,
            fetched_at=made_at,
            is_listed=True,
            fee=float(row["fee"]),
            available=float(row["available"]),
            is_capped=bool(row["is_capped"]),
        )
