"""An answer, a zip or a packed text unpacks within the bound of its kind, or is refused in a sentence."""

import asyncio
import gzip
import io
import zipfile
import zlib

import httpx
import pytest
from bombs import MEGABYTE, at_most, complaint_of, deflated, gzip_bomb, shown, zip_of, zip_of_many
from hypothesis import given
from hypothesis import strategies as st
from provider_examples import HOST, Script, Wire, clients_of
from unpacking_examples import SLACK_BYTES, ZEROS
from virtual_time import run

from providers.errors import MalformedError
from providers.http.bodies import unpacked
from providers.http.verdicts import Form
from providers.parsing.unpacking import (
    LARGEST_ANSWER_BYTES,
    LARGEST_FAILS_BYTES,
    MOST_MEMBERS,
    BoundedLines,
    gunzipped,
    unzipped,
)
from providers.sec.fails import parse_fails_zip as parse_fails


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
    with BoundedLines(packed, len(whole), "table.csv.gz") as lines:
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
