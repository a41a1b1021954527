"""What others wrote reaches no terminal, spreadsheet or clipboard raw, whichever command or key brings it there."""

import ast
import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
from feed_examples import THURSDAY, HandClock, Source, feed_of
from hypothesis import given
from hypothesis import strategies as st
from market_data import NAMES, changed, reference, write_market, write_parquet
from market_examples import listings_of, texts
from small_market import Unpaced, small_sources
from support_terminal import RecordingDriver, driver_of, settle
from waiting import patiently

from providers.errors import RefusedError
from providers.feeds.state import Letter
from providers.feeds.states_file import STATES_FILE_NAME, write_states
from providers.http.probe import Probe
from providers.ibkr.probe import FtpProbe
from providers.keyed.keys import Keys
from shortside.board import Desk
from shortside.market import market_of
from shortside.sessions import NEW_YORK
from shortside.view import View
from shortside.words.plain_text import printable, spreadsheet_text
from tui.__main__ import main
from tui.app import Monitor
from tui.arguments import arguments_of
from tui.commands.backfill import backfill
from tui.commands.doctor import borrow_finding, host_findings
from tui.commands.findings import findings_as_json, findings_as_text
from tui.documents.kind import Document
from tui.documents.text import as_text as page_of
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable

STEERING = {
    "a colour": "\x1b[31m",
    "a title": "\x1b]0;owned\x07",
    "a clipboard": "\x1b]52;c;cm0=\x1b\\",
    "a device string": "\x1bP+q\x1b\\",
    "an eight-bit sequence": "\x9b2J",
    "C0": "\0\x01\a\b\t\n\v\f\r\x1f",
    "DEL": "\x7f",
    "C1": "".join(map(chr, range(0x80, 0xA0))),
    "direction": "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "no width": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f\u115f\u3164\ufe0f\U000e0041\U000e0100",
    "lines": "\u2028\u2029\u0085",
}
HOSTILE = "Evil" + "".join(STEERING.values()) + "Corp"
NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)


def steers(text: str) -> set[str]:
    """The signs in an output that a terminal might obey or nobody sees; its own ends of lines are none."""
    unseen = set(STEERING["no width"])
    return {
        sign
        for sign in text
        if sign != "\n" and (unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or sign in unseen)
    }


@pytest.mark.parametrize("signs", STEERING.values(), ids=STEERING.keys())
def test_no_sign_that_steers_a_terminal_is_printable(signs):
    text = printable(f"a{signs}b")
    assert steers(text) == set()
    assert "\n" not in text
    assert text.startswith("a")
    assert text.endswith("b")


@given(st.text())
def test_any_text_comes_out_printable_and_coming_out_again_is_the_same(text):
    once = printable(text)
    assert once.isprintable()
    assert steers(once) == set()
    assert printable(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Vie\u0323\u0302t", "Vie\u0323\u0302t"),
        ("Z" + "\u0301" * 100 + "algo", "Z\u0301\u0301algo"),
        ("Z" + "\u0301\u200b\x1b" * 100, "Z\u0301\u0301"),
        ("\u20dd" * 9, "\u20dd\u20dd"),
        ("a\ud800b", "ab"),
    ],
)
def test_a_sign_bears_two_marks_at_most_and_no_half_of_a_sign_is_left(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("name", ["Crédit Agricole S.A.", "台積電", "AT&T Inc.", "Nuveen −2× \u20ac", "Zoe\u0308", ""])
def test_an_honest_name_stays_as_it_is(name):
    assert printable(name) == name
    assert spreadsheet_text(name) == name


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", "\t", "\r", "\n", " ", "\u200b", "\x1b"])
def test_a_text_that_would_be_a_formula_stands_after_an_apostrophe(before, sign):
    cell = spreadsheet_text(f"{before}{sign}HYPERLINK(1)")
    assert cell.startswith("'")
    assert cell.lstrip("' ") == f"{sign}HYPERLINK(1)"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        # Spreadsheets part cells by semicolons where a comma stands before decimals, and a paste takes quotes off.
        ("Evil;=HYPERLINK(1)", "Evil;'=HYPERLINK(1)"),
        ('Evil; "+1;\u200b@x', "Evil;' \"+1;'@x"),
        ('"=HYPERLINK(1)"', '\'"=HYPERLINK(1)"'),
        ("Bath; Body - Co", "Bath; Body - Co"),
    ],
)
def test_no_cell_begins_with_a_formula_wherever_a_spreadsheet_parts_or_unwraps_it(text, cell):
    assert spreadsheet_text(text) == cell


