"""State Street's workbooks: what is recognised of them, what is refused or said, and flows beside those of iShares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import numpy as np
import pandas as pd
import pytest
from mock_network import Network, ask
from test_fund_archive import TUESDAY, WEDNESDAY, count, morning_after

from benchmarks._workbooks import HEADER, days, nav_history, workbook
from providers.archive.vintages import Archive
from providers.errors import BlockedError, MalformedError, NoDataError
from providers.feeds.ledger import Ledger
from providers.feeds.surroundings import Surroundings
from providers.parsing.workbooks import MOST_TAGS
from providers.public.funds import read_fund_archive
from providers.recording.reader import fund_data_of
from providers.recording.writer import _columns
from providers.ssga import FUNDS, PATHS, SpdrNavHistory, first_days_wanted, nav_history_feed, parse_nav_history
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS, fund_flows, unlisted_split_factors
from shortside.snapshot import LEFT_OUT_ATTRIBUTE, Snapshot

NOW = datetime(2023, 9, 7, 14, tzinfo=UTC)


def test_a_workbook_is_its_days_oldest_first():
    history = parse_nav_history(nav_history(days([100.0, 130.0, 120.0])), "SPY")
    assert (history.title, history.as_of) == ("A Fund", date(2023, 9, 6))
    assert history.rows["shares_outstanding"].tolist() == [100, 130, 120]
    # 30 more shares and 10 fewer at 10 dollars.
    np.testing.assert_array_equal(fund_flows(history.rows, "SPY").flow[1:], [300.0, -100.0])


def test_days_may_be_moments_of_excel_and_figures_texts():
    rows = [("06-Sep-2023", "1,010.50", "2,000", "$2,021,000"), ("5-September-2023", 10, None, "-")]
    history = parse_nav_history(nav_history(rows), "SPY")
    assert history.rows["nav"].tolist() == [10.0, 1010.5]
    assert history.rows["shares_outstanding"].isna().tolist() == [True, False], "unknown is not zero"


def test_a_line_that_is_no_day_is_left_out_and_said():
    rows = [*days([100.0, 110.0]), ("04-Sep-2023", "closed", 1, 1), ("2023-09-03", 10.0, 90.0, 900.0)]
    history = parse_nav_history(nav_history(rows), "SPY")
    assert len(history.rows) == 2
    assert len(history.rows.attrs[LEFT_OUT_ATTRIBUTE]) == 2


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "is no workbook"),
        (b"<html>consent</html>", "is no workbook"),
        (nav_history(days([1.0]))[:-40], "is no workbook"),
        (nav_history(days([1.0]), fund="XLF"), "is of XLF, not of SPY"),
        (workbook([HEADER, *days([1.0])]), "of which fund"),
        (nav_history(days([1.0]), header=("Date", "NAV", "Shares", "Assets")), "has no line Date, NAV"),
        (nav_history([]), "holds no day"),
        (nav_history([*days([1.0]), (), *days([2.0])]), "a day again after the empty line"),
        (nav_history([*days([1.0]), *days([2.0])]), "2023-09-06 twice"),
        (nav_history([("06-Sep-2023", 10.0, 7_000.0, 10.0)]), "not its net asset value times its shares"),
        (workbook([], sheet="<worksheet"), "is no workbook"),
        (workbook([], sheet="<!DOCTYPE x><worksheet/>"), "declares entities"),
        (workbook([], sheet="<" * (MOST_TAGS + 1)), "tags"),
        (workbook([], **{"xl/zeros.xml": "0" * (33 * 2**20)}), "more than"),
    ],
)
def test_what_is_not_recognised_is_refused(body, complaint):
    with pytest.raises(MalformedError, match=complaint):
        parse_nav_history(body, "SPY")


def test_a_cell_at_the_end_of_the_sheet_takes_no_memory():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(MalformedError, match="has no line Date"):
        parse_nav_history(workbook([], sheet=sheet), "SPY")


def test_one_request_gives_the_days_since_one_and_the_second_place_is_asked_where_nothing_is_at_the_first():
    network = Network(nav_history(days([100.0, 130.0, 120.0])), NOW)
    fetched = ask(network, lambda clients: SpdrNavHistory(clients).fetch("SPY", date(2023, 9, 5)))
    assert network.requests[0].url.path == PATHS[0].format(fund="spy")
    snapshot = fetched.snapshot
    assert (snapshot.dataset, snapshot.as_of, snapshot.source) == (
        Dataset.FUND_FLOWS, date(2023, 9, 6), "spdr_nav_history",
    )  # fmt: skip
    assert snapshot.frame["shares_outstanding"].tolist() == [130, 120]
    missing = Network(httpx.Response(404, content=b"nothing"), NOW)
    with pytest.raises(NoDataError):
        ask(missing, lambda clients: SpdrNavHistory(clients).fetch("SPY", date(2023, 9, 5)))
    assert [request.url.path for request in missing.requests] == [path.format(fund="spy") for path in PATHS]
    page = Network(httpx.Response(200, content=b"<!doctype html><html>cookies</html>"), NOW)
    with pytest.raises(BlockedError):
        ask(page, lambda clients: SpdrNavHistory(clients).fetch("SPY", date(2023, 9, 5)))


def test_a_host_that_has_not_even_the_first_fund_is_not_asked_for_the_others(tmp_path):
    missing = Network(httpx.Response(404, content=b"nothing"), NOW)

    async def polled(clients):
        surroundings = Surroundings(clients=clients, archive=Archive(tmp_path), clock=lambda: NOW, ledger=Ledger())
        return await nav_history_feed(surroundings)()

    with pytest.raises(NoDataError):
        ask(missing, polled)
    assert len(missing.requests) == len(PATHS)


def test_a_poll_keeps_the_funds_that_can_be_had_and_tells_of_the_others(tmp_path):
    def answered(request: httpx.Request) -> httpx.Response:
        fund = request.url.path.rsplit("-", 1)[1].removesuffix(".xlsx").upper()
        return httpx.Response(200, content=nav_history(days([100.0, 130.0]), fund="SPY" if fund == "DIA" else fund))

    async def polled(clients):
        surroundings = Surroundings(clients=clients, archive=Archive(tmp_path), clock=lambda: NOW, ledger=Ledger())
        return await nav_history_feed(surroundings)()

    delivery = ask(Network(answered, NOW), polled)
    assert {one.snapshot.frame["symbol"].iloc[0] for one in delivery.fetched} == set(FUNDS) - {"DIA"}
    assert delivery.complaints == ("navhist-us-en-dia.xlsx: is of SPY, not of DIA",)


def of_spdr(fund: str, day: date, counts: list[float], fetched_at: datetime) -> Snapshot:
    rows = pd.DataFrame(
        {
            "date": [pd.Timestamp(day - timedelta(days=back)) for back in range(len(counts))],
            "symbol": fund, "nav": 10.0, "shares_outstanding": counts,
        }
    )  # fmt: skip
    return Snapshot(
        dataset=Dataset.FUND_FLOWS, frame=FUND_DAYS.conform(rows, "days"), as_of=day, fetched_at=fetched_at,
        source="spdr_nav_history", attribution="Source: State Street Global Advisors",
    )  # fmt: skip


def test_a_first_look_keeps_a_year_of_a_fund_and_later_ones_a_month(tmp_path):
    archive = Archive(tmp_path)
    archive.append(count("IWM", TUESDAY, 100))
    archive.append(of_spdr("SPY", TUESDAY, [5.0], morning_after(TUESDAY)))
    wanted = first_days_wanted(archive, WEDNESDAY)
    assert (wanted["SPY"], wanted["XLF"]) == (WEDNESDAY - timedelta(days=30), WEDNESDAY - timedelta(days=400))
    assert first_days_wanted(archive, WEDNESDAY + timedelta(days=60))["SPY"] == WEDNESDAY - timedelta(days=340)


def test_funds_of_both_sources_stand_beside_each_other_each_under_its_own_name(tmp_path):
    archive = Archive(tmp_path)
    archive.append(count("IWB", TUESDAY, 100))
    archive.append(of_spdr("SPY", TUESDAY, [130.0, 100.0], morning_after(WEDNESDAY)))
    data = read_fund_archive(archive, morning_after(WEDNESDAY))
    assert (data.source, [one.name for one in data.others]) == ("ishares_holdings", ["spdr_nav_history"])
    assert (data.source_of("IWB"), data.source_of("SPY")) == ("ishares_holdings", "spdr_nav_history")
    assert fund_flows(data.days, "SPY").flow[-1] == 300.0
    record = {name: _columns(getattr(data, name), {"IWB", "SPY"}) for name in ("days", "closes", "splits")}
    others = [
        {"name": one.name, "fetched_at": one.fetched_at.isoformat(), "funds": sorted(one.funds)} for one in data.others
    ]
    again = fund_data_of({**record, "fetched_at": data.fetched_at.isoformat(), "source": data.source, "others": others})
    assert again.others == data.others, "a recording keeps who gave what"


def test_a_leap_of_the_count_against_the_net_asset_value_is_a_split_and_no_flood_of_money():
    # XLK in December 2025: twice the shares at half the value, with a flow of 2 % beside it.
    shares, nav = np.array([100.0, 204.0, 204.0]), np.array([290.0, 146.0, 147.0])
    np.testing.assert_array_equal(unlisted_split_factors(shares, nav), [0.5, 1.0, 1.0])
    # Twice the shares at the same value is money.
    np.testing.assert_array_equal(
        unlisted_split_factors(np.array([100.0, 200.0]), np.array([290.0, 291.0])), [1.0, 1.0]
    )
