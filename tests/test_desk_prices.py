"""The last prices of a desk: what a member knows after some beats is what a dictionary would hold."""

from __future__ import annotations

import numpy as np
import pytest
from desk_server import NOW
from hypothesis import given
from hypothesis import strategies as st

from providers.archive.live_quotes import Quotes
from providers.desk.price_columns import PriceColumns, SourcePrices, columns_of_quotes, has_moved, row_fields

ROWS = st.dictionaries(
    st.sampled_from(["AMC", "BBBY", "GME", "SPCE", "TSLA"]),
    st.tuples(st.floats(0.01, 1e4), st.floats(0, 1e9), st.floats(1.6e9, 1.7e9)),
    max_size=5,
)


def columns(rows: dict[str, tuple[float, float, float]]) -> PriceColumns:
    return PriceColumns(tuple(rows), np.array(list(rows.values()), np.float64).reshape(-1, 3))


def known(prices: SourcePrices) -> dict[str, list[float]]:
    quotes = prices.quotes("yahoo_spark")
    numbers = np.stack([quotes.prices, quotes.volumes, quotes.moments], axis=1).tolist()
    return dict(zip(quotes.symbols, numbers, strict=True))


@given(ROWS, st.lists(ROWS, max_size=4))
def test_each_name_has_what_the_last_beat_said_of_it(first, beats):
    held = columns(first)
    prices = SourcePrices(NOW.date(), NOW, "run", 0, held.symbols, held.table)
    expected = {name: list(row) for name, row in first.items()}
    for beat in beats:
        prices.take(columns(beat))
        expected.update({name: list(row) for name, row in beat.items()})
    assert known(prices) == expected


def test_a_beat_changes_no_table_that_is_being_written():
    held = columns({"AMC": (5.0, 1.0, 2.0), "GME": (20.0, 1.0, 2.0)})
    prices = SourcePrices(NOW.date(), NOW, "run", 0, held.symbols, held.table)
    before = prices.quotes("yahoo_spark")
    prices.take(columns({"GME": (21.0, 2.0, 3.0)}))
    assert before.prices.tolist() == [5.0, 20.0]
    assert prices.quotes("yahoo_spark").prices.tolist() == [5.0, 21.0]


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ((5.0, 100.0, 1.0), (5.0, 100.0, 2.0), False),
        ((5.0, 100.0, 1.0), (5.01, 100.0, 2.0), True),
        ((5.0, 100.0, 1.0), (5.0, 200.0, 2.0), True),
        ((5.0, np.nan, 1.0), (5.0, np.nan, 2.0), False),
        ((5.0, np.nan, 1.0), (5.0, 100.0, 2.0), True),
        ((np.nan, np.nan, np.nan), (5.0, np.nan, 2.0), True),
    ],
    ids=["looked at again", "another price", "more volume", "no volume ever", "a first volume", "a first price"],
)
def test_a_name_is_told_again_where_its_price_or_volume_is_another(before, now, moved):
    assert has_moved(np.array([now]), np.array([before])).tolist() == [moved]


def test_of_a_name_that_is_quoted_twice_the_last_row_counts():
    quotes = Quotes(
        source="yahoo_spark",
        as_of=NOW.date(),
        fetched_at=NOW,
        symbols=("AMC", "GME", "AMC"),
        prices=np.array([1.0, 2.0, 3.0]),
        volumes=np.full(3, np.nan),
        moments=np.full(3, 1.0),
    )
    found = columns_of_quotes(quotes)
    assert dict(zip(found.symbols, found.table[:, 0].tolist(), strict=True)) == {"AMC": 3.0, "GME": 2.0}


def test_a_field_of_the_hash_is_price_volume_and_moment():
    assert [np.frombuffer(one).tolist() for one in row_fields(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))] == [
        [1.0, 2.0, 3.0],
        [4.0, 5.0, 6.0],
    ]
