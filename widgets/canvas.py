"""A grid of cells to draw curves on: dots of braille, half blocks, or ASCII signs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Literal

from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.lines import Line
from widgets.sparkline import BRAILLE, BRAILLE_DOTS

Stroke = Literal["line", "dashed", "dots"]

ASCII_SIGNS: dict[Stroke, str] = {"line": "*", "dashed": "-", "dots": "o"}
HALF_BLOCKS = ("", "▄", "▀", "█")
"""By the sum of 1 for the lower half of a cell and 2 for the upper one."""


class CurveForm(Enum):
    """What curves are drawn of."""

    BRAILLE = "braille"
    """Eight dots a cell."""
    BLOCKS = "blocks"
    """Two halves a cell, for fonts without braille."""
    ASCII = "ASCII"
    """A sign a cell, for terminals that know nothing else."""

    @property
    def across(self) -> int:
        """Pixels side by side in a cell."""
        return 2 if self is CurveForm.BRAILLE else 1

    @property
    def down(self) -> int:
        """Pixels above one another in a cell."""
        return {CurveForm.BRAILLE: 4, CurveForm.BLOCKS: 2, CurveForm.ASCII: 1}[self]

    @property
    def dash_length(self) -> int:
        """Pixels of a dash and of the gap behind it."""
        return 3 if self is CurveForm.BRAILLE else 2 if self is CurveForm.BLOCKS else 1


def form_of(glyphs: Glyphs, chosen: CurveForm | None = None) -> CurveForm:
    """What to draw curves of with such signs: what was chosen, unless it could not be shown."""
    if glyphs.is_ascii:
        return CurveForm.ASCII
    return chosen or (CurveForm.BRAILLE if glyphs.has_braille else CurveForm.BLOCKS)


class PlotCanvas:
    """A grid of cells, each of several pixels, with a style and perhaps a sign of its own.

    Args:
        width: cells of a row.
        height: rows.
        glyphs: the signs to draw with.
        form: what pixels are made of.
    """

    def __init__(
        self, width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE, form: CurveForm = CurveForm.BRAILLE
    ) -> None:
        self.glyphs, self.form = glyphs, form
        self.width, self.height = width, height
        self._bits = [bytearray(width) for _ in range(height)]
        self._signs: list[list[str]] = [[""] * width for _ in range(height)]
        self._styles: list[list[str]] = [["plain"] * width for _ in range(height)]

    def set_pixel(self, x: int, y: int, style: str, sign: str) -> None:
        """Light a pixel; y counts upwards. In ASCII the whole cell shows `sign`."""
        down = self.form.down
        column, row = x // self.form.across, self.height - 1 - y // down
        if self.form is CurveForm.ASCII:
            self._signs[row][column] = sign
        elif self.form is CurveForm.BLOCKS:
            self._bits[row][column] |= 1 << y % down
        else:
            self._bits[row][column] |= BRAILLE_DOTS[down - 1 - y % down][x % self.form.across]
        self._styles[row][column] = style

    def set_sign(self, x: int, y: int, style: str, sign: str) -> None:
        """Let the cell of a pixel show a sign, whatever is lit in it."""
        column, row = x // self.form.across, self.height - 1 - y // self.form.down
        self._signs[row][column] = sign
        self._styles[row][column] = style

    def draw_line(self, points: Sequence[tuple[int, int]], style: str, stroke: Stroke) -> None:
        """Join pixels; an estimate is dashed."""
        dash = self.form.dash_length
        step = 0
        for index, (x, y) in enumerate(points):
            before_x, before_y = points[index - 1] if index else (x, y)
            length = max(abs(x - before_x), abs(y - before_y))
            for pixel in range(1 if index else 0, length + 1):
                if stroke != "dashed" or step // dash % 2 == 0:
                    part = pixel / length if length else 0.0
                    across = round(before_x + (x - before_x) * part)
                    self.set_pixel(across, round(before_y + (y - before_y) * part), style, ASCII_SIGNS[stroke])
                step += 1

    def shade(self, first_column: int) -> None:
        """Fill what is empty from a column to the right."""
        for column in range(max(0, first_column), self.width):
            self._fill(column, self.glyphs.shade, "shade")

    def rule(self, column: int) -> None:
        """Draw an upright line where nothing is drawn yet: curves stay in sight."""
        self._fill(column, self.glyphs.axis_vertical, "accent")

    def _fill(self, column: int, sign: str, style: str) -> None:
        for row in range(self.height):
            if not self._bits[row][column] and self._signs[row][column] in ("", self.glyphs.shade):
                self._signs[row][column] = sign
                self._styles[row][column] = style

    def line(self, row: int) -> Line:
        """A row as runs of one cell: only those that changed are written to the terminal again."""
        return [
            (sign or self._drawn(bits), style if sign or bits else "plain")
            for bits, sign, style in zip(self._bits[row], self._signs[row], self._styles[row], strict=True)
        ]

    def _drawn(self, bits: int) -> str:
        if not bits:
            return " "
        return HALF_BLOCKS[bits] if self.form is CurveForm.BLOCKS else chr(BRAILLE + bits)
