"""One member polls at a time, and what another believed of itself makes no difference at the server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from desk_server import NOW, DeskServer, Member, desk_server, desk_words, prices_of, quotes, said_of, seated, until
from waiting import line_within, started

from providers.archive.follower import Changes
from providers.archive.live_quotes import write_quotes
from providers.archive.vintages import Archive
from providers.desk.connection import DeskConnection, FencedError, OtherVersionError
from providers.desk.layout import FENCE, LEASE, QUOTES, VINTAGES
from providers.desk.lease import LEASE_SECONDS, DeskLease
from providers.desk.publication import Publisher
from shortside.datasets import Dataset


class HandSeconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_server(tmp_path_factory.mktemp("desk")) as server:
        yield server


@pytest.fixture
def desk(server: DeskServer) -> DeskServer:
    desk_words(server, "FLUSHALL")
    return server


async def test_it_is_ours_until_shortly_before_it_runs_out_by_our_own_clock(desk):
    seconds = HandSeconds()
    async with DeskConnection(desk.address) as connection:
        lease = DeskLease(connection, "a" * 32, seconds)
        assert not lease.may_ask()
        assert await lease.take()
        seconds.now += LEASE_SECONDS - 0.6
        assert lease.may_ask()
        # As after a stop of the process: nobody told it anything, and it asks nobody.
        seconds.now += 0.2
        assert not lease.may_ask()
        assert await lease.renew()
        assert lease.may_ask()


async def test_only_one_has_it_and_each_number_is_given_once(desk):
    async with DeskConnection(desk.address) as connection:
        one, two = DeskLease(connection, "a" * 32), DeskLease(connection, "b" * 32)
        assert await one.take()
        assert not await two.take()
        first = one.number
        await one.release()
        assert await two.take()
        assert two.number > first


async def test_a_server_that_lost_everything_gives_no_number_twice(desk):
    async with DeskConnection(desk.address) as connection:
        one, two = DeskLease(connection, "a" * 32), DeskLease(connection, "b" * 32)
        assert await one.take()
        before = one.number
        desk_words(desk, "FLUSHALL")
        assert await two.take()
        assert two.number > before
        assert not await one.renew()


async def test_what_passed_on_meanwhile_can_publish_nothing(desk, tmp_path):
    """As a poller that was stopped in the middle of its work, and believes that it polls."""
    archive = Archive(tmp_path)
    async with DeskConnection(desk.address) as connection:
        stopped, now = DeskLease(connection, "a" * 32), DeskLease(connection, "b" * 32)
        assert await stopped.take()
        publisher = Publisher(connection, stopped, archive, lambda: NOW)
        await publisher.begin()
        desk_words(desk, "DEL", LEASE)
        assert await now.take()
        path = write_quotes(tmp_path, quotes(1.0, "AMC"))
        (tmp_path / "feeds.json").write_text("{}")
        from feed_examples import snapshot

        archive.append(snapshot(NOW.date(), NOW, dataset=Dataset.PRICES))
        for changes in (
            Changes(quotes=(path,)),
            Changes(notes=frozenset({"feeds.json"})),
            Changes(datasets=frozenset({Dataset.PRICES})),
        ):
            with pytest.raises(FencedError):
                await publisher.publish(changes)
    assert desk_words(desk, "EXISTS", QUOTES + "yahoo_spark", "shortside:note:feeds.json", VINTAGES) == 0


async def test_a_lease_that_never_ends_is_nobody_s(desk):
    desk_words(desk, "SET", LEASE, "for ever")
    desk_words(desk, "SET", FENCE, "no number")
    async with DeskConnection(desk.address) as connection:
        assert await DeskLease(connection, "a" * 32).take()


async def test_a_desk_of_another_version_is_left_alone(desk):
    desk_words(desk, "SET", "shortside:schema", "shortside.desk/2")
    async with DeskConnection(desk.address) as connection:
        with pytest.raises(OtherVersionError, match=r"shortside\.desk/2"):
            await DeskLease(connection, "a" * 32).take()
    assert desk_words(desk, "EXISTS", LEASE) == 0


async def test_one_whose_clock_is_wrong_takes_over_what_others_get_and_does_not_poll(desk, tmp_path):
    wrong, right = (
        Member(tmp_path / name, desk.address, is_clock_real=is_real)
        for name, is_real in (("wrong", True), ("right", False))
    )

    async with seated(wrong):
        await until(lambda: "clock" in said_of(wrong.root).complaint)
        assert "does not poll: its clock is" in said_of(wrong.root).complaint
        async with seated(right):
            await until(lambda: right.holds)
            write_quotes(right.root, quotes(3.0, "AMC"))
            right.seat.stored()
            await until(lambda: prices_of(wrong.root) == {"AMC": 3.0})
        assert wrong.turns == 0


def _process(stack: ExitStack, root: Path, desk: DeskServer) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("desk_member_process.py")
    places = os.pathsep.join([str(script.parents[1]), str(script.parent)])
    root.mkdir()
    return stack.enter_context(
        started(
            [sys.executable, str(script), str(root), str(desk.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": places},
        )
    )


async def test_a_stopped_poller_is_followed_within_seconds_and_overwrites_nothing_when_it_wakes(desk, tmp_path):
    with ExitStack() as stack:
        stopped = _process(stack, tmp_path / "stopped", desk)
        assert "HOLDING" in await asyncio.to_thread(line_within, stopped.stdout)
        next_one, third = (Member(tmp_path / name, desk.address) for name in ("next", "third"))
        async with seated(next_one, third):
            members = (next_one, third)
            await asyncio.sleep(0.5)
            began = time.monotonic()
            os.kill(stopped.pid, signal.SIGSTOP)
            await until(lambda: next_one.holds or third.holds)
            # Five seconds are promised; the rest is patience with a machine that does much else.
            assert time.monotonic() - began < 15
            holder = next(one for one in members if one.holds)
            other = next(one for one in members if not one.holds)
            write_quotes(holder.root, quotes(20.0, "AMC"))
            holder.seat.stored()
            await until(lambda: prices_of(other.root) == {"AMC": 20.0})
            # What it would publish at once if the server let it.
            write_quotes(tmp_path / "stopped", quotes(10.0, "AMC"))
            os.kill(stopped.pid, signal.SIGCONT)
            assert "LOST" in await asyncio.to_thread(line_within, stopped.stdout)
            await until(lambda: prices_of(tmp_path / "stopped") == {"AMC": 20.0})
            assert prices_of(other.root) == {"AMC": 20.0}
            assert (holder.turns, other.turns) == (1, 0)


async def test_a_killed_poller_is_followed_within_seconds(desk, tmp_path):
    with ExitStack() as stack:
        killed = _process(stack, tmp_path / "killed", desk)
        assert "HOLDING" in await asyncio.to_thread(line_within, killed.stdout)
        next_one = Member(tmp_path / "next", desk.address)
        async with seated(next_one):
            await asyncio.sleep(0.3)
            killed.kill()
            await until(lambda: next_one.holds)
