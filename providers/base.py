"""What every source of the listed market can be asked, whether it reads a folder, a network or a dice cup."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from shortside.listings import Listings

Clock = Callable[[], datetime]
"""Gives the present moment, always with a zone. Made in `tui`; nobody below it asks the time otherwise."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, in words, and how many of how many steps are behind us."""


def unheard(_words: str, _done: int, _total: int) -> None:
    """A `Progress` nobody listens to."""


class DataProvider(Protocol):
    """A source of the listed market.

    Reading blocks: callers run it in a thread. A provider that fetches keeps asking and parsing apart, so that
    its parser can be tested on recorded bodies.
    """

    @property
    def name(self) -> str:
        """The source's name in the configuration and in JSON: `files`, `demo`, `public`."""

    @property
    def is_simulated(self) -> bool:
        """Whether the numbers are made up; every screen and export says so then."""

    def read_listings(
        self,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = unheard,
    ) -> Listings:
        """The market as published.

        Args:
            knowledge: leave out every settlement published after this day; None takes all there are.
            since: the first session wanted; None for as far back as there are prices.
            until: the last session wanted; None for the newest.
            progress: told how far the reading is.

        Raises:
            ProviderError: there is nothing to read, or what there is makes no sense.
        """
