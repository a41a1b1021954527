"""The command `shortside snapshot`: reads the market once and prints one document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from shortside.conditions.errors import ConditionError, nearest_of
from shortside.conditions.reading import LIST_KEY
from shortside.freshness import InputAge
from shortside.lists.names import NameList
from shortside.named_windows import WindowError
from tui import exit_codes
from tui.clock import Clock
from tui.documents.catalog import DOCUMENTS, document_kind
from tui.documents.chosen_names import NoSectorError
from tui.documents.formats import as_csv, as_json, as_ndjson
from tui.documents.kind import Document, DocumentKind, DocumentRequest
from tui.documents.page_lines import width_of_page
from tui.documents.records import document_of, recording_record
from tui.documents.text import as_text
from tui.errors import UsageError
from tui.settings.configuration import Configuration, Options
from tui.settings.list_shelf import ListShelf
from tui.settings.options import words_of_list
from tui.settings.origins import Level
from tui.sources.input_ages import too_old
from tui.sources.load import load
from tui.sources.loaded_market import ListingsReader, LoadedMarket
from tui.terminal.plain_words import columns_of_output, complain, say
from widgets.exported_names import name_fields, name_orders


def snapshot(
    name: str,
    configuration: Configuration,
    clock: Clock,
    reading: ListingsReader | None = None,
    subject: str = "",
) -> int:
    """Print one document; returns the exit code.

    Args:
        name: which of `tui.documents.catalog.DOCUMENTS`.
        configuration: everything settled.
        clock: the present moment.
        reading: read from instead of the files source's folder.
        subject: what stands after the document's name.

    Raises:
        UsageError: an argument does not fit the document or the market; a ConfigurationError if it was none.
        SourceError: there is nothing to print.
    """
    kind = document_kind(name)
    require_fitting(kind, configuration, subject)
    options = configuration.options
    lists = own_lists(kind, configuration)
    if kind.settled is not None:
        options = kind.settled(options, clock())
    loaded = load(options, clock, reading=reading)
    for complaint in loaded.complaints:
        complain(complaint)
    if loaded.day_note is not None and options.as_of is not None:
        complain(loaded.day_note.sentence)
    document, inputs = made(kind, configuration, loaded, options, lists, subject)
    for words in complaints_of(document):
        complain(words)
    say(_written(document, options))
    old = too_old_words(inputs, options.max_age, loaded.clock())
    for words in old:
        complain(words)
    return exit_codes.TOO_OLD if old else exit_codes.OK


def made(
    kind: DocumentKind,
    configuration: Configuration,
    loaded: LoadedMarket,
    options: Options,
    lists: Mapping[str, NameList],
    subject: str = "",
) -> tuple[Document, tuple[InputAge, ...]]:
    """A document of a market as it is now, and the inputs its figures rest on.

    Raises:
        UsageError: an argument does not fit the market; a ConfigurationError if it was none.
        SourceError: there is nothing to print.
    """
    try:
        board = loaded.desk.board(loaded.view)
        document, inputs = document_of(kind, DocumentRequest(board, loaded, options, lists, subject))
    except WindowError as error:
        raise configuration.misfit("window", str(error)) from error
    except NoSectorError as error:
        raise configuration.misfit("sector", str(error)) from error
    except ConditionError as error:
        asked = "where" if options.where is not None else "list"
        raise configuration.misfit(asked, f"{getattr(options, asked)}: {error}") from error
    if loaded.recording is not None:
        document["recording"] = recording_record(loaded.recording)
    return document, inputs


def complaints_of(document: Document) -> list[str]:
    """What is said of a document on standard error: symbols without a row, and rows of own positions that are wrong."""
    absent = document.get("absent", {}).items()
    words = [reason if reason.startswith(symbol) else f"{symbol}: {reason}" for symbol, reason in absent]
    problems = document.get("problems", ())
    return words + [f"line {one['line']}: {one['words']}" if one["line"] else one["words"] for one in problems]


def require_fitting(kind: DocumentKind, configuration: Configuration, subject: str) -> None:
    """Refuse what does not fit a document, before anything is read.

    Raises:
        UsageError: an argument does not fit; a ConfigurationError if it was none.
    """
    _check(kind, configuration)
    _check_subject(kind, subject)


def _check(kind: DocumentKind, configuration: Configuration) -> None:
    """Refuse arguments that do not fit the document, before anything is read."""
    sort = configuration.options.sort
    if sort.removeprefix("-") not in name_orders():
        raise configuration.misfit("sort", f"names cannot be ranked by {sort}; choose {', '.join(name_orders())}")
    known = [field.key for field in name_fields()]
    for column in words_of_list(configuration.options.columns or ""):
        if column not in known:
            near = nearest_of(column, known)
            raise configuration.misfit(
                "columns", f"no column is called {column}" + (f"; nearest: {near}" if near else "")
            )
    for taker in DOCUMENTS:
        for name in taker.options:
            origin = configuration.origins[name]
            if name not in kind.options and origin.level is Level.ARGUMENT:
                *others, last = (one.name for one in DOCUMENTS if name in one.options)
                takers = f"{', '.join(others)} and {last}" if others else last
                raise UsageError(f"{origin.place}: of the documents only {takers} take it, not {kind.name}")


def _check_subject(kind: DocumentKind, subject: str) -> None:
    """Refuse a document that lacks what it is about, or one that is about nothing and was given something."""
    if kind.subject and not subject.strip():
        raise UsageError(
            f"snapshot {kind.name} needs one {kind.subject}: shortside snapshot {kind.name} {kind.subject}"
        )
    if subject and not kind.subject:
        raise UsageError(f"snapshot {kind.name} is of the whole market, and nothing stands after it: {subject}")


def own_lists(kind: DocumentKind, configuration: Configuration) -> Mapping[str, NameList]:
    """The user's own lists, where one is asked for, after a sentence for what is wrong with it.

    Raises:
        UsageError: there is no such list; a ConfigurationError if no argument names it.
    """
    options, is_asked = configuration.options, "list" in kind.options
    if not (is_asked and options.list is not None) and LIST_KEY not in (options.where or "").casefold():
        return {}
    shelf = ListShelf(options.paths)
    shelf.look()
    lists = shelf.now
    if is_asked and options.list is not None:
        name = lists.named(options.list)
        if not name:
            near = nearest_of(options.list, lists.by_name)
            words = f"; nearest: {near}" if near else "" if lists.by_name else f"; there is none in {shelf.folder}"
            raise configuration.misfit("list", f"no list is called {options.list}{words}")
        for words in lists.complaints_of(name):
            complain(words)
    return lists.by_name


def _written(document: Document, options: Options) -> str:
    if options.format == "json":
        return as_json(document)
    if options.format == "ndjson":
        return as_ndjson(document)
    if options.format == "csv":
        return as_csv(document)
    return as_text(document, options.ascii, width_of_page(columns_of_output()))


def too_old_words(inputs: tuple[InputAge, ...], max_age: timedelta | None, now: datetime) -> list[str]:
    """A sentence for every input that is older than may be; none where any age will do."""
    if max_age is None:
        return []
    return [
        f"{one.dataset.value.replace('_', ' ')} of {one.as_of} is older than --max-age allows"
        for one in too_old(inputs, max_age, now)
    ]
