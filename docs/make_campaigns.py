"""Write the counts of docs/reliability.md out of the campaigns that are kept: `python -m docs.make_campaigns`.

docs/campaigns/fuzz.json and docs/campaigns/monkey.json are written by `python -m benchmarks.fuzz --into` and
`python -m benchmarks.monkey --into`; what the page says between its marks comes from them alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks._campaign import KEPT, Settings
from benchmarks.fuzz import Tally, read_tallies, tallies_table
from benchmarks.monkey import Session, read_sessions, sessions_table
from docs.make_tables import made

PAGE: Final = Path(__file__).with_name("reliability.md")
WANTED_BODIES: Final = 1_000_000
"""For each parser."""
WANTED_SESSIONS: Final = 1_000


def main() -> None:
    """Write the page."""
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8"), PARTS), encoding="utf-8")
    print(f"wrote {PAGE}", file=sys.stderr)


def wrong_bodies() -> str:
    """How many were given to each parser, and what became of them."""
    settings = settings_of(KEPT / "fuzz.json")
    return told_bodies(settings["seed"], read_tallies(KEPT / "fuzz.json", settings["seed"]))


def random_keys() -> str:
    """How many sessions were played, and how they ended."""
    settings = settings_of(KEPT / "monkey.json")
    return told_sessions(settings, read_sessions(KEPT / "monkey.json", settings))


def settings_of(file: Path) -> Settings:
    """What a kept campaign's numbers mean something by."""
    kept: dict[str, int] = json.loads(file.read_text("utf-8"))
    return {name: value for name, value in kept.items() if name != "results"}


def told_bodies(seed: int, tallies: Mapping[str, Tally]) -> str:
    """A sentence and a table."""
    counts = [tally.bodies for tally in tallies.values()]
    escaped = sum(len(bodies) for tally in tallies.values() for bodies in tally.escaped.values())
    fewest, most = min(counts), max(counts)
    each = f"{most:,}" if fewest == most else f"from {fewest:,} to {most:,}"
    words = (
        f"So far {sum(counts):,} bodies of seed {seed} were given, {each} to each of "
        f"the {len(counts)} parsers;\n{_said(escaped, 'escaped')}. {_wanted(sum(counts), WANTED_BODIES * len(counts))}"
    )
    return f"\n{words}\n\n{tallies_table(tallies)}\n"


def told_sessions(settings: Settings, sessions: Mapping[int, Session]) -> str:
    """A sentence and a table."""
    noted = sum(len(one.faults) for one in sessions.values())
    words = (
        f"So far {len(sessions):,} sessions of {settings['events']} events of seed {settings['seed']} were played; "
        f"{_said(noted, 'was noted')}.\n{_wanted(len(sessions), WANTED_SESSIONS)}"
    )
    return f"\n{words}\n\n{sessions_table([*sessions.values()], settings['events'])}\n"


def _said(count: int, what: str) -> str:
    return f"{count:,} {what}" if count else f"nothing {what}"


def _wanted(have: int, want: int) -> str:
    if have >= want:
        return "The campaign is whole."
    # Whole tenths downwards, so that nothing is called whole that is not.
    return f"The whole campaign has {want:,}: {have * 1000 // want / 10:.1f} % of it."


PARTS: Final[Mapping[str, Callable[[], str]]] = {"random keys": random_keys, "wrong bodies": wrong_bodies}
"""What can be made, by the name in the page."""


if __name__ == "__main__":
    main()
