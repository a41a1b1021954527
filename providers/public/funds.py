"""Reads from the archive what iShares and State Street printed of their funds, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from providers.archive.splits import splits_of
from providers.archive.vintages import Archive, Vintage, best_last
from providers.catalog import ISHARES_HOLDINGS
from providers.errors import NoDataError
from providers.files.funds import no_closes
from shortside.datasets import Dataset
from shortside.funds.figures import FundData, FundSource


def read_fund_archive(archive: Archive, moment: datetime) -> FundData:
    """Every fund's counts; of several looks at one day of a fund the last by the moment is believed.

    The screener has no funds, so what they traded at is unknown.

    Raises:
        NoDataError: nothing was looked at yet.
        ArchiveError: a vintage can no longer be read.
    """
    looks = best_last(archive.vintages(Dataset.FUND_FLOWS), moment)
    if not looks:
        raise NoDataError(
            "the archive has no fund's share counts yet: iShares and SPDR print them each morning, and they are kept "
            "from the first one on that a monitor with --source public polls"
        )
    frames = [archive.read(look).frame for look in looks]
    rows = pd.concat(frames, ignore_index=True)
    first, *others = _sources(frames, looks, moment)
    return FundData(
        days=rows.drop_duplicates(["symbol", "date"], keep="last"),
        closes=no_closes(),
        splits=splits_of(archive, moment),
        fetched_at=first.fetched_at,
        source=first.name,
        others=tuple(others),
    )


def _sources(frames: Sequence[pd.DataFrame], looks: Sequence[Vintage], moment: datetime) -> list[FundSource]:
    """Who printed which funds' counts, iShares first; of a fund that two printed, whoever did last."""
    by_fund: dict[str, str] = {}
    for look, frame in zip(looks, frames, strict=True):
        by_fund |= dict.fromkeys(frame["symbol"], look.source)
    names = sorted({look.source for look in looks}, key=lambda name: (name != ISHARES_HOLDINGS.name, name))
    found = []
    for name in names:
        theirs = [look.fetched_at for look in looks if look.source == name]
        seen = [at for at in theirs if at <= moment]
        funds = frozenset(fund for fund, source in by_fund.items() if source == name)
        found.append(FundSource(name=name, fetched_at=max(seen, default=theirs[0]), funds=funds))
    return found
