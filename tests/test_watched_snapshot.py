"""`shortside snapshot --watch` prints a document a line at its hours, of a market kept at the present moment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from market_data import LAST, prices, write_parquet
from public_archive import closes, cycle, evening, screener
from waiting import PATIENCE, line_within

from providers.archive.live_quotes import Quotes, write_quotes
from providers.archive.vintages import Archive
from tui.commands.watched_snapshot import watch_snapshot
from tui.errors import SourceError
from tui.settings.configuration import configured
from tui.terminal.plain_words import wait_while_read

BEGAN = datetime(2023, 3, 1, 22, 0, tzinfo=UTC)


class Hours:
    """A clock that only waiting moves on, and that ends a watch after some lines."""

    def __init__(self, waits: int, between=lambda number: None, seconds_a_line: float = 0.0) -> None:
        self.seconds, self.left = 0.0, waits
        self.waited: list[float] = []
        self._between, self._seconds_a_line = between, seconds_a_line

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def ticks(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.seconds += seconds + self._seconds_a_line
        if len(self.waited) > self.left:
            raise KeyboardInterrupt
        self._between(len(self.waited))


def watched(capsys, tmp_path, hours: Hours, document: str, seconds: float = 10.0, subject: str = "", **given: str):
    """The lines that a watch prints until its hours are over, and what it says beside them."""
    configuration = configured(given, {"SHORTSIDE_HOME": str(tmp_path / "home")})
    with pytest.raises(KeyboardInterrupt):
        watch_snapshot(document, configuration, hours.now, seconds, subject=subject, wait=hours.wait, ticks=hours.ticks)
    captured = capsys.readouterr()
    return [json.loads(line) for line in captured.out.splitlines()], captured.err


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """A copy of the small market that a test may change."""
    return Path(shutil.copytree(folder, tmp_path / "market"))


def test_every_interval_has_one_line_with_one_document(capsys, tmp_path, folder):
    hours = Hours(3)
    lines, err = watched(capsys, tmp_path, hours, "tiers", source="files", data=str(folder))
    assert [line["schema"] for line in lines] == ["shortside.tiers/1"] * 4
    assert hours.waited == [10.0] * 4
    assert err == ""


def test_a_line_that_takes_longer_than_the_interval_leaves_the_next_ones_out(capsys, tmp_path, folder):
    hours = Hours(2, seconds_a_line=25.0)
    lines, _ = watched(capsys, tmp_path, hours, "breadth", source="files", data=str(folder))
    # Due every 10 s; after 10 + 25 s the next hour is 40, so 5 s are left; then 65 s, and 70 is the next one.
    assert hours.waited == [10.0, 5.0, 5.0]
    assert len(lines) == 3


def test_the_demo_ticks_between_the_lines_and_its_ages_go_on(capsys, tmp_path):
    lines, _ = watched(capsys, tmp_path, Hours(2), "names", 60.0, source="demo", limit="20", speed="10")
    first, *others = [[row["short_interest"] for row in line["rows"]] for line in lines]
    assert len(others) == 2
    assert all(other != first for other in others)
    looked = [next(one["fetched_at"] for one in line["inputs"] if one["dataset"] == "quotes") for line in lines]
    assert looked == sorted(set(looked))


def test_files_are_read_again_when_one_of_them_changed(capsys, tmp_path, own_folder):
    def change(number: int) -> None:
        if number == 2:
            halved = prices()
            halved.loc[halved["date"] == LAST, "close"] /= 2
            write_parquet(halved, own_folder / "prices.parquet")

    lines, err = watched(
        capsys, tmp_path, Hours(3, change), "symbol", subject="NA", source="files", data=str(own_folder)
    )
    found = [line["figures"]["price"] for line in lines]
    assert found == pytest.approx([2.085, 2.085, 1.0425, 1.0425])
    assert err == ""


def test_a_folder_that_cannot_be_read_is_complained_of_once_and_the_last_market_goes_on(capsys, tmp_path, own_folder):
    def change(number: int) -> None:
        if number == 1:
            next(own_folder.glob("prices.*")).write_bytes(b"half a file")

    lines, err = watched(capsys, tmp_path, Hours(3, change), "tiers", source="files", data=str(own_folder))
    assert len({json.dumps(line["total"]) for line in lines}) == 1
    assert len(lines) == 4
    assert len(err.splitlines()) == 1
    assert "prices" in err


def test_a_market_that_is_not_there_ends_before_the_first_line(capsys, tmp_path):
    hours = Hours(1)
    configuration = configured({"source": "files", "data": str(tmp_path / "none")}, {"SHORTSIDE_HOME": str(tmp_path)})
    with pytest.raises(SourceError):
        watch_snapshot("tiers", configuration, hours.now, 1.0, wait=hours.wait, ticks=hours.ticks)
    assert (capsys.readouterr().out, hours.waited) == ("", [])


def test_what_is_too_old_is_said_once(capsys, tmp_path, folder):
    hours = Hours(2)
    hours.seconds = 90 * 86_400.0
    lines, err = watched(capsys, tmp_path, hours, "tiers", source="files", data=str(folder), max_age="1m")
    assert len(lines) == 3
    assert err.count("prices of 2023-03-01 is older than --max-age allows") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--watch", "0"), "--watch 0: must be seconds from 0.1 up"),
        (("--watch", "often"), "--watch often: must be seconds"),
        (("--watch", "1e400"), "--watch 1e400: must be seconds"),
        (("--watch", "1", "--format", "csv"), "every line is a document of JSON"),
        (("--watch", "1", "--format", "text"), "every line is a document of JSON"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_use(ask, words, complaint):
    code, out, err = ask("tiers", *words)
    assert (code, out) == (2, "")
    assert complaint in err


def test_waiting_ends_when_nobody_reads_any_more(monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        wait_while_read(0.01)
        os.close(reading)
        with pytest.raises(BrokenPipeError):
            wait_while_read(PATIENCE)
        monkeypatch.undo()


@pytest.mark.parametrize(("how", "code"), [("interrupt", 130), ("close", 0)])
def test_a_watch_ends_with_the_code_of_how_it_was_ended(tmp_path, folder, repository, how, code):
    words = ["snapshot", "tiers", "--watch", "1h", "--source", "files", "--data", str(folder)]
    variables = {**os.environ, "SHORTSIDE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words], cwd=repository, env=variables, stdout=subprocess.PIPE, text=True
    )
    try:
        # It comes at once, although the next one is due in an hour: every line is sent on.
        assert json.loads(line_within(process.stdout))["schema"] == "shortside.tiers/1"
        assert process.stdout is not None
        if how == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            process.stdout.close()
        assert process.wait(PATIENCE) == code
    finally:
        process.kill()
        process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()


def test_the_archive_is_followed_by_its_prices_and_its_publications(capsys, tmp_path):
    archive = Archive(tmp_path / "home" / "archive")
    before, today = date(2023, 2, 28), date(2023, 3, 1)
    archive.append(closes(before, evening(before)))
    archive.append(screener(before, evening(before)))
    for settlement in (date(2023, 1, 13), date(2023, 1, 31)):
        archive.append(cycle(settlement, evening(before)))
    opened = datetime(2023, 3, 1, 15, 0, tzinfo=UTC)

    def quote(source: str, minute: int, **quoted: float) -> None:
        made = np.full(len(quoted), opened.timestamp() + 60 * minute)
        nothing = np.full(len(quoted), np.nan)
        values = np.array(list(quoted.values()))
        write_quotes(
            archive.root,
            Quotes(
                source=source,
                as_of=today,
                fetched_at=opened,
                symbols=tuple(quoted),
                prices=values,
                volumes=nothing,
                moments=made,
            ),
        )

    def happen(number: int) -> None:
        if number == 1:
            quote("yahoo", 5, AAPL=200.0)
        elif number == 2:
            # A quarter of an hour late: the newer price stays.
            quote("screener", 0, AAPL=190.0, NA=3.0)
        elif number == 3:
            archive.append(cycle(date(2023, 2, 15), evening(before, 20)))

    hours = Hours(4, happen)
    hours.seconds = (opened - BEGAN).total_seconds()
    lines, err = watched(capsys, tmp_path, hours, "symbol", subject="AAPL", source="public")
    assert err == ""
    assert [line["as_of"] for line in lines] == ["2023-02-28", *["2023-03-01"] * 4]
    assert [line["figures"]["price"] for line in lines][1:] == [200.0] * 4
    known = [next(row["settlement_date"] for row in line["rows"] if row["is_known"]) for line in lines]
    assert known == [*["2023-01-31"] * 3, *["2023-02-15"] * 2]
