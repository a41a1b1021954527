"""Reads from the chosen source what is kept of one name beside the market: fails, threshold lists, short volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from tui.errors import SourceError
from tui.sources.knowledge import moment_ages_are_measured_at

if TYPE_CHECKING:
    from shortside.loans.path import LoanPath
    from shortside.one_name.fails import FailsPath
    from shortside.one_name.short_volume import SoldShort
    from shortside.one_name.threshold_days import ThresholdDays
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

RECORDS_SPAN: Final = timedelta(days=365)
"""How far back fails and short volume are read."""
NO_FAILS: Final = "no file of the SEC's fails to deliver is kept: `shortside backfill` with a contact reads them"
NO_LISTS: Final = "no threshold list of its exchange is kept: --source public reads each night's"
NO_LOOKS: Final = "no look at the list of stock loans is kept: --source public keeps each, a folder's stand in borrow/"
NO_VOLUME: Final = "no file of FINRA's daily short sale volume is kept: --source public reads each session's"
_NOT_BEYOND: Final = "{} keeps no {}; --source public does"
_Read = TypeVar("_Read")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class NameRecords:
    """What is kept of one name. Of what is None, `lacks` says in words what would fill it."""

    fails: FailsPath | None
    threshold: ThresholdDays | None
    sold_short: SoldShort | None
    loans: LoanPath | None
    lacks: dict[str, str]
    """By the name of the part."""


def name_records(options: Options, loaded: LoadedMarket, column: int) -> NameRecords:
    """What is kept of the name in a column, as known at the moment in view. Blocks: call it in a thread."""
    lacks: dict[str, str] = {}

    def part(name: str, read: Callable[[], _Read]) -> _Read | None:
        from providers.errors import ProviderError

        try:
            return read()
        except (SourceError, ProviderError) as error:
            lacks[name] = str(error)
            return None

    kept = _reader(options, loaded, column)
    return NameRecords(
        fails=part("fails", kept.fails),
        threshold=part("threshold_lists", kept.threshold),
        sold_short=part("off_exchange", kept.sold_short),
        loans=part("borrow", lambda: _loans(options, loaded, column)),
        lacks=lacks,
    )


def _loans(options: Options, loaded: LoadedMarket, column: int) -> LoanPath:
    from tui.sources.loans import loan_path

    path = loan_path(options, loaded, column)
    if not len(path):
        raise SourceError(NO_LOOKS)
    return path


def _reader(options: Options, loaded: LoadedMarket, column: int) -> _NothingKept:
    if loaded.recording is not None:
        return _NothingKept("a recording")
    if options.source == "demo":
        return _NothingKept("the simulated market")
    if options.has_archive:
        return _PublicReader(options, loaded, column)
    return _FolderReader(options, loaded, column)


class _NothingKept:
    """A source that is asked for what it cannot have."""

    def __init__(self, source: str) -> None:
        self._source = source

    def fails(self) -> FailsPath:
        raise SourceError(_NOT_BEYOND.format(self._source, "fails to deliver"))

    def threshold(self) -> ThresholdDays:
        raise SourceError(_NOT_BEYOND.format(self._source, "threshold lists"))

    def sold_short(self) -> SoldShort:
        raise SourceError(_NOT_BEYOND.format(self._source, "daily short sale volume"))


class _PublicReader(_NothingKept):
    """Reads out of the archive."""

    def __init__(self, options: Options, loaded: LoadedMarket, column: int) -> None:
        from providers.archive.vintages import Archive

        super().__init__("the archive")
        self._archive = Archive(options.paths.archive)
        self._moment = moment_ages_are_measured_at(options, loaded.clock())
        self._last = loaded.market.last_session
        self._symbol = str(loaded.market.symbols[column])
        self._exchange = str(loaded.market.exchanges[column])

    def fails(self) -> FailsPath:
        from providers.sec.fails_path import read_fails

        path = read_fails(self._archive, self._symbol, self._moment, self._last - RECORDS_SPAN)
        if not len(path.days):
            raise SourceError(NO_FAILS)
        return path

    def threshold(self) -> ThresholdDays:
        from providers.thresholds.listed_days import threshold_days

        days = threshold_days(self._archive, self._symbol, self._exchange, self._moment, self._last)
        if not len(days.days):
            raise SourceError(NO_LISTS)
        return days

    def sold_short(self) -> SoldShort:
        from providers.archive.short_volume import sold_short

        sold = sold_short(self._archive, self._symbol, self._moment, self._last - RECORDS_SPAN)
        kept = sold.until(self._last)
        if not len(kept.sessions):
            raise SourceError(NO_VOLUME)
        return kept


class _FolderReader(_NothingKept):
    """Reads out of a market folder."""

    def __init__(self, options: Options, loaded: LoadedMarket, column: int) -> None:
        super().__init__("a folder of files")
        self._directory = options.data
        self._moment = moment_ages_are_measured_at(options, loaded.clock())
        self._last = loaded.market.last_session
        self._symbol = str(loaded.market.symbols[column])

    def fails(self) -> FailsPath:
        from providers.files.fails import read_folder_fails

        if self._directory is None:
            return super().fails()
        path = read_folder_fails(self._directory, self._symbol, self._moment, self._last - RECORDS_SPAN)
        if not len(path.days):
            raise SourceError(f"the folder's fails to deliver hold no day of the year before {self._last}")
        return path

    def sold_short(self) -> SoldShort:
        from providers.files.short_volume import read_folder_short_volume

        if self._directory is None:
            return super().sold_short()
        since = self._last - RECORDS_SPAN
        return read_folder_short_volume(self._directory, self._symbol, self._moment, since, self._last)
