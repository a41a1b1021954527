"""A session whose prices are another's is found by net changes and said, and is never a day on which nothing moved."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_data import write_parquet
from public_archive import closes, evening, screener

from providers.archive.vintages import Archive
from providers.errors import MalformedError
from providers.public.prices import wide_prices
from shortside.net_changes import follows_previous_session
from shortside.prices.misdated_sessions import Misdating, judge_sessions
from shortside.sessions import session_days
from tui.__main__ import main

NAMES, BAD = 60, 12
SESSIONS = session_days(date(2023, 1, 3), date(2023, 2, 1))


def market(seed: int = 7, move: float = 0.03):
    """Closes and previous closes of a market in which a close moves by some 3 % a day; five names pay dividends."""
    random = np.random.default_rng(seed)
    close = np.round(40 * np.exp(np.cumsum(random.normal(0, move, (len(SESSIONS), NAMES)), axis=0)), 2)
    official = np.full(close.shape, np.nan)
    official[1:] = close[:-1]
    official[5, 0] *= 0.97
    return close, official


def judged(close, official):
    return judge_sessions(SESSIONS, close, official, follows_previous_session(SESSIONS))


def test_an_ordinary_market_with_its_dividends_is_not_doubted():
    close, official = market()
    found = judged(close, official)
    assert (found.misdated, found.is_strange) == ((), None)


@pytest.mark.parametrize("copies_changes", [True, False])
@pytest.mark.parametrize("days", [1, 2])
def test_a_session_that_repeats_the_day_before_has_no_closes_of_its_own(copies_changes, days):
    close, official = market()
    for row in range(BAD, BAD + days):
        close[row] = close[BAD - 1]
        official[row] = official[BAD - 1] if copies_changes else close[BAD - 1]
    found = judged(close, official)
    assert [one.session for one in found.misdated] == SESSIONS[BAD : BAD + days].tolist()
    assert {(one.kind, one.other, one.names) for one in found.misdated} == {
        (Misdating.COPIED, SESSIONS[BAD - 1], NAMES)
    }
    assert np.flatnonzero(found.is_strange.all(axis=1)).tolist() == list(range(BAD, BAD + days))
    assert found.is_strange.sum() == days * NAMES


def test_a_session_that_holds_the_closes_of_the_next_one_is_the_false_one_of_the_two():
    close, official = market()
    close[BAD], official[BAD] = close[BAD + 1], official[BAD + 1]
    found = judged(close, official)
    assert [(one.session, one.other) for one in found.misdated] == [(SESSIONS[BAD], SESSIONS[BAD + 1])]
    assert np.flatnonzero(found.is_strange.all(axis=1)).tolist() == [BAD]


def test_of_the_newest_session_its_own_net_changes_tell_that_it_is_a_copy():
    close, official = market()
    close[-1], official[-1] = close[-2], official[-2]
    found = judged(close, official)
    assert [one.session for one in found.misdated] == [SESSIONS[-1]]
    assert found.is_strange[-1].all()


def test_where_a_part_of_the_names_repeats_only_they_lack_a_close():
    close, official = market()
    stale = np.arange(NAMES) < 20
    close[BAD, stale], official[BAD, stale] = close[BAD - 1, stale], official[BAD - 1, stale]
    found = judged(close, official)
    assert [(one.session, one.kind) for one in found.misdated] == [(SESSIONS[BAD], Misdating.COPIED)]
    # One that would have moved by less than half a per cent is not proven.
    assert found.is_strange[BAD, stale].mean() > 0.7
    assert not found.is_strange[BAD, ~stale].any()
    assert not np.delete(found.is_strange, BAD, axis=0).any()


def test_net_changes_that_count_from_the_session_before_last_leave_the_closes_alone():
    """On 2022-01-05 and 2022-01-07 Nasdaq's screener did so for all names of the NYSE; the closes were right."""
    close, official = market()
    official[BAD, :25] = close[BAD - 2, :25]
    found = judged(close, official)
    assert [(one.session, one.other, one.kind) for one in found.misdated] == [
        (SESSIONS[BAD], SESSIONS[BAD - 2], Misdating.LAGGING)
    ]
    assert found.is_strange is None


def test_net_changes_of_nothing_are_unknown_ones():
    close, official = market()
    official[BAD] = close[BAD]
    [one] = judged(close, official).misdated
    assert one.kind is Misdating.UNTOLD


def test_prices_that_are_no_sessions_are_doubted_and_stay():
    close, official = market()
    close[BAD] = np.round(close[BAD] * np.random.default_rng(3).uniform(0.95, 1.05, NAMES), 2)
    found = judged(close, official)
    assert [(one.session, one.other, one.kind) for one in found.misdated] == [
        (SESSIONS[BAD + 1], SESSIONS[BAD], Misdating.CONTRADICTED)
    ]
    assert found.is_strange is None


@given(seed=st.integers(0, 2**32 - 1), row=st.integers(1, len(SESSIONS) - 1))
def test_no_close_is_left_out_of_any_session_but_the_copied_one(seed, row):
    close, official = market(seed)
    close[row], official[row] = close[row - 1], official[row - 1]
    found = judged(close, official)
    # The first session has no net change that could tell anything of it.
    strange = np.flatnonzero(found.is_strange.any(axis=1)).tolist() if found.is_strange is not None else []
    assert strange == [row] or row == 1


# -- through the sources ------------------------------------------------------------------------------------------


