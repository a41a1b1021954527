"""Tells what an assistant asks for: a document with its terms, or a sentence that says why there is none."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from providers.catalog import CARDS
from providers.errors import shortened
from shortside.conditions.errors import nearest_of
from shortside.conditions.reading import LIST_KEY
from tui.assistant.schemas import input_schema, subject_of
from tui.clock import Clock
from tui.documents.catalog import DOCUMENTS
from tui.documents.formats import as_line
from tui.documents.kind import Document, DocumentKind
from tui.errors import ReportedError, UsageError
from tui.faults import Faults, error_kind_of
from tui.settings.configuration import configured

if TYPE_CHECKING:
    from tui.assistant.markets import KeptMarkets

# What reads a market is imported when one is asked for: an assistant starts us long before, and may never ask.

PRIVATE_DOCUMENTS: Final = ("book",)
"""Documents of what is the user's own."""
LONGEST_ARGUMENT: Final = 4_096
"""Characters of an argument; the longest condition anybody means has a few hundred."""
_OWN_LIST: Final = re.compile(rf"(?:^|[\s(!|&]){LIST_KEY}\s*:", re.IGNORECASE)
_PRIVATE_WORDS: Final = "is of your own lists, which are read only where shortside mcp was started with --with-book"


class ToldDocument(NamedTuple):
    """What an assistant is told."""

    document: Document | None
    """The document; None where there is none."""
    words: tuple[str, ...]
    """Sentences: whose the figures are and on which terms, or why there is no document."""


def offered_documents(*, with_book: bool) -> tuple[DocumentKind, ...]:
    """The documents that an assistant may read."""
    return tuple(kind for kind in DOCUMENTS if with_book or kind.name not in PRIVATE_DOCUMENTS)


class DocumentTeller:
    """Makes documents of one source; safe to be asked from several threads, which wait for each other.

    Args:
        given: the settings of the command line, as text; they stand unless an argument says otherwise.
        clock: the present moment.
        faults: keeps the errors of this program.
        with_book: whether what is the user's own may be read.
    """

    def __init__(self, given: Mapping[str, str], clock: Clock, faults: Faults, *, with_book: bool) -> None:
        self._given, self._clock, self._faults = dict(given), clock, faults
        self._offered = {kind.name: kind for kind in offered_documents(with_book=with_book)}
        self._with_book = with_book
        self._markets: KeptMarkets | None = None
        self._turn = threading.Lock()

    def answer(self, name: str, arguments: Mapping[str, Any]) -> ToldDocument:
        """The document of a name with arguments, or why there is none. Blocks, a second or more at the first time."""
        try:
            with self._turn:
                return self._made(name, arguments)
        except ReportedError as error:
            return ToldDocument(None, (shortened(str(error)),))
        # Whatever nobody foresaw: an assistant can do nothing with a traceback, and whoever mends it finds it kept.
        except Exception as error:
            self._faults.note(error)
            trouble = self._faults.save()
            kind, place, _ = error_kind_of(error)
            where = trouble or f"what happened is in {self._faults.path}"
            return ToldDocument(None, (f"an error of this program in {place} ({kind}); {where}",))

    def _made(self, name: str, arguments: Mapping[str, Any]) -> ToldDocument:
        from tui.assistant.markets import KeptMarkets
        from tui.commands.snapshot import made, own_lists, require_fitting

        kind = self._offered.get(name)
        if kind is None:
            near = nearest_of(name, self._offered)
            raise UsageError(f"no document is called {name}" + (f"; nearest: {near}" if near else ""))
        texts = _texts(kind, arguments, with_book=self._with_book)
        subject = texts.pop(subject_of(kind), "") if kind.subject else ""
        configuration = configured({**self._given, **texts}, os.environ)
        options = configuration.options
        if not self._with_book and _OWN_LIST.search(options.where or ""):
            raise UsageError(f"{LIST_KEY} {_PRIVATE_WORDS}")
        require_fitting(kind, configuration, subject)
        lists = own_lists(kind, configuration) if self._with_book else {}
        if kind.settled is not None:
            options = kind.settled(options, self._clock())
        self._markets = self._markets or KeptMarkets(self._clock)
        loaded, complaint = self._markets.market(options)
        document, _ = made(kind, configuration, loaded, options, lists, subject)
        return ToldDocument(document, tuple(filter(None, (complaint, *loaded.complaints, *_terms(document)))))


def line_of_document(document: Document) -> str:
    """A document as one line of JSON."""
    return as_line(document).rstrip("\n")


def _texts(kind: DocumentKind, arguments: Mapping[str, Any], *, with_book: bool) -> dict[str, str]:
    """Arguments as the command line would give them.

    Raises:
        UsageError: there is no such argument, one is neither a text nor a number, or the one that is needed is missing.
    """
    schema = input_schema(kind, with_book=with_book)
    texts = {}
    for name, value in arguments.items():
        if name not in schema["properties"]:
            if name in kind.options:
                raise UsageError(f"{name} {_PRIVATE_WORDS}")
            near = nearest_of(name, schema["properties"])
            raise UsageError(f"{kind.name} has no argument {name}" + (f"; nearest: {near}" if near else ""))
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            expected = "a whole number" if schema["properties"][name]["type"] == "integer" else "a text"
            raise UsageError(f"{name}: must be {expected}")
        texts[name] = str(value)
        if len(texts[name]) > LONGEST_ARGUMENT:
            raise UsageError(f"{name}: has more than {LONGEST_ARGUMENT:,} characters")
    for name in schema["required"]:
        if not texts.get(name, "").strip():
            raise UsageError(f"{kind.name} needs a {name}")
    return texts


def _terms(document: Document) -> Iterable[str]:
    """Whose figures a document shows, and on which terms they may be used."""
    from tui.documents.text import attribution_words

    if document["simulated"]:
        yield "SIM: this market is simulated, and nothing in it is real."
    yield from attribution_words(document)
    inputs: list[Any] = document["inputs"] if "inputs" in document else document["rows"]
    sources = dict.fromkeys(str(one.get("source")) for one in inputs)
    for source in () if document["simulated"] else sources:
        if source in CARDS:
            yield f"{CARDS[source].title}: {CARDS[source].terms}"
