"""docs/validation.md says what its command computes, and its explanations add up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from market_examples import listings_of

from docs import make_validation
from docs._validation_evidence import (
    PUBLISHED_FILE,
    Evidence,
    Published,
    billions,
    evidence_of,
    hindsight,
    millions,
    read_published,
    table_of,
    told,
)
from docs._validation_identities import by_two_closes, our_change, published_changes
from docs._validation_lists import SQUEEZABLE_DAYS
from docs._validation_of_rules import suspicious_days
from docs._validation_tables import split_difference
from docs.make_validation import one_average
from providers.errors import NoDataError
from shortside.board import Desk
from shortside.market import market_of
from shortside.view import View


@pytest.mark.shared
@pytest.mark.slow
def test_the_page_kept_is_the_one_the_command_writes(market_directory, repository, tmp_path):
    """When a rule changes, the page changes with it: python -m docs.make_validation --data FOLDER."""
    written = tmp_path / "validation.md"
    make_validation.main(["--data", str(market_directory), "--output", str(written)])
    assert written.read_text(encoding="utf-8") == (repository / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.mark.shared
def test_the_published_groups_add_up_to_their_total_to_the_dollar(market_directory):
    for rows in read_published(market_directory / PUBLISHED_FILE).values():
        *groups, total = rows.values()
        assert sum(group.profit for group in groups) == total.profit
        assert sum(group.average for group in groups) == total.average


def test_the_two_parts_of_a_difference_add_up_to_it():
    row = SimpleNamespace(profit=-90.0, average_short_interest=900.0)
    theirs = Published(count=3, average=1_000.0, profit=-130.0, percent=-13.0, source="")
    size, rate = split_difference(row, theirs)  # type: ignore[arg-type]  # only these two are read
    assert size == pytest.approx(13.0)
    assert size + rate == pytest.approx(row.profit - theirs.profit)


@pytest.mark.shared
def test_every_table_of_s3_is_read_for_the_page(market_directory, repository):
    """`methods.csv` alone holds no figure: docs/method.md quotes its formulas."""
    told_of = "".join(path.read_text(encoding="utf-8") for path in (repository / "docs").glob("*.py"))
    stems = {path.name for path in (market_directory / "golden").glob("*.csv")} - {"methods.csv"}
    squeezable = {name for name in stems if name.startswith("s3_squeezable_")}
    assert {f"s3_squeezable_{day}.csv" for day in SQUEEZABLE_DAYS} == squeezable
    assert {name for name in stems - squeezable if name not in told_of} == set()


@pytest.mark.shared
def test_s3_s_identities_add_up_to_their_roundings(market_directory):
    evidence = Evidence(market_directory, market_of, {})  # type: ignore[arg-type]  # only its golden tables are read
    found = published_changes(evidence)
    assert len(found) == 4
    for period, change in found.items():
        assert change.price + change.new == pytest.approx(change.change, abs=1.0), period
    assert found["2022-Q2"].start == pytest.approx(943 + 132.3)
    assert (found["2022 to 13 May"].start, found["2022 to 13 May"].end) == (1_070, 840)
    assert (found["2022-06"].start, found["2022-06"].end) == pytest.approx((981.6, 908.1))


def test_a_number_is_read_after_its_words_and_nothing_is_nan():
    note = "price effect -224.0 and new short +91.7; to 1,943 bn"
    assert (told(note, "price effect"), told(note, "new short"), told(note, "to")) == (-224.0, 91.7, 1_943.0)
    assert np.isnan(told(note, "covering"))


def test_short_interest_changes_by_prices_and_by_what_was_sold():
    """100 shares at 10 dollars, two settlements later 150 at 8: 1,000 dollars became 1,200.

    At the first close's shares prices took 200 and new shorts brought 400; at the last one's 300 and 500.
    """
    close = np.full((30, 1), 10.0)
    close[20:] = 8.0
    listings = listings_of(close, [[100.0], [100.0], [150.0], [150.0]])
    board = Desk(market_of(listings)).board(hindsight(window="since:2023-01-04"))
    ours = our_change(board)
    assert (ours.start, ours.end) == pytest.approx((1e-6, 1.2e-6))
    assert ours.price + ours.new == pytest.approx(ours.change)
    by_start, by_end = by_two_closes(board)
    assert (by_start.price, by_start.new) == pytest.approx((-2e-7, 4e-7))
    assert (by_end.price, by_end.new) == pytest.approx((-3e-7, 5e-7))


def test_an_average_fits_what_was_made_before_and_after_financing():
    """10 mm are 1 %, so about 1,000 mm; 25 mm lost are 2.6 %, about 962. Rounded to the million: 950 to 981."""
    row = {"mtm_pl_usd_mm": "10", "mtm_pl_pct": "1", "net_usd_mm": "-25", "net_pl_pct": "-2.6"}
    assert one_average(row) == pytest.approx((950e6, 25.5e8 / 2.6))


def test_a_fifteenfold_jump_of_a_shorted_name_is_suspect_and_a_doubling_is_not():
    close = np.full((20, 3), 10.0)
    close[12:, 0] = 150.0
    close[12:, 1] = 20.0
    shares = np.full((3, 3), 1_000_000.0)
    shares[:, 2] = 0.0
    close[12:, 2] = 150.0
    board = Desk(market_of(listings_of(close, shares))).board(View(window="1y"))
    ((session, column, profit),) = suspicious_days(board)
    assert (session, column) == (12, 0)
    assert profit == pytest.approx(-140e6)


def test_figures_are_rounded_without_a_minus_before_nothing():
    assert (billions(-1e6), billions(-1.005e11), millions(-1.0), millions(1234567890.0)) == (
        "0.00",
        "-100.50",
        "0.0",
        "1,234.6",
    )


def test_a_table_of_the_page_has_a_mark_for_every_column():
    assert table_of(["a", "b"], [["c", "1"]]) == ["| a | b |", "| --- | --: |", "| c | 1 |"]


def test_an_empty_folder_is_no_evidence(tmp_path):
    with pytest.raises(NoDataError, match="empty"):
        evidence_of(tmp_path)
