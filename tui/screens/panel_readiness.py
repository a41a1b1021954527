"""A mixin that keeps a screen from touching its panels before they are made and after they are gone.

Prices tick, keys are pressed and terminals change their size at any moment, also in the one in which a screen is on
the stack and has no panels yet, or has lost them and is not gone. Neither a key nor a panel's message reaches a screen
that mixes this in then; whatever else the screen is told, it remembers, and shows once it has panels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import Screen

from tui.terminal.textual_parts import MessageFilter, is_ended, is_going, is_leaving, screens_of

if TYPE_CHECKING:
    from textual.message import Message


class PanelReadiness(MessageFilter):
    """A mixin for a screen: `fill_panels` fills its panels, and `has_panels` is asked before any of them is touched."""

    LEAVING: ClassVar[frozenset[str]] = frozenset({"back", "close", "escape"})
    """The names of actions that leave a screen; they need no panels."""
    were_panels_filled = False
    """Whether `fill_panels` was ever called."""
    _are_panels_made = False

    @property
    def has_panels(self) -> bool:
        """Whether the panels are there and the screen is neither left nor being left."""
        app = self.app
        is_there = self._are_panels_made and not is_going(self) and self in screens_of(app)
        return is_there and not is_ended(app) and not is_leaving(app)

    def fill_panels(self) -> None:
        """Fill the panels; called once they are there."""

    def leave_without_panels(self) -> None:
        """Leave the screen; called when its panels could not be made, after the user was told why."""
        self.dismiss()

    def on_mount(self, event: events.Mount) -> None:
        """Call `fill_panels` once the panels are composed, unless the screen or the program is being left."""
        self._are_panels_made = any(not child.has_class("-textual-system") for child in self.children)
        if self.has_panels:
            self.fill_panels()
            self.were_panels_filled = True
            return
        event.prevent_default()
        if not self._are_panels_made and not is_leaving(self.app) and self in screens_of(self.app):
            self.leave_without_panels()

    def on_unmount(self) -> None:
        """Remember that the panels are gone."""
        self._are_panels_made = False

    def accepts_message(self, message: Message) -> bool:
        """Whether a message is handled: those of panels while the screen has panels, of rows while they stand there."""
        return self.has_panels and not getattr(message, "is_obsolete", False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: without panels only those that leave the screen."""
        if not (self.has_panels or action in self.LEAVING or hasattr(Screen, f"action_{action}")):
            return False
        return super().check_action(action, parameters)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Leave this screen once; Textual's own would close the screen below on a second quick key."""
        if is_leaving(self.app) or screens_of(self.app)[-1:] != [self]:
            return AwaitComplete()
        awaited: AwaitComplete = super().dismiss(result)
        return awaited
