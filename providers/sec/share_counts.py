"""Asks the SEC how many shares companies say are outstanding, on the cover of their reports.

https://www.sec.gov/search-filings/edgar-application-programming-interfaces, "frames": one fact of all filers for one
quarter. Filers with several classes of stock and foreign ones are mostly absent, some are wrong by a thousand times,
and nothing says when a figure was filed: a check on other counts, not a history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd

from providers.catalog import DATA_SEC, SEC_FRAMES, SEC_TICKERS
from providers.errors import BlockedError, MalformedError, NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings, newest_held
from providers.http.client import Fetched, content_of
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, read_json, record_of, rows_of
from providers.parsing.snapshots import snapshot_by
from providers.sec.common import with_advice
from shortside.column_cells import numbers_of
from shortside.datasets import Dataset, Quality
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import new_york_date
from shortside.snapshot import Snapshot

PATH: Final = "/api/xbrl/frames/dei/EntityCommonStockSharesOutstanding/shares/{frame}.json"
QUARTERS_READ: Final = 4
"""How many of the newest quarters are read: a filer that is late in one is in another."""
FEWEST_SHARES: Final = 100_000
"""No listed company has fewer; a smaller figure was filed in thousands or millions."""
MOST_SHORT_RATIO: Final = 1.5
"""Short interest above this share of the count says that the count is wrong."""
MOST_DIFFERENCE: Final = 0.2
"""How far a count may be from another source's, as a fraction of it; beyond, one of them is wrong."""
FILED_COUNTS: Final = FrameSchema(
    Dataset.SHARES_OUTSTANDING,
    (
        Column(name="cik", kind=ColumnKind.INTEGER, minimum=1),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="shares_outstanding", kind=ColumnKind.SHARES, unit="shares", minimum=0),
    ),
    key=("cik",),
)
"""One count a filer, as filed, with the day it speaks of."""
SYMBOL_COUNTS: Final = FrameSchema(
    Dataset.SHARES_OUTSTANDING,
    (Column(name="symbol", kind=ColumnKind.TEXT), *FILED_COUNTS.columns),
    key=("symbol",),
)
"""One count a symbol, as filed, with the day it speaks of."""


def frames_before(day: date, count: int = QUARTERS_READ) -> tuple[str, ...]:
    """The names of the newest frames at a day, newest first: `CY2023Q3I`, `CY2023Q2I`, …; I is for instant."""
    newest = day.year * 4 + (day.month - 1) // 3
    return tuple(f"CY{quarter // 4}Q{quarter % 4 + 1}I" for quarter in range(newest, newest - count, -1))


@parser("SEC share counts")
def parse_frame(body: bytes, frame: str) -> pd.DataFrame:
    """One frame as `FILED_COUNTS` has it, as filed, implausible figures and all.

    Raises:
        NoDataError: it is empty.
        MalformedError: it is garbled, cut, or of another unit than shares.
    """
    where = f"SEC frame {frame}"
    record = record_of(read_json(body, where), where)
    if record.get("uom") != "shares" or record.get("ccp") != frame:
        raise MalformedError(f"is {record.get('ccp')} in {record.get('uom')}, not {frame} in shares", where=where)
    rows = pd.DataFrame(rows_of(record.get("data"), where), dtype=object)
    if rows.empty:
        raise NoDataError(f"the SEC's frame {frame} is empty")
    told = len(record["data"])
    if record.get("pts") != told:
        raise MalformedError(f"has {told:,} rows and says {record.get('pts')}", where=where)
    named = rows.rename(columns={"entityName": "name", "end": "date", "val": "shares_outstanding"})
    if "shares_outstanding" not in named.columns:
        raise MalformedError("there is no such field", where=where, column="val")
    # A count is now and then negative or has a fraction: such a row is as good as none.
    counts = pd.Series(numbers_of(named["shares_outstanding"]), index=named.index)
    is_count = (counts >= 0) & (counts % 1 == 0)
    named = named.assign(cik=numbers_of(named["cik"]) if "cik" in named.columns else np.nan)
    # As texts: what is no day at all compares with nothing else.
    ordered = named[is_count].sort_values("date", key=lambda days: days.astype(str))
    return enter(FILED_COUNTS, ordered[ordered["cik"].isna() | ~ordered["cik"].duplicated(keep="last")], where)


