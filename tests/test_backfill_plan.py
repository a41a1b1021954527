"""A plan asks for what is missing, once, in the right order, and for nothing that cannot be there yet."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.alpaca import SYMBOLS_AT_ONCE
from providers.archive.holdings import Holdings
from providers.backfill.plan import (
    COUNTS_AT_A_STEP,
    MASSIVE_REACH,
    MOST_COUNTED_NAMES,
    NAMES_AT_A_STEP,
    STEPS_THAT_BRING_CLOSES,
    StepKind,
    keyless,
    plan,
    requests_by_provider,
)
from providers.catalog import CARDS
from shortside.sessions import NEW_YORK, sessions_between

SINCE = date(2022, 12, 30)
TODAY = date(2023, 9, 7)
MOMENT = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
EVERYTHING = (SINCE, TODAY)


def asked(holdings=Holdings(), symbols=("AAPL", "MSFT"), since=SINCE, **options):  # noqa: B008
    return plan(holdings, since=since, moment=options.pop("moment", MOMENT), symbols=symbols, **options)


def of_yahoo(spans):
    """Spans that Yahoo was asked for."""
    return {"yahoo_spark": spans}


def full(**changes) -> Holdings:
    """An archive that lacks nothing but what a test takes away."""
    cycles = frozenset(step.day for step in asked() if step.ask is StepKind.CYCLE)
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
        "closes": of_yahoo({"AAPL": (EVERYTHING,), "MSFT": (EVERYTHING,)}),
    }
    return Holdings(**{**values, **changes})


def days(steps, ask):
    return [step.day for step in steps if step.ask is ask]


def test_an_archive_that_holds_everything_is_asked_for_nothing():
    assert asked(full()) == ()


def test_live_data_come_first_then_settlements_from_the_oldest_on_then_closes():
    steps = asked()
    assert [step.ask for step in steps[:4]] == [StepKind.SCREENER, StepKind.DIRECTORY, StepKind.CYCLE, StepKind.SPLITS]
    cycles = days(steps, StepKind.CYCLE)
    assert cycles[0] == date(2023, 8, 15)
    assert cycles[1:] == sorted(cycles[1:])
    assert cycles[1] == date(2022, 12, 30)
    asks = [step.ask for step in steps]
    assert asks.index(StepKind.CLOSES) > max(at for at, ask in enumerate(asks) if ask is StepKind.CYCLE)


def test_a_settlement_is_asked_for_from_its_publication_on():
    late = date(2023, 8, 31)
    before = datetime(2023, 9, 12, 16, 39, tzinfo=NEW_YORK)
    assert late not in days(asked(moment=before), StepKind.CYCLE)
    assert late in days(asked(moment=before + timedelta(minutes=1)), StepKind.CYCLE)


def test_a_span_in_the_past_needs_the_settlements_around_it_only():
    steps = asked(since=date(2023, 3, 6), until=date(2023, 3, 20))
    assert sorted(days(steps, StepKind.CYCLE)) == [date(2023, 2, 28), date(2023, 3, 15), date(2023, 3, 31)]
    closes = [step for step in steps if step.ask is StepKind.CLOSES]
    assert [(step.day, step.until) for step in closes] == [(date(2023, 3, 6), date(2023, 3, 20))]


def test_without_a_list_of_names_closes_are_one_guess():
    closes = [step for step in asked(symbols=None) if step.ask is StepKind.CLOSES]
    assert len(closes) == 1
    assert closes[0].is_estimate
    assert closes[0].requests > 300


def test_names_come_in_the_order_given_in_blocks_stored_together():
    symbols = tuple(f"S{place}" for place in range(NAMES_AT_A_STEP + 21))
    closes = [step for step in asked(symbols=symbols) if step.ask is StepKind.CLOSES]
    assert sum((step.symbols for step in closes), ()) == symbols
    assert [step.requests for step in closes] == [10, 2]
    assert requests_by_provider(closes) == {"yahoo_spark": 12}


def test_a_name_that_was_asked_for_is_asked_for_the_rest_only():
    held = {"AAPL": (EVERYTHING,), "MSFT": ((SINCE, date(2023, 9, 1)),)}
    steps = asked(full(closes=of_yahoo(held), closed=frozenset()))
    assert [(step.symbols, step.day, step.until) for step in steps] == [(("MSFT",), date(2023, 9, 5), TODAY)]


def test_a_session_the_screener_closed_is_no_gap():
    held = dict.fromkeys(("AAPL", "MSFT"), ((SINCE, date(2023, 9, 6)),))
    assert asked(full(closes=of_yahoo(held))) == ()


def test_an_earlier_beginning_asks_for_what_lies_before():
    steps = asked(full(), since=date(2022, 12, 1))
    closes = [step for step in steps if step.ask is StepKind.CLOSES]
    assert [(step.day, step.until) for step in closes] == [(date(2022, 12, 1), date(2022, 12, 29))]
    assert days(steps, StepKind.SPLITS) == [date(2022, 12, 1)]


def test_a_name_without_any_price_is_not_asked_for_twice():
    spans = {"AAPL": (EVERYTHING,), "SIVB": ((SINCE, date(2023, 9, 1)),)}
    held = full(closes=of_yahoo(spans), unknown={"yahoo_spark": frozenset({"SIVB"})})
    assert asked(held, symbols=("AAPL", "SIVB")) == ()


def test_the_sec_is_asked_for_what_is_posted_unless_nobody_may_ask_it():
    files = [step.file for step in asked() if step.ask is StepKind.FAILS]
    # The second half of August is posted on 15 September.
    assert (files[0], files[-1]) == ("cnsfails202212b", "cnsfails202308a")
    assert not any(step.ask is StepKind.FAILS for step in asked(with_fails=False))


def test_a_screener_seen_in_this_session_will_do_for_names():
    noon = datetime(2023, 9, 7, 12, 0, tzinfo=NEW_YORK)
    held = full(closed=frozenset(), looked=frozenset({TODAY}))
    assert not any(step.ask is StepKind.SCREENER for step in asked(held, moment=noon))


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
    held = full(closes=of_yahoo({"AAPL": spans}))
    steps = asked(held, symbols=("AAPL",), since=first)
    closes = [step for step in steps if step.ask is StepKind.CLOSES]
    assert len(closes) <= 1
    taken = spans + tuple((step.day, step.until) for step in closes)
    covered = {day for day in sessions if any(start <= day <= end for start, end in taken)} | {TODAY}
    assert covered == set(sessions)
    assert not [
        step for step in asked(full(closes=of_yahoo({"AAPL": taken})), symbols=("AAPL",), since=first) if step.symbols
    ]


# ---- with keys, and without some providers ---------------------------------------------------------------------------


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_who_wants_a_key_is_never_keyless(card):
    assert keyless(card.name) is (not card.keys)
    assert keyless(card.name) is (card.name not in {"alpaca", "massive", "ortex"})


def with_keys(*names):
    """Whether a provider is asked by somebody with these keys."""
    return lambda provider: keyless(provider) or provider in names


def without(*names):
    return lambda provider: keyless(provider) and provider not in names


def closes_of(steps):
    return [step for step in steps if step.ask in STEPS_THAT_BRING_CLOSES]


def test_with_alpaca_s_key_history_is_bars_by_name_and_yahoo_is_not_asked():
    symbols = tuple(f"S{place}" for place in range(SYMBOLS_AT_ONCE + 1))
    steps = closes_of(asked(symbols=symbols, asked=with_keys("alpaca", "massive")))
    assert [(step.ask, step.provider, len(step.symbols)) for step in steps] == [
        (StepKind.BARS, "alpaca", SYMBOLS_AT_ONCE),
        (StepKind.BARS, "alpaca", 1),
    ]
    # 500 names × 171 sessions are 8.55 pages of ten thousand.
    assert len(sessions_between(SINCE, TODAY)) == 172
    assert [step.requests for step in steps] == [9, 1]
    assert (steps[0].day, steps[0].until) == EVERYTHING


def test_a_dry_run_guesses_pages_before_the_names_are_known():
    [step] = closes_of(asked(symbols=None, asked=with_keys("alpaca")))
    assert step.is_estimate
    assert step.requests == 18 * 9


def test_a_session_alpaca_does_not_show_whole_yet_is_not_asked_for():
    just_closed = datetime(2023, 9, 7, 16, 5, tzinfo=NEW_YORK)
    steps = closes_of(asked(moment=just_closed, asked=with_keys("alpaca")))
    assert {step.until for step in steps} == {date(2023, 9, 6)}


def test_what_yahoo_has_is_not_asked_of_alpaca_and_what_it_never_had_is():
    spans = {"AAPL": (EVERYTHING,), "SIVB": (EVERYTHING,)}
    held = full(closes=of_yahoo(spans), unknown={"yahoo_spark": frozenset({"SIVB"})}, closed=frozenset())
    [step] = asked(held, symbols=("AAPL", "SIVB"), asked=with_keys("alpaca"))
    assert (step.ask, step.symbols) == (StepKind.BARS, ("SIVB",))
    both = {**held.closes, "alpaca": {"SIVB": (EVERYTHING,)}}
    never = {**held.unknown, "alpaca": frozenset({"SIVB"})}
    assert (
        asked(full(closes=both, unknown=never, closed=frozenset()), symbols=("SIVB",), asked=with_keys("alpaca")) == ()
    )


def test_with_massive_s_key_alone_each_session_is_one_request_the_newest_first_and_today_is_not_asked_for():
    steps = closes_of(asked(asked=with_keys("massive")))
    sessions = [step for step in steps if step.ask is StepKind.SESSION]
    assert [sessions[0].day, sessions[-1].day] == [date(2023, 9, 6), SINCE]
    assert sum(step.requests for step in sessions) == 171
    # Today is not over for a free key: its closes are Yahoo's where the screener has none.
    assert {(step.ask, step.day, step.until) for step in steps if step not in sessions} == {
        (StepKind.CLOSES, TODAY, TODAY)
    }


def test_what_is_older_than_massive_s_plan_reaches_comes_from_yahoo():
    since = date(2021, 6, 15)
    steps = closes_of(asked(since=since, asked=with_keys("massive")))
    oldest = min(step.day for step in steps if step.ask is StepKind.SESSION)
    assert oldest >= TODAY - MASSIVE_REACH
    assert {step.day for step in steps if step.ask is StepKind.CLOSES} == {since}


def test_a_whole_session_that_is_held_is_no_gap_for_anybody():
    whole = frozenset(sessions_between(SINCE, TODAY))
    for keys in ((), ("alpaca",), ("massive",)):
        assert closes_of(asked(full(closes={}, closed=whole), asked=with_keys(*keys))) == []


def test_share_counts_are_asked_for_last_a_few_at_a_step_and_so_many_a_run():
    names = tuple((f"GONE{place}", date(2023, 3, 15)) for place in range(MOST_COUNTED_NAMES + 7))
    steps = asked(counted=names, asked=with_keys("massive"), with_fails=False)
    counts = [step for step in steps if step.ask is StepKind.COUNTS]
    assert steps[-len(counts) :] == tuple(counts)
    assert sum((step.counted for step in counts), ()) == names[:MOST_COUNTED_NAMES]
    assert {step.requests for step in counts} == {COUNTS_AT_A_STEP}
    assert not [step for step in asked(counted=names) if step.ask is StepKind.COUNTS]


def test_a_provider_that_is_switched_off_has_no_step():
    steps = asked(asked=without("yahoo_spark", "nasdaq_splits", "sec_fails"))
    assert {step.provider for step in steps} == {"nasdaq_screener", "nasdaq_directory", "finra_short_interest"}
