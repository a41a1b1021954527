"""Keeps the public market fresh for one terminal: polls if no other does, follows the archive either way.

Every terminal runs one of these. The one with the lease asks the providers and writes the archive; all of them, that
one too, notice what is new there and hand it on. So there is one path by which data reach a screen, and the asking may
be done by another process: a terminal has its back office for that, and polls by itself only where it can have none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from providers.archive.follower import Changes, Follower
from providers.archive.hindrances import Hindrances, look_at_place, word_of
from providers.archive.lease import RETRY_SECONDS, Holder, Lease
from providers.archive.live_quotes import LIVE_QUOTES_FOLDER, LIVE_QUOTES_SUFFIX, Quotes, read_quotes
from providers.desk.standing import STANDING_FILE_NAME, DeskStanding, read_standing
from providers.errors import words_of
from providers.feeds.attention import SharedAttention
from providers.feeds.ledger import Ledger
from providers.feeds.poller import LONGEST_NAP_SECONDS, Errand, Poller, PollerWork
from providers.feeds.state import FeedState, with_age
from providers.feeds.states_file import STATES_FILE_NAME, read_states, write_states
from providers.feeds.wishes import FetchHistory, PollNow, Wish, put_wish, take_wishes
from shortside.datasets import Dataset
from tui.clock import Clock

if TYPE_CHECKING:
    # Who only follows has no use for what asks.
    from providers.http.clients import Clients
    from tui.polling.desk_seat import DeskSeat
    from tui.processes.back_office import BackOffice

SECONDS_BETWEEN_ARCHIVE_LOOKS: Final = 0.5
"""How often the archive is looked at: a new vintage is on every screen within a second."""
SECONDS_TO_GATHER_NEWS: Final = 0.01
"""How long after a word that there is something new the archive is looked at."""
SECONDS_BETWEEN_TRIES: Final = 5.0
"""How often it is tried to write what could not be written, as on a full disk."""
RESTART_SECONDS: Final = 30.0
"""After polling could not begin, or broke by a mistake of ours."""
OnListings = Callable[[frozenset[Dataset]], None]
"""Told which datasets have a new vintage."""
OnStates = Callable[[Sequence[FeedState]], None]
"""Told how the feeds are doing."""
OnQuotes = Callable[[Quotes], None]
"""Told the newest prices of a session; `providers.archive.live_quotes.columns_of` finds their columns."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Polling(PollerWork):
    """What is needed to poll; made only by the terminal that does."""

    clients: Clients
    history: Callable[[str], Errand | None] = lambda _: None
    """The errand for a name's short volume of a year; None where it need not be run."""


MakePolling = Callable[[Ledger, Sequence[FeedState]], Polling]
"""Makes a `Polling`, given where requests are counted (`ledger.heard`) and the states written last. Blocks."""


