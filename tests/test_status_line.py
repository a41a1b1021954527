"""`shortside snapshot line` prints what a monitor saved: in few columns, with its marks and its age, and at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import SYMBOLS, loaded_market, monitor, opened, settled
from waiting import PATIENCE

from shortside.rows import tier_table
from tui import exit_codes
from tui.__main__ import main
from tui.screens.status_keeping import SECONDS_ANOTHER_MONITOR_COUNTS, status_of, write_status
from tui.terminal import status_line as module
from tui.terminal.status_line import FEED_WORDS, MARKS, saved_status, status_line
from widgets.format import GLYPHS_UNICODE

NOW = datetime(2023, 9, 7, 20, 30, tzinfo=UTC)
STATUS = {
    "day": "2023-09-07",
    "window": "ytd",
    "profit": -4_084_000_000.0,
    "new_short_30d": 12_140_000_000.0,
    "feed": "current",
    "alerts": 2,
    "marks": "",
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / module.FILE_NAME


def written(file, at=NOW, **changes):
    """What the line is made from, once a monitor saved it."""
    assert write_status(file, {**STATUS, **changes}, at) == ""
    return saved_status(str(file))


def line_of(file, columns=60, seconds=0.0, **changes):
    saved = written(file, **changes)
    return status_line(saved, (NOW + timedelta(seconds=seconds)).timestamp(), columns)


def test_all_of_it_stands_in_sixty_columns_and_less_in_fewer(file):
    assert [line_of(file, columns) for columns in (61, 60, 45, 36, 24, 10)] == [
        "7 Sep · YTD P&L −4.08B · new 30d +12.1B · feeds ok · 2 alerts",
        "7 Sep · YTD P&L −4.08B · new 30d +12.1B · 2 alerts",
        "7 Sep · P&L −4.08B · new +12.1B · 2 alerts",
        "7 Sep · P&L −4.08B · 2 alerts",
        "7 Sep · P&L −4.08B",
        "P&L −4.08B",
    ]


@pytest.mark.parametrize(
    ("seconds", "age"), [(59, ""), (61, "1m old"), (7_300, "2h old"), (200_000, "2d old"), (-90, "clock set back")]
)
def test_it_says_its_age_when_it_is_older_than_a_minute(file, seconds, age):
    line = line_of(file, seconds=seconds)
    assert line.endswith(age)
    assert ("old" in line) == ("old" in age)


@pytest.mark.parametrize("marks", ["SIM", "REPLAY", "PAST", "SIM REPLAY", "SIM REPLAY PAST"])
@pytest.mark.parametrize("columns", [10, 20, 30, 60])
def test_the_marks_stay_however_narrow_it_is(file, marks, columns):
    assert line_of(file, columns, marks=marks).startswith(marks[:columns])


def test_what_is_unknown_is_no_zero(file):
    line = line_of(file, profit=None, new_short_30d=None)
    assert "P&L —" in line
    assert "0" not in line.replace("30d", "")


@given(
    st.integers(10, 200),
    st.none() | st.floats(-1e15, 1e15),
    st.none() | st.floats(-1e15, 1e15),
    st.sampled_from(FEED_WORDS),
    st.integers(0, 10**6),
    st.lists(st.sampled_from(MARKS), unique=True),
    st.floats(-1e9, 1e9),
    st.booleans(),
)
def test_it_is_never_wider_than_it_may_be(columns, profit, new, feed, alerts, marks, seconds, is_ascii):
    saved = {
        "at": NOW.timestamp(), "day": (2022, 12, 31), "window": "since:2020-01-01", "profit": profit,
        "new_short_30d": new, "feed": feed, "alerts": alerts, "marks": marks,
    }  # fmt: skip
    line = status_line(saved, NOW.timestamp() + seconds, columns, is_ascii)
    assert len(line) <= columns
    assert line.isprintable()
    assert line.isascii() or not is_ascii
    if seconds >= 61 and len(line) >= 40:
        assert "old" in line


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (-0.2, "0"), (5.0, "+5"), (999.4, "+999"), (999.6, "+1.00K"), (-12_345.0, "−12.3K"), (4e9, "+4.00B"),
     (999_960_000.0, "+1.00B"), (1.234e15, "+1234T")],
)  # fmt: skip
def test_dollars_have_three_digits_and_their_sign(file, value, words):
    assert f"P&L {words} ·" in line_of(file, 100, profit=value)


def test_it_is_saved_whole_for_its_owner_alone(file):
    written(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_demo_does_not_take_the_place_of_the_present_while_that_is_fresh(file):
    written(file)
    later = NOW + timedelta(seconds=SECONDS_ANOTHER_MONITOR_COUNTS - 1)
    assert written(file, later, marks="SIM", profit=1.0)["marks"] == []
    later += timedelta(seconds=2)
    assert written(file, later, marks="SIM", profit=1.0)["marks"] == ["SIM"]
    assert written(file, later)["marks"] == []


SPOILT_KEYS: list[dict[str, object]] = [
    {"day": "2023-13-01"}, {"day": 5}, {"day": "a-b-c"}, {"profit": "1"}, {"profit": True}, {"alerts": []},
    {"marks": None}, {"window": 7}, {"at": 1e308},
]  # fmt: skip
SPOILT = [
    *(b"", b"{", b"[]", b"null", b"[" * 4_000, b"{}", b"\xff", b'{"format": 2}', b" " * 5_000),
    *(json.dumps({"format": 1, "at": 0, **STATUS, **spoilt}).encode() for spoilt in SPOILT_KEYS),
]


@pytest.mark.parametrize("content", SPOILT)
def test_a_broken_state_is_told_in_words_with_four(file, monkeypatch, capfd, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    file.chmod(0o600)
    monkeypatch.setenv("SHORTSIDE_HOME", str(file.parents[1]))
    assert main(["snapshot", "line"]) == 4
    assert capfd.readouterr() == ("", "shortside: what a monitor saved for this line cannot be read\n")


def test_another_s_words_in_the_file_do_not_reach_the_bar(file):
    written(file)
    content = {**json.loads(file.read_text()), "window": "\x1b[31mytd", "feed": "\x1b]0;x\x07", "marks": "SIM\x1b[5m"}
    file.write_text(json.dumps(content))
    line = status_line(saved_status(str(file)), NOW.timestamp(), 100)
    assert line.isprintable()
    assert "[31mytd P&L" in line
    assert "feeds unknown" in line


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_a_link_or_a_file_that_others_may_write_is_not_read(file, tmp_path):
    written(file)
    file.chmod(0o666)
    with pytest.raises(OSError):  # noqa: PT011 (a PermissionError or what opening a link raises)
        saved_status(str(file))
    file.chmod(0o600)
    other = tmp_path / "other.json"
    file.rename(other)
    file.symlink_to(other)
    with pytest.raises(OSError):  # noqa: PT011
        saved_status(str(file))


def test_without_a_state_it_says_so_with_four(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["snapshot", "line"]) == 4
    assert capfd.readouterr() == ("", "shortside: no monitor saved a state yet; open one: shortside\n")


@pytest.mark.parametrize("words", [["--columns"], ["--columns", "9"], ["--columns=x"], ["--source", "demo"], ["x"]])
def test_what_it_does_not_take_is_a_mistake_of_use(words, capfd):
    assert main(["snapshot", "line", *words]) == 2
    assert capfd.readouterr().err.startswith("shortside: ")


def test_its_help_names_its_options(capfd):
    assert main(["snapshot", "line", "--help"]) == 0
    assert "--columns N" in capfd.readouterr().out


def test_its_codes_are_those_of_the_program():
    assert (module.OK, module.USAGE_CODE, module.NO_DATA) == (
        exit_codes.OK, exit_codes.USAGE, exit_codes.NO_DATA,
    )  # fmt: skip
    assert GLYPHS_UNICODE.missing == "—"


def test_the_process_imports_nothing_that_takes_time(file, repository):
    written(file, marks="SIM")
    program = (
        "import sys; from tui.__main__ import main; code = main(['snapshot', 'line', '--ascii', '--columns', '80'])"
    )
    program += "; print(*sorted(sys.modules)); sys.exit(code)"
    variables = {**os.environ, "SHORTSIDE_HOME": str(file.parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repository, env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    line, modules = done.stdout.splitlines()
    assert (done.returncode, line[:4]) == (0, "SIM ")
    heavy = {
        "numpy",
        "pandas",
        "textual",
        "rich",
        "argparse",
        "pathlib",
        "typing",
        "dataclasses",
        "asyncio",
        "datetime",
    }
    assert heavy & set(modules.split()) == set()
    assert {name for name in modules.split() if name.startswith("tui.")} == {
        *("tui.__main__", "tui.terminal", "tui.terminal.saved_frame", "tui.terminal.status_line"),
    }


@pytest.mark.parametrize(("is_past", "marks"), [(False, "SIM"), (True, "SIM PAST")])
def test_a_monitor_of_a_day_that_was_asked_for_marks_its_figures_as_past(is_past, marks):
    loaded = loaded_market()
    assert status_of(loaded, loaded.desk.board(loaded.view), is_past, "current", 0)["marks"] == marks


async def test_a_monitor_saves_its_line_and_nothing_of_any_name(tmp_path):
    app = monitor(tmp_path)
    file = tmp_path / "state" / module.FILE_NAME
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot)
        await settled(app, pilot, file.exists)
        saved = saved_status(str(file))
        total = tier_table(app.board, with_trends=False).total
        assert saved["profit"] == pytest.approx(total.profit, abs=0.01)
        assert saved["new_short_30d"] == pytest.approx(total.new_short_30d, abs=0.01)
        assert saved["marks"] == ["SIM"]
        assert saved["window"] == "30d"
    assert not any(symbol in file.read_text() for symbol in SYMBOLS)
