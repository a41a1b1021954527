"""Reads what is kept of one name beside the market: fails, threshold lists, short volume, stock loans.

What it reads with weighs half as much as a monitor. So a monitor has it read in a process of its own, by
`tui.processes.name_reading`, and a command that ends at once reads it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from shortside.loans.path import LoanPath
from shortside.one_name.fails import FailsPath
from shortside.one_name.short_volume import SoldShort
from shortside.one_name.threshold_days import ThresholdDays
from shortside.sessions import new_york_date
from tui.errors import SourceError
from tui.processes.messages import ReadNameRecords

RECORDS_SPAN: Final = timedelta(days=365)
"""How far back fails, short volume and looks at stock loans are read."""
NO_FAILS: Final = "no file of the SEC's fails to deliver is kept: `shortside backfill` with a contact reads them"
NO_LISTS: Final = "no threshold list of its exchange is kept: --source public reads each night's"
NO_VOLUME: Final = "no file of FINRA's daily short sale volume is kept: --source public reads each session's"
NOT_BEYOND: Final = "{} keeps no {}; --source public does"
NamePart = FailsPath | ThresholdDays | SoldShort | LoanPath
PART_KINDS: Final[dict[str, type[NamePart]]] = {
    "fails": FailsPath,
    "threshold_lists": ThresholdDays,
    "off_exchange": SoldShort,
    "borrow": LoanPath,
}
"""What each part is of, by its name in the document of a name."""


class ReadPart(NamedTuple):
    """One part, or why there is none."""

    name: str
    found: NamePart | None
    lack: str = ""
    """In words, what would fill it; empty where there is something."""


def parts_of_name(asked: ReadNameRecords) -> Iterator[ReadPart]:
    """The parts asked for, one after the other; the path of stock loans several times where it grows. Blocks."""
    from providers.errors import ProviderError

    reader = (_ArchiveParts if asked.is_archive else _FolderParts)(asked)
    readers: dict[str, Callable[[], Iterator[NamePart]]] = {
        "fails": reader.fails, "threshold_lists": reader.threshold, "off_exchange": reader.sold_short,
        "borrow": reader.loans,
    }  # fmt: skip
    for name in asked.parts:
        try:
            for found in readers[name]():
                yield ReadPart(name, found)
        except (SourceError, ProviderError) as error:
            yield ReadPart(name, None, str(error))


class _FolderParts:
    """Reads out of a market folder."""

    def __init__(self, asked: ReadNameRecords) -> None:
        self._asked, self._root, self._symbol = asked, Path(asked.root), asked.symbols[asked.place]
        self._since = asked.last_session - RECORDS_SPAN

    def fails(self) -> Iterator[NamePart]:
        from providers.files.fails import read_folder_fails

        path = read_folder_fails(self._root, self._symbol, self._asked.moment, self._since)
        if not len(path.days):
            raise SourceError(
                f"the folder's fails to deliver hold no day of the year before {self._asked.last_session}"
            )
        yield path

    def threshold(self) -> Iterator[NamePart]:
        raise SourceError(NOT_BEYOND.format("a folder of files", "threshold lists"))

    def sold_short(self) -> Iterator[NamePart]:
        from providers.files.short_volume import read_folder_short_volume

        asked = self._asked
        yield read_folder_short_volume(self._root, self._symbol, asked.moment, self._since, asked.last_session)

    def loans(self) -> Iterator[NamePart]:
        from providers.files.loans import read_name_paths
        from providers.listings.symbols import JoinSide

        asked = self._asked
        ours = JoinSide(symbols=asked.symbols, names=asked.names, exchanges=asked.exchanges)
        yield from read_name_paths(self._root, ours, asked.place, asked.moment, RECORDS_SPAN, asked.looks_until)


class _ArchiveParts:
    """Reads out of the archive."""

    def __init__(self, asked: ReadNameRecords) -> None:
        from providers.archive.vintages import Archive

        self._asked, self._archive, self._symbol = asked, Archive(Path(asked.root)), asked.symbols[asked.place]
        self._since = asked.last_session - RECORDS_SPAN

    def fails(self) -> Iterator[NamePart]:
        from providers.sec.fails_path import read_fails

        path = read_fails(self._archive, self._symbol, self._asked.moment, self._since)
        if not len(path.days):
            raise SourceError(NO_FAILS)
        yield path

    def threshold(self) -> Iterator[NamePart]:
        from providers.thresholds.listed_days import threshold_days

        asked = self._asked
        days = threshold_days(
            self._archive, self._symbol, asked.exchanges[asked.place], asked.moment, asked.last_session
        )
        if not len(days.days):
            raise SourceError(NO_LISTS)
        yield days

    def sold_short(self) -> Iterator[NamePart]:
        from providers.archive.short_volume import sold_short

        asked = self._asked
        kept = sold_short(self._archive, self._symbol, asked.moment, self._since).until(asked.last_session)
        if not len(kept.sessions):
            raise SourceError(NO_VOLUME)
        yield kept

    def loans(self) -> Iterator[NamePart]:
        from providers.public.loans import read_loan_path

        since = new_york_date(self._asked.moment) - RECORDS_SPAN
        yield read_loan_path(self._archive, self._symbol, since, self._asked.moment)


# -- from one process to another --------------------------------------------------------------------------------------


def part_as_bytes(part: NamePart) -> bytes:
    """A part as MessagePack: its fields by name, an array as its type and its bytes."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return msgspec.msgpack.encode(
        {
            name: [value.dtype.str, value.tobytes()] if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }
    )


def part_in(name: str, content: bytes) -> NamePart:
    """The part of a name that `part_as_bytes` wrote."""
    given: dict[str, Any] = msgspec.msgpack.decode(content)
    kind = PART_KINDS[name]
    values = {field.name: given[field.name] for field in fields(kind)}
    for key, value in values.items():
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], bytes):
            # A copy: the bytes are not ours to write into.
            values[key] = np.frombuffer(value[1], np.dtype(value[0])).copy()
        elif isinstance(value, list):
            values[key] = tuple(value)
    return kind(**values)
