"""What `shortside mcp` lets an assistant read, shown with the protocol's own client."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from waiting import PATIENCE, OverdueError, line_within, started

from providers.errors import LONGEST_MESSAGE
from shortside.view import View
from tui.assistant.answers import DocumentTeller, ToldDocument, offered_documents
from tui.assistant.markets import MOST_MARKETS, KeptMarkets
from tui.assistant.schemas import MARKET_ARGUMENTS, PRIVATE_ARGUMENTS, description, input_schema, output_schema
from tui.assistant.server import LONGEST_LINE, WireLines, make_server
from tui.clock import Clock
from tui.documents.catalog import DOCUMENTS, document_kind
from tui.faults import Faults
from tui.settings.configuration import Options, configured

COMMAND = [sys.executable, "-m", "tui", "mcp"]
NOW = datetime(2023, 9, 7, 18, tzinfo=UTC)
# The record of every evening takes seven seconds to compute; test_squeeze_evidence.py has its schema.
QUICK = [kind.name for kind in offered_documents(with_book=False) if kind.name != "evidence"]


def answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_book: bool = False, **given: str
) -> DocumentTeller:
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    faults = Faults(tmp_path / "state", lambda: NOW)
    return DocumentTeller(given, lambda: NOW, faults, with_book=with_book)


def words(result: Any) -> str:
    return "\n".join(one.text for one in result.content)


async def test_an_assistant_lists_the_documents_and_reads_each_of_the_demo(tmp_path, monkeypatch):
    server = make_server(answers(tmp_path, monkeypatch), with_book=False)
    async with asyncio.timeout(PATIENCE), Client(server) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == [kind.name for kind in DOCUMENTS if kind.name != "book"]
        for name in QUICK:
            tool, kind = tools[name], document_kind(name)
            assert tool.annotations is not None
            assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
            # The client holds the answer against the schema it was given.
            result = await client.call_tool(name, {"symbol": "NAL"} if name == "symbol" else {})
            assert not result.is_error, words(result)
            document = result.structured_content
            assert (document["schema"], document["simulated"]) == (kind.schema, True)
            assert json.loads(words(result).partition("\n")[0]) == document
            assert "SIM: this market is simulated" in words(result)
            assert "Source: simulated by shortside" in words(result)
            if kind.has_inputs:
                assert {"as_of", "fetched_at", "freshness"} <= set(document["inputs"][0])
            # Of every row each figure that the manual names is described, too.
            assert set(document["rows"][0]) <= set(output_schema(kind)["properties"]["rows"]["items"]["properties"])

        shorter = await client.call_tool("names", {"window": "5d", "limit": 3, "tier": "mega", "sort": "-profit"})
        assert (shorter.structured_content["window"]["name"], len(shorter.structured_content["rows"])) == ("5d", 3)
        for name, arguments, complaint in (
            ("symbol", {"symbol": "NOBODY"}, "NOBODY: no such symbol here"),
            ("symbol", {}, "symbol needs a symbol"),
            ("tiers", {"window": "5y"}, "--window 5y: must be one of 1d, 5d"),
            ("tiers", {"widow": "5d"}, "tiers has no argument widow; nearest: window"),
            ("tiers", {"window": ["5d"]}, "window: must be a text"),
            ("names", {"limit": True}, "limit: must be a whole number"),
            ("names", {"sort": "sorrow"}, "names cannot be ranked by sorrow"),
            ("names", {"where": "crowding >"}, "--where: crowding >"),
            ("names", {"where": "list: mine"}, "--with-book"),
            ("names", {"list": "mine"}, "--with-book"),
            ("tiers", {"as_of": "1929-10-24"}, "1929-10-24"),
            ("tires", {}, "no document is called tires; nearest: tiers"),
            ("book", {}, "no document is called book"),
            # What an assistant read somewhere comes back neither whole nor with what a terminal would obey.
            ("tiers", {"window": "5\x1b]52;c;QQ==\x07d" + "9" * 3_000}, "--window 5]52;c;QQ==d999"),
            ("symbol", {"symbol": "\x1b[2J\u202e"}, "[2J: no such symbol here"),
            ("wi\x1b[2Jdow", {}, "no document is called wi[2Jdow"),
            ("tiers", {"a\x1b[2J": ""}, "tiers has no argument a[2J"),
            ("names", {"where": "(" * 5_000}, "where: has more than 4,096 characters"),
        ):
            refused = await client.call_tool(name, arguments)
            assert refused.is_error, (name, arguments)
            assert complaint in words(refused)
            assert "Traceback" not in words(refused)
            assert words(refused).isprintable()
            assert len(words(refused)) <= LONGEST_MESSAGE


def test_nothing_but_the_protocol_is_on_standard_output_and_its_end_is_the_programs(tmp_path):
    asked = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18",
         "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "nothing", "arguments": {}}},
        {"jsonrpc": "2.0", "id": 3, "method": "ping"},
    ]  # fmt: skip
    too_long = json.dumps({"jsonrpc": "2.0", "id": 4, "method": "ping", "params": {"x": "y" * (2 * LONGEST_LINE)}})
    lines = ["no message", "\x00", '{"jsonrpc": "2.0"}', "[" * 100_000, too_long, *map(json.dumps, asked)]
    environment = {**os.environ, "SHORTSIDE_HOME": str(tmp_path)}
    pipe = subprocess.PIPE
    with started(COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as server:
        assert server.stdin is not None
        server.stdin.write("".join(f"{line}\n" for line in lines))
        server.stdin.flush()
        answered: dict[int, Any] = {}
        while {1, 2, 3} - set(answered):
            answer = json.loads(line_within(server.stdout))
            answered[answer.get("id") or 0] = answer
        out, complaints = server.communicate(timeout=PATIENCE)
        assert (server.returncode, out, complaints) == (0, "", "")
    assert answered[1]["result"]["serverInfo"]["name"] == "shortside"
    assert "null is unknown" in answered[1]["result"]["instructions"]
    assert answered[2]["result"]["isError"]
    assert answered[3]["result"] == {}


def test_a_line_without_end_is_held_in_part_and_what_follows_it_is_read():
    def lines(length: int) -> list[str]:
        wire = WireLines(io.BytesIO(b"first\n" + b"x" * length + b"\nlast"))
        return list(islice(iter(wire.readline, None), 4))

    assert lines(LONGEST_LINE - 2) == ["first\n", "x" * (LONGEST_LINE - 2) + "\n", "last", ""]
    for length in (LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1, 3 * LONGEST_LINE):
        assert lines(length) == ["first\n", "\n", "last", ""], length
    assert next(iter(WireLines(io.BytesIO(b"x" * LONGEST_LINE)).readline, None)) == "\n"


@pytest.mark.parametrize(("is_full", "code", "words"), [(False, 0, ""), (True, 1, "cannot be written")])
def test_an_assistant_that_reads_no_more_or_a_full_disk_ends_it_without_an_error_of_ours(
    tmp_path, is_full, code, words
):
    if is_full and not Path("/dev/full").exists():
        pytest.skip("no device here is always full")
    environment = {**os.environ, "SHORTSIDE_HOME": str(tmp_path)}
    asked = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
    hears, says = os.pipe()
    os.close(hears)
    with open("/dev/full" if is_full else says, "wb") as out:
        done = subprocess.run(
            COMMAND, input=asked * 3, text=True, stdout=out, stderr=subprocess.PIPE, env=environment,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
    if is_full:
        os.close(says)
    assert done.returncode == code
    assert (words in done.stderr) if words else not done.stderr
    assert not (tmp_path / "state" / "errors.log").exists()


async def test_the_protocols_own_client_starts_it_and_a_signal_ends_it_with_standard_input_open(tmp_path):
    # The shell says whose process it is, and becomes it.
    started_by_it = StdioServerParameters(
        command="sh",
        args=["-c", 'echo $$ > "$0"; exec "$@"', str(tmp_path / "process"), *COMMAND],
        env={**os.environ, "SHORTSIDE_HOME": str(tmp_path)},
    )
    async with asyncio.timeout(PATIENCE):
        async with Client(stdio_client(started_by_it)) as client:
            assert words(await client.call_tool("symbol", {})) == "symbol needs a symbol"
            process = int(await asyncio.to_thread((tmp_path / "process").read_text))
            os.kill(process, signal.SIGTERM)
            await asyncio.to_thread(wait_until_gone, process)


def wait_until_gone(process: int) -> None:
    """Return when a process has ended, whoever is to hear of its end."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if "State:\tZ" in Path(f"/proc/{process}/status").read_text():
                return
        except OSError:
            return
        time.sleep(0.02)
    raise OverdueError(f"process {process} goes on")


