"""Makes the parts of a name's document that its screen of records shows, for the view asked for last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from tui.documents.kind import Record
from tui.documents.name_records import record_keys
from tui.errors import SourceError
from tui.sources.name_records import name_records

if TYPE_CHECKING:
    from shortside.view import View
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


class RecordStage(Protocol):
    """The part of the monitor that is asked for: the market on the screen and how it is seen."""

    @property
    def options(self) -> Options: ...
    @property
    def loaded(self) -> LoadedMarket | None: ...
    @property
    def shown(self) -> LoadedMarket | None: ...
    @property
    def view(self) -> View | None: ...


def read_parts(stage: RecordStage, symbol: str) -> Record:
    """The parts of a name's document in the market that is shown. Blocks: call it in a thread.

    Raises:
        SourceError: the market has no such name.
    """
    loaded, view = stage.shown, stage.view
    columns = np.flatnonzero(loaded.market.symbols == symbol) if loaded is not None else np.empty(0, np.int64)
    if loaded is None or view is None or not len(columns):
        raise SourceError(f"{symbol} is not in the market on the screen")
    is_present = loaded is stage.loaded
    options = stage.options if is_present else stage.options._replace(as_of=loaded.market.last_session)
    column = int(columns[0])
    return record_keys(loaded.desk.board(view), column, name_records(options, loaded, column, is_read_apart=True))
