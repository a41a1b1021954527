"""The back office of a test: polls one made-up source into the archive it is told of. Run by tests, as a program.

PYTHONPATH=. python tests/office_process.py    with the order to begin as the first line of standard input
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from feed_examples import Source, feed_of

from providers.archive.vintages import Archive
from providers.feeds.surroundings import Storage
from providers.http.clients import Clients
from shortside.datasets import Dataset
from tui.polling.in_back_office import BackOfficeTools, serve
from tui.polling.watch import Polling
from tui.processes.messages import Begin, order_of

NOW = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def main() -> None:
    begin = order_of(sys.stdin.readline())
    assert isinstance(begin, Begin)
    root = Path(begin.options.archive)

    def make(ledger, earlier):
        clients = Clients(clock=clock, upstream="http://127.0.0.1:9")
        feed = feed_of(
            Source(clock),
            dataset=Dataset.PRICES,
            ledger=ledger,
            store=Storage(Archive(root), clients),
            earlier=earlier[0] if earlier else None,
        )
        return Polling(clients=clients, feeds=[feed])

    serve(BackOfficeTools(archive=root, cache=root.parent / "cache", clock=clock, make=make))


if __name__ == "__main__":
    main()
