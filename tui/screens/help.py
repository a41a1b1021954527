"""The help screen: every key that works where it was called from, by what one wants to do, off the live bindings."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from tui.faults import Faults
from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.panel import PanelFrame
from widgets.scrolled_panel import ScrolledPanel

if TYPE_CHECKING:
    from textual.binding import ActiveBinding

LEAST_ROOM_TO_WRAP = 24
"""Cells beside the keys and their name from which on the longer words go on in another line."""
KEYS_WIDTH = 10
NAME_WIDTH = 14
MOVE: Final = "move"
WISHES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "find a name and look closer": (
            *("names.", "filter.", "app.commands"),
            *("table.choose", "table.sort", "table.reverse", "list.choose", "sectors."),
            *("app.explain", "app.doubtful", "symbol.", "feed.", "panel.zoom", "tiers.rollup", "mybook.", "published."),
            *("compare.", "tables.", "borrow.", "loans.", "records."),
        ),
        "see it another way": ("view.", "columns.", "table.columns"),
        "keep names on lists": ("lists.", "names.lists", "names.on_list", "symbol.on_list"),
        "go back in time": ("past.",),
        "play a recording": ("replay.",),
        "be told, and what was told": ("alerts.", "journal."),
        "take it elsewhere, ask anew": ("copy.", "export.", "symbol.copy", "feeds.", "filling."),
        "go to a panel; again: the whole screen": (*(f"panel.{digit}" for digit in range(10)), "symbol.panel."),
        MOVE: ("panel.", "table.", "list.", "figures."),
        "leave": (
            "app.back",
            "lists.close",
            "published.back",
            "compare.back",
            "tables.back",
            "borrow.back",
            "loans.close",
            "records.close",
            "symbol.back",
            "feed.back",
            "mybook.back",
            "filling.leave",
            "alerts.close",
            "journal.close",
            "app.quit",
            "app.interrupt",
            "app.suspend",
            "app.help",
        ),
    }
)
"""What a user wants to do, in the order of the help, each with how the names of its bindings begin."""
OTHER_WISH: Final = "and more"
BRIEF_WISHES: Final = frozenset({"go to a panel; again: the whole screen", MOVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHelp:
    """One action and all keys that do it."""

    keys: tuple[str, ...]
    description: str
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """The keys for one wish of the user."""

    heading: str
    entries: tuple[KeyHelp, ...]
    is_brief: bool = False
    """Whether the keys explain themselves in a word each, and stand in running text."""


def live_keys(screen: Screen[object]) -> tuple[KeyGroup, ...]:
    """The enabled bindings of a screen as its focus stands, grouped by what one wants to do with them."""
    actions: dict[tuple[str, str], list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        # Those without a name of their own are Textual's, which every program has: Tab, and the copy of a selection.
        if active.enabled and active.binding.description and active.binding.id:
            actions.setdefault((wish_of(active.binding.id), active.binding.action), []).append(active)
    groups = []
    for wish in (*WISHES, OTHER_WISH):
        entries = [_key_help(screen.app, same) for (wished, _), same in actions.items() if wished == wish]
        if entries:
            heading = f"{wish} {_panel_words(screen)}".rstrip() if wish == MOVE else wish
            groups.append(KeyGroup(heading=heading, entries=tuple(entries), is_brief=wish in BRIEF_WISHES))
    return tuple(groups)


def wish_of(identifier: str) -> str:
    """The wish that a binding serves, by its name: the longest beginning that is on the list decides."""
    fits = [(len(begin), wish) for wish, begins in WISHES.items() for begin in begins if identifier.startswith(begin)]
    return max(fits)[1] if fits else OTHER_WISH


def _key_help(app: App[Any], same: Sequence[ActiveBinding]) -> KeyHelp:
    return KeyHelp(
        keys=tuple(dict.fromkeys(app.get_key_display(one.binding) for one in same)),
        description=_began_small(same[0].binding.description),
        tooltip=key_words(app, same[0].tooltip),
    )


def _panel_words(screen: Screen[object]) -> str:
    """The heading of the focused panel."""
    panel = screen.focused
    return f"in {panel.heading}" if isinstance(panel, PanelFrame) and panel.heading else ""


def help_lines(
    groups: tuple[KeyGroup, ...],
    width: int,
    glyphs: Glyphs = GLYPHS_UNICODE,
    letters: Sequence[tuple[str, str]] = (),
) -> list[Line]:
    """Groups as lines: keys, what they do, and the longer words where there is room; brief groups in running text.

    Args:
        groups: the keys, by wish.
        width: cells of a line.
        glyphs: the signs to write with.
        letters: pairs of a letter of the focused panel and what it means.
    """
    full = [entry for group in groups if not group.is_brief for entry in group.entries]
    signs = (*letters, *signs_explained(glyphs))
    # What keys and names do not need is the longer words' room.
    beginnings = *(_keys_in(entry.keys, KEYS_WIDTH) for entry in full), *(sign for sign, _ in signs)
    keys_width = min(KEYS_WIDTH, max(map(width_of, beginnings)))
    name_width = min(NAME_WIDTH, max((width_of(entry.description) for entry in full), default=0))
    lines: list[Line] = []
    for group in groups:
        lines += [[], [(f" {group.heading}", "title")]]
        lines += (
            _brief_lines(group, width) if group.is_brief else _full_lines(group, width, keys_width, name_width, glyphs)
        )
    return [*lines[1:], [], *_sign_lines(signs, width, keys_width)]


def _full_lines(group: KeyGroup, width: int, keys_width: int, name_width: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    for entry in group.entries:
        keys = _keys_in(entry.keys, keys_width)
        room = width - keys_width - name_width - 5
        # A description longer than its column has the line to itself.
        name = entry.description if room < 12 else fit(entry.description, name_width, glyphs=glyphs)
        line: Line = [(f"  {keys.rjust(keys_width)} ", "accent"), (f"{name} ", "plain")]
        is_told = room >= 12 and entry.tooltip != entry.description
        # In a few cells a line the longer words would be longer still; the name of the action is enough there.
        wrapped = (
            textwrap.wrap(entry.tooltip, room)
            if room >= LEAST_ROOM_TO_WRAP
            else [fit(entry.tooltip, room, glyphs=glyphs)]
        )
        told = wrapped if is_told else []
        lines.append([*line, *((part, "muted") for part in told[:1])])
        lines += [[(" " * (keys_width + name_width + 4) + part, "muted")] for part in told[1:]]
    return lines


def _brief_lines(group: KeyGroup, width: int) -> list[Line]:
    """As many keys with their words in a line as fit it."""
    lines: list[Line] = []
    used = width
    for entry in group.entries:
        keys, words = f"   {_keys_in(entry.keys, KEYS_WIDTH)} ", entry.description
        cells = width_of(keys) + width_of(words)
        if used + cells > width - 1:
            lines.append([])
            used = 0
        lines[-1] += [(keys, "accent"), (words, "plain")]
        used += cells
    return lines


class HelpPanel(ScrolledPanel):
    """The panel of the help screen, which lists the keys and the signs and scrolls line by line."""

    groups: tuple[KeyGroup, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    """Pairs of a letter of the panel that was focused and what it means."""
    errors = ""
    """How many unexpected errors there were and where they are kept; empty when there were none."""

    def draw(self, width: int, height: int) -> list[Line]:
        lines = help_lines(self.groups, width, self.glyphs, self.letters)
        for words in textwrap.wrap(self.errors, max(width - 2, 20)):
            lines.append([(f" {words}", "warning")])
        return lines


class HelpScreen(PanelReadiness, ModalScreen[None]):
    """The help over another screen: the live keys of that screen and of its focused panel."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > HelpPanel { width: 97%; max-width: 96; height: auto; max-height: 95%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="help.close", tooltip="Back to the screen below"),
    ]

    def __init__(self, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        panel = HelpPanel(title="Keys that work here", glyphs=self._glyphs)
        stack = self.app.screen_stack
        # Left before it was made, it stands over nothing and is not shown.
        below = stack[stack.index(self) - 1] if self in stack[1:] else None
        panel.groups = live_keys(below) if below is not None else ()
        if below is not None and isinstance(below.focused, PanelFrame):
            panel.letters = below.focused.letters
        faults = getattr(self.app, "faults", None)
        panel.errors = faults.words if isinstance(faults, Faults) else ""
        yield HeadLine(self._glyphs)
        yield panel

    def action_close(self) -> None:
        self.dismiss()


def _began_small(words: str) -> str:
    """Words as they stand within a sentence; an abbreviation stays as it is."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _keys_in(keys: tuple[str, ...], width: int) -> str:
    """As many keys as fit whole; the first always."""
    kept = keys[0]
    for key in keys[1:]:
        if width_of(f"{kept} {key}") > width:
            break
        kept = f"{kept} {key}"
    return kept


def signs_explained(glyphs: Glyphs) -> tuple[tuple[str, str], ...]:
    """The signs in the figures, and what each means."""
    return (
        (glyphs.missing, "unknown: there is a figure, and nobody told us"),
        (glyphs.not_applicable, "does not apply: the question does not arise"),
        ("0", "known to be nothing"),
        ("L S U", "behind a figure: late, stale, age unknown; the panel's border says why"),
        (f"{glyphs.up} {glyphs.down}", "short sellers gained, lost; shorting, covering"),
        (f"{glyphs.dot} {glyphs.shade}", "in charts: a published settlement; time after the last one"),
    )


def _sign_lines(signs: Sequence[tuple[str, str]], width: int, keys_width: int) -> list[Line]:
    """What the letters of the panel and the signs in the figures mean."""
    heading: Line = [(" signs", "title")]
    lines: list[Line] = [heading]
    for sign, words in signs:
        first, *rest = textwrap.wrap(words, max(width - keys_width - 4, 20))
        lines.append([(f"  {sign.rjust(keys_width)} ", "accent"), (first, "muted")])
        lines += [[(" " * (keys_width + 3) + part, "muted")] for part in rest]
    return lines
