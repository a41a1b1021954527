"""Past evenings: each is shown as it was known then, in place of the present, which goes on underneath."""

from __future__ import annotations

import threading
from dataclasses import fields
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from market_data import write_market
from monitor_examples import opened, settled, type_at_once
from past_examples import DAYS, NOW, given_market, screen_text, travelling

from shortside.positions import Knowledge
from tui.errors import SourceError
from tui.screens.symbol import SymbolScreen
from tui.settings.configuration import configured
from tui.sources.load import load, source_data
from tui.sources.loaded_market import loaded_of
from tui.sources.past_days import MOST_EVENINGS_KEPT, PastDays, publication_beside, refused_day, session_beside

LESS, MORE, BACK, ON = "less_than_sign", "greater_than_sign", "left_curly_bracket", "right_curly_bracket"


def shows(app, day):
    return lambda: (app.past.day if app.past else None) == day and not app._is_travelling


# -- the market of a past evening -------------------------------------------------------------------------------------


@pytest.mark.parametrize("present", ["as-known", "revised"])
def test_an_evening_is_the_market_of_a_program_started_for_that_day_as_known_however_the_present_is_read(
    tmp_path, present
):
    folder, day = write_market(tmp_path / "market"), date(2023, 2, 8)
    environment = {"SHORTSIDE_HOME": str(tmp_path / "home")}
    options = configured({"source": "files", "data": str(folder), "known": present}, environment).options
    clock = lambda: NOW  # noqa: E731
    days = PastDays(options, lambda: source_data(options, clock), lambda asked: load(asked, clock))
    started = load(options._replace(as_of=day, known="as-known"), clock)
    cut, known = days.evening(day), days.evening_as_known(day)
    assert known is not None
    assert (cut.is_as_known, known.is_as_known) == (False, True)
    for one in (cut.loaded, known.loaded):
        assert one.market.last_session == day
        assert one.knowledge is Knowledge.AS_KNOWN
        assert (one.market.published <= np.datetime64(day)).all(), "nothing of what came later"
    for field in fields(started.market):
        expected, found = getattr(started.market, field.name), getattr(known.loaded.market, field.name)
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(found, expected, err_msg=field.name)
    np.testing.assert_array_equal(cut.loaded.market.close, started.market.close)
    # From then on the better one is there, without another reading.
    assert days.evening(day) is known


def test_a_market_of_another_day_than_was_asked_for_is_refused_and_not_kept(tmp_path):
    given = given_market()
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    days = PastDays(options, lambda: given, lambda asked: loaded_of(given, asked._replace(as_of=DAYS[3])))
    for make in (days.evening_as_known, days.evening):
        with pytest.raises(SourceError, match=f"no closes of 2023-01-07 here; the nearest before it are of {DAYS[3]}"):
            make(date(2023, 1, 7))
    assert not days._kept


def test_only_the_last_evenings_are_kept(tmp_path):
    days = travelling(tmp_path).past_days
    first = days.evening(DAYS[20])
    for day in DAYS[21 : 20 + MOST_EVENINGS_KEPT]:
        days.evening(day)
    assert days.evening(DAYS[20]) is first
    days.evening(DAYS[30])
    assert days.evening(DAYS[20]) is first, "the one looked at last stays"
    assert len(days._kept) == MOST_EVENINGS_KEPT


def test_steps_go_over_the_sessions_there_are_and_over_the_calendar_before_them():
    friday, monday = date(2023, 1, 6), date(2023, 1, 9)
    there = [friday, monday, date(2023, 1, 11)]
    assert session_beside(monday, -1, there) == friday
    assert session_beside(monday, 1, there) == date(2023, 1, 11), "the tenth has no closes here"
    assert session_beside(date(2023, 1, 11), 1, there) is None
    assert session_beside(friday, -1, there) == date(2023, 1, 5)
    assert session_beside(date(2022, 12, 30), 1, there) == date(2023, 1, 3)


