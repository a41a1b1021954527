"""Makes listings of the archive: whatever public sources have given, as known at a moment, joined by symbol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd

from providers.archive.absences import absence_notes
from providers.archive.holdings import (
    gone_stocks,
    is_finra,
    is_screener,
    newest_directory,
    quoted_looks,
)
from providers.archive.splits import splits_of
from providers.archive.vintages import Archive, best_last, newest_of_each_day
from providers.base import Progress
from providers.catalog import MASSIVE, SEC_FRAMES
from providers.errors import NoDataError
from providers.listings.listed_reports import listed_reports
from providers.listings.missed_sessions import session_notes
from providers.listings.renames import joined_renames
from providers.listings.reused_symbols import with_tenancies_parted
from providers.listings.short_interest import (
    Issuers,
    ListedReports,
    Tenancy,
    settlements_around,
    short_interest_table,
)
from providers.listings.symbols import EXCHANGES, NO_COLUMN, JoinSide, SymbolJoin, squashed
from providers.listings.taken_symbols import with_taken_symbols
from providers.listings.unreported_renames import with_unreported_renames
from providers.parsing.columns import Columns, read_columns
from providers.public.borrow import read_borrow, read_lending
from providers.public.estimated_counts import with_estimated_counts
from providers.public.notes import count_notes, gone_notes, unpriced_notes, volume_notes
from providers.public.prices import WidePrices, wide_prices, with_counts, with_fails_prices
from providers.public.resold_cycles import columns_of_resold, resold_cycles
from providers.thresholds.history import threshold_of
from shortside.corporate_actions.distributions import with_distributions
from shortside.corporate_actions.missed_splits import with_missed_splits
from shortside.corporate_actions.witnessed_splits import with_witnessed_splits
from shortside.datasets import Dataset
from shortside.listings import Flags, Listings, Splits, Texts
from shortside.schema import SHORT_INTEREST
from shortside.sessions import new_york_date
from shortside.settlement import cycle_of
from shortside.snapshot import Snapshot

STEPS: Final = 4
_WORDS: Final = ("name", "sector", "industry", "country")


@dataclass(frozen=True, eq=False, slots=True)
class _Texts:
    """What is written of each name; (N,) each."""

    names: Texts
    exchanges: Texts
    sectors: Texts
    industries: Texts
    countries: Texts

    def listed(self, symbols: Texts) -> JoinSide:
        return JoinSide(symbols=symbols.tolist(), names=self.names.tolist(), exchanges=self.exchanges.tolist())


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ArchiveView:
    """An archive as it was known at a moment, and the sessions of it that are wanted."""

    archive: Archive
    moment: datetime
    """What was made public later is not known."""
    since: date | None = None
    """The first session; None for as far back as there are closes."""
    until: date | None = None
    """The last session; None for the newest that is over."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Lists:
    """The lists of names, and the splits that all share counts and prices go by."""

    look: Snapshot | None
    """At the screener."""
    directory: pd.DataFrame | None
    """Nasdaq's, of symbols."""
    splits: pd.DataFrame

    def listed(self) -> set[str] | None:
        """The symbols that are listed today; None unless both lists are there."""
        if self.look is None or self.directory is None:
            return None
        return {*self.look.frame["symbol"], *self.directory["symbol"]}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Priced:
    """Prices with everybody's share counts, and with the names that are gone from the exchanges."""

    prices: WidePrices
    is_gone: Flags
    """(N,) whether a name's prices are the SEC's, out of its lists of fails."""
    looked: WidePrices
    """The prices as they were before any count was carried to other days."""
    detailed: int
    """How many names' counts are Massive's."""
    filed: int
    """How many are out of reports to the SEC."""


