"""The poller asks when something is due, live data first, and nothing that goes wrong takes anything else down."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from feed_examples import DAILY, THURSDAY, Source, card, exchange, feed_of, loop_clock
from virtual_time import run

from providers.errors import NoDataError, UnreachableError
from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.poller import LONGEST_NAP_SECONDS, PAUSE_AFTER_A_FAILED_GAP, Errand, Poller, PollerWork
from providers.feeds.state import Letter, idle
from providers.http.clients import Clients
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.polling.watch import RESTART_SECONDS, Polling, PublicWatch


async def for_a_while(poller: Poller, seconds: float) -> None:
    task = asyncio.create_task(poller.run())
    await asyncio.sleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_day_of_quotes_is_asked_for_when_it_is_due_and_not_otherwise():
    async def work():
        clock = loop_clock(datetime(2023, 9, 7, 9, tzinfo=NEW_YORK))
        source = Source(clock)
        await for_a_while(Poller(PollerWork(feeds=[feed_of(source)]), clock=clock), 16 * 3_600)
        return [asked.astimezone(NEW_YORK) for asked in source.asked]

    asked = run(work())
    # At the start, 78 times in session, and twice for the closes.
    assert len(asked) == 1 + 78 + 2
    assert f"{asked[1]:%H:%M:%S}" == "09:30:00"
    assert f"{asked[-1]:%H:%M:%S}" == "20:00:00"


@pytest.mark.parametrize("ticks", range(5))
def test_a_poller_that_is_called_and_cancelled_together_ends(ticks):
    async def work():
        clock = loop_clock()
        poller = Poller(PollerWork(feeds=[feed_of(Source(clock))]), clock=clock)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(1)
        poller.poll_now()
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=60)
        return task.cancelled()

    assert run(work())


def test_a_provider_nobody_asks_is_told_along_with_the_others():
    async def work():
        clock = loop_clock()
        off = idle(card("quiet"), "switched off")
        poller = Poller(PollerWork(feeds=[feed_of(Source(clock), name="loud")], idle=[off]), clock=clock)
        await for_a_while(poller, 1)
        return poller.states()

    assert [(state.name, state.letter) for state in run(work())] == [("loud", Letter.CURRENT), ("quiet", Letter.OFF)]


def test_nothing_is_asked_on_a_holiday():
    async def work():
        clock = loop_clock(datetime(2023, 9, 4, 0, 30, tzinfo=NEW_YORK))
        source = Source(clock)
        feed = feed_of(source)
        await feed.poll()
        await for_a_while(Poller(PollerWork(feeds=[feed]), clock=clock), 20 * 3_600)
        return len(source.asked)

    assert run(work()) == 1


def test_a_feed_that_hangs_or_breaks_leaves_the_others_alone():
    async def work():
        clock = loop_clock()
        good, broken = Source(clock), Source(clock, [ZeroDivisionError("oh")])
        hanging = Source(clock, gate=asyncio.Event())
        heard: list[Any] = []
        feeds = [feed_of(source, name=f"f{index}") for index, source in enumerate((hanging, broken, good))]
        poller = Poller(PollerWork(feeds=feeds), clock=clock, heard=heard.append)
        await for_a_while(poller, 3_601)
        return good.asked, hanging.asked, [state.letter for state in heard[-1]]

    good, hanging, letters = run(work())
    assert len(good) == 13
    # Never a second request before the first has come back.
    assert len(hanging) == 1
    assert letters == [Letter.UNKNOWN, Letter.ERROR, Letter.CURRENT]


def test_the_user_is_served_at_once_and_asks_nothing_twice():
    async def work():
        clock = loop_clock()
        one, other = Source(clock), Source(clock)
        slow = Source(clock, gate=asyncio.Event())
        sources = {"one": one, "other": other, "slow": slow}
        poller = Poller(PollerWork(feeds=[feed_of(source, name=name) for name, source in sources.items()]), clock=clock)
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(1)
        poller.poll_now("one")
        await asyncio.sleep(0.01)
        assert [len(source.asked) for source in sources.values()] == [2, 1, 1]
        poller.poll_now()
        await asyncio.sleep(0.01)
        assert [len(source.asked) for source in sources.values()] == [3, 2, 1]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())


def test_after_the_laptop_slept_everything_is_planned_anew():
    async def work():
        loop_time = loop_clock()
        slept = timedelta()

        def clock():
            return loop_time() + slept

        source = Source(clock, [UnreachableError("asleep")])
        daily = Source(clock)
        poller = Poller(
            PollerWork(feeds=[feed_of(source, name="a"), feed_of(daily, name="b", schedule=DAILY)]), clock=clock
        )
        task = asyncio.create_task(poller.run())
        await asyncio.sleep(1)
        assert (len(source.asked), len(daily.asked)) == (1, 1)
        slept = timedelta(days=1)
        await asyncio.sleep(LONGEST_NAP_SECONDS + 0.1)
        assert (len(source.asked), len(daily.asked)) == (2, 2)
        # A clock that is set back asks for nothing that is held already, and does not wait a day for the rest.
        slept = timedelta()
        await asyncio.sleep(LONGEST_NAP_SECONDS + 0.1)
        assert len(daily.asked) == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())


def errand(name, log, outcome=None, feed="archive"):
    async def fetch():
        await asyncio.sleep(1)
        log.append(name)
        if outcome is not None:
            raise outcome
        return Delivery(fetched=())

    return Errand(feed=feed, words=name, run=fetch)


def test_live_data_come_first_and_gaps_after_them_in_their_order():
    async def work():
        clock = loop_clock()
        log: list[str] = []
        source = Source(clock)

        async def ask():
            await asyncio.sleep(3)
            log.append("live")
            return Delivery(fetched=())

        source.ask = ask

        async def gaps():
            return [errand("1 Aug", log), errand("15 Aug", log)] if len(log) < 3 else []

        poller = Poller(PollerWork(feeds=[feed_of(source)], gaps=gaps), clock=clock)
        await for_a_while(poller, 20)
        return log

    assert run(work()) == ["live", "1 Aug", "15 Aug"]


def test_a_gap_that_cannot_be_filled_is_told_and_tried_again_later():
    async def work():
        clock = loop_clock()
        log: list[str] = []
        down = UnreachableError("no network")

        async def gaps():
            return [
                errand("a", log, down, "one"),
                errand("b", log, None, "one"),
                errand("c", log, NoDataError("gone"), "two"),
                errand("d", log, None, "two"),
            ]

        poller = Poller(PollerWork(feeds=[], gaps=gaps), clock=clock)
        await for_a_while(poller, PAUSE_AFTER_A_FAILED_GAP.total_seconds() - 5)
        assert log == ["a", "c", "d"]
        assert poller.complaints == ["a: no network", "c: gone"]
        await for_a_while(poller, 10)
        return log

    assert run(work()) == ["a", "c", "d", "a", "c", "d"]


def test_a_mistake_in_the_gaps_leaves_the_polling_alone():
    async def work():
        clock = loop_clock()
        source = Source(clock)

        async def gaps():
            raise KeyError("oh")

        poller = Poller(PollerWork(feeds=[feed_of(source)], gaps=gaps), clock=clock)
        await for_a_while(poller, 601)
        return source.asked, poller.complaints

    asked, complaints = run(work())
    assert len(asked) == 3
    assert "KeyError" in complaints[0]


def test_a_name_whose_answer_nobody_foresaw_leaves_the_polling_alone():
    async def work():
        clock = loop_clock()
        source = Source(clock)

        async def no_gaps():
            return []

        async def broken():
            raise KeyError("a\x1b]0;title\x07" + "b" * 900)

        poller = Poller(PollerWork(feeds=[feed_of(source)], gaps=no_gaps), clock=clock)
        poller.run_errand(Errand(feed="example", words="the history of XYZ", run=broken))
        await for_a_while(poller, 601)
        return source.asked, poller.complaints

    asked, complaints = run(work())
    assert len(asked) == 3
    assert complaints[0].startswith("the history of XYZ: an error of this program, KeyError:")
    assert complaints[0].isprintable()
    assert len(complaints[0]) < 400


@pytest.mark.parametrize("error", [PermissionError("read-only"), RuntimeError("oh")])
def test_what_cannot_be_cleared_away_leaves_the_polling_alone(error):
    async def work():
        clock = loop_clock()
        source = Source(clock)

        async def no_gaps():
            return []

        def tidy():
            raise error

        poller = Poller(PollerWork(feeds=[feed_of(source)], gaps=no_gaps, tidy=tidy), clock=clock)
        await for_a_while(poller, 601)
        return source.asked, poller.complaints

    asked, complaints = run(work())
    assert len(asked) == 3
    assert str(error) in complaints[0]


def test_requests_for_gaps_are_counted_to_their_feed():
    async def work():
        clock = loop_clock()
        ledger = Ledger()
        source = Source(clock)
        feed = feed_of(source, ledger=ledger)

        async def gaps():
            async def fetch():
                ledger.heard(exchange(at=clock()))
                return Delivery(fetched=())

            return [Errand(feed="example", words="a day", run=fetch)]

        poller = Poller(PollerWork(feeds=[feed], gaps=gaps), clock=clock, ledger=ledger)
        await for_a_while(poller, 5)
        return poller.states()[0].requests_today

    assert run(work()) == 1


@pytest.mark.parametrize("feed", ["spark", "another"])
def test_what_was_brought_for_a_gap_is_told_to_the_feed_it_came_from(feed):
    async def work():
        clock = loop_clock()
        asked_as_needed = feed_of(Source(clock), name="spark", is_on_demand=True, schedule=DAILY)
        poller = Poller(PollerWork(feeds=[asked_as_needed]), clock=clock)
        await for_a_while(poller, 1)
        before = poller.states()[0]
        poller.run_errand(errand("closes", [], feed=feed))
        await for_a_while(poller, 5)
        return poller.states()[0].succeeded_at != before.succeeded_at

    assert run(work()) is (feed == "spark")


def test_being_cancelled_breaks_off_what_is_under_way():
    async def work():
        clock = loop_clock()
        source = Source(clock, gate=asyncio.Event())
        before = asyncio.all_tasks()
        await for_a_while(Poller(PollerWork(feeds=[feed_of(source)]), clock=clock), 1)
        assert asyncio.all_tasks() == before
        assert source.stored == []

    run(work())


def test_a_poller_that_cannot_begin_is_a_complaint_and_tried_again(tmp_path):
    async def work():
        clock = loop_clock()
        tries: list[datetime] = []

        def make(ledger, _earlier):
            tries.append(clock())
            if len(tries) == 1:
                raise PermissionError(13, "Permission denied")
            clients = Clients(clock=clock, upstream="http://127.0.0.1:9")
            return Polling(clients=clients, feeds=[feed_of(Source(clock), ledger=ledger)])

        watch = PublicWatch(tmp_path, clock, make)
        watch.start(lambda _: None)
        await asyncio.sleep(5)
        assert not watch.is_polling
        assert "Permission denied" in watch.complaint
        await asyncio.sleep(RESTART_SECONDS)
        assert watch.is_polling
        assert watch.complaint == ""
        await watch.stop()
        await watch.stop()

    run(work())


def test_a_simulated_market_runs_at_its_own_pace():
    async def work():
        clock = loop_clock(THURSDAY, pace=3_600)
        source = Source(clock)
        await for_a_while(
            Poller(PollerWork(feeds=[feed_of(source, dataset=Dataset.PRICES)]), clock=clock, pace=3_600, nap=0.01), 12
        )
        return len(source.asked)

    # From noon to midnight: 49 looks in session, two after it.
    assert run(work()) == pytest.approx(51, abs=1)
