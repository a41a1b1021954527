"""Notices what is new in an archive, whoever wrote it, by looking at the stamps of a few folders and files.

No notification service is needed, so it works on network drives, too. A look costs some dozens of `stat` calls; blocks.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from providers.archive.live_quotes import LIVE_QUOTES_FOLDER, LIVE_QUOTES_SUFFIX
from providers.archive.look_times import VINTAGE_SUFFIX
from providers.ordinary_files import FileStamp, file_stamp
from shortside.datasets import Dataset

DAYS_WATCHED: Final = 12
"""The newest days of a dataset, which a further vintage goes to; new days show in the dataset's own stamp."""
LOOKS_BETWEEN_SWEEPS: Final = 60
"""Every so many looks all days are looked at: a restated day may be an old one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is new since the last look."""

    datasets: frozenset[Dataset] = frozenset()
    """Datasets with a new vintage."""
    quotes: tuple[Path, ...] = ()
    """Files of live prices that were replaced."""
    notes: frozenset[str] = frozenset()
    """Which of the files between terminals were replaced, by their names."""

    def __bool__(self) -> bool:
        return bool(self.datasets or self.quotes or self.notes)


@dataclass(slots=True)
class _Watched:
    """A dataset's folders as they were."""

    stamp: FileStamp | None = None
    days: dict[str, FileStamp | None] = field(default_factory=dict)


class Follower:
    """Looks again and again at one archive."""

    def __init__(self, archive: Path, notes: Collection[str] = ()) -> None:
        """A follower that has not looked: its first look tells everything there is.

        Args:
            archive: the archive's folder, which need not be there yet.
            notes: names of files in it by which terminals tell each other something.
        """
        self._archive = archive
        self._notes: dict[str, FileStamp | None] = dict.fromkeys(notes)
        self._watched = {dataset: _Watched() for dataset in Dataset}
        self._quotes: dict[Path, FileStamp] = {}
        self._looks = 0

    def look(self) -> Changes:
        """What changed since the last look."""
        is_sweep = self._looks % LOOKS_BETWEEN_SWEEPS == 0
        self._looks += 1
        stamps = {name: file_stamp(self._archive / name) for name in self._notes}
        notes = frozenset(name for name, stamp in stamps.items() if stamp not in (self._notes[name], None))
        self._notes = stamps
        changed = frozenset(one for one, watched in self._watched.items() if self._has_changed(one, watched, is_sweep))
        return Changes(datasets=changed, quotes=self._new_quotes(), notes=notes)

    def _has_changed(self, dataset: Dataset, watched: _Watched, is_sweep: bool) -> bool:
        folder = self._archive / dataset.value
        stamp = file_stamp(folder)
        if stamp is None:
            return False
        if stamp != watched.stamp or is_sweep:
            # Noted before the names are read: what comes in between is seen next time.
            watched.stamp = stamp
            watched.days = {name: watched.days.get(name) for name in sorted(_names(folder))}
        chosen = list(watched.days)[0 if is_sweep else -DAYS_WATCHED :]
        # A day that is new has no stamp yet, however old it is.
        chosen += [name for name, before in watched.days.items() if before is None]
        changed = False
        for name in chosen:
            now = file_stamp(folder / name)
            if now is not None and now != watched.days[name]:
                # A folder without a finished vintage says nothing yet.
                changed |= any(one.endswith(VINTAGE_SUFFIX) for one in _names(folder / name))
                watched.days[name] = now
        return changed

    def _new_quotes(self) -> tuple[Path, ...]:
        folder = self._archive / LIVE_QUOTES_FOLDER
        stamps = {
            folder / name: stamp
            for name in _names(folder)
            if name.endswith(LIVE_QUOTES_SUFFIX) and (stamp := file_stamp(folder / name)) is not None
        }
        changed = tuple(path for path, stamp in sorted(stamps.items()) if self._quotes.get(path) != stamp)
        self._quotes = stamps
        return changed


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError:
        return []
