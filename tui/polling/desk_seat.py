"""One archive's seat at a desk: takes over what is on it, polls for all when that is its turn, and goes on without it.

Whoever holds the lock of the archive has the seat, so several terminals of one machine are one member. While another
member polls, this one takes over what is announced; while it polls itself, what its archive gets is published. A desk
that is gone stops the polling, and nothing else: the archive stays, and what was asked is known when it is back.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from providers.archive.follower import Changes, Follower
from providers.archive.hindrances import Hindrances
from providers.archive.vintages import Archive
from providers.desk.address import DeskAddress
from providers.desk.asks import Asking, Hearing
from providers.desk.connection import (
    DeskConnection,
    DeskGoneError,
    DeskRefusedError,
    FencedError,
    OtherVersionError,
    OversizedError,
)
from providers.desk.layout import LEASE, NEWS, NOTE
from providers.desk.lease import RENEWAL_SECONDS, TRY_SECONDS, DeskLease, Seconds, seconds_awake_or_not
from providers.desk.publication import Publisher
from providers.desk.reading import NOTES, DeskReader
from providers.desk.standing import DeskPoller, DeskStanding, poller_of, write_standing
from providers.errors import ProviderError, RefusedError, shortened
from providers.events import Events
from providers.feeds.attention import SharedAttention
from providers.feeds.wishes import Wish, take_wishes
from providers.keyed.keys import KeyFileError, Secret
from shortside.datasets import Dataset
from tui.clock import Clock
from tui.polling.first_to_end import until_first

_events: Final = Events("desk")
SECONDS_BETWEEN_CONNECTIONS: Final = 0.5
"""How long after a desk was lost it is tried again."""
SECONDS_AFTER_A_REFUSAL: Final = 5.0
"""How long one whom the server refuses leaves it alone."""
HEAD_START_SECONDS: Final = 1.5
"""How long a desk that is back is left to whoever polled before: what it asked meanwhile is in its archive alone."""
SECONDS_BETWEEN_LOOKS: Final = 0.5
"""How often the archive is looked at for what to publish, where nobody says that there is something."""
SECONDS_BETWEEN_SWEEPS: Final = 2.0
"""How often all days of the archive are looked at for what to publish: some milliseconds in a thread."""
SECONDS_OF_SILENCE: Final = 30.0
"""How long one waits for a message at a time; whether the desk is there at all is seen elsewhere."""
SECONDS_BETWEEN_WORDS: Final = 0.5
"""How often wishes and attention are passed on."""
MOST_CLOCK_DIFFERENCE: Final = timedelta(seconds=30)
"""By how much a clock may differ from the server's where its machine is to poll."""
SECONDS_A_REMARK_STANDS: Final = 600.0
"""How long the feeds screen tells what was passed over on the desk."""
SECONDS_BETWEEN_REMARKS: Final = 10.0
"""How often the log takes such a word at most: who writes garbage may write much of it."""
SECONDS_BETWEEN_TRIES_AT_A_HELD_ONE: Final = 3.0
"""How often the right to poll is tried where somebody has it: one that never runs out is nobody's, and taken away."""
POLLER_NOTE: Final = "poller"
AWAY: Final = "desk away"
"""What the head of a screen says of a desk that does not answer."""


