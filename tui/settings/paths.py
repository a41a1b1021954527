"""Where the program keeps what outlives a run: configuration, state, cache, archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

VARIABLE = "SHORTSIDE_HOME"
FILE_NAME = "config.toml"


class Paths(NamedTuple):
    """Places, none of which need exist yet; whoever writes makes the folder."""

    configuration: Path
    """The configuration file."""
    state: Path
    """Logs and what the screen remembers."""
    cache: Path
    """Copies that can be made again at any time."""
    archive: Path
    """History that cannot be had a second time."""


def paths_from_environment(environment: Mapping[str, str]) -> Paths:
    """Below SHORTSIDE_HOME if that is set, else where this system keeps such things."""
    home = environment.get(VARIABLE, "").strip()
    if home:
        folder = Path(home).expanduser()
        return Paths(
            configuration=folder / FILE_NAME,
            state=folder / "state",
            cache=folder / "cache",
            archive=folder / "archive",
        )
    # Not needed with a home of our own, and not before something is looked for.
    from platformdirs import PlatformDirs

    directories = PlatformDirs("shortside", appauthor=False)
    return Paths(
        configuration=directories.user_config_path / FILE_NAME,
        state=directories.user_state_path,
        cache=directories.user_cache_path,
        archive=directories.user_data_path / "archive",
    )
