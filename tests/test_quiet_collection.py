"""A market that was replaced is let go of, whoever looked at it, and nobody's key waits for that."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from monitor_examples import loaded_market, monitor, opened, settled
from waiting import PATIENCE

from shortside.board import Board
from tui import quiet_collection
from tui.quiet_collection import QuietCollection
from tui.screens.key_order import SECONDS_FOR_AN_ANSWER


@pytest.fixture(autouse=True)
def _restore_collector() -> Iterator[None]:
    counts = gc.get_threshold()
    # Only what the monitor asks for is to be collected, or nothing would be proved.
    gc.disable()
    yield
    gc.set_threshold(*counts)
    gc.unfreeze()
    gc.enable()


class Hours:
    """A clock and the timers of an app that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.collected: list[float] = []
        monkeypatch.setattr(quiet_collection, "monotonic", lambda: self.now)
        monkeypatch.setattr(
            quiet_collection,
            "gc",
            SimpleNamespace(collect=lambda: self.collected.append(self.now)),
        )

    def set_timer(self, seconds, callback):
        self.timers.append((self.now + seconds, callback))
        return callback

    def run(self, until: float, typing: tuple[float, ...] = (), collection: QuietCollection | None = None) -> None:
        for moment in sorted(
            {*typing, until, *(self.now + step * 0.25 for step in range(int(4 * (until - self.now))))}
        ):
            self.now = moment
            if collection is not None and moment in typing:
                collection.typed()
            due = [timer for timer in self.timers if timer[0] <= moment]
            self.timers = [timer for timer in self.timers if timer[0] > moment]
            for _, callback in due:
                callback()


@pytest.mark.parametrize("keys", ["enter q", "i escape", "ctrl+p escape", "question_mark escape"])
async def test_a_replaced_market_goes_though_a_screen_showed_it(tmp_path, monkeypatch, keys):
    monkeypatch.setattr(quiet_collection, "SECONDS_OF_QUIET", 0.1)
    monkeypatch.setattr(quiet_collection, "SECONDS_BETWEEN_TRIES", SECONDS_FOR_AN_ANSWER / 2)
    monkeypatch.setattr(quiet_collection, "MOST_TRIES", 200)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        held: list[weakref.ref[Board]] = []
        for _ in range(3):
            there, back = keys.split()
            await pilot.press(there)
            await settled(app, pilot, lambda: app.screen is not main)
            held.append(weakref.ref(app.board))
            newer = loaded_market()
            app.adopt(newer, newer.desk.board(app.board.view))
            del newer
            await pilot.press(back)
            await settled(app, pilot, lambda: app.screen is main)
        newer = loaded_market()
        app.adopt(newer, newer.desk.board(app.board.view))
        del newer
        async with asyncio.timeout(PATIENCE):
            while any(board() for board in held):
                await pilot.pause(0.05)


def test_nothing_is_collected_while_somebody_types(monkeypatch):
    hours: Any = Hours(monkeypatch)
    collection = QuietCollection(hours)
    collection.ask()
    hours.run(until=112.0, typing=(100.5, 101.5, 103.0, 104.75), collection=collection)
    assert hours.collected == [106.75], "two seconds after the last key"


def test_who_types_on_and_on_cannot_keep_every_market(monkeypatch):
    hours: Any = Hours(monkeypatch)
    collection = QuietCollection(hours)
    collection.ask()
    hours.run(until=130.0, typing=tuple(100.0 + step for step in range(30)), collection=collection)
    assert len(hours.collected) == 1
    assert 120.0 <= hours.collected[0] <= 123.0


def test_many_markets_at_once_are_collected_once(monkeypatch):
    hours: Any = Hours(monkeypatch)
    collection = QuietCollection(hours)
    for _ in range(5):
        collection.ask()
    hours.run(until=110.0)
    assert hours.collected == [102.0]


def test_what_is_still_held_is_tried_again_and_not_for_ever(monkeypatch):
    hours: Any = Hours(monkeypatch)
    held: set[str] = {"a market"}
    collection = QuietCollection(hours)
    collection.ask(replaced=held)
    hours.run(until=190.0)
    assert hours.collected == [102.0, 105.0, 108.0, 111.0, 114.0, 117.0]
    collection.ask(replaced=held)
    del held
    hours.run(until=290.0)
    assert hours.collected[6:] == [192.0]
