"""The campaigns against damage and kills find nothing in their short forms; docs/reliability.md has the long ones."""

import os
import subprocess
import sys

import pytest
from waiting import PATIENCE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform != "linux", reason="they fork, and use /proc")


def campaign(repository, *words):
    """What a campaign printed; it ends in 1 where anything was found."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *words],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": f"{repository}{os.pathsep}{repository / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def test_nothing_said_to_be_stored_is_lost_when_its_writer_is_killed(repository):
    (row,) = [line for line in campaign(repository, "benchmarks.kill", "--kills", "4").splitlines() if "| 4" in line]
    kills, _stored, lost, receipts, stuck, _left_over = (cell.strip() for cell in row.strip("|").split("|"))
    assert (kills, lost, receipts, stuck) == ("4", "0", "0", "0")


def test_a_damaged_recording_ends_in_a_code_and_a_sentence(repository):
    printed = campaign(repository, "benchmarks.damage", "--only", "recording", "--kinds", "7")
    assert "| a recording |       7 |" in printed


def test_no_parser_takes_more_memory_than_it_may(repository):
    printed = campaign(repository, "benchmarks.memory", "--only", "thresholds.common", "--megabytes", "3")
    assert "thresholds.common.parse_list" in printed
