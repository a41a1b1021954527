"""The type of a figure of names: its column in the table, its sort orders, and its key in `snapshot names`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from widgets.fields import PageColumn, Unit
from widgets.format import Align

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shortside.board import Board
    from shortside.conditions.labels import Labels
    from shortside.listings import Floats, Indexes
    from widgets.name_index import NameIndex
    from widgets.name_writer import NameWriter
    from widgets.tick_table import Cell

    Values = Sequence[Any] | NDArray[Any]
    """(N,) something of each name."""


class MovesWith(Enum):
    """What can change a cell of a name: until that changes, the cell is kept and not written again."""

    MARKET = "the market as it was read: every view of it has the same cell"
    BOOK = "positions and knowledge: the same for every window and tier basis"
    WINDOW = "the window of the view, and otherwise as with a Book: no tick changes it"
    SCORES = "crowding, which is ranked anew every few seconds, and otherwise as with a Book"
    PRICES = "what `Board.tick` moves, and the window"
    ROW = "the place in the order, which is the row's and not the name's"


class TitleFacts(NamedTuple):
    """What the titles of columns depend on."""

    window: str = ""
    """The window's name; empty before there is one."""
    has_float: bool = False
    """Whether the float is known for most names."""
    unit: str = ""
    """The unit of dollars, such as `M`; empty for dollars as they are."""
    short_bound: float = math.nan
    """How far lines of shares short go on their common scale, as a fraction; NaN where each has its own."""
    price_bound: float = math.nan
    """How far lines of prices go on theirs."""


class Copied(Enum):
    """How a copy of a row, for a spreadsheet, holds a column: plain, without arrows, units or blocks."""

    DOLLARS = "whole US dollars"
    PERCENT = "per cent, without the sign"
    NUMBER = "a number, as exact as it is worth"
    ROW = "the row's number"
    NOT = "not at all: it is a drawing"


TitleText = str | Callable[[TitleFacts], str]


@dataclass(frozen=True, kw_only=True)
class ExportedKey:
    """A figure as a key of `snapshot names`."""

    unit: Unit
    meaning: str
    """The meaning of the key, for docs/contract.md."""
    key: str = ""
    """The key in `snapshot names`, where it is not the column's own."""
    values: Callable[[Board], Values] | None = None
    """(N) by name, where they are others than the column's vector."""
    place: int = 0
    """Keys with a higher number stand behind the others; with the same one in the order of the list."""
    page: PageColumn | None = None
    """The key's column in the table for people; None keeps it out."""


@dataclass(frozen=True, kw_only=True)
class NameColumn:
    """One thing known of a name, and everywhere it is shown."""

    key: str
    title: TitleText = ""
    short_title: TitleText = ""
    """The title where the column is too narrow for the other one; empty where that is cut."""
    explanation: TitleText = ""
    """What the column says, in a line: shown under the mouse, and by `i`."""
    width: int = 0
    """Cells the column takes in the table; 0 keeps it out of the table."""
    align: Align = "right"
    """Left for words and drawings, right for figures. Words are sorted from A, figures from the largest."""
    priority: int = 0
    """Where the table is narrow the highest number goes first."""
    min_width: int | None = None
    max_width: int | None = None
    is_of_fee_paths: bool = False
    """Whether it rests on fees over time, which take long to read: it is in the table only where somebody chose it."""
    is_pinned: bool = False
    """Whether it stays at the left while the others are scrolled."""
    cell: Callable[[NameWriter, int], Cell] | None = None
    """Writes the cell of a name, given by its column of the Board's vectors; None for the place in the order."""
    moves_with: MovesWith = MovesWith.MARKET
    vector: Callable[[Board], Floats | Indexes] | None = None
    """(N,) what it is sorted by; NaN is unknown."""
    ranks: Callable[[NameIndex], Indexes] | None = None
    """(N,) places in the alphabet, of what is sorted as text."""
    is_known: Callable[[Board], bool] | None = None
    """Whether any name has a figure, where the vector does not say so. A column without any gives its room away."""
    sort_word: str = ""
    """How the title says that names are sorted by it; empty where they cannot be."""
    copied: Copied | Callable[[Board, int], str] = Copied.NUMBER
    """How the name's figure, that of the vector, stands in a copy of its row; or what gives the words of a name."""
    exported: ExportedKey | None = None
    """The column's key in `snapshot names`; None keeps it out."""

    short_forms: tuple[str, ...] = ()
    """What conditions may call it, besides its key."""
    labels: Callable[[Board, NameIndex], Labels] | None = None
    """Its words, for conditions, where it is no number."""
    has_vocabulary: bool = False
    """Whether its words are few, so that a condition with another one is a mistake."""

    @property
    def is_ranking(self) -> bool:
        """Whether `snapshot names` can be sorted by it."""
        return self.exported is not None and self.vector is not None and self.align == "right"

    @property
    def exported_key(self) -> str:
        """The name of the column's key in `snapshot names`."""
        return (self.exported and self.exported.key) or self.key
