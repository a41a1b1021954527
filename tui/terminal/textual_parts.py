"""Every private part of Textual that the program reads, calls or overrides.

The monitor draws and reads faster than Textual by knowing how Textual does it. Whoever moves to another Textual reads
this file: nothing else in `tui` or `widgets` touches a name that begins with an underscore and is not its own. `misfit`
says why the installed Textual cannot be leant on; what is here is not used then, and Textual draws and reads by itself.
Over 400 lines, because it is the whole list of such parts: whoever moves to another Textual has one file to read.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache, partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import textual
from textual import events, messages, on
from textual.app import App, SystemCommand
from textual.command import Command, CommandList, CommandPalette, DiscoveryHit
from textual.content import Content
from textual.drivers.linux_driver import LinuxDriver
from textual.errors import NoWidget
from textual.events import Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from textual._compositor import ChopsUpdate, Compositor
    from textual._xterm_parser import XTermParser
    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.message_pump import MessagePump

    AnyApp = App[Any]
    AnyScreen = Screen[Any]
    MISSING_PARTS: str
    """What could not be imported, in words; empty when all could."""
else:
    AnyApp = AnyScreen = object
    try:
        from textual._compositor import Compositor
        from textual._xterm_parser import XTermParser
    except ImportError as error:
        # To be named below, and never used: `misfit` says why.
        # The sentence ends with the path of a file, which says nothing more.
        MISSING_PARTS, Compositor, XTermParser = str(error).partition(" (")[0], object, None
    else:
        MISSING_PARTS = ""

TESTED_TEXTUAL: Final = "8.2."
"""The series of Textual whose parts these are, and with which every screen was compared."""
PARTS_OF_CLASSES: Final[Mapping[type, tuple[str, ...]]] = {
    App: ("_check_bindings", "_display", "_handle_exception", "_register"),
    Screen: ("_clear_tooltip", "_on_message"),
    Widget: ("_dispatch_message",),
    CommandList: ("_move_page", "_on_click"),
    CommandPalette: ("_NO_MATCHES", "_gather_commands", "_watch__list_visible", "_watch__show_busy"),
    Compositor: ("_get_renders", "render_partial_update"),
    LinuxDriver: ("_get_terminal_size", "_run_input_thread", "run_input_thread", "process_message", "send_message"),
}
PARTS_OF_AN_APP: Final = (
    "_batch_count", "_clipboard", "_closed", "_driver", "_exit", "_loop", "_running", "_screen_stack",
    "_sync_available",
)  # fmt: skip
PARTS_OF_A_SCREEN: Final = (
    "_closing", "_compositor", "_layout_required", "_message_queue", "_mounted_event", "_pruning",
    "_recompose_required", "_repaint_regions", "_repaint_required", "_scroll_required", "_styles_cache",
)  # fmt: skip
"""A screen is a widget, too."""
PARTS_OF_A_COMPOSITOR: Final = ("_dirty_regions", "visible_widgets")

Visible = Mapping[Widget, tuple[Region, Region]]
"""What a compositor shows, from the front to the back: where a widget lies, and what part of the screen it may use."""


# -- whether it fits --------------------------------------------------------------------------------------------------


def textual_version() -> str:
    """The installed version of Textual."""
    # By the folder beside it: to ask `importlib.metadata` takes a tenth of the time until the first paint.
    for folder in Path(textual.__file__).parents[1].glob("textual-*.dist-info"):
        return folder.name.removeprefix("textual-").removesuffix(".dist-info")
    return textual.__version__


@cache
def misfit() -> str:
    """Why the installed Textual cannot be leant on, in words; empty when it is as tested."""
    version = textual_version()
    if not version.startswith(TESTED_TEXTUAL):
        return f"Textual {version} is not the tested {TESTED_TEXTUAL}x"
    if MISSING_PARTS:
        return f"Textual {version} has changed: {MISSING_PARTS}"
    parts = PARTS_OF_CLASSES.items()
    return _lacking([f"{kind.__name__}.{name}" for kind, names in parts for name in names if not hasattr(kind, name)])


def misfit_of(app: App[Any], screen: Screen[Any]) -> str:
    """Why an app that runs cannot be drawn by us, in words; empty when it can: it has parts that its class has not."""
    lacking = [f"App.{name}" for name in PARTS_OF_AN_APP if not hasattr(app, name)]
    lacking += [f"Screen.{name}" for name in PARTS_OF_A_SCREEN if not hasattr(screen, name)]
    if not lacking:
        lacking = [f"Compositor.{name}" for name in PARTS_OF_A_COMPOSITOR if not hasattr(screen._compositor, name)]
        lacking += [] if hasattr(screen._styles_cache, "_dirty_lines") else ["StylesCache._dirty_lines"]
    return misfit() or _lacking(lacking)


def _lacking(names: list[str]) -> str:
    return f"Textual {textual_version()} has no {', '.join(names)}" if names else ""


# -- the app ----------------------------------------------------------------------------------------------------------


class FrameHook(AnyApp):
    """A mixin for an app that is handed each frame in place of Textual's own display."""

    def take_frame(self, screen: Screen[Any], frame: Any) -> None:
        """Draw a frame, or have Textual do it with `draw_plainly`."""
        self.draw_plainly(screen, frame)

    def draw_plainly(self, *frame: Any, **more: Any) -> None:
        """Have Textual draw what it handed over."""
        super()._display(*frame, **more)

    def _display(self, *frame: Any, **more: Any) -> None:
        if more or len(frame) != 2 or misfit():
            self.draw_plainly(*frame, **more)
        else:
            self.take_frame(*frame)