class SlowTeller:
    """DocumentTeller when a test lets them."""

    def __init__(self) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def answer(self, name: str, arguments: Any) -> ToldDocument:
        self.asked.set()
        assert self.may_answer.wait(PATIENCE)
        return ToldDocument(None, (f"no {name}",))


async def test_a_ping_is_answered_while_a_document_is_made():
    slow: Any = SlowTeller()
    async with asyncio.timeout(PATIENCE), Client(make_server(slow, with_book=False)) as client:
        call = asyncio.create_task(client.call_tool("tiers", {}))
        assert await asyncio.to_thread(slow.asked.wait, PATIENCE)
        assert len((await client.list_tools()).tools) == len(DOCUMENTS) - 1
        assert not call.done()
        slow.may_answer.set()
        assert words(await call) == "no tiers"


class ReadOnce:
    """Counts how often which market was read, and how often it was looked at anew."""

    def __init__(self) -> None:
        self.read: list[tuple[date | None, str]] = []
        self.looks = 0

    def __call__(self, settled: Callable[[], Options], _clock: Clock) -> Any:
        options = settled()
        self.read.append((options.as_of, options.known))
        return SimpleNamespace(loaded=Shown(view=options.view()), look=self._look)

    def _look(self) -> str:
        self.looks += 1
        return "the folder cannot be read" if self.looks == 2 else ""


