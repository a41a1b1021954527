"""The folder of lists: reads those that changed, keeps the last good of those that broke, and writes them whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Final

from providers.durable import make_folder, replace_file
from providers.ordinary_files import FileStamp, content_of, file_stamp
from shortside.lists.names import (
    FIRST_LIST,
    MOST_NAME_CHARACTERS,
    NO_FILE_SIGNS,
    ListNameError,
    NameList,
    list_name,
    list_of_condition,
    listed_symbol,
)
from shortside.words.plain_text import printable
from tui.errors import ReportedError
from tui.exit_codes import FAILURE
from tui.settings.paths import Paths

FOLDER_NAME: Final = "lists"
SUFFIX: Final = ".txt"
MOST_BYTES: Final = 262_144
"""No list is larger: five thousand symbols with a remark each."""
MOST_LISTS: Final = 200


class ListError(ReportedError):
    """A list cannot be read, made or changed; the message says why."""

    code = FAILURE


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists at one moment."""

    by_name: Mapping[str, NameList] = field(default_factory=dict)
    """The lists by their names, in the alphabet's order."""
    complaints: tuple[str, ...] = ()
    """What is wrong with files and lines, each in a sentence that names its file."""

    def named(self, name: str) -> str:
        """The name of the list called so, capitals or not; empty where there is none."""
        folded = name.casefold()
        return name if name in self.by_name else next((one for one in self.by_name if one.casefold() == folded), "")

    def complaints_of(self, name: str) -> tuple[str, ...]:
        """What is wrong with the file of one list."""
        return tuple(words for words in self.complaints if words.startswith(f"{name}{SUFFIX}: "))


@dataclass(slots=True)
class _Kept:
    """A file as it was looked at last."""

    stamp: FileStamp | None
    """Of the file that was read; None where it could not be, and is to be read again."""
    found: NameList | None
    """The last good one."""
    trouble: str = ""


@dataclass(slots=True)
class _Look:
    """What a look at the folder found."""

    files: dict[str, _Kept] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


