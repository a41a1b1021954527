"""Cells that several tables of the market write alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortside.words.group_words import sector_word, tier_word
from tui.documents.kind import Record

if TYPE_CHECKING:
    from shortside.board import Board


def measured(board: Board) -> Board:
    """A Board where any position is known: without one every figure would be a zero that means unknown.

    Raises:
        SourceError: no settlement was public by the day in view.
    """
    from tui.errors import SourceError

    if board.measured_to is None:
        raise SourceError(f"no settlement of short interest that was public by {board.market.last_session} is there")
    return board


def tier_in_words(record: Record, width: int, glyphs: Any) -> str:
    """The tier of a record, in the word that people read."""
    from widgets.format import fit

    return fit(tier_word(record["tier"]), width, glyphs=glyphs)


def sector_in_words(record: Record, width: int, glyphs: Any) -> str:
    """The sector of a record, in the word that people read."""
    from widgets.format import fit

    return fit(sector_word(record["sector"]), width, glyphs=glyphs)


def label_in_words(record: Record, width: int, glyphs: Any) -> str:
    """The tier or sector that a sum is of, in the word that people read."""
    from widgets.format import fit

    return fit(tier_word(record["label"]), width, glyphs=glyphs)
