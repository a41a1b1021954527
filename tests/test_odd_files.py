"""Whatever lies where a file of ours belongs is passed over in words: nothing hangs, and no traceback is shown."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import public_archive
import pyarrow.parquet as pq
import pytest
from market_data import write_market
from waiting import PATIENCE

from providers.archive.absences import ABSENCES_FILE_NAME, read_absences
from providers.archive.lease import HOLDER_FILE_NAME, Lease
from providers.archive.live_quotes import read_quotes
from providers.archive.vintages import Archive, ArchiveError
from providers.errors import MalformedError, RefusedError
from providers.feeds.states_file import read_states
from providers.feeds.wishes import WISHES_FOLDER, PollNow, put_wish, take_wishes
from providers.files.extent import last_day
from providers.files.folder import market_folder
from providers.http.receipts import ReceiptFile
from providers.ordinary_files import content_of, whole_name
from providers.recording.source import ReplayProvider
from shortside.datasets import Dataset
from tui.clock import clock_from_environment
from tui.commands.output_file import write_output
from tui.errors import ConfigurationError, OutputError
from tui.exit_codes import BAD_CONFIGURATION, FAILURE, NO_DATA, OK, USAGE

DEEP = b"[" * 100_000
DEEP_OBJECTS = b'{"a":' * 100_000


def fill(path, kind):
    """Put something odd in a file's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            # Its name may be too long for a socket's.
            here = os.open(path.parent, os.O_RDONLY)
            one.bind(f"/proc/self/fd/{here}/{path.name}")
            os.close(here)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "link to itself":
        path.symlink_to(path.name)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            # Nothing of it is on the disk.
            file.truncate(2**40)
    else:
        path.write_bytes(kind)


