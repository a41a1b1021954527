"""A past day on the screen: shown as it was known, with hindsight on a key, and the head says which."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from board_examples import screen_text
from market_examples import listings_of
from waiting import patiently

from shortside.positions import Knowledge
from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between
from tui.app import Monitor
from tui.errors import SourceError
from tui.screens.main import MainScreen
from tui.settings.configuration import configured
from tui.sources.load import load

SESSIONS = session_days(date(2023, 6, 1), date(2023, 9, 29))
SETTLEMENTS = np.array(settlement_dates_between(date(2023, 5, 31), date(2023, 10, 13)), "datetime64[D]")
NOW = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)


class Folder:
    """Hands over two names whose shorts double with every settlement."""

    def read_listings(self, *, since, until, progress, knowledge=None):
        close = np.full((len(SESSIONS), 2), 10.0)
        shares = np.outer(2.0 ** np.arange(len(SETTLEMENTS)), [1000.0, 2000.0])
        return listings_of(close, shares, sessions=SESSIONS, settlements=SETTLEMENTS)


def monitor(home, broken=(), **given):
    """A monitor of that folder on 7 September, which notes what it was read for."""
    read: list[str] = []

    def loader(options, clock, progress, **_how):
        read.append(options.known)
        if options.known in broken:
            raise SourceError("the folder is gone")
        return load(options, clock, progress, reading=Folder())

    texts = {"source": "files", "data": str(home), "as_of": "2023-09-07", **given}
    app = Monitor(configured(texts, {"SHORTSIDE_HOME": str(home)}).options, lambda: NOW, loader=loader)
    return app, read


async def until(pilot, condition):
    for _ in patiently():
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("never reached")


def head(app) -> str:
    """The first line of the screen; empty before anything is drawn."""
    lines: list[str] = screen_text(app) if isinstance(app.screen, MainScreen) and app.screen.is_mounted else [""]
    return lines[0]


async def test_a_past_day_is_shown_as_known_and_v_reads_it_with_hindsight_and_back(tmp_path):
    app, read = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: app.board is not None and "as known" in head(app))
        known = app.board.short_interest.copy()
        assert app.board.market.settlements[-1].astype(date) == date(2023, 8, 15)
        await pilot.press("v")
        await until(pilot, lambda: "HINDSIGHT to 26 Sep" in head(app))
        assert app.board.view.knowledge is Knowledge.REVISED
        assert (app.board.short_interest > known).all()
        await pilot.press("v")
        await until(pilot, lambda: "HINDSIGHT" not in head(app))
        assert np.array_equal(app.board.short_interest, known)
        assert read == ["as-known", "revised", "as-known"]


async def test_other_keys_keep_the_state_of_knowledge_and_read_nothing(tmp_path):
    app, read = monitor(tmp_path, known="revised")
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: app.board is not None and "HINDSIGHT" in head(app))
        await pilot.press("w", "p")
        await until(pilot, lambda: "STEP" in head(app))
        assert "HINDSIGHT to 12 Sep" in head(app), "the line to 15 September is not drawn"
        assert read == ["revised"]


async def test_what_cannot_be_read_with_hindsight_leaves_what_is_shown(tmp_path):
    app, _ = monitor(tmp_path, broken=("revised",))
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: app.board is not None and "as known" in head(app))
        await pilot.press("v")
        await until(pilot, lambda: any("the folder is gone" in note.message for note in app._notifications))
        assert app.view is not None
        assert app.view.knowledge is Knowledge.AS_KNOWN
        assert "as known" in head(app)


@pytest.mark.parametrize("place", ["environment", "file"])
def test_what_the_environment_or_the_file_says_wins_over_the_default(tmp_path, place):
    home = {"SHORTSIDE_HOME": str(tmp_path)}
    assert configured({}, home).options.known == "as-known"
    if place == "environment":
        home["SHORTSIDE_KNOWN"] = "revised"
    else:
        file = configured({}, home).file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('known = "revised"\n')
    assert configured({}, home).options.known == "revised"
    assert configured({"known": "as-known"}, home).options.known == "as-known"