def newest_of_filers(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Each filer's newest count out of several frames, rows as `FILED_COUNTS` has them."""
    rows = pd.concat(frames, ignore_index=True).sort_values("date", kind="stable")
    return rows.drop_duplicates("cik", keep="last").sort_values("cik", ignore_index=True)


def by_symbol(filed: pd.DataFrame, tickers: pd.DataFrame) -> pd.DataFrame:
    """The counts of companies with one ticker, rows as `SYMBOL_COUNTS` has them.

    A count on a report's cover is the company's. With several classes of stock nobody can say whose it is, and a
    preferred or a warrant beside the stock is as ambiguous, so it is left out.

    Args:
        filed: as `FILED_COUNTS` has it.
        tickers: with `symbol` and `cik`, as `sec_tickers` gives it.
    """
    single = tickers[~tickers["cik"].duplicated(keep=False)]
    joined = single[["symbol", "cik"]].merge(filed, on="cik").sort_values("symbol", ignore_index=True)
    return enter(SYMBOL_COUNTS, joined, "SEC shares outstanding")


@dataclass(frozen=True, eq=False, slots=True)
class SiftedCounts:
    """Counts that may be believed, and the rest."""

    rows: pd.DataFrame
    """As `SYMBOL_COUNTS` has them."""
    rejected: pd.DataFrame
    """The counts not to be believed, with a `reason` in words."""


def sifted_counts(
    counts: pd.DataFrame,
    *,
    shares_short: Mapping[str, float] | None = None,
    other_counts: Mapping[str, float] | None = None,
    split_symbols: frozenset[str] = frozenset(),
) -> SiftedCounts:
    """Put aside what cannot be: the SEC prints what companies typed.

    Args:
        counts: as `SYMBOL_COUNTS` has them.
        shares_short: by symbol, shares; counts of which more than 150 % would be short are rejected.
        other_counts: by symbol, another source's count; one more than 20 % away from it is rejected.
        split_symbols: names that split since the count's day, whose counts may well differ.
    """
    shares = counts["shares_outstanding"].to_numpy(np.float64)
    short = counts["symbol"].map(shares_short or {}).to_numpy(np.float64)
    other = counts["symbol"].map(other_counts or {}).to_numpy(np.float64)
    has_split = counts["symbol"].isin(split_symbols).to_numpy()
    is_few = shares < FEWEST_SHARES
    is_short = short > MOST_SHORT_RATIO * shares
    is_away = (np.abs(shares - other) > MOST_DIFFERENCE * other) & ~has_split
    reasons = np.select(
        [is_few, is_short, is_away],
        [
            f"fewer than {FEWEST_SHARES:,} shares",
            f"more than {MOST_SHORT_RATIO:.0%} of them would be sold short",
            f"more than {MOST_DIFFERENCE:.0%} away from another source's count",
        ],
        "",
    )
    is_sound = reasons == ""
    rejected = counts[~is_sound].assign(reason=reasons[~is_sound])
    return SiftedCounts(counts[is_sound].reset_index(drop=True), rejected.reset_index(drop=True))


class SecFrames:
    """Share counts of the newest quarters."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(
        self,
        tickers: pd.DataFrame,
        *,
        shares_short: Mapping[str, float] | None = None,
        other_counts: Mapping[str, float] | None = None,
        split_symbols: frozenset[str] = frozenset(),
    ) -> Fetched:
        """The newest believable count of every company with one ticker.

        A missing quarter makes the snapshot PARTIAL and a note; the current one is not there in its first weeks.

        Args:
            tickers: as `sec_tickers` gives it.
            shares_short: by symbol, shares; a count of which more than 150 % would be short is rejected.
            other_counts: by symbol, another source's count; one more than 20 % away from it is rejected.
            split_symbols: names that split since, whose counts may well differ.

        Raises:
            ProviderError: no frame was answered.
        """
        fetched_at = self._clients.moment()
        today = new_york_date(fetched_at)
        names = frames_before(today)
        outcomes = await asyncio.gather(*(self._frame(name) for name in names))
        frames = [outcome for outcome in outcomes if isinstance(outcome, pd.DataFrame)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, ProviderError)]
        if not frames:
            raise failures[0]
        sound = sifted_counts(
            by_symbol(newest_of_filers(frames), tickers),
            shares_short=shares_short,
            other_counts=other_counts,
            split_symbols=split_symbols,
        )
        is_whole = all(type(failure) is NoDataError for failure in failures)
        return Fetched(snapshot=_snapshot(sound, failures, is_whole, today, fetched_at))

    async def _frame(self, name: str) -> pd.DataFrame | ProviderError:
        try:
            answer = await self._clients.of(DATA_SEC, SEC_FRAMES.name).get(
                PATH.format(frame=name), lambda body: parse_frame(body, name), form=Form.JSON
            )
        except BlockedError as error:
            return with_advice(error, self._clients.contact)
        except ProviderError as error:
            return error
        return content_of(answer)


def _snapshot(
    sound: SiftedCounts, failures: Sequence[ProviderError], is_whole: bool, today: date, fetched_at: datetime
) -> Snapshot:
    if sound.rows.empty:
        raise NoDataError("the SEC has no believable share count for any of the names")
    counted = sound.rejected["reason"].value_counts()
    notes = [f"{count} counts rejected: {reason}" for reason, count in counted.items()]
    return snapshot_by(
        SEC_FRAMES,
        Dataset.SHARES_OUTSTANDING,
        sound.rows,
        # A filer may date its cover in the future by mistake.
        as_of=min(sound.rows["date"].max().date(), today),
        fetched_at=fetched_at,
        quality=Quality.OK if is_whole else Quality.PARTIAL,
        notes=(*notes, *(f"a quarter is missing: {failure}" for failure in failures)),
    )


def share_count_feed(surroundings: Surroundings) -> Ask:
    """Asks the SEC for the share counts companies filed, of those whose tickers the archive has."""
    provider = SecFrames(surroundings.clients)

    async def ask() -> Delivery:
        tickers = await asyncio.to_thread(newest_held, surroundings.archive, (Dataset.REFERENCE,), SEC_TICKERS.name)
        if tickers is None:
            # No word about the source, so the week is not over with it: tried again in a minute.
            raise ProviderError("the SEC's list of tickers has not arrived yet")
        rows = await asyncio.to_thread(surroundings.archive.read, tickers)
        return Delivery(fetched=(await provider.fetch(rows.frame),))

    return ask
