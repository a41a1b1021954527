"""The command `shortside report`: one page on a day, as Markdown or HTML, that needs nothing beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shortside.conditions.errors import ConditionError
from shortside.named_windows import WindowError
from tui import exit_codes
from tui.clock import Clock
from tui.commands.output_file import write_output
from tui.commands.snapshot import own_lists
from tui.documents.catalog import document_kind
from tui.documents.kind import DocumentRequest
from tui.documents.report import day_report
from tui.documents.report_html import report_html
from tui.documents.report_markdown import report_markdown
from tui.settings.configuration import Configuration
from tui.sources.load import load
from tui.terminal.plain_words import complain, say, say_line

REPORT_FORMS: Final = {"markdown": report_markdown, "html": report_html}
SUFFIXES: Final = {".html": "html", ".htm": "html"}
"""What the end of a file's name says of its form; any other is Markdown's."""


def write_report(configuration: Configuration, clock: Clock, form: str = "", output: Path | None = None) -> int:
    """Write the report of the day in view; returns the exit code.

    Args:
        configuration: everything settled; its list gets a section of its own.
        clock: the present moment, which the page says.
        form: one of `REPORT_FORMS`; empty for what the name of the file says, else Markdown.
        output: the file; None for standard output.

    Raises:
        UsageError: an argument does not fit the market, or there is no such list; a ConfigurationError if no argument
            said so.
        SourceError: there is nothing to report.
        OutputError: it cannot be written.
    """
    options = configuration.options
    lists = own_lists(document_kind("names"), configuration)
    loaded = load(options, clock)
    for complaint in loaded.complaints:
        complain(complaint)
    if loaded.day_note is not None and options.as_of is not None:
        complain(loaded.day_note.sentence)
    try:
        board = loaded.desk.board(loaded.view)
        report = day_report(DocumentRequest(board, loaded, options, lists), clock())
    except WindowError as error:
        raise configuration.misfit("window", str(error)) from error
    except ConditionError as error:
        raise configuration.misfit("list", f"{options.list}: {error}") from error
    written = REPORT_FORMS[form or _form_of(output)](report)
    if output is None:
        say(written)
    else:
        write_output(output, written.encode())
        say_line(f"{output}")
    return exit_codes.OK


def _form_of(output: Path | None) -> str:
    return "markdown" if output is None else SUFFIXES.get(output.suffix.lower(), "markdown")
