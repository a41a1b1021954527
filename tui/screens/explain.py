"""The screen that explains a figure or a panel: formula, inputs with their dates, and the numbers put in."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from shortside.board import Board
from shortside.one_name.history import name_history
from shortside.one_name.short_volume import SoldShort
from shortside.sessions import in_utc
from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.figures import figure_groups, full_day, last_settlement
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.formula import Formula
from widgets.formulas import FORMULAS, LETTERS, ascii_words
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.moments import ReaderTime, moment_wordings
from widgets.panel_description import PanelDescription
from widgets.scrolled_panel import ScrolledPanel

INPUT_WIDTH = 18
COLUMN_WIDTH = 12
LETTER_SIGNS = frozenset(letter for letter, _ in LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The explanation of a figure or panel: a formula, its inputs with their dates, and the arithmetic."""

    formula: Formula
    subject: str
    """The symbol that is explained, or words for the whole market."""
    figure: str
    """The figure as the screen prints it; empty for a panel."""
    worked_example: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    """Pairs of an input and the days it speaks of."""
    columns: tuple[tuple[str, str], ...] = ()
    """Pairs of a column's title and what it says, of a table."""


def explanation(
    board: Board,
    about: PanelDescription | str,
    column: int | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
    sold: SoldShort | None = None,
    columns: tuple[tuple[str, str], ...] = (),
    read: ReaderTime | None = None,
) -> Explanation:
    """Explain a figure of one name, or a panel.

    Args:
        board: what is on the screen.
        about: a panel, or a figure by its key in `FORMULAS`.
        column: the name a figure belongs to; None for the whole market.
        glyphs: the signs to write with.
        sold: how the name is sold short off exchange, where the screen shows that.
        columns: pairs of title and meaning of the panel's columns, where it is a table.
        read: when and where it is read; None where nobody knows.

    Raises:
        KeyError: no figure is called `about`.
    """
    worked_example: tuple[str, ...] = ()
    for_name = None
    if isinstance(about, str):
        formula, key = FORMULAS[about], about
    else:
        formula, key, for_name = about.formula, about.figure, about.worked_example_of_name
        if about.worked_example is not None:
            worked_example = about.worked_example(board, glyphs)
    figure, subject = "", "all stocks"
    if column is not None:
        subject = str(board.market.symbols[column])
        for group in figure_groups(board, name_history(board, column), glyphs, sold):
            for line in group.lines:
                if line.key == key:
                    figure = f"{line.label} {line.text}"
                    worked_example = (line.worked_example,) if line.worked_example else worked_example
        if for_name is not None:
            worked_example = for_name(board, column, glyphs)
    inputs = explained_inputs(board, column, read, glyphs)
    return Explanation(
        formula=formula, subject=subject, figure=figure, worked_example=worked_example, inputs=inputs, columns=columns
    )


def explained_inputs(
    board: Board, column: int | None = None, read: ReaderTime | None = None, glyphs: Glyphs = GLYPHS_UNICODE
) -> tuple[tuple[str, str], ...]:
    """The inputs behind every figure, each with the date it speaks of, and when they were read."""
    market, window, days = board.market, board.window, last_settlement(board)
    settled = f"{full_day(days[0])}, published {full_day(days[1])}" if days else "none known"
    live = ", live" if market.is_live else ", the close"
    price_day = market.sessions[-1] if column is None else market.sessions[int(market.last_priced[column])]
    doubts = () if column is None else board.doubts_about(column)
    read_at = in_utc(datetime.fromisoformat(market.fetched_at))
    return (
        *(("doubtful", f"{full_day(one.session)}: {one.rule.sentence} Seen: {one.evidence}") for one in doubts),
        ("prices", full_day(price_day) + live),
        ("settlement", settled),
        ("shares between", f"{board.view.positions}, {board.view.knowledge.words}"),
        ("window", f"{window.name}: closes of {full_day(window.start_date)} to {full_day(window.end_date)}"),
        ("tier basis", str(board.view.basis)),
        ("float", "none" if np.isnat(market.float_as_of) else full_day(market.float_as_of)),
        ("stock loan", "none" if market.borrow is None else f"{full_day(market.borrow.as_of)}, {market.borrow.source}"),
        ("threshold list", "none" if market.threshold is None else full_day(market.threshold.as_of)),
        (
            "source",
            market.source
            + (", a simulation" if market.is_simulated else "")
            + f", read {moment_wordings(read_at, read, glyphs=glyphs)[0]}",
        ),
    )


