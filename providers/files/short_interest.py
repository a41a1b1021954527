"""Reads FINRA's short-interest files, or a table made from them, out of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from providers.errors import MalformedError, NoDataError, RefusedError
from providers.files.folder import MarketFolder, market_folder
from providers.finra import short_interest_file
from providers.listings.listed_reports import listed_reports
from providers.listings.short_interest import ListedReports, are_plain, settlements_around
from providers.listings.span_of_reports import OtherSymbols, SpanOfReports
from providers.parsing.columns import Columns, columns_of, read_columns
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_REPORTS_BYTES, document_in
from shortside.listings import Dates, Flags
from shortside.schema import SHORT_INTEREST


def reports_of(folder: MarketFolder, first: date, last: date, knowledge: date | None) -> ListedReports:
    """The settlements that speak of the sessions from `first` to `last`.

    That is from the last settlement on or before `first` to the first on or after `last`: positions between two
    settlements need both.

    Args:
        folder: where short_interest.parquet and FINRA's own files lie; the latter win for their date.
        first: the first session.
        last: the last session.
        knowledge: leave out settlements published after this day.

    Raises:
        NoDataError: no settlement of that span is there and was public by then.
        MalformedError: a file is damaged, breaks the schema or contradicts itself, were it also not public by then.
    """
    wanted = settlements_around(first, last, knowledge)
    reports = listed_reports(_pieces(folder, wanted))
    _require_sound(folder, settlements_around(first, last) - wanted)
    return _some(reports, folder, (first, last), knowledge)


def _some(
    reports: ListedReports, folder: MarketFolder, span: tuple[date, date], knowledge: date | None
) -> ListedReports:
    if not len(reports.rows):
        by_then = f" that was public on {knowledge}" if knowledge else ""
        raise NoDataError(f"{folder.directory} holds no short interest{by_then} for {span[0]} to {span[1]}")
    return reports


class KeptReports:
    """Every settlement of a folder, read once, for many days. What it gives for a day is what `reports_of` gives.

    Raises:
        MalformedError: a file is damaged, or breaks the schema.
    """

    def __init__(self, folder: MarketFolder) -> None:
        self._folder = folder
        wanted = frozenset(settlements_of_folder(folder.directory))
        by_settlement: dict[date, set[str]] = {}
        self._all = listed_reports(_pieces(folder, wanted), by_settlement)
        listed = self._all.keys.symbols if len(self._all.rows) else ()
        self._others = OtherSymbols(by_settlement, listed)
        self._last: tuple[frozenset[date], ListedReports] | None = None

    def around(self, first: date, last: date, knowledge: date | None) -> ListedReports:
        """The settlements that speak of some sessions and were published by a day.

        Raises:
            NoDataError: there is none.
        """
        wanted = settlements_around(first, last, knowledge)
        if self._last is None or self._last[0] != wanted:
            self._last = wanted, self._cut(wanted)
        return _some(self._last[1], self._folder, (first, last), knowledge)

    def _cut(self, wanted: frozenset[date]) -> ListedReports:
        rows, settlements = self._all.rows, np.array(sorted(wanted), "datetime64[D]")
        if not len(rows):
            return self._all
        ours = np.flatnonzero(np.isin(self._all.days[0], settlements))
        if len(ours) and ours[-1] - ours[0] == len(ours) - 1:
            span = slice(int(ours[0]), int(ours[-1]) + 1)
            return SpanOfReports.of(self._all, span, partial(self._others.elsewhere, settlements), self._is_plain)
        is_ours = _is_one_of(rows["settlement_date"].to_numpy().astype("datetime64[D]"), settlements)
        is_listed = np.bincount(self._all.symbol_of[is_ours], minlength=len(self._all.keys.symbols)) > 0
        rows = rows[is_ours].reset_index(drop=True)
        for name in ("symbol", "issue_name", "market_class"):
            rows[name] = _without_unused(rows[name].array)
        return ListedReports(rows=rows, elsewhere=self._others.elsewhere(settlements, is_listed))

    @cached_property
    def _is_plain(self) -> bool:
        return are_plain(self._all.rows)


def _without_unused(texts: Any) -> pd.Categorical:
    """The texts without categories of which none is; pandas' own way there sorts a code for each row."""
    codes, categories = np.asarray(texts.codes), texts.categories
    is_used = np.zeros(len(categories), bool)
    is_used[codes] = True
    place = np.cumsum(is_used) - 1
    return pd.Categorical.from_codes(place[codes], categories=categories[is_used])


def settlements_of_folder(directory: Path) -> tuple[date, ...]:
    """The settlement dates that a folder has reports of, ascending; nothing else of them is read.

    Raises:
        NoDataError: there is no such folder, or it holds no prices or no short interest.
        RefusedError: a file may not be read.
        MalformedError: a file is damaged.
    """
    folder = market_folder(directory)
    days = set(folder.raw_short_interest)
    if folder.short_interest is not None:
        dated = replace(SHORT_INTEREST, columns=(SHORT_INTEREST.column("settlement_date"),))
        for columns in read_columns(folder.short_interest, dated):
            days |= set(np.unique(columns.arrays["settlement_date"]).astype("datetime64[D]").tolist())
    return tuple(sorted(days))


def _pieces(folder: MarketFolder, wanted: frozenset[date]) -> Iterator[tuple[Columns, Flags]]:
    """Rows, and which of them are of a settlement wanted; a file of FINRA's own stands for its settlement alone."""
    raw = {day: path for day, path in folder.raw_short_interest.items() if day in wanted}
    days = np.array(sorted(wanted - raw.keys()), "datetime64[D]")
    if folder.short_interest is not None:
        for columns in read_columns(folder.short_interest, SHORT_INTEREST):
            yield columns, _is_one_of(columns.arrays["settlement_date"], days)
    for day, path in raw.items():
        reports = short_interest_file.parse_short_interest_file(_unpacked(path), path.name, settlement_date=day)
        yield columns_of(reports, SHORT_INTEREST, path.name), np.ones(len(reports), bool)


def _require_sound(folder: MarketFolder, days: frozenset[date]) -> None:
    """Refuse a damaged file of a settlement that was not public yet, as the one table of all settlements is refused.

    Nothing of it is used. But a folder that cannot be read tomorrow is not passed over today.
    """
    for day, path in folder.raw_short_interest.items():
        if day in days:
            short_interest_file.parse_short_interest_file(_unpacked(path), path.name, settlement_date=day)


def _is_one_of(day: Dates, days: Dates) -> Flags:
    """Which days are among a few; by a table of the calendar, as sorting a million of them takes far longer."""
    if not len(day) or not len(days):
        return np.zeros(len(day), bool)
    first = min(day.min(), days[0])
    table = np.zeros(int((max(day.max(), days[-1]) - first).astype(np.int64)) + 1, bool)
    table[(days - first).astype(np.int64)] = True
    is_among: Flags = table[(day - first).astype(np.int64)]
    return is_among


def _unpacked(path: Path) -> bytes:
    try:
        return document_in(path, LARGEST_REPORTS_BYTES)
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error
    except GZIP_DAMAGE as error:
        raise MalformedError(f"is cut off or not compressed by gzip ({error})", where=path.name) from error
