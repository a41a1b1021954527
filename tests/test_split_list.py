"""A list of splits is read with its odd rows, and what is odd about them is said, not applied."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from market_examples import listings_of, splits_of

from providers.errors import MalformedError
from providers.files.split_list import certain_splits, read_split_list
from providers.listings.reused_symbols import with_tenancies_parted
from shortside.corporate_actions.missed_splits import with_missed_splits
from shortside.corporate_actions.witnessed_splits import with_witnessed_splits
from shortside.doubts import DoubtRule
from shortside.net_changes import follows_previous_session, net_changes_of

HEADER = "symbol,ex_date,simple_ratio,shares_before,shares_after,shares_corrected_on,status"


def list_of(tmp_path, *rows):
    """The list of some rows of symbol, ex-date and ratio."""
    path = tmp_path / "splits.csv"
    path.write_text("\n".join([HEADER, *(f"{row},,,,never_matched" for row in rows), ""]))
    return path


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.25", 0.25),
        ("0", 0.0),
        ("-4", -4.0),
        ("", math.nan),
        ("4:1", math.nan),
        ("inf", math.nan),
        ("1e400", math.nan),
    ],
)
def test_any_ratio_is_read_and_its_neighbour_with_it(tmp_path, written, read):
    rows = read_split_list(list_of(tmp_path, f"AAPL,2023-01-10,{written}", "NA,2023-01-12,10"))
    assert rows["simple_ratio"].tolist() == pytest.approx([read, 10.0], nan_ok=True)


def test_two_ratios_for_one_day_are_both_read(tmp_path):
    rows = read_split_list(list_of(tmp_path, "AAPL,2023-01-10,0.25", "AAPL,2023-01-10,5"))
    assert rows["simple_ratio"].tolist() == [0.25, 5.0]


def test_a_row_without_a_day_is_named(tmp_path):
    with pytest.raises(MalformedError, match=r"splits\.csv, line 3, column ex_date"):
        read_split_list(list_of(tmp_path, "AAPL,2023-01-10,0.25", "NA,someday,10"))


def test_where_no_price_judges_only_what_no_row_contradicts_is_certain(tmp_path):
    rows = read_split_list(
        list_of(
            tmp_path, "A,2023-01-10,0.25", "A,2023-01-10,5", "B,2023-01-10,0", "C,2023-01-10,2", "C,2023-01-10,2",
            "D,2023-01-10,3",
        )
    )  # fmt: skip
    certain = certain_splits(rows)
    assert list(zip(certain["symbol"], certain["simple_ratio"], strict=True)) == [("C", 2.0), ("D", 3.0)]


@pytest.mark.parametrize("odd", [0.0, -1.0, np.nan])
def test_an_absurd_split_hides_no_flagged_one(odd):
    close = np.full((20, 1), 2.0)
    close[12:] *= 10
    listings = listings_of(close, [[1000.0], [1000.0], [100.0]])
    flags = listings.split_flag.copy()
    flags[2, 0] = True
    changes = net_changes_of(
        listings.sessions, listings.close, listings.close.copy(), follows_previous_session(listings.sessions)
    )
    listed = splits_of(listings.sessions, [(0, 11, odd)])
    judged = with_witnessed_splits(
        with_missed_splits(replace(listings, split_flag=flags, net_changes=changes, splits=listed))
    )
    assert judged.splits.price_factor.tolist() == [10.0]
    assert [doubt.rule for doubt in judged.doubts] == [DoubtRule.REFUSED_SPLIT]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", [0.0, -1.0, np.nan])
def test_an_absurd_split_parts_no_symbol(odd):
    listings = listings_of(np.full((20, 1), 2.0), [[1000.0], [1000.0], [1000.0]])
    # FINRA forgot the position before: only a leap of the price is wanting for another security.
    listings = replace(
        listings,
        shares_short_previous=np.array([[np.nan], [1000.0], [0.0]]),
        splits=splits_of(listings.sessions, [(0, 12, odd)]),
    )
    assert with_tenancies_parted(listings) is listings
