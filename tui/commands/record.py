"""The command `shortside record FILE`: records a session, to be played with `--source replay`."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from providers.archive.vintages import Archive, sources_of
from providers.catalog import FINRA_SHORT_INTEREST, IBKR_BORROW
from providers.recording.terms import terms_of
from providers.recording.writer import RecordingHead, RecordingWriter
from shortside.sessions import NEW_YORK
from tui.clock import Clock
from tui.commands.record_run import RecordingRun, counts_of
from tui.commands.recorder import Recorder
from tui.errors import ReportedError, UsageError
from tui.settings.configuration import Configuration, Options
from tui.sources.load import source_data
from tui.sources.loaded_market import SourceData
from tui.terminal.plain_words import complain, plain, say, whisper

if TYPE_CHECKING:
    from tui.polling.watch import PublicWatch


def record(file: Path, configuration: Configuration, clock: Clock, span: timedelta | None = None) -> int:
    """Record until the time is up, nothing more can happen, or a signal comes; returns the exit code.

    Args:
        file: what is written; it must not be there yet.
        configuration: which source.
        clock: the present moment.
        span: how long; None until it is stopped.

    Raises:
        UsageError: there is such a file, or a day that is past is asked for; as ConfigurationError if no argument did.
        SourceError: the source has nothing to begin with; no file is made.
        ReportedError: the file cannot be written, or no further.
    """
    _check(file, configuration)
    options = configuration.options
    # The archive is taken for known before it is read, so that nothing falls in between.
    watch = _watch(options, clock) if options.has_archive else None
    if watch is not None:
        watch.prime()
    given = source_data(options, clock, is_watched=options.source == "demo")
    for complaint in given.complaints:
        complain(complaint)
    sources = _sources(options, given)
    head = RecordingHead(
        source=options.source,
        is_simulated=given.listings.is_simulated,
        began_at=given.clock(),
        terms=terms_of(sources),
    )
    whisper(plain(f"recording {options.source} into {file}; Ctrl-C ends it") + _plain_terms(head) + "\n")
    try:
        with RecordingWriter(file, head) as writer:
            code = asyncio.run(RecordingRun(options, clock, given, Recorder(writer, sources), watch).answer(span))
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; a recording is never written over") from error
    except OSError as error:
        raise ReportedError(f"{file} cannot be written any further: {error.strerror or error}") from error
    say("".join(f"{plain(line)}\n" for line in _summary(file, head, writer)))
    return code


def _check(file: Path, configuration: Configuration) -> None:
    """Refuse what cannot be recorded, before anything is read."""
    options = configuration.options
    if options.source == "replay":
        raise configuration.misfit("source", "a recording of a recording is a copy of its file")
    if options.as_of is not None:
        raise configuration.misfit("as_of", "a recording begins now; a past day is shown with the monitor or snapshot")
    # Unlike a path's own, these questions have an answer where a folder may not be entered or a name is too long.
    if os.path.exists(file):
        raise UsageError(f"{file} is there already; a recording is never written over")
    if not os.path.isdir(file.parent):
        raise UsageError(f"there is no folder {file.parent}")


def _plain_terms(head: RecordingHead) -> str:
    return "" if head.is_simulated else "\nthe figures remain their publishers': for yourself, not to be passed on"


def _watch(options: Options, clock: Clock) -> PublicWatch:
    from providers.feeds.attention import SharedAttention
    from tui.polling.assembly import public_polling
    from tui.polling.in_back_office import seat_of
    from tui.polling.watch import PublicWatch
    from tui.processes.back_office import polling_options

    settled, archive = polling_options(options), options.paths.archive
    if settled.desk is None:
        return PublicWatch(archive, clock, public_polling(settled, clock))
    seat = seat_of(settled, clock, SharedAttention(archive))
    return PublicWatch(archive, clock, public_polling(settled, clock, stored=seat.stored), seat=seat)


def _summary(file: Path, head: RecordingHead, writer: RecordingWriter) -> tuple[str, str]:
    began, ended = (moment.astimezone(NEW_YORK) for moment in (head.began_at, writer.last_at))
    days = (
        f"{began:%Y-%m-%d %H:%M:%S} to {ended:%H:%M:%S}"
        if began.date() == ended.date()
        else (f"{began:%Y-%m-%d %H:%M:%S} to {ended:%Y-%m-%d %H:%M:%S}")
    )
    return f"{file}: {days} New York, {counts_of(writer)}", f"play it: shortside --source replay --data {file}"


def _sources(options: Options, given: SourceData) -> dict[str, str]:
    """Whose figures the market holds: every source by its name, with the attribution its figures came with."""
    if options.has_archive:
        return sources_of(Archive(options.paths.archive))
    if options.source == "demo":
        return {}
    # Short interest and the list of loans are read as FINRA and the broker write them; whose the other files of a
    # folder are only their owner knows.
    cards = [FINRA_SHORT_INTEREST] if given.listings.borrow is None else [FINRA_SHORT_INTEREST, IBKR_BORROW]
    return {card.name: card.attribution for card in cards}
