"""The document `flows`: money into and out of exchange-traded funds, by fund and by segment."""

from __future__ import annotations

from typing import Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit


def _rank_cell(record: Record, width: int, glyphs: Any) -> str:
    """The rank and among how many: `47/50`."""
    from widgets.format import fit

    rank = record["week_rank"]
    words = glyphs.missing if rank is None else f"{rank}/{record['weeks_ranked']}"
    return fit(words, width, "right", glyphs)


def _weeks_cell(record: Record, width: int, glyphs: Any) -> str:
    """In how many weeks the latest is the largest of its direction: `10 wk`, or `10+ wk`."""
    from widgets.format import fit

    weeks = record["extreme_weeks"]
    words = glyphs.missing if weeks is None else f"{weeks}{'+' * record['extreme_weeks_at_least']} wk"
    return fit(words, width, "right", glyphs)


FLOW_FIELDS: Final = (
    Field("fund", Unit.WORDS, "the fund's ticker", lambda row: row.symbol, PageColumn("fund", 6)),
    Field("segment", Unit.WORDS, "the part of the market it is bought for; `other`", page=PageColumn("segment", 17)),
    Field(
        "count_date",
        Unit.DAY,
        "the newest day whose count is known: every flow ends with it",
        lambda row: row.as_of,
        PageColumn("counted", 10),
    ),
    Field("shares_outstanding", Unit.SHARES, "on `count_date`"),
    Field("nav", Unit.NUMBER, "net asset value on `count_date`, USD a share, to eight places"),
    Field("close", Unit.DOLLARS, "what a share traded at on `count_date`"),
    Field("premium_ratio", Unit.RATIO, "by how much `close` is above `nav`, a fraction"),
    Field("net_assets", Unit.DOLLARS, "`shares_outstanding` × `nav`", page=PageColumn("assets", 7)),
    Field("flow", Unit.DOLLARS, "over the window, up to `count_date`", page=PageColumn("flow", 8, is_signed=True)),
    Field(
        "flow_ratio",
        Unit.RATIO,
        "`flow` as a part of the net assets at the window's start",
    ),
    Field(
        "flow_1d", Unit.DOLLARS, "over the last session up to `count_date`", page=PageColumn("1d", 7, is_signed=True)
    ),
    Field(
        "flow_5d",
        Unit.DOLLARS,
        "over the last five sessions up to `count_date`",
        page=PageColumn("5d", 7, is_signed=True),
    ),
    Field("flow_30d", Unit.DOLLARS, "over the last 30 calendar days", page=PageColumn("30d", 7, is_signed=True)),
    Field(
        "flow_prior_30d",
        Unit.DOLLARS,
        "over the 30 calendar days before those",
    ),
    Field(
        "missing_sessions",
        Unit.COUNT,
        "sessions of the window without a count; their flow is in the next day's, at that day's `nav`",
    ),
    Field("shares_short", Unit.SHARES, "the fund's own short interest"),
    Field("settlement_date", Unit.DAY, "the day `shares_short` speaks of"),
    Field(
        "short_outstanding_ratio",
        Unit.RATIO,
        "`shares_short` / the fund's shares; above 1 where shares are made to be lent",
        page=PageColumn("SI/out", 6),
    ),
    Field(
        "week_rank",
        Unit.COUNT,
        "of `flow_5d` among the weeks of the last year, this one included: 1 is the largest inflow",
        lambda row: row.week.rank,
        PageColumn("rank", 7, place=2, written=_rank_cell),
    ),
    Field("weeks_ranked", Unit.COUNT, "weeks of the last year whose flow is known", lambda row: row.week.weeks_ranked),
    Field(
        "extreme_weeks",
        Unit.COUNT,
        "weeks in which `flow_5d` is the largest inflow or outflow; null where it is zero or unknown",
        lambda row: row.week.extreme_weeks,
        PageColumn("most in", 7, place=2, written=_weeks_cell),
    ),
    Field(
        "extreme_weeks_at_least",
        Unit.TRUTH,
        "whether counts end there, so that there may be more",
        lambda row: row.week.is_at_least if row.week.extreme_weeks else None,
    ),
    Field(
        "week_words",
        Unit.WORDS,
        "that in words: `largest outflow in 13 weeks`",
        lambda row: row.week.words,
    ),
    Field("source", Unit.WORDS, "which provider printed the count; a segment adds up the funds of all of them"),
)
_WEEK_KEYS: Final = ("week_rank", "weeks_ranked", "extreme_weeks", "extreme_weeks_at_least", "week_words")
SEGMENT_FIELDS: Final = (
    Field(
        "segment",
        Unit.WORDS,
        "the part of the market; `other` for funds the list does not know",
        page=PageColumn("segment", 17),
    ),
    *(
        Field(
            key,
            Unit.DOLLARS,
            f"sum of the funds' `{key}`; null where no fund's is known",
            page=PageColumn(title, 7, is_signed=key != "net_assets"),
        )
        for key, title in (
            ("net_assets", "assets"),
            ("flow", "flow"),
            ("flow_1d", "1d"),
            ("flow_5d", "5d"),
            ("flow_30d", "30d"),
        )
    ),
    *(field for field in FLOW_FIELDS if field.key in _WEEK_KEYS),
    Field(
        "flow_prior_30d",
        Unit.DOLLARS,
        "sum of the funds' `flow_prior_30d`; null where no fund's is known",
        page=PageColumn("prior 30d", 9, is_signed=True),
    ),
    Field(
        "count_date",
        Unit.DAY,
        "the newest day a fund of it has a count of: every sum ends with it",
        page=PageColumn("counted", 10),
    ),
    Field("funds", Unit.COUNT, "funds of it, known or not", page=PageColumn("funds", 5)),
    Field(
        "unknown",
        Unit.AS_IT_IS,
        "per figure the funds that are not in its sum, as theirs is unknown or of an older day; `{}` where all are",
        lambda row: {figure: list(symbols) for figure, symbols in row.unknown.items()},
    ),
)
SEGMENT_TABLE_FIELDS: Final = tuple(field for field in SEGMENT_FIELDS if field.unit is not Unit.AS_IT_IS)
"""What a table of segments has columns of."""


