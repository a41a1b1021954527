"""The probability of a squeeze and its record: the event by hand, nothing known too early, parts that add up."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jsonschema import Draft202012Validator
from market_examples import listings_of, splits_of
from scipy.stats import rankdata
from squeeze_examples import LISTINGS

from docs._evidence_page import page
from docs._squeeze_fit import FULL, rows_of, slope_within, walked
from shortside.board import Board, Desk
from shortside.evidence.board_chances import squeeze_chances
from shortside.evidence.evenings import Evening, as_known, board_of_evening, evenings_of
from shortside.evidence.normal_scores import normal_scores
from shortside.evidence.ranking import calibration, deciles, ranking_of, wilson, within_deciles
from shortside.evidence.record import record_of
from shortside.evidence.squeeze_chances import (
    SqueezeModel,
    chances_of,
    coefficients,
    logistic,
    recalibrated,
)
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS, SqueezeInputs, squeeze_inputs
from shortside.evidence.squeeze_outcomes import SqueezeOutcomes, squeeze_outcomes
from shortside.evidence.squeeze_vintages import SqueezeVintage, shipped_vintages, vintage_known_on
from shortside.market import market_of
from shortside.positions import PositionsMethod
from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between
from shortside.tiers import TierBasis
from shortside.view import View
from tui.assistant.schemas import output_schema
from tui.documents.catalog import document_kind
from widgets.squeeze_words import squeeze_notes


def board_on(day: date | None = None, view: View | None = None, listings=LISTINGS) -> Board:
    return Desk(market_of(listings, as_of=day)).board(view or View())


def newest_models():
    return shipped_vintages()[-1].model, shipped_vintages()[-1].volatility_alone


# -- the event ----------------------------------------------------------------------------------------------------


def outcomes_of(rise: float, shares_later: float) -> tuple[float, float]:
    """The two events of a name of 1 % volatility that rises so far after the publication of 13 January."""
    days = session_days(date(2022, 12, 30), date(2023, 4, 28))
    settlements = np.array(settlement_dates_between(date(2022, 12, 30), date(2023, 3, 15)), "datetime64[D]")
    close = np.full((len(days), 1), 10.0)
    # Published on 25 January; on 10 February the price stands there for one session.
    close[days == np.datetime64("2023-02-10")] *= 1 + rise
    shares = np.full((len(settlements), 1), 1_000.0)
    # The settlement of 31 January is the first publication after it, that of 15 February the second.
    shares[settlements == np.datetime64("2023-02-15")] = shares_later
    market = market_of(listings_of(close, shares, sessions=days, settlements=settlements))
    row = int(np.flatnonzero(market.settlements == np.datetime64("2023-01-13"))[0])
    found = squeeze_outcomes(market, row, np.array([0.01]))
    return float(found.squeezed[0]), float(found.own_squeeze[0])


@pytest.mark.parametrize(
    ("rise", "later", "squeezed", "own"),
    [
        (0.26, 890, 1, 1),
        (0.26, 910, 0, 0),
        # Three own sigmas of 21 sessions: exp(3 · 0.01 · √21) is 14.7 % up.
        (0.20, 890, 0, 1),
        (0.14, 890, 0, 0),
        (0.25, 890, 0, 1),
        (0.26, math.nan, math.nan, math.nan),
        (0.00, math.nan, 0, 0),
    ],
)
def test_a_squeeze_is_a_price_that_ran_and_shorts_that_ran(rise, later, squeezed, own):
    assert outcomes_of(rise, later) == pytest.approx((squeezed, own), nan_ok=True)


# -- the factors --------------------------------------------------------------------------------------------------


def test_nothing_later_changes_what_is_known_on_an_evening():
    day = date(2023, 4, 11)
    until = int(np.searchsorted(LISTINGS.sessions, np.datetime64(day), "right"))
    known = LISTINGS.published <= np.datetime64(day)
    random = np.random.default_rng(1)
    close, shares, volume = LISTINGS.close.copy(), LISTINGS.shares_short.copy(), LISTINGS.volume.copy()
    close[until:] *= random.uniform(0.2, 5, close[until:].shape).astype(np.float32)
    volume[until:] *= 7
    shares[~known] *= 3
    other = replace(LISTINGS, close=close, shares_short=shares, volume=volume)
    ours, theirs = (squeeze_inputs(board_on(day, listings=one)) for one in (LISTINGS, other))
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_array_equal(ours.is_measured, theirs.is_measured)
    assert ours.market_volatility == theirs.market_volatility


def test_no_settlement_and_no_word_on_a_split_that_came_out_later_is_known_on_an_evening():
    day, split_at = date(2023, 4, 11), np.datetime64("2023-03-20")
    split = splits_of(LISTINGS.sessions, [(5, int(np.searchsorted(LISTINGS.sessions, split_at)), 0.5)])
    # The source corrected the count a month after the day.
    told = replace(split, shares_after=np.array([2e8]), shares_corrected_on=np.array(["2023-05-10"], "datetime64[D]"))
    until = replace(split, shares_corrected_on=np.array(["NaT"], "datetime64[D]"))
    later = LISTINGS.published > np.datetime64(day)
    # Of name 6 shares are issued in March; the settlement of 31 March, which is not out yet, has more short than that.
    counts, shares = LISTINGS.shares_outstanding.copy(), LISTINGS.shares_short.copy()
    counts[LISTINGS.sessions >= split_at, 6] = 1.2e8
    shares[np.ix_(later, [6])] = 9e8
    listings = replace(LISTINGS, shares_outstanding=counts)
    ours = board_of_evening(as_known(replace(listings, splits=told, shares_short=shares), day), day)
    known = ~later
    rows = ("settlements", "published", "shares_short", "shares_short_previous", "is_revised", "split_flag",
            "reported_volume")  # fmt: skip
    kept = {key: getattr(LISTINGS, key)[known] for key in rows}
    theirs = board_of_evening(replace(listings, splits=until, **kept), day)
    assert ours.market.counted_shares[6] == pytest.approx(1.2e8)
    np.testing.assert_array_equal(squeeze_inputs(ours).values, squeeze_inputs(theirs).values)


def test_the_factors_of_a_name_can_be_followed_by_hand():
    board = board_on()
    found = dict(zip([factor.key for factor in SQUEEZE_FACTORS], squeeze_inputs(board).values[:, 7], strict=True))
    closes = LISTINGS.close[-61:, 7].astype(np.float64)
    returns = np.diff(np.log(closes))
    assert found["volatility"] == pytest.approx(returns.std())
    assert found["largest_day"] == pytest.approx(np.abs(returns).max())
    assert found["return_20"] == pytest.approx(np.log(closes[-1] / closes[-21]))
    assert found["volume_ratio"] == pytest.approx(
        LISTINGS.volume[-5:, 7].mean() / LISTINGS.volume[-60:, 7].mean(), 0.01
    )
    known = np.flatnonzero(LISTINGS.published <= LISTINGS.sessions[-1])
    now, before = LISTINGS.shares_short[known[-1], 7], LISTINGS.shares_short[known[-2], 7]
    assert found["short_change"] == pytest.approx(np.log(now / before))
    assert found["short_outstanding"] == pytest.approx(now / 1e8)
    assert found["price"] == pytest.approx(closes[-1])


def test_a_small_position_and_a_name_listed_lately_have_no_probability():
    close = LISTINGS.close.copy()
    close[:-30, 0] = np.nan
    shares = LISTINGS.shares_short.copy()
    shares[:, 1] = 9.9e6 / close[-1, 1]
    listings = replace(LISTINGS, close=close, shares_short=shares)
    probability = squeeze_chances(board_on(listings=listings)).probability
    assert np.isnan(probability[:2]).all()
    assert np.isfinite(probability[2:]).sum() > 30


# -- the probability ----------------------------------------------------------------------------------------------


def test_the_parts_add_up_to_the_log_odds_of_the_probability():
    chances = squeeze_chances(board_on())
    odds = chances.start + chances.contributions.sum(axis=0) + chances.recalibration
    np.testing.assert_allclose(logistic(odds), chances.probability, rtol=1e-12)
    assert chances.base == pytest.approx(np.nanmean(chances.probability))
    assert np.nanmean(chances.lift) == pytest.approx(1)


def test_neither_the_window_nor_the_tiers_of_a_view_change_a_probability():
    seen = [
        squeeze_chances(board_on(view=View(window=window, basis=basis))).probability
        for window, basis in (("ytd", TierBasis.END), ("cycle", TierBasis.START), ("1d", TierBasis.DAILY))
    ]
    for other in seen[1:]:
        np.testing.assert_array_equal(seen[0], other)


def test_names_in_another_order_keep_their_probabilities():
    inputs = squeeze_inputs(board_on())
    turned = SqueezeInputs(
        values=inputs.values[:, ::-1],
        is_measured=inputs.is_measured[::-1],
        market_volatility=inputs.market_volatility,
    )
    ours, theirs = (chances_of(one, *newest_models()).probability for one in (inputs, turned))
    np.testing.assert_allclose(ours, theirs[::-1], rtol=1e-12)


def test_an_unknown_factor_counts_as_that_of_the_median_name_and_says_so():
    inputs = squeeze_inputs(board_on())
    inputs.values[0, 3] = np.nan
    chances = chances_of(inputs, *newest_models())
    assert chances.contributions[0, 3] == 0
    assert not chances.is_known[0, 3]
    assert np.isfinite(chances.probability[3])


def test_where_nobody_is_measured_nothing_is_said():
    inputs = SqueezeInputs(
        values=np.ones((len(SQUEEZE_FACTORS), 4)), is_measured=np.zeros(4, bool), market_volatility=math.nan
    )
    chances = chances_of(inputs, *newest_models())
    assert np.isnan(chances.probability).all()
    assert math.isnan(chances.base)
    assert np.isnan(chances.lift).all()


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(-20, 3)),
    st.floats(0.3, 1.5),
    st.floats(-9, -6),
)
def test_the_recalibration_spreads_names_and_keeps_the_level_of_the_day(odds, slope, floor):
    model = SqueezeModel(
        intercept=0.0,
        market_volatility=0.0,
        linear=np.zeros(len(SQUEEZE_FACTORS)),
        square=np.zeros(len(SQUEEZE_FACTORS)),
        slope=slope,
        floor=floor,
    )
    shaped = recalibrated(odds, model)
    assert logistic(shaped).mean() == pytest.approx(logistic(np.maximum(odds, floor)).mean(), rel=1e-9)
    order = np.argsort(odds, kind="stable")
    assert (np.diff(shaped[order]) >= -1e-9).all()


def test_a_wilder_market_than_was_fitted_on_counts_as_the_wildest_of_those():
    inputs = squeeze_inputs(board_on())
    model = newest_models()[0]
    assert 0 < model.calmest < model.wildest < 0.05

    def base(volatility: float) -> float:
        return chances_of(replace(inputs, market_volatility=volatility), *newest_models()).base

    # Twice the wildest median of 2021 to 2023 would make eight times as many squeezes on a straight line.
    assert base(2 * model.wildest) == base(model.wildest) > base(model.calmest) == base(model.calmest / 2)


@given(st.integers(0, 2**31), st.floats(0.5, 1.6))
@settings(max_examples=10, deadline=None)
def test_the_slope_within_evenings_is_found_whatever_the_market_did_on_the_whole(seed, slope):
    random = np.random.default_rng(seed)
    evening = np.repeat(np.arange(12.0), 1_500)
    said = random.normal(-2, 1, len(evening))
    # Each evening is up to six times as likely, or as unlikely, as was said.
    levels = random.uniform(-1.8, 1.8, 12)[evening.astype(int)]
    came = (random.random(len(said)) < logistic(slope * said + levels)).astype(float)
    assert slope_within(said, came, evening) == pytest.approx(slope, abs=0.12)


def test_an_evening_without_a_squeeze_does_not_move_the_slope():
    random = np.random.default_rng(8)
    evening = np.repeat([0.0, 1.0], 4_000)
    said = random.normal(-2, 1, 8_000)
    came = (random.random(8_000) < logistic(said)).astype(float)
    came[evening == 1] = 0
    alone = slope_within(said[:4_000], came[:4_000], evening[:4_000])
    assert slope_within(said, came, evening) == pytest.approx(alone, abs=0.01)


# -- ranks --------------------------------------------------------------------------------------------------------


def test_normal_scores_are_quantiles_of_the_ranks_and_ties_share_theirs():
    everyone = np.ones(4, bool)
    # (rank − ½)/4 is 1/8, 3/8, 5/8, 7/8.
    np.testing.assert_allclose(
        normal_scores(np.array([3.0, 1.0, 2.0, 9.0]), everyone), [0.31863936, -1.15034938, -0.31863936, 1.15034938]
    )
    np.testing.assert_allclose(normal_scores(np.array([5.0, 5.0, 5.0, 5.0]), everyone), 0, atol=1e-12)
    assert normal_scores(np.array([5.0, np.nan]), np.ones(2, bool))[0] == pytest.approx(0)


@given(arrays(np.float64, st.integers(1, 80), elements=st.floats(-(2.0**90), 2.0**90, width=32)))
def test_normal_scores_are_those_of_ranks_that_another_library_gives(values):
    ranks = rankdata(values)
    expected = [NormalDist().inv_cdf((rank - 0.5) / len(values)) for rank in ranks]
    np.testing.assert_allclose(normal_scores(values, np.ones(len(values), bool)), expected, atol=1e-7)


@given(arrays(np.float64, st.integers(1, 50), elements=st.integers(-9, 9).map(float)))
def test_normal_scores_rise_with_the_values_and_turn_with_their_sign(values):
    everyone = np.ones(len(values), bool)
    scores = normal_scores(values, everyone)
    order = np.argsort(values, kind="stable")
    assert (np.diff(scores[order]) >= 0).all()
    np.testing.assert_allclose(scores, -normal_scores(-values, everyone), atol=1e-9)


@given(st.integers(5, 80), st.integers(0, 2**31))
def test_area_and_precision_are_those_of_another_library(count, seed):
    # A second of importing, which every worker would spend to collect this file.
    from sklearn.metrics import average_precision_score, roc_auc_score

    random = np.random.default_rng(seed)
    score, event = random.integers(0, 9, count).astype(float), random.integers(0, 2, count).astype(float)
    event[:2] = 0, 1
    found = ranking_of(score, event)
    assert found.auc == pytest.approx(roc_auc_score(event, score))
    assert found.average_precision == pytest.approx(average_precision_score(event, score))


def test_frequencies_have_wilson_s_interval_and_unknown_rows_count_nowhere():
    # 10 of 100: Wilson's interval is 5.5 % to 17.4 %.
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    said = np.array([0.001, 0.03, 0.03, 0.03, 1.0, np.nan, 0.03])
    came = np.array([0, 1, 0, 0, 1, 1, np.nan], float)
    buckets = calibration(said, came)
    assert [(one.rows, round(one.said, 4), round(one.came, 4)) for one in buckets] == [
        (1, 0.001, 0.0), (3, 0.03, 0.3333), (1, 1.0, 1.0)
    ]  # fmt: skip
    assert ranking_of(said, came).rows == 5
    assert sum(one.rows for one in deciles(said, came)) == 5


def test_fifths_within_tenths_compare_only_equals():
    # The event follows `of` alone: within its tenths there is nothing left for the value.
    of = np.repeat(np.arange(10.0), 50)
    value = of + np.tile(np.arange(50.0), 10) / 100
    event = (of >= 5).astype(float)
    frequencies, rows = within_deciles(value, event, of)
    np.testing.assert_allclose(frequencies, 0.5)
    assert rows.sum() == 500


# -- the record ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evenings() -> list[Evening]:
    return list(evenings_of(lambda day: as_known(LISTINGS, day), LISTINGS, market_of(LISTINGS)))


def test_an_evening_counts_once_its_outcome_is_public_and_its_past_long_enough(evenings):
    market = market_of(LISTINGS)
    assert len(evenings) >= 4
    for one in evenings:
        assert one.known_on <= market.known_on
        assert (np.datetime64(one.day) >= market.sessions[60]).all()
    later = [day for day in LISTINGS.published if day > np.datetime64(evenings[-1].day)]
    assert len(later) >= 2


def test_the_record_scores_each_evening_with_what_could_be_known_on_it(evenings):
    late = evenings[1].day
    known = replace(shipped_vintages()[0], known_from=late, last=evenings[0].day)
    whole = record_of(evenings, lambda day: known if day >= late else None)
    assert whole is not None
    assert [one.fitted_to for one in whole.evenings[:3]] == [None, evenings[0].day, evenings[0].day]
    # Before there were coefficients nothing was said, and no score is ranked by those evenings.
    first = whole.evenings[0]
    assert math.isnan(first.base)
    assert (first.notable, first.notable_squeezed, first.squeezed_symbols) == (0, 0, ())
    assert whole.rows == sum(len(one.symbols) for one in evenings[1:])
    for one, evening in list(zip(whole.evenings, evenings, strict=True))[1:]:
        assert one.base == chances_of(evening.inputs, known.model, known.volatility_alone).base
        squeezed = set(evening.symbols[evening.outcomes.squeezed == 1])
        assert set(one.squeezed_symbols) <= squeezed
        assert one.notable_squeezed == len(one.squeezed_symbols) <= one.notable
        assert one.came == pytest.approx(np.nanmean(evening.outcomes.squeezed))
    assert whole.rankings["probability"].events == sum(int(np.nansum(one.outcomes.squeezed)) for one in evenings[1:])
    assert record_of([], vintage_known_on) is None


def test_a_history_before_all_coefficients_ranks_the_other_scores_and_no_probability(evenings):
    whole = record_of(evenings, lambda _: None)
    assert whole is not None
    assert whole.rows == sum(len(one.symbols) for one in evenings)
    assert whole.rankings["probability"].rows == 0
    assert whole.rankings["days_to_cover"].rows > 0


def test_every_vintage_was_known_only_after_the_outcomes_it_was_fitted_on():
    vintages = shipped_vintages()
    assert len(vintages) >= 30
    for one, following in itertools.pairwise(vintages):
        assert one.known_from < following.known_from
        assert one.evenings + 1 == following.evenings
    for one in vintages:
        # The second publication after an evening is four weeks later, and no sooner.
        assert (one.known_from - one.last).days >= 26
        assert vintage_known_on(one.known_from) is one
    assert vintage_known_on(vintages[0].known_from - timedelta(days=1)) is None
    assert vintage_known_on(date(2099, 1, 1)) is vintages[-1]


def test_a_vintage_read_back_is_the_one_that_was_written():
    record = coefficients()["vintages"][3]
    assert SqueezeVintage.of_record(record).as_record() == record


def test_a_past_day_is_judged_by_the_coefficients_of_its_day_and_says_when_there_were_none(monkeypatch):
    told = replace(LISTINGS, is_simulated=False)
    board = board_on(listings=told)
    day = board.market.last_session
    early = replace(shipped_vintages()[0], known_from=day + timedelta(days=1))
    monkeypatch.setattr("shortside.evidence.squeeze_vintages.shipped_vintages", lambda: (early,))
    monkeypatch.setattr("widgets.squeeze_words.shipped_vintages", lambda: (early,))
    assert np.isnan(squeeze_chances(board).probability).all()
    assert squeeze_notes(board, 7) == (
        f"no coefficients yet: the first could be known on {early.known_from}",
        f"none before {early.known_from}",
    )
    # A simulated market is judged by the newest: nothing real is told of it.
    simulated = Desk(replace(board.market, is_simulated=True)).board(View())
    assert np.isfinite(squeeze_chances(simulated).probability).any()
    # On the day itself it is known.
    monkeypatch.setattr(
        "shortside.evidence.squeeze_vintages.shipped_vintages", lambda: (replace(early, known_from=day),)
    )
    assert np.isfinite(squeeze_chances(board_on(listings=told)).probability).any()


def test_no_prediction_knows_an_outcome_that_was_not_public(evenings):
    random = np.random.default_rng(3)
    many = [made_evening(random, place) for place in range(18)]
    rows = rows_of(many)
    whole = walked(many, rows, FULL)[0].probability
    changed = [
        one if np.datetime64(one.known_on) < np.datetime64(many[14].day) else with_outcomes_turned(one) for one in many
    ]
    other = walked(changed, rows_of(changed), FULL)[0].probability
    early = rows.evening <= 14
    assert np.isfinite(whole[rows.evening == 14]).all()
    np.testing.assert_array_equal(whole[early], other[early])
    assert not np.array_equal(whole[rows.evening == 17], other[rows.evening == 17])


def made_evening(random, place: int) -> Evening:
    """An evening of a hundred names, on the place-th day of a sequence, whose outcome is public two places later."""
    days = session_days(date(2022, 1, 3), date(2022, 12, 30))[::12]
    values = random.normal(0, 1, (len(SQUEEZE_FACTORS), 100))
    squeezed = (random.random(100) < 0.1).astype(float)
    squeezed[0] = 1
    return Evening(
        day=days[place].astype(date),
        settlement=days[place].astype(date),
        known_on=days[place + 2],
        symbols=np.array([f"S{name}" for name in range(100)], object),
        inputs=SqueezeInputs(values=values, is_measured=np.ones(100, bool), market_volatility=0.03),
        crowding=random.random(100),
        squeeze_score=random.random(100),
        outcomes=SqueezeOutcomes(squeezed=squeezed, own_squeeze=squeezed, return_20=random.normal(0, 0.1, 100)),
    )


def with_outcomes_turned(one: Evening) -> Evening:
    return replace(one, outcomes=replace(one.outcomes, squeezed=1.0 - one.outcomes.squeezed))


def test_the_page_is_written_from_the_coefficients_that_are_shipped():
    file = Path(__file__).parents[1] / "docs" / "evidence.md"
    assert file.read_text(encoding="utf-8") == page(coefficients())


def test_the_shipped_record_reaches_what_was_asked_of_it():
    record = coefficients()["record"]
    ours = record["rankings"]["probability"]
    best = max(record["rankings"][key]["average_precision"] for key in ("short_outstanding", "days_to_cover"))
    assert ours["auc"] >= 0.78
    assert ours["average_precision"] >= 1.5 * best
    assert ours["top_2"] >= 3.8 * ours["base_rate"]
    assert all(one["holds"] for one in record["calibration"] if one["rows"] >= 300)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(list(PositionsMethod)))
def test_both_methods_have_a_probability(method):
    assert np.isfinite(squeeze_chances(board_on(view=View(positions=method))).probability).any()


# -- in the shell -------------------------------------------------------------------------------------------------


def test_a_history_without_an_outcome_ends_in_4_and_says_what_would_fill_it(ask):
    code, out, err = ask("evidence")
    assert (code, out) == (4, "")
    assert "no publication has an outcome yet" in err
    assert "shortside backfill" in err


@pytest.mark.parametrize("signs", ["--ascii", "--no-ascii"])
def test_the_record_is_a_page_of_a_hundred_columns_and_a_table_of_evenings(ask, monkeypatch, evenings, signs):
    record = record_of(evenings, lambda day: shipped_vintages()[0] if day > evenings[0].day else None)
    monkeypatch.setattr("tui.sources.evidence._made", lambda options, clock: record)
    code, page_of_text, _ = ask("evidence", "--format", "text", signs)
    assert code == 0
    assert max(map(len, page_of_text.splitlines())) <= 100
    assert "nan" not in page_of_text.lower().split()
    code, table, _ = ask("evidence", "--format", "csv", "--limit", "0")
    assert code == 0
    assert len(table.splitlines()) == 1 + len(evenings)
    code, document, _ = ask("evidence", "--format", "json")
    assert code == 0
    # What an assistant is promised of it.
    Draft202012Validator(output_schema(document_kind("evidence"))).validate(json.loads(document))
