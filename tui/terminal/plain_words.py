"""Says words on the two standard streams: foreign ones without control characters and passwords in addresses.

Everything a command prints goes through here. A stream may be closed, full or unable to write a letter: that is told in
a sentence, and never a traceback.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import time
from typing import BinaryIO, TextIO

from providers.redaction import redacted
from shortside.words.plain_text import printable
from tui.errors import OutputError


def plain(words: str) -> str:
    """The words on one line, without control characters and without passwords in addresses."""
    return redacted(printable(words))


def columns_of_output() -> int | None:
    """The columns of the terminal that standard output is; None where it is a file, a pipe or closed."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def say(text: str) -> None:
    """Write text that may be shown on standard output, all of it before this returns.

    Raises:
        BrokenPipeError: whoever read had enough.
        OutputError: it is closed, or the disk behind it is full.
    """
    stream = sys.stdout
    try:
        if stream is None:
            raise OSError("it is closed")
        shown = writable(text, stream.encoding)
        buffer = getattr(stream, "buffer", None)
        if isinstance(buffer, io.RawIOBase):
            # Python runs unbuffered, where a stream of text forgets what a disk that fills up took only a part of.
            # What somebody wrote before, and failed with, it keeps, and tries again when something is written.
            stream.write("")
            stream.flush()
            write_whole(buffer, shown.encode(stream.encoding, stream.errors or "strict"))
        else:
            stream.write(shown)
            stream.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        let_go_of(stream)
        raise OutputError(f"standard output cannot be written: {getattr(error, 'strerror', None) or error}") from error


def write_whole(stream: BinaryIO | io.RawIOBase, content: bytes) -> None:
    """Write bytes on a stream, buffered or not, all of them before this returns.

    Raises:
        OSError: it takes no more.
    """
    rest = memoryview(content)
    while rest:
        taken = stream.write(rest)
        if taken is None:
            raise BlockingIOError(errno.EAGAIN, "nobody reads it")
        rest = rest[taken:]
    stream.flush()


def wait_while_read(seconds: float) -> None:
    """Wait, but no longer than somebody reads standard output.

    Raises:
        BrokenPipeError: the pipe was closed at its other end, which a program that only waits would not notice.
    """
    import select

    ends_at = time.monotonic() + seconds
    if hasattr(select, "poll") and sys.stdout is not None:
        watched = select.poll()
        # Of no event but errors: whether it takes more is not asked.
        watched.register(sys.stdout.fileno(), 0)
        for _, event in watched.poll(max(seconds, 0) * 1000):
            if event & select.POLLERR:
                raise BrokenPipeError
    time.sleep(max(ends_at - time.monotonic(), 0))


def say_line(words: str) -> None:
    """Say one line on standard output, of which others may have written a part; raises as `say`."""
    say(f"{plain(words)}\n")


def whisper(text: str) -> None:
    """Write text that may be shown on standard error; where that cannot be written there is nobody left to tell."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(writable(text, stream.encoding))
        stream.flush()
    except (OSError, ValueError):
        let_go_of(stream)


def complain(words: str) -> None:
    """Say on standard error what goes wrong, after the program's name."""
    whisper(f"shortside: {plain(words)}\n")


def writable(text: str, encoding: str | None) -> str:
    """The text with a question mark for every sign that its stream's encoding lacks, halves of signs among them."""
    known = encoding or "utf-8"
    return text.encode(known, "replace").decode(known, "replace")


def let_go_of(stream: TextIO | None) -> None:
    """Lead a stream that takes nothing into nowhere: Python flushes it again at its end, and must not fail there."""
    if stream is None:
        return
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return  # A test's own stream, which no descriptor stands behind.
