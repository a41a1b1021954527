"""Collects what a replaced market leaves behind, in a moment at which nobody types.

A screen that was left is a ring of objects that holds the market it showed until a collection, and the market is most
of the memory. To look through everything takes tens of milliseconds, which a key would have to wait for.
"""

from __future__ import annotations

import gc
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

SECONDS_OF_QUIET = 2.0
"""How long nobody has typed before the collection begins: longer than a key's time limit, which holds its screen."""
MOST_SECONDS_OF_WAITING = 20.0
"""How long a collection waits at most for whoever types on and on: memory is not endless."""
SECONDS_BETWEEN_TRIES = 3.0
"""How long what is still held may take to be let go of; timers that were stopped are forgotten when they were due."""
MOST_TRIES: Final = 5
COUNTS_BEFORE_A_COLLECTION: Final = (50_000, 20, 50)
"""How many new objects, and collections of younger ones, Python waits for before it collects by itself."""


class QuietCollection:
    """Collects garbage once a market was replaced.

    Args:
        app: whose timers are used.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._typed_at, self._until = 0.0, inf
        self._replaced: ref[object] | None = None
        self._tries_left = 0
        self._waiting: Timer | None = None

    def begin(self) -> None:
        """Leave out of every later collection what there is now, which stays; for rubbish there was no time yet."""
        gc.freeze()
        gc.set_threshold(*COUNTS_BEFORE_A_COLLECTION)

    def typed(self) -> None:
        """Remember that somebody types at this moment."""
        self._typed_at = monotonic()

    def ask(self, replaced: object = None) -> None:
        """Collect at the next quiet moment.

        Args:
            replaced: what is to go; while something still holds it, such as the stopped timer of a screen that was
                left, it is tried again.
        """
        if replaced is not None:
            self._replaced, self._tries_left = ref(replaced), MOST_TRIES
        self._until = min(self._until, monotonic() + MOST_SECONDS_OF_WAITING)
        if self._waiting is None:
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET, self._look)

    def _look(self) -> None:
        now = monotonic()
        quiet = now - self._typed_at
        if quiet < SECONDS_OF_QUIET and now < self._until:
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET - quiet, self._look)
            return
        self._waiting, self._until = None, inf
        # Nothing is frozen now: a ring that something holds for another second would never be found again.
        gc.collect()
        if self._replaced is not None and self._replaced() is not None and self._tries_left > 0:
            self._tries_left -= 1
            self._waiting = self._app.set_timer(SECONDS_BETWEEN_TRIES, self._look)
