"""The record that describes a panel: its name, title, formula, and the datasets it rests on."""

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
    """The description of one panel, for the screen that shows it and the screens that explain it."""

    id: str
    """The panel's name in style sheets and, with spaces, among the keys."""
    title: str
    """The title in the panel's border, behind the digit."""
    formula: Formula
    """The formula that `i` shows for the panel."""
    figure: str = ""
    """The figure of one name, by its key in `widgets.formulas.FORMULAS`, that is explained along with it."""
    worked_example: Callable[[Board, Glyphs], tuple[str, ...]] | None = None
    """The sum done with the market's own numbers, a line each."""
    worked_example_of_name: Callable[[Board, int, Glyphs], tuple[str, ...]] | None = None
    """The sum done with the numbers of one name, by its column of the Board's vectors."""
    rests_on: tuple[Dataset, ...] = ()
    """The datasets whose age and failures its border tells, the most important first."""

    @property
    def words(self) -> str:
        """The panel's name among the keys, such as `new short`."""
        return self.id.replace("-", " ")
