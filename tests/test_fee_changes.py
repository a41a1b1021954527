"""The change of a borrow fee over a day and a week, a figure of names: of folders, archives, copies and the demo."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import market_data
import numpy as np
import public_archive
import pytest
from board_examples import board_of

from providers.archive.vintages import Archive
from providers.demo.loans import simulated_looks, with_earlier_fees
from providers.files.source import FilesProvider
from providers.listings.parts import put_together, taken_apart
from providers.listings.symbols import JoinSide, SymbolJoin
from providers.public.borrow import read_borrow
from shortside.listings import Borrow
from shortside.sessions import session_days
from widgets.format import GLYPHS_UNICODE
from widgets.name_writer import NameWriter

DAY = date(2023, 2, 28)
EVENING = ("--as-of", "2023-02-28", "--known", "as-known")


@pytest.fixture(scope="module")
def looked(tmp_path_factory, folder) -> Path:
    """The small market with looks of a week before, of the day before, and of the day itself."""
    market = Path(shutil.copytree(folder, tmp_path_factory.mktemp("looked") / "market"))
    for day, fee in ((21, "1.0000"), (27, "2.5000")):
        text = market_data.BORROW.replace("2023.02.28", f"2023.02.{day}").replace("4|X|NA|3.0000", f"4|X|NA|{fee}")
        (market / "borrow" / f"ibkr_usa_202302{day}_0915.txt").write_text(text, "latin-1")
    return market


def test_names_have_the_changes_that_the_screen_of_borrowing_has_and_none_where_no_look_is_known(ask, looked, folder):
    def rows_of(document, data, *words):
        code, out, _ = ask(document, *words, "--format", "json", "--limit", "0", *EVENING, data=data)
        assert code == 0
        return json.loads(out)["rows"]

    columns = ("--columns", "symbol,borrow_fee,fee_change_1d,fee_change_1w")
    names = {row["symbol"]: row for row in rows_of("names", looked, *columns)}
    borrow = {row["symbol"]: row for row in rows_of("borrow", looked)}
    assert borrow
    for symbol, row in borrow.items():
        assert names[symbol]["fee_change_1d"] == pytest.approx(row["fee_change_day"], nan_ok=True)
        assert names[symbol]["fee_change_1w"] == pytest.approx(row["fee_change_week"], nan_ok=True)
    changed = [row for row in names.values() if row["fee_change_1w"]]
    # From 1 % to 3 % a year is two points; from 2.5 % it is half a point.
    assert [(round(row["fee_change_1w"], 6), round(row["fee_change_1d"], 6)) for row in changed] == [(0.02, 0.005)]
    asked = rows_of("names", looked, *columns, "--where", "fee_change_1w > 1%")
    assert [row["symbol"] for row in asked] == [row["symbol"] for row in changed]
    alone = rows_of("names", folder, *columns)
    assert {row["fee_change_1d"] for row in alone} == {None}, "one look alone tells of no change, not of none"


def test_an_archive_has_the_looks_that_stood_a_day_and_a_week_before_and_no_older_ones(tmp_path):
    archive = Archive(tmp_path / "archive")
    for days, fee in ((0, 0.10), (6, 0.20), (7, 0.30)):
        at = public_archive.evening(DAY) + timedelta(days=days)
        archive.append(public_archive.lent({"AAPL": fee, "BRK B": 0.01}, at.date(), at))
    join = SymbolJoin(JoinSide(symbols=["AAPL", "BRK.B", "F"], names=[""] * 3, exchanges=[""] * 3))
    moment = public_archive.evening(DAY) + timedelta(days=7, hours=1)
    borrow: Any = read_borrow(archive, moment, join, moment.date())
    np.testing.assert_array_equal(borrow.fee_day_ago, [0.20, 0.01, np.nan])
    np.testing.assert_array_equal(borrow.fee_week_ago, [0.10, 0.01, np.nan])
    earlier: Any = read_borrow(archive, moment - timedelta(days=1), join, moment.date())
    # Five days before it there was a look, six days old by then: too old to stand.
    assert earlier.fee_day_ago is None
    assert earlier.fee_week_ago is None


def test_a_copy_or_recording_made_before_there_were_changes_is_read_and_one_of_today_keeps_them(tmp_path, looked):
    listings: Any = FilesProvider(looked).read_listings()
    assert listings.borrow.fee_week_ago is not None
    kept = {}

    def keep(name, array):
        kept[name] = array
        return {"name": name}

    record = taken_apart(listings, keep)
    again: Any = put_together(record, lambda one: kept[one["name"]]).borrow
    np.testing.assert_array_equal(again.fee_week_ago, listings.borrow.fee_week_ago)
    for key in ("fee_day_ago", "fee_week_ago"):
        del record["borrow"]["part"][key]
    older: Any = put_together(record, lambda one: kept[one["name"]]).borrow
    assert (older.fee_day_ago, older.fee_week_ago) == (None, None)
    np.testing.assert_array_equal(older.fee, listings.borrow.fee)


def test_the_demo_s_earlier_fees_are_those_of_its_looks():
    sessions = session_days(date(2023, 5, 1), date(2023, 9, 7))
    borrow = Borrow(
        fee=np.array([0.0025, 0.5, 0.9]), available=np.array([1e7, 0.0, 500.0]),
        is_capped=np.array([True, False, False]), as_of=sessions[-1], source="demo",
    )  # fmt: skip
    looks = {look.as_of: look.fee for look in simulated_looks(borrow, sessions, 7)}
    found: Any = with_earlier_fees(borrow, sessions, 7)
    np.testing.assert_array_equal(found.fee_day_ago, looks[date(2023, 9, 6)])
    np.testing.assert_array_equal(found.fee_week_ago, looks[date(2023, 8, 31)])
    assert (found.fee_week_ago[1:] != borrow.fee[1:]).all()


def test_a_cell_is_the_difference_in_points_of_a_per_cent_and_a_dash_where_it_is_unknown():
    board: Any = board_of()
    fee = board.market.borrow.fee
    one = int(np.nanargmax(np.where(board.was_held, fee, np.nan)))
    before = np.where(np.arange(len(fee)) == one, fee - 0.021, np.nan)
    market = replace(board.market, borrow=replace(board.market.borrow, fee_day_ago=None, fee_week_ago=before))
    board.market = market
    writer = NameWriter(board, GLYPHS_UNICODE)
    assert writer.fee_change("fee_change_1w", one)[0].strip() == "+2.1"
    assert writer.fee_change("fee_change_1w", one - 1)[0].strip() == "—"
    assert writer.fee_change("fee_change_1d", one)[0].strip() == "—"
