"""The journal: a line of JSON for everything that happened, kept in the state folder, bounded, by several monitors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from providers.redaction import struck_out
from shortside.words.plain_text import printable
from tui.log_file import LogFile

FILE_NAME: Final = "journal.ndjson"
"""In the folder of state; older lines are in `journal.ndjson.1` and so on."""
KINDS: Final = ("alert", "event", "trouble")
"""What an entry may be: an alert that rang, something that happened, something that went wrong."""
MOST_LINES: Final = 100_000
"""Lines that are read at most, the newest."""
MOST_SYMBOLS: Final = 50
LONGEST_WORDS: Final = 500


class JournalEntry(NamedTuple):
    """One line of the journal."""

    at: datetime
    """When it was told, by the program's clock, UTC."""
    kind: str
    """One of `KINDS`."""
    words: str
    source: str = ""
    """Of which source: `public`, `files`, `demo`, `replay`."""
    of: datetime | None = None
    """The market's own moment, where it is another: a simulated one, or of a recording."""
    rule: str = ""
    symbols: tuple[str, ...] = ()
    """The names it is about, the first ones."""
    total: int | None = None
    """How many names it is about; None where it is about none."""

    def as_record(self) -> dict[str, Any]:
        """The entry as a JSON object; what is not known is left out."""
        record = {
            "at": self.at.astimezone(UTC).isoformat(timespec="seconds"),
            "kind": self.kind,
            "words": self.words,
            "source": self.source,
            "of": None if self.of is None else self.of.astimezone(UTC).isoformat(timespec="seconds"),
            "rule": self.rule or None,
            "symbols": list(self.symbols) or None,
            "total": self.total,
        }
        return {key: value for key, value in record.items() if value is not None}


class Journal:
    """The journal in one folder. Every call blocks, as files do."""

    def __init__(self, folder: Path) -> None:
        """A journal that need not exist yet."""
        self.file = LogFile(folder, FILE_NAME, keeps_cut_lines=False)

    def append(self, entries: Iterable[JournalEntry], secrets: Iterable[str] = ()) -> None:
        """Add entries at the end, each whole or not at all, without secrets and what steers a terminal.

        Raises:
            OSError: the disk would not have them, the file is no file of ours, or another process keeps its lock.
        """
        secrets = tuple(secrets)
        lines = [json.dumps(_cleaned(entry, secrets).as_record(), ensure_ascii=False) for entry in entries]
        if lines:
            self.file.append(lines)

    def read(self, since: datetime | None = None) -> tuple[list[JournalEntry], int]:
        """The entries told since a moment, the oldest first, and how many lines are none.

        Raises:
            OSError: a file is there and cannot be read.
        """
        entries, broken = [], 0
        for line in self.file.last_lines(MOST_LINES):
            entry = _entry_of(line)
            if entry is None:
                broken += 1
            elif since is None or entry.at >= since:
                entries.append(entry)
        return entries, broken


def _cleaned(entry: JournalEntry, secrets: tuple[str, ...]) -> JournalEntry:
    return entry._replace(
        words=struck_out(entry.words, secrets)[:LONGEST_WORDS],
        rule=printable(entry.rule),
        symbols=tuple(map(printable, entry.symbols[:MOST_SYMBOLS])),
    )


def _entry_of(line: str) -> JournalEntry | None:
    """The entry a line holds, cleaned of what others may have written into it; None where it holds none."""
    try:
        found: Mapping[str, Any] = json.loads(line)
        at = datetime.fromisoformat(found["at"])
        of = datetime.fromisoformat(found["of"]) if "of" in found else None
        if at.utcoffset() is None or (of is not None and of.utcoffset() is None):
            return None
        total, symbols = found.get("total"), found.get("symbols", [])
        if not (total is None or isinstance(total, int)) or not isinstance(symbols, list):
            return None
        return JournalEntry(
            at=at,
            kind=_text(found["kind"]),
            words=_text(found["words"]),
            source=_text(found.get("source", "")),
            of=of,
            rule=_text(found.get("rule", "")),
            symbols=tuple(map(_text, symbols)),
            total=total,
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return " ".join(printable(value).split())