class DeskSeat:
    """A seat that nobody has taken yet.

    Args:
        address: of the desk.
        password: looks up what to log in with; called in a thread before each connection.
        archive: this member's own.
        clock: the present moment.
        attention: what the terminals of the archive look at; also told what is looked at elsewhere.
        is_clock_real: whether the clock is the machine's, so that another than the server's is wrong.
        seconds: the clock by which the right to poll runs out.
    """

    def __init__(
        self,
        address: DeskAddress,
        password: Callable[[], Secret | None],
        archive: Path,
        clock: Clock,
        attention: SharedAttention,
        *,
        is_clock_real: bool = False,
        seconds: Seconds = seconds_awake_or_not,
    ) -> None:
        self._address, self._password, self._archive, self._clock = address, password, archive, clock
        self._attention, self._is_clock_real, self._seconds = attention, is_clock_real, seconds
        self._member = uuid4().hex
        self._hindrances = Hindrances(clock)
        self._lease: DeskLease | None = None
        self._holding: asyncio.Task[None] | None = None
        """Polls; goes on while the desk is gone, and asks nobody then."""
        self._hold: Callable[[], Awaitable[None]] = _nothing
        self._stored = asyncio.Event()
        self._renewed = asyncio.Event()
        self._was_lost = False
        self._poller = ""
        self._written: DeskStanding | None = None
        self._remark = 0.0, ""
        """Until when something that was passed over is told, and in which words."""
        self._remark_told_until = 0.0
        self.news: Callable[[], None] = lambda: None
        """Told when the archive has something new from the desk; called on the event loop."""
        self.granted: Callable[[Wish], None] = lambda _: None
        """Told of each wish of another member while this one polls."""
        self.turned: Callable[[], None] = lambda: None
        """Told when it is ours to ask again after it was not."""

    def may_ask(self) -> bool:
        """Whether it is ours to ask providers, by our own clock; asks nobody."""
        return self._lease is not None and self._lease.may_ask()

    async def our_turn(self) -> None:
        """Wait until it is ours to ask: what a desk that is away held up goes on then, and nothing is asked anew."""
        while not self.may_ask():
            self._renewed.clear()
            await self._renewed.wait()

    def stored(self) -> None:
        """Have what is new in the archive published at once."""
        self._stored.set()

    async def sit(self, hold: Callable[[], Awaitable[None]]) -> None:
        """Be a member until cancelled.

        Args:
            hold: polls until it is cancelled; begun when that is our turn.
        """
        self._hold = hold
        try:
            while True:
                try:
                    await self._be_connected()
                except DeskGoneError as error:
                    _events.debug("away", reason=error)
                    await self._miss(f"the desk {self._address.words} is away", AWAY)
                    await asyncio.sleep(SECONDS_BETWEEN_CONNECTIONS)
                except OtherVersionError as error:
                    await self._miss(str(error), "desk of another version")
                    await asyncio.sleep(SECONDS_AFTER_A_REFUSAL)
                except (DeskRefusedError, OversizedError, KeyFileError, RefusedError) as error:
                    await self._miss(str(error), "desk refuses")
                    await asyncio.sleep(SECONDS_AFTER_A_REFUSAL)
        finally:
            await self._stop_holding()

    async def _be_connected(self) -> None:
        secret = await asyncio.to_thread(self._password)
        async with DeskConnection(self._address, secret) as connection:
            lease = DeskLease(connection, self._member, self._seconds)
            await connection.server_seconds()
            self._hindrances.over("desk")
            await self._say(self._poller)
            try:
                await self._alternate(connection, lease)
            finally:
                if lease.right:
                    # The next one need not wait for it to run out; where the desk is gone it is forgotten here.
                    await _quietly(lease.release())

    async def _alternate(self, connection: DeskConnection, lease: DeskLease) -> None:
        """Follow and poll in turn for as long as the desk answers."""
        while True:
            if self._holding is None or not await self._goes_on(connection, lease):
                reader = DeskReader(connection, Archive(self._archive), self._clock, self._complain)
                await until_first(
                    [self._follow(connection, reader), self._compete(connection, lease), self._pass_on(connection)]
                )
            self._lease, self._was_lost = lease, False
            self._renewed.set()
            try:
                await until_first([self._renew(connection, lease), self._poll(connection, lease)])
            except FencedError:
                lease.forget()
            await self._stop_holding()

    async def _goes_on(self, connection: DeskConnection, lease: DeskLease) -> bool:
        """Whether a polling that the desk's absence held up goes on: it does where nobody polled meanwhile."""
        content = (await connection.contents([(NOTE + POLLER_NOTE, 4_096)]))[0]
        last = poller_of(content)
        if (last is None or last.member == self._member) and await lease.take():
            return True
        await self._stop_holding()
        return False

    # -- following ------------------------------------------------------------------------------------------------

    async def _follow(self, connection: DeskConnection, reader: DeskReader) -> None:
        # Before anything is read, so that nothing can be published unheard in between.
        heard = await connection.subscribed(NEWS)
        try:
            await reader.catch_up()
            self.news()
            while True:
                message = await heard.next(SECONDS_OF_SILENCE)
                if message is not None and await reader.take(message):
                    self.news()
        finally:
            # One that polls hears nothing: what nobody reads would be heaped up at the server.
            await _quietly(heard.close())

    async def _compete(self, connection: DeskConnection, lease: DeskLease) -> None:
        """Wait for the right to poll; returns when it is ours."""
        if self._was_lost:
            await asyncio.sleep(HEAD_START_SECONDS)
            self._was_lost = False
        try_at = self._seconds()
        while True:
            is_held, at = await self._note_poller(connection), self._seconds()
            if not is_held or at >= try_at:
                try_at = at + SECONDS_BETWEEN_TRIES_AT_A_HELD_ONE
                try:
                    if await self._is_clock_right(connection) and await lease.take():
                        return
                except DeskRefusedError as error:
                    # One who may only read is a member all the same.
                    _events.info("reads_only", reason=error)
                    await self._watch_poller(connection)
            await asyncio.sleep(TRY_SECONDS)

    async def _watch_poller(self, connection: DeskConnection) -> None:
        while True:
            await self._note_poller(connection)
            await asyncio.sleep(TRY_SECONDS)

    async def _note_poller(self, connection: DeskConnection) -> bool:
        """Say who polls; whether anybody has the right to."""
        held, content = await connection.contents([(LEASE, 256), (NOTE + POLLER_NOTE, 4_096)])
        poller = poller_of(content) if held else None
        await self._say("" if poller is None else poller.words)
        return bool(held)

    async def _is_clock_right(self, connection: DeskConnection) -> bool:
        if not self._is_clock_real:
            return True
        ahead = self._clock().timestamp() - await connection.server_seconds()
        if abs(ahead) <= MOST_CLOCK_DIFFERENCE.total_seconds():
            self._hindrances.over("clock")
            return True
        words = f"this machine does not poll: its clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'}"
        self._hindrances.met("clock", f"{words} the desk server's", "clock off")
        return False

    async def _pass_on(self, connection: DeskConnection) -> None:
        """Tell whoever polls what is wished and looked at here."""
        asking = Asking(connection, self._member, self._seconds)
        while True:
            try:
                await asyncio.to_thread(self._attention.look)
                await asking.attend(self._attention.own)
                wishes, _ = await asyncio.to_thread(take_wishes, self._archive)
                for wish in wishes:
                    await asking.wish(wish)
            except DeskRefusedError as error:
                self._hindrances.met("asks", f"nothing can be wished of whoever polls: {error}")
                await asyncio.sleep(SECONDS_AFTER_A_REFUSAL)
            else:
                self._hindrances.over("asks")
                await asyncio.sleep(SECONDS_BETWEEN_WORDS)

    # -- polling --------------------------------------------------------------------------------------------------

    async def _renew(self, connection: DeskConnection, lease: DeskLease) -> None:
        """Keep the right; returns when it is lost."""
        while await lease.renew():
            self._renewed.set()
            await asyncio.sleep(RENEWAL_SECONDS)
            if not await self._is_clock_right(connection):
                await lease.release()
                return

    async def _poll(self, connection: DeskConnection, lease: DeskLease) -> None:
        archive = Archive(self._archive)
        if self._holding is None:
            # What the last poller published a moment ago is not asked again.
            await DeskReader(connection, archive, self._clock, self._complain).catch_up()
            self.news()
        publisher = Publisher(connection, lease, archive, self._clock)
        await publisher.begin()
        words = f"process {os.getpid()} on {socket.gethostname()}"
        await publisher.put_note(POLLER_NOTE, msgspec.json.encode(DeskPoller(member=self._member, words=words)))
        await self._say(words)
        if self._holding is None:
            self._holding = asyncio.get_running_loop().create_task(_awaited(self._hold), name="hold")
        self.turned()
        await until_first([self._publish(publisher), self._hear(connection), _ended(self._holding)])

    async def _publish(self, publisher: Publisher) -> None:
        follower, swept_at = Follower(self._archive, NOTES), self._seconds()
        while True:
            self._stored.clear()
            changes = await asyncio.to_thread(follower.look)
            if changes:
                await publisher.publish(changes)
            if self._seconds() - swept_at >= SECONDS_BETWEEN_SWEEPS:
                # What goes into a day of long ago, as what fills a gap, the follower sees late.
                await publisher.publish(Changes(datasets=frozenset(Dataset)))
                swept_at = self._seconds()
            if publisher.complaint:
                self._complain(publisher.complaint)
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_BETWEEN_LOOKS):
                    await self._stored.wait()

    async def _hear(self, connection: DeskConnection) -> None:
        hearing = Hearing(connection, self._seconds, self._complain)
        while True:
            for wish in await hearing.wishes():
                self.granted(wish)
            self._attention.elsewhere = hearing.attention()
            await asyncio.sleep(SECONDS_BETWEEN_WORDS)

    async def _stop_holding(self) -> None:
        self._lease, self._attention.elsewhere = None, ()
        if self._holding is not None:
            self._holding.cancel()
            holding, self._holding = self._holding, None
            await asyncio.gather(holding, return_exceptions=True)
            if not holding.cancelled():
                holding.result()

    # -- what is said ---------------------------------------------------------------------------------------------

    async def _miss(self, words: str, word: str) -> None:
        """The desk cannot be had: say so, once; the archive stays as it is."""
        self._was_lost = True
        self._hindrances.met("desk", f"{words}; the own archive is shown", word)
        await self._say()

    def _complain(self, words: str) -> None:
        """Something on the desk was passed over: for the log and the feeds screen."""
        now = self._seconds()
        if words != self._remark[1] and now >= self._remark_told_until:
            _events.warning("passed_over", reason=words)
            self._remark_told_until = now + SECONDS_BETWEEN_REMARKS
        self._remark = now + SECONDS_A_REMARK_STANDS, words

    def _remark_now(self) -> str:
        until, words = self._remark
        return f"passed over: {shortened(words)}" if self._seconds() < until else ""

    async def _say(self, poller: str = "") -> None:
        self._poller = poller
        found = self._hindrances.first
        standing = DeskStanding(
            is_reached="desk" not in self._hindrances,
            poller=poller,
            remark=self._remark_now(),
            complaint="" if found is None else found.words,
            trouble="" if found is None else found.word,
        )
        if standing == self._written:
            return
        with suppress(OSError):  # A folder that cannot be written is told of by whoever stores there.
            await asyncio.to_thread(write_standing, self._archive, standing)
            self._written = standing
            self.news()


async def _nothing() -> None:
    """Polls nothing."""


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for a task without cancelling it."""
    await asyncio.wait({task})


async def _quietly(work: Awaitable[Any]) -> None:
    """Tidy up at a desk that may be gone."""
    with suppress(ProviderError, TimeoutError):
        async with asyncio.timeout(1.0):
            await work
