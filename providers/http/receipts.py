"""Remembers what a source's last good answers were, so that nothing is fetched twice.

A receipt is kept only once its rows are safe: kept earlier, a crash in between would make the source answer "not
modified" for rows nobody has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from providers.durable import replace_file
from providers.ordinary_files import MEGABYTE, RECORD_DAMAGE, content_of

SCHEMA: Final = "shortside.receipts/1"
LARGEST_FILE_BYTES: Final = 64 * MEGABYTE
"""Of all receipts; those of years have one or two megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What identifies one good answer."""

    key: str
    """Host, path and query, secrets left out; the same whichever upstream was asked."""
    sha256: str
    """Of the decoded body; in hexadecimal."""
    etag: str | None = None
    last_modified: str | None = None
    is_final: bool = False
    """Whether the source never changes it any more; it is not asked for again."""

    def final(self, is_final: bool) -> Receipt:
        """This receipt, final if `is_final`: its answer is never asked for again. What was final stays so."""
        return replace(self, is_final=self.is_final or is_final)


class Receipts:
    """Receipts by key, for as long as the program runs."""

    def __init__(self) -> None:
        self._receipts: dict[str, Receipt] = {}

    def get(self, key: str) -> Receipt | None:
        """The receipt of the last good answer, or None."""
        return self._receipts.get(key)

    def keep(self, receipts: Iterable[Receipt]) -> None:
        """Note answers whose rows are safely stored."""
        self._receipts.update({receipt.key: receipt for receipt in receipts})

    def __len__(self) -> int:
        return len(self._receipts)


class ReceiptFile(Receipts):
    """Receipts in a JSON file beside the archive they belong to: one is worth nothing without the other.

    Only the process that polls writes it. Reading and writing block: call `keep` in a thread.
    """

    def __init__(self, path: Path, complain: Callable[[str], None] = lambda _: None) -> None:
        """Read what is there.

        Args:
            path: the file; it need not exist, its folder must.
            complain: told, in a sentence, of a file that cannot be used; then everything is asked for again.
        """
        super().__init__()
        self.path = path
        if path.exists():
            try:
                self._receipts = _receipts_of(json.loads(content_of(path, LARGEST_FILE_BYTES)))
            except RECORD_DAMAGE as error:
                complain(f"{path.name} cannot be used, so everything is asked for again: {error}")

    def keep(self, receipts: Iterable[Receipt]) -> None:
        """Note answers whose rows are safely stored; on disk when this returns.

        Raises:
            OSError: the folder may not be written, or the disk is full. The old file is still whole then.
        """
        receipts = tuple(receipts)
        if all(self.get(receipt.key) == receipt for receipt in receipts):
            return
        super().keep(receipts)
        record = {"schema": SCHEMA, "receipts": [asdict(receipt) for receipt in self._receipts.values()]}
        replace_file(self.path, json.dumps(record, indent=0).encode(), is_synced=True)


def _receipts_of(record: dict[str, object]) -> dict[str, Receipt]:
    if record["schema"] != SCHEMA or not isinstance(record["receipts"], list):
        raise ValueError(f"it is no {SCHEMA}")
    receipts = msgspec.convert(record["receipts"], list[Receipt])
    return {receipt.key: receipt for receipt in receipts}
