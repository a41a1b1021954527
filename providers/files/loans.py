"""Reads every look at a list of stock loans that a market folder holds, not the newest alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from providers.errors import MalformedError, NoDataError
from providers.files.folder import BORROW_NAME, files_of
from providers.ibkr.list_file import parse_borrow_list
from providers.listings.loan_columns import LoanColumns
from providers.listings.symbols import JoinSide
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.listings import Texts
from shortside.loans.history import LoanHistory, LoanState
from shortside.loans.states import history_of_states
from shortside.sessions import new_york_date

SOURCE = "Interactive Brokers"


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
    states = loan_states(directory, ours, moment, until)
    if not states:
        raise NoDataError(
            f"{directory} holds no look at a list of stock loans by then: "
            "put files borrow/ibkr_usa_YYYYMMDD_HHMM.txt there"
        )
    return history_of_states(symbols, SOURCE, states)


def newest_look_named(directory: Path, moment: datetime, until: date | None = None) -> date | None:
    """The day of the newest list by the names of the files, none of which is opened; None where there is none."""
    days = (_day_named(path.name) for path in files_of(directory / "borrow"))
    last = min(new_york_date(moment), until or date.max)
    return max((day for day in days if day is not None and day <= last), default=None)


def _day_named(name: str) -> date | None:
    found = BORROW_NAME.fullmatch(name)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None  # Eight digits that are no day.


def loan_states(directory: Path, ours: JoinSide, moment: datetime, until: date | None = None) -> list[LoanState]:
    """Every look known by a moment that is whole, in the order in which they became known."""
    columns = LoanColumns(ours)
    found = [
        state
        for state in _states(directory, columns)
        if state.known_at <= moment and (until is None or state.as_of <= until)
    ]
    return sorted(found, key=lambda one: one.known_at)


def _states(directory: Path, columns: LoanColumns) -> Iterator[LoanState]:
    for path in files_of(directory / "borrow"):
        if not BORROW_NAME.fullmatch(path.name):
            continue
        try:
            look = parse_borrow_list(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name)
        except (MalformedError, OSError, *GZIP_DAMAGE):
            continue  # The market's own notes name it.
        rows, made_at = look.rows, look.made_at.astimezone(UTC)
        # Nobody wrote down when the file was fetched.
        yield columns.state(
            (look.as_of, made_at, made_at),
            rows["symbol"].tolist(),
            (rows["fee"].to_numpy(), rows["available"].to_numpy(), rows["is_capped"].to_numpy(bool)),
        )
