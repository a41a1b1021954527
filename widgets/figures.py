"""Writes the figures of one name as lines of text, each with its formula, date and arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import isnan

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.by_session.session_tables import VOLUME_SESSIONS
from shortside.crowding import LEAST_HIGHLY_SQUEEZABLE_SCORE, LEAST_SQUEEZABLE_SCORE
from shortside.evidence.board_chances import squeeze_chances
from shortside.loans.net_of_borrow import FINANCING_DAYS
from shortside.named_windows import SINCE_PREFIX
from shortside.one_name.history import NameHistory
from shortside.one_name.short_volume import SoldShort
from shortside.rows import NameRow, name_rows
from shortside.windows import Window
from shortside.words.group_words import tier_word
from widgets.format import (
    GLYPHS_UNICODE,
    Figure,
    Glyphs,
    NoFigure,
    days,
    dollars,
    full_date,
    known_figure,
    number,
    percent,
    price,
    shares,
    short_date,
)
from widgets.formulas import FORMULAS, ascii_words
from widgets.squeeze_words import squeeze_example, squeeze_notes

FIGURE_WIDTH = 9
BAR_CELLS = 10
FACTOR_LABELS = {"dollars_at_risk": "at risk", "share_of_float": "of float", "stock_loan": "stock loan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """One figure of a name as text, with its label, formula and date."""

    key: str
    """The key of the figure's formula in `FORMULAS`."""
    label: str
    text: str
    """The figure, without padding, at most `FIGURE_WIDTH` cells."""
    words: tuple[str, ...] = ()
    """Formula and date, the longest way to say them first: the first that fits is shown."""
    style: str = "plain"
    worked_example: str = ""
    """The formula with the numbers of this name, for the explanation; empty where nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureGroup:
    """Figures of a name under one heading."""

    heading: str
    lines: tuple[FigureLine, ...]


def figure_groups(
    board: Board, history: NameHistory, glyphs: Glyphs = GLYPHS_UNICODE, sold: SoldShort | None = None
) -> tuple[FigureGroup, ...]:
    """Position, flow, P&L, crowding and borrow of a name, at the prices of the moment; and how it is sold short."""
    groups = _Groups(board, history, glyphs)
    return groups.all() if sold is None else (*groups.all(), groups.sold_short(sold))


def day_words(day: date | np.datetime64, board: Board, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A day as ``7 Sep``, with its year where it is not that of the last session."""
    if isinstance(day, np.datetime64):
        if np.isnat(day):
            return glyphs.missing
        day = as_date(day)
    return short_date(day, FIGURE_WIDTH, reference=board.market.last_session, glyphs=glyphs).strip()


def as_date(day: np.datetime64) -> date:
    """A day of an axis as a plain date."""
    plain: date = day.astype("datetime64[D]").astype(date)
    return plain


def full_day(day: date | np.datetime64) -> str:
    """A day with its year, ``7 Sep 2023``, whatever the machine's language."""
    plain = as_date(day) if isinstance(day, np.datetime64) else day
    return full_date(plain) or ""


def last_settlement(board: Board) -> tuple[date, date] | None:
    """Settlement and publication day of the newest settlement the view rests on; None where there is none."""
    market, positions = board.market, board.book.positions
    rows = positions.settlement_rows[: int(np.searchsorted(positions.knots, len(market.sessions)))]
    return (as_date(market.settlements[rows[-1]]), as_date(market.published[rows[-1]])) if len(rows) else None


