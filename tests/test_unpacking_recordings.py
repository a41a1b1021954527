"""Whatever a recording or a file of last prices unpacks to, memory stays within bounds that real ones never reach."""

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from bombs import MEGABYTE, at_most, complaint_of, gzip_bomb
from recording_examples import HEAD, OPENS, market, write_recording
from unpacking_examples import SLACK_BYTES, ZEROS

from providers.archive.live_quotes import read_quotes
from providers.parsing.parquet_pages import unpacked_bytes
from providers.parsing.unpacking import (
    LARGEST_ANSWER_BYTES,
    LARGEST_ARRAY_BYTES,
    LARGEST_BORROW_LIST_BYTES,
    LARGEST_RECORD_BYTES,
    LARGEST_REPORTS_BYTES,
    LARGEST_SMALL_TABLE_BYTES,
    LARGEST_TABLE_BYTES,
    gunzipped,
    most_bytes_of,
    most_rows_of,
)
from providers.recording.member_file import MemberWriter
from providers.recording.source import ReplayProvider
from providers.recording.writer import RecordedMarket, RecordingWriter

# -- recordings -------------------------------------------------------------------------------------------------------


def recording_with(path, kind, suffix, content):
    """A recording with one more member, whose checksum is right."""
    write_recording(path, batches=[(market(),)], ended_at=None)
    whole = ReplayProvider(path).read_recording().file
    with path.open("r+b") as file:
        writer = MemberWriter(path.with_suffix(".other"))
        for member in whole.members:
            file.seek(member.offset)
            writer.add(member.kind, suffix, file.read(member.size), OPENS)
        writer.add(kind, suffix, content, OPENS)
        writer.close()
    return path.with_suffix(".other")


def played(path):
    return ReplayProvider(path).read_recording()


@pytest.mark.parametrize("kind", ["ticks", "market"])
@pytest.mark.parametrize("piece", [ZEROS, b"\n" * MEGABYTE, b"[" * MEGABYTE])
def test_a_record_of_a_recording_is_bounded(tmp_path, kind, piece):
    path = recording_with(tmp_path / "session", kind, "gz", gzip_bomb(piece, 512))
    with at_most(LARGEST_RECORD_BYTES + SLACK_BYTES):
        assert "session.other: unpacks to more than" in complaint_of(played, path)


def test_all_ticks_of_a_recording_together_are_bounded_by_its_size(tmp_path):
    line = json.dumps({"at": OPENS.isoformat(), "prices": {"AAA": 1.0}}).encode() + b" " * 10_000 + b"\n"
    content = gzip_bomb(line * 100, 5)
    path = write_recording(tmp_path / "whole", batches=[(market(),)], ended_at=None)
    writer = MemberWriter(tmp_path / "session")
    for member in ReplayProvider(path).read_recording().file.members:
        writer.add(member.kind, "gz", ReplayProvider(path).read_recording().file.content(member), OPENS)
    for _ in range(8):
        writer.add("ticks", "gz", content, OPENS)
    writer.close()
    with at_most(4 * most_bytes_of(8 * len(content))):
        assert "session: unpacks to more than" in complaint_of(played, tmp_path / "session")


def with_array(tmp_path, content, **claims):
    """A recording whose market's closes are another array."""
    path = write_recording(tmp_path / "session", batches=[(market(),)], ended_at=None)
    file = played(path).file
    writer = MemberWriter(tmp_path / "other")
    for member in file.members:
        held = file.content(member)
        if member.kind == "market":
            record = json.loads(gzip.decompress(held))
            record["listings"]["close"] |= {"member": len(file.members), **claims}
            held = gzip.compress(json.dumps(record).encode())
        writer.add(member.kind, "gz", held, OPENS)
    writer.add("array", "npy.gz", content, OPENS)
    writer.close()
    return played(tmp_path / "other")


def array_head(shape, dtype="<f4"):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": dtype, "fortran_order": False, "shape": shape})
    return head.getvalue()


def test_an_array_of_a_recording_is_bounded(tmp_path):
    count = 600 * MEGABYTE
    bomb = gzip_bomb(ZEROS, 600, head=array_head((count,), "|u1"))
    recording = with_array(tmp_path, bomb, shape=[count], dtype="|u1")
    with at_most(LARGEST_ARRAY_BYTES + SLACK_BYTES * 2):
        assert complaint_of(recording.listings, 0) == "other: unpacks to more than 256 MB"


