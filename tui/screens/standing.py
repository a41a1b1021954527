"""What a screen may count on: its panels while it stands, which is neither before they are made nor once it is left.

Prices tick, keys are pressed and terminals change their size at any moment, also in the one in which a screen is on
the stack and has no panels yet, or has lost them and is not gone. A screen that mixes this in is asked nothing then by
a key or by a panel's message; what else it is told it remembers, and shows when it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import Screen

from tui.terminal.textual_parts import ScreenEar, is_ended, is_going, is_leaving, screens_of

if TYPE_CHECKING:
    from textual.message import Message


class Standing(ScreenEar):
    """Mixed into a screen; it shows what there is in `stand` and asks `stands` wherever else it touches a panel."""

    LEAVING: ClassVar[frozenset[str]] = frozenset({"back", "close", "escape"})
    """Actions by which a screen is left, for which it needs no panels."""
    has_stood = False
    """Whether it ever showed what there was."""
    _is_made = False

    @property
    def stands(self) -> bool:
        """Whether the panels are there and the screen is neither left nor being left."""
        app = self.app
        is_there = self._is_made and not is_going(self) and self in screens_of(app)
        return is_there and not is_ended(app) and not is_leaving(app)

    def stand(self) -> None:
        """The panels are there: show what there is."""

    def fall(self) -> None:
        """The panels could not be made, for which somebody has been told why: nothing can be shown here."""
        self.dismiss()

    def on_mount(self, event: events.Mount) -> None:
        """After everything was composed, or after that was given up because screen or program are left."""
        self._is_made = any(not child.has_class("-textual-system") for child in self.children)
        if self.stands:
            self.stand()
            self.has_stood = True
            return
        event.prevent_default()
        if not self._is_made and not is_leaving(self.app) and self in screens_of(self.app):
            self.fall()

    def on_unmount(self) -> None:
        """The panels have gone a moment before."""
        self._is_made = False

    def hears(self, message: Message) -> bool:
        """What a panel still has to say after its screen was left, nobody hears."""
        return self.stands

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No action of its own without panels, but to leave."""
        if not (self.stands or action in self.LEAVING or hasattr(Screen, f"action_{action}")):
            return False
        return super().check_action(action, parameters)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Leave, once: Textual's own takes whichever screen is on top, also the one below for a second quick key."""
        if is_leaving(self.app) or screens_of(self.app)[-1:] != [self]:
            return AwaitComplete()
        awaited: AwaitComplete = super().dismiss(result)
        return awaited
