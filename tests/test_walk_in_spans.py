"""What is kept of a folder from one day to the next changes nothing, whatever span is asked for, whoever walks it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from differences import differing
from eventful_folder import SESSIONS, write_eventful_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unsteady_folder import SESSIONS as UNSTEADY_SESSIONS
from unsteady_folder import SETTLEMENTS, write_unsteady_folder

from benchmarks._walk_in_spans import spans_of, walked
from providers.errors import NoDataError
from providers.files.source import FilesProvider, KeptFolder
from shortside.market import market_of
from shortside.settlement import cycle_of
from tui.errors import SourceError
from tui.settings.configuration import configured
from tui.sources.walk import Walk

NOW = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)
FIRST_KNOWN = next(at for at, day in enumerate(UNSTEADY_SESSIONS) if day >= cycle_of(SETTLEMENTS[0]).publication_date)


def read(folder, span):
    """The listings of a span, or why there are none: a day of it may have prices, and no report that was public."""
    try:
        return folder.read_listings(**span)
    except NoDataError as error:
        return str(error)


def options_of(folder, home):
    """Options of the source of files, with a home of their own."""
    return configured({"source": "files", "data": str(folder)}, {"SHORTSIDE_HOME": str(home)}).options


def shown(loaded):
    """Plain figures of a market, which another process can send."""
    return loaded.market.last_session, loaded.market.close[-1].tolist(), loaded.market.symbols.tolist()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**16),
    spans=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=4),
    keeps_no_others=st.booleans(),
)
def test_any_span_of_a_kept_folder_is_what_a_reading_of_that_span_alone_gives(seed, spans, keeps_no_others, tmp_path):
    """Names that split, are renamed, parted, counted late or revised, at either edge of what is in view."""
    folder = tmp_path / f"market-{seed}"
    folder.mkdir(exist_ok=True)
    write_unsteady_folder(folder, seed)
    asked = []
    for first, last in spans:
        until = UNSTEADY_SESSIONS[min(FIRST_KNOWN + last, len(UNSTEADY_SESSIONS) - 1)]
        asked.append({"knowledge": until, "since": min(UNSTEADY_SESSIONS[first], until), "until": until})
    ends = (min(one["since"] for one in asked), max(one["until"] for one in asked)) if keeps_no_others else ()
    kept = KeptFolder(folder, *ends)
    for span in asked:
        ours, theirs = read(kept, span), read(FilesProvider(folder), span)
        assert differing(ours, theirs, "listings") == [], (seed, span)
        if isinstance(ours, str):
            continue
        assert differing(market_of(ours, at_hand=kept.at_hand), market_of(theirs)) == [], (seed, span)


def test_tables_at_hand_are_of_the_listings_they_were_made_for(tmp_path):
    """The tables of one day are no other's, and a market made beside another's is made without them."""
    kept = KeptFolder(write_eventful_folder(tmp_path))
    early, late = (kept.read_listings(knowledge=day, until=day) for day in (date(2023, 3, 1), date(2023, 4, 3)))
    assert kept.at_hand is not None
    assert kept.at_hand.are_of(late)
    assert not kept.at_hand.are_of(early)
    assert differing(market_of(early, at_hand=kept.at_hand), market_of(early)) == []


def test_a_walk_by_two_processes_is_that_of_one_in_the_order_of_its_days(tmp_path):
    folder = tmp_path / "market"
    folder.mkdir()
    options = options_of(write_eventful_folder(folder), tmp_path)
    days = Walk(options, lambda: NOW).days()
    asked = days[-6:]
    alone, together = (list(walked(options, NOW, shown, asked, processes)) for processes in (1, 2))
    assert [day for day, _ in alone] == asked
    assert alone == together
    assert [made[0] for _, made in alone] == asked


def test_a_walk_through_no_folder_says_so_before_anything_is_begun(tmp_path):
    with pytest.raises(SourceError, match="no folder"):
        next(walked(options_of(tmp_path / "gone", tmp_path), NOW, shown))


@given(count=st.integers(1, 5), total=st.integers(0, 900))
def test_spans_hold_every_day_once_in_order_and_take_about_as_long(count, total):
    days = tuple(SESSIONS[0] + timedelta(days=at) for at in range(total))
    spans = spans_of(days, count)
    assert [day for span in spans for day in span] == list(days)
    if total > 20 * count:
        taken = np.minimum(np.arange(total), 426) + 60
        ends = np.cumsum([len(span) for span in spans])
        shares = np.diff(np.append(0, np.cumsum(taken)[ends - 1]))
        assert shares.max() - shares.min() <= 2 * taken.max()
