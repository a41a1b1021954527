"""Makes listings of a folder: prices, names, short interest, splits, float and borrow fees, joined by symbol."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

import numpy as np

from providers.base import Progress
from providers.files.contents import FolderContents
from providers.files.optional_files import ReferenceTable, borrow_look_by, newest_float, splits_among
from providers.files.previous_closes import previous_closes_of
from providers.files.price_table import PriceTable
from providers.listings.changed_hands import ChangedListings, changed_where_needed
from providers.listings.missed_sessions import session_notes
from providers.listings.renames import joined_renames
from providers.listings.reused_symbols import symbol_on_tape, with_tenancies_parted
from providers.listings.short_interest import Issuers, Tenancy, short_interest_table
from providers.listings.symbols import NO_COLUMN, JoinSide, SymbolJoin
from providers.listings.taken_symbols import with_taken_symbols
from providers.listings.unreported_renames import with_unreported_renames
from shortside.by_session.kept_tables import TablesAtHand
from shortside.corporate_actions.distributions import with_distributions
from shortside.corporate_actions.missed_splits import with_missed_splits
from shortside.corporate_actions.split_witnesses import Witnesses
from shortside.corporate_actions.witnessed_splits import with_witnessed_splits
from shortside.listing_parts import blank_tables
from shortside.listings import EARLIER_TENANT, Dates, Listings, Texts
from shortside.prices.priced_spans import PricedSpans, longest_holes
from shortside.words.spelt_out import spelt_out

STEPS: Final = 4
LONGEST_GAP_SESSIONS: Final = 60
"""Sessions without a price after which a symbol may have got a new owner."""


def listings_of(
    contents: FolderContents,
    source: str,
    knowledge: date | None,
    since: date | None,
    until: date | None,
    progress: Progress,
) -> tuple[Listings, TablesAtHand | None]:
    """A folder as listings, of nothing that was told after a day, and which of the tables read are theirs.

    Args:
        contents: of the folder.
        source: the provider's name.
        knowledge: the day; None for all there is.
        since: the first session; None for no limit.
        until: the last session; None for no limit.
        progress: told how far it is.

    Raises:
        As `FilesProvider.read_listings` states.
    """
    progress("reading prices", 0, STEPS)
    prices = contents.prices(since, until)
    progress("reading names", 1, STEPS)
    names = prices.cutting.names
    symbols, last_session = contents.symbols[names], prices.sessions[-1]
    texts = contents.reference.at(contents.described[names], last_session, knowledge)
    progress("reading short interest", 2, STEPS)
    spans = prices.spans
    place = np.full(len(contents.symbols), NO_COLUMN)
    place[names] = np.arange(len(names))
    ours = JoinSide(symbols=symbols.tolist(), names=texts["name"].tolist(), exchanges=prices.exchanges.tolist())
    join = SymbolJoin(ours, contents.spellings, place)
    reports = contents.reports(prices.sessions[0].astype(object), last_session.astype(object), knowledge)
    short_interest = short_interest_table(reports, join, _tenancy(texts["name"], prices.sessions, spans))
    progress("reading splits, float and borrow fees", 3, STEPS)
    float_shares, float_as_of, float_notes = newest_float(contents.floats, join, last_session.astype(object), knowledge)
    borrow, borrow_notes = borrow_look_by(
        contents.folder.borrow, join, last_session.astype(object), contents.borrow_look
    )
    listings = Listings(
        source=source,
        is_simulated=False,
        sessions=prices.sessions,
        symbols=symbols,
        names=texts["name"],
        exchanges=prices.exchanges,
        sectors=texts["sector"],
        industries=texts["industry"],
        countries=texts["country"],
        **blank_tables(len(prices.sessions), len(symbols)),
        settlements=short_interest.settlements,
        published=short_interest.published,
        shares_short=short_interest.shares_short,
        shares_short_previous=short_interest.shares_short_previous,
        is_revised=short_interest.is_revised,
        split_flag=short_interest.split_flag,
        reported_volume=short_interest.reported_volume,
        # A settlement after the last session is on the basis of its own day, so splits up to there are needed.
        splits=splits_among(
            contents.splits,
            contents.split_columns(place),
            max(last_session, short_interest.settlements[-1]),
            knowledge,
        ),
        float_shares=float_shares,
        float_as_of=float_as_of,
        borrow=borrow,
        unpriced=short_interest.unpriced,
        fetched_at=contents.written_at,
        net_changes=prices.net_changes,
        doubts=prices.doubts,
    )
    notes = session_notes(prices.sessions)
    noted = replace(listings, notes=prices.notes + notes + short_interest.notes + float_notes + borrow_notes)

    def changed(part: Listings, issuers: Issuers, tenancies: dict[int, int]) -> Listings:
        # A ticker may change into one that was another company's before, so tenants come first. A split's flag may
        # stand under the new ticker and its leap under the old, so splits come last.
        parted = _as_it_was_called(
            with_taken_symbols(with_tenancies_parted(part, tenancies), issuers), contents.reference, knowledge
        )
        reported = joined_renames(parted)
        previous_closes = previous_closes_of(reported, prices, partial(contents.columns_of, place=place))
        return with_unreported_renames(reported, previous_closes)

    found = changed_where_needed(noted, prices, short_interest.issuers, spans, prices.longest_holes, changed)
    noted = replace(found.listings, notes=found.listings.notes + _hole_notes(found, prices))
    # None of the three changes anything that is a witness.
    at_hand = prices.at_hand(noted, found.origins)
    witnesses = Witnesses(noted, None if at_hand is None else at_hand.steps())
    whole = with_distributions(with_witnessed_splits(with_missed_splits(noted, witnesses), witnesses), witnesses)
    return whole, at_hand


def _as_it_was_called(listings: Listings, reference: ReferenceTable, knowledge: date | None) -> Listings:
    """The listings with the words of a symbol's earlier security as they were on its last session."""
    earlier = np.flatnonzero([EARLIER_TENANT in symbol for symbol in listings.symbols])
    if not len(earlier):
        return listings
    is_priced = np.isfinite(listings.close[:, earlier])
    last = listings.sessions[len(is_priced) - 1 - is_priced[::-1].argmax(axis=0)]
    tape = np.array([symbol_on_tape(symbol) for symbol in listings.symbols[earlier]], object)
    words = reference.at(reference.numbers_of(tape), last, knowledge)
    fields = {"name": "names", "sector": "sectors", "industry": "industries", "country": "countries"}
    changed = {field: getattr(listings, field).copy() for field in fields.values()}
    for word, field in fields.items():
        is_known = words[word] != ""
        changed[field][earlier[is_known]] = words[word][is_known]
    return replace(listings, **changed)


