"""What the lists of threshold securities have in common: their columns, and the exchanges' one file format.

A security is on its exchange's list while its fails to deliver have been large for five settlement days; shorts that
fail for thirteen must be bought in (Regulation SHO, Rule 203). https://www.sec.gov/investor/pubs/regsho.htm
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
import pandas as pd

from providers.catalog import Card
from providers.errors import MalformedError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Answer, Fetched
from providers.http.clients import Clients
from providers.listings.symbols import canonical
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, even_lines
from providers.parsing.snapshots import snapshot_by
from shortside.column_cells import Columns
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK, in_utc, new_york_date, previous_session
from shortside.snapshot import Snapshot

THRESHOLD: Final = FrameSchema(
    Dataset.THRESHOLD,
    (
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="market", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="is_threshold", kind=ColumnKind.FLAG),
        Column(name="is_rule_4320", kind=ColumnKind.FLAG),
    ),
    key=("symbol", "date"),
)
"""One list of a session. `is_rule_4320` is FINRA's like rule for companies that do not report to the SEC."""
LISTED_ON: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "nasdaq_threshold": frozenset({"nasdaq"}),
        "nyse_threshold": frozenset({"nyse", "amex", "arca"}),
        "cboe_threshold": frozenset({"bzx"}),
        "finra_threshold": frozenset({"otc"}),
    }
)
"""Whose securities each provider's list is of: who is on none of them is known not to be only where his was read."""

_BEGINNING: Final = ("Symbol", "Security Name", "Market Category", "Reg SHO Threshold Flag")
_STAMP: Final = re.compile(r"\d{14}")


@parser("a threshold list")
def parse_list(body: bytes, where: str, session: date) -> tuple[pd.DataFrame, datetime]:
    """A list as `THRESHOLD` has it, empty on a good day, and when the exchange made it, UTC.

    The exchanges write alike: pipes, a header, and the moment of its making as the last line, New York time.

    Raises:
        MalformedError: it has no such last line, was made before the session, a line has other cells than the header,
            or a cell makes no sense.
    """
    lines = [line.rstrip("\r") for line in body.decode("latin-1").rstrip().split("\n")]
    header = lines[0].split("|")
    if tuple(header[: len(_BEGINNING)]) != _BEGINNING:
        raise MalformedError(f"begins with {lines[0][:40]!r} instead of its header", where=where, line=1)
    made_at = _made_at(lines[-1].strip(), where)
    if new_york_date(made_at) < session:
        raise MalformedError(f"was made on {new_york_date(made_at)}, before {session} was over", where=where)
    bars = len(header) - 1
    whole = even_lines(
        lines[1:-1],
        lambda line: line.count("|") == bars,
        where,
        f"does not have {len(header)} cells separated by |",
    )
    # Only now: a list a line of a million would be half a gigabyte.
    cells = [line.split("|") for line in whole]
    symbols, names, markets, flags = ([row[place].strip() for row in cells] for place in range(len(_BEGINNING)))
    rows = list_columns(session, symbols, names, markets, [flag == "Y" for flag in flags], [False] * len(cells))
    return enter(THRESHOLD, rows, where), made_at


def list_columns(
    session: date,
    symbols: Sequence[str],
    names: Sequence[str],
    markets: Sequence[str],
    is_threshold: Sequence[bool],
    is_rule_4320: Sequence[bool],
) -> Columns:
    """A list's columns, before the schema has seen them."""
    return {
        "date": np.full(len(symbols), np.datetime64(session, "s")),
        "symbol": np.array([canonical(symbol) for symbol in symbols], object),
        "name": np.array(names, object),
        "market": np.array(markets, object),
        "is_threshold": np.array(is_threshold, bool),
        "is_rule_4320": np.array(is_rule_4320, bool),
    }


def fetched_list(answer: Answer[tuple[pd.DataFrame, datetime]], card: Card, session: date) -> Fetched:
    """What an exchange's answer brought; nothing where its file did not change."""
    # It is made once, when the session's fails are known; no correction was ever seen.
    receipt = answer.receipt.final(True)
    if answer.content is None:
        return Fetched(snapshot=None, receipts=(receipt,))
    rows, made_at = answer.content
    snapshot = snapshot_of(rows, card, session, min(made_at, answer.fetched_at), answer.fetched_at)
    return Fetched(snapshot=snapshot, receipts=(receipt,))


def snapshot_of(
    rows: pd.DataFrame, card: Card, session: date, published_at: datetime | None, fetched_at: datetime
) -> Snapshot:
    """One look at a session's list."""
    return snapshot_by(
        card,
        Dataset.THRESHOLD,
        rows,
        as_of=session,
        published_at=published_at,
        fetched_at=fetched_at,
    )


def _made_at(stamp: str, where: str) -> datetime:
    if not _STAMP.fullmatch(stamp):
        raise MalformedError("does not end with the moment of its making: it was cut off", where=where)
    try:
        made_at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=NEW_YORK)
    except ValueError as error:
        raise MalformedError(f"{stamp!r} is no moment", where=where) from error
    return in_utc(made_at)


class ThresholdProvider(Protocol):
    """An exchange's threshold lists."""

    async def fetch(self, session: date) -> Fetched:
        """The list of a session; raises ProviderError."""


def threshold_feed(make: Callable[[Clients], ThresholdProvider]) -> Callable[[Surroundings], Ask]:
    """Asks an exchange for its list of the session before today: each is made overnight.

    Args:
        make: the exchange, given the clients it asks through.
    """

    def feed(surroundings: Surroundings) -> Ask:
        provider = make(surroundings.clients)

        async def ask() -> Delivery:
            session = previous_session(new_york_date(surroundings.clock()))
            return Delivery(fetched=(await provider.fetch(session),))

        return ask

    return feed
