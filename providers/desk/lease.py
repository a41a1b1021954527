"""The right to ask providers on behalf of a desk: one member has it, with a number that every publication shows.

It runs out by itself when it is not renewed, so a member that died or was stopped loses it within seconds. One that
was only stopped does not know: therefore it asks its own clock before it asks anybody else, and the server looks at the
number at each publication, whatever the member believes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from providers.desk.connection import DeskConnection
from providers.desk.layout import DESK_SCHEMA, FENCE, LEASE, SCHEMA
from providers.desk.scripts import RELEASE, RENEW, TAKE
from providers.events import Events

_events: Final = Events("desk")
LEASE_SECONDS: Final = 2.5
"""How long it runs without being renewed."""
RENEWAL_SECONDS: Final = 0.5
"""How often its holder renews it."""
MARGIN_SECONDS: Final = 0.5
"""How much earlier its holder takes it for run out than the server does."""
TRY_SECONDS: Final = 0.3
"""How often one who waits for it tries."""
LONGEST_LEASE_MILLISECONDS: Final = 60_000
"""A lease that runs longer is nobody's of any version, and is taken away."""
Seconds = Callable[[], float]
"""A clock that never goes back, in seconds."""


def seconds_awake_or_not() -> float:
    """Seconds that pass while a process is stopped and while the machine sleeps, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class DeskLease:
    """One member's hold on the right to poll.

    Args:
        connection: to the desk.
        member: the member's name, which no other has.
        seconds: the clock by which it runs out here.
    """

    def __init__(self, connection: DeskConnection, member: str, seconds: Seconds = seconds_awake_or_not) -> None:
        self._connection, self._member, self._seconds = connection, member, seconds
        self._right = ""
        self._until = 0.0

    @property
    def right(self) -> str:
        """What shows it at a publication: the fencing number and the member; empty where it is not ours."""
        return self._right

    @property
    def number(self) -> int:
        """The fencing number; 0 where it is not ours."""
        return int(self._right.partition(":")[0] or 0)

    def may_ask(self) -> bool:
        """Whether it is ours still by our own clock; asks nobody."""
        return bool(self._right) and self._seconds() < self._until

    async def take(self) -> bool:
        """Take it if nobody has it; whether it is ours now.

        Raises:
            ProviderError: the server does not answer or says no, or the desk is of another version.
        """
        began = self._seconds()
        right = await self._connection.ran(
            TAKE,
            [LEASE, FENCE, DESK_SCHEMA],
            self._member,
            int(LEASE_SECONDS * 1_000),
            SCHEMA,
            LONGEST_LEASE_MILLISECONDS,
        )
        if not right:
            return False
        self._right, self._until = right.decode(), began + LEASE_SECONDS - MARGIN_SECONDS
        _events.info("takeover", desk=self._connection.address.words, number=self.number)
        return True

    async def renew(self) -> bool:
        """Have it run on; False where it has passed on, and is ours no longer.

        Raises:
            ProviderError: the server does not answer: it may be ours still, for as long as `may_ask` says.
        """
        began = self._seconds()
        if not self._right or not await self._connection.ran(RENEW, [LEASE], self._right, int(LEASE_SECONDS * 1_000)):
            self.forget()
            return False
        self._until = began + LEASE_SECONDS - MARGIN_SECONDS
        return True

    async def release(self) -> None:
        """Give it up, so that the next member need not wait for it to run out.

        Raises:
            ProviderError: the server does not answer; it runs out then.
        """
        right = self._right
        self.forget()
        if right:
            await self._connection.ran(RELEASE, [LEASE], right)

    def forget(self) -> None:
        """Take it for lost."""
        if self._right:
            _events.info("given_up", desk=self._connection.address.words, number=self.number)
        self._right, self._until = "", 0.0
