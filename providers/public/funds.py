"""Reads from the archive what iShares printed of its funds, day by day since the first look."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from providers.archive.splits import splits_of
from providers.archive.vintages import Archive, best_last
from providers.catalog import ISHARES_HOLDINGS
from providers.errors import NoDataError
from providers.files.funds import no_closes
from shortside.datasets import Dataset
from shortside.fund_figures import FundData


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
            "the archive has no fund's share counts yet: iShares prints them each morning, and they are kept "
            "from the first one on that a monitor with --source public polls"
        )
    rows = pd.concat([archive.read(look).frame for look in looks], ignore_index=True)
    seen = [look.fetched_at for look in looks if look.fetched_at <= moment]
    return FundData(
        days=rows.drop_duplicates(["symbol", "date"], keep="last"),
        closes=no_closes(),
        splits=splits_of(archive, moment),
        fetched_at=max(seen, default=looks[0].fetched_at),
        source=ISHARES_HOLDINGS.name,
    )