def read_archive(view: ArchiveView, source: str, progress: Progress) -> Listings:
    """The archive as listings. Each step takes what the one before it made, so that none can come too early.

    Args:
        view: which archive, as known when, and which sessions of it.
        source: what the listings are to call themselves.
        progress: told how far the reading is.

    Raises:
        ProviderError: as `PublicProvider.read_listings` says.
    """
    progress("reading closes", 0, STEPS)
    prices = wide_prices(view.archive, view.moment, view.since, view.until)
    progress("reading short interest", 1, STEPS)
    reports = _reports_around(view, prices)
    progress("reading names, splits and fails", 2, STEPS)
    lists = _lists(view, prices)
    priced = _priced(view, prices, lists, reports)
    texts = _texts(priced.prices.symbols, lists.look, lists.directory, _latest(reports.rows))
    progress("joining them", 3, STEPS)
    return _finished(view, *_joined(view, source, lists, priced, reports, texts), lists)


def _reports_around(view: ArchiveView, prices: WidePrices) -> ListedReports:
    """The reports of every settlement that positions in the sessions of some prices rest on."""
    first, last = _span(prices)
    reports = listed_reports(_reports(view.archive, view.moment, settlements_around(first, last)))
    if not len(reports.rows):
        raise NoDataError(f"the archive {view.archive.root} holds no short interest for {first} to {last}")
    return reports


def _span(prices: WidePrices) -> tuple[date, date]:
    return prices.sessions[0].astype(object), prices.sessions[-1].astype(object)


def _lists(view: ArchiveView, prices: WidePrices) -> _Lists:
    return _Lists(
        look=_look(view.archive, view.moment, _span(prices)[1]),
        directory=newest_directory(view.archive, view.moment),
        splits=splits_of(view.archive, view.moment),
    )


def _priced(view: ArchiveView, looked: WidePrices, lists: _Lists, reports: ListedReports) -> _Priced:
    """The screener's counts come first, then Massive's, then the SEC's: each fills what those before it lack."""
    archive, moment, splits, prices = view.archive, view.moment, lists.splits, looked
    if lists.look is not None:
        day = lists.look.as_of
        counts = {symbol: (day, count) for symbol, count in _pairs(lists.look.frame, "shares_out")}
        prices, _ = with_counts(prices, counts, splits)
    prices, detailed = with_counts(prices, _detailed(archive, moment), splits)
    prices, filed = with_counts(prices, _filed(archive, moment), splits)
    gone = _gone(reports.rows, prices.symbols, archive, moment)
    prices, is_gone = with_fails_prices(prices, gone["symbol"].tolist(), archive, moment)
    return _Priced(prices=prices, is_gone=is_gone, looked=looked, detailed=detailed, filed=filed)


def _joined(
    view: ArchiveView, source: str, lists: _Lists, priced: _Priced, reports: ListedReports, texts: _Texts
) -> tuple[Listings, Issuers]:
    """Everything by name, with notes on what is missing, and whom reports were of; ticker changes and all."""
    prices, last = priced.prices, _span(priced.prices)[1]
    join = SymbolJoin(texts.listed(prices.symbols))
    table = short_interest_table(reports, join, _tenancy(prices, texts.names))
    listings = Listings(
        source=source,
        is_simulated=False,
        sessions=prices.sessions,
        symbols=prices.symbols,
        names=texts.names,
        exchanges=texts.exchanges,
        sectors=texts.sectors,
        industries=texts.industries,
        countries=texts.countries,
        close=prices.close,
        volume=prices.volume,
        shares_outstanding=prices.shares_outstanding,
        settlements=table.settlements,
        published=table.published,
        shares_short=table.shares_short,
        shares_short_previous=table.shares_short_previous,
        is_revised=table.is_revised,
        split_flag=table.split_flag,
        reported_volume=table.reported_volume,
        splits=_splits(lists.splits, join, len(prices.symbols), max(prices.sessions[-1], table.settlements[-1])),
        float_shares=np.full(len(prices.symbols), np.nan),
        float_as_of=np.datetime64("NaT", "D"),
        borrow=read_borrow(view.archive, view.moment, join, last),
        lending=read_lending(view.archive, view.moment, join, last),
        unpriced=table.unpriced,
        fetched_at=_fetched_at(view.archive, view.moment).isoformat(),
        net_changes=prices.net_changes,
        doubts=tuple(one.doubt for one in prices.misdated),
    )
    notes = (
        *(one.sentence for one in prices.misdated),
        *session_notes(prices.sessions),
        *count_notes(priced.looked, priced.detailed, priced.filed),
        *volume_notes(prices),
        *gone_notes(listings, priced.is_gone),
        *unpriced_notes(listings),
        *absence_notes(view.archive.root, new_york_date(view.moment)),
    )
    return replace(listings, notes=table.notes + notes), table.issuers


