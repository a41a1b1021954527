"""Whatever a packed document unpacks to, memory stays within the bound of its kind, and it is said in a sentence."""

import asyncio
import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bombs import MEGABYTE, at_most, complaint_of, deflated, files_read_apart, gzip_bomb, shown, zip_of, zip_of_many
from hypothesis import given
from hypothesis import strategies as st
from market_data import SETTLEMENTS, prices, write_market, write_parquet
from provider_examples import HOST, Script, Wire, clients_of
from recording_examples import HEAD, OPENS, market, write_recording
from virtual_time import run

from providers.archive.live_quotes import read_quotes
from providers.errors import MalformedError
from providers.files.funds import read_fund_files
from providers.files.source import FilesProvider
from providers.http.bodies import unpacked
from providers.http.verdicts import Form
from providers.parsing.columns import read_columns
from providers.parsing.parquet_pages import unpacked_bytes
from providers.parsing.unpacking import (
    LARGEST_ANSWER_BYTES,
    LARGEST_ARRAY_BYTES,
    LARGEST_BORROW_LIST_BYTES,
    LARGEST_FAILS_BYTES,
    LARGEST_RECORD_BYTES,
    LARGEST_REPORTS_BYTES,
    LARGEST_SMALL_TABLE_BYTES,
    LARGEST_TABLE_BYTES,
    MOST_MEMBERS,
    GunzippedLines,
    gunzipped,
    most_bytes_of,
    most_rows_of,
    unzipped,
)
from providers.recording.member_file import MemberWriter
from providers.recording.source import ReplayProvider
from providers.recording.writer import RecordedMarket, RecordingWriter
from providers.sec.fails import parse_fails_zip as parse_fails
from shortside.schema import PRICES

ZEROS = bytes(MEGABYTE)
SLACK_BYTES = 24 * MEGABYTE
"""For the packed document, the growth of a buffer and whatever else is made meanwhile."""


def ask(response: httpx.Response) -> bytes:
    async def story():
        return await clients_of(Script(response)).of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)

    content: bytes = run(story()).content
    return content


def packed_answer(body: bytes, encoding: str = "gzip") -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Wire([body]))


# -- the unpacker -----------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=5), st.integers(0, 5))
def test_gzip_in_any_number_of_members_comes_back_whole_within_its_bound_and_is_refused_beyond_it(pieces, padding):
    whole = b"".join(pieces)
    packed = b"".join(map(gzip.compress, pieces)) + bytes(padding)
    assert gunzipped(packed, len(whole), "file.gz") == whole
    if whole:
        with pytest.raises(MalformedError, match="unpacks to more than"):
            gunzipped(packed, len(whole) - 1, "file.gz")


@given(st.lists(st.binary(max_size=2_000), max_size=5))
def test_a_packed_table_is_the_same_as_a_stream(pieces):
    whole = b"".join(pieces)
    packed = io.BytesIO(gzip.compress(b"".join(pieces)))
    with GunzippedLines(packed, len(whole), "table.csv.gz") as lines:
        assert lines.read() == whole


@given(st.binary(max_size=3_000), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_the_only_file_of_a_zip_comes_back_whole_within_its_bound_and_is_refused_beyond_it(content, method):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        archive.writestr("folder/", b"")
        archive.writestr("folder/file.txt", content)
    assert unzipped(body.getvalue(), len(content), "file.zip") == content
    if content:
        with pytest.raises(MalformedError, match="unpacks to more than"):
            unzipped(body.getvalue(), len(content) - 1, "file.zip")


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_zip_damaged_at_any_byte_is_whole_or_is_refused_in_a_sentence(content, data):
    body = bytearray(zip_of(deflated(content, 1), len(content), checksum=zlib.crc32(content)))
    assert unzipped(bytes(body), 10_000, "file.zip") == content
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=4)):
        body[place] = data.draw(st.integers(0, 255))
    try:
        unzipped(bytes(body), 10_000, "file.zip")
    except MalformedError as error:
        shown(str(error))


# -- answers over HTTP ------------------------------------------------------------------------------------------------


def test_a_megabyte_of_gzip_that_holds_a_gigabyte_is_refused_within_the_bound_of_an_answer():
    bomb = gzip_bomb(ZEROS, 1_024)
    assert len(bomb) < 1.2 * MEGABYTE
    with at_most(LARGEST_ANSWER_BYTES + SLACK_BYTES):
        words = complaint_of(ask, packed_answer(bomb))
    assert words == "data.example.org: unpacks to more than 64 MB"


