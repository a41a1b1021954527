"""The screen of a publication: what FINRA's file changed against what was carried until it came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from tui.errors import ReportedError
from tui.screens.grouped_names import GroupedNamesScreen
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.publication_page import FirstOrder, PublicationGroup, PublicationPage, PublicationPages
from tui.screens.publication_rows import (
    GROUP_COLUMNS,
    PublicationGroupRows,
    PublicationNameRows,
    columns_in_unit,
    copied_publication_row,
    shown_keys,
)
from tui.screens.publication_summary import PublicationSummary, summary_title
from tui.screens.titled_table import TitledTable
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.sources.loaded_market import LoadedMarket

PUBLISHED_KEYS = (
    ("{table.choose:⏎}", "open"),
    ("{published.compare:w}", "before"),
    ("{published.earlier:{} {published.later:}}", "cycles"),
    ("{table.sort:s}", "sort"),
    ("tab", "groups"),
    ("{published.back:esc}", "back"),
    ("{view.positions:p}", "shares"),
    ("{view.basis:b}", "basis"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
)


class PublishedScreen(GroupedNamesScreen[PublicationPage, PublicationGroup]):
    """A publication: its sums, its groups at the left, and at the right the names of the group under the cursor.

    Args:
        pages: where publications come from.
        open_name: opens a name's screen, given the symbols of the list, the one to open, and words for the list.
        looked_at: told which settlement was shown.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    PublishedScreen { layout: vertical; }
    PublishedScreen PublicationSummary { height: 7; }
    PublishedScreen.-listed PublicationSummary { height: 8; }
    PublishedScreen Horizontal { height: 1fr; }
    PublishedScreen #groups { width: 34; height: 100%; }
    PublishedScreen #names { width: 1fr; height: 100%; }
    PublishedScreen.-broad.-compared #groups { width: 43; }
    PublishedScreen.-wide #groups, PublishedScreen.-wide.-compared #groups { width: 62; }
    PublishedScreen.-narrow #groups { display: none; }
    PublishedScreen.-flat PublicationSummary, PublishedScreen.-flat.-listed PublicationSummary { height: 4; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (112, "-broad"), (170, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-low")]
    list_words = "published"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,P,q", "back", "back", id="published.back", tooltip="Back to the screen below"),
        Binding("w,W", "compare", "cycle before", id="published.compare", tooltip="The cycle before beside this one"),
        Binding("left_curly_bracket", "step(-1)", "earlier", id="published.earlier", tooltip="The cycle before this"),
        Binding("right_curly_bracket", "step(1)", "later", id="published.later", tooltip="The cycle after this one"),
        Binding("y", "copy", "copy", id="copy.published", tooltip="Copy the symbol under the cursor"),
        Binding("Y", "copy_row", "copy row", id="copy.published_row", tooltip="Copy the row under the cursor"),
    ]

    def __init__(
        self,
        pages: PublicationPages,
        open_name: Callable[[Sequence[str], str, str], None],
        looked_at: Callable[[date], None] = lambda _: None,
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__(open_name)
        self._pages, self._looked_at, self._glyphs = pages, looked_at, glyphs
        self._is_newest = True
        self._is_compared = False

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        yield PublicationSummary(title="PUBLISHED", glyphs=glyphs, id="summary")
        with Horizontal():
            reading = "reading"
            yield TitledTable(GROUP_COLUMNS, title="Who moved", empty_words=reading, glyphs=glyphs, id="groups")
            names = TitledTable(columns_in_unit(""), title="Names", empty_words=reading, glyphs=glyphs, id="names")
            names.board = "published"
            yield names
        yield KeyLine(PUBLISHED_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Have the newest publication read and shown."""
        self._lay_out()
        self._turn_to(None)

    # -- reading --------------------------------------------------------------------------------------------------

    def _turn_to(self, settlement: date | None, steps: int = 0) -> None:
        """Show the publication of a settlement, or one some steps from it; the newest for None."""
        read: Any = partial(self._read, settlement, steps)
        self.run_worker(read, exclusive=True, exit_on_error=False, group="publication", name="publication")

    async def _read(self, settlement: date | None, steps: int) -> None:
        try:
            found = await asyncio.to_thread(self._found, settlement, steps)
        except ReportedError as error:
            self._say(str(error), is_wrong=True)
            return
        if found is None:
            self._say(f"no {'earlier' if steps < 0 else 'later'} publication here")
        elif self.has_panels:
            self._show(*found)

    def _found(self, settlement: date | None, steps: int) -> tuple[PublicationPage, bool] | None:
        """A page, and whether it is the newest; None where there is no such settlement. Blocks."""
        newest = self._pages.newest()
        wanted = newest if settlement is None else settlement
        if steps:
            neighbour = self._pages.neighbour(wanted, steps)
            if neighbour is None:
                return None
            wanted = neighbour
        return self._pages.page(wanted), wanted == newest

    def _say(self, words: str, *, is_wrong: bool = False) -> None:
        if self.has_panels:
            line = self.query_one(KeyLine)
            (line.warn if is_wrong else line.say)(words)

    # -- showing --------------------------------------------------------------------------------------------------

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew, where its newest publication is looked at."""
        if self._is_newest and self.has_panels:
            self._turn_to(None)

    def set_board(self, board: Board) -> None:
        """Show the publication by the board's positions method, tier basis and knowledge."""
        page, view = self._page, board.view
        if page is None or not self.has_panels:
            return
        shown = page.publication.view
        if (shown.positions, shown.basis, shown.knowledge) != (view.positions, view.basis, view.knowledge):
            self._turn_to(None if self._is_newest else page.publication.settlement)

    def lists_changed(self) -> None:
        """Show own lists as they are now."""
        if self._page is not None and self.has_panels:
            self._turn_to(None if self._is_newest else self._page.publication.settlement)

    def _show(self, page: PublicationPage, is_newest: bool) -> None:
        before, self._page, self._is_newest = self._page, page, is_newest
        summary, groups, names = self._summary, self._groups, self._names
        summary.page, summary.title = page, summary_title(page, self._glyphs)
        one = page.publication
        evening = "" if is_newest else f"{one.view.knowledge.words}, on the evening of {full_day(one.prices_to)}"
        summary.note = f" {self._glyphs.separator} ".join(filter(None, (page.mark, evening)))
        self.set_class(page.first_list is not None, "-listed")
        summary.redraw()
        names.retitle(columns_in_unit(page.unit, page.unit_of_shares))
        self._lay_out()
        groups.empty_words = names.empty_words = "none"
        groups.title = f"Who moved {self._glyphs.separator} ${page.unit_of_sums}"
        groups.set_source(PublicationGroupRows(page.groups, page.unit_of_sums, self._glyphs))
        group = self._show_groups_of(page)
        is_same = before is not None and before.publication.settlement == page.publication.settlement
        self._show_group(group, row=names.cursor_row if is_same else 0)
        self._say("")
        if is_newest:
            self._looked_at(page.publication.settlement)

    def _show_group(self, group: PublicationGroup, row: int = 0) -> None:
        assert self._page is not None
        self._group = group
        key, descends = self._sort or (None, True)
        names = self._names
        names.title = f"{group.words}{'' if self._sort else f', {group.first_order.value}'}"
        names.set_source(PublicationNameRows(self._page, self._page.order(group, key, descends=descends), self._glyphs))
        names.set_sort(*(self._sort or ("new_short", group.first_order is not FirstOrder.COVERS)))
        names.move_to(row)
        names.note = names.place

    def _lay_out(self) -> None:
        """Give the columns of the cycle before a place, or take it; what no name has a figure of has none."""
        figures = None if self._page is None else self._page.figures
        groups, names = self._groups, self._names
        groups.lay_out(shown_keys(groups.columns, is_compared=self._is_compared))
        names.lay_out(shown_keys(names.columns, is_compared=self._is_compared, figures=figures))

    @property
    def _summary(self) -> PublicationSummary:
        return self.query_one(PublicationSummary)

    def _listed_symbols(self) -> list[str]:
        source = self._names.source
        return source.symbols if isinstance(source, PublicationNameRows) else []

    def _copied_row(self, row: int) -> str:
        source = self._names.source
        assert isinstance(source, PublicationNameRows)
        return copied_publication_row(source.record(row))

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Put the cycle before beside this one, or take it away."""
        self._is_compared = not self._is_compared
        self.set_class(self._is_compared, "-compared")
        self._lay_out()
        self._summary.is_compared = self._is_compared
        self._summary.redraw()

    def action_step(self, steps: int) -> None:
        """Go to an earlier or a later publication."""
        if self._page is not None:
            self.query_one(KeyLine).hold("reading")
            self._turn_to(self._page.publication.settlement, steps)
