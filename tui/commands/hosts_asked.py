"""Lists the hosts that the program would ask as it is configured, once for each address."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from providers.catalog import CARDS, Host

if TYPE_CHECKING:
    from tui.settings.configuration import Options


@dataclass(frozen=True, slots=True)
class AskedHost:
    """A host of a provider, with the address at which it is asked."""

    host: Host
    base_url: str | None = None
    """The address that the configuration puts in place of the host's own; None for the host's own."""

    @property
    def words(self) -> str:
        """The host's name, and the configured address where there is one."""
        return self.host.name if self.base_url is None else f"{self.host.name} at {self.base_url}"


def asked_hosts(options: Options, keyed: Collection[str] = frozenset()) -> tuple[AskedHost, ...]:
    """The hosts that speak HTTP, of every provider that is switched on.

    Args:
        options: who is switched off, and what is asked elsewhere.
        keyed: the providers whose key is there.
    """
    cards = [
        card
        for name, card in CARDS.items()
        if name not in options.switched_off and not card.is_over_ftp and (not card.keys or name in keyed)
    ]
    found = (
        AskedHost(host, options.providers[card.name].base_url.get(host.name)) for card in cards for host in card.hosts
    )
    # A Host holds its headers in a mapping, so what holds it is not to be hashed.
    return tuple({(one.host.name, one.base_url): one for one in found}.values())
