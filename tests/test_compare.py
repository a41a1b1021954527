"""Two sides of a market: every figure of one day, window or basis beside that of another, and who changed tier."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from market_examples import listings_of
from monitor_examples import opened, settled
from past_examples import DAYS, given_market, screen_text, travelling

from shortside.board import Desk
from shortside.comparison import ABSENT, BoardComparison, ComparedFigure
from shortside.market import market_of
from shortside.named_windows import window_title
from shortside.positions import Knowledge
from shortside.view import View
from tui.screens.compare import CompareScreen, SidesPanel, side_words
from tui.screens.compare_rows import ComparedGroupRows, ComparedNameRows, names_in_order, names_of_row, rows_above
from tui.screens.symbol import SymbolScreen
from tui.sources.loaded_market import loaded_of
from tui.sources.past_days import PastDays
from widgets.figures import full_day

# AAA doubles on the last session and grows from small (150 M shares at 10 USD are 1.5 B) into mid (3 B); BBB stands
# still in mid; CCC has its first price on the last session.
CLOSE = np.array([[10.0, 40.0, np.nan]] * 29 + [[20.0, 40.0, 5.0]])
SHORT = np.array([[1_000.0, 500.0, np.nan], [1_000.0, 500.0, np.nan]])


@pytest.fixture(scope="module")
def comparison():
    shares = np.where(np.isfinite(CLOSE), np.array([150e6, 100e6, 100e6]), np.nan).astype(np.float32)
    listings = listings_of(CLOSE, SHORT, symbols=["AAA", "BBB", "CCC"], shares_outstanding=shares)
    last, before = (listings.sessions[row].astype(date) for row in (-1, -2))
    newer, older = (Desk(market_of(listings, as_of=day)).board(View(window="5d")) for day in (last, before))
    return BoardComparison(newer, older)


def test_figures_of_either_side_and_their_difference_stand_beside_each_other(comparison):
    assert list(comparison.symbols) == ["AAA", "BBB"]
    one, two, less = comparison.figures(ComparedFigure.PROFIT)
    # A thousand shares short that rose by 10 USD lose 10,000; on the evening before nothing had moved.
    np.testing.assert_allclose(one, [-10_000, 0])
    np.testing.assert_allclose(two, [0, 0])
    np.testing.assert_allclose(less, [-10_000, 0])
    np.testing.assert_allclose(comparison.figures(ComparedFigure.SHORT_INTEREST)[2], [10_000, 0])


def test_tiers_add_up_to_all_on_either_side(comparison):
    *tiers, everything = comparison.groups
    for place in range(3):
        sums = np.nansum([group.figures(ComparedFigure.PROFIT)[place] for group in tiers])
        assert everything.figures(ComparedFigure.PROFIT)[place] == pytest.approx(sums)
    assert everything.figures(ComparedFigure.SHORT_INTEREST) == (40_000, 30_000, 10_000)


def test_names_that_changed_tier_are_listed_with_their_dollars(comparison):
    changed = rows_above(comparison)[-1]
    assert comparison.symbols[names_of_row(comparison, changed)].tolist() == ["AAA"]
    labels = comparison.first.scheme.labels
    among = {labels[row.code]: names_of_row(comparison, row) for row in rows_above(comparison) if row.code is not None}
    # It is among the names of either tier.
    assert {label: comparison.symbols[among[label]].tolist() for label in ("small", "mid")} == {
        "small": ["AAA"], "mid": ["AAA", "BBB"],
    }  # fmt: skip
    assert [labels[tiers[0]] for tiers in comparison.tiers] == ["mid", "small"]
    source = ComparedGroupRows(comparison)
    words = [text.strip() for text, _ in source.whole(source.row_count - 1)]
    assert words == ["changed tier", "1", "1", "−10.00", "0", "−10.00", "20.00", "10.00", "+10.00", "0", "0", "0"]
    assert source.unit == "K"
    rows = ComparedNameRows(comparison, np.array([0, 1]))
    assert rows.whole(0)[1:3] == [("Company AAA", "plain"), ("small → mid      ", "accent")]
    assert rows.whole(1)[2][0].strip() == "mid"


def test_a_side_is_named_by_its_day_however_little_room_there_is(comparison):
    board = comparison.first
    day = full_day(board.market.last_session)
    for width in (200, 60, 40, 24, 14, 3):
        words = side_words(board, width)
        assert words.startswith(day)
        assert len(words) <= max(width, len(day))
    assert side_words(board, 24).startswith(f"{day} · {window_title(board.window.name)}")


def test_what_one_side_does_not_hold_is_unknown_there_and_not_zero(comparison):
    late = Desk(market_of(listings_of(CLOSE[:, :1], SHORT[:, :1], symbols=["ZZZ"]))).board(View(window="5d"))
    joined = BoardComparison(comparison.first, late)
    assert list(joined.symbols) == ["AAA", "BBB", "ZZZ"]
    assert [columns.tolist() for columns in joined.columns] == [[0, 1, ABSENT], [ABSENT, ABSENT, 0]]
    assert ComparedNameRows(joined, np.array([2])).whole(0)[1] == ("Company ZZZ", "plain"), "named by the other side"
    one, two, less = joined.figures(ComparedFigure.SHORT_INTEREST)
    assert np.isnan(one).tolist() == [False, False, True]
    assert np.isnan(two).tolist() == [True, True, False]
    assert np.isnan(less).all()
    assert not joined.changed_tier.any()
    # Unknown stands last, whichever way one sorts.
    for descends in (True, False):
        order = names_in_order(joined, np.ones(3, bool), "short_interest:0", descends=descends)
        assert joined.symbols[order[-1]] == "ZZZ"


async def compared(app, pilot):
    await opened(app, pilot)
    await pilot.press("equals_sign")
    await settled(app, pilot, lambda: isinstance(app.screen, CompareScreen) and app.screen._comparison is not None)
    return app.screen


def stands(screen):
    return screen._comparison is not None and screen._shown == screen._other and not screen._is_making


async def test_a_day_is_compared_with_another_in_three_keys(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(app, pilot)
        assert screen._comparison.first is app.board
        assert screen._comparison.second.market.last_session == DAYS[-2]
        await pilot.press("left_curly_bracket")
        await settled(app, pilot, lambda: screen._other.day == date(2023, 3, 24) and stands(screen))
        assert "B 24 Mar 2023" in screen_text(app)
        assert "A 31 Mar 2023" in screen_text(app)
        await pilot.press("escape")
        assert app.past is None, "the main screen stays where it was"


@pytest.mark.parametrize("height", [23, 24, 30])
async def test_every_tier_is_in_view_with_the_sum_of_all_at_eighty_columns(tmp_path, height):
    app = travelling(tmp_path)
    async with app.run_test(size=(80, height)) as pilot:
        screen = await compared(app, pilot)
        groups = screen._groups
        await settled(app, pilot, lambda: groups.row_count > 0 and groups.size.height > 0)
        # Seven tiers and the sum of all under the header, the sum under the cursor, whichever tiers this market has.
        assert groups.size.height >= 9
        assert groups.scroll_offset.y == 0
        assert groups.cursor_row < 8


async def test_a_window_is_compared_with_another_of_the_same_day(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(app, pilot)
        await pilot.press("0", "w")
        await settled(app, pilot, lambda: screen._other.view.window == "mtd" and stands(screen))
        first, second = screen._comparison.first, screen._comparison.second
        assert first.market is second.market
        assert (first.view.window, second.view.window) == ("30d", "mtd")
        names = screen._names.source
        np.testing.assert_allclose(
            screen._comparison.figures(ComparedFigure.PROFIT)[1], second.profit[screen._comparison.columns[1]]
        )
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == names.listed[0]


async def test_a_tier_of_the_upper_table_shows_its_names_below(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(app, pilot)
        assert "All names" in screen_text(app)
        units = screen._comparison.first.units
        assert screen._groups.title == f"Tiers · ${units.sums}"
        assert screen._names.title == f"All names · ${units.names}"
        assert screen._groups.note == f"{screen._groups.row_count - 1}/{screen._groups.row_count}"
        await pilot.press("shift+tab", "j")
        await settled(app, pilot, lambda: "Names that changed tier" in screen_text(app))
        assert screen._names.row_count == screen._comparison.changed_tier.sum()


async def test_a_past_day_that_is_on_its_way_is_compared_with_now(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        app.go_to_day(DAYS[-2])
        main.action_compare()
        await settled(app, pilot, lambda: isinstance(app.screen, CompareScreen) and app.past is not None)
        screen = app.screen
        await settled(app, pilot, lambda: stands(screen) and screen._comparison.first is app.past.board)
        days = [side.market.last_session for side in (screen._comparison.first, screen._comparison.second)]
        assert days == [DAYS[-2], DAYS[-1]]


async def test_a_past_day_is_compared_with_now(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app.go_to_day(DAYS[-10])
        await settled(app, pilot, lambda: app.past is not None and app.past.day == DAYS[-10])
        await pilot.press("equals_sign")
        await settled(app, pilot, lambda: isinstance(app.screen, CompareScreen) and stands(app.screen))
        assert app.screen._comparison.first is app.past.board
        assert app.screen._comparison.second.market is app.loaded.market


async def test_a_past_b_is_read_as_known_then_when_it_has_been_looked_at(tmp_path):
    given, is_read = given_market(), threading.Event()
    late = replace(given, listings=replace(given.listings, is_simulated=False))

    def read_as_known(asked):
        assert is_read.wait(60)
        return loaded_of(late, asked)

    app = travelling(tmp_path)
    app.past_days = PastDays(app.options, lambda: late, read_as_known)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(app, pilot)
        cut = screen._comparison.second
        await settled(app, pilot, lambda: "as known · reading" in screen.query_one(SidesPanel).text)
        is_read.set()
        await settled(app, pilot, lambda: screen._comparison.second is not cut)
        assert screen._comparison.second.market.last_session == DAYS[-2]
        await settled(app, pilot, lambda: "reading" not in screen.query_one(SidesPanel).text)


async def test_b_is_shown_as_known_then_or_with_hindsight_as_one_chooses(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compared(app, pilot)
        screen._want_day(date(2023, 3, 8))
        await settled(app, pilot, lambda: screen._shown.day == date(2023, 3, 8) and stands(screen))
        known = screen._comparison.second
        await pilot.press("v")
        await settled(app, pilot, lambda: screen._other.view.knowledge is Knowledge.REVISED and stands(screen))
        hindsight = screen._comparison.second
        # On the evening of 8 March the settlement of 15 February was the last one public; hindsight goes on to March's.
        assert known.market.last_session == hindsight.market.last_session == date(2023, 3, 8)
        last = len(known.market.sessions) - 1
        rested_on = [side.market.settlements[side.book.positions.last_row(last)] for side in (known, hindsight)]
        assert [str(day) for day in rested_on] == ["2023-02-15", "2023-03-15"]
        assert not np.array_equal(known.short_interest, hindsight.short_interest)
        asked = app.options._replace(as_of=date(2023, 3, 8), known="revised")
        started = loaded_of(given_market(), asked)
        expected = started.desk.board(hindsight.view).short_interest
        np.testing.assert_array_equal(hindsight.short_interest, expected, "as if started for that day")
        assert "as revised" in screen_text(app)
        await pilot.press("v")
        await settled(app, pilot, lambda: screen._other.view.knowledge is Knowledge.AS_KNOWN and stands(screen))
        np.testing.assert_array_equal(screen._comparison.second.short_interest, known.short_interest)


@pytest.mark.parametrize("is_past", [False, True])
async def test_b_is_made_anew_when_the_archive_was_read_anew_and_at_no_other_time(tmp_path, is_past):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        if is_past:
            app.go_to_day(DAYS[-10])
            await settled(app, pilot, lambda: app.past is not None and app.past.day == DAYS[-10])
        await pilot.press("equals_sign")
        await settled(app, pilot, lambda: isinstance(app.screen, CompareScreen) and stands(app.screen))
        screen = app.screen
        before, reading = screen._comparison.second, screen._reading_of
        app.beat()
        app._rescore()
        screen.set_board(screen._board)
        await pilot.pause()
        assert (screen._comparison.second, screen._reading_of) == (before, reading)
        given = given_market()
        doubled = replace(given, listings=replace(given.listings, shares_short=given.listings.shares_short * 2))
        loaded = loaded_of(doubled, app.options)
        app._loader = lambda asked, *_given, **_how: loaded_of(doubled, asked)
        app.adopt(replace(loaded, view=app.board.view), loaded.desk.board(app.board.view))
        app.past_days = PastDays(app.options, lambda: doubled, lambda asked: loaded_of(doubled, asked))
        await settled(app, pilot, lambda: screen._comparison.second is not before and stands(screen))
        np.testing.assert_allclose(screen._comparison.second.short_interest, 2 * before.short_interest)


async def test_evenings_compared_with_are_not_kept_for_ever(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await compared(app, pilot)
        app._forget_unless_past()
        assert "past_days" in vars(app), "they are looked at"
        await pilot.press("escape")
        await settled(app, pilot, lambda: any(timer.name == "past days" for timer in app._timers))
        app._forget_unless_past()
        assert "past_days" not in vars(app)
