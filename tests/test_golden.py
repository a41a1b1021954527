"""The real market of 7 September 2023 against what S3 Partners printed that day. Nothing here is tuned to it.

S3 has its own daily positions, universe and cut-offs, so the bounds are wide; a figure outside them has a cause to be
found (a split, a share count, a changed ticker), not a number to be moved. docs/validation.md tells the differences.
"""

from __future__ import annotations

import csv
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from providers.files.funds import read_fund_files
from providers.files.source import FilesProvider
from providers.listings.symbols import squashed
from shortside.board import Desk
from shortside.evidence.board_chances import squeeze_chances
from shortside.funds.flows import fund_flows
from shortside.market import market_of
from shortside.positions import Knowledge, PositionsMethod
from shortside.publications.flow import Move
from shortside.publications.publication import publication_of
from shortside.publications.sums import publication_sums, sums_by_tier, total_sums
from shortside.rows import name_rows, tier_table
from shortside.tiers import TierBasis
from shortside.view import View
from shortside.windows import Window

pytestmark = pytest.mark.shared
DAY = date(2023, 9, 7)


@pytest.fixture(scope="module")
def listings(market_directory):
    return FilesProvider(market_directory).read_listings(since=date(2022, 7, 1), until=date(2023, 9, 15))


@pytest.fixture(scope="module")
def desk(listings):
    return Desk(market_of(listings, as_of=DAY))


def rollup(desk, **view):
    """The groups with hindsight, as S3's own daily positions have it."""
    board = desk.board(View(**{"knowledge": Knowledge.REVISED, **view}))
    return {row.label: row for row in tier_table(board, with_trends=False).rollup}


def total(desk, **view):
    """The whole market with hindsight."""
    return tier_table(desk.board(View(**{"knowledge": Knowledge.REVISED, **view})), with_trends=False).total


def published(market_directory, period):
    with (market_directory / "golden" / "s3_small_caps_2023-09-07.csv").open(newline="") as lines:
        return {row["group"]: row for row in csv.DictReader(lines) if row["period"] == period}


def test_a_longer_history_changes_nobody_s_year(desk, market_directory):
    """Symbols that were another company's in 2021 (FI, COR, COHR, RBC) do not make a leap of it.

    GDEV was halted from early 2022 to March 2023: the shorter history has no price to begin its year with.
    """
    read = FilesProvider(market_directory).read_listings(until=date(2023, 9, 15))
    whole = Desk(market_of(read, as_of=DAY)).board(View(knowledge=Knowledge.REVISED))
    ours, theirs = (
        dict(zip(board.market.symbols[board.included], board.profit[board.included], strict=True))
        for board in (desk.board(View(knowledge=Knowledge.REVISED)), whole)
    )
    halted = ours.pop("GDEV"), theirs["GDEV"]
    assert ours == pytest.approx({symbol: theirs[symbol] for symbol in ours}, rel=1e-6, abs=1.0)
    assert halted == pytest.approx((82_475, 275_535), abs=1.0)


def test_the_whole_market_lost_what_s3_says_within_a_point_and_a_half(desk, market_directory):
    theirs = float(published(market_directory, "YTD to 2023-09-07")["All U.S."]["pl_pct"])
    assert 100 * total(desk).profit_ratio == pytest.approx(theirs, abs=1.5)


@pytest.mark.parametrize(("group", "theirs", "points"), [("mega+large", -16.95, 2.0), ("mid", -12.78, 3.5)])
def test_the_large_and_the_middle_lost_what_s3_says(desk, group, theirs, points):
    assert 100 * rollup(desk)[group].profit_ratio == pytest.approx(theirs, abs=points)


