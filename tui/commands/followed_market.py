"""Keeps the market of any source at the present moment for a command that prints it again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from providers.errors import ProviderError
from tui.clock import Clock
from tui.errors import ReportedError
from tui.settings.configuration import Options
from tui.sources.desk_catch_up import caught_up_words
from tui.sources.input_ages import inputs_of
from tui.sources.knowledge import moment_ages_are_measured_at
from tui.sources.load import load, load_public
from tui.sources.loaded_market import ListingsReader, loaded_of
from tui.sources.playback import Playback
from tui.sources.watched_session import WatchedSession

if TYPE_CHECKING:
    from pathlib import Path

    from providers.archive.live_quotes import Quotes
    from shortside.listings import Floats, Indexes

MOST_SECONDS_AT_ONCE: Final = 0.25
"""A recording is played on in steps: what passes of a step after the next market of it has come is not played."""


_STEP: Final = timedelta(seconds=MOST_SECONDS_AT_ONCE)


class FollowedMarket:
    """A market that was read, and is as it is now after every look.

    Args:
        settled: the options to read it by, now.
        clock: the present moment.
        reading: read from instead of the provider of the files or the public source.

    Raises:
        SourceError: there is nothing to begin with.
    """

    def __init__(self, settled: Callable[[], Options], clock: Clock, reading: ListingsReader | None = None) -> None:
        self._settled, self._clock, self._reading = settled, clock, reading
        self.options = settled()
        """What the market was read by."""
        self._quotes = _ArchivedQuotes(self.options.paths.archive) if self.options.has_archive else None
        self._live_day: date | None = None
        self._files = self._fingerprint()
        self.loaded = load(self.options, clock, is_watched=self._plays, reading=reading)
        self._pulse: WatchedSession | None = None
        self._watched_to = clock()
        if self.loaded.live is not None:
            self._pulse = WatchedSession(self.loaded.live, self._watched_to)
            if isinstance(self.loaded.live, Playback):
                self.loaded.live.meet(self.loaded.market.symbols.tolist(), 0)
        self._show_quotes()

    @property
    def _plays(self) -> bool:
        """Whether the source has a session of its own that is opened for who watches."""
        return self.options.source in ("demo", "replay")

    def look(self) -> str:
        """Bring the market to the present moment; returns why it could not be read anew, in words, or nothing.

        What could not be read leaves the market as it was.
        """
        complaint = ""
        try:
            if self._pulse is not None:
                self._play(self._pulse)
            elif self._quotes is not None:
                complaint = self._follow_archive(self._quotes)
            else:
                self._read_changed_files()
        except (ReportedError, ProviderError) as error:
            complaint = str(error)
        self._age()
        return complaint

    def _age(self) -> None:
        """Measure the age of inputs from now on."""
        loaded = self.loaded
        moment = moment_ages_are_measured_at(self.options, loaded.clock())
        self.loaded = replace(loaded, inputs=inputs_of(loaded.market, loaded.view.knowledge, moment))

    # -- the demo and recordings ----------------------------------------------------------------------------------

    def _play(self, pulse: WatchedSession) -> None:
        now, playback = self._clock(), self.loaded.live
        if not isinstance(playback, Playback):
            self._tick(*pulse.moved(now))
            return
        while self._watched_to < now:
            left = (now - self._watched_to).total_seconds()
            self._watched_to = now if left <= MOST_SECONDS_AT_ONCE else self._watched_to + _STEP
            self._tick(*pulse.moved(self._watched_to))
            if playback.waiting is not None:
                self._go_on_to(playback, playback.waiting)

    def _go_on_to(self, playback: Playback, market: int) -> None:
        from tui.sources.replay import at_market

        self.loaded = loaded_of(at_market(playback.recording, market, playback), self.options)
        playback.meet(self.loaded.market.symbols.tolist(), market)

    def _tick(self, columns: Indexes, prices: Floats) -> None:
        if len(columns):
            self.loaded.desk.tick(columns, prices)

    # -- files ----------------------------------------------------------------------------------------------------

    def _fingerprint(self) -> list[tuple[str, int, int]] | None:
        """What tells the files of a folder from those they were; None where none can be read."""
        if self.options.source != "files" or self.options.data is None:
            return None
        from providers.files.folder import market_folder

        try:
            return market_folder(self.options.data).fingerprint()
        except (ProviderError, OSError):
            return None  # Whoever reads it says why.

    def _read_changed_files(self) -> None:
        options, files = self._settled(), self._fingerprint()
        if options == self.options and files == self._files:
            return
        self.loaded = load(options, self._clock, reading=self._reading)
        # Only now: a folder that could not be read is tried again.
        self.options, self._files = options, files

    # -- the archive ----------------------------------------------------------------------------------------------

    def _follow_archive(self, quotes: _ArchivedQuotes) -> str:
        """Bring the market to what the archive holds; why the desk could not be read, in words, or nothing."""
        from tui.polling.fresh_market import DATASETS_BEHIND_FIGURES

        options = self._settled()
        complaint = caught_up_words(options, self._clock) if options.source == "desk" else ""
        changed = quotes.look()
        is_wanted = bool(changed & DATASETS_BEHIND_FIGURES) or options != self.options or quotes.is_owed
        newest = quotes.newest_day
        if options.as_of is None and newest is not None and newest > self.loaded.market.last_session:
            # The session has no column yet: the market is made anew with one.
            self._live_day, is_wanted = newest, True
        if is_wanted:
            quotes.is_owed = True
            self.loaded = load_public(options, self._clock, live_day=self._live_day, reading=self._reading)
            self.options, quotes.is_owed = options, False
        self._show_quotes()
        return complaint

    def _show_quotes(self) -> None:
        """Set the prices of the session that runs; of two sources that quote a name the newer one counts."""
        market = self.loaded.market
        if self._quotes is None or not market.is_live or self.options.as_of is not None:
            return
        from providers.archive.live_quotes import quoted_columns

        made_at = np.zeros(len(market.symbols))
        for quotes in self._quotes.of_day(market.last_session):
            columns, prices, moments = quoted_columns(quotes, market.symbols.tolist())
            is_newer = moments >= made_at[columns]
            made_at[columns[is_newer]] = moments[is_newer]
            self._tick(columns[is_newer], prices[is_newer])


class _ArchivedQuotes:
    """The newest live prices of each source in an archive, and which datasets of it changed."""

    def __init__(self, archive: Path) -> None:
        from providers.archive.follower import Follower

        self._follower = Follower(archive)
        self._newest: dict[str, Quotes] = {}
        self.is_owed = False
        """Whether the archive changed and could not be read since."""
        # Before it is read, so that nothing falls in between.
        self.look()

    def look(self) -> frozenset[object]:
        """The datasets with a new vintage since the last look."""
        from providers.archive.live_quotes import read_quotes

        changes = self._follower.look()
        for path in changes.quotes:
            quotes = read_quotes(path)
            self._newest[quotes.source] = quotes
        return frozenset(changes.datasets)

    @property
    def newest_day(self) -> date | None:
        """The session that the newest of them are of."""
        return max((one.as_of for one in self._newest.values()), default=None)

    def of_day(self, day: date) -> list[Quotes]:
        """Those of a session, the ones fetched last at the end."""
        mine = (one for one in self._newest.values() if one.as_of == day)
        return sorted(mine, key=lambda one: one.fetched_at)
