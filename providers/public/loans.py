"""Reads from the archive what the broker's list said over time, of a whole market or of one name."""

from __future__ import annotations

from datetime import date, datetime

from providers.archive.loan_looks import LoanLooks, LoansAt
from providers.archive.vintages import Archive
from providers.catalog import IBKR_BORROW
from providers.errors import NoDataError
from providers.listings.loan_columns import LoanColumns
from providers.listings.symbols import JoinSide, to_blanks
from shortside.listings import Texts
from shortside.loans.history import ONE_DAY, ONE_WEEK, LoanHistory, LoanState, history_of
from shortside.loans.path import LoanPath


def read_loan_archive(
    archive: Archive, ours: JoinSide, symbols: Texts, since: date, moment: datetime, until: date | None = None
) -> LoanHistory:
    """The looks of an archive as they were known at a moment.

    Args:
        archive: where the looks are.
        ours: the names of the market.
        symbols: (N,) their symbols.
        since: the first day of which closings are wanted.
        moment: what became known after it is left out.
        until: the last day whose looks count.

    Raises:
        NoDataError: there is no look by then.
        ArchiveError: a look can no longer be read.
    """
    looks, columns = LoanLooks(archive), LoanColumns(ours)
    newest = looks.at(moment, until)
    if newest is None:
        raise NoDataError(
            "the archive has no look at the list of stock loans by then: Interactive Brokers makes it anew every "
            "quarter of an hour, and each look is kept from the first one on that a monitor with --source public polls"
        )

    def state(look: LoansAt | None) -> LoanState | None:
        return None if look is None else _state(columns, look)

    now = _state(columns, newest)
    return history_of(
        symbols,
        IBKR_BORROW.name,
        (_state(columns, look) for look in looks.closings(since, moment, until)),
        now=now,
        day_ago=state(looks.at(now.known_at - ONE_DAY)),
        week_ago=state(looks.at(now.known_at - ONE_WEEK)),
    )


def _state(columns: LoanColumns, look: LoansAt) -> LoanState:
    loans = look.loans
    symbols = [symbol.decode("utf-8", "replace") for symbol in loans.symbols.tolist()]
    clocks = look.as_of, look.known_at, look.fetched_at
    return columns.state(clocks, symbols, (loans.fee, loans.available, loans.is_capped))


def read_loan_path(archive: Archive, symbol: str, since: date, moment: datetime) -> LoanPath:
    """One name at every look since a day, as known at a moment; a year takes some thirty milliseconds.

    Raises:
        ArchiveError: a look can no longer be read.
    """
    return LoanLooks(archive).path(symbol, (to_blanks(symbol), symbol), since, moment)
