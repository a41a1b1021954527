"""What every test may lean on: repeatable examples, a clean environment and the reference material."""

import os
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exception

import pytest
from hypothesis import HealthCheck, settings

from tui.faults import Faults

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SHORTSIDE_SHARED", ROOT.parent / "shared"))

# The same examples on every machine, and nothing that a slow one could fail.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# A search for new examples, by hand: make pytest ARGS="--hypothesis-profile=explore".
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile("repeatable")

# A developer's own settings must not decide a test. Textual reads its variables at import, so this cannot
# wait for a fixture.
for name in list(os.environ):
    if name.startswith(("SHORTSIDE_", "TEXTUAL")) or name in {"NO_COLOR", "COLORTERM"}:
        del os.environ[name]


@pytest.fixture(autouse=True)
def noted_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """The errors a monitor noted instead of ending; a test that expects some empties the list, any other fails."""
    noted: list[BaseException] = []
    note = Faults.note

    def also_here(self: Faults, error: BaseException) -> str:
        noted.append(error)
        return note(self, error)

    monkeypatch.setattr(Faults, "note", also_here)
    yield noted
    assert not noted, "".join(line for error in noted[:2] for line in format_exception(error))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material: beside the checkout, or where SHORTSIDE_SHARED says."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference material at {SHARED}; name its folder in SHORTSIDE_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def market_directory(shared: Path) -> Path:
    """The reference market: a folder in the layout the files source reads."""
    market = shared / "market"
    if not market.is_dir():
        pytest.skip(f"the reference material at {shared} holds no market folder")
    return market
