"""The chart of a name says what its curves end at, what happened when, and every figure of the day one reads."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings, splits_of
from textual.app import App

from shortside.board import Board, Desk
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Splits
from shortside.market import market_of
from shortside.one_name.history import name_history
from shortside.prices.traded import TradedShares
from shortside.view import View
from widgets.canvas import CurveForm
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.name_curves import volume_levels
from widgets.symbol_chart import LEAST_SESSIONS, SymbolChart

SESSIONS = 60
SPLIT_AT = 30


def board(since: int = 0, **changes) -> Board:
    """One name that split 2-for-1 and is priced from a session on, 20 to 40 dollars on today's basis."""
    close = np.linspace(20, 40, SESSIONS)[:, None]
    close[:SPLIT_AT] *= 2
    close[:since] = np.nan
    listings = listings_of(close, np.linspace(1e6, 2e6, 7)[:, None], symbols=["ONE"], **changes)
    splits = splits_of(listings.sessions, [(0, SPLIT_AT, 0.5)])
    volume = np.where(np.arange(SESSIONS) < SPLIT_AT, 1e6, 2e6).astype(np.float32)[:, None]
    return Desk(market_of(listings_of(
        close, listings.shares_short, symbols=["ONE"], splits=splits, volume=volume, **changes
    ))).board(View())  # fmt: skip


class OneChart(App[None]):
    def __init__(self, **changes) -> None:
        super().__init__()
        self.chart = SymbolChart(**changes)

    def compose(self):
        yield self.chart


async def shown(action=lambda chart: None, size=(100, 26), of=None, **changes) -> SymbolChart:
    app = OneChart(**changes)
    async with app.run_test(size=size):
        app.chart.show_history(name_history(of or board(), 0))
        action(app.chart)
    return app.chart


def test_volumes_are_on_the_basis_of_the_last_session():
    history = name_history(board(), 0)
    assert np.allclose(history.volume, 2e6, rtol=1e-3)
    assert history.splits == ((SPLIT_AT, 0.5),)


def test_volumes_are_those_of_the_name_when_others_are_left_out_of_the_market():
    close = np.array([[np.nan, 5.0, 6.0]] * 30)
    volume = np.array([[7.0, 8.0, 9.0]] * 30, np.float32)
    volume[-1] = np.nan
    made = Desk(market_of(listings_of(close, np.full((3, 3), 1e6), volume=volume, symbols=["A", "B", "C"])))
    history = name_history(made.board(View()), 1)
    assert history.symbol == "C"
    assert np.allclose(history.volume[:-1], 9.0, rtol=1e-3)
    assert math.isnan(history.volume[-1]), "unknown is no nothing"


@settings(max_examples=25)
@given(listings=random_listings())
def test_dollars_traded_are_the_same_before_and_after_restating(listings):
    market = market_of(listings)
    made = Desk(market).board(View())
    for column, symbol in enumerate(market.symbols):
        history = name_history(made, column)
        place = int(np.flatnonzero(listings.symbols == symbol)[0])
        printed = (listings.close[:, place] * listings.volume[:, place]).astype(float)
        both = np.isfinite(printed) & np.isfinite(history.price)
        assert np.allclose((history.price * history.volume)[both], printed[both], rtol=2e-3)


@given(st.floats(min_value=10, max_value=6e9), st.booleans())
def test_a_volume_in_memory_is_kept_in_half_its_bytes_and_one_in_a_file_as_it_is(traded: float, is_in_file: bool):
    volume = np.full((3, 2), traded, np.float32)
    given_volume = np.frombuffer(volume.tobytes(), np.float32).reshape(3, 2) if is_in_file else volume
    sessions = np.array(["2023-01-03", "2023-01-04", "2023-01-05"], "datetime64[D]")
    kept = TradedShares.kept_from(given_volume, slice(0, 3), None, sessions, Splits.none())
    assert np.allclose(kept.of(1), traded, rtol=1e-3)
    assert np.isnan(TradedShares.kept_from(volume * 1e9, slice(0, 3), None, sessions, Splits.none()).of(0)).all()
    assert (kept.printed is given_volume) if is_in_file else kept.printed.nbytes * 2 == volume.nbytes


async def test_the_last_values_stand_at_the_right_edge():
    chart = await shown()
    history = name_history(board(), 0)
    assert "◂40.00" in chart.text
    assert "◂2.00M" in chart.text, "the last settlement"
    profit = float(history.profit[-1])
    assert profit < 0
    assert f"◂−{-profit / 1e6:.1f}M" in chart.text


async def test_both_axes_of_both_plots_have_labels():
    chart = await shown()
    upper, lower = chart.text.split("short P&L since")
    assert upper.count("┤") >= 2
    assert upper.count("├") >= 2
    assert lower.count("┤") >= 2, "P&L has more than its zero"


async def test_the_time_axis_marks_publications_and_splits_and_says_so():
    chart = await shown()
    history = name_history(board(), 0)
    rule = chart.text.split("\n")[-2]
    assert rule.count("S") == 1
    assert 1 < rule.count("◆") <= len(history.published)
    heading = chart.text.split("\n")[0]
    assert "◆ published" in heading
    assert "S split" in heading


