"""How an archive's seat at a desk stands, written beside the archive for every terminal that follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from providers.durable import replace_file
from providers.errors import shortened
from providers.ordinary_files import RECORD_DAMAGE, content_of
from shortside.words.plain_text import printable

STANDING_FILE_NAME: Final = "desk.json"
LARGEST_STANDING_BYTES: Final = 65_536
LONGEST_NAME: Final = 64
"""Signs of the words for a member."""


class DeskPoller(msgspec.Struct, frozen=True, kw_only=True):
    """Who polls for the desk, as it said itself; a note for people, no proof."""

    schema: Literal["shortside.desk/1"] = "shortside.desk/1"
    member: str
    words: str
    """Such as `process 4711 on desk`."""


class DeskStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the desk answers, who polls for it, and what went wrong."""

    schema: Literal["shortside.desk-standing/1"] = "shortside.desk-standing/1"
    is_reached: bool = False
    poller: str = ""
    """Who polls, in words; empty where nobody is known to."""
    complaint: str = ""
    """What is wrong, in a sentence; empty while nothing is."""
    remark: str = ""
    """What was passed over on the desk of late, in words."""
    trouble: str = ""
    """What is wrong in a word or three, such as `desk away`."""


_reader: Final = msgspec.json.Decoder(DeskStanding)
_pollers: Final = msgspec.json.Decoder(DeskPoller)


def write_standing(archive: Path, standing: DeskStanding) -> None:
    """Replace what was written.

    Raises:
        OSError: the folder may not be written, or the disk is full.
    """
    replace_file(archive / STANDING_FILE_NAME, msgspec.json.encode(standing))


def read_standing(archive: Path) -> DeskStanding | None:
    """What was written last; None where nothing was, or by another version."""
    try:
        return _reader.decode(content_of(archive / STANDING_FILE_NAME, LARGEST_STANDING_BYTES))
    except RECORD_DAMAGE:
        return None


def poller_of(content: bytes) -> DeskPoller | None:
    """Who says on the desk that it polls; None where that is no such note."""
    try:
        found = _pollers.decode(content[:LARGEST_STANDING_BYTES])
    except RECORD_DAMAGE:
        return None
    return DeskPoller(member=found.member, words=shortened(printable(found.words))[:LONGEST_NAME])
