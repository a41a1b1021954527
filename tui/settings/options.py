"""Every setting there is: its name, what it may be, and how its text is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from shortside.named_windows import SINCE_PREFIX, first_day, window_choices, window_names
from shortside.words.group_words import UNCLASSIFIED, UNKNOWN
from tui.settings.paths import typed_path

SOURCES: Final = ("demo", "files", "public", "desk", "replay")
ARCHIVE_SOURCES: Final = frozenset({"public", "desk"})
"""Those whose market is made of the archive; they differ in how the archive gets what is new."""
TIER_BASES: Final = ("end", "start", "daily")
POSITIONS: Final = ("linear", "step")
KNOWLEDGE: Final = ("as-known", "revised")
TIERS: Final = ("mega", "large", "mid", "small", "micro", "nano", UNCLASSIFIED)
FORMATS: Final = ("json", "csv", "ndjson", "text")
LOG_LEVELS: Final = ("error", "warning", "info", "debug", "off")
THEME_NAMES: Final = ("night", "day", "safe", "ansi-dark", "ansi-light")
# The enums of shortside and the themes say the same, but importing them costs a third of a second; tests compare them.

_TRUTH: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class UnquotableError(ValueError):
    """A text that is not allowed and must not be shown; the sentence says why without it."""


class Setting(NamedTuple):
    """One setting, which the command line, the environment and the configuration file can give."""

    name: str
    """The name of the field of `Options`, and of the key in the file."""
    read: Callable[[str], Any]
    """Makes the value out of its text; raises ValueError for a text that is not allowed."""
    allowed: str
    """The values that are allowed, in words that follow "must be"."""
    help: str
    """What the setting does, for `--help`."""
    default: Any = None
    table: str = ""
    """The table of the file its key stands in; empty for the top."""
    metavar: str = ""
    is_flag: bool = False
    """Whether the command line gives it without a value."""
    is_number: bool = False
    """Whether the file gives it without quotes."""
    offered: tuple[str, ...] = ()
    """Values that a shell offers while the option is typed; others may be allowed, too."""

    @property
    def option(self) -> str:
        """The option on the command line, such as `--as-of`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The variable in the environment, such as `SHORTSIDE_AS_OF`."""
        return "SHORTSIDE_" + self.name.upper()

    @property
    def key(self) -> str:
        """The key in the file with its table, such as `as_of` or `snapshot.max_age`."""
        return f"{self.table}.{self.name}" if self.table else self.name


def _one_of(*choices: str) -> tuple[Callable[[str], str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read, "one of " + ", ".join(choices)


def _window(text: str) -> str:
    day = first_day(text)
    if day is not None:
        return SINCE_PREFIX + day.isoformat()
    if text not in window_names():
        raise ValueError(text)
    return text


def read_truth(text: str) -> bool:
    """True or false, in any of the ways people write them; ValueError for anything else."""
    value = _TRUTH.get(text.lower())
    if value is None:
        raise ValueError(text)
    return value


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text.strip()


def _listed(text: str) -> str:
    listed = ",".join(words_of_list(text))
    if not listed:
        raise ValueError(text)
    return listed


def words_of_list(text: str) -> tuple[str, ...]:
    """The words of a list with commas or spaces between them, each once."""
    return tuple(dict.fromkeys(word for word in re.split(r"[\s,]+", text) if word))


def _address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise ValueError(text)
    return text.rstrip("/")


def _host_and_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not 0 < int(port) < 65_536:
        raise ValueError(text)
    return text


def _desk(text: str) -> str:
    # Only where there is one: most starts have no desk, and wait for every import.
    from providers.desk.address import PasswordInAddressError, desk_address

    try:
        return desk_address(text).words
    except PasswordInAddressError as error:
        raise UnquotableError(str(error)) from None


def _mail(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise ValueError(text)
    return text


def _path(text: str) -> Path:
    if "\0" in text:  # A configuration file can spell it, and no system has such a name.
        raise ValueError(text)
    return typed_path(_words(text))


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _factor(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def _part(text: str) -> float:
    """A part of a whole, above zero and at most one: `0.1` or `10%`."""
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < number <= 1:
        raise ValueError(text)
    return number


def read_amount(text: str) -> float:
    """A finite number from 0 up; ValueError for anything else."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number


