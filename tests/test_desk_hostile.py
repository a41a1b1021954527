"""Garbage, huge things and other versions on a desk: passed over with a word, and nobody is the worse for it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import msgspec
import numpy as np
import pytest
from desk_server import NOW, DeskServer, Member, desk_server, desk_words, prices_of, quotes, said_of, seated, until
from feed_examples import snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.archive.adoption import adopt
from providers.archive.live_quotes import write_quotes
from providers.archive.vintages import Archive, ArchiveError
from providers.catalog import KeyName
from providers.desk import answer_limits
from providers.desk.address import DeskAddress, desk_address
from providers.desk.connection import DeskConnection, DeskGoneError
from providers.desk.entries import (
    Ask,
    Beat,
    EntryError,
    NoteChanged,
    QuotesChange,
    VintageEntry,
    ask_of,
    head_of,
    news_of,
    vintage_entry,
)
from providers.desk.layout import ASKS, LARGEST_NEWS_BYTES, NEWS, NOTE, QUOTE_SOURCES, QUOTES, VINTAGE, VINTAGES
from providers.desk.price_columns import columns_of, columns_of_hash, packed
from providers.desk.reading import DeskReader
from providers.desk.standing import poller_of
from providers.errors import ProviderError
from providers.feeds.attention import Attention
from providers.feeds.states_file import states_of
from providers.feeds.wishes import FetchHistory
from providers.keyed.keys import Keys, Secret
from shortside.datasets import Dataset
from tui.commands.desk_findings import desk_findings

WHOLE = st.integers(-(2**40), 2**40)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | WHOLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
NEARLY = st.fixed_dictionaries(
    {"type": st.sampled_from(["vintage", "ask", "beat", "note"]), "schema": st.sampled_from(["shortside.desk/1", "x"])},
    optional={
        "dataset": st.sampled_from(["prices", "nothing"]),
        "as_of": st.sampled_from(["2023-09-07", "0001-01-01", "9999-12-31"]) | JSON,
        "name": st.just("20230907T213000.000000Z-01234567.parquet") | st.text(max_size=30),
        "size": WHOLE,
        "sha256": st.just("0" * 64) | st.text(max_size=70),
        "member": st.just("a" * 32) | st.text(max_size=40),
        "wish": JSON,
        "attention": JSON,
        "changes": JSON,
        "content": JSON,
    },
)


def refusal(read: Callable[[bytes], object], raw: bytes) -> str:
    """The words with which something is refused; empty where it is not."""
    try:
        read(raw)
    except ProviderError as error:
        return str(error)
    return ""


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=200) | NEARLY.map(msgspec.json.encode) | NEARLY.map(msgspec.msgpack.encode))
def test_whatever_is_read_is_a_record_of_ours_or_an_error_of_ours(raw: bytes):
    words = [refusal(read, raw) for read in (vintage_entry, ask_of, news_of, head_of, states_of)]
    assert all(one.isprintable() and len(one) <= 300 for one in words if one)
    poller_of(raw)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.binary(max_size=12), st.binary(max_size=30), max_size=8))
def test_of_a_hash_of_prices_only_prices_of_symbols_are_taken(fields: dict[bytes, bytes]):
    found = columns_of_hash(fields)
    assert found.table.shape == (len(found.symbols), 3)
    for symbol, price in zip(found.symbols, found.table[:, 0].tolist(), strict=True):
        assert symbol.isprintable()
        assert 0 < price < float("inf")


def change(symbol: str = "AMC", price: float = 1.0, **other: object) -> QuotesChange:
    numbers = packed(np.array([price]))
    known = {"source": "yahoo_spark", "as_of": NOW.date(), "fetched_at": NOW, "run": "r", "number": 0}
    return QuotesChange(
        **{**known, "symbols": (symbol,), "prices": numbers, "volumes": numbers, "moments": numbers, **other}
    )


TWO = packed(np.ones(2))


@pytest.mark.parametrize(
    "bad",
    [
        change("\x1b[2J"),
        change("A" * 40),
        change(price=-1.0),
        change(price=float("nan")),
        change(price=float("inf")),
        change(prices=b"123"),
        change(symbols=("AMC", "GME")),
        change(symbols=("AMC", "AMC"), prices=TWO, volumes=TWO, moments=TWO),
    ],
)
def test_a_beat_with_what_is_no_price_or_no_symbol_is_refused(bad: QuotesChange):
    with pytest.raises(EntryError):
        columns_of(bad)


def test_names_of_the_beat_before_do_not_let_others_pass():
    sound = columns_of(change("AMC"))
    assert columns_of(change("AMC", price=2.0), sound.symbols).table[0, 0] == 2.0
    with pytest.raises(EntryError, match="no symbol"):
        columns_of(change("\x1b[2J"), sound.symbols)
    with pytest.raises(EntryError, match="no price"):
        columns_of(change("AMC", price=-1.0), sound.symbols)


def test_a_wish_or_attention_names_symbols_only():
    for ask in (
        Ask(member="a" * 32, wish=FetchHistory(symbol="\x1b]0;x\x07")),
        Ask(member="a" * 32, attention=Attention(watched=("AMC", "x\ny"))),
    ):
        with pytest.raises(EntryError):
            ask_of(msgspec.json.encode(ask))


def test_what_is_too_large_is_not_parsed():
    with pytest.raises(EntryError, match="more than"):
        news_of(b"\x00" * (LARGEST_NEWS_BYTES + 1))


def test_states_of_feeds_lose_what_a_terminal_may_obey():
    raw = msgspec.json.encode(
        {
            "schema": "shortside.feed-states/1",
            "states": [{"name": "x", "title": "\x1b[31mred", "dataset": "prices", "letter": "C", "words": "a\nb"}],
        }
    )
    (state,) = states_of(raw)
    assert (state.title, state.words) == ("[31mred", "a b")
    naive = raw.replace(b'"letter"', b'"looked_at": "2023-09-07T12:00:00", "letter"')
    with pytest.raises(ProviderError):
        states_of(naive)


class TestAVintageIsTakenOver:
    """Only where it is what was announced."""

    @pytest.fixture
    def found(self, tmp_path):
        vintage = Archive(tmp_path / "theirs").append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
        return vintage.path.name, vintage.path.read_bytes()

    def take(self, tmp_path, name: str, content: bytes, **other):
        root = tmp_path / "ours"
        root.mkdir(exist_ok=True)
        known = {"sha256": hashlib.sha256(content).hexdigest(), "now": NOW, "dataset": Dataset.PRICES}
        chosen = {**known, "as_of": NOW.date(), **other}
        return adopt(Archive(root), name=name, content=content, **chosen)

    def test_whole(self, tmp_path, found):
        name, content = found
        vintage = self.take(tmp_path, name, content)
        assert vintage.path.read_bytes() == content
        assert self.take(tmp_path, name, content) is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"sha256": "0" * 64},
            {"dataset": Dataset.BORROW},
            {"as_of": NOW.date() - timedelta(days=1)},
            {"name": "20230907T213000.000000Z-00000000.parquet"},
            {"now": NOW - timedelta(days=1)},
            {"content": b"PAR1 is not enough"},
            {"content": b""},
        ],
    )
    def test_and_not_otherwise(self, tmp_path, found, wrong):
        name, content = found
        chosen = {"name": name, "content": content, **wrong}
        with pytest.raises(ArchiveError):
            self.take(tmp_path, **chosen)
        assert not [path for path in (tmp_path / "ours").rglob("*") if path.is_file()]

    def test_in_the_place_of_one_that_a_power_cut_left_empty(self, tmp_path, found):
        name, content = found
        path = self.take(tmp_path, name, content).path
        path.write_bytes(b"")
        assert self.take(tmp_path, name, content).path.read_bytes() == content


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_server(tmp_path_factory.mktemp("desk")) as server:
        yield server


async def test_garbage_on_every_key_harms_no_member(server: DeskServer, tmp_path):
    desk_words(server, "FLUSHALL")
    huge = b"x" * 300_000
    entry = VintageEntry(
        dataset=Dataset.PRICES,
        as_of=NOW.date(),
        name="20230907T213000.000000Z-01234567.parquet",
        size=10,
        sha256="0" * 64,
    )
    desk_words(server, "XADD", VINTAGES, "*", "v", "garbage")
    desk_words(server, "XADD", VINTAGES, "*", "v", huge)
    desk_words(server, "XADD", VINTAGES, "*", "other", "fields", "and", "more")
    desk_words(server, "XADD", VINTAGES, "*", "v", msgspec.json.encode(entry))
    desk_words(server, "SET", VINTAGE + entry.sha256, "not a vintage")
    desk_words(server, "XADD", ASKS, "*", "v", "garbage")
    desk_words(server, "SADD", QUOTE_SOURCES, "../../etc/passwd", "yahoo_spark", "\x1b[2J")
    desk_words(server, "HSET", QUOTES + "yahoo_spark", "head", "garbage", "AMC", huge)
    desk_words(server, "SET", NOTE + "feeds.json", huge)
    desk_words(server, "SET", NOTE + "poller", "\x1b[2J")
    one, two = Member(tmp_path / "one", server.address), Member(tmp_path / "two", server.address)
    async with seated(one):
        await until(lambda: one.holds)
        async with seated(two):
            await until(lambda: said_of(two.root).poller)
            for message in (b"garbage", huge, b"\xc1" * 50, msgspec.msgpack.encode(Beat(changes=(change("\x1b"),)))):
                desk_words(server, "PUBLISH", NEWS, message)
            desk_words(server, "PUBLISH", NEWS, msgspec.msgpack.encode(NoteChanged(name="../x", content=b"y")))
            write_quotes(one.root, quotes(5.0, "AMC"))
            one.seat.stored()
            await until(lambda: prices_of(two.root) == {"AMC": 5.0})
            await until(lambda: said_of(two.root).remark)
            assert said_of(two.root).remark.isprintable()
            assert not said_of(two.root).complaint
        assert one.turns == 1
    assert not two.vintages()
    assert not [path for path in tmp_path.rglob("*") if path.name in ("x", "passwd")]


async def test_a_vintage_larger_than_announced_is_not_read_whole(server: DeskServer, tmp_path):
    desk_words(server, "FLUSHALL")
    desk_words(server, "SET", "shortside:vintage:long", os.urandom(100_000))
    async with DeskConnection(server.address) as connection:
        (content,) = await connection.contents([("shortside:vintage:long", 1_000)])
    assert len(content) == 1_001


async def test_prices_of_a_day_to_come_open_no_session(server: DeskServer, tmp_path):
    desk_words(server, "FLUSHALL")
    complaints: list[str] = []
    async with DeskConnection(server.address) as connection:
        reader = DeskReader(connection, Archive(tmp_path), lambda: NOW, complaints.append)
        for bad in (
            change(as_of=NOW.date() + timedelta(days=1)),
            change(fetched_at=NOW + timedelta(hours=2)),
            change(as_of=NOW.date() - timedelta(days=400)),
        ):
            assert not await reader.take(msgspec.msgpack.encode(Beat(changes=(bad,))))
        assert await reader.take(msgspec.msgpack.encode(Beat(changes=(change(),))))
    assert len(complaints) == 3


async def test_keys_of_another_kind_are_told_of_and_harm_no_member_once_they_are_gone(server: DeskServer, tmp_path):
    desk_words(server, "FLUSHALL")
    one, two = Member(tmp_path / "one", server.address), Member(tmp_path / "two", server.address)
    async with seated(one), seated(two):
        await until(lambda: one.holds or two.holds)
        for key in (VINTAGES, ASKS, QUOTE_SOURCES, QUOTES + "yahoo_spark", NOTE + "feeds.json", NOTE + "poller"):
            desk_words(server, "DEL", key)
            desk_words(server, "RPUSH", key, "\x1b[2J", b"\xff" * 5_000)
        await until(lambda: said_of(one.root).complaint and said_of(two.root).complaint)
        for member in (one, two):
            told = said_of(member.root)
            assert "WRONGTYPE" in told.complaint
            assert told.complaint.isprintable()
        desk_words(server, "FLUSHALL")
        for member in (one, two):
            # Whoever polls by then tells it.
            write_quotes(member.root, quotes(5.0, "AMC"))
            member.seat.stored()
        await until(lambda: [said_of(member.root).complaint for member in (one, two)] == ["", ""])
        assert prices_of(one.root) == prices_of(two.root) == {"AMC": 5.0}


@pytest.mark.parametrize(
    "answer",
    [
        b"*1\r\n" * 200_000,
        b"$-5\r\n",
        b":" + b"9" * 200_000 + b"\r\n",
        b"+" + b"A" * 200_000,
        b"$99999999999\r\n",
    ],
    ids=["deep", "less than nothing", "digits", "no end", "announced without end"],
)
async def test_a_server_that_garbles_its_answers_is_said_to_speak_no_redis(answer: bytes):
    await is_said_to_speak_no_redis(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"*160\r\n" + b":1\r\n" * 160,
        b"*3\r\n" + (b"$4000\r\n" + bytes(4000) + b"\r\n") * 3,
    ],
    ids=["numbers", "texts"],
)
async def test_what_an_answer_nests_is_counted_together(answer: bytes, monkeypatch):
    monkeypatch.setattr(answer_limits, "LARGEST_ANSWER_BYTES", 10_000)
    await is_said_to_speak_no_redis(answer, "an answer of more than")


async def is_said_to_speak_no_redis(answer: bytes, words: str = "speaks no Redis") -> None:
    """Have a server answer every request of a member with some bytes."""

    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while await reader.read(65_536):
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(garble, "127.0.0.1", 0)
    address = desk_address(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        for ask in (DeskConnection.server_seconds, partial(DeskConnection.entries, stream="s", after=b"-", most=5)):
            async with DeskConnection(address) as connection:
                with pytest.raises(DeskGoneError, match="speaks no Redis") as gone:
                    await ask(connection)
            assert words in str(gone.value)
            assert str(gone.value).isprintable()
    finally:
        server.close()


@asynccontextmanager
async def server_that_says(answer: bytes) -> AsyncIterator[DeskAddress]:
    """A server on this machine that says this to every command, and lets everybody in unless it is an error."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while count := int((await reader.readuntil(b"\r\n"))[1:]):
                words = []
                for _ in range(count):
                    size = int((await reader.readuntil(b"\r\n"))[1:])
                    words.append((await reader.readexactly(size + 2))[:-2])
                is_greeting = words[0] == b"CLIENT" or (words[0] == b"AUTH" and not answer.startswith(b"-"))
                writer.write(b"+OK\r\n" if is_greeting else answer)
                await writer.drain()
        writer.close()

    served = await asyncio.start_server(serve, "127.0.0.1")
    async with served:
        yield desk_address(f"redis://poller@127.0.0.1:{served.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize("kind", ["WRONGPASS", "NOPERM", "ERR", "LOADING"])
async def test_a_server_that_repeats_the_password_has_it_in_no_word_of_ours(kind: str, monkeypatch):
    monkeypatch.setenv(KeyName.DESK_PASSWORD.value, "canary-4711-desk")
    answer = f"-{kind} no: AUTH poller canary-4711-desk, also canary-4711-d\r\n".encode()
    async with server_that_says(answer) as address, DeskConnection(address, Secret("canary-4711-desk")) as connection:
        with pytest.raises(ProviderError) as caught:
            await connection.contents([("shortside:schema", 64)])
        (finding,) = await desk_findings(address.words, Keys(os.environ), lambda: NOW)
    assert "canary" not in str(caught.value) + finding.words
    assert "no: AUTH poller …" in finding.words


async def test_the_doctor_tells_of_a_server_whose_answers_are_none_of_its_kind():
    async with server_that_says(b"$-1\r\n") as address:
        (finding,) = await desk_findings(address.words, Keys({}), lambda: NOW)
    assert "answers as no server of its kind does" in finding.words
