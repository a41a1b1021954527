"""A walk through the sessions of a folder shows each as a start on its evening does, from files that are read once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import msgspec
import numpy as np
import pytest
from differences import differing
from eventful_folder import SESSIONS, SETTLEMENTS, write_eventful_folder, write_eventful_part
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from squeeze_examples import LISTINGS
from unsteady_folder import unsteady_listings, write_unsteady_folder

from providers.files.prices import read_prices
from providers.files.source import FilesProvider, KeptFolder
from providers.listings.changed_hands import changed_where_needed
from providers.listings.renames import joined_renames
from providers.listings.reused_symbols import with_tenancies_parted
from providers.listings.taken_symbols import with_taken_symbols
from providers.listings.unreported_renames import with_unreported_renames
from shortside.evidence.evenings import as_known, evenings_of
from shortside.evidence.later_names import later_names
from shortside.evidence.record import EvidenceRecord, record_of
from shortside.evidence.squeeze_vintages import shipped_vintages
from shortside.listing_parts import blank_tables
from shortside.listings import Listings
from shortside.market import Market, market_of
from shortside.prices.priced_spans import PricedSpans, longest_holes
from shortside.rows import tier_table
from shortside.settlement import cycle_of
from shortside.view import View
from tui.errors import SourceError
from tui.processes.record_making import record_of_folder
from tui.settings.configuration import configured
from tui.sources.load import load
from tui.sources.walk import Walk

NOW = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)


def options_of(folder, home):
    return configured({"source": "files", "data": str(folder)}, {"SHORTSIDE_HOME": str(home)}).options


def assert_same(walk, options, day):
    # A fresh start reads the folder anew; only that it keeps no copy of what it read.
    reading = FilesProvider(options.data)
    ours, theirs = walk.at(day), load(options._replace(as_of=day), lambda: NOW, reading=reading)
    assert isinstance(ours.market, Market)
    assert ours.market.last_session == day
    assert differing(ours.market, theirs.market) == []
    tables = [tier_table(one.desk.board(View(window="30d")), with_trends=False) for one in (ours, theirs)]
    assert repr(tables[0]) == repr(tables[1])
    return ours.market


@pytest.fixture(scope="module")
def eventful(tmp_path_factory):
    return write_eventful_folder(tmp_path_factory.mktemp("market"))


def test_every_session_of_a_walk_is_what_a_start_on_its_evening_shows(eventful, tmp_path):
    """A split, a count that follows it, changed and taken tickers, and revisions all come later in the files."""
    options = options_of(eventful, tmp_path)
    walk = Walk(options, lambda: NOW)
    days = walk.days()
    assert days == [day for day in SESSIONS if day >= cycle_of(SETTLEMENTS[0]).publication_date]
    # From before the first of these events until the reports are out that tell of the last.
    known = {day: assert_same(walk, options, day) for day in days if date(2023, 1, 30) <= day <= date(2023, 4, 12)}
    before, after = known[date(2023, 2, 28)], known[date(2023, 3, 1)]
    assert after.splits_applied > before.splits_applied
    assert "OLD" in known[date(2023, 1, 31)].symbols
    assert "OLD" not in known[date(2023, 4, 12)].symbols


def test_a_walk_may_go_back_and_stand_still(eventful, tmp_path):
    options = options_of(eventful, tmp_path)
    walk = Walk(options, lambda: NOW)
    for day in (date(2023, 4, 3), date(2023, 1, 4), date(2023, 4, 3), date(2023, 3, 1)):
        assert_same(walk, options, day)


def test_a_walk_through_no_folder_says_so(tmp_path):
    with pytest.raises(SourceError, match="no folder"):
        Walk(options_of(tmp_path / "gone", tmp_path), lambda: NOW)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**16), places=st.sets(st.integers(0, 79), min_size=3, max_size=3))
def test_whatever_becomes_public_on_whatever_day_a_walk_is_what_a_start_shows(seed, places, tmp_path):
    folder = tmp_path / f"market-{seed}"
    folder.mkdir(exist_ok=True)
    options = options_of(write_unsteady_folder(folder, seed), tmp_path)
    walk = Walk(options, lambda: NOW)
    days = walk.days()
    for day in sorted({days[place % len(days)] for place in places}):
        reading = FilesProvider(options.data)
        ours, theirs = walk.at(day), load(options._replace(as_of=day), lambda: NOW, reading=reading)
        assert differing(ours.market, theirs.market) == [], (seed, day)


def test_a_table_of_prices_is_cut_in_the_order_that_is_asked_for(eventful):
    """One name joined and one parted leave as many as there were, and not the same ones."""
    prices = read_prices(eventful / "prices.parquet", None, None, lambda: None).table(None, None)
    backwards = np.arange(len(prices.symbols))[::-1]
    assert np.array_equal(prices.of("close", backwards), prices.close[:, ::-1], equal_nan=True)
    assert np.array_equal(prices.of("volume", np.array([2, 0, 2])), prices.volume[:, [2, 0, 2]], equal_nan=True)


@dataclass
class TablesOf:
    """Cuts the tables of some listings."""

    listings: Listings

    def of(self, table, columns):
        return getattr(self.listings, table).take(columns, axis=1)

    def figures(self, table, rows, columns):
        return getattr(self.listings, table)[rows, columns]

    def together(self, table, origins, others):
        whole = self.of(table, np.maximum(origins, 0))
        whole[:, origins < 0] = others
        return whole


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_what_parts_and_joins_names_finds_the_same_among_those_that_can_have_changed_hands(seed):
    listings, issuers = unsteady_listings(seed)

    def change(part, reported_by, found=None):
        parted = with_taken_symbols(with_tenancies_parted(part, found), reported_by)
        return with_unreported_renames(joined_renames(parted))

    def holes(columns):
        return longest_holes(np.isfinite(listings.close[:, columns]))

    spans = PricedSpans.of(np.isfinite(listings.close))
    blank = replace(listings, **blank_tables(*listings.close.shape))
    ours = changed_where_needed(blank, TablesOf(listings), issuers, spans, holes, change)
    assert differing(ours.listings, change(listings, issuers), "listings") == []
    same = np.flatnonzero(ours.origins >= 0)
    for name in ("close", "volume", "shares_outstanding"):
        before, after = getattr(listings, name)[:, ours.origins[same]], getattr(ours.listings, name)[:, same]
        assert before.tobytes() == after.tobytes()


@pytest.mark.shared
@pytest.mark.slow
def test_the_market_of_a_session_is_that_of_a_fresh_start(market_directory, tmp_path):
    """The whole market, ten sessions of it: python -m benchmarks.tables --data FOLDER."""
    options = options_of(write_eventful_part(market_directory, tmp_path), tmp_path)
    walk = Walk(options, lambda: NOW)
    for day in (date(2021, 11, 5), date(2023, 3, 15)):
        assert_same(walk, options, day)


def test_the_record_of_a_folder_reads_every_evening_as_it_was_known_and_finds_names_again(eventful):
    """OLD is NEW since 1 February: on the evenings before, its outcome is found under its later name."""
    whole = KeptFolder(eventful).read_listings()
    day, settlement = date(2023, 1, 11), date(2022, 12, 30)
    known = KeptFolder(eventful).read_listings(knowledge=day, until=day)
    assert "OLD" in known.symbols
    assert "OLD" not in whole.symbols
    found = later_names(known, whole, day, settlement)
    assert found["OLD"] == "NEW"
    assert "STAY" not in found
    # Without a settlement or a session in common nothing is found.
    assert later_names(known, whole, date(2030, 1, 2), settlement) == {}


def test_a_folder_without_an_outcome_has_no_record_in_a_process_of_its_own(eventful, tmp_path):
    assert record_of_folder(eventful, date(2023, 2, 1)) is None
    with pytest.raises(SourceError, match="no folder"):
        record_of_folder(tmp_path / "gone", date(2023, 2, 1))


def test_a_record_comes_back_from_its_process_as_it_was_made():
    evenings = list(evenings_of(lambda day: as_known(LISTINGS, day), LISTINGS, market_of(LISTINGS)))
    record = record_of(evenings, lambda day: shipped_vintages()[0] if day > evenings[0].day else None)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=EvidenceRecord)
    assert repr(again) == repr(record)
