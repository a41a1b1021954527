"""The screen of alerts: what can be made of the filter and of a name, and every rule, to be switched or deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.columns import TableColumn
from widgets.format import GLYPHS_UNICODE, Glyphs, fit
from widgets.key_names import key_words
from widgets.moments import ReaderTime, moment_wordings
from widgets.row_words import RowWords
from widgets.tick_table import Cell, StillRows, TickTable

if TYPE_CHECKING:
    from tui.alerts.desk import AlertFacts
    from tui.alerts.offers import Offer

ALERT_COLUMNS: Final = (
    TableColumn(key="sign", title="", width=3, align="left", is_pinned=True),
    TableColumn(key="name", title="alert", width=18, align="left", min_width=12, max_width=36, is_pinned=True),
    TableColumn(key="words", title="rings when", width=40, min_width=34, max_width=120, align="left", priority=1),
    TableColumn(key="told", title="rang", width=12, align="left", priority=3),
    TableColumn(key="state", title="now", width=28, min_width=12, max_width=40, align="left", priority=2),
)
NEW, ON, SILENT, OFF = "+", "[x]", "[-]", "[ ]"
"""The signs of an alert that can be made, of one that is on, on and not to ring now, and off."""
SECONDS_BETWEEN_LOOKS_AT_RULES: Final = 1.0
"""How often it is looked whether a rule rang, or is withheld."""
NO_ALERTS: Final = "no alerts yet, and nothing to make one of: go to a name or set a filter"


class AlertsShown(NamedTuple):
    """What the screen shows."""

    offers: Sequence[Offer] = ()
    facts: Sequence[AlertFacts] = ()
    mistakes: Sequence[str] = ()
    is_ringing_here: bool = True


class AlertRows(StillRows):
    """What can be made first, then the rules."""

    def __init__(self, shown: AlertsShown, own_file: str, now: ReaderTime, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.shown, self.glyphs = shown, glyphs
        self._own_file, self._now = own_file, now

    @property
    def row_count(self) -> int:
        """A row for each that can be made, and for each rule."""
        return len(self.shown.offers) + len(self.shown.facts)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row."""
        offers = self.shown.offers
        if row < len(offers):
            offer = offers[row]
            name = fit(self._plain(offer.table["name"]), 40, glyphs=self.glyphs).rstrip()
            return [(f" {NEW}", "accent"), (name, "accent"), (offer.words, "plain"), ("", "muted"), ("new", "muted")]
        facts = self.shown.facts[row - len(offers)]
        rule, is_on = facts.alert.rule, facts.alert.is_on
        style = "plain" if is_on else "muted"
        return [
            (OFF if not is_on else SILENT if facts.withheld else ON, "accent" if is_on else "muted"),
            (fit(self._plain(rule.name), 40, glyphs=self.glyphs).rstrip(), style),
            (_waits_for(facts), style),
            (self._told(facts.told_at), "muted"),
            self._state(facts),
        ]

    def words_of(self, row: int) -> str:
        """All that is said of a row, whole."""
        offers = self.shown.offers
        if row < len(offers):
            return f"{self._plain(offers[row].table['name'])}: {offers[row].words}"
        facts = self.shown.facts[row - len(offers)]
        parts = (f"{self._plain(facts.alert.rule.name)}: {_waits_for(facts)}", f"rang {self._told(facts.told_at)}")
        return f" {self.glyphs.separator} ".join((*parts, self._state(facts)[0]))

    def _plain(self, name: str) -> str:
        """A name in which ± is not the sign for about where there is none for it."""
        return name.replace("±", "+-") if self.glyphs.is_ascii else name

    def _told(self, at: datetime | None) -> str:
        if at is None:
            return "never"
        return moment_wordings(at, self._now, glyphs=self.glyphs)[-1]

    def _state(self, facts: AlertFacts) -> Cell:
        if not facts.alert.is_on:
            return "off", "muted"
        if not self.shown.is_ringing_here:
            return "another monitor rings", "muted"
        if facts.withheld:
            return facts.withheld, "warning"
        return facts.alert.ways.words, "muted"


def _waits_for(facts: AlertFacts) -> str:
    """What a rule waits for, how it crosses, and among which names."""
    rule = facts.alert.rule
    on = f" {rule.on}" if rule.on and rule.on != "enters" else ""
    return f"{rule.when}{on}{f' (of {rule.among_words})' if rule.among_words else ''}"


class AlertActions(NamedTuple):
    """What the screen does with rules; each returns an error in words, empty where there was none."""

    make: Callable[[Offer], Awaitable[str]]
    switch: Callable[[str, bool], Awaitable[str]]
    delete: Callable[[str], Awaitable[str]]
    shown: Callable[[], AlertsShown]
    """What is to be shown now."""


