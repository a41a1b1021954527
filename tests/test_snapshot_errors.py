"""`shortside snapshot` ends in its exit code and a sentence, whatever was asked, whatever is in the folder."""

import contextlib
import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from market_data import (
    FIRST,
    NAMES,
    changed,
    finra_file,
    prices,
    short_interest,
)
from snapshot_examples import spoilt
from waiting import PATIENCE, bytes_within, started

from tui.__main__ import main

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own configuration and cache."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SHORTSIDE_HOME", str(folder))
    return folder


def test_old_inputs_end_in_5_with_the_document_all_the_same(ask, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-03-09T12:00:00-05:00")
    code, out, err = ask("tiers", "--format", "json", "--max-age", "3d")
    assert code == 5
    assert json.loads(out)["schema"] == "shortside.tiers/1"
    assert "prices of 2023-03-01 is older" in err


def test_inputs_young_enough_end_in_0(ask, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-03-09T12:00:00-05:00")
    assert ask("tiers", "--format", "json", "--max-age", "3w")[0] == 0


def test_however_little_age_is_allowed_the_newest_there_is_will_do(ask, monkeypatch):
    # The evening of the last session, before the next borrow fees are due; short interest is two weeks old and current.
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-03-01T17:30:00-05:00")
    code, _, err = ask("tiers", "--format", "json", "--max-age", "1m")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["snapshot", "tiers", "--window", "2y"], 2, "must be one of 1d"),
        (["snapshot", "tiers", "--as-of", "soon"], 2, "YYYY-MM-DD"),
        (["snapshot", "names", "--sort", "beauty"], 2, "choose crowding, squeeze"),
        (["snapshot", "names", "--where", "tier = smal"], 2, "no tier is called 'smal' .*nearest: small"),
        (["snapshot", "names", "--columns", "symbl"], 2, "no column is called symbl; nearest: symbol"),
        (["snapshot", "names", "--symbols", ","], 2, "symbols with commas"),
        (["snapshot", "names", "--sector", "Alchemy"], 2, "choose one of .*Technology"),
        (["snapshot", "tiers", "--limit", "3"], 2, "only names, shorting, .* and published take it, not tiers"),
        (["snapshot", "tiers", "--source", "files"], 2, "--data DIR"),
        (["snapshot", "tiers", "--window", "since:2024-01-01"], 2, "after the last session"),
        (["snapshot", "tiers", "--config", "/nowhere/at/all.toml"], 3, "no such configuration file"),
        (["snapshot", "tiers", "--source", "public"], 4, "shortside backfill --since"),
        (["--source", "replay"], 2, "the replay source needs a recording; name it with --data FILE"),
        (["snapshot", "tiers", "--as-of", "2001-01-01"], 4, "prices run from 2021-09-07 to 2023-09-07"),
        (["snapshot", "tiers", "--data", "/nowhere/at/all"], 4, "no folder"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_with_its_code(capsys, words, code, complaint):
    assert main(words) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("shortside: ")
    assert "Traceback" not in captured.err
    assert re.search(complaint, captured.err)


@pytest.mark.parametrize(
    ("variable", "text"), [("SHORTSIDE_WINDOW", "2y"), ("SHORTSIDE_SORT", "beauty"), ("SHORTSIDE_NOW", "soon")]
)
def test_a_bad_variable_ends_in_3_and_is_named(capsys, monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    assert main(["snapshot", "names"]) == 3
    assert variable in capsys.readouterr().err


def test_a_bad_key_of_the_file_ends_in_3(capsys, home):
    (home / "config.toml").write_text('positons = "step"\n')
    assert main(["snapshot", "names"]) == 3
    assert "positons; the nearest is positions" in capsys.readouterr().err


def test_off_a_terminal_the_monitor_points_to_snapshot(capsys):
    assert main([]) == 2
    assert "shortside snapshot" in capsys.readouterr().err


def test_on_a_dumb_terminal_the_same_content_comes_as_text(repository):
    ours, theirs = pty.openpty()
    printed = b""
    with started(
        [sys.executable, "-m", "tui"],
        cwd=repository,
        env={**os.environ, "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as program:
        os.close(theirs)
        # The far end of a pty is read to its end, which is an error there.
        with contextlib.suppress(OSError):
            while piece := bytes_within(ours):
                printed += piece
        _, err = program.communicate(timeout=PATIENCE)
    os.close(ours)
    assert program.returncode == 0
    assert b"\x1b" not in printed
    assert b"SIMULATED" in printed.upper()
    assert b"mega" in printed
    assert "shortside snapshot" in err


# -- bad input, as a new user would meet it --------------------------------------------------------------------------


def test_an_empty_folder_ends_in_4(ask, tmp_path):
    code, _, err = ask("tiers", data=tmp_path)
    assert code == 4
    assert "is empty" in err


def test_a_truncated_parquet_ends_in_4_and_stays_as_it_was(ask, tmp_path):
    market = spoilt(tmp_path)
    whole = (market / "prices.parquet").read_bytes()
    (market / "prices.parquet").write_bytes(whole[: len(whole) // 2])
    code, out, err = ask("tiers", data=market)
    assert (code, out) == (4, "")
    assert "prices.parquet" in err
    assert (market / "prices.parquet").read_bytes() == whole[: len(whole) // 2]


def test_a_missing_column_is_named(ask, tmp_path):
    market = spoilt(tmp_path)
    (market / "prices.parquet").unlink()
    prices().drop(columns="close").to_csv(market / "prices.csv", index=False)
    code, _, err = ask("tiers", data=market)
    assert code == 4
    assert "prices.csv" in err
    assert "close" in err


def test_a_negative_price_is_found_by_file_and_row(ask, tmp_path):
    code, _, err = ask("tiers", data=spoilt(tmp_path, price_rows=changed(prices(), 5, "close", -1.0)))
    assert code == 4
    assert "prices.parquet, row 6, column close" in err


def test_a_row_given_twice_with_two_closes_is_found(ask, tmp_path):
    twice = changed(prices(), 1, "date", FIRST)
    code, _, err = ask("tiers", data=spoilt(tmp_path, price_rows=twice))
    assert code == 4
    assert next(iter(NAMES)) in err
    assert "already" in err


def test_a_settlement_on_a_day_that_is_none_is_found(ask, tmp_path):
    code, _, err = ask(
        "tiers", data=spoilt(tmp_path, reports=changed(short_interest(), 0, "settlement_date", date(2023, 1, 10)))
    )
    assert code == 4
    assert "2023-01-10 is not a settlement date" in err


def test_a_day_before_all_data_is_answered_with_where_the_data_begin(ask):
    code, _, err = ask("tiers", "--as-of", "2022-12-01")
    assert code == 4
    assert "2023-01-03" in err


def test_a_cache_that_cannot_be_written_is_said_and_the_figures_come_all_the_same(ask, home):
    (home / "cache").write_text("in the way")
    code, out, err = ask("tiers", "--format", "json")
    assert code == 0
    assert json.loads(out)["total"]["names"] == 4
    assert "no copy of the market is kept" in err
    assert (home / "cache").read_text() == "in the way"


def test_a_damaged_copy_in_the_cache_is_passed_over_with_a_word(ask, home):
    first = ask("tiers", "--format", "json")
    for path in home.rglob("close.npy"):
        path.write_bytes(path.read_bytes()[:100])
    code, out, err = ask("tiers", "--format", "json")
    assert (code, out) == (0, first[1])
    assert "is passed over" in err


def test_finra_s_own_file_may_lie_beside_the_others(ask, tmp_path, document):
    market = spoilt(tmp_path)
    reports = short_interest()
    last = reports[reports["settlement_date"] == reports["settlement_date"].max()]
    doubled = last.assign(short_interest=last["short_interest"] * 2)
    name = f"shrt{last['settlement_date'].iloc[0]:%Y%m%d}.csv.gz"
    (market / name).write_bytes(gzip.compress(finra_file(doubled)))
    code, out, _ = ask("tiers", "--known", "revised", "--format", "json", data=market)
    assert code == 0
    sound = document("tiers", "--known", "revised")
    assert json.loads(out)["total"]["short_interest_end"] > sound["total"]["short_interest_end"]


# -- the process ------------------------------------------------------------------------------------------------------


def test_a_reader_that_had_enough_is_no_failure(repository, folder):
    command = f"{sys.executable} -m tui snapshot names --limit 0 --data {folder} | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_in_its_code(repository, number, code):
    # The signal is sent from inside, at a known point: while the configuration is read.
    script = (
        "import os, sys, tui.settings.configuration as module\n"
        "from tui.__main__ import main\n"
        f"module.configured = lambda *_: os.kill(os.getpid(), {int(number)})\n"
        "sys.exit(main(['config', 'show']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")


def test_main_leaves_the_signal_handlers_as_they_were(capsys):
    before = signal.getsignal(signal.SIGTERM)
    assert main(["--version"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