def duration(text: str) -> timedelta:
    """A length of time written as a number and a unit.

    Raises:
        ValueError: it is no such text.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if match is None:
        raise ValueError(text)
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _choice(name: str, choices: tuple[str, ...], **rest: Any) -> Setting:
    read, allowed = _one_of(*choices)
    return Setting(name=name, read=read, allowed=allowed, metavar="|".join(choices), offered=choices, **rest)


def _tier(text: str) -> str:
    """A tier by its label, or by the word that screens and texts have for the last one."""
    read, _ = _one_of(*TIERS)
    return read(UNCLASSIFIED if text == UNKNOWN else text)


def _flag(name: str, **rest: Any) -> Setting:
    return Setting(name=name, read=read_truth, allowed="true or false", default=False, is_flag=True, **rest)


MARKET_SETTINGS: Final = (
    _choice("source", SOURCES, help="where the market comes from; demo unless a data folder is set"),
    Setting(
        name="data",
        read=_path,
        allowed="a folder or a file",
        metavar="PATH",
        help="folder the files source reads, or recording the replay source plays",
    ),
    Setting(
        name="as_of",
        read=date.fromisoformat,
        allowed="a day written YYYY-MM-DD",
        metavar="YYYY-MM-DD",
        help="the day to look from; the newest there is by default",
    ),
    Setting(
        name="window",
        read=_window,
        allowed=window_choices(),
        default="ytd",
        metavar="W",
        offered=window_names(),
        help="what P&L is summed over: " + window_choices(),
    ),
    _choice("tier_basis", TIER_BASES, default="end", help="whose day's market cap decides a name's tier"),
    _choice("positions", POSITIONS, default="linear", help="how shares short run between two settlements"),
    _choice(
        "known", KNOWLEDGE, default="as-known", help="what was published by the day, or all known today: hindsight"
    ),
    Setting(
        name="seed",
        read=_whole,
        allowed="a whole number from 0 up",
        metavar="N",
        is_number=True,
        help="another market of the demo source",
    ),
)
"""The settings that decide which figures there are."""

SCREEN_SETTINGS: Final = (
    _flag("low_bandwidth", help="fewer, smaller updates for slow lines"),
    Setting(
        name="theme",
        read=_words,
        allowed="the name of a theme",
        metavar="NAME",
        offered=THEME_NAMES,
        help=f"colours of the screen: {', '.join(THEME_NAMES)}, or one of Textual's",
    ),
    _flag("ascii", help="draw with ASCII signs only"),
    _flag("still", help="mark no figure that moved; on slow lines none is marked anyway"),
    _flag("fresh", help="begin with the settings, not where the screen was left"),
    Setting(
        name="speed",
        read=_factor,
        allowed="a number above 0",
        default=1.0,
        metavar="FACTOR",
        is_number=True,
        help="how many times faster than life the demo session or a recording runs",
    ),
)
"""The settings that decide how the screen looks."""

NETWORK_SETTINGS: Final = (
    Setting(
        name="contact",
        read=_mail,
        allowed="a mail address",
        metavar="MAIL",
        help="told to publishers who want to know who reads them; the SEC answers nobody else",
    ),
    Setting(
        name="upstream",
        read=_address,
        allowed="an address such as http://127.0.0.1:8765",
        metavar="URL",
        help="asked in place of every provider's host, with that host at the head of the path",
    ),
    Setting(
        name="upstream_ftp",
        read=_host_and_port,
        allowed="a host and a port such as 127.0.0.1:8721",
        metavar="HOST:PORT",
        help="asked in place of every provider's FTP host",
    ),
    Setting(
        name="desk",
        read=_desk,
        allowed="an address such as redis://desk.example:6379 or rediss://name@desk.example:6380, without a password",
        metavar="URL",
        help="the Redis or Valkey server over which the members of a desk poll once for all; for --source desk",
    ),
)
"""The settings that decide as whom, and at which addresses, public sources are asked."""

LOG_SETTINGS: Final = (
    _choice(
        "log_level",
        LOG_LEVELS,
        default="info",
        help="which events the monitor, record and backfill keep in the log: these and graver ones",
    ),
)
"""What decides how much is kept of what happens."""

OWN_SETTINGS: Final = (
    Setting(
        name="book",
        read=_path,
        allowed="a file",
        metavar="FILE",
        help="your own positions; book.csv beside the configuration file by default",
    ),
    Setting(
        name="exit_volume",
        read=_part,
        allowed="a part of the volume such as 10% or 0.1",
        default=0.1,
        metavar="PART",
        is_number=True,
        help="the part of a name's average volume that closing one of your positions takes",
    ),
)
"""What decides which positions are the user's own, and how they are measured."""

