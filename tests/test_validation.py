"""docs/validation.md says what its command computes, and its explanations add up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from market_examples import listings_of

from docs import make_validation
from docs._validation_against_s3 import split_difference
from docs._validation_evidence import (
    PUBLISHED_FILE,
    Published,
    billions,
    evidence_of,
    millions,
    read_published,
    table_of,
)
from docs._validation_of_rules import suspicious_days
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
