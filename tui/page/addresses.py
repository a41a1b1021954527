"""Says by which names the page may be asked for, and who at this machine asks.

A page on the user's machine is asked for by whatever the browser shows. Another site may give its own name our address
(DNS rebinding), or open a websocket here from its page; the names in `Host` and `Origin` tell.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

Address = tuple[str, int]
_ESTABLISHED: Final = "01"


def is_this_machine_alone(host: str) -> bool:
    """Whether only this machine reaches an address or name that is listened on."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_known_host(header: str, *, is_local: bool, names: Collection[str]) -> bool:
    """Whether `Host` names this machine.

    An address in figures cannot be another's name for us. A name can: only `localhost` on this machine, our own name on
    a network, and the names the user gave are known.

    Args:
        header: as it came.
        is_local: whether only this machine can reach the page.
        names: other names, in small letters.
    """
    name = _name_of(f"//{header}")
    if not name or "@" in header or "/" in header:
        return False
    if name in names or name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not is_local


def is_same_origin(origin: str | None, host: str) -> bool:
    """Whether a request came from the page itself; a program that is no browser names no origin.

    Args:
        origin: the header `Origin`; `null`, as a sandboxed page has it, is another's.
        host: the header `Host`.
    """
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _name_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def names_of_machine() -> frozenset[str]:
    """What this machine calls itself, in small letters."""
    return frozenset({socket.gethostname().lower()})


def is_of_another_user(peer: Address, here: Address, tables: Mapping[str, Path] | None = None) -> bool:
    """Whether a connection from this machine was opened by another user than us, other than root.

    Only Linux tells; elsewhere, and where it does not say, it counts as ours. Reads a table of the kernel.

    Args:
        peer: the address and port it came from.
        here: the address and port it came to.
        tables: where the kernel lists connections, by `4` and `6`.
    """
    if not sys.platform.startswith("linux"):
        return False
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    plain = getattr(address, "ipv4_mapped", None) or address
    # Who connects from a socket of version 6 to an address of version 4 is listed under 6, whatever we listen on.
    shown = {"4": str(plain), "6": f"::ffff:{plain}"} if plain.version == 4 else {"6": str(plain)}
    files = tables or {"4": Path("/proc/net/tcp"), "6": Path("/proc/net/tcp6")}
    owners = [
        owner
        for version, text in shown.items()
        for owner in _owners(files[version], f"{_in_figures(text)}:{peer[1]:04X}", f":{here[1]:04X}")
    ]
    return any(owner not in (0, os.geteuid()) for owner in owners)


def _in_figures(address: str) -> str:
    """An address as the kernel writes it: words of four bytes in the machine's own order."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(packed) // 4}I", packed))


def _owners(file: Path, local: str, remote_port: str) -> list[int]:
    try:
        lines = file.read_text().splitlines()[1:]
    except OSError:
        return []
    cells = (line.split() for line in lines)
    return [
        int(cell[7])
        for cell in cells
        if len(cell) > 7 and cell[1] == local and cell[2].endswith(remote_port) and cell[3] == _ESTABLISHED
    ]
