"""The command `shortside history`: what the short side earned, period by period, over a source of any length.

A command of its own and no document of `snapshot`: those are made of one Board, which holds a market, and a history
reads one market after another and holds none. Its document keeps to the same rules, and is stamped like the others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import Final

from shortside.sessions import new_york_date
from shortside.world.periods import Every
from tui import exit_codes
from tui.arguments import HistoryWords
from tui.clock import Clock
from tui.commands.output_file import write_output
from tui.documents.exported_table import ExportedTable
from tui.documents.formats import as_csv, as_json
from tui.documents.history import HISTORY_FIELDS, history_document
from tui.documents.history_text import history_text
from tui.documents.kind import Document
from tui.documents.page_lines import PAGE_WIDTH, width_of_page
from tui.errors import OutputError, SourceError, UsageError
from tui.settings.configuration import Configuration
from tui.settings.origins import Level
from tui.sources.history_run import done, require_scheduler
from tui.sources.history_tasks import HistoryAsk, HistoryPart, history_part, tasks_of
from tui.terminal.plain_words import columns_of_output, complain, say, say_line, write_whole

FIGURE_SETTINGS: Final = ("source", "tier_basis", "positions", "known")


def history(words: HistoryWords, configuration: Configuration, clock: Clock) -> int:
    """Print a history; returns the exit code.

    Args:
        words: what was asked for.
        configuration: everything settled.
        clock: the present moment.

    Raises:
        UsageError: an argument does not fit; a ConfigurationError if it was none.
        SourceError: there is nothing to print, or the source could not give it.
        OutputError: it cannot be written.
    """
    ask = _ask(words, configuration, clock)
    _require_fitting(words, configuration)
    parts: Sequence[HistoryPart] = list(done(history_part, tasks_of(ask), words.scheduler))
    for complaint in dict.fromkeys(words for part in parts for words in part.complaints):
        complain(complaint)
    if not any(part.periods for part in parts):
        raise SourceError(parts[-1].lack)
    for part in parts:
        if part.lack:
            complain(f"left out: {part.lack}")
    _write(history_document(ask, parts), words, configuration.options.ascii)
    return exit_codes.OK


def _require_fitting(words: HistoryWords, configuration: Configuration) -> None:
    """Refuse what cannot be, before anything is read."""
    require_scheduler(words.scheduler)
    if words.until is not None and words.until < words.since:
        raise UsageError(f"--since {words.since} is after --until {words.until}")
    options = configuration.options
    if options.source == "files" and options.data is None and not words.address:
        raise configuration.misfit("source", "the files source needs a folder; name it with --data DIR")
    if options.source == "replay":
        raise configuration.misfit("source", "a recording is of one session and has no history; choose another source")
    if options.tier_basis == "daily" and words.by == "tier":
        raise configuration.misfit("tier_basis", "a history has tiers by the end or the start of each period")
    if words.form == "parquet" and words.output is None and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError("Parquet is nothing for a terminal; name a file with --output FILE")


def _ask(words: HistoryWords, configuration: Configuration, clock: Clock) -> HistoryAsk:
    options, now = configuration.options, clock()
    until = words.until or options.as_of
    settings = {name: str(getattr(options, name)) for name in FIGURE_SETTINGS}
    if options.has_archive:
        # What a desk brought lies in the archive, too; whoever reads it there is told of no desk's address.
        settings["source"] = "public"
    if options.seed is not None:
        settings["seed"] = str(options.seed)
    place, ends = "", until
    if words.address:
        place, ends = words.address, _of_address(words, configuration, settings, until, new_york_date(now))
    elif options.source == "files" and options.data is not None:
        from providers.files.extent import last_day

        place, ends = str(options.data), _earlier(until, last_day(options.data))
    elif options.has_archive:
        place, ends = str(options.paths.archive), _earlier(until, new_york_date(now))
    return HistoryAsk(
        settings=settings,
        place=place,
        now=now,
        since=words.since,
        until=until,
        ends=ends,
        by_sector=words.by == "sector",
        every=Every(words.every),
    )


def _earlier(until: date | None, last: date | None) -> date | None:
    return min((day for day in (until, last) if day is not None), default=None) if last is not None else None


def _of_address(
    words: HistoryWords, configuration: Configuration, settings: dict[str, str], until: date | None, today: date
) -> date | None:
    """Settle which source reads an address; returns the last day there is, as far as that is known."""
    from tui.sources.addresses import layout_of

    source, last = layout_of(words.address)
    is_chosen = configuration.origins["source"].level is Level.ARGUMENT
    if is_chosen and configuration.options.source != source:
        what = "prices of the files source" if source == "files" else "an archive of the public source"
        raise configuration.misfit("source", f"what is at {words.address} looks like {what}")
    settings["source"] = source
    return _earlier(until, last if source == "files" else today)


def _write(document: Document, words: HistoryWords, is_ascii: bool) -> None:
    width = width_of_page(columns_of_output()) if words.output is None else PAGE_WIDTH
    written = _written(document, words.form, is_ascii, width)
    if words.output is not None:
        write_output(words.output, written if isinstance(written, bytes) else written.encode())
        say_line(f"{words.output}")
    elif isinstance(written, str):
        say(written)
    else:
        _say_bytes(written)


def _written(document: Document, form: str, is_ascii: bool, width: int) -> str | bytes:
    if form == "json":
        return as_json(document)
    if form == "csv":
        return as_csv(document)
    if form == "parquet":
        from tui.documents.export_formats import parquet_bytes

        units = {field.key: field.unit for field in HISTORY_FIELDS}
        return parquet_bytes(ExportedTable("history", document, units, document["rows"], ()))
    return history_text(document, is_ascii, width)


def _say_bytes(written: bytes) -> None:
    try:
        write_whole(sys.stdout.buffer, written)
    except BrokenPipeError:
        raise
    except (OSError, ValueError, AttributeError) as error:
        raise OutputError(f"standard output cannot be written: {getattr(error, 'strerror', None) or error}") from error
