"""Draws the README's pictures from the demo market: `python -m docs.make_screens`. Every run draws the same pictures.

The clock stands still but for what the script lets pass, so the ticks are those of the seed. The font is whatever
monospace the reader has; widths are fixed in the file, so columns stand whichever it is.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
from pathlib import Path

from docs._pictured_monitor import WATCHED, StandingClock
from tui.app import Monitor
from tui.settings.configuration import configured

FOLDER = Path(__file__).parent / "screens"
SHOTS: tuple[tuple[str, tuple[int, int], tuple[str, ...]], ...] = (
    ("main-120x40", (120, 40), ()),
    ("start-basis-120x40", (120, 40), ("b", "t")),
    ("symbol-120x40", (120, 40), ("down", "down", "enter")),
    ("main-80x24", (80, 24), ()),
    ("main-200x60", (200, 60), ()),
)
"""File name, terminal size, and the keys pressed before the picture is taken."""


async def picture(size: tuple[int, int], keys: tuple[str, ...], home: Path) -> str:
    """One SVG of the demo market."""
    clock = StandingClock()
    options = configured({"still": "true"}, {"SHORTSIDE_HOME": str(home)}).options
    app = Monitor(options, clock)
    async with app.run_test(size=size) as pilot:
        while app.board is None:
            await pilot.pause(0.05)
        clock.moment += WATCHED
        app.beat()
        await pilot.pause(1.2)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.4)
        return plain_font(app.export_screenshot(title="shortside"))


def plain_font(svg: str) -> str:
    """Without fonts from elsewhere: the reader's own monospace."""
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    svg = re.sub(
        r"font-family: ?[^;\"]*Fira Code[^;\"]*", "font-family: Menlo, Consolas, 'DejaVu Sans Mono', monospace", svg
    )
    return re.sub(r"terminal-\d+-", "terminal-", svg)


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for name, size, keys in SHOTS:
            svg = asyncio.run(picture(size, keys, Path(home)))
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            print(f"{name}.svg  {len(svg) // 1024} KiB")


if __name__ == "__main__":
    main()
