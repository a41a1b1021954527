"""The command `shortside snapshot DOCUMENT --watch SECONDS`: prints a document a line until it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import floor
from typing import Final, NoReturn

from tui.clock import Clock
from tui.commands.followed_market import FollowedMarket
from tui.commands.snapshot import complaints_of, made, own_lists, require_fitting, too_old_words
from tui.documents.catalog import document_kind
from tui.documents.formats import as_line
from tui.errors import ReportedError, UsageError
from tui.settings.configuration import Configuration
from tui.settings.origins import Level
from tui.sources.loaded_market import ListingsReader
from tui.terminal.plain_words import complain, say, wait_while_read

MOST_COMPLAINTS_REMEMBERED: Final = 1_000
"""Sentences that are not said again while it runs."""


def watch_snapshot(
    name: str,
    configuration: Configuration,
    clock: Clock,
    seconds: float,
    reading: ListingsReader | None = None,
    subject: str = "",
    wait: Callable[[float], None] | None = None,
    ticks: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Print a document now and every so many seconds, each as one line of JSON; it does not return.

    An input older than `--max-age` is complained of once; so is a market that cannot be read anew, while the one there
    was is printed on.

    Args:
        name: which of `tui.documents.catalog.DOCUMENTS`.
        configuration: everything settled.
        clock: the present moment.
        seconds: from the beginning of one line to the next; a line that takes longer leaves the next one out.
        reading: read from instead of the provider of the files or the public source.
        subject: what stands after the document's name.
        wait: waits for so many seconds; as `wait_while_read`, which it is by default.
        ticks: a counter of seconds that never goes back.

    Raises:
        UsageError: an argument does not fit the document, the market, or a line.
        SourceError: there is nothing to begin with.
        BrokenPipeError: whoever read had enough.
    """
    kind, origin = document_kind(name), configuration.origins["format"]
    if origin.level is Level.ARGUMENT and configuration.options.format not in ("json", "ndjson"):
        raise UsageError(f"{origin.place}: with --watch every line is a document of JSON; leave it out")
    require_fitting(kind, configuration, subject)
    lists = own_lists(kind, configuration)
    settle, options = kind.settled, configuration.options
    market = FollowedMarket(lambda: options if settle is None else settle(options, clock()), clock, reading)
    told = _Told()
    told.all(market.loaded.complaints)
    is_first, due = True, ticks()
    while True:
        try:
            document, inputs = made(kind, configuration, market.loaded, market.options, lists, subject)
        except ReportedError as error:
            if is_first:
                raise
            told.all([str(error)])
        else:
            told.all(complaints_of(document))
            told.all(too_old_words(inputs, options.max_age, market.loaded.clock()))
            say(as_line(document))
        is_first = False
        due += seconds * (1 + max(floor((ticks() - due) / seconds), 0))
        (wait or wait_while_read)(due - ticks())
        told.all(filter(None, [market.look()]))


class _Told:
    """Says each sentence on standard error, and none of them a second time."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def all(self, sentences: Iterable[str]) -> None:
        """Say those that were not said yet."""
        for words in sentences:
            if words not in self._said:
                complain(words)
            self._said[words] = None
        for words in list(self._said)[:-MOST_COMPLAINTS_REMEMBERED]:
            del self._said[words]
