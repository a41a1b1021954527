"""Asks the SEC for fails to deliver: balances per security and settlement date, in half-months.

https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data: a zip with one text file, separated by pipes. The
first half of a month is posted about its end, the second about the 15th of the next. A figure is the balance
outstanding, long and short sales alike, not new fails.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from providers.catalog import SEC_FAILS, WWW_SEC
from providers.errors import MalformedError, NoDataError, ProviderError, RefusedError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form, posted_at
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, leave_out
from providers.parsing.snapshots import snapshot_by
from providers.parsing.unpacking import LARGEST_FAILS_BYTES, unzipped
from providers.sec.common import is_nameless, with_advice
from providers.sec.fails_index import FailsIndex, FailsPage
from shortside.column_cells import Columns
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import new_york_date

PATH: Final = "/files/data/fails-deliver-data/{name}.zip"
HEADER: Final = ("SETTLEMENT DATE", "CUSIP", "SYMBOL", "QUANTITY (FAILS)", "DESCRIPTION", "PRICE")
FAILS: Final = FrameSchema(
    Dataset.FAILS,
    (
        Column(name="settlement_date", kind=ColumnKind.DATE),
        Column(name="cusip", kind=ColumnKind.TEXT),
        Column(name="symbol", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="fails", kind=ColumnKind.SHARES, unit="shares", minimum=0),
        Column(name="description", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="price", kind=ColumnKind.MONEY, unit="USD a share, previous close", is_nullable=True, minimum=0),
    ),
    key=("settlement_date", "cusip", "symbol"),
)
"""The balance of fails per security and settlement date; symbols as the SEC writes them, squashed (`BRKB`)."""
_TRAILER: Final = re.compile(rb"Trailer record count\s+(\d+)\s+Trailer total quantity of shares\s+(\d+)\s*\Z")

_EIGHT_DIGITS: Final = re.compile("[0-9]{8}")


def half_months(first: date, last: date) -> tuple[str, ...]:
    """The names of the files that hold the days from one to another: `cnsfails202301a` ends before the 15th."""
    start, end = (day.year * 24 + (day.month - 1) * 2 + (day.day >= 15) for day in (first, last))
    return tuple(f"cnsfails{half // 24}{half % 24 // 2 + 1:02d}{'ab'[half % 2]}" for half in range(start, end + 1))


@parser("SEC fails to deliver", is_packed=True)
def parse_fails_zip(body: bytes, name: str) -> pd.DataFrame:
    """The fails in a zip, rows as `FAILS` has them.

    Raises:
        MalformedError: it is no zip, was cut off or unpacks to too much, its trailers do not agree with its rows, or a
            cell makes no sense.
    """
    return parse_fails(unzipped(body, LARGEST_FAILS_BYTES, name), name)


@parser("SEC fails to deliver")
def parse_fails(text: bytes, where: str) -> pd.DataFrame:
    """The fails in the text file; latin-1, a description may hold a pipe.

    Raises:
        MalformedError: as `parse_fails_zip`.
    """
    trailer = _TRAILER.search(text[-200:])
    if trailer is None:
        raise MalformedError("was cut off: its last two lines are not the trailers", where=where)
    lines = text[: text.rindex(b"Trailer record count")].decode("latin-1").replace("\0", "").split("\n")
    # Only a line feed ends a line: descriptions hold other signs that Python takes for one.
    lines = [line.removesuffix("\r") for line in lines if line.strip()]
    if not lines or tuple(cell.strip() for cell in lines[0].split("|")) != HEADER:
        raise MalformedError(
            f"begins with {lines[0][:60] if lines else ''!r}, not with its header", where=where, line=1
        )
    cells = _cells(lines[1:], where)
    rows = enter(FAILS, cells, where)
    counted, total = int(trailer[1]), int(trailer[2])
    if counted != len(lines) - 1:
        raise MalformedError(f"was cut off: it has {len(lines) - 1:,} rows and says {counted:,}", where=where)
    # Without a row that could not be read they cannot sum up.
    if len(rows) == counted and total != rows["fails"].sum():
        raise MalformedError(f"its fails sum up to {rows['fails'].sum():,} and it says {total:,}", where=where)
    return rows


def _cells(lines: list[str], where: str) -> Columns:
    """The cells as text: four from the left, one from the right, the description between."""
    rows = []
    short, first = 0, None
    for number, line in enumerate(lines, start=2):
        front = line.split("|", 4)
        description, bar, price = front[-1].rpartition("|")
        if len(front) < 5 or not bar:
            reason = f"has fewer than {len(HEADER)} cells"
            short, first = short + 1, first or MalformedError(reason, where=where, line=number)
            continue
        rows.append((*front[:4], description, price.strip()))
    if first is not None:
        leave_out(short, len(lines), first)
    names = ("day", "cusip", "symbol", "fails", "description", "price")
    cells = {name: np.fromiter((row[at] for row in rows), object, len(rows)) for at, name in enumerate(names)}
    # A half-month has eleven days.
    codes, texts = pd.factorize(cells["day"])
    days = np.array([_day(text) for text in texts], "datetime64[D]")[codes]
    is_odd = np.isnat(days)
    if is_odd.any():
        row = int(is_odd.argmax())
        words = f"{cells['day'][row]!r} is not a day written YYYYMMDD"
        leave_out(int(is_odd.sum()), len(days), MalformedError(words, where=where, line=row + 2))
    # A single point stands for an unknown price.
    cells["price"][cells["price"] == "."] = ""
    return {name: column[~is_odd] for name, column in (cells | {"settlement_date": days}).items()}


def _day(text: str) -> date | None:
    """The day of eight digits, and of nothing else: pandas takes 2023013 for 3 January."""
    if not _EIGHT_DIGITS.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


class SecFails:
    """Asks the SEC for fails to deliver, one half-month a request."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients
        self._index = FailsIndex(clients)

    async def fetch(self, name: str, *, is_expected: bool = False) -> Fetched:
        """One half-month; nothing where it has not changed since it was stored.

        What is not where most files are is looked for on the SEC's index page, which is read once for all.

        Args:
            name: as `half_months` gives it.
            is_expected: whether it should be posted by now.

        Raises:
            PendingError: it should be there and is not; NoDataError: it need not be there yet, or no longer.
            ProviderError: the SEC did not answer, turned us away, or garbled.
        """
        usual = PATH.format(name=name)
        known = self._index.known
        path = known.paths.get(name, usual) if known is not None else usual
        try:
            return await self._fetched(name, path, is_expected)
        except (NoDataError, RefusedError) as error:
            if is_nameless(error):
                raise with_advice(error, self._clients.contact) from error
            look = await self._index.look()
            moved = look.paths.get(name, path)
            if moved == path:
                raise _not_to_be_had(name, look, error) from error
        return await self._fetched(name, moved, is_expected)

    async def _fetched(self, name: str, path: str, is_expected: bool) -> Fetched:
        answer = await self._clients.of(WWW_SEC, SEC_FAILS.name).get(
            path,
            lambda body: parse_fails_zip(body, name),
            form=Form.BINARY,
            is_expected=is_expected,
            is_conditional=True,
        )
        rows = answer.content
        # A half-month is posted once and stays as it is.
        receipt = answer.receipt.final(True)
        if rows is None:
            return Fetched(snapshot=None, receipts=(receipt,))
        if rows.empty:
            raise MalformedError("has no rows", where=name)
        snapshot = snapshot_by(
            SEC_FAILS,
            Dataset.FAILS,
            rows,
            as_of=rows["settlement_date"].max().date(),
            published_at=posted_at(answer.headers, answer.fetched_at),
            fetched_at=answer.fetched_at,
        )
        return Fetched(snapshot=snapshot, receipts=(receipt,))


