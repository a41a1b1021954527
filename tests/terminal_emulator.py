"""A terminal for tests that shows what an eye would see of the bytes a program wrote."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyte
from pyte.screens import Char
from rich.cells import cell_len

# What pyte would print or misread: kitty keyboard, mode queries, OSC and DCS strings.
UNREAD = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\??[0-9;]*\$[a-z]|\x1b[\]P].*?(?:\x07|\x1b\\)", re.S)
UNFINISHED = re.compile(r"\x1b(?:[\[\]P][^a-zA-Z\x07]{0,40})?$")
# A run of text, or a control sequence with nothing but numbers in it.
PLAIN = re.compile(r"([^\x00-\x1f\x7f\x9b\x9d]+)|\x1b\[([0-9;]*)([@-~])")
JOINER = "\u200d"


def rich_width(cluster: str) -> int:
    """The cells a cluster takes on a terminal that measures as Rich does."""
    return cell_len(cluster)


def old_width(cluster: str) -> int:
    """The cells it takes on a terminal that measures by its first character and knows no emoji."""
    return 1 if ord(cluster[0]) in range(0x1F000, 0x20000) else cell_len(cluster[0])


class ClusterScreen(pyte.Screen):
    """A pyte screen that draws clusters, not characters, and blanks the rest of a wide glyph it cuts."""

    def __init__(self, columns: int, lines: int, width_of: Callable[[str], int] = rich_width) -> None:
        self.width_of = width_of
        # A picture has few kinds of cells, and a program writes the same ones over and over.
        self._glyphs: dict[Char, dict[str, Char]] = {}
        self._renditions: dict[tuple[Char, tuple[int, ...]], Char] = {}
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        line = self.buffer[self.cursor.y]
        glyphs = self._glyphs.setdefault(self.cursor.attrs, {})
        column = self.cursor.x
        if data.isascii() and column + len(data) <= self.columns:
            self._cut(line, column)
            self._cut(line, column + len(data))
            for character in data:
                line[column] = glyphs.get(character) or self._glyph(glyphs, character)
                column += 1
            self.cursor.x = column
            return
        for cluster in clusters_of(data):
            width = self.width_of(cluster)
            if not width:
                continue
            column = min(self.cursor.x, self.columns - width)
            self._cut(line, column)
            self._cut(line, column + width)
            for offset in range(width):
                character = "" if offset else cluster
                line[column + offset] = glyphs.get(character) or self._glyph(glyphs, character)
            self.cursor.x = column + width

    def select_graphic_rendition(self, *attrs: int, **private: bool) -> None:
        key = self.cursor.attrs, attrs
        known = None if private else self._renditions.get(key)
        if known is not None:
            self.cursor.attrs = known
            return
        super().select_graphic_rendition(*attrs, **private)
        if not private:
            self._renditions[key] = self.cursor.attrs

    def _glyph(self, glyphs: dict[str, Char], character: str) -> Char:
        glyph = glyphs[character] = self.cursor.attrs._replace(data=character)
        return glyph

    def _cut(self, line: Any, column: int) -> None:
        """Blank both halves of a wide glyph that lies across this column."""
        if 0 < column < self.columns and line[column].data == "":
            line[column - 1] = line[column - 1]._replace(data=" ")
            line[column] = line[column]._replace(data=" ")


@lru_cache(maxsize=16_384)
def clusters_of(text: str) -> tuple[str, ...]:
    """The signs of a text, each with the marks that combine with it."""
    pieces: list[str] = []
    for character in text:
        if pieces and (not cell_len(character) or pieces[-1].endswith(JOINER)):
            pieces[-1] += character
        else:
            pieces.append(character)
    return tuple(pieces)


class QuickStream(pyte.Stream):
    """pyte's parser, asked character by character only for what is no text and no plain control sequence."""

    def feed(self, data: str) -> None:
        listener = self.listener
        assert listener is not None
        handlers = {final: getattr(listener, name) for final, name in self.csi.items()}
        length, offset = len(data), 0
        while offset < length:
            found = PLAIN.match(data, offset) if self._taking_plain_text else None
            if found is None:
                self._taking_plain_text = self._send_to_parser(data[offset])
                offset += 1
                continue
            offset = found.end()
            text, parameters, final = found.groups()
            if text is not None:
                listener.draw(text)
            elif final in handlers:
                handlers[final](*_parameters(parameters))


@lru_cache(maxsize=16_384)
def _parameters(text: str) -> tuple[int, ...]:
    return tuple(min(int(one or 0), 9999) for one in text.split(";"))


Cell = tuple[str, str, str, bool, bool, bool, bool, bool]


def seen(cell: Char) -> Cell:
    """What an eye sees of a cell: on a bare blank, the background and nothing else."""
    if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough):
        return (" ", "default", cell.bg, False, False, False, False, False)
    lines = (cell.underscore, cell.strikethrough)
    return (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.italics, *lines)


class Terminal:
    """An emulated terminal of a size in cells."""

    def __init__(self, columns: int, rows: int, width_of: Callable[[str], int] = rich_width) -> None:
        self.screen = ClusterScreen(columns, rows, width_of)
        self._stream = QuickStream(self.screen)
        self._rest = ""

    def feed(self, text: str) -> None:
        """Show what a program wrote; an escape sequence may be cut in two between calls."""
        text = self._rest + text
        cut = UNFINISHED.search(text[-48:])
        split = len(text) - len(cut.group()) if cut else len(text)
        text, self._rest = text[:split], text[split:]
        self._stream.feed(UNREAD.sub("", text))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, leaving what no reflow would: garbage everywhere."""
        self.screen.resize(rows, columns)
        self.scramble()

    def scramble(self) -> None:
        """Fill every cell with a mark that no program wrote."""
        for row in range(self.screen.lines):
            for column in range(self.screen.columns):
                self.screen.buffer[row][column] = Char("#", fg="red", bg="blue")

    def cells(self) -> list[list[Cell]]:
        """What an eye sees, by row and column."""
        rows, columns = range(self.screen.lines), range(self.screen.columns)
        return [[seen(self.screen.buffer[row][column]) for column in columns] for row in rows]

    def lines(self) -> list[str]:
        """The text of each row."""
        return ["".join(cell[0] for cell in row) for row in self.cells()]
