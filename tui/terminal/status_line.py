"""The command `shortside snapshot line`: one line for the status bar of tmux, from what a monitor saved last.

A status bar asks every few seconds, so nothing is imported here but what Python has loaded, and `json`: `__main__`
calls this before everything else. Of what the file holds only numbers and known words are printed.
"""

from __future__ import annotations

import os
import sys
import time

from tui.terminal.saved_frame import open_own, state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FILE_NAME = "line.json"
FORMAT = 1
"""The version of the file; another one is not understood."""
MOST_BYTES = 4096
DEFAULT_COLUMNS = 60
LEAST_COLUMNS, MOST_COLUMNS = 10, 500
SECONDS_UNTIL_AGE_IS_SAID = 60.0
MARKS = ("SIM", "REPLAY", "PAST")
"""What figures that are not of the present market are marked with, in their order."""
FEED_WORDS = ("current", "late", "stale", "unknown", "failing", "unpolled")
"""How the worst input or feed is doing, the best first."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
USAGE = """\
usage: shortside snapshot line [--columns N] [--ascii]

One line of at most 60 columns for a status bar, from what a running monitor saved last:
the day, P&L of all shorts in the window, new shorts of 30 days, the worst feed, alerts that rang.
Older than a minute it says how old. Exit codes: 0 printed, 2 usage, 4 no monitor saved anything.
"""
# As in `tui.exit_codes`, whose typing is not needed here; a test compares them.
OK, USAGE_CODE, NO_DATA = 0, 2, 4


def print_line(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print the line; returns the exit code.

    Args:
        words: the command line after `snapshot line`.
        environment: the process's variables.
    """
    try:
        columns, is_ascii = _asked(words)
    except ValueError as error:
        return _end(f"shortside: {error}\ntry: shortside snapshot line --help\n", 2, USAGE_CODE)
    if not columns:
        return _end(USAGE, 1, OK)
    path = os.path.join(state_folder(environment), FILE_NAME)
    try:
        saved = saved_status(path)
    except FileNotFoundError:
        return _end("shortside: no monitor saved a state yet; open one: shortside\n", 2, NO_DATA)
    except (OSError, ValueError):
        return _end("shortside: what a monitor saved for this line cannot be read\n", 2, NO_DATA)
    # A terminal that is not of UTF-8 gets signs it has.
    encoding = sys.stdout.encoding if sys.stdout is not None else "ascii"
    is_ascii = is_ascii or "utf" not in (encoding or "").lower()
    return _end(status_line(saved, time.time(), columns, is_ascii) + "\n", 1, OK)


def _asked(words: Sequence[str]) -> tuple[int, bool]:
    """Columns, 0 for the usage, and whether only ASCII may be printed.

    Raises:
        ValueError: there is no such option or value; the message says which.
    """
    columns, is_ascii, rest = DEFAULT_COLUMNS, False, list(words)
    while rest:
        word, is_given, value = rest.pop(0).partition("=")
        if word in ("-h", "--help"):
            return 0, False
        if word == "--ascii" and not is_given:
            is_ascii = True
        elif word == "--columns":
            text = value if is_given else rest.pop(0) if rest else ""
            columns = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
            if not LEAST_COLUMNS <= columns <= MOST_COLUMNS:
                raise ValueError(f"--columns must be a number from {LEAST_COLUMNS} to {MOST_COLUMNS}")
        else:
            raise ValueError("snapshot line takes --columns N and --ascii, and nothing else")
    return columns, is_ascii


def saved_status(path: str) -> dict[str, Any]:
    """What a monitor saved, of which every key is there and of its kind.

    Raises:
        OSError: there is no such file, or it is not ours to read.
        ValueError: it holds something else.
    """
    import json

    with open(path, "rb", opener=open_own) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError("too long")
    try:
        saved = json.loads(content)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise ValueError("another format")
    year, month, day = (int(part) for part in _text(saved, "day").split("-"))
    if not (0 < year < 10_000 and 0 < month < 13 and 0 < day < 32):
        raise ValueError("no day")
    return {
        "at": _number(saved["at"]) if "at" in saved else 0.0,
        "day": (year, month, day),
        "window": "".join(sign for sign in _text(saved, "window")[:16] if sign.isascii() and sign.isprintable()),
        "profit": None if saved.get("profit") is None else _number(saved["profit"]),
        "new_short_30d": None if saved.get("new_short_30d") is None else _number(saved["new_short_30d"]),
        "feed": _text(saved, "feed") if saved.get("feed") in FEED_WORDS else "unknown",
        "alerts": int(_number(saved.get("alerts", 0))),
        "marks": [mark for mark in MARKS if mark in _text(saved, "marks").split()],
    }


