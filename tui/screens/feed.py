"""The screen of one feed: its whole complaint, its clocks, its last polls, its terms, and what the letters mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.screens.base import MarketScreen
from tui.screens.key_line import KeyLine
from widgets.feed_letters import letters_explained
from widgets.feed_page import FeedPage, feed_page_lines
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.lines import Line
from widgets.scrolled_panel import ScrolledPanel

if TYPE_CHECKING:
    from shortside.board import Board
    from widgets.moments import ReaderTime

POLL_KEYS = (("{feeds.poll:r}", "poll now"),)
FEED_KEYS = (
    ("{feed.back:esc}", "back"),
    ("{feed.next:]}", "next"),
    ("{feed.before:[}", "before"),
    ("{app.help:?}", "keys"),
)
SECONDS_BETWEEN_LOOKS = 30.0
"""How often its ages are counted anew; a poll is shown at once."""
PageOfKey = Callable[[str], tuple[FeedPage, "ReaderTime"] | None]
"""Returns what is known now of the feed of a key, and when that is read; None where there is no such feed any more."""


class FeedPanel(ScrolledPanel):
    """All that is known of one feed, wrapped to the panel's width."""

    leaving = "{feed.back:Esc} back"
    page: FeedPage | None = None
    read: ReaderTime | None = None

    @property
    def letters(self) -> tuple[tuple[str, str], ...]:
        """The letters of feeds, for the help."""
        return letters_explained()

    def draw(self, width: int, height: int) -> list[Line]:
        return [] if self.page is None else feed_page_lines(self.page, width, self.read, self.glyphs)


class FeedScreen(MarketScreen[str | None]):
    """The screen of one feed of a list of them; dismissed with the key of the feed it showed last.

    Args:
        page_of: says what is known of a feed.
        key: the feed.
        listed: the keys of all feeds, in the order that `]` follows.
        mark: the word for a market that is none of today, such as `SIM`; empty for one of today.
        glyphs: the signs to draw with.
        is_polled: whether somebody polls, so that one can ask for it.
    """

    DEFAULT_CSS = "FeedScreen FeedPanel { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "back", id="feed.back", tooltip="Back to the list of feeds"),
        Binding("right_square_bracket", "next(1)", "next", id="feed.next", tooltip="The next feed of the list"),
        Binding("left_square_bracket", "next(-1)", "before", id="feed.before", tooltip="The feed before it"),
    ]

    def __init__(
        self,
        page_of: PageOfKey,
        key: str,
        listed: Sequence[str],
        mark: str = "",
        glyphs: Glyphs = GLYPHS_UNICODE,
        is_polled: bool = False,
    ) -> None:
        super().__init__()
        self._page_of, self._key, self._listed = page_of, key, tuple(listed)
        self._mark, self._glyphs = mark, glyphs
        self._keys = (*FEED_KEYS[:-1], *(POLL_KEYS if is_polled else ()), FEED_KEYS[-1])

    def compose(self) -> ComposeResult:
        panel = FeedPanel(glyphs=self._glyphs, id="feed")
        panel.leaving = f"{self._mark} {FeedPanel.leaving}".lstrip()
        yield panel
        yield KeyLine(self._keys, self._glyphs, id="keys")

    def fill_panels(self) -> None:
        """Show the feed once the panel is there."""
        self.query_one(FeedPanel).focus()
        self.set_interval(SECONDS_BETWEEN_LOOKS, self._show, name="ages")
        self._show()

    def _show(self) -> None:
        if not self.has_panels:
            return
        panel = self.query_one(FeedPanel)
        found = self._page_of(self._key)
        if found is None:
            # It is polled no more: what was known stays, and says so.
            panel.title = f"{panel.title.partition(', gone')[0]}, gone"
            return
        panel.page, panel.read = found
        panel.title = f"Feeds {self._glyphs.separator} {panel.page.title}"
        panel.redraw()

    def feeds_changed(self) -> None:
        """Show what came of the last poll."""
        self._show()

    def set_board(self, board: Board) -> None:
        """Show the ages of a market that was read anew."""
        self._show()

    def regain_focus(self) -> None:
        """Focus the panel, which answers the keys."""
        if self.has_panels:
            self.query_one(FeedPanel).focus()

    def action_next(self, step: int) -> None:
        """Show a neighbour of the list."""
        at = self._listed.index(self._key) + step if self._key in self._listed else 0
        if 0 <= at < len(self._listed):
            self._key = self._listed[at]
            self.query_one(FeedPanel).scroll_to(y=0, animate=False, force=True)
            self._show()

    def action_back(self) -> None:
        """Go back to the list of feeds."""
        self.dismiss(self._key)
