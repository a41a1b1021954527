"""Two terminals on one archive: one asks, both see; when the one is killed in mid-write, the other goes on."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from replay_server import ReplayServer, replay_server
from waiting import PATIENCE, line_within, started

from providers.archive.vintages import Archive
from shortside.datasets import Dataset

pytestmark = pytest.mark.shared


class Terminal:
    """The helper program `poller_process`, and what it says."""

    def __init__(self, stack: ExitStack, root: Path, server: ReplayServer, *options: str) -> None:
        script = Path(__file__).with_name("poller_process.py")
        self.process = stack.enter_context(
            started(
                [sys.executable, str(script), str(root), server.upstream, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(script.parents[1])},
            )
        )
        self.said: list[str] = []

    def wait_for(self, word: str) -> None:
        """Read until it says a word; a program that ends instead fails the test."""
        while line := line_within(self.process.stdout):
            self.said.append(line.strip())
            if word in line.split():
                return
        raise AssertionError(f"it ended and never said {word}: {self.said}")


@pytest.fixture
def server(shared: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--ftp-port", "0")
    yield server
    server.reset()


def test_the_one_asks_both_see_and_a_kill_in_mid_write_costs_nothing(server, tmp_path):
    root = tmp_path / "archive"
    root.mkdir()
    with ExitStack() as stack:
        first = Terminal(stack, root, server, "stall")
        first.wait_for("STALLED")
        second = Terminal(stack, root, server)
        second.wait_for("READY")
        half = list(root.rglob("*.parquet")) + list(root.rglob(".partial-*"))
        assert len(half) >= 1
        asked_by_the_first = Counter(entry["path"] for entry in server.log())
        killed_at = time.monotonic()
        first.process.kill()
        second.wait_for("HOLDING")
        taken_over_in = time.monotonic() - killed_at
        second.wait_for("short_interest")
        if "prices" not in " ".join(second.said):
            second.wait_for("prices")
        third = Terminal(stack, root, server)
        third.wait_for("READY")
        assert second.process.stdin is not None
        second.process.stdin.close()
        assert second.process.wait(PATIENCE) == 0
        third.wait_for("HOLDING")
        third.process.kill()
    # No torn file: what was half written has no name, and is passed over.
    archive = Archive(root)
    for dataset in (Dataset.SHORT_INTEREST, Dataset.PRICES):
        vintages = archive.vintages(dataset)
        assert len(vintages) == 1
        assert archive.read(vintages[0]).rows > 4_000
        assert all("not finished" in complaint for complaint in archive.complaints)
    # Nothing is asked twice but what the first one had asked for and could not store.
    asked = Counter(entry["path"] for entry in server.log())
    assert all(count <= 1 + asked_by_the_first[path] for path, count in asked.items()), asked
    # The system hands the lock on at once and it is tried for every second; the rest is patience with slow machines.
    assert taken_over_in < 15
    print(f"taken over after {taken_over_in:.2f} s")
