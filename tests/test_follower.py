"""What is new in the archive is noticed within a second, whoever wrote it."""

import asyncio
import os
from datetime import date, timedelta

from feed_examples import THURSDAY, HandClock, Source, feed_of, loop_clock, snapshot
from virtual_time import run

from providers.archive.follower import DAYS_WATCHED, LOOKS_BETWEEN_SWEEPS, Follower
from providers.archive.lease import Lease
from providers.archive.live_quotes import quotes_of, write_quotes
from providers.archive.vintages import Archive
from providers.durable import PARTIAL_PREFIX
from providers.feeds.poller import Errand
from providers.feeds.states_file import STATES_FILE_NAME, read_states, write_states
from providers.feeds.wishes import take_wishes
from providers.http.clients import Clients
from shortside.datasets import Dataset
from tui.polling.watch import SECONDS_BETWEEN_ARCHIVE_LOOKS, Polling, PublicWatch

DAY = date(2023, 9, 7)


def stored(root, day=DAY, dataset=Dataset.PRICES, rows=3):
    return Archive(root).append(snapshot(day, THURSDAY, dataset=dataset, rows=rows))


def test_the_first_look_tells_everything_and_the_second_nothing(tmp_path):
    stored(tmp_path)
    follower = Follower(tmp_path)
    assert follower.look().datasets == {Dataset.PRICES}
    assert not follower.look()


def test_an_archive_that_is_not_there_yet_may_come(tmp_path):
    root = tmp_path / "later"
    follower = Follower(root)
    assert not follower.look()
    stored(root)
    assert follower.look().datasets == {Dataset.PRICES}


def test_a_new_day_and_a_further_vintage_of_a_day_are_noticed(tmp_path):
    stored(tmp_path)
    follower = Follower(tmp_path)
    follower.look()
    stored(tmp_path, DAY + timedelta(days=1))
    stored(tmp_path, dataset=Dataset.SHORT_INTEREST)
    assert follower.look().datasets == {Dataset.PRICES, Dataset.SHORT_INTEREST}
    stored(tmp_path, rows=4)
    assert follower.look().datasets == {Dataset.PRICES}
    assert not follower.look()


def test_an_old_day_that_comes_late_is_noticed_at_once(tmp_path):
    for back in range(DAYS_WATCHED + 5):
        stored(tmp_path, DAY - timedelta(days=back))
    follower = Follower(tmp_path)
    follower.look()
    stored(tmp_path, date(2022, 1, 3))
    assert follower.look().datasets == {Dataset.PRICES}
    assert not follower.look()


def test_an_old_day_that_is_restated_is_noticed_by_the_next_sweep(tmp_path):
    for back in range(DAYS_WATCHED + 5):
        stored(tmp_path, DAY - timedelta(days=back))
    follower = Follower(tmp_path)
    follower.look()
    stored(tmp_path, DAY - timedelta(days=DAYS_WATCHED + 2), rows=9)
    changes = [follower.look().datasets for _ in range(LOOKS_BETWEEN_SWEEPS)]
    assert [bool(one) for one in changes].count(True) == 1


def test_a_file_still_being_written_is_no_vintage(tmp_path):
    stored(tmp_path)
    follower = Follower(tmp_path)
    follower.look()
    folder = tmp_path / "prices" / "2023-09-08"
    folder.mkdir()
    (folder / f"{PARTIAL_PREFIX}x.parquet").write_bytes(b"half")
    assert not follower.look()
    stored(tmp_path, date(2023, 9, 8))
    assert follower.look().datasets == {Dataset.PRICES}


def test_live_prices_and_notes_are_told_apart_from_vintages(tmp_path):
    follower = Follower(tmp_path, (STATES_FILE_NAME,))
    follower.look()
    path = write_quotes(tmp_path, quotes_of(snapshot(DAY, THURSDAY, dataset=Dataset.QUOTES)))
    write_states(tmp_path / STATES_FILE_NAME, [])
    changes = follower.look()
    assert not changes.datasets
    assert (list(changes.quotes), set(changes.notes)) == ([path], {STATES_FILE_NAME})
    assert not follower.look()
    write_quotes(tmp_path, quotes_of(snapshot(DAY, THURSDAY, dataset=Dataset.QUOTES)))
    assert follower.look().quotes == (path,)


def test_a_look_reads_few_folders_however_long_the_history(tmp_path, monkeypatch):
    for day in range(400):
        (tmp_path / "prices" / (date(2022, 1, 1) + timedelta(days=day)).isoformat()).mkdir(parents=True)
    follower = Follower(tmp_path)
    follower.look()
    calls: list[str] = []

    def counted(path):
        calls.append(path)
        return []

    monkeypatch.setattr(os, "listdir", counted)
    follower.look()
    assert len(calls) <= 1


def test_states_are_read_as_they_were_written(tmp_path):
    clock = HandClock()
    feed = feed_of(Source(clock, [DAY]))
    run(feed.poll())
    states = (feed.state(clock()), feed_of(Source(clock), name="other").state(clock()))
    write_states(tmp_path / STATES_FILE_NAME, states)
    assert read_states(tmp_path / STATES_FILE_NAME) == states
    for text in ("", "{", '{"schema": "another/1"}', '{"schema": "shortside.feed-states/1", "states": [{}]}'):
        (tmp_path / STATES_FILE_NAME).write_text(text)
        assert read_states(tmp_path / STATES_FILE_NAME) == ()