def flows_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window.

    Raises:
        SourceError: the source has nothing of funds, or no count by the day in view.
    """
    from shortside.funds.figures import fund_rows
    from shortside.funds.segment_sums import segment_rows
    from tui.errors import SourceError
    from tui.sources.funds import fund_data, fund_inputs
    from tui.sources.knowledge import moment_ages_are_measured_at

    board, loaded, options = asked.board, asked.loaded, asked.options
    moment = loaded.clock()
    # A screen makes it anew with the prices; the counts are read once for as long as their market is shown.
    kept = board.desk.kept
    if "fund_data" not in kept:
        kept["fund_data"] = fund_data(options, moment, loaded.recording)
    data = kept["fund_data"]
    rows = fund_rows(data, board, moment)
    if not rows:
        days = [day.date() for day in data.days["date"]]
        first = f"; the first: {min(days)}" if days else ""
        raise SourceError(f"no fund's share count of {board.market.last_session} or before is known{first}")
    inputs = (*loaded.inputs, *fund_inputs(data, rows, moment_ages_are_measured_at(options, moment)))
    content = {"rows": records(FLOW_FIELDS, rows), "segments": records(SEGMENT_FIELDS, segment_rows(rows))}
    return DocumentContent(content, inputs)


def flows_summary(document: Document, glyphs: Any) -> list[str]:
    """A sentence per segment: its flow of five sessions, how it stands, and whose is not in it."""
    return [_segment_words(segment, glyphs) for segment in document["segments"]]


def _segment_words(segment: Record, glyphs: Any) -> str:
    from widgets.format import money

    missing = segment["unknown"].get("flow_5d", [])
    flow = segment["flow_5d"]
    words = [f"5d {glyphs.missing if flow is None else money(flow, glyphs)}"]
    if segment["week_words"]:
        words += [segment["week_words"], f"rank {segment['week_rank']} of {segment['weeks_ranked']} in a year"]
    if missing:
        words.append(f"unknown: {', '.join(missing)}, {len(missing)} of {segment['funds']} funds")
    words += _partial_words(segment)
    return f"{segment['segment']}: {'; '.join(words)}"


def _partial_words(segment: Record) -> list[str]:
    """Which other sums lack which funds, those that lack the same ones together."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for figure, symbols in segment["unknown"].items():
        if figure in _SUM_WORDS and symbols != segment["unknown"].get("flow_5d"):
            lacking.setdefault(tuple(symbols), []).append(_SUM_WORDS[figure])
    return [f"{' and '.join(sums)} without {', '.join(symbols)}" for symbols, sums in lacking.items()]


_SUM_WORDS: Final = {"net_assets": "assets", "flow": "the window's flow", "flow_1d": "1d", "flow_30d": "30d"}


def flows_remark() -> str:
    """What docs/contract.md says of the sums by segment."""
    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in SEGMENT_FIELDS)
    return f"Each of `segments` has\n\n| key | meaning |\n|---|---|\n{keys}"
