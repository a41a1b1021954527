"""A small well-formed body for each parser, made up, and what else the parser is told."""

from __future__ import annotations

import importlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import pandas as pd

from benchmarks._workbooks import days, nav_history

DAY: Final = date(2023, 9, 6)
SETTLED: Final = date(2023, 8, 31)
SHORT_INTEREST_FILE: Final = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate\n"
    "20230831|AAA|Alpha Inc|A|NYSE|1000|900||500|2||11.1|100|2023-08-31\n"
    "20230831|BBB|Beta Inc|R|NNM|2000|2100||700|2.8||-4.7|-100|2023-08-31\n"
)
THRESHOLD_LIST: Final = (
    "Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 4320\n"
    "AAA|Alpha Inc|Q|Y|N\nBBB|Beta Inc|G|Y|N\n20230906230007\n"
)
FAILS: Final = (
    "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n20230801|000000001|AAA|40|ALPHA|1.00\r\n"
    "20230801|000000002|BBB|50|BETA|2.00\r\nTrailer record count 2\r\nTrailer total quantity of shares 90\r\n"
)
HOLDINGS: Final = (
    'Fund\r\nFund Holdings as of,"Sep 06, 2023"\r\nShares Outstanding,"10,000.00"\r\n \r\n'
    "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,Location,Exchange\r\n"
    '"AAA","ALPHA","Tech","Equity","600,000.00","60.00","600,000.00","10,000.00","60.00","US","NASDAQ"\r\n'
    '"BBB","BETA","Utilities","Equity","400,000.00","40.00","400,000.00","1,000.00","400.00","US","NYSE"\r\n'
    ' \r\n"Note."\r\n'
)
DIRECTORY: Final = (
    "Nasdaq Traded|Symbol|Security Name|Listing Exchange|Market Category|ETF|Round Lot Size|Test Issue|"
    "Financial Status|CQS Symbol|NASDAQ Symbol|NextShares\nY|AAA|Alpha Inc. - Common Stock|Q|Q|N|100|N|N||AAA|N\n"
    "Y|BBB|Beta Inc. - Common Stock|N| |N|100|N||BBB|BBB|N\nFile Creation Time: 0906202318:01||||||||||||\n"
)
LOANS: Final = (
    "#BOF|2023.09.06|14:15:05\n#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|FIGI|\n"
    "AAA|USD|ALPHA INC|1|US0000000001|5.0800|0.2500|>10000000|BBG000000001|\n"
    "BBB|USD|BETA INC|2|US0000000002|NA|101.5|300|BBG000000002|\n#EOF|2\n"
)


class Seed(NamedTuple):
    """One parser with a body it can read."""

    parser: str
    """Module and name, as `providers.parsing.boundary.PARSERS` has it."""
    body: bytes
    told: Mapping[str, Any] = {}
    """The other arguments by name."""

    @property
    def reads(self) -> Callable[[bytes], object]:
        """What takes a body; of parsers of rows, those of a page of them."""
        module, _, name = self.parser.rpartition(".")
        function: Callable[..., object] = getattr(importlib.import_module(module), name)
        if "rows" not in function.__wrapped__.__code__.co_varnames[:1]:  # type: ignore[attr-defined]
            return lambda body: function(body, **self.told)
        from providers.finra.query_api import parse_page

        return lambda body: function(parse_page(body, "a page"), **self.told)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cnsfails202308a.txt", text)
    return packed.getvalue()


def _massive(**more: Any) -> bytes:
    return _json({"status": "OK", **more})


def _nasdaq(data: Any) -> bytes:
    return _json({"data": data, "status": {"rCode": 200, "bCodeMessage": None, "developerMessage": None}})


def _spark(symbol: str) -> dict[str, Any]:
    return {"timestamp": [1693834200, 1694007000], "close": [10.5, 11], "chartPreviousClose": 10, "symbol": symbol}


