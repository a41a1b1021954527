"""Makes the record of the scores from the whole history of a source, as far as it has one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from shortside.named_windows import SINCE_PREFIX
from tui.memory import give_memory_back
from tui.sources.knowledge import published_by
from tui.sources.load import source_data

if TYPE_CHECKING:
    from shortside.board import Desk
    from shortside.evidence.record import EvidenceRecord
    from tui.clock import Clock
    from tui.settings.configuration import Options

ALL_HISTORY: Final = date(2010, 1, 4)
"""Earlier than any settlement date FINRA publishes in these files."""
_KEY: Final = "evidence"


def evidence_record(desk: Desk, options: Options, clock: Clock) -> EvidenceRecord | None:
    """The record over every publication whose outcome the source knows; None where it knows of none.

    It reads the source's whole history, a folder's in a process of its own, and takes some tenths of a second for each
    publication: call it in a thread. It is kept for as long as the market is.

    Raises:
        SourceError: the source has nothing for the day asked for, or could not give it.
    """
    kept = desk.kept
    if _KEY not in kept:
        kept[_KEY] = _made(options, clock)
        give_memory_back()
    found: EvidenceRecord | None = kept[_KEY]
    return found


def _made(options: Options, clock: Clock) -> EvidenceRecord | None:
    if options.source == "files" and options.data is not None:
        # Every evening is read as it was known. The process that does it takes pandas and the folder along as it goes.
        from tui.processes.record_making import record_of_folder

        return record_of_folder(options.data, options.as_of or published_by(clock()))
    from shortside.evidence.evenings import as_known, evenings_of
    from shortside.evidence.record import record_of
    from shortside.evidence.squeeze_vintages import shipped_vintages, vintage_known_on
    from shortside.market import market_of

    whole = options._replace(window=f"{SINCE_PREFIX}{ALL_HISTORY}")
    listings = source_data(whole, clock).listings
    market = market_of(listings, as_of=options.as_of)
    evenings = list(evenings_of(lambda day: as_known(listings, day), listings, market))
    # Of what is invented nothing was known before and nothing after.
    return record_of(evenings, (lambda _: shipped_vintages()[-1]) if listings.is_simulated else vintage_known_on)