def _finished(view: ArchiveView, listings: Listings, issuers: Issuers, lists: _Lists) -> Listings:
    """The listings with securities told apart and joined, and with what may be told only then."""
    # A ticker may change into one that was another company's before.
    whole = with_unreported_renames(joined_renames(with_taken_symbols(with_tenancies_parted(listings), issuers)))
    # A split's flag may stand under the new ticker and its leap under the old, so splits come after the joins.
    whole = with_distributions(with_witnessed_splits(with_missed_splits(whole)))
    # Last: an estimate must not be carried from a ticker to the one that followed it, and the lists speak of today's.
    listed = lists.listed()
    counted = whole if listed is None else with_estimated_counts(whole, listed)
    return replace(counted, threshold=threshold_of(view.archive, view.moment, counted))


def _reports(archive: Archive, moment: datetime, wanted: frozenset[date]) -> Iterator[tuple[Columns, Flags]]:
    """FINRA's own files first; where one is missing, a reseller's figures. Estimates are no reports."""
    public = {day for day in wanted if cycle_of(day).publication_date <= new_york_date(moment)}
    for vintage in newest_of_each_day(filter(is_finra, archive.vintages(Dataset.SHORT_INTEREST)), moment):
        if vintage.as_of in public:
            for columns in read_columns(vintage.path, SHORT_INTEREST):
                # A history of single names may be filed under its newest day: the rest is other vintages' to say.
                yield columns, columns.arrays["settlement_date"] == np.datetime64(vintage.as_of, "D")
    for resold in resold_cycles(archive, moment, public).values():
        whole = columns_of_resold(archive, resold, moment)
        if whole is not None:
            yield whole, np.ones(len(whole), bool)


def _look(archive: Archive, moment: datetime, last: date) -> Snapshot | None:
    """The look at the screener that says most of a session: the last one up to it, or the first one after."""
    looks = [one for one in archive.vintages(Dataset.PRICES) if is_screener(one)] or quoted_looks(archive, moment)
    if not looks:
        return None
    by_then = [one for one in looks if one.as_of <= last]
    chosen = max(by_then, key=lambda one: one.as_of) if by_then else min(looks, key=lambda one: one.as_of)
    return archive.read(best_last([one for one in looks if one.as_of == chosen.as_of], moment)[-1])


def _pairs(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, float]]:
    return zip(rows["symbol"], rows[column].astype(np.float64), strict=True)


def _filed(archive: Archive, moment: datetime) -> dict[str, tuple[date, float]]:
    """The counts companies gave the SEC, by symbol; the last look by the moment."""
    looks = best_last(
        (one for one in archive.vintages(Dataset.SHARES_OUTSTANDING) if one.source == SEC_FRAMES.name), moment
    )
    if not looks:
        return {}
    rows = archive.read(looks[-1]).frame
    pairs = _pairs(rows, "shares_outstanding")
    return {symbol: (day.date(), count) for (symbol, count), day in zip(pairs, rows["date"], strict=True)}


def _detailed(archive: Archive, moment: datetime) -> dict[str, tuple[date, float]]:
    """The counts Massive gives of single names, by symbol as FINRA writes it; the last look by the moment."""
    looks = (one for one in archive.vintages(Dataset.SHARES_OUTSTANDING) if one.source == MASSIVE.name)
    found: dict[str, tuple[date, float]] = {}
    for look in best_last(looks, moment):
        rows = archive.read(look).frame.dropna(subset=["shares_outstanding"])
        pairs = _pairs(rows, "shares_outstanding")
        found |= {symbol: (day.date(), count) for (symbol, count), day in zip(pairs, rows["date"], strict=True)}
    return found


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    """The last report of each security."""
    latest = rows.drop_duplicates("symbol", keep="last")
    return latest.assign(**{name: latest[name].astype(object) for name in ("symbol", "issue_name", "market_class")})


