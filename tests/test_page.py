"""Who may see the page of `shortside serve`, and what becomes of the monitors of those who do.

Over 400 lines, because each way in and out is tried on the one server that is started here, by the same few helpers.
"""

import asyncio
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer
from waiting import PATIENCE, OverdueError, line_within, started

from tui.command_line import answer
from tui.commands.serve import words_of_monitor
from tui.errors import ConfigurationError
from tui.page.addresses import is_known_host, is_of_another_user, is_same_origin
from tui.page.server import FULL, MOST_BYTES_OF_A_MESSAGE, PageWishes, ServedPage
from tui.page.tokens import Token, given_token, made_token
from tui.page.visitor_terminal import command_of_monitor, environment_of_visitor
from tui.page.visitors import thin_out
from tui.settings.options import SETTINGS
from tui.settings.paths import paths_from_environment
from tui.terminal.saved_frame import EarlyScreen, SavedFrames

TOKEN = "four-and-twenty-blackbirds"
# Says how large its terminal is, at first and at every change, who its visitor is, and every line typed.
ECHO = """
import os, signal, sys
def size(*_):
    print("size", *os.get_terminal_size(0), flush=True)
signal.signal(signal.SIGWINCH, size)
print("process", os.getpid(), "visitor", os.environ["SHORTSIDE_VISITOR"], flush=True)
size()
for line in sys.stdin:
    print("typed", line.strip(), flush=True)
"""


@asynccontextmanager
async def page(token: str | None = None, program: str = ECHO, **wishes: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A page whose visitors get a small program instead of a monitor."""
    *python, opening = command_of_monitor(())
    command = (*python, opening.replace("from tui.__main__ import run; run()", "") + program)
    made = PageWishes(
        command=command,
        environment=dict(os.environ),
        is_local=True,
        token=None if token is None else Token(token),
        **wishes,
    )
    served = ServedPage(made)
    async with TestClient(TestServer(served.application()), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client
    assert served.monitor_count == 0


async def heard(visit: aiohttp.ClientWebSocketResponse, words: str, end: str = "\n") -> str:
    """What a visitor's program wrote, as soon as these words are in it, to the end of their line."""
    text = ""
    while words not in text or not text.endswith(end):
        message = await visit.receive(timeout=PATIENCE)
        assert message.type is WSMsgType.BINARY, (message, text)
        text += message.data.decode()
    return text


def process_in(text: str) -> int:
    found = re.search(r"process (\d+)", text)
    assert found is not None, text
    return int(found[1])


async def until_gone(process: int) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.02)
    raise OverdueError(f"process {process} goes on")


# -- who may come in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "is_local", "is_known"),
    [
        ("127.0.0.1:8700", True, True),
        ("localhost", True, True),
        ("LOCALHOST:8700", True, True),
        ("[::1]:8700", True, True),
        ("monitor.desk.example:8700", True, True),
        ("evil.example", True, False),
        ("127.0.0.1.evil.example", True, False),
        ("localhost.evil.example", True, False),
        ("evil.example@127.0.0.1", True, False),
        ("192.0.2.7:8700", True, False),
        ("192.0.2.7:8700", False, True),
        ("evil.example", False, False),
        ("", True, False),
        ("[", True, False),
    ],
)
def test_the_page_answers_to_this_machines_names_only(header, is_local, is_known):
    assert is_known_host(header, is_local=is_local, names={"monitor.desk.example"}) is is_known


def test_a_page_of_another_site_port_or_sandbox_is_another_origin():
    here = "127.0.0.1:8700"
    assert is_same_origin(None, here)
    assert is_same_origin("http://127.0.0.1:8700", here)
    others = (
        "http://[::1",
        "http://evil.example",
        "http://127.0.0.1:8701",
        "http://localhost:8700",
        "null",
        "",
        "file://",
    )
    assert not any(is_same_origin(other, here) for other in others)


