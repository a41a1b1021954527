"""Alerts reach commands, addresses and apprise within limits, and whoever fails is named without a secret."""

import asyncio
import json
import os
import sys
import threading
import types
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from alert_examples import NOON, alerts

from providers.catalog import KeyName
from providers.keyed.keys import Secret
from tui.alerts import delivery
from tui.alerts.delivery import AlertDelivery
from tui.alerts.rule_tables import alerts_of
from tui.alerts.watch import Ring
from tui.alerts.ways import Ways
from tui.terminal.kind import TerminalKind
from tui.terminal.notices import notice
from widgets.name_conditions import condition_figures

CANARY = "canary-4711"
TELLS_ALL = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
LIMIT = 20


def ring(**ways):
    alert = alerts({"name": "Crowded\x1b[31m", "when": "crowding > 90"})[0]
    return Ring(alert._replace(ways=Ways(**{"signals": (), **ways})), NOON, "2 names: GME, AMC\x07", ("GME", "AMC"), 2)


async def sent(one, transport=None, environment=None):
    """What goes wrong when an alert is sent, and the pauses between attempts."""
    complaints: list[str] = []
    pauses: list[float] = []

    async def sleep(seconds):
        pauses.append(seconds)

    sender = AlertDelivery("public", environment or dict(os.environ), complaints.append, transport, sleep)
    async with asyncio.timeout(LIMIT):
        sender.send(one)
        await sender.settled()
    return complaints, pauses


# -- commands --------------------------------------------------------------------------------------------------------

TELLS = """
import json, os, sys
found = {name: value for name, value in os.environ.items() if name.startswith(("SHORTSIDE", "ORTEX", "ALPACA"))}
found["words"] = sys.argv[2:]
found["terminals"] = [os.isatty(number) for number in (0, 1, 2)]
found["input"] = sys.stdin.read()
found["leads"] = os.getsid(0) == os.getpid()
with open(sys.argv[1], "w") as file:
    json.dump(found, file)
"""


async def test_a_command_gets_the_alert_in_its_environment_and_neither_a_shell_nor_the_terminal_nor_a_key(tmp_path):
    told = tmp_path / "told.json"
    command = (sys.executable, "-c", TELLS, str(told), "$(touch x)", "; ls", "*")
    environment = {**os.environ, KeyName.ORTEX_KEY.value: CANARY}
    assert await sent(ring(command=command), environment=environment) == ([], [])
    found = json.loads(told.read_text())
    assert found["words"] == ["$(touch x)", "; ls", "*"]
    assert found["terminals"] == [False, False, False]
    assert found["input"] == ""
    assert found["leads"]
    assert found["SHORTSIDE_ALERT_TEXT"] == "Crowded[31m: 2 names: GME, AMC"
    assert found["SHORTSIDE_ALERT_SYMBOLS"] == "GME,AMC"
    assert (found["SHORTSIDE_ALERT_TOTAL"], found["SHORTSIDE_ALERT_SOURCE"]) == ("2", "public")
    assert CANARY not in told.read_text()


async def test_a_command_gets_no_secret_of_any_rule_of_the_page_or_of_a_proxy(tmp_path):
    told = tmp_path / "told.json"
    hook = {
        "name": "hook",
        "when": "crowding > 90",
        "webhook": "https://example.org",
        "headers": {"X": "env:HOOK_WORD"},
    }
    found = alerts_of(tmp_path / "config.toml", [hook], condition_figures(), {"HOOK_WORD": CANARY})
    assert not found.mistakes
    assert found.alerts[0].ways.variables == {"HOOK_WORD"}
    environment = {
        **os.environ, "HOOK_WORD": CANARY, "SHORTSIDE_PAGE_TOKEN": CANARY, "ALL_PROXY": f"socks5://me:{CANARY}@proxy:1",
        "https_proxy": f"me:{CANARY}@proxy:1", "MAIL": "me@example.org", "DISPLAY": ":1",
    }  # fmt: skip
    sender = AlertDelivery("public", environment, pytest.fail)
    sender.hidden = found.alerts[0].ways.variables
    async with asyncio.timeout(LIMIT):
        sender.send(ring(command=(sys.executable, "-c", TELLS_ALL, str(told))))
        await sender.settled()
    assert CANARY not in told.read_text()
    kept = json.loads(told.read_text())
    assert (kept["MAIL"], kept["DISPLAY"]) == ("me@example.org", ":1")


