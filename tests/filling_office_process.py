"""The back office of a test that fills an archive from a replay server, without pauses. Run by tests, as a program.

PYTHONPATH=. python tests/filling_office_process.py    with the order to begin as the first line of standard input
"""

import sys
from pathlib import Path

from small_market import Unpaced, small_sources

from providers.archive.vintages import Archive
from providers.backfill.run import Backfill
from tui.clock import clock_set_to
from tui.polling.in_back_office import BackOfficeTools, serve
from tui.processes.messages import Begin, order_of


def main() -> None:
    begin = order_of(sys.stdin.readline())
    assert isinstance(begin, Begin)
    assert begin.now is not None
    options, clock = begin.options, clock_set_to(begin.now, lambda: 0.0)
    root = Path(options.archive)

    def fill(heard):
        clients = Unpaced(clock=clock, upstream=options.upstream, contact=options.contact or "", heard=heard)
        return clients, Backfill(clients, Archive(root), small_sources(clients))

    def make(_ledger, _earlier):
        raise AssertionError("nobody asked to poll")

    serve(BackOfficeTools(archive=root, cache=root.parent / "cache", clock=clock, make=make, fill=fill))


if __name__ == "__main__":
    main()
