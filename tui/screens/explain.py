"""What a figure or panel means: its formula, the days of what went into it, and the sum done with its numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from shortside.board import Board
from shortside.history import name_history
from shortside.rows import GroupRow, Reconciliation, appeared_symbols, reconciliation_of, tier_table
from shortside.short_volume import SoldShort
from tui.screens.help import glyphs_of
from widgets.figures import figure_groups, full_day, last_settlement
from widgets.format import GLYPHS_UNICODE, Glyphs, dollars, percent
from widgets.formulas import FORMULAS, LETTERS, Formula, ascii_words
from widgets.panel import Line, Panel

INPUT_WIDTH = 18
LETTER_SIGNS = frozenset(letter for letter, _ in LETTERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A formula, its inputs with their days, and the arithmetic."""

    formula: Formula
    subject: str
    """What it was asked of: a symbol, or the market."""
    figure: str
    """The figure as the screen prints it; empty for a panel."""
    worked: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    """Pairs of an input and the days it speaks of."""


def explanation(
    board: Board,
    key: str,
    column: int | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
    sold: SoldShort | None = None,
) -> Explanation:
    """Explain a figure of one name, or a panel.

    Args:
        board: what is on the screen.
        key: an entry of `FORMULAS`.
        column: the name a figure belongs to; None for a panel of the whole market.
        glyphs: the signs to write with.
        sold: how the name is sold short off exchange, where the screen shows that.

    Raises:
        KeyError: nothing is called `key`.
    """
    formula = FORMULAS[key]
    figure, worked = "", WORKED[key](board, glyphs) if key in WORKED else ()
    subject = "all stocks"
    if column is not None:
        subject = str(board.market.symbols[column])
        for group in figure_groups(board, name_history(board, column), glyphs, sold):
            for line in group.lines:
                # A panel of one name rests on the figure that gives it its name.
                if line.key == {"crowded": "crowding", "symbol_chart": "shares_short"}.get(key, key):
                    figure = f"{line.label} {line.text}"
                    worked = (line.worked,) if line.worked else worked
        if key == "cycles":
            worked = _cycle_worked(board, column, glyphs)
    return Explanation(formula=formula, subject=subject, figure=figure, worked=worked, inputs=inputs_of(board, column))


