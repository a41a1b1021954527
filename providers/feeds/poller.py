"""Polls feeds when they are due, live data first and then gaps, for as long as it is let; no feed can stop another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from providers.base import Clock
from providers.errors import NoDataError, words_of
from providers.events import Events, milliseconds
from providers.feeds.feed import Delivery, Feed, Store
from providers.feeds.ledger import Ledger
from providers.feeds.state import FeedState

_events: Final = Events("feeds")
LONGEST_NAP_SECONDS: Final = 5.0
"""Seconds after which the clock is looked at even if nothing is due: a laptop may have slept."""
CLOCK_JUMP: Final = timedelta(seconds=60)
"""By how much the clock may run ahead of our naps before it is taken for a jump."""
LONGEST_WAIT_FOR_FEEDS: Final = timedelta(minutes=1)
"""How long gaps wait for feeds that are being polled."""
PAUSE_AFTER_A_FAILED_GAP: Final = timedelta(minutes=10)
"""How long after a gap that could not be filled the gaps are looked at again."""
TIME_BETWEEN_LOOKS_AT_GAPS: Final = timedelta(hours=6)
"""How long between two looks at the gaps, when all are filled or their sources have nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing that is missing in the archive, and how to fetch it."""

    feed: str
    """The provider that is asked, by its name."""
    words: str
    """What is fetched, such as `short interest of 15 Aug 2023`."""
    run: Callable[[], Awaitable[Delivery]]
    """Asks for it; raises ProviderError."""


Gaps = Callable[[], Awaitable[Sequence[Errand]]]
"""Tells what is missing, in the order to fetch it."""
OnStates = Callable[[Sequence[FeedState]], None]
"""Told how the feeds are doing, whenever that changes."""


async def no_gaps() -> Sequence[Errand]:
    """No errands: for a poller that fills no gaps."""
    return ()


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PollerWork:
    """What a poller looks after."""

    feeds: Sequence[Feed]
    """Those it polls, the most wanted first."""
    idle: Sequence[FeedState] = ()
    """Providers nobody asks, to be told of along with the feeds."""
    gaps: Gaps = no_gaps
    """Tells what is missing in the archive."""
    store: Store | None = None
    """Makes what fills a gap safe; None where the errands do so themselves."""
    tidy: Callable[[], None] = lambda: None
    """Gives back the memory that a look or an errand took; called in a thread after each."""


class Poller:
    """Runs feeds. Waits on the event loop's clock, plans by the one it is given."""

    def __init__(
        self,
        work: PollerWork,
        *,
        clock: Clock,
        ledger: Ledger | None = None,
        heard: OnStates = lambda _: None,
        pace: float = 1.0,
        nap: float = LONGEST_NAP_SECONDS,
        may_ask: Callable[[], bool] = lambda: True,
    ) -> None:
        """A poller at rest.

        Args:
            work: what it looks after.
            clock: the present moment.
            ledger: counts the requests made for gaps.
            heard: told how the feeds are doing; called on the event loop.
            pace: seconds of the clock to a second of the loop; 1 outside simulations.
            nap: the longest the clock is not looked at, seconds of the loop.
            may_ask: whether it is ours to ask now; nothing is begun while it is not.
        """
        self.feeds, self._work = tuple(work.feeds), work
        self._clock, self._heard, self._pace, self._nap = clock, heard, pace, nap
        self._may_ask = may_ask
        self._ledger = ledger or Ledger()
        self._wake = asyncio.Event()
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._filling: asyncio.Task[None] | None = None
        self._fill_at: datetime | None = None
        self._errands: list[Errand] = []
        self.filling = ""
        """Which gap is being filled, in words; empty when none is."""
        self._is_held_up = False
        self.complaints: list[str] = []
        """What went wrong with gaps, newest last; at most a dozen."""

    def states(self) -> list[FeedState]:
        """How every feed is doing, and which providers nobody asks."""
        now = self._clock()
        return [*(feed.state(now) for feed in self.feeds), *self._work.idle]

    def poll_now(self, name: str | None = None) -> None:
        """Poll a feed at once, or all of them, because the user asked; one that is being polled is left to it."""
        for feed in self.feeds:
            if name in (None, feed.name) and not feed.is_polling:
                feed.hurry()
        self._fill_at = self._clock()
        self._wake.set()

    @property
    def is_held_up(self) -> bool:
        """Whether nobody is asked, because no answer could be kept; what failed so is due once that is over."""
        return self._is_held_up

    @is_held_up.setter
    def is_held_up(self, is_so: bool) -> None:
        is_over = self._is_held_up and not is_so
        self._is_held_up = is_so
        if is_over:
            for feed in self.feeds:
                if feed.unkept is not None and not feed.is_polling:
                    feed.hurry()
            self._fill_at = self._clock()
            self._wake.set()

    def run_errand(self, errand: Errand | None) -> None:
        """Run an errand at once, beside everything else, because the user asked; nothing happens for None."""
        if errand is not None:
            self._errands.append(errand)
            self._wake.set()

    async def run(self) -> None:
        """Poll until cancelled; what is under way is broken off then, and nothing is left half done."""
        self._fill_at = self._clock()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    before, slept = self._clock(), asyncio.get_running_loop().time()
                    self._begin_looks(group)
                    self._begin_filling(group)
                    while self._errands and self._may_ask():
                        group.create_task(self._is_filled(self._errands.pop()), name="errand")
                    await self._rest(before)
                    self._notice_jump(before, slept)
        finally:
            self.filling = ""

    def _begin_looks(self, group: asyncio.TaskGroup) -> None:
        now = self._clock()
        for feed in self.feeds if not self._is_resting() else ():
            if feed.name not in self._looks and feed.next_at <= now:
                self._looks[feed.name] = group.create_task(self._look(feed), name=f"poll {feed.name}")

    def _is_resting(self) -> bool:
        return self._is_held_up or not self._may_ask()

    def wake(self) -> None:
        """Look at once at what is due, as when it is ours to ask again."""
        self._wake.set()

    async def _look(self, feed: Feed) -> None:
        try:
            await feed.poll()
            await self._tidied()
        finally:
            del self._looks[feed.name]
            self._wake.set()
        self._heard(self.states())

    async def _tidied(self) -> None:
        """Clear away what is too old; a folder that cannot be cleared is no reason to stop asking."""
        try:
            await asyncio.to_thread(self._work.tidy)
        except Exception as error:
            self._complain(f"clearing away: {words_of(error)}")

    def _begin_filling(self, group: asyncio.TaskGroup) -> None:
        due = self._fill_due()
        if due is not None and self._clock() >= due:
            self._fill_at = None
            self._filling = group.create_task(self._fill(), name="fill gaps")

    def _fill_due(self) -> datetime | None:
        """When gaps may be looked at: live data come first, but a feed that hangs does not hold them up for long."""
        if self._is_resting() or self._fill_at is None or (self._filling is not None and not self._filling.done()):
            return None
        return self._fill_at + (LONGEST_WAIT_FOR_FEEDS if self._looks else timedelta())

    async def _fill(self) -> None:
        """Fill what is missing, one thing at a time; then wait for another reason to look."""
        failed: set[str] = set()
        try:
            errands = await self._work.gaps()
            for errand in errands:
                self.filling = errand.words
                self._heard(self.states())
                # A source that fails is left alone until the next look; the others go on.
                if errand.feed not in failed and not await self._is_filled(errand):
                    failed.add(errand.feed)
        # As in a feed: a mistake of ours must leave the polling alone.
        except Exception as error:
            self._complain(f"looking for gaps: {words_of(error)}")
        finally:
            self.filling = ""
            self._fill_at = self._clock() + (PAUSE_AFTER_A_FAILED_GAP if failed else TIME_BETWEEN_LOOKS_AT_GAPS)
            self._wake.set()
        self._heard(self.states())

    async def _is_filled(self, errand: Errand) -> bool:
        """Run an errand; False if its source had better be left alone for now."""
        began = asyncio.get_running_loop().time()
        try:
            with self._ledger.errand(errand.feed) as look:
                delivery = await errand.run()
                if self._work.store is not None:
                    await self._work.store(delivery)
                await self._tidied()
            seconds = asyncio.get_running_loop().time() - began
            for feed in self.feeds:
                if feed.name == errand.feed:
                    feed.filled(delivery, seconds)
        except NoDataError as error:
            self._complain(f"{errand.words}: {error}")
        # One opened name whose answer nobody foresaw must not end the polling of all the others.
        except Exception as error:
            self._complain(f"{errand.words}: {words_of(error)}")
            return False
        else:
            _events.info(
                "gap_filled",
                feed=errand.feed,
                gap=errand.words,
                requests=look.requests,
                bytes=look.size,
                ms=milliseconds(seconds),
            )
        return True

    def _complain(self, words: str) -> None:
        _events.warning("gap", reason=words)
        self.complaints = [*self.complaints, words][-12:]

    async def _rest(self, now: datetime) -> None:
        """Sleep until something is due, somebody calls, or the clock is to be looked at."""
        feeds = self.feeds if not self._is_resting() else ()
        waiting = [feed.next_at for feed in feeds if feed.name not in self._looks]
        fill_due = self._fill_due()
        if fill_due is not None:
            waiting.append(fill_due)
        due_in = min(((moment - now).total_seconds() / self._pace for moment in waiting), default=self._nap)
        # Not `wait_for`: Python 3.11's loses a cancellation that comes together with the call, and we would never end.
        with suppress(TimeoutError):
            # Never nothing: two clocks that differ by a hair must not make this loop spin.
            async with asyncio.timeout(max(min(due_in, self._nap), 0.001)):
                await self._wake.wait()
        self._wake.clear()

    def _notice_jump(self, before: datetime, slept: float) -> None:
        """After the laptop slept, or the clock was set, every plan is made anew."""
        passed = (asyncio.get_running_loop().time() - slept) * self._pace
        ahead = self._clock() - before - timedelta(seconds=passed)
        # In a simulation the naps themselves are not as exact as the clock is fast.
        if abs(ahead) > CLOCK_JUMP * max(1.0, self._pace):
            _events.warning("clock_jump", ahead_seconds=ahead.total_seconds())
            for feed in self.feeds:
                if feed.name not in self._looks:
                    feed.replan()
            self._fill_at = self._clock()