@contextmanager
def as_nobody():
    """As a user for whom a folder's rights count: root may do anything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


ODD = [
    *("pipe", "socket", "device", "link to itself", "folder", "huge"),
    *(
        b"",
        b"\x00\xff\xfe",
        b"null",
        b"3",
        b"[]",
        b"{}",
        b'"a"',
        DEEP,
        DEEP_OBJECTS,
        b'{"schema":' + b"9" * 9000 + b"}",
    ),
]
odd = pytest.mark.parametrize("kind", [pytest.param(one, id=str(one[:12])) for one in ODD])


@odd
def test_small_files_between_terminals_are_as_good_as_none(tmp_path, kind):
    for name in ("feeds.json", HOLDER_FILE_NAME, ABSENCES_FILE_NAME, "receipts.json"):
        fill(tmp_path / name, kind)
    assert read_states(tmp_path / "feeds.json") == ()
    assert read_absences(tmp_path) == ()
    assert Lease(tmp_path, lambda: datetime(2023, 9, 7, tzinfo=UTC))._last_holder() is None
    told: list[str] = []
    assert len(ReceiptFile(tmp_path / "receipts.json", told.append)) == 0
    assert all("cannot be used" in words for words in told)


@pytest.mark.parametrize("entry", [{"key": 1, "sha256": "a"}, {"key": "a"}, 3, {"key": "a", "sha256": "b", "etag": {}}])
def test_a_receipt_of_another_make_is_no_receipt(tmp_path, entry):
    path = tmp_path / "receipts.json"
    path.write_text(json.dumps({"schema": "shortside.receipts/1", "receipts": [entry]}))
    told: list[str] = []
    assert len(ReceiptFile(path, told.append)) == 0
    assert len(told) == 1


@odd
def test_an_odd_wish_stops_no_other(tmp_path, kind):
    put_wish(tmp_path, PollNow())
    fill(tmp_path / WISHES_FOLDER / "odd.json", kind)
    wishes, complaints = take_wishes(tmp_path)
    assert wishes == [PollNow()]
    assert len(complaints) == 1


@odd
def test_an_odd_recording_is_refused_in_a_sentence(tmp_path, kind):
    fill(tmp_path / "odd.shortside", kind)
    with pytest.raises((MalformedError, RefusedError)):
        ReplayProvider(tmp_path / "odd.shortside").read_recording()


@odd
def test_odd_live_prices_are_refused_in_a_sentence(tmp_path, kind):
    fill(tmp_path / "odd.npz", kind)
    with pytest.raises(MalformedError):
        read_quotes(tmp_path / "odd.npz")


# ---- the archive


@pytest.fixture(scope="module")
def vintage_bytes(tmp_path_factory):
    """A sound vintage, and what it says of itself."""
    archive = Archive(tmp_path_factory.mktemp("sound"))
    vintage = archive.append(public_archive.directory(public_archive.evening(date(2023, 2, 28))))
    return pq.read_table(vintage.path, partitioning=None)


def put_vintage(root, table, name="20230228T220000.000000Z-00000000.parquet", folder="2023-02-28", **said):
    """A vintage that says something else of itself; what is None is left out."""
    record = {**json.loads(table.schema.metadata[b"shortside"]), **said}
    kept = json.dumps({key: value for key, value in record.items() if value is not None})
    path = root / Dataset.REFERENCE.value / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"shortside": kept}), path)
    return path


@pytest.mark.parametrize(
    "said",
    [
        *({name: None} for name in ("dataset", "as_of", "fetched_at", "source", "attribution", "content", "format")),
        {"format": "shortside.vintage/2"}, {"dataset": "weather"}, {"dataset": 3}, {"as_of": 3}, {"as_of": "soon"},
        {"as_of": "9999-12-31"}, {"as_of": "0001-01-01"}, {"fetched_at": "9999-12-31T23:59:59-12:00"},
        {"fetched_at": "0001-01-01T00:00:00+14:00"}, {"fetched_at": "2023-02-28T00:00:00"}, {"fetched_at": []},
        {"published_at": "9999-12-31T00:00:00+00:00"}, {"published_at": 7}, {"source": {}}, {"content": [1]},
        {"attribution": 5},
    ],
    ids=str,
)  # fmt: skip
def test_a_vintage_that_says_what_cannot_be_is_passed_over(tmp_path, vintage_bytes, said):
    path = put_vintage(tmp_path, vintage_bytes, **said)
    archive = Archive(tmp_path)
    assert archive.vintages(Dataset.REFERENCE) == []
    assert [str(path) in words and words.isprintable() for words in archive.complaints] == [True]


@pytest.mark.parametrize("said", [{"notes": None}, {"notes": 3}, {"quality": None}, {"quality": "superb"}], ids=str)
def test_a_vintage_whose_rest_is_wrong_cannot_be_read_and_says_so(tmp_path, vintage_bytes, said):
    put_vintage(tmp_path, vintage_bytes, **said)
    archive = Archive(tmp_path)
    (vintage,) = archive.vintages(Dataset.REFERENCE)
    with pytest.raises(ArchiveError, match="can no longer be read"):
        archive.read(vintage)


@odd
def test_what_is_no_vintage_is_passed_over_beside_a_sound_one(tmp_path, vintage_bytes, kind):
    put_vintage(tmp_path, vintage_bytes)
    fill(tmp_path / Dataset.REFERENCE.value / "2023-02-28" / "odd.parquet", kind)
    archive = Archive(tmp_path)
    assert len(archive.vintages(Dataset.REFERENCE)) == 1
    assert len(archive.complaints) == 1


def test_names_that_are_no_text_are_passed_over(tmp_path, vintage_bytes):
    put_vintage(tmp_path, vintage_bytes)
    (tmp_path / Dataset.REFERENCE.value / os.fsdecode(b"\xff\xfe")).mkdir()
    (tmp_path / Dataset.REFERENCE.value / "2023-02-28" / os.fsdecode(b"\x1b[2J\xff.parquet")).write_bytes(b"PAR1")
    archive = Archive(tmp_path)
    assert len(archive.vintages(Dataset.REFERENCE)) == 1
    assert len(archive.complaints) == 1


# ---- the clock and the streams


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1969-01-01T00:00:00+00:00",
        "2035-01-01T00:00:00+00:00", "2010-12-31T23:59:59+00:00", "soon", "9" * 5000, "2023-09-07", "\x00",
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_clock_beyond_the_table_of_sessions_is_refused(text):
    with pytest.raises(ConfigurationError):
        clock_from_environment({"SHORTSIDE_NOW": text})


def ran(repository, home, words, shell_end, before="", **variables):
    """What a shell runs, with one of its streams led elsewhere, after it did something before."""
    here = {"PYTHONPATH": str(repository), "SHORTSIDE_HOME": str(home), "SHORTSIDE_UPSTREAM": "http://127.0.0.1:9"}
    here |= {"SHORTSIDE_UPSTREAM_FTP": "127.0.0.1:9", "SHORTSIDE_NOW": "2023-09-07T17:30:00-04:00"}
    command = f'{before}"{sys.executable}" -m tui {" ".join(words)} {shell_end}'
    return subprocess.run(
        ["sh", "-c", command], cwd=repository, env={**os.environ, **here, **variables}, capture_output=True, text=True,
        timeout=PATIENCE, check=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["snapshot", "tiers", "--format", "csv"], ">/dev/full"),
        (["config", "show"], ">/dev/full"),
        (["config", "show"], ">&-"),
        (["--help"], ">/dev/full"),
        (["backfill", "--dry-run", "--since", "2023-09-01"], ">/dev/full"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else one,
)
def test_a_full_or_closed_output_is_said_in_a_sentence(repository, tmp_path, words, end):
    done = ran(repository, tmp_path, words, end)
    assert (done.returncode, done.stderr.count("Traceback")) == (FAILURE, 0)
    assert done.stderr.startswith("shortside: standard output cannot be written: ")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_fills_up_half_way_is_said_and_never_taken_for_whole(repository, tmp_path, unbuffered):
    # A file may have a block of 512 or 1,024 bytes, which is less than the settings take.
    words, end = ["config", "show"], f">{tmp_path}/part"
    done = ran(repository, tmp_path / "home", words, end, PYTHONUNBUFFERED=unbuffered, before="ulimit -f 1; ")
    assert done.returncode == FAILURE
    assert done.stderr.startswith("shortside: standard output cannot be written: File too large")
    assert 0 < (tmp_path / "part").stat().st_size <= 1_024


def test_without_standard_error_the_document_is_the_same_and_nothing_is_mixed_into_it(repository, tmp_path):
    sound = ran(repository, tmp_path, ["config", "show"], "")
    for end in ("2>&-", "2>/dev/full"):
        assert ran(repository, tmp_path, ["config", "show"], end).stdout == sound.stdout
    assert ran(repository, tmp_path, ["config", "show", "--seed", "x"], "2>&-").stdout == ""


def test_signs_that_the_output_cannot_write_are_question_marks(repository, tmp_path):
    done = ran(repository, tmp_path, ["snapshot", "tiers"], "", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == OK
    assert done.stdout.isascii()


@odd
def test_an_odd_configuration_file_ends_in_its_code(tmp_path, monkeypatch, capsys, kind):
    if kind == b"":
        pytest.skip("an empty file is a sound configuration")
    from tui.__main__ import main

    fill(tmp_path / "odd.toml", kind)
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "show", "--config", str(tmp_path / "odd.toml")]) == BAD_CONFIGURATION
    assert capsys.readouterr().err.startswith("shortside: ")


def test_a_program_whose_working_folder_was_removed_works_and_finds_nothing_there(tmp_path, monkeypatch, capsys):
    from tui.__main__ import main

    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["config", "show"]) == OK
    # Not even a home that is named from there.
    monkeypatch.setenv("SHORTSIDE_HOME", "home")
    assert main(["snapshot", "tiers", "--source", "public"]) == NO_DATA
    assert main(["snapshot", "tiers", "--source", "files", "--data", "market"]) == NO_DATA
    assert "there is no folder market" in capsys.readouterr().err
    assert whole_name(Path("market")) == "market"


def test_a_name_that_leads_to_itself_stays_as_it_is(tmp_path):
    (tmp_path / "round").symlink_to("round")
    assert whole_name(tmp_path / "round" / "inner") == str(tmp_path / "round" / "inner")


LONG = f"/{'a' * 300}"
"""A name longer than any system lets a file have."""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["snapshot", "tiers", "--source", "files", "--data", LONG], NO_DATA, "there is no folder"),
        (["history", "--since", "2023-01-01", "--source", "files", "--data", LONG], NO_DATA, "there is no folder"),
        (["record", LONG, "--for", "1s"], FAILURE, "cannot be written any further: File name too long"),
        (["record", f"{LONG}/x", "--for", "1s"], USAGE, "there is no folder"),
    ],
)
def test_a_name_that_is_too_long_is_a_sentence(tmp_path, monkeypatch, capsys, words, code, said):
    from tui.__main__ import main

    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(words) == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "state" / "errors.log").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["snapshot", "tiers", "--window", "since:0001-01-01"], OK),
        (["snapshot", "tiers", "--window", "since:0001-01-01", "--source", "public"], NO_DATA),
        (["snapshot", "tiers", "--as-of", "0001-01-01", "--source", "public"], NO_DATA),
        (["history", "--since", "0001-01-01", "--until", "0001-02-01"], NO_DATA),
    ],
)
def test_a_day_that_has_none_before_it_is_a_day(tmp_path, monkeypatch, words, code):
    from tui.__main__ import main

    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(words) == code
    assert not (tmp_path / "state" / "errors.log").exists()


def test_a_page_under_a_name_that_is_too_long_is_a_sentence():
    with pytest.raises(OutputError, match="cannot be written: File name too long"):
        write_output(Path(LONG), b"")


@pytest.mark.parametrize("key", ["data", "book", "exports"])
def test_a_name_that_no_file_can_have_is_no_setting(tmp_path, monkeypatch, capsys, key):
    from tui.__main__ import main

    (tmp_path / "odd.toml").write_text(rf'{key} = "/tmp/a\u0000b"')
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["snapshot", "book", "--config", str(tmp_path / "odd.toml")]) == BAD_CONFIGURATION
    assert capsys.readouterr().err.startswith(f"shortside: {tmp_path}/odd.toml: ")


def test_a_market_folder_whose_name_is_no_text_is_refused_where_parquet_would_be_opened(tmp_path):
    folder = write_market(tmp_path / "market").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    assert last_day(folder) is None
    with pytest.raises(RefusedError, match="a name that is no UTF-8"):
        market_folder(folder)
    (folder / "prices.parquet").rename(tmp_path / "prices.parquet")
    for path in folder.glob("*.parquet"):
        path.unlink()
    (folder / "prices.csv").touch()
    (folder / "shrt20230228.csv").touch()
    assert market_folder(folder).prices == folder / "prices.csv"


@pytest.mark.parametrize("is_above", [True, False])
def test_a_folder_that_may_not_be_entered_is_said(is_above):
    with tempfile.TemporaryDirectory() as locked:
        folder = write_market(Path(locked) / "above" / "market")
        (folder.parent if is_above else folder).chmod(0)
        with as_nobody():
            assert last_day(folder) is None
            with pytest.raises(RefusedError, match=r"market may not be (read|looked for)$"):
                market_folder(folder)
            with pytest.raises(OutputError, match="cannot be written: Permission denied"):
                write_output(folder / "page.md", b"")
        folder.parent.chmod(0o700)
        folder.chmod(0o700)


def test_a_file_that_is_replaced_by_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no ordinary file"):
        content_of(tmp_path / "pipe", 10)
