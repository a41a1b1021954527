"""Handles keys and clicks one after another, however quickly they come, each on the screen the last one left.

A key's action has a panel send a message, which goes through every container up to the screen before a name is opened,
and a screen that is opened has no panels for some turns of the event loop. Of two keys that arrive together the second
would meet the screen the first one leaves, or the one it opens half made: three hundred Enters opened as many screens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from textual import events

from tui.terminal.textual_parts import has_pending_message, is_ended, is_leaving, is_made, screens_of, wait_until_made

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen

    AnyApp = App[Any]
else:
    AnyApp = object

SECONDS_TO_WAIT_FOR_A_SCREEN: Final = 1.0
"""How long a key waits for a screen that is being made; a screen that is never made must not block leaving."""


class KeysInOrder(AnyApp):
    """A mixin for an app: asks of every key and click whether its screen is still there to answer it."""

    _unresponsive_screen: Screen[Any] | None = None
    """The screen that was waited for in vain; None while there is none."""

    async def is_awaited(self, event: events.Event) -> bool:
        """Whether a screen is there to answer the event; returns for a key once earlier keys are dealt with."""
        if not isinstance(event, (events.InputEvent, events.Paste)) or event.is_forwarded:
            return True
        await self._catch_up()
        return bool(not is_leaving(self) and not is_ended(self) and screens_of(self))

    async def _catch_up(self) -> None:
        """Wait until the screen has its panels, and until what earlier keys had them say is handled."""
        if self._unready_widget() is None or self.screen is self._unresponsive_screen:
            return
        try:
            async with asyncio.timeout(SECONDS_TO_WAIT_FOR_A_SCREEN):
                while (pump := self._unready_widget()) is not None:
                    handled = asyncio.Event()
                    if not is_made(pump):
                        await wait_until_made(pump)
                    elif pump.call_later(handled.set):
                        await handled.wait()
                    else:
                        return  # It takes no messages any more.
        except TimeoutError:
            self._unresponsive_screen = self.screen if screens_of(self) else None

    def _unready_widget(self) -> MessagePump | None:
        """Who between the focused panel and its screen is not made yet, or has a message waiting; None for nobody."""
        if is_leaving(self) or not screens_of(self):
            return None
        screen = self.screen
        if not is_made(screen):
            return screen
        chain = [screen] if screen.focused is None else screen.focused.ancestors_with_self
        for pump in chain:
            if pump is not self and has_pending_message(pump):
                return pump
        return None
