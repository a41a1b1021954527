"""`shortside snapshot`: reads the market once, prints one panel, and leaves."""

from __future__ import annotations

import sys
from datetime import datetime

from shortside.board import Board
from shortside.freshness import InputAge
from shortside.name_figures import NAME_ORDERS
from shortside.windows import WindowError
from tui import exit_codes
from tui.clock import Clock
from tui.documents.formats import as_csv, as_json, as_ndjson
from tui.documents.records import (
    Document,
    NameChoice,
    NoSectorError,
    breadth_document,
    feeds_document,
    flows_document,
    names_document,
    recording_record,
    sectors_document,
    tiers_document,
)
from tui.documents.text import as_text
from tui.errors import SourceError, UsageError
from tui.settings.configuration import Configuration, Options
from tui.settings.origins import Level
from tui.sources.given import Loaded, Reading, judged
from tui.sources.input_ages import too_old
from tui.sources.load import load
from tui.terminal.plain_words import complain


def snapshot(panel: str, configuration: Configuration, clock: Clock, reading: Reading | None = None) -> int:
    """Print one panel; returns the exit code.

    Args:
        panel: one of `tui.arguments.PANELS`.
        configuration: everything settled.
        clock: the present moment.
        reading: read from instead of the files source's folder.

    Raises:
        UsageError: an argument does not fit the panel or the market; as ConfigurationError if it is none.
        SourceError: there is nothing to print.
    """
    _check(panel, configuration)
    options = configuration.options
    loaded = load(options, clock, reading=reading)
    for complaint in loaded.complaints:
        complain(complaint)
    try:
        board = loaded.desk.board(loaded.view)
        document, inputs = _document(panel, board, loaded, options)
        if loaded.recording is not None:
            document["recording"] = recording_record(loaded.recording)
    except WindowError as error:
        raise configuration.misfit("window", str(error)) from error
    except NoSectorError as error:
        raise configuration.misfit("sector", str(error)) from error
    sys.stdout.write(_written(document, options))
    sys.stdout.flush()
    return _verdict(inputs, options, loaded.clock())


def _check(panel: str, configuration: Configuration) -> None:
    """What can be refused before anything is read."""
    sort = configuration.options.sort
    if sort.removeprefix("-") not in NAME_ORDERS:
        raise configuration.misfit("sort", f"names cannot be ranked by {sort}; choose {', '.join(NAME_ORDERS)}")
    if panel == "names":
        return
    for name in ("sort", "limit", "tier", "sector"):
        origin = configuration.origins[name]
        if origin.level is Level.ARGUMENT:
            raise UsageError(f"{origin.place}: only names are ranked and chosen; {panel} are always whole")


Inputs = tuple[InputAge, ...]


def _document(panel: str, board: Board, loaded: Loaded, options: Options) -> tuple[Document, Inputs]:
    """The panel, and the inputs it rests on."""
    inputs = loaded.inputs
    if panel == "flows":
        return _flows(board, loaded, options)
    if panel == "names":
        choice = NameChoice(sort=options.sort, limit=options.limit, tier=options.tier, sector=options.sector)
        return names_document(board, inputs, choice), inputs
    if panel == "sectors":
        return sectors_document(board, inputs), inputs
    if panel == "breadth":
        return breadth_document(board, inputs), inputs
    if panel == "feeds":
        return feeds_document(board, inputs, loaded.notes), inputs
    return tiers_document(board, inputs), inputs


def _flows(board: Board, loaded: Loaded, options: Options) -> tuple[Document, Inputs]:
    # Schemas and frames: the other panels do without pandas.
    from shortside.fund_figures import fund_rows
    from tui.sources.funds import fund_data, fund_input

    moment = loaded.clock()
    data = fund_data(options, moment, loaded.recording)
    rows = fund_rows(data, board, moment)
    if not rows:
        first = min(data.days["date"]).date()
        raise SourceError(
            f"no fund's share count of {board.market.last_session} or before is known; the first: {first}"
        )
    inputs = (*loaded.inputs, fund_input(data, rows, judged(options, moment)))
    return flows_document(board, inputs, rows), inputs


def _written(document: Document, options: Options) -> str:
    if options.format == "json":
        return as_json(document)
    if options.format == "ndjson":
        return as_ndjson(document)
    if options.format == "csv":
        return as_csv(document)
    return as_text(document, options.ascii)


def _verdict(inputs: Inputs, options: Options, now: datetime) -> int:
    """0, or 5 with a sentence for every input that is too old."""
    if options.max_age is None:
        return exit_codes.OK
    old = too_old(inputs, options.max_age, now)
    for one in old:
        words = one.dataset.value.replace("_", " ")
        complain(f"{words} of {one.as_of} is older than --max-age allows")
    return exit_codes.TOO_OLD if old else exit_codes.OK
