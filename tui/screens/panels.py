"""The one list of the panels of the main screen: their digits, where they stand, and when they are shown a Board.

A new panel is its file and one record here. Keys, key line, help, palette and explanation read the list.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui.screens.facts import feed_facts, reader_time
from widgets.crowded import CrowdedTable
from widgets.feed_facts import PollLine
from widgets.feeds import FeedsPanel
from widgets.format import Glyphs
from widgets.movers import MoversPanel
from widgets.new_short import NewShortPanel
from widgets.panel import PanelFrame
from widgets.sectors import SectorsPanel
from widgets.tier_profit import TierProfitPanel

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.screens.base import ScreenStage
    from tui.sources.loaded_market import LoadedMarket


class ShownMarket(NamedTuple):
    """What the monitor hands to a panel: the board, the market it is made of, and the stage it may ask."""

    board: Board
    loaded: LoadedMarket
    stage: ScreenStage
    is_past: bool
    """Whether a day was asked for by name."""


class ScreenRow(Enum):
    """The row of the main screen that a panel stands in; the value is its name in the style sheet."""

    UPPER = "upper"
    """The row at the top, beside the tiers."""
    LIST = "list"
    """The row below the upper one that the list shares with the preview of a name."""
    BODY = "body"
    """The row below the upper one, over the whole width."""


class LeastWidth(Enum):
    """The terminal width from which on a panel is shown; the value is its class in the style sheet."""

    NARROW = "-from-narrow"
    """The panel is shown at every width."""
    NORMAL = "-from-normal"
    WIDE = "-from-wide"
    BROAD = "-from-broad"
    ASKED = "-when-asked"
    """The panel is never beside others; its digit gives it the whole screen."""


class Turn(Enum):
    """When a panel is shown a new Board: panels take turns, so that no key waits for all of them."""

    AT_ONCE = "in the frame that answers the key"
    WITH_SUMS = "right behind that, and every second while prices tick"
    LAST = "after the other panels, and when crowding was ranked anew"


def _board(panel: Any, shown: ShownMarket) -> None:
    panel.show(shown.board)


def _feeds(panel: FeedsPanel, shown: ShownMarket) -> None:
    stage = shown.stage
    polled, total = stage.fresh.facts() if stage.fresh is not None else ([], PollLine())
    panel.show(feed_facts(shown.loaded, shown.is_past, polled), reader_time(shown.loaded, stage.here))
    panel.show_rate(stage.bytes_per_second())
    panel.show_display(stage.plain_words)
    panel.show_polled(polled, total)


class PanelPlace(NamedTuple):
    """One panel of the main screen: its class, where it stands, and when it is shown a new Board."""

    panel: type[PanelFrame]
    """The panel's class; it has a `description` and, unless `show` is given, a method `show(board)`."""
    row: ScreenRow = ScreenRow.UPPER
    begins: LeastWidth = LeastWidth.ASKED
    turn: Turn = Turn.LAST
    show: Callable[[Any, ShownMarket], None] = _board

    def made(self, digit: int, glyphs: Glyphs) -> PanelFrame:
        """A new widget of this panel, with its digit."""
        panel = self.panel(glyphs=glyphs, id=self.panel.description.id, classes=self.begins.value)
        panel.digit = str(digit)
        return panel


PANELS: Final = (
    PanelPlace(TierProfitPanel, begins=LeastWidth.NARROW, turn=Turn.WITH_SUMS),
    PanelPlace(NewShortPanel, begins=LeastWidth.NORMAL, turn=Turn.WITH_SUMS),
    PanelPlace(CrowdedTable, row=ScreenRow.LIST, begins=LeastWidth.NARROW, turn=Turn.AT_ONCE),
    PanelPlace(SectorsPanel, begins=LeastWidth.WIDE),
    PanelPlace(MoversPanel, begins=LeastWidth.BROAD),
    PanelPlace(FeedsPanel, row=ScreenRow.BODY, show=_feeds),
)
"""The panels in the order of their digits, from 1 to at most 9."""
