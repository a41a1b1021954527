"""Puts the cells of a panel on the display at once, where nothing lies over it.

For one changed price Textual waits for its next slot, finds out which widgets lie where, renders their lines and cuts
them apart: four fifths of what a refresh costs. A widget that knows which of its cells changed hands them to the
painter instead, in the styles it would render them in; the display compares them with what the terminal shows, as it
does with Textual's own frames. Wherever anything is unusual (a screen or a toast over the panel, a layout to come, a
repaint on its way, opacity, tint), the widget is told so and goes Textual's way.

It comes into play only where the display of `tui.terminal.display` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import ScreenStackError
from textual.geometry import Region

from tui.terminal.textual_parts import forget_lines, is_settled, visible_widgets

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from tui.terminal.cells import Runs
    from tui.terminal.shadow import Shadow
    from tui.terminal.textual_parts import Visible


class Canvas(Protocol):
    """The display that is painted on; `tui.terminal.display.DifferentialDisplay` is one."""

    @property
    def is_painting(self) -> bool:
        """Whether the terminal shows what the shadow says, and more may be put there."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top of the stack."""

    def send_soon(self) -> None:
        """Have what was laid on the shadow sent when whoever lays it is done."""

    def fall_back(self, reason: str) -> None:
        """Let Textual draw for the rest of the session."""


class DirectPainter:
    """Paints for the widgets of one app; a `widgets.panel.Painter`.

    Args:
        canvas: the app's display.
        shadow: what that display sends from.
    """

    def __init__(self, canvas: Canvas, shadow: Shadow) -> None:
        self._canvas, self._shadow = canvas, shadow
        self._visible: Visible | None = None
        self._places: dict[Widget, tuple[Region, Region]] = {}
        """Of those asked about since the screen was last laid out: where each lies, and its content."""
        self._hidden: set[Widget] = set()
        """Of those, the ones that are covered or blended."""

    def reaches(self, widget: Widget) -> bool:
        """Whether the widget stands uncovered on the terminal, as it was last drawn."""
        if not self._canvas.is_painting:
            return False
        try:
            screen = self._canvas.screen
            return is_settled(screen, widget) and self._stands(screen, widget)
        except ScreenStackError:
            return False
        # What Textual keeps for itself may be another thing tomorrow, and no price is worth the monitor.
        except Exception as error:
            self._canvas.fall_back(f"{type(error).__name__}: {error}")
            return False

    def paint(
        self, widget: Widget, lines: Sequence[tuple[int, Sequence[tuple[int, Runs]]]], *, scrolled: int = 0
    ) -> None:
        """Put text on lines of the widget's content, most of which stood so many lines lower before."""
        region, content = self._places[widget]
        left, top, right, bottom = content.x, content.y, content.right, content.bottom
        shadow, shift = self._shadow, content.y - region.y
        for y, pieces in lines:
            if top + y < bottom:
                shadow.lay(top + y, [(left + x, right, runs) for x, runs in pieces])
        if scrolled:
            shadow.expect_scroll(top + lines[0][0], min(top + lines[-1][0], bottom - 1), scrolled)
        # Whatever has Textual draw the widget later finds that these lines are not what it remembers.
        forget_lines(widget, [y + shift for y, _ in lines])
        self._canvas.send_soon()

    def paint_border(self, widget: Widget, y: int) -> None:
        """Draw a line of the widget's border anew."""
        region, _ = self._places[widget]
        forget_lines(widget, (y,))
        for strip in widget.render_lines(Region(0, y, region.width, 1)):
            self._shadow.lay_strip(region.y + y, (region.x, region.right, strip))
        self._canvas.send_soon()

    def _stands(self, screen: Screen[Any], widget: Widget) -> bool:
        visible = visible_widgets(screen)
        if visible is not self._visible:
            self._visible, self._places, self._hidden = visible, {}, set()
        if widget in self._places:
            return True
        region = None if widget in self._hidden or _is_blended(widget) else uncovered(widget, visible)
        if region is None:
            self._hidden.add(widget)
            return False
        self._places[widget] = region, region.shrink(widget.gutter)
        return True


def uncovered(widget: Widget, visible: Visible) -> Region | None:
    """Where a widget lies if all of it can be seen; None if not."""
    if widget not in visible:
        return None
    region, clip = visible[widget]
    if not clip.contains_region(region):
        return None
    for other, (front, front_clip) in visible.items():
        if other is widget:
            return region
        if front.intersection(front_clip).overlaps(region):
            return None
    return None


def _is_blended(widget: Widget) -> bool:
    """Whether Textual changes the colours of what the widget renders."""
    styles = widget.styles
    return bool(
        widget.get_line_filters()
        or widget.opacity != 1.0
        or styles.text_opacity != 1.0
        or styles.tint.a
        or styles.has_rule("hatch")
        or styles.outline
    )
