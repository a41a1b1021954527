"""The doctor says how the log is doing, and prints its last events for any terminal."""

import json
import os

import pytest
from log_examples import NOON, told

from tui.__main__ import main
from tui.log_file import LogFile


def finding(home, capsys, *words):
    environment = ["--upstream", "http://127.0.0.1:9", "--format", "json", *words]
    main(["doctor", *environment])
    document = json.loads(capsys.readouterr().out)
    return next(one for one in document["findings"] if one["subject"] == "log")


def test_the_doctor_names_the_file_its_size_and_when_it_was_last_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    path = tmp_path / "state" / "shortside.log"
    assert finding(tmp_path, capsys)["finding"] == f"{path}: nothing yet; info and graver"
    told(tmp_path / "state", *["x" * 290] * 500)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    found = finding(tmp_path, capsys)
    assert found["level"] == "ok"
    assert found["finding"] == f"{path}: 0.2 MB, last written 07 Sep 2023 12:30 New York; info and graver"
    assert "shortside doctor --log" in found["advice"]
    monkeypatch.setenv("SHORTSIDE_LOG_LEVEL", "off")
    assert finding(tmp_path, capsys)["finding"].endswith("nothing is kept: log_level is off")


def test_the_doctor_warns_of_events_that_were_lost_and_of_what_is_no_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    LogFile(tmp_path / "state").append(["2023-09-07T16:30:00.000Z warning 1 log lost events=3 reason=full"])
    found = finding(tmp_path, capsys)
    assert found["level"] == "warning"
    assert "lost events=3" in found["finding"]
    (tmp_path / "state" / "shortside.log").unlink()
    (tmp_path / "state" / "shortside.log").mkdir()
    assert finding(tmp_path, capsys)["level"] == "warning"


def test_the_doctor_prints_the_last_events_two_hundred_unless_told_otherwise(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    LogFile(tmp_path / "state").append([f"line {number}" for number in range(500)])
    for words, count in (([], 200), (["7"], 7), (["9999"], 500)):
        assert main(["doctor", "--log", *words]) == 0
        assert capsys.readouterr().out.splitlines() == [f"line {number}" for number in range(500 - count, 500)]


def test_what_the_doctor_prints_steers_no_terminal_whoever_wrote_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "shortside.log").write_bytes(b"a\x1b]0;owned\x07b\r\xff\xfe\nc\n")
    assert main(["doctor", "--log"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("word", ["0", "-3", "many"])
def test_a_number_of_events_that_cannot_be_is_a_usage_error(word, capsys):
    assert main(["doctor", f"--log={word}"]) == 2
    assert "must be a whole number from 1 up" in capsys.readouterr().err


def test_an_empty_log_is_said_to_be_empty(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["doctor", "--log"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing is in the log yet" in said.err
