"""Makes the record of the scores from the whole history of a source, as far as it has one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shortside.named_windows import SINCE_PREFIX
from tui.sources.load import source_data

if TYPE_CHECKING:
    from shortside.evidence.record import EvidenceRecord
    from tui.clock import Clock
    from tui.settings.configuration import Options

ALL_HISTORY = date(2010, 1, 4)
"""Earlier than any settlement date FINRA publishes in these files."""


def evidence_record(options: Options, clock: Clock) -> EvidenceRecord | None:
    """The record over every publication whose outcome the source knows; None where it knows of none.

    It reads the source's whole history, and a tenth of a second for each publication: call it in a thread.

    Raises:
        SourceError: the source has nothing for the day asked for, or could not give it.
    """
    from shortside.evidence.evenings import evenings_of
    from shortside.evidence.record import record_of
    from shortside.evidence.squeeze_chances import coefficients, shipped_models
    from shortside.market import market_of

    whole = options._replace(window=f"{SINCE_PREFIX}{ALL_HISTORY}")
    listings = source_data(whole, clock).listings
    evenings = list(evenings_of(listings, market_of(listings, as_of=options.as_of)))
    # Nothing invented was fitted on.
    fitted_to = None if listings.is_simulated else date.fromisoformat(coefficients()["fitted_on"]["last"])
    return record_of(evenings, shipped_models(), fitted_to)