# ---- documents


@pytest.fixture
def folder(tmp_path):
    """A market one of whose companies has a name that steers, and another one that is a formula."""
    folder = write_market(tmp_path / "market")
    rows = changed(changed(reference(), 2, "name", HOSTILE), 3, "name", "=cmd|' /C calc'!A0")
    write_parquet(rows.assign(sector=f"+{HOSTILE}"), folder / "reference.parquet")
    return folder


def printed(capsys, *words):
    code = main(list(words))
    said = capsys.readouterr()
    assert code == 0, said.err
    return said


@pytest.mark.parametrize("panel", ["tiers", "names", "sectors", "breadth", "flows", "feeds"])
@pytest.mark.parametrize("form", ["text", "csv", "json", "ndjson"])
def test_a_document_of_any_form_steers_no_terminal(folder, capsys, panel, form):
    said = printed(capsys, "snapshot", panel, "--data", str(folder), "--format", form)
    assert said.out
    assert steers(said.out + said.err) == set()


def test_csv_has_names_cleaned_and_formulas_disarmed_and_figures_as_they_are(folder, capsys):
    words = ("snapshot", "names", "--data", str(folder), "--limit", "0", "--format")
    names = {row["symbol"]: row for row in csv.DictReader(io.StringIO(printed(capsys, *words, "csv").out))}
    assert names["BRK.B"]["name"] == printable(HOSTILE)
    assert names["NA"]["name"] == "'=cmd|' /C calc'!A0"
    assert names["NA"]["sector"] == "'+" + printable(HOSTILE)
    assert names["AAPL"]["name"] == NAMES["AAPL"][1]
    figures = {row["symbol"]: row for row in json.loads(printed(capsys, *words, "json").out)["rows"]}
    # Closes rise, so shorts lose: a minus that is no formula.
    assert figures["AAPL"]["profit"] < 0
    assert {symbol: float(row["profit"]) for symbol, row in names.items()} == {
        symbol: row["profit"] for symbol, row in figures.items()
    }


def test_json_keeps_a_name_as_its_source_spells_it(folder, capsys):
    said = printed(capsys, "snapshot", "names", "--data", str(folder), "--limit", "0", "--format", "json")
    assert said.out.isascii()
    assert HOSTILE in {row["name"] for row in json.loads(said.out)["rows"]}


@pytest.mark.shared
def test_the_reported_name_leaves_no_escape_in_csv(shared, capsys):
    case = shared / "cases" / "19-csv-escape-sequences"
    expected = json.loads((case / "expected.json").read_text())
    said = printed(capsys, "snapshot", "names", "--data", str(case), "--format", "csv")
    assert ("\x1b" in said.out) is expected["csv_has_byte_1b"]
    assert "AAAA" in said.out


def test_a_note_and_a_recording_s_source_steer_nothing_either():
    document: Document = {
        "schema": "shortside.feeds/1",
        "as_of": "2023-09-07",
        "window": {"name": "ytd", "start": "2022-12-30", "end": "2023-09-07"},
        "tier_basis": "end",
        "positions": "linear",
        "known": "revised",
        "hindsight_to": None,
        "source": "replay",
        "simulated": False,
        "rows": [],
        "notes": [HOSTILE],
        "recording": {"source": HOSTILE, "ended_at": "2023-09-07T20:00:00+00:00"},
    }
    page = page_of(document)
    assert "Evil" in page
    assert steers(page) == set()


