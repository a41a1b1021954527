"""The base class of every screen that shows a market, and the protocol of what it may ask the monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from textual.screen import Screen, ScreenResultType

from tui.screens.panel_readiness import PanelReadiness

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, tzinfo

    from shortside.board import Board
    from shortside.listings import Indexes
    from shortside.view import View
    from tui.polling.fresh_market import FreshMarket
    from tui.screens.publication_page import PublicationPages
    from tui.settings.configuration import Options
    from tui.settings.list_shelf import Lists, ListShelf
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.own_book import OwnBookReader
    from tui.sources.replay import ReplayedMarket
    from tui.terminal.frame_json import Row
    from widgets.settled_columns import SettledColumns
    from widgets.status import StatusFacts


Result = TypeVar("Result")


class ScreenStage(Protocol):
    """What the main screen may ask of the monitor."""

    @property
    def options(self) -> Options:
        """What is shown and how, as the user settled it."""

    @property
    def loaded(self) -> LoadedMarket | None:
        """The market of the present; None until one is read."""

    @property
    def shown(self) -> LoadedMarket | None:
        """The market that is shown, of the present or a past evening; None until one is read."""

    @property
    def view(self) -> View | None:
        """The view asked for last; None until there is a market."""

    @property
    def here(self) -> tzinfo:
        """The zone of whoever reads the screen."""

    @property
    def fresh(self) -> FreshMarket | None:
        """Polls or follows the public providers; None for the other sources."""

    @property
    def replay(self) -> ReplayedMarket | None:
        """Plays a recording; None where none is played."""

    @property
    def past_words(self) -> str:
        """What the head says of a past day that is shown instead of the present; empty while that is shown."""

    @property
    def past_day(self) -> date | None:
        """The past day that is shown instead of the present, or is being made; None while that is shown."""

    def sessions_there(self) -> list[date]:
        """The sessions with closes, ascending."""

    def board_of_day(self, day: date | None, view: View) -> Board:
        """The Board of a past evening, or of the newest day there is for None. Blocks."""

    def is_as_known(self, day: date | None, view: View) -> bool:
        """Whether the Board of a day rests on nothing else than its state of knowledge says."""

    def board_as_known(self, day: date, view: View, is_wanted: Callable[[], bool]) -> Board | None:
        """The Board of a past evening, of nothing that was not known on it; None where nobody wants it any more."""

    def evenings_left(self) -> None:
        """Keep past evenings no longer than a while."""

    @property
    def file_columns(self) -> SettledColumns:
        """The columns of tables that the configuration file settles."""

    @property
    def chosen_columns(self) -> SettledColumns:
        """The columns of tables over the main screen that were chosen by key; of none where all were chosen again."""

    def is_newer_in_file(self, board: str) -> bool:
        """Whether the file settles a table otherwise than when the screen was left, or nobody left it yet."""

    @property
    def own_book(self) -> OwnBookReader:
        """Reads the user's own positions."""

    @property
    def publications(self) -> PublicationPages:
        """Where the screen of a publication has its pages from."""

    @property
    def unseen_publication(self) -> date | None:
        """The settlement that was published since the start and not looked at yet; None for none."""

    def publication_looked_at(self, settlement: date) -> None:
        """Take note that the publication of a settlement was shown."""

    @property
    def seconds_between_sums(self) -> float:
        """How long the tiers' sums may lag behind the names on the screen."""

    @property
    def marks_moves(self) -> bool:
        """Whether figures that moved are marked for a moment."""

    @property
    def plain_words(self) -> str:
        """Why Textual draws or reads by itself, in words; empty while we do."""

    @property
    def lists(self) -> Lists:
        """The user's own lists as they were read last."""

    @property
    def current_list(self) -> str:
        """The list that names are put on; empty for the first one."""

    def choose_list(self, name: str) -> None:
        """Have names put on this list from now on."""

    def list_renamed(self, old: str, new: str) -> None:
        """Have a filter that shows a list show it under its new name."""

    def change_lists(self, change: Callable[[ListShelf], Result], told: Callable[[Result], object] = ...) -> None:
        """Change the lists in a thread, and tell what came of it on the event loop."""

    def terminal_rows(self) -> list[Row] | None:
        """What the terminal shows, row by row; None while it is not known, or shows own positions still."""

    def copy_lines(self, text: str) -> str:
        """Hand lines to the terminal's clipboard, as many as it takes; returns what was copied, in words."""

    def bytes_per_second(self) -> float:
        """What the screen costs the line, as a mean over the last ten seconds; NaN when that is not known."""


class MarketScreen(PanelReadiness, Screen[ScreenResultType]):
    """A screen that shows a market. The monitor calls its methods; by default each does nothing."""

    is_private: ClassVar[bool] = False
    """Whether it shows the user's own positions, of which nothing is saved."""

    needs_evenings: ClassVar[bool] = False
    """Whether it looks at past evenings beside what is shown."""

    @property
    def symbol(self) -> str | None:
        """The name the screen is about; None when it is about the whole market."""
        return None

    def head_facts(self) -> StatusFacts | None:
        """What a head over this screen, or over one that covers it, says; None where it has no head to hand on."""
        return None

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew; its names may be in other columns."""
        self.set_board(board)

    def archive_changed(self) -> None:
        """Make anew what rests on the present market or its archive, for it was read anew; what is shown may stay."""

    def set_board(self, board: Board) -> None:
        """Show the market in another view: another window, tier basis, positions method or knowledge."""

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be written of a Board in another thread before `set_board` is called with it."""
        return []

    def board_ticked(self, columns: Indexes) -> None:
        """Show the moved prices of the names in these columns; called on the uppermost screen only."""

    def board_rescored(self) -> None:
        """Show crowding scores that were ranked anew; called on the uppermost screen only."""

    def feeds_changed(self) -> None:
        """Show the present state of polling; called on the uppermost screen only."""

    def replay_changed(self) -> None:
        """Show that the recording was paused, goes on, or has ended."""

    def lists_changed(self) -> None:
        """Show the user's own lists, of which some are others now."""

    def keys_changed(self) -> None:
        """Name keys outside the line of keys as they are now."""

    def columns_changed(self, boards: frozenset[str]) -> None:
        """Show the columns of these tables as the configuration file settles them now."""

    def regain_focus(self) -> None:
        """Focus a widget that can answer a key; called when a key is pressed and nothing has the focus."""
