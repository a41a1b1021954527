"""The choice of a form in which what is shown is exported; the one used last is chosen already."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.documents.export_formats import EXPORT_FORMS, export_form
from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.columns import TableColumn
from widgets.format import GLYPHS_UNICODE, Glyphs, fit
from widgets.key_names import key_words
from widgets.tick_table import Cell, StillRows, TickTable

FORM_COLUMNS: Final = (
    TableColumn(key="form", title="as", width=9, align="left", is_pinned=True),
    TableColumn(key="words", title="what it is for", width=52, min_width=16, max_width=70, align="left", priority=1),
)


class FormRows(StillRows):
    """A row for each form of an export."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs

    @property
    def row_count(self) -> int:
        """The number of forms, a row each."""
        return len(EXPORT_FORMS)

    def whole(self, row: int) -> list[Cell]:
        """The form's name, and what it is good for."""
        form = EXPORT_FORMS[row]
        return [(fit(form.name, 9, glyphs=self._glyphs), "title"), (form.words, "muted")]


class ExportScreen(PanelReadiness, ModalScreen[str | None]):
    """Asks in which form to export; dismissed with the form's name, or with None.

    Args:
        what: what is exported, such as `10 names, 18 columns`.
        chosen: the name of the form that was used last.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = f"""
    ExportScreen {{ align: center middle; background: $background 60%; }}
    ExportScreen > Vertical {{ width: 90%; max-width: 76; height: {len(EXPORT_FORMS) + 3}; max-height: 95%; }}
    ExportScreen TickTable {{ height: 100%; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("X", "write", "write", id="export.write", tooltip="Export in the form under the cursor"),
        Binding("escape,q", "close", "close", id="export.close", tooltip="Back, and nothing is written"),
    ]

    def __init__(self, what: str, chosen: str, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._what, self._chosen, self._glyphs = what, chosen, glyphs

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            title = f"Export {self._what}"
            yield TickTable(FORM_COLUMNS, FormRows(self._glyphs), title=title, glyphs=self._glyphs, id="forms")

    def fill_panels(self) -> None:
        """Put the cursor on the form used last, once the table is there."""
        self._table.focus()
        self._table.move_to(EXPORT_FORMS.index(export_form(self._chosen)))
        self._table.note = f" {self._glyphs.separator} ".join(
            (key_words(self, "{table.choose:Enter} writes"), key_words(self, "{export.close:Esc}"))
        )

    @property
    def _table(self) -> TickTable:
        return self.query_one("#forms", TickTable)

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        event.stop()
        self.action_write()

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()

    def action_write(self) -> None:
        """Leave with the form under the cursor."""
        self.dismiss(EXPORT_FORMS[self._table.cursor_row].name)

    def action_close(self) -> None:
        """Leave, and export nothing."""
        self.dismiss(None)