def driver_of(app: App[Any]) -> Driver | None:
    """The app's way to the terminal; None while it has none."""
    driver: Driver | None = getattr(app, "_driver", None)
    return driver


def loop_of(app: App[Any]) -> Any:
    """The event loop the app runs on; None while it does not run."""
    return getattr(app, "_loop", None)


def is_live(app: App[Any]) -> bool:
    """Whether the app runs on a terminal of its own."""
    driver = app._driver
    if driver is None or app.is_headless or driver.is_inline:
        return False
    return app._running and not app._closed


def is_batching(app: App[Any]) -> bool:
    """Whether several changes are to be drawn as one, and are not all made yet."""
    return app._batch_count > 0


def is_synchronised(app: App[Any]) -> bool:
    """Whether the terminal said that it can show a frame whole."""
    return app._sync_available


async def run_binding(app: App[Any], key: str) -> bool:
    """Do what a key is bound to as the screen stands, past the queues of its widgets; whether it was bound."""
    if misfit():
        return False
    app.app_focus = True
    app.screen._clear_tooltip()
    return await app._check_bindings(key, priority=True) or await app._check_bindings(key)


def bindings_of_class(kind: type[DOMNode]) -> list[Binding]:
    """Every binding of a class of widgets, screens or apps with those it inherits, a key each."""
    return [binding for _, binding in kind._merge_bindings()]


def widget_at(app: App[Any], x: int, y: int) -> Widget | None:
    """The widget that lies uppermost at a place of the screen; None where there is none."""
    screens = screens_of(app)
    try:
        return screens[-1].get_widget_at(x, y)[0] if screens else None
    except NoWidget:
        return None


def remember_copied(app: App[Any], text: str) -> None:
    """Have the app's own paste give this text, too."""
    app._clipboard = text


# -- errors -----------------------------------------------------------------------------------------------------------


