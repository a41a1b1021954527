"""What the screen of the cost of borrowing shows, made ready in a thread: the groups of names and their sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shortside.dollar_units import unit_of_column
from shortside.listings import Flags, Indexes
from shortside.loans.history import LoanHistory
from shortside.loans.path import LoanPath
from shortside.tables.borrow import BorrowSums, BorrowTable
from shortside.words.group_words import tier_word
from tui.errors import SourceError
from tui.sources.loans import loan_history, loan_paths

if TYPE_CHECKING:
    from shortside.market import Market
    from shortside.view import View
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


class LoanStage(Protocol):
    """What the reader asks of the monitor."""

    @property
    def options(self) -> Options:
        """What is shown, as the user settled it."""

    @property
    def loaded(self) -> LoadedMarket | None:
        """The market of the present; None until one is read."""

    @property
    def shown(self) -> LoadedMarket | None:
        """The market that is shown, of the present or a past evening; None until one is read."""

    @property
    def view(self) -> View | None:
        """The view asked for last; None until there is a market."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class BorrowGroup:
    """Names of the table that are looked at together."""

    words: str
    among: Flags
    """(N,) which names."""
    sort_key: str
    """The figure of `BorrowTable` whose largest come first."""
    sums: BorrowSums
    is_indented: bool = True
    nothing: str = "none"
    """What is said where it has no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowUnits:
    """The units in which the dollars of names are written, a letter a column."""

    names: str
    """Of short interest and P&L: that of all tables of names."""
    carry: str
    """Of what a day costs, and of what a change of the fee adds to it."""
    paid: str
    """Of what the borrow cost in the window."""


def units_of(table: BorrowTable) -> BorrowUnits:
    """The units that suit the largest figure of each column, whichever group is shown."""
    return BorrowUnits(
        names=table.board.units.names,
        carry=unit_of_column(table.carry_day, table.added_carry_day),
        paid=unit_of_column(table.paid),
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class BorrowPage:
    """The cost of borrowing in a market."""

    table: BorrowTable
    groups: tuple[BorrowGroup, ...]
    mark: str
    """What the market bears where it is not the present one: `SIM`."""
    units: BorrowUnits
    """The units of the columns of dollars."""

    @property
    def unit(self) -> str:
        """The unit of short interest and P&L."""
        return self.units.names

    @property
    def history(self) -> LoanHistory:
        """The looks behind it."""
        return self.table.history

    def order(self, group: BorrowGroup, sort_key: str | None = None, *, descends: bool = True) -> Indexes:
        """Columns of a group's names by a figure, unknown last; in the group's own order for None."""
        board = self.table.board
        key = sort_key or group.sort_key
        if key == "symbol":
            ranks = board.symbol_ranks.astype(np.float64)
            return board.order(ranks, descends, group.among)
        if key == "none_since":
            since = self.history.none_since
            days = np.where(np.isnat(since), np.nan, since.astype("datetime64[D]").astype(np.float64))
            return board.order(days, descends, group.among)
        return board.order(getattr(self.table, key), descends, group.among)


class BorrowReader:
    """Makes the page of the market on the screen. Its methods block: call them in a thread.

    Args:
        stage: the monitor.
    """

    def __init__(self, stage: LoanStage) -> None:
        self._stage = stage
        self._kept: tuple[Market, LoanHistory] | None = None
        """The looks that were read last, for another window of the same market needs no others."""

    def page(self) -> BorrowPage:
        """The page of the market that is shown, in the view asked for last.

        Raises:
            SourceError: there is no market, no position in it, or no look at the list of stock loans.
        """
        stage = self._stage
        loaded, view = stage.shown, stage.view
        if loaded is None or view is None:
            raise SourceError("there is no market yet")
        board = loaded.desk.board(view)
        if board.measured_to is None:
            day = board.market.last_session
            raise SourceError(f"no settlement of short interest that was public by {day} is there")
        table = BorrowTable(board, self._history(loaded))
        groups = tuple(_groups(table))
        return BorrowPage(table=table, groups=groups, mark=loaded.market.mark, units=units_of(table))

    def paths(self, symbol: str) -> Iterator[LoanPath]:
        """The last year of a name of the market that is shown, as known there, in paths that grow as it is read.

        Raises:
            SourceError: the market has no such name, or the source keeps no path.
        """
        loaded = self._stage.shown
        columns = np.flatnonzero(loaded.market.symbols == symbol) if loaded is not None else np.empty(0, np.int64)
        if loaded is None or not len(columns):
            raise SourceError(f"{symbol} is not in the market on the screen")
        yield from loan_paths(self._options(loaded), loaded, int(columns[0]), is_read_apart=True)

    def _history(self, loaded: LoadedMarket) -> LoanHistory:
        if self._kept is None or self._kept[0] is not loaded.market:
            # Where a figure of the names rests on them they are read already.
            read = loaded.desk.fee_paths.history
            self._kept = loaded.market, read or loan_history(self._options(loaded), loaded)
        return self._kept[1]

    def _options(self, loaded: LoadedMarket) -> Options:
        """The options by which the looks of a market are read: a past evening knows no later one."""
        options = self._stage.options
        return options if loaded is self._stage.loaded else options._replace(as_of=loaded.market.last_session)


def _groups(table: BorrowTable) -> list[BorrowGroup]:
    """The three sections, then all names sold short and those of each tier."""
    board, none = table.board, np.zeros(len(table.fee), bool)

    def group(
        words: str, columns: Indexes, sort_key: str, *, is_indented: bool = True, nothing: str = ""
    ) -> BorrowGroup:
        among = none.copy()
        among[columns] = True
        sums = table.sums(words, columns)
        return BorrowGroup(
            words=words, among=among, sort_key=sort_key, sums=sums, is_indented=is_indented, nothing=nothing or "none"
        )

    week = "no look is known of a week before" if table.history.week_ago is None else "no fee rose with its price"
    held = np.flatnonzero(table.short_interest > 0)
    codes = board.tier_codes[held]
    tiers = (
        group(tier_word(label), held[codes == code], "carry_day") for code, label in enumerate(board.scheme.labels)
    )
    return [
        group("hardest", table.hardest(), "fee", is_indented=False, nothing="no fee is known"),
        group("fee & price up", table.rising(), "added_carry_day", is_indented=False, nothing=week),
        group(
            "gone to none", table.gone(), "short_interest", is_indented=False, nothing="nothing ran out while we looked"
        ),
        group("the book", held, "carry_day", is_indented=False),
        *(one for one in tiers if one.sums.names),
    ]