class Screen:
    """What a screen was told, and when."""

    def __init__(self):
        self.listings, self.quotes, self.states = [], [], []

    def watch(self, watch):
        watch.start(self.listings.append, self.states.append, self.quotes.append)


def idle(archive, clock):
    def make(ledger, _earlier):
        return Polling(clients=Clients(clock=clock, upstream="http://127.0.0.1:9"), feeds=[])

    return PublicWatch(archive, clock, make)


def test_a_terminal_that_only_follows_has_a_new_vintage_within_a_second(tmp_path):
    async def work():
        clock, screen = loop_clock(), Screen()
        with Lease(tmp_path, clock) as lease:
            lease.acquire()
            stored(tmp_path, rows=1)
            watch = idle(tmp_path, clock)
            await asyncio.to_thread(watch.prime)
            # Between the reading of the archive and the start nothing is lost.
            await asyncio.to_thread(stored, tmp_path, DAY, Dataset.SPLITS)
            screen.watch(watch)
            await asyncio.sleep(0.9)
            assert screen.listings == [{Dataset.SPLITS}]
            await asyncio.sleep(5)
            await asyncio.to_thread(stored, tmp_path, DAY, Dataset.PRICES, 2)
            write_quotes(tmp_path, quotes_of(snapshot(DAY, THURSDAY, dataset=Dataset.QUOTES)))
            await asyncio.sleep(SECONDS_BETWEEN_ARCHIVE_LOOKS * 1.8)
            assert screen.listings == [{Dataset.SPLITS}, {Dataset.PRICES}]
            assert [len(one.symbols) for one in screen.quotes] == [3]
            assert not watch.is_polling
            await watch.stop()

    run(work())


def test_a_terminal_that_starts_late_is_told_the_prices_of_the_moment(tmp_path):
    write_quotes(tmp_path, quotes_of(snapshot(DAY, THURSDAY, dataset=Dataset.QUOTES)))

    async def work():
        screen = Screen()
        watch = idle(tmp_path, loop_clock())
        screen.watch(watch)
        await asyncio.sleep(1)
        await watch.stop()
        return screen

    screen = run(work())
    assert len(screen.quotes) == 1
    assert screen.listings == []


def test_a_screen_that_stumbles_stops_neither_following_nor_polling(tmp_path):
    async def work():
        watch = idle(tmp_path, loop_clock())
        told = []

        def stumble(datasets):
            told.append(datasets)
            raise RuntimeError("no such widget")

        watch.start(stumble)
        await asyncio.sleep(1)
        for dataset in (Dataset.PRICES, Dataset.SPLITS):
            await asyncio.to_thread(stored, tmp_path, DAY, dataset)
            await asyncio.sleep(1)
        assert watch.is_polling
        await watch.stop()
        return told, watch.complaint

    told, complaint = run(work())
    assert told == [{Dataset.PRICES}, {Dataset.SPLITS}]
    assert "no such widget" in complaint


def test_a_follower_s_wish_to_poll_now_reaches_the_poller(tmp_path):
    async def work():
        clock = loop_clock()
        source = Source(clock)

        def make(ledger, _earlier):
            clients = Clients(clock=clock, upstream="http://127.0.0.1:9")
            return Polling(clients=clients, feeds=[feed_of(source, ledger=ledger)])

        poller, follower = PublicWatch(tmp_path, clock, make), idle(tmp_path, clock)
        poller.start(lambda _: None)
        await asyncio.sleep(2)
        follower.start(lambda _: None)
        await asyncio.sleep(2)
        assert (len(source.asked), follower.is_polling) == (1, False)
        follower.poll_now("example")
        await asyncio.sleep(2)
        assert len(source.asked) == 2
        follower.poll_now("nobody")
        await asyncio.sleep(2)
        assert len(source.asked) == 2
        poller.poll_now()
        await asyncio.sleep(1)
        assert len(source.asked) == 3
        await follower.stop()
        await poller.stop()
        assert take_wishes(tmp_path) == ([], [])

    run(work())


def test_a_follower_s_wish_for_a_name_s_history_reaches_the_poller(tmp_path):
    async def work():
        clock = loop_clock()
        source = Source(clock)
        run_for: list[str] = []

        def history(symbol):
            async def run_errand():
                run_for.append(symbol)
                return await source.ask()

            return None if symbol == "KNOWN" else Errand(feed="example", words=f"history of {symbol}", run=run_errand)

        def make(ledger, _earlier):
            clients = Clients(clock=clock, upstream="http://127.0.0.1:9")
            feeds = [feed_of(Source(clock), ledger=ledger)]
            return Polling(clients=clients, feeds=feeds, store=source.store, history=history)

        poller, follower = PublicWatch(tmp_path, clock, make), idle(tmp_path, clock)
        poller.start(lambda _: None)
        await asyncio.sleep(2)
        follower.start(lambda _: None)
        await asyncio.sleep(2)
        for symbol in ("GME", "KNOWN"):
            follower.want_history(symbol)
            await asyncio.sleep(2)
        assert run_for == ["GME"]
        assert len(source.stored) == 1
        await follower.stop()
        await poller.stop()

    run(work())
