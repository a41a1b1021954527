"""Reads the share counts of funds from the chosen source, for `snapshot flows` and recordings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.funds.figures import FundData, FundRow
from tui.errors import SourceError
from tui.settings.configuration import Options

if TYPE_CHECKING:
    from providers.recording.reader import Recording


def fund_data(options: Options, moment: datetime, recording: Recording | None = None) -> FundData:
    """What the source has of funds at a moment, or a recording of one. Takes up to seconds.

    Raises:
        SourceError: it has nothing of them, or could not give it.
    """
    from providers.errors import ProviderError

    try:
        return _read(options, moment) if recording is None else recording.fund_data()
    except ProviderError as error:
        raise SourceError(str(error)) from error


def _read(options: Options, moment: datetime) -> FundData:
    if options.source == "demo":
        from providers.demo.source import DemoProvider

        return DemoProvider(options.seed).read_funds()
    if options.has_archive:
        from providers.archive.vintages import Archive
        from providers.public.funds import read_fund_archive

        return read_fund_archive(Archive(options.paths.archive), moment)
    if options.data is None:
        raise SourceError("the files source needs a folder of data")
    from providers.files.funds import read_fund_files

    return read_fund_files(options.data, "files")


def fund_inputs(data: FundData, rows: tuple[FundRow, ...], moment: datetime) -> tuple[InputAge, ...]:
    """The age of the newest share count that each provider gave, as inputs."""
    sources = [(data.source, data.fetched_at), *((one.name, one.fetched_at) for one in data.others)]
    return tuple(_input(data, name, fetched_at, rows, moment) for name, fetched_at in sources)


def _input(data: FundData, source: str, fetched_at: datetime, rows: tuple[FundRow, ...], moment: datetime) -> InputAge:
    theirs = [row for row in rows if row.source == source]
    as_of = max((row.as_of for row in theirs), default=None)
    return InputAge(
        dataset=Dataset.FUND_FLOWS,
        as_of=as_of,
        fetched_at=fetched_at,
        source=source,
        freshness=freshness(Dataset.FUND_FLOWS, as_of, moment),
        rows=int(data.days["symbol"].isin([row.symbol for row in theirs]).sum()),
    )
