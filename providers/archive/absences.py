"""Remembers what sources do not have, and why, so that it can be named: one small file in the archive, replaced.

A vintage tells what came; nothing tells of a file that was asked for and is not there. It is forgotten when it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal

import msgspec

from providers.catalog import CARDS, SEC_FAILS
from providers.durable import replace_file
from providers.errors import MalformedError, shortened
from providers.ordinary_files import LARGEST_RECORD_BYTES, RECORD_DAMAGE, content_of
from shortside.words.spelt_out import NAMES_IN_A_SENTENCE, spelt_out

ABSENCES_FILE_NAME: Final = "not_to_be_had.json"
MOST_THINGS_SPELT_OUT: Final = 40
"""Things spelt out in a sentence; the rest are counted."""


class Absence(msgspec.Struct, frozen=True, order=True):
    """One thing that was asked for and cannot be had."""

    provider: str
    """Its name in the catalog."""
    why: str
    """In words, without the thing's name."""
    what: str
    """A file, a day or a symbol."""


class _File(msgspec.Struct, frozen=True):
    """What the file holds."""

    schema: Literal["shortside.absences/1"]
    absences: tuple[Absence, ...]


_reader: Final[msgspec.json.Decoder[_File]] = msgspec.json.Decoder(_File)


def read_absences(archive: Path) -> tuple[Absence, ...]:
    """What is known not to be had; nothing where nothing was written, or by another version."""
    try:
        return _reader.decode(content_of(archive / ABSENCES_FILE_NAME, LARGEST_RECORD_BYTES)).absences
    except RECORD_DAMAGE:
        # What cannot be had is asked for again, and noted again then.
        return ()


def absences_of(content: bytes) -> tuple[Absence, ...]:
    """What another archive knows not to be had, without signs that a terminal may obey.

    Raises:
        MalformedError: the content is no such file.
    """
    try:
        found = _reader.decode(content).absences
    except RECORD_DAMAGE as error:
        raise MalformedError(f"no list of absences: {error}", where=ABSENCES_FILE_NAME) from error
    return tuple(
        Absence(provider=shortened(one.provider), why=shortened(one.why), what=shortened(one.what)) for one in found
    )


def write_absences(archive: Path, absences: Iterable[Absence]) -> None:
    """Replace what is known not to be had.

    Raises:
        OSError: the folder may not be written, or the disk is full. The old file is still whole then.
    """
    content = msgspec.json.encode(_File("shortside.absences/1", tuple(sorted(absences))))
    replace_file(archive / ABSENCES_FILE_NAME, content)


def note_absences(archive: Path, absent: Iterable[Absence], found: Collection[tuple[str, str]] = ()) -> None:
    """Add what is not to be had, and take out what came.

    Args:
        archive: the archive's folder.
        absent: what was asked for in vain; the newest reason counts.
        found: the provider and name of each thing that came.

    Raises:
        OSError: the folder may not be written, or the disk is full. The old file is still whole then.
    """
    before = read_absences(archive)
    kept = {(one.provider, one.what): one for one in before if (one.provider, one.what) not in found}
    kept |= {(one.provider, one.what): one for one in absent}
    after = tuple(sorted(kept.values()))
    if after != tuple(before):
        write_absences(archive, after)


def words_on_absences(absences: Iterable[Absence], at_most: int = MOST_THINGS_SPELT_OUT) -> tuple[str, ...]:
    """A sentence for each provider and reason, with the things that are not to be had, so many of them spelt out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in sorted(absences):
        groups.setdefault((one.provider, one.why), []).append(one.what)
    return tuple(
        f"{CARDS[provider].title if provider in CARDS else provider}: {why}: {listed(things, at_most)}"
        for (provider, why), things in groups.items()
    )


def absence_notes(archive: Path, known_by: date) -> tuple[str, ...]:
    """What a market should say of the SEC's half-months that are not to be had.

    Args:
        archive: the archive's folder.
        known_by: half-months that end later were not missed yet.
    """
    due = [one for one in read_absences(archive) if one.provider == SEC_FAILS.name and _ended(one.what) <= known_by]
    return tuple(
        f"fails to deliver are not to be had: {words}" for words in words_on_absences(due, NAMES_IN_A_SENTENCE)
    )


def _ended(half_month: str) -> date:
    """The last day of a half-month by its file's name; the first of all days for another name."""
    try:
        first = date(int(half_month[8:12]), int(half_month[12:14]), 1)
    except ValueError:
        return date.min
    following = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=15) if half_month[14:15] == "a" else following - timedelta(days=1)


def listed(things: Sequence[str], at_most: int = MOST_THINGS_SPELT_OUT) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, … and 92 others`."""
    others = len(things) - at_most
    if others > 0:
        return spelt_out(things, at_most, rest=" and {:,} other" + "s" * (others > 1))
    return " and ".join(filter(None, [", ".join(things[:-1]), things[-1]]))
