"""Who is on a threshold list, who is not, and of whom nobody knows: as known at a moment, and since when."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from public_archive import evening, fill
from threshold_examples import list_of, record

from providers.archive.vintages import Archive
from providers.catalog import CBOE_THRESHOLD, FINRA_THRESHOLD, NASDAQ_THRESHOLD, NYSE_THRESHOLD
from providers.public.source import PublicProvider
from providers.thresholds import finra as finra_threshold
from providers.thresholds.common import parse_list, snapshot_of
from shortside.board import Desk
from shortside.market import market_of
from shortside.rows import name_rows
from shortside.sessions import NEW_YORK, previous_session
from shortside.view import View

LAST = date(2023, 3, 1)
BEFORE = previous_session(LAST)
MORNING = datetime(2023, 3, 2, 8, tzinfo=NEW_YORK)


@pytest.fixture
def archive(tmp_path):
    archive = Archive(tmp_path / "archive")
    fill(archive, LAST)
    return archive


def keep(archive, card, session, *symbols, fetched_at=None, market="Q"):
    rows, made_at = parse_list(list_of(session, *symbols, market=market), "list", session)
    return archive.append(snapshot_of(rows, card, session, made_at, fetched_at or evening(session, 23)))


def read(archive, moment=MORNING):
    return PublicProvider(archive.root, clock=lambda: moment).read_listings()


def answers(listings) -> dict[str, bool | None]:
    threshold = listings.threshold
    return {
        symbol: (bool(threshold.is_listed[column]) if threshold.is_known[column] else None)
        for column, symbol in enumerate(listings.symbols)
    }


def test_without_any_list_nothing_is_said(archive):
    assert read(archive).threshold is None


def test_each_list_speaks_of_its_own_exchange_only(archive):
    keep(archive, NASDAQ_THRESHOLD, LAST, "TRUE")
    found = answers(read(archive))
    assert found == {"AAPL": False, "NA": False, "TRUE": True, "ABR^D": None, "BRK.B": None, "ZZT.WS": None}


def test_symbols_are_found_in_the_exchanges_spelling(archive):
    keep(archive, NYSE_THRESHOLD, LAST, "BRK B", "ABR PRD", market="NYSE")
    found = answers(read(archive))
    assert (found["BRK.B"], found["ABR^D"], found["ZZT.WS"], found["AAPL"]) == (True, True, False, None)


def test_one_without_the_flag_is_not_on_the_list(archive):
    keep(archive, NASDAQ_THRESHOLD, LAST, "TRUE-", "NA")
    found = answers(read(archive))
    assert (found["TRUE"], found["NA"]) == (False, True)


def test_an_empty_list_says_no(archive):
    keep(archive, NASDAQ_THRESHOLD, LAST)
    assert answers(read(archive))["AAPL"] is False


def test_a_list_that_was_not_read_lately_says_nothing_beside_one_that_was(archive):
    keep(archive, NASDAQ_THRESHOLD, BEFORE, "AAPL")
    keep(archive, NYSE_THRESHOLD, LAST, market="NYSE")
    found = answers(read(archive))
    assert found["AAPL"] is None
    assert found["BRK.B"] is False


def test_a_run_is_counted_back_over_lists_without_a_gap(archive):
    days = [LAST]
    while len(days) < 5:
        days.append(previous_session(days[-1]))
    for back, day in enumerate(days):
        if back != 3:
            keep(archive, NASDAQ_THRESHOLD, day, "AAPL", *(["NA"] if back < 2 else []))
    threshold = read(archive).threshold
    since = dict(zip(read(archive).symbols, threshold.since.astype(object), strict=True))
    # Of the session nobody read nothing is known, so the run begins after it.
    assert since["AAPL"] == days[2]
    assert since["NA"] == days[1]
    assert since["TRUE"] is None


def test_a_list_made_later_is_not_known_yet(archive):
    keep(archive, NASDAQ_THRESHOLD, BEFORE, "AAPL")
    keep(archive, NASDAQ_THRESHOLD, LAST, "NA")
    at_the_close = evening(LAST, 18)
    found = answers(read(archive, at_the_close))
    assert (found["AAPL"], found["NA"]) == (True, False)


def test_what_trades_over_the_counter_is_finras_to_say(archive):
    frame = finra_threshold.parse_threshold_records([record("AAPL", LAST)], "api", LAST)
    archive.append(snapshot_of(frame, FINRA_THRESHOLD, LAST, None, evening(LAST, 23)))
    keep(archive, CBOE_THRESHOLD, LAST)
    found = answers(read(archive))
    # A name that is on any list is on a list, whoever printed it.
    assert found.pop("AAPL") is True
    assert set(found.values()) == {None}


def test_the_answers_reach_the_rows_and_a_copy_of_the_listings(archive, tmp_path):
    keep(archive, NASDAQ_THRESHOLD, LAST, "TRUE")
    provider = PublicProvider(archive.root, clock=lambda: MORNING, cache=tmp_path / "cache")
    for _ in range(2):
        market = market_of(provider.read_listings())
        board = Desk(market).board(View())
        rows = {row.symbol: row.on_threshold_list for row in name_rows(board, np.arange(len(market.symbols)))}
        assert (rows["TRUE"], rows["AAPL"], rows["BRK.B"]) == (True, False, None)


def test_a_day_in_the_past_is_not_judged_by_a_later_list(archive):
    keep(archive, NASDAQ_THRESHOLD, LAST, "TRUE")
    assert market_of(read(archive), as_of=BEFORE).threshold is None
