"""What terminals wish of whoever polls, and which names they look at, arrives whole, whoever dies in between."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import PATIENCE, line_within, started

from providers.feeds.attention import ATTENTION_FOLDER as ATTENTION
from providers.feeds.attention import Attention, AttentionNote, attention_of_all, union
from providers.feeds.wishes import WISHES_FOLDER, WISHES_KEPT, FetchHistory, PollNow, Wish, put_wish, take_wishes


def test_two_wishes_in_one_moment_both_arrive(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: put_wish(tmp_path, FetchHistory(symbol=f"S{at}")), range(40)))
    wishes, complaints = take_wishes(tmp_path)
    assert sorted(map(str, wishes)) == sorted(str(FetchHistory(symbol=f"S{at}")) for at in range(40))
    assert complaints == []


def test_wishes_are_granted_once_and_in_the_order_they_were_made(tmp_path):
    made: list[Wish] = [PollNow(), FetchHistory(symbol="GME"), PollNow(feed="sec_fails")]
    for at, wish in enumerate(made):
        before = set((tmp_path / WISHES_FOLDER).glob("*")) if at else set()
        put_wish(tmp_path, wish)
        (path,) = set((tmp_path / WISHES_FOLDER).glob("*")) - before
        os.utime(path, ns=(at, at))
    assert take_wishes(tmp_path) == (made, [])
    assert take_wishes(tmp_path) == ([], [])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"type": "rm"}', b"\xff\xfe", b'{"type": "fetch history"}', b"9" * 9_999]
)
def test_a_file_that_is_no_wish_is_removed_and_told_and_stops_no_other(tmp_path, body):
    put_wish(tmp_path, PollNow())
    (tmp_path / WISHES_FOLDER / "strange.json").write_bytes(body)
    wishes, complaints = take_wishes(tmp_path)
    assert wishes == [PollNow()]
    assert complaints == ["strange.json is no wish, and was removed"]
    assert list((tmp_path / WISHES_FOLDER).iterdir()) == []


def test_half_a_wish_is_not_read(tmp_path):
    (tmp_path / WISHES_FOLDER).mkdir()
    partial = tmp_path / WISHES_FOLDER / ".partial-1.json"
    partial.write_text("{")
    assert take_wishes(tmp_path) == ([], [])
    assert partial.exists()


def test_wishes_nobody_grants_do_not_fill_the_disk(tmp_path):
    for at in range(WISHES_KEPT + 20):
        put_wish(tmp_path, FetchHistory(symbol=f"S{at}"))
    wishes, _ = take_wishes(tmp_path)
    assert len(wishes) == WISHES_KEPT


def test_what_all_terminals_look_at_is_what_is_asked(tmp_path):
    one, other = AttentionNote(tmp_path), AttentionNote(tmp_path)
    one.write(Attention(watched=("AAPL", "TSLA"), viewed=("AAPL",)))
    other.write(Attention(watched=("GME", "TSLA", "AMC"), viewed=("GME",)))
    found = attention_of_all(tmp_path)
    assert set(found.watched) == {"AAPL", "GME", "TSLA", "AMC"}
    assert set(found.viewed) == {"AAPL", "GME"}
    other.close()
    assert attention_of_all(tmp_path) == Attention(watched=("AAPL", "TSLA"), viewed=("AAPL",))
    one.close()
    assert attention_of_all(tmp_path) == Attention()
    assert list((tmp_path / ATTENTION).iterdir()) == []


NAMES = st.lists(st.sampled_from("ABCDEFG"), unique=True, max_size=7).map(tuple)


@given(st.lists(NAMES, max_size=4))
def test_a_name_stands_no_later_than_the_best_place_any_terminal_gives_it_allows(lists):
    together = union([Attention(watched=one) for one in lists]).watched
    assert sorted(together) == sorted({name for one in lists for name in one})
    for place, name in enumerate(together):
        best = min(one.index(name) for one in lists if name in one)
        assert place < (best + 1) * len(lists)


def test_a_note_taken_away_is_not_written_again(tmp_path):
    note = AttentionNote(tmp_path)
    note.close()
    note.write(Attention(watched=("GME",)))
    assert attention_of_all(tmp_path) == Attention()


LOOKING = """
import sys
from pathlib import Path
from providers.feeds.attention import Attention, AttentionNote
note = AttentionNote(Path(sys.argv[1]))
note.write(Attention(watched=("GME",)))
print("written", flush=True)
sys.stdin.read()
"""


def test_a_terminal_that_is_killed_looks_at_nothing_any_more(tmp_path, repository):
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    with started(
        [sys.executable, "-c", LOOKING, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as terminal:
        assert line_within(terminal.stdout) == "written\n"
        assert attention_of_all(tmp_path) == Attention(watched=("GME",))
        terminal.send_signal(signal.SIGKILL)
        terminal.wait(PATIENCE)
        assert attention_of_all(tmp_path) == Attention()


def test_a_note_that_is_none_is_passed_over(tmp_path):
    note = AttentionNote(tmp_path)
    note.write(Attention(watched=("GME",)))
    (path,) = (tmp_path / ATTENTION).glob("*.json")
    path.write_text("{")
    assert attention_of_all(tmp_path) == Attention()
    note.close()
