"""The one list of the panels of the main screen: their digits, where they stand, and when they are shown a Board.

A new panel is its file and one record here. Keys, key line, help, palette and explanation read the list.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui.screens.facts import feed_facts
from widgets.crowded import CrowdedTable
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
    from tui.sources.given import Loaded


class ShownMarket(NamedTuple):
    """What panels show."""

    board: Board
    loaded: Loaded
    stage: ScreenStage
    is_past: bool
    """Whether a day was asked for by name."""


class ScreenRow(Enum):
    """Where a panel stands; the value is the name of the row in the style sheet."""

    UPPER = "upper"
    """Beside the tiers."""
    BODY = "body"
    """Below that row, over the whole width."""


class LeastWidth(Enum):
    """From which width on a panel has a place; the value is its class in the style sheet."""

    NARROW = "-from-narrow"
    """Always."""
    NORMAL = "-from-normal"
    WIDE = "-from-wide"
    BROAD = "-from-broad"
    ASKED = "-when-asked"
    """Never: its digit gives it the whole screen."""


class Turn(Enum):
    """When a panel is shown another Board. They take turns, so that no key waits for all of them."""

    AT_ONCE = "in the frame that answers the key"
    WITH_SUMS = "right behind that, and every second while prices tick"
    LAST = "when the others stand, and when crowding was ranked anew"


def _board(panel: Any, shown: ShownMarket) -> None:
    panel.show(shown.board)


def _feeds(panel: FeedsPanel, shown: ShownMarket) -> None:
    panel.show(feed_facts(shown.loaded, shown.is_past))
    panel.show_rate(shown.stage.bytes_per_second())
    panel.show_display(shown.stage.plain_words)
    if shown.stage.fresh is not None:
        panel.show_polled(*shown.stage.fresh.facts())


class PanelPlace(NamedTuple):
    """One panel of the main screen."""

    panel: type[PanelFrame]
    """Made with `glyphs` and `id`; it has a `description` and, unless `show` says otherwise, `show(board)`."""
    row: ScreenRow = ScreenRow.UPPER
    begins: LeastWidth = LeastWidth.ASKED
    turn: Turn = Turn.LAST
    show: Callable[[Any, ShownMarket], None] = _board

    def made(self, digit: int, glyphs: Glyphs) -> PanelFrame:
        """The panel itself."""
        panel = self.panel(glyphs=glyphs, id=self.panel.description.id, classes=self.begins.value)
        panel.digit = str(digit)
        return panel


PANELS: Final = (
    PanelPlace(TierProfitPanel, begins=LeastWidth.NARROW, turn=Turn.WITH_SUMS),
    PanelPlace(NewShortPanel, begins=LeastWidth.NORMAL, turn=Turn.WITH_SUMS),
    PanelPlace(CrowdedTable, row=ScreenRow.BODY, begins=LeastWidth.NARROW, turn=Turn.AT_ONCE),
    PanelPlace(SectorsPanel, begins=LeastWidth.WIDE),
    PanelPlace(MoversPanel, begins=LeastWidth.BROAD),
    PanelPlace(FeedsPanel, row=ScreenRow.BODY, show=_feeds),
)
"""By their digits, from 1; at most nine."""
