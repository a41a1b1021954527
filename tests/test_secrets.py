"""A key is in no file this program writes and in no line it prints; and what it writes is its owner's alone."""

import gzip
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kept_demo import with_kept_demo
from market_data import SESSIONS
from public_archive import evening, fill
from support_terminal import PseudoTerminal

from providers.archive.vintages import Archive
from providers.catalog import KeyName
from providers.durable import make_folder, private, replace_file, write_once
from providers.feeds.states_file import STATES_FILE_NAME, read_states
from providers.redaction import redacted
from tui.__main__ import main
from tui.settings.keys import KEY_FILE_NAME as KEY_FILE

pytestmark = pytest.mark.slow

CANARY = "canary-4711"
IN_THE_KEY_FILE = KeyName.ORTEX_KEY
LAST = SESSIONS[-1]


class Listener(ThreadingHTTPServer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Gossip)
        self.told: list[str] = []


class Gossip(BaseHTTPRequestHandler):
    """A service that refuses everybody and repeats in its complaint all it was told, keys and all."""

    server: Listener

    def do_GET(self) -> None:
        """Answer a request."""
        told = f"{self.path} {dict(self.headers)}"
        body = json.dumps({"message": f"no: {told}"}).encode()
        self.server.told.append(told)
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # Who was only to be there for a moment has left before it heard everything.
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def gossip() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def home(tmp_path):
    """A home with an archive, and a key file that may be read by its owner only."""
    home = tmp_path / "home"
    fill(Archive(home / "archive"), LAST)
    keys = home / KEY_FILE
    keys.write_text(f"{IN_THE_KEY_FILE}={CANARY}-file\n")
    keys.chmod(0o600)
    return home


@pytest.fixture
def environment(repository, home):
    """Every place for a key that the documentation names, and addresses with a password in them."""

    def of(port, user=f"user:{CANARY}-upstream@"):
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "LANG": "C.UTF-8",
            "PYTHONPATH": str(repository), "TERM": "xterm-256color", "SHORTSIDE_NOW": evening(LAST, 20).isoformat(),
            **{name.value: f"{CANARY}-{name.name}" for name in KeyName if name is not IN_THE_KEY_FILE},
            "SHORTSIDE_UPSTREAM": f"http://{user}127.0.0.1:{port}",
            "SHORTSIDE_UPSTREAM_FTP": "127.0.0.1:1",
            "HTTPS_PROXY": f"http://user:{CANARY}-proxy@127.0.0.1:1",
        }  # fmt: skip

    return of


def files_of(home):
    return [path for path in home.rglob("*") if path.is_file() and path.name != KEY_FILE]


def arguments_of_family(process):
    """The arguments of a process and of everything it has started, where the system tells them."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    family, size = {process}, 0
    while len(family) > size:
        size = len(family)
        family |= {child for child, parent in parents.items() if parent in family}
    return [Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode() for one in family]


@contextmanager
def generous_umask() -> Iterator[None]:
    """Under which a program that does not mind its files leaves them to everybody."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.terminal