class Shown:
    def __init__(self, view: View) -> None:
        self.view = view

    def __replace__(self, view: View) -> "Shown":
        return Shown(view)


def test_a_market_is_read_once_for_every_window_and_kept_fresh(monkeypatch):
    monkeypatch.setattr("tui.assistant.markets.replace", lambda shown, view: Shown(view))
    reading = ReadOnce()
    markets = KeptMarkets(lambda: NOW, reading)

    def asked(**given: str) -> tuple[Any, str]:
        return markets.market(configured(given, {}).options)

    assert [asked(window=window)[0].view.window for window in ("1d", "ytd")] == ["1d", "ytd"]
    assert (len(reading.read), reading.looks) == (1, 1)
    assert asked()[1] == "the folder cannot be read"
    asked(as_of="2023-03-10")
    asked()
    asked(as_of="2023-03-13")
    asked()
    # The day asked for longest ago was let go, and the present was not.
    assert [str(day) for day, _ in reading.read] == ["None", "2023-03-10", "2023-03-13"]
    asked(as_of="2023-03-10")
    assert (len(reading.read), MOST_MARKETS) == (4, 2)
    # Another market of the demo is another market.
    asked(as_of="2023-03-10", seed="7")
    assert len(reading.read) == 5


def test_what_is_ones_own_is_offered_only_if_it_was_asked_for(tmp_path, monkeypatch):
    own = {kind.name for kind in DOCUMENTS} - {kind.name for kind in offered_documents(with_book=False)}
    assert own == {"book"}
    for kind in DOCUMENTS:
        assert not set(input_schema(kind, with_book=False)["properties"]) & set(PRIVATE_ARGUMENTS)
    assert "list" in input_schema(document_kind("names"), with_book=True)["properties"]
    (tmp_path / "book.csv").write_text("symbol,shares,price,date\nNAL,-100,10,2023-01-03\n")
    asked = answers(tmp_path, monkeypatch, with_book=True)
    book = asked.answer("book", {})
    assert book.document is not None, book.words
    assert [row["symbol"] for row in book.document["rows"]] == ["NAL"]
    assert "NAL" not in str(answers(tmp_path, monkeypatch).answer("book", {}))


def test_an_error_of_the_program_is_a_sentence_and_kept(tmp_path, monkeypatch, noted_errors):
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("nobody foresaw it")

    monkeypatch.setattr("tui.commands.snapshot.require_fitting", fail)
    answer = answers(tmp_path, monkeypatch).answer("tiers", {})
    assert answer.document is None
    assert answer.words[0].startswith("an error of this program in ")
    assert "ZeroDivisionError" in answer.words[0]
    assert "Traceback" not in answer.words[0]
    assert "nobody foresaw it" in (tmp_path / "state" / "errors.log").read_text()
    noted_errors.clear()


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.name)
def test_schemas_are_made_of_the_lists_of_documents_and_settings(kind):
    asked, told = input_schema(kind, with_book=True), output_schema(kind)
    for schema in (asked, told):
        Draft202012Validator.check_schema(schema)
    assert set(asked["properties"]) == {*MARKET_ARGUMENTS, *kind.options, *filter(None, [kind.subject.lower()])}
    assert set(told["properties"]["rows"]["items"]["properties"]) == {field.key for field in kind.fields()}
    assert told["properties"]["schema"] == {"const": kind.schema}
    assert kind.words[1:] in description(kind)


def test_a_person_who_starts_it_is_told_whose_it_is(tmp_path, monkeypatch, capfd):
    from tui.command_line import answer
    from tui.terminal.saved_frame import EarlyScreen, SavedFrames

    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setattr("tui.assistant.command.is_terminal", lambda _file: True)
    assert answer(["mcp"], EarlyScreen(SavedFrames((), {}))) == 2
    assert "which starts it" in capfd.readouterr().err
