"""What the public source's archive lacks for a market, and how to fill it: the monitor and `doctor` say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shortside.datasets import Dataset
from shortside.named_windows import first_day
from shortside.sessions import FIRST_DAY

if TYPE_CHECKING:
    from tui.settings.configuration import Options

NEEDED: Final = ((Dataset.PRICES, "closes"), (Dataset.SHORT_INTEREST, "short interest"))
"""The datasets without which there is no market, and what they are called."""


def lacking(archive: Path) -> tuple[str, ...]:
    """What no market can be without and the archive has nothing of, in words. Looks for files; reads none."""
    return tuple(words for dataset, words in NEEDED if not any((archive / dataset.value).glob("*/*.parquet")))


def lack_words(archive: Path) -> str:
    """What the archive has nothing of, such as `holds no closes, no short interest`; empty where it has some of all."""
    found = lacking(archive)
    return f"holds {', '.join(f'no {one}' for one in found)}" if found else ""


def first_day_to_fill(options: Options, today: date) -> date:
    """From which day on an archive is filled so that every window of the last calendar year has a market."""
    newest = options.as_of or today
    if newest <= FIRST_DAY:
        return FIRST_DAY
    first = date(newest.year - 1, 12, 30)
    wished = first_day(options.window)
    return max(min(first, wished or first), FIRST_DAY)


def filling_advice(since: date) -> str:
    """How to fill an archive, in words."""
    return f"fill it in the monitor, shortside --source public, or with: shortside backfill --since {since}"
