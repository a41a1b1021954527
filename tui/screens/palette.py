"""The command palette: every action that has a key on the screen, and every theme."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult, SystemCommand
from textual.command import CommandInput, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.dom import DOMNode
from textual.widgets import LoadingIndicator

from tui.screens.panel_readiness import PanelReadiness
from tui.screens.themes import THEMES
from tui.terminal.textual_parts import SteadyCommandList, SteadyPalette

if TYPE_CHECKING:
    from textual.screen import Screen


def commands_of(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The actions that the palette offers on a screen, by the words of its help."""
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding, enabled = active.binding, active.enabled
        if not enabled or not binding.description or binding.action in seen or binding.id is None:
            continue
        seen.add(binding.action)
        words = binding.description.capitalize()
        yield SystemCommand(words, active.tooltip or words, _runner(app, binding.action, active.node))
    for name in (theme.name for theme in THEMES):
        yield SystemCommand(f"Theme {name}", f"Use the {name} theme", partial(setattr, app, "theme", name))


class ActionPalette(PanelReadiness, SteadyPalette):
    """Textual's command palette, made safe for quick keys and for closing while a search runs."""

    def compose(self) -> ComposeResult:
        """Compose the palette like Textual's own, but with a list that survives early keys and clicks."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self.placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield SteadyCommandList()
                yield LoadingIndicator()

    def dismiss(self, result: Any = None) -> Any:
        """Close the palette, and end its search first."""
        self.workers.cancel_node(self)
        return super().dismiss(result)


def _runner(app: App[Any], action: str, node: Any) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        # Chosen a moment ago, for a panel whose screen may have been left since.
        if not isinstance(node, DOMNode) or node is app or node.is_attached:
            await app.run_action(action, node)

    return run
