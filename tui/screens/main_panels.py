"""The panels of the main screen: which there is room for, and what each shows of a Board and when.

Over 400 lines, because a Textual screen is one class that hears of every change; most of its methods call panels.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.timer import Timer

from tui.screens.event_line import LEAST_HEIGHT_FOR_EVENTS, EventLine
from tui.screens.facts import inputs_now, status_facts
from tui.screens.filter_bar import FILTER_KEYS, FilterBar, FilterLine
from tui.screens.key_line import KeyLine, KeyWords
from tui.screens.list_keys import ListKeys
from tui.screens.main_keys import (
    FEEDS_DIGIT,
    MAIN_KEYS,
    OPEN_IN_LIST,
    OPEN_IN_TABLE,
    PANE_KEYS,
    UNSEEN_PUBLICATION_KEYS,
)
from tui.screens.panels import PANELS, PanelPlace, ScreenRow, ShownMarket, Turn
from tui.screens.past_keys import PAST_KEYS
from tui.screens.replay_keys import REPLAY_KEYS
from tui.screens.troubles import head_alarms, troubles
from widgets.feed_facts import PollLine
from widgets.feeds import FeedsPanel
from widgets.format import Glyphs
from widgets.key_names import key_hint
from widgets.lines import Line
from widgets.list_panel import ListPanel
from widgets.name_preview import NamePreview
from widgets.new_short import NewShortPanel
from widgets.pane_sums import PaneSums
from widgets.panel import Panel, PanelFrame
from widgets.sectors import SectorsPanel
from widgets.status import StatusHead
from widgets.tier_profit import TierProfitPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shortside.board import Board
    from shortside.freshness import InputAge
    from shortside.listings import Indexes
    from tui.screens.base import ScreenStage
    from tui.screens.happenings import Happening
    from tui.settings.last_view import LastView
    from tui.sources.loaded_market import LoadedMarket
    from widgets.feed_facts import PollFacts
    from widgets.status import StatusFacts

SECONDS_BETWEEN_RATES = 5.0
"""How often the feeds panel updates how many bytes a second the screen costs its line."""
LEAST_WIDTH_FOR_PREVIEW = 180
"""Columns from which on the name under the cursor is shown beside the list."""
LEAST_WIDTH_FOR_MAP = 272
"""Columns from which on the sectors stand in the upper row as a map by tiers; `-vast` in the style sheet."""
PANE_WIDTH, PANE_HEIGHT = 60, 18
"""Columns and rows below which the screen is a side pane: the sums in four lines, and the names."""
LEAST_WIDTH, LEAST_HEIGHT = 24, 6
"""Columns and rows below which the screen only says that the terminal is too small."""
HEIGHT_OF_ALL_SUMS = 12
"""Rows of a side pane from which on it has the groups; below them only the total."""
TOO_SMALL: list[Line] = [
    [(" Too small", "title")],
    [(f" {LEAST_WIDTH} × {LEAST_HEIGHT} at least", "muted")],
]


class MainPanels(ListKeys):
    """The main screen as it is drawn; what its keys do beside moving among panels is for whoever derives from it.

    Args:
        stage: the monitor, asked for what is not a figure of the market.
        glyphs: the signs to draw with.
        left: how it was left the last time; None to begin as always.
    """

    CSS_PATH = "main.tcss"
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (112, "-normal"),
        (160, "-wide"),
        (190, "-broad"),
        (LEAST_WIDTH_FOR_MAP, "-vast"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall"), (50, "-high")]

    def __init__(self, stage: ScreenStage, glyphs: Glyphs, left: LastView | None = None) -> None:
        super().__init__()
        self._left = left
        if left is not None:
            glyphs = replace(glyphs, has_braille=left.has_braille, has_common_scale=left.has_common_scale)
        self._stage = stage
        self._table_seen = ""
        """The table of the market that was shown last; empty for the first."""
        self.export_form = ""
        """The form that was exported last; empty for the first of them."""
        self._glyphs = glyphs
        self._loaded: LoadedMarket | None = None
        self._board: Board | None = None
        self._untold: Happening | None = None
        """What happened last before the panels were there; None for nothing."""
        self._entered: tuple[PanelFrame, bool] | None = None
        """The panel whose group's names are shown, and whether it had the whole screen; None while all names are."""
        self._sums_timer: Timer | None = None
        self._shown_time = 0
        self._placed: list[tuple[PanelPlace, PanelFrame]] = [
            (place, place.made(digit, glyphs)) for digit, place in enumerate(PANELS, 1)
        ]

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        self.keys_changed()
        yield StatusHead(glyphs=glyphs, id="head")
        yield Panel(TOO_SMALL, glyphs=glyphs, id="too-small")
        yield PaneSums(glyphs=glyphs, id="pane-sums")
        with Container(id="body"):
            with Horizontal(id=ScreenRow.UPPER.value):
                yield from self._panels(ScreenRow.UPPER)
            with Horizontal(id=ScreenRow.LIST.value):
                yield from self._panels(ScreenRow.LIST)
                yield NamePreview(glyphs=glyphs, id="preview")
            yield from self._panels(ScreenRow.BODY)
        yield FilterBar(glyphs, id="filter-bar")
        yield EventLine(glyphs, self._stage.here, id="event")
        yield KeyLine(self._keys, glyphs, id="keys")

    def _panels(self, row: ScreenRow) -> list[PanelFrame]:
        return [panel for place, panel in self._placed if place.row is row]

    def introduce(self, loaded: LoadedMarket, board: Board) -> None:
        """Take a market that has been read, and show it as soon as the panels are there."""
        self._loaded, self._board = loaded, board
        if self.has_panels:
            for _, panel in self._placed:
                if not self._has_place(panel):
                    panel.forget_market()
        self._show_all()

    def leave_without_panels(self) -> None:
        """Do nothing when the panels could not be made, because that has ended the program."""

    @property
    def _keys(self) -> KeyWords:
        """What the key line says."""
        if isinstance(self.focused, FilterLine):
            return FILTER_KEYS
        unseen = UNSEEN_PUBLICATION_KEYS if self._stage.unseen_publication is not None else ()
        if self.has_class("-pane"):
            return (*unseen, *PANE_KEYS)
        keys: KeyWords = MAIN_KEYS
        if isinstance(self.focused, ListPanel):
            keys = tuple(OPEN_IN_LIST if key == OPEN_IN_TABLE else key for key in MAIN_KEYS)
        past = PAST_KEYS if self._stage.past_words else ()
        return (*unseen, *past, *(() if self._stage.replay is None else REPLAY_KEYS), *keys)

    @property
    def _is_past(self) -> bool:
        """Whether a day was asked for by name."""
        return self._stage.options.as_of is not None or bool(self._stage.past_words)

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be written of a Board in another thread before `set_board` is called with it."""
        return [self.table.prepare] if self.has_panels else []

    def set_board(self, board: Board) -> None:
        """Show another view of the market: the names at once, the sums after them, so that no key waits for both."""
        self._board = board
        if self.has_panels:
            self._show(Turn.AT_ONCE)
            self._show_after_keys(self._show_around)

    def _show_after_keys(self, show: Callable[[], None]) -> None:
        """Show something after what else waits on the event loop, a key above all."""
        asyncio.get_running_loop().call_soon(self.call_next, show)

    def _show_around(self) -> None:
        if self.has_panels:
            self._show(Turn.WITH_SUMS)
            self._show_after_keys(self._show_margins)

    def _show_margins(self) -> None:
        self._show_head()
        self._show(Turn.LAST)
        self._preview()

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew."""
        self.introduce(loaded, board)
        if self.has_panels:
            self.query_one(KeyLine).show_keys(self._keys)

    def keys_changed(self) -> None:
        """Name the keys of the panels in their borders as they are now."""
        for digit, (_, panel) in enumerate(self._placed, 1):
            panel.digit = key_hint(self, f"{{panel.{digit}:{digit}}}")
        if self.has_panels:
            self.query_one(FilterLine).keys_changed()
            self._show_head()

    def tell(self, happening: Happening) -> None:
        """Say over the keys what happened, for some minutes; what happened before there is a line, once there is."""
        if self.has_panels:
            self.query_one(EventLine).tell(happening)
        else:
            self._untold = happening

    def publication_changed(self) -> None:
        """Show that a publication arrived, or that it was looked at."""
        if self.has_panels:
            self.query_one(KeyLine).show_keys(self._keys)

    def feeds_changed(self) -> None:
        """Show the present state of polling in the feeds panel, the head and the borders."""
        if self.has_panels:
            self._show(Turn.LAST, FeedsPanel)
            self._show_head()

    def replay_changed(self) -> None:
        """Show in the head that the recording was paused, goes on, or has ended."""
        self._show_head()

    def board_ticked(self, columns: Indexes) -> None:
        """Show the moved prices of the names in these columns, and the sums a little later."""
        if self._shown is None or not len(columns):
            return
        self.table.board_ticked(columns)
        # Sums of thousands of names move by a digit nobody can read four times a second. After the rows, so that a
        # key pressed meanwhile comes in between.
        if self._sums_timer is None:
            self._sums_timer = self.set_timer(self._stage.seconds_between_sums, self._show_ticked_sums, name="sums")

    def _show_ticked_sums(self) -> None:
        self._sums_timer = None
        if self.is_current:
            self._show(Turn.WITH_SUMS)
            self._preview()

    def show_sums(self) -> None:
        """Show the sums of the tiers and of the own list anew."""
        if self.is_current:
            self._show(Turn.WITH_SUMS, TierProfitPanel)

    def on_screen_resume(self) -> None:
        """Show what moved while another screen covered this one."""
        self._show_all()

    def board_rescored(self) -> None:
        """Sort the names anew after crowding was ranked anew; the cursor stays on its name."""
        if self._shown is not None:
            self.table.resort()
            self._show(Turn.LAST)

    @property
    def _shown(self) -> Board | None:
        """What the panels show; None while there is no market or there are no panels."""
        return self._board if self.has_panels else None

    def _show_all(self) -> None:
        self._show_head()
        for turn in (Turn.WITH_SUMS, Turn.LAST, Turn.AT_ONCE):
            self._show(turn)
        self._preview()

    def _update_clock(self) -> None:
        """The head's clock shows minutes: only a new one is worth a look at every input's age.

        That of a recording shows seconds, for they pass as fast as somebody wants.
        """
        if self._loaded is not None:
            span = 1 if self._loaded.market.is_replayed else 60
            shown = int(self._loaded.clock().timestamp() // span)
            if shown != self._shown_time:
                self._shown_time = shown
                self._show_head()

    def head_facts(self) -> StatusFacts | None:
        """What the head says at this moment; None before there is a market."""
        return None if self._shown is None or self._loaded is None else self._facts(*self._ages())

    def _facts(
        self, inputs: Sequence[InputAge], polled: Sequence[PollFacts], line: PollLine | None
    ) -> StatusFacts | None:
        board, loaded = self._shown, self._loaded
        assert board is not None
        assert loaded is not None
        alarms = head_alarms(inputs, polled, line)
        feeds_key = key_hint(self, f"{{panel.{FEEDS_DIGIT}:{FEEDS_DIGIT}}}")
        facts = status_facts(
            loaded, board, board.left_out, self._is_past, alarms, feeds_key, self._stage.here, self._stage.past_words
        )
        return None if facts is None else replace(facts, doubtful_key=key_hint(self, "{app.doubtful:x}"))

    def _ages(self) -> tuple[Sequence[InputAge], Sequence[PollFacts], PollLine | None]:
        """How old the inputs are now, and what is known of polling."""
        assert self._loaded is not None
        is_polled = self._stage.fresh is not None and not self._stage.past_words
        polled, line = self._stage.fresh.facts() if self._stage.fresh is not None and is_polled else ((), None)
        return inputs_now(self._loaded, self._is_past), polled, line

    def _show_head(self) -> None:
        if self._loaded is not None and self._shown is not None and self.is_current:
            ages = self._ages()
            facts = self._facts(*ages)
            if facts is not None:
                self.query_one(StatusHead).show(facts)
            self._show_troubles(*ages)

    def _show_troubles(self, inputs: Iterable[InputAge], polled: Iterable[PollFacts], line: PollLine | None) -> None:
        """Say in the border of every panel what is wrong with the data it rests on."""
        found = troubles(inputs, polled, line.complaint if line is not None and not line.is_calm else "")
        for _, panel in self._placed:
            panel.show_trouble(found.worst(panel.description.rests_on))

    def _show(self, turn: Turn, only: type[PanelFrame] = PanelFrame) -> None:
        """Show the Board in the panels whose turn it is, but for those that have no place now."""
        board = self._shown
        if board is None or self._loaded is None:
            return
        if turn is Turn.WITH_SUMS:
            tiers = self.query_one(TierProfitPanel)
            tiers.has_new_short = self.has_class("-narrow")
            tiers.listed = self.listed_sums(board)
            sums = self.query_one(PaneSums)
            if sums.display:
                sums.show(board)
        shown = ShownMarket(board, self._loaded, self._stage, self._is_past)
        for place, panel in self._placed:
            # The names are shown even where they are hidden: keys that open or copy one speak of this Board's.
            if place.turn is turn and isinstance(panel, only) and (turn is Turn.AT_ONCE or self._has_place(panel)):
                place.show(panel, shown)

    def _bring_up_to_date(self, only: PanelFrame | None) -> None:
        """Show the Board in a panel without a place, or in all of them, before the frame that gives it one."""
        if self._shown is None or self._loaded is None:
            return
        shown = ShownMarket(self._shown, self._loaded, self._stage, self._is_past)
        for place, panel in self._placed:
            if (only is None or panel is only) and not self._has_place(panel):
                place.show(panel, shown)

    def _show_rate(self) -> None:
        if self.is_current and self.has_panels and self.query_one(FeedsPanel).display:
            self.query_one(FeedsPanel).show_rate(self._stage.bytes_per_second())

    def on_resize(self) -> None:
        """Show the panels there is room for now, or that the terminal is too small."""
        width, height = self.size
        too_small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(too_small, "-too-small")
        self.set_class(not too_small and (width < PANE_WIDTH or height < PANE_HEIGHT), "-pane")
        self.set_class(height < HEIGHT_OF_ALL_SUMS, "-flat")
        self.set_class(height < LEAST_HEIGHT_FOR_EVENTS, "-without-events")
        # A chart that follows every move of the cursor is what a slow line has no bytes for.
        has_room = self.size.width >= LEAST_WIDTH_FOR_PREVIEW and not self._stage.options.low_bandwidth
        self.set_class(has_room, "-previewed")
        if self.has_panels:
            self.query_one(KeyLine).show_keys(self._keys)
            self.query_one(SectorsPanel).prefers_map = width >= LEAST_WIDTH_FOR_MAP
        self.call_after_refresh(self.regain_focus)
        self.call_after_refresh(self._show_all)

    def watch_focused(self) -> None:
        # A panel that is hidden gives the keys up a little later, when it may have been shown again.
        if self.focused is None:
            self.call_after_refresh(self.regain_focus)
        if self.has_panels:
            self.query_one(KeyLine).show_keys(self._keys)

    def regain_focus(self) -> None:
        """Focus the table of names, because the focused panel was hidden for want of room."""
        if self.has_panels and self.focused is None and not self.has_class("-too-small"):
            self.table.focus()

    def action_panel(self, name: str) -> None:
        """Focus a panel; a second time, or where it has no place, give it the whole screen."""
        panel = self.query_one(f"#{name}", PanelFrame)
        if panel.has_focus or not self._has_place(panel):
            self._show_alone(None if self.has_class("-solo") and panel.has_class("-alone") else panel)
        elif self.has_class("-solo"):
            self._show_alone(panel)
        panel.focus()

    def _has_place(self, panel: PanelFrame) -> bool:
        """Whether a panel and the row it stands in are shown at this size."""
        row = panel.parent
        return panel.display and (not isinstance(row, Horizontal) or row.display)

    def action_zoom(self) -> None:
        """The focused panel on the whole screen, or all of them again."""
        focused = self.focused
        self._show_alone(None if self.has_class("-solo") or not isinstance(focused, PanelFrame) else focused)

    def _show_alone(self, panel: PanelFrame | None) -> None:
        self._bring_up_to_date(panel)
        self.set_class(panel is not None, "-solo")
        for one in self.query(PanelFrame):
            one.set_class(one is panel, "-alone")
        for row in (ScreenRow.UPPER, ScreenRow.LIST):
            container = self.query_one(f"#{row.value}")
            container.set_class(panel is not None and panel.parent is container, "-alone")
        self.call_after_refresh(self._show_all)

    def action_rollup(self) -> None:
        """Switch the tiers between S3's three groups and every tier."""
        tiers = self.query_one(TierProfitPanel)
        tiers.is_rolled_up = not tiers.is_rolled_up
        self.query_one(NewShortPanel).is_rolled_up = tiers.is_rolled_up

    def _show_group(self, tiers: frozenset[str], sector: str | None) -> None:
        self._entered = None
        self.query_one(TierProfitPanel).chosen = tiers
        self.table.set_groups(tiers or None, sector)
        self._preview()

    def _preview(self) -> None:
        """Have the name under the cursor shown beside the list, where there is room."""
        if self._shown is not None:
            column = self.table.column_at(self.table.cursor_row) if self.table.row_count else None
            self.query_one(NamePreview).follow(self._shown, column)
