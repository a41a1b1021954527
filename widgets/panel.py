"""The base classes of panels: the frame and styles that all of them share, and a panel of lines of text.

All of them draw by Textual's line API and repaint only the cells that changed: over a slow link a panel that
redraws itself whole costs fifty times the bytes. Over 400 lines, because what a panel says, draws and repaints is one
protocol between these three classes and the painter: a part alone could not be understood.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import ClassVar, Literal, NamedTuple, Protocol, Self

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from shortside.datasets import Dataset
from shortside.words.plain_text import printable
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.lines import MOVED, STYLE_NAMES, Line, Patch, Run, changed_regions, fit_line, patches_of
from widgets.panel_description import PanelDescription


class Trouble(NamedTuple):
    """What is wrong with the data of a panel."""

    letter: str
    """The letter that marks the trouble: L late, S stale, U of unknown age, any other a failed poll."""
    words: str
    is_failure: bool = False
    """Whether the content could not be renewed; otherwise it is old."""
    dataset: Dataset | None = None
    """The dataset that is in trouble; None for all of them."""


StyledText = tuple[int, tuple[tuple[str, Style | None], ...]]
"""Where text begins, in cells from the left of a widget's content, and its pieces with their styles."""


class Painter(Protocol):
    """Paints cells on the terminal at once, past the compositor; an app offers it as its attribute `painter`.

    Textual finds out anew at every change which widgets lie where and renders whole lines of them, which takes
    longer than everything else between a price and its cell.
    """

    def reaches(self, widget: Widget) -> bool:
        """Whether the widget stands uncovered on the terminal, as it was last drawn."""

    def paint(self, widget: Widget, lines: Sequence[tuple[int, Sequence[StyledText]]], *, scrolled: int = 0) -> None:
        """Put text on lines of a widget's content, where `reaches` has said it may be put."""

    def paint_border(self, widget: Widget, y: int) -> None:
        """Draw a line of the widget's border anew, by its place in the widget."""


