"""Which hosts the program would ask as it is configured: each once, at each address it would be asked at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.settings.providers import KEYED, OVER_FTP

if TYPE_CHECKING:
    from providers.catalog import Host
    from tui.settings.configuration import Options


@dataclass(frozen=True, slots=True)
class Door:
    """A host, and where it is."""

    host: Host
    base_url: str | None = None
    """Its address in place of its own; what the configuration says."""

    @property
    def words(self) -> str:
        """Its name, with the other address where it has one."""
        return self.host.name if self.base_url is None else f"{self.host.name} at {self.base_url}"


def doors(options: Options, keyed: Collection[str] = frozenset()) -> tuple[Door, ...]:
    """The hosts that speak HTTP, of every provider that is switched on.

    Args:
        options: who is switched off, and what is asked elsewhere.
        keyed: the providers whose key is there.
    """
    from providers._cards import CARDS

    asked = [
        card
        for name, card in CARDS.items()
        if name not in options.switched_off and name != OVER_FTP and (name not in KEYED or name in keyed)
    ]
    found = (Door(host, options.providers[card.name].base_url.get(host.name)) for card in asked for host in card.hosts)
    # A Host holds its headers in a dict, so a Door is not to be hashed.
    return tuple({(door.host.name, door.base_url): door for door in found}.values())
