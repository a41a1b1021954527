"""The command palette: every action that has a key on the screen, and every theme."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand

from tui.screens.themes import THEMES

if TYPE_CHECKING:
    from textual.screen import Screen


def commands_of(app: App[Any], screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What the palette offers on a screen, by the words of its help."""
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


def _runner(app: App[Any], action: str, node: Any) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await app.run_action(action, node)

    return run
