"""Draw the pictures of tests/pictures/ anew, after a screen was changed on purpose: `python -m docs.make_pictures`.

Each is a screen of the demo market as the program writes it to a terminal: its words, and under them the styles of each
row. `--png FOLDER` draws them as images, for a look at them, and leaves tests/pictures/ alone.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from docs._pictured_monitor import DemoMorning, pictures_of
from docs._screen_list import GROUPS, PictureGroup
from docs._screen_picture import ScreenPicture

FOLDER: Final = Path(__file__).parents[1] / "tests" / "pictures"
CONVERTER: Final = "rsvg-convert"
LONGEST_SECONDS: Final = 60.0
"""For one image; it takes a second."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write every picture, or those whose names hold one of the words."""
    parser = argparse.ArgumentParser(prog="python -m docs.make_pictures", description=__doc__)
    parser.add_argument("words", nargs="*", help="draw only pictures whose names hold one of these, as 80x24 or help")
    parser.add_argument("--png", type=Path, metavar="FOLDER", help="draw images into this folder instead")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        pictures = [*drawn(Path(home), asked.words)]
    if asked.png is not None:
        write_images(asked.png, pictures)
    else:
        write_texts(FOLDER, pictures, is_all=not asked.words)
    return 0


def drawn(home: Path, words: Sequence[str]) -> Iterator[ScreenPicture]:
    """The pictures whose names hold one of the words, which are all where there is no word."""
    morning = DemoMorning(home)
    for group in GROUPS:
        wanted = {name for _, _, name in group.pictures() if not words or any(word in name for word in words)}
        if wanted:
            yield from (picture for picture in asyncio.run(all_of(morning, group)) if picture.name in wanted)


async def all_of(morning: DemoMorning, group: PictureGroup) -> list[ScreenPicture]:
    """The pictures of a group."""
    return [picture async for picture, _ in pictures_of(morning, group)]


def write_texts(folder: Path, pictures: Sequence[ScreenPicture], *, is_all: bool) -> None:
    """Write pictures as text with styles, take those away that are no more, and say what changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = 0
    for picture in pictures:
        file, text = folder / f"{picture.name}.txt", picture.text()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"drew {file.name}")
            changed += 1
    known = {f"{name}.txt" for group in GROUPS for _, _, name in group.pictures()}
    for file in sorted(folder.glob("*.txt")) if is_all else ():
        if file.name not in known:
            file.unlink()
            print(f"took away {file.name}")
    print(f"{changed} of {len(pictures)} pictures changed")


def write_images(folder: Path, pictures: Sequence[ScreenPicture]) -> None:
    """Write pictures as PNG, or as SVG where nothing here makes one of the other."""
    folder.mkdir(parents=True, exist_ok=True)
    converter = shutil.which(CONVERTER)
    if converter is None:
        print(f"no {CONVERTER} here: the images are SVG", file=sys.stderr)
    for picture in pictures:
        if converter is None:
            (folder / f"{picture.name}.svg").write_text(picture.svg(), encoding="utf-8")
        else:
            command = [converter, "--output", str(folder / f"{picture.name}.png")]
            subprocess.run(command, input=picture.svg().encode(), check=True, timeout=LONGEST_SECONDS)
    print(f"{len(pictures)} images in {folder}")


if __name__ == "__main__":
    sys.exit(main())
