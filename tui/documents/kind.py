"""The record that describes a kind of document: its name, keys, table, options, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from widgets.fields import Field

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.doubts import Doubt
    from shortside.freshness import InputAge
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket
    from widgets.name_conditions import NameLists

Record = dict[str, Any]
Document = dict[str, Any]


class DocumentRequest(NamedTuple):
    """What a document is made from: a board, the market it shows, and the options."""

    board: Board
    loaded: LoadedMarket
    options: Options
    lists: NameLists = MappingProxyType({})
    """Own lists, which a condition or an option may name."""
    subject: str = ""
    """The one thing it is about, as it was written after the document's name; empty where it is about a market."""


class DocumentContent(NamedTuple):
    """The body of a document, and the inputs behind its figures."""

    content: Record
    """`rows`, and whatever else it has, in the order of its keys."""
    inputs: tuple[InputAge, ...]
    """What the figures rest on."""
    doubts: Sequence[Doubt] | None = None
    """What is doubtful of the figures; None for all that is doubtful in the window."""


class DocumentKind(NamedTuple):
    """One kind of document: everything that the command line, the formats and the manual say of it."""

    name: str
    """The word after `snapshot` that asks for it, also part of its schema."""
    words: str
    """What it holds, in words, for the command line and the manual."""
    title: str
    """The title over its table."""
    fields: Callable[[], tuple[Field, ...]]
    """The keys of its rows; a function, because the command line reads the list and needs none of them."""
    make: Callable[[DocumentRequest], DocumentContent]
    """The function that makes the document; docs/contract.md prints its docstring."""
    version: int = 1
    """Higher whenever a key changes its name, unit or meaning."""
    options: tuple[str, ...] = ()
    """Settings that no other document takes."""
    subject: str = ""
    """What stands after its name on the command line, such as `SYMBOL`; empty where nothing does."""
    has_inputs: bool = True
    """Whether it ends with the inputs behind it."""
    headline: Callable[[Document], str] | None = None
    """Writes what follows the title, read off a finished document; None for nothing."""
    summary: Callable[[Document, Any], list[str]] | None = None
    """Writes sentences between the title and the table, with some glyphs, off a finished document; None for none."""
    settled: Callable[[Options, datetime], Options] | None = None
    """Changes the options by which the market is read, at a moment; None to read it as it was asked for. It may raise a
    SourceError."""
    remark: Callable[[], str] | None = None
    """Writes what docs/contract.md says below its keys; None for nothing."""

    @property
    def schema(self) -> str:
        """What its documents are stamped with: `shortside.tiers/1`."""
        return f"shortside.{self.name}/{self.version}"
