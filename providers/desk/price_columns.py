"""The last prices of a desk as columns: checked all together, so that a beat costs a member no step a name.

Names are looked at as one text and numbers as one array. A member of a desk does this each second beside its screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple, Self

import numpy as np

from providers.archive.live_quotes import Quotes
from providers.desk.entries import EntryError, QuotesChange, are_symbols
from shortside.listings import Flags, Floats, Indexes
from shortside.sessions import in_utc

_FLOAT: Final = np.dtype("<f8")
NUMBERS: Final = 3
"""Of a name: price, volume and moment."""
ROW_BYTES: Final = NUMBERS * _FLOAT.itemsize
"""Of a name's field in the hash."""


class PriceColumns(NamedTuple):
    """Names, and of each the price in USD, the volume in shares and the moment in seconds since 1970."""

    symbols: tuple[str, ...]
    table: Floats
    """A row for each name, the three numbers in it."""

    @property
    def moments(self) -> Floats:
        """When each price was made."""
        return self.table[:, 2]


def packed(numbers: Floats) -> bytes:
    """Numbers as a message holds them."""
    return numbers.astype(_FLOAT).tobytes()


def columns_of(change: QuotesChange, checked: tuple[str, ...] = ()) -> PriceColumns:
    """The columns of a change.

    Args:
        change: as it came.
        checked: names that were looked at before, as those of the last beat; the same ones are not looked at again.

    Raises:
        EntryError: there is not a number for each symbol, a symbol is none or there twice, or a price is no price.
    """
    count = len(change.symbols)
    columns = (change.prices, change.volumes, change.moments)
    if any(len(column) != _FLOAT.itemsize * count for column in columns):
        raise EntryError("a message of prices has not one number for each name")
    table = np.frombuffer(b"".join(columns), _FLOAT).reshape(NUMBERS, count).T
    if not _are_prices(table[:, 0]).all():
        raise EntryError("a message of prices holds what is no price")
    if change.symbols != checked:
        if not are_symbols(change.symbols):
            raise EntryError("a message of prices holds what is no symbol")
        if len(set(change.symbols)) != count:
            raise EntryError("a message of prices has a name twice")
    return PriceColumns(change.symbols, table)


def _are_prices(numbers: Floats) -> Flags:
    return np.isfinite(numbers) & (numbers > 0)


def row_fields(table: Floats) -> list[bytes]:
    """The field of each row of a table, as the hash holds it."""
    together = packed(table)
    return [together[first : first + ROW_BYTES] for first in range(0, len(together), ROW_BYTES)]


def columns_of_hash(fields: dict[bytes, bytes]) -> PriceColumns:
    """The columns of a hash without its head; a field that is none is left out."""
    sound = {
        name.decode(): value
        for name, value in fields.items()
        if len(value) == ROW_BYTES and name.isascii() and are_symbols((name.decode(),))
    }
    table = np.frombuffer(b"".join(sound.values()), _FLOAT).reshape(-1, NUMBERS)
    is_priced = _are_prices(table[:, 0])
    return PriceColumns(
        tuple(symbol for symbol, fits in zip(sound, is_priced.tolist(), strict=True) if fits), table[is_priced]
    )


@dataclass(slots=True)
class SourcePrices:
    """The last prices of one source and one session, as far as they are known; grows by changes."""

    as_of: date
    fetched_at: datetime
    run: str
    """Names the hash that these prices are in."""
    number: int
    """Of the last change in it."""
    symbols: tuple[str, ...] = ()
    table: Floats = field(default_factory=lambda: np.empty((0, NUMBERS)))
    """A row for each name: price, volume and moment."""
    _places: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, change: QuotesChange, columns: PriceColumns) -> Self:
        """The prices of a run that begins with a change."""
        return cls(change.as_of, change.fetched_at, change.run, change.number, columns.symbols, columns.table)

    def take(self, columns: PriceColumns) -> None:
        """Set the prices of some names, whether they had one or not."""
        if columns.symbols == self.symbols:
            self.table = columns.table
            return
        if len(self._places) != len(self.symbols):
            self._places = {symbol: place for place, symbol in enumerate(self.symbols)}
        new = tuple(symbol for symbol in columns.symbols if symbol not in self._places)
        self._places.update({symbol: place for place, symbol in enumerate(new, len(self.symbols))})
        self.symbols += new
        # Never in place: a thread may be writing the rows that were.
        table = np.concatenate([self.table, np.empty((len(new), NUMBERS))])
        table[places_of(columns.symbols, self._places)] = columns.table
        self.table = table

    def quotes(self, source: str) -> Quotes:
        """These prices as the archive's live files hold them."""
        prices, volumes, moments = np.ascontiguousarray(self.table.T)
        return Quotes(
            source=source,
            as_of=self.as_of,
            fetched_at=in_utc(self.fetched_at),
            symbols=self.symbols,
            prices=prices,
            volumes=volumes,
            moments=moments,
        )


def places_of(symbols: Sequence[str], places: dict[str, int]) -> Indexes:
    """The place of each symbol; -1 of one that has none."""
    return np.fromiter((places.get(symbol, -1) for symbol in symbols), np.int64, len(symbols))


def columns_of_quotes(quotes: Quotes) -> PriceColumns:
    """The columns of some quotes; of a name that is quoted twice, the last row."""
    table = np.stack([quotes.prices, quotes.volumes, quotes.moments], axis=1)
    last = {symbol: row for row, symbol in enumerate(quotes.symbols)}
    if len(last) == len(quotes.symbols):
        return PriceColumns(quotes.symbols, table)
    return PriceColumns(tuple(last), table[list(last.values())])


def has_moved(now: Floats, before: Floats) -> Flags:
    """Whether each name's price or volume is another than before; that it was looked at again moves nothing.

    Args:
        now: a row a name.
        before: the same names' rows; NaN where a name had none, whose price is another then.
    """
    is_price_kept, is_volume_kept = now[:, 0] == before[:, 0], now[:, 1] == before[:, 1]
    is_volume_unknown = np.isnan(now[:, 1]) & np.isnan(before[:, 1])
    moved: Flags = ~(is_price_kept & (is_volume_kept | is_volume_unknown))
    return moved