def test_an_answer_in_ever_so_many_small_pieces_takes_its_size_and_no_more():
    # As a server sends it that says no length; two bytes in a list of their own would take forty.
    pieces = (b"ab" for _ in range(500_000))
    with at_most(6 * MEGABYTE):
        assert len(ask(httpx.Response(200, stream=Wire(pieces)))) == MEGABYTE // 2**20 * 1_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "br, gzip", "\x1b[31m" + "x" * 5_000])
def test_an_answer_packed_in_a_way_nobody_asked_for_is_not_unpacked_at_all(encoding):
    async def story():
        await unpacked(gzip_bomb(ZEROS, 8), encoding, "data.example.org")

    with at_most(MEGABYTE):
        assert "which we did not ask for" in complaint_of(asyncio.run, story())


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_by_any_of_its_names_is_unpacked(encoding):
    assert ask(packed_answer(gzip.compress(b"line|of|text\n"), encoding)) == b"line|of|text\n"


async def test_the_event_loop_goes_on_while_a_small_answer_unpacks_to_a_large_one():
    went_on: list[bool] = []
    asyncio.get_running_loop().call_soon(went_on.append, True)
    assert len(await unpacked(gzip_bomb(ZEROS, 32), "gzip", "data.example.org")) == 32 * MEGABYTE
    assert went_on == [True]


# -- the SEC's zips ---------------------------------------------------------------------------------------------------

GIGABYTES = deflated(ZEROS, 1_850)


@pytest.mark.parametrize("said", [1_850 * MEGABYTE, 1_000, LARGEST_FAILS_BYTES, 0xFFFFFFFF])
def test_a_zip_of_nearly_two_gigabytes_is_refused_within_the_bound_whatever_size_it_says(said):
    bomb = zip_of(GIGABYTES, said)
    assert len(bomb) < 2 * MEGABYTE
    with at_most(LARGEST_FAILS_BYTES + SLACK_BYTES):
        complaint_of(parse_fails, bomb, "cnsfails202301a")


def test_a_zip_that_unpacks_to_less_than_it_says_is_refused():
    bomb = zip_of(deflated(b"abc", 1), 1_000, checksum=zlib.crc32(b"abc"))
    assert "says 1,000 bytes and unpacks to 3" in complaint_of(unzipped, bomb, 10_000, "file.zip")


def test_a_zip_of_a_million_members_is_refused_before_they_are_listed():
    bomb = zip_of_many(1_000_000)
    with at_most(MEGABYTE):
        words = complaint_of(parse_fails, bomb, "cnsfails202301a")
    assert words == f"cnsfails202301a: holds more than {MOST_MEMBERS} files instead of one"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 99])
def test_a_zip_packed_by_a_method_without_a_bound_is_refused(method):
    assert f"method {method}" in complaint_of(parse_fails, zip_of(b"whatever", 1_000, method=method), "cnsfails202301a")


def test_a_zip_in_a_zip_is_unpacked_once():
    inner = zip_of(GIGABYTES, 1_850 * MEGABYTE)
    outer = zip_of(deflated(inner, 1), len(inner), checksum=zlib.crc32(inner))
    with at_most(SLACK_BYTES):
        assert "its last two lines are not the trailers" in complaint_of(parse_fails, outer, "cnsfails202301a")


