"""Keeps a process that runs for weeks from growing: returns freed memory to the system.

All of it is the C library's and Arrow's own book-keeping, on Linux; elsewhere nothing happens, and nothing needs to.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

_LIBRARY: Final = ctypes.CDLL(None) if sys.platform == "linux" else None
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
"""M_MMAP_THRESHOLD and M_ARENA_MAX of malloc.h."""
OWN_MAPPING_BYTES: Final = 2**18
"""Bytes from which on a piece of memory is its own mapping, and gone when it is freed."""


def keep_little() -> None:
    """Have allocators keep little of what is freed; before much is allocated.

    All threads share two heaps: with a heap each, every one keeps what its largest answer once took. And large pieces
    are mapped for good: the library would raise that size to 32 MB after the first of them, and then put everything
    into the heap, whose holes only fill again with pieces that happen to fit.
    """
    # Arrow's own allocator keeps freed pages for as long as it likes. The variable is read when Arrow is imported.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if "pyarrow" in sys.modules:
        import pyarrow

        pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    if _LIBRARY is not None and hasattr(_LIBRARY, "mallopt"):
        _LIBRARY.mallopt(_ARENA_MAX, 2)
        _LIBRARY.mallopt(_MMAP_THRESHOLD, OWN_MAPPING_BYTES)


def give_memory_back() -> None:
    """Return to the system what is free. Blocks for some milliseconds."""
    if "pyarrow" in sys.modules:
        import pyarrow

        pyarrow.default_memory_pool().release_unused()
    if _LIBRARY is not None and hasattr(_LIBRARY, "malloc_trim"):
        _LIBRARY.malloc_trim(0)