async def test_a_command_that_cannot_be_started_or_fails_is_named():
    complaints, _ = await sent(ring(command=("/nowhere/at/all", "x")))
    assert complaints == ["alert Crowded[31m: command cannot be started: /nowhere/at/all: No such file or directory"]
    complaints, _ = await sent(ring(command=(sys.executable, "-c", "raise SystemExit(3)")))
    assert complaints == ["alert Crowded[31m: command ended with 3"]


def is_running(process):
    """Whether a process is there and does something; one that ended is reaped by the system in its own time."""
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def settled(holds):
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110  # another process makes it so
            await asyncio.sleep(0.005)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for processes")
async def test_a_command_is_killed_with_what_it_started_when_the_program_ends(tmp_path):
    child = tmp_path / "child"
    complaints: list[str] = []
    sender = AlertDelivery("public", dict(os.environ), complaints.append)
    sender.send(ring(command=("sh", "-c", f"sleep 300 & echo $! > {child}.new; mv {child}.new {child}; wait")))
    await settled(child.exists)
    process = int(child.read_text())
    assert is_running(process)
    async with asyncio.timeout(LIMIT):
        await sender.stop()
    await settled(lambda: not is_running(process))
    assert complaints == []


async def test_a_command_that_takes_too_long_is_killed_and_named(monkeypatch):
    monkeypatch.setattr(delivery, "COMMAND_SECONDS", 0.02)
    complaints, _ = await sent(ring(command=("sleep", "300")))
    assert complaints == ["alert Crowded[31m: command was killed after 0.02 seconds"]


# -- webhooks --------------------------------------------------------------------------------------------------------


def answering(*answers):
    """A transport that gives these answers in turn, and what it was asked."""
    asked = []

    def answer(request):
        asked.append(request)
        one = answers[min(len(asked), len(answers)) - 1]
        if isinstance(one, Exception):
            raise one
        return one

    return httpx.MockTransport(answer), asked


def hook(**headers):
    secrets = {name: Secret(value) for name, value in headers.items()}
    return ring(webhook=Secret(f"https://hooks.example.org/{CANARY}"), headers=secrets)


async def test_an_address_is_sent_the_words_the_names_and_the_headers():
    transport, asked = answering(httpx.Response(204))
    assert await sent(hook(Authorization=f"Bearer {CANARY}"), transport) == ([], [])
    (request,) = asked
    body = json.loads(request.content)
    assert request.headers["Authorization"] == f"Bearer {CANARY}"
    assert body["text"] == body["content"] == "Crowded[31m: 2 names: GME, AMC"
    assert (body["symbols"], body["total"], body["source"]) == (["GME", "AMC"], 2, "public")
    assert body["at"] == "2023-04-17T16:00:00+00:00"


async def test_an_address_is_sent_the_condition_without_signs_that_steer_a_terminal():
    transport, asked = answering(httpx.Response(204))
    one = hook()
    rule = replace(one.alert.rule, when="crowding > 90\x1b]52;c;aGk=\x07\u202e")
    assert await sent(one._replace(alert=one.alert._replace(rule=rule)), transport) == ([], [])
    (request,) = asked
    assert json.loads(request.content)["when"] == "crowding > 90]52;c;aGk="


@pytest.mark.parametrize(
    ("answers", "attempts", "pauses", "words"),
    [
        ((httpx.Response(500), httpx.Response(200)), 2, [1.0], []),
        ((httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200)), 2, [7.0], []),
        ((httpx.Response(429, headers={"Retry-After": "999999"}), httpx.Response(200)), 2, [60.0], []),
        ((httpx.ConnectError(CANARY), httpx.Response(200)), 2, [1.0], []),
        ((httpx.Response(503),), 4, [1.0, 2.0, 4.0], ["was not taken after 4 attempts: HTTP 503"]),
        ((httpx.ReadTimeout(CANARY),), 4, [1.0, 2.0, 4.0], ["was not taken after 4 attempts: no answer (ReadTimeout)"]),
        ((httpx.Response(404, text=CANARY),), 1, [], ["was not taken: HTTP 404"]),
        ((httpx.Response(302, headers={"Location": "https://elsewhere.example"}),), 1, [], ["was not taken: HTTP 302"]),
    ],
)
async def test_an_address_that_fails_is_tried_again_so_often_and_no_more(answers, attempts, pauses, words):
    transport, asked = answering(*answers)
    complaints, waited = await sent(hook(), transport)
    assert len(asked) == attempts
    assert waited == pauses
    assert complaints == [f"alert Crowded[31m: webhook {one}" for one in words]
    assert CANARY not in str(complaints)


