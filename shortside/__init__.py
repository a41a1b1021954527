"""The short side's arithmetic: frames and arrays in, frames and arrays out, with no clock, network or screen.

The names below are the small face a notebook needs; docs/library.md shows them at work. Each is loaded when it is first
asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.book import Book
    from shortside.library import board_of, book_of, market_of_folder, names_of, tiers_of
    from shortside.market import Market
    from shortside.positions import Knowledge, PositionsMethod
    from shortside.tiers import TierBasis
    from shortside.view import View

_HOMES = {
    "Board": "shortside.board",
    "Book": "shortside.book",
    "Knowledge": "shortside.positions",
    "Market": "shortside.market",
    "PositionsMethod": "shortside.positions",
    "TierBasis": "shortside.tiers",
    "View": "shortside.view",
    "board_of": "shortside.library",
    "book_of": "shortside.library",
    "market_of_folder": "shortside.library",
    "names_of": "shortside.library",
    "tiers_of": "shortside.library",
}

__all__ = [
    "Board",
    "Book",
    "Knowledge",
    "Market",
    "PositionsMethod",
    "TierBasis",
    "View",
    "board_of",
    "book_of",
    "market_of_folder",
    "names_of",
    "tiers_of",
]


def __getattr__(name: str) -> object:
    """One of the names of the face, from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'shortside' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
