"""Answers keys and clicks one after another, however quickly they come and whatever has the focus.

Of two keys that arrive together the second would meet the screen that the first one leaves, or the one it opens half
made; and a key that an input line does not want goes through every container, and comes back behind the next one. So
a key waits in line until the one before it was answered: until it came back from the widget it was handed to, and until
whatever was said because of it, to a panel, a screen or the app, was heard. No wait is without an end: who does not
answer within a second is passed by, and loses the focus.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.dom import NoScreen
from textual.screen import Screen

from tui.terminal.key_reader import KeyBehindEscape
from tui.terminal.textual_parts import (
    ErrorHook,
    has_pending_message,
    is_ended,
    is_leaving,
    is_made,
    run_binding,
    screens_of,
    wait_until_made,
    widget_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from textual.app import App
    from textual.message_pump import MessagePump

    AnyApp = App[Any]
else:
    AnyApp = object

SECONDS_FOR_AN_ANSWER: Final = 1.0
"""How long a key waits for the one before it; what never answers must not swallow the keyboard."""
MOST_TURNS: Final = 50
"""How many times a key lets what the app was told go first."""


class KeysInOrder(AnyApp):
    """A mixin for an app: `take_in_order` is given every key, click and paste, and hands each to `answer` in turn."""

    _line: deque[events.Event]
    """What waits, the first to be answered first."""
    _turns = 0
    """How many times the first in line let others go first."""
    _is_called = False
    """Whether the app will be asked for the next in line."""
    _asked: list[MessagePump] | None = None
    """Who is still to see the key under way, from the focused widget up to the app; None while no key is."""
    _silent_screen: Screen[Any] | None = None
    """The screen that was waited for in vain; None while there is none."""

    async def answer(self, event: events.Event) -> None:
        """Do what a key, a click or a paste means; each app overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    async def take_in_order(self, event: events.Event) -> None:
        """Answer a key at once, or in its turn if another is under way."""
        line = self._waiting_line
        if not (line or self._is_called or self._asked is not None or has_pending_message(self)):
            await self._catch_up()
            if not has_pending_message(self):
                await self._give(event)
                return
        line.append(event)
        self._call_next_key()

    def put_first(self, earlier: Iterable[events.Event]) -> None:
        """Have keys answered before any that waits."""
        self._waiting_line.extendleft(reversed(list(earlier)))
        self._call_next_key()

    @property
    def keys_wait(self) -> bool:
        """Whether a key waits for its turn, or for its answer."""
        return bool(self._waiting_line) or self._asked is not None

    @property
    def _waiting_line(self) -> deque[events.Event]:
        if "_line" not in vars(self):
            self._line = deque()
        return self._line

    def _call_next_key(self) -> None:
        # Behind what the app was told meanwhile.
        if self._waiting_line and not self._is_called and self._asked is None:
            self._is_called = self.call_later(self._give_next)

    async def _give_next(self) -> None:
        self._is_called = False
        if self._asked is not None or not self._waiting_line:
            return
        await self._catch_up()
        if has_pending_message(self) and self._turns < MOST_TURNS:
            # What was heard had something to say to the app: to move the focus, to do a command.
            self._turns += 1
        else:
            self._turns = 0
            await self._give(self._waiting_line.popleft())
        self._call_next_key()

    async def _give(self, event: events.Event) -> None:
        """Have an event answered, and follow it where it was handed on."""
        if is_leaving(self) or is_ended(self) or not screens_of(self):
            return
        if isinstance(event, KeyBehindEscape):
            is_bound = event.with_alt.key in self.screen.active_bindings
            self.put_first([event.with_alt] if is_bound else event.both)
            return
        target = self._target_of(event)
        is_answered = False
        with self._noting():
            async with asyncio.timeout(SECONDS_FOR_AN_ANSWER):
                if not await self._is_done_for_silent(event):
                    await self.answer(event)
            is_answered = True
        if not is_answered and isinstance(self, ErrorHook):
            self.leave_unanswered(event)
        if event.is_forwarded and target is not None and not isinstance(event, events.MouseMove):
            self._asked = [pump for pump in target.ancestors_with_self if pump is not self]
            self._ask_next(self._asked)
            asyncio.get_running_loop().call_later(SECONDS_FOR_AN_ANSWER, self._pass_by, self._asked)

    def _noting(self) -> AbstractContextManager[None]:
        assert isinstance(self, ErrorHook), "the app contains errors"
        return self.contained()

    async def _is_done_for_silent(self, event: events.Event) -> bool:
        """Whether a key was answered in place of a screen that answers no more."""
        if not isinstance(event, events.Key) or self.screen is not self._silent_screen:
            return False
        return await run_binding(self, event.key)

    def _target_of(self, event: events.Event) -> Any:
        """The widget that an event will be handed to, if it is handed on; None for nobody."""
        if isinstance(event, events.MouseEvent):
            return widget_at(self, event.x, event.y)
        try:
            return self.focused or self.screen
        except NoScreen:
            return None

    # -- until it was answered ------------------------------------------------------------------------------------

    def _ask_next(self, asked: list[MessagePump]) -> None:
        """Wait until the next of those who see the key under way has seen it; it goes from one to the next as we do."""
        while asked:
            if asked.pop(0).call_later(self._ask_next, asked):
                return
        if asked is self._asked and not self.call_later(self._let_go, asked):
            self._let_go(asked)

    def _let_go(self, asked: list[MessagePump]) -> None:
        if asked is self._asked:
            self._asked = None
            self._call_next_key()

    def _pass_by(self, asked: list[MessagePump]) -> None:
        """Give the next key though the one under way never came back; whoever kept it loses the focus."""
        if asked is not self._asked or is_ended(self) or not screens_of(self):
            return
        self._silent_screen = self.screen
        self.screen.set_focus(None)
        self._let_go(asked)

    async def _catch_up(self) -> None:
        """Wait until the screen has its panels, and until what earlier keys had them say is handled."""
        if self._unready_widget() is None or self.screen is self._silent_screen:
            return
        try:
            async with asyncio.timeout(SECONDS_FOR_AN_ANSWER):
                while (pump := self._unready_widget()) is not None:
                    handled = asyncio.Event()
                    if not is_made(pump):
                        await wait_until_made(pump)
                    elif pump.call_later(handled.set):
                        await handled.wait()
                    else:
                        return  # It takes no messages any more.
        except TimeoutError:
            self._silent_screen = self.screen if screens_of(self) else None

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