@pytest.mark.parametrize(
    ("period", "window", "points"),
    [("YTD to 2023-09-07", "ytd", 0.3), ("Aug-Sep 2023", "since:2023-08-02", 0.4)],
)
def test_to_the_close_of_the_day_before_the_article_the_market_made_what_s3_says(
    listings, market_directory, period, window, points
):
    """Its fund flow ends on 6 September, and its August begins at the close of the 1st."""
    market = market_of(listings, as_of=date(2023, 9, 6))
    board = Desk(market).board(View(window=window))
    theirs = published(market_directory, period)
    whole = tier_table(board, with_trends=False)
    assert whole.total.profit_ratio is not None
    assert 100 * whole.total.profit_ratio == pytest.approx(float(theirs["All U.S."]["pl_pct"]), abs=points)
    small = {row.label: row.profit for row in whole.rollup}["small+micro+nano"]
    assert small == pytest.approx(float(theirs["Small, Nano & Micro"]["mtm_pl_usd"]), abs=0.5e9)


def test_small_caps_by_their_cap_at_the_end_made_between_nine_and_seventeen_billion(desk):
    assert 9e9 < rollup(desk)["small+micro+nano"].profit < 17e9


@pytest.mark.parametrize("basis", [TierBasis.START, TierBasis.DAILY])
def test_small_caps_by_the_cap_they_had_lost_money(desk, basis):
    """What the headline hides: names that fell are small because they fell."""
    small = rollup(desk, basis=basis)["small+micro+nano"]
    assert small.profit < 0
    by_end = rollup(desk)["small+micro+nano"]
    if basis is TierBasis.START:
        assert by_end.migration == pytest.approx(by_end.profit - small.profit, rel=1e-9)


def test_since_august_every_group_of_shorts_made_money(desk):
    groups = rollup(desk, window="since:2023-08-01")
    assert all(groups[label].profit > 0 for label in ("mega+large", "mid", "small+micro+nano"))


def test_first_republic_shorts_made_about_one_and_a_half_billion(desk):
    board = desk.board(View())
    row = name_rows(board, np.flatnonzero(board.market.symbols == "FRC"))[0]
    assert row.profit is not None
    assert 1.4e9 < row.profit < 1.9e9
    assert row.price_date < date(2023, 5, 5), "the last price says its day"


def test_the_new_small_cap_shorts_of_mid_august_are_the_ones_the_story_names(listings):
    """Its thirty days end at the last settlement published by 7 September: 15 August, seen at that day's close."""
    desk = Desk(market_of(listings, as_of=date(2023, 8, 15)))
    board = desk.board(View(window="since:2023-08-01", knowledge=Knowledge.REVISED))
    sessions = board.market.sessions
    cycle = Window(
        name="cycle",
        start=int(np.searchsorted(sessions, np.datetime64("2023-07-31"))),
        end=len(sessions) - 1,
        start_date=date(2023, 7, 31),
        end_date=date(2023, 8, 15),
    )
    # Between two settlements the straight line prices new shares along the way; the story prices the change at the end.
    positions = board.book.positions
    change = (positions.at(cycle.end) - positions.at(cycle.start)) * board.book.price
    small = board.included & (board.tier_codes == board.scheme.names.index("small"))
    order = board.order(change, among=small)
    first_ten = [str(board.market.symbols[column]) for column in order[:10]]
    assert set(first_ten[:2]) == {"ATSG", "ACHR"}
    assert "SAGE" in first_ten
    assert 0.5e9 < change[small].sum() < 0.75e9


def test_the_identity_holds_on_the_real_market_by_every_basis(desk):
    for basis in TierBasis:
        table = tier_table(desk.board(View(basis=basis)), with_trends=False)
        assert table.reconciliation.is_explained
        # GE HealthCare was short before it traded; its first close is of 4 January. All in all 0.7 of 918 bn.
        assert "GEHC" in table.reconciliation.appeared_names
        assert 0 < table.reconciliation.appeared < 1e9


