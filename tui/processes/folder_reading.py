"""Reads a folder of files in a child process, so that no key waits for its parser and pandas leaves memory with it.

The child fills the cache of listings that `providers.files.source` keeps; the parent maps the copy into its memory and
never imports pandas. They speak the messages of `tui.processes.messages`.

    python -m tui.processes.folder_reading   with an order to read a folder as the first line of standard input
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from tui.errors import SourceError
from tui.processes.messages import (
    Complaint,
    Failed,
    MessageError,
    ReadFolder,
    ReadingProgress,
    Report,
    line_of,
    order_of,
    report_of,
)
from tui.processes.start import started

if TYPE_CHECKING:
    from providers.base import Progress
    from shortside.listings import Listings

Complain = Callable[[str], None]


class ChildReading:
    """Hands over a folder's listings as `providers.files.source.FilesProvider` does, having had a child parse them.

    Args:
        directory: the folder.
        cache: where copies of the listings are kept.
        complain: told, in a sentence, what went wrong without stopping the reading.
    """

    def __init__(self, directory: Path, cache: Path, complain: Complain) -> None:
        self._directory, self._cache, self._complain = directory, cache, complain

    def read_listings(
        self, *, since: date | None, until: date | None, progress: Progress, knowledge: date | None = None
    ) -> Listings:
        """The market as it was public on a day, from one session to another, both included; None is no limit.

        Raises:
            SourceError: the folder cannot be read.
            ProviderError: the folder cannot be read, and there was nothing for a child to do.
        """
        from providers.files.folder import market_folder
        from providers.files.source import FilesProvider, _key
        from providers.listings import cache as listings_cache

        # Without a folder to look at there is an error to tell, and that needs no child.
        key = _key(market_folder(self._directory), knowledge, since, until)
        unheard: list[str] = []
        if listings_cache.load_listings(self._cache, key, unheard.append) is None:
            directory, cache = str(self._directory), str(self._cache)
            self._have_read(
                ReadFolder(directory=directory, cache=cache, since=since, until=until, knowledge=knowledge), progress
            )
        provider = FilesProvider(self._directory, cache=self._cache, complain=self._complain)
        return provider.read_listings(since=since, until=until, progress=progress, knowledge=knowledge)

    def _have_read(self, order: ReadFolder, progress: Progress) -> None:
        command = [sys.executable, "-m", "tui.processes.folder_reading"]
        with started(command) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(line_of(order))
            child.stdin.flush()
            for line in child.stdout:
                self._take(report_of(line), progress)

    def _take(self, said: Report, progress: Progress) -> None:
        match said:
            case Failed(words=words):
                raise SourceError(words)
            case Complaint(words=words):
                self._complain(words)
            case ReadingProgress(words=words, done=done, total=total):
                progress(words, done, total)


def _say(said: Report) -> None:
    print(line_of(said), end="", flush=True)


def end_with_parent() -> None:
    """Whoever asked has gone when our input ends, however it went: what is half parsed is of use to nobody."""
    sys.stdin.read()
    os._exit(0)


def main() -> int:
    """Read one folder and keep the copy; returns the exit code."""
    from providers.errors import ProviderError
    from providers.files.source import FilesProvider

    order = order_of(sys.stdin.readline())
    if not isinstance(order, ReadFolder):
        raise MessageError("the one order is to read a folder")
    Thread(target=end_with_parent, daemon=True).start()
    provider = FilesProvider(
        Path(order.directory), cache=Path(order.cache), complain=lambda words: _say(Complaint(number=0, words=words))
    )
    try:
        provider.read_listings(
            since=order.since,
            until=order.until,
            knowledge=order.knowledge,
            progress=lambda words, done, total: _say(ReadingProgress(number=0, words=words, done=done, total=total)),
        )
    except ProviderError as error:
        _say(Failed(number=0, words=str(error)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
