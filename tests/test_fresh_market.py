"""News in the archive become a new market on the screen; a name that is being looked at stays in view."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from market_examples import listings_of, texts
from waiting import PATIENCE, patiently

from providers.archive.live_quotes import Quotes
from shortside.board import Desk
from shortside.datasets import Dataset
from shortside.market import market_of
from shortside.one_name.short_volume import SoldShort
from shortside.settlement import settlement_dates_between
from shortside.view import View
from tui.app import Monitor
from tui.errors import SourceError
from tui.polling.fresh_market import FreshMarket
from tui.polling.names_in_view import NamesInView
from tui.screens.symbol import SymbolScreen
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable

NOW = datetime(2023, 3, 2, 15, 0, tzinfo=UTC)


class SilentWatch:
    """A watch that says only what a test has it say."""

    is_polling = True
    filling = complaint = trouble = ""
    standing = None

    def __init__(self):
        self.polled = 0
        self.wanted = []

    def want_history(self, symbol):
        self.wanted.append(symbol)

    def start(self, on_listings, on_states, on_quotes):
        self.on_listings, self.on_states, self.on_quotes = on_listings, on_states, on_quotes

    async def stop(self):
        self.polled = -1

    def poll_now(self):
        self.polled += 1

    def states(self):
        return ()

    def holder(self):
        return None


def quotes_of(day, minutes=0, **prices):
    """Prices of some names that were made so many minutes before now."""
    return Quotes(
        source="test",
        as_of=day,
        fetched_at=NOW,
        symbols=tuple(prices),
        prices=np.array(list(prices.values())),
        volumes=np.full(len(prices), np.nan),
        moments=np.full(len(prices), NOW.timestamp() - 60 * minutes),
    )


def loaded_of(symbols, is_live=False, level=10.0):
    count = len(symbols)
    close = np.full((40, count), level) * np.linspace(1, 2, count)
    names = texts([f"{symbol} Holdings Inc. Common Stock" for symbol in symbols])
    market = market_of(
        listings_of(close, np.full((4, count), 1e5), symbols=list(symbols), names=names), is_live=is_live
    )
    return record_of(market)


def record_of(market):
    from tui.sources.loaded_market import LoadedMarket

    return LoadedMarket(
        market=market,
        desk=Desk(market),
        view=View(window="30d"),
        inputs=(),
        clock=lambda: NOW,
        live=None,
        complaints=(),
    )


def never(*_arguments: Any, **_options: Any) -> Any:
    raise AssertionError("nothing asked for a reading")


async def settled(pilot, reached):
    for _ in patiently():
        await pilot.pause(0.01)
        if reached():
            return
    raise AssertionError("never reached")


def monitor(home, first):
    options = configured({}, {"SHORTSIDE_HOME": str(home)}).options
    return Monitor(options, lambda: NOW, loader=lambda *_a, **_k: first)


async def test_a_new_vintage_brings_the_new_market_and_keeps_the_name_in_view(tmp_path):
    app = monitor(tmp_path, loaded_of(["AAA", "BBB", "CCC"]))
    later = loaded_of(["AAA", "ABC", "BBB", "CCC"])
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=lambda *_a, **_k: later)
        fresh.start()
        main = app.screen
        await settled(pilot, lambda: main.query_one(CrowdedTable).row_count == 3)
        main.query_one(CrowdedTable).move_to(main.query_one(CrowdedTable).row_of("BBB"))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, SymbolScreen))
        watch.on_listings(frozenset({Dataset.SHORT_INTEREST}))
        await settled(pilot, lambda: app.loaded is not None and app.loaded.market is later.market)
        assert str(app.board.market.symbols[app.screen.column]) == "BBB"
        await pilot.press("escape")
        await settled(pilot, lambda: app.screen is main)
        assert main.query_one(CrowdedTable).row_count == 4
        await fresh.stop()


async def test_a_publication_is_read_at_once_while_gaps_are_filled_and_what_fills_them_is_not(tmp_path):
    first = loaded_of(["AAA"])
    app = monitor(tmp_path, first)
    read: list[int] = []

    def reading(*_arguments: Any, **_options: Any) -> Any:
        read.append(1)
        return first

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        watch: Any = SilentWatch()
        watch.filling = "closes of January"
        fresh = FreshMarket(app, watch, read=reading)
        fresh.start()
        known = first.market.settlements.tolist()

        def store(settlement: date) -> None:
            folder = app.options.paths.archive / "short_interest" / f"{settlement}"
            folder.mkdir(parents=True)
            (folder / "20230302T150000.000000Z-0.parquet").touch()
            watch.on_listings(frozenset({Dataset.SHORT_INTEREST}))

        store(known[0])
        await pilot.pause(0.3)
        assert not read, "an older settlement fills a gap"
        following = next(day for day in settlement_dates_between(known[-1], date(2023, 12, 29)) if day > known[-1])
        store(following)
        await settled(pilot, lambda: bool(read))
        await fresh.stop()


async def test_news_that_change_no_figure_are_not_read(tmp_path):
    app = monitor(tmp_path, loaded_of(["AAA"]))
    read: list[int] = []

    def noted(*_arguments: Any, **_options: Any) -> Any:
        read.append(1)

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=noted)
        fresh.start()
        watch.on_listings(frozenset({Dataset.SHORT_VOLUME}))
        await pilot.pause(0.4)
        assert read == []
        await fresh.stop()


async def test_a_market_that_cannot_be_read_anew_leaves_the_old_one_and_says_why(tmp_path):
    app = monitor(tmp_path, loaded_of(["AAA"]))

    def broken(*_arguments, **_options):
        raise SourceError("the archive is damaged")

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=broken)
        fresh.start()
        before = app.loaded
        watch.on_listings(frozenset({Dataset.PRICES}))
        await settled(pilot, lambda: fresh.complaint != "")
        assert app.loaded is before
        assert fresh.facts()[1].complaint == "the archive is damaged"
        await fresh.stop()


async def test_quotes_of_the_running_session_move_the_figures(tmp_path):
    first = loaded_of(["AAA", "BBB"], is_live=True)
    app = monitor(tmp_path, first)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=lambda *_a, **_k: first)
        fresh.start()
        watch.on_quotes(quotes_of(first.market.last_session, BBB=50.0, UNKNOWN=1.0))
        assert app.board.book.price.tolist() == [10.0, 50.0]
        await fresh.stop()


async def test_a_new_vintage_in_the_middle_of_a_session_leaves_its_prices_as_they_are(tmp_path):
    first, later = (loaded_of(["AAA", "BBB"], is_live=True) for _ in range(2))
    app = monitor(tmp_path, first)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=lambda *_a, **_k: later)
        fresh.start()
        for source, minute, price in (("screener", 0, 40.0), ("watched", 1, 50.0)):
            watch.on_quotes(
                Quotes(
                    source=source,
                    as_of=first.market.last_session,
                    fetched_at=NOW.replace(minute=minute),
                    symbols=("BBB",),
                    prices=np.array([price]),
                    volumes=np.array([np.nan]),
                    moments=np.array([NOW.timestamp() + 60 * minute]),
                )
            )
        watch.on_listings(frozenset({Dataset.BORROW}))
        await settled(pilot, lambda: app.loaded.market is later.market)
        assert app.board.book.price.tolist() == [10.0, 50.0]
        await fresh.stop()


async def test_a_key_pressed_while_the_market_is_read_anew_is_answered_on_the_new_one(tmp_path):
    first, later = (loaded_of(["AAA", "BBB"]) for _ in range(2))
    app = monitor(tmp_path, first)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        wished = app.view.next_window()
        begun, may_end = threading.Event(), threading.Event()
        slowly = first.desk.board

        def board(view):
            begun.set()
            may_end.wait(PATIENCE)
            return slowly(view)

        first.desk.board = board
        await settled(pilot, lambda: not app.workers or all(worker.is_finished for worker in app.workers))
        app.change_view(wished)
        await settled(pilot, begun.is_set)
        app.adopt(later, later.desk.board(later.view))
        may_end.set()
        await settled(pilot, lambda: app.board.view == wished)
        assert app.board.desk is later.desk


async def test_a_price_that_comes_late_does_not_take_back_a_newer_one(tmp_path):
    first = loaded_of(["AAA", "BBB"], is_live=True)
    app = monitor(tmp_path, first)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=lambda *_a, **_k: first)
        fresh.start()
        day = first.market.last_session
        watch.on_quotes(quotes_of(day, minutes=1, AAA=30.0))
        watch.on_quotes(quotes_of(day, minutes=16, AAA=29.0, BBB=49.0))
        assert app.board.book.price.tolist() == [30.0, 49.0]
        watch.on_quotes(quotes_of(day, AAA=31.0))
        assert app.board.book.price.tolist() == [31.0, 49.0]
        await fresh.stop()


async def test_the_name_in_view_is_watched_first_and_then_the_most_shorted(tmp_path):
    first = loaded_of(["AAA", "BBB", "CCC"], is_live=True)
    app = monitor(tmp_path, first)
    names = NamesInView(app)
    assert (names.viewed(), names.watched()) == ([], [])
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        assert (names.viewed(), names.watched()) == ([], ["CCC", "BBB", "AAA"])
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(app.screen, SymbolScreen))
        [opened] = names.viewed()
        assert opened == app.screen.symbol
        assert names.watched()[0] == opened
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(app.screen, SymbolScreen))
        # Whoever closed it looked at it all the same.
        assert names.viewed() == [opened]
        assert sorted(names.watched()) == ["AAA", "BBB", "CCC"]


async def test_the_first_quote_of_a_session_gives_it_a_column(tmp_path):
    first = loaded_of(["AAA", "BBB"])
    app = monitor(tmp_path, first)
    days = []

    def read(_options, _clock, *, live_day):
        days.append(live_day)
        return first

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=read)
        fresh.start()
        quotes = quotes_of(date(2023, 3, 2), AAA=11.0)
        watch.on_quotes(quotes)
        await settled(pilot, lambda: days == [date(2023, 3, 2)])
        await fresh.stop()


async def test_further_quotes_of_a_session_do_not_have_the_market_read_once_more(tmp_path):
    first = loaded_of(["AAA", "BBB"])
    app = monitor(tmp_path, first)
    days: list[date] = []
    may_end = threading.Event()

    def read(_options, _clock, *, live_day):
        days.append(live_day)
        assert may_end.wait(PATIENCE)
        return first

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        fresh = FreshMarket(app, watch, read=read)
        fresh.start()
        first_day, next_day = date(2023, 3, 2), date(2023, 3, 3)
        watch.on_quotes(quotes_of(first_day, AAA=11.0))
        await settled(pilot, lambda: days == [first_day])
        # While that reading goes on: it shows them in the end. Those of another session it has no column for.
        watch.on_quotes(quotes_of(first_day, AAA=12.0))
        watch.on_quotes(quotes_of(next_day, AAA=13.0))
        may_end.set()
        await settled(pilot, lambda: days[-1] == next_day)
        assert days == [first_day, next_day]
        await fresh.stop()


async def test_r_asks_every_provider_at_once(tmp_path):
    app = monitor(tmp_path, loaded_of(["AAA"]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: app.board is not None)
        watch: Any = SilentWatch()
        app.fresh = FreshMarket(app, watch, read=never)
        app.fresh.start()
        await pilot.press("r")
        await settled(pilot, lambda: watch.polled == 1)
    assert watch.polled == -1, "stopped when the app was left"


def year_of(symbol, sessions):
    days = np.arange("2022-03-01", "2023-03-01", dtype="datetime64[D]")[:sessions]
    return SoldShort(symbol=symbol, sessions=days, short=np.ones(sessions), total=np.full(sessions, 2.0))


@pytest.mark.parametrize(("sessions", "wanted"), [(3, ["AAA"]), (252, [])])
async def test_a_name_in_view_is_told_what_is_known_and_the_rest_of_its_year_is_asked_for(tmp_path, sessions, wanted):
    app = monitor(tmp_path, loaded_of(["AAA"]))
    watch: Any = SilentWatch()
    told: list[int] = []
    fresh = FreshMarket(app, watch, read=never, sold_short=lambda symbol: year_of(symbol, sessions))
    fresh.start()
    fresh.look_at("ZZZ", lambda _: told.append(-1))
    fresh.look_at("AAA", lambda history: told.append(len(history.sessions)))
    assert fresh._telling is not None
    await fresh._telling
    assert told == [sessions]
    assert watch.wanted == wanted
    # What comes in is shown, and not asked for again.
    watch.on_listings(frozenset({Dataset.SHORT_VOLUME}))
    await fresh._telling
    assert told == [sessions, sessions]
    assert watch.wanted == wanted
    await fresh.stop()


async def test_a_year_that_cannot_be_read_is_complained_of(tmp_path):
    def broken(symbol):
        raise SourceError("the archive is damaged")

    watch: Any = SilentWatch()
    fresh = FreshMarket(monitor(tmp_path, loaded_of(["AAA"])), watch, read=never, sold_short=broken)
    fresh.start()
    fresh.look_at("AAA", never)
    assert fresh._telling is not None
    await fresh._telling
    assert fresh.complaint == "the archive is damaged"
    await fresh.stop()


def test_a_market_nobody_polls_is_told_only_when_it_is_no_mere_change_of_hands():
    moments = {"now": NOW}
    watch: Any = SilentWatch()
    fresh = FreshMarket(SimpleNamespace(clock=lambda: moments["now"]), watch)
    watch.is_polling = False

    def is_unpolled_after(seconds: float) -> bool:
        moments["now"] += timedelta(seconds=seconds)
        return fresh.facts()[1].is_unpolled

    assert not is_unpolled_after(0)
    assert not is_unpolled_after(29)
    assert is_unpolled_after(1)
    watch.is_polling = True
    assert not is_unpolled_after(600)
    watch.is_polling = False
    assert not is_unpolled_after(600), "since just now, as far as anybody looked"
    assert is_unpolled_after(30)
