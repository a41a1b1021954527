"""Reads the publications of a monitor's source: the newest out of its market, any other as it was on its evening."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from providers.base import no_progress
from shortside.sessions import FIRST_DAY
from shortside.settlement import settlement_dates_between
from tui.errors import SourceError
from tui.memory import give_memory_back
from tui.screens.publication_page import OwnNames, PublicationPage, publication_page
from tui.sources.publications import archived_settlements, evening_of, known_settlements

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from shortside.view import View
    from tui.clock import Clock
    from tui.settings.configuration import Options
    from tui.settings.list_shelf import Lists
    from tui.sources.loaded_market import LoadedMarket

LONGEST_CYCLE: Final = timedelta(days=40)
"""Between two settlements there are never so many days."""
MOST_MARKETS_KEPT: Final = 3
"""Markets of past evenings that are kept for a step back; each is as large as the one on the screen."""


class ReaderStage(Protocol):
    """What the reader asks of the monitor."""

    @property
    def options(self) -> Options:
        """What is shown, as the user settled it."""

    @property
    def clock(self) -> Clock:
        """The present moment."""

    @property
    def shown(self) -> LoadedMarket | None:
        """The market that is shown, of the present or a past evening; None until one is read."""

    @property
    def view(self) -> View | None:
        """The view asked for last; None until there is a market."""

    @property
    def lists(self) -> Lists:
        """The user's own lists as they were read last."""

    @property
    def current_list(self) -> str:
        """The list that names are put on; empty for the first one."""


class PublicationReader:
    """Finds the market that tells of a settlement. Its methods block: call them in a thread.

    Args:
        stage: the monitor.
        load: reads a market, as `tui.sources.load.load`.
    """

    def __init__(self, stage: ReaderStage, load: Callable[..., LoadedMarket]) -> None:
        self._stage, self._load = stage, load
        self._kept: OrderedDict[tuple[date, str], LoadedMarket] = OrderedDict()

    def newest(self) -> date:
        """The newest settlement that the market on the screen knows.

        Raises:
            SourceError: it knows none, or there is no market.
        """
        known = self._known()
        if not known:
            raise SourceError("no settlement of short interest is known here")
        return known[-1]

    def neighbour(self, settlement: date, steps: int) -> date | None:
        """The settlement so many steps later (earlier, below zero) than another, as far as the source has one.

        Raises:
            SourceError: the source cannot be read.
        """
        newest = self.newest()
        there = sorted({*self._known(), *self._archived()})
        if steps < 0 and there and settlement <= there[0] and self._stage.options.source == "files":
            # Of a folder only its newest year is in view; whether the cycle is there is seen when it is read.
            there = settlement_dates_between(max(settlement - LONGEST_CYCLE, FIRST_DAY), settlement)
        days = [day for day in there if day <= newest]
        place = bisect_left(days, settlement) + steps
        return days[place] if 0 <= place < len(days) else None

    def _archived(self) -> Collection[date]:
        options = self._stage.options
        return archived_settlements(options) if options.has_archive else ()

    def page(self, settlement: date) -> PublicationPage:
        """The page of a settlement, as the monitor looks at the market now.

        Raises:
            SourceError: the source has no such settlement, or no market of its evening.
        """
        view = self._stage.view
        if view is None:
            raise SourceError("there is no market yet")
        loaded = self._market_of(settlement, view)
        own = own_names(self._stage.lists, self._stage.current_list, loaded, view)
        return publication_page(loaded, view, self._stage.options, settlement, own)

    def _market_of(self, settlement: date, view: View) -> LoadedMarket:
        """The market that tells of a settlement: the one on the screen of its newest, else that of the evening."""
        loaded = self._stage.shown
        if loaded is not None and settlement == self.newest():
            return loaded
        key = settlement, view.knowledge.value
        if key not in self._kept:
            options, clock = self._stage.options, self._stage.clock
            now = clock() if loaded is None else loaded.clock()
            evening = evening_of(options, settlement, now)._replace(known=view.knowledge.value)
            self._kept[key] = self._load(evening, clock, no_progress)
            while len(self._kept) > MOST_MARKETS_KEPT:
                self._kept.popitem(last=False)
                give_memory_back()
        self._kept.move_to_end(key)
        return self._kept[key]

    def _known(self) -> list[date]:
        loaded = self._stage.shown
        return [] if loaded is None else known_settlements(loaded.market)


def own_names(lists: Lists, current: str, loaded: LoadedMarket, view: View) -> OwnNames:
    """The user's lists among the names of a market, the current one first; those that cannot be read there left out.

    A list that is a condition is true of the names as they stand at the market's end, over the cycle.
    """
    from shortside.conditions.errors import ConditionError
    from shortside.named_windows import CYCLE_WINDOW
    from tui.settings.list_shelf import current_of
    from widgets.name_conditions import BoardNames
    from widgets.name_index import NameIndex

    if not lists.by_name:
        return ()
    board = loaded.desk.board(replace(view, window=CYCLE_WINDOW))
    names = BoardNames(board, NameIndex(board.market), lists.by_name)
    first, found = current_of(lists, current), []
    for name in sorted(lists.by_name, key=lambda name: name != first):
        # The lists screen says what is wrong with it.
        with suppress(ConditionError):
            found.append((name, names.on_list(name).is_true))
    return tuple(found)
