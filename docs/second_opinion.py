"""Prints every name whose short P&L parts from a second opinion, and the rule that parts them.

    python -m docs.second_opinion --data ../shared/market --as-of 2023-09-07 --window ytd

The second opinion chains net changes under the symbols that the files print, and knows no list of splits, no ticker
change and no repair. Where it parts from us by more than 30 mm, one of our rules decided, and one of the two is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from docs._second_groups import Group, groups_of
from docs._second_path import second_path
from docs._second_reasons import Case, Reason, reasons_of
from docs._second_tape import Tape, read_tape
from providers.errors import NoDataError, ProviderError
from providers.files.source import FilesProvider
from shortside.board import Board, Desk
from shortside.listings import Listings
from shortside.market import market_of
from shortside.named_windows import WindowError, first_day, named_window
from shortside.positions import Knowledge
from shortside.view import View

LEAST_DOLLARS: Final = 30e6
"""USD by which a name must part to be printed."""
LEAD_DAYS: Final = 120
"""Read before the window begins, so that positions and symbols are known when it does."""
TAIL_DAYS: Final = 45
"""Read after the day with hindsight, so that the settlement after it is there."""
LONGEST_REST_DAYS: Final = 7
"""A day this much later than the last session is not of the market read: no holidays are as long."""
LEAST_PART: Final = 0.1
"""Of the difference, that a rule must make to be printed beside the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A name, or names of one another's shares, whose P&L the two compute apart; US dollars."""

    label: str
    ours: float
    theirs: float
    reasons: tuple[Reason, ...]
    """The rule that decided most first; together they are the difference."""

    @property
    def apart(self) -> float:
        """Ours less the second opinion's."""
        return self.ours - self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """All that part, and how much was compared."""

    board: Board
    compared: int
    """Names and symbols, those of the same shares counted once, with P&L on either side."""
    ours: float
    theirs: float
    least: float
    """USD by which a name must part to be among the next."""
    partings: tuple[Parting, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m docs.second_opinion", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="prices and reports as Parquet")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, metavar="DATE", help="the last session")
    parser.add_argument("--window", default="ytd", help="of P&L, as the monitor's (default: %(default)s)")
    parser.add_argument("--known", type=Knowledge, default=Knowledge.AS_KNOWN, choices=list(Knowledge), metavar="WHAT")
    parser.add_argument("--least", type=float, default=LEAST_DOLLARS / 1e6, metavar="MM", help="millions apart")
    options = parser.parse_args(arguments)
    try:
        found = opinion_of_folder(options.data, options.as_of, options.window, options.known, options.least * 1e6)
    except ProviderError as error:
        parser.exit(4, f"{error}\n")
    except WindowError as error:
        parser.error(str(error))
    sys.stdout.write("\n".join(lines_of(found)) + "\n")


def opinion_of_folder(folder: Path, day: date, window: str, known: Knowledge, least: float = LEAST_DOLLARS) -> Opinion:
    """Read the folder twice, each by its own reader, and compare."""
    since, is_known = _begin(window, day), known is Knowledge.AS_KNOWN
    until = day if is_known else day + timedelta(days=TAIL_DAYS)
    listings = FilesProvider(folder).read_listings(knowledge=day if is_known else None, since=since, until=until)
    return opinion(
        listings, read_tape(folder, since=since, until=until), day, View(window=window, knowledge=known), least
    )


def _begin(window: str, day: date) -> date:
    first, named = first_day(window), named_window(window)
    if first is None and named is not None and named.day_before is not None:
        first = named.day_before(day)
    return min(first or day, day) - timedelta(days=LEAD_DAYS)


def opinion(listings: Listings, tape: Tape, day: date, view: View, least: float = LEAST_DOLLARS) -> Opinion:
    """Compare the two, name by name, from a while before the window on.

    Args:
        listings: read from the folder of the tape.
        tape: at least on the sessions of the listings.
        day: the last session of the window.
        view: its window and knowledge; as known, no report that came out after the day is heard.
        least: USD apart from which on a name is told.

    Raises:
        NoDataError: the day lies after the last session read.
        WindowError: there is no such window.
    """
    since, is_known = _begin(view.window, day), view.knowledge is Knowledge.AS_KNOWN
    board = Desk(market_of(listings, as_of=day, since=since)).board(view)
    if day - board.market.last_session > timedelta(days=LONGEST_REST_DAYS):
        raise NoDataError(f"prices end on {board.market.last_session}; there is nothing to compare on {day}")
    listings = _on(listings, board.market.sessions[0], board.market.sessions[-1] if is_known else listings.sessions[-1])
    tape = tape.on(listings.sessions, day if is_known else None)
    place = {symbol: column for column, symbol in enumerate(listings.symbols.tolist())}
    columns = np.array([place[symbol] for symbol in board.market.symbols.tolist()], np.int64)
    path = second_path(tape.close, tape.net_change, tape.shares_short, tape.settled_at)
    case = Case(board=board, listings=listings, columns=columns, tape=tape, path=path)
    start, end = board.window.start, board.window.end
    theirs = path.profit[start + 1 : end + 1].sum(axis=0)
    ours = np.zeros(len(listings.symbols))
    ours[columns] = board.profit
    # What we call unknown is no figure to hold against another.
    groups = [group for group in groups_of(listings, tape) if np.isfinite(ours[list(group.names)]).all()]
    sums = [(float(ours[list(group.names)].sum()), float(theirs[list(group.symbols)].sum())) for group in groups]
    apart = [
        Parting(label=_label(case, group), ours=mine, theirs=other, reasons=reasons_of(case, group))
        for group, (mine, other) in zip(groups, sums, strict=True)
        if abs(mine - other) > least
    ]
    return Opinion(
        board=board,
        compared=sum(mine != 0 or other != 0 for mine, other in sums),
        ours=sum(mine for mine, _ in sums),
        theirs=sum(other for _, other in sums),
        least=least,
        partings=tuple(sorted(apart, key=lambda parting: (-abs(parting.apart), parting.label))),
    )


def _on(listings: Listings, first: np.datetime64, last: np.datetime64) -> Listings:
    """The closes of some sessions; nothing else of the listings is cut."""
    kept = (listings.sessions >= first) & (listings.sessions <= last)
    return replace(listings, sessions=listings.sessions[kept], close=listings.close[kept])


def _label(case: Case, group: Group) -> str:
    """The symbols of a group, the newest first."""
    last = {str(case.tape.symbols[symbol]): _last(case.tape, symbol) for symbol in group.symbols}
    names = {str(case.listings.symbols[name]) for name in group.names}
    ordered = sorted(last, key=lambda symbol: (symbol not in names, -last[symbol], symbol))
    return ", ".join(ordered or sorted(names))


def _last(tape: Tape, symbol: int) -> int:
    return int(np.isfinite(tape.close[:, symbol]).nonzero()[0].max(initial=-1))


def lines_of(found: Opinion) -> Iterator[str]:
    """The comparison as a Markdown table."""
    window = found.board.window
    yield (
        f"P&L from the close of {window.start_date} to {window.end_date}, {found.board.view.knowledge}:"
        f" names compared: {found.compared:,}; ours {found.ours / 1e9:,.3f} bn, the second opinion"
        f" {found.theirs / 1e9:,.3f} bn; {len(found.partings):,} apart by more than {found.least / 1e6:,.0f} mm."
    )
    if not found.partings:
        return
    yield ""
    yield "| names | ours, mm | second opinion, mm | apart, mm | the rules that part them, mm |"
    yield "| --- | --: | --: | --: | --- |"
    for parting in found.partings:
        yield (
            f"| {parting.label} | {parting.ours / 1e6:,.1f} | {parting.theirs / 1e6:,.1f} | {parting.apart / 1e6:,.1f}"
            f" | {'; '.join(_words(parting))} |"
        )


def _words(parting: Parting) -> Iterator[str]:
    for place, reason in enumerate(parting.reasons):
        if place == 0 or abs(reason.dollars) >= LEAST_PART * abs(parting.apart):
            seen = f" ({reason.evidence})" if reason.evidence else ""
            yield f"{reason.rule} {reason.dollars / 1e6:+,.1f}{seen}"


if __name__ == "__main__":
    main()
