"""The key of the main screen that exports what it shows: the table of names, another panel's, or the whole screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding, BindingType

from tui.screens.base import MarketScreen
from tui.screens.key_line import KeyLine
from widgets.crowded import CrowdedTable
from widgets.format import width_of
from widgets.panel import PanelFrame

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.documents.export_formats import ExportForm
    from tui.documents.exported_table import ExportedTable
    from tui.screens.base import ScreenStage
    from tui.sources.loaded_market import LoadedMarket
    from tui.terminal.frame_json import Row
    from widgets.format import Glyphs

FIRST_FORM: Final = "CSV"
"""The form chosen before any was used."""
DOCUMENTS_OF_PANELS: Final = {"tiers": "tiers", "new-short": "tiers", "sectors": "sectors", "feeds": "feeds"}
"""The document of `snapshot` that has a panel's figures, by the panel's id; of the others names are exported."""
CELLS_BESIDE_WORDS: Final = 4


class ExportKeys(MarketScreen[None]):
    """A screen with the table of names that can be exported as it stands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "X", "export", "export", id="export.open", tooltip="The table as it stands as CSV, Parquet …; the screen"
        ),
    ]
    _stage: ScreenStage
    _glyphs: Glyphs
    _board: Board | None
    _loaded: LoadedMarket | None
    export_form: str = FIRST_FORM
    """The form used last."""

    def action_export(self) -> None:
        """Ask for the form, and export what is shown now."""
        board, loaded = self._board, self._loaded
        if board is None or loaded is None or self.app.screen is not self:
            return
        from tui.documents.export_files import exports_folder
        from tui.screens.export import ExportScreen

        what, taken = self._taken(board, loaded)
        rows = self._stage.terminal_rows()
        folder = exports_folder(self._stage.options)
        screen = ExportScreen(what, self.export_form, self._glyphs)

        def chosen(name: str | None) -> None:
            if name is not None:
                self._export(name, taken, rows, folder, board)

        self.app.push_screen(screen, chosen)

    def _taken(self, board: Board, loaded: LoadedMarket) -> tuple[str, Callable[[], ExportedTable]]:
        """What is exported, in words, and what makes a table of it in another thread, as it stands now."""
        from tui.documents.catalog import document_kind
        from tui.documents.exported_table import ShownNames, table_of_document, table_of_names
        from tui.documents.kind import DocumentRequest
        from widgets.board_figures import taken_columns
        from widgets.name_columns import name_column

        asked = DocumentRequest(board, loaded, self._stage.options, self._stage.lists.by_name)
        focused = self.focused
        document = DOCUMENTS_OF_PANELS.get(focused.id or "") if isinstance(focused, PanelFrame) else None
        if document is not None:
            # Made at once, as the panels are: sums of a few groups, of figures that prices move.
            table = table_of_document(document_kind(document), asked)
            return document, lambda: table
        names = self.query_one(CrowdedTable)
        order = names.order
        columns = taken_columns(board, order, [column.key for column in names.laid_out])
        sort = name_column(names.sort_key).exported_key
        tiers = None if names.tiers is None else sorted(names.tiers)
        shown = ShownNames(columns, sort if names.is_descending else f"-{sort}", names.filter_text, tiers, names.sector)
        noun = "name" if len(order) == 1 else "names"
        return f"{len(order):,} {noun}, {len(columns)} columns", lambda: table_of_names(asked, shown)

    def _export(
        self, name: str, taken: Callable[[], ExportedTable], rows: list[Row] | None, folder: Path, board: Board
    ) -> None:
        from tui.documents.export_formats import export_form

        self.export_form = name
        work: Any = self._exported(export_form(name), taken, rows, folder, board)
        self.app.run_worker(work, exit_on_error=False, group="exports", name="export")

    async def _exported(
        self,
        form: ExportForm,
        taken: Callable[[], ExportedTable],
        rows: list[Row] | None,
        folder: Path,
        board: Board,
    ) -> None:
        """Write in a thread, and say what came of it."""
        market = board.market
        is_dark = self.app.current_theme.dark
        if form.write is not None and not form.suffix:
            content = await asyncio.to_thread(lambda: form.write(taken()) if form.write else b"")
            self._say_exported(self._stage.copy_lines(content.decode()))
            return
        if form.write is None and rows is None:
            self._warn_exported("the screen cannot be taken just now; try again")
            return
        make = partial(_made_file, form, taken, rows, is_dark, folder, (market.last_session, market.is_simulated))
        try:
            path, count = await asyncio.to_thread(make)
        except OSError as error:
            self._warn_exported(f"nothing was exported: {error.strerror or error}: {_short_path(folder)}")
            return
        said = f"{count:,} {'row' if count == 1 else 'rows'}" if count is not None else "the screen"
        self._say_exported(f"{said} in ", _short_path(path))

    def _say_exported(self, words: str, path: str = "") -> None:
        """Say where it went; of a path too long for the line its end."""
        if self.has_panels:
            room = self.size.width - CELLS_BESIDE_WORDS - width_of(words)
            mark = "..." if self._glyphs.is_ascii else "…"
            while width_of(path) > max(room, 1) and len(path) > len(mark) + 1:
                path = mark + path[len(mark) + 1 :] if path.startswith(mark) else mark + path[1:]
            self.query_one(KeyLine).hold(words + path)

    def _warn_exported(self, words: str) -> None:
        if self.has_panels:
            self.query_one(KeyLine).warn(words)


def _made_file(
    form: ExportForm,
    taken: Callable[[], ExportedTable],
    rows: list[Row] | None,
    is_dark: bool,
    folder: Path,
    day: tuple[Any, bool],
) -> tuple[Path, int | None]:
    """Write a file; returns where it is, and how many rows it has, None of a screen. Blocks."""
    from tui.documents.export_files import export_stem, write_export

    if form.write is not None:
        table = taken()
        return write_export(folder, export_stem(table.name, *day), form.suffix, form.write(table)), len(table.rows)
    from tui.terminal.screen_svg import svg_of_rows, text_of_rows

    assert rows is not None, "the screen was taken"
    content = svg_of_rows(rows, is_dark) if form.suffix == "svg" else text_of_rows(rows)
    return write_export(folder, export_stem("screen", *day), form.suffix, content.encode()), None


def _short_path(path: Path) -> str:
    """A path as people write it, from their home on."""
    from shortside.plain_text import printable

    home = Path.home()
    return printable(f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path))
