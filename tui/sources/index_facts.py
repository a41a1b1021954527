"""Reads the members of indexes and the closes of their funds from the chosen source, for `snapshot breadth`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.errors import SourceError
from tui.settings.configuration import Options

if TYPE_CHECKING:
    from shortside.tables.index_breadth import IndexFacts


def index_facts(options: Options) -> IndexFacts:
    """What the source has of indexes: nothing but of a folder of files. Takes up to a second.

    Raises:
        SourceError: a file is damaged or may not be read.
    """
    from providers.errors import ProviderError
    from providers.files.index_members import no_index_facts, read_index_facts

    if options.source != "files" or options.data is None:
        return no_index_facts()
    try:
        return read_index_facts(options.data)
    except ProviderError as error:
        raise SourceError(str(error)) from error
