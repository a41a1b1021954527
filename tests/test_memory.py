"""What a process no longer needs goes back to the system, so that one that runs for weeks does not grow."""

import subprocess
import sys

import pytest
from waiting import PATIENCE

GROWN = """
import os, sys
from pathlib import Path
from tui.memory import OWN_MAPPING_BYTES, give_memory_back, keep_little
keep_little()
import pyarrow as pa

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

assert pa.default_memory_pool().backend_name == "system"
# The first large piece that is freed would raise the size from which on the library maps: it must not.
for _ in range(3):
    pieces = [bytearray(os.urandom(1)) * (4 * 2**20) for _ in range(40)]
    # Every other one, as answers that are kept lie between answers that are not.
    kept = pieces[::2]
    before = resident()
    del pieces
    assert before - resident() > 60 * 2**20
    del kept
give_memory_back()
assert resident() < 120 * 2**20
print("ok")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the allocator does as it likes")
def test_large_pieces_go_back_as_soon_as_they_are_freed_and_however_they_lie():
    answer = subprocess.run(
        [sys.executable, "-c", GROWN], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert answer.stdout.strip() == "ok", answer.stderr


def test_giving_back_needs_nothing_that_was_not_imported():
    script = "import sys; from tui.memory import *; keep_little(); give_memory_back(); print('pyarrow' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert answer.stdout.strip() == "False"
