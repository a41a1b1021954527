"""Brings what is on the desk into a member's own archive, checked, so that the follower of that archive shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from providers.archive.absences import ABSENCES_FILE_NAME, absences_of, write_absences
from providers.archive.adoption import MOST_AHEAD, adopt
from providers.archive.live_quotes import write_quotes
from providers.archive.loan_packing import LoanPacker, held_table, loan_day_path
from providers.archive.vintages import Archive, ArchiveError
from providers.base import Clock
from providers.desk.connection import DeskConnection
from providers.desk.entries import (
    Beat,
    EntryError,
    NoteChanged,
    QuotesChange,
    QuotesHead,
    VintageEntry,
    head_of,
    news_of,
    vintage_entry,
)
from providers.desk.layout import (
    HEAD_FIELD,
    LARGEST_NOTE_BYTES,
    LARGEST_VINTAGE_BYTES,
    MOST_VINTAGES,
    NOTE,
    QUOTE_SOURCES,
    QUOTES,
    VINTAGE,
    VINTAGES,
)
from providers.desk.price_columns import SourcePrices, columns_of, columns_of_hash
from providers.errors import ProviderError
from providers.feeds.states_file import STATES_FILE_NAME, states_of, write_states
from shortside.datasets import Dataset
from shortside.sessions import in_utc, new_york_date

ENTRIES_AT_A_TIME: Final = 500
BYTES_AT_A_TIME: Final = 4 * 2**20
"""Of vintages that are fetched together, so that no member has a market twice in memory."""
NOTES: Final = (STATES_FILE_NAME, ABSENCES_FILE_NAME)
"""The small files of the archive that everybody has."""
MOST_BAD_TOLD: Final = 3
"""Bad entries that are told one by one; more of them are as good as one."""


class Announced(NamedTuple):
    """An announcement, and its number in the stream."""

    place: bytes
    entry: VintageEntry


async def announced_vintages(
    connection: DeskConnection, after: bytes = b"0-0", complain: Callable[[str], None] = lambda _: None
) -> list[Announced]:
    """Every vintage that was announced after an entry of the stream, the oldest announcement first.

    Args:
        connection: to the desk.
        after: the entry's number.
        complain: told of each that is no announcement, and of too many.
    """
    found: list[Announced] = []
    seen = 0
    while entries := await connection.entries(VINTAGES, after, ENTRIES_AT_A_TIME):
        after, seen = entries[-1].place, seen + len(entries)
        for one in entries:
            try:
                found.append(Announced(one.place, vintage_entry(one.content)))
            except EntryError as error:
                complain(str(error))
        if seen >= MOST_VINTAGES:
            complain(f"the desk announces more than {MOST_VINTAGES:,} vintages; the rest is not read")
            break
    return found


class DeskReader:
    """One member's reading of a desk; begins anew with each connection.

    Args:
        connection: to the desk.
        archive: the member's own; its folder must be there.
        clock: the present moment.
        complain: told, in a sentence, what was passed over; for the log and the feeds screen.
    """

    def __init__(
        self,
        connection: DeskConnection,
        archive: Archive,
        clock: Clock,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection, self._archive, self._clock, self._complain = connection, archive, clock, complain
        self._after = b"0-0"
        self._unmet: dict[str, VintageEntry] = {}
        self._last: dict[str, SourcePrices] = {}
        self._packer = LoanPacker(archive)

    async def catch_up(self) -> int:
        """Take over everything the archive lacks; how many vintages that were. The prices of now come first."""
        for name in NOTES:
            content = (await self._connection.contents([(NOTE + name, LARGEST_NOTE_BYTES)]))[0]
            if content:
                await self._take_note(name, content)
        for source in await self._connection.members(QUOTE_SOURCES):
            await self._read_prices(source.decode("ascii", "replace"))
        return await self.take_vintages()

    async def take(self, raw: bytes) -> bool:
        """Take in one message of the channel; whether the archive has something new.

        Raises:
            ProviderError: the desk does not answer; a message that is none is complained of and passed over.
        """
        try:
            news = news_of(raw)
        except EntryError as error:
            self._complain(str(error))
            return False
        if isinstance(news, Beat):
            return any([await self._take_change(change) for change in news.changes])
        if isinstance(news, NoteChanged):
            return await self._take_note(news.name, news.content)
        return await self.take_vintages() > 0

    # -- vintages -------------------------------------------------------------------------------------------------

    async def take_vintages(self) -> int:
        """Take over what was announced since the last time, and what could not be then; returns how many."""
        has = await announced_vintages(self._connection, self._after, self._complain)
        if has:
            self._after = has[-1].place
        wanted = {**self._unmet, **{entry.place: entry for _, entry in has}}
        lacking = await asyncio.to_thread(self._lacking, wanted.values())
        self._unmet = {}
        taken = 0
        for part in _in_parts(lacking):
            contents = await self._connection.contents([(VINTAGE + entry.sha256, entry.size) for entry in part])
            taken += await asyncio.to_thread(self._adopt, list(zip(part, contents, strict=True)))
        if any(entry.dataset is Dataset.BORROW for entry in lacking):
            await asyncio.to_thread(self._packer.pack)
        return taken

    def _lacking(self, entries: Iterable[VintageEntry]) -> list[VintageEntry]:
        """The vintages that the archive has not, the newest day last."""
        root, packed, lacking = self._archive.root, dict[date, frozenset[str]](), []
        for entry in sorted(entries, key=lambda one: (one.as_of, one.name)):
            try:
                size = (root / entry.place).stat().st_size
            except OSError:
                size = -1
            if size == entry.size:
                continue
            if entry.dataset is Dataset.BORROW:
                if entry.as_of not in packed:
                    packed[entry.as_of] = self._packed(entry.as_of)
                if entry.name in packed[entry.as_of]:
                    continue
            if entry.size > LARGEST_VINTAGE_BYTES:
                self._complain(f"{entry.place} of {entry.size:,} bytes is more than is taken over")
                continue
            lacking.append(entry)
        return lacking

    def _packed(self, day: date) -> frozenset[str]:
        try:
            table = held_table(loan_day_path(self._archive.root, day))
        except (OSError, ProviderError) as error:
            self._complain(f"the looks at stock loans of {day} cannot be read: {error}")
            return frozenset()
        return frozenset() if table is None else frozenset(look.file_name for look in table.looks)

    def _adopt(self, found: list[tuple[VintageEntry, bytes]]) -> int:
        """In a thread."""
        now, taken = in_utc(self._clock()), 0
        for entry, content in found:
            if not content:
                self._complain(f"{entry.place} was announced and is not on the desk")
                continue
            try:
                vintage = adopt(
                    self._archive, entry.dataset, entry.as_of, entry.name, content, sha256=entry.sha256, now=now
                )
            except ArchiveError as error:
                self._complain(str(error))
                if isinstance(error.__cause__, OSError):
                    # A full disk may be emptied; a file that is none stays none.
                    self._unmet[entry.place] = entry
            else:
                taken += vintage is not None
        return taken

    # -- prices and notes -----------------------------------------------------------------------------------------

    async def _take_change(self, change: QuotesChange) -> bool:
        last = self._last.get(change.source)
        is_next = last is not None and (last.run, last.number + 1) == (change.run, change.number)
        if change.number != 0 and not is_next:
            return await self._read_prices(change.source)
        try:
            columns = columns_of(change, () if last is None else last.symbols)
            self._require_day(change.as_of, change.fetched_at)
        except EntryError as error:
            self._complain(str(error))
            return False
        if last is None or not is_next:
            last = SourcePrices.of(change, columns)
        else:
            last.take(columns)
            last.number, last.fetched_at = change.number, change.fetched_at
        return await self._show(change.source, last)

    async def _read_prices(self, source: str) -> bool:
        """Read a source's prices whole, as who joins or missed a message does."""
        try:
            if not source.isascii() or not source.replace("_", "").isalnum() or len(source) > LONGEST_SOURCE:
                raise EntryError("a source of prices on the desk has no name of ours")
            fields = await self._connection.fields(QUOTES + source)
            if not fields:
                return False
            head: QuotesHead = head_of(fields.pop(HEAD_FIELD.encode(), b""))
            self._require_day(head.as_of, head.fetched_at)
        except EntryError as error:
            self._complain(str(error))
            return False
        found = columns_of_hash(fields)
        last = SourcePrices(head.as_of, head.fetched_at, head.run, head.number, found.symbols, found.table)
        return await self._show(source, last)

    def _require_day(self, as_of: date, fetched_at: datetime) -> None:
        """Let prices pass that can have been made by now: those of a day to come would open a session that is none."""
        latest = in_utc(self._clock()) + MOST_AHEAD
        if fetched_at.tzinfo is None or in_utc(fetched_at) > latest:
            raise EntryError("prices on the desk were fetched at a moment to come")
        if not latest.date() - OLDEST_PRICES <= as_of <= new_york_date(latest):
            raise EntryError(f"prices on the desk are of {as_of}")

    async def _show(self, source: str, last: SourcePrices) -> bool:
        self._last[source] = last
        try:
            await asyncio.to_thread(write_quotes, self._archive.root, last.quotes(source))
        except OSError as error:
            self._complain(f"prices of {source} cannot be written: {error.strerror or error}")
            return False
        return True

    async def _take_note(self, name: str, content: bytes) -> bool:
        try:
            if len(content) > LARGEST_NOTE_BYTES:
                raise EntryError(f"a note of {len(content):,} bytes is more than is read")
            await asyncio.to_thread(self._write_note, name, content)
        except ProviderError as error:
            self._complain(str(error))
            return False
        except OSError as error:
            self._complain(f"{name} cannot be written: {error.strerror or error}")
            return False
        return name in NOTES

    def _write_note(self, name: str, content: bytes) -> None:
        """Write down again what was understood of a note, and nothing else of it."""
        path = self._archive.root / name
        if name == STATES_FILE_NAME:
            write_states(path, states_of(content))
        elif name == ABSENCES_FILE_NAME:
            write_absences(self._archive.root, absences_of(content))


LONGEST_SOURCE: Final = 40
OLDEST_PRICES: Final = timedelta(days=30)
"""How old a day's last prices may be: a long holiday, and a demonstration with a clock that is set back."""


def _in_parts(entries: list[VintageEntry]) -> Iterable[list[VintageEntry]]:
    """The entries, as many at a time as are fetched together."""
    part: list[VintageEntry] = []
    size = 0
    for entry in entries:
        if part and size + entry.size > BYTES_AT_A_TIME:
            yield part
            part, size = [], 0
        part.append(entry)
        size += entry.size
    if part:
        yield part
