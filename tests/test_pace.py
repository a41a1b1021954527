"""A host that refuses is asked more slowly, after the quiet its answer implies, and carefully faster again."""

from __future__ import annotations

import asyncio
import itertools

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_examples import HOST, clients_of
from virtual_time import run

from providers.errors import RefusedError, ThrottledError
from providers.http.clients import BROWSER_USER_AGENT
from providers.http.pace import ANSWERS_BEFORE_FASTER, FIRST_QUIET_SECONDS, SLOWEST_FACTOR, Pace, PaceState
from providers.http.verdicts import Form

PACED = HOST._replace(seconds_between=0.25, throttle_seconds=900.0)
TWO_NAMES = PACED._replace(is_browser_wanted=True, second_agent="Mozilla/5.0")
GOOD = httpx.Response(200, content=b"{}")


def test_a_refusal_halves_the_pace_down_to_an_eighth_and_answers_bring_it_back_step_by_step():
    pace = Pace(PACED)
    for moment in range(10):
        pace.refused(moment, moment + 0.5, None)
        assert pace.seconds_between == min(0.25 * 2 ** (moment + 1), 2.0)
    seen = []
    for _ in range(10 * ANSWERS_BEFORE_FASTER):
        pace.answered()
        seen.append(pace.seconds_between)
    assert set(seen[: ANSWERS_BEFORE_FASTER - 1]) == {2.0}
    assert seen[ANSWERS_BEFORE_FASTER - 1] == 1.5
    assert seen[-1] == 0.25


def test_refusals_of_requests_that_were_already_on_their_way_are_one():
    pace = Pace(PACED)
    pace.answered()
    quiets = [pace.refused(started, 1.0 + started / 10, None) for started in (0.0, 0.1, 0.2, 0.3)]
    assert quiets == [FIRST_QUIET_SECONDS] * 4
    assert pace.seconds_between == 0.5


def test_the_quiet_is_short_after_answers_longer_while_refusals_go_on_and_what_is_asked_for_is_kept():
    pace = Pace(PACED)
    pace.answered()
    assert [pace.refused(moment, moment, None) for moment in range(1, 5)] == [60.0, 240.0, 900.0, 900.0]
    assert pace.refused(9, 9, 7.0) == 7.0
    pace.answered()
    assert pace.refused(20, 20, None) == 60.0
    assert Pace(PACED).refused(0, 0, None) == 900.0


@given(st.lists(st.one_of(st.none(), st.floats(0, 5_000), st.just("answer")), max_size=200))
def test_the_pace_is_never_faster_than_usual_nor_slower_than_its_bound(story):
    pace = Pace(PACED)
    for moment, event in enumerate(story):
        if event == "answer":
            pace.answered()
        else:
            assert 0 <= pace.refused(moment, moment, event) <= max(900.0, event or 0.0)
        assert 0.25 <= pace.seconds_between <= 0.25 * SLOWEST_FACTOR


@pytest.mark.parametrize(("left", "taken_up"), [(0.01, 0.25), (1.0, 1.0), (99.0, 2.0)])
def test_a_pace_is_taken_up_within_its_bounds(left, taken_up):
    assert Pace(PACED, PaceState(left)).seconds_between == taken_up


def test_requests_go_out_at_the_slower_pace_once_the_quiet_is_over():
    starts: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        starts.append(asyncio.get_running_loop().time())
        return httpx.Response(429, headers={"Retry-After": "20"}) if len(starts) == 5 else GOOD

    async def story() -> None:
        client = clients_of(answer).of(PACED, "example")
        for number in range(10):
            await client.get(f"/{number}", bytes, form=Form.JSON)

    run(story())
    gaps = [round(later - earlier, 2) for earlier, later in itertools.pairwise(starts)]
    assert gaps[:4] == [0.25] * 4
    assert gaps[4] >= 20
    assert gaps[5:] == [0.5] * 5


# ---- the other name --------------------------------------------------------------------------------------------------


def agents_seen(refused, *, asked: int = 6, status: int = 429, headers=None, host=TWO_NAMES):
    """Under which names a host was asked by several at once, and what came of each question."""
    seen: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["user-agent"])
        is_refused = request.headers["user-agent"] in refused
        await asyncio.sleep(1.0)
        return httpx.Response(status, headers=headers or {}, text="Too Many Requests") if is_refused else GOOD

    async def story():
        client = clients_of(answer).of(host, "example")
        questions = (client.get(f"/{number}", bytes, form=Form.JSON) for number in range(asked))
        outcomes = await asyncio.gather(*questions, return_exceptions=True)
        return outcomes

    return seen, run(story())


@pytest.mark.parametrize("status", [403, 429])
def test_a_name_that_is_refused_outright_gives_way_to_the_other_and_nobody_is_turned_away(status):
    seen, outcomes = agents_seen({BROWSER_USER_AGENT}, status=status)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    # All went out under the first name before the first refusal came, and each once more under the other.
    assert seen == [BROWSER_USER_AGENT] * 6 + ["Mozilla/5.0"] * 6


def test_where_both_names_are_refused_the_other_was_tried_once_and_the_host_is_left_alone():
    seen, outcomes = agents_seen({BROWSER_USER_AGENT, "Mozilla/5.0"})
    assert all(isinstance(outcome, ThrottledError) for outcome in outcomes)
    assert seen.count("Mozilla/5.0") == 1


def test_one_that_says_for_how_long_means_how_often_and_not_who():
    seen, outcomes = agents_seen({BROWSER_USER_AGENT}, headers={"Retry-After": "900"})
    assert all(isinstance(outcome, ThrottledError) for outcome in outcomes)
    assert "Mozilla/5.0" not in seen


def test_a_host_without_another_name_is_refused_as_before():
    seen, outcomes = agents_seen({BROWSER_USER_AGENT}, status=403, host=PACED._replace(is_browser_wanted=True), asked=2)
    assert seen == [BROWSER_USER_AGENT, BROWSER_USER_AGENT]
    assert all(isinstance(outcome, RefusedError) for outcome in outcomes)


def test_a_limit_that_is_met_after_answers_is_not_got_round_by_another_name():
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["user-agent"])
        return httpx.Response(429) if len(seen) == 4 else GOOD

    async def story() -> None:
        client = clients_of(answer).of(TWO_NAMES, "example")
        for number in range(6):
            await client.get(f"/{number}", bytes, form=Form.JSON)

    run(story())
    assert seen == [BROWSER_USER_AGENT] * 7
