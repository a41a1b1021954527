"""Boards made for tests of panels: a dozen names over all tiers, one gone, one without a price today, some unknown."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from market_examples import listings_of, texts
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from shortside.board import Board, Desk
from shortside.listings import Borrow
from shortside.market import market_of
from shortside.rows import GroupRow, TierTable, reconciliation_of
from shortside.view import View
from widgets.lines import Line

SYMBOLS = ["AAPL", "BYND", "CVNA", "F", "FRC", "GME", "NA", "NVDA", "STAL", "TSLA", "UPST", "ZERO"]
NAMES = [
    "Apple Inc. Common Stock", "Beyond Meat Inc. Common Stock", "Carvana Co. Class A Common Stock",
    "Ford Motor Company Common Stock", "First Republic Bank Common Stock", "GameStop Corporation Common Stock",
    "Nano Labs Ltd American Depositary Shares", "NVIDIA Corporation Common Stock", "Stalled Shares Plc",
    "Tesla Inc. Common Stock", "Upstart Holdings Inc. Common stock", "Zero Short Corp.",
]  # fmt: skip
SHARES_OUTSTANDING = [15e9, 6e7, 1e8, 4e9, 1.8e8, 3e8, 5e6, 2.4e9, np.nan, 3e9, 8e7, 1e8]
SESSIONS = 70
ENDED_AT = 40
"""The last session of FRC."""


def listings(sessions: int = SESSIONS):
    """The dozen names; FRC stops trading, STAL lacks its last price, ZERO is reported without short interest."""
    random = np.random.default_rng(7)
    start = np.array([150.0, 12.0, 30.0, 11.0, 120.0, 18.0, 4.0, 250.0, 9.0, 180.0, 25.0, 50.0])
    close = start * np.exp(np.cumsum(random.normal(0, 0.02, (sessions, len(SYMBOLS))), axis=0))
    close[min(ENDED_AT + 1, sessions) :, SYMBOLS.index("FRC")] = np.nan
    close[-1, SYMBOLS.index("STAL")] = np.nan
    shares = np.round(random.uniform(1e5, 9e6, (8, len(SYMBOLS))))
    shares[:, SYMBOLS.index("ZERO")] = 0.0
    fee = np.full(len(SYMBOLS), np.nan)
    fee[SYMBOLS.index("BYND")] = 0.31
    made = listings_of(close, shares, symbols=SYMBOLS)
    floats = np.asarray(SHARES_OUTSTANDING) * 0.9
    floats[SYMBOLS.index("GME")] = np.nan
    return replace(
        made,
        names=texts(NAMES),
        sectors=texts(["Technology", "Consumer Staples", "Consumer Discretionary", "", "Finance", "Technology"] * 2),
        shares_outstanding=np.where(np.isfinite(made.close), np.asarray(SHARES_OUTSTANDING), np.nan).astype(np.float32),
        float_shares=floats,
        float_as_of=made.sessions[0],
        borrow=Borrow(
            fee=fee,
            available=np.full(len(SYMBOLS), np.nan),
            is_capped=np.zeros(len(SYMBOLS), bool),
            as_of=made.sessions[-1],
            source="test",
            fee_day_ago=fee - 0.01,
            fee_week_ago=fee + 0.02,
        ),
    )


def board_of(view: View | None = None, **changes: Any) -> Board:
    """A board of the dozen names, year to date unless told otherwise."""
    return Desk(market_of(replace(listings(), **changes))).board(view or View())


def group_row(label: str, **changes: Any) -> GroupRow:
    """A row with plausible figures; changes by field."""
    values: dict[str, Any] = {
        "label": label,
        "lower_bound": None,
        "names": 43,
        "average_short_interest": 148.4e9,
        "short_interest_start": 130e9,
        "short_interest_end": 170e9,
        "profit": -54.05e9,
        "profit_low": -56.15e9,
        "profit_high": -51.95e9,
        "profit_ratio": -0.364,
        "profit_today": 0.6e9,
        "new_short": -14.05e9,
        "new_short_30d": 6.69e9,
        "new_short_prior_30d": -7.0e9,
        "financing": None,
        "migration": -3.97e9,
        "moved_in": 0.0,
        "share_of_short_interest": 0.172,
        "gaining_names_ratio": 0.4,
        "gaining_dollars_ratio": 0.3,
        "gaining": 17,
        "losing": 26,
        "trend": (0.0, -1e9, -3e9, -2e9, -54e9),
    }
    return GroupRow(**{**values, **changes})


BOUNDS = {"mega": 200e9, "large": 10e9, "mid": 2e9, "small": 300e6, "micro": 50e6, "nano": 0.0, "unclassified": None}


def tier_table_of(**changes: Any) -> TierTable:
    """A table whose rows are all alike, but for what is changed in them by label."""
    rows = tuple(group_row(label, lower_bound=bound, **changes.get(label, {})) for label, bound in BOUNDS.items())
    groups = ("mega+large", "mid", "small+micro+nano", "unclassified")
    total = group_row("total", **changes.get("total", {}))
    return TierTable(
        rows=rows,
        rollup=tuple(group_row(label, **changes.get(label, {})) for label in groups),
        total=total,
        reconciliation=reconciliation_of(total),
    )


dollars = st.floats(min_value=-1e14, max_value=1e14, allow_nan=False)
ratios = st.none() | st.floats(min_value=-1e6, max_value=1e6)
positive = st.floats(0, 1e13)
fractions = st.none() | st.floats(0, 1)
FIGURES = {
    "names": st.integers(0, 20_000),
    "average_short_interest": positive,
    "short_interest_end": positive,
    "profit": dollars,
    "profit_low": dollars,
    "profit_high": dollars,
    "profit_ratio": ratios,
    "profit_today": dollars,
    "new_short": dollars,
    "new_short_30d": dollars,
    "new_short_prior_30d": dollars,
    "migration": st.none() | dollars,
    "share_of_short_interest": fractions,
    "gaining_names_ratio": fractions,
    "trend": st.lists(dollars, max_size=9).map(tuple),
}
any_figures = st.fixed_dictionaries(FIGURES)
any_unit = st.sampled_from(["", "K", "M", "B"])
any_row = any_figures.map(lambda figures: group_row("small", **figures))
"""Rows with figures of any size."""


@st.composite
def any_table(draw) -> TierTable:
    """Tables with figures of any size in three of their rows, the total among them."""
    labels = draw(st.lists(st.sampled_from(list(BOUNDS)), min_size=2, max_size=2, unique=True))
    return tier_table_of(**{label: draw(any_figures) for label in (*labels, "total")})


def text_of(line: Line) -> str:
    """A line without its styles."""
    return "".join(text for text, _ in line)


def assert_well_drawn(lines: list[Line], width: int) -> None:
    """Every line fills its width, prints no nan, and cuts no number."""
    for line in lines:
        text = text_of(line)
        assert cell_len(text) == width, text
        assert not re.search(r"\b(nan|inf|None|NaT)\b(?![…~])", text), text
        assert not re.search(r"\d[…~]", text), text


class Alone(App[None]):
    """A panel by itself, and what it posted."""

    def __init__(self, *panels: Widget) -> None:
        super().__init__()
        self.panels = panels
        self.posted: list[Any] = []

    def compose(self) -> ComposeResult:
        yield from self.panels


def screen_text(app: App[None]) -> list[str]:
    """What the screen shows, line by line."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip)[:width] for strip in strips][:height]