def test_cycles_are_the_evenings_of_finra_s_publications():
    # The settlements of 31 January and 15 February 2023 were published on 9 and 27 February.
    assert publication_beside(date(2023, 2, 20), -1, date(2023, 3, 31)) == date(2023, 2, 9)
    assert publication_beside(date(2023, 2, 9), 1, date(2023, 3, 31)) == date(2023, 2, 27)
    assert publication_beside(date(2023, 2, 27), -1, date(2023, 3, 31)) == date(2023, 2, 9)
    assert publication_beside(date(2023, 2, 9), 1, date(2023, 2, 20)) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023-02-15", ""),
        (" 2022-12-30 ", ""),
        ("2023-02-18", "2023-02-18 is no session with closes; the nearest is 2023-02-17"),
        ("2023-01-01", "2023-01-01 is no session; the nearest is 2022-12-30"),
        ("2023-04-03", "there are no closes of 2023-04-03; the nearest are of 2023-03-31"),
        ("15 Feb", "a date is written as 2023-03-31"),
        ("2023-02-30", "a date is written as 2023-03-31"),
    ],
)
def test_a_day_that_cannot_be_shown_is_refused_with_the_nearest(text, words):
    assert refused_day(text, DAYS) == words


# -- in the monitor ---------------------------------------------------------------------------------------------------


