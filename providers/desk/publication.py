"""Puts on the desk what the poller's own archive has and the desk lacks: vintages, last prices, notes.

Everything goes through the folder of the archive, as between terminals of one machine: whatever wrote there, a feed, an
errand, a backfill, is published. The server looks at the fencing number each time, so one whose right has passed on
while it was stopped publishes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
import numpy as np

from providers.archive.follower import Changes
from providers.archive.live_quotes import Quotes, read_quotes
from providers.archive.vintages import Archive
from providers.base import Clock
from providers.desk.connection import DeskConnection
from providers.desk.entries import (
    Beat,
    NoteChanged,
    QuotesChange,
    QuotesHead,
    VintageEntry,
    VintagesAnnounced,
    vintage_entry,
)
from providers.desk.layout import (
    HEAD_FIELD,
    LARGEST_NOTE_BYTES,
    LARGEST_VINTAGE_BYTES,
    LEASE,
    NEWS,
    NOTE,
    QUOTE_SOURCES,
    QUOTES,
    VINTAGE,
    VINTAGES,
)
from providers.desk.lease import DeskLease
from providers.desk.price_columns import (
    NUMBERS,
    PriceColumns,
    SourcePrices,
    columns_of_quotes,
    has_moved,
    packed,
    places_of,
    row_fields,
)
from providers.desk.reading import announced_vintages
from providers.desk.scripts import PUBLISH_NOTE, PUBLISH_QUOTES, PUBLISH_VINTAGE, RETIRE, TELL
from providers.errors import MalformedError, ProviderError
from providers.events import Events
from providers.ordinary_files import content_of
from shortside.datasets import Dataset
from shortside.listings import Floats
from shortside.sessions import new_york_date

_events: Final = Events("desk")
SPAN: Final = timedelta(days=490)
"""How far back vintages are on the desk: the fourteen months a market is made of, and the publication before them, so
that what one poller filled up the next one need not ask for."""
LOAN_SPAN: Final = timedelta(days=5)
"""How far back the single looks at stock loans are: of older days each archive keeps one packed file."""
MOST_DESK_BYTES: Final = 1_024 * 2**20
"""Of all vintages on a desk; the market of fourteen months takes some sixty million."""


class Publisher:
    """What one poller has published, for as long as its right and its connection last.

    Args:
        connection: to the desk.
        lease: the right to poll.
        archive: what is published.
        clock: the present moment.
    """

    def __init__(self, connection: DeskConnection, lease: DeskLease, archive: Archive, clock: Clock) -> None:
        self._connection, self._lease, self._archive, self._clock = connection, lease, archive, clock
        self._announced: dict[str, VintageEntry] = {}
        self._bytes = 0
        self._last: dict[str, SourcePrices] = {}
        self.complaint = ""
        """What could not be published, in words; empty where all was."""

    async def begin(self) -> None:
        """Learn what the desk has, and take off it what is older than a market."""
        today, has = new_york_date(self._clock()), await announced_vintages(self._connection)
        sizes = await self._connection.sizes([VINTAGE + entry.sha256 for _, entry in has])
        self._announced, self._bytes = {}, 0
        for (place, entry), size in zip(has, sizes, strict=True):
            if entry.as_of < _first_day(entry.dataset, today) or size != entry.size:
                await self._ran(RETIRE, [VINTAGES, VINTAGE + entry.sha256], place)
            else:
                self._announced[entry.place] = entry
                self._bytes += entry.size

    async def publish(self, changes: Changes) -> None:
        """Publish what is new in the archive.

        Raises:
            FencedError: the right to poll has passed on; nothing was published.
            ProviderError: the server does not answer, or says no.
        """
        self.complaint = ""
        if changes.quotes:
            await self._publish_quotes(changes.quotes)
        for name in sorted(changes.notes):
            await self._publish_note(name)
        if changes.datasets:
            await self._publish_vintages(changes.datasets)

    async def _publish_vintages(self, datasets: Iterable[Dataset]) -> None:
        lacking = await asyncio.to_thread(self._lacking, datasets)
        told = 0
        # The newest first: a member that joins meanwhile has today before the year before.
        for as_of, dataset, path in sorted(lacking, reverse=True):
            told += await self._publish_vintage(dataset, as_of, path)
        if told:
            await self._ran(TELL, [], NEWS, msgspec.msgpack.encode(VintagesAnnounced()))
            _events.info("published", vintages=told)

    def _lacking(self, datasets: Iterable[Dataset]) -> list[tuple[date, Dataset, Path]]:
        today, found = new_york_date(self._clock()), []
        for dataset in datasets:
            folder, first = self._archive.root / dataset.value, _first_day(dataset, today).isoformat()
            for day in _names(folder):
                if day >= first and (as_of := _day(day)) is not None:
                    names = (name for name in _names(folder / day) if name.endswith(".parquet"))
                    found += [
                        (as_of, dataset, folder / day / name)
                        for name in names
                        if f"{dataset.value}/{day}/{name}" not in self._announced
                    ]
        return found

    async def _publish_vintage(self, dataset: Dataset, as_of: date, path: Path) -> bool:
        try:
            content = await asyncio.to_thread(content_of, path, LARGEST_VINTAGE_BYTES)
            entry = VintageEntry(
                dataset=dataset,
                as_of=as_of,
                name=path.name,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
            encoded = msgspec.json.encode(entry)
            vintage_entry(encoded)
        except FileNotFoundError:
            return False  # Packed since the folder was read.
        except (OSError, ProviderError) as error:
            self.complaint = f"{path.name} cannot be put on the desk: {error}"
            return False
        if self._bytes + entry.size > MOST_DESK_BYTES:
            self.complaint = f"the desk holds {self._bytes:,} bytes of vintages and takes no more"
            return False
        await self._ran(PUBLISH_VINTAGE, [VINTAGE + entry.sha256, VINTAGES], content, encoded)
        self._announced[entry.place] = entry
        self._bytes += entry.size
        return True

    async def _publish_note(self, name: str) -> None:
        try:
            content = await asyncio.to_thread(content_of, self._archive.root / name, LARGEST_NOTE_BYTES)
        except OSError as error:
            self.complaint = f"{name} cannot be put on the desk: {error.strerror or error}"
            return
        await self.put_note(name, content)

    async def put_note(self, name: str, content: bytes) -> None:
        """Put a small file on the desk, and tell everybody."""
        message = msgspec.msgpack.encode(NoteChanged(name=name, content=content))
        await self._ran(PUBLISH_NOTE, [NOTE + name], content, NEWS, message)

    async def _publish_quotes(self, paths: Iterable[Path]) -> None:
        for path in paths:
            try:
                quotes = await asyncio.to_thread(read_quotes, path)
            except MalformedError as error:
                self.complaint = str(error)
                continue
            await self._put_quotes(quotes)

    async def _put_quotes(self, quotes: Quotes) -> None:
        """Put the prices that moved into the hash and tell of them, in one step; nothing where none moved."""
        last, now = self._last.get(quotes.source), columns_of_quotes(quotes)
        before = None if last is None or last.as_of != quotes.as_of else _before(last, now)
        is_anew = last is None or before is None
        if last is None or before is None:
            last, before = (
                SourcePrices(quotes.as_of, quotes.fetched_at, uuid4().hex, -1),
                np.full_like(now.table, np.nan),
            )
        places = np.flatnonzero(has_moved(now.table, before))
        if not len(places) and not is_anew:
            return
        moved = PriceColumns(tuple(now.symbols[place] for place in places), now.table[places])
        told = SourcePrices(quotes.as_of, quotes.fetched_at, last.run, last.number + 1, now.symbols, now.table)
        head = QuotesHead(as_of=told.as_of, fetched_at=told.fetched_at, run=told.run, number=told.number)
        fields: list[str | bytes] = [HEAD_FIELD, msgspec.json.encode(head)]
        fields += chain.from_iterable(zip(moved.symbols, row_fields(moved.table), strict=True))
        message = msgspec.msgpack.encode(Beat(changes=(_change(quotes.source, told, moved),)))
        keys = [QUOTES + quotes.source, QUOTE_SOURCES]
        await self._ran(PUBLISH_QUOTES, keys, int(is_anew), quotes.source, NEWS, message, *fields)
        self._last[quotes.source] = told

    async def _ran(self, script: str, keys: list[str], *arguments: object) -> None:
        await self._connection.ran(script, [LEASE, *keys], self._lease.right, *arguments)


def _before(last: SourcePrices, now: PriceColumns) -> Floats | None:
    """What is told of each name already, NaN where nothing is; None where a name has no price any more."""
    if last.symbols == now.symbols:
        return last.table
    places = places_of(now.symbols, {symbol: place for place, symbol in enumerate(last.symbols)})
    is_told = places >= 0
    if np.count_nonzero(is_told) < len(last.symbols):
        return None
    before = np.full((len(places), NUMBERS), np.nan)
    before[is_told] = last.table[places[is_told]]
    return before


def _change(source: str, told: SourcePrices, moved: PriceColumns) -> QuotesChange:
    prices, volumes, moments = map(packed, moved.table.T)
    return QuotesChange(
        source=source,
        as_of=told.as_of,
        fetched_at=told.fetched_at,
        run=told.run,
        number=told.number,
        symbols=moved.symbols,
        prices=prices,
        volumes=volumes,
        moments=moments,
    )


def _first_day(dataset: Dataset, today: date) -> date:
    return today - (LOAN_SPAN if dataset is Dataset.BORROW else SPAN)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