async def test_a_distribution_is_marked_on_its_day_for_its_own_name_only():
    made = board()
    day = made.market.sessions[45]
    doubts = tuple(
        Doubt(symbol=symbol, rule=DoubtRule.DISTRIBUTION, session=session, evidence="")
        for symbol, session in (("ONE", day), ("TWO", made.market.sessions[46]), ("ONE", np.datetime64("1999-01-04")))
    )
    told = Desk(replace(made.market, doubts=doubts)).board(View())
    assert name_history(told, 0).distributions == (45,)
    chart = await shown(of=told)
    assert chart.text.split("\n")[-2].count("D") == 1
    assert "D distribution" in chart.text.split("\n")[0]


async def test_publications_that_one_could_not_know_are_not_marked():
    history = name_history(board(), 0)
    market = board().market
    assert [market.sessions[row] for row in history.published] == sorted(
        day for day in market.published.tolist() if day <= market.last_session
    )


async def test_a_price_before_the_first_close_is_a_gap():
    chart = await shown(of=board(since=40), size=(100, 12))
    drawn = [
        index
        for line in chart.text.split("\n")[1:-2]
        for index, sign in enumerate(line)
        if 0x2800 < ord(sign) < 0x2900 and line[index - 1] != " "
    ]
    assert min(drawn) > 60


async def test_a_reading_says_the_figures_of_the_day():
    def read(chart: SymbolChart) -> None:
        chart.read(0)
        chart.read(-10)

    chart = await shown(read)
    history = name_history(board(), 0)
    row = SESSIONS - 11
    heading = chart.text.split("\n")[0]
    day = history.sessions[row].astype(object)
    assert f"{day.day} {day:%b} {day.year}" in heading
    assert f"price {history.price[row]:.2f}" in heading
    assert f"SI {history.short_interest[row] / 1e6:.1f}M" in heading
    assert f"P&L −{-history.profit[row] / 1e6:.1f}M" in heading
    assert "volume 2.00M" in heading
    assert "▲" in chart.text.split("\n")[-2]
    assert chart.text.count("│") > 15, "a line through both plots"


async def test_a_reading_never_leaves_the_sessions_there_are_and_ends():
    def walk(chart: SymbolChart) -> None:
        chart.read(-10)
        for sessions in (-10_000, 10_000, 5):
            chart.read(sessions)
            assert chart.reading in (0, SESSIONS - 1)
        chart.stop_reading()

    chart = await shown(walk)
    assert chart.reading is None
    assert "price" in chart.text.split("\n")[0]
    assert "▲" not in chart.text


async def test_on_a_slow_line_a_reading_changes_the_heading_and_the_rule_alone():
    before, after = [], []

    def read(chart: SymbolChart) -> None:
        chart.has_rule = False
        chart.read(0)
        before.extend(chart.text.split("\n"))
        chart.read(-7)
        after.extend(chart.text.split("\n"))

    await shown(read)
    assert [row for row, (one, other) in enumerate(zip(before, after, strict=True)) if one != other] == [
        0,
        len(before) - 2,
    ]


async def test_zooming_halves_and_doubles_the_days_down_to_two_weeks():
    counts = []

    def zoom(chart: SymbolChart) -> None:
        for closer in (True, True, True, True, False):
            chart.zoom(closer)
            counts.append(len(chart._places))
        for _ in range(9):
            chart.zoom(False)
        counts.append(len(chart._places))

    await shown(zoom)
    assert counts == [30, 15, LEAST_SESSIONS, LEAST_SESSIONS, 2 * LEAST_SESSIONS, SESSIONS]


async def test_zooming_keeps_the_day_that_is_read_in_sight():
    def zoom(chart: SymbolChart) -> None:
        chart.read(0)
        chart.read(-50)
        for _ in range(4):
            chart.zoom(True)
            assert chart.reading is not None
            assert chart._first <= chart.reading <= chart._last

    chart = await shown(zoom)
    assert "▲" in chart.text.split("\n")[-2]


def test_a_bar_of_volume_is_the_largest_of_its_sessions_and_blank_where_unknown():
    volume = np.array([1.0, 10.0, math.nan, 5.0])
    line = volume_levels(volume, [0, 0, 1, 2], 3, GLYPHS_UNICODE)
    assert "".join(text for text, _ in line) == "▅ ▃"


@pytest.mark.parametrize("size", [(20, 5), (34, 8), (60, 13), (60, 14), (100, 40), (250, 70)])
@pytest.mark.parametrize("form", list(CurveForm))
async def test_every_form_fits_every_size(size, form):
    glyphs = GLYPHS_ASCII if form is CurveForm.ASCII else GLYPHS_UNICODE

    def draw(chart: SymbolChart) -> None:
        chart.form = form
        chart.read(-3)

    chart = await shown(draw, size, glyphs=glyphs)
    assert len(chart.lines) <= max(size[1] - 2, 4), "inside the border"
    assert "nan" not in chart.text
    if form is CurveForm.ASCII:
        assert chart.text.isascii()
