"""What happens is in the log, an event a line, with its level and without a secret."""

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, time
from urllib.parse import quote

import httpx
import pytest
from feed_examples import HandClock, Source, exchange, feed_of, loop_clock, snapshot
from hypothesis import given
from hypothesis import strategies as st
from log_examples import LINE, NOON, events, log_in, told, written
from mock_network import HTML, Network, ask
from monitor_examples import monitor, opened
from provider_examples import HOST
from support_terminal import PseudoTerminal
from virtual_time import run
from waiting import PATIENCE

from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.catalog import KeyName
from providers.errors import BlockedError, RefusedError, RestingError, ThrottledError, UnreachableError
from providers.events import LONGEST_VALUE, ROOT, Event
from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.poller import Poller, PollerWork
from providers.feeds.schedule import Daily
from providers.http.client import Fetched
from providers.http.verdicts import Form
from shortside.sessions import NEW_YORK
from tui.__main__ import main
from tui.errors import SourceError
from tui.event_log import LONGEST_LINE, complaint_of_log, logged_run
from tui.faults import Faults
from tui.processes.back_office import greeting_of
from tui.settings.configuration import configured
from tui.settings.keys import secrets_beside

CANARY = "canary-4711/do+not show"

# -- what is in it ----------------------------------------------------------------------------------------------------


async def poll_over_a_weekend(home):
    """Three feeds from Friday's close until Monday morning: one that is well, one that is walled off, one throttled."""
    clock = loop_clock(datetime(2023, 9, 8, 16, tzinfo=NEW_YORK))
    daily = Daily(hour=time(7))
    feeds = [
        feed_of(Source(clock), name="well", schedule=daily),
        feed_of(Source(clock, [BlockedError("a wall\ninstead of data")]), name="walled", schedule=daily),
        feed_of(Source(clock, [ThrottledError("be quiet", retry_after=7_200.0)]), name="busy", schedule=daily),
    ]
    with log_in(home / "state", clock=clock):
        lease = Lease(home / "archive", clock)
        assert lease.acquire()
        poller = asyncio.create_task(Poller(PollerWork(feeds=feeds), clock=clock, nap=600.0).run())
        await asyncio.sleep(63 * 3_600)
        poller.cancel()
        await asyncio.wait([poller], timeout=60)
        lease.release()


