"""`shortside snapshot published`: any cycle as known when it was published, its sums, and words for one not there."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from market_data import short_interest, write_market

from tui.documents.published import PUBLISHED_FIELDS, SUM_FIELDS


@pytest.fixture(scope="module")
def revised_folder(tmp_path_factory):
    """The small market, in which NA's file of 15 February says that 5,000 were short on 31 January."""
    reports = short_interest()
    is_later = (reports["symbol"] == "NA") & (reports["settlement_date"] == date(2023, 2, 15))
    reports.loc[is_later, ["prev_short_interest", "revision_flag"]] = [5_000, "R"]
    return write_market(tmp_path_factory.mktemp("revised") / "market", reports=reports)


def test_the_sums_add_up_to_the_cent(ask):
    code, out, _ = ask("published", "--as-of", "2023-02-28", "--format", "json", "--limit", "0")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "shortside.published/1"
    assert (document["settlement_before"], document["settlement"]) == ("2023-01-31", "2023-02-15")
    assert (document["published"], document["due_at"]) == ("2023-02-27", "2023-02-27T21:40:00+00:00")
    assert (document["seen_at"], document["late_seconds"]) == (None, None)
    assert list(document)[13:-3] == [
        *("settlement", "settlement_before", "published", "due_at", "seen_at", "late_seconds", "prices_to", "names"),
        *("sums", "rows"),
    ]
    total = document["sums"]["total"]
    assert list(total) == [field.key for field in SUM_FIELDS]
    for one in (total, *document["sums"]["tiers"], *document["sums"]["sectors"], *document["rows"]):
        parts = [one[key] or 0 for key in ("short_interest_start", "new_short", "turned_up", "price_effect")]
        assert sum(parts) == pytest.approx(one["short_interest_end"], abs=0.001)
    for groups in ("tiers", "sectors"):
        assert sum(one["new_short"] for one in document["sums"][groups]) == pytest.approx(total["new_short"])
    assert sum(row["new_short"] for row in document["rows"]) == pytest.approx(total["new_short"])


def test_the_sums_are_those_of_the_tiers_of_the_same_cycle(ask):
    options = ("--as-of", "2023-02-28", "--format", "json")
    total = json.loads(ask("published", *options)[1])["sums"]["total"]
    tiers = json.loads(ask("tiers", "--window", "cycle", *options)[1])["total"]
    assert [total[key] for key in ("names", "new_short", "short_interest_start", "short_interest_end")] == [
        tiers[key] for key in ("names", "new_short", "short_interest_start", "short_interest_end")
    ]


def test_a_cycle_is_told_as_it_was_known_on_its_evening(ask):
    document = json.loads(ask("published", "--cycle", "2023-01-31", "--format", "json")[1])
    assert (document["settlement"], document["as_of"], document["prices_to"]) == ("2023-01-31", *["2023-02-09"] * 2)
    assert document["hindsight_to"] is None


def test_a_revision_is_in_the_file_that_brings_it_and_in_hindsight(ask, revised_folder):
    def told(*more):
        document = json.loads(ask("published", "--format", "json", "--limit", "0", *more, data=revised_folder)[1])
        return document["sums"]["total"], {row["symbol"]: row for row in document["rows"]}["NA"]

    sums, row = told("--cycle", "2023-02-15")
    known = row["shares_before"]
    assert known == 5_000
    assert (sums["revised_names"], row["revised_shares"]) == (1, 5_000 - told("--cycle", "2023-01-31")[1]["shares_now"])
    assert sums["carried"] == pytest.approx(sums["short_interest_start"] - row["revised"])
    assert told("--cycle", "2023-01-31")[1]["shares_now"] != 5_000
    assert told("--cycle", "2023-01-31", "--known", "revised")[1]["shares_now"] == 5_000


@pytest.mark.parametrize(
    ("cycle", "words"),
    [
        ("2023-02-14", "2023-02-14 is not a settlement date; the nearest is 2023-02-15"),
        ("2021-02-26", "no short interest of 2021-02-26 here; the nearest is of 2022-12-30"),
        (
            "2023-03-15",
            "published on 2023-03-24, and the closes here end on 2023-03-01; the nearest is of 2023-02-15",
        ),
        ("2022-12-30", "no settlement before 2022-12-30 has closes here"),
    ],
)
def test_a_cycle_that_is_not_there_ends_in_4_with_words(ask, cycle, words):
    code, out, err = ask("published", "--cycle", cycle)
    assert (code, out) == (4, "")
    assert words in err


def test_a_cycle_published_after_the_day_asked_for_is_not_known_then(ask):
    code, _, err = ask("published", "--as-of", "2023-02-20", "--cycle", "2023-02-15")
    assert code == 4
    assert "the settlement of 2023-02-15 was published on 2023-02-27, after 2023-02-20" in err


def test_only_this_document_takes_a_cycle(ask):
    code, _, err = ask("tiers", "--cycle", "2023-02-15")
    assert code == 2
    assert "--cycle: of the documents only published take it, not tiers" in err


def test_the_rows_are_the_largest_moves_first_and_cut(ask):
    _, out, _ = ask("published", "--as-of", "2023-02-28", "--format", "csv", "--limit", "2")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row for row in rows[0] if row not in ("as_of", "simulated", "group")] == [
        field.key for field in PUBLISHED_FIELDS
    ]
    sizes = [abs(float(row["new_short"])) for row in rows]
    assert len(rows) == 2
    assert sizes == sorted(sizes, reverse=True)


def test_the_page_says_what_the_file_changed(ask):
    _, out, _ = ask("published", "--as-of", "2023-02-28", "--ascii")
    for words in ("settlement 2023-02-15 against", "short interest ", "revised in this file: 0 names", "trapped (more"):
        assert words in out
    assert "built" in out
    assert out.isascii()
