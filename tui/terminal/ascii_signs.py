"""The nearest ASCII sign for every line, block, dot pattern and arrow that any widget draws, for `--ascii`."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

ASCII_BY_SIGN = {
    "←": "<", "→": ">", "↑": "^", "↓": "v", "⏎": "~", "▲": "^", "▼": "v", "▸": ">", "▾": "v", "▴": "^", "◂": "<",
    "−": "-", "—": "-", "–": "-", "…": "~", "·": ".", "•": "*", "●": "o", "○": "o", "×": "x", "±": "~", "≥": ">",
    "≤": "<", "°": "o", "“": '"', "”": '"', "‘": "'", "’": "'", "«": "<", "»": ">", "✓": "+", "✔": "+", "†": "x",
    "‡": "!", "Σ": "S", "Δ": "d", "\u00a0": " ",
}  # fmt: skip
HORIZONTAL_LINES, VERTICAL_LINES = "─━┄┅┈┉╌╍═╴╶╸╺╼╾", "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"


class PlainSigns(dict[int, str]):
    """A table for `str.translate` that turns signs into ASCII of equal width and leaves letters of any script."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = self[code] = sign if sign.isascii() or unicodedata.category(sign)[0] in "LM" else _plain(sign)
        return plain


def _plain(sign: str) -> str:
    chosen = ASCII_BY_SIGN.get(sign) or _drawing(sign)
    if chosen:
        return chosen
    same = unicodedata.normalize("NFKD", sign)
    width = cell_len(sign)
    return same if same.isascii() and len(same) == width else "?" * width


def _drawing(sign: str) -> str:
    """What stands for a piece of a line, a block or a pattern of dots; empty for anything else."""
    if sign in HORIZONTAL_LINES:
        return "-"
    if sign in VERTICAL_LINES:
        return "|"
    if "\u2500" <= sign <= "\u257f":
        return "+"
    if sign == "▁":
        return "_"
    if sign == "▔":
        return "-"
    if "\u2580" <= sign <= "\u259f":
        return "#"
    return ":" if "\u2800" <= sign <= "\u28ff" else ""