@pytest.mark.parametrize("path", ["/", "/ws", "/alive", "/page/page.js"])
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}], ids=str
)
async def test_rebound_names_and_other_sites_get_nothing(path, headers):
    async with page() as client:
        answered = await client.get(path, headers=headers)
        assert answered.status == 403
        assert "Set-Cookie" not in answered.headers


async def test_without_the_token_nothing_is_told_and_no_process_started():
    async with page(TOKEN) as client:
        for path in ("/", "/ws", "/alive", "/?token=", "/?token=wrong", f"/?token={TOKEN}x", "/?token=%F0%9F%90%B5"):
            answered = await client.get(path, allow_redirects=False)
            assert answered.status == 401, path
            assert "Set-Cookie" not in answered.headers
        assert (await client.post("/", data={"token": "wrong"})).status == 401
        forged = {"Cookie": f"shortside-token-{client.port}={Token('another' * 3).cookie}"}
        assert (await client.get("/alive", headers=forged)).status == 401
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await client.ws_connect("/ws")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=nobody-knows", b"token=x"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"\xff\xfe\x80"),
        ("multipart/form-data", b"token"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=token\r\n\r\n\xff\r\n--x--\r\n",
        ),
        ("multipart/form-data; boundary=x", b"--y"),
    ],
    ids=str,
)
async def test_a_form_nobody_can_read_is_refused_as_a_wrong_one_is(kind, body, caplog):
    async with page(TOKEN) as client:
        answered = await client.post("/", data=body, headers={"Content-Type": kind})
        assert answered.status in (400, 401)
        assert "Set-Cookie" not in answered.headers
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_an_error_nobody_foresaw_ends_one_request_and_is_shown_to_nobody(monkeypatch, caplog):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("what the visitor sent")

    async with page(TOKEN) as client:
        monkeypatch.setattr("tui.page.server.is_same_origin", fail)
        answered = await client.get("/")
        assert answered.status == 500
        assert await answered.text() == "An error of this program; its log has more.\n"
        monkeypatch.undo()
        assert (await client.get("/alive")).status == 401
    # It is in our own log, and aiohttp prints no traceback of it.
    assert [one.name for one in caplog.records if one.levelno >= logging.ERROR] == ["shortside.page"]


@pytest.mark.parametrize("way", ["link", "form"])
async def test_a_token_is_exchanged_for_a_cookie_that_holds_nothing_of_it(way):
    async with page(TOKEN) as client:
        if way == "form":
            answered = await client.post("/", data={"token": f" {TOKEN}\n"}, allow_redirects=False)
        else:
            answered = await client.get(f"/?token={TOKEN}", allow_redirects=False)
        assert (answered.status, answered.headers["Location"]) == (303, "/")
        cookie = answered.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert TOKEN not in cookie
        assert (await client.get("/")).status == 200
        async with client.ws_connect("/ws?width=91&height=27") as visit:
            await heard(visit, "size 91 27")


async def test_behind_a_proxy_with_tls_the_cookies_are_sent_encrypted_only():
    async with page(TOKEN, names={"monitor.desk.example"}) as client:
        proxied = {"Host": "monitor.desk.example", "Origin": "https://monitor.desk.example"}
        answered = await client.post(
            "/", data={"token": TOKEN}, headers={**proxied, "X-Forwarded-Proto": "https"}, allow_redirects=False
        )
        assert answered.status == 303
        assert "Secure" in answered.headers["Set-Cookie"]
        plain = await client.post("/", data={"token": TOKEN}, allow_redirects=False)
        assert "Secure" not in plain.headers["Set-Cookie"]


async def test_a_link_on_another_site_comes_in_without_a_redirection_that_would_lose_the_cookie():
    async with page(TOKEN) as client:
        answered = await client.get(f"/?token={TOKEN}", headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False)
        assert answered.status == 200
        assert TOKEN not in await answered.text()
        assert (await client.get("/")).status == 200


