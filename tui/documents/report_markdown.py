"""Writes a report as Markdown: tables, and charts of text; a foreign word stands as it is read, and does nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from tui.documents.export_formats import markdown_row, markdown_text
from tui.documents.report import Bars, Cell, Curve, DayReport, Part, ReportSection, ReportSeries, ReportTable

LEVELS: Final = "▁▂▃▄▅▆▇█"
BAR_CELLS: Final = 24
CURVE_CELLS: Final = 60


def report_markdown(report: DayReport) -> str:
    """The whole report."""
    lines = [f"# {markdown_text(report.title)}", ""]
    for warning in report.warnings:
        lines += [f"**{markdown_text(warning)}**", ""]
    lines += [f"- {markdown_text(words)}" for words in report.words]
    for section in report.sections:
        lines += ["", *_section_lines(section)]
    lines += ["", "## Sources", "", *(markdown_text(words) for words in report.attribution)]
    return "\n".join([*lines, ""])


def _section_lines(section: ReportSection) -> Iterator[str]:
    yield f"## {markdown_text(section.title)}"
    for part in section.parts:
        yield ""
        yield from _part_lines(part)


def _part_lines(part: Part) -> list[str]:
    if isinstance(part, str):
        return [markdown_text(part)]
    if isinstance(part, ReportTable):
        return _table_lines(part)
    if isinstance(part, Bars):
        return _bar_lines(part)
    return _curve_lines(part)


def _table_lines(table: ReportTable) -> list[str]:
    if not table.rows and not table.sums:
        return ["None."]
    return [
        markdown_row([markdown_text(title) for title in table.titles]),
        markdown_row([":---" if words else "---:" for words in table.are_words]),
        *(markdown_row([_markdown_cell(cell) for cell in row]) for row in table.rows),
        *(markdown_row([f"**{_markdown_cell(cell)}**" if cell else "" for cell in row]) for row in table.sums),
    ]


def _markdown_cell(cell: Cell) -> str:
    return text_line(cell.values) if isinstance(cell, ReportSeries) else markdown_text(cell)


def _bar_lines(bars: Bars) -> list[str]:
    """Labels, amounts and bars between fences, where every sign has one width."""
    most = max((abs(value) for value in bars.values if value is not None), default=0.0)
    label, amount = (max(map(len, texts), default=0) for texts in (bars.labels, bars.words))
    lines = [f"{'':{label}}  {bars.title}"]
    for name, value, words in zip(bars.labels, bars.values, bars.words, strict=True):
        cells = round(BAR_CELLS * abs(value) / most) if value is not None and most else 0
        lines.append(f"{name:{label}}  {words:>{amount}}  {'█' * cells}".rstrip())
    return _fenced(lines)


def _curve_lines(curve: Curve) -> list[str]:
    if not curve.days:
        return ["No day is known."]
    line = text_line(_sampled(curve.values, CURVE_CELLS))
    return _fenced(
        [
            curve.title,
            line,
            f"{curve.days[0]} to {curve.days[-1]}: {curve.last}, from {curve.low} to {curve.high}",
        ]
    )


def _fenced(lines: Sequence[str]) -> list[str]:
    from shortside.words.plain_text import printable

    # What others wrote cannot end the fence: no line of it begins with one.
    return ["```text", *(printable(line).replace("`", "'") for line in lines), "```"]


def _sampled(values: Sequence[float | None], most: int) -> Sequence[float | None]:
    """At most so many of the values, evenly, with the first and the last."""
    if len(values) <= most:
        return values
    return [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]


def text_line(values: Sequence[float | None]) -> str:
    """A series as blocks of eight heights, its least the lowest; a blank is unknown, and one that stands still low."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return ""
    low, high = min(known), max(known)
    span = high - low or 1.0
    return "".join(
        " " if value is None else LEVELS[min(int((value - low) / span * len(LEVELS)), len(LEVELS) - 1)]
        for value in values
    )
