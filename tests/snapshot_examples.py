"""The keys that documents promise and a folder with a fault, for the tests of `snapshot`."""

from pathlib import Path

from market_data import (
    write_market,
)

# -- bad input, as a new user would meet it --------------------------------------------------------------------------


def spoilt(tmp_path: Path, **frames) -> Path:
    path: Path = write_market(tmp_path / "market", **frames)
    return path
