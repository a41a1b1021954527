"""Asks iShares what its index funds hold, and how many shares of each fund there are.

A CSV behind a product page: a preamble with the day and the fund's share count, a table, a legal notice. Posted the
next morning. IWV, IWM and IWB together give GICS sectors and index membership of about three thousand names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd

from providers.catalog import ISHARES_HOLDINGS, WWW_ISHARES
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.nasdaq.envelope import day_of
from providers.parsing.boundary import parser
from providers.parsing.entry import enter
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.snapshot import Snapshot

PRODUCT_PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IWM": "239710/ishares-russell-2000-etf",
        "IWB": "239707/ishares-russell-1000-etf",
        "IWV": "239714/ishares-russell-3000-etf",
        "IVV": "239726/ishares-core-sp-500-etf",
        "ITOT": "239724/ishares-core-sp-total-us-stock-market-etf",
        "IJR": "239774/ishares-core-sp-smallcap-etf",
    }
)
"""The product page of each fund we know."""
PATH: Final = "/us/products/{page}/1467271812596.ajax"
WHOLE_WEIGHT: Final = (97.0, 103.0)
"""Per cent that a fund's weights sum up to; rounding and futures keep it from a hundred."""
MEMBERS: Final = FrameSchema(
    Dataset.INDEX_MEMBERS,
    (
        Column(name="fund", kind=ColumnKind.TEXT),
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="sector", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="weight_ratio", kind=ColumnKind.RATIO),
        Column(name="shares", kind=ColumnKind.MONEY, unit="shares, fractions possible"),
        Column(name="price", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
        Column(name="exchange", kind=ColumnKind.TEXT, is_nullable=True),
    ),
    key=("fund", "symbol"),
)
"""The stocks a fund holds, with GICS sectors; symbols as iShares writes them, squashed (`BRKB`)."""
WEIGHT_COLUMNS: Final = ("Weight (%)", "Market Weight")
"""What a holding's part of the fund is called: before November 2025, and since."""
_NEEDED: Final = (
    "Ticker",
    "Name",
    "Sector",
    "Asset Class",
    "Market Value",
    "Quantity",
    "Price",
    "Exchange",
)
_NO_TICKER: Final = frozenset({"", "-", "--"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FundHead:
    """What the lines above the table say."""

    title: str
    as_of: date
    """The day the holdings are of."""
    shares_outstanding: float
    """Of the fund itself."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FundHoldings:
    """One fund at the end of one day."""

    head: FundHead
    members: pd.DataFrame
    """As `MEMBERS` has them."""
    net_assets: float
    """US dollars: the market value of everything held, cash included."""

    @property
    def nav(self) -> float:
        """Net asset value a share; to a few basis points, as accruals are not among the holdings."""
        return self.net_assets / self.head.shares_outstanding


@parser("iShares holdings")
def parse_holdings(body: bytes, fund: str) -> FundHoldings:
    """A fund's holdings.

    Raises:
        NoDataError: the file says that there is nothing for its day: `Fund Holdings as of,"-"`.
        MalformedError: it is another kind of file, was cut off, or its weights are not those of a whole fund.
    """
    where = f"{fund}_holdings.csv"
    rows = _lines(body, where)
    start = next((number for number, row in enumerate(rows) if row and row[0] == "Ticker"), None)
    if start is None:
        raise MalformedError("has no line that begins with Ticker", where=where)
    head = _head(rows[:start], where)
    header = rows[start]
    weight_column = next((name for name in WEIGHT_COLUMNS if name in header), WEIGHT_COLUMNS[0])
    missing = [name for name in (*_NEEDED, weight_column) if name not in header]
    if missing:
        raise MalformedError("there is no such column", where=where, column=missing[0], line=start + 1)
    end = next((number for number in range(start + 1, len(rows)) if len(rows[number]) != len(header)), len(rows))
    # The table ends with an empty line before the legal notice. Weights fall, so the last tenth of a fund weighs
    # next to nothing: without the notice nobody would see that it was cut off.
    if end == len(rows) or any(cell.strip() for cell in rows[end]):
        raise MalformedError("was cut off: no empty line ends its table", where=where, line=end + 1)
    table = pd.DataFrame(rows[start + 1 : end], columns=header, dtype=object).rename(
        columns={weight_column: WEIGHT_COLUMNS[0]}
    )
    return _holdings(head, table, fund, where)


def _lines(body: bytes, where: str) -> list[list[str]]:
    try:
        # A blank line may hold a no-break space.
        return list(csv.reader(_with_ends(body.decode("utf-8-sig").replace("\r\n", "\n")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedError(f"is no CSV, or was cut off: {error}", where=where) from error


def _with_ends(text: str) -> Iterator[str]:
    """The lines with their ends; a file in memory would give every letter four bytes."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _head(rows: list[list[str]], where: str) -> FundHead:
    said = {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}
    if "Fund Holdings as of" not in said:
        raise MalformedError("does not say of which day it is", where=where)
    if said["Fund Holdings as of"] == "-":
        raise NoDataError(f"iShares has no holdings for that day in {where}")
    count = _number(said.get("Shares Outstanding", ""))
    if not count > 0:
        raise MalformedError(f"{said.get('Shares Outstanding')!r} is no share count", where=where)
    title = rows[0][0].strip() if rows and rows[0] else ""
    return FundHead(title=title, as_of=day_of(" " + said["Fund Holdings as of"], where), shares_outstanding=count)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "").replace("$", ""))
    except ValueError:
        return float("nan")