# ---- what commands say


def test_what_a_host_answers_steers_nothing_in_the_doctor_s_findings():
    findings = [
        *host_findings([Probe(host="cdn.example", words=f"could not be reached: {HOSTILE}")]),
        borrow_finding(FtpProbe(host="ftp.example", seconds=0.1, error=RefusedError(f"530 {HOSTILE}"))),
    ]
    text = findings_as_text(findings)
    assert text.count("Evil") == 2
    assert text.count("\n") == 5
    assert steers(text) == set()
    assert steers(findings_as_json(findings)) == set()
    assert {one["finding"].count("Evil") for one in json.loads(findings_as_json(findings))["findings"]} == {1}


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_doctor_reads_old_complaints_and_paths_aloud_without_obeying_them(repository, tmp_path, form):
    home = tmp_path / "ho\x1b[31mme"
    archive = home / "archive"
    (archive / "prices" / "2023-01-03").mkdir(parents=True)
    (archive / "prices" / "2023-01-03" / f"{STEERING['a title']}.parquet").write_bytes(b"no vintage")
    write_states_with_complaint(archive / STATES_FILE_NAME)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "PYTHONPATH": str(repository),
        "TERM": STEERING["a colour"], "LANG": "C.UTF-8", "SHORTSIDE_UPSTREAM": "http://127.0.0.1:1",
        "SHORTSIDE_UPSTREAM_FTP": "127.0.0.1:1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tui", "doctor", "--format", form]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert "Evil" in done.stdout
    assert "files are passed over" in done.stdout
    assert steers(done.stdout + done.stderr) == set()


def write_states_with_complaint(path):
    state = feed_of(Source(HandClock(), [])).state(THURSDAY)
    state = replace(state, letter=Letter.ERROR, complaint=HOSTILE, complained_at=THURSDAY)
    write_states(path, [state])


class Rude(BaseHTTPRequestHandler):
    """Refuses everybody in words that steer a terminal."""

    def do_GET(self) -> None:
        """Answer a request."""
        body = json.dumps({"message": HOSTILE}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def rude_server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Rude) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def test_backfill_tells_refusals_without_obeying_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.JITTER_SECONDS", 0.01)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "receipts.json").write_text(json.dumps({"schema": HOSTILE, "receipts": []}))
    arguments = arguments_of(["backfill", "--since", "2023-09-06"])
    with rude_server() as upstream:
        home = {"SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_UPSTREAM": upstream}
        code = backfill(
            arguments,
            configured(arguments.given, home).options,
            lambda: NOW,
            keys=Keys({}),
            make_clients=Unpaced,
            make_sources=small_sources,
        )
    said = capsys.readouterr()
    assert code == 4
    assert "Evil" in said.err
    assert steers(said.out + said.err) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("snapshot", "tiers", "--data", f"/nowhere/{HOSTILE.replace(chr(0), '')}"),
        ("--theme", "a\x1b[31mb", "--no-such\x1b[31m"),
        ("snapshot", "names", "--sector", f"-{HOSTILE}"),
    ],
)
def test_a_refusal_repeats_what_was_asked_without_obeying_it(tmp_path, monkeypatch, capsys, words):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(list(words)) in {2, 4}
    said = capsys.readouterr()
    assert said.err.startswith("shortside: ")
    assert steers(said.err) == set()


