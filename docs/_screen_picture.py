"""A screen as text with styles, which a diff shows line by line, and as SVG for a look at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_letters
from typing import Final, NamedTuple
from zlib import crc32

from rich.cells import cell_len

from tui.terminal.cells import Line
from tui.terminal.frame_json import Row, frame_rows
from tui.terminal.pens import SEEN_ON_A_BLANK, STYLE_ATTRIBUTES, Pen
from tui.terminal.screen_svg import svg_of_rows

NAMED: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class ScreenPicture(NamedTuple):
    """Every cell of a terminal, with the pen it was drawn with, and what it shows."""

    name: str
    """Which screen, at which size, in which theme and colours; also the name of its file."""
    rows: Sequence[Row]
    is_dark: bool = True
    """Whether a terminal's own paper is taken to be black, where a theme leaves it as it is."""

    def text(self) -> str:
        """The rows as words, then the runs of every row's styles, each style under a letter of its own."""
        letters = letters_of(pen for row in self.rows for _, pen in row)
        words = ["".join(text for text, _ in row).rstrip() for row in self.rows]
        styles = [f"{letter} {words_of(pen)}" for pen, letter in letters.items()]
        runs = [
            f"{number} {' '.join(f'{letters[pen]}{cell_len(text)}' for text, pen in row)}"
            for number, row in enumerate(self.rows, 1)
        ]
        return "\n".join([self.name, *words, "-- styles", *styles, "-- runs", *runs, ""])

    def svg(self) -> str:
        """The cells as boxes and glyphs; the sixteen named colours are those of xterm."""
        return svg_of_rows(self.rows, self.is_dark)


def picture_of(name: str, lines: Sequence[Line], is_dark: bool = True) -> ScreenPicture:
    """The picture of what a terminal shows."""
    return ScreenPicture(name, [[*_joined(row)] for row in frame_rows(lines)], is_dark)


def _joined(row: Row) -> Iterator[tuple[str, Pen]]:
    """The runs of a row, those joined that look alike; on a blank nothing but the paper is seen."""
    joined = ""
    pen = row[0][1]
    for text, another in row:
        if another != pen and not (text.isspace() and _is_paper_alone(pen, another)):
            yield joined, pen
            joined, pen = "", another
        joined += text
    yield joined, pen


def _is_paper_alone(pen: Pen, blank: Pen) -> bool:
    """Whether a blank looks alike with either pen."""
    return pen.background == blank.background and not (pen.attributes | blank.attributes) & SEEN_ON_A_BLANK


def letters_of(pens: Iterable[Pen]) -> Mapping[Pen, str]:
    """A letter for each pen, which hardly depends on the other pens: a style more leaves most lines of a diff alone."""
    letters: dict[Pen, str] = {}
    taken: set[str] = set()
    places = [*ascii_letters, *(f"{one}{other}" for one in ascii_letters for other in ascii_letters)]
    for pen in sorted(set(pens)):
        first = crc32(words_of(pen).encode()) % len(ascii_letters)
        letter = next(place for place in (*places[first : len(ascii_letters)], *places) if place not in taken)
        taken.add(letter)
        letters[pen] = letter
    return dict(sorted(letters.items(), key=lambda item: (len(item[1]), item[1])))


def words_of(pen: Pen) -> str:
    """A pen in words: `bold #d78787 on #0f1115`, `reverse bright green`, `plain`."""
    attributes = [name for bit, name in enumerate(STYLE_ATTRIBUTES) if pen.attributes & 1 << bit]
    colours = [_colour_words(pen.foreground)] if pen.foreground else []
    paper = [f"on {_colour_words(pen.background)}"] if pen.background else []
    return " ".join([*attributes, *colours, *paper]) or "plain"


def _colour_words(code: str) -> str:
    numbers = [int(number) for number in code.split(";")]
    if len(numbers) == 5:
        return "#{:02x}{:02x}{:02x}".format(*numbers[2:])
    if len(numbers) == 3:
        return f"256:{numbers[2]}"
    is_bright = numbers[0] >= 90
    return f"bright {NAMED[numbers[0] % 10]}" if is_bright else NAMED[numbers[0] % 10]