class ErrorHook(AnyApp):
    """A mixin for an app: handlers and renderers run in `contained`, and errors that Textual caught are noted."""

    @property
    def is_contained(self) -> bool:
        """Whether an error is noted; if not, it ends the program as Textual has it. Each app says so for itself."""
        raise NotImplementedError  # No abstract class: an app has Textual's metaclass.

    def contained(self) -> AbstractContextManager[None]:
        """Run a block in which an error is noted, and ends only the block."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Containment` answers.

    def note_error(self, error: Exception) -> None:
        """Note an unexpected error."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Containment` answers.

    def leave_unanswered(self, message: Message) -> None:
        """Deal with a message whose handler failed."""

    async def _dispatch_message(self, message: Message) -> None:
        handled = False
        with self.contained():
            await super()._dispatch_message(message)
            handled = True
        if not handled:
            self.leave_unanswered(message)

    def _register(self, parent: DOMNode, *widgets: Widget, **places: Any) -> list[Widget]:
        for widget in () if misfit() else widgets:
            # On each of them, for most are Textual's, and those that stand in another app are to be as they were.
            if "_dispatch_message" not in vars(widget):
                vars(widget)["_dispatch_message"] = partial(self._dispatched, widget._dispatch_message)
                vars(widget)["render_lines"] = partial(self._rendered, widget.render_lines)
        return super()._register(parent, *widgets, **places)

    async def _dispatched(self, dispatch: Callable[[Message], Coroutine[Any, Any, None]], message: Message) -> None:
        with self.contained():
            await dispatch(message)

    def _rendered(self, render: Callable[[Region], list[Strip]], crop: Region) -> list[Strip]:
        with self.contained():
            return render(crop)
        return [Strip.blank(crop.width)] * crop.height

    def _handle_exception(self, error: Exception) -> None:
        if self.is_contained:
            self.note_error(error)
        else:
            super()._handle_exception(error)


# -- whether a screen stands ------------------------------------------------------------------------------------------

# Defaults are for another Textual than the tested one, which may not have the name: what is not known is taken to be
# as it is between two keys.


def is_leaving(app: App[Any]) -> bool:
    """Whether the program is being left."""
    return bool(getattr(app, "_exit", False))


def is_ended(app: App[Any]) -> bool:
    """Whether the app runs no more, or does not run yet."""
    return not getattr(app, "_running", True)


def screens_of(app: App[Any]) -> list[Screen[Any]]:
    """The screens, the lowest first; none while there is none, where the app's own property raises."""
    screens: list[Screen[Any]] = getattr(app, "_screen_stack", None) or []
    return screens


def is_going(widget: Widget) -> bool:
    """Whether a widget, or a screen, is being taken away."""
    return bool(getattr(widget, "_pruning", False))


def is_made(pump: MessagePump) -> bool:
    """Whether a widget, or a screen, has been mounted."""
    mounted = getattr(pump, "_mounted_event", None)
    return mounted is None or mounted.is_set()


async def wait_until_made(pump: MessagePump) -> None:
    """Wait until a widget, or a screen, is mounted."""
    if not is_made(pump):
        await pump._mounted_event.wait()


def has_pending_message(pump: MessagePump) -> bool:
    """Whether a message waits that will be heard."""
    queue = getattr(pump, "_message_queue", None)
    return queue is not None and not pump._closing and not queue.empty()


class MessageFilter(AnyScreen):
    """A mixin for a screen that decides which messages are dispatched to it."""

    def accepts_message(self, message: Message) -> bool:
        """Whether a message is heard, of those that are not Textual's own about laying out and drawing."""
        return True

    async def _on_message(self, message: Message) -> None:
        is_textuals = isinstance(message, events.Event) or type(message).__module__ == messages.__name__
        if is_textuals or self.accepts_message(message):
            await super()._on_message(message)


# -- the palette ------------------------------------------------------------------------------------------------------


class SteadyCommandList(CommandList):
    """The palette's list, safe from keys and clicks that come before it is laid out or after it was emptied."""

    async def _on_click(self, event: events.Click) -> None:
        # Before Textual's: what was clicked is what was drawn, and that may be gone.
        place = event.style.meta.get("option")
        if place is not None and place >= self.option_count:
            event.prevent_default()

    def _move_page(self, direction: Any) -> None:
        # Textual looks for the line of the highlighted command among those it has laid out.
        if (self.highlighted or 0) in self._index_to_line:
            super()._move_page(direction)


