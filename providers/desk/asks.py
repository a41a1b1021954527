"""What goes back to whoever polls: wishes, each granted once, and what the members look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from providers.desk.connection import DeskConnection
from providers.desk.entries import Ask, EntryError, ask_of
from providers.desk.layout import ASKS, MOST_ASKS
from providers.desk.lease import Seconds
from providers.feeds.attention import Attention
from providers.feeds.wishes import Wish

ASKS_AT_A_TIME: Final = 200
MOST_ASKS_LEFT: Final = 2 * MOST_ASKS
"""More that wait are a flood: each member keeps a stream to so many as it adds to it."""
SECONDS_BETWEEN_SIGNS: Final = 30.0
"""How often a member says what it looks at where that stays as it is, so that the next poller knows it."""
SECONDS_ATTENTION_LASTS: Final = 90.0
"""How long what a member looked at counts after its last word."""
MOST_MEMBERS: Final = 1_000


class Asking:
    """A member's words to whoever polls.

    Args:
        connection: to the desk.
        member: the member's name.
        seconds: by which the signs are timed.
    """

    def __init__(self, connection: DeskConnection, member: str, seconds: Seconds) -> None:
        self._connection, self._member, self._seconds = connection, member, seconds
        self._told: Attention | None = None
        self._told_at = 0.0

    async def wish(self, wish: Wish) -> None:
        """Wish for something; whoever polls next grants it where nobody polls now."""
        await self._add(Ask(member=self._member, wish=wish))

    async def attend(self, attention: Attention) -> None:
        """Say what is looked at, where that is another thing than before or long ago."""
        now = self._seconds()
        if attention == self._told and now - self._told_at < SECONDS_BETWEEN_SIGNS:
            return
        await self._add(Ask(member=self._member, attention=attention))
        self._told, self._told_at = attention, now

    async def _add(self, ask: Ask) -> None:
        await self._connection.add(ASKS, msgspec.json.encode(ask), MOST_ASKS)


class Hearing:
    """What the poller hears of the members.

    Args:
        connection: to the desk.
        seconds: by which attention runs out.
        complain: told of what is no ask.
    """

    def __init__(
        self, connection: DeskConnection, seconds: Seconds, complain: Callable[[str], None] = lambda _: None
    ) -> None:
        self._connection, self._seconds, self._complain = connection, seconds, complain
        self._looks: dict[str, tuple[float, Attention]] = {}

    async def wishes(self) -> list[Wish]:
        """The wishes that wait, the oldest first; they are off the desk before they are granted, so none is twice."""
        entries = await self._connection.taken(ASKS, ASKS_AT_A_TIME, MOST_ASKS_LEFT)
        found: list[Wish] = []
        for one in entries:
            try:
                ask = ask_of(one.content)
            except EntryError as error:
                self._complain(str(error))
                continue
            if ask.wish is not None:
                found.append(ask.wish)
            if ask.attention is not None and (ask.member in self._looks or len(self._looks) < MOST_MEMBERS):
                self._looks[ask.member] = self._seconds(), ask.attention
        return found

    def attention(self) -> tuple[Attention, ...]:
        """What each member looks at that spoke lately."""
        oldest = self._seconds() - SECONDS_ATTENTION_LASTS
        self._looks = {member: look for member, look in self._looks.items() if look[0] >= oldest}
        return tuple(look for _, look in self._looks.values())
