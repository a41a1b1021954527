"""Whatever a file in a folder unpacks to, memory stays within the bound of its kind, and it is said in a sentence."""

import gzip
import struct
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bombs import MEGABYTE, at_most, complaint_of, folder_reader, gzip_bomb, shown
from hypothesis import given
from hypothesis import strategies as st
from market_data import SETTLEMENTS, prices, write_market, write_parquet
from unpacking_examples import SLACK_BYTES, ZEROS

from providers.errors import MalformedError
from providers.files.funds import read_fund_files
from providers.files.index_members import read_index_facts
from providers.files.prices import FREE_CELLS, read_prices
from providers.files.source import FilesProvider
from providers.parsing.columns import read_columns
from providers.parsing.parquet_pages import unpacked_bytes
from providers.parsing.unpacking import (
    LARGEST_BORROW_LIST_BYTES,
    LARGEST_REPORTS_BYTES,
    LARGEST_TABLE_BYTES,
    most_bytes_of,
    most_rows_of,
)
from shortside.schema import PRICES
from shortside.sessions import sessions_between

pytestmark = pytest.mark.slow

# -- a folder of files ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return write_market(tmp_path / "market")


@pytest.fixture(scope="module")
def reader(repository):
    with folder_reader(repository) as started:
        yield started


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


SMALL = {
    "splits.csv": lambda folder: FilesProvider(folder).read_listings(),
    "spy_flows.csv": lambda folder: read_fund_files(folder, "files"),
    "spy_flows.csv.gz": lambda folder: read_fund_files(folder, "files"),
    "etf_daily.csv": read_index_facts,
    "etf_daily.csv.gz": read_index_facts,
    "index/sp500_intervals.csv": read_index_facts,
    "index/r2000_members_20220812.csv.gz": read_index_facts,
}
"""Small tables of a folder, and who reads each."""


@pytest.mark.parametrize("name", SMALL)
def test_a_small_table_that_is_a_large_one_is_refused_before_its_rows_are_made(folder, name):
    (folder / "index").mkdir(exist_ok=True)
    (folder / name.removesuffix(".gz")).unlink(missing_ok=True)
    # Seventeen megabytes of rows as text and as a frame would take two hundred and fifty.
    rows = (
        b"ticker,symbol,date,start_date,end_date,close,nav,shares_outstanding\n"
        + b"AAPL,X,2023-01-03,,,1,1,1\n" * 700_000
    )
    (folder / name).write_bytes(gzip.compress(rows, 1) if name.endswith(".gz") else rows)
    with at_most(70 * MEGABYTE):
        words = complaint_of(SMALL[name], folder)
    assert words.endswith(" more than 16 MB")
    assert words.startswith(f"{name.rpartition('/')[2]}: ")


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
def test_a_packed_table_of_prices_takes_no_more_memory_than_its_size_allows(folder, reader, piece, complaint):
    (folder / "prices.parquet").unlink()
    bomb = gzip_bomb(piece, 1 + 2**27 // len(piece), head=HEADER.encode())
    (folder / "prices.csv.gz").write_bytes(bomb)
    words, megabytes = reader.read(folder)
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


def prices_all_but_empty(path, sessions, names):
    """A file of prices with a row a name, each of the next session in turn."""
    days = sessions_between(date(2013, 1, 2), date(2022, 12, 30))[-sessions:]
    rows = [f"{days[at % sessions]},S{at},nyse,10,1,1\n" for at in range(names)]
    path.write_text(HEADER + "".join(rows))
    return path


def test_prices_of_ever_new_names_take_memory_by_their_rows_and_not_by_what_is_missing(tmp_path):
    # 2,500 sessions of 30,000 names are 75,000,000 cells, three hundred megabytes for each of four tables.
    path = prices_all_but_empty(tmp_path / "prices.csv", 2_500, 30_000)
    with at_most(60 * MEGABYTE):
        words = complaint_of(read_prices, path, None, None, lambda: None)
    assert words == (
        "prices.csv: has 30,000 rows for 2,500 sessions of 30,000 names, far fewer than names that trade have"
    )


def test_a_small_table_of_prices_may_be_as_empty_as_it_likes(tmp_path):
    names = FREE_CELLS // 500
    read = read_prices(prices_all_but_empty(tmp_path / "prices.csv", 500, names), None, None, lambda: None)
    assert read.close.shape == (500, names)


def test_prices_on_more_exchanges_than_can_be_told_apart_are_refused(tmp_path):
    rows = [f"2023-01-03,S{at},x{at},10,1,1\n" for at in range(2**15)]
    (tmp_path / "prices.csv").write_text(HEADER + "".join(rows))
    words = complaint_of(read_prices, tmp_path / "prices.csv", None, None, lambda: None)
    assert words == "prices.csv: names more than 32,767 exchanges"
    (tmp_path / "prices.csv").write_text(HEADER + "".join(rows[:-1]))
    read = read_prices(tmp_path / "prices.csv", None, None, lambda: None)
    assert read.close.shape == (1, 2**15 - 1)


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


def test_a_parquet_file_of_more_rows_than_its_bytes_can_tell_is_refused(folder, reader):
    path = folder / "prices.parquet"
    pq.write_table(repeated(20_000_000), path, compression="zstd", row_group_size=20_000_000)
    assert path.stat().st_size < MEGABYTE
    words, megabytes = reader.read(folder)
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


def test_a_parquet_file_with_a_cell_of_hundreds_of_megabytes_is_refused(folder, reader):
    long_name(folder)
    words, megabytes = reader.read(folder)
    assert words == "prices.parquet: unpacks to more than 16 MB"
    assert megabytes < 50


def varint(number: int) -> bytes:
    """A number as the foot of a Parquet file writes it."""
    number, digits = number << 1, []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def test_a_parquet_file_whose_foot_lies_is_refused_by_what_its_pages_say(folder, reader):
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
    words, megabytes = reader.read(folder)
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
