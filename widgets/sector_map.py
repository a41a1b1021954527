"""The map of sectors by tiers: what the shorts of each earned, and how much of their short interest that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from shortside.words.group_words import tier_word
from widgets.figure_rows import SUM_DECIMALS, dollar_style
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, in_unit
from widgets.lines import Line, fit_line

if TYPE_CHECKING:
    from shortside.sector_tiers import SectorTiers

LABEL_CELLS, CELL_CELLS = 18, 10
TOTAL: Final = "all"
"""The label of the row of all sectors and of the column of all tiers."""
SHADES: Final = ((0.20, "▓", "#"), (0.10, "▒", "*"), (0.05, "░", ":"), (0.02, "·", "."))
"""From which share of average short interest a gain or loss bears which sign, and which in ASCII.

None of them is the full block, which would melt with those above and below.
"""


class MapCell(NamedTuple):
    """A cell of the map: its figures, where it stands, and whose they are."""

    sector: str
    """`all` in the last row."""
    tier: str
    """`all` in the last column."""
    y: int
    x: int
    profit: float
    average: float
    names: int


def map_width(sums: SectorTiers) -> int:
    """The cells that the map takes."""
    return LABEL_CELLS + CELL_CELLS * (len(sums.tiers) + 1)


def map_height(sums: SectorTiers) -> int:
    """The lines that the map takes: its header, a row for each sector and for all, and what its signs mean."""
    return len(sums.sectors) + 3


def map_cells(sums: SectorTiers) -> list[MapCell]:
    """Every cell, row by row; the last row and column are sums."""
    cells = []
    for y, sector in enumerate((*sums.sectors, TOTAL)):
        rows = slice(None) if sector == TOTAL else slice(y, y + 1)
        for place, tier in enumerate((*sums.tiers, TOTAL)):
            columns = slice(None) if tier == TOTAL else slice(place, place + 1)
            profit, average, names = (
                float(figures[rows, columns].sum())
                for figures in (sums.profit, sums.average_short_interest, sums.names)
            )
            cells.append(MapCell(sector, tier, y + 1, LABEL_CELLS + CELL_CELLS * place, profit, average, int(names)))
    return cells


def shade(profit: float, average: float, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The sign of how much was earned or lost of the average short interest; a blank for little, and for nothing."""
    share = abs(profit) / average if average > 0 else 0.0
    return next((ascii_sign if glyphs.is_ascii else sign for least, sign, ascii_sign in SHADES if share >= least), " ")


def map_lines(cells: Sequence[MapCell], width: int, glyphs: Glyphs = GLYPHS_UNICODE, *, unit: str) -> list[Line]:
    """The map's lines, each of exactly `width` cells, with dollars in the unit that the panel's title names."""
    tiers = [cell.tier for cell in cells if cell.y == 1]
    titles = "".join(fit(_tier(tier), CELL_CELLS - 1, "right", glyphs=glyphs) + " " for tier in tiers)
    lines = [
        fit_line([(fit("  P&L by tier", LABEL_CELLS, glyphs=glyphs), "header"), (titles, "header")], width, glyphs)
    ]
    for y in range(1, max(cell.y for cell in cells) + 1):
        row = [cell for cell in cells if cell.y == y]
        is_total = row[0].sector == TOTAL
        line: Line = [
            ("  ", "plain"),
            (fit(row[0].sector, LABEL_CELLS - 2, glyphs=glyphs), "total" if is_total else "plain"),
        ]
        for cell in row:
            line += _cell(cell, unit, glyphs)
        lines.append(fit_line(line, width, glyphs))
    signs = [(f" {one[2] if glyphs.is_ascii else one[1]} {one[0]:.0%} ", "muted") for one in reversed(SHADES)]
    legend = [("  from", "muted"), *signs, ("of average short interest on", "muted")]
    return [*lines, fit_line(legend, width, glyphs)]


def _tier(label: str) -> str:
    return label if label == TOTAL else tier_word(label)


def _cell(cell: MapCell, unit: str, glyphs: Glyphs) -> Line:
    """A blank where the cursor's sign may stand, the dollars, and the sign of their share."""
    if not cell.names:
        return [(" ", "plain"), (" " * (CELL_CELLS - 1), "plain")]
    text = in_unit(cell.profit, CELL_CELLS - 2, unit, True, decimals=SUM_DECIMALS, glyphs=glyphs)
    style = dollar_style(cell.profit)
    return [(" ", "plain"), (text, style), (shade(cell.profit, cell.average, glyphs), style)]
