"""Members of indexes out of the archive: by funds' holdings that were public by then; and what the funds returned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from providers.archive.vintages import Archive
from providers.catalog import ISHARES_HOLDINGS
from providers.ishares import MEMBERS
from providers.listings.symbols import JoinSide
from providers.parsing.snapshots import snapshot_by
from providers.public.index_members import read_index_archive
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS
from shortside.index_members import membership_on
from shortside.tables.index_breadth import fund_return

OURS = JoinSide(
    symbols=["AAPL", "BRK.B", "NA"], names=["Apple Inc.", "Berkshire Hathaway Inc.", "Nano Labs"], exchanges=[""] * 3
)


def kept(archive, fund, day, symbols, nav):
    """What iShares printed of a fund's evening, looked at in the next morning."""
    at = datetime(day.year, day.month, day.day, 13, tzinfo=UTC) + timedelta(days=1)
    rows = pd.DataFrame(
        {
            "fund": fund,
            "symbol": symbols,
            "name": symbols,
            "sector": "Technology",
            "weight_ratio": 1 / len(symbols),
            "shares": 10.0,
            "price": 5.0,
            "exchange": "NYSE",
        }
    )
    size = pd.DataFrame(
        {"date": [pd.Timestamp(day)], "symbol": [fund], "nav": [nav], "shares_outstanding": [1_000_000.0]}
    )
    for dataset, frame in (
        (Dataset.INDEX_MEMBERS, MEMBERS.conform(rows, "made up")),
        (Dataset.FUND_FLOWS, FUND_DAYS.conform(size, "made up")),
    ):
        archive.append(snapshot_by(ISHARES_HOLDINGS, dataset, frame, as_of=day, fetched_at=at))


@pytest.fixture
def archive(tmp_path):
    found = Archive(tmp_path)
    kept(found, "IWB", date(2023, 1, 31), ["AAPL", "BRKB", "GONE"], 200.0)
    kept(found, "IWM", date(2023, 1, 31), ["NA"], 100.0)
    kept(found, "IWM", date(2023, 2, 14), ["AAPL"], 104.0)
    kept(found, "IWM", date(2023, 2, 28), ["NA", "AAPL"], 110.0)
    return found


def test_members_are_called_as_the_market_calls_them_and_those_it_lacks_are_counted(archive):
    facts = read_index_archive(archive, OURS, datetime(2023, 3, 3, tzinfo=UTC))
    large = membership_on(facts.memberships, "r1000", date(2023, 3, 1))
    assert large is not None
    assert large.members_on(date(2023, 3, 1)) == {"AAPL", "BRK.B", "GONE"}
    assert large.words == "list of 2023-01-31"


def test_of_a_day_the_list_before_it_counts_and_none_that_came_out_later(archive):
    facts = read_index_archive(archive, OURS, datetime(2023, 3, 3, tzinfo=UTC))
    small = membership_on(facts.memberships, "r2000", date(2023, 2, 20))
    assert small is not None
    assert small.members_on(date(2023, 2, 20)) == {"NA"}, "of February its last list is read"
    assert membership_on(facts.memberships, "r2000", date(2023, 1, 30)) is None
    evening = read_index_archive(archive, OURS, datetime(2023, 3, 1, 5, tzinfo=UTC))
    newest = membership_on(evening.memberships, "r2000", date(2023, 2, 28))
    assert newest is not None
    assert newest.words == "list of 2023-02-14", "that of the 28th came out on the morning after"
    assert membership_on(facts.memberships, "sp500", date(2023, 3, 1)) is None, "no fund of it is kept"


def test_a_fund_returned_what_its_net_asset_value_says_and_an_unknown_end_is_no_return(archive):
    facts = read_index_archive(archive, OURS, datetime(2023, 3, 3, tzinfo=UTC))
    assert fund_return(facts, "IWM", date(2023, 1, 31), date(2023, 2, 28)) == pytest.approx(0.10)
    missing = fund_return(facts, "IWM", date(2023, 2, 1), date(2023, 2, 28))
    assert missing != missing


def test_an_archive_without_holdings_knows_nothing_of_indexes(tmp_path):
    facts = read_index_archive(Archive(tmp_path / "none"), OURS, datetime(2023, 3, 3, tzinfo=UTC))
    assert (facts.memberships, len(facts.closes)) == ((), 0)
