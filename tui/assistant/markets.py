"""Keeps the markets that an assistant asks for: each is read once, and brought to the present when asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui.clock import Clock
from tui.commands.followed_market import FollowedMarket
from tui.settings.configuration import Options
from tui.sources.loaded_market import LoadedMarket

MOST_MARKETS: Final = 2
"""Markets that are kept: the one that is asked for most, and another day. Each takes 100 MB or more."""
_Asked = tuple[object, ...]


class KeptMarkets:
    """Markets by their source, and the day and state of knowledge they were read for; for one thread at a time.

    Args:
        clock: the present moment.
        reading: follows a market with some options; as `FollowedMarket`, which it is by default.
    """

    def __init__(
        self, clock: Clock, reading: Callable[[Callable[[], Options], Clock], FollowedMarket] = FollowedMarket
    ) -> None:
        self._clock, self._reading = clock, reading
        self._kept: dict[_Asked, FollowedMarket] = {}

    def market(self, options: Options) -> tuple[LoadedMarket, str]:
        """The market as it is now in the view that options ask for, and why it could not be read anew, in words.

        Raises:
            SourceError: there is nothing on that day.
        """
        # The source, too: the configuration file may name another one while the assistant goes on.
        asked = (options.source, options.data, options.seed, options.as_of, options.known)
        kept, complaint = self._kept.pop(asked, None), ""
        if kept is None:
            kept = self._reading(lambda: options, self._clock)
        else:
            complaint = kept.look()
        # At the end: what was asked for longest ago goes first.
        self._kept[asked] = kept
        for old in list(self._kept)[:-MOST_MARKETS]:
            del self._kept[old]
        return replace(kept.loaded, view=options.view()), complaint
