"""A configuration file that changes while the monitor runs is taken up where that is safe; a wrong one loses none."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from monitor_examples import NOW, loaded_market, opened, settled

from tui.app import Monitor
from tui.screens.event_line import EventLine
from tui.screens.key_line import KeyLine
from tui.settings.configuration import configured
from tui.settings.watched_file import WatchedFile
from widgets.crowded import CrowdedTable

DUSK = '[themes.dusk]\nbase = "night"\ngain = "#87d7af"\n'


class Desk:
    """A monitor that runs, and the configuration file that somebody edits meanwhile."""

    def __init__(self, home: Path, app: Monitor, pilot) -> None:
        self.file, self.app, self.pilot = home / "config.toml", app, pilot
        self.written = 0

    @property
    def table(self) -> CrowdedTable:
        return self.app.screen_stack[1].query_one(CrowdedTable)

    @property
    def columns(self) -> list[str]:
        return [column.key for column in self.table.visible_columns]

    @property
    def told(self) -> list[str]:
        return [one.words for one in self.app.happenings]

    async def write(self, text: str | None) -> None:
        """Write the file, or remove it, and let the monitor look at it."""
        if text is None:
            self.file.unlink()
        else:
            self.file.write_text(text)
            # Written within the same tick of the file system's clock it would be told from the one before all the same.
            self.written += 1
            os.utime(self.file, ns=(self.written * 10**9, self.written * 10**9))
        await self.look()

    async def look(self) -> None:
        self.app.look_at_configuration()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()


@asynccontextmanager
async def desk(home: Path, text: str | None = None, **given: str):
    """A monitor that was started with a file."""
    if text is not None:
        (home / "config.toml").write_text(text)
    environment = {"SHORTSIDE_HOME": str(home)}
    start = configured(given, environment)
    app = Monitor(start.options, lambda: NOW, loader=lambda *_, **__: loaded_market())
    app.watched_file = WatchedFile(given, environment, start)
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        it = Desk(home, app, pilot)
        await it.look()
        assert it.told == []
        yield it


async def test_keys_that_are_written_while_it_runs_work_at_once_and_are_told(tmp_path):
    async with desk(tmp_path) as it:
        await it.write('[keys]\n"names.sort" = "O"\n')
        assert it.told == ["config.toml: keys in force"]
        screen = it.app.screen
        event = screen.query_one(EventLine)
        await settled(it.app, it.pilot, lambda: "config.toml: keys in force" in event.render_line(0).text)
        assert ("O", "sort") in screen.query_one(KeyLine).keys
        was = it.table.is_descending
        await it.pilot.press("s")
        assert it.table.is_descending is was
        await it.pilot.press("O")
        await settled(it.app, it.pilot, lambda: it.table.is_descending is not was)
        await it.write("")
        assert ("s", "sort") in screen.query_one(KeyLine).keys


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[keys]\n"names.sort" = "o"\n', "line 2: keys.\"names.sort\": 'o' is names.scale on the main screen already"),
        ('[keys]\n"names.sort" = \n', "this is not TOML: Invalid value (at line 2, "),
        ('windw = "5d"\n', "line 1: there is no key windw; the nearest is window"),
        ('\n[snapshot]\nlimit = "no"\n', "line 3: snapshot.limit = 'no': must be a whole number from 0 up"),
        ("[providers.ortex]\nenable = true\n", "line 2: there is no key providers.ortex.enable"),
        ("\0", "this is not TOML"),
        (None, "is gone; what was settled before stays"),
    ],
)
async def test_a_file_that_is_broken_while_it_runs_is_told_with_its_line_and_the_old_keys_stay(tmp_path, text, told):
    async with desk(tmp_path, '[keys]\n"names.sort" = "O"\n') as it:
        await it.write(text)
        (words,) = it.told
        assert words.startswith("config.toml")
        assert told in words
        assert [one.is_alarm for one in it.app.happenings] == [True]
        assert ("O", "sort") in it.app.screen.query_one(KeyLine).keys
        # Told once; put right, it counts again.
        await it.look()
        assert len(it.told) == 1
        await it.write('[keys]\n"names.sort" = "f9"\n')
        assert it.told[1:] == ["config.toml: keys in force"]
        assert ("F9", "sort") in it.app.screen.query_one(KeyLine).keys


async def test_each_of_the_three_tables_keeps_what_is_wrong_in_it_as_it_was(tmp_path):
    before = f'[keys]\n"names.sort" = "O"\n{DUSK}[columns]\nnames = ["symbol", "profit"]\nbook = ["symbol"]\n'
    async with desk(tmp_path, before) as it:
        assert it.columns == ["symbol", "profit"]
        wrong = before.replace('"O"', '"o"').replace('"profit"', '"prft"').replace("#87d7af", "#222222")
        await it.write(wrong.replace('book = ["symbol"]', 'book = ["symbol", "shares"]'))
        assert sorted(words.partition(": line ")[2][:9] for words in it.told if "line" in words) == [
            *('2: keys."', "5: themes", "7: column")
        ]
        assert it.told[0] == "config.toml: columns in force"
        assert it.app.changed_keys == {"names.sort": ("O",)}
        assert it.app.settled_columns == {"names": ("symbol", "profit"), "book": ("symbol", "shares")}
        assert it.app.available_themes["dusk"].success == "#87d7af"


async def test_a_theme_is_worn_at_once_and_so_are_its_new_colours(tmp_path):
    async with desk(tmp_path, DUSK) as it:
        await it.write(f'theme = "dusk"\n{DUSK}')
        assert it.app.theme == "dusk"
        assert it.told == ["config.toml: theme in force"]
        await it.write(f'theme = "dusk"\n{DUSK.replace("#87d7af", "#afffaf")}')
        await settled(it.app, it.pilot, lambda: it.table.style_named("gain").color.name == "#afffaf")
        assert it.told[1:] == ["config.toml: colours in force"]
        await it.write(f'theme = "gone"\n{DUSK}')
        assert "config.toml: there is no theme gone" in it.told
        assert it.app.theme == "dusk"


async def test_what_the_command_line_gave_goes_before_the_file(tmp_path):
    async with desk(tmp_path, theme="safe") as it:
        await it.write('theme = "day"\n')
        assert (it.app.theme, it.told) == ("safe", [])


async def test_columns_change_at_once_over_those_that_were_chosen_before(tmp_path):
    async with desk(tmp_path, '[columns]\nnames = ["symbol", "profit"]\n') as it:
        await it.pilot.press("c", "down", "space", "escape")
        await settled(it.app, it.pilot, lambda: it.columns == ["symbol"])
        # The file is another, and says of the names what it said.
        await it.write('# mine\n[columns]\nnames = ["symbol", "profit"]\n')
        assert (it.columns, it.told) == (["symbol"], [])
        await it.write('[columns]\nnames = ["symbol", "price"]\n')
        assert it.columns == ["symbol", "price"]
        await it.write("")
        assert len(it.columns) > 10


async def test_what_is_not_safe_is_told_for_the_next_start(tmp_path):
    async with desk(tmp_path) as it:
        await it.write(
            'source = "files"\ndata = "there"\nwindow = "5d"\n[keys]\n"names.sort" = "O"\n'
            "[providers.ortex]\nenabled = false\n[snapshot]\nlimit = 3\n"
        )
        assert it.told == ["config.toml: keys in force; source, data, window, providers.ortex: at the next start"]
        assert it.app.options.source == "demo"


def test_a_look_costs_nothing_while_the_file_stays_as_it_is(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('[keys]\n"names.sort" = "O"\n')
    environment = {"SHORTSIDE_HOME": str(tmp_path)}
    watched = WatchedFile({}, environment, configured({}, environment))
    assert watched.look() is None
    assert watched.look() is None
    # Written between the start and the first look, it is seen all the same.
    late = WatchedFile({}, environment, configured({}, environment))
    file.write_text('window = "5d"\n')
    look = late.look()
    assert look is not None
    assert look.later == ("window",)
    assert late.look() is None
    # No file at the start, and none since, is no loss.
    file.unlink()
    none = WatchedFile({}, environment, configured({}, environment))
    assert none.look() is None
    assert none.look() is None
