"""What programs that tests start read instead of simulating is the demo's market to the bit, and theirs alone."""

import subprocess
import sys
from dataclasses import fields

import numpy as np
from in_programs.sitecustomize import KEPT, remembering
from kept_demo import with_kept_demo
from waiting import PATIENCE

from providers.demo.parameters import demo_parameters
from providers.demo.simulation import simulate

PARAMETERS = demo_parameters()


def arrays_of(listings):
    return {
        field.name: value
        for field in fields(listings)
        if isinstance(value := getattr(listings, field.name), np.ndarray)
    }


def test_what_is_read_is_what_was_simulated_and_the_caller_s_to_change(tmp_path):
    asked = []

    def counted(parameters, seed):
        asked.append(seed)
        return simulate(parameters, seed)

    remembered = remembering(counted, tmp_path)
    simulated, first, second = (remembered(PARAMETERS, PARAMETERS.seed) for _ in range(3))
    assert asked == [PARAMETERS.seed]
    theirs = arrays_of(simulated.listings)
    for name, array in arrays_of(first.listings).items():
        assert array.dtype == theirs[name].dtype, name
        assert array.tobytes() == theirs[name].tobytes() if array.dtype != object else list(array) == list(theirs[name])
    assert (first.roster.symbols == simulated.roster.symbols).all()
    first.listings.close[0, 0] = -1.0
    assert second.listings.close[0, 0] == simulated.listings.close[0, 0]


def test_another_seed_is_another_market(tmp_path):
    remembered = remembering(simulate, tmp_path)
    one, other = (remembered(PARAMETERS, seed).listings.close for seed in (PARAMETERS.seed, PARAMETERS.seed + 1))
    assert one.shape != other.shape or not np.array_equal(one, other, equal_nan=True)


def test_a_program_reads_it_and_is_otherwise_as_it_was(tmp_path, repository, monkeypatch):
    """The demo's provider gets it under the name it imported; the hook is gone once it has done its work."""
    monkeypatch.setenv(KEPT, str(tmp_path))
    remembering(simulate, tmp_path)(PARAMETERS, PARAMETERS.seed)
    (kept,) = tmp_path.iterdir()
    told = (
        "import sys; from providers.demo.source import DemoProvider, simulate; DemoProvider().read_listings();"
        "print(simulate.__wrapped__.__module__, 'Finder' in [getattr(one, '__name__', '') for one in sys.meta_path])"
    )
    command = [sys.executable, "-c", told]
    places = with_kept_demo({"PYTHONPATH": str(repository)})
    before = kept.stat().st_mtime_ns
    done = subprocess.run(command, env=places, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.split() == ["providers.demo.simulation", "False"]
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == [before]
    # What is read decides: a kept market of nothing is no market.
    kept.write_bytes(b"")
    failed = subprocess.run(command, env=places, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert "EOFError" in failed.stderr


def test_without_the_variable_nothing_is_put_before_the_program(monkeypatch):
    monkeypatch.delenv(KEPT, raising=False)
    assert with_kept_demo({"PYTHONPATH": "here"}) == {"PYTHONPATH": "here"}
    monkeypatch.setenv(KEPT, "there")
    assert with_kept_demo({"LANG": "C"}) == {"LANG": "C"}