_BARS = [{"T": name, "c": 10.5, "v": 1000, "t": 1694030400000, "o": 1, "h": 1, "l": 1} for name in ("AAA", "BBB")]
_QUOTE = {
    "ticker": "AAA", "updated": 1694030400000000000, "day": {"c": 10.5, "v": 900}, "prevDay": {"c": 10.0},
    "lastTrade": {"p": 10.6}, "min": {"c": 10.5},
}  # fmt: skip
_SCREENED = {
    "symbol": "AAA", "name": "Alpha Inc. Common Stock", "lastsale": "$10.50", "netchange": "0.5000",
    "pctchange": "5.0%", "volume": "1000", "marketCap": "105000000.00", "country": "United States", "ipoyear": "",
    "industry": "Software", "sector": "Technology", "url": "/x",
}  # fmt: skip
_REPORTED = {
    "settlementDate": "2023-08-31", "symbolCode": "AAA", "issueName": "Alpha", "marketClassCode": "NYSE",
    "currentShortPositionQuantity": 1000, "previousShortPositionQuantity": 900, "averageDailyVolumeQuantity": 500,
    "stockSplitFlag": None, "revisionFlag": None,
}  # fmt: skip
_VOLUME = {
    "tradeReportDate": "2023-09-06", "securitiesInformationProcessorSymbolIdentifier": "AAA", "marketCode": "NQTRF",
    "shortParQuantity": 500, "shortExemptParQuantity": 5, "totalParQuantity": 1000, "reportingFacilityCode": "NQTRF",
}  # fmt: skip
_LISTED = {
    "tradeDate": "2023-09-06", "issueSymbolIdentifier": "AAA", "issueName": "Alpha", "marketClassCode": "OTC",
    "marketCategoryDescription": "OTC Link", "thresholdListFlag": "R", "regShoThresholdFlag": "Y", "rule4320Flag": "N",
}  # fmt: skip

