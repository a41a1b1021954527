"""Reads from the chosen source what is kept of one name beside the market: fails, threshold lists, short volume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from tui.errors import SourceError
from tui.processes.name_parts import NOT_BEYOND, PART_KINDS, ReadPart
from tui.sources.loans import loan_path, name_order, parts_read

if TYPE_CHECKING:
    from shortside.loans.path import LoanPath
    from shortside.one_name.fails import FailsPath
    from shortside.one_name.short_volume import SoldShort
    from shortside.one_name.threshold_days import ThresholdDays
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

NO_LOOKS: Final = "no look at the list of stock loans is kept: --source public keeps each, a folder's stand in borrow/"
_KEPT_BY_NOBODY: Final = {
    "fails": "fails to deliver",
    "threshold_lists": "threshold lists",
    "off_exchange": "daily short sale volume",
}
"""What a source that keeps nothing of the kind lacks, in words."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class NameRecords:
    """What is kept of one name. Of what is None, `lacks` says in words what would fill it."""

    fails: FailsPath | None
    threshold: ThresholdDays | None
    sold_short: SoldShort | None
    loans: LoanPath | None
    lacks: dict[str, str]
    """By the name of the part."""


def name_records(options: Options, loaded: LoadedMarket, column: int, *, is_read_apart: bool = False) -> NameRecords:
    """What is kept of the name in a column, as known at the moment in view. Blocks: call it in a thread.

    Args:
        options: of the source.
        loaded: the market.
        column: which name of it.
        is_read_apart: have it read in a process of its own, so that what that takes leaves memory with it.

    Raises:
        SourceError: the process ended before it was done.
    """
    found = {part.name: part for part in _parts(options, loaded, column, is_read_apart=is_read_apart)}
    return NameRecords(
        fails=cast("FailsPath | None", found["fails"].found),
        threshold=cast("ThresholdDays | None", found["threshold_lists"].found),
        sold_short=cast("SoldShort | None", found["off_exchange"].found),
        loans=cast("LoanPath | None", found["borrow"].found),
        lacks={name: part.lack for name, part in found.items() if part.found is None},
    )


def _parts(options: Options, loaded: LoadedMarket, column: int, *, is_read_apart: bool) -> Iterator[ReadPart]:
    """The parts, each as it was read last."""
    order = name_order(options, loaded, column, tuple(PART_KINDS))
    if order is None:
        source = "a recording" if loaded.recording is not None else "the simulated market"
        for name, words in _KEPT_BY_NOBODY.items():
            yield ReadPart(name, None, NOT_BEYOND.format(source, words))
        try:
            yield ReadPart("borrow", loan_path(options, loaded, column))
        except SourceError as error:
            yield ReadPart("borrow", None, str(error))
        return
    for part in parts_read(order, is_read_apart=is_read_apart):
        is_empty = part.name == "borrow" and part.found is not None and not len(cast("LoanPath", part.found))
        yield ReadPart(part.name, None, NO_LOOKS) if is_empty else part
