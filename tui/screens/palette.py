"""The command palette: names, groups, windows, sorts, panels, every action that has a key, and every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual.app import App, ComposeResult, SystemCommand
from textual.command import CommandInput, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.dom import DOMNode
from textual.widgets import LoadingIndicator

from tui.screens.help import MOVE, OTHER_WISH, WISHES, wish_of
from tui.screens.panel_readiness import PanelReadiness
from tui.screens.themes import THEMES
from tui.terminal.own_theme import OwnTheme
from tui.terminal.textual_parts import SteadyCommandList, SteadyPalette
from widgets.key_names import key_words

if TYPE_CHECKING:
    from textual.screen import Screen

MOST_FOUND: Final = 30
"""How many commands are shown for a text; who does not find his own among them types on."""
ORDER_OF_WISHES: Final = (*(wish for wish in WISHES if wish != MOVE), OTHER_WISH, MOVE)
"""What a user may want, as the palette offers it."""
SymbolsFirst = tuple[Sequence[SystemCommand], Sequence[SystemCommand]]
"""Names that are called as was typed, and others that fit."""


def commands_of(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The actions that the palette offers on a screen, by the words of its help, and the themes.

    They stand in the order of the help, but what only moves a cursor comes last: nobody calls for it by its name.
    """
    seen: set[str] = {"command_palette"}
    bindings = sorted(
        screen.active_bindings.values(), key=lambda one: ORDER_OF_WISHES.index(wish_of(one.binding.id or ""))
    )
    keys: dict[str, str] = {}
    for active in bindings:
        keys.setdefault(active.binding.action, app.get_key_display(active.binding))
    for active in bindings:
        binding, enabled = active.binding, active.enabled
        if not enabled or not binding.description or binding.action in seen or binding.id is None:
            continue
        seen.add(binding.action)
        words = binding.description.capitalize()
        told = key_words(app, active.tooltip or words)
        yield SystemCommand(words, f"{keys[binding.action]}  {told}", _runner(app, binding.action, active.node))
    own = [theme for theme in app.available_themes.values() if isinstance(theme, OwnTheme)]
    for name in (theme.name for theme in (*THEMES, *own)):
        yield SystemCommand(f"Theme {name}", f"Use the {name} theme", partial(setattr, app, "theme", name))


def fitting(commands: Iterable[SystemCommand], text: str) -> list[SystemCommand]:
    """The commands whose titles hold every word of a text, the nearest first; all of them for an empty text."""
    typed = text.casefold().split()
    found: list[tuple[int, SystemCommand]] = []
    for command in commands:
        title = command.title.casefold()
        if not all(word in title for word in typed):
            continue
        words, whole = title.split(), " ".join(typed)
        begins = all(any(word.startswith(one) for word in words) for one in typed)
        found.append((0 if title == whole else 1 if title.startswith(whole) else 2 if begins else 3, command))
    return [command for _, command in sorted(found, key=lambda one: one[0])]


class ActionPalette(PanelReadiness, SteadyPalette):
    """The palette over a screen, safe for quick keys: what it shows always is what fits the letters before a key.

    Args:
        commands: everything but names, in the order in which it is offered before anything is typed.
        names: given a text, the names that are called so, and those that fit otherwise.
    """

    DEFAULT_CSS = """
    ActionPalette SearchIcon { color: $accent; }
    """

    def __init__(
        self,
        commands: Iterable[SystemCommand],
        names: Callable[[str], SymbolsFirst] = lambda _text: ((), ()),
    ) -> None:
        super().__init__()
        self._commands, self._names = tuple(commands), names

    @property
    def is_ready(self) -> bool:
        """Whether the palette's widgets are there."""
        return self.has_panels

    def compose(self) -> ComposeResult:
        """Compose the palette like Textual's own, but with a list that survives early keys and clicks."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                icon = SearchIcon()
                # Textual's own is two cells wide, in a font few terminals have; this is that of the filter line.
                icon.icon = "/"
                yield icon
                yield CommandInput(placeholder=self.placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield SteadyCommandList()
                yield LoadingIndicator()

    def found(self, text: str) -> Iterable[SystemCommand]:
        """Names called as was typed, then commands, then other names; every command where nothing was typed."""
        if not text:
            return self._commands
        called_so, others = self._names(text)
        return [*called_so, *fitting(self._commands, text), *others][:MOST_FOUND]


def _runner(app: App[Any], action: str, node: Any) -> Any:
    async def run() -> None:
        # Chosen a moment ago, for a panel whose screen may have been left since.
        if not isinstance(node, DOMNode) or node is app or node.is_attached:
            await app.run_action(action, node)

    return run
