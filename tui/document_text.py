"""Writes a document for a person: tables of at most a hundred columns, and below them what the figures rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from analytics.plain_text import printable
from analytics.sessions import NEW_YORK
from analytics.snapshot import Dataset
from tui.attributions import attribution
from tui.documents import NAMED, Document, Record
from widgets._format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs, count, dollars, fit, number, percent

WIDTH: Final = 100
_ASCII: Final = str.maketrans({"·": "|", "−": "-", "—": "-", "±": "~", "≥": ">", "…": "~"})

Cell = Callable[[Record, int, Glyphs], str]


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    cell: Cell


def _usd(key: str, signed: bool = False) -> Cell:
    return lambda record, width, glyphs: dollars(record[key], width, signed, glyphs=glyphs)


def _percent(key: str, signed: bool = False) -> Cell:
    return lambda record, width, glyphs: percent(record[key], width, signed, glyphs=glyphs)


def _count(key: str) -> Cell:
    return lambda record, width, glyphs: count(record[key], width, glyphs=glyphs)


def _number(key: str, decimals: int) -> Cell:
    return lambda record, width, glyphs: number(record[key], width, decimals=decimals, glyphs=glyphs)


def _text(key: str) -> Cell:
    return lambda record, width, glyphs: fit(record[key] or glyphs.missing, width, glyphs=glyphs)


def _band(record: Record, width: int, glyphs: Glyphs) -> str:
    high, low = record["profit_high"], record["profit_low"]
    return dollars(None if high is None or low is None else (high - low) / 2, width, glyphs=glyphs)


def _tier(record: Record, width: int, glyphs: Glyphs) -> str:
    bound = record["lower_bound"]
    words = f"{record['tier']} ≥ {dollars(bound, 5, glyphs=glyphs).strip()}" if bound else record["tier"]
    return fit(words, width, glyphs=glyphs)


_GROUP: Final = (
    _Column("names", 6, _count("names")),
    _Column("avg SI", 7, _usd("average_short_interest")),
    _Column("P&L", 8, _usd("profit", True)),
    _Column("±", 6, _band),
    _Column("P&L %", 8, _percent("profit_ratio", True)),
    _Column("new short", 9, _usd("new_short", True)),
    _Column("new 30d", 8, _usd("new_short_30d", True)),
    _Column("prior 30d", 9, _usd("new_short_prior_30d", True)),
)
_TABLES: Final[dict[str, tuple[_Column, ...]]] = {
    "tiers": (_Column("tier", 19, _tier), *_GROUP, _Column("migrated", 8, _usd("migration", True))),
    "sectors": (
        _Column("sector", 22, _text("sector")),
        *_GROUP,
        _Column("gained", 6, _percent("gaining_names_ratio")),
    ),
    "names": (
        _Column("symbol", 7, _text("symbol")),
        _Column("name", 17, _text("name")),
        _Column("tier", 5, _text("tier")),
        _Column("SI $", 6, _usd("short_interest")),
        _Column("SI/out", 6, _percent("short_outstanding_ratio")),
        _Column("days", 5, _number("days_to_cover", 1)),
        _Column("fee", 6, _percent("borrow_fee")),
        _Column("new 30d", 7, _usd("new_short_30d", True)),
        _Column("P&L", 7, _usd("profit", True)),
        _Column("P&L %", 8, _percent("profit_ratio", True)),
        _Column("crowd", 5, _number("crowding", 1)),
        _Column("squz", 5, _number("squeeze", 1)),
    ),
    "breadth": (
        _Column("tier", 14, _text("tier")),
        _Column("names", 6, _count("names")),
        _Column("gained", 7, _count("names_gaining")),
        _Column("lost", 7, _count("names_losing")),
        _Column("flat", 6, _count("names_flat")),
        _Column("gained %", 8, _percent("gaining_names_ratio")),
        _Column("$ gained", 9, _usd("dollars_gaining")),
        _Column("$ lost", 9, _usd("dollars_losing")),
        _Column("$ flat", 8, _usd("dollars_flat")),
        _Column("$ gained %", 10, _percent("gaining_dollars_ratio")),
    ),
    "flows": (
        _Column("fund", 6, _text("fund")),
        _Column("counted", 10, _text("count_date")),
        _Column("assets", 7, _usd("net_assets")),
        _Column("flow", 8, _usd("flow", True)),
        _Column("flow %", 7, _percent("flow_ratio", True)),
        _Column("1d", 7, _usd("flow_1d", True)),
        _Column("5d", 7, _usd("flow_5d", True)),
        _Column("30d", 7, _usd("flow_30d", True)),
        _Column("prior 30d", 9, _usd("flow_prior_30d", True)),
        _Column("SI/out", 6, _percent("short_outstanding_ratio")),
        _Column("gaps", 4, _count("missing_sessions")),
    ),
    "feeds": (
        _Column("dataset", 18, _text("dataset")),
        _Column("source", 8, _text("source")),
        _Column("as of", 10, _text("as_of")),
        _Column("published", 16, lambda record, width, glyphs: fit(_moment(record["published_at"], glyphs), width)),
        _Column("fetched", 16, lambda record, width, glyphs: fit(_moment(record["fetched_at"], glyphs), width)),
        _Column("freshness (UTC)", 22, _text("freshness")),
    ),
}
_TITLES: Final = {
    "tiers": "Short P&L by market-cap tier",
    "sectors": "Short P&L by sector",
    "names": "Names held short",
    "breadth": "How many shorts gained",
    "flows": "Money into and out of funds",
    "feeds": "Inputs",
}


def as_text(document: Document, is_ascii: bool = False) -> str:
    """The document as a page; with `is_ascii` in ASCII signs only."""
    glyphs = GLYPHS_ASCII if is_ascii else GLYPHS_UNICODE
    panel = document["schema"].removeprefix("shortside.").partition("/")[0]
    lines = [*_title(panel, document), "", *_table(panel, document, glyphs), "", *_footing(document, glyphs)]
    page = "\n".join(printable(line).rstrip() for line in lines) + "\n"
    return page.translate(_ASCII).encode("ascii", "replace").decode() if is_ascii else page


def _title(panel: str, document: Document) -> list[str]:
    window = document["window"]
    words = [
        f"{_TITLES[panel]} · {document['as_of']} · {window['name']} from the close of {window['start']}",
        f"tiers by {document['tier_basis']} · positions {document['positions']} · {_known(document)}",
    ]
    if panel == "names":
        words[0] += f" · {len(document['rows']):,} of {document['names']:,} by {document['sort']}"
    simulated = ["SIMULATED: every company, price and position is invented"] if document["simulated"] else []
    return simulated + _replayed(document) + _wrapped(" · ".join(words))


def _known(document: Document) -> str:
    """How much is known; of hindsight, to which publication it reaches."""
    reaches = document["hindsight_to"]
    return document["known"] if reaches is None else f"HINDSIGHT to {reaches} ({document['known']})"


def _replayed(document: Document) -> list[str]:
    """What is said of a recording before everything else."""
    if "recording" not in document:
        return []
    recording = document["recording"]
    ended = datetime.fromisoformat(recording["ended_at"]).astimezone(NEW_YORK)
    return _wrapped(f"REPLAY: a recording of {recording['source']} as it stood {ended:%Y-%m-%d %H:%M:%S} New York")


def _table(panel: str, document: Document, glyphs: Glyphs) -> list[str]:
    columns = _TABLES[panel]
    # Words are on the left of their columns and so are their titles; figures and theirs on the right.
    is_text = [_is_text(column, document["rows"], glyphs) for column in columns]
    titles = [
        fit(column.title, column.width, "left" if text else "right")
        for column, text in zip(columns, is_text, strict=True)
    ]
    lines = [" ".join(titles)]
    groups = [document["rows"], document.get("rollup", []), [document["total"]] if "total" in document else []]
    rule = ("-" if glyphs.is_ascii else "─") * len(lines[0])
    for group in filter(None, groups):
        lines.append(rule)
        lines += [" ".join(column.cell(record, column.width, glyphs) for column in columns) for record in group]
    return lines


def _is_text(column: _Column, records: list[Record], glyphs: Glyphs) -> bool:
    return bool(records) and not column.cell(records[0], column.width + 40, glyphs).startswith(" ")


def _footing(document: Document, glyphs: Glyphs) -> list[str]:
    lines: list[str] = []
    if "reconciliation" in document:
        names = document["reconciliation"]["appeared_names"]
        figures = {key: value for key, value in document["reconciliation"].items() if key != "appeared_names"}
        words = {key: dollars(value, 8, glyphs=glyphs).strip() for key, value in figures.items()}
        lines += _wrapped(
            f"reconciliation: start {words['start']} + new short {words['new_short']} - P&L ({words['profit']}) "
            f"= end {words['end']}, residual {words['residual']}"
        )
        if names:
            lines += _wrapped(
                f"residual: {words['appeared']} were short before their first close, and are not new: "
                f"{', '.join(names[:NAMED])}{', …' if len(names) > NAMED else ''}"
            )
    if "new_short_cycle" in document.get("total", ()):
        lines += _cycle_words(document, glyphs)
    if document.get("left_out"):
        reasons = ", ".join(f"{number:,} {reason.replace('_', ' ')}" for reason, number in document["left_out"].items())
        lines += _wrapped(f"left out: {reasons}")
    if "notes" in document:
        for note in document["notes"]:
            lines += _wrapped(f"note: {note}")
    for one in document.get("inputs", ()):
        lines += _wrapped(_input_words(one))
    return lines + _attribution(document)


def _cycle_words(document: Document, glyphs: Glyphs) -> list[str]:
    """New shorts between the last two settlements, and up to which day those of 30 days are measured."""
    total, cycle = document["total"], document["cycle"]
    new, before = (
        dollars(total[key], 8, True, glyphs=glyphs).strip() for key in ("new_short_cycle", "new_short_prior_cycle")
    )
    measured = document["measured_to"]
    held = "" if measured in (None, document["as_of"]) else f"; 30d to {measured}, then held"
    words = f"new short of the cycle {cycle['start']} to {cycle['end']}: {new}, of the one before {before}"
    return _wrapped(words + held)


def _input_words(one: dict[str, Any]) -> str:
    published = f", published {one['published_at'][:10]}" if one["published_at"] else ""
    fetched = f", fetched {one['fetched_at'][:10]}" if one["fetched_at"] else ""
    return f"{one['dataset'].replace('_', ' ')} of {one['as_of']}{published}{fetched}: {one['freshness']}"


def _attribution(document: Document) -> list[str]:
    """Whom the sources' terms ask us to name; nobody, where nothing is theirs."""
    rows = document["inputs"] if "inputs" in document else document["rows"]
    line = attribution(((Dataset(one["dataset"]), one["source"]) for one in rows), document["simulated"])
    return [line] if line else []


def _moment(text: str | None, glyphs: Glyphs) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M") if text else glyphs.missing


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
