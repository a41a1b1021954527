"""The files and folders that outlive a run: configuration, state, cache and archive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tui.errors import ConfigurationError

HOME_VARIABLE = "SHORTSIDE_HOME"
FILE_NAME = "config.toml"
VISITOR_VARIABLE = "SHORTSIDE_VISITOR"
"""Names the visitor of a page in a browser for whom the monitor runs; unset at a terminal."""
VISITORS_FOLDER = "visitors"


class Paths(NamedTuple):
    """The program's file and folders, none of which need exist yet; whoever writes makes the folder."""

    configuration: Path
    """The configuration file."""
    state: Path
    """The folder of logs and of what the screen remembers."""
    cache: Path
    """The folder of copies that can be made again at any time."""
    archive: Path
    """The folder of history that cannot be fetched a second time."""
    visitor: str = ""
    """For whom the monitor runs, where it is shown on a page; empty at a terminal."""

    @property
    def screen(self) -> Path:
        """The folder of what one screen remembers of itself: visitors of a page do not take over each other's."""
        return self.state / VISITORS_FOLDER / self.visitor if self.visitor else self.state


def typed_path(text: str) -> Path:
    """A path as people write it: `~` is their home and `~name` another's; where nobody is called so it stays."""
    # `Path.expanduser` raises a RuntimeError there, which nobody who reads a path expects.
    return Path(os.path.expanduser(text))


def require_own_folders(paths: Paths, file: Path | None = None) -> None:
    """Refuse to keep anything where other users could read it, or put something in its place.

    Args:
        paths: the folders; that of the configuration is one of them, for its rules of alerts start programs.
        file: the configuration file that is read, where another one is named.

    Raises:
        ConfigurationError: a folder or the file belongs to another user, or others may write it.
    """
    from providers.durable import others_hand

    # A file that is named may lie anywhere, and is judged by itself.
    for place in (paths.configuration.parent, paths.state, paths.cache, paths.archive, file or paths.configuration):
        if words := others_hand(place):
            raise ConfigurationError(
                f"{words}, so nothing is kept there and nothing in it is believed; chmod go-w it, or choose another"
                f" folder with {HOME_VARIABLE}"
            )


def paths_from_environment(environment: Mapping[str, str]) -> Paths:
    """The paths below SHORTSIDE_HOME if that is set, else in the operating system's usual folders."""
    home = environment.get(HOME_VARIABLE, "").strip()
    visitor = environment.get(VISITOR_VARIABLE, "").strip()
    if not visitor.isalnum():
        visitor = ""
    if home:
        folder = typed_path(home)
        return Paths(
            configuration=folder / FILE_NAME,
            state=folder / "state",
            cache=folder / "cache",
            archive=folder / "archive",
            visitor=visitor,
        )
    # Not needed with a home of our own, and not before something is looked for.
    from platformdirs import PlatformDirs

    directories = PlatformDirs("shortside", appauthor=False)
    return Paths(
        configuration=directories.user_config_path / FILE_NAME,
        state=directories.user_state_path,
        cache=directories.user_cache_path,
        archive=directories.user_data_path / "archive",
        visitor=visitor,
    )