def explanation_lines(explained: Explanation, width: int) -> list[Line]:
    """An explanation as lines of at most `width` cells, words wrapped and numbers whole."""
    formula = explained.formula
    lines: list[Line] = [
        [(f" {part}", "accent")] for row in formula.formula.split("\n") for part in _wrapped(row, width)
    ]
    letters = [f"{sign} {words}" for sign, words in LETTERS if sign in _signs_in(formula.formula)]
    if letters:
        lines += [[(f" {part}", "muted")] for part in _wrapped(", ".join(letters), width)]
    lines += [[], *([(f" {part}", "plain")] for part in _wrapped(formula.words, width))]
    if explained.worked_example or explained.figure:
        lines += [[], [(f" {explained.subject}", "title"), (f"  {explained.figure}", "accent")]]
        lines += [[(f"   {part}", "plain")] for row in explained.worked_example for part in _wrapped(row, width - 2)]
    lines += [[], [(" rests on", "title")]]
    for name, value in explained.inputs:
        first, *rest = _wrapped(value, width - INPUT_WIDTH - 2) or [""]
        lines.append([(f"   {name}".ljust(INPUT_WIDTH), "muted"), (f" {first}", "plain")])
        lines += [[(" " * (INPUT_WIDTH + 1) + part, "plain")] for part in rest]
    if explained.columns:
        lines += [[], [(" columns", "title")]]
    for title, words in explained.columns:
        first, *rest = _wrapped(words, width - COLUMN_WIDTH - 2)
        lines.append([(f"   {title}".ljust(COLUMN_WIDTH), "muted"), (f" {first}", "plain")])
        lines += [[(" " * (COLUMN_WIDTH + 1) + part, "plain")] for part in rest]
    if formula.source:
        lines += [[], *([(f" {part}", "muted")] for part in _wrapped(f"after {formula.source}", width))]
    return lines


class ExplainPanel(ScrolledPanel):
    """An explanation, wrapped to the panel's width."""

    explanation: Explanation | None = None

    def draw(self, width: int, height: int) -> list[Line]:
        lines = explanation_lines(self.explanation, width) if self.explanation else []
        if not self.glyphs.is_ascii:
            return lines
        return [[(ascii_words(text), style) for text, style in line] for line in lines]


class ExplainScreen(PanelReadiness, ModalScreen[None]):
    """Explains one figure or panel over the screen it stands on."""

    DEFAULT_CSS = """
    ExplainScreen { align: center middle; background: $background 60%; }
    ExplainScreen > ExplainPanel { width: 90%; max-width: 88; height: auto; max-height: 95%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,i,q", "close", "close", id="explain.close", tooltip="Back to the screen below"),
    ]

    def __init__(
        self,
        board: Board,
        about: PanelDescription | str,
        column: int | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        sold: SoldShort | None = None,
        columns: tuple[tuple[str, str], ...] = (),
        read: ReaderTime | None = None,
    ) -> None:
        super().__init__()
        self._board, self._about, self._column = board, about, column
        self._glyphs, self._sold, self._columns, self._read = glyphs, sold, columns, read

    def compose(self) -> ComposeResult:
        board, glyphs = self._board, self._glyphs
        explained = explanation(board, self._about, self._column, glyphs, self._sold, self._columns, self._read)
        formula = replace(explained.formula, words=key_words(self, explained.formula.words))
        explained = replace(explained, formula=formula)
        panel = ExplainPanel(title=explained.formula.title, glyphs=glyphs)
        panel.leaving = f"{board.market.mark} {{explain.close:Esc}} closes".lstrip()
        panel.explanation = explained
        yield HeadLine(glyphs)
        yield panel

    def action_close(self) -> None:
        self.dismiss()


def _wrapped(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, max(width - 2, 20), break_long_words=False, break_on_hyphens=False)


def _signs_in(formula: str) -> frozenset[str]:
    """The letters a formula uses, as words of their own."""
    plain = "".join(sign if sign.isalnum() else " " for sign in formula)
    return LETTER_SIGNS & frozenset(plain.split())