def test_what_a_poller_did_on_saturday_can_be_read_on_monday(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    run(poll_over_a_weekend(tmp_path))
    assert main(["doctor", "--log", "100000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert "polling takeover" in lines[0]
    saturday = [line for line in lines if line.startswith("2023-09-09T")]
    assert any("outcome=B" in line and 'reason="a wall instead of data"' in line for line in saturday)
    assert any("feed=busy provider=busy host=busy.test outcome=T" in line for line in saturday)
    friday = next(line for line in lines if "feed=well" in line)
    assert re.search(
        r"info \d+ feeds poll feed=well .* outcome=C as_of=2023-09-08 rows=3 requests=0 ms=0 next=20", friday
    )
    assert "warning" in saturday[0]


def test_a_poll_is_told_with_what_it_took(tmp_path):
    async def look():
        clock, ledger = HandClock(), Ledger()

        async def ask():
            for _ in range(2):
                ledger.heard(replace(exchange(at=clock()), size=500))
            await asyncio.sleep(0.25)
            return Delivery(fetched=(Fetched(snapshot=snapshot(date(2023, 9, 7), clock())),), complaints=("odd row",))

        source = Source(clock)
        source.ask = ask
        with log_in(tmp_path, clock=clock):
            await feed_of(source, ledger=ledger).poll()

    run(look())
    [line] = written(tmp_path)
    assert "outcome=C as_of=2023-09-07 rows=3 requests=2 bytes=1000 ms=250 next=2023-09-07T16:05:00Z" in line
    assert line.endswith('reason="odd row"')


def test_an_error_of_ours_in_a_feed_is_of_the_gravest_level(tmp_path):
    async def look():
        clock = HandClock()
        with log_in(tmp_path, "error", clock):
            await feed_of(Source(clock, [UnreachableError("gone")])).poll()
            await feed_of(Source(clock, [ZeroDivisionError("0")])).poll()

    run(look())
    [line] = written(tmp_path)
    assert "outcome=E" in line
    assert 'reason="an error of this program, ZeroDivisionError: 0"' in line


def test_a_vintage_is_told_once_and_looks_that_saw_the_same_are_not(tmp_path):
    with log_in(tmp_path):
        for _ in range(2):
            Archive(tmp_path / "archive").append(snapshot(date(2023, 9, 7), NOON))
    [line] = written(tmp_path)
    assert "archive vintage dataset=reference as_of=2023-09-07 source=example rows=3 file=20230907T163000" in line


def test_an_error_nobody_foresaw_is_a_line_that_says_where_its_traceback_is(tmp_path, noted_errors):
    faults = Faults(tmp_path, lambda: NOON)
    with log_in(tmp_path):
        for _ in range(3):
            faults.note(ZeroDivisionError("secret words"))
    [line] = written(tmp_path)
    assert "error kind=ZeroDivisionError" in line
    assert f"traceback={tmp_path}/errors.log" in line
    assert "secret words" not in line
    noted_errors.clear()


@pytest.mark.parametrize(
    ("raised", "level", "ends"),
    [
        (None, "info", "code=0"),
        (SourceError("nothing there"), "warning", 'failure="SourceError: nothing there"'),
        (ZeroDivisionError("0"), "error", 'failure="ZeroDivisionError: 0"'),
        (KeyboardInterrupt(), "warning", "failure=KeyboardInterrupt"),
    ],
)
def test_a_run_is_told_from_its_beginning_to_its_end_however_it_ends(tmp_path, raised, level, ends):
    def command():
        with logged_run(log_in(tmp_path), "backfill", source="public") as one:
            if raised is not None:
                raise raised
            one.code = 0

    if raised is None:
        command()
    else:
        with pytest.raises(type(raised)):
            command()
    first, last = written(tmp_path)
    assert re.search(r"run start command=backfill version=\S+ source=public$", first)
    assert f" {level} {os.getpid()} run end command=backfill " in last
    assert ends in last


# -- one event, one line, no secret -----------------------------------------------------------------------------------


HOSTILE = [
    "two\nlines",
    "\r\n2023-01-01T00:00:00.000Z info 1 feeds poll",
    "\x1b]0;owned\x07",
    "\u202eevil",
    'a="b" \\',
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_one_event_is_one_clean_line_whatever_is_told(tmp_path, text):
    [line] = told(tmp_path, text)
    assert LINE.fullmatch(line)
    assert line.isprintable()


@given(st.text(), st.sampled_from(["", "k", "a b"]))
def test_any_text_is_one_bounded_printable_word(text, secret):
    words = Event("said", {"text": text}).words([secret])
    assert words.isprintable()
    assert len(words) <= len("said text=") + 2 * LONGEST_VALUE + 2
    assert secret not in words.removeprefix("said text=") or not secret


def test_a_line_is_bounded_and_a_value_too_and_a_secret_at_the_bound_leaves_no_part(tmp_path):
    text = "x" * (LONGEST_VALUE - 4) + CANARY
    with log_in(tmp_path, secrets=lambda: [CANARY]):
        events.info("said", **{f"text{number}": text for number in range(9)})
    [line] = written(tmp_path)
    assert len(line) == LONGEST_LINE
    assert "cana" not in line


@pytest.mark.parametrize(
    "text",
    [
        f"refused {CANARY} again",
        f"http://host/x?q={quote(CANARY, safe='')}&a=1",
        CANARY.replace("-", "\x1b-").replace(" ", "\n"),
        CANARY[:6] + "\u200b" + CANARY[6:],
    ],
)
def test_a_secret_is_struck_out_however_it_is_spelt(tmp_path, text):
    with log_in(tmp_path, secrets=lambda: ["", CANARY]):
        events.warning("said", text=text)
        logging.getLogger(f"{ROOT}.example").warning("a sentence: %s", text)
    lines = written(tmp_path)
    assert len(lines) == 2
    for line in lines:
        assert "4711" not in line
        assert "…" in line


@pytest.mark.parametrize(
    "text", [f"GET https://h/x?apikey={CANARY}", f"https://me:{CANARY[:11]}@h/", f"Authorization: Bearer {CANARY}"]
)
def test_what_looks_like_a_secret_is_struck_out_also_where_nobody_named_it(tmp_path, text):
    [line] = told(tmp_path, text)
    assert "canary" not in line


def test_keys_of_the_environment_and_of_the_key_file_get_into_no_line(tmp_path, monkeypatch):
    monkeypatch.setenv(KeyName.MASSIVE_KEY.value, "canary-environment")
    keys = tmp_path / "keys"
    keys.write_text(f"{KeyName.ORTEX_KEY.value}=canary-file\n")
    keys.chmod(0o600)
    with log_in(tmp_path, secrets=lambda: secrets_beside(tmp_path / "config.toml")):
        events.info("said", text="canary-environment and canary-file")
    [line] = written(tmp_path)
    assert "canary" not in line


def test_where_the_secrets_cannot_be_told_nothing_is_written_and_the_reason_is_said(tmp_path):
    def none_to_be_had():
        raise ValueError("a key file of another kind")

    with log_in(tmp_path, secrets=none_to_be_had) as log:
        events.info("said", text=CANARY)
        log.flush()
        assert "a key file of another kind" in complaint_of_log()
    assert written(tmp_path) == []


# -- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "kept"), [("error", 1), ("warning", 2), ("info", 3), ("debug", 4), ("off", 0)])
def test_events_of_the_level_and_graver_ones_are_kept(tmp_path, level, kept):
    with log_in(tmp_path / "state", level):
        for tell in (events.debug, events.info, events.warning, events.error):
            tell("said")
    assert len(written(tmp_path / "state")) == kept
    assert (tmp_path / "state").exists() is (level != "off")


def test_the_level_is_a_setting_and_reaches_the_back_office(tmp_path, monkeypatch):
    options = configured({"log_level": "debug"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    assert greeting_of(options, lambda: NOON).options.log_level == "debug"
    assert configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options.log_level == "info"


def test_without_a_log_nothing_is_said_on_the_terminal(repository):
    script = (
        "from providers.events import Events; Events('x').error('gone'); import logging; print(logging.root.handlers)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


# -- in the program ---------------------------------------------------------------------------------------------------


def test_a_host_that_fails_is_told_when_it_refuses_when_it_is_left_alone_and_when_it_answers_again(caplog):
    caplog.set_level(logging.INFO, ROOT)
    answers = [httpx.Response(403)] + [httpx.Response(200, content=HTML)] * 3 + [httpx.Response(200, json={})]

    async def question(clients):
        client = clients.of(HOST, "example")
        for _ in range(4):
            with pytest.raises(RefusedError):
                await client.get("/x", json.loads, form=Form.JSON)
        with pytest.raises(RestingError):
            await client.get("/x", json.loads, form=Form.JSON)
        client.wake()
        await client.get("/x", json.loads, form=Form.JSON)

    ask(Network(lambda _request: answers.pop(0), NOON), question)
    words = [str(record.msg) for record in caplog.records if record.name.startswith(ROOT)]
    assert [one.partition(" ")[0] for one in words] == ["refused"] * 4 + ["circuit_opened", "circuit_closed"]
    assert words[4] == f"circuit_opened host={HOST.name} failures=3 rest_seconds=30"


async def test_a_monitor_that_draws_or_reads_plainly_says_so_in_the_log(tmp_path, caplog):
    caplog.set_level(logging.INFO, ROOT)
    app = monitor(tmp_path)
    async with app.run_test() as pilot:
        await opened(app, pilot)
        app.fall_back("the terminal's cells\nare others")
        app.read_keys_plainly("a key of another kind")
    words = [str(record.msg) for record in caplog.records if record.name == f"{ROOT}.display"]
    assert words == [
        'drawn_plainly reason="the terminal\'s cells are others"',
        'keys_read_plainly reason="a key of another kind"',
    ]


@pytest.mark.terminal
@pytest.mark.parametrize(("end", "code"), [("q", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_monitor_s_run_is_in_the_log_to_its_end_also_by_signal(repository, tmp_path, end, code):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "TERM": "xterm-256color",
        "LANG": "C.UTF-8", "PYTHONPATH": str(repository),
    }  # fmt: skip
    with PseudoTerminal([sys.executable, "-m", "tui"], environment, 100, 30) as program:
        program.wait_for_words("Crowded shorts")
        program.send(end) if isinstance(end, str) else program.signal(end)
        assert program.wait_for_end() == code
    lines = written(tmp_path / "state")
    assert all(LINE.fullmatch(line) for line in lines)
    assert re.search(r"run start command=monitor version=\S+ source=demo$", lines[0])
    assert any(re.search(r"market read names=\d+ ms=\d+$", line) for line in lines)
    assert f"run end command=monitor code={code} " in lines[-1]
