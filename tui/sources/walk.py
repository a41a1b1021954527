"""Walks through the sessions of a folder, each with the market that a start on its evening shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from providers.errors import ProviderError
from providers.files.source import KeptFolder
from shortside.settlement import cycle_of
from tui.errors import SourceError
from tui.sources.load import history_start, load

if TYPE_CHECKING:
    from tui.clock import Clock
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


class Walk:
    """The market of every session of a folder as it was known that evening, from files that are read once.

    Each is made as a start with that day is, of the same files and by the same functions; only that they are not
    decoded again. What is made of a session is the caller's to keep: here nothing but the files' contents is.

    Args:
        options: of the source `files` with its folder, and the view; their own day is without effect.
        clock: the present moment.
        asked: the days that will be asked for, so that no others' prices are kept; None for any.

    Raises:
        SourceError: there is no such folder, or it holds no market.
    """

    def __init__(self, options: Options, clock: Clock, asked: Sequence[date] | None = None) -> None:
        if options.data is None:
            raise SourceError("the files source needs a folder of data")
        self._options, self._clock = options, clock
        since, until = None, None
        if asked:
            since, until = history_start(options._replace(as_of=min(asked))), max(asked)
        try:
            self.folder = KeptFolder(options.data, since, until)
        except ProviderError as error:
            raise SourceError(str(error)) from error

    def days(self) -> list[date]:
        """The sessions on whose evening at least one settlement was public, the oldest first.

        Raises:
            SourceError: a file cannot be read, or there is none.
        """
        try:
            settlements, sessions = self.folder.settlements(), self.folder.sessions()
        except ProviderError as error:
            raise SourceError(str(error)) from error
        if not settlements:
            return []
        public = np.datetime64(min(cycle_of(day).publication_date for day in settlements), "D")
        known: list[date] = sessions[sessions >= public].astype(date).tolist()
        return known

    def at(self, day: date) -> LoadedMarket:
        """The market of one session as it was known that evening.

        Raises:
            SourceError: the folder has nothing for that day.
        """
        return load(self._options._replace(as_of=day), self._clock, reading=self.folder)

    def __iter__(self) -> Iterator[LoadedMarket]:
        """The markets of all `days`, in their order."""
        return (self.at(day) for day in self.days())
