"""The one boundary every parser stands behind: whatever a body holds, only the providers' own errors leave.

Who reads what others wrote cannot foresee every way in which it is wrong: numbers beyond every type, halves of signs,
days no calendar has, rows where values belong. What a parser foresees it says in its own words. The rest is translated
here, with its cause kept, so that a poll is refused in a sentence and nothing of it ends a program.
"""

from __future__ import annotations

import csv
import inspect
import struct
import traceback
import zipfile
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import pandas as pd
import pyarrow as pa

from providers.errors import MalformedError, ProviderError
from providers.events import Events
from providers.parsing.modesty import require_modest
from shortside.snapshot import LEFT_OUT_ATTRIBUTE

Parameters = ParamSpec("Parameters")
Read = TypeVar("Read")

LIBRARY_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    NotImplementedError,  # pandas, of moments beyond the years of the standard library.
    RecursionError,
    TypeError,
    ValueError,
    csv.Error,
    pa.ArrowException,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What libraries raise over data they cannot read. An error of our own making (a name that does not exist, a broken
assertion) is none of them, and rises."""
_events: Final = Events("parsing")
PARSERS: Final[dict[str, Callable[..., Any]]] = {}
"""Every parser by module and name, for whoever tries them all."""
_notes: Final[ContextVar[list[str]]] = ContextVar("notes of the parser that is at work")


def note(sentence: str) -> None:
    """Have what the parser at work gives back say a sentence on rows it left out; nothing where none is at work."""
    notes = _notes.get(None)
    if notes is not None:
        notes.append(sentence)


def _noted(read: Read, notes: list[str]) -> Read:
    """What was read, with the sentences in the attributes of its table, from where a `Snapshot` takes them."""
    parts = read if isinstance(read, tuple) else (read, getattr(read, "rows", None), getattr(read, "members", None))
    for part in parts:
        if notes and isinstance(part, pd.DataFrame):
            part.attrs[LEFT_OUT_ATTRIBUTE] = [*dict.fromkeys([*part.attrs.get(LEFT_OUT_ATTRIBUTE, ()), *notes])]
    return read


def parser(what: str, *, is_packed: bool = False) -> Callable[[Callable[Parameters, Read]], Callable[Parameters, Read]]:
    """Have nothing but a `ProviderError` leave a function that reads what others wrote.

    Args:
        what: what it reads, for an error of a function that is not told `where` its body comes from.
        is_packed: whether it reads something packed, whose values are not to be counted before it is unpacked.
    """

    def behind_the_boundary(function: Callable[Parameters, Read]) -> Callable[Parameters, Read]:
        takes = inspect.signature(function)

        @wraps(function)
        def read(*args: Parameters.args, **named: Parameters.kwargs) -> Read:
            notes: list[str] = []
            token = _notes.set(notes)
            try:
                for given in () if is_packed else (*args, *named.values()):
                    if isinstance(given, bytes):
                        require_modest(given, str(named.get("where", what)))
                return _noted(function(*args, **named), notes)
            except ProviderError:
                raise
            except LIBRARY_ERRORS as error:
                given = takes.bind(*args, **named).arguments
                # Where in the parser is nothing for a screen, and everything for whoever mends it.
                last = traceback.extract_tb(error.__traceback__)[-1]
                at = f"{last.name}:{last.lineno}"
                _events.warning("unforeseen_body", parser=function.__qualname__, error=repr(error), at=at)
                reason = f"cannot be read ({type(error).__name__}: {error})"
                raise MalformedError(reason, where=str(given.get("where", what))) from error
            finally:
                _notes.reset(token)

        PARSERS[f"{function.__module__}.{function.__qualname__}"] = read
        return read

    return behind_the_boundary
