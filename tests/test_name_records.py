"""What is kept of one name beside the market: fails, threshold lists, short volume, FINRA's revisions in dollars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from market_data import write_market
from market_examples import listings_of, splits_of
from threshold_examples import list_of

from providers.archive.vintages import Archive
from providers.catalog import NASDAQ_THRESHOLD, SEC_FAILS
from providers.parsing.snapshots import snapshot_by
from providers.sec.fails import FAILS
from providers.sec.fails_path import read_fails
from providers.thresholds.common import parse_list, snapshot_of
from providers.thresholds.listed_days import threshold_days
from shortside.board import Desk
from shortside.datasets import Dataset
from shortside.market import market_of
from shortside.one_name.fails import FailsPath, fails_days, recent_fails
from shortside.positions import Knowledge, PositionsMethod
from shortside.publications.revisions import revisions_of
from shortside.sessions import NEW_YORK
from shortside.view import View


def revised_listings(first=100.0, after=160.0):
    """Forty sessions at 100, 99, 98, … dollars; the second of three settlements, 13 January, was revised."""
    listings = listings_of(100.0 - np.arange(40.0)[:, None], [[50.0], [first], [100.0]])
    is_revised, previous = listings.is_revised.copy(), listings.shares_short_previous.copy()
    is_revised[2, 0], previous[2, 0] = True, after
    return replace(listings, is_revised=is_revised, shares_short_previous=previous)


@pytest.mark.parametrize(
    ("method", "dollars"),
    [
        # 60 shares more over the eleven sessions from 13 to 31 January, each of which paid the shorts a dollar.
        (PositionsMethod.STEP, 660.0),
        # In ninths of 60 up to 13 January, 36/9 share-days; 60 that day; in elevenths down again, 55/11.
        (PositionsMethod.LINEAR, 600.0),
    ],
)
def test_a_revision_is_worth_what_the_shares_it_added_made(method, dollars):
    board = Desk(market_of(revised_listings())).board(View(positions=method))
    (told,) = revisions_of(board, 0)
    assert (told.shares_before, told.shares_after, told.settlement_date) == (100.0, 160.0, date(2023, 1, 13))
    assert told.revised == date(2023, 2, 9), "with the settlement of 31 January"
    assert told.profit_effect == pytest.approx(dollars)
    never = replace(revised_listings(), is_revised=np.zeros((3, 1), bool))
    unrevised = Desk(market_of(never)).board(View(positions=method))
    assert board.profit[0] - unrevised.profit[0] == pytest.approx(told.profit_effect)
    assert revisions_of(unrevised, 0) == ()


def test_a_revision_is_not_known_before_the_next_settlement_is_out():
    market = market_of(revised_listings(), as_of=date(2023, 2, 8))
    assert revisions_of(Desk(market).board(View(knowledge=Knowledge.AS_KNOWN)), 0) == ()
    assert len(revisions_of(Desk(market).board(View(knowledge=Knowledge.REVISED)), 0)) == 1


def fails_path(sessions, fails, price=2.0):
    """Balances of the first sessions, all posted on 1 March."""
    count = len(fails)
    return FailsPath(
        symbol="S000",
        days=sessions[:count],
        known_at=np.full(count, np.datetime64("2023-03-01T21:00", "us")),
        fails=np.array(fails, np.float64),
        price=np.full(count, price),
    )


def test_a_balance_is_over_from_ten_thousand_shares_and_half_a_per_cent_on():
    # 100 million shares, of which half a per cent are 500,000.
    market = market_of(listings_of(np.full((6, 1), 10.0), [[50.0]]))
    days = fails_days(market, 0, fails_path(market.sessions, [500_000, 499_999, 0]))
    assert [one.is_over for one in days] == [False, False, True]
    assert (days[2].dollars, days[2].outstanding_ratio, days[0].dollars) == (1_000_000.0, 0.005, 0.0)
    assert days[2].known_on == date(2023, 3, 1)
    small = listings_of(np.full((6, 1), 10.0), [[50.0]])
    small = replace(small, shares_outstanding=np.full((6, 1), 1e5, np.float32))
    # Five per cent of 100,000 shares, and yet fewer than 10,000.
    assert fails_days(market_of(small), 0, fails_path(small.sessions, [5_000]))[0].is_over is False


def test_a_balance_before_a_split_is_measured_by_the_shares_of_its_own_day():
    close = np.where(np.arange(10) < 5, 10.0, 5.0)[:, None] * np.ones((1, 1))
    counts = np.where(np.arange(10) < 5, 1e8, 2e8)[:, None].astype(np.float32)
    listings = listings_of(close, [[50.0]], shares_outstanding=counts)
    split = splits_of(listings.sessions, [(0, 5, 0.5)])
    market = market_of(replace(listings, splits=split))
    days = fails_days(market, 0, fails_path(market.sessions, [1e6] * 6))
    assert days[-1].outstanding_ratio == pytest.approx(0.01)
    assert days[0].outstanding_ratio == pytest.approx(0.005)


def test_of_unknown_shares_outstanding_a_large_balance_is_neither_over_nor_under():
    listings = listings_of(np.full((6, 1), 10.0), [[50.0]])
    market = market_of(replace(listings, shares_outstanding=np.full((6, 1), np.nan, np.float32)))
    days = fails_days(market, 0, fails_path(market.sessions, [20_000, 9_999]))
    assert [one.is_over for one in days] == [False, None]
    assert recent_fails(days, market.last_session).days_unknown == 1


def test_recent_days_are_those_of_the_last_thirty_five_and_a_run_ends_with_the_newest():
    market = market_of(listings_of(np.full((60, 1), 10.0), [[50.0]]))
    days = fails_days(market, 0, fails_path(market.sessions, [600_000] * 57 + [0, 600_000, 600_000]))
    recent = recent_fails(days, market.last_session)
    # From 22 February to 29 March.
    first = np.datetime64(market.last_session) - 35
    assert recent.days_looked_at == int((market.sessions > first).sum())
    assert (recent.days_over, recent.days_in_a_row) == (recent.days_looked_at - 1, 2)


def kept_fails(archive, rows, posted):
    """One file of the SEC in the archive: day, number, symbol and balance of each row."""
    frame = pd.DataFrame(rows, columns=["settlement_date", "cusip", "symbol", "fails"])
    frame = frame.assign(settlement_date=pd.to_datetime(frame["settlement_date"]), description="", price="1.5")
    as_of = frame["settlement_date"].max().date()
    archive.append(
        snapshot_by(
            SEC_FAILS,
            Dataset.FAILS,
            FAILS.conform(frame, "fails"),
            as_of=as_of,
            published_at=posted,
            fetched_at=posted,
        )
    )


def test_fails_are_read_by_name_as_known_with_zero_where_a_file_has_no_row(tmp_path):
    archive = Archive(tmp_path)
    first, second = datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 2, 16, tzinfo=UTC)
    rows = [("2023-01-03", "1", "BRKB", 10), ("2023-01-03", "2", "BRKB", 5), ("2023-01-04", "3", "NA", 7)]
    kept_fails(archive, rows, first)
    kept_fails(archive, [("2023-01-17", "1", "BRKB", 20)], second)
    early = read_fails(archive, "BRK.B", datetime(2023, 2, 10, tzinfo=UTC), date(2022, 1, 1))
    assert early.days.astype(str).tolist() == ["2023-01-03", "2023-01-04"]
    assert early.fails.tolist() == [15.0, 0.0], "both numbers of one symbol; nothing on the second day"
    late = read_fails(archive, "BRK.B", second, date(2023, 1, 4))
    assert late.fails.tolist() == [0.0, 20.0]


def test_days_on_lists_are_counted_of_the_lists_of_its_exchange_that_are_kept(tmp_path):
    archive = Archive(tmp_path)
    kept = {date(2023, 2, 27): ["AAPL"], date(2023, 2, 28): [], date(2023, 3, 2): ["AAPL", "NA"]}
    for session, symbols in kept.items():
        rows, made_at = parse_list(list_of(session, *symbols, market="Q"), "list", session)
        fetched_at = datetime(session.year, session.month, session.day, 23, 30, tzinfo=NEW_YORK)
        archive.append(snapshot_of(rows, NASDAQ_THRESHOLD, session, made_at, fetched_at))
    moment = datetime(2023, 3, 4, tzinfo=NEW_YORK)
    found = threshold_days(archive, "AAPL", "nasdaq", moment)
    # Of 1 March no list is kept, so it is not among those looked at.
    assert (found.days_listed, len(found.days), found.last_listed) == (2, 3, date(2023, 3, 2))
    assert threshold_days(archive, "AAPL", "nasdaq", moment, date(2023, 2, 28)).last_listed == date(2023, 2, 27)
    assert len(threshold_days(archive, "AAPL", "nyse", moment).days) == 0, "lists of another exchange say nothing"


def test_the_document_has_what_a_folder_keeps_and_says_what_would_fill_the_rest(ask, tmp_path):
    import json

    folder = write_market(tmp_path / "market")
    rows = [(date(2023, 2, 13), "AAPL", 20_000, 100.0), (date(2023, 2, 14), "NA", 5, None)]
    frame = pd.DataFrame(rows, columns=["settlement_date", "symbol", "quantity_fails", "price"])
    frame.to_parquet(folder / "fails_to_deliver.parquet", index=False)
    (folder / "regsho").mkdir()
    volume = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\r\n20230228|AAPL|30|0|40|Q\r\n1\r\n"
    (folder / "regsho" / "CNMSshvol20230228.txt").write_text(volume)
    code, out, _ = ask("symbol", "AAPL", "--format", "json", data=folder)
    found = json.loads(out)
    assert code == 0
    newest, before = found["fails"]["days"]
    assert (newest["fails"], before["fails"], before["dollars"]) == (0, 20_000, 2_000_000.0)
    assert before["known_on"] == "2023-02-28", "the first half of a month is posted about its end"
    (session,) = found["off_exchange"]["sessions"]
    assert (session["session"], session["ratio"]) == ("2023-02-28", 0.75)
    assert (found["threshold_lists"], list(found["lacks"])) == (None, ["threshold_lists"])
    own = next(one for one in found["peers"]["rows"] if one["symbol"] == "AAPL")
    assert own["short_interest"] == found["figures"]["short_interest"]
    assert {one["kind"] for one in found["events"]} >= {"unmoved_split"}


def test_the_document_has_the_path_of_the_fee_day_by_day_and_the_last_day_look_by_look(ask, tmp_path):
    import json

    import market_data

    folder = write_market(tmp_path / "market")
    for day, at, fee in (("27", "0915", "1.0000"), ("28", "1030", "2.0000")):
        text = market_data.BORROW.replace("2023.02.28|09:15:02", f"2023.02.{day}|{at[:2]}:{at[2:]}:00")
        text = text.replace("4|X|NA|3.0000", f"4|X|NA|{fee}")
        (folder / "borrow" / f"ibkr_usa_202302{day}_{at}.txt").write_text(text, "latin-1")
    symbol = next(line.split("|")[0] for line in market_data.BORROW.splitlines() if "4|X|NA|3.0000" in line)
    words = ("--format", "json", "--as-of", "2023-02-28", "--known", "as-known")
    code, out, _ = ask("symbol", symbol.replace(" ", "."), *words, data=folder)
    assert code == 0
    loans = json.loads(out)["borrow"]
    newest, before = loans["days"]
    assert (loans["count"], newest["looks"], before["looks"]) == (3, 2, 1)
    # From 3 % in the morning to 2 % at half past ten; 1 % the day before.
    assert (newest["fee"], newest["highest_fee"], newest["fee_change"]) == pytest.approx((0.02, 0.03, 0.01))
    assert [look["fee"] for look in loans["looks"]] == pytest.approx([0.02, 0.03])
    assert loans["looks"][0]["known_at"] == "2023-02-28T15:30:00+00:00"


def test_where_no_look_is_kept_the_document_says_what_would_fill_the_path(ask, tmp_path):
    import json
    import shutil

    folder = write_market(tmp_path / "market")
    shutil.rmtree(folder / "borrow")
    _, out, _ = ask("symbol", "AAPL", "--format", "json", data=folder)
    found = json.loads(out)
    assert found["borrow"] is None
    assert "borrow/" in found["lacks"]["borrow"]
