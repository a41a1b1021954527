"""Collects what a replaced market leaves behind, in a moment at which nobody types.

A screen that was left is a ring of objects that holds the market it showed until a collection, and the market is most
of the memory. To look through everything takes tens of milliseconds, which a key would have to wait for.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

SECONDS_OF_QUIET = 2.0
"""How long nobody has typed before the collection begins."""
MOST_SECONDS_OF_WAITING = 20.0
"""How long a collection waits at most for whoever types on and on: memory is not endless."""
COUNTS_BEFORE_A_COLLECTION: Final = (50_000, 20, 50)
"""How many new objects, and collections of younger ones, Python waits for before it collects by itself."""


class QuietCollection:
    """Collects garbage once a market was replaced.

    Args:
        app: whose timers are used.
        is_lasting: whether all that is on the screen stays until the end, so that it need never be looked through.
    """

    def __init__(self, app: App[Any], is_lasting: Callable[[], bool]) -> None:
        self._app, self._is_lasting = app, is_lasting
        self._typed_at, self._until = 0.0, inf
        self._waiting: Timer | None = None

    def begin(self) -> None:
        """Leave out of every later collection what there is now, which stays; for rubbish there was no time yet."""
        gc.freeze()
        gc.set_threshold(*COUNTS_BEFORE_A_COLLECTION)

    def typed(self) -> None:
        """Remember that somebody types at this moment."""
        self._typed_at = monotonic()

    def ask(self, patience: float = MOST_SECONDS_OF_WAITING) -> None:
        """Collect at the next quiet moment, or once this many seconds were not quiet."""
        self._until = min(self._until, monotonic() + patience)
        if self._waiting is None:
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET, self._look)

    def _look(self) -> None:
        now = monotonic()
        quiet = now - self._typed_at
        if quiet < SECONDS_OF_QUIET and now < self._until:
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET - quiet, self._look)
            return
        self._waiting, self._until = None, inf
        gc.collect()
        # A ring of frozen objects would never be found: what may be left is looked through again the next time.
        if self._is_lasting():
            gc.freeze()
