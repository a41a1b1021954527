"""The tables of the whole market in the shell: they agree with the other documents, and add up to the cent."""

from __future__ import annotations

import pytest

from shortside.tables.migration import TierBridge
from tui.documents.tables.migration import bridge_records

EVENING = ("--as-of", "2023-02-28", "--known", "as-known")


def test_shorting_over_a_cycle_says_what_the_publication_of_it_said(document):
    shorting = document("shorting", "--window", "cycle", "--limit", "0", *EVENING)
    published = document("published", "--limit", "0", "--as-of", "2023-02-28")
    assert shorting["window_before"] == {"start": "2023-01-13", "end": "2023-01-31"}
    ours, theirs = shorting["sums"]["total"], published["sums"]["total"]
    for key in ("new_short", "turned_up", "price_effect", "new_short_before"):
        assert ours[key] == theirs[key]
    assert (ours["start"], ours["end"]) == (theirs["short_interest_start"], theirs["short_interest_end"])
    news = ({row["symbol"]: row["new_short"] for row in one["rows"]} for one in (shorting, published))
    assert next(news) == pytest.approx(next(news), abs=0.011)
    for one in (ours, *shorting["sums"]["tiers"], *shorting["sums"]["sectors"], *shorting["rows"]):
        parts = [one[key] or 0 for key in ("start", "new_short", "turned_up", "price_effect")]
        assert sum(parts) == pytest.approx(one["end"], abs=0.001)


def test_the_names_are_cut_at_the_limit_and_the_sums_are_not(document):
    whole, cut = (document("shorting", "--window", "cycle", "--limit", limit, *EVENING) for limit in ("0", "1"))
    assert len(cut["rows"]) == 1
    assert cut["rows"] == whole["rows"][:1]
    assert (cut["names"], cut["sums"]) == (whole["names"], whole["sums"])


def test_winners_stand_before_losers_and_add_up_to_the_tiers(document):
    winners = document("winners", "--limit", "0", *EVENING)
    profits = [row["profit"] for row in winners["rows"]]
    assert profits == sorted(profits, reverse=True)
    assert winners["winners"] + winners["losers"] == len(profits)
    assert sum(profits) == pytest.approx(document("tiers", *EVENING)["total"]["profit"], abs=0.05)
    lent = [row for row in winners["rows"] if row["carry"] is not None]
    assert 0 < len(lent) == winners["noise_floor"]["carried_names"] < len(profits)
    assert [row["net"] for row in lent] == pytest.approx([row["profit"] - row["carry"] for row in lent], abs=0.011)
    assert {row["net"] for row in winners["rows"] if row["carry"] is None} == {None}


def test_migration_leads_from_the_tiers_by_start_to_those_by_end_to_the_cent(document):
    bridges = document("migration", *EVENING)["tiers"]
    assert bridges
    for basis, key in (("start", "profit_start"), ("end", "profit_end")):
        tiers = {row["tier"]: row["profit"] for row in document("tiers", "--tier-basis", basis, *EVENING)["rows"]}
        assert {one["tier"]: one[key] for one in bridges} == {one["tier"]: tiers[one["tier"]] for one in bridges}
    for one in bridges:
        assert round(one["profit_start"] + one["profit_in"] - one["profit_out"], 2) == one["profit_end"]


def test_where_parts_of_cents_add_up_to_one_both_ends_stay_what_they_are_and_the_parts_close():
    measures = {"start": 0.004, "in": 0.004, "out": 0.0, "end": 0.008}
    dollars = {
        f"{measure}_{part}": value for measure in ("profit", "short_interest") for part, value in measures.items()
    }
    bridge = TierBridge(label="mid", names_start=1, names_in=1, names_out=0, names_end=2, **dollars)
    (record,) = bridge_records([bridge])
    for measure in ("profit", "short_interest"):
        parts = [record[f"{measure}_{part}"] for part in ("start", "in", "out", "end")]
        assert parts == [0.0, 0.01, 0.0, 0.01]


def test_certainty_has_the_band_of_the_tiers(document):
    certainty, tiers = document("certainty", *EVENING), document("tiers", *EVENING)
    by_tier = {row["tier"]: row for row in (*tiers["rows"], tiers["total"])}
    for row in (*certainty["rows"], certainty["total"]):
        tier = by_tier[row["tier"]]
        assert (row["names"], row["profit"]) == (tier["names"], tier["profit"])
        assert row["noise"] == pytest.approx((tier["profit_high"] - tier["profit_low"]) / 2, abs=0.01)


def test_sectors_by_tier_add_up_to_both(document):
    cells, tiers, sectors = (document(name, *EVENING)["rows"] for name in ("sector-tiers", "tiers", "sectors"))
    for key, rows in (("tier", tiers), ("sector", sectors)):
        for row in rows:
            mine = [cell for cell in cells if cell[key] == row[key]]
            assert sum(cell["names"] for cell in mine) == row["names"]
            assert sum(cell["profit"] for cell in mine) == pytest.approx(row["profit"], abs=0.05)


@pytest.mark.parametrize("name", ["shorting", "winners", "migration", "certainty", "sector-tiers"])
def test_where_no_settlement_is_known_a_table_ends_in_4_and_says_so(ask, name):
    code, out, err = ask(name, "--as-of", "2023-01-04", "--known", "as-known")
    assert (code, out) == (4, "")
    assert "no settlement of short interest that was public by 2023-01-04" in err


@pytest.mark.parametrize("name", ["shorting", "winners", "migration", "certainty", "sector-tiers"])
def test_a_table_is_a_page_of_a_hundred_columns(ask, name):
    code, out, _ = ask(name, "--format", "text", "--window", "cycle", *EVENING)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