class AlertScreen(PanelReadiness, ModalScreen[None]):
    """Makes, switches and deletes alerts; what is done is done at once.

    Args:
        actions: what can be done.
        own_file: the name of the file of rules made by key.
        read: returns when the screen is read, and where.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    AlertScreen { align: center middle; background: $background 60%; }
    AlertScreen > Vertical { width: 97%; max-width: 160; height: 95%; max-height: 40; }
    AlertScreen TickTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "take", "make, on/off", id="alerts.take", tooltip="Make it, or switch it on or off"),
        Binding("d,delete", "delete", "delete", id="alerts.delete", tooltip="Delete an alert made by key; asks again"),
        Binding("escape,A,q", "close", "close", id="alerts.close", tooltip="Back to the screen below"),
    ]

    def __init__(
        self,
        actions: AlertActions,
        own_file: str,
        read: Callable[[], ReaderTime],
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__()
        self._actions, self._own_file, self._read, self._glyphs = actions, own_file, read, glyphs
        self._shown = actions.shown()
        self._asked: str | None = None
        """The rule that a second `d` deletes."""
        self._words = ""

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            yield TickTable(
                ALERT_COLUMNS, self._rows(), title="Alerts", empty_words=NO_ALERTS, glyphs=self._glyphs, id="alerts"
            )
            yield RowWords(glyphs=self._glyphs)

    def fill_panels(self) -> None:
        """Say which keys work, once the table is there, and show from now on what rings."""
        self._table.focus()
        self._label()
        self.set_interval(SECONDS_BETWEEN_LOOKS_AT_RULES, self._look, name="alerts")

    def _look(self) -> None:
        if self._actions.shown() != self._shown:
            self.show(self._words)

    def show(self, words: str = "") -> None:
        """Show what there is now, and say something in the border."""
        self._shown, self._words = self._actions.shown(), words
        if self.has_panels:
            self._table.set_source(self._rows())
            self._label()

    @property
    def _table(self) -> TickTable:
        return self.query_one("#alerts", TickTable)

    @property
    def _rule(self) -> AlertFacts | None:
        """The rule under the cursor; None on one that can be made."""
        place = self._table.cursor_row - len(self._shown.offers)
        return self._shown.facts[place] if 0 <= place < len(self._shown.facts) else None

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        event.stop()
        self.action_take()

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()
        if self._asked is not None:
            self._asked, self._words = None, ""
        self._label()

    def action_take(self) -> None:
        """Make the alert under the cursor, or switch it on or off."""
        row, facts = self._table.cursor_row, self._rule
        if facts is not None:
            name, is_on = facts.alert.rule.name, facts.alert.is_on
            self._do(self._actions.switch(name, not is_on), f"{name} is {'off' if is_on else 'on'}")
        elif row < len(self._shown.offers):
            offer = self._shown.offers[row]
            self._do(self._actions.make(offer), f"made: {offer.table['name']}")

    def action_delete(self) -> None:
        """Delete the rule under the cursor, if it was made by key; asked for twice."""
        facts = self._rule
        if facts is None:
            return
        name = facts.alert.rule.name
        if facts.alert.file.name != self._own_file:
            self.show(f"{name} stands in {facts.alert.file.name}; switch it off, or delete it there")
        elif self._asked != name:
            self._asked = name
            self.show(f"{key_words(self, '{alerts.delete:d}')} again deletes {name}")
        else:
            self._asked = None
            self._do(self._actions.delete(name), f"deleted: {name}")

    def _do(self, change: Awaitable[str], words: str) -> None:
        async def done() -> None:
            complaint = await change
            self.show(complaint or words)

        work: Any = done
        self.run_worker(work, exclusive=False, exit_on_error=False, group="alerts", name="alert")

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)

    def _rows(self) -> AlertRows:
        return AlertRows(self._shown, self._own_file, self._read(), self._glyphs)

    def _label(self) -> None:
        source, row = self._table.source, self._table.cursor_row
        is_there = isinstance(source, AlertRows) and row < source.row_count
        self.query_one(RowWords).say(source.words_of(row) if isinstance(source, AlertRows) and is_there else "")
        count = len(self._shown.mistakes)
        mistakes = f"{count} mistake{'' if count == 1 else 's'}: shortside doctor" if count else ""
        keys = ("{alerts.take:Enter} makes, on/off", "{alerts.delete:d} deletes", "{alerts.close:Esc}")
        words = (self._words or mistakes, *(key_words(self, one) for one in keys))
        self._table.note = f" {self._glyphs.separator} ".join(filter(None, words))
