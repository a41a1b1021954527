"""Writes what a session brought into one file: markets as they were read, and every price that moved, with its moment.

The members of the file (`providers/recording/member_file.py`) stand in the order in which things happened; what is in
them says docs/contract.md:

    recording .json         what it is, of which source, since when, and on whose terms
    array     .npy.gz       an array of numbers, days or flags; one that did not change is not written again
    market    .json.gz      a market as it was read; its arrays by the numbers of their members
    funds     .json.gz      share counts of funds
    terms     .json         the terms of sources whose figures are in what follows, and of none before
    ticks     .ndjson.gz    a line per moment: its prices by symbol
    end       .json         when it was stopped
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from providers.listings.parts import Array, Record, taken_apart
from providers.parsing.unpacking import LARGEST_ARRAY_BYTES, LARGEST_MARKET_BYTES, LARGEST_RECORD_BYTES
from providers.recording.member_file import TOO_LARGE_WORDS, MemberWriter
from shortside.listings import Floats, Listings, Texts
from shortside.sessions import in_utc

if TYPE_CHECKING:
    import pandas as pd

    from shortside.funds.figures import FundData

SCHEMA: Final = "shortside.recording/1"
ABOUT: Final = (
    "A session as shortside recorded it; play it with: shortside --source replay --data FILE. The figures remain their "
    "publishers', and so do the terms below: it is for whoever recorded it, and holds no key and no name."
)
FUND_TABLES: Final = ("days", "closes", "splits")
"""The tables of a `FundData`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHead:
    """What a recording says of itself."""

    source: str
    """What was recorded: `demo`, `files`, `public`."""
    is_simulated: bool
    began_at: datetime
    """On the source's clock."""
    terms: tuple[Mapping[str, str], ...] = ()
    """Whose figures they are: `title`, `attribution` and `terms` of each publisher."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RecordedMarket:
    """A happening: the market was read."""

    at: datetime
    listings: Listings
    """Without the session that still runs."""
    live_day: date | None = None
    """That session; None where none runs."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RecordedTick:
    """A happening: prices moved."""

    at: datetime
    symbols: Texts
    """(M,) each once, names of the market read last."""
    prices: Floats
    """(M,) USD a share."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RecordedFunds:
    """A happening: share counts of funds were read."""

    at: datetime
    data: FundData


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RecordedTerms:
    """A happening: figures of further sources, with these terms, are in what follows."""

    at: datetime
    terms: tuple[Mapping[str, str], ...]
    """As in `RecordingHead`."""


Happening = RecordedMarket | RecordedTick | RecordedFunds | RecordedTerms


class RecordingWriter:
    """Writes a recording from its beginning to its end; what is written is on the disk. Not for several threads."""

    def __init__(self, path: Path, head: RecordingHead) -> None:
        """Make the file, which must not be there yet.

        Raises:
            FileExistsError: it is, and stays as it is.
            OSError: it cannot be made.
        """
        self._members = MemberWriter(path)
        self._at = in_utc(head.began_at)
        self._arrays: dict[bytes, int] = {}
        self._market_bytes = 0
        self.ticks = self.markets = 0
        """How many were written."""
        record = {
            "schema": SCHEMA,
            "about": ABOUT,
            "source": head.source,
            "simulated": head.is_simulated,
            "began_at": self._at.isoformat(),
            "terms": [dict(one) for one in head.terms],
        }
        self._members.add("recording", "json", json.dumps(record, indent=2).encode(), self._at)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._members.size

    @property
    def last_at(self) -> datetime:
        """The moment of what was written last, UTC."""
        return self._at

    def write(self, happenings: Sequence[Happening]) -> None:
        """Append what happened, in its order; a moment before the last one counts as that one.

        Raises:
            OSError: the disk is full or gone, or a market is larger than it could be read. What was written before
                stays whole.
        """
        for kind, some in groupby(happenings, type):
            if kind is RecordedTick:
                self._write_ticks([one for one in some if isinstance(one, RecordedTick)])
                continue
            for one in some:
                if isinstance(one, RecordedMarket):
                    self._write_market(one)
                elif isinstance(one, RecordedFunds):
                    self._write_funds(one)
                elif isinstance(one, RecordedTerms):
                    self._write_terms(one)

    def close(self, at: datetime) -> None:
        """Say when it ended, and that nothing is missing.

        Raises:
            OSError: as `write`.
        """
        record = {"at": self._moment(at), "markets": self.markets, "ticks": self.ticks}
        self._members.add("end", "json", json.dumps(record).encode(), self._at)
        self._members.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Without `close` there is no end mark, as when the program had been killed.
        self._members.abandon()

    def _moment(self, at: datetime) -> str:
        self._at = max(self._at, in_utc(at))
        return self._at.isoformat()

    def _write_ticks(self, ticks: Sequence[RecordedTick]) -> None:
        lines = [
            {"at": self._moment(tick.at), "prices": dict(zip(tick.symbols.tolist(), tick.prices.tolist(), strict=True))}
            for tick in ticks
        ]
        text = "".join(json.dumps(line, allow_nan=False, separators=(",", ":")) + "\n" for line in lines)
        self._add("ticks", "ndjson.gz", text)
        self.ticks += len(ticks)

    def _write_market(self, market: RecordedMarket) -> None:
        self._market_bytes = 0
        record = {
            "at": self._moment(market.at),
            "live_day": None if market.live_day is None else market.live_day.isoformat(),
            "listings": taken_apart(market.listings, self._keep),
        }
        self._add("market", "json.gz", json.dumps(record))
        self.markets += 1

    def _write_funds(self, funds: RecordedFunds) -> None:
        data = funds.data
        of_funds = set(data.days["symbol"])
        record = {
            "at": self._moment(funds.at),
            "source": data.source,
            "fetched_at": data.fetched_at.isoformat(),
            **{name: _columns(getattr(data, name), of_funds) for name in FUND_TABLES},
            "segments": dict(sorted(data.segments.items())),
            "others": [
                {"name": one.name, "fetched_at": one.fetched_at.isoformat(), "funds": sorted(one.funds)}
                for one in data.others
            ],
        }
        self._add("funds", "json.gz", json.dumps(record, allow_nan=False))

    def _write_terms(self, terms: RecordedTerms) -> None:
        record = {"at": self._moment(terms.at), "terms": [dict(one) for one in terms.terms]}
        self._members.add("terms", "json", json.dumps(record, indent=2).encode(), self._at)

    def _add(self, kind: str, suffix: str, text: str) -> None:
        content = text.encode()
        if len(content) > LARGEST_RECORD_BYTES:
            raise OSError(TOO_LARGE_WORDS)
        # Without a time of its own, so that the same happenings give the same bytes.
        self._members.add(kind, suffix, gzip.compress(content, 6, mtime=0), self._at)

    def _keep(self, _name: str, array: Array) -> Record:
        plain = io.BytesIO()
        np.save(plain, array, allow_pickle=False)
        self._market_bytes += plain.tell()
        if plain.tell() > LARGEST_ARRAY_BYTES or self._market_bytes > LARGEST_MARKET_BYTES:
            raise OSError(TOO_LARGE_WORDS)
        digest = hashlib.sha256(plain.getbuffer()).digest()
        if digest not in self._arrays:
            # The fastest level: prices hardly shrink any further, and a market has sixty megabytes of them.
            content = gzip.compress(plain.getbuffer(), 1, mtime=0)
            self._arrays[digest] = self._members.add("array", "npy.gz", content, self._at)
        return {"member": self._arrays[digest], "dtype": array.dtype.str}


def _columns(frame: pd.DataFrame, symbols: set[str]) -> dict[str, list[Any]]:
    """A table's columns as lists, of some symbols only: days as text, null for the unknown."""
    rows = frame[frame["symbol"].isin(symbols)]
    columns: dict[str, list[Any]] = {}
    for name in rows.columns:
        values = rows[name]
        if values.dtype.kind == "M":
            values = values.dt.strftime("%Y-%m-%d")
        columns[str(name)] = [None if value != value else value for value in values.tolist()]
    return columns
