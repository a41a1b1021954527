"""The journal holds what happened: whole lines, by several writers, bounded, clean of foreign text and of secrets."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tui import log_file
from tui.__main__ import main
from tui.alerts.journal import FILE_NAME, Journal, JournalEntry

AT = datetime(2023, 9, 7, 20, 40, tzinfo=UTC)
CANARY = "canary-4711"


def entry(words="short interest of 31 Aug arrived", **facts):
    return JournalEntry(**{"at": AT, "kind": "event", "words": words, **facts})


def test_what_is_written_is_read_as_it_was(tmp_path):
    journal = Journal(tmp_path)
    entries = [
        entry(source="public"),
        entry("Crowded: GME", kind="alert", rule="Crowded", symbols=("GME", "AMC"), total=40),
        entry("Yahoo spark: refused", kind="trouble", of=AT - timedelta(days=900)),
    ]
    journal.append(entries)
    assert journal.read() == (entries, 0)


def test_foreign_text_and_secrets_get_into_no_line(tmp_path):
    journal = Journal(tmp_path)
    journal.append([entry(f"bad\x1b]52;c;x\x07 \u202eat https://x/?key={CANARY} {CANARY}\nnext")], [CANARY])
    content = (tmp_path / FILE_NAME).read_text()
    assert content.count("\n") == 1
    assert content[:-1].isprintable()
    assert CANARY not in content


@pytest.mark.parametrize(
    "line",
    [
        "", "{", "[]", "5", '{"at": "x"}', '{"at": "2023-09-07T00:00:00", "kind": "event", "words": "x"}',
        '{"at": "2023-09-07T00:00:00+00:00", "kind": 5, "words": "x"}', "[" * 5_000,
        '{"at": 5, "kind": "e", "words": ""}',
        '{"at": "2023-09-07T00:00:00+00:00", "kind": "e", "words": "x", "symbols": "x"}', "\ufffd\x00",
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_passed_over_and_counted(tmp_path, line):
    journal = Journal(tmp_path)
    journal.append([entry()])
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write(f"{line}\n")
    journal.append([entry("after it")])
    found, broken = journal.read()
    assert [one.words for one in found] == [entry().words, "after it"]
    assert broken == bool(line)


def test_what_others_wrote_into_the_file_is_clean_when_it_is_read(tmp_path):
    record = {**entry().as_record(), "words": "a\x1b[31mb\nc", "symbols": ["G\x07ME"]}
    (tmp_path / FILE_NAME).write_text(json.dumps(record) + "\n")
    found = Journal(tmp_path).read()[0][0]
    assert (found.words, found.symbols) == ("a[31mb c", ("GME",))


def test_several_writers_lose_no_line_and_the_file_stays_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(log_file, "MOST_BYTES", 4_000)

    def write(number):
        journal = Journal(tmp_path)
        for turn in range(10):
            journal.append([entry(f"writer {number} turn {turn}")])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    found, broken = Journal(tmp_path).read()
    assert broken == 0
    assert sorted(one.words for one in found) == sorted(f"writer {n} turn {t}" for n in range(4) for t in range(10))
    for turn in range(200):
        Journal(tmp_path).append([entry(f"more {turn}")])
    assert sum(path.stat().st_size for path in tmp_path.glob(f"{FILE_NAME}*")) <= 3 * 4_000
    assert Journal(tmp_path).read()[0][-1].words == "more 199"


# -- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-09-07T18:00:00-04:00")
    old = entry("an older one", at=AT - timedelta(days=5))
    Journal(tmp_path / "state").append([old, entry("Crowded: GME", kind="alert", rule="Crowded", symbols=("GME",))])
    return tmp_path


def printed(capsys, *words):
    code = main(["journal", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_journal_is_printed_as_text_json_and_lines_of_json(home, capsys):
    code, out, _ = printed(capsys)
    assert code == 0
    assert out.splitlines() == [
        "2023-09-02 16:40:00 NY  event    an older one",
        "2023-09-07 16:40:00 NY  alert    Crowded: GME",
    ]
    _, out, _ = printed(capsys, "--format", "json")
    document = json.loads(out)
    assert document["schema"] == "shortside.journal/1"
    assert [one["words"] for one in document["entries"]] == ["an older one", "Crowded: GME"]
    _, out, _ = printed(capsys, "--format", "ndjson")
    assert [json.loads(line) for line in out.splitlines()] == document["entries"]
    assert document["entries"][1] == {
        "at": "2023-09-07T20:40:00+00:00", "kind": "alert", "words": "Crowded: GME", "source": "",
        "rule": "Crowded", "symbols": ["GME"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("since", "words"),
    [("2023-09-07", ["alert"]), ("2023-09-02", ["event", "alert"]), ("2h", ["alert"]), ("6d", ["event", "alert"]),
     ("1m", []), ("2030-01-01", [])],
)  # fmt: skip
def test_the_journal_is_printed_since_a_day_or_as_far_back_as_is_said(home, capsys, since, words):
    code, out, _ = printed(capsys, "--since", since)
    assert code == 0
    assert [line.split()[3] for line in out.splitlines()] == words


def test_what_cannot_be_is_refused_in_a_sentence(home, capsys, monkeypatch):
    assert printed(capsys, "--since", "soon")[0] == 2
    monkeypatch.setenv("SHORTSIDE_FORMAT", "csv")
    code, _, err = printed(capsys)
    assert code == 3
    assert "the journal is written as text, json, ndjson" in err


def test_an_empty_journal_says_so_and_a_file_that_is_none_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert printed(capsys) == (0, "", "shortside: nothing is in the journal yet\n")
    (tmp_path / "state" / FILE_NAME).mkdir(parents=True)
    code, _, err = printed(capsys)
    assert code == 1
    assert "cannot be read: Is a directory" in err


def test_an_entry_whose_writer_was_killed_in_the_middle_of_it_was_never_written(tmp_path):
    journal = Journal(tmp_path)
    journal.append([entry("one"), entry("two")])
    whole = (tmp_path / FILE_NAME).read_bytes()
    for cut in range(1, len(whole.split(b"\n")[1]) + 1):
        (tmp_path / FILE_NAME).write_bytes(whole[:-cut])
        assert [one.words for one in journal.read()[0]] == ["one"]
        assert journal.read()[1] == 0
    journal.append([entry("three")])
    assert ([one.words for one in journal.read()[0]], journal.read()[1]) == (["one", "three"], 0)
