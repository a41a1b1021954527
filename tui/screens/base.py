"""The screen that every screen of a market is made from: what the monitor tells it, and what it may ask the monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.screen import Screen, ScreenResultType

from tui.screens.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from shortside.board import Board
    from shortside.listings import Indexes
    from tui.polling.fresh_market import FreshMarket
    from tui.settings.configuration import Options
    from tui.sources.given import Loaded
    from tui.sources.replay import ReplayedMarket


class ScreenStage(Protocol):
    """The monitor as the main screen sees it."""

    @property
    def options(self) -> Options:
        """What is shown and how, as the user settled it."""

    @property
    def fresh(self) -> FreshMarket | None:
        """Polls or follows the public providers; None for the other sources."""

    @property
    def replay(self) -> ReplayedMarket | None:
        """Plays a recording; None where none is played."""

    @property
    def seconds_between_sums(self) -> float:
        """How long the tiers' sums may lag behind the names on the screen."""

    @property
    def plain_words(self) -> str:
        """Why Textual draws or reads by itself, in words; empty while we do."""

    def bytes_per_second(self) -> float:
        """What the screen costs the line, as a mean over the last ten seconds; NaN when that is not known."""


class MarketScreen(Standing, Screen[ScreenResultType]):
    """A screen that shows a market. The monitor calls these methods; a screen that has no use for one leaves it be."""

    @property
    def symbol(self) -> str | None:
        """The name the screen is about; None when it is about the whole market."""
        return None

    def adopt(self, loaded: Loaded, board: Board) -> None:
        """Another market is shown, read anew: its columns may be others."""
        self.set_board(board)

    def set_board(self, board: Board) -> None:
        """The same market is shown in another view."""

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be written of a Board in another thread before `set_board` is called with it."""
        return []

    def board_ticked(self, columns: Indexes) -> None:
        """Prices of the names in these columns moved; told to the uppermost screen only."""

    def board_rescored(self) -> None:
        """Crowding was ranked anew; told to the uppermost screen only."""

    def feeds_changed(self) -> None:
        """Polling has news of itself; told to the uppermost screen only."""

    def replay_changed(self) -> None:
        """The recording is held, goes on, or has ended."""

    def regain_focus(self) -> None:
        """A key is pressed and no widget has the focus: give it to one, if it is to be answered."""
