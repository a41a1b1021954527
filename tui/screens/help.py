"""The help screen: every key that works where it was called from, read off the live bindings."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from tui.faults import Faults
from tui.screens.standing import Standing
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.panel import Line, Panel, PanelFrame

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

KEYS_WIDTH = 14
NAME_WIDTH = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHelp:
    """One action and all keys that do it."""

    keys: tuple[str, ...]
    description: str
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """The keys of the focused panel, of the screen, or of the whole program."""

    heading: str
    entries: tuple[KeyHelp, ...]


def live_keys(screen: Screen[object]) -> tuple[KeyGroup, ...]:
    """The enabled bindings of a screen as its focus stands, grouped by who owns them, the nearest first."""
    owners: dict[str, dict[str, list[ActiveBinding]]] = {}
    for active in screen.active_bindings.values():
        if active.enabled and active.binding.description:
            actions = owners.setdefault(_heading(active.node, screen), {})
            actions.setdefault(active.binding.action, []).append(active)
    app = screen.app
    return tuple(
        KeyGroup(
            heading=heading,
            entries=tuple(
                KeyHelp(
                    keys=tuple(dict.fromkeys(app.get_key_display(one.binding) for one in same)),
                    description=same[0].binding.description,
                    tooltip=same[0].tooltip,
                )
                for same in actions.values()
            ),
        )
        for heading, actions in owners.items()
    )


def help_lines(groups: tuple[KeyGroup, ...], width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """Groups as lines: keys, what they do, and the longer words where there is room."""
    lines: list[Line] = []
    for group in groups:
        lines += [[], [(f" {group.heading}", "title")]]
        for entry in group.entries:
            keys = _keys_in(entry.keys, KEYS_WIDTH)
            room = width - KEYS_WIDTH - NAME_WIDTH - 5
            # A description longer than its column has the line to itself.
            name = entry.description if room < 12 else fit(entry.description, NAME_WIDTH, glyphs=glyphs)
            line: Line = [(f"  {keys.rjust(KEYS_WIDTH)} ", "accent"), (f"{name} ", "plain")]
            if room >= 12 and entry.tooltip != entry.description:
                line.append((fit(entry.tooltip, room, glyphs=glyphs), "muted"))
            lines.append(line)
    return [*lines[1:], [], *_signs(glyphs)]


class HelpPanel(Panel):
    """The panel of the help screen, which lists the keys and the signs and scrolls line by line."""

    groups: tuple[KeyGroup, ...] = ()
    errors = ""
    """How many unexpected errors there were and where they are kept; empty when there were none."""

    def draw(self, width: int, height: int) -> list[Line]:
        lines = help_lines(self.groups, width, self.glyphs)
        for words in textwrap.wrap(self.errors, max(width - 2, 20)):
            lines.append([(f" {words}", "warning")])
        return lines


class HelpScreen(Standing, ModalScreen[None]):
    """The help over another screen: the live keys of that screen and of its focused panel."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > HelpPanel { width: 90%; max-width: 96; height: auto; max-height: 95%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="help.close", tooltip="Back to the screen below"),
    ]

    def __init__(self, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        panel = HelpPanel(title="Keys that work here", glyphs=self._glyphs)
        panel.note = "Esc closes"
        stack = self.app.screen_stack
        # Left before it was made, it stands over nothing and is not shown.
        panel.groups = live_keys(stack[stack.index(self) - 1]) if self in stack[1:] else ()
        faults = getattr(self.app, "faults", None)
        panel.errors = faults.words if isinstance(faults, Faults) else ""
        yield panel

    def action_close(self) -> None:
        self.dismiss()


def _heading(node: object, screen: Screen[object]) -> str:
    if node is screen:
        return "on this screen"
    if isinstance(node, App):
        return "everywhere"
    if isinstance(node, PanelFrame) and node.heading:
        return f"in this panel: {node.heading}"
    return "in this panel" if isinstance(node, Widget) else "elsewhere"


def _keys_in(keys: tuple[str, ...], width: int) -> str:
    """As many keys as fit whole; the first always."""
    kept = keys[0]
    for key in keys[1:]:
        if width_of(f"{kept} {key}") > width:
            break
        kept = f"{kept} {key}"
    return kept


def _signs(glyphs: Glyphs) -> list[Line]:
    """What the signs in the figures mean."""
    signs = (
        (glyphs.missing, "unknown: there is a figure, and nobody told us"),
        (glyphs.not_applicable, "does not apply: the question does not arise"),
        ("0", "known to be nothing"),
        ("L S U", "behind a figure: late, stale, age unknown; the panel's border says why"),
        (f"{glyphs.up} {glyphs.down}", "short sellers gained, lost; shorting, covering"),
        (f"{glyphs.dot} {glyphs.shade}", "in charts: a published settlement; time after the last one"),
    )
    heading: Line = [(" signs", "title")]
    return [heading, *([(f"  {sign.rjust(KEYS_WIDTH)} ", "accent"), (words, "muted")] for sign, words in signs)]
