"""A table that can be told other titles, as those of a table whose dollars are in another unit now."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.columns import TableColumn
from widgets.tick_table import TickTable


class TitledTable(TickTable):
    """A table whose columns can be titled anew, and grow a little where there is room to spare."""

    MOST_GAP = 3

    def retitle(self, columns: Sequence[TableColumn]) -> None:
        """Show other titles over the same figures."""
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self._placed_for = None
            self.refresh(self.size.region)
