"""Reads the members of indexes and the closes of their funds from the chosen source, for `snapshot breadth`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from shortside.sessions import NEW_YORK
from tui.errors import SourceError
from tui.settings.configuration import Options

if TYPE_CHECKING:
    from shortside.market import Market
    from shortside.tables.index_breadth import IndexFacts


def index_facts(options: Options, market: Market) -> IndexFacts:
    """What the source has of indexes by the end of a market's last session. Takes up to a second.

    Raises:
        SourceError: a file is damaged or may not be read.
    """
    from providers.errors import ProviderError
    from providers.files.index_members import no_index_facts, read_index_facts

    try:
        if options.source == "public":
            return _of_archive(options, market)
        if options.source == "files" and options.data is not None:
            return read_index_facts(options.data)
    except ProviderError as error:
        raise SourceError(str(error)) from error
    return no_index_facts()


def _of_archive(options: Options, market: Market) -> IndexFacts:
    from providers.archive.vintages import Archive
    from providers.listings.symbols import JoinSide
    from providers.public.index_members import read_index_archive

    columns = (market.symbols, market.names, market.exchanges)
    symbols, names, exchanges = (column.tolist() for column in columns)
    midnight = datetime.combine(market.last_session + timedelta(days=1), time(), NEW_YORK)
    ours = JoinSide(symbols=symbols, names=names, exchanges=exchanges)
    return read_index_archive(Archive(options.paths.archive), ours, midnight)