def inputs_of(board: Board, column: int | None = None) -> tuple[tuple[str, str], ...]:
    """What every figure rests on, and from which day each part is."""
    market, window, days = board.market, board.window, last_settlement(board)
    settled = f"{full_day(days[0])}, published {full_day(days[1])}" if days else "none known"
    live = ", live" if market.is_live else ", the close"
    price_day = market.sessions[-1] if column is None else market.sessions[int(market.last_priced[column])]
    return (
        ("prices", full_day(price_day) + live),
        ("settlement", settled),
        ("shares between", f"{board.view.positions}, {board.view.knowledge}"),
        ("window", f"{window.name}: closes of {full_day(window.start_date)} to {full_day(window.end_date)}"),
        ("tier basis", str(board.view.basis)),
        ("float", "none" if np.isnat(market.float_as_of) else full_day(market.float_as_of)),
        ("stock loan", "none" if market.borrow is None else f"{full_day(market.borrow.as_of)}, {market.borrow.source}"),
        ("threshold list", "none" if market.threshold is None else full_day(market.threshold.as_of)),
        (
            "source",
            market.source
            + (", a simulation" if market.is_simulated else "")
            + f", read {market.fetched_at.replace('T', ' ')}",
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
    if explained.worked or explained.figure:
        lines += [[], [(f" {explained.subject}", "title"), (f"  {explained.figure}", "accent")]]
        lines += [[(f"   {part}", "plain")] for row in explained.worked for part in _wrapped(row, width - 2)]
    lines += [[], [(" rests on", "title")]]
    for name, value in explained.inputs:
        first, *rest = _wrapped(value, width - INPUT_WIDTH - 2) or [""]
        lines.append([(f"   {name}".ljust(INPUT_WIDTH), "muted"), (f" {first}", "plain")])
        lines += [[(" " * (INPUT_WIDTH + 1) + part, "plain")] for part in rest]
    if formula.source:
        lines += [[], *([(f" {part}", "muted")] for part in _wrapped(f"after {formula.source}", width))]
    return lines


class ExplainPanel(Panel):
    """An explanation, wrapped to the panel's width."""

    explained: Explanation | None = None

    def draw(self, width: int, height: int) -> list[Line]:
        lines = explanation_lines(self.explained, width) if self.explained else []
        if not self.glyphs.is_ascii:
            return lines
        return [[(ascii_words(text), style) for text, style in line] for line in lines]


class ExplainScreen(ModalScreen[None]):
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
        key: str,
        column: int | None = None,
        glyphs: Glyphs | None = None,
        sold: SoldShort | None = None,
    ) -> None:
        super().__init__()
        self._asked = (board, key, column)
        self._glyphs = glyphs
        self._sold = sold

    def compose(self) -> ComposeResult:
        board, key, column = self._asked
        glyphs = glyphs_of(self.app, self._glyphs)
        explained = explanation(board, key, column, glyphs, self._sold)
        panel = ExplainPanel(title=explained.formula.title, glyphs=glyphs)
        panel.note = f"{board.market.mark} Esc closes".lstrip()
        panel.explained = explained
        yield panel

    def action_close(self) -> None:
        self.dismiss()


def _profit_worked(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    total = tier_table(board, with_trends=False).total
    profit, average = _money(total.profit, glyphs), _money(total.average_short_interest, glyphs, signed=False)
    ratio = percent(total.profit_ratio, 8, glyphs=glyphs).strip()
    bounds = f"{_money(total.profit_low, glyphs)} to {_money(total.profit_high, glyphs)}"
    return (f"P&L {profit} / average SI {average} = {ratio}", f"band {bounds}: ± {dollars(total.band, 7).strip()}")


def _flow_worked(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    total = tier_table(board, with_trends=False).total
    return tuple(
        f"{full_day(window.start_date)} to {full_day(window.end_date)}: {_money(amount, glyphs)}"
        for window, amount in (
            (board.window_30d, total.new_short_30d),
            (board.window_prior, total.new_short_prior_30d),
        )
    )


def _identity_worked(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    total: GroupRow = tier_table(board, with_trends=False).total
    sums: Reconciliation = reconciliation_of(total)
    start, end = _money(sums.start, glyphs, signed=False), _money(sums.end, glyphs, signed=False)
    new, profit = _money(sums.new_short, glyphs), _money(sums.profit, glyphs)
    verdict = "only rounding" if sums.holds else "positions that turned up" if sums.is_explained else "inputs disagree"
    lines = (f"{start} + ({new}) - ({profit}) = {end}", f"left over: {sums.residual:,.2f} USD, {verdict}")
    if not sums.appeared:
        return lines
    names = ", ".join(appeared_symbols(board))
    return (*lines, f"turned up without being new: {sums.appeared:,.2f} USD of {names}")


def _left_out_worked(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    counts = board.market.left_out(board.included)
    return tuple(f"{count:,} {reason.replace('_', ' ')}" for reason, count in counts.items())


WORKED: dict[str, Callable[[Board, Glyphs], tuple[str, ...]]] = {
    "tier_profit": _profit_worked,
    "new_short_flow": _flow_worked,
    "reconciliation": _identity_worked,
    "left_out": _left_out_worked,
}
"""The arithmetic of panels that speak of the whole market."""


def _cycle_worked(board: Board, column: int, glyphs: Glyphs) -> tuple[str, ...]:
    """The newest cycle whose parts are all known."""
    cycles = name_history(board, column).cycles
    for newer, older in pairwise(cycles):
        effect, new, end, start = newer.price_effect, newer.new_short, newer.short_interest, older.short_interest
        if newer.is_known and effect is not None and new is not None and end is not None and start is not None:
            parts = f"price {_money(effect, glyphs)}, new {_money(new, glyphs)}"
            ends = f"{_money(start, glyphs, signed=False)} → {_money(end, glyphs, signed=False)}"
            return (f"{full_day(older.settlement_date)} to {full_day(newer.settlement_date)}: {ends} = {parts}",)
    return ()


def _money(value: float, glyphs: Glyphs, signed: bool = True) -> str:
    return dollars(value, 9, signed=signed, glyphs=glyphs).strip()


def _wrapped(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, max(width - 2, 20), break_long_words=False, break_on_hyphens=False)


def _signs_in(formula: str) -> frozenset[str]:
    """The letters a formula uses, as words of their own."""
    plain = "".join(sign if sign.isalnum() else " " for sign in formula)
    return LETTER_SIGNS & frozenset(plain.split())