async def test_keys_go_to_past_evenings_and_back_to_the_present(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        present = app.board
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        assert "PAST" in screen_text(app)
        assert app.past.board.market.last_session == DAYS[-2]
        assert app.past.board.view.knowledge is Knowledge.AS_KNOWN
        await pilot.press(BACK)
        await settled(app, pilot, shows(app, date(2023, 3, 24)))
        await pilot.press(BACK)
        await settled(app, pilot, shows(app, date(2023, 3, 9)))
        await pilot.press(ON)
        await settled(app, pilot, shows(app, date(2023, 3, 24)))
        await pilot.press("0")
        await settled(app, pilot, shows(app, None))
        assert app.shown_board is present
        assert "PAST" not in screen_text(app)
        assert "Fri 31 Mar" in screen_text(app)


async def test_a_step_past_the_last_session_is_the_present(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        await pilot.press(MORE)
        await settled(app, pilot, shows(app, None))
        await pilot.press(MORE)
        assert "newest" in screen_text(app)


async def test_a_date_is_asked_for_and_a_wrong_one_named_with_the_nearest(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("T", *"2023-02-18", "enter")
        await settled(app, pilot, lambda: "the nearest is 2023-02-17" in screen_text(app))
        await pilot.press("backspace", "7", "enter")
        await settled(app, pilot, shows(app, date(2023, 2, 17)))


async def test_of_quick_keys_only_the_last_day_is_made(tmp_path):
    is_begun, is_free, made = threading.Event(), threading.Event(), []
    given = given_market()

    def read():
        is_begun.set()
        assert is_free.wait(60)
        return given

    app = travelling(tmp_path, read=read)
    show = app._show_past

    def shown_and_counted(shown):
        made.append(shown.day)
        show(shown)

    app._show_past = shown_and_counted
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(LESS)
        await settled(app, pilot, is_begun.is_set)
        # While the first one is made:
        type_at_once(app, *[LESS] * 7)
        await settled(app, pilot, lambda: app._wished_day == DAYS[-9])
        is_free.set()
        await settled(app, pilot, shows(app, DAYS[-9]))
        assert made == [DAYS[-9]]


async def test_the_present_goes_on_underneath_and_nothing_of_it_is_shown(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        past = app.past.board
        figures, text = past.short_interest.copy(), screen_text(app)
        app.tick(np.arange(6), np.full(6, 500.0))
        newer = loaded_of(given_market(), app.options)
        await pilot.pause()
        np.testing.assert_array_equal(past.short_interest, figures)
        assert screen_text(app) == text
        assert (app.board.book.price == 500).all()
        app.adopt(newer, newer.desk.board(app.view))
        await pilot.pause()
        assert app.past.board is past, "a market that is read anew waits"
        assert screen_text(app) == text
        await pilot.press("w")
        await settled(app, pilot, lambda: app.past.board.view.window == "mtd")
        await pilot.press("0")
        await settled(app, pilot, lambda: app.board.view.window == "mtd" and app.past is None)
        assert app.loaded is newer
        assert app.shown_board.market is newer.market


async def test_a_name_that_was_not_listed_then_is_no_trouble(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        main.open_symbol("EEE")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.is_current)
        app.go_to_day(date(2023, 2, 17))
        await settled(app, pilot, shows(app, date(2023, 2, 17)))
        app.go_to_day(None)
        await settled(app, pilot, shows(app, None))


async def test_what_is_kept_for_the_next_start_knows_no_past_day(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        before = app._view_to_keep()
        taken = []
        app._pictures = SimpleNamespace(take=lambda *_: taken.append(1), save=lambda: "")
        app._capture_screen()
        assert taken.pop(), "a picture of the present is one"
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        assert app._view_to_keep() == before
        app._capture_screen()
        assert not taken


async def test_a_past_day_is_shown_as_known_only(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("v")
        await settled(app, pilot, lambda: app.board.view.knowledge is Knowledge.REVISED)
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        assert app.past.board.view.knowledge is Knowledge.AS_KNOWN
        await pilot.press("v")
        assert "as known then" in screen_text(app)
        assert app.past.board.view.knowledge is Knowledge.AS_KNOWN
        assert app.board.view.knowledge is Knowledge.REVISED, "the present stays as it was asked for"


async def test_what_cannot_be_read_is_said_and_leaves_what_is_shown(tmp_path):
    app = travelling(tmp_path)

    def refuse(_day):
        raise SourceError("the tape is torn")

    app.past_days.evening = refuse
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(LESS)
        await settled(app, pilot, lambda: "the tape is torn" in screen_text(app))
        assert app.past is None
        assert app._wished_day is None


async def test_the_days_that_keys_lead_to_are_made_while_one_is_looked_at(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app.go_to_day(DAYS[-20])
        await settled(app, pilot, shows(app, DAYS[-20]))
        await settled(app, pilot, lambda: {DAYS[-21], DAYS[-20], DAYS[-19]} == app.past_days.days_kept)
    # Where the same key leads comes first; beside it there is room for one more.
    assert app._days_ahead(DAYS[-20], DAYS[-30]) == [DAYS[-30], DAYS[-21]]
    assert app._days_ahead(DAYS[-2], DAYS[-3]) == [DAYS[-3]], "the last session is the present"
    assert app._days_ahead(DAYS[0], None) == [DAYS[1]]


async def test_evenings_are_kept_while_one_is_looked_at_and_not_for_ever(tmp_path):
    app = travelling(tmp_path)
    kept = app.past_days
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press(LESS)
        await settled(app, pilot, shows(app, DAYS[-2]))
        app._forget_unless_past()
        assert app.past_days is kept
        await pilot.press("0")
        app._forget_unless_past()
        assert "past_days" not in vars(app)


async def test_a_view_of_the_present_that_is_ready_after_a_past_day_is_shown_leaves_that_on_the_screens(tmp_path):
    app, is_ready = travelling(tmp_path), threading.Event()
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        present = app.board.market

        def hold(board):
            assert board.market is not present or is_ready.wait(60)

        app.preparing = lambda: [hold]
        app.action_next_window()
        app.go_to_day(DAYS[-2])
        await settled(app, pilot, lambda: app.past is not None)
        is_ready.set()
        await settled(app, pilot, lambda: not app._is_building and app.board.view.window == "mtd")
        assert main._board is app.past.board
        assert main._board.view.window == "mtd"
        app.go_to_day(None)
        assert main._board is app.board