def price_rows(close, official) -> pd.DataFrame:
    """The market as a screener prints it every evening."""
    rows = [
        (day, f"N{name:02d}", "nyse", close[at, name], close[at, name] - official[at, name], 1_000, 1_000_000)
        for name in range(NAMES)
        for at, day in enumerate(SESSIONS.astype(object))
    ]
    return pd.DataFrame(rows, columns=["date", "symbol", "exchange", "close", "netchange", "volume", "shares_out"])


def reports() -> pd.DataFrame:
    """A thousand shares short of every name at every settlement."""
    rows = [
        (day, f"N{name:02d}", f"Company {name}", "NYSE", "A", 1_000, 1_000, 100, 10.0, "", "")
        for day in (date(2022, 12, 15), date(2022, 12, 30))
        for name in range(NAMES)
    ]
    names = (
        "settlement_date symbol issue_name market_class exch_code short_interest prev_short_interest "
        "avg_daily_volume days_to_cover split_flag revision_flag"
    )
    return pd.DataFrame(rows, columns=names.split())


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    """Documents of a folder in which the session BAD repeats the one before."""
    close, official = market()
    close[BAD], official[BAD] = close[BAD - 1], official[BAD - 1]
    folder = tmp_path / "market"
    folder.mkdir()
    write_parquet(price_rows(close, official), folder / "prices.parquet")
    write_parquet(reports(), folder / "short_interest.parquet")
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-02-01T18:00:00-05:00")

    def document(panel: str, row: int, window: str):
        words = ["--as-of", str(SESSIONS[row]), "--window", window, "--format", "json", "--source", "files"]
        assert main(["snapshot", panel, *words, "--data", str(folder)]) == 0
        return json.loads(capsys.readouterr().out)

    return document


def test_its_pnl_is_that_of_two_sessions_and_every_document_says_so(ask):
    document = ask("tiers", BAD + 3, "5d")
    assert document["window"]["missed"] == 1
    assert f"{SESSIONS[BAD]} holds the closes of {SESSIONS[BAD - 1]} for 60 of 60 names" in document["window_note"]
    [doubt] = document["doubtful"]
    assert (doubt["symbol"], doubt["rule"], doubt["session"]) == (None, "misdated_session", str(SESSIONS[BAD]))
    assert doubt["evidence"] == document["window_note"]
    close, _ = market()
    # What every name made or lost from the last close before the session to the first one after it.
    assert doubt["dollars"] == pytest.approx(1_000 * np.abs(close[BAD + 1] - close[BAD - 1]).sum(), rel=1e-5)
    assert document["total"]["profit"] == pytest.approx(1_000 * (close[BAD - 2] - close[BAD + 3]).sum(), rel=1e-4)
    assert doubt["evidence"] in ask("feeds", BAD + 3, "5d")["notes"]


def test_the_day_itself_and_the_day_after_are_unknown_not_nothing(ask):
    itself = ask("tiers", BAD, "1d")
    assert (itself["as_of"], "no closes of" in itself["day_note"]) == (str(SESSIONS[BAD - 1]), True)
    assert "holds the closes" in itself["window_note"]
    after = ask("tiers", BAD + 1, "1d")
    assert (after["window"]["missed"], after["total"]["profit"]) == (1, None)


def test_a_window_that_does_not_rest_on_it_has_no_word_of_it(ask):
    document = ask("tiers", BAD + 3, "1d")
    assert document["window_note"] is None
    # It is on the list all the same, and nothing hangs on it.
    assert [doubt["dollars"] for doubt in document["doubtful"]] == [0.0]


def archive_of(folder: Path, *, yahoo_knows: bool) -> Archive:
    """Looks at the screener every evening; of one session it still had the closes of the day before."""
    close, official = market()
    stale_close, stale = close.copy(), official.copy()
    stale_close[BAD], stale[BAD] = close[BAD - 1], official[BAD - 1]
    rows = price_rows(stale_close, stale).rename(columns={"netchange": "net_change"})
    archive = Archive(folder)
    for day in SESSIONS.astype(object):
        archive.append(screener(day, evening(day, 18), rows))
    if yahoo_knows:
        archive.append(
            closes(
                SESSIONS[-1].item(), evening(SESSIONS[-1].item(), 19), SESSIONS[0].item(), price_rows(close, official)
            )
        )
    return archive


@pytest.mark.parametrize("yahoo_knows", [True, False])
def test_of_a_stale_look_at_the_screener_another_source_is_believed_or_nobody(tmp_path, yahoo_knows):
    archive = archive_of(tmp_path / "archive", yahoo_knows=yahoo_knows)
    prices = wide_prices(archive, evening(SESSIONS[-1].item(), 20), None, None)
    assert [one.session for one in prices.misdated] == [SESSIONS[BAD]]
    close, _ = market()
    expected = close if yahoo_knows else np.delete(close, BAD, axis=0)
    assert len(prices.sessions) == len(SESSIONS) - (not yahoo_knows)
    np.testing.assert_allclose(prices.close, expected, rtol=1e-6)


def test_an_archive_of_more_names_than_trade_is_refused_before_their_table_is_laid_out(tmp_path, monkeypatch):
    archive, moment = archive_of(tmp_path / "archive", yahoo_knows=True), evening(SESSIONS[-1].item(), 20)
    cells = NAMES * len(SESSIONS)
    monkeypatch.setattr("providers.public.prices.MOST_CELLS", cells)
    assert wide_prices(archive, moment, None, None).close.size == cells
    monkeypatch.setattr("providers.public.prices.MOST_CELLS", cells - 1)
    with pytest.raises(MalformedError, match=f"closes of {NAMES} names in {len(SESSIONS)} sessions, more than trade"):
        wide_prices(archive, moment, None, None)
