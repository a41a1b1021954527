"""Members of a desk on a real server: one polls, all have what it got, and nobody else has a say."""

from __future__ import annotations

import asyncio

import pytest
from desk_server import (
    NOW,
    DeskServer,
    Member,
    desk_server,
    desk_words,
    left,
    prices_of,
    quotes,
    said_of,
    seated,
    until,
)
from feed_examples import snapshot

from providers.archive.live_quotes import write_quotes
from providers.archive.vintages import Archive
from shortside.datasets import Dataset


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_server(tmp_path_factory.mktemp("desk")) as server:
        yield server


@pytest.fixture
def desk(server: DeskServer):
    """The server, empty."""
    desk_words(server, "FLUSHALL")
    return server


async def test_what_the_poller_stores_is_in_every_members_archive_byte_for_byte(desk, tmp_path):
    one, two = Member(tmp_path / "one", desk.address), Member(tmp_path / "two", desk.address)
    async with seated(one):
        await until(lambda: one.holds)
        async with seated(two):
            vintage = Archive(one.root).append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
            one.seat.stored()
            place = vintage.path.relative_to(one.root)
            await until((two.root / place).is_file)
            assert (two.root / place).read_bytes() == vintage.path.read_bytes()
            assert two.turns == 0


async def test_a_late_joiner_gets_what_was_there_before_with_the_last_prices(desk, tmp_path):
    one, two = Member(tmp_path / "one", desk.address), Member(tmp_path / "two", desk.address)
    Archive(one.root).append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
    write_quotes(one.root, quotes(10.0, "AMC", "GME"))
    async with seated(one):
        await until(lambda: one.holds)
        write_quotes(one.root, quotes(11.0, "AMC", "GME"))
        one.seat.stored()
        await asyncio.sleep(0.2)
        async with seated(two):
            await until(lambda: prices_of(two.root) == {"AMC": 11.0, "GME": 11.0})
            await until(lambda: two.vintages() == one.vintages())


async def test_one_that_leaves_hands_the_polling_on_at_once(desk, tmp_path):
    one, two = Member(tmp_path / "one", desk.address), Member(tmp_path / "two", desk.address)
    async with seated(one):
        await until(lambda: one.holds)
        async with seated(two):
            await until(lambda: said_of(two.root).poller)
            await left(one)
            await until(lambda: two.holds, seconds=20)
            assert not one.holds
