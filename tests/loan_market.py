"""Looks at a made-up list of stock loans, and an archive that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from providers.archive.vintages import Archive, Vintage
from providers.ibkr.list_file import BORROW_LIST, parse_borrow_list
from providers.listings.loan_columns import LoanColumns
from providers.listings.symbols import JoinSide
from shortside.datasets import Dataset
from shortside.loans.history import LoanState
from shortside.sessions import new_york_date
from shortside.snapshot import Snapshot

OPENS = datetime(2023, 2, 6, 14, tzinfo=UTC)
"""Nine in the morning of a Monday in New York."""
QUARTER = timedelta(minutes=15)
Loan = tuple[float | None, float | None]
"""Fee, a fraction a year, and shares available; None is unknown."""


def loan_rows(loans: Mapping[str, Loan]) -> pd.DataFrame:
    """A list as the broker's is read; ten million shares are a lower bound."""
    rows = pd.DataFrame(
        {
            "symbol": list(loans),
            "fee": [fee for fee, _ in loans.values()],
            "available": [available for _, available in loans.values()],
            "is_capped": [available == 10_000_000 for _, available in loans.values()],
            "rebate": [None if fee is None else 0.04 - fee for fee, _ in loans.values()],
            "figi": [f"BBG{symbol}" for symbol in loans],
        }
    )
    return BORROW_LIST.conform(rows, "made up")


def loan_look(known_at: datetime, loans: Mapping[str, Loan], frame: pd.DataFrame | None = None) -> Snapshot:
    """A look that became known at a moment, and was made two minutes later."""
    return Snapshot(
        dataset=Dataset.BORROW,
        frame=loan_rows(loans) if frame is None else frame,
        as_of=new_york_date(known_at),
        published_at=known_at,
        fetched_at=known_at + timedelta(minutes=2),
        source="ibkr_borrow",
        attribution="Source: Interactive Brokers",
    )


def appended(archive: Archive, looks: Sequence[tuple[datetime, Mapping[str, Loan]]]) -> list[Vintage]:
    """Stores looks, each as a file of its own."""
    return [archive.append(loan_look(moment, loans)) for moment, loans in looks]


def moments(day: int, count: int) -> list[datetime]:
    """A quarter of an hour after another, from nine in the morning of a day after `OPENS`."""
    return [OPENS + timedelta(days=day) + look * QUARTER for look in range(count)]


def day_of(day: int) -> date:
    """A day after that of `OPENS`."""
    return new_york_date(OPENS + timedelta(days=day))


def write_looks(folder: Path, looks: Sequence[tuple[date, Mapping[str, tuple[object, object]]]]) -> Path:
    """Lists as the broker writes them, in a market folder: of each day the fee in per cent and shares by symbol."""
    (folder / "borrow").mkdir(parents=True)
    for day, loans in looks:
        lines = [f"{symbol}|USD|{symbol}|1|X|0|{fee}|{shares}|" for symbol, (fee, shares) in loans.items()]
        at = f"#BOF|{day:%Y.%m.%d}|16:30:00"
        head = "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|"
        text = "\n".join([at, head, *lines, f"#EOF|{len(lines)}"])
        (folder / "borrow" / f"ibkr_usa_{day:%Y%m%d}_1630.txt").write_text(text + "\n")
    return folder


def every_look(folder: Path, ours: JoinSide) -> list[LoanState]:
    """What every list of a market folder says, read one by one, in the order in which they became known."""
    columns, states = LoanColumns(ours), []
    for path in sorted((folder / "borrow").iterdir()):
        look = parse_borrow_list(path.read_bytes(), path.name)
        made_at, rows = look.made_at.astimezone(UTC), look.rows
        values = (rows["fee"].to_numpy(), rows["available"].to_numpy(), rows["is_capped"].to_numpy(bool))
        states.append(columns.state((look.as_of, made_at, made_at), rows["symbol"].tolist(), values))
    return sorted(states, key=lambda one: one.known_at)
