"""The part `indexes` of the document `breadth`: the members of each index beside the index's own return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, Record
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.settings.configuration import Options

INDEX_FIELDS: Final = (
    Field(
        "index",
        Unit.WORDS,
        "`S&P 500`, `Russell 1000`, `Russell 2000`, `Nasdaq 100`",
        lambda row: row.index.name,
        PageColumn("index", 12),
    ),
    Field("membership", Unit.WORDS, "`dated intervals`, `list of` a day at most a year before, or `estimated by rank`"),
    Field("members_on", Unit.DAY, "the day whose members these are: `window.start`"),
    Field("members", Unit.COUNT, "on the list, or of the ranks"),
    Field("members_found", Unit.COUNT, "of them among the names here"),
    Field("joined", Unit.COUNT, "members of `window.end` that were none at the start; null without dated intervals"),
    Field("left", Unit.COUNT, "members of `window.start` that are none at the end; null without dated intervals"),
    Field(
        "names",
        Unit.COUNT,
        "members held short at some time in the window",
        lambda row: row.held_short,
        PageColumn("short", 6),
    ),
    Field("names_priced", Unit.COUNT, "members whose return over the window is known", lambda row: row.priced),
    Field("names_fell", Unit.COUNT, "of those, whose price fell", lambda row: row.fell),
    Field(
        "fell_names_ratio",
        Unit.RATIO,
        "`names_fell` / `names_priced`",
        lambda row: _part(row.fell, row.priced),
        PageColumn("fell %", 8),
    ),
    Field("dollars_fell", Unit.DOLLARS, "average short interest of `names_fell`", lambda row: row.fell_dollars),
    Field(
        "fell_dollars_ratio",
        Unit.RATIO,
        "`dollars_fell` / average short interest of `names_priced`",
        lambda row: _part(row.fell_dollars, row.priced_dollars),
        PageColumn("$ fell %", 8),
    ),
    Field(
        "names_gaining", Unit.COUNT, "members whose shorts made money", lambda row: row.gaining, PageColumn("gained", 6)
    ),
    Field("names_losing", Unit.COUNT, "members whose shorts lost money", lambda row: row.losing),
    Field("names_flat", Unit.COUNT, "members whose shorts did neither", lambda row: row.flat),
    Field(
        "dollars_gaining", Unit.DOLLARS, "average short interest of `names_gaining`", lambda row: row.gaining_dollars
    ),
    Field("dollars_losing", Unit.DOLLARS, "average short interest of `names_losing`", lambda row: row.losing_dollars),
    Field("dollars_flat", Unit.DOLLARS, "average short interest of `names_flat`", lambda row: row.flat_dollars),
    Field(
        "profit",
        Unit.DOLLARS,
        "gross P&L of the shorts in its members, price only",
        page=PageColumn("P&L", 8, is_signed=True),
    ),
    Field(
        "equal_weight_return",
        Unit.RATIO,
        "mean of the members' returns, price only",
        page=PageColumn("each", 8, is_signed=True),
    ),
    Field(
        "cap_weight_return",
        Unit.RATIO,
        "their mean by market cap at `window.start`",
        page=PageColumn("by cap", 8, is_signed=True),
    ),
    Field("fund", Unit.WORDS, "the fund that follows it", lambda row: row.index.fund),
    Field(
        "fund_return",
        Unit.RATIO,
        "the fund's, price only, splits apart: by its closes, or on the public source by its net asset value; null "
        "where one of either end is unknown",
        page=PageColumn("of fund", 8, is_signed=True),
    ),
)
_OF_SHORTS: Final = frozenset(
    {
        "names",
        "dollars_fell",
        "fell_dollars_ratio",
        "names_gaining",
        "names_losing",
        "names_flat",
        "dollars_gaining",
        "dollars_losing",
        "dollars_flat",
        "profit",
    }
)
"""What cannot be told where P&L over the window cannot."""


def _part(some: float, of: float) -> float:
    return some / of if of > 0 else float("nan")


def index_records(board: Board, options: Options) -> list[Record]:
    """A record per index over a Board's window.

    Raises:
        SourceError: a file of members is damaged or may not be read.
    """
    from shortside.tables.index_breadth import index_breadth
    from tui.sources.index_facts import index_facts

    # A screen makes it anew with the prices; the files are read once for as long as their market is shown.
    kept = board.desk.kept
    if "index_facts" not in kept:
        kept["index_facts"] = index_facts(options, board.market)
    found = records(INDEX_FIELDS, index_breadth(board, kept["index_facts"]))
    if board.is_window_known:
        return found
    return [{key: None if key in _OF_SHORTS else value for key, value in one.items()} for one in found]


def indexes_summary(document: Document, glyphs: Any) -> list[str]:
    """A sentence per index, which says how its members are known."""
    return [_sentence(one, glyphs) for one in document["indexes"] if one["members_found"]]


def _sentence(one: Record, glyphs: Any) -> str:
    from widgets.format import money, percent

    def change(key: str, *, signed: bool = True) -> str:
        return percent(one[key], 9, signed, glyphs=glyphs).strip()

    profit = glyphs.missing if one["profit"] is None else money(one["profit"], glyphs)
    return (
        f"{one['index']} ({one['membership']}): {one['fund']} {change('fund_return')}, members "
        f"{change('cap_weight_return')} by cap, {change('equal_weight_return')} each; "
        f"{change('fell_names_ratio', signed=False)} fell; P&L {profit}, "
        f"{_count(one['names_gaining'], glyphs)} of {_count(one['names'], glyphs)} shorts gained"
    )


def _count(value: int | None, glyphs: Any) -> str:
    return glyphs.missing if value is None else f"{value:,}"


def indexes_remark() -> str:
    """What docs/contract.md says of the indexes."""
    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in INDEX_FIELDS)
    return f"Each of `indexes` has\n\n| key | meaning |\n|---|---|\n{keys}"
