"""Prints the tier table out of an archive beside the one out of a folder of files, and the names that part them.

    python -m docs.compare_public --data ../shared/market --archive FOLDER --moment 2023-09-07T17:30-04:00

Year to date, as known at the moment, tiers by the cap at its end. Differences are of a group's average short interest.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from providers.files.source import FilesProvider
from providers.public.source import PublicProvider
from shortside.board import Board, Desk
from shortside.listings import Listings
from shortside.market import market_of
from shortside.positions import Knowledge
from shortside.rows import tier_table
from shortside.sessions import NEW_YORK
from shortside.view import View

NAMES_IN_A_ROW: Final = 8
"""How many names are printed of a group."""
LEAST_DOLLARS_SHOWN: Final = 5e5
"""Dollars below which a name is not worth printing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What parts the two tables in a group of tiers; USD."""

    label: str
    filed: float
    """Short P&L by the files."""
    public: float
    """Short P&L by the archive."""
    gross: float
    """Average short interest by the files."""
    counted_by_both: float
    """The archive's P&L less the files', over names that both have in this group."""
    names: tuple[tuple[str, float], ...]
    """The names that part them, the most dollars first: what each adds to the archive's P&L less the files'."""

    @property
    def share(self) -> float:
        """The archive's P&L less the files', as a part of the gross dollars; NaN where there are none."""
        return self._of_gross(self.public - self.filed)

    @property
    def share_of_both(self) -> float:
        """The difference over the names that both tables have in this group, as a fraction of short interest."""
        return self._of_gross(self.counted_by_both)

    def _of_gross(self, dollars: float) -> float:
        return dollars / self.gross if self.gross else math.nan


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m docs.compare_public", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the reference market")
    parser.add_argument("--archive", type=Path, required=True, metavar="FOLDER", help="what `backfill` has filled")
    parser.add_argument(
        "--moment", type=datetime.fromisoformat, required=True, help="ISO; New York's without an offset"
    )
    options = parser.parse_args(arguments)
    moment = options.moment if options.moment.tzinfo else options.moment.replace(tzinfo=NEW_YORK)
    day = moment.astimezone(NEW_YORK).date()
    files = FilesProvider(options.data).read_listings(knowledge=day, until=day)
    public = PublicProvider(options.archive, clock=lambda: moment).read_listings()
    found = differences(board_of(files, moment), board_of(public, moment))
    sys.stdout.write("\n".join(lines_of(found)) + "\n")


def board_of(listings: Listings, moment: datetime) -> Board:
    """The year to date, as known at the moment."""
    market = market_of(listings, as_of=moment.astimezone(NEW_YORK).date())
    return Desk(market).board(View(window="ytd", knowledge=Knowledge.AS_KNOWN))


def differences(files: Board, public: Board) -> Iterator[Difference]:
    """Every group of tiers both have."""
    ours = {row.label: row.profit for row in tier_table(public).rollup}
    for row in tier_table(files).rollup:
        groups = dict(files.scheme.groups())[row.label]
        apart, both = _by_name(files, public, groups)
        named = sorted(apart.items(), key=lambda item: (-abs(item[1]), item[0]))
        yield Difference(
            label=row.label,
            filed=row.profit,
            public=ours.get(row.label, 0.0),
            gross=row.average_short_interest,
            counted_by_both=both,
            names=tuple(named),
        )


def _by_name(files: Board, public: Board, groups: Sequence[int]) -> tuple[dict[str, float], float]:
    filed, shown = _profits(files, groups), _profits(public, groups)
    apart = {symbol: shown.get(symbol, 0.0) - filed.get(symbol, 0.0) for symbol in filed.keys() | shown.keys()}
    return apart, sum(apart[symbol] for symbol in filed.keys() & shown.keys())


def _profits(board: Board, groups: Sequence[int]) -> dict[str, float]:
    """Short P&L of the names in some tiers that were held short; one without P&L adds nothing, as in the table."""
    is_held = board.included & (board.average_short_interest > 0) & np.isfinite(board.profit)
    places = np.flatnonzero(is_held & np.isin(board.tier_codes, list(groups)))
    return {str(board.market.symbols[place]): float(board.profit[place]) for place in places}


def lines_of(found: Iterator[Difference]) -> Iterator[str]:
    """The comparison as the lines of a Markdown table."""
    yield "| group | P&L files | P&L archive | difference | of names counted by both | most of it |"
    yield "|---|---|---|---|---|---|"
    for one in found:
        largest = one.names[:NAMES_IN_A_ROW]
        shown = [(symbol, dollars) for symbol, dollars in largest if abs(dollars) >= LEAST_DOLLARS_SHOWN]
        names = ", ".join(f"{symbol} {dollars / 1e6:+,.0f} mm" for symbol, dollars in shown)
        yield (
            f"| {one.label} | {one.filed / 1e9:+,.2f} bn | {one.public / 1e9:+,.2f} bn | {_percent(one.share)} "
            f"| {_percent(one.share_of_both)} | {names} |"
        )


def _percent(share: float) -> str:
    return "—" if math.isnan(share) else f"{share:+.2%}"


if __name__ == "__main__":
    main()
