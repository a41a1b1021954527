"""Decides which cells of a live table are marked for a moment because their figure moved, and when the mark goes away.

Prices tick several times a second, and a screen on which everything is marked says nothing. So only a figure that had
stood still for a while is marked when it moves, and where many move at once, as when the market opens, none is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Final

MARK_SECONDS: Final = 1.0
"""How long a mark stays, at least; it goes away with the next figures that move, or soon after by itself."""
STILL_SECONDS: Final = 5.0
"""How long a figure must have stood still for its move to be news."""
MOST_MARKED_SHARE: Final = 0.2
"""Of the cells in view that may move, the largest part that is marked at once."""
FEW_MARKED: Final = 3
"""So many may always be marked."""
MOST_REMEMBERED: Final = 4_096
"""Of how many cells it is remembered when they moved before those that stood still are forgotten."""


CellPlace = tuple[int, int]
"""Where a cell stands: its row, and its place among the pieces of the row's line."""


class MovedCells:
    """Which cells are marked now.

    Args:
        clock: seconds, from any beginning.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._marked: dict[CellPlace, float] = {}
        """The cells that are marked, and since when."""
        self._moved_at: dict[Hashable, float] = {}
        """When a cell moved last, by what it shows, wherever its row is now."""
        self._begun_at = clock()
        """Since when moves are watched: of what stood still before, nobody knows."""

    def __bool__(self) -> bool:
        return bool(self._marked)

    def __contains__(self, place: CellPlace) -> bool:
        return place in self._marked

    def begin(self) -> None:
        """Watch other figures from now on."""
        self._moved_at.clear()
        self._begun_at = self._clock()

    def drop(self) -> None:
        """Forget the marks, because the rows are written anew without them."""
        self._marked.clear()

    def note(self, moved: Collection[tuple[CellPlace, Hashable]], watched: int) -> None:
        """Mark those of the cells that moved just now whose move is news, unless they are too many.

        Args:
            moved: where each stands, and what it shows: a name and a column.
            watched: how many cells in view may move.
        """
        now = self._clock()
        before, moved_at = now - STILL_SECONDS, self._moved_at
        begun_at = self._begun_at
        news = [place for place, shown in moved if moved_at.get(shown, begun_at) <= before]
        self._moved_at.update(dict.fromkeys([shown for _, shown in moved], now))
        if len(self._moved_at) > MOST_REMEMBERED:
            self._moved_at = {shown: at for shown, at in self._moved_at.items() if now - at < STILL_SECONDS}
        if len(self._marked) + len(news) <= max(FEW_MARKED, MOST_MARKED_SHARE * watched):
            self._marked.update(dict.fromkeys(news, now))

    def expired(self) -> list[CellPlace]:
        """The cells whose time is over, which are marked no more; from the top down."""
        now = self._clock()
        over = sorted(place for place, since in self._marked.items() if now - since >= MARK_SECONDS)
        for place in over:
            del self._marked[place]
        return over