class _Groups:
    """Writes the figures of one name; an unknown is told apart from what does not apply."""

    def __init__(self, board: Board, history: NameHistory, glyphs: Glyphs) -> None:
        self.board, self.history, self.glyphs = board, history, glyphs
        self.column = history.column
        self.row: NameRow = name_rows(board, np.array([self.column]))[0]
        positions, last = board.book.positions, len(board.market.sessions) - 1
        self.is_reported = int(positions.entry[self.column]) <= last
        self.is_held = self.is_reported and int(positions.exit[self.column]) >= last

    def all(self) -> tuple[FigureGroup, ...]:
        """Every group, in the order of the screen."""
        return (self._position(), self._flow(), self._profit(), self._crowding(), self._borrow())

    # -- position -------------------------------------------------------------------------------------------------

    def _position(self) -> FigureGroup:
        row = self.row
        held, cost = self._of_position(row.shares_short), self._of_position(row.short_interest)
        so = self._of_position(row.short_outstanding_ratio)
        cover = self._of_position(row.days_to_cover)
        outstanding = known_or_none(self.board.market.counted_shares[self.column])
        volume = known_or_none(self.board.market.average_volume[self.column])
        counted = self._product_words
        lines = [
            self._line("shares_short", "shares short", shares(held, 9, glyphs=self.glyphs), *self._how_known()),
            self._line(
                "short_interest", "SI $", self._dollars(cost), worked_example=counted(cost, held, "×", row.price, 2)
            ),
            self._line("price", "price", price(row.price, 9, glyphs=self.glyphs), self._day(row.price_date)),
            *self._float_lines(held),
            self._line(
                "short_outstanding_ratio",
                "% outstanding",
                percent(so, 9, signed=False, glyphs=self.glyphs),
                worked_example=self._quotient_words(held, outstanding, so, is_percent=True),
            ),
            self._line(
                "days_to_cover",
                "days to cover",
                days(cover, 9, glyphs=self.glyphs),
                "cycle" if self.board.market.is_volume_of_cycle[self.column] else f"{VOLUME_SESSIONS} d",
                worked_example=self._quotient_words(held, volume, cover),
            ),
            self._line(
                "market_cap", "market cap", self._dollars(row.market_cap), self._tier(),
                worked_example=counted(row.market_cap, outstanding, "×", row.price, 2),
            ),
        ]  # fmt: skip
        return FigureGroup(heading="position", lines=tuple(lines))

    def _tier(self) -> str:
        """The tier, and where it is from when it is not from a printed share count."""
        return f"{self.row.tier}, by its volume" if self.row.is_tier_estimated else tier_word(self.row.tier)

    def _float_lines(self, held: Figure) -> list[FigureLine]:
        """Both conventions of a share of the float, with its own date; one line that says so where there is none."""
        market, conventional = self.board.market, self._of_position(self.row.short_float_ratio)
        ratio, free = known_figure(conventional), known_figure(market.float_shares[self.column])
        if ratio is None:
            old = f"float of {self._day(market.float_as_of)} is too old"
            why = ("no float known", "no float") if free is None else (old, "F too old")
            return [self._line("short_float_ratio", "% float", percent(conventional, 9, glyphs=self.glyphs), *why)]
        # Q / (F + Q), written with r = Q / F.
        tradable = ratio / (1 + ratio)
        day = self._day(market.float_as_of)
        both = None if free is None else free + (known_figure(held) or 0.0)
        return [
            self._line(
                "short_float_ratio", "% float", percent(ratio, 9, signed=False, glyphs=self.glyphs), day,
                worked_example=self._quotient_words(held, free, ratio, is_percent=True),
            ),
            self._line(
                "short_tradable_ratio", "% float + Q", percent(tradable, 9, signed=False, glyphs=self.glyphs),
                day, worked_example=self._quotient_words(held, both, tradable, is_percent=True),
            ),
        ]  # fmt: skip

    def _how_known(self) -> tuple[str, ...]:
        """Whether shares short are a settlement's own figure or an estimate, and from when."""
        history = self.history
        if not self.is_reported:
            return ("never reported", "not reported")
        if not self.is_held:
            return ("trading ended", "ended")
        last = len(history.sessions) - 1
        if history.last_known == last:
            return (f"settled {self._day(history.sessions[-1])}", "settled")
        since = "" if history.last_known is None else self._day(history.sessions[history.last_known])
        if self.board.book.positions.progress(last) > 0:
            return (f"estimate from {since} on", f"est. {since}") if since else ("estimate",)
        return (f"held since {since}", f"held {since}", "held") if since else ("held",)

    # -- flow, P&L ------------------------------------------------------------------------------------------------

    def _flow(self) -> FigureGroup:
        board, row = self.board, self.row
        return FigureGroup(
            heading="new short $",
            lines=(
                self._new_short("new_short_30d", "30 days", row.new_short_30d, board.window_30d),
                self._new_short("new_short_prior_30d", "30 before", row.new_short_prior_30d, board.window_prior),
                self._new_short("new_short", self._window_label(), row.new_short, board.window),
            ),
        )

    def _new_short(self, key: str, label: str, value: float | None, window: Window) -> FigureLine:
        """New shorts with their days; where they are unknown because the position turned up, with the reason."""
        if not self.board.book.has_appeared(window, np.array([self.column]))[0]:
            return self._signed(key, label, value, *self._span(window))
        day = self._day(self.board.market.sessions[int(self.board.book.appeared_at[self.column])])
        return self._signed(
            key, label, None, f"not new: turned up {day}", "not new", worked_example=f"unknown: {self.row.why_not_new}"
        )

    def _profit(self) -> FigureGroup:
        board, row = self.board, self.row
        average = float(board.average_short_interest[self.column])
        ratio = self._of_flow(row.profit_ratio) if average else self._of_flow(0.0)
        live = "live" if board.market.is_live else self._day(board.market.sessions[-1])
        new = self._money(row.new_short)
        identity = f"new short {new} less P&L {self._money(row.profit)} is the change of SI"
        return FigureGroup(
            heading="short P&L",
            lines=(
                self._signed(
                    "profit", self._window_label(), row.profit, *self._span(board.window), worked_example=identity
                ),
                self._signed("profit_low", "at least", row.profit_low),
                self._signed("profit_high", "at most", row.profit_high),
                self._line(
                    "profit_ratio", "P&L %", percent(ratio, 9, glyphs=self.glyphs),
                    *([f"avg SI {dollars(average, 6, glyphs=self.glyphs).strip()}"] if average else []),
                    style=_style_by_sign(ratio),
                    worked_example=self._quotient_words(row.profit, average, ratio, is_percent=True),
                ),
                self._signed("profit_today", "last session", row.profit_today, live),
            ),
        )  # fmt: skip

    def _window_label(self) -> str:
        name = self.board.window.name
        return "window" if name.startswith(SINCE_PREFIX) else name.upper() if name.isalpha() else name

    # -- scores, borrow -------------------------------------------------------------------------------------------

    def _crowding(self) -> FigureGroup:
        row = self.row
        parts = [value for value in row.crowding_factors.values() if value is not None]
        mean = f"10 × ({' + '.join(f'{part:.1f}' for part in parts)}) / {len(parts)} = {row.crowding or 0:.0f}"
        rating = ""
        if row.squeeze is not None and row.squeeze >= LEAST_SQUEEZABLE_SCORE:
            rating = "high" if row.squeeze >= LEAST_HIGHLY_SQUEEZABLE_SCORE else "squeezable"
        score = self._line(
            "crowding",
            "score of 100",
            number(row.crowding, 9, glyphs=self.glyphs),
            worked_example=mean if parts else "",
        )
        factors = [self._factor(factor, value, bool(parts)) for factor, value in row.crowding_factors.items()]
        squeeze = self._line("squeeze", "squeeze", number(row.squeeze, 9, glyphs=self.glyphs), rating)
        return FigureGroup(heading="crowding", lines=(score, *factors, squeeze, self._squeeze_probability()))

    def _squeeze_probability(self) -> FigureLine:
        """The probability of a squeeze beside the market's and that of volatility alone; or why there is none."""
        board, glyphs = self.board, self.glyphs
        chance = float(squeeze_chances(board).probability[self.column])
        return self._line(
            "squeeze_probability",
            "P(squeeze)",
            percent(chance, 7, signed=False, glyphs=glyphs),
            *squeeze_notes(board, self.column, glyphs),
            worked_example=squeeze_example(board, self.column, glyphs),
        )

    def _factor(self, key: str, value: float | None, is_scored: bool) -> FigureLine:
        text = number(value, 9, decimals=1, glyphs=self.glyphs)
        line = self._line(key, FACTOR_LABELS.get(key, key), text, "drops out" if is_scored else "not scored")
        if value is None:
            return line
        bar, short = factor_bar(value, self.glyphs), FORMULAS[key].short
        return replace(line, words=(f"{bar.ljust(BAR_CELLS)}  {short}", bar))

    def _borrow(self) -> FigureGroup:
        borrow, missing = self.board.market.borrow, self.glyphs.missing
        if borrow is None:
            fee = self._line("borrow_fee", "fee", missing, "no stock-loan data", "no data")
            left = self._line("borrow_available", "available", missing, "no stock-loan data", "no data")
            return FigureGroup(heading="borrow", lines=(fee, left, *self._lending(), self._threshold()))
        day, ratio = self._day(borrow.as_of), self.row.borrow_fee
        fee = self._line(
            "borrow_fee",
            "fee",
            percent(ratio, 9, signed=False, decimals=2, glyphs=self.glyphs),
            day,
            worked_example=self._financing_words(known_figure(self._of_position(self.row.short_interest)), ratio),
        )
        available = known_or_none(borrow.available[self.column])
        amount = shares(available, 8, glyphs=self.glyphs).strip()
        if available is not None and borrow.is_capped[self.column]:
            amount = ">" + amount
        left = self._line("borrow_available", "available", amount, day)
        return FigureGroup(heading="borrow", lines=(fee, left, *self._lending(), self._threshold()))

    def _lending(self) -> tuple[FigureLine, ...]:
        """One broker's word, where it was asked."""
        lending = self.board.market.lending
        if lending is None:
            return ()
        is_lent, is_easy = lending.is_lent[self.column], lending.is_easy[self.column]
        word = self.glyphs.missing if isnan(is_lent) else "easy" if is_easy else "hard" if is_lent else "not lent"
        return (self._line("borrow_easy", "lent by", word, f"{lending.source} {self._day(lending.as_of)}"),)

    def sold_short(self, sold: SoldShort) -> FigureGroup:
        """The lines on off-exchange short volume: of the last session known, and beside the name's mean."""
        day = self._day(sold.sessions[-1]) if len(sold.sessions) else "none known"
        known_days = f"{len(sold.sessions)} sessions"
        worked_example = ""
        if len(sold.sessions):
            worked_example = self._quotient_words(sold.short[-1], sold.total[-1], sold.last_ratio, is_percent=True)
        return FigureGroup(
            heading="off exchange",
            lines=(
                self._line(
                    "short_volume_ratio",
                    "last session",
                    self._share(sold.last_ratio),
                    day,
                    worked_example=worked_example,
                ),
                self._line("short_volume_mean", "20 sessions", self._share(sold.mean_ratio), known_days),
                self._line("short_volume_rank", "rank in year", self._share(sold.rank), known_days),
            ),
        )

    def _share(self, ratio: float) -> str:
        return percent(ratio, 9, signed=False, glyphs=self.glyphs)

    def _threshold(self) -> FigureLine:
        """Yes, no, or that nobody knows: no list of its exchange was read."""
        threshold, is_listed = self.board.market.threshold, self.row.on_threshold_list
        if threshold is None or is_listed is None:
            return self._line("on_threshold_list", "threshold", self.glyphs.missing, "no list read", "no list")
        if not is_listed:
            return self._line("on_threshold_list", "threshold", "no", self._day(threshold.as_of))
        since = f"since {self._day(threshold.since[self.column])}"
        day = f"{since}, list of {self._day(threshold.as_of)}"
        return self._line("on_threshold_list", "threshold", "yes", day, since, style="warning")

    def _financing_words(self, money: float | None, fee: float | None) -> str:
        if money is None or fee is None:
            return ""
        a_day = money * fee / FINANCING_DAYS
        return f"{money:,.0f} × {fee:.4%} / {FINANCING_DAYS} = {a_day:,.0f} USD a day"

    # -- writing --------------------------------------------------------------------------------------------------

    def _of_position(self, value: float | None) -> Figure:
        """A figure of the position: unknown where never reported, not applicable where trading ended."""
        if not self.is_reported:
            return NoFigure.MISSING
        return value if self.is_held else NoFigure.NOT_APPLICABLE

    def _of_flow(self, value: float | None) -> Figure:
        """A figure of the past: what a name that ended earned before stays; nothing at all does not apply to it."""
        if not self.is_reported:
            return NoFigure.MISSING
        return NoFigure.NOT_APPLICABLE if not self.is_held and not value else value

    def _line(
        self, key: str, label: str, text: str, *notes: str, style: str = "plain", worked_example: str = ""
    ) -> FigureLine:
        """A figure with its formula; `notes` are ways to say its date or what it rests on, the longest first."""
        figure, short = text.strip(), FORMULAS[key].short
        is_absent = figure in (self.glyphs.missing, self.glyphs.not_applicable)
        written = [one for note in notes if note for one in (f"{short}  {note}", note)] or [short]
        return FigureLine(
            key=key,
            label=label,
            text=figure,
            words=tuple(ascii_words(one) for one in written) if self.glyphs.is_ascii else tuple(written),
            style="muted" if is_absent else style,
            worked_example=worked_example,
        )

    def _signed(self, key: str, label: str, value: float | None, *notes: str, worked_example: str = "") -> FigureLine:
        """Dollars with their sign, which says all that an arrow would."""
        figure = self._of_flow(value)
        # Shorting is neither good nor bad: only P&L has a sense.
        style = _style_by_sign(figure) if key.startswith("profit") else "plain"
        return self._line(key, label, self._money(figure), *notes, style=style, worked_example=worked_example)

    def _money(self, value: Figure) -> str:
        return dollars(value, FIGURE_WIDTH - 2, signed=True, glyphs=self.glyphs).strip()

    def _dollars(self, value: Figure) -> str:
        return dollars(value, FIGURE_WIDTH, glyphs=self.glyphs)

    def _day(self, day: date | np.datetime64) -> str:
        return day_words(day, self.board, self.glyphs)

    def _span(self, window: Window) -> tuple[str, ...]:
        arrow = "to" if self.glyphs.is_ascii else "→"
        start, end = self._day(window.start_date), self._day(window.end_date)
        return (f"{start} {arrow} {end}", f"from {start}", f"{start} on")

    def _product_words(self, result: Figure, first: Figure, sign: str, second: Figure, decimals: int) -> str:
        """`12 × 3.00 = 36 USD`, or nothing where a part is unknown."""
        whole, one, other = known_figure(result), known_figure(first), known_figure(second)
        if whole is None or one is None or other is None:
            return ""
        return f"{one:,.0f} {sign} {other:,.{decimals}f} = {whole:,.0f} USD"

    def _quotient_words(self, first: Figure, second: Figure, result: Figure, *, is_percent: bool = False) -> str:
        """`12 / 4 = 3.0`, or nothing where a part is unknown."""
        one, other, ratio = known_figure(first), known_figure(second), known_figure(result)
        if one is None or other is None or ratio is None:
            return ""
        return f"{one:,.0f} / {other:,.0f} = " + (f"{ratio:.2%}" if is_percent else f"{ratio:,.2f}")


def factor_bar(value: float, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A factor of 0 to 10 as a bar in `BAR_CELLS` cells."""
    steps = len(glyphs.bar_line)
    whole, part = divmod(round(min(max(value, 0.0), 10.0) / 10 * BAR_CELLS * steps), steps)
    return glyphs.bar_line[-1] * whole + (glyphs.bar_line[part - 1] if part else "")


def _style_by_sign(value: Figure) -> str:
    figure = known_figure(value)
    return "plain" if not figure else "gain" if figure > 0 else "loss"
