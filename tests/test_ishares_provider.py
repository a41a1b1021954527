"""An iShares file becomes members and a fund's size when it is whole, and nothing otherwise."""

from datetime import UTC, date, datetime

import httpx
import pandas as pd
import pytest
from mock_network import HTML, Network, ask

from providers.errors import BlockedError, MalformedError, NoDataError
from providers.ishares import MEMBERS, IsharesHoldings, fund_day, parse_holdings
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS, fund_flows

NOW = datetime(2023, 9, 7, 13, 0, tzinfo=UTC)
COLUMNS = (
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,Location,Exchange,Currency,"
    "FX Rate,Market Currency,Accrual Date"
)
NOTICE = '\r\n\xa0\r\n"The content contained herein is owned or licensed by BlackRock, and ""others""."\r\n'


def row(ticker, name, sector, kind, worth, weight, quantity, price):
    cells = [ticker, name, sector, kind, f"{worth:,.2f}", weight, f"{worth:,.2f}", f"{quantity:,.2f}", f"{price:,.2f}"]
    cells += ["United States", "NASDAQ", "USD", "1.00", "USD", "-"]
    return ",".join(f'"{cell}"' for cell in cells)


ROWS = (
    row("SMCI", "SUPER MICRO COMPUTER INC", "Information Technology", "Equity", 6_000_000, "60.00", 24_000, 250),
    row("BRKB", "BERKSHIRE, INC", "Financials", "Equity", 3_000_000, "30.00", 8_333.5, 360),
    row("SMCI", "SUPER MICRO RIGHTS", "Information Technology", "Equity", 100, "0.00", 100, 1),
    row("-", "ESCROW GTX", "Health Care", "Equity", 0, "0.00", 100, 0),
    row("XTSLA", "BLK CSH FND TREASURY", "Cash and/or Derivatives", "Money Market", 1_000_000, "10.00", 1_000_000, 1),
    row("RTYU3", "RUSSELL 2000 EMINI", "Cash and/or Derivatives", "Futures", 0, "0.00", 10, 1900),
)


def holdings(rows=ROWS, *, as_of="Sep 06, 2023", shares="50,000.00", notice=NOTICE, columns=COLUMNS):
    head = f'\ufeffiShares Russell 2000 ETF\r\nFund Holdings as of,"{as_of}"\r\nInception Date,"May 22, 2000"\r\n'
    head += f'Shares Outstanding,"{shares}"\r\nStock,"-"\r\n\r\n'
    return (head + "\r\n".join([columns, *rows]) + notice).encode()


def test_members_are_the_stocks_once_each():
    members = parse_holdings(holdings(), "IWM").members
    assert members["symbol"].tolist() == ["SMCI", "BRKB"]
    assert members["name"].tolist() == ["SUPER MICRO COMPUTER INC", "BERKSHIRE, INC"]
    assert members["sector"].tolist() == ["Information Technology", "Financials"]
    assert members["weight_ratio"].tolist() == [0.6, 0.3]
    assert members["shares"].tolist() == [24_000, 8_333.5]
    assert list(members.columns) == [column.name for column in MEMBERS.columns]


def test_the_funds_size_is_everything_it_holds_cash_included():
    found = parse_holdings(holdings(), "IWM")
    assert found.net_assets == 10_000_100
    assert found.nav == pytest.approx(200.002)
    assert found.head.as_of == date(2023, 9, 6)
    days = fund_day(found, "IWM")
    assert list(days.columns) == [column.name for column in FUND_DAYS.columns]
    assert days["shares_outstanding"].tolist() == [50_000]


def test_two_mornings_make_a_flow():
    before, after = (
        parse_holdings(holdings(), "IWM"),
        parse_holdings(holdings(as_of="Sep 07, 2023", shares="51,000.00"), "IWM"),
    )
    days = pd.concat([fund_day(before, "IWM"), fund_day(after, "IWM")])
    assert fund_flows(days, "IWM").flow[1] == pytest.approx(1_000 * 10_000_100 / 51_000)


