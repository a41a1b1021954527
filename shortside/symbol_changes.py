"""Changes of ticker: which symbol a name had before, and the first session under the newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SymbolChanges:
    """Changes of ticker by name, in no particular order. C = number of changes."""

    column: npt.NDArray[np.int64]
    """(C,) which name, an index into the listings' symbols."""
    old: npt.NDArray[np.object_]
    """(C,) the symbol before."""
    new: npt.NDArray[np.object_]
    """(C,) the symbol after it, which may have changed again since."""
    session: npt.NDArray[np.datetime64]
    """(C,) the first session with a price under `new`."""
    is_reported: npt.NDArray[np.bool_]
    """(C,) whether FINRA's reports prove it; one joined by prices alone is for the time being."""

    @staticmethod
    def of(changes: Sequence[tuple[int, str, str, np.datetime64]], *, is_reported: bool) -> SymbolChanges:
        """Changes given one by one: the name's column, its symbol before and after, and the first session after."""
        columns, olds, news, sessions = zip(*changes, strict=True) if changes else ((), (), (), ())
        return SymbolChanges(
            column=np.array(columns, np.int64),
            old=_texts(olds),
            new=_texts(news),
            session=np.array(sessions, "datetime64[D]"),
            is_reported=np.full(len(columns), is_reported),
        )

    def moved(self, place: npt.NDArray[np.int64]) -> SymbolChanges:
        """The changes of names that are in other columns now.

        Args:
            place: (N,) the column of each name; below zero for one that is gone, with its changes.
        """
        columns = place[self.column]
        kept = columns >= 0
        return SymbolChanges(
            column=columns[kept].astype(np.int64),
            old=self.old[kept],
            new=self.new[kept],
            session=self.session[kept],
            is_reported=self.is_reported[kept],
        )

    def until(self, last: np.datetime64) -> SymbolChanges:
        """Those of a session at the latest."""
        kept = self.session <= last
        return SymbolChanges(
            column=self.column[kept],
            old=self.old[kept],
            new=self.new[kept],
            session=self.session[kept],
            is_reported=self.is_reported[kept],
        )

    def and_also(self, others: SymbolChanges) -> SymbolChanges:
        """These changes and others of the same listings."""
        return SymbolChanges(
            column=np.append(self.column, others.column),
            old=np.append(self.old, others.old),
            new=np.append(self.new, others.new),
            session=np.append(self.session, others.session),
            is_reported=np.append(self.is_reported, others.is_reported),
        )

    def of_name(self, column: int) -> list[tuple[str, str, np.datetime64, bool]]:
        """The changes of one name, the oldest first: the symbols before and after, the session, whether proven."""
        rows = np.flatnonzero(self.column == column)
        rows = rows[np.argsort(self.session[rows], kind="stable")]
        return [
            (str(self.old[row]), str(self.new[row]), self.session[row], bool(self.is_reported[row]))
            for row in rows.tolist()
        ]


def _texts(words: Sequence[str]) -> npt.NDArray[np.object_]:
    texts: npt.NDArray[np.object_] = np.empty(len(words), object)
    texts[:] = words
    return texts
