"""The cost of borrowing in the shell: from a folder, from an archive, and what is said where there is nothing."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import market_data
import numpy as np
import public_archive
import pytest

from providers.archive.loan_packing import LoanPacker
from providers.archive.vintages import Archive
from providers.demo.loans import simulated_looks
from providers.listings.symbols import JoinSide
from providers.public.loans import read_loan_archive, read_loan_path
from shortside.listings import Borrow
from shortside.loans.history import ONE_DAY
from shortside.sessions import session_days

EVENING = ("--as-of", "2023-02-28", "--known", "as-known")
DAY = date(2023, 2, 28)


@pytest.fixture(scope="module")
def looked(tmp_path_factory, folder) -> Path:
    """The small market with three looks: of a week before, of the day before, and of the day itself."""
    market = Path(shutil.copytree(folder, tmp_path_factory.mktemp("looked") / "market"))
    for day, fee in ((21, "1.0000"), (27, "2.5000")):
        text = market_data.BORROW.replace("2023.02.28", f"2023.02.{day}").replace("4|X|NA|3.0000", f"4|X|NA|{fee}")
        (market / "borrow" / f"ibkr_usa_202302{day}_0915.txt").write_text(text, "latin-1")
    return market


def said(ask, data, *words):
    code, out, err = ask("borrow", *words, *EVENING, data=data)
    assert (code, err) == (0, "")
    return out


def document_of(ask, data, *words):
    return json.loads(said(ask, data, "--format", "json", *words))


def test_the_document_has_the_sections_the_clocks_and_the_carry(ask, looked):
    found = document_of(ask, looked, "--limit", "0", "--window", "30d")
    assert found["schema"] == "shortside.borrow/1"
    assert found["known_at"] == "2023-02-28T14:15:02+00:00"
    assert found["day_ago_known_at"] == "2023-02-27T14:15:02+00:00"
    assert found["week_ago_known_at"] == "2023-02-21T14:15:02+00:00"
    assert (found["path_since"], found["days"]) == ("2023-02-21", 3)
    hardest = [row for row in found["rows"] if row["section"] == "hardest"]
    fees = [row["fee"] for row in hardest]
    assert fees == sorted(fees, reverse=True)
    assert len(hardest) == found["names"]["hardest"]
    total = found["sums"]["total"]
    assert total["carry_day"] == pytest.approx(sum(row["carry_day"] for row in hardest), abs=0.05)
    assert total["net"] == pytest.approx(total["profit_covered"] - total["paid"], abs=0.011)
    assert sum(one["carry_day"] or 0 for one in found["sums"]["tiers"]) == pytest.approx(total["carry_day"], abs=0.05)
    # Looks of the 21st, 27th and 28th: at most four days each, of a window of thirty.
    assert 0 < total["covered_ratio"] < 0.5


def test_a_change_is_a_difference_of_fees_and_not_known_is_not_zero(ask, looked):
    rows = {row["symbol"]: row for row in document_of(ask, looked, "--limit", "0")["rows"]}
    assert (rows["NA"]["fee"], rows["NA"]["fee_change_day"], rows["NA"]["fee_change_week"]) == (0.03, 0.005, 0.02)
    assert rows["AAPL"]["fee_change_week"] == 0.0
    assert rows["NA"]["available"] is None
    assert rows["AAPL"]["is_capped"] is True


def test_a_past_evening_shows_the_fees_known_then(ask, looked):
    code, out, _ = ask("borrow", "--format", "json", "--as-of", "2023-02-24", "--known", "as-known", data=looked)
    found = json.loads(out)
    assert code == 0
    assert (found["known_at"], found["week_ago_known_at"]) == ("2023-02-21T14:15:02+00:00", None)


def test_without_a_look_it_ends_in_4_and_says_what_would_fill_it(ask, folder, tmp_path):
    bare = Path(shutil.copytree(folder, tmp_path / "bare"))
    shutil.rmtree(bare / "borrow")
    code, out, err = ask("borrow", *EVENING, data=bare)
    assert (code, out) == (4, "")
    assert "put files borrow/ibkr_usa_YYYYMMDD_HHMM.txt there" in err


def test_a_page_has_a_hundred_columns_and_a_table_for_spreadsheets_one_kind_of_row(ask, looked):
    page = said(ask, looked, "--format", "text")
    assert max(map(len, page.splitlines())) <= 100
    assert "of the dollar-days" in " ".join(page.split())
    rows = list(csv.DictReader(io.StringIO(said(ask, looked, "--format", "csv"))))
    assert {row["section"] for row in rows} >= {"hardest"}
    assert {row["fee_change_week"] for row in rows} >= {""} or all(row["fee_change_week"] for row in rows)


def test_an_archive_gives_the_same_history_packed_or_not_and_the_path_by_our_spelling(tmp_path):
    archive = Archive(tmp_path / "archive")
    for days, fee in ((0, 0.10), (1, 0.20), (7, 0.30), (8, None)):
        at = public_archive.evening(DAY) + timedelta(days=days)
        archive.append(public_archive.lent({"AAPL": fee, "BRK B": 0.01}, at.date(), at))
    symbols = np.array(["AAPL", "BRK.B", "F"], object)
    side = JoinSide(symbols=symbols.tolist(), names=[""] * 3, exchanges=[""] * 3)
    moment = public_archive.evening(DAY) + timedelta(days=7, hours=1)
    for _ in range(2):
        history = read_loan_archive(archive, side, symbols, DAY, moment)
        np.testing.assert_array_equal(history.now.fee, [0.30, 0.01, np.nan])
        assert history.now.known_at - ONE_DAY == public_archive.evening(DAY) + timedelta(days=6)
        # The look of 1 March is five days old by then.
        assert history.day_ago is None
        assert history.week_ago is not None
        assert history.week_ago.fee[0] == 0.10
        assert history.fees[:, 0].tolist() == [0.10, 0.20, 0.30]
        assert read_loan_path(archive, "BRK.B", DAY, moment).fee.tolist() == [0.01] * 3
        LoanPacker(archive).pack()
    assert len(list((archive.root / "borrow_days").iterdir())) == 3


def test_simulated_looks_lead_to_the_market_s_own_and_are_the_same_every_time():
    sessions = session_days(date(2023, 5, 1), date(2023, 9, 7))
    borrow = Borrow(
        fee=np.array([0.0025, 0.5, 0.9]), available=np.array([1e7, 0.0, 500.0]),
        is_capped=np.array([True, False, False]), as_of=sessions[-1], source="demo",
    )  # fmt: skip
    looks, again = (simulated_looks(borrow, sessions, 7) for _ in range(2))
    np.testing.assert_array_equal(looks[-1].fee, borrow.fee)
    np.testing.assert_array_equal(looks[-1].available, borrow.available)
    assert {look.fee[0] for look in looks} == {0.0025}
    assert len({look.fee[1] for look in looks}) > 10
    assert looks[0].available[1] > 0
    assert [look.fee.tolist() for look in looks] == [look.fee.tolist() for look in again]