def test_a_recorded_preamble_with_one_row_is_no_fund(shared):
    body = (shared / "payloads/ishares/holdings_header_shape.csv").read_bytes()
    with pytest.raises(MalformedError):
        parse_holdings(body, "IWM")


def test_a_dash_for_a_day_means_that_there_is_nothing():
    with pytest.raises(NoDataError):
        parse_holdings(holdings(as_of="-"), "IWM")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (holdings(notice=""), "cut off: no empty line"),
        (holdings()[: -len(NOTICE.encode()) - 30], "cut off: unexpected end"),
        (holdings(ROWS[:2]), r"add up to 90.00 %"),
        (holdings(ROWS * 2), r"add up to 200.00 %"),
        (holdings(columns=COLUMNS.replace("Weight (%)", "Gewicht")), "Weight"),
        (holdings(columns=COLUMNS.replace("Ticker", "Symbol")), "Ticker"),
        (holdings(shares="-"), "share count"),
        (holdings(shares="0"), "share count"),
        (holdings(as_of="06.09.2023"), "names no day"),
        (holdings().replace(b"Fund Holdings as of", b"Fund"), "which day"),
        (holdings((row("X", "CASH", "-", "Cash", 10, "100.0", 1, 10),)), "no stock"),
        (holdings().decode("utf-8-sig").encode("utf-16"), "CSV|Ticker"),
        (b"", "Ticker"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(body, complaint):
    with pytest.raises(MalformedError, match=complaint):
        parse_holdings(body, "IWM")


def test_one_request_gives_members_and_size():
    network = Network(holdings(), NOW)
    members, size = ask(network, lambda clients: IsharesHoldings(clients).fetch("IWM"))
    request = network.requests[0]
    assert request.url.path == "/us/products/239710/ishares-russell-2000-etf/1467271812596.ajax"
    assert dict(request.url.params) == {"fileType": "csv", "fileName": "IWM_holdings", "dataType": "fund"}
    assert "Mozilla" in request.headers["user-agent"]
    assert (members.snapshot.dataset, size.snapshot.dataset) == (Dataset.INDEX_MEMBERS, Dataset.FUND_FLOWS)
    assert members.snapshot.as_of == size.snapshot.as_of == date(2023, 9, 6)
    assert members.receipts == size.receipts


def test_the_same_file_is_no_news():
    async def twice(clients):
        members, _ = await IsharesHoldings(clients).fetch("IWM")
        await clients.keep(members)
        return await IsharesHoldings(clients).fetch("IWM")

    members, size = ask(Network(holdings(), NOW), twice)
    assert (members.snapshot, size.snapshot) == (None, None)


def test_an_earlier_day_is_asked_for_by_date_and_another_is_not_taken_for_it():
    network = Network(holdings(), NOW)
    ask(network, lambda clients: IsharesHoldings(clients).fetch("IWM", date(2023, 9, 6)))
    assert network.requests[0].url.params["asOfDate"] == "20230906"
    with pytest.raises(MalformedError, match="not of 2023-09-05"):
        ask(network, lambda clients: IsharesHoldings(clients).fetch("IWM", date(2023, 9, 5)))


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, content=HTML, headers={"Content-Type": "text/csv"}), BlockedError),
        (httpx.Response(302, headers={"Location": "https://www.ishares.com/consent"}), BlockedError),
        (httpx.Response(200, content=b""), MalformedError),
        (httpx.Response(200, content=b"\x00\x01\x02"), MalformedError),
        (httpx.Response(200, content=holdings(as_of="-")), NoDataError),
    ],
)
def test_a_consent_page_is_no_fund(response, error):
    with pytest.raises(error):
        ask(Network(response, NOW), lambda clients: IsharesHoldings(clients).fetch("IWM"))
