"""Exports what a screen shows: a table, the figures of a panel of the main screen, or the whole screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shortside.words.plain_text import printable
from tui.documents.catalog import document_kind
from tui.documents.export_files import export_stem, exports_folder, write_export
from tui.documents.export_formats import export_form
from tui.documents.exported_table import ShownNames, table_of_document, table_of_names
from tui.documents.kind import DocumentRequest
from tui.screens.export import ExportScreen
from tui.screens.key_line import KeyLine
from tui.terminal.screen_svg import svg_of_rows, text_of_rows
from widgets.board_figures import taken_columns
from widgets.crowded import CrowdedTable
from widgets.format import width_of
from widgets.name_columns import name_column
from widgets.panel import PanelFrame

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.documents.export_formats import ExportForm
    from tui.documents.exported_table import ExportedTable
    from tui.screens.base import MarketScreen, ScreenStage
    from tui.sources.loaded_market import LoadedMarket
    from widgets.format import Glyphs

DOCUMENTS_OF_PANELS: Final = {"tiers": "tiers", "new-short": "tiers", "sectors": "sectors", "feeds": "feeds"}
"""The document of `snapshot` that has a panel's figures, by the panel's id; of the others names are exported."""
CELLS_BESIDE_WORDS: Final = 4


class TakenTable(NamedTuple):
    """What is exported, as it stands at one moment."""

    words: str
    """What it is, such as `10 names, 18 columns`."""
    make: Callable[[], ExportedTable]
    """Makes a table of it; called in another thread."""


class Exporting:
    """Exports what a screen shows at one moment.

    Args:
        screen: the screen; it has a line of keys.
        stage: the monitor.
        taken: the table.
        board: what it is of.
        glyphs: the signs to draw with.
        used: takes the name of the form that is chosen, to be offered first the next time.
    """

    def __init__(
        self,
        screen: MarketScreen[Any],
        stage: ScreenStage,
        taken: TakenTable,
        board: Board,
        glyphs: Glyphs,
        used: Callable[[str], None],
    ) -> None:
        self._screen, self._stage, self._glyphs, self._used = screen, stage, glyphs, used
        self._what, self._make_table = taken
        self._rows = stage.terminal_rows()
        self._folder = exports_folder(stage.options)
        self._day = board.market.last_session, board.market.is_simulated

    def ask(self, used_last: str) -> None:
        """Ask for the form, and export in it."""
        self._screen.app.push_screen(ExportScreen(self._what, used_last, self._glyphs), self._export)

    def _export(self, name: str | None) -> None:
        if name is not None:
            self._used(name)
            work: Any = self._exported(export_form(name))
            self._screen.app.run_worker(work, exit_on_error=False, group="exports", name="export")

    async def _exported(self, form: ExportForm) -> None:
        """Write in a thread, and say what came of it."""
        if form.write is not None and not form.suffix:
            content = await asyncio.to_thread(self._content, form.write)
            self._say_exported(self._stage.copy_lines(content.decode()))
            return
        if form.write is None and self._rows is None:
            self._warn_exported("the screen cannot be taken just now; try again")
            return
        is_dark = self._screen.app.current_theme.dark
        try:
            path, said = await asyncio.to_thread(self._made_file, form, is_dark)
        except OSError as error:
            self._warn_exported(f"nothing was exported: {error.strerror or error}: {_short_path(self._folder)}")
            return
        self._say_exported(f"{said} in ", _short_path(path))

    def _content(self, write: Callable[[ExportedTable], bytes]) -> bytes:
        return write(self._make_table())

    def _made_file(self, form: ExportForm, is_dark: bool) -> tuple[Path, str]:
        """Write a file; returns where it is, and what it has, in words. Blocks."""
        if form.write is not None:
            table = self._make_table()
            stem, rows = export_stem(table.name, *self._day), len(table.rows)
            path = write_export(self._folder, stem, form.suffix, form.write(table))
            return path, f"{rows:,} {'row' if rows == 1 else 'rows'}"
        assert self._rows is not None, "the screen was taken"
        content = svg_of_rows(self._rows, is_dark) if form.suffix == "svg" else text_of_rows(self._rows)
        stem = export_stem("screen", *self._day)
        return write_export(self._folder, stem, form.suffix, content.encode()), "the screen"

    def _say_exported(self, words: str, path: str = "") -> None:
        """Say where it went; of a path too long for the line its end."""
        if self._screen.has_panels:
            room = self._screen.size.width - CELLS_BESIDE_WORDS - width_of(words)
            mark = "..." if self._glyphs.is_ascii else "…"
            while width_of(path) > max(room, 1) and len(path) > len(mark) + 1:
                path = mark + path[len(mark) + 1 :] if path.startswith(mark) else mark + path[1:]
            self._screen.query_one(KeyLine).hold(words + path)

    def _warn_exported(self, words: str) -> None:
        if self._screen.has_panels:
            self._screen.query_one(KeyLine).warn(words)


def table_of_main(screen: MarketScreen[Any], stage: ScreenStage, board: Board, loaded: LoadedMarket) -> TakenTable:
    """The table of names of the main screen, or the figures of the panel of it that has the focus.

    Raises:
        SourceError: there is nothing to write.
    """
    # A list that the configuration file names for `snapshot` is none of the screen's.
    asked = DocumentRequest(board, loaded, stage.options._replace(list=None), stage.lists.by_name)
    focused = screen.focused
    document = DOCUMENTS_OF_PANELS.get(focused.id or "") if isinstance(focused, PanelFrame) else None
    if document is not None:
        # Made at once, as the panels are: sums of a few groups, of figures that prices move.
        table = table_of_document(document_kind(document), asked)
        return TakenTable(document, lambda: table)
    names = screen.query_one(CrowdedTable)
    order = names.order
    columns = taken_columns(board, order, [column.key for column in names.laid_out])
    sort = name_column(names.sort_key).exported_key
    tiers = None if names.tiers is None else sorted(names.tiers)
    shown = ShownNames(columns, sort if names.is_descending else f"-{sort}", names.filter_text, tiers, names.sector)
    noun = "name" if len(order) == 1 else "names"
    return TakenTable(f"{len(order):,} {noun}, {len(columns)} columns", lambda: table_of_names(asked, shown))


def _short_path(path: Path) -> str:
    """A path as people write it, from their home on."""
    home = Path.home()
    return printable(f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path))