def _text(saved: dict[str, Any], key: str) -> str:
    value = saved.get(key)
    if not isinstance(value, str):
        raise ValueError(key)
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
        raise ValueError("no number")
    return float(value)


def status_line(saved: dict[str, Any], now: float, columns: int, is_ascii: bool = False) -> str:
    """The line of at most so many columns: what says least gives way first, the marks and the age never.

    Args:
        saved: as `saved_status` returns it.
        now: the present moment, seconds since 1970.
        columns: how wide it may be.
        is_ascii: whether to use ASCII signs only.
    """
    year, month, day = saved["day"]
    short_day = f"{day} {MONTHS[month - 1]}"
    full_day = short_day if year == time.gmtime(now).tm_year else f"{short_day} {year % 100:02d}"
    profit, new = (_dollars(saved[key], is_ascii) for key in ("profit", "new_short_30d"))
    window = saved["window"].upper() if saved["window"].isalpha() else saved["window"]
    alerts = f"{saved['alerts']} alert{'' if saved['alerts'] == 1 else 's'}" if saved["alerts"] else ""
    feeds = "" if saved["feed"] == "current" else f"feeds {saved['feed']}"
    age = _age(now - saved["at"])
    head = " ".join(saved["marks"])
    separator = " | " if is_ascii else " \u00b7 "
    for body in (
        (full_day, f"{window} P&L {profit}", f"new 30d {new}", feeds or "feeds ok", alerts, age),
        (full_day, f"{window} P&L {profit}", f"new 30d {new}", feeds, alerts, age),
        (full_day, f"{window} P&L {profit}", f"new {new}", feeds, alerts, age),
        (full_day, f"P&L {profit}", f"new {new}", feeds, alerts, age),
        (full_day, f"P&L {profit}", feeds, alerts, age),
        (full_day, f"P&L {profit}", feeds, age),
        (f"P&L {profit}", feeds, age),
        (profit, age),
        (profit,) if not age else (age,),
    ):
        line = " ".join(filter(None, (head, separator.join(filter(None, body)))))
        if len(line) <= columns:
            return line
    # Figures without their mark would pass for others.
    return head[:columns]


def _dollars(value: float | None, is_ascii: bool) -> str:
    """Dollars with their sign and unit in three digits, `+4.08B`."""
    if value is None:
        return "-" if is_ascii else "\u2014"
    number, unit = abs(value), ""
    for unit in ("", "K", "M", "B", "T"):
        if number < 999.5 or unit == "T":
            break
        number /= 1000
    decimals = 0 if not unit or number >= 99.95 else 1 if number >= 9.995 else 2
    text = f"{number:.{decimals}f}"
    if not any(sign in "123456789" for sign in text):
        return "0"
    return f"{'+' if value > 0 else '-' if is_ascii else chr(0x2212)}{text}{unit}"


def _age(seconds: float) -> str:
    """How old it is, where that is more than a minute: `3m old`; a moment to come is told, too."""
    if seconds < -SECONDS_UNTIL_AGE_IS_SAID:
        return "clock set back"
    if seconds < SECONDS_UNTIL_AGE_IS_SAID:
        return ""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{int(seconds // length)}{unit} old"
    return ""


def _end(text: str, file: int, code: int) -> int:
    """Write a text on standard output or error; returns the exit code."""
    data = text.encode("utf-8", "replace")
    try:
        while data:
            data = data[os.write(file, data) :]
    except BrokenPipeError:
        return OK
    except OSError:
        return code or 1
    return code
