"""Prints the main screen once as plain text, on a terminal that cannot move its cursor."""

from __future__ import annotations

from shortside.named_windows import WindowError
from tui import exit_codes
from tui.clock import Clock
from tui.documents.catalog import document_kind
from tui.documents.kind import DocumentRequest
from tui.documents.page_lines import width_of_page
from tui.documents.records import document_of, recording_record
from tui.documents.text import as_text
from tui.settings.configuration import Configuration
from tui.sources.load import load
from tui.terminal.plain_words import columns_of_output, complain, say

HINT = "this terminal shows text only, so this is the screen of this moment; see shortside snapshot --help"

DOCUMENTS_SHOWN = ("tiers", "names", "feeds")
"""The documents that together hold what the main screen shows."""


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
    asked = DocumentRequest(board, loaded, options)
    documents = [document_of(document_kind(name), asked)[0] for name in DOCUMENTS_SHOWN]
    if loaded.recording is not None:
        documents[0]["recording"] = recording_record(loaded.recording)
    say(
        "\n".join(as_text(document, options.ascii, width_of_page(columns_of_output())) for document in documents) + "\n"
    )
    complain(HINT)
    return exit_codes.OK