def _not_to_be_had(name: str, look: FailsPage, error: ProviderError) -> ProviderError:
    """The error, with the half-month's name and what the index page says of it."""
    if look.complaint:
        return type(error)(f"{name}: {error}, and its index page could not be read ({look.complaint})")
    if name in look.paths:
        return type(error)(f"{name}: {error}, although its index page links it there")
    # A page that was read and does not link it settles it, however the address itself was refused.
    kind = type(error) if isinstance(error, NoDataError) else NoDataError
    return kind(f"{name}: {error}, and its index page does not link it")


FAILS_LOOK_BACK: Final = timedelta(days=60)
"""How far back the newest posted half-month is looked for."""


def fails_feed(surroundings: Surroundings) -> Ask:
    """Asks the SEC for the newest half-month of fails to deliver that it has posted."""
    provider = SecFails(surroundings.clients)

    async def ask() -> Delivery:
        today = new_york_date(surroundings.clock())
        for name in reversed(half_months(today - FAILS_LOOK_BACK, today)):
            try:
                return Delivery(fetched=(await provider.fetch(name),))
            except NoDataError:
                continue  # The newest half-month is posted weeks after its end.
        raise NoDataError(f"the SEC has posted no fails of the last {FAILS_LOOK_BACK.days} days")

    return ask