def test_nothing_is_said_on_standard_error_but_fixed_words_and_plain_ones(repository):
    raw = [
        f"{path.name}:{call.lineno}"
        for path in sorted((repository / "tui").glob("**/*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "print"
        and any(ast.unparse(keyword.value) == "sys.stderr" for keyword in call.keywords)
        and not isinstance(call.args[0], ast.Constant)
        and not (path.name == "plain_words.py" or ast.unparse(call.args[0]).startswith("plain("))
    ]
    assert raw == []


# ---- the screen and the clipboard


class Still:
    """A live session in which nothing happens."""

    def tick(self, _elapsed_seconds):
        """Nothing moved."""
        return np.empty(0, np.int64), np.empty(0)

    def moment(self, _elapsed_seconds):
        """Always the same."""
        return NOW


def monitor(home, *, complaints=()):
    close = np.array([[10.0, 20.0, 30.0]]) * np.linspace(1, 1.2, 40)[:, None]
    shares = np.full((5, 3), 1e6)
    listings = listings_of(
        close, shares, symbols=["AAA", "BBB", "CCC"],
        shares_outstanding=np.full((40, 3), 1e8, np.float32), names=texts([HOSTILE, "=1+1", "Plain Foods"]),
    )  # fmt: skip
    built = market_of(listings)

    def load(_options, _clock, _progress, **_how):
        return SimpleNamespace(
            market=built, desk=Desk(built), view=View(window="30d"), inputs=(), clock=lambda: NOW, live=None,
            complaints=complaints, notes=(), knowledge=None, day_note=None,
        )  # fmt: skip

    return Monitor(configured({}, {"SHORTSIDE_HOME": str(home)}).options, lambda: NOW, loader=load)


def copied(driver) -> list[str]:
    """What was handed to the clipboard so far."""
    written = re.findall(r"\x1b\]52;c;([^\x07]*)\x07", driver.take())
    return [base64.b64decode(one).decode() for one in written]


async def test_a_copied_row_steers_nothing_and_is_no_formula(tmp_path):
    app = monitor(tmp_path)
    app.driver_class = RecordingDriver
    async with app.run_test(headless=False, size=(120, 40)) as pilot:
        for _ in patiently():
            await pilot.pause()
            if (
                app.board is not None
                and app.screen.query(CrowdedTable)
                and app.screen.query_one(CrowdedTable).row_count
            ):
                break
        await settle(pilot)
        driver = driver_of(pilot)
        driver.take()
        rows = {}
        for _ in range(3):
            await pilot.press("y", "Y", "j")
            await settle(pilot)
        for symbol, row in zip(*[iter(copied(driver))] * 2, strict=True):
            rows[symbol] = row.split("\t")
        screen = "\n".join(driver.terminal.lines())
    assert set(rows) == {"AAA", "BBB", "CCC"}
    assert len({len(cells) for cells in rows.values()}) == 1
    (name,) = (cell for cell in rows["AAA"] if cell.startswith("Evil"))
    assert name.startswith(printable(f"Evil{STEERING['a colour']}{STEERING['a title']}"))
    assert "'=1+1" in rows["BBB"]
    assert "Plain Foods" in rows["CCC"]
    assert steers("".join(cell for cells in rows.values() for cell in cells)) == set()
    # Shorts lost: a figure below zero is a number, and no formula.
    assert any(re.fullmatch(r"-\d+", cell) for cell in rows["CCC"])
    assert "Evil" in screen
    assert steers(screen) == set()


async def test_the_clipboard_takes_tabs_between_cells_and_nothing_else_that_steers(tmp_path):
    app = monitor(tmp_path)
    app.driver_class = RecordingDriver
    async with app.run_test(headless=False) as pilot:
        driver_of(pilot).take()
        app.copy_to_clipboard(f"a\t{HOSTILE}\rb")
        (text,) = copied(driver_of(pilot))
    assert text.split("\t")[0] == "a"
    assert steers(text.replace("\t", "")) == set()


async def test_a_warning_in_the_corner_is_cleaned_too(tmp_path):
    app = monitor(tmp_path)
    app.driver_class = RecordingDriver
    async with app.run_test(headless=False, size=(120, 40)) as pilot:
        app.warn(HOSTILE)
        await pilot.pause()
        (notification,) = app._notifications
    assert notification.message == printable(HOSTILE)
