"""The keys that documents promise and a folder with a fault, for the tests of `snapshot`."""

from pathlib import Path

from market_data import (
    write_market,
)

from tui.documents.catalog import document_kind

# -- bad input, as a new user would meet it --------------------------------------------------------------------------


OWN_POSITIONS = """\
symbol,shares,price,date,account
AAPL,-100,130.50,2023-02-21,main
brk/b,10,3200,2023-02-06,
NOPE,-5,3.20,2023-02-21,main
"""
"""A `book.csv` for the small market: a short, a hedge, and a name without a price."""


def write_own_positions(home: Path, text: str = OWN_POSITIONS) -> Path:
    """A file of own positions where it belongs in a home."""
    home.mkdir(parents=True, exist_ok=True)
    file = home / "book.csv"
    file.write_text(text)
    return file


def words_of(panel: str, symbol: str = "AAPL") -> list[str]:
    """What asks for a document: its name, and a symbol for one that is about one."""
    return [panel, symbol] if document_kind(panel).subject else [panel]


def spoilt(tmp_path: Path, **frames) -> Path:
    path: Path = write_market(tmp_path / "market", **frames)
    return path
