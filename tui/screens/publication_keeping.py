"""A mixin for the monitor that tells of a publication which arrived, and marks it until it was looked at."""

from __future__ import annotations

import asyncio
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tui.errors import ReportedError
from tui.screens.happenings import News
from widgets.key_names import key_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from datetime import date

    from textual.app import App

    from tui.screens.main import MainScreen
    from tui.screens.publication_reader import PublicationReader
    from tui.sources.replay import ReplayedMarket
    from widgets.format import Glyphs

    AnyApp = App[Any]
else:
    AnyApp = object


class PublicationKeeping(AnyApp):
    """A mixin for the monitor; the figures of a publication are made in a thread."""

    glyphs: Glyphs
    replay: ReplayedMarket | None
    unseen_publication: date | None = None
    """The settlement that was published since the start and not looked at yet; None for none."""
    _main: MainScreen | None

    def contained(self) -> AbstractContextManager[None]:
        """A block in which an error is noted and ends only the block; `Containment` overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def note(self, news: Iterable[News]) -> object:
        """Keep what happened, and tell the last of it; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def publication_reader(self) -> PublicationReader:
        """Makes the pages of publications; the monitor, which knows who reads, overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    @cached_property
    def publications(self) -> PublicationReader:
        """Where the screen of a publication has its pages from."""
        return self.publication_reader()

    def publication_looked_at(self, settlement: date) -> None:
        """Take the mark of a publication away, because it was shown."""
        if self.unseen_publication is not None and settlement >= self.unseen_publication:
            self.unseen_publication = None
            self._mark_publication()

    def take_publication_back(self) -> None:
        """Take the mark away, because a recording went back to before the publication."""
        self.workers.cancel_group(self, "published")
        if self.unseen_publication is not None:
            self.unseen_publication = None
            self._mark_publication()

    def announce_publication(self, settlement: date) -> None:
        """Mark a publication that arrived, and tell of it; nothing is opened over what somebody does."""
        self.unseen_publication = settlement
        self._mark_publication()
        tell: Any = partial(self._tell_of_publication, settlement)
        self.run_worker(tell, exclusive=True, exit_on_error=False, group="published", name="published")

    async def _tell_of_publication(self, settlement: date) -> None:
        from tui.screens.publication_summary import arrival_words

        key = key_words(self, "{names.published:P}")
        try:
            words = arrival_words(await asyncio.to_thread(self.publications.page, settlement), self.glyphs, key)
        except ReportedError as error:
            words = f"PUBLISHED settlement {settlement}, {key} opens it: {error}"
        self.note([News(words)])
        # What a recording tells happened long ago.
        if self.replay is None:
            self.bell()

    def _mark_publication(self) -> None:
        if self._main is not None:
            with self.contained():
                self._main.publication_changed()