def _tenancy(names: Texts, sessions: Dates, spans: PricedSpans) -> Tenancy:
    return Tenancy(names=names, first_priced=sessions[spans.first], last_priced=sessions[spans.last])


def _hole_notes(found: ChangedListings, prices: PriceTable) -> tuple[str, ...]:
    """Names whose prices stop for long and come back, and nothing proves that there were two companies."""
    listings, origins = found.listings, found.origins
    longest = np.zeros(len(origins), np.int64)
    same, others = np.flatnonzero(origins >= 0), np.flatnonzero(origins < 0)
    longest[same] = prices.longest_holes(origins[same])
    is_priced = np.isfinite(listings.close.take(others, axis=1))
    holed = np.flatnonzero(PricedSpans.of(is_priced).missing >= LONGEST_GAP_SESSIONS)
    longest[others[holed]] = longest_holes(is_priced.take(holed, axis=1))
    # From one price to the next it is a session more than between them.
    holed = listings.symbols[longest >= LONGEST_GAP_SESSIONS].tolist()
    if not holed:
        return ()
    who = "1 symbol goes" if len(holed) == 1 else f"{len(holed)} symbols go"
    sentence = f"{who} without a price for over {LONGEST_GAP_SESSIONS} sessions and may have changed hands"
    return (f"{sentence}: {spelt_out(holed)}",)
