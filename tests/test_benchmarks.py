"""The benchmarks run at a tiny size and print their tables. No figure of theirs is judged."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace

import httpx
import numpy as np
import pytest
from virtual_time import run
from waiting import PATIENCE

from benchmarks import _rivals, alerts, backfill, book, history_world, ingest, loans, monkey, replay, snapshot, tables
from benchmarks._market import random_market
from benchmarks._timing import memory_now, memory_peak, print_table, timed
from shortside.book import Book
from shortside.market import market_of
from shortside.positions import positions_of
from shortside.windows import window_of

pytestmark = pytest.mark.slow

TINY = ["--names", "60", "--sessions", "80", "--repeats", "1"]


def test_one_run_prints_the_book_beside_its_rivals_and_what_it_weighs(capsys):
    book.main(TINY)
    printed = capsys.readouterr().out
    head, *rows = [line for line in printed.splitlines() if line.startswith("|")]
    assert "× blocked numpy" in head
    what = [row.split("|")[1].strip() for row in rows]
    wanted = (
        book.REFERENCE,
        "pandas, wide frames",
        "pandas, long frame, groupby",
        "Book rebuilt, positions_of included",
    )
    assert all(name in what for name in (*wanted, "Board built, ytd by end", "peak on the way"))


def test_the_weighing_is_done_by_a_process_that_knows_no_pandas(capsys):
    book.main([*TINY, "--memory"])
    weighed = json.loads(capsys.readouterr().out)
    assert all(megabytes > 1 for megabytes in weighed.values())
    assert memory_peak() >= memory_now() > 0


def test_jumps_in_a_recording_are_timed(capsys):
    replay.main(["--names", "60", "--sessions", "40", "--hours", "0.01", "--repeats", "1"])
    printed = capsys.readouterr().out
    assert "360 ticks" in printed
    assert "a jump to anywhere, its market there" in printed


def test_days_of_stock_loans_are_weighed_and_read_at_every_rate_of_change(capsys):
    loans.main(["--days", "2", "--looks", "3", "--names", "70"])
    printed = capsys.readouterr().out
    assert "2 days of 3 looks at 70 names" in printed
    rows = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")][2:]
    assert rows == list(loans.WITHIN_THE_DAY)


def test_alerts_of_every_kind_are_looked_at_without_a_failure(capsys):
    alerts.main([*TINY, "--rules", "20"])
    printed = capsys.readouterr().out
    assert "20 rules on 60 names" in printed
    assert "failed: none" in printed
    looks = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")]
    assert looks[2:] == ["the first", "a beat of 200 names", "at rest"]


def test_every_rival_adds_up_the_same_profit_as_the_book():
    listings = random_market(40, 60, gaps=0.3)
    market = market_of(listings)
    dense = book.dense_of(market)
    blocked = _rivals.blocked(dense)
    tiers = np.flatnonzero(np.bincount(dense.tiers, minlength=dense.count))
    assert _rivals.wide(dense, *_rivals.wide_frames(dense)) == pytest.approx(blocked[tiers], rel=1e-9)
    assert _rivals.long(_rivals.long_frame(dense)) == pytest.approx(blocked[tiers], rel=1e-9)
    everything = replace(window_of("1d", market.sessions), start=0)
    total = float(Book(market, positions_of(market)).window(everything).profit.sum())
    assert total == pytest.approx(blocked[:, -1].sum(), rel=1e-9, abs=1e-6 * np.abs(blocked).max())


def test_one_run_prints_what_reading_and_storing_each_answer_takes(capsys):
    ingest.main(["--rows", "200", "--sessions", "3", "--repeats", "1"])
    what = [line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    stages = ("parsed", "stored", "parsed and stored")
    kinds = ("short interest", "screener", "short volume")
    assert {f"{kind}: {stage}" for kind in kinds for stage in stages} <= set(what)


def test_the_noise_is_the_same_every_time_and_of_the_size_asked():
    one, other = random_market(30, 40, gaps=0.2), random_market(30, 40, gaps=0.2)
    assert one.shape[:2] == (40, 30)
    assert np.array_equal(one.close, other.close, equal_nan=True)
    assert np.isfinite(one.close).any(axis=0).all()
    assert one.settlements[0] <= one.sessions[0]


def test_a_call_is_timed_as_often_as_asked_after_its_warm_up():
    calls = []
    took = timed(lambda: calls.append(1), repeats=3, warm_up=2)
    assert len(calls) == 5
    assert took.repeats == 3
    assert 0 <= took.least <= took.median


def test_a_table_is_markdown_with_its_numbers_to_the_right(capsys):
    print_table(("what", "ms"), [("a tick", "0.1"), ("b", "10.25")])
    assert capsys.readouterr().out.splitlines() == [
        "| what   |    ms |",
        "|--------|------:|",
        "| a tick |   0.1 |",
        "| b      | 10.25 |",
    ]


def test_a_program_that_fails_is_not_timed(tmp_path):
    with pytest.raises(RuntimeError, match="exit code 2"):
        snapshot.run(["snapshot", "no-such-panel"], tmp_path)


def test_a_cold_and_a_warm_process_are_timed_to_their_end(tmp_path):
    run = snapshot.run(["--version"], tmp_path)
    assert run.seconds > 0
    assert run.megabytes > 1


@pytest.mark.shared
def test_a_day_of_polling_leaves_nothing_behind(repository, shared):
    """The soak is long, so here its day passes in six seconds: its figures mean little, but all its parts must work."""
    words = [sys.executable, "benchmarks/soak.py", "--shared", str(shared), "--days", "1", "--speed", "14400"]
    done = subprocess.run(
        words,
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "all read; passed over: none" in done.stdout, done.stderr
    assert "left behind: no task, no exception" in done.stdout
    assert "one that does nothing, meanwhile: p50" in done.stdout
    assert "an error of this program" not in done.stdout
    assert re.search(r"^C finra_short_interest ", done.stdout, re.MULTILINE)


def test_the_moody_server_refuses_after_so_many_answers_leaves_names_out_and_breaks_off():
    answers = httpx.MockTransport(lambda _: httpx.Response(200, json=dict.fromkeys(map(str, range(200)), 1)))

    async def story():
        mood = backfill.Moody(Namespace(after=2, left_out=0.5), seed=1, broken_off=4)
        mood._wire = httpx.Client(transport=answers)
        request = httpx.Request("GET", f"http://127.0.0.1:1{backfill.SPARK}")
        codes = [(await mood.handle_async_request(request)).status_code for _ in range(4)]
        with pytest.raises(backfill.BreakOffError):
            await mood.handle_async_request(request)
        await mood.aclose()
        return codes, mood

    codes, mood = run(story())
    assert codes == [200, 200, 429, 200]
    assert (mood.answered, mood.refused) == (3, 1)
    assert 200 < mood.left_out < 400


def test_a_few_sessions_of_the_monkey_on_both_markets_note_no_error_and_are_left(capsys):
    # On the demo and on the folder of hostile names, in the two sizes that the monkey of test_quick_keys.py leaves out.
    for number, size in (("1", "80×24"), ("8", "200×60")):
        assert monkey.main(["--events", "40", "--only", number]) == 0, capsys.readouterr().out
        assert f"{size} |        1 |     40 |            0 |               0 |" in capsys.readouterr().out


def test_sessions_of_the_monkey_that_were_played_are_not_played_again(capsys, tmp_path):
    file = tmp_path / "sessions.json"
    left = monkey.Session((80, 24), "files", (), 0.25)
    stuck = monkey.Session((40, 12), "demo", ("not left: a screen",), math.inf)
    settings = {"seed": 1, "events": 500}
    monkey.keep_sessions(file, settings, {6: left, 0: stuck})
    assert monkey.main(["--sessions", "1", "--events", "500", "--into", str(file)]) == 1
    printed = capsys.readouterr().out
    assert "| files  |  80×24 |        1 |    500 |            0 |               0 |           0.25 s |" in printed
    assert "| demo   |  40×12 |        1 |    500 |            0 |               1 |                  |" in printed
    assert monkey.read_sessions(file, settings) == {6: left, 0: stuck}


def test_tables_of_the_market_and_a_walk_are_timed(capsys, folder):
    tables.main(["--names", "70", "--sessions", "90", "--rounds", "1", "--data", str(folder), "--fresh", "1"])
    printed = capsys.readouterr().out
    assert "P(squeeze) of the factors" in printed
    assert "sessions a second" in printed
    assert re.search(r"\| 2023-01-11 +\|.*nothing, to the last bit \|", printed), printed


def test_a_history_of_noise_is_timed_at_a_quarter_a_half_and_all(capsys):
    history_world.main(["--names", "9000", "--sessions", "64", "--rounds", "1", "--no-cluster"])
    out = capsys.readouterr().out
    rows = [line.split("|")[1].strip() for line in out.splitlines() if line.startswith("| ")]
    assert rows == ["names", "4,096", "4,096", "9,000"]