def _holdings(head: FundHead, table: pd.DataFrame, fund: str, where: str) -> FundHoldings:
    numbers = {name: table[name].map(_number) for name in ("Market Value", "Weight (%)", "Quantity", "Price")}
    weight, worth = float(numbers["Weight (%)"].sum()), float(numbers["Market Value"].sum())
    if not WHOLE_WEIGHT[0] <= weight <= WHOLE_WEIGHT[1]:
        raise MalformedError(f"was cut off: its weights add up to {weight:.2f} %", where=where)
    if not worth > 0:
        raise MalformedError("is worth nothing", where=where, column="Market Value")
    members = pd.DataFrame(
        {
            "fund": fund,
            "symbol": table["Ticker"].str.strip(),
            "name": table["Name"],
            "sector": table["Sector"],
            "weight_ratio": numbers["Weight (%)"] / 100,
            "shares": numbers["Quantity"],
            "price": numbers["Price"],
            "exchange": table["Exchange"],
        }
    )
    # Escrow shares and rights to delisted names carry no ticker, or the one of the stock they came from.
    is_member = (table["Asset Class"] == "Equity") & ~members["symbol"].isin(_NO_TICKER)
    members = members[is_member].sort_values("weight_ratio", ascending=False, kind="stable").drop_duplicates("symbol")
    if members.empty:
        raise MalformedError("holds no stock", where=where)
    return FundHoldings(head=head, members=enter(MEMBERS, members, where), net_assets=worth)


class IsharesHoldings:
    """Asks iShares for one fund's holdings a request."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, fund: str, day: date | None = None) -> tuple[Fetched, Fetched]:
        """What a fund holds, and its size: snapshots of INDEX_MEMBERS and of FUND_FLOWS out of one answer.

        Both snapshots are None where nothing changed since the receipt, which is the same in both.

        Args:
            fund: one of `PRODUCT_PAGES`.
            day: an earlier day; None for the newest.

        Raises:
            KeyError: we do not know the fund.
            NoDataError: iShares has nothing for that day.
            ProviderError: it did not answer, showed a web page, or garbled.
        """
        params = {"fileType": "csv", "fileName": f"{fund}_holdings", "dataType": "fund"}
        if day is not None:
            params["asOfDate"] = f"{day:%Y%m%d}"
        path = PATH.format(page=PRODUCT_PAGES[fund])
        answer = await self._clients.of(WWW_ISHARES, ISHARES_HOLDINGS.name).get(
            path, lambda body: parse_holdings(body, fund), form=Form.TEXT, params=params, is_conditional=True
        )
        receipts = (answer.receipt,)
        holdings = answer.content
        if holdings is None:
            return Fetched(snapshot=None, receipts=receipts), Fetched(snapshot=None, receipts=receipts)
        if day is not None and holdings.head.as_of != day:
            raise MalformedError(f"is of {holdings.head.as_of}, not of {day}", where=f"{fund}_holdings.csv")

        def snapshot(dataset: Dataset, frame: pd.DataFrame, *notes: str) -> Snapshot:
            return snapshot_by(
                ISHARES_HOLDINGS,
                dataset,
                frame,
                as_of=holdings.head.as_of,
                fetched_at=answer.fetched_at,
                notes=notes,
            )

        note = f"{fund}: net asset value is the holdings' market value over the shares outstanding."
        return (
            Fetched(snapshot=snapshot(Dataset.INDEX_MEMBERS, holdings.members), receipts=receipts),
            Fetched(snapshot=snapshot(Dataset.FUND_FLOWS, fund_day(holdings, fund), note), receipts=receipts),
        )


def fund_day(holdings: FundHoldings, fund: str) -> pd.DataFrame:
    """The fund's size as one row of `FUND_DAYS`."""
    row = {
        "date": [pd.Timestamp(holdings.head.as_of)],
        "symbol": [fund],
        "nav": [holdings.nav],
        "shares_outstanding": [holdings.head.shares_outstanding],
    }
    return enter(FUND_DAYS, pd.DataFrame(row), f"{fund}_holdings.csv")


MEMBERSHIP_FUNDS: Final = ("IWV", "IWB", "IWM")
"""Three funds give sectors and index membership of three thousand names."""


def funds_feed(surroundings: Surroundings) -> Ask:
    """Asks iShares for the holdings of `MEMBERSHIP_FUNDS`; one that cannot be had is told, and the others are kept."""
    provider = IsharesHoldings(surroundings.clients)

    async def ask() -> Delivery:
        fetched: list[Fetched] = []
        failures: list[ProviderError] = []
        for fund in MEMBERSHIP_FUNDS:
            try:
                fetched.extend(await provider.fetch(fund))
            except ProviderError as error:
                failures.append(error)
        if not fetched:
            raise failures[0]
        return Delivery(fetched=tuple(fetched), complaints=tuple(map(str, failures)))

    return ask
