"""The document of a history: a row for each group of each period, and one for all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from shortside.words.group_words import tier_word
from shortside.world.exact_dollars import ExactDollars
from shortside.world.periods import Period
from shortside.world.sums import MEASURES
from tui.documents.kind import Document, Record
from tui.documents.values import records, usd
from tui.sources.history_tasks import HistoryAsk, HistoryPart
from widgets.fields import Field, PageColumn, Unit

SCHEMA: Final = "shortside.history/1"
TOTAL: Final = "total"


def new_short_cell(record: Record, width: int, glyphs: Any) -> str:
    """New shorts, or `held` where no settlement is known that could tell of any."""
    from widgets.format import dollars

    is_held = record["names"] and not record["is_measured"] and not record["new_short"]
    return "held".rjust(width) if is_held else dollars(record["new_short"], width, True, glyphs=glyphs)


HISTORY_FIELDS: Final = (
    Field("period_start", Unit.DAY, "P&L starts at the close of this session", page=PageColumn("from", 10)),
    Field("period_end", Unit.DAY, "the last session of the period", page=PageColumn("to", 10)),
    Field("is_whole", Unit.TRUTH, "whether it is a whole month or cycle, and not cut at an end of the history"),
    Field(
        "is_measured",
        Unit.TRUTH,
        "whether shares short are known to its end; else they are held after `measured_to`, and nothing is new there",
    ),
    Field("group", Unit.WORDS, "the tier or sector; `unclassified` or `unknown`; `total`", page=PageColumn("", 18)),
    Field("names", Unit.COUNT, "names held short at some time in the period", page=PageColumn("names", 6)),
    Field(
        "average_short_interest",
        Unit.DOLLARS,
        "mean over the period's sessions and the one before it",
        page=PageColumn("avg SI", 7),
    ),
    Field("short_interest_start", Unit.DOLLARS, "at the close of `period_start`"),
    Field("short_interest_end", Unit.DOLLARS, "at the close of `period_end`"),
    Field(
        "profit",
        Unit.DOLLARS,
        "gross mark-to-market P&L of the shorts, price only",
        page=PageColumn("P&L", 8, is_signed=True),
    ),
    Field(
        "profit_ratio",
        Unit.RATIO,
        "`profit` / `average_short_interest`; null without short interest",
        page=PageColumn("P&L %", 8, is_signed=True),
    ),
    Field(
        "new_short",
        Unit.DOLLARS,
        "shorting less covering, at the prices of the days",
        page=PageColumn("new short", 9, is_signed=True, written=new_short_cell),
    ),
    Field("appeared", Unit.DOLLARS, "positions that were short before their first close or report: not new shorts"),
    Field("gaining_names", Unit.COUNT, "names whose shorts made half a cent or more"),
    Field("losing_names", Unit.COUNT, "names whose shorts lost half a cent or more"),
    Field(
        "gaining_names_ratio",
        Unit.RATIO,
        "`gaining_names` / `names`; null without names",
        page=PageColumn("gained", 7),
    ),
    Field(
        "gaining_dollars_ratio",
        Unit.RATIO,
        "average short interest of the gaining names over that of all; null without any",
        page=PageColumn("gained $", 8),
    ),
    Field(
        "left_out_names",
        Unit.COUNT,
        "stocks that the newest settlement by its end reports and that have no price in it: in no figure before this",
    ),
    Field(
        "left_out_unvalued", Unit.COUNT, "those of them that had no price before either, so that no dollars are known"
    ),
    Field("left_out_dollars", Unit.DOLLARS, "the others' shares at their last price; null where all are unvalued"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One group in one period; the attributes are the keys of `HISTORY_FIELDS`."""

    period_start: date
    period_end: date
    is_whole: bool
    is_measured: bool
    group: str
    names: float
    average_short_interest: float
    short_interest_start: float
    short_interest_end: float
    profit: float
    profit_ratio: float | None
    new_short: float
    appeared: float
    gaining_names: float
    losing_names: float
    gaining_names_ratio: float | None
    gaining_dollars_ratio: float | None
    left_out_names: float
    left_out_unvalued: float
    left_out_dollars: float | None


def history_document(ask: HistoryAsk, parts: Sequence[HistoryPart]) -> Document:
    """The document of what was found; `parts` are oldest first, and at least one of them has a period."""
    newest = [part.about for part in parts if part.about is not None][-1]
    rows = [row for part in parts for row in _rows(part, newest.measured_to)]
    return {
        "schema": SCHEMA,
        "as_of": newest.last_session.isoformat(),
        "day_note": newest.day_note,
        "since": ask.since.isoformat(),
        "until": rows[-1].period_end.isoformat(),
        "by": "sector" if ask.by_sector else "tier",
        "every": ask.every.value,
        "tier_basis": ask.settings["tier_basis"],
        "positions": ask.settings["positions"],
        "known": ask.settings["known"],
        "measured_to": None if newest.measured_to is None else newest.measured_to.isoformat(),
        "source": newest.source,
        "simulated": newest.is_simulated,
        "rows": records(HISTORY_FIELDS, rows),
        "sums": _sums(parts),
        "lacks": [part.lack for part in parts if part.lack],
        "inputs": [one.as_record() for one in newest.inputs],
    }


def _rows(part: HistoryPart, measured_to: date | None) -> Iterator[HistoryRow]:
    totals = part.sums.summed(2)
    for place, period in enumerate(part.periods):
        is_measured = measured_to is not None and period.end_date <= measured_to
        for group, label in enumerate(part.labels):
            yield _row(period, tier_word(label) if label else "unknown", part.sums[place, :, group], is_measured)
        yield _row(period, TOTAL, totals[place], is_measured)


def _row(period: Period, group: str, sums: ExactDollars, is_measured: bool) -> HistoryRow:
    of = dict(zip(MEASURES, sums.dollars.tolist(), strict=True))
    is_valued = of["left_out_names"] == 0 or of["left_out_unvalued"] < of["left_out_names"]
    return HistoryRow(
        period_start=period.start_date,
        period_end=period.end_date,
        is_whole=period.is_whole,
        is_measured=is_measured,
        group=group,
        names=of["names"],
        average_short_interest=of["average_short_interest"],
        short_interest_start=of["short_interest_start"],
        short_interest_end=of["short_interest_end"],
        profit=of["profit"],
        profit_ratio=_ratio(of["profit"], of["average_short_interest"]),
        new_short=of["new_short"],
        appeared=of["appeared"],
        gaining_names=of["gaining"],
        losing_names=of["losing"],
        gaining_names_ratio=_ratio(of["gaining"], of["names"]),
        gaining_dollars_ratio=_ratio(of["gaining_dollars"], of["average_short_interest"]),
        left_out_names=of["left_out_names"],
        left_out_unvalued=of["left_out_unvalued"],
        left_out_dollars=of["left_out_dollars"] if is_valued else None,
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _sums(parts: Sequence[HistoryPart]) -> list[Record]:
    """What adds up over the periods, by group, and in total: P&L, new shorts and what turned up."""
    keys = ("profit", "new_short", "appeared")
    found: dict[str, ExactDollars] = {}
    for part in parts:
        over_periods = part.sums.summed(0)
        for group, label in enumerate(part.labels):
            words = tier_word(label) if label else "unknown"
            one = over_periods[:, group]
            found[words] = found[words] + one if words in found else one
    everything = ExactDollars.zero(len(MEASURES))
    for one in found.values():
        everything = everything + one
    sums = {**found, TOTAL: everything}
    return [
        {"group": group, **{key: usd(float(one.dollars[MEASURES.index(key)])) for key in keys}}
        for group, one in sums.items()
    ]
