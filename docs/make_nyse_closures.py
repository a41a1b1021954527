"""Regenerate `shortside/nyse_closures.py` from exchange_calendars (a development tool, never imported).

    python docs/make_nyse_closures.py [--first 2010] [--last 2035] [--check]

`--check` writes nothing and exits 1 when the table on disk differs from what would be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path

import exchange_calendars

TABLE = Path(__file__).parents[1] / "shortside" / "nyse_closures.py"
EARLY_CLOSE = time(13)

HEADER = '''"""The days New York does not trade, or stops at 13:00: generated, do not edit by hand.

Regenerate with `python docs/make_nyse_closures.py --first {first} --last {last}`.
Source: exchange_calendars, calendar XNYS, https://github.com/gerrymanoim/exchange_calendars
"""

FIRST_YEAR = {first}
LAST_YEAR = {last}
'''


def by_year(days: Iterable[date], first: int, last: int) -> dict[int, str]:
    """The days as one `MM-DD MM-DD ...` line a year; years without any keep an empty line."""
    lines: dict[int, list[str]] = {year: [] for year in range(first, last + 1)}
    for day in sorted(days):
        lines[day.year].append(f"{day:%m-%d}")
    return {year: " ".join(line) for year, line in lines.items()}


def table(name: str, why: str, days: Iterable[date], first: int, last: int) -> str:
    """One constant of the module as source text, with its docstring underneath."""
    rows = [f'    {year}: "{line}",' for year, line in by_year(days, first, last).items() if line]
    return "\n".join([f"{name}: dict[int, str] = {{", *rows, "}", f'"""{why}"""', ""])


def source(first: int, last: int) -> str:
    """The whole module as text.

    Raises:
        ValueError: the calendar closes early at an hour the table cannot say.
    """
    start, end = f"{first}-01-01", f"{last}-12-31"
    calendar = exchange_calendars.get_calendar("XNYS", start=start, end=end)
    holidays = calendar.regular_holidays.holidays(start, end)
    closes = calendar.schedule.loc[calendar.early_closes, "close"].dt.tz_convert("America/New_York")
    if odd := [str(close) for close in closes if close.time() != EARLY_CLOSE]:
        raise ValueError(f"early closes at another hour than {EARLY_CLOSE}: {odd}")
    # The rules also name holidays that fall on a weekend and are not made up (2022-01-01): no closure.
    scheduled = [day.date() for day in holidays if day.isoweekday() <= 5]
    ad_hoc = [day.date() for day in calendar.adhoc_holidays if first <= day.year <= last]
    early = [close.date() for close in closes]
    return "\n".join(
        [
            HEADER.format(first=first, last=last),
            table("SCHEDULED", "Weekday holidays known in advance, `MM-DD` by year.", scheduled, first, last),
            table("AD_HOC", "Closures decided at short notice: mourning and storms.", ad_hoc, first, last),
            table("EARLY_CLOSES", "Sessions that end at 13:00 New York time.", early, first, last),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the table, or with `--check` compare it; the exit code."""
    parser = argparse.ArgumentParser(description="Regenerate shortside/nyse_closures.py.")
    parser.add_argument("--first", type=int, default=2010, help="first year of the table")
    parser.add_argument("--last", type=int, default=2035, help="last year of the table")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the table differs")
    options = parser.parse_args(arguments)
    text = source(options.first, options.last)
    if options.check:
        return 0 if TABLE.read_text(encoding="utf-8") == text else 1
    TABLE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
