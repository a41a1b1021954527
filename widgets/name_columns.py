"""The one list of figures of names: the columns of the table of names and the keys of `snapshot names`.

A new figure of names is one more record here. The table, its orders and its cells read the list, so do the explanation
under `i`, copies of a row, and the snapshot with its orders, its formats and its part of docs/contract.md. Long because
the list is long. Nothing heavy is imported: the first paint of the screen waits for this module.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from shortside.named_windows import SINCE_PREFIX, window_title
from shortside.words.group_words import UNCLASSIFIED
from widgets.columns import TableColumn
from widgets.fields import PageColumn, Unit
from widgets.format import Glyphs, fit, number, percent
from widgets.name_column_type import Copied, ExportedKey, MovesWith, NameColumn, TitleFacts, TitleText
from widgets.sparkline import MOST_TREND_WIDTH, TREND_WIDTH

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.conditions.labels import Labels
    from shortside.listings import Floats, Indexes


def _share_words(seen: TitleFacts) -> str:
    whole, other = (
        ("the public float", "s: of shares outstanding")
        if seen.has_float
        else ("shares outstanding", "f: of the float")
    )
    return f"Shares short in % of {whole}; {other}"


def _profit_title(seen: TitleFacts) -> str:
    is_named = seen.window and not seen.window.startswith(SINCE_PREFIX)
    return f"P&L {window_title(seen.window)} ${seen.unit}" if is_named else f"P&L ${seen.unit}"


def _change_title(seen: TitleFacts) -> str:
    return "chg %" if not seen.window or seen.window.startswith(SINCE_PREFIX) else f"{window_title(seen.window)} %"


def _price_change(board: Board) -> Floats:
    from shortside.name_figures import price_change

    return price_change(board)


def _price_change_today(board: Board) -> Floats:
    from shortside.name_figures import price_change_today

    return price_change_today(board)


def _available(board: Board) -> Floats:
    import numpy as np

    borrow = board.market.borrow
    return np.full(len(board.market.symbols), np.nan) if borrow is None else borrow.available


def _short_ratio(board: Board) -> Floats:
    from shortside.name_figures import short_ratio

    return short_ratio(board)


def _tier_cell(record: dict[str, Any], width: int, glyphs: Glyphs) -> str:
    return fit(glyphs.missing if record["tier"] == UNCLASSIFIED else record["tier"], width, glyphs=glyphs)


def _trend_title(words: str, bound: float) -> str:
    return "" if math.isnan(bound) else f"{words} ±{bound:.0%}"


def _scale_words(bound: float) -> str:
    if math.isnan(bound):
        return "each row on its own scale"
    return f"all rows on one scale, {bound:.0%} to both sides of the oldest figure"


def _short_interest_change(board: Board) -> Floats:
    from shortside.name_figures import short_interest_change

    return short_interest_change(board)


def _new_short_cycle(board: Board) -> Floats:
    import numpy as np

    known = board.new_short_cycle
    return known if board.cycle.length else np.full_like(known, np.nan)


def _volume_kinds(board: Board) -> list[str]:
    market = board.market
    return [
        "" if not volume > 0 else "cycle" if is_of_cycle else "sessions"
        for volume, is_of_cycle in zip(market.average_volume, market.is_volume_of_cycle, strict=True)
    ]


def _doubt_words(board: Board) -> list[str]:
    return [board.doubt_words.get(column, "") for column in range(len(board.market.symbols))]


def _why_not_new(board: Board) -> list[str]:
    from shortside.rows import why_not_new

    return [why_not_new(board, column) for column in range(len(board.market.symbols))]


def _labels(words: Sequence[str], codes: Indexes | None = None) -> Labels:
    from shortside.conditions.labels import Labels

    return Labels(words, codes)


def _factors(board: Board) -> list[dict[str, float | None]]:
    from shortside.crowding import FACTORS

    return [
        {factor: float(score) if math.isfinite(score) else None for factor, score in zip(FACTORS, scores, strict=True)}
        for scores in board.crowding.factors.T
    ]


def _chance(board: Board, figure: str) -> Floats:
    """(N,) a figure of the probability of a squeeze; imported late, for the first paint does without."""
    from shortside.evidence.board_chances import squeeze_chances

    values: Floats = getattr(squeeze_chances(board), figure)
    return values


NAME_COLUMNS: Final = (
    NameColumn(
        key="rank",
        title="#",
        explanation="Place in the order",
        width=5,
        priority=9,
        moves_with=MovesWith.ROW,
        copied=Copied.ROW,
    ),
    NameColumn(
        key="symbol",
        short_forms=("ticker",),
        labels=lambda board, index: index.symbol_labels,
        title="symbol",
        explanation="Ticker; ? doubtful; † stopped trading, its last day before the name; ‡ on a threshold list",
        width=6,
        align="left",
        is_pinned=True,
        cell=lambda writer, at: writer.symbol(at),
        moves_with=MovesWith.WINDOW,
        ranks=lambda index: index.symbol_ranks,
        sort_word="symbol",
        copied=lambda board, at: str(board.market.symbols[at]),
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="ticker",
            values=lambda board: board.market.symbols,
            page=PageColumn("symbol", 7),
        ),
    ),
    NameColumn(
        key="name",
        short_forms=("company",),
        labels=lambda board, index: index.name_labels,
        title="name",
        explanation="Company, without its legal form",
        width=18,
        min_width=11,
        max_width=44,
        align="left",
        priority=4,
        cell=lambda writer, at: writer.name(at),
        ranks=lambda index: index.name_ranks,
        sort_word="name",
        copied=lambda board, at: str(board.market.names[at]),
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="company; null where no source names it",
            values=lambda board: board.market.names,
            page=PageColumn("name", 17),
        ),
    ),
    NameColumn(
        key="tier",
        labels=lambda board, index: _labels(
            ["" if label == UNCLASSIFIED else label for label in board.scheme.labels], board.tier_codes
        ),
        has_vocabulary=True,
        title="tier",
        explanation="Cap tier, by the basis in the title of the tiers",
        width=5,
        align="left",
        priority=7,
        cell=lambda writer, at: writer.tier(at),
        moves_with=MovesWith.PRICES,
        is_known=lambda board: any_known(board.market.counted_shares),
        vector=lambda board: board.tier_codes,
        sort_word="tier",
        copied=lambda board, at: board.scheme.labels[int(board.tier_codes[at])],
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="cap tier, by `tier_basis`",
            values=lambda board: [board.scheme.labels[int(code)] for code in board.tier_codes],
            page=PageColumn("tier", 5, written=_tier_cell),
        ),
    ),
    NameColumn(
        key="sector",
        labels=lambda board, index: _labels(board.market.sector_names, board.market.sectors),
        has_vocabulary=True,
        title="sector",
        explanation="Sector",
        width=10,
        align="left",
        priority=14,
        cell=lambda writer, at: writer.sector(at),
        is_known=lambda board: any(board.market.sector_names),
        vector=lambda board: board.market.sectors,
        sort_word="sector",
        copied=lambda board, at: board.market.sector_names[int(board.market.sectors[at])],
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="sector by Nasdaq's scheme; null where it is not known",
            values=lambda board: [board.market.sector_names[int(sector)] for sector in board.market.sectors],
        ),
    ),
    NameColumn(
        key="market_cap",
        short_forms=("cap",),
        title=lambda seen: f"cap ${seen.unit}",
        explanation="Market cap at the last price, USD",
        width=9,
        priority=16,
        cell=lambda writer, at: writer.market_cap(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.market_cap,
        sort_word="market cap",
        copied=Copied.DOLLARS,
    ),
    NameColumn(
        key="crowding",
        short_forms=("crowd",),
        title="crowd",
        explanation="Crowding, 0 to 100: our own score, the mean of its known factors",
        width=6,
        priority=2,
        cell=lambda writer, at: (
            number(writer.held(writer.board.crowding.score, at), 6, glyphs=writer.glyphs),
            "accent",
        ),
        moves_with=MovesWith.SCORES,
        vector=lambda board: board.crowding.score,
        sort_word="crowding",
        exported=ExportedKey(unit=Unit.NUMBER, meaning="0 to 100, our own score", place=1, page=PageColumn("crowd", 5)),
    ),
    NameColumn(
        key="squeeze",
        short_forms=("squz",),
        title="squz",
        explanation="Squeeze, 0 to 100: our own score of crowding, cost of borrowing and recent loss",
        width=5,
        priority=13,
        cell=lambda writer, at: (
            number(writer.held(writer.board.crowding.squeeze, at), 5, glyphs=writer.glyphs),
            "plain",
        ),
        moves_with=MovesWith.SCORES,
        vector=lambda board: board.crowding.squeeze,
        sort_word="squeeze",
        exported=ExportedKey(
            unit=Unit.NUMBER,
            meaning="0 to 100: crowding, cost of borrowing, recent loss",
            place=2,
            page=PageColumn("squz", 5),
        ),
    ),
    NameColumn(
        key="short_interest",
        short_forms=("si",),
        title=lambda seen: f"SI ${seen.unit}",
        explanation="Short interest at the last price, USD",
        width=8,
        priority=1,
        cell=lambda writer, at: (
            writer.amount(writer.held(writer.board.short_interest, at), 8),
            "plain",
        ),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.short_interest,
        sort_word="SI $",
        copied=Copied.DOLLARS,
        exported=ExportedKey(
            unit=Unit.DOLLARS, meaning="USD at `as_of`; between settlements an estimate", page=PageColumn("SI $", 6)
        ),
    ),
    NameColumn(
        key="shares_short",
        short_forms=("shares",),
        vector=lambda board: board.shares_short,
        exported=ExportedKey(unit=Unit.SHARES, meaning="shares at `as_of`; between settlements an estimate"),
    ),
    NameColumn(
        key="short_interest_change",
        short_forms=("si_change", "si_chg"),
        title="SI chg %",
        explanation="Shares short against the settlement before, in %",
        width=8,
        priority=10,
        cell=lambda writer, at: writer.short_interest_change(at),
        moves_with=MovesWith.BOOK,
        vector=_short_interest_change,
        sort_word="SI change",
        copied=Copied.PERCENT,
    ),
    NameColumn(
        key="short_ratio",
        short_forms=("si_ratio",),
        title=lambda seen: "%fl " if seen.has_float else "%so ",
        explanation=_share_words,
        width=6,
        priority=5,
        cell=lambda writer, at: writer.short_ratio(at),
        moves_with=MovesWith.BOOK,
        vector=_short_ratio,
        sort_word="SI %",
        copied=Copied.PERCENT,
    ),
    NameColumn(
        key="short_float_ratio",
        short_forms=("fl", "float"),
        vector=lambda board: board.short_float_ratio,
        exported=ExportedKey(
            unit=Unit.RATIO, meaning="shares short / public float; null where the float is unknown or old"
        ),
    ),
    NameColumn(
        key="short_outstanding_ratio",
        short_forms=("so", "si_out"),
        vector=lambda board: board.short_outstanding_ratio,
        exported=ExportedKey(
            unit=Unit.RATIO, meaning="shares short / shares outstanding", page=PageColumn("SI/out", 6)
        ),
    ),
    NameColumn(
        key="days_to_cover",
        short_forms=("dtc", "days"),
        title="DTC ",
        explanation="Days to cover: shares short over 20 sessions' average volume; c: over FINRA's of the cycle",
        width=5,
        priority=6,
        cell=lambda writer, at: writer.days_to_cover(at),
        moves_with=MovesWith.BOOK,
        vector=lambda board: board.days_to_cover,
        sort_word="days to cover",
        exported=ExportedKey(
            unit=Unit.NUMBER,
            meaning="shares short / average volume, which `days_to_cover_volume` names; FINRA's quotient is not used",
            page=PageColumn("days", 5),
        ),
    ),
    NameColumn(
        key="doubt",
        labels=lambda board, index: _labels(_doubt_words(board)),
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="the rule that decided about this name in the window and may be wrong, as in `doubtful`; else null",
            values=_doubt_words,
            place=6,
        ),
    ),
    NameColumn(
        key="distributed",
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="the part of `profit` by which a spin-off or another distribution lowered the price, which the "
            "short owes to the lender; 0 where none is known",
            values=lambda board: board.stakes.distributed,
            place=7,
        ),
    ),
    NameColumn(
        key="days_to_cover_volume",
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="`sessions`: our mean of the last 20; `cycle`: FINRA's mean of the newest cycle, where fewer than "
            "10 of them are known; null where neither is",
            values=_volume_kinds,
            place=5,
        ),
    ),
    NameColumn(
        key="borrow_fee",
        short_forms=("fee",),
        title="fee %",
        explanation="Borrow fee, in % a year",
        width=5,
        priority=8,
        cell=lambda writer, at: writer.borrow_fee(at),
        vector=lambda board: board.borrow_fee,
        sort_word="borrow fee",
        copied=Copied.PERCENT,
        exported=ExportedKey(unit=Unit.RATIO, meaning="annual, a fraction", page=PageColumn("fee", 6)),
    ),
    NameColumn(
        key="fee_change_1d",
        short_forms=("fee_1d",),
        title="fee 1d",
        explanation="The borrow fee less that of 24 hours before, in points of a per cent",
        width=6,
        priority=40,
        cell=lambda writer, at: writer.fee_change("fee_change_1d", at),
        vector=lambda board: board.fee_change_1d,
        sort_word="fee change, 1 d",
        copied=Copied.PERCENT,
        exported=ExportedKey(
            unit=Unit.RATIO,
            meaning="`borrow_fee` less the fee of the look that stood 24 hours before; null where either is unknown",
            place=10,
        ),
    ),
    NameColumn(
        key="fee_change_1w",
        short_forms=("fee_1w",),
        title="fee 1w",
        explanation="The borrow fee less that of seven days before, in points of a per cent",
        width=6,
        priority=39,
        cell=lambda writer, at: writer.fee_change("fee_change_1w", at),
        vector=lambda board: board.fee_change_1w,
        sort_word="fee change, 1 w",
        copied=Copied.PERCENT,
        exported=ExportedKey(
            unit=Unit.RATIO,
            meaning="`borrow_fee` less the fee of the look that stood seven days before; null where either is unknown",
            place=10,
        ),
    ),
    NameColumn(
        key="carry_day",
        short_forms=("carry",),
        explanation="What a day's borrow of all shares short costs at the last price and fee, USD",
        vector=lambda board: board.carry_day,
        exported=ExportedKey(
            unit=Unit.DOLLARS, meaning="`short_interest` × `borrow_fee` / 360; null where the fee is unknown", place=10
        ),
    ),
    NameColumn(
        key="net_profit",
        short_forms=("net",),
        title=lambda seen: f"net ${seen.unit}",
        explanation="P&L less what the borrow cost, of the days whose fee is known, USD",
        width=10,
        min_width=9,
        priority=41,
        is_of_fee_paths=True,
        cell=lambda writer, at: writer.net_profit(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.net_profit,
        # Asking for the figures has them read, which takes long: the column has its room until it is known to be empty.
        is_known=lambda board: not board.desk.fee_paths.why_none,
        sort_word="P&L net of borrow",
        copied=Copied.DOLLARS,
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="`profit` of the window's days whose borrow fee is known, less what the borrow cost on them;"
            " null without such a day",
            place=10,
        ),
    ),
    NameColumn(
        key="net_covered_ratio",
        short_forms=("net_of_it",),
        explanation="Share of the name's dollar-days in the window that P&L net of borrow speaks of",
        vector=lambda board: board.net_covered_ratio,
        is_of_fee_paths=True,
        exported=ExportedKey(
            unit=Unit.RATIO,
            meaning="share of the name's dollar-days in the window whose fee is known: what `net_profit` speaks of",
            place=10,
        ),
    ),
    NameColumn(
        key="available",
        short_forms=("availability",),
        explanation="Shares that can be borrowed, as the broker prints them; above some millions a lower bound",
        vector=_available,
        exported=ExportedKey(
            unit=Unit.SHARES,
            meaning="shares that can be borrowed, as the broker prints them; above some millions a lower bound",
            place=9,
        ),
    ),
    NameColumn(
        key="on_threshold_list",
        short_forms=("threshold",),
        exported=ExportedKey(
            unit=Unit.TRUTH,
            meaning="whether it is on a Regulation SHO threshold list; null where no list of its exchange was read",
            values=lambda board: board.on_threshold_list,
        ),
    ),
    NameColumn(
        key="new_short_30d",
        short_forms=("new_30d",),
        title=lambda seen: f"new 30d ${seen.unit}",
        short_title=lambda seen: f"new ${seen.unit}",
        explanation="New short dollars in 30 days; minus is covering",
        width=10,
        min_width=8,
        priority=2,
        cell=lambda writer, at: (
            writer.amount(writer.of(writer.board.new_short_30d, at), 8, True).rjust(10),
            "plain",
        ),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.new_short_30d,
        sort_word="new short 30 d",
        copied=Copied.DOLLARS,
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="shorting less covering over the last 30 calendar days, at the prices of the days",
            page=PageColumn("new 30d", 7, True),
        ),
    ),
    NameColumn(
        key="new_short",
        vector=lambda board: board.new_short,
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="shorting less covering in the window; null, as `new_short_30d`, where the position is not new",
            place=3,
        ),
    ),
    NameColumn(
        key="new_short_cycle",
        vector=_new_short_cycle,
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="shorting less covering in the cycle; null where the position is not new",
            place=3,
        ),
    ),
    NameColumn(
        key="profit",
        short_forms=("pnl",),
        title=_profit_title,
        short_title=lambda seen: f"P&L ${seen.unit}",
        explanation="What the shorts earned in the window, USD",
        width=10,
        min_width=9,
        max_width=12,
        priority=1,
        cell=lambda writer, at: writer.profit(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.profit,
        sort_word="P&L",
        copied=Copied.DOLLARS,
        exported=ExportedKey(
            unit=Unit.DOLLARS,
            meaning="gross mark-to-market P&L of the shorts, price only",
            page=PageColumn("P&L", 7, True),
        ),
    ),
    NameColumn(
        key="profit_ratio",
        short_forms=("pnl_ratio",),
        title="P&L %",
        explanation="P&L in % of average short interest",
        width=7,
        priority=17,
        cell=lambda writer, at: writer.profit_ratio(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.profit_ratio,
        sort_word="P&L %",
        copied=Copied.PERCENT,
        exported=ExportedKey(
            unit=Unit.RATIO,
            meaning="`profit` / average short interest; may exceed 1",
            page=PageColumn("P&L %", 8, True),
        ),
    ),
    NameColumn(
        key="profit_today",
        short_forms=("pnl_today", "today"),
        title=lambda seen: f"today ${seen.unit}",
        explanation="What the shorts earned today, USD",
        width=8,
        priority=18,
        cell=lambda writer, at: writer.profit_today(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.profit_today,
        sort_word="P&L today",
        copied=Copied.DOLLARS,
    ),
    NameColumn(
        key="price",
        title="price $",
        explanation="Last price, USD; s: not of the last session",
        width=9,
        priority=15,
        cell=lambda writer, at: writer.price(at),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.book.price,
        sort_word="price",
    ),
    NameColumn(
        key="price_change_today",
        short_forms=("day", "day_change"),
        title="day %",
        explanation="Price against the close before, in %; the shorts gain where it falls",
        width=6,
        priority=8,
        cell=lambda writer, at: writer.price_change_today(at),
        moves_with=MovesWith.PRICES,
        vector=_price_change_today,
        sort_word="price change of the day",
        copied=Copied.PERCENT,
    ),
    NameColumn(
        key="price_change",
        short_forms=("change", "chg"),
        title=_change_title,
        explanation="Price against the close the window begins with, in %",
        width=7,
        priority=12,
        cell=lambda writer, at: writer.price_change(at),
        moves_with=MovesWith.PRICES,
        vector=_price_change,
        sort_word="price change",
        copied=Copied.PERCENT,
    ),
    NameColumn(
        key="short_trend",
        title=lambda seen: _trend_title("SI", seen.short_bound) or "SI cycle",
        explanation=lambda seen: (
            "Shares short at the last settlements, one a cell, the last one thick; " + _scale_words(seen.short_bound)
        ),
        width=TREND_WIDTH,
        max_width=MOST_TREND_WIDTH,
        align="left",
        priority=3,
        cell=lambda writer, at: writer.short_trend(at),
        moves_with=MovesWith.BOOK,
        copied=Copied.NOT,
    ),
    NameColumn(
        key="price_trend",
        title=lambda seen: _trend_title("px", seen.price_bound) or "price",
        explanation=lambda seen: "Price along the window, the last one thick; " + _scale_words(seen.price_bound),
        width=TREND_WIDTH,
        max_width=MOST_TREND_WIDTH,
        align="left",
        priority=11,
        cell=lambda writer, at: writer.price_trend(at),
        moves_with=MovesWith.PRICES,
        copied=Copied.NOT,
    ),
    NameColumn(
        key="exchange",
        short_forms=("exch",),
        labels=lambda board, index: index.exchange_labels,
        has_vocabulary=True,
        title="exch",
        explanation="Exchange",
        width=6,
        align="left",
        priority=19,
        cell=lambda writer, at: (
            fit(str(writer.board.market.exchanges[at]).upper(), 6, glyphs=writer.glyphs),
            "muted",
        ),
        ranks=lambda index: index.exchange_ranks,
        sort_word="exchange",
        copied=lambda board, at: str(board.market.exchanges[at]).upper(),
        is_known=lambda board: any(map(str, board.market.exchanges)),
    ),
    NameColumn(
        key="factors",
        title="factors",
        explanation="Crowding's factors, 0 to 10: dollars, share of float, stock loan, illiquidity",
        width=7,
        align="left",
        priority=20,
        cell=lambda writer, at: writer.factors(at),
        moves_with=MovesWith.SCORES,
        copied=Copied.NOT,
        exported=ExportedKey(
            key="crowding_factors",
            unit=Unit.SCORES,
            meaning="its parts, 0 to 10: `dollars_at_risk share_of_float stock_loan illiquidity`; null drops out",
            values=_factors,
            place=1,
        ),
    ),
    NameColumn(
        key="squeeze_probability",
        short_forms=("p_squeeze",),
        title="P(sqz)",
        explanation="Probability of a squeeze within 21 sessions, with its record in `snapshot evidence`",
        width=6,
        priority=21,
        cell=lambda writer, at: (
            percent(_chance(writer.board, "probability")[at], 6, signed=False, glyphs=writer.glyphs),
            "plain",
        ),
        moves_with=MovesWith.BOOK,
        vector=lambda board: _chance(board, "probability"),
        # Known of some names wherever anything is short; to look would be to compute it for the first paint.
        is_known=lambda board: True,
        sort_word="P(squeeze)",
        copied=Copied.PERCENT,
        exported=ExportedKey(
            unit=Unit.RATIO,
            meaning="probability of a squeeze within 21 sessions (docs/evidence.md); null where the record does not "
            "reach: less than 10 million dollars short, no price today, or no 40 returns in 60 sessions",
            place=2,
        ),
    ),
    NameColumn(
        key="squeeze_by_volatility",
        explanation="What the probability of a squeeze would be by volatility alone",
        vector=lambda board: _chance(board, "by_volatility"),
        exported=ExportedKey(
            unit=Unit.RATIO, meaning="what `squeeze_probability` would be by volatility alone", place=2
        ),
    ),
    NameColumn(
        key="squeeze_lift",
        explanation="The probability of a squeeze over that of the whole market",
        vector=lambda board: _chance(board, "lift"),
        exported=ExportedKey(
            unit=Unit.NUMBER, meaning="`squeeze_probability` over the mean of all names that have one", place=2
        ),
    ),
    NameColumn(
        key="tier_is_estimated",
        exported=ExportedKey(
            unit=Unit.TRUTH,
            meaning="the share count behind `tier` is an estimate from trading volume: no other figure rests on it",
            values=lambda board: board.market.is_count_estimated,
            place=2,
        ),
    ),
    NameColumn(
        key="easy_to_borrow",
        short_forms=("easy",),
        exported=ExportedKey(
            unit=Unit.TRUTH,
            meaning="one broker's word (Alpaca's); null where it was not asked or does not know the name",
            values=lambda board: board.is_easy_to_borrow,
            place=2,
        ),
    ),
    NameColumn(
        key="reason",
        align="left",
        exported=ExportedKey(
            unit=Unit.WORDS,
            meaning="why new shorts are null, in words; null where they are known",
            values=_why_not_new,
            place=4,
        ),
    ),
)
"""Every figure of names, in the order of the table's columns."""