async def test_a_page_without_a_token_is_not_open_to_another_user_of_the_machine(tmp_path):
    here = ("127.0.0.1", 8700)
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    rows = "".join(
        f"   {row}: 0100007F:{port:04X} 0100007F:21FC {state} 00000000:00000000 00:00000000 00000000 {owner} 0 9 1\n"
        for row, (port, state, owner) in enumerate([(40001, "01", 4321), (40002, "01", os.geteuid()), (40003, "01", 0),
                                                   (40004, "06", 4321)])
    )  # fmt: skip
    table.write_text(head + rows)
    tables = {"4": table, "6": tmp_path / "none"}
    seen = {port: is_of_another_user(("127.0.0.1", port), here, tables) for port in range(40001, 40006)}
    is_linux = sys.platform.startswith("linux")
    assert seen == {40001: is_linux, 40002: False, 40003: False, 40004: False, 40005: False}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who asks")
def test_another_user_is_known_however_his_socket_writes_our_address(tmp_path):
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    mapped, own = "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"
    rows = "".join(
        f"   {row}: {local}:{port:04X} {local}:21FC 01 00000000:00000000 00:00000000 00000000 {owner} 0 9 1\n"
        for row, (local, port, owner) in enumerate([(mapped, 40001, 4321), (mapped, 40002, os.geteuid()),
                                                    (own, 40003, 4321), (own, 40004, os.geteuid())])
    )  # fmt: skip
    (tmp_path / "tcp6").write_text(head + rows)
    (tmp_path / "tcp").write_text(head)
    tables = {"4": tmp_path / "tcp", "6": tmp_path / "tcp6"}

    def is_refused(address: str, port: int) -> bool:
        return is_of_another_user((address, port), (address, 8700), tables)

    # A socket of version 6 that connects to ::ffff:127.0.0.1 comes in as 127.0.0.1.
    assert [is_refused("127.0.0.1", port) for port in (40001, 40002)] == [True, False]
    assert [is_refused("::ffff:127.0.0.1", port) for port in (40001, 40002)] == [True, False]
    assert [is_refused("::1", port) for port in (40003, 40004)] == [True, False]


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root can ask as another user"
)
@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_another_user_of_the_machine_gets_no_page_by_either_kind_of_socket(address):
    # What it imports may lie where the other user may not read.
    asks = (
        "import encodings.idna, os, socket, sys; os.setuid(12345);"
        "asked = socket.create_connection((sys.argv[1], int(sys.argv[2])));"
        "asked.sendall(b'GET /alive HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n'); print(asked.recv(99)[9:12].decode())"
    )
    async with page() as client:
        assert (await client.get("/alive")).status == 204
        command = (sys.executable, "-c", asks, address, str(client.port))
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert said.decode().strip() == "403"


async def test_every_answer_forbids_frames_foreign_sources_and_keeping():
    async with page() as client:
        answered = await client.get("/")
        policy = answered.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answered.headers["Cache-Control"] == "no-store"
        assert "http" not in (await answered.text()).replace("<!DOCTYPE html>", "").replace("http-equiv", "")


