"""Asks State Street for the daily net asset value and share count of its SPDR funds, a workbook a fund.

The layout is the documented one: lines that name the fund and its ticker, a header, a row a day with the newest first,
an empty line, notes. Nobody has recorded such a file for us, so that what is not recognised is refused or said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from providers.archive.vintages import Archive
from providers.catalog import SPDR_NAV_HISTORY, WWW_SSGA
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.parsing.boundary import note, parser
from providers.parsing.entry import enter
from providers.parsing.snapshots import snapshot_by
from providers.parsing.workbooks import rows_of_workbook
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS
from shortside.sessions import new_york_date

FUNDS: Final = (
    "SPY", "DIA", "MDY", "SPSM",
    "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY", "XBI", "KRE", "XRT", "XOP",
)  # fmt: skip
"""Large caps, mid caps, small caps, and the sectors, as `shortside.funds.segments` has them."""
PATHS: Final = (
    "/us/en/intermediary/library-content/products/fund-data/etfs/us/navhist-us-en-{fund}.xlsx",
    "/library-content/products/fund-data/etfs/us/navhist-us-en-{fund}.xlsx",
)
"""Where a fund's workbook is; the second is asked where nothing is at the first."""
HEADER: Final = ("Date", "NAV", "Shares Outstanding", "Total Net Assets")
TICKER: Final = "ticker symbol"
MOST_LINES_ABOVE: Final = 20
"""Lines within which the header begins."""
MOST_APART: Final = 0.02
"""By which part net assets may differ from net asset value times shares, in the middle of all days."""
FIRST_LOOK: Final = timedelta(days=400)
"""Days that a first look keeps: a year of weeks to rank the latest among."""
LATER_LOOK: Final = timedelta(days=30)
"""Days that later looks keep, so that a month without one leaves no hole."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class NavHistory:
    """What a workbook says of one fund."""

    title: str
    rows: pd.DataFrame
    """As `FUND_DAYS` has them, oldest first."""

    @property
    def as_of(self) -> date:
        """The newest day."""
        day: date = self.rows["date"].iloc[-1].date()
        return day


@parser("SPDR net asset values", is_packed=True)
def parse_nav_history(body: bytes, fund: str) -> NavHistory:
    """A fund's days.

    Raises:
        MalformedError: it is no such workbook, of another fund, holds no day, goes on after its end, or its net assets
            are not net asset value times shares, so that its columns are not what we take them for.
    """
    where = f"navhist-us-en-{fund.lower()}.xlsx"
    rows = list(rows_of_workbook(body, where, len(HEADER)))
    start = next((place for place, row in enumerate(rows[:MOST_LINES_ABOVE]) if _is_header(row)), None)
    if start is None:
        raise MalformedError(f"has no line {', '.join(HEADER)} among its first {MOST_LINES_ABOVE}", where=where)
    title = _require_fund(rows[:start], fund, where)
    days: list[tuple[date, float, float, float]] = []
    for place, row in enumerate(rows[start + 1 :], start=start + 2):
        if row[0] is None or not str(row[0]).strip():
            _require_ended(rows[place:], where, place)
            break
        found = _day(row)
        if found is None:
            said = f"{ascii(row[0])[:40]} with {ascii(row[1:])[:60]}"
            note(f"{where}: line {place} is left out: {said} is no day's figures")
            continue
        days.append(found)
    if not days:
        raise MalformedError("holds no day", where=where)
    return NavHistory(title=title, rows=_frame(days, fund, where))


def _is_header(row: Sequence[Any]) -> bool:
    words = tuple(" ".join(str(cell).split()).casefold() for cell in row[: len(HEADER)] if cell is not None)
    return words == tuple(name.casefold() for name in HEADER)


def _require_fund(above: Sequence[Sequence[Any]], fund: str, where: str) -> str:
    """The fund's name, of a workbook that says it is of this fund."""
    said = {
        str(row[0]).strip().rstrip(":").casefold(): str(row[1]).strip()
        for row in above
        if len(row) > 1 and row[0] is not None and row[1] is not None
    }
    ticker = said.get(TICKER)
    if ticker is None:
        raise MalformedError("does not say of which fund it is: no line Ticker Symbol", where=where)
    if ticker.upper() != fund:
        raise MalformedError(f"is of {ascii(ticker)[1:-1][:20]}, not of {fund}", where=where)
    return said.get("fund name", "")


def _require_ended(rest: Sequence[Sequence[Any]], where: str, place: int) -> None:
    """Let only notes follow the empty line that ends the days."""
    for further, row in enumerate(rest, start=place + 1):
        if _day_of(row[0]) is not None:
            raise MalformedError(f"has a day again after the empty line {place}", where=where, line=further)


