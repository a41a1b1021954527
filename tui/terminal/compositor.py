"""A compositor that renders only the rows that changed, and of them only the widgets that can be seen.

For every partial update Textual asks each visible widget for all its lines, the containers behind the panels included,
and throws away what is not dirty: at 120x40 a hundred strips for one changed cell. Here a widget is asked for the rows
of each dirty band, unless something in front of it covers all of the band it could show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.textual_parts import BandCompositor

Render = tuple[Region, Region, list[Strip]]


class LeanCompositor(BandCompositor):
    """A compositor for frequent small updates; a full update is Textual's."""

    _bands: tuple[Region, ...] = ()

    def bands(self, dirty: Iterable[Region]) -> tuple[Region, ...]:
        self._bands = tuple(bands(dirty, self.size.region))
        return self._bands

    def band_renders(self) -> Iterator[Render]:
        widgets = list(self.visible_widgets.items())
        for band in self._bands:
            rows = Region(0, band.y, self.size.width, band.height)
            in_front: list[Region] = []
            for widget, (region, clip) in widgets:
                shown = clip.intersection(rows)
                part = region.intersection(shown)
                seen = part.intersection(band)
                if not seen or any(front.contains_region(seen) for front in in_front):
                    continue
                in_front.append(part)
                yield region, shown, widget.render_lines(part.translate((-region.x, -region.y)))


def bands(regions: Iterable[Region], screen: Region) -> Iterator[Region]:
    """Regions gathered into runs of neighbouring rows, each as wide as what is dirty in it."""
    spans: dict[int, tuple[int, int]] = {}
    for region in regions:
        inside = region.intersection(screen)
        for y in inside.line_range:
            first, after = spans.get(y, inside.column_span)
            spans[y] = min(first, inside.x), max(after, inside.right)
    for _, run in groupby(enumerate(sorted(spans)), lambda place: place[1] - place[0]):
        rows = [y for _, y in run]
        first = min(spans[y][0] for y in rows)
        yield Region(first, rows[0], max(spans[y][1] for y in rows) - first, len(rows))