class StyleNames(ScrollView):
    """Resolves the names of styles through the theme; the base of everything drawn line by line.

    A screen or theme restyles a name for all panels with ``StyleNames > .style--gain { … }``.
    """

    DEFAULT_CSS = """
    StyleNames {
        scrollbar-size: 0 0;
        overflow-x: hidden;
        background: $background;
        color: $foreground;
        & > .style--muted { color: $text-muted; }
        & > .style--accent { color: $text-accent; }
        & > .style--gain { color: $text-success; }
        & > .style--loss { color: $text-error; }
        & > .style--warning { color: $text-warning; text-style: bold; }
        & > .style--stale { color: $text-muted; text-style: italic; }
        & > .style--estimate { color: $text-muted; }
        & > .style--header { color: $text-muted; }
        & > .style--title { text-style: bold; }
        & > .style--total { text-style: bold; }
        & > .style--shade { color: $text-disabled; }
        & > .style--moved { text-style: bold; }
        & > .style--cursor { background: $boost; }
        &:focus > .style--cursor { background: $primary-muted; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"style--{name}" for name in STYLE_NAMES),
        "style--cursor",
        "style--moved",
    }
    ALLOW_SELECT = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._resolved: dict[tuple[str, bool], Style] = {}

    def notify_style_update(self) -> None:
        """Forget the resolved styles: the theme or the focus changed."""
        self._resolved.clear()
        super().notify_style_update()

    def style_named(self, style_name: str, is_cursor: bool = False) -> Style:
        """The terminal style of a name, on the cursor's background if asked.

        Args:
            style_name: one of `STYLE_NAMES`, after `MOVED` where the figure has just moved.
            is_cursor: whether it stands in the cursor's row.

        Raises:
            KeyError: `style_name` is none of them.
        """
        key = (style_name, is_cursor)
        style = self._resolved.get(key)
        if style is None:
            classes = [f"style--{style_name.removeprefix(MOVED)}"]
            if is_cursor:
                classes.insert(0, "style--cursor")
            style = self.get_visual_style(*classes).rich_style
            # Textual mixes reverse video into the colours, of which there may be none.
            if is_cursor and self.get_component_styles("style--cursor").text_style.reverse:
                style += Style(reverse=True)
            if style_name.startswith(MOVED):
                # What is bold anyway, as the whole row of the cursor is, would not be seen to have moved.
                moved = self.get_component_styles("style--moved").text_style
                style += Style(underline=True) if style.bold else moved
            self._resolved[key] = style
        return style

    def strip_of(self, runs: Iterable[Run], is_cursor: bool = False) -> Strip:
        """Runs as one strip; neighbours of one style become one segment, which costs fewer bytes."""
        segments: list[Segment] = []
        text, current = "", ""
        for piece, style_name in runs:
            if style_name != current and text:
                segments.append(Segment(text, self.style_named(current, is_cursor)))
                text = ""
            text, current = text + piece, style_name
        if text:
            segments.append(Segment(text, self.style_named(current, is_cursor)))
        return Strip(segments)


class PanelFrame(StyleNames, can_focus=True):
    """A border with a title, a note, and the state of what is inside.

    Focus shows without colour: the border doubles and the title gains a marker. What goes wrong is said in
    the border, and the last good content stays.
    """

    DEFAULT_CSS = """
    PanelFrame {
        border: round $foreground 30%;
        border-title-align: left;
        border-subtitle-align: right;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        &:focus { border: double $accent; border-title-style: bold; }
        &.-ascii { border: ascii $foreground 30%; }
        &.-ascii:focus { border: ascii $accent; border-title-style: bold; }
        &.-failed { border-subtitle-color: $text-error; }
        &.-stale { border-subtitle-color: $text-warning; }
    }
    """

    description: ClassVar[PanelDescription]
    """The panel's record of title, formula and inputs; every panel that a screen lists has one."""
    glyphs: reactive[Glyphs] = reactive(GLYPHS_UNICODE, init=False)
    """The signs everything is drawn with."""
    title: reactive[str] = reactive("", init=False, repaint=False)
    """What the panel shows: ``Short P&L by cap tier``. Plain text, not markup."""
    note: reactive[str] = reactive("", init=False, repaint=False)
    """What stands in the lower border: the cursor's place, the dates a table spans."""

    def __init__(
        self,
        *,
        title: str | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._state = ""
        self._labels: tuple[str, str] = ("", "")
        """What stands in the upper and the lower border."""
        self._is_labelling = False
        self._digit = ""
        if title is None:
            title = self.description.title if hasattr(self, "description") else ""
        self.set_reactive(PanelFrame.title, title)
        self.set_reactive(PanelFrame.glyphs, glyphs)
        self.set_class(glyphs.is_ascii, "-ascii")
        self._label_border()

    @property
    def digit(self) -> str:
        """The key that leads to the panel; empty where none does."""
        return self._digit

    @digit.setter
    def digit(self, digit: str) -> None:
        self._digit = digit
        self._label_border()

    @property
    def heading(self) -> str:
        """The title behind the digit: ``1 Short P&L by cap tier``."""
        return f"{self._digit} {self.title}".strip()

    @property
    def explained(self) -> PanelDescription | str:
        """What `i` explains while the panel has the focus: the panel, or a figure of `FORMULAS` by its key."""
        return self.description

    @property
    def explained_columns(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a column's title and what it says, for a table."""
        return ()

    @property
    def letters(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a letter that stands in the panel and what it means, for the help while it has the focus."""
        return ()

    @property
    def state_words(self) -> str:
        """What the border says about failure or age; empty when all is well."""
        return self._state

    def forget_market(self) -> None:
        """Hold on to nothing of a market that goes, while the panel has no place; it is shown the next one later."""

    def show_trouble(self, trouble: Trouble | None) -> None:
        """Say in the border what is wrong with the data behind the content, which stays; None when all is well."""
        if trouble is None:
            self._set_state("", "")
        else:
            self._set_state(f"{trouble.letter} {trouble.words}", "-failed" if trouble.is_failure else "-stale")

    def watch_glyphs(self, glyphs: Glyphs) -> None:
        self.set_class(glyphs.is_ascii, "-ascii")
        self._label_border()

    def watch_title(self) -> None:
        self._label_border()

    def watch_note(self) -> None:
        self._label_border()

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self._label_border()

    def _set_state(self, words: str, state_class: str) -> None:
        if words == self._state:
            return
        self._state = words
        for one in ("-failed", "-stale"):
            # Touching a class re-reads the style sheet and repaints the panel: only when it changes.
            if self.has_class(one) != (one == state_class):
                self.set_class(one == state_class, one)
        self._label_border()

    def _label_border(self) -> None:
        marker = f"{self.glyphs.cursor} " if self.has_focus else ""
        title = printable(marker + self.heading) if self.heading else ""
        words = printable(f" {self.glyphs.separator} ".join(part for part in (self._state, self.note) if part))
        (title_before, words_before), self._labels = self._labels, (title, words)
        # As Content, for in a string Textual looks for markup, which a file name in an error may contain. And it would
        # repaint the whole widget.
        self._is_labelling = True
        if title != title_before:
            self.border_title = Content(title) if title else None
        if words != words_before:
            self.border_subtitle = Content(words) if words else None
        self._is_labelling = False
        if title != title_before:
            self._refresh_border("top")
        if words != words_before:
            self._refresh_border("bottom")

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have Textual draw these regions anew, or all of the panel; not while only its border has other words."""
        if self._is_labelling:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _refresh_border(self, edge: Literal["top", "bottom"]) -> None:
        border = self.styles.border_top if edge == "top" else self.styles.border_bottom
        if not self.is_mounted or not border[0]:
            return
        width, height = self.outer_size
        y = 0 if edge == "top" else height - 1
        painter = self._painter()
        if painter is not None:
            painter.paint_border(self, y)
            return
        gutter = self.gutter
        # Regions count from the content's corner; the border is outside it.
        self.refresh(Region(-gutter.left, y - gutter.top, width, 1))

    def _painter(self) -> Painter | None:
        """The app's painter, if it has one that reaches this widget now."""
        painter: Painter | None = getattr(self.app, "painter", None)
        return painter if painter is not None and painter.reaches(self) else None

    def repaint(self, patches: Sequence[Patch], *, scrolled: int = 0) -> None:
        """Show these runs, which `render_line` gives from now on, too.

        Args:
            patches: from the top line down.
            scrolled: how many lines lower most of them stood before; negative for higher.
        """
        if not patches:
            return
        painter = self._painter()
        if painter is None:
            self.refresh(*(patch.region for patch in patches))
            return
        lines = [
            (y, [(patch.x, self._styled(patch)) for patch in line]) for y, line in groupby(patches, attrgetter("y"))
        ]
        painter.paint(self, lines, scrolled=scrolled)

    def _styled(self, patch: Patch) -> tuple[tuple[str, Style | None], ...]:
        return tuple([(text, self.style_named(name, patch.is_cursor)) for text, name in patch.runs])


class Panel(PanelFrame, inherit_bindings=False):
    """A panel of lines, each a list of (text, style name) runs.

    Either hand it lines with `set_lines`, or override `draw` and call `redraw` when what it shows changed;
    `redraw` is also called when the panel's size changes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_line(1)", "Down", id="panel.down", tooltip="Scroll one line down", show=False),
        Binding("up,k", "scroll_line(-1)", "Up", id="panel.up", tooltip="Scroll one line up", show=False),
        Binding("home,g", "scroll_first", "Top", id="panel.top", tooltip="Go to the first line", show=False),
        Binding("end,G", "scroll_last", "End", id="panel.end", tooltip="Go to the last line", show=False),
    ]

    kept_lines = 0
    """Lines at the top that stay when the others are scrolled."""

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        title: str | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._given: list[Line] = list(lines)
        self._drawn: list[Line] = []
        self._drawn_for: tuple[Size, Glyphs] | None = None

    @property
    def lines(self) -> list[Line]:
        """The content, each line as wide as it was drawn."""
        return self._drawn

    @property
    def text(self) -> str:
        """The content without styles, for copying and for tests."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._drawn)

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines for a content area of `width` × `height` cells.

        They are what was last handed in, unless a subclass overrides this.
        """
        return self._given

    def set_lines(self, new_lines: Sequence[Line]) -> int:
        """Show these lines, repainting only the cells that differ.

        Returns:
            The number of regions that are repainted; 0 when nothing changed.
        """
        self._given = list(new_lines)
        return self.redraw()

    def redraw(self) -> int:
        """Ask `draw` again and repaint what differs; returns the number of regions."""
        width, height = self.size
        if not width:
            return 0
        new_lines = [fit_line(line, width, self.glyphs) for line in self.draw(width, height)]
        old_lines, self._drawn = self._drawn, new_lines
        self._drawn_for = (self.size, self.glyphs)
        self._make_room(len(new_lines), len(old_lines))
        blank: Line = fit_line([], width, self.glyphs)
        patches: list[Patch] = []
        for y in range(height):
            row = self.row_at(y)
            old = old_lines[row] if row < len(old_lines) else blank
            new = new_lines[row] if row < len(new_lines) else blank
            if old != new:
                patches += self.patches_at(row, new, changed_regions(old, new, y, width))
        self.repaint(patches)
        return len(patches)

    def row_at(self, y: int) -> int:
        """The line of the content that stands at line `y` of the panel."""
        return y if y < self.kept_lines else y + self.scroll_offset.y

    def patches_at(self, row: int, line: Sequence[Run], regions: Iterable[Region]) -> list[Patch]:
        """The runs of a line of the content in each of its regions."""
        return patches_of(line, regions)

    def _make_room(self, line_count: int, former_count: int) -> None:
        width, height = self.size
        # Changing the virtual size lays the screen out anew, so lines that fit the panel leave it alone.
        virtual = Size(width, max(height, line_count))
        if virtual != self.virtual_size:
            self.virtual_size = virtual
            self.scroll_to(y=min(self.scroll_offset.y, line_count - height), animate=False, force=True)
        if line_count != former_count and self.styles.is_auto_height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width, viewport.height))

    def render_line(self, y: int) -> Strip:
        if self._drawn_for != (self.size, self.glyphs):
            self.redraw()
        row = self.row_at(y)
        if row < len(self._drawn):
            return self.strip_of(self._drawn[row])
        return self.strip_of(fit_line([], self.size.width, self.glyphs))

    def on_resize(self) -> None:
        self.redraw()

    def action_scroll_line(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_scroll_first(self) -> None:
        self.scroll_to(y=0, animate=False, force=True)

    def action_scroll_last(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True)
