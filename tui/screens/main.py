"""The main screen: head, cap tiers, new shorts, crowded names, and the other panels there is room for.

Over 400 lines, because a Textual screen is one class whose keys are its methods; most of them call panels.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.timer import Timer
from textual.widgets import Input

from tui.errors import ReportedError
from tui.screens.event_line import LEAST_HEIGHT_FOR_EVENTS, EventLine
from tui.screens.facts import feed_facts, inputs_now, reader_time, status_facts
from tui.screens.filter_bar import FILTER_KEYS, FilterBar, FilterLine
from tui.screens.key_line import KeyLine, KeyWords
from tui.screens.list_keys import ListKeys, put_on_list
from tui.screens.panels import PANELS, PanelPlace, ScreenRow, ShownMarket, Turn
from tui.screens.past_keys import PAST_KEYS
from tui.screens.replay_keys import REPLAY_KEYS
from tui.screens.troubles import head_alarms, troubles
from widgets.column_choice import ColumnChoice
from widgets.crowded import CrowdedTable
from widgets.feed_facts import PollLine
from widgets.feeds import FeedsPanel, feed_key, input_key
from widgets.format import Glyphs
from widgets.key_names import key_hint
from widgets.list_panel import ListPanel, NamesChosen
from widgets.movers import MoversPanel
from widgets.name_columns import SORT_WORDS, TABLE_COLUMNS, crowded_columns
from widgets.name_preview import NamePreview
from widgets.new_short import NewShortPanel
from widgets.pane_sums import PaneSums
from widgets.panel import Line, Panel, PanelFrame
from widgets.sectors import SectorsPanel
from widgets.status import StatusHead
from widgets.tick_table import TickTable
from widgets.tier_profit import TierProfitPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shortside.board import Board
    from shortside.freshness import InputAge
    from shortside.listings import Indexes
    from shortside.loan_path import LoanPath
    from shortside.view import View
    from tui.documents.kind import Record
    from tui.screens.base import MarketScreen, ScreenStage
    from tui.screens.exporting import TakenTable
    from tui.screens.happenings import Happening
    from tui.screens.market_table import GroupOfNames
    from tui.screens.symbol import SymbolScreen
    from tui.settings.last_view import LastView
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.own_book import FittedBook
    from widgets.columns import TableColumn
    from widgets.feed_facts import PollFacts
    from widgets.feed_page import FeedPage
    from widgets.moments import ReaderTime
    from widgets.status import StatusFacts

FEEDS_DIGIT = [place.panel for place in PANELS].index(FeedsPanel) + 1
"""The built-in key of the panel that says what is wrong with a feed."""
MAIN_KEYS = (
    ("{view.window:w}", "window"),
    ("{view.basis:b}", "basis"),
    ("{view.positions:p}", "shares"),
    ("{tiers.rollup:t}", "roll-up"),
    ("{names.sort:s}", "sort"),
    ("{names.filter:/}", "filter"),
    ("{table.choose:⏎}", "open"),
    ("{app.help:?}", "keys"),
    ("{app.quit:q}", "quit"),
    ("{names.lists:L}", "lists"),
    ("{names.on_list:a}", "on list"),
    ("{names.next:]}", "next"),
    ("{app.explain:i}", "explain"),
    ("{app.doubtful:x}", "doubtful"),
    ("{names.published:P}", "published"),
    ("{view.knowledge:v}", "vintage"),
    ("{names.compare:=}", "compare"),
    ("{past.back:<} {past.on:>}", "past"),
    (f"{{panel.1:1}}-{{panel.{len(PANELS)}:{len(PANELS)}}}", "panels"),
    ("{names.columns:c}", "columns"),
    ("{names.my_book:B}", "my book"),
    ("{names.tables:M}", "tables"),
    ("{names.borrow:C}", "borrow"),
    ("{export.open:X}", "export"),
    ("{app.commands:^p}", "commands"),
)
UNSEEN_PUBLICATION_KEYS = (("{names.published:P}", "PUBLISHED"),)
"""What stands first among the keys while a publication has arrived that nobody has looked at."""
OPEN_IN_TABLE, OPEN_IN_LIST = ("{table.choose:⏎}", "open"), ("{list.choose:⏎}", "open")
"""What opens a row of the table of names, and of any other panel."""
PANE_KEYS = (
    ("{table.choose:⏎}", "open"),
    ("{names.filter:/}", "filter"),
    ("{view.window:w}", "window"),
    ("{app.help:?}", "keys"),
    ("{app.quit:q}", "quit"),
    ("{names.sort:s}", "sort"),
)
"""The keys a side pane names, which has room for four or five."""
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


class MainScreen(ListKeys):
    """The main screen of the monitor with all its panels; a digit gives one of them the whole screen.

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
    BINDINGS: ClassVar = [
        *(
            Binding(str(digit), f"panel('{panel.id}')", panel.words, id=f"panel.{digit}", show=False,
                    tooltip=f"To the panel {panel.words}; again for the whole screen")
            for digit, panel in enumerate((place.panel.description for place in PANELS), 1)
        ),
        # With priority, so that the line has the focus before the next key arrives: a fast `/q` must type a q.
        Binding("slash", "filter", "filter", id="names.filter", priority=True,
                tooltip="Only names with these letters, or of a condition: crowding > 90"),
        Binding("s", "sort", "sort", id="names.sort", tooltip="Sort by the column in brackets; again turns"),
        Binding("o", "scale", "one scale", id="names.scale", tooltip="Sparklines on one scale, or each on its own"),
        Binding("d", "draw_otherwise", "drawing", id="names.form", tooltip="Lines of braille, or of signs of any font"),
        Binding("V", "preview", "preview", id="names.preview", tooltip="The name under the cursor beside the list"),
        Binding("S", "reverse", "reverse", id="names.reverse", tooltip="Turn the order of the names round"),
        Binding("c", "columns", "columns", id="names.columns", tooltip="Choose the columns of the names, their order"),
        Binding("t", "rollup", "roll-up", id="tiers.rollup", tooltip="S3's three groups, or every tier"),
        Binding("right_square_bracket", "open_next(1)", "next", id="names.next", tooltip="Open the next name"),
        Binding("left_square_bracket", "open_next(-1)", "previous", id="names.previous", tooltip="Open the one before"),
        Binding("i", "explain", "explain", id="app.explain", tooltip="What the figures mean, and from what"),
        Binding("x", "doubtful", "doubtful", id="app.doubtful", tooltip="What is doubtful or left out, and why"),
        Binding("B", "my_book", "my book", id="names.my_book", tooltip="My own positions, beside what the crowd made"),
        Binding("M", "market_tables", "tables", id="names.tables", tooltip="Shorting, winners, certainty …"),
        Binding("X", "export", "export", id="export.open", tooltip="The table as CSV, Parquet …; the screen as SVG"),
        Binding("P", "published", "published", id="names.published", tooltip="What the last short interest changed"),
        Binding("C", "borrow", "borrow", id="names.borrow", tooltip="What borrowing costs, over time"),
        Binding("equals_sign", "compare", "compare", id="names.compare", tooltip="Beside another day, window or basis"),
        Binding("z", "zoom", "whole screen", id="panel.zoom", tooltip="The focused panel on the whole screen and back"),
        Binding("escape", "back", "back", id="app.back", tooltip="Back to all panels; clears the filters", show=False),
        Binding("y", "copy_symbol", "copy symbol", id="copy.symbol", tooltip="The symbol to the clipboard"),
        Binding("Y", "copy_row", "copy row", id="copy.row", tooltip="The whole row to the clipboard"),
    ]  # fmt: skip

    LEAVING: ClassVar[frozenset[str]] = frozenset()
    """Actions that leave the screen: none, because no screen lies below to go back to."""

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

    def fill_panels(self) -> None:
        """Focus the table of names and show the market, once the panels are there."""
        self.table.focus()
        self.table.marks_moves = self._stage.marks_moves
        self.table.set_lists(self._stage.lists.by_name)
        if self._untold is not None:
            self.tell(self._untold)
        if self._left is not None:
            self._take_up(self._left)
        if self._stage.is_newer_in_file("names"):
            self.settle_columns()
        self.set_interval(1.0, self._update_clock, name="head")
        self.set_interval(SECONDS_BETWEEN_RATES, self._show_rate, name="rate")
        self._show_all()

    def _take_up(self, left: LastView) -> None:
        """Begin as the screen was left, as far as this market has the columns, tiers and names of that one."""
        table = self.table
        if left.column_order is not None:
            known = [column.key for column in TABLE_COLUMNS]
            order = tuple(key for key in left.column_order if key in known)
            hidden = frozenset(left.hidden_columns) & set(known)
            table.choose_columns(ColumnChoice(order, hidden, frozenset(c.key for c in TABLE_COLUMNS if c.is_pinned)))
        if left.sort in SORT_WORDS:
            table.sort_by(left.sort, left.is_descending)
        if left.is_rolled_up:
            self.action_rollup()
        self.set_class(not left.has_preview, "-without-preview")
        self.export_form = left.export_form
        labels = self._board.scheme.labels if self._board is not None else ()
        self._show_group(frozenset(left.tiers or ()) & frozenset(labels), left.sector)
        self.filter_by(left.filter)
        table.follow(left.symbol)

    def settle_columns(self) -> None:
        """Show the columns of the names that the configuration file settles, or the built-in ones."""
        from tui.screens.column_boards import choice_of

        settled, table = self._stage.file_columns.get("names"), self.table
        table.choose_columns(None if settled is None else choice_of(settled, table.columns))

    def columns_changed(self, boards: frozenset[str]) -> None:
        """Show the columns of the names as the configuration file settles them now."""
        if "names" in boards and self.has_panels:
            self.settle_columns()

    def view_as_left(self, view: View, theme: str) -> LastView | None:
        """How the screen is to begin the next time; None before it shows anything."""
        if self._shown is None:
            return None
        from tui.settings.last_view import LastView, lines_of_columns

        table, glyphs = self.table, self._glyphs
        choice = table.choice
        return LastView(
            window=view.window,
            tier_basis=view.basis.value,
            positions=view.positions.value,
            theme=theme,
            theme_of_file=self._stage.options.sections.theme,
            sort=table.sort_key,
            is_descending=table.is_descending,
            filter=table.filter_text,
            tiers=None if table.tiers is None else tuple(sorted(table.tiers)),
            sector=table.sector,
            is_rolled_up=self.query_one(TierProfitPanel).is_rolled_up,
            symbol=table.followed,
            name_list=self._stage.current_list,
            column_order=None if choice is None else choice.order,
            hidden_columns=() if choice is None else tuple(sorted(choice.hidden)),
            board_columns=lines_of_columns(self._stage.chosen_columns),
            columns_of_file=lines_of_columns(self._stage.file_columns),
            has_preview=not self.has_class("-without-preview"),
            has_braille=glyphs.has_braille,
            has_common_scale=glyphs.has_common_scale,
            export_form=self.export_form,
        )

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

    # -- showing --------------------------------------------------------------------------------------------------

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

    # -- choosing -------------------------------------------------------------------------------------------------

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
        self.set_class(panel is not None, "-solo")
        for one in self.query(PanelFrame):
            one.set_class(one is panel, "-alone")
        for row in (ScreenRow.UPPER, ScreenRow.LIST):
            container = self.query_one(f"#{row.value}")
            container.set_class(panel is not None and panel.parent is container, "-alone")
        self.call_after_refresh(self._show_all)

    def action_back(self) -> None:
        """Go one step back: from a group's names to the panel it was chosen in, from a panel alone to all of them.

        Then clear the filters. The last event has been read, wherever one goes.
        """
        self.query_one(EventLine).clear()
        if self._entered is not None and self.table.has_focus:
            panel, was_alone = self._entered
            self._show_group(frozenset(), None)
            if self.has_class("-solo") or was_alone:
                self._show_alone(panel if was_alone else None)
            panel.focus()
        elif self.has_class("-solo"):
            self._show_alone(None)
            self.table.focus()
        elif self.table.tiers is not None or self.table.sector is not None or self.table.filter_text:
            self._show_group(frozenset(), None)
            self.filter_by("")

    def action_rollup(self) -> None:
        """Switch the tiers between S3's three groups and every tier."""
        tiers = self.query_one(TierProfitPanel)
        tiers.is_rolled_up = not tiers.is_rolled_up
        self.query_one(NewShortPanel).is_rolled_up = tiers.is_rolled_up

    @on(NamesChosen)
    def _on_names_chosen(self, event: NamesChosen) -> None:
        """Show the names of a group in their table, which takes the place of a panel that stands alone."""
        self._show_group(event.tiers, event.sector)
        is_alone = self.has_class("-solo")
        self._entered = event.panel, is_alone
        if is_alone:
            self._show_alone(self.table)
        self.table.focus()

    def show_group(self, tiers: frozenset[str], sector: str | None) -> None:
        """Show the names of a group in their table, and nothing else where a panel stands alone."""
        if self.has_panels:
            self._show_group(tiers, sector)
            if self.has_class("-solo"):
                self._show_alone(self.table)
            self.table.focus()

    def go_to(self, panel_id: str, is_alone: bool = False) -> None:
        """Focus a panel, and give it the whole screen where that is wished or where it has no place."""
        if self.has_panels:
            panel = self.query_one(f"#{panel_id}", PanelFrame)
            self._show_alone(panel if is_alone else None)
            # Whether it has a place beside the others is known once they are laid out.
            self.call_after_refresh(self._focus_in_place, panel)

    def _focus_in_place(self, panel: PanelFrame) -> None:
        if not self._has_place(panel):
            self._show_alone(panel)
        panel.focus()

    def roll_up(self, is_rolled_up: bool) -> None:
        """Show S3's three groups, or every tier."""
        if self.has_panels and self.query_one(TierProfitPanel).is_rolled_up != is_rolled_up:
            self.action_rollup()

    def sort_by(self, key: str) -> None:
        """Sort the names by a column, as a click on its title does the first time."""
        if self.has_panels:
            self.table.sort_by(key)
            self.table.focus()

    @property
    def name_columns(self) -> Sequence[TableColumn]:
        """All columns of the names, with their present titles."""
        return crowded_columns(*self.table.titles_for)

    def _show_group(self, tiers: frozenset[str], sector: str | None) -> None:
        self._entered = None
        self.query_one(TierProfitPanel).chosen = tiers
        self.table.set_groups(tiers or None, sector)
        self._preview()

    # -- names ----------------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort the names by the column in brackets; where they are sorted by it already, turn their order round."""
        self.table.action_sort_column()

    @on(CrowdedTable.RowHighlighted)
    def _on_row_highlighted(self) -> None:
        self._preview()

    def _preview(self) -> None:
        """Have the name under the cursor shown beside the list, where there is room."""
        if self._shown is not None:
            column = self.table.column_at(self.table.cursor_row) if self.table.row_count else None
            self.query_one(NamePreview).follow(self._shown, column)

    def action_preview(self) -> None:
        """Show the name under the cursor beside the list, or give the list that room."""
        self.toggle_class("-without-preview")
        self.call_after_refresh(self._preview)

    def action_scale(self) -> None:
        """Draw the sparklines of a column on one scale, or each on its own."""
        self._draw_with(replace(self._glyphs, has_common_scale=not self._glyphs.has_common_scale))
        self.query_one(KeyLine).say("one scale for all" if self._glyphs.has_common_scale else "each on its own scale")

    def action_draw_otherwise(self) -> None:
        """Draw lines of braille, or of signs that every font has."""
        if self._glyphs.is_ascii:
            self.query_one(KeyLine).say("only ASCII here")
            return
        self._draw_with(replace(self._glyphs, has_braille=not self._glyphs.has_braille))
        self.query_one(KeyLine).say("lines of braille" if self._glyphs.has_braille else "lines of blocks")

    def _draw_with(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        for panel in self.query(PanelFrame):
            panel.glyphs = glyphs

    def action_reverse(self) -> None:
        """Turn the order of the names round."""
        self.table.action_reverse_order()

    @on(TickTable.SortRefused)
    def _on_sort_refused(self, event: TickTable.SortRefused) -> None:
        self.query_one(KeyLine).say(f"no order by {event.title}")

    def action_columns(self) -> None:
        """Choose which columns of the names are shown, and in which order; the table shows each change at once."""
        from tui.screens.column_chooser import ColumnChooser

        table = self.table
        columns = crowded_columns(*table.titles_for)
        self.app.push_screen(
            ColumnChooser(columns, table.choice, table.without_figures, table.choose_columns, self._glyphs)
        )

    def action_filter(self) -> None:
        """Open the filter line: every key is a letter until Enter or Esc. The table comes into view."""
        if self.has_class("-solo") and not self.table.has_class("-alone"):
            self._show_alone(self.table)
        self.query_one(FilterBar).open()

    def symbol_under_cursor(self) -> str | None:
        """The name under the cursor of the table; None where there is none."""
        if self._shown is None or not self.table.row_count:
            return None
        return str(self._shown.market.symbols[self.table.column_at(self.table.cursor_row)])

    def alert_filter(self) -> str:
        """What is shown, as one condition on a figure that an alert can watch; empty where there is none."""
        from tui.alerts.offers import filter_condition
        from widgets.name_conditions import condition_figures

        if not self.has_panels:
            return ""
        table = self.table
        return filter_condition(table.filter_text, table.tiers, table.sector, condition_figures())

    @on(Input.Changed)
    def _on_filter_changed(self, event: Input.Changed) -> None:
        table, bar = self.table, self.query_one(FilterBar)
        table.set_filter(event.value, bar.kept)
        bar.tell(table.row_count, table.filter_error, table.completions(event.value))
        self._preview()

    @on(CrowdedTable.Recounted)
    def _on_recounted(self, event: CrowdedTable.Recounted) -> None:
        """Have the line of a kept filter say as many names as the table has."""
        self.query_one(FilterBar).recount(event.names)

    @on(FilterLine.Closed)
    def _on_filter_closed(self, event: FilterLine.Closed) -> None:
        """Go to the names; a text that is no condition stays in the line, with what is wrong."""
        bar = self.query_one(FilterBar)
        self.table.set_filter(event.text, bar.kept)
        if self.table.filter_error is not None:
            bar.refuse(self.table.filter_error)
        else:
            self.table.focus()
            self.show_sums()

    @on(CrowdedTable.RowChosen)
    def _on_row_chosen(self, event: CrowdedTable.RowChosen) -> None:
        self._open(event.row)

    @on(MoversPanel.MoverChosen)
    def _on_mover_chosen(self, event: MoversPanel.MoverChosen) -> None:
        """Open a name that moved; the next names are those of its block."""
        if self.app.screen is self:
            self.open_among(event.listed, event.symbol, event.words)

    def open_among(
        self, symbols: Sequence[str], symbol: str, words: str, left: Callable[[int | None], None] | None = None
    ) -> None:
        """Open a name out of a list; the next names are those of the list that are in this market.

        Args:
            symbols: the list's names, as whoever asks has them.
            symbol: the one to open.
            words: name the list.
            left: told the column of the name whose screen is left; the table of names follows it by default.
        """
        if self._shown is None:
            return
        places = {str(one): column for column, one in enumerate(self._shown.market.symbols)}
        listed = [one for one in symbols if one in places]
        if symbol in listed:
            order = np.array([places[one] for one in listed], np.int64)
            screen = self._name_screen(order, listed.index(symbol), words)
            self.app.push_screen(screen, left or self._select_left_name)

    @on(FeedsPanel.FeedChosen)
    def _on_feed_chosen(self, event: FeedsPanel.FeedChosen) -> None:
        """Open a feed's screen."""
        from tui.screens.feed import FeedScreen

        if self._shown is not None and self.app.screen is self:
            mark, is_polled = self._shown.market.mark, self._stage.fresh is not None
            screen = FeedScreen(self._feed_page, event.key, event.listed, mark, self._glyphs, is_polled)
            self.app.push_screen(screen, self.query_one(FeedsPanel).select)

    def _feed_page(self, key: str) -> tuple[FeedPage, ReaderTime] | None:
        """What is known now of the feed of a key."""
        from widgets.feed_page import input_page, poll_page

        assert self._loaded is not None
        stage = self._stage
        polled, total = stage.fresh.facts() if stage.fresh is not None else ([], PollLine())
        pages = {feed_key(feed, place): poll_page(feed, total) for place, feed in enumerate(polled)}
        inputs = feed_facts(self._loaded, self._is_past, polled)
        page = pages.get(key) or {input_key(feed): input_page(feed) for feed in inputs}.get(key)
        return None if page is None else (page, self._reader_time())

    def _reader_time(self) -> ReaderTime:
        """When and where the screen is read."""
        assert self._loaded is not None
        return reader_time(self._loaded, self._stage.here)

    def action_open_next(self, step: int) -> None:
        """Move to a neighbour and open it."""
        self._open(self.table.cursor_row + step)

    def _open(self, row: int) -> None:
        # Of two quick keys the first has opened a name already.
        if self._shown is None or self.app.screen is not self:
            return
        order = self.table.order
        if not 0 <= row < len(order):
            return
        self.table.move_to(row)
        arrow = self._glyphs.sort_descending if self.table.is_descending else self._glyphs.sort_ascending
        self._open_listed(order, row, f"by {SORT_WORDS[self.table.sort_key]} {arrow}")

    def _open_listed(self, order: Indexes, place: int, words: str) -> None:
        """Open the name at a place of a list, which `words` name."""
        if self._shown is not None:
            self.app.push_screen(self._name_screen(order, place, words), self._select_left_name)

    def _name_screen(self, order: Indexes, place: int, words: str) -> SymbolScreen:
        """The screen of the name at a place of a list."""
        from tui.screens.symbol import SymbolScreen

        board, fresh = self._board, self._stage.fresh
        assert board is not None
        look_at = fresh.look_at if fresh is not None else None
        return SymbolScreen(
            board,
            order,
            place,
            words,
            self._glyphs,
            look_at,
            self._stage.options.low_bandwidth,
            read=self._reader_time,
            own=self._own_positions,
            loans=self._loan_path,
            keep=partial(put_on_list, self._stage),
            records=self._name_records,
        )

    def _name_records(self, symbol: str) -> Record:
        """What is kept of a name beside its settlements. Blocks: called in a thread."""
        from tui.screens.name_record_reader import read_parts

        return read_parts(self._stage, symbol)

    def _loan_path(self, symbol: str) -> LoanPath:
        """What the list of stock loans said of a name over time. Blocks: called in a thread."""
        from tui.screens.borrow_page import BorrowReader

        return BorrowReader(self._stage).path(symbol)

    def _own_positions(self, board: Board) -> FittedBook:
        """The user's own positions on a Board. Reads their file where it changed: called in a thread."""
        assert self._loaded is not None
        return self._stage.own_book.read(board, self._loaded)

    def action_my_book(self) -> None:
        """Show the user's own positions."""
        from tui.screens.my_book import MyBookScreen

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        stage = self._stage
        screen = MyBookScreen(
            self._shown,
            self._loaded,
            stage.own_book,
            self.open_among,
            self._glyphs,
            self._reader_time,
            stage.marks_moves,
        )
        self.app.push_screen(screen)

    def action_export(self) -> None:
        """Ask for a form, and export what is shown now."""
        from tui.screens.exporting import table_of_main

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        try:
            taken = table_of_main(self, self._stage, self._shown, self._loaded)
        except ReportedError as error:
            self.query_one(KeyLine).warn(str(error))
        else:
            self._export_of(self, taken)

    def _export_of(self, screen: MarketScreen[Any], taken: TakenTable) -> None:
        """Ask for a form, and export what a screen shows."""
        from tui.screens.exporting import Exporting

        assert self._board is not None
        used = partial(setattr, self, "export_form")
        Exporting(screen, self._stage, taken, self._board, self._glyphs, used).ask(self.export_form)

    def action_market_tables(self, name: str = "") -> None:
        """Show the tables of the market: that of a name, or the one seen last."""
        from tui.screens.tables import TablesScreen

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        screen = TablesScreen(
            self._stage,
            self._shown,
            self._loaded,
            name or self._table_seen,
            open_name=self.open_among,
            export=self._export_of,
            seen=partial(setattr, self, "_table_seen"),
            glyphs=self._glyphs,
            read=self._reader_time,
        )
        self.app.push_screen(screen, self._show_chosen_group)

    def _show_chosen_group(self, group: GroupOfNames | None) -> None:
        """Show the names of a row of sums that was opened."""
        if group is not None:
            self.show_group(*group)

    def _select_left_name(self, column: int | None) -> None:
        """Put the cursor on the name whose screen was left."""
        if column is not None and self._shown is not None:
            rows = np.flatnonzero(self.table.order == column)
            if len(rows):
                self.table.move_to(int(rows[0]))

    def action_explain(self) -> None:
        """Explain the figures of the focused panel."""
        from tui.screens.explain import ExplainScreen

        if self._board is None:
            return
        table = self.table
        panel = self.focused if self.focused in [panel for _, panel in self._placed] else table
        assert isinstance(panel, PanelFrame)
        column = table.column_at(table.cursor_row) if panel is table and table.row_count else None
        columns, read = panel.explained_columns, self._reader_time()
        screen = ExplainScreen(self._board, panel.explained, column, self._glyphs, columns=columns, read=read)
        self.app.push_screen(screen)

    def action_doubtful(self) -> None:
        """Show what is doubtful, and the securities that are left out of the totals."""
        from tui.screens.doubtful import DoubtfulScreen

        if self._board is not None:
            self.app.push_screen(DoubtfulScreen(self._board, self._glyphs), self.open_symbol)

    def action_published(self) -> None:
        """Show what the last publication of short interest changed."""
        from tui.screens.published import PublishedScreen

        stage = self._stage
        if self._board is not None and self.app.screen is self:
            pages, glyphs = stage.publications, self._glyphs
            self.app.push_screen(PublishedScreen(pages, self.open_among, stage.publication_looked_at, glyphs))

    def action_borrow(self) -> None:
        """Show what borrowing costs, over time."""
        from tui.screens.borrow import BorrowScreen
        from tui.screens.borrow_page import BorrowReader

        if self._board is not None and self.app.screen is self:
            reader = BorrowReader(self._stage)
            self.app.push_screen(BorrowScreen(reader, self.open_among, self._reader_time, self._glyphs))

    def action_compare(self) -> None:
        """Put what is shown beside another day, window or tier basis."""
        from shortside.positions import Knowledge
        from tui.screens.compare import CompareScreen, OtherSide

        stage, board = self._stage, self._board
        if board is None or self.app.screen is not self:
            return
        sessions = stage.sessions_there()
        # Of a past day one wants to know what came of it; of the newest, what was the evening before.
        day = None if stage.past_day is not None or len(sessions) < 2 else sessions[-2]
        # An evening as known then, until somebody asks for hindsight.
        view = board.view if day is None else replace(board.view, knowledge=Knowledge.AS_KNOWN)
        other = OtherSide(day, view)
        self.app.push_screen(CompareScreen(board, stage, other, self.open_among, self._glyphs))

    def open_symbol(self, symbol: str | None, words: str = "doubtful") -> None:
        """Open a name that was chosen on another screen, also one that the filter hides; `words` say why it opens."""
        if symbol is None or self._shown is None:
            return
        row = self.table.row_of(symbol)
        if row is not None:
            self._open(row)
            return
        columns = np.flatnonzero(self._shown.market.symbols == symbol)
        if len(columns):
            self._open_listed(columns[:1], 0, words)

    def action_copy_symbol(self) -> None:
        """Copy the symbol under the cursor to the clipboard, through SSH too (OSC 52)."""
        self._copy(lambda row: self.table.cell_text(row, "symbol").strip())

    def action_copy_row(self) -> None:
        """Copy the row under the cursor to the clipboard, separated by tabs."""
        self._copy(self.table.row_text)

    def _copy(self, text_of: Callable[[int], str]) -> None:
        if self.table.row_count:
            self.app.copy_to_clipboard(text_of(self.table.cursor_row))
            self.query_one(KeyLine).say("copied")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: only `back` before the market is read, and no `filter` inside the filter line."""
        if action == "filter" and isinstance(self.focused, FilterLine):
            return False
        if action == "compare" and self._stage.replay is not None:
            # The key makes a recording run faster there; it has no other days to compare with.
            return False
        return super().check_action(action, parameters) and (self._board is not None or action == "back")