class ListShelf:
    """The lists of a user. May be used from any thread; every call but `now` may block for a moment."""

    def __init__(self, paths: Paths) -> None:
        self.folder = paths.configuration.parent / FOLDER_NAME
        """The folder of the lists; made when the first one is."""
        self.now = Lists()
        """The lists when they were looked at last."""
        self._files: dict[str, _Kept] = {}
        self._turn = RLock()

    def look(self) -> bool:
        """Read the files that changed; whether that gave other lists, or other complaints.

        What cannot be read any more stays as it was read last, with a complaint, until its file is gone.
        """
        with self._turn:
            look = _Look()
            for name, path in self._paths(look):
                self._look_at(name, path, look)
            self._files = look.files
            good = {name: kept.found for name, kept in look.files.items() if kept.found is not None}
            told = [f"{name}{SUFFIX}: {words}" for name, one in good.items() for words in one.complaints]
            now = Lists(MappingProxyType(good), tuple(map(printable, (*look.complaints, *told))))
            is_other = now != self.now
            self.now = now
            return is_other

    def _paths(self, look: _Look) -> list[tuple[str, Path]]:
        """The files that may be lists, by the names of those."""
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith(SUFFIX) and entry.name[0] != ".")
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            look.complaints.append(f"the lists cannot be read: {self.folder}: {error.strerror or error}")
            look.files.update(self._files)
            return []
        if len(names) > MOST_LISTS:
            look.complaints.append(f"files: {len(names) - MOST_LISTS} are not read, for there may be {MOST_LISTS}")
        found: dict[str, tuple[str, Path]] = {}
        for name in names[:MOST_LISTS]:
            stem = name.removesuffix(SUFFIX)
            try:
                called = list_name(stem)
            except ListNameError as error:
                look.complaints.append(f"{name}: {error}")
                continue
            if called != stem or called.casefold() in found:
                look.complaints.append(f"{name}: {'another file' if called == stem else repr(called)} is called so")
                continue
            found[called.casefold()] = called, self.folder / name
        return [found[folded] for folded in sorted(found)]

    def _look_at(self, name: str, path: Path, look: _Look) -> None:
        before, stamp = self._files.get(name), file_stamp(path, follows_links=False)
        try:
            if before is None or before.stamp is None or before.stamp != stamp:
                kept = _Kept(stamp, _read(path))
            else:
                kept = before
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            words = (error.strerror or str(error)) if isinstance(error, OSError) else "it is no UTF-8 text"
            found = None if before is None else before.found
            kept = _Kept(None, found, f"{words}{'; the list is as it was' if found is not None else ''}")
        look.files[name] = kept
        if kept.trouble:
            look.complaints.append(f"{path.name}: {kept.trouble}")

    # -- changing -------------------------------------------------------------------------------------------------

    def toggle(self, name: str, symbol: str) -> bool:
        """Put a symbol on a list, which is made where there is none, or take it off; whether it is on it now.

        Raises:
            ListError: the list is a condition or full, or its file cannot be read or written.
        """
        with self._turn:
            found = self._newest(name)
            name = self.now.named(name) or name
            if not listed_symbol(symbol):
                raise ListError(f"{printable(symbol)} cannot stand on a list")
            if found.where:
                raise ListError(f"{name} is a condition, and holds the names it is true of")
            other = found.without_symbol(symbol) if found.holds(symbol) else found.with_symbol(symbol)
            if other.holds(symbol) == found.holds(symbol):
                raise ListError(f"{name} is full")
            self._write(name, other)
            return other.holds(symbol)

    def save(self, name: str, content: NameList, *, may_replace: bool = False) -> str:
        """Keep a list under a name; returns the name.

        Raises:
            ListError: the name is none, there is one of that name, or the file cannot be written.
        """
        with self._turn:
            called = self._name_of(name)
            there = self.now.named(called)
            if there and not may_replace:
                raise ListError(f"there is a list {there} already")
            if not there and len(self.now.by_name) >= MOST_LISTS:
                raise ListError(f"there may be {MOST_LISTS} lists")
            self._write(there or called, content)
            return there or called

    def save_filter(self, name: str, where: str) -> str:
        """Keep a condition as a list, in place of an earlier condition of that name; returns the name.

        Raises:
            ListError: the name is none or a list of symbols, or the file cannot be written.
        """
        with self._turn:
            self.look()
            there = self.now.by_name.get(self.now.named(name))
            return self.save(name, list_of_condition(where), may_replace=there is not None and bool(there.where))

    def rename(self, old: str, new: str) -> str:
        """Call a list otherwise; returns the new name.

        Raises:
            ListError: the name is none or another list's, or the file cannot be renamed.
        """
        with self._turn:
            self.look()
            called = self._name_of(new)
            there = self.now.named(called)
            if there and there != old:
                raise ListError(f"there is a list {there} already")
            try:
                self._path(old).rename(self._path(called))
            except OSError as error:
                raise ListError(f"{old} cannot be renamed: {error.strerror or error}") from error
            self.look()
            return called

    def delete(self, name: str) -> None:
        """Take a list away for good.

        Raises:
            ListError: the file cannot be removed.
        """
        with self._turn:
            try:
                self._path(name).unlink(missing_ok=True)
            except OSError as error:
                raise ListError(f"{name} cannot be deleted: {error.strerror or error}") from error
            self.look()

    def _newest(self, name: str) -> NameList:
        """A list as its file is at this moment, an empty one where there is none.

        Raises:
            ListError: the file is broken, and is not to be overwritten with an older state of it.
        """
        self.look()
        name = self.now.named(self._name_of(name)) or name
        kept = self._files.get(name)
        if kept is not None and kept.trouble:
            raise ListError(f"{name}{SUFFIX}: {kept.trouble}")
        return NameList() if kept is None or kept.found is None else kept.found

    def _write(self, name: str, content: NameList) -> None:
        encoded = content.text.encode("utf-8", "replace")
        if len(encoded) > MOST_BYTES:
            raise ListError(f"{name} would be larger than {MOST_BYTES:,} bytes")
        try:
            make_folder(self.folder)
            replace_file(self._path(name), encoded, is_synced=True)
        except OSError as error:
            raise ListError(f"the list {name} cannot be kept: {error.strerror or error}") from error
        self.look()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"

    @staticmethod
    def _name_of(text: str) -> str:
        try:
            return list_name(text)
        except ListNameError as error:
            raise ListError(str(error)) from error


def symbols_first(lists: Lists, current: str = "") -> tuple[str, ...]:
    """The symbols of all lists, each once: those of the current one first, then in the order of the lists."""
    names = sorted(lists.by_name, key=lambda name: name != current)
    return tuple(dict.fromkeys(symbol for name in names for symbol in lists.by_name[name].symbols))


def current_of(lists: Lists, wished: str) -> str:
    """The list that names are put on: the one wished, if it is there and no condition, else the first there was."""
    name = lists.named(wished)
    return name if name and not lists.by_name[name].where else FIRST_LIST


def suffixed_name(lists: Lists, name: str) -> str:
    """A name that no list has yet: the one given, or with a number behind it."""
    taken = {one.casefold() for one in lists.by_name}
    return next(
        one for one in chain([name], (f"{name} {number}" for number in count(2))) if one.casefold() not in taken
    )


def likely_name(text: str) -> str:
    """A name for a list made of some text, such as the name of a file: as much of that as a list may be called."""
    seen = "".join(sign for sign in printable(text) if sign not in NO_FILE_SIGNS)[: MOST_NAME_CHARACTERS // 2]
    try:
        return list_name(seen.strip(" .-"))
    except ListNameError:
        return "imported"


def _read(path: Path) -> NameList:
    """The list a file holds.

    Raises:
        OSError: it cannot be read, is a link, a pipe or larger than any list. To write a list replaces its file, which
            would part a link from what it leads to.
        UnicodeDecodeError: it is no UTF-8 text.
    """
    return NameList(content_of(path, MOST_BYTES, follows_links=False).decode("utf-8-sig"))