# -- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_comes_from_a_file_of_ones_own_or_the_environment_and_leaves_the_environment(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    environment = {"SHORTSIDE_PAGE_TOKEN": "another-long-token-of-mine", "LANG": "C"}
    assert given_token(dict(environment), None) == "another-long-token-of-mine"
    assert given_token(environment, file) == TOKEN
    assert environment == {"LANG": "C"}
    assert given_token({}, None) is None
    assert len({made_token() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [(TOKEN, 0o640, "others may read"), ("short", 0o600, "at least 16"), ("", 0o600, "at least 16")],
)
def test_a_token_that_others_may_read_or_guess_is_refused(tmp_path, text, mode, complaint):
    file = tmp_path / "token"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        given_token({}, file)
    assert TOKEN not in str(caught.value)


# -- visits -----------------------------------------------------------------------------------------------------------


async def test_keys_sizes_and_pings_reach_the_visitors_own_program():
    async with page() as client, client.ws_connect("/ws?width=100&height=30") as one:
        async with client.ws_connect("/ws?width=-5&height=99999999999") as other:
            first, second = await heard(one, "size 100 30"), await heard(other, "size 2 250")
            assert process_in(first) != process_in(second)
            await one.send_json(["stdin", "gme\r"])
            await other.send_json(["stdin", "amc\r"])
            assert "amc" not in await heard(one, "typed gme")
            assert "gme" not in await heard(other, "typed amc")
        await one.send_json(["resize", {"width": 77, "height": 33}])
        await heard(one, "size 77 33")
        await one.send_json(["ping", "12"])
        assert json.loads((await one.receive(timeout=PATIENCE)).data) == ["pong", "12"]


@pytest.mark.parametrize(
    "message",
    ["", "[", "{}", "[]", "7", '["stdin"]', '["stdin", 7]', '["resize", {"width": "x"}]', '["resize"]', "[" * 9999],
)
async def test_what_is_no_message_of_the_page_is_passed_over(message):
    async with page() as client, client.ws_connect("/ws") as visit:
        await heard(visit, "size 80 24")
        await visit.send_str(message)
        await visit.send_bytes(b"\x00")
        await visit.send_json(["stdin", "still there\r"])
        await heard(visit, "typed still there")


async def test_one_visitor_too_many_is_told_so():
    async with page(most_visitors=1) as client:
        async with client.ws_connect("/ws") as first:
            await heard(first, "size")
            async with client.ws_connect("/ws") as second:
                message = await second.receive(timeout=PATIENCE)
                assert (message.type, message.data) == (WSMsgType.CLOSE, FULL)
                assert str(message.extra).startswith("One monitor runs here already")
            await first.send_json(["stdin", "undisturbed\r"])
            await heard(first, "typed undisturbed")
        async with client.ws_connect("/ws") as third:
            await heard(third, "size")


async def test_a_message_that_is_too_long_ends_the_visit_and_its_process():
    async with page() as client, client.ws_connect("/ws") as visit:
        process = process_in(await heard(visit, "size"))
        await visit.send_str("x" * (MOST_BYTES_OF_A_MESSAGE + 1))
        message = await visit.receive(timeout=PATIENCE)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)
        await until_gone(process)


async def test_a_visitor_who_leaves_takes_his_process_along_and_so_does_the_server():
    async with page() as client:
        async with client.ws_connect("/ws") as visit:
            left = process_in(await heard(visit, "size"))
        await until_gone(left)
        remaining = await client.ws_connect("/ws")
        process = process_in(await heard(remaining, "size"))
    await until_gone(process)


async def test_who_reloads_the_page_gets_a_monitor_only_after_his_last_one_has_kept_its_view(tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT", str(tmp_path / "kept"))
    program = """
import os, signal, time
def leave(*_):
    time.sleep(0.3)
    open(os.environ["KEPT"], "w").close()
    os._exit(0)
signal.signal(signal.SIGHUP, leave)
print("kept" if os.path.exists(os.environ["KEPT"]) else "nothing yet", flush=True)
while True:
    signal.pause()
"""
    async with page(program=program) as client:
        await client.get("/")
        async with client.ws_connect("/ws") as visit:
            await heard(visit, "nothing yet")
        async with client.ws_connect("/ws") as visit:
            await heard(visit, "kept")


async def test_a_monitor_that_does_not_leave_is_killed(monkeypatch):
    monkeypatch.setattr("tui.page.visitor_terminal.SECONDS_FOR_AN_END", 0.2)
    program = "\nimport os, signal, time\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    program += "print('process', os.getpid(), flush=True)\nwhile True: time.sleep(9)\n"
    async with page(program=program) as client:
        async with client.ws_connect("/ws") as visit:
            process = process_in(await heard(visit, "process"))
        await until_gone(process)


async def test_a_program_that_ends_closes_the_page_as_left():
    async with page(program="") as client, client.ws_connect("/ws") as visit:
        message = await visit.receive(timeout=PATIENCE)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1000)


