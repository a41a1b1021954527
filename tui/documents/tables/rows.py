"""Rows of a table of the market kept by columns: put in any order at once, written as records when looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from tui.documents.kind import Record
from tui.documents.values import value_of
from widgets.fields import Field, Unit

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Indexes

WORD_UNITS = frozenset({Unit.WORDS, Unit.DAY, Unit.MOMENT, Unit.AS_IT_IS})
"""Units whose values are put in order as words."""
NO_RANKS: Mapping[str, int] = MappingProxyType({})


class TableRows:
    """The rows of a table; thousands of names cost no more than their columns until somebody looks at one.

    Args:
        fields: the keys of a row.
        columns: the values by key, one for each row; NaN and None are unknown.
        ranks: words with an order of their own, such as tiers; they stand before all others.
        totals: how many rows at the end are sums of the others, and stay there in every order.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        columns: Mapping[str, Sequence[Any]],
        *,
        ranks: Mapping[str, int] = NO_RANKS,
        totals: int = 0,
    ) -> None:
        self.fields = tuple(fields)
        self._columns, self._ranks, self._totals = columns, ranks, totals
        self.count = len(columns[self.fields[0].key])
        """How many rows there are, sums among them."""

    def record(self, place: int) -> Record:
        """A row as the document has it, by its place in the table's own order."""
        return {field.key: value_of(field.unit, self._columns[field.key][place]) for field in self.fields}

    def values(self, key: str) -> Sequence[Any]:
        """The values under a key, in the table's own order."""
        return self._columns[key]

    def known_keys(self) -> list[str]:
        """The keys that any row has a value of, and words."""
        return [one.key for one in self.fields if one.unit in WORD_UNITS or self._is_known(one.key) or not self.count]

    def _is_known(self, key: str) -> bool:
        values = self._columns[key]
        return any(value is not None and value == value for value in values)  # NaN is not even itself.

    def identity(self, place: int) -> tuple[object, ...]:
        """What a row is about: its symbol, or whatever words it has."""
        keys = self._identifying
        return tuple(self._columns[key][place] for key in keys)

    def place_of(self, identity: tuple[object, ...]) -> int | None:
        """The row that is about this; None where none is any more."""
        columns = [self._columns[key] for key in self._identifying]
        return next((place for place, found in enumerate(zip(*columns, strict=True)) if found == identity), None)

    @property
    def _identifying(self) -> list[str]:
        words = [field.key for field in self.fields if field.unit is Unit.WORDS]
        return ["symbol"] if "symbol" in words else words

    def is_total(self, place: int) -> bool:
        """Whether the row is a sum of others."""
        return place >= self.count - self._totals

    def order(self, key: str, *, descends: bool) -> list[int]:
        """The places of all rows by a column: unknown ones last, equal ones as they stand, sums behind all."""
        field = next(one for one in self.fields if one.key == key)
        values = self._columns[key][: self.count - self._totals]
        keys = self._ranked(values) if field.unit in WORD_UNITS else np.array(values, np.float64)
        order: list[int] = np.argsort(unknown_last(keys, descends=descends), kind="stable").tolist()
        return [*order, *range(self.count - self._totals, self.count)]

    def _ranked(self, values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(n,) the place of each word among all of them; NaN where there is none."""
        words = [(self._rank(value), str(value).casefold()) for value in values]
        places = {word: place for place, word in enumerate(sorted(set(words)))}
        return np.array(
            [places[word] if word[1] and value else np.nan for word, value in zip(words, values, strict=True)]
        )

    def _rank(self, value: Any) -> int:
        return self._ranks.get(value, len(self._ranks)) if isinstance(value, str) else len(self._ranks)


def rows_of_records(
    fields: Sequence[Field], records: Sequence[Record], *, ranks: Mapping[str, int] = NO_RANKS, totals: int = 0
) -> TableRows:
    """Rows that a document has already."""
    columns = {
        field.key: [_day(record[field.key]) if field.unit is Unit.DAY else record[field.key] for record in records]
        for field in fields
    }
    return TableRows(fields, columns, ranks=ranks, totals=totals)


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def rows_of_names(
    board: Board, fields: Sequence[Field], places: Indexes, vectors: Mapping[str, np.ndarray[Any, Any]]
) -> TableRows:
    """A row for each name in these columns of the market.

    Args:
        board: whose names.
        fields: the keys of a row; `symbol`, `name`, `tier` and `sector` are read off the market.
        places: the columns of the names, in the table's own order.
        vectors: (N,) the other values by key, of all names; they are copied, for prices go on.
    """
    market, labels = board.market, board.scheme.labels
    tiers, sectors = board.tier_codes[places].tolist(), market.sectors[places].tolist()
    columns: dict[str, Sequence[Any]] = {
        "symbol": market.symbols[places].tolist(),
        "name": market.names[places].tolist(),
        "tier": [labels[code] for code in tiers],
        "sector": [market.sector_names[code] for code in sectors],
    }
    columns |= {key: values[places].tolist() for key, values in vectors.items()}
    return TableRows(fields, columns, ranks=tier_ranks(board))


def tier_ranks(board: Board) -> dict[str, int]:
    """The tiers from the largest down."""
    return {label: rank for rank, label in enumerate(board.scheme.labels)}
