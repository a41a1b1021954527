"""Keeps the keys that are pressed while the market is read, and does them once the figures stand.

Who opens the monitor with `shortside` and types `/GME` at once means the table that is not there yet. What works on the
opening screen works at once; the rest waits, in its order, and Esc forgets it.
"""

from __future__ import annotations

from itertools import chain
from typing import Final

from textual import events

from tui.screens.key_order import KeysInOrder
from tui.screens.opening import OpeningScreen
from widgets.key_names import keys_in_force

OPENING_SCREEN_BINDINGS: Final = (("app.quit", "q"), ("app.help", "question_mark"), ("app.commands", "ctrl+p"))
"""Bindings with their built-in keys that mean something before there are figures; not while a filter is typed."""
KEYS_OF_EVERY_SCREEN: Final = frozenset({"ctrl+c", "ctrl+z"})
"""Keys that mean the same whatever is being typed."""
MOST_WAITING_KEYS: Final = 64
"""How many keys wait; a cat on the keyboard shall not move the cursor for minutes."""


class WaitingKeys(KeysInOrder):
    """A mixin for an app: keys of the screens to come wait on the opening screen."""

    _waiting: tuple[events.Key, ...] = ()
    _has_figures = False
    """Whether keys are handled at once, because the screens they mean are there."""

    def waits(self, event: events.Key) -> bool:
        """Whether a key is kept for the screens to come, or took back those kept; else it is to be handled now."""
        if self._has_figures or not self.screen_stack or event.key in KEYS_OF_EVERY_SCREEN:
            return False
        opening = self.screen if isinstance(self.screen, OpeningScreen) else None
        if opening is None and not self._is_first_shown():
            return False
        if opening is not None and event.key in self._opening_keys and not self._is_typing:
            return False
        if event.key == "escape":
            self._waiting = ()
        elif len(self._waiting) < MOST_WAITING_KEYS:
            self._waiting = (*self._waiting, event)
        if opening is not None:
            opening.show_waiting([key.character or key.name for key in self._waiting])
        return True

    def _is_first_shown(self) -> bool:
        """Whether the first screen with figures is on top, which has not been drawn yet."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    @property
    def _opening_keys(self) -> frozenset[str]:
        own = [keys_in_force(self, binding, built_in) for binding, built_in in OPENING_SCREEN_BINDINGS]
        return frozenset(("ctrl+q", *chain.from_iterable(own)))

    @property
    def has_waiting_keys(self) -> bool:
        """Whether any key waits."""
        return bool(self._waiting)

    @property
    def _is_typing(self) -> bool:
        """Whether the keys kept have opened the filter line and not closed it."""
        names = [key.key for key in self._waiting]
        begun = [at for at, name in enumerate(names) if name in keys_in_force(self, "names.filter", "slash")]
        return bool(begun) and "enter" not in names[begun[0] :]

    def do_waiting_keys(self) -> None:
        """Hand the keys that were kept to the screens, in their order; called once these are there."""
        self._has_figures = True
        waiting, self._waiting = self._waiting, ()
        self.put_first(events.Key(key.key, key.character) for key in waiting)
