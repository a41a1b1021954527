"""A feed knows when to ask, and says in words and with a letter how that went."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from feed_examples import DAILY, THURSDAY, HandClock, Source, card, exchange, feed_of, snapshot
from virtual_time import run

from providers.archive.live_quotes import LIVE_QUOTES_FOLDER, LIVE_QUOTES_SUFFIX, quoted_columns, read_quotes
from providers.archive.vintages import Archive, ArchiveError
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    RestingError,
    ThrottledError,
    UnreachableError,
)
from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.schedule import AfterSession
from providers.feeds.state import Letter, with_age
from providers.feeds.surroundings import Storage, newest_held
from providers.finra.short_volume import newest_posted
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.receipts import Receipt, Receipts
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK

DAY = date(2023, 9, 7)


def polled(*outcomes, looks: int = 1, **rest):
    """A feed after some looks, each made when it was due."""
    clock = HandClock()
    source = Source(clock, outcomes)
    feed = feed_of(source, **rest)
    for _ in range(looks):
        clock.now = max(clock.now, feed.next_at)
        run(feed.poll())
    return feed, source, clock


def test_a_feed_that_never_looked_is_unknown_and_due():
    feed, source, clock = polled(looks=0)
    state = feed.state(clock())
    assert (state.letter, state.words, state.next_poll_at) == (Letter.UNKNOWN, "never arrived", clock())
    assert not source.asked


def test_a_good_look_is_stored_and_makes_it_current():
    feed, source, clock = polled(DAY)
    state = feed.state(clock())
    assert (state.letter, state.as_of, state.missed) == (Letter.CURRENT, DAY, 0)
    assert state.succeeded_at == state.looked_at == clock()
    assert state.next_poll_at == THURSDAY + timedelta(minutes=5)
    assert len(source.stored) == 1
    assert state.complaint == ""


def test_a_source_that_has_everything_the_next_morning_is_not_late_the_evening_before():
    wednesday = date(2023, 9, 6)
    feed, _, clock = polled(wednesday, dataset=Dataset.PRICES, lag=timedelta(hours=16))
    for hour, letter in ((20, Letter.CURRENT), (31, Letter.CURRENT), (33, Letter.LATE)):
        now = datetime(2023, 9, 7, tzinfo=NEW_YORK) + timedelta(hours=hour)
        assert feed.state(now).letter is letter
        assert with_age(feed.state(clock()), now).letter is letter


def test_what_is_not_posted_yet_is_pending_and_waits_for_its_slot():
    feed, _, clock = polled(PendingError("not posted yet"), schedule=AfterSession(), dataset=Dataset.SHORT_VOLUME)
    state = feed.state(clock())
    assert (state.letter, state.failures) == (Letter.PENDING, 0)
    assert state.complaint == "not posted yet"
    assert state.succeeded_at is None
    assert state.next_poll_at == datetime(2023, 9, 7, 18, 5, tzinfo=NEW_YORK)


def test_a_source_without_rows_did_its_part():
    feed, _, clock = polled(NoDataError("nothing there"))
    assert feed.state(clock()).letter is Letter.UNKNOWN
    assert feed.state(clock()).failures == 0


@pytest.mark.parametrize(
    ("error", "letter"),
    [
        (BlockedError("a consent page"), Letter.BLOCKED),
        (ThrottledError("wait", retry_after=90), Letter.THROTTLED),
        (RestingError("left alone", retry_after=30), Letter.THROTTLED),
        (UnreachableError("no answer"), Letter.ERROR),
        (MalformedError("is garbled", where="here"), Letter.ERROR),
        (OSError(28, "No space left on device"), Letter.ERROR),
        (ZeroDivisionError("division by zero"), Letter.ERROR),
    ],
)
def test_a_failed_look_has_a_letter_and_keeps_what_was_there(error, letter):
    feed, source, clock = polled(DAY, error, looks=2)
    state = feed.state(clock())
    assert (state.letter, state.as_of, state.failures) == (letter, DAY, 1)
    assert str(error) in state.complaint
    assert state.is_troubled
    assert state.complained_at == clock()
    assert len(source.stored) == 1
    assert state.next_poll_at > clock()


def test_a_mistake_of_ours_is_called_one():
    feed, _, clock = polled(ZeroDivisionError("division by zero"))
    assert feed.state(clock()).complaint == "an error of this program, ZeroDivisionError: division by zero"


def test_a_throttled_feed_waits_as_asked():
    feed, _, clock = polled(ThrottledError("wait an hour", retry_after=3_600))
    assert feed.next_at == clock() + timedelta(hours=1)


def test_failures_back_off_and_a_good_look_ends_it():
    down = UnreachableError("no answer")
    feed, source, clock = polled(DAY, down, down, down, DAY, looks=5, schedule=DAILY)
    gaps = [other - one for one, other in zip(source.asked, source.asked[1:], strict=False)]
    assert gaps[1:] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    state = feed.state(clock())
    assert (state.letter, state.failures) == (Letter.CURRENT, 0)
    # The complaint stays to be read; the letter says that it is over.
    assert state.complaint == "no answer"


def test_what_could_not_be_stored_is_no_success():
    async def full(_delivery):
        raise ArchiveError("the archive cannot be written")

    feed, _, clock = polled(DAY, store=full)
    state = feed.state(clock())
    assert (state.letter, state.as_of, state.succeeded_at) == (Letter.ERROR, None, None)


def test_being_cancelled_is_no_failure():
    async def work():
        clock = HandClock()
        feed = feed_of(Source(clock, gate=asyncio.Event()))
        task = asyncio.create_task(feed.poll())
        await asyncio.sleep(0)
        assert feed.is_polling
        assert feed.state(clock()).next_poll_at is None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not feed.is_polling
        assert feed.state(clock()).failures == 0

    run(work())


def test_secrets_in_a_complaint_are_left_out():
    feed, _, clock = polled(UnreachableError("https://x.test/a?apiKey=abc123 is gone"))
    assert "abc123" not in feed.state(clock()).complaint


def test_requests_are_counted_to_the_feed_in_whose_task_they_are_made():
    ledger, clock = Ledger(), HandClock()

    async def ask_of(count):
        for _ in range(count):
            await asyncio.sleep(1)
            await asyncio.gather(asyncio.create_task(heard()))
        return Delivery(fetched=(Fetched(snapshot=None),))

    async def heard():
        ledger.heard(exchange(at=clock()))

    def feed(name, count):
        source = Source(clock)
        source.ask = lambda: ask_of(count)
        return feed_of(source, name=name, ledger=ledger)

    async def work():
        one, other = feed("one", 2), feed("other", 3)
        await asyncio.gather(one.poll(), other.poll())
        with ledger.errand("one"):
            ledger.heard(exchange(at=clock()))
        return one.state(clock()), other.state(clock())

    one, other = run(work())
    # A gap's request is shown, too.
    assert (one.requests_today, other.requests_today) == (3, 3)
    assert one.latency == 0.2
    clock.move(days=1)
    assert ledger.requests("one", date(2023, 9, 8)) == 0


def test_a_feed_keeps_to_its_budget_and_goes_on_the_next_session():
    clock, ledger = HandClock(), Ledger()
    source = Source(clock, [DAY])
    feed = feed_of(source, ledger=ledger, budget=3)
    for _ in range(3):
        clock.now = max(clock.now, feed.next_at)
        ledger.count("example", DAY, 1, 0.1)
        run(feed.poll())
    state = feed.state(clock())
    assert state.next_poll_at == datetime(2023, 9, 8, 4, tzinfo=NEW_YORK)
    assert "budget of 3 requests" in state.complaint
    # The user may ask all the same.
    feed.hurry()
    assert feed.next_at == clock()


def test_gaps_are_no_part_of_the_budget():
    clock, ledger = HandClock(), Ledger()
    with ledger.errand("example"):
        for _ in range(10):
            ledger.heard(exchange(at=clock()))
    feed = feed_of(Source(clock, [DAY]), ledger=ledger, budget=3)
    run(feed.poll())
    assert feed.next_at == THURSDAY + timedelta(minutes=5)
    assert feed.state(clock()).requests_today == 10


def test_who_takes_over_goes_on_where_the_last_one_stopped():
    feed, _, clock = polled(DAY)
    written = replace(feed.state(clock()), requests_today=7)
    clock.move(minutes=1)
    heir = feed_of(Source(clock), ledger=Ledger([written]), earlier=written, as_of=DAY)
    assert heir.next_at == feed.next_at
    assert heir.state(clock()).requests_today == 7
    failed, _, clock = polled(ThrottledError("wait", retry_after=3_600))
    heir = feed_of(Source(clock), earlier=failed.state(clock()))
    assert heir.next_at == failed.next_at
    assert heir.state(clock()).letter is Letter.THROTTLED


def test_an_unchanged_directory_is_as_good_as_its_last_look():
    source = Source(HandClock())

    async def unchanged():
        return Delivery(fetched=(Fetched(snapshot=None),))

    source.ask = unchanged
    feed = feed_of(source, as_of=date(2023, 8, 1), schedule=DAILY)
    run(feed.poll())
    state = feed.state(source.clock())
    assert (state.letter, state.as_of, state.missed) == (Letter.CURRENT, date(2023, 8, 1), 0)


def test_a_state_ages_without_being_asked():
    feed, _, clock = polled(DAY, dataset=Dataset.PRICES)
    state = feed.state(clock())
    assert with_age(state, clock() + timedelta(days=8)).letter is Letter.STALE
    failed, _, clock = polled(BlockedError("a wall"))
    assert with_age(failed.state(clock()), clock() + timedelta(days=8)).letter is Letter.BLOCKED


def test_a_source_asked_only_as_needed_is_never_old_and_fails_like_any_other():
    feed, _, clock = polled(DAY, dataset=Dataset.PRICES, is_on_demand=True)
    state = with_age(feed.state(clock()), clock() + timedelta(days=80))
    assert (state.letter, state.words, state.missed) == (Letter.CURRENT, "as needed", None)
    failed, _, clock = polled(BlockedError("a wall"), is_on_demand=True)
    assert failed.state(clock()).letter is Letter.BLOCKED


@pytest.mark.parametrize(("is_on_demand", "newest"), [(True, date(2023, 9, 8)), (False, DAY)])
def test_what_fills_gaps_tells_of_a_source_asked_as_needed_and_of_no_polled_one(is_on_demand, newest):
    """A polled feed's calendar must not take a name's history for the session it waits for."""
    feed, _, clock = polled(DAY, is_on_demand=is_on_demand)
    before = feed.state(clock())
    clock.now += timedelta(hours=1)
    feed.filled(Delivery(fetched=(Fetched(snapshot=snapshot(date(2023, 9, 8), clock())),)), 2.5)
    after = feed.state(clock())
    assert after.as_of == newest
    assert (after.succeeded_at == clock()) is is_on_demand
    assert after.next_poll_at == before.next_poll_at


def test_the_last_ten_looks_are_remembered_with_what_came_of_each():
    outcomes = [DAY, UnreachableError("no answer"), BlockedError("a wall " * 60), *[DAY] * 9]
    feed, _, clock = polled(*outcomes, looks=3)
    wall, no_answer, good = feed.state(clock()).polls
    assert (good.letter, good.rows, good.reason) == (Letter.CURRENT, 3, "")
    assert good.at < no_answer.at < wall.at == clock()
    assert (no_answer.letter, no_answer.rows, no_answer.reason) == (Letter.ERROR, None, "no answer")
    assert wall.letter is Letter.BLOCKED
    assert len(wall.reason) == 160, "the last complaint is kept whole beside it"
    assert len(feed.state(clock()).complaint) > 160
    for _ in range(9):
        clock.now = max(clock.now, feed.next_at)
        run(feed.poll())
    polls = feed.state(clock()).polls
    assert [poll.letter for poll in polls] == [Letter.CURRENT] * 9 + [Letter.BLOCKED]
    assert all(poll.seconds >= 0 for poll in polls)


def test_another_program_goes_on_with_the_looks_that_were_remembered():
    feed, source, clock = polled(DAY, BlockedError("a wall"), looks=2)
    earlier = feed.state(clock())
    source.outcomes = [DAY]
    later = feed_of(source, earlier=earlier)
    assert later.state(clock()).polls == earlier.polls
    clock.now = max(clock.now, later.next_at)
    run(later.poll())
    assert later.state(clock()).polls[1:] == earlier.polls


@pytest.mark.parametrize("is_on_demand", [True, False])
def test_a_gap_that_is_filled_counts_as_a_look_only_at_a_source_asked_as_needed(is_on_demand):
    feed, _, clock = polled(looks=0, is_on_demand=is_on_demand)
    feed.filled(Delivery(fetched=(Fetched(snapshot=snapshot(DAY, clock())),)), 2.5)
    assert [(poll.rows, poll.seconds) for poll in feed.state(clock()).polls] == ([(3, 2.5)] if is_on_demand else [])


def test_receipts_are_kept_only_after_the_rows_are_safe(tmp_path):
    validators = Receipts()
    clock = HandClock()
    receipt = Receipt(key="host/file", sha256="0")
    good = Delivery(fetched=(Fetched(snapshot=snapshot(DAY, clock()), receipts=(receipt,)),))

    async def work(root):
        async with Clients(clock=clock, validators=validators, upstream="http://127.0.0.1:9") as clients:
            await Storage(Archive(root), clients)(good)

    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder belongs")
    with pytest.raises(ArchiveError):
        run(work(blocked))
    assert len(validators) == 0
    run(work(tmp_path / "archive"))
    assert len(validators) == 1
    held = newest_held(Archive(tmp_path / "archive"), [Dataset.REFERENCE], "example")
    assert held is not None
    assert held.as_of == DAY


def test_live_prices_are_replaced_and_only_the_first_look_is_archived(tmp_path):
    clock = HandClock()
    archive = Archive(tmp_path)

    async def work():
        async with Clients(clock=clock, upstream="http://127.0.0.1:9") as clients:
            for rows in (3, 4):
                clock.move(minutes=5)
                quotes = snapshot(DAY, clock(), dataset=Dataset.QUOTES, rows=rows)
                await Storage(archive, clients)(Delivery(fetched=(Fetched(snapshot=quotes),)))

    run(work())
    assert len(archive.vintages(Dataset.QUOTES)) == 1
    quotes = read_quotes(tmp_path / LIVE_QUOTES_FOLDER / f"example{LIVE_QUOTES_SUFFIX}")
    assert quotes.symbols == ("N0", "N1", "N2", "N3")
    assert quotes.fetched_at == clock()
    places, prices, moments = quoted_columns(quotes, ["N3", "ELSE", "N0"])
    assert dict(zip(places.tolist(), prices.tolist(), strict=True)) == {2: 1.0, 0: 1.0}
    # The source does not say when they were made: they are as old as our look.
    assert moments.tolist() == [clock().timestamp()] * 2


def test_a_broken_file_of_live_prices_is_refused_in_words(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"PAR1 and no more")
    with pytest.raises(MalformedError, match=r"x\.npz"):
        read_quotes(tmp_path / "x.npz")


def test_the_newest_of_a_source_is_found_among_others(tmp_path):
    archive = Archive(tmp_path)
    clock = HandClock()
    archive.append(snapshot(DAY, clock()))
    archive.append(replace(snapshot(date(2023, 9, 8), clock(), rows=5), source="other"))
    (tmp_path / "reference" / "no-day").mkdir()
    held = newest_held(archive, [Dataset.REFERENCE, Dataset.FAILS], "example")
    assert held is not None
    assert held.as_of == DAY
    assert newest_held(archive, [Dataset.REFERENCE], "nobody") is None


@pytest.mark.parametrize(
    ("moment", "session"),
    [("2023-09-07T17:59", "2023-09-06"), ("2023-09-07T18:00", "2023-09-07"), ("2023-09-10T20:00", "2023-09-08")],
)
def test_short_volume_is_that_of_the_newest_session_whose_evening_has_come(moment, session):
    assert newest_posted(datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK)) == date.fromisoformat(session)


def test_every_feed_names_its_source():
    feed, _, clock = polled(looks=0)
    assert feed.state(clock()).attribution == card().attribution