def _day(row: Sequence[Any]) -> tuple[date, float, float, float] | None:
    """Day, net asset value, shares and net assets, NaN where a cell is empty or a dash; None of no such row."""
    day, figures = _day_of(row[0]), [_figure(cell) for cell in row[1 : len(HEADER)]]
    if day is None or any(one is None for one in figures):
        return None
    nav, shares, assets = (float("nan") if one is None else one for one in figures)
    return day, nav, shares, assets


def _day_of(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        # English month names, whatever the machine's language.
        number, month, year = str(cell).strip().split("-")
        return date(int(year), _MONTHS.index(month[:3].casefold()) + 1, int(number)) if len(year) == 4 else None
    except ValueError:
        return None


_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NOTHING: Final = frozenset({"", "-", "--", "N/A", "n/a"})


def _figure(cell: Any) -> float | None:
    """A figure, NaN where nobody gave one; None where the cell is none, or below zero."""
    if cell is None or (isinstance(cell, str) and cell.strip() in _NOTHING):
        return float("nan")
    if isinstance(cell, bool):
        return None
    try:
        value = float(cell.replace(",", "").replace("$", "")) if isinstance(cell, str) else float(cell)
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) and value >= 0 else None


def _frame(days: list[tuple[date, float, float, float]], fund: str, where: str) -> pd.DataFrame:
    table = pd.DataFrame(days, columns=["date", "nav", "shares_outstanding", "assets"])
    table["date"] = pd.to_datetime(table["date"])
    if table["date"].duplicated().any():
        raise MalformedError(f"has {table['date'][table['date'].duplicated()].iloc[0]:%Y-%m-%d} twice", where=where)
    apart = (table["assets"] / (table["nav"] * table["shares_outstanding"]) - 1).abs()
    if not apart.median() <= MOST_APART:
        raise MalformedError("has net assets that are not its net asset value times its shares", where=where)
    # A count of nothing is a gap in what was printed: the fund is there the next day.
    table = table.assign(symbol=fund, shares_outstanding=table["shares_outstanding"].replace(0.0, np.nan).round())
    return enter(FUND_DAYS, table.drop(columns="assets").sort_values("date", ignore_index=True), where)


class SpdrNavHistory:
    """Asks State Street for one fund's workbook a request."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, fund: str, since: date) -> Fetched:
        """A fund's days since one: a snapshot of FUND_FLOWS; None where nothing changed since the receipt.

        Raises:
            NoDataError: there is no such workbook.
            ProviderError: they did not answer, showed a web page, or garbled.
        """
        client = self._clients.of(WWW_SSGA, SPDR_NAV_HISTORY.name)
        answer = None
        for path in PATHS:
            try:
                answer = await client.get(
                    path.format(fund=fund.lower()),
                    lambda body: parse_nav_history(body, fund),
                    form=Form.BINARY,
                    is_conditional=True,
                )
                break
            except NoDataError:
                if path == PATHS[-1]:
                    raise
        assert answer is not None, "the last path raises"
        history = answer.content
        if history is None:
            return Fetched(snapshot=None, receipts=(answer.receipt,))
        rows = history.rows[history.rows["date"] >= pd.Timestamp(since)].reset_index(drop=True)
        if rows.empty:
            raise MalformedError(f"ends on {history.as_of}, before {since}", where=f"navhist-us-en-{fund.lower()}.xlsx")
        snapshot = snapshot_by(
            SPDR_NAV_HISTORY, Dataset.FUND_FLOWS, rows, as_of=history.as_of, fetched_at=answer.fetched_at
        )
        return Fetched(snapshot=snapshot, receipts=(answer.receipt,))


def first_days_wanted(archive: Archive, today: date) -> dict[str, date]:
    """From which day on each fund's rows are kept: a year and more at its first look, a month later on. Blocks."""
    wanted = dict.fromkeys(FUNDS, today - FIRST_LOOK)
    for look in archive.vintages(Dataset.FUND_FLOWS):
        if look.source == SPDR_NAV_HISTORY.name and today - look.as_of < LATER_LOOK:
            wanted |= dict.fromkeys(archive.read(look).frame["symbol"].unique(), today - LATER_LOOK)
    return wanted


def nav_history_feed(surroundings: Surroundings) -> Ask:
    """Asks for the workbooks of `FUNDS`; one that cannot be had is told, and the others are kept."""
    provider = SpdrNavHistory(surroundings.clients)

    async def ask() -> Delivery:
        fetched: list[Fetched] = []
        failures: list[ProviderError] = []
        today = new_york_date(surroundings.clock())
        since = await asyncio.to_thread(first_days_wanted, surroundings.archive, today)
        for fund in FUNDS:
            try:
                fetched.append(await provider.fetch(fund, since[fund]))
            except MalformedError as error:
                failures.append(error)
            except ProviderError as error:
                failures.append(error)
                if not fetched:
                    # A host that does not answer, or has not even the first, is not asked eighteen times more.
                    break
        if not fetched:
            raise failures[0]
        return Delivery(fetched=tuple(fetched), complaints=tuple(map(str, failures)))

    return ask