class SteadyPalette(CommandPalette):
    """Textual's palette that shows what `found` says at once, and does what is chosen as soon as it is closed.

    Textual searches in tasks and shows what they found a quarter of a second later: Enter would do what was found for
    the letters before. While `is_ready` says that the palette is not there, nothing is searched or shown.
    """

    def __init__(self) -> None:
        super().__init__(providers=[], placeholder="Search for names, groups, windows, commands\N{HORIZONTAL ELLIPSIS}")

    @property
    def is_ready(self) -> bool:
        """Whether the palette's widgets are there."""
        return True

    @property
    def placeholder(self) -> str:
        """The text in the palette's line as long as nothing is typed."""
        return str(getattr(self, "_placeholder", ""))

    def found(self, text: str) -> Iterable[SystemCommand]:
        """What fits a text, the best first; everything worth offering for an empty one."""
        return ()

    def _gather_commands(self, search_value: str) -> None:  # type: ignore[override]
        if not self.is_ready:
            return
        help_style = Style.from_styles(self.get_component_styles("command-palette--help-text"))
        commands: list[Option] = [
            Command(
                Content("\n").join([Content(title), Content(words).stylize_before(help_style)]),
                DiscoveryHit(title, callback, title, words),
                id=str(place),
            )
            for place, (title, words, callback, _) in enumerate(self.found(search_value))
        ]
        shown = self.query_one(CommandList).clear_options()
        shown.add_options(commands or [Option("No matches", id=self._NO_MATCHES, disabled=True)])
        shown.highlighted = 0 if commands else None
        self._list_visible = True
        self.add_class("-ready")

    @on(Input.Submitted)
    def _do_highlighted(self, event: Input.Submitted) -> None:
        event.stop()
        event.prevent_default()
        if self.is_ready:
            self._do(self.query_one(CommandList).highlighted_option)

    @on(OptionList.OptionSelected)
    def _do_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        event.prevent_default()
        self._do(event.option)

    def _do(self, option: Option | None) -> None:
        if isinstance(option, Command) and self.is_ready:
            self.dismiss()
            self.app.call_later(option.hit.command)

    def _watch__list_visible(self) -> None:
        if self.is_ready:
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        if self.is_ready:
            await super()._watch__show_busy()


# -- what is drawn ----------------------------------------------------------------------------------------------------


class BandCompositor(Compositor):
    """A compositor that asks `band_renders` for what is drawn when `bands` says that little has changed."""

    failed: Callable[[str], None] | None = None
    """Called with words when rendering failed; Textual draws by itself from then on."""
    _is_banded = False

    def bands(self, dirty: Iterable[Region]) -> tuple[Region, ...]:
        """The rows that changed, as regions one under another; empty when Textual shall see to it."""
        raise NotImplementedError  # Not abstract: a compositor of Textual's becomes one by its class alone.

    def band_renders(self) -> Iterator[tuple[Region, Region, list[Strip]]]:
        """What is seen of each widget in these rows: where it lies, what part of the screen it may use, its lines."""
        raise NotImplementedError  # Not abstract: a compositor of Textual's becomes one by its class alone.

    def render_partial_update(self) -> ChopsUpdate | None:
        """The update that draws what changed; None when nothing did."""
        dirty = self._dirty_regions.copy()
        self._is_banded = bool(self.bands(dirty))
        try:
            return super().render_partial_update()
        # What Textual keeps for itself may be another thing tomorrow, and no saving is worth the monitor.
        except Exception as error:
            if self.failed is None:
                raise
            self.failed(f"{type(error).__name__}: {error}")
            self._is_banded = False
            self._dirty_regions |= dirty
            # Not by `super`: whoever was told may have made another class of this object.
            return Compositor.render_partial_update(self)
        finally:
            self._is_banded = False

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        return self.band_renders() if self._is_banded else super()._get_renders(crop)


def lend_compositor(screen: Screen[Any], kind: type[BandCompositor], failed: Callable[[str], None]) -> None:
    """Give a screen that has Textual's compositor one of ours."""
    compositor: Any = screen._compositor
    if _is_textuals(compositor):
        compositor.__class__, compositor.failed = kind, failed


