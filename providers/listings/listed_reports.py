"""Reads the reports of exchange-listed securities out of rows of FINRA's short interest, and counts the others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.listings.short_interest import ListedReports
from providers.listings.symbols import EXCHANGES
from providers.parsing.columns import Columns
from shortside.listings import Flags, Texts

Array = npt.NDArray[Any]


def listed_reports(
    pieces: Iterable[tuple[Columns, Flags]], by_settlement: dict[date, set[str]] | None = None
) -> ListedReports:
    """The reports of exchange-listed securities among rows, of which the flagged ones are wanted.

    Args:
        pieces: rows, and which of them are wanted.
        by_settlement: takes the symbols that are left out, by their settlements, where that is asked for.
    """
    over_the_counter: set[str] = set()
    frames: list[pd.DataFrame] = []
    books: dict[str, dict[str, int]] = {}
    for piece, is_wanted in pieces:
        classes, words = piece.arrays["market_class"], piece.vocabularies["market_class"]
        is_listed = np.isin(words, list(EXCHANGES))[classes]
        left_out = is_wanted & ~is_listed
        over_the_counter.update(piece.vocabularies["symbol"][pd.unique(piece.arrays["symbol"][left_out])])
        if by_settlement is not None:
            _sort_in(by_settlement, piece, left_out)
        frame = _frame(piece, np.flatnonzero(is_wanted & is_listed), books)
        if len(frame):
            frames.append(frame)
    rows = _joined(frames, books)
    listed = rows["symbol"].cat.categories if len(rows) else ()
    return ListedReports(rows=rows, elsewhere=len(over_the_counter.difference(listed)))


def _sort_in(by_settlement: dict[date, set[str]], piece: Columns, left_out: Flags) -> None:
    days, symbols = piece.arrays["settlement_date"][left_out], piece.arrays["symbol"][left_out]
    for day in np.unique(days):
        spelt = piece.vocabularies["symbol"][pd.unique(symbols[days == day])]
        by_settlement.setdefault(day.astype("datetime64[D]").astype(date), set()).update(spelt)


def _frame(piece: Columns, rows: Array, books: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Some rows, their texts as numbers in the book of each column."""
    picked = {name: values[rows] for name, values in piece.arrays.items()}
    frame = pd.DataFrame({name: picked[name] for name in picked.keys() - piece.vocabularies.keys()})
    frame["row"] = rows + piece.first_row
    vocabularies = {"where": np.array([piece.where], object), **piece.vocabularies}
    picked["where"] = np.zeros(len(frame), np.int64)
    for name, vocabulary in vocabularies.items():
        frame[name] = _numbers(picked[name], vocabulary, books.setdefault(name, {}))
    return frame


def _joined(frames: list[pd.DataFrame], books: dict[str, dict[str, int]]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame()
    reports = pd.concat(frames, ignore_index=True)
    for name, book in books.items():
        reports[name] = pd.Categorical.from_codes(reports[name], categories=pd.Index(list(book), dtype=object))
    return reports.sort_values("settlement_date", kind="stable", ignore_index=True)


def _numbers(codes: Array, vocabulary: Texts, book: dict[str, int]) -> Array:
    """The number in a book of each row's text; texts that have none yet get the next ones.

    A null and an empty string are one text here, so a vocabulary may hold it twice. And it may hold texts of rows that
    are not ours, which get no number.
    """
    is_ours = np.zeros(len(vocabulary), bool)
    is_ours[codes] = True
    texts = vocabulary[is_ours].tolist()
    for text in texts:
        book.setdefault(text, len(book))
    numbers = np.full(len(vocabulary), -1)
    numbers[is_ours] = [book[text] for text in texts]
    return numbers[codes]
