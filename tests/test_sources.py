"""Sources are opened for a day and a clock, and say how old what they give is."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from market_data import write_market
from market_examples import listings_of

from providers.errors import MalformedError, RefusedError
from shortside.datasets import Dataset
from shortside.positions import Knowledge
from shortside.sessions import MarketState, session_days
from shortside.settlement import settlement_dates_between
from tui.clock import clock_set_to
from tui.errors import SourceError
from tui.screens.facts import feed_facts
from tui.settings.configuration import Options, configured
from tui.sources.input_ages import too_old
from tui.sources.load import load

SESSIONS = session_days(date(2023, 6, 1), date(2023, 9, 7))
SETTLEMENTS = np.array(settlement_dates_between(date(2023, 5, 31), date(2023, 9, 15)), "datetime64[D]")
LATER = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)


def at(moment: datetime):
    """A clock that stands still."""
    return lambda: moment


def test_the_demo_s_inputs_name_no_publisher(tmp_path):
    options = configured({"source": "demo"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    facts = feed_facts(load(options, clock_set_to(LATER)), is_past=False)
    assert {one.age.dataset for one in facts} >= {Dataset.SHORT_INTEREST, Dataset.PRICES}
    assert {one.attribution for one in facts} == {"simulated by shortside"}


def test_finra_is_named_for_short_interest_whoever_hands_it_over(options, tmp_path):
    write_market(tmp_path / "market")
    facts = feed_facts(load(options(), clock_set_to(LATER)), is_past=False)
    named = {one.age.dataset: one.attribution for one in facts}
    assert named[Dataset.SHORT_INTEREST] == "Source: FINRA"
    assert {words for dataset, words in named.items() if dataset is not Dataset.SHORT_INTEREST} == {""}


def three_months(sessions=SESSIONS):
    """Two names from June to 7 September 2023, and every settlement up to the 15th."""
    close = np.stack([np.linspace(10, 20, len(sessions)), np.linspace(30, 25, len(sessions))], axis=1)
    shares = np.outer(np.arange(1, len(SETTLEMENTS) + 1), [1000.0, 2000.0])
    return listings_of(close, shares, sessions=sessions, settlements=SETTLEMENTS)


class Remembering:
    """A reading that hands over made listings, or fails, and remembers what it was asked for."""

    def __init__(self, outcome=None):
        self.outcome = three_months() if outcome is None else outcome
        self.asked = {}

    def read_listings(self, *, since, until, progress, knowledge=None):
        progress("reading", 0, 1)
        self.asked = {"since": since, "until": until}
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def options(tmp_path: Path):
    """Options of the files source, in a home of their own, with changes."""

    def make(**texts: str) -> Options:
        given = {"source": "files", "data": str(tmp_path / "market"), **texts}
        return configured(given, {"SHORTSIDE_HOME": str(tmp_path)}).options

    return make


def test_the_newest_session_is_looked_from_by_default(options):
    reading = Remembering()
    loaded = load(options(), at(LATER), reading=reading)
    assert loaded.market.last_session == date(2023, 9, 7)
    assert reading.asked == {"since": None, "until": None}
    assert not loaded.market.is_live


def test_a_day_that_is_no_session_is_looked_from_the_one_before(options):
    assert load(options(as_of="2023-09-04"), at(LATER), reading=Remembering()).market.last_session == date(2023, 9, 1)


def test_fourteen_months_are_read_before_a_day(options):
    reading = Remembering()
    load(options(as_of="2023-09-07"), at(LATER), reading=reading)
    assert reading.asked == {"since": date(2022, 7, 8), "until": date(2023, 9, 7)}


def test_a_window_that_begins_earlier_is_read_from_before_its_beginning(options):
    reading = Remembering()
    load(options(as_of="2023-09-07", window="since:2021-03-01"), at(LATER), reading=reading)
    assert reading.asked["since"] < date(2021, 2, 1)


def test_a_clock_that_is_set_back_knows_no_later_price_and_no_later_publication(options):
    before = datetime(2023, 8, 28, 21, 0, tzinfo=UTC)
    loaded = load(options(), at(before), reading=Remembering())
    assert loaded.market.last_session == date(2023, 8, 28)
    assert loaded.market.settlements[-1].astype(date) == date(2023, 8, 15)


def test_a_clock_before_all_data_finds_nothing(options):
    with pytest.raises(SourceError, match="on or before 2020-01-01: prices run from 2023-06-01 to 2023-09-07"):
        load(options(), at(datetime(2020, 1, 1, 12, tzinfo=UTC)), reading=Remembering())


def test_a_clock_beyond_the_calendar_is_said_in_words(options):
    with pytest.raises(SourceError, match="outside the NYSE table"):
        load(options(), at(datetime(2099, 1, 1, tzinfo=UTC)), reading=Remembering())


@pytest.mark.parametrize(
    "error", [MalformedError("not a number", where="prices.csv", line=7, column="close"), RefusedError("locked")]
)
def test_what_a_provider_says_reaches_the_user_with_code_4(options, error):
    with pytest.raises(SourceError) as caught:
        load(options(), at(LATER), reading=Remembering(error))
    assert str(caught.value) == str(error)
    assert caught.value.code == 4


def input_of(loaded, dataset):
    return next(one for one in loaded.inputs if one.dataset is dataset)


def test_inputs_have_both_clocks(options):
    loaded = load(options(as_of="2023-09-07", known="revised"), at(LATER), reading=Remembering())
    short_interest, prices = input_of(loaded, Dataset.SHORT_INTEREST), input_of(loaded, Dataset.PRICES)
    assert short_interest.as_of == date(2023, 9, 15)
    assert short_interest.published_at == datetime(2023, 9, 26, 20, 40, tzinfo=UTC)
    assert (prices.as_of, prices.published_at) == (date(2023, 9, 7), datetime(2023, 9, 7, 20, 0, tzinfo=UTC))
    assert prices.fetched_at == datetime(2023, 9, 7, 21, 0, tzinfo=UTC)


def test_a_day_in_the_past_speaks_of_the_last_settlement_that_was_public(options):
    loaded = load(options(as_of="2023-09-07"), at(LATER), reading=Remembering())
    assert loaded.view.knowledge is loaded.knowledge is Knowledge.AS_KNOWN
    assert input_of(loaded, Dataset.SHORT_INTEREST).as_of == date(2023, 8, 15)
    # Nor do rules that look at every settlement, such as which share counts are believed, see a later one.
    assert loaded.market.settlements[-1].astype(date) == date(2023, 8, 15)
    assert loaded.desk.board(loaded.view).hindsight_to is None


def test_hindsight_has_to_be_asked_for_and_says_how_far_it_reaches(options):
    loaded = load(options(as_of="2023-09-07", known="revised"), at(LATER), reading=Remembering())
    assert loaded.knowledge is Knowledge.REVISED
    assert loaded.desk.board(loaded.view).hindsight_to == date(2023, 9, 26)


def test_a_folder_that_ends_in_the_past_is_shown_as_known_too(options):
    loaded = load(options(), at(LATER), reading=Remembering())
    assert loaded.market.last_session == date(2023, 9, 7)
    assert input_of(loaded, Dataset.SHORT_INTEREST).as_of == date(2023, 8, 15)


@pytest.mark.parametrize("day", [datetime(2023, 9, 7, 21, 30, tzinfo=UTC), datetime(2023, 9, 8, 21, 30, tzinfo=UTC)])
def test_of_the_present_there_is_but_one_state_of_knowledge(options, day):
    known, revised = (load(options(known=one), at(day), reading=Remembering()) for one in ("as-known", "revised"))
    assert known.knowledge is revised.knowledge is None
    ours, theirs = known.desk.board(known.view), revised.desk.board(revised.view)
    assert np.array_equal(ours.short_interest, theirs.short_interest)
    assert np.array_equal(ours.new_short_30d, theirs.new_short_30d)
    assert ours.hindsight_to is theirs.hindsight_to is None


def test_on_its_day_a_settlement_is_known_from_the_hour_of_its_publication_on_though_no_close_is_there_yet(options):
    early, late = datetime(2023, 9, 12, 20, 39, tzinfo=UTC), datetime(2023, 9, 12, 20, 40, tzinfo=UTC)
    shown = three_months(session_days(date(2023, 6, 1), date(2023, 9, 11)))
    for moment, settled in ((early, date(2023, 8, 15)), (late, date(2023, 8, 31))):
        loaded = load(options(), at(moment), reading=Remembering(shown))
        assert input_of(loaded, Dataset.SHORT_INTEREST).as_of == settled


def test_a_day_in_the_past_is_judged_as_it_stood_then(options):
    then = load(options(as_of="2023-09-07"), at(LATER), reading=Remembering())
    now = load(options(), at(LATER), reading=Remembering())
    assert input_of(then, Dataset.PRICES).freshness.missed == 0
    assert input_of(now, Dataset.PRICES).freshness.missed == 59


def test_an_input_with_nothing_newer_is_never_too_old(options):
    evening = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
    loaded = load(options(), at(evening), reading=Remembering())
    assert input_of(loaded, Dataset.SHORT_INTEREST).as_of == date(2023, 8, 15)
    assert too_old(loaded.inputs, timedelta(hours=1), evening) == ()


def test_an_input_that_missed_something_is_too_old_once_it_is_older_than_allowed(options):
    evening = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
    loaded = load(options(), at(evening), reading=Remembering())
    # Prices of the 7th: on the evening of the 11th those of the 8th and the 11th are missing.
    monday = evening + timedelta(days=4)
    assert {one.dataset for one in too_old(loaded.inputs, timedelta(days=2), monday)} == {
        Dataset.PRICES,
        Dataset.SHARES_OUTSTANDING,
    }
    assert too_old(loaded.inputs, timedelta(days=6), monday) == ()


def test_progress_is_told_from_the_reading_on(options):
    told = []
    load(options(), at(LATER), lambda words, done, total: told.append((words, done, total)), reading=Remembering())
    assert told[0] == ("reading", 0, 1)
    assert told[-1][0] == "restating the market"


def test_a_real_folder_is_read_and_a_copy_kept(options, tmp_path):
    write_market(tmp_path / "market")
    first = load(options(), at(LATER))
    assert first.market.last_session == date(2023, 3, 1)
    assert any((tmp_path / "cache").rglob("meta.json"))
    again = load(options(), at(LATER))
    np.testing.assert_array_equal(again.market.close, first.market.close)
    assert again.complaints == ()


def test_a_cache_that_cannot_be_written_is_complained_of_and_stops_nothing(options, tmp_path):
    write_market(tmp_path / "market")
    # Root may write anywhere, but nobody makes a folder below a file.
    (tmp_path / "cache").write_text("in the way")
    loaded = load(options(), at(LATER))
    assert loaded.market.last_session == date(2023, 3, 1)
    assert any("no copy of the market is kept" in words for words in loaded.complaints)
    assert (tmp_path / "cache").read_text() == "in the way"


def test_the_demo_market_is_told_at_its_own_time(options):
    loaded = load(options(source="demo"), at(LATER))
    assert loaded.market.is_simulated
    assert loaded.live is None
    assert loaded.market.last_session == date(2023, 9, 7)
    assert loaded.clock() == datetime(2023, 9, 8, 0, 0, tzinfo=UTC)
    assert all(one.freshness.missed == 0 for one in loaded.inputs)
    assert too_old(loaded.inputs, timedelta(minutes=1), loaded.clock()) == ()


def test_a_watched_demo_market_opens_its_next_session(options):
    seconds = iter([0.0, 0.0, 60.0, 60.0, 120.0, 120.0])
    clock = clock_set_to(LATER, lambda: next(seconds))
    loaded = load(options(source="demo", speed="60"), clock, is_watched=True)
    assert loaded.market.is_live
    assert loaded.market.last_session == date(2023, 9, 8)
    assert loaded.live is not None
    assert loaded.live.state(1.0) is MarketState.OPEN
    assert loaded.clock() == datetime(2023, 9, 8, 14, 30, tzinfo=UTC)
    assert input_of(loaded, Dataset.QUOTES).as_of == date(2023, 9, 8)
    assert input_of(loaded, Dataset.PRICES).as_of == date(2023, 9, 7)


def test_the_live_session_s_columns_are_the_market_s(options):
    loaded = load(options(source="demo"), at(LATER), is_watched=True)
    assert loaded.live is not None
    board = loaded.desk.board(loaded.view)
    columns, prices = loaded.live.tick(5.0)
    change = prices / loaded.market.close[-1][columns] - 1
    assert len(columns) > 1000
    assert np.quantile(np.abs(change), 0.9) < 0.1
    board.tick(columns, prices)
    assert board.profit_today.any()


def test_a_demo_market_of_a_past_day_does_not_move(options):
    loaded = load(options(source="demo", as_of="2023-06-30"), at(LATER), is_watched=True)
    assert loaded.live is None
    assert loaded.market.last_session == date(2023, 6, 30)


def test_another_seed_is_another_market(options):
    one = load(options(source="demo", as_of="2022-01-31"), at(LATER)).market
    other = load(options(source="demo", as_of="2022-01-31", seed="9"), at(LATER)).market
    assert set(one.symbols) != set(other.symbols)