SEEDS: Final = (
    Seed("providers.alpaca.parse_bars", _json({"bars": {"AAA": [{"t": "2023-09-06T04:00:00Z", "c": 1.5, "v": 7}]}})),
    Seed(
        "providers.alpaca.parse_last_prices",
        _json({"AAA": {"latestTrade": {"t": "2023-09-06T19:59:59.9Z", "p": 1.5}, "prevDailyBar": {"c": 1.4},
                       "dailyBar": {"t": "2023-09-06T04:00:00Z", "c": 1.5, "v": 70}}}),
        {"is_consolidated": True},
    ),
    Seed(
        "providers.alpaca.parse_assets",
        _json([{"symbol": "AAA", "name": "Alpha", "exchange": "NYSE", "status": "active", "tradable": True,
                "shortable": True, "easy_to_borrow": True, "marginable": True, "class": "us_equity", "id": "1"}]),
        {"fewest": 1},
    ),
    Seed(
        "providers.finra.query_api.parse_partitions",
        _json({"partitionFields": ["settlementDate"], "availablePartitions": [{"partitions": ["2023-08-31"]}]}),
        {"where": "partitions", "field": "settlementDate"},
    ),
    Seed("providers.finra.query_api.parse_page", _json([_REPORTED]), {"where": "a page"}),
    Seed(
        "providers.finra.short_interest.parse_cycle",
        SHORT_INTEREST_FILE.encode(),
        {"where": "shrt20230831.csv", "settlement_date": SETTLED, "fewest_rows": 0},
    ),
    Seed("providers.finra.short_interest.parse_api_records", _json([_REPORTED]), {"where": "rows"}),
    Seed(
        "providers.finra.short_interest_file.parse_short_interest_file",
        SHORT_INTEREST_FILE.encode(),
        {"where": "shrt20230831.csv"},
    ),
    Seed(
        "providers.finra.short_volume.parse_session",
        b"Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\r\n20230906|AAA|500|5|1000|B,Q,N\r\n"
        b"20230906|BBB|50.5|0|100.25|Q\r\n2",
        {"where": "CNMSshvol20230906.txt", "session": DAY, "fewest_rows": 1},
    ),
    Seed("providers.finra.short_volume_api.parse_facility_records", _json([_VOLUME]), {"where": "rows"}),
    Seed("providers.ibkr.ftp.parse_digest", b"0123456789abcdef0123456789abcdef  usa.txt\n"),
    Seed("providers.ibkr.list_file.parse_borrow_list", LOANS.encode(), {"where": "usa.txt"}),
    Seed("providers.ssga.parse_nav_history", nav_history(days([100.0, 130.0, 120.0])), {"fund": "SPY"}),
    Seed("providers.ishares.parse_holdings", HOLDINGS.encode(), {"fund": "IWM"}),
    Seed(
        "providers.massive.answers.parse_grouped",
        _massive(adjusted=False, resultsCount=2, results=_BARS),
        {"day": DAY, "fewest": 1},
    ),
    Seed("providers.massive.answers.parse_last_prices", _massive(tickers=[_QUOTE])),
    Seed(
        "providers.massive.answers.parse_splits",
        _massive(results=[{"ticker": "AAA", "execution_date": "2023-09-06", "split_from": 1, "split_to": 4}]),
    ),
    Seed(
        "providers.massive.answers.parse_short_interest",
        _massive(results=[{"ticker": "AAA", "settlement_date": "2023-08-31", "short_interest": 5,
                           "avg_daily_volume": 3}]),
    ),
    Seed(
        "providers.massive.answers.parse_short_volume",
        _massive(results=[{"ticker": "AAA", "date": "2023-09-06", "short_volume": 5, "exempt_volume": 0,
                           "total_volume": 9, "short_volume_ratio": 55.5}]),
    ),
    Seed(
        "providers.massive.answers.parse_details",
        _massive(results={"ticker": "AAA", "name": "Alpha", "share_class_shares_outstanding": 5_000_000,
                          "weighted_shares_outstanding": 5_000_000}),
        {"symbol": "AAA", "day": DAY},
    ),
    Seed("providers.nasdaq.directory.parse_directory", DIRECTORY.encode(), {"where": "directory", "fewest_rows": 1}),
    Seed(
        "providers.nasdaq.screener.parse_dated",
        _nasdaq({"asof": "Last price as of Sep 06, 2023", "table": {"rows": [_SCREENED]}}),
        {"where": "screener"},
    ),
    Seed(
        "providers.nasdaq.splits.parse_splits",
        _nasdaq({"rows": [{"symbol": "AAA", "executionDate": "9/06/2023", "ratio": "4 : 1", "name": "Alpha"}]}),
        {"where": "splits"},
    ),
    Seed(
        "providers.ortex.parse_short_interest",
        _json({"rows": [{"date": "2023-09-06", "shortInterestShares": 5, "shortInterestPcFreeFloat": 1.5}]}),
        {"symbol": "AAA"},
    ),
    Seed(
        "providers.ortex.parse_cost",
        _json({"rows": [{"date": "2023-09-06", "costToBorrowAll": 3.5}]}),
        {"symbol": "AAA"},
    ),
    Seed(
        "providers.ortex.parse_availability",
        _json({"rows": [{"date": "2023-09-06", "shortAvailabilityShares": 500}]}),
        {"symbol": "AAA"},
    ),
    Seed("providers.sec.fails.parse_fails_zip", _zipped(FAILS), {"name": "cnsfails202308a"}),
    Seed("providers.sec.fails.parse_fails", FAILS.encode(), {"where": "cnsfails202308a"}),
    Seed(
        "providers.sec.fails_index.parse_index",
        b'<a href="/files/data/fails-deliver-data/cnsfails202308a.zip">August</a>',
    ),
    Seed(
        "providers.sec.share_counts.parse_frame",
        _json({"ccp": "CY2023Q2I", "uom": "shares", "pts": 1,
               "data": [{"accn": "1", "cik": 5, "entityName": "Alpha", "end": "2023-06-30", "val": 5000}]}),
        {"frame": "CY2023Q2I"},
    ),
    Seed(
        "providers.sec.tickers.parse_tickers",
        _json({"fields": ["cik", "name", "ticker", "exchange"], "data": [[5, "Alpha", "AAA", "NYSE"]]}),
        {"valid_from": pd.Timestamp(DAY), "fewest": 1},
    ),
    Seed("providers.thresholds.common.parse_list", THRESHOLD_LIST.encode(), {"where": "list", "session": DAY}),
    Seed("providers.thresholds.nyse.parse_nyse_list", THRESHOLD_LIST.encode(), {"where": "list", "session": DAY}),
    Seed("providers.thresholds.finra.parse_threshold_records", _json([_LISTED]), {"where": "rows", "session": DAY}),
    Seed("providers.yahoo.spark.parse_quotes", _json({"AAA": _spark("AAA")}), {"asked": ("AAA", "BBB")}),
    Seed(
        "providers.yahoo.spark.parse_history", _json({"AAA": _spark("AAA")}), {"asked": ("AAA", "BBB"), "until": DAY}
    ),
)  # fmt: skip
"""Each parser but the screener's long form, whose body has to agree with its short form: `screener_seed` has it."""


def screener_seed() -> Seed:
    """The screener's long form beside a short form of the same session."""
    from providers.nasdaq.screener import parse_dated

    short = next(seed.body for seed in SEEDS if seed.parser.endswith("parse_dated"))
    told = {"where": "screener", "dated": parse_dated(short, "screener"), "fewest_rows": 1}
    return Seed(
        "providers.nasdaq.screener.parse_screener", _nasdaq({"rows": [_SCREENED, {**_SCREENED, "symbol": "BBB"}]}), told
    )