def test_a_monitor_with_every_key_there_is_writes_none_down_shows_none_and_leaves_its_files_to_nobody(
    environment, home
):
    complaining = {"alpaca", "alpaca_quotes", "massive_quotes"}

    def has_heard(_terminal):
        states = read_states(home / "archive" / STATES_FILE_NAME)
        return complaining <= {state.name for state in states if "403" in state.complaint}

    command = [sys.executable, "-m", "tui", "--source", "public"]
    with generous_umask(), gossip() as server:
        # Without a password, which would travel in the place of a key.
        with PseudoTerminal(command, environment(server.server_port, user=""), 120, 40) as program:
            program.wait_for_words("3 Crowded shorts")
            program.send("6")
            # The keys travelled and were repeated to us; the complaints are on the screen and on the disk.
            program.wait_for_words("Alpaca last prices", "6 Feeds")
            program.wait_for(has_heard)
            arguments = arguments_of_family(program.process)
            program.send("q")
            assert program.wait_for_end() == 0
        assert all(
            f"{CANARY}-{name}" in "".join(server.told) for name in ("ALPACA_KEY_ID", "ALPACA_SECRET_KEY", "MASSIVE_KEY")
        )
    assert CANARY.encode() not in program.received
    # Any user of the machine may read the arguments of any process.
    assert len(arguments) >= 2, "the monitor and its back office"
    assert not any(CANARY in one for one in arguments)
    written = files_of(home)
    assert {path.parent.name for path in written} >= {"frames", "archive", "state"}
    assert "poll feed=alpaca" in (home / "state" / "shortside.log").read_text()
    assert [path for path in written if CANARY.encode() in path.read_bytes()] == []
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in written} == {"0o600"}
    folders = {path for path in home.rglob("*") if path.is_dir()}
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in folders} == {"0o700"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["config", "show", "--origin"], 0),
        (["doctor"], 1),
        (["doctor", "--format", "json"], 1),
        (["snapshot", "feeds", "--source", "public"], 0),
        (["snapshot", "names", "--source", "demo", "--format", "json"], 0),
        (["backfill", "--since", "2023-02-28", "--dry-run"], 0),
    ],
)
def test_a_command_with_every_key_there_is_prints_none_and_writes_none_down(environment, home, words, code):
    # Nobody listens at port 1: every complaint there is comes up.
    done = subprocess.run(
        [sys.executable, "-m", "tui", *words],
        env=with_kept_demo(environment(1)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert done.stdout
    assert CANARY not in done.stdout + done.stderr
    assert [path for path in files_of(home) if CANARY.encode() in path.read_bytes()] == []


OWN = ("canary4711", "4711731", "4,711,731", "5822.17", "5,822.17")
"""An account, shares and a price that are in the file of own positions and nowhere else, as they may be written."""


def put_own_positions(home):
    """One's own book, with a row that nobody can read."""
    rows = "AAPL,-4711731,5822.17,2023-02-21,canary4711\nNA,-4711731x,5822.17,2023-02-21,canary4711\n"
    (home / "book.csv").write_text(f"symbol,shares,price,date,account\n{rows}")


def files_with_own_positions(home):
    held = [path for path in files_of(home) if path.name != "book.csv"]
    assert held
    return [path for path in held if any(own.encode() in path.read_bytes() for own in OWN)]


@pytest.mark.terminal
def test_one_s_own_positions_are_shown_and_in_no_file_no_request_and_no_argument(environment, home):
    put_own_positions(home)
    # On a slow line a frame may wait while the screen it belongs to has been left.
    command = [sys.executable, "-m", "tui", "--source", "public", "--low-bandwidth"]
    with gossip() as server, PseudoTerminal(command, environment(server.server_port, user=""), 200, 50) as program:
        program.wait_for_words("3 Crowded shorts")
        program.send("B")
        program.wait_for_words("canary4711", "4,711,731", "line 3: shares '-4711731x' is no number")
        program.send("\r")
        program.wait_for_words("mine", "4,711,731 from 5822.17")
        arguments = arguments_of_family(program.process)
        program.send("qqq")
        assert program.wait_for_end() == 0
    assert not any(own in told for own in OWN for told in server.told)
    assert len(arguments) >= 2, "the monitor and its back office"
    assert not any(own in one for own in OWN for one in arguments)
    assert {path.parent.name for path in files_of(home)} >= {"archive", "state"}
    assert files_with_own_positions(home) == []


def test_one_s_own_positions_are_in_no_recording_and_can_be_seen_beside_one(environment, home):
    put_own_positions(home)
    file = home / "evening.shortside"
    with gossip() as server:
        recorded = run_program(
            environment(server.server_port, user=""), "record", str(file), "--source", "public", "--for", "0.3s"
        )
        assert recorded.returncode == 0, recorded.stderr
        words = ["snapshot", "book", "--source", "replay", "--data", str(file), "--format", "json"]
        seen = run_program(environment(server.server_port, user=""), *words)
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["rows"][0]["account"] == "canary4711"
    assert not any(own.encode() in one for own in OWN for one in members_of(file))
    assert files_with_own_positions(home) == []


def run_program(variables, *words):
    """A command of the program, run to its end."""
    command = [sys.executable, "-m", "tui", *words]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def members_of(recording):
    """What a recording holds, unpacked."""
    with tarfile.open(recording) as members:
        streams = [members.extractfile(member) for member in members]
        packed = [stream.read() for stream in streams if stream is not None]
    return [gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in packed]


def test_a_recording_made_with_every_key_there_is_holds_none(environment, home):
    file = home / "evening.shortside"
    words = ["record", str(file), "--source", "public", "--for", "0.5s"]
    with gossip() as server:
        done = subprocess.run(
            [sys.executable, "-m", "tui", *words],
            env=environment(server.server_port, user=""),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    recorded = members_of(file)
    assert sum(map(len, recorded)) > 10_000
    assert not any(CANARY.encode() in one for one in (*recorded, *(path.read_bytes() for path in files_of(home))))
    assert CANARY not in done.stdout + done.stderr


def test_the_settings_are_shown_without_the_password_of_an_address(environment):
    command = [sys.executable, "-m", "tui", "config", "show"]
    done = subprocess.run(command, env=environment(9), capture_output=True, text=True, timeout=60, check=True)
    assert 'upstream = "http://…@127.0.0.1:9"' in done.stdout


@pytest.mark.parametrize(
    "variable",
    [
        "SHORTSIDE_PROVIDERS_MASSIVE_BASE_URL",
        "SHORTSIDE_PROVIDERS_ALPACA_BASE_URL",
        "SHORTSIDE_PROVIDERS_ORTEX_ENABLED",
        "SHORTSIDE_PROVIDERS_IBKR_BORROW_BASE_URL",
    ],
)
def test_a_refused_address_is_quoted_without_its_password(monkeypatch, tmp_path, capsys, variable):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv(variable, f"https://user:{CANARY}@127.0.0.1:9/x")
    assert main(["config", "show"]) == 3
    said = capsys.readouterr()
    assert "…@127.0.0.1:9" in said.err
    assert CANARY not in said.out + said.err


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("asked http://user:word@host:9/path twice", "asked http://…@host:9/path twice"),
        ("http://user:w@rd@host/", "http://…@host/"),
        ("ftp://user@host/", "ftp://…@host/"),
        ("https://host/a@b", "https://host/a@b"),
        ("me@example.org and https://host/", "me@example.org and https://host/"),
        ("UPSTREAM=user:word@host:80: no", "UPSTREAM=…@host:80: no"),
        ("user:w@rd@[::1]:9", "…@[::1]:9"),
        ("//user:word@host", "//…@host"),
        ("https://b.example/x?sv=1&sig=word&a=b", "https://b.example/x?sv=1&sig=…&a=b"),
        ("s3?X-Amz-Credential=word&X-Amz-Signature=word", "s3?X-Amz-Credential=…&X-Amz-Signature=…"),
        ("page_token=word", "page_token=word"),
    ],
)
def test_an_address_is_told_without_who_asks_and_the_password(address, shown):
    assert redacted(address) == shown


@pytest.mark.parametrize("cut", range(len("PK-4711-0123456789") // 2, len("PK-4711-0123456789") + 1))
def test_a_key_whose_end_was_cut_off_is_struck_out_like_a_whole_one(cut):
    key = "PK-4711-0123456789"
    assert redacted(f"no ({key[:cut]}…) at {key}", ["PK-4711", key]) == "no (……) at …"
    assert redacted(f"no ({key[:8]}) at host", [key]) == "no (PK-4711-) at host", "less than half is no key's"


def test_an_address_that_is_secret_takes_no_other_of_its_host_along():
    hook = "https://hooks.example/services/T0123/B0123/abcdefghijklmnop"
    assert redacted("https://hooks.example/services/ is away", [hook]) == "https://hooks.example/services/ is away"
    assert redacted(f"{hook[:45]} is away", [hook]) == "… is away"


def test_an_error_nobody_foresaw_in_a_command_is_kept_without_keys(monkeypatch, tmp_path, capsys, noted_errors):
    def fails(_options):
        # Each begins as the others do.
        raise RuntimeError(f"{CANARY}-environment {CANARY}-file {CANARY}-hook {CANARY}-made")

    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_MASSIVE_KEY", f"{CANARY}-environment")
    monkeypatch.setattr("tui.commands.lists.print_lists", fails)
    (tmp_path / KEY_FILE).write_text(f"{IN_THE_KEY_FILE}={CANARY}-file\n")
    (tmp_path / KEY_FILE).chmod(0o600)
    (tmp_path / "alerts.toml").write_text(f'[[alerts]]\napprise = ["{CANARY}-made"]\n')
    named = tmp_path / "named.toml"
    named.write_text(f'[[alerts]]\nheaders = {{Authorization = "{CANARY}-hook"}}\n')
    # Rules of alerts are read in the file that is named, and keys beside that of the home.
    assert main(["lists", "--config", str(named)]) == 1
    noted_errors.clear()
    kept = (tmp_path / "state" / "errors.log").read_text()
    assert "RuntimeError: … … … …" in kept
    assert CANARY not in kept + capsys.readouterr().err


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_and_folders_are_made_for_their_owner_alone(tmp_path, umask):
    before = os.umask(umask)
    try:
        folder = tmp_path / "a" / "b"
        make_folder(folder)
        make_folder(folder)
        replace_file(folder / "replaced", b"1")
        write_once(folder / "once", lambda file: file.write(b"1"))
        with open(folder / "opened", "wb", opener=private) as file:
            file.write(b"1")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert [stat.S_IMODE(path.stat().st_mode) for path in sorted(folder.iterdir())] == [0o600] * 3


def test_a_folder_that_is_there_keeps_what_its_owner_allows(tmp_path):
    tmp_path.chmod(0o750)
    make_folder(tmp_path / "inner")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_file_where_a_folder_belongs_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        make_folder(tmp_path / "file")
    with pytest.raises(OSError, match="file"):
        make_folder(tmp_path / "file" / "inner")