async def test_an_address_on_this_machine_is_asked_over_a_socket_and_through_no_proxy(monkeypatch):
    asked = []

    async def answer(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await sent(ring(webhook=Secret(f"http://127.0.0.1:{port}/hook"))) == ([], [])
    assert asked[0].startswith(b"POST /hook HTTP/1.1")


async def test_a_flood_is_bounded_and_said():
    complaints: list[str] = []

    async def never(_seconds):
        await asyncio.Event().wait()

    transport, _ = answering(httpx.Response(500))
    sender = AlertDelivery("public", {}, complaints.append, transport, never)
    for _ in range(delivery.MOST_UNDER_WAY + 2):
        sender.send(hook())
    assert len(complaints) == 2
    assert complaints[0] == "alert Crowded[31m: webhook left out, for 20 are under way"
    await sender.stop()


# -- apprise ---------------------------------------------------------------------------------------------------------


class Apprise:
    """Stands in for the package of that name."""

    told: ClassVar[list] = []

    def __init__(self):
        self.addresses = []

    def add(self, address):
        self.addresses.append(address)
        return "bad" not in address

    def notify(self, title, body):
        self.told.append((self.addresses, title, body))
        return "lost" not in self.addresses[0]


async def test_apprise_is_handed_the_addresses_and_the_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", types.SimpleNamespace(Apprise=Apprise))
    assert await sent(ring(apprise=(Secret("mailto://a"), Secret("json://b")))) == ([], [])
    assert Apprise.told[-1] == (["mailto://a", "json://b"], "Crowded[31m", "Crowded[31m: 2 names: GME, AMC")
    complaints, _ = await sent(ring(apprise=(Secret(f"bad://{CANARY}"),)))
    assert complaints == ["alert Crowded[31m: apprise does not understand one of its addresses"]
    complaints, _ = await sent(ring(apprise=(Secret(f"lost://{CANARY}"),)))
    assert complaints == ["alert Crowded[31m: apprise says that not every service took it"]


async def test_a_service_that_hangs_holds_nothing_up(monkeypatch):
    began, over, threads = threading.Event(), threading.Event(), []

    class Hanging(Apprise):
        def notify(self, title, body):
            threads.append(threading.current_thread())
            began.set()
            return over.wait(LIMIT)

    monkeypatch.setitem(sys.modules, "apprise", types.SimpleNamespace(Apprise=Hanging))
    complaints: list[str] = []
    sender = AlertDelivery("public", {}, complaints.append)
    sender.send(ring(apprise=(Secret("json://b"),)))
    await settled(began.is_set)
    async with asyncio.timeout(LIMIT):
        await sender.stop()
    assert threads[0].daemon, "the program ends without it"
    over.set()
    threads[0].join(LIMIT)
    assert complaints == []


async def test_where_apprise_is_absent_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    complaints, _ = await sent(ring(apprise=(Secret("json://b"),)))
    lines = "in the checkout, pip install '.[apprise]', or pipx install --force '.[apprise]'"
    assert complaints == [f"alert Crowded[31m: apprise needs a package: {lines}"]


# -- the terminal ----------------------------------------------------------------------------------------------------

PLAIN, TMUX, SCREEN = TerminalKind(), TerminalKind(multiplexer="tmux"), TerminalKind(multiplexer="screen")


def test_the_bell_is_one_sign_whatever_stands_between():
    assert {notice(kind, "bell", "x", "y") for kind in (PLAIN, TMUX, SCREEN)} == {"\x07"}


@pytest.mark.parametrize(
    ("kind", "way", "expected"),
    [
        (PLAIN, "osc9", "\x1b]9;s: GME, AMC\x07"),
        (PLAIN, "osc777", "\x1b]777;notify;s;GME; AMC\x07"),
        (TMUX, "osc9", "\x1bPtmux;\x1b\x1b]9;s: GME, AMC\x07\x1b\\"),
        (SCREEN, "osc777", "\x1bP\x1b]777;notify;s;GME; AMC\x07\x1b\\"),
    ],
)
def test_a_notice_is_wrapped_for_what_stands_between(kind, way, expected):
    assert notice(kind, way, "s", "GME; AMC") == expected


@pytest.mark.parametrize("way", ["osc9", "osc777"])
def test_nothing_of_a_rule_or_a_name_ends_the_sequence_or_steers_the_terminal(way):
    evil = "a\x07b\x1b\\c\x9cd\x1b]52;c;eA==\x07\u202ee;4;1;50" + "x" * 999
    sequence = notice(PLAIN, way, evil, evil)
    assert sequence.startswith("\x1b]")
    assert sequence.endswith("\x07")
    assert sequence[2:-1].isprintable()
    assert len(sequence) < 500
    if way == "osc9":
        assert sequence.count(";") == 1, "no number and semicolon that some take for a command"
