"""What is known of a panel besides how it is drawn: its name, its title, what it means and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shortside.datasets import Dataset
from widgets.formula import Formula

if TYPE_CHECKING:
    from shortside.board import Board
    from widgets.format import Glyphs


@dataclass(frozen=True, kw_only=True)
class PanelDescription:
    """One panel, for the screen that places it and for the screens that explain it. Its digit is its place there."""

    id: str
    """Its name in style sheets and, as words, among the keys."""
    title: str
    """What stands in its border behind the digit."""
    formula: Formula
    """What `i` says of it."""
    figure: str = ""
    """The figure of one name, by its key in `widgets.formulas.FORMULAS`, that is explained along with it."""
    worked: Callable[[Board, Glyphs], tuple[str, ...]] | None = None
    """The sum done with the market's own numbers, a line each."""
    worked_for_name: Callable[[Board, int, Glyphs], tuple[str, ...]] | None = None
    """The sum done with the numbers of one name, by its column of the Board's vectors."""
    rests_on: tuple[Dataset, ...] = ()
    """The datasets whose age and failures its border tells, the most important first."""

    @property
    def words(self) -> str:
        """The panel as the keys call it: `new short`."""
        return self.id.replace("-", " ")