def return_compositor(screen: Screen[Any]) -> None:
    """Give a screen Textual's compositor back."""
    compositor: Any = screen._compositor
    if not _is_textuals(compositor):
        compositor.__class__ = Compositor


def _is_textuals(compositor: object) -> bool:
    return type(compositor) is Compositor


def visible_widgets(screen: Screen[Any]) -> Visible:
    """The visible widgets of a screen; another mapping whenever something was laid out, hidden, or put on top."""
    return screen._compositor.visible_widgets


def is_settled(screen: Screen[Any], widget: Widget) -> bool:
    """Whether neither the screen nor the widget is about to be laid out or drawn anew."""
    return not (
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or widget._repaint_regions
        or widget._repaint_required
    )


def forget_lines(widget: Widget, lines: Iterable[int]) -> None:
    """Have Textual render these lines of a widget anew, by their places in it, when it draws them next."""
    widget._styles_cache._dirty_lines.update(lines)


# -- the terminal -----------------------------------------------------------------------------------------------------


MOST_COLUMNS, MOST_ROWS = 1000, 500
"""The largest screen that is drawn: twice the largest wall of monitors. A terminal may claim any number."""


def bounded_size(size: Size) -> Size:
    """The part of a terminal's size that is drawn: at least one cell, and no more than memory bears."""
    return Size(min(max(size.width, 1), MOST_COLUMNS), min(max(size.height, 1), MOST_ROWS))


class OpenDriver(LinuxDriver):
    """Textual's driver for a terminal, whose file and whose reading of keys can be replaced where it is as tested."""

    def __init__(self, app: App[Any], **arguments: Any) -> None:
        super().__init__(app, **arguments)
        self.is_fit = not misfit()
        """Whether more may be changed of this driver than its public methods."""

    def read_keys(self) -> None:
        """Read what is typed, in a thread of its own; Textual's way, unless overridden."""
        self.run_input_thread()

    def enter_anew(self) -> None:
        """Leave the screen and enter it again, and have the app draw everything."""
        self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()

    def replace_file(self, file: Any) -> None:
        """Have everything written to another file than standard error."""
        self._file = file

    def read_in_thread(self, read: Callable[[], None]) -> None:
        """Read in a thread that Textual waits for when it closes the terminal."""
        self._key_thread = Thread(target=read, name="textual-input")
        self._key_thread.start()

    @property
    def queued(self) -> int:
        """How many writes wait in Textual's own queue."""
        return self._writer_thread._queue.qsize() if self._writer_thread is not None else 0

    def _get_terminal_size(self) -> tuple[int, int]:
        width, height = bounded_size(Size(*super()._get_terminal_size()))
        return width, height

    def send_message(self, message: Message) -> None:
        """Send an event to the app; a size that a terminal told of itself no larger than is drawn."""
        if isinstance(message, Resize):
            bounded = bounded_size(message.size)
            if bounded != message.size:
                message = Resize(bounded, bounded)
        super().send_message(message)

    def _run_input_thread(self) -> None:
        if self.is_fit:
            self.read_keys()
        else:
            super()._run_input_thread()


def opening_of(driver: Driver | None) -> object:
    """An object that is another one each time a driver has entered a blank screen: at the start, or resumed."""
    return getattr(driver, "_writer_thread", None)


class KeyParser:
    """Turns what is typed into Textual's messages."""

    def __init__(self) -> None:
        self._parser = XTermParser()

    def feed(self, text: str) -> list[Message]:
        """The messages of some text, as far as it is complete."""
        return list(self._parser.feed(text))

    def give_up(self) -> list[Message]:
        """The messages of what was fed last and is incomplete, as of a key that nothing followed; none if it is not."""
        if not self.is_incomplete:
            return []
        self._parser._timeout_time = 0.0
        return list(self._parser.tick())

    @property
    def is_incomplete(self) -> bool:
        """Whether more is waited for."""
        return self._parser._timeout_time is not None
