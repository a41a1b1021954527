"""Makes the record of the scores over a folder in a child process, so that what that takes leaves memory with it.

python -m tui.processes.record_making   with an order to make a record as the first line of standard input
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import msgspec

from tui.errors import SourceError
from tui.processes.folder_reading import end_with_parent
from tui.processes.messages import Failed, MakeRecord, MessageError, RecordMade, Report, line_of, order_of, report_of
from tui.processes.start import started

if TYPE_CHECKING:
    from shortside.evidence.record import EvidenceRecord


def record_of_folder(directory: Path, knowledge: date) -> EvidenceRecord | None:
    """The record over every publication whose outcome a folder knew on a day; None where it knew of none.

    Raises:
        SourceError: the folder cannot be read, or the process that reads it ended before it was done.
    """
    with started([sys.executable, "-m", "tui.processes.record_making"]) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(line_of(MakeRecord(directory=str(directory), knowledge=knowledge)))
        child.stdin.flush()
        for line in child.stdout:
            match report_of(line):
                case Failed(words=words):
                    raise SourceError(words)
                case RecordMade(record=record):
                    return _record_in(record)
    raise SourceError("the process that makes the record ended before it was done")


def folder_record(directory: Path, knowledge: date) -> EvidenceRecord | None:
    """What `record_of_folder` gives, made in this process.

    Raises:
        ProviderError: the folder cannot be read.
    """
    from providers.files.source import KeptFolder
    from shortside.evidence.evenings import LEAD, evenings_of
    from shortside.evidence.record import record_of
    from shortside.evidence.squeeze_vintages import vintage_known_on
    from shortside.listings import Listings
    from shortside.market import market_of

    kept = KeptFolder(directory)

    def known_on(day: date) -> Listings:
        return kept.read_listings(knowledge=day, since=day - LEAD, until=day)

    whole = kept.read_listings(knowledge=knowledge, until=knowledge)
    return record_of(list(evenings_of(known_on, whole, market_of(whole))), vintage_known_on)


def _record_in(packed: bytes | None) -> EvidenceRecord | None:
    from shortside.evidence.record import EvidenceRecord

    return None if packed is None else msgspec.msgpack.decode(packed, type=EvidenceRecord)


def _say(said: Report) -> None:
    print(line_of(said), end="", flush=True)


def main() -> int:
    """Make one record and say it; returns the exit code."""
    from providers.errors import ProviderError

    order = order_of(sys.stdin.readline())
    if not isinstance(order, MakeRecord):
        raise MessageError("the one order is to make a record")
    Thread(target=end_with_parent, daemon=True).start()
    try:
        record = folder_record(Path(order.directory), order.knowledge)
    except ProviderError as error:
        _say(Failed(number=0, words=str(error)))
    else:
        _say(RecordMade(number=0, record=None if record is None else msgspec.msgpack.encode(record)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
