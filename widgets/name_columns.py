"""The columns of the table of names, with the words and directions they are sorted by."""

from __future__ import annotations

from widgets.columns import Column

SORT_WORDS = {
    "crowding": "crowding",
    "short_interest": "SI $",
    "new_short_30d": "new short 30 d",
    "profit": "P&L",
    "profit_today": "P&L today",
    "short_ratio": "SI %",
    "days_to_cover": "days to cover",
    "borrow_fee": "borrow fee",
    "symbol": "symbol",
    "name": "name",
    "tier": "tier",
    "sector": "sector",
    "profit_ratio": "P&L %",
    "price": "price",
    "market_cap": "market cap",
    "short_interest_change": "SI change",
    "exchange": "exchange",
    "squeeze": "squeeze",
}
"""What the names can be sorted by, as the title says it."""


CYCLE = tuple(SORT_WORDS)[:9]
"""What one key goes through; a click on a title reaches the others."""


ASCENDING_FIRST = frozenset({"symbol", "name", "tier", "sector", "exchange"})


DEFAULT_SORT = "crowding"


def _column(key: str, title: str, width: int, priority: int, tooltip: str, **options: int | bool) -> Column:
    is_words = key in ASCENDING_FIRST or key in {"short_trend", "price_trend", "factors"}
    return Column(
        key=key,
        title=title,
        width=width,
        align="left" if is_words else "right",
        priority=priority,
        is_pinned=bool(options.get("is_pinned", False)),
        min_width=options.get("min_width"),
        max_width=options.get("max_width"),
        tooltip=tooltip,
        sort_key=key if key in SORT_WORDS else None,
    )


def crowded_columns(window: str = "", has_float: bool = False) -> tuple[Column, ...]:
    """The table's columns, titled for a window and for the denominator most names are measured by."""
    whole = "the public float" if has_float else "shares outstanding"
    other = "s: of shares outstanding" if has_float else "f: of the float"
    profit = "P&L" if not window or window.startswith("since:") else f"P&L {window.upper()}"
    return (
        _column("rank", "#", 5, 9, "Place in the order"),
        _column(
            "symbol",
            "symbol",
            6,
            0,
            "Ticker; † stopped trading, its last day before the name; ‡ on a threshold list",
            is_pinned=True,
        ),
        _column("name", "name", 18, 4, "Company, without its legal form", min_width=12, max_width=34),
        _column("tier", "tier", 5, 7, "Cap tier, by the basis in the title of panel 1"),
        _column("sector", "sector", 10, 11, "Sector"),
        _column("crowding", "crowd", 6, 2, "Crowding, 0 to 100: our own score, the mean of its known factors"),
        _column("short_interest", "SI $", 7, 1, "Short interest at the last price, USD"),
        _column("short_ratio", "%fl " if has_float else "%so ", 6, 5, f"Shares short in % of {whole}; {other}"),
        _column("days_to_cover", "DTC", 5, 6, "Days to cover: shares short over 20 sessions' average volume"),
        _column("borrow_fee", "fee", 5, 8, "Borrow fee, % a year"),
        _column("new_short_30d", "new 30d", 8, 2, "New short dollars in 30 days; minus is covering"),
        _column("profit", profit, 9, 1, "What the shorts earned in the window, USD"),
        _column("profit_ratio", "P&L %", 7, 14, "P&L over average short interest"),
        _column("profit_today", "today", 8, 15, "What the shorts earned today, USD"),
        _column("price", "price", 9, 16, "Last price, USD; s: not of the last session"),
        _column("short_trend", "SI cycle", 8, 3, "Shares short at the last eight settlements"),
        _column("price_trend", "price", 8, 10, "Price along the window"),
        _column("market_cap", "cap", 7, 17, "Market cap at the last price, USD"),
        _column("short_interest_change", "SI chg", 7, 18, "Shares short against the settlement before"),
        _column("exchange", "exch", 6, 19, "Exchange"),
        _column("factors", "factors", 7, 20, "Crowding's factors: dollars, share of float, stock loan, illiquidity"),
    )
