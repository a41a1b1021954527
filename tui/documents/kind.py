"""What is known of a kind of document that `snapshot` prints: its name, its keys, its table, the options it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from widgets.fields import Field

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.freshness import InputAge
    from tui.settings.configuration import Options
    from tui.sources.given import Loaded

Record = dict[str, Any]
Document = dict[str, Any]


class DocumentRequest(NamedTuple):
    """What a document is made of."""

    board: Board
    loaded: Loaded
    options: Options


class DocumentContent(NamedTuple):
    """What a document says behind its head."""

    content: Record
    """`rows`, and whatever else it has, in the order of its keys."""
    inputs: tuple[InputAge, ...]
    """What the figures rest on."""


class DocumentKind(NamedTuple):
    """One kind of document, and all that is said of it anywhere."""

    name: str
    """As `snapshot NAME` asks for it, and in its schema."""
    words: str
    """What it is, for the command line and the manual."""
    title: str
    """What stands over its table."""
    fields: Callable[[], tuple[Field, ...]]
    """The keys of its rows; a function, because the command line reads the list and needs none of them."""
    make: Callable[[DocumentRequest], DocumentContent]
    """Makes it. Its docstring is what docs/contract.md says of it."""
    version: int = 1
    """Higher whenever a key changes its name, unit or meaning."""
    options: tuple[str, ...] = ()
    """Settings that no other document takes."""
    has_inputs: bool = True
    """Whether it ends with the inputs behind it."""
    headline: Callable[[Document], str] | None = None
    """What more its title says, of a document of this kind."""
    remark: Callable[[], str] | None = None
    """What docs/contract.md says below its keys, made of other lists."""

    @property
    def schema(self) -> str:
        """What its documents are stamped with: `shortside.tiers/1`."""
        return f"shortside.{self.name}/{self.version}"