async def test_a_browser_is_known_again_and_two_are_told_apart():
    async with page() as client:
        await client.get("/")
        async with client.ws_connect("/ws") as visit:
            first = re.search(r"visitor (\w+)", await heard(visit, "size"))
        async with client.ws_connect("/ws") as visit:
            again = re.search(r"visitor (\w+)", await heard(visit, "size"))
        stranger = {"Cookie": f"shortside-visitor-{client.port}=../../somewhere"}
        async with (
            aiohttp.ClientSession() as other,
            other.ws_connect(client.make_url("/ws"), headers=stranger) as visit,
        ):
            third = re.search(r"visitor (\w+)", await heard(visit, "size"))
    assert first is not None
    assert again is not None
    assert third is not None
    assert first[1] == again[1] != third[1]


def test_visitors_keep_views_and_pictures_of_their_own_and_share_the_archive(tmp_path):
    found = []
    for visitor in ("", "a" * 32, "b" * 32, "../up"):
        environment = {"SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_VISITOR": visitor, "TERM": "xterm-256color"}
        paths = paths_from_environment(environment)
        frames = SavedFrames(("--source", "demo"), environment)
        frames.save((80, 24), b"painted for " + visitor.encode(), b"[]")
        found.append((paths.screen, paths.state, paths.archive))
    assert [screen for screen, *_ in found] == [
        tmp_path / "state",
        tmp_path / "state" / "visitors" / ("a" * 32),
        tmp_path / "state" / "visitors" / ("b" * 32),
        tmp_path / "state",
    ]
    assert len({(state, archive) for _, state, archive in found}) == 1
    folders = sorted(str(one.parent.relative_to(tmp_path)) for one in tmp_path.rglob("*.frame"))
    assert folders == ["state/frames", f"state/visitors/{'a' * 32}/frames", f"state/visitors/{'b' * 32}/frames"]


def test_folders_of_visitors_who_never_came_back_go(tmp_path):
    for age, name in enumerate(("a" * 32, "b" * 32, "c" * 32)):
        folder = tmp_path / "visitors" / name
        folder.mkdir(parents=True)
        os.utime(folder, (1000 - age, 1000 - age))
    (tmp_path / "visitors" / "somebody's").mkdir()
    thin_out(tmp_path, kept=2)
    assert sorted(one.name[0] for one in (tmp_path / "visitors").iterdir()) == ["a", "b", "s"]


