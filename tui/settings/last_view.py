"""What the monitor shows when it is left, kept for the next start of the same source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from providers.durable import make_folder, replace_file
from providers.ordinary_files import content_of
from shortside.words.plain_text import printable
from tui.settings.configuration import Configuration, Options
from tui.settings.options import SETTINGS
from tui.settings.origins import Level

FOLDER_NAME: Final = "views"
BROKEN_SUFFIX: Final = ".broken"
MOST_BYTES: Final = 100_000
"""No view is larger; a file that is was not written by us, and is not read."""
TAKEN_UP: Final = ("window", "tier_basis", "positions", "theme")
"""The settings that begin as they were left, unless the command line or the environment says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastView:
    """How the main screen was left."""

    window: str | None = None
    tier_basis: str | None = None
    positions: str | None = None
    theme: str | None = None
    sort: str | None = None
    """The key of the column the names are sorted by."""
    is_descending: bool = True
    filter: str = ""
    tiers: tuple[str, ...] | None = None
    sector: str | None = None
    is_rolled_up: bool = False
    symbol: str | None = None
    """The name under the cursor."""
    name_list: str = ""
    """The own list that names are put on; empty for the first one."""
    column_order: tuple[str, ...] | None = None
    """The keys of the table's columns in the order chosen; None for those of the program."""
    hidden_columns: tuple[str, ...] = ()
    board_columns: tuple[str, ...] = ()
    """Of other tables the name and the columns chosen by key, between spaces; without columns where that was all."""
    columns_of_file: tuple[str, ...] = ()
    """What the configuration file settled then, in such lines; what it settles otherwise since is newer."""
    has_preview: bool = True
    has_braille: bool = True
    has_common_scale: bool = False
    theme_of_file: str | None = None
    """The theme that the configuration file asked for then; where it asks for another now, that one is newer."""
    export_form: str = ""
    """The form that was exported last; empty before any was."""


def lines_of_columns(columns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The columns of tables as a view has them: a line for each table, its name first."""
    return tuple(" ".join((board, *keys)) for board, keys in columns.items())


def view_file(options: Options) -> Path:
    """The file that holds the last view of a source, and of its folder or recording where it has one."""
    from hashlib import blake2b

    digest = blake2b(str(options.data or "").encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    name = f"{options.source}-{digest}.json" if options.data is not None else f"{options.source}.json"
    return options.paths.screen / FOLDER_NAME / name


def read_view(file: Path) -> tuple[LastView | None, str]:
    """The view a file holds, and what is to be said of a file that holds none.

    A broken file is put aside under another name, so that the next start finds none, and nothing of it is lost.
    """
    try:
        content = content_of(file, MOST_BYTES)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"how the screen was left cannot be read: {file}: {error.strerror or error}"
    try:
        found = json.loads(content)
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError):
        return None, _put_aside(file)
    return _view_of(found), ""


def _put_aside(file: Path) -> str:
    aside = file.with_name(file.name + BROKEN_SUFFIX)
    try:
        file.replace(aside)
    except OSError as error:
        return f"how the screen was left cannot be understood, nor put aside: {file}: {error.strerror or error}"
    return f"how the screen was left could not be understood; the file is now {aside}"


def _view_of(found: dict[str, Any]) -> LastView:
    """What is understood of a view: a key that another version wrote otherwise is passed over."""
    given: dict[str, Any] = {}
    for field in fields(LastView):
        value = found.get(field.name)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = tuple(map(printable, value))
        elif isinstance(value, str):
            value = printable(value)
        # The annotations are words: `str | None`, `tuple[str, ...]`, `bool`.
        if value is not None and str(field.type).startswith(type(value).__name__):
            given[field.name] = value
    return LastView(**given)


def write_view(file: Path, view: LastView) -> str:
    """Keep a view, whole or not at all; returns why that was not possible, in words."""
    try:
        make_folder(file.parent)
        replace_file(file, json.dumps(asdict(view)).encode())
    except OSError as error:
        return f"how the screen is left cannot be kept: {error.strerror or error}"
    return ""


def _is_newer(name: str, configuration: Configuration, view: LastView) -> bool:
    """Whether the file asks for another theme than it did when the screen was left."""
    return name == "theme" and configuration.options.sections.theme not in (None, view.theme_of_file)


def options_as_left(configuration: Configuration, view: LastView) -> Options:
    """The options with the settings as they were left, where neither the command line nor the environment has them."""
    changed: dict[str, Any] = {}
    for setting in SETTINGS:
        left = getattr(view, setting.name) if setting.name in TAKEN_UP else None
        decided = configuration.origins[setting.name].level in (Level.ARGUMENT, Level.ENVIRONMENT)
        if left is None or decided or _is_newer(setting.name, configuration, view):
            continue
        try:
            changed[setting.name] = setting.read(left)
        except ValueError:
            continue  # Of another version: there is no such window any more.
    return configuration.options._replace(**changed)