def test_a_day_is_as_it_was_known_unless_hindsight_is_asked_for(desk):
    board = desk.board(View(window="30d"))
    newest = board.market.settlements[board.book.positions.settlement_rows[-1]]
    assert newest == np.datetime64("2023-08-15")
    assert board.hindsight_to is None
    new = {row.label: row.new_short_30d for row in (*tier_table(board).rollup, tier_table(board).total)}
    assert new["total"] == pytest.approx(7.2e9, abs=0.05e9)
    assert new["small+micro+nano"] == pytest.approx(0.03e9, abs=0.02e9)
    hindsight = desk.board(View(window="30d", knowledge=Knowledge.REVISED))
    # Shares of 7 September lie between 31 August and 15 September, which came out on the 26th.
    assert hindsight.hindsight_to == date(2023, 9, 26)
    assert tier_table(hindsight).total.new_short_30d == pytest.approx(26.7e9, abs=0.05e9)
    step = View(window="30d", knowledge=Knowledge.REVISED, positions=PositionsMethod.STEP)
    assert desk.board(step).hindsight_to == date(2023, 9, 12), "31 August came out on the 12th"


def test_the_newest_cycle_as_known_is_what_the_story_calls_thirty_days(desk):
    """Its figure of small caps is 0.658 bn, Archer, ATSG and Sage among the first."""
    board = desk.board(View(window="cycle"))
    assert (board.window.start_date, board.window.end_date) == (date(2023, 7, 31), date(2023, 8, 15))
    assert board.measured_to == date(2023, 8, 15)
    rows = {row.label: row for row in tier_table(board).rollup}
    assert rows["small+micro+nano"].new_short == pytest.approx(0.60e9, abs=0.02e9)
    assert tier_table(board).reconciliation.is_explained
    small = board.included & (board.tier_codes == board.scheme.names.index("small"))
    first = [str(board.market.symbols[column]) for column in board.order(board.new_short, among=small)[:3]]
    assert first == ["ATSG", "ACHR", "SAGE"]


def test_tiers_are_not_decided_by_share_counts_wrong_on_a_day(desk):
    """Caps in the trillions for WMT on 2 August, PKG on 20 July, and AMC the 21.8 bn company of a late share count."""
    market = desk.market
    for symbol, day, most in (("WMT", "2023-08-02", 6e11), ("PKG", "2023-07-20", 3e10), ("AMC", "2023-08-24", 4e9)):
        row = int(np.searchsorted(market.sessions, np.datetime64(day)))
        column = int(np.flatnonzero(market.symbols == symbol)[0])
        assert market.market_caps.at(row)[column] < most, symbol
    assert "WMT" in market.repaired_share_counts


def test_the_class_shares_of_berkshire_have_a_price_and_short_interest(desk):
    board = desk.board(View())
    row = name_rows(board, np.flatnonzero(board.market.symbols == "BRK.B"))[0]
    assert row.tier == "mega"
    assert row.short_interest > 1e9


def test_the_ticker_na_survives(desk):
    assert "NA" in desk.market.symbols.tolist()


def test_the_publication_of_24_august_is_the_cycle_the_press_told(desk):
    """31 July to 15 August, small caps and below: 0.61 bn of new shorts, ATSG and ACHR first (the story: 0.658 bn).

    Its sums are those of the tiers of the same days, to the cent.
    """
    view = View(window="cycle")
    one = publication_of(desk.market, view)
    assert (one.settlement_before, one.settlement, one.published) == (
        date(2023, 7, 31),
        date(2023, 8, 15),
        date(2023, 8, 24),
    )
    table = tier_table(desk.board(view), with_trends=False)
    for ours, row in zip((*sums_by_tier(one), total_sums(one)), (*table.rows, table.total), strict=True):
        theirs = (row.names, row.short_interest_start, row.new_short, -row.profit, row.short_interest_end)
        assert (ours.names, *_dollars_of(ours)) == pytest.approx(theirs, abs=0.01)
        assert abs(ours.residual) < 0.01
    is_small = one.tier_codes >= one.scheme.names.index("small")
    small = publication_sums(one, "small", is_small & (one.tier_codes < len(one.scheme.names)))
    assert 0.58e9 < small.new_short < 0.66e9
    dollars = np.where(one.counted & is_small, one.new_short, -np.inf)
    assert set(one.market.symbols[np.argsort(-dollars)[:2]]) == {"ATSG", "ACHR"}