def test_a_visitors_terminal_is_the_browsers_not_the_servers():
    server = {"TERM": "screen", "TMUX": "x", "SSH_CONNECTION": "x", "NO_COLOR": "1", "LC_ALL": "C", "COLUMNS": "9",
              "TZ": "UTC", "SHORTSIDE_NOW": "2023-09-07T20:00:00Z"}  # fmt: skip
    made = environment_of_visitor(server, "a" * 32, "Europe/Zurich")
    assert {"TMUX", "SSH_CONNECTION", "NO_COLOR", "COLUMNS"}.isdisjoint(made)
    assert (made["TERM"], made["COLORTERM"], made["TZ"]) == ("xterm-256color", "truecolor", "Europe/Zurich")
    assert made["SHORTSIDE_NOW"] == server["SHORTSIDE_NOW"]
    for nonsense in ("../../etc/passwd", "Nowhere/Town", "\x00", "x" * 999):
        assert environment_of_visitor(server, "a" * 32, nonsense)["TZ"] == "UTC"


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_monitor_gets_the_settings_of_the_command_line_and_no_others():
    words = words_of_monitor({"source": "files", "data": "a b", "ascii": "True", "fresh": "False", "config": "c"})
    assert words == ("--source=files", "--data=a b", "--ascii", "--no-fresh", "--config=c")
    assert not any("token" in setting.name for setting in SETTINGS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--host", "0.0.0.0"], "there is no terminal to print one on"),
        (["--port", "70000"], "must be a whole number from 0 to 65535"),
        (["--visitors", "0"], "must be a whole number from 1 to 200"),
        (["--token-file", "nowhere"], "the token cannot be read"),
        (["--source", "files"], "needs a folder"),
        (["--host", "192.0.2.1", "--token-file", "TOKEN"], "cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(words, complaint, tmp_path, monkeypatch, capfd):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    early = EarlyScreen(SavedFrames((), {}))
    code = answer(["serve", *(str(file) if word == "TOKEN" else word for word in words)], early)
    said = capfd.readouterr().err
    assert complaint in said
    assert code in (1, 2, 3)
    assert TOKEN not in said


@pytest.mark.terminal
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_server_that_is_stopped_leaves_no_monitor_and_had_told_none_the_token(number, tmp_path):
    environment = {**os.environ, "SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_PAGE_TOKEN": TOKEN}
    command = [sys.executable, "-m", "tui", "serve", "--port", "0"]
    pipe = subprocess.PIPE
    with started(command, stdout=pipe, stderr=pipe, env=environment) as server:
        found = re.search(r":(\d+)/", line_within(server.stdout))
        assert found is not None
        # What is no HTTP is answered, and not printed where we were started.
        with socket.create_connection(("127.0.0.1", int(found[1])), PATIENCE) as stranger:
            stranger.sendall(b"\x1b]52;c;QQ==\x07 / HTTP/9\r\n\r\n")
            assert line_within(stranger.makefile("r")).startswith("HTTP/1.0 400")
        monitor = asyncio.run(_monitor_of_visitor(f"http://127.0.0.1:{found[1]}", server.pid))
        server.send_signal(number)
        out, complaints = server.communicate(timeout=PATIENCE)
        assert (server.returncode, out + complaints) == (128 + number, "")
        with pytest.raises(ProcessLookupError):
            os.kill(monitor, 0)
    kept = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    assert TOKEN.encode() not in kept


async def _monitor_of_visitor(address: str, server: int) -> int:
    """Look at the page until it is drawn on; the process of the one monitor."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.get(f"{address}/?token={TOKEN}") as answered:
            assert answered.status == 200
            assert TOKEN not in str(answered.url)
        visit = await client.ws_connect(f"{address}/ws?width=80&height=24")
        await heard(visit, "shortside", end="")
        return _only_child_of(server)


def _only_child_of(server: int) -> int:
    """The process of the one monitor, in whose environment and arguments the token is not."""
    children = Path(f"/proc/{server}/task/{server}/children")
    if not children.exists():
        pytest.skip("needs Linux's list of a process's children")
    (monitor,) = map(int, children.read_text().split())
    for place in ("environ", "cmdline"):
        assert TOKEN.encode() not in Path(f"/proc/{monitor}/{place}").read_bytes()
    return monitor


def test_a_busy_port_is_said_in_a_sentence(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert answer(["serve", "--port", str(port)], EarlyScreen(SavedFrames((), {}))) == 1
    assert f"cannot listen on 127.0.0.1, port {port}" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("command", "library", "extra", "modules"),
    [("serve", "aiohttp", "web", ["tui.page.server"]), ("mcp", "mcp_types", "mcp", ["tui.assistant.server"])],
)
def test_a_missing_extra_is_said_with_what_installs_it(command, library, extra, modules, tmp_path, monkeypatch, capfd):
    for module in modules:
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setattr("tui.assistant.command.is_terminal", lambda _file: False)
    assert answer([command], EarlyScreen(SavedFrames((), {}))) == 1
    assert f"in the checkout, pip install '.[{extra}]'" in capfd.readouterr().err


def test_the_program_alone_imports_nothing_of_the_page():
    wanted = "import sys, tui.command_line, tui.arguments, tui.app; from tui.arguments import arguments_of;"
    wanted += "arguments_of(['--ascii']); print(*({'aiohttp', 'textual_serve', 'tui.page', 'mcp'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert found.stdout.strip() == ""
