"""Reads from the archive who was in an index, by the holdings of the funds that follow it, and what the funds returned.

iShares prints each morning what a fund held the evening before. Of the days that are kept those that end a month are
read, and the newest: an index changes its members twice a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import numpy as np
import pandas as pd

from providers.archive.vintages import Archive, Vintage, best_last
from providers.errors import NoDataError
from providers.files.funds import no_closes, no_splits
from providers.listings.symbols import NO_COLUMN, JoinSide, SymbolJoin
from providers.public.funds import read_fund_archive
from shortside.datasets import Dataset
from shortside.index_members import INDEXES, Membership
from shortside.tables.index_breadth import IndexFacts


def read_index_archive(archive: Archive, ours: JoinSide, moment: datetime) -> IndexFacts:
    """The members of indexes as they were known at a moment, and the net asset values of their funds as closes.

    Args:
        archive: where the holdings are.
        ours: the names of the market; a member that is one of them is called as it is there.
        moment: what became known after it is left out.

    Raises:
        ArchiveError: a vintage can no longer be read.
    """
    try:
        funds = read_fund_archive(archive, moment)
    except NoDataError:
        closes, splits = no_closes(), no_splits()
    else:
        days = funds.days[["date", "symbol", "nav"]].rename(columns={"nav": "close"})
        known = days["date"] <= pd.Timestamp(moment.date())
        closes, splits = days[known], funds.splits
    return IndexFacts(memberships=tuple(_memberships(archive, ours, moment)), closes=closes, splits=splits)


def _memberships(archive: Archive, ours: JoinSide, moment: datetime) -> Iterator[Membership]:
    index_of = {index.fund: index.key for index in INDEXES}
    join = SymbolJoin(ours)
    lists: dict[tuple[str, date], pd.DataFrame] = {}
    for look in _read_ones([one for one in archive.vintages(Dataset.INDEX_MEMBERS) if one.known_at <= moment], moment):
        for fund, rows in archive.read(look).frame.groupby("fund"):
            lists[str(fund), look.as_of] = rows
    for (fund, day), rows in sorted(lists.items(), key=lambda one: one[0]):
        if fund in index_of:
            yield _list_of(index_of[fund], day, _as_ours(join, ours, rows))


def _read_ones(looks: list[Vintage], moment: datetime) -> list[Vintage]:
    """The looks at the last day of each month that is kept, and at the newest day; the best of a day last."""
    days = sorted({look.as_of for look in looks})
    ends = {(day.year, day.month): day for day in days}
    chosen = set(ends.values())
    return [look for look in best_last(looks, moment) if look.as_of in chosen]


def _as_ours(join: SymbolJoin, ours: JoinSide, rows: pd.DataFrame) -> list[str]:
    """The symbols of a list as the market spells them; those it does not have as the list does."""
    symbols, names = rows["symbol"].astype(str).tolist(), rows["name"].astype(str).tolist()
    columns = join.columns(JoinSide(symbols=symbols, names=names, exchanges=[""] * len(symbols)))
    return [
        symbol if column == NO_COLUMN else ours.symbols[column]
        for symbol, column in zip(symbols, columns.tolist(), strict=True)
    ]


def _list_of(index: str, day: date, symbols: list[str]) -> Membership:
    return Membership(
        index=index,
        symbols=np.array(symbols, str),
        starts=np.full(len(symbols), np.datetime64(day, "D")),
        ends=np.full(len(symbols), np.datetime64("NaT", "D")),
        known_from=day,
        known_to=day,
        words=f"list of {day}",
    )
