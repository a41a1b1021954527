"""The public source makes the same market of its archive as the files source of files, as known at any moment."""

import asyncio
import dataclasses
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from market_data import SESSIONS
from public_archive import (
    REPORTS,
    ROWS,
    closes,
    copied,
    cycle,
    evening,
    fails,
    filed,
    fill,
    screener,
    splits,
)
from replay_server import ReplayServer, replay_server
from small_market import Unpaced, small_sources

from providers.archive.splits import splits_of
from providers.archive.vintages import Archive
from providers.backfill.plan import StepKind
from providers.backfill.run import Backfill
from providers.catalog import CARDS
from providers.errors import MalformedError, NoDataError
from providers.files.source import FilesProvider
from providers.public.source import PublicProvider
from shortside.board import Board, Desk
from shortside.datasets import Dataset
from shortside.doubts import DoubtRule
from shortside.evidence.board_chances import squeeze_chances
from shortside.listings import Listings
from shortside.market import market_of
from shortside.positions import Knowledge
from shortside.rows import tier_table
from shortside.sessions import NEW_YORK
from shortside.view import View
from tui.errors import SourceError
from tui.settings.configuration import configured
from tui.sources.load import load
from widgets.squeeze_words import why_no_chance

LAST = SESSIONS[-1]


def read(root: Path, moment: datetime, **options) -> Listings:
    return PublicProvider(root, clock=lambda: moment).read_listings(**options)


def column(listings: Listings, symbol: str) -> int:
    return int(np.flatnonzero(listings.symbols == symbol)[0])


def same(one: Listings, other: Listings) -> None:
    """Every figure and word is equal."""
    for field in dataclasses.fields(Listings):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(ours) and field.name in {"splits", "unpriced", "net_changes"}:
            for inner in dataclasses.fields(ours):
                np.testing.assert_array_equal(getattr(ours, inner.name), getattr(theirs, inner.name), inner.name)
        else:
            np.testing.assert_array_equal(ours, theirs, field.name)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    fill(archive, LAST)
    return archive


