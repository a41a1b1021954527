"""Looks at the configuration file while the monitor runs; a wrong one changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from providers.ordinary_files import FileStamp, file_stamp
from tui.errors import ReportedError
from tui.settings.configuration import Configuration, configured
from tui.settings.options import SETTINGS

AT_ONCE = frozenset({"theme"})
"""The settings that a running monitor can take up; it takes up the tables of keys, themes and columns, too."""


class FileLook(NamedTuple):
    """What a look at a file that changed has found."""

    configuration: Configuration | None = None
    """What is settled now; None where the file is wrong or gone."""
    theme: str | None = None
    """The theme that is asked for now, where that is another one than before."""
    later: tuple[str, ...] = ()
    """The keys of the settings that are others now, and that only the next start takes up."""
    complaint: str = ""
    """What is wrong with the file, without its folder."""


class WatchedFile:
    """The configuration file of a run. Its `look` blocks for a moment.

    Args:
        given: what the command line gave, by setting; it goes before the file, as at the start.
        environment: the process's variables.
        start: what was settled at the start.
    """

    def __init__(self, given: Mapping[str, str], environment: Mapping[str, str], start: Configuration) -> None:
        self._given, self._environment = given, environment
        self.now = start
        """What the file settled when it was good last."""
        self._stamp: FileStamp | None = None
        self._was_looked_at = False

    def look(self) -> FileLook | None:
        """What the file settles, if it is something else than at the last look, or at the start; None where not."""
        file = self.now.file
        stamp = file_stamp(file)
        is_first, self._was_looked_at = not self._was_looked_at, True
        if stamp == self._stamp or (stamp is None and is_first):
            return None
        self._stamp = stamp
        if stamp is None:
            # An editor may be about to put a new one in its place, and nobody said that all was to be built in again.
            return FileLook(complaint=f"{file.name} is gone")
        try:
            found = configured(self._given, self._environment)
        except ReportedError as error:
            return FileLook(complaint=str(error).replace(f"{file}: ", f"{file.name}: ", 1))
        before, self.now = self.now, found
        if found.options == before.options:
            return None
        theme = found.options.theme if found.options.theme != before.options.theme else None
        return FileLook(found, theme, tuple(_changed(before, found)))


def _changed(before: Configuration, now: Configuration) -> list[str]:
    """The settings that are others now, by their keys in the file; not those of other commands, nor what is at once."""
    old, new = before.options, now.options
    found = [
        setting.key
        for setting in SETTINGS
        if not setting.table
        and setting.name not in AT_ONCE
        and getattr(old, setting.name) != getattr(new, setting.name)
    ]
    providers = [f"providers.{name}" for name, options in new.providers.items() if options != old.providers.get(name)]
    return [*found, *providers]