@pytest.mark.parametrize("dtype", ["<f4", "<U9999999", "<U0", "|V0", "|O"])
@pytest.mark.parametrize("shape", [(2**40,), (2**33, 2**33), (0, 2**40), (-1,), (2**62, 2**62)])
def test_an_array_that_claims_to_be_larger_than_it_is_takes_no_memory(tmp_path, shape, dtype):
    recording = with_array(tmp_path, gzip.compress(array_head(shape, dtype)), shape=list(shape), dtype=dtype)
    with at_most(SLACK_BYTES):
        assert "other: is damaged" in complaint_of(recording.listings, 0)


def test_one_array_in_every_place_of_a_market_is_counted_in_every_place(tmp_path, monkeypatch):
    monkeypatch.setattr("providers.recording.reader.LARGEST_MARKET_BYTES", 2_000)
    recording = played(write_recording(tmp_path / "session"))
    assert "session: unpacks to more than" in complaint_of(recording.listings, 0)


def head_saying(size: bytes) -> bytes:
    """The head of a recording's first member with another size in it, and a right checksum."""
    writer_bytes = bytearray(tarfile.BLOCKSIZE)
    writer_bytes[:32] = b"000000-recording-00000000.json\0\0"
    writer_bytes[100:108] = b"0000644\0"
    writer_bytes[124:136] = size
    writer_bytes[136:148] = b"00000000000\0"
    writer_bytes[148:156] = b" " * 8
    writer_bytes[156:157] = b"0"
    writer_bytes[257:265] = b"ustar\x0000"
    writer_bytes[148:156] = f"{sum(writer_bytes):06o}\0 ".encode()
    return bytes(writer_bytes)


@pytest.mark.parametrize(
    "size",
    [b"77777777777\0", b"\x80" + (2**40).to_bytes(11, "big"), b"\xff" * 11 + b"\x00", b"\x80" + b"\xff" * 11],
    ids=["eight gigabytes", "a terabyte", "less than nothing", "more than there is"],
)
def test_a_member_that_says_an_impossible_size_takes_no_memory(tmp_path, size):
    path = tmp_path / "session"
    with path.open("wb") as file:
        file.write(head_saying(size))
        # Nothing of it is on the disk.
        file.truncate(2**43)
    with at_most(MEGABYTE):
        assert "session: is no recording of shortside" in complaint_of(played, path)


def test_what_could_not_be_read_again_is_not_written(tmp_path):
    wide = market()
    shape = (100, 1 + LARGEST_ARRAY_BYTES // 400)
    listings = wide.listings
    # Of no memory: every number of it is the same one.
    object.__setattr__(listings, "close", np.broadcast_to(np.float32(1.0), shape))
    happening = RecordedMarket(at=OPENS, listings=listings, live_day=None)
    with (
        RecordingWriter(tmp_path / "session", HEAD) as writer,
        pytest.raises(OSError, match="than a recording may hold"),
    ):
        writer.write([happening])


# -- last prices ------------------------------------------------------------------------------------------------------


def test_last_prices_are_bounded_and_take_no_memory_for_a_mere_claim(tmp_path):
    arrays = {name: np.zeros(3) for name in ("price", "volume", "quoted_at")}
    record = json.dumps({"schema": "shortside.quotes/2", "as_of": "2023-03-01", "fetched_at": OPENS.isoformat()})
    for content in (array_head((2**40,)), ZEROS * 64):
        with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in {**arrays, "record": np.array(record)}.items():
                body = io.BytesIO()
                np.save(body, array)
                archive.writestr(f"{name}.npy", body.getvalue())
            archive.writestr("symbol.npy", content)
        with at_most(SLACK_BYTES):
            complaint_of(read_quotes, tmp_path / "x.npz")


# -- what is real -----------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_every_bound_is_at_least_eight_times_the_largest_real_document(market_directory):
    bounds = {
        "raw/shrt*.csv.gz": LARGEST_REPORTS_BYTES,
        "borrow/*.txt.gz": LARGEST_BORROW_LIST_BYTES,
        "*.csv.gz": LARGEST_SMALL_TABLE_BYTES,
        "regsho/*.txt.gz": LARGEST_ANSWER_BYTES,
    }
    for pattern, bound in bounds.items():
        paths = list(market_directory.glob(pattern))
        assert paths
        for path in paths:
            packed = path.read_bytes()
            assert 8 * len(gunzipped(packed, bound, path.name)) <= min(bound, most_bytes_of(len(packed), bound))
    for path in market_directory.glob("*.parquet"):
        metadata, size = pq.read_metadata(path), path.stat().st_size
        assert 7 * metadata.num_rows <= most_rows_of(size)
        assert 8 * unpacked_bytes(path, metadata, 2**40) <= most_bytes_of(size, LARGEST_TABLE_BYTES)
