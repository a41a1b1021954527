"""Writes a report as a page of HTML with its styles and drawings in it: it asks for nothing, and leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from shortside.words.plain_text import printable
from tui.documents.report import Bars, Cell, Curve, DayReport, Part, ReportSection, ReportSeries, ReportTable

STYLE: Final = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.warning { background: #fff3d6; border-left: 4px solid #b7791f; padding: .4rem .8rem; font-weight: 600; }
ul.head { color: #57606a; list-style: none; padding: 0; margin: 0; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #e3e6ea; }
th { color: #57606a; font-weight: 500; } .words { text-align: left; } td.long { white-space: normal; }
tr.sum td { font-weight: 600; border-top: 1px solid #8c959f; }
svg text { font: 12px system-ui, sans-serif; fill: #1b1f24; } svg .muted { fill: #57606a; }
svg .gain { fill: #2f7d4f; } svg .loss { fill: #b0413e; } svg .line { fill: none; stroke: #2b6cb0; stroke-width: 1.5; }
svg .axis { stroke: #8c959f; stroke-width: 1; }
footer { margin-top: 2rem; color: #57606a; font-size: .85rem; }
"""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Lets a browser fetch nothing for the page, whatever stands in it."""
LONG_CELL: Final = 60
LEFT, NOTHING = ' class="words"', ""
LABEL_WIDTH, BAR_WIDTH, AMOUNT_WIDTH, BAR_HEIGHT = 190, 300, 90, 20
CURVE_WIDTH, CURVE_HEIGHT = 720, 160
SERIES_WIDTH, SERIES_HEIGHT = 90, 16


def report_html(report: DayReport) -> str:
    """The whole report."""
    title = _escaped(report.title)
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>',
            f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>",
            *(f'<p class="warning">{_escaped(words)}</p>' for words in report.warnings),
            '<ul class="head">',
            *(f"<li>{_escaped(words)}</li>" for words in report.words),
            "</ul>",
            *(line for section in report.sections for line in _section_html(section)),
            "<footer>",
            *(f"<p>{_escaped(words)}</p>" for words in report.attribution),
            "</footer>\n</body>\n</html>\n",
        ]
    )


def _escaped(text: str) -> str:
    return escape(printable(text))


def _section_html(section: ReportSection) -> Iterator[str]:
    yield f"<h2>{_escaped(section.title)}</h2>"
    yield from map(_part_html, section.parts)


def _part_html(part: Part) -> str:
    if isinstance(part, str):
        return f"<p>{_escaped(part)}</p>"
    if isinstance(part, ReportTable):
        return _table_html(part)
    return _bars_svg(part) if isinstance(part, Bars) else _curve_svg(part)


def _table_html(table: ReportTable) -> str:
    if not table.rows and not table.sums:
        return "<p>None.</p>"
    titles = "".join(
        f"<th{LEFT if words else NOTHING}>{_escaped(title)}</th>"
        for title, words in zip(table.titles, table.are_words, strict=True)
    )
    rows = [f"<tr>{_cells_html(row, table.are_words)}</tr>" for row in table.rows]
    rows += [f'<tr class="sum">{_cells_html(row, table.are_words)}</tr>' for row in table.sums]
    body = "\n".join(rows)
    return f'<div class="wide"><table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _cells_html(row: Sequence[Cell], are_words: Sequence[bool]) -> str:
    return "".join(_cell_html(cell, words) for cell, words in zip(row, are_words, strict=True))


def _cell_html(cell: Cell, is_words: bool) -> str:
    kinds = (["words"] if is_words else []) + (["long"] if isinstance(cell, str) and len(cell) > LONG_CELL else [])
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<td{kind}>{_series_svg(cell) if isinstance(cell, ReportSeries) else _escaped(cell)}</td>"


def _bars_svg(bars: Bars) -> str:
    """Bars from an axis: what is below zero to its left."""
    most = max((abs(value) for value in bars.values if value is not None), default=0.0)
    axis = LABEL_WIDTH + BAR_WIDTH / 2
    width, height = LABEL_WIDTH + BAR_WIDTH + AMOUNT_WIDTH, BAR_HEIGHT * (len(bars.values) + 1) + 4
    lines = [_svg_head(width, height, bars.title), f'<text class="muted" x="0" y="14">{_escaped(bars.title)}</text>']
    for place, (label, value, words) in enumerate(zip(bars.labels, bars.values, bars.words, strict=True), 1):
        top = place * BAR_HEIGHT
        length = BAR_WIDTH / 2 * abs(value) / most if value is not None and most else 0.0
        left = axis - length if value is not None and value < 0 else axis
        kind = "loss" if value is not None and value < 0 else "gain"
        lines += [
            f'<text x="0" y="{top + 14}">{_escaped(label)}</text>',
            f'<rect class="{kind}" x="{left:.1f}" y="{top + 4}" width="{length:.1f}" height="{BAR_HEIGHT - 8}"/>',
            f'<text x="{width}" y="{top + 14}" text-anchor="end">{_escaped(words)}</text>',
        ]
    axis_line = f'<line class="axis" x1="{axis}" x2="{axis}" y1="{BAR_HEIGHT}" y2="{height}"/>'
    return "\n".join([*lines, axis_line, "</svg>"])


def _curve_svg(curve: Curve) -> str:
    """A line along its days, between its least and its most, with the zero where that lies between them."""
    known = [value for value in curve.values if value is not None]
    if not known:
        return "<p>No day is known.</p>"
    low, high = min(0.0, *known), max(0.0, *known)
    span, top = high - low or 1.0, 24

    def level(value: float) -> float:
        return top + CURVE_HEIGHT * (high - value) / span

    words = f"{curve.days[0]} to {curve.days[-1]}: {curve.last}, from {curve.low} to {curve.high}"
    return "\n".join(
        [
            _svg_head(CURVE_WIDTH, CURVE_HEIGHT + 52, curve.title),
            f'<text class="muted" x="0" y="14">{_escaped(curve.title)}</text>',
            f'<line class="axis" x1="0" x2="{CURVE_WIDTH}" y1="{level(0):.1f}" y2="{level(0):.1f}"/>',
            _polylines(curve.values, CURVE_WIDTH, level),
            f'<text class="muted" x="0" y="{CURVE_HEIGHT + 44}">{_escaped(words)}</text>',
            "</svg>",
        ]
    )


def _series_svg(series: ReportSeries) -> str:
    known = [value for value in series.values if value is not None]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0

    def level(value: float) -> float:
        return 1 + (SERIES_HEIGHT - 2) * (1 - (value - low) / span)

    line = _polylines(series.values, SERIES_WIDTH, level)
    return f"{_svg_head(SERIES_WIDTH, SERIES_HEIGHT, 'shares short at the last settlements')}{line}</svg>"


def _polylines(values: Sequence[float | None], width: float, level: object) -> str:
    """The lines through what is known; a gap where it is not."""
    assert callable(level)
    step = width / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{place * step:.1f},{level(value):.1f}")
    # A day alone between two gaps is a point.
    doubled = (run if len(run) > 1 else run * 2 for run in runs if run)
    return "".join(f'<polyline class="line" points="{" ".join(run)}"/>' for run in doubled)


def _svg_head(width: float, height: float, title: str) -> str:
    return (
        f'<svg width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{_escaped(title)}">'
    )
