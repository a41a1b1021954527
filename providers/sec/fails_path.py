"""What the SEC's files of fails to deliver say of one name, settlement day by settlement day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np

from providers.archive.vintages import Archive, newest_of_each_day
from providers.listings.symbols import squashed
from providers.parsing.columns import Columns, read_columns
from providers.sec.fails import FAILS
from shortside.datasets import Dataset
from shortside.one_name.fails import FailsPath
from shortside.sessions import in_utc


class FailsReading:
    """Gathers the balances of one name out of files. What is read later is believed."""

    def __init__(self, symbol: str) -> None:
        """Nothing is read yet.

        Args:
            symbol: in our spelling.
        """
        self.symbol = symbol
        self._spelling = squashed(symbol)
        self._days: dict[np.datetime64, tuple[datetime, float, float]] = {}
        self._of_this_file: set[np.datetime64] = set()

    def begin_file(self) -> None:
        """Say that what follows is of another file, whose days replace those read before."""
        self._of_this_file.clear()

    def add(self, columns: Columns, known_at: Callable[[date], datetime], quantity: str = "fails") -> None:
        """Take some rows of a file: every day they are of, and the name's balances on them.

        Args:
            columns: the rows.
            known_at: when the balances of a day were posted.
            quantity: the column of the balances.
        """
        days = columns.arrays["settlement_date"].astype("datetime64[D]")
        for day in np.unique(days):
            if day not in self._of_this_file:
                self._of_this_file.add(day)
                self._days[day] = (known_at(day.astype(date)), 0.0, float("nan"))
        spelt = np.array([squashed(text) == self._spelling for text in columns.vocabularies["symbol"]], bool)
        # A security that changes its number stands twice on a day; both are owed.
        for row in np.flatnonzero(spelt[columns.arrays["symbol"]]).tolist():
            posted, fails, price = self._days[days[row]]
            printed = float(columns.arrays["price"][row])
            balance = fails + float(columns.arrays[quantity][row])
            self._days[days[row]] = (posted, balance, printed if printed > 0 else price)

    def path(self, moment: datetime, since: date) -> FailsPath:
        """The days from one on whose balances were posted by a moment."""
        first = np.datetime64(since, "D")
        kept = sorted(day for day, one in self._days.items() if day >= first and one[0] <= moment)
        posted = [self._days[day][0].astimezone(UTC).replace(tzinfo=None) for day in kept]
        return FailsPath(
            symbol=self.symbol,
            days=np.array(kept, "datetime64[D]"),
            known_at=np.array(posted, "datetime64[us]"),
            fails=np.array([self._days[day][1] for day in kept], np.float64),
            price=np.array([self._days[day][2] for day in kept], np.float64),
        )


def read_fails(archive: Archive, symbol: str, moment: datetime, since: date) -> FailsPath:
    """One name's balances out of an archive, as known at a moment; empty where no file is kept. Blocks.

    Args:
        archive: where the files are.
        symbol: in our spelling.
        moment: what was posted after it is left out.
        since: the first settlement day wanted.

    Raises:
        ProviderError: a file can no longer be read.
    """
    reading = FailsReading(symbol)
    for vintage in newest_of_each_day(archive.vintages(Dataset.FAILS), in_utc(moment)):
        if vintage.as_of < since:
            continue
        reading.begin_file()
        known_at = vintage.known_at
        for columns in read_columns(vintage.path, FAILS):
            reading.add(columns, lambda _, known_at=known_at: known_at)  # type: ignore[misc]
    return reading.path(in_utc(moment), since)
