"""Collects what a replaced market leaves behind, in a moment at which nobody types.

A screen that was left is a ring of objects that holds the market it showed until a collection, and the market is most
of the memory. To look through everything takes tens of milliseconds, which a key would have to wait for.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
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
        self._typed_at = self._asked_at = 0.0
        self._waiting: Timer | None = None

    def begin(self) -> None:
        """Leave out of every later collection what there is now, which stays."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COUNTS_BEFORE_A_COLLECTION)

    def typed(self) -> None:
        """Remember that somebody types at this moment."""
        self._typed_at = monotonic()

    def ask(self) -> None:
        """Collect at the next quiet moment."""
        if self._waiting is None:
            self._asked_at = monotonic()
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET, self._look)

    def _look(self) -> None:
        now = monotonic()
        quiet, waited = now - self._typed_at, now - self._asked_at
        if quiet < SECONDS_OF_QUIET and waited < MOST_SECONDS_OF_WAITING:
            self._waiting = self._app.set_timer(SECONDS_OF_QUIET - quiet, self._look)
            return
        self._waiting = None
        gc.collect()
        # A ring of frozen objects would never be found: what may be left is looked through again the next time.
        if self._is_lasting():
            gc.freeze()
