"""How single services spell our symbols, for asking them and for reading their answers.

Ours is the dot form with a caret for preferreds (`BRK.B`, `ABR^D`). Services that drop the separators cannot be read
back by rule; `providers.listings.symbols` joins those.
"""

from __future__ import annotations

import re
from typing import Final

_DASHED_PREFERRED: Final = re.compile(r"(.+)-P([A-Z]?)")
_ALPACA_PREFERRED: Final = re.compile(r"(.+)\.PR([A-Z]?)")
_MASSIVE_PREFERRED: Final = re.compile(r"([A-Z]+)p([A-Z]?)")


def to_dashes(symbol: str) -> str:
    """As Yahoo and the SEC write it: `BRK-B`, `ABR-PD`."""
    root, caret, series = symbol.partition("^")
    return f"{root}-P{series}" if caret else symbol.replace(".", "-")


def from_dashes(symbol: str) -> str:
    """Ours for a symbol of Yahoo or the SEC."""
    preferred = _DASHED_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol.replace("-", ".")


def to_alpaca(symbol: str) -> str:
    """As Alpaca writes it: `BRK.B`, `ABR.PRD`."""
    return symbol.replace("^", ".PR")


def from_alpaca(symbol: str) -> str:
    """Ours for a symbol of Alpaca."""
    preferred = _ALPACA_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol


def to_massive(symbol: str) -> str:
    """As Massive writes it: `BRK.B`, `ABRpD`."""
    return symbol.replace("^", "p")


def from_massive(symbol: str) -> str:
    """Ours for a symbol of Massive."""
    preferred = _MASSIVE_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol
