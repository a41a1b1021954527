"""Tells whether an address is of this machine, however it is written: what is asked there goes through no proxy."""

from __future__ import annotations

import ipaddress
import socket

LOCAL_NAMES = ("localhost", "ip6-localhost", "ip6-loopback")
"""Names that mean the machine itself wherever they are looked up."""


def is_loopback(host: str | None) -> bool:
    """Whether a host of a URL is this machine by its loopback address or a name for that, without asking anybody.

    Also `127.1`, `::ffff:127.0.0.1` and `0.0.0.0` are, which the system connects to itself.
    """
    name = (host or "").lower().rstrip(".").partition("%")[0]
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    address = _address_of(name)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified)


def is_this_machine(host: str | None) -> bool:
    """Whether a host of a URL is this machine, by its loopback address or by its own name."""
    name = (host or "").lower().rstrip(".")
    own = socket.gethostname().lower().rstrip(".")
    return is_loopback(host) or (name != "" and name in (own, own.partition(".")[0]))


def _address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    try:
        # What the system takes for an address beside four numbers: 127.1, 0x7f000001, 2130706433.
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None