class PublicWatch:
    """Start it on a running event loop, stop it before leaving; the callbacks are called on that loop."""

    def __init__(
        self,
        archive: Path,
        clock: Clock,
        make: MakePolling,
        *,
        pace: float = 1.0,
        nap: float = LONGEST_NAP_SECONDS,
        office: BackOffice | None = None,
        attention: SharedAttention | None = None,
        seat: DeskSeat | None = None,
        is_at_desk: bool = False,
    ) -> None:
        """A watch that has not been started.

        Args:
            archive: the folder of the archive; it need not be there.
            clock: the present moment.
            make: makes what is polled with.
            pace: seconds of the clock to a second of the loop; 1 outside simulations.
            nap: as `Poller` has it.
            office: polls in our place for as long as it can be had; None polls here.
            attention: told to look while this is the one that polls; None where nobody asks it.
            seat: the archive's at a desk, taken with the lock; None where this machine polls for itself, or an office
                has the seat.
            is_at_desk: whether the archive belongs to a member of a desk, whoever has its seat.
        """
        self._archive, self._clock, self._make = archive, clock, make
        self._pace, self._nap, self._office, self._attention = pace, nap, office, attention
        self._seat, self._is_at_desk = seat, is_at_desk or seat is not None
        self._standing: DeskStanding | None = None
        """How the archive's seat at its desk stands, as whoever has it wrote down last."""
        notes = (STATES_FILE_NAME, STANDING_FILE_NAME) if self._is_at_desk else (STATES_FILE_NAME,)
        self._follower = Follower(archive, notes)
        self._news = asyncio.Event()
        self.news_came: Callable[[], None] = lambda: None
        """Told, too, when somebody says that the archive has something new."""
        self._is_primed = False
        self._hindrances = Hindrances(clock)
        self._lease = Lease(archive, clock)
        self._is_lost = asyncio.Event()
        """Set when another process may poll, because the folder of the lock was removed or replaced."""
        self._was_there = archive.is_dir()
        self._poller: Poller | None = None
        self._history: Callable[[str], Errand | None] = lambda _: None
        self._states: tuple[FeedState, ...] = ()
        self._unwritten = asyncio.Event()
        self._group: asyncio.Task[None] | None = None
        self._on_listings: OnListings = lambda _: None
        self._on_states: OnStates = lambda _: None
        self._on_quotes: OnQuotes | None = None

    def prime(self) -> None:
        """Take the archive as it is now for known; before it is read, so that nothing falls in between. Blocks."""
        self._follower.look()
        self._is_primed = True

    def start(
        self,
        on_listings: OnListings,
        on_states: OnStates = lambda _: None,
        on_quotes: OnQuotes | None = None,
    ) -> None:
        """Poll or follow from now on.

        Args:
            on_listings: told which datasets have a new vintage.
            on_states: told how the feeds are doing.
            on_quotes: told the newest prices; None where nobody wants to know them, and they are not read.
        """
        self._on_listings, self._on_states, self._on_quotes = on_listings, on_states, on_quotes
        if self._office is not None:
            loop = asyncio.get_running_loop()
            self._office.news = partial(loop.call_soon_threadsafe, self.look_now)
        self._group = asyncio.get_running_loop().create_task(self._run(), name="watch")

    async def stop(self) -> None:
        """Break off what is under way, give the lease up, close the connections."""
        if self._group is not None:
            self._group.cancel()
            # Cancelled is what we asked for; anything else is told to whoever stops us.
            await asyncio.gather(self._group, return_exceptions=True)
            self._group = None
        if self._office is not None:
            await asyncio.to_thread(self._office.close)

    @property
    def was_there(self) -> bool:
        """Whether the archive has been seen, here or by whom this watch goes on for."""
        return self._was_there

    def note_that_it_was_there(self) -> None:
        """The archive has been seen: should it be gone, it is told, and no empty one is made in its place."""
        self._was_there = True
        self._lease.note_that_it_was_there()

    @property
    def is_polling(self) -> bool:
        """Whether this terminal is the one that asks, itself or through its back office."""
        return self._poller is not None or (self._office is not None and self._office.polling.is_polling)

    def look_now(self) -> None:
        """Look at the archive at once: somebody knows that there is something new. To be called on the event loop."""
        self._news.set()
        self.news_came()

    @property
    def standing(self) -> DeskStanding | None:
        """How the archive's seat at its desk stands; None where there is no desk, or nobody has said."""
        return self._standing

    @property
    def filling(self) -> str:
        """Which gap is being filled, in words; empty when none is, or another terminal does it."""
        if self._poller is not None:
            return self._poller.filling
        return self._office.polling.filling if self._office is not None else ""

    @property
    def complaint(self) -> str:
        """Why nobody polls or the archive cannot be followed, in words; empty while all is well."""
        found = self._hindrances.first
        if found is not None:
            return found.words
        of_desk = self._standing.complaint if self._standing is not None else ""
        return of_desk or (self._office.polling.complaint if self._office is not None else "")

    @property
    def trouble(self) -> str:
        """What the complaint is about in a word or three, such as `disk full`; empty where there is no such word."""
        found = self._hindrances.first
        if found is not None:
            return found.word
        of_desk = self._standing.trouble if self._standing is not None else ""
        return of_desk or (self._office.polling.trouble if self._office is not None else "")

    def holder(self) -> Holder | None:
        """The other process that polls; None where none does. Reads a small file."""
        return None if self._lease.is_held or self.is_polling else self._lease.holder()

    def states(self) -> tuple[FeedState, ...]:
        """How the feeds are doing now; they age without being asked."""
        now = self._clock()
        return tuple(with_age(state, now) for state in self._states)

    def poll_now(self, name: str | None = None) -> None:
        """Have a feed polled at once, or all of them; a terminal that only follows asks the one that polls."""
        if self._poller is not None:
            self._poller.poll_now(name)
            return
        self._wish(PollNow(feed=name))

    def want_history(self, symbol: str) -> None:
        """Have whoever polls fetch a name's short volume of a year, unless it was lately."""
        self._wish(FetchHistory(symbol=symbol))

    def _wish(self, wish: Wish) -> None:
        try:
            put_wish(self._archive, wish)
        except OSError as error:
            self._cannot("wish", f"no wish can be left in {self._archive}", error)
        else:
            self._hindrances.over("wish")

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="follow")
            group.create_task(self._poll(), name="poll")

    # -- following ------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        if not self._is_primed:
            await asyncio.to_thread(self.prime)
        first = sorted((self._archive / LIVE_QUOTES_FOLDER).glob(f"*{LIVE_QUOTES_SUFFIX}"))
        notes = {STATES_FILE_NAME, STANDING_FILE_NAME} if self._is_at_desk else {STATES_FILE_NAME}
        await self._hand_on(Changes(quotes=tuple(first), notes=frozenset(notes)))
        while True:
            await self._until_news()
            changes = await asyncio.to_thread(self._follower.look)
            await asyncio.to_thread(self._look_at_place)
            if changes:
                await self._hand_on(changes)
            if self._poller is not None:
                await self._listen()

    async def _until_news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_BETWEEN_ARCHIVE_LOOKS):
                await self._news.wait()
                # What comes together is looked at once.
                await asyncio.sleep(SECONDS_TO_GATHER_NEWS)
        self._news.clear()

    async def _hand_on(self, changes: Changes) -> None:
        try:
            if STATES_FILE_NAME in changes.notes:
                self._states = await asyncio.to_thread(read_states, self._archive / STATES_FILE_NAME) or self._states
                self._on_states(self.states())
            if STANDING_FILE_NAME in changes.notes:
                self._standing = await asyncio.to_thread(read_standing, self._archive)
                self._on_states(self.states())
            if (on_quotes := self._on_quotes) is not None:
                for path in changes.quotes:
                    on_quotes(await asyncio.to_thread(read_quotes, path))
            if changes.datasets:
                self._on_listings(changes.datasets)
        # What cannot be read now is replaced soon, and a screen that stumbles must not stop the polling for the others.
        except Exception as error:
            self._hindrances.met("show", f"what is new could not be shown: {type(error).__name__}: {error}")
        else:
            self._hindrances.over("show")

    def _look_at_place(self) -> None:
        """Notice that the archive is gone or closed to us, and that it is back. In a thread."""
        try:
            look_at_place(self._archive)
        except OSError as error:
            if self._was_there:
                self._cannot("place", f"nobody polls for {self._archive}", error)
        else:
            self.note_that_it_was_there()
            self._hindrances.over("place")
        if self._lease.is_lost():
            self._is_lost.set()

    async def _listen(self) -> None:
        """Grant what other terminals wish, and hear what they look at."""
        try:
            if self._attention is not None:
                await asyncio.to_thread(self._attention.look)
            wishes, complaints = await asyncio.to_thread(take_wishes, self._archive)
            if complaints:
                self._hindrances.met("listen", complaints[-1])
            else:
                self._hindrances.over("listen")
            for wish in wishes:
                self._grant(wish)
        # A wish that cannot be granted must not stop the following, nor the polling for everybody else.
        except Exception as error:
            self._hindrances.met("listen", f"a wish could not be granted: {type(error).__name__}: {error}")

    # -- polling --------------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        if self._office is not None:
            await self._office.poll(lambda: self._was_there)
            # It cannot be had any more. Keys may wait for a parser now, and the market stays as fresh as before.
            self._office = None
        while True:
            if not self._lease.acquire():
                if self._lease.trouble is not None:
                    self._cannot("lease", f"nobody can poll: {self._archive} cannot be locked", self._lease.trouble)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._hindrances.over("lease")
            try:
                await self._hold_while_ours()
            # Without polling the screen still shows what there is: it must not go down with a mistake of ours.
            except Exception as error:
                words = f"polling broke: {words_of(error)}"
                self._hindrances.met("poll", words)
            finally:
                self._lease.release()
            await asyncio.sleep(RETRY_SECONDS if self._is_lost.is_set() else RESTART_SECONDS)

    async def _hold_while_ours(self) -> None:
        """Poll until the right to it is lost."""
        self._is_lost.clear()
        holding, losing = (
            asyncio.create_task(work, name=name)
            for work, name in ((self._hold_or_sit(), "hold"), (self._lost(), "lose"))
        )
        try:
            await asyncio.wait({holding, losing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (holding, losing):
                task.cancel()
            await asyncio.gather(holding, losing, return_exceptions=True)
        if not holding.cancelled():
            holding.result()

    async def _hold_or_sit(self) -> None:
        if self._seat is None:
            await self._hold()
            return
        self._seat.news, self._seat.granted, self._seat.turned = self.look_now, self._grant, self._turn
        await self._seat.sit(self._hold)

    def _turn(self) -> None:
        if self._poller is not None:
            self._poller.wake()

    def _grant(self, wish: Wish) -> None:
        if self._poller is None:
            return
        if isinstance(wish, FetchHistory):
            self._poller.run_errand(self._history(wish.symbol))
        else:
            self._poller.poll_now(wish.feed)

    async def _lost(self) -> None:
        await self._is_lost.wait()

    async def _hold(self) -> None:
        """Poll for as long as nobody stops us."""
        earlier = await asyncio.to_thread(read_states, self._archive / STATES_FILE_NAME)
        ledger = Ledger(earlier)
        if self._attention is not None:
            await asyncio.to_thread(self._attention.look)
        polling = await asyncio.to_thread(self._make, ledger, earlier)
        poller = Poller(
            polling,
            clock=self._clock,
            ledger=ledger,
            heard=lambda _: self._unwritten.set(),
            pace=self._pace,
            nap=self._nap,
            may_ask=self._seat.may_ask if self._seat is not None else lambda: True,
        )
        if self._seat is not None:
            polling.clients.our_turn = self._seat.our_turn
        self._poller, self._history = poller, polling.history
        self._hindrances.over("poll")
        try:
            async with polling.clients, asyncio.TaskGroup() as group:
                group.create_task(self._write(poller), name="write states")
                group.create_task(poller.run(), name="run")
        finally:
            self._poller = None

    async def _write(self, poller: Poller) -> None:
        self._unwritten.set()
        while True:
            await self._unwritten.wait()
            self._unwritten.clear()
            self._note_storing(poller)
            try:
                await asyncio.to_thread(write_states, self._archive / STATES_FILE_NAME, poller.states())
            except OSError as error:
                self._cannot("states", f"{self._archive / STATES_FILE_NAME} cannot be written", error)
                # Whom nobody can write down an answer of is not asked.
                poller.is_held_up = True
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)
                self._unwritten.set()
            else:
                self._hindrances.over("states")
                if self._seat is not None:
                    self._seat.stored()
                poller.is_held_up = False

    def _note_storing(self, poller: Poller) -> None:
        """Tell that answers came which could not be kept, until one could."""
        unkept = next((feed for feed in poller.feeds if feed.unkept is not None), None)
        if unkept is None or unkept.unkept is None:
            self._hindrances.over("store")
        else:
            self._hindrances.met("store", f"what came cannot be kept: {unkept.unkept}", word_of(unkept.unkept))

    def _cannot(self, what: str, words: str, error: OSError) -> None:
        self._hindrances.met(what, f"{words} ({error.strerror or error})", word_of(error))
