"""FINRA's API adds up to what its file says, for a session that is refused or a name that is looked at."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from finra_examples import Api
from provider_examples import Script, clients_of
from virtual_time import run

from providers.archive.short_volume import sold_short, year_of
from providers.archive.vintages import Archive
from providers.errors import MalformedError, NoDataError, PendingError
from providers.finra.short_volume import parse_session, to_tape
from providers.finra.short_volume_api import FinraRegShoDaily, parse_facility_records
from shortside.datasets import Dataset
from shortside.snapshot import Snapshot

DAY = date(2023, 9, 6)
LOOKED = datetime(2023, 9, 7, 2, tzinfo=UTC)


def row(symbol="GME", code="Q", short=100.0, exempt=1.0, total=250.0, day=DAY, text=False):
    amounts = {"shortParQuantity": short, "shortExemptParQuantity": exempt, "totalParQuantity": total}
    return {
        "tradeReportDate": f"{day}",
        "securitiesInformationProcessorSymbolIdentifier": symbol,
        "marketCode": code,
        **{name: f"{amount:.6f}" if text else amount for name, amount in amounts.items()},
    }


def asked(question, handler, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await question(FinraRegShoDaily(clients, fewest_rows=2))

    return run(story())


def session_of(handler, **options):
    return asked(lambda provider: provider.fetch_session(DAY), handler, **options)


def test_facilities_are_added_up():
    rows = [row(code="Q"), row(code="B", short=50, exempt=0, total=60), row(code="N", short=1, total=1), row("A")]
    frame: Any = parse_facility_records(rows, "api").set_index("symbol")
    assert frame.loc["GME", ["short_volume", "short_exempt_volume", "total_volume"]].tolist() == [151, 2, 311]
    assert frame["market"].to_dict() == {"GME": "B,N,Q", "A": "Q"}


def test_amounts_may_come_as_text_with_decimals():
    whole, text = parse_facility_records([row()], "api"), parse_facility_records([row(text=True)], "api")
    assert whole.equals(text)


def test_it_says_what_the_file_says():
    header = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
    body = "\r\n".join([header, "20230906|ABRpD|5|0|7|Q", "20230906|GME|150|2|310|B,Q", "2"]).encode()
    api = [row(code="Q"), row(code="B", short=50, exempt=1, total=60), row("ABRpD", short=5, exempt=0, total=7)]
    columns = ["date", "symbol", "short_volume", "short_exempt_volume", "total_volume", "market"]
    assert parse_facility_records(api, "api")[columns].equals(parse_session(body, "file", DAY, 1)[columns])


def test_a_session_is_put_together_from_short_pages():
    rows = [row(f"N{number:03d}", code) for number in range(40) for code in "BNQ"]
    api = Api(rows, page=33)
    snapshot = session_of(api).snapshot
    assert (snapshot.dataset, snapshot.as_of, snapshot.rows) == (Dataset.SHORT_VOLUME, DAY, 40)
    assert [question["offset"] for question in api.questions] == [0, 33, 66, 99]
    assert api.questions[0]["sortFields"] == ["securitiesInformationProcessorSymbolIdentifier"]


@pytest.mark.parametrize(
    ("rows", "total", "words"),
    [
        ([row(), row("B")], 3, "of 3"),
        ([row(), row("B"), row()], 3, "already in"),
        ([row(), row("B", day=date(2023, 9, 5))], 2, "rows of other days"),
        ([row(short=-1), row("B", short=-1)], 2, "is negative"),
        ([row(), row("")], 2, "never has fewer than 2"),
        ([row()], 1, "never has fewer than 2"),
        ([{"tradeReportDate": "2023-09-06"}] * 2, 2, "is missing"),
    ],
)
def test_half_a_session_is_refused(rows, total, words):
    with pytest.raises(MalformedError, match=words):
        session_of(Api(rows, page=50, total=total))


def test_no_rows_mean_not_yet():
    with pytest.raises(PendingError, match="has not posted"):
        session_of(Script(httpx.Response(204)))


def test_nothing_is_asked_on_a_holiday():
    script = Script(httpx.Response(204))
    with pytest.raises(NoDataError, match="does not trade"):
        asked(lambda provider: provider.fetch_session(date(2023, 9, 4)), script)
    assert script.requests == []


def test_a_year_of_a_name_is_one_question_of_the_tapes_spelling():
    api = Api([row("BRK/B", day=day) for day in (date(2023, 9, 5), DAY)], page=5_000)
    snapshot = asked(lambda provider: provider.fetch_history([to_tape("BRK.B")]), api).snapshot
    assert snapshot.as_of == DAY
    assert snapshot.frame["symbol"].tolist() == ["BRK.B", "BRK.B"]
    assert api.questions[0]["domainFilters"][0]["values"] == ["BRK/B"]
    assert api.questions[0]["dateRangeFilters"] == [
        {"fieldName": "tradeReportDate", "startDate": "2022-09-07", "endDate": "2023-09-07"}
    ]


@pytest.mark.parametrize("symbol", ["BRK.B", "ABR^D", "A"])
def test_a_spelling_goes_to_the_tape_and_back(symbol):
    assert parse_facility_records([row(to_tape(symbol))], "api")["symbol"].tolist() == [symbol]


def test_a_recorded_row_is_read(shared: Path):
    rows = json.loads((shared / "payloads" / "finra" / "regShoDaily_row_GME.json").read_bytes())
    frame = parse_facility_records(rows, "recorded")
    assert frame["short_volume"].tolist() == [725_901]


# ---- what the archive makes of it -----------------------------------------------------------------------------------


def stored(archive, rows, as_of, after_hours=0, source="finra_short_volume"):
    moment = LOOKED.replace(hour=2 + after_hours)
    frame = parse_facility_records(rows, "example")
    archive.append(Snapshot(dataset=Dataset.SHORT_VOLUME, frame=frame, as_of=as_of, fetched_at=moment, source=source))


def test_a_name_is_read_from_files_and_histories_alike(tmp_path):
    archive = Archive(tmp_path)
    older, newer = date(2023, 9, 5), DAY
    stored(archive, [row("GME", day=newer), row("A", day=newer)], newer)
    stored(archive, [row("GME", short=10, day=older), row("GME", short=99, day=newer)], newer, 1, "finra_reg_sho_daily")
    history = sold_short(archive, "GME", LOOKED.replace(hour=5))
    assert history.sessions.astype(str).tolist() == ["2023-09-05", "2023-09-06"]
    # The later look is believed.
    assert history.short.tolist() == [10, 99]
    assert sold_short(archive, "GME", LOOKED).short.tolist() == [100]
    assert sold_short(archive, "A", LOOKED).short.tolist() == [100]


def test_a_name_nobody_knows_has_no_sessions(tmp_path):
    archive = Archive(tmp_path)
    assert len(sold_short(archive, "GME", LOOKED).sessions) == 0
    stored(archive, [row("A")], DAY)
    history = sold_short(archive, "GME", LOOKED)
    assert len(history.sessions) == 0
    assert np.isnan(history.last_ratio)
    assert np.isnan(history.rank)


def test_a_year_ends_a_year_ago(tmp_path):
    archive = Archive(tmp_path)
    stored(archive, [row("A", day=date(2022, 9, 2)), row("A")], DAY)
    assert year_of(archive, "A", LOOKED).sessions.astype(str).tolist() == ["2023-09-06"]
    assert len(sold_short(archive, "A", LOOKED).sessions) == 2