def _gone(rows: pd.DataFrame, symbols: Texts, archive: Archive, moment: datetime) -> pd.DataFrame:
    """The last report of each stock that has left the exchanges and has no price."""
    latest = _latest(rows)
    priced = {squashed(symbol) for symbol in symbols}
    unpriced = latest[~latest["symbol"].map(squashed).isin(priced)]
    return gone_stocks(unpriced, archive, moment).sort_values("symbol", ignore_index=True)


def _texts(symbols: Texts, look: Snapshot | None, directory: pd.DataFrame | None, reports: pd.DataFrame) -> _Texts:
    """The screener's words first, then the directory's, then FINRA's, which end after 30 letters.

    FINRA's are of names nobody else knows any more: of a listed one they would be an earlier tenant's, perhaps.
    """
    columns = {name: np.full(len(symbols), "", object) for name in ("exchange", *_WORDS)}

    def fill(names: pd.Series[str], **values: pd.Series[str]) -> None:
        place_of = {symbol: place for place, symbol in enumerate(names)}
        rows = [(column, place_of[symbol]) for column, symbol in enumerate(symbols) if symbol in place_of]
        for field, texts in values.items():
            given, target = texts.to_numpy(object), columns[field]
            for column, place in rows:
                target[column] = target[column] or given[place]

    if look is not None:
        frame = look.frame
        fill(frame["symbol"], **{name: frame[name] for name in _WORDS})
    if directory is not None:
        fill(directory["symbol"], name=directory["name"], exchange=directory["exchange"])
    nameless = {squashed(symbol): symbol for symbol, name in zip(symbols, columns["name"], strict=True) if not name}
    keys = reports["symbol"].map(squashed)
    left = reports[keys.isin(nameless.keys())].assign(symbol=keys.map(nameless))
    fill(left["symbol"], name=left["issue_name"], exchange=left["market_class"].map(EXCHANGES))
    return _Texts(*(columns[name] for name in ("name", "exchange", "sector", "industry", "country")))


def _tenancy(prices: WidePrices, names: Texts) -> Tenancy:
    is_priced = ~np.isnan(prices.close)
    last = len(prices.sessions) - 1
    return Tenancy(
        names=names,
        first_priced=prices.sessions[is_priced.argmax(axis=0)],
        last_priced=prices.sessions[last - is_priced[::-1].argmax(axis=0)],
    )


def _splits(splits: pd.DataFrame, join: SymbolJoin, width: int, until: np.datetime64) -> Splits:
    unknown = [""] * len(splits)
    column = join.columns(JoinSide(symbols=splits["symbol"].tolist(), names=unknown, exchanges=unknown))
    ex_date = splits["ex_date"].to_numpy().astype("datetime64[D]")
    ratio = splits["simple_ratio"].to_numpy(np.float64)
    kept = (column != NO_COLUMN) & (column < width) & (ex_date <= until) & (ratio > 0)
    count = int(kept.sum())
    return Splits(
        column=column[kept],
        ex_date=ex_date[kept],
        price_factor=ratio[kept],
        shares_before=np.full(count, np.nan),
        shares_after=np.full(count, np.nan),
        # Nobody says when the share count followed: `corporate_actions.splits` looks for the day in the counts.
        shares_corrected_on=np.full(count, np.datetime64("NaT", "D")),
    )


def _fetched_at(archive: Archive, moment: datetime) -> datetime:
    reports = filter(is_finra, archive.vintages(Dataset.SHORT_INTEREST))
    looks = [one.fetched_at for one in (*archive.vintages(Dataset.PRICES), *reports)]
    return max((look for look in looks if look <= moment), default=min(looks))
