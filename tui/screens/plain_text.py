"""The monitor on a terminal that cannot move its cursor: what its main screen says, once, as plain text."""

from __future__ import annotations

from shortside.windows import WindowError
from tui import exit_codes
from tui.clock import Clock
from tui.documents.records import NameChoice, feeds_document, names_document, recording_record, tiers_document
from tui.documents.text import as_text
from tui.settings.configuration import Configuration
from tui.sources.load import load
from tui.terminal.plain_words import complain

HINT = "this terminal shows text only, so this is the screen of this moment; see shortside snapshot --help"


def print_text(configuration: Configuration, clock: Clock) -> int:
    """Print cap tiers with new shorts, crowded names, and the inputs with their age; returns the exit code.

    Args:
        configuration: everything settled.
        clock: the present moment.

    Raises:
        UsageError: the window does not fit the market; as ConfigurationError if no argument chose it.
        SourceError: there is nothing to print.
    """
    options = configuration.options
    loaded = load(options, clock)
    for complaint in loaded.complaints:
        complain(complaint)
    try:
        board = loaded.desk.board(loaded.view)
    except WindowError as error:
        raise configuration.misfit("window", str(error)) from error
    choice = NameChoice(sort=options.sort, limit=options.limit, tier=options.tier, sector=options.sector)
    documents = (
        tiers_document(board, loaded.inputs),
        names_document(board, loaded.inputs, choice),
        feeds_document(board, loaded.inputs, loaded.notes),
    )
    if loaded.recording is not None:
        documents[0]["recording"] = recording_record(loaded.recording)
    print("\n".join(as_text(document, options.ascii) for document in documents), flush=True)
    complain(HINT)
    return exit_codes.OK