def test_an_encrypted_zip_is_refused():
    body = bytearray(zip_of(deflated(b"abc", 1), 3, checksum=zlib.crc32(b"abc")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + place] |= 1
    assert "is no zip file" in complaint_of(parse_fails, bytes(body), "cnsfails202301a")


# -- a folder of files ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return write_market(tmp_path / "market")


def test_a_packed_finra_file_is_bounded(folder):
    (folder / f"shrt{SETTLEMENTS[1]:%Y%m%d}.csv.gz").write_bytes(gzip_bomb(ZEROS, 512))
    with at_most(LARGEST_REPORTS_BYTES + SLACK_BYTES):
        words = complaint_of(FilesProvider(folder).read_listings)
    assert words == f"shrt{SETTLEMENTS[1]:%Y%m%d}.csv.gz: unpacks to more than 32 MB"


def test_a_finra_file_that_is_not_packed_is_bounded_too(folder):
    path = folder / f"shrt{SETTLEMENTS[1]:%Y%m%d}.csv"
    with path.open("wb") as file:
        # Nothing of it is on the disk.
        file.truncate(8 * 2**40)
    assert complaint_of(FilesProvider(folder).read_listings) == f"{path.name}: has more than 32 MB"


def test_a_packed_list_of_borrow_fees_is_passed_over_with_a_note(folder):
    (folder / "borrow" / "ibkr_usa_20230228_1000.txt.gz").write_bytes(gzip_bomb(ZEROS, 512))
    with at_most(LARGEST_BORROW_LIST_BYTES + SLACK_BYTES):
        listings = FilesProvider(folder).read_listings()
    assert [note for note in listings.notes if "passed over" in note] == [
        "ibkr_usa_20230228_1000.txt.gz is passed over: ibkr_usa_20230228_1000.txt.gz: unpacks to more than 32 MB"
    ]
    assert listings.borrow is not None


@pytest.mark.parametrize("name", ["etf_daily.csv.gz", "spy_flows.csv.gz"])
def test_a_packed_table_of_funds_is_bounded(folder, name):
    (folder / name.removesuffix(".gz")).unlink()
    # As many lines as it takes, each of them short.
    (folder / name).write_bytes(gzip_bomb(b"a,b\n" * 2**18, 256))
    assert f"{name}: unpacks to more than" in complaint_of(read_fund_files, folder, "files")


LINE = "2023-01-03,AAPL,nasdaq,125.0,1000,1000000\n"
HEADER = "date,symbol,exchange,close,volume,shares_out\n"


@pytest.mark.parametrize(
    ("piece", "complaint"),
    [
        (ZEROS, "has a line of more than 4,096 bytes"),
        (b"\n" * MEGABYTE, "line 2, column date: is missing"),
        (LINE.encode() * 20_000, "unpacks to more than"),
        (b'"' + b"\n" * MEGABYTE, "prices.csv.gz"),
        (b"," * 65 + b"\n", "has a line of more than 64 cells"),
        ((b"," * 63 + b"\n") * 10_000, "prices.csv.gz"),
        ((b'"' + b"x" * 4_000 + b'",,,,,\n') * 200, "prices.csv.gz"),
    ],
    ids=[
        "zeros",
        "empty lines",
        "a price again and again",
        "a quotation without an end",
        "too many columns",
        "many columns",
        "long cells",
    ],
)
def test_a_packed_table_of_prices_takes_no_more_memory_than_its_size_allows(folder, repository, piece, complaint):
    (folder / "prices.parquet").unlink()
    bomb = gzip_bomb(piece, 1 + 2**27 // len(piece), head=HEADER.encode())
    (folder / "prices.csv.gz").write_bytes(bomb)
    words, megabytes = files_read_apart(folder, repository)
    assert complaint in words
    # A price takes 24 bytes and a line of text forty; a reader in C doubles its buffers.
    assert megabytes < 2 * most_bytes_of(len(bomb), LARGEST_TABLE_BYTES) / MEGABYTE + 250


def test_a_table_of_prices_comes_in_pieces_and_counts_its_lines_through(tmp_path):
    rows = "".join(f"2023-01-03,S{number},nasdaq,1.5,1,1\n" for number in range(2**16 + 3))
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(gzip.compress((HEADER + rows).encode(), 1))
    assert [(piece.first_row, len(piece)) for piece in read_columns(path, PRICES)] == [(2, 2**16), (2**16 + 2, 3)]
    path.write_bytes(gzip.compress((HEADER + rows + "2023-01-03,X,nasdaq,-1,1,1\n").encode(), 1))
    with pytest.raises(MalformedError, match=rf"prices\.csv\.gz, line {2**16 + 5}, column close: -1 is negative"):
        list(read_columns(path, PRICES))


@pytest.mark.parametrize("cut", [5, 40, -4])
def test_a_packed_table_that_was_cut_off_or_is_none_is_said(folder, cut):
    (folder / "prices.parquet").unlink()
    (folder / "prices.csv.gz").write_bytes(gzip.compress(prices().to_csv(index=False).encode())[:cut])
    assert "is cut off or not compressed by gzip" in complaint_of(FilesProvider(folder).read_listings)
    (folder / "prices.csv.gz").write_bytes(b"date,symbol\n" * cut if cut > 0 else b"\x1f\x8b\x08nothing more")
    assert "is cut off or not compressed by gzip" in complaint_of(FilesProvider(folder).read_listings)


# -- Parquet ----------------------------------------------------------------------------------------------------------


def repeated(count: int) -> pa.Table:
    """One price many times, which Parquet writes once with a count."""
    one = pa.RecordBatch.from_pandas(prices()[:1], preserve_index=False)
    arrays = [pa.DictionaryArray.from_arrays(np.zeros(count, np.int8), column) for column in one.columns]
    return pa.table(arrays, names=one.schema.names)


def test_a_parquet_file_of_more_rows_than_its_bytes_can_tell_is_refused(folder, repository):
    path = folder / "prices.parquet"
    pq.write_table(repeated(20_000_000), path, compression="zstd", row_group_size=20_000_000)
    assert path.stat().st_size < MEGABYTE
    words, megabytes = files_read_apart(folder, repository)
    most = most_rows_of(path.stat().st_size)
    assert (
        words == f"prices.parquet: says 20,000,000 rows in {path.stat().st_size:,} bytes; {most:,} are the most we read"
    )
    assert megabytes < 50


def long_name(folder):
    """Prices of a symbol of a hundred million zeros."""
    path = folder / "prices.parquet"
    pq.write_table(pa.Table.from_pandas(prices()[:1].assign(symbol="0" * 100_000_000)), path, compression="zstd")
    return path


def test_a_parquet_file_with_a_cell_of_hundreds_of_megabytes_is_refused(folder, repository):
    long_name(folder)
    words, megabytes = files_read_apart(folder, repository)
    assert words == "prices.parquet: unpacks to more than 16 MB"
    assert megabytes < 50


def varint(number: int) -> bytes:
    """A number as the foot of a Parquet file writes it."""
    number, digits = number << 1, []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def test_a_parquet_file_whose_foot_lies_is_refused_by_what_its_pages_say(folder, repository):
    path = long_name(folder)
    body = path.read_bytes()
    chunk = pq.read_metadata(path).row_group(0).column(1)
    foot = len(body) - 8 - struct.unpack("<I", body[-8:-4])[0]
    lies = body[foot:]
    for size in (chunk.total_uncompressed_size, pq.read_metadata(path).row_group(0).total_byte_size):
        # The same number of digits, the upper ones zero.
        digits = varint(size)
        lies = lies.replace(digits, bytes([0xC8, *[0x80] * (len(digits) - 2), 0]))
    path.write_bytes(body[:foot] + lies)
    metadata = pq.read_metadata(path)
    assert metadata.row_group(0).total_byte_size < 1_000
    assert unpacked_bytes(path, metadata, 2**40) > 100_000_000
    words, megabytes = files_read_apart(folder, repository)
    assert words == "prices.parquet: unpacks to more than 16 MB"
    assert megabytes < 50


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
@pytest.mark.parametrize(
    "options", [{}, {"data_page_version": "2.0"}, {"use_dictionary": False}, {"write_page_index": True}]
)
@pytest.mark.parametrize("count", [0, 1, 101, 1_000])
def test_the_pages_of_a_sound_parquet_file_are_as_large_as_its_foot_says(tmp_path, compression, options, count):
    path = tmp_path / "prices.parquet"
    table = pa.Table.from_pandas(prices()[:count], preserve_index=False)
    pq.write_table(table, path, compression=compression, row_group_size=100, data_page_size=512, **options)
    metadata = pq.read_metadata(path)
    stated = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    # The foot counts the heads of the pages, too.
    heads = 150 * 6 * (1 + count // 20)
    assert stated - heads <= unpacked_bytes(path, metadata, 2**40) <= stated
    assert sum(len(columns) for columns in read_columns(path, PRICES)) == len(table)


@given(st.data())
def test_a_parquet_file_damaged_at_any_byte_is_whole_or_is_refused_in_a_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "prices.parquet"
    write_parquet(prices()[:50], path)
    body = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=4)):
        body[place] = data.draw(st.integers(0, 255))
    path.write_bytes(body)
    try:
        list(read_columns(path, PRICES))
    except MalformedError as error:
        shown(str(error))


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
