"""Tells what a Parquet file unpacks to from the heads of its pages, which its reader believes, not from its foot.

A page's head says how much memory its content takes; the foot of the file only sums up. The two need not agree.
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift, in Thrift's compact protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from providers.errors import MalformedError

LONGEST_HEAD_BYTES: Final = 64 * 1_024
"""The most bytes of a page's head; ours have a hundred."""
_UNPACKED, _PACKED = 2, 3
"""Fields of a head: bytes of the page unpacked and as it lies in the file."""
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = range(1, 14)
_NUMBERS: Final = frozenset({_I16, _I32, _I64})
_WIDTHS: Final = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}
_DEEPEST: Final = 16
"""Structures within structures; a head has three."""


def unpacked_bytes(path: Path, metadata: Any, enough_bytes: int) -> int:
    """The bytes all pages of a file unpack to, added up until there are more than enough.

    Args:
        path: the file.
        metadata: its foot, as pyarrow reads it.
        enough_bytes: where adding up may end.

    Raises:
        MalformedError: a page has no head one can read.
        OSError: the file cannot be read.
    """
    total = 0
    with path.open("rb") as file:
        for group in range(metadata.num_row_groups):
            for column in range(metadata.num_columns):
                for size in _page_sizes(file, metadata.row_group(group).column(column), path.name):
                    total += size
                    if total > enough_bytes:
                        return total
    return total


def _page_sizes(file: BinaryIO, chunk: Any, where: str) -> Iterator[int]:
    if chunk.num_values <= 0:
        # Of a column without values nothing is read, and where its pages would be is not said.
        return
    position = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < position:
        position = chunk.dictionary_page_offset
    end = position + chunk.total_compressed_size
    while position < end:
        file.seek(position)
        head = _Head(file.read(LONGEST_HEAD_BYTES))
        try:
            sizes = head.sizes()
            unpacked, packed = sizes[_UNPACKED], sizes[_PACKED]
        except (IndexError, KeyError, ValueError) as error:
            raise MalformedError("is damaged: a page has no head", where=where) from error
        if unpacked < 0 or packed < 0:
            raise MalformedError("is damaged: a page says a size below zero", where=where)
        yield unpacked
        position += head.place + packed


class _Head:
    """The head of a page, read from its first byte to its last."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.place = 0

    def sizes(self) -> dict[int, int]:
        """The numbers among its fields, by the fields' numbers."""
        return self._struct(0)

    def _struct(self, depth: int) -> dict[int, int]:
        if depth > _DEEPEST:
            raise ValueError("too deep")
        numbers: dict[int, int] = {}
        field = 0
        while mark := self._byte():
            field = field + (mark >> 4) if mark >> 4 else self._number()
            if mark & 15 in _NUMBERS:
                numbers[field] = self._number()
            elif mark & 15 not in {_TRUE, _FALSE}:
                self._pass_over(mark & 15, depth)
        return numbers

    def _pass_over(self, kind: int, depth: int) -> None:
        if kind == _STRUCT:
            self._struct(depth + 1)
        elif kind == _BINARY:
            length = self._varint()
            self.place += length
        elif kind in {_LIST, _SET}:
            mark = self._byte()
            count = mark >> 4 if mark >> 4 < 15 else self._varint()
            for _ in range(count):
                self._element(mark & 15, depth)
        elif kind in _WIDTHS:
            self.place += _WIDTHS[kind]
        else:
            # A head has no maps.
            raise ValueError("no such kind")

    def _element(self, kind: int, depth: int) -> None:
        if kind in _NUMBERS:
            self._varint()
        elif kind in {_TRUE, _FALSE}:
            self._byte()
        else:
            self._pass_over(kind, depth)

    def _byte(self) -> int:
        byte = self._content[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number
            if shift > 63:
                raise ValueError("too long a number")

    def _number(self) -> int:
        """A number whose sign stands in its last bit."""
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