class TestReading:
    def test_sources_are_joined_by_symbol_whatever_their_spelling(self, archive):
        listings = read(archive.root, evening(LAST, 18))
        assert listings.symbols.tolist() == ["AAPL", "ABR^D", "BRK.B", "NA", "TRUE", "ZZT.WS"]
        assert listings.sessions.astype(date).tolist() == SESSIONS
        berkshire = column(listings, "BRK.B")
        assert listings.close[0, berkshire] == 310.0
        expected = REPORTS[REPORTS["symbol"] == "BRKB"]["short_interest"].to_numpy()[: len(listings.settlements)]
        np.testing.assert_array_equal(listings.shares_short[:, berkshire], expected)
        assert listings.names[berkshire] == "Berkshire Hathaway Inc."
        assert (listings.exchanges[berkshire], listings.sectors[berkshire]) == ("nyse", "Technology")
        assert listings.unpriced.symbols.tolist() == ["SPY"]

    def test_share_counts_and_volumes_are_those_seen_and_nothing_is_made_up(self, archive):
        listings = read(archive.root, evening(LAST, 18))
        assert np.isnan(listings.shares_outstanding[:-1]).all()
        assert np.isfinite(listings.shares_outstanding[-1]).all()
        assert np.isnan(listings.volume[:-1]).all()
        words = " ".join(listings.notes)
        assert f"seen in 1 of {len(SESSIONS)} sessions" in words
        assert "volumes are known in 1 of the last 20 sessions" in words

    def test_a_split_doubles_the_count_carried_back(self, archive):
        market = market_of(read(archive.root, evening(LAST, 18)))
        apple = column(read(archive.root, evening(LAST, 18)), "AAPL")
        assert market.splits_applied == 1
        # On one basis the count is the same on both sides of the split, and so is nothing else.
        assert len(set(market.market_cap[:, apple] / market.close[:, apple])) == 1

    def test_a_leap_that_may_be_a_split_on_no_list_is_in_doubt(self, tmp_path):
        leapt = ROWS.assign(close=ROWS["close"].where(ROWS["symbol"] != "TRUE", 2.5))
        early = (leapt["symbol"] == "TRUE") & (leapt["date"] < SESSIONS[-2])
        rows = leapt.assign(close=leapt["close"].where(~early, 10.0))
        fresh = Archive(tmp_path / "leapt")
        for snapshot in (closes(LAST, evening(LAST), rows=rows), cycle(date(2022, 12, 30), evening(LAST))):
            fresh.append(snapshot)
        [doubt] = [one for one in read(fresh.root, evening(LAST, 18)).doubts if one.symbol != "AAPL"]
        assert (doubt.symbol, doubt.rule, doubt.session.astype(date)) == ("TRUE", DoubtRule.LEAP, SESSIONS[-2])

    def test_a_look_that_knows_less_takes_nothing_away(self, archive):
        archive.append(closes(LAST, evening(LAST, 20), since=LAST))
        listings = read(archive.root, evening(LAST, 21))
        assert np.isfinite(listings.volume[-1]).all()

    def test_the_later_look_at_a_close_is_believed(self, archive):
        corrected = ROWS.assign(close=ROWS["close"].where(ROWS["symbol"] != "AAPL", 99.0))
        archive.append(screener(LAST, evening(LAST, 20), rows=corrected))
        before, after = (read(archive.root, evening(LAST, hour)) for hour in (18, 21))
        assert before.close[-1, 0] != 99.0
        assert after.close[-1, 0] == 99.0

    def test_a_row_without_a_close_is_no_price(self, archive):
        unknown = ROWS.assign(symbol="GONE", close=np.nan).drop_duplicates("date")
        archive.append(closes(LAST, evening(LAST), rows=unknown))
        assert "GONE" not in read(archive.root, evening(LAST, 18)).symbols

    def test_a_name_that_left_the_exchanges_is_priced_from_fails(self, archive):
        reports = REPORTS[REPORTS["symbol"] == "AAPL"].assign(symbol="SIVB", issue_name="SVB Financial Group")
        both = pd.concat([REPORTS, reports], ignore_index=True)
        gone = both[(both["symbol"] != "SIVB") | (both["settlement_date"] < SESSIONS[10])]
        for day in sorted(set(gone["settlement_date"])):
            if day < date(2023, 2, 20):
                archive.append(cycle(day, evening(LAST, 18), reports=gone))
        rows = [(SESSIONS[5], "SIVB", 200.0), (SESSIONS[7], "SIVB", 106.0), (LAST, "NOBODY", 1.0)]
        archive.append(fails(rows, evening(LAST, 18)))
        listings = read(archive.root, evening(LAST, 19))
        silicon = column(listings, "SIVB")
        # The SEC prints the close of the session before.
        assert np.flatnonzero(np.isfinite(listings.close[:, silicon])).tolist() == [4, 6]
        assert listings.close[[4, 6], silicon].tolist() == [200.0, 106.0]
        assert listings.names[silicon] == "SVB Financial Group"
        assert "1 delisted names have prices from the SEC's fails to deliver only" in " ".join(listings.notes)
        assert "NOBODY" not in listings.symbols

    def test_a_day_in_the_past_has_the_first_share_counts_seen_after_it(self, tmp_path):
        archive = Archive(tmp_path)
        fill(archive, LAST)
        archive.append(splits([("BRK.B", date(2023, 2, 10), 0.5)], evening(LAST, 18)))
        listings = read(archive.root, evening(LAST, 19), until=date(2023, 2, 1))
        counts = listings.shares_outstanding[-1]
        # Two for one on the 10th: before it there were half as many.
        assert counts[column(listings, "BRK.B")] == pytest.approx(1_000_002 / 2)
        assert counts[column(listings, "TRUE")] == pytest.approx(1_000_004)

    def test_a_count_filed_with_the_sec_stands_in_where_the_screener_has_none(self, tmp_path):
        unknown = ROWS.assign(shares_out=None)
        fresh = Archive(tmp_path / "fresh")
        for snapshot in (
            screener(LAST, evening(LAST), rows=unknown),
            closes(LAST, evening(LAST)),
            cycle(date(2022, 12, 30), evening(LAST)),
            splits([("AAPL", date(2023, 1, 10), 0.5), ("TRUE", date(2022, 12, 20), 4.0)], evening(LAST)),
            filed({"AAPL": (date(2023, 1, 5), 500e6), "TRUE": (date(2022, 12, 1), 400e6)}, evening(LAST)),
        ):
            fresh.append(snapshot)
        listings = read(fresh.root, evening(LAST, 18))
        market = market_of(listings)
        # Apple's count speaks of a day before its two for one, TrueCar's of one before its one for four.
        assert market.shares_outstanding[column(listings, "AAPL")] == pytest.approx(1e9)
        assert market.shares_outstanding[column(listings, "TRUE")] == pytest.approx(100e6)
        assert np.isnan(market.shares_outstanding[column(listings, "NA")])

    def test_a_withdrawn_split_did_not_take_place(self, archive):
        soon = LAST + timedelta(days=7)
        archive.append(splits([("TRUE", soon, 20.0)], evening(LAST, 18)))
        archive.append(splits([("BRK.B", date(2023, 2, 10), 0.5)], evening(soon, 18)))
        assert "TRUE" not in set(splits_of(archive, evening(soon, 19))["symbol"])
        assert "TRUE" in set(splits_of(archive, evening(LAST, 19))["symbol"])

    def test_an_empty_archive_has_no_data(self, tmp_path):
        with pytest.raises(NoDataError, match="holds no closes"):
            read(tmp_path / "nowhere", evening(LAST))

    def test_closes_without_short_interest_are_no_market(self, tmp_path):
        archive = Archive(tmp_path)
        archive.append(closes(LAST, evening(LAST)))
        with pytest.raises(NoDataError, match="holds no short interest"):
            read(tmp_path, evening(LAST))

    def test_a_vintage_spoilt_by_hand_is_passed_over_or_named(self, archive):
        path = archive.vintages(Dataset.SHORT_INTEREST)[0].path
        body = path.read_bytes()
        path.write_bytes(body[: len(body) // 2])
        assert len(read(archive.root, evening(LAST, 18)).settlements) == 3
        path.write_bytes(body[:40] + bytes(60) + body[100:])
        with pytest.raises(MalformedError, match=path.name):
            read(archive.root, evening(LAST, 18))


class TestPointInTime:
    @pytest.mark.parametrize("day", [date(2023, 1, 31), date(2023, 2, 9), date(2023, 2, 21)])
    def test_what_was_known_then_is_what_a_program_had_that_stopped_then(self, tmp_path, day):
        archive = Archive(tmp_path / "whole")
        fill(archive, date(2023, 1, 31))
        for later in (date(2023, 2, 9), date(2023, 2, 21), LAST):
            fill(archive, later, since=date(2023, 1, 31))
        moment = evening(day, 18)
        same(read(archive.root, moment), read(copied(archive.root, tmp_path / "then", moment).root, moment))

    @pytest.mark.parametrize("day", [date(2023, 1, 31), date(2023, 2, 9)])
    def test_a_backfill_made_later_knows_of_closes_and_settlements_what_one_made_then_does(self, tmp_path, day):
        then, later = Archive(tmp_path / "then"), Archive(tmp_path / "later")
        fill(then, day)
        fill(later, LAST)
        one, other = (read(archive.root, evening(day, 18)) for archive in (then, later))
        for name in ("symbols", "sessions", "close", "settlements", "shares_short", "shares_short_previous", "names"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)

    def test_a_settlement_is_known_from_its_publication_on(self, archive):
        publication = datetime(2023, 2, 9, 16, 40, tzinfo=NEW_YORK)
        before = read(archive.root, publication - timedelta(minutes=1))
        after = read(archive.root, publication)
        assert before.settlements[-1].astype(date) == date(2023, 1, 13)
        assert after.settlements[-1].astype(date) == date(2023, 1, 31)

    def test_a_session_is_known_from_its_closing_bell_on(self, archive):
        bell = datetime(2023, 2, 9, 16, 0, tzinfo=NEW_YORK)
        assert read(archive.root, bell - timedelta(minutes=1)).sessions[-1].astype(date) == date(2023, 2, 8)
        assert read(archive.root, bell).sessions[-1].astype(date) == date(2023, 2, 9)

    def test_the_clock_is_the_knowledge_unless_one_is_asked_for(self, archive):
        listings = read(archive.root, evening(LAST, 18), knowledge=date(2023, 2, 8))
        assert listings.sessions[-1].astype(date) == date(2023, 2, 8)
        assert listings.settlements[-1].astype(date) == date(2023, 1, 13)


class TestCopies:
    def reading(self, archive: Archive, cache: Path, moment: datetime) -> tuple[Listings, list[str]]:
        told: list[str] = []
        provider = PublicProvider(archive.root, clock=lambda: moment, cache=cache, complain=told.append)
        listings = provider.read_listings(progress=lambda words, _done, _total: told.append(words))
        return listings, told

    def test_the_second_reading_is_a_copy_until_there_is_a_new_vintage(self, archive, tmp_path):
        first, words = self.reading(archive, tmp_path / "cache", evening(LAST, 18))
        assert "reading closes" in words
        again, words = self.reading(archive, tmp_path / "cache", evening(LAST, 19))
        assert words == ["looking for a copy", "ready"]
        same(first, again)
        archive.append(splits([("TRUE", date(2023, 2, 1), 2.0)], evening(LAST, 20)))
        assert "reading closes" in self.reading(archive, tmp_path / "cache", evening(LAST, 21))[1]

    def test_a_moment_that_admits_something_else_has_its_own_copy(self, archive, tmp_path):
        self.reading(archive, tmp_path / "cache", evening(LAST, 18))
        listings, words = self.reading(archive, tmp_path / "cache", evening(SESSIONS[-2], 18))
        assert "reading closes" in words
        assert listings.sessions[-1].astype(date) == SESSIONS[-2]


class TestOpening:
    def test_the_source_is_opened_at_the_clock_s_moment(self, tmp_path):
        fill(Archive(tmp_path / "archive"), LAST)
        options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
        loaded = load(options, lambda: evening(LAST, 18))
        assert loaded.market.source == "public"
        assert loaded.market.last_session == LAST
        assert not loaded.market.is_simulated
        assert all(one.freshness.missed == 0 for one in loaded.inputs)
        before = date(2023, 2, 1)
        assert load(options, lambda: evening(before, 18)).market.last_session == before

    def test_without_an_archive_it_says_how_to_fill_one(self, tmp_path):
        options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
        with pytest.raises(
            SourceError, match=r"no closes.*fill it in the monitor.*or with: shortside backfill --since 2022-12-30"
        ):
            load(options, lambda: evening(LAST))


NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)


@pytest.fixture(scope="module")
def server(shared: Path, small: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--market", str(small))
    yield server
    server.reset()


@pytest.fixture(scope="module")
def filled(server: ReplayServer, tmp_path_factory) -> Path:
    root: Path = tmp_path_factory.mktemp("archive")
    fill_from(server, root, NOW)
    return root


def fill_from(server: ReplayServer, root: Path, moment: datetime) -> None:
    """A whole backfill at a moment."""
    server.set_clock(moment.isoformat())

    async def work() -> None:
        async with Unpaced(clock=lambda: moment, upstream=server.upstream, contact="me@example.org") as clients:
            filler = Backfill(clients, Archive(root), small_sources(clients))
            for is_last in (False, True):
                for step in filler.plan(date(2022, 12, 30)):
                    if (step.ask in {StepKind.CLOSES, StepKind.FAILS}) is is_last:
                        await filler.run(step)

    asyncio.run(work())


@pytest.mark.shared
class TestAgainstTheFiles:
    """A few hundred real names: from the replay server into the archive, beside the same names out of files."""

    @staticmethod
    def board(listings: Listings) -> Board:
        market = market_of(listings, as_of=date(2023, 9, 7))
        return Desk(market).board(View(window="ytd", knowledge=Knowledge.AS_KNOWN))

    def test_each_roll_up_s_profit_is_within_one_percent_of_its_gross_dollars(self, small, filled):
        """Gross dollars of a group are its average short interest. Names that nobody prices without a key are apart."""
        theirs = self.board(FilesProvider(small).read_listings(knowledge=NOW.date(), until=NOW.date()))
        ours = self.board(read(filled, NOW))
        place = {symbol: at for at, symbol in enumerate(ours.market.symbols)}
        shared = [
            (at, place[symbol])
            for at, symbol in enumerate(theirs.market.symbols)
            if symbol in place and theirs.included[at] and not theirs.market.has_ended[at]
        ]
        assert len(shared) > 120
        # A company without a market cap in today's screener has no tier, though it had one before: shells, mostly.
        unsized = [other for _, other in shared if np.isnan(ours.market_cap[other])]
        assert ours.average_short_interest[unsized].sum() < 0.001 * ours.average_short_interest.sum()
        shared = [(one, other) for one, other in shared if np.isfinite(ours.market_cap[other])]
        for label, groups in theirs.scheme.groups():
            if label == "unclassified":
                continue
            pairs = [(one, other) for one, other in shared if theirs.tier_codes[one] in groups]
            assert all(ours.tier_codes[other] in groups for _, other in pairs), label
            profit = sum(theirs.profit[one] - ours.profit[other] for one, other in pairs)
            gross = sum(theirs.average_short_interest[one] for one, _ in pairs)
            assert gross > 1e8
            assert abs(profit) < 0.01 * gross, label
        lost = {str(symbol) for symbol in theirs.market.symbols[theirs.included & theirs.market.has_ended]}
        assert {"FRC", "SIVB", "BBBY"} <= lost

    def test_the_same_names_have_a_probability_of_a_squeeze_and_about_the_same_one(self, small, filled):
        """Split-adjusted closes of Yahoo and share counts of today leave other roundings, and AMC another volume."""
        theirs = self.board(FilesProvider(small).read_listings(knowledge=NOW.date(), until=NOW.date()))
        ours = self.board(read(filled, NOW))
        said = [
            {str(symbol): float(one) for symbol, one in zip(board.market.symbols, chances.probability, strict=True)}
            for board in (theirs, ours)
            for chances in (squeeze_chances(board),)
        ]
        of_files, of_archive = ({symbol: one for symbol, one in each.items() if one == one} for each in said)
        assert of_archive.keys() == of_files.keys()
        assert len(of_archive) > 80
        apart = {symbol: abs(np.log(of_archive[symbol] / one)) for symbol, one in of_files.items()}
        assert max(apart.values()) < 0.2, max(apart, key=apart.__getitem__)
        assert np.median(list(apart.values())) < 0.02
        # Nothing is taken for the median where it is there.
        chances = squeeze_chances(ours)
        assert chances.is_known[:, np.isfinite(chances.probability)].all()

    def test_a_name_without_a_probability_of_a_squeeze_says_why(self, filled):
        listings = read(filled, NOW)
        board = self.board(listings)
        without = np.flatnonzero(np.isnan(squeeze_chances(board).probability) & board.included)
        reasons = {why_no_chance(board, int(column)) for column in without}
        assert "no record below 10.0M short" in reasons
        # An archive that begins in January has no volatility of 60 sessions by February.
        early = Desk(market_of(listings, as_of=date(2023, 2, 1))).board(View(window="30d"))
        assert np.isnan(squeeze_chances(early).probability).all()
        large = int(early.short_interest.argmax())
        assert why_no_chance(early, large) == "fewer than 40 returns in 60 sessions"

    def test_what_cannot_be_had_is_counted_and_named(self, filled):
        listings = read(filled, NOW)
        words = " ".join(listings.notes)
        assert "prices from the SEC's fails to deliver only, up to 2023-03-13" in words
        assert "FRC" in words
        table = tier_table(self.board(listings))
        unclassified = next(row for row in table.rollup if row.label == "unclassified")
        # First Republic's and SVB's gains are there, under no tier, for nobody prints their share counts any more.
        assert unclassified.profit > 1e9

    def test_the_next_cycle_comes_in_at_its_moment_and_the_past_stays_as_it_was(self, server, filled, tmp_path):
        root = tmp_path / "grown"
        shutil.copytree(filled, root)
        before = read(root, NOW)
        publication = datetime(2023, 9, 12, 16, 45, tzinfo=NEW_YORK)
        fill_from(server, root, publication)
        after = read(root, publication)
        assert before.settlements[-1].astype(date) == date(2023, 8, 15)
        assert after.settlements[-1].astype(date) == date(2023, 8, 31)
        same(read(root, NOW), before)
        fill_from(server, tmp_path / "fresh", publication)
        fresh = read(tmp_path / "fresh", publication)
        # Whoever watched still has the closes of a name that left since; a fresh start cannot get them any more.
        listed = fresh.symbols[np.isfinite(fresh.close[-1])]
        ours, theirs = np.isin(after.symbols, listed), np.isin(fresh.symbols, listed)
        assert len(listed) > 150
        assert np.isfinite(after.close[-1]).sum() == len(listed)
        np.testing.assert_array_equal(after.symbols[ours], fresh.symbols[theirs])
        np.testing.assert_array_equal(after.settlements, fresh.settlements)
        np.testing.assert_array_equal(after.close[:, ours], fresh.close[:, theirs])
        np.testing.assert_array_equal(after.shares_short[:, ours], fresh.shares_short[:, theirs])


def test_every_provider_is_documented_with_its_words(repository):
    words = (repository / "docs" / "data.md").read_text("utf-8")
    for card in CARDS.values():
        assert f"`{card.name}`" in words
        assert card.attribution in words
        for host in card.hosts:
            assert host.name in words
            assert host.limit.words in words