def _dollars_of(sums):
    return sums.short_interest_start, sums.new_short, sums.price_effect, sums.short_interest_end


def test_the_publication_is_name_by_name_what_the_raw_rows_say(desk, listings, market_directory):
    """New shorts at the close of the settlement, out of two columns of FINRA's rows and two of closes."""
    days = date(2023, 7, 31), date(2023, 8, 15)
    one = publication_of(desk.market, View(positions=PositionsMethod.STEP))
    shares, price = (
        _by_day(market_directory / name, column, value, days)
        for name, column, value in (
            ("short_interest.parquet", "settlement_date", "short_interest"),
            ("prices.parquet", "date", "close"),
        )
    )
    plain = shares.add_suffix("_shares").join(price.add_suffix("_close")).dropna()
    before, now = (plain[f"{day}_shares"] for day in days)
    plain["new_short"] = (now - before) * plain[f"{days[1]}_close"]
    plain["price_effect"] = before * (plain[f"{days[1]}_close"] - plain[f"{days[0]}_close"])
    market, moves = desk.market, (Move.BUILT, Move.COVERED, Move.UNCHANGED)
    unsplit = one.counted & np.isin(one.move, moves) & one.is_before_reported
    unsplit &= ~np.isin(market.symbols.astype(str), _split_between(listings, *days))
    symbols = [squashed(symbol) for symbol in market.symbols[unsplit]]
    ours = pd.DataFrame({"new_short": one.new_short[unsplit], "price_effect": one.price_effect[unsplit]}, index=symbols)
    both = ours.join(plain[["new_short", "price_effect"]].add_suffix("_plain"), how="inner")
    apart = ~np.isclose(both["new_short"], both["new_short_plain"], rtol=1e-5, atol=1.0)
    apart |= ~np.isclose(both["price_effect"], both["price_effect_plain"], rtol=1e-4, atol=50.0)
    assert len(both) > 5_500
    assert both.index[apart].tolist() == [], "a later split changes shares and prices, and no dollars"


def _split_between(listings, first, last):
    """The symbols of names that split after one day and by another: raw rows are on two bases there."""
    events = listings.splits
    is_between = (events.ex_date > np.datetime64(first)) & (events.ex_date <= np.datetime64(last))
    return listings.symbols[events.column[is_between]].astype(str)


def _by_day(path, column, value, days):
    """A value of each symbol on two days, a column each."""
    rows = pq.read_table(path, columns=[column, "symbol", value], filters=[(column, "in", days)]).to_pandas()
    rows["symbol"] = [squashed(symbol) for symbol in rows["symbol"]]
    return rows.drop_duplicates(["symbol", column]).pivot(index="symbol", columns=column, values=value)


def test_the_russell_2000_s_fund_lost_one_and_a_half_billion_in_the_five_sessions_to_6_september(market_directory):
    flows = fund_flows(read_fund_files(market_directory, "files").days, "IWM")
    assert flows.between(date(2023, 8, 29), date(2023, 9, 6)) == pytest.approx(-1.53e9, abs=0.005e9)
    months = [(date(2023, 6, 30), date(2023, 7, 31)), (date(2023, 7, 31), date(2023, 8, 31))]
    assert [round(flows.between(*month) / 1e6) for month in months] == [-328, 87]


def test_s3_s_squeezable_names_of_april_have_many_times_the_market_s_probability_of_a_squeeze(
    listings, market_directory
):
    board = Desk(market_of(listings, as_of=date(2023, 4, 12))).board(View())
    with (market_directory / "golden" / "s3_squeezable_2023-04-12.csv").open(newline="") as lines:
        symbols = [row["symbol"] for row in csv.DictReader(lines)]
    columns = [board.market.symbols.tolist().index(symbol) for symbol in symbols]
    chances = squeeze_chances(board)
    assert np.median(chances.lift[columns]) > 2.0
    assert np.median(chances.probability[columns]) > 0.03