TABLE_COLUMNS: Final = tuple(column for column in NAME_COLUMNS if column.width)
"""The figures with a column in the table, from left to right."""
COLUMNS_ON_REQUEST: Final = frozenset(column.key for column in TABLE_COLUMNS if column.is_of_fee_paths)
"""The keys of those that are in the table only where somebody chose them."""
SORT_WORDS: Final = {column.key: column.sort_word for column in NAME_COLUMNS if column.sort_word}
"""The words that say in the panel's title what names are sorted by, by the key of the column."""
ASCENDING_FIRST: Final = frozenset(column.key for column in NAME_COLUMNS if column.sort_word and column.align == "left")
"""The columns that are sorted from A, not from the largest."""
DEFAULT_SORT: Final = "crowding"
"""The order of the names at the start, from the largest."""


def name_column(key: str) -> NameColumn:
    """The record of the column called `key`.

    Raises:
        KeyError: nothing is called so.
    """
    for column in NAME_COLUMNS:
        if column.key == key:
            return column
    raise KeyError(key)


def any_known(figures: Floats | Indexes) -> bool:
    """Whether one of (n,) figures at least is known."""
    import numpy as np

    return bool(np.isfinite(figures).any())


def columns_without_figures(board: Board) -> frozenset[str]:
    """The keys of the table's columns that are empty for every name held short, and so can give their room away."""
    held = board.was_held
    if not held.any():
        return frozenset()

    def is_known(column: NameColumn) -> bool:
        if column.is_known is not None:
            return column.is_known(board)
        return column.vector is None or any_known(column.vector(board)[held])

    return frozenset(column.key for column in TABLE_COLUMNS if not is_known(column))


def crowded_columns(
    window: str = "",
    has_float: bool = False,
    unit: str = "",
    short_bound: float = math.nan,
    price_bound: float = math.nan,
) -> tuple[TableColumn, ...]:
    """The table's columns, titled for what `TitleFacts` says."""
    seen = TitleFacts(window, has_float, unit, short_bound, price_bound)

    def said(words: TitleText) -> str:
        return words if isinstance(words, str) else words(seen)

    return tuple(
        TableColumn(
            key=column.key,
            title=said(column.title),
            short_title=said(column.short_title),
            width=column.width,
            align=column.align,
            priority=column.priority,
            is_pinned=column.is_pinned,
            min_width=column.min_width,
            max_width=column.max_width,
            tooltip=said(column.explanation),
            sort_key=column.key if column.sort_word else None,
        )
        for column in TABLE_COLUMNS
    )