EXPORT_SETTINGS: Final = (
    Setting(
        name="exports",
        read=_path,
        allowed="a folder",
        metavar="FOLDER",
        help="where X writes its files; the folder exports beside the program's state by default",
    ),
)
"""What decides where exports go."""

SNAPSHOT_SETTINGS: Final = (
    _choice("format", FORMATS, default="text", table="snapshot", help="how the document is written"),
    Setting(
        name="sort",
        read=_words,
        allowed="a column of names",
        default="crowding",
        table="snapshot",
        metavar="COLUMN",
        help="column that ranks names, the largest first; with a minus before it the smallest first",
    ),
    Setting(
        name="limit",
        read=_whole,
        allowed="a whole number from 0 up",
        default=25,
        table="snapshot",
        metavar="N",
        is_number=True,
        help="how many names at most; 0 for all",
    ),
    Setting(
        name="tier",
        read=_tier,
        allowed="one of " + ", ".join(TIERS),
        table="snapshot",
        metavar="|".join(TIERS),
        offered=TIERS,
        help="only names of this tier",
    ),
    Setting(
        name="sector",
        read=_words,
        allowed="a sector",
        table="snapshot",
        metavar="NAME",
        help="only names of this sector",
    ),
    Setting(
        name="where",
        read=_words,
        allowed="a condition",
        table="snapshot",
        metavar="CONDITION",
        help="only names this is true of, such as 'crowding > 90 & tier in (small, micro)'",
    ),
    Setting(
        name="symbols",
        read=_listed,
        allowed="symbols with commas between them",
        table="snapshot",
        metavar="A,B",
        help="only these symbols; what is not among the names is said",
    ),
    Setting(
        name="list",
        read=_words,
        allowed="an own list",
        table="snapshot",
        metavar="NAME",
        help="only names of this own list; of tiers and sectors, its sums beside theirs",
    ),
    Setting(
        name="columns",
        read=_listed,
        allowed="columns with commas between them",
        table="snapshot",
        metavar="A,B",
        help="only these columns, in this order",
    ),
    Setting(
        name="cycle",
        read=date.fromisoformat,
        allowed="a settlement date written YYYY-MM-DD",
        table="snapshot",
        metavar="YYYY-MM-DD",
        help="which settlement's publication; the newest known by default",
    ),
    Setting(
        name="max_age",
        read=duration,
        allowed="a number and a unit, such as 90m, 12h, 3d or 2w",
        table="snapshot",
        metavar="AGE",
        help="exit with 5 when an input is older (90m, 12h, 3d, 2w) and its source has published newer",
    ),
)
"""The settings that only the command `snapshot` reads."""

SETTINGS: Final = (
    *MARKET_SETTINGS,
    *SCREEN_SETTINGS,
    *OWN_SETTINGS,
    *EXPORT_SETTINGS,
    *NETWORK_SETTINGS,
    *LOG_SETTINGS,
    *SNAPSHOT_SETTINGS,
)
