"""A plan asks for what is missing, once, in the right order, and for nothing that cannot be there yet."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.sessions import NEW_YORK, sessions_between
from providers._backfill_plan import NAMES_AT_A_STEP, Ask, Holdings, plan, requests_by_provider

SINCE = date(2022, 12, 30)
TODAY = date(2023, 9, 7)
MOMENT = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
EVERYTHING = (SINCE, TODAY)


def asked(holdings=Holdings(), symbols=("AAPL", "MSFT"), since=SINCE, **options):  # noqa: B008
    return plan(holdings, since=since, moment=options.pop("moment", MOMENT), symbols=symbols, **options)


def full(**changes) -> Holdings:
    """An archive that lacks nothing but what a test takes away."""
    cycles = frozenset(step.day for step in asked() if step.ask is Ask.CYCLE)
    half_months = frozenset(
        date(year, month, day) for year, month in [(2022, 12), *((2023, m) for m in range(1, 9))] for day in (14, 28)
    )
    values = {
        "settlements": cycles,
        "closed": frozenset({TODAY}),
        "looked": frozenset({TODAY}),
        "directory": frozenset({TODAY}),
        "splits": EVERYTHING,
        "fails": half_months,
        "closes": {"AAPL": (EVERYTHING,), "MSFT": (EVERYTHING,)},
    }
    return Holdings(**{**values, **changes})


def days(steps, ask):
    return [step.day for step in steps if step.ask is ask]


def test_an_archive_that_holds_everything_is_asked_for_nothing():
    assert asked(full()) == ()


def test_live_data_come_first_then_settlements_from_the_oldest_on_then_closes():
    steps = asked()
    assert [step.ask for step in steps[:4]] == [Ask.SCREENER, Ask.DIRECTORY, Ask.CYCLE, Ask.SPLITS]
    cycles = days(steps, Ask.CYCLE)
    assert cycles[0] == date(2023, 8, 15)
    assert cycles[1:] == sorted(cycles[1:])
    assert cycles[1] == date(2022, 12, 30)
    asks = [step.ask for step in steps]
    assert asks.index(Ask.CLOSES) > max(at for at, ask in enumerate(asks) if ask is Ask.CYCLE)


def test_a_settlement_is_asked_for_from_its_publication_on():
    late = date(2023, 8, 31)
    before = datetime(2023, 9, 12, 16, 39, tzinfo=NEW_YORK)
    assert late not in days(asked(moment=before), Ask.CYCLE)
    assert late in days(asked(moment=before + timedelta(minutes=1)), Ask.CYCLE)


def test_a_span_in_the_past_needs_the_settlements_around_it_only():
    steps = asked(since=date(2023, 3, 6), until=date(2023, 3, 20))
    assert sorted(days(steps, Ask.CYCLE)) == [date(2023, 2, 28), date(2023, 3, 15), date(2023, 3, 31)]
    closes = [step for step in steps if step.ask is Ask.CLOSES]
    assert [(step.day, step.until) for step in closes] == [(date(2023, 3, 6), date(2023, 3, 20))]


def test_without_a_list_of_names_closes_are_one_guess():
    closes = [step for step in asked(symbols=None) if step.ask is Ask.CLOSES]
    assert len(closes) == 1
    assert closes[0].is_estimate
    assert closes[0].requests > 300


def test_names_come_in_the_order_given_in_blocks_stored_together():
    symbols = tuple(f"S{place}" for place in range(NAMES_AT_A_STEP + 21))
    closes = [step for step in asked(symbols=symbols) if step.ask is Ask.CLOSES]
    assert sum((step.symbols for step in closes), ()) == symbols
    assert [step.requests for step in closes] == [10, 2]
    assert requests_by_provider(closes) == {"yahoo_spark": 12}


def test_a_name_that_was_asked_for_is_asked_for_the_rest_only():
    held = {"AAPL": (EVERYTHING,), "MSFT": ((SINCE, date(2023, 9, 1)),)}
    steps = asked(full(closes=held, closed=frozenset()))
    assert [(step.symbols, step.day, step.until) for step in steps] == [(("MSFT",), date(2023, 9, 5), TODAY)]


def test_a_session_the_screener_closed_is_no_gap():
    held = dict.fromkeys(("AAPL", "MSFT"), ((SINCE, date(2023, 9, 6)),))
    assert asked(full(closes=held)) == ()


def test_an_earlier_beginning_asks_for_what_lies_before():
    steps = asked(full(), since=date(2022, 12, 1))
    closes = [step for step in steps if step.ask is Ask.CLOSES]
    assert [(step.day, step.until) for step in closes] == [(date(2022, 12, 1), date(2022, 12, 29))]
    assert days(steps, Ask.SPLITS) == [date(2022, 12, 1)]


def test_a_name_without_any_price_is_not_asked_for_twice():
    held = full(closes={"AAPL": (EVERYTHING,), "SIVB": ((SINCE, date(2023, 9, 1)),)}, unknown=frozenset({"SIVB"}))
    assert asked(held, symbols=("AAPL", "SIVB")) == ()


def test_the_sec_is_asked_for_what_is_posted_unless_nobody_may_ask_it():
    files = [step.file for step in asked() if step.ask is Ask.FAILS]
    # The second half of August is posted on 15 September.
    assert (files[0], files[-1]) == ("cnsfails202212b", "cnsfails202308a")
    assert not any(step.ask is Ask.FAILS for step in asked(with_fails=False))


def test_a_screener_seen_in_this_session_will_do_for_names():
    noon = datetime(2023, 9, 7, 12, 0, tzinfo=NEW_YORK)
    held = full(closed=frozenset(), looked=frozenset({TODAY}))
    assert not any(step.ask is Ask.SCREENER for step in asked(held, moment=noon))


@given(
    first=st.dates(date(2022, 12, 30), date(2023, 8, 1)),
    gaps=st.lists(st.tuples(st.integers(0, 150), st.integers(0, 40)), max_size=5),
)
def test_whatever_was_asked_for_a_plan_taken_leaves_nothing(first, gaps):
    sessions = sessions_between(first, TODAY)
    spans = tuple(
        (sessions[min(start, len(sessions) - 1)], sessions[min(start + length, len(sessions) - 1)])
        for start, length in gaps
    )
    held = full(closes={"AAPL": spans})
    steps = asked(held, symbols=("AAPL",), since=first)
    closes = [step for step in steps if step.ask is Ask.CLOSES]
    assert len(closes) <= 1
    taken = spans + tuple((step.day, step.until) for step in closes)
    covered = {day for day in sessions if any(start <= day <= end for start, end in taken)} | {TODAY}
    assert covered == set(sessions)
    assert not [step for step in asked(full(closes={"AAPL": taken}), symbols=("AAPL",), since=first) if step.symbols]
