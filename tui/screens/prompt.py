"""Two small screens over another one: a line that asks for a text, and a question that is answered by yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from shortside.words.plain_text import printable
from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.key_names import key_words


def accept_any_text(text: str) -> str:
    """Refuses nothing: the reason against a text is always empty."""
    return ""


class PromptScreen(PanelReadiness, ModalScreen[str | None]):
    """Asks for a line of text; dismissed with it, or with None where nobody wants to give one.

    Args:
        question: what is asked for, such as `Save the filter as`.
        value: what stands in the line at first.
        refusal: why a text will not do, in words; empty where it does.
        placeholder: what an empty line shows.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    PromptScreen { align: center middle; background: $background 60%; }
    PromptScreen > Vertical {
        width: 90%; max-width: 72; height: auto; background: $panel; border: round $accent; padding: 0 1;
    }
    PromptScreen.-ascii > Vertical { border: ascii $accent; }
    PromptScreen Input { border: none; height: 1; padding: 0; background: $panel; }
    PromptScreen Input:focus { border: none; }
    PromptScreen #prompt-keys { color: $text-muted; }
    PromptScreen #prompt-keys.-wrong { color: $text-warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", id="prompt.close", tooltip="Back, and nothing is done"),
    ]

    def __init__(
        self,
        question: str,
        value: str = "",
        refusal: Callable[[str], str] = accept_any_text,
        placeholder: str = "",
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__()
        self._question, self._value, self._refusal, self._placeholder = question, value, refusal, placeholder
        self._glyphs = glyphs
        self.set_class(glyphs.is_ascii, "-ascii")

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            yield Static(printable(self._question), markup=False)
            yield Input(self._value, placeholder=self._placeholder, id="prompt", compact=True, select_on_focus=False)
            yield Static(self._keys, markup=False, id="prompt-keys")

    def fill_panels(self) -> None:
        """Let letters go into the line from the first key on."""
        self.set_focus(self.query_one(Input))

    @property
    def _keys(self) -> str:
        return key_words(self, f"Enter takes it {self._glyphs.separator} {{prompt.close:Esc}} leaves it")

    def regain_focus(self) -> None:
        """Let letters go into the line."""
        if self.has_panels:
            self.set_focus(self.query_one(Input))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        refusal = self._refusal(event.value) if event.value.strip() else "nothing was typed"
        if refusal:
            self._say(refusal)
        else:
            self.dismiss(event.value)

    def _say(self, wrong: str) -> None:
        line = self.query_one("#prompt-keys", Static)
        line.set_class(bool(wrong), "-wrong")
        line.update(printable(wrong) or self._keys)

    def action_close(self) -> None:
        """Leave, and give no text."""
        self.dismiss(None)


def ask_for_text(
    app: App[Any],
    question: str,
    then: Callable[[str], object],
    *,
    value: str = "",
    refusal: Callable[[str], str] = accept_any_text,
    placeholder: str = "",
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> None:
    """Ask for a line of text over the screen that is shown.

    Args:
        app: the monitor.
        question: what is asked for.
        then: called with the text; not at all where nobody gives one.
        value: what stands in the line at first.
        refusal: why a text will not do, in words; empty where it does.
        placeholder: what an empty line shows.
        glyphs: the signs to draw with.
    """

    def answered(text: str | None) -> None:
        if text is not None:
            then(text)

    app.push_screen(PromptScreen(question, value, refusal, placeholder, glyphs), answered)


class QuestionScreen(PanelReadiness, ModalScreen[bool]):
    """Asks whether to do what cannot be undone; dismissed with True only by `y`.

    Args:
        question: what would be done, such as `Delete the list banks`.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    QuestionScreen { align: center middle; background: $background 60%; }
    QuestionScreen > Vertical {
        width: 90%; max-width: 60; height: auto; background: $panel; border: round $warning; padding: 0 1;
    }
    QuestionScreen.-ascii > Vertical { border: ascii $warning; }
    QuestionScreen #question-keys { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "yes", id="question.agree", tooltip="Do it"),
        Binding("n,escape,q,enter", "close", "no", id="question.close", tooltip="Leave it as it is"),
    ]

    def __init__(self, question: str, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._question, self._glyphs = question, glyphs
        self.set_class(glyphs.is_ascii, "-ascii")

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            yield Static(printable(self._question), markup=False)
            words = f"{{question.agree:y}} does it {self._glyphs.separator} {{question.close:n or Esc}} leaves it"
            yield Static(key_words(self, words), markup=False, id="question-keys")

    def action_agree(self) -> None:
        """Leave with yes."""
        self.dismiss(True)

    def action_close(self) -> None:
        """Leave with no."""
        self.dismiss(False)
