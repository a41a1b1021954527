"""Where a desk's server is: an address that may stand on a command line, because no password may stand in it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from providers.catalog import KeyName
from providers.http.this_machine import is_loopback

USUAL_PORT: Final = 6379
_ADDRESS: Final = re.compile(
    r"(?P<scheme>rediss?)://((?P<user>[^@:/?#\s]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:/?#\[\]\s]+)(:(?P<port>\d{1,5}))?"
    r"(/(?P<database>\d{1,5})?)?"
)
_WITH_PASSWORD: Final = re.compile(r"[^@]*:(?!//)[^@]*@|[^@]*://[^@/]*:[^@]*@", re.DOTALL)
PASSWORD_ADVICE: Final = (
    f"no password may stand in the address, where every program on the machine can read it; put it into "
    f"{KeyName.DESK_PASSWORD.value} in the environment, the keyring or the key file"
)


class AddressError(ValueError):
    """A text is no address of a desk; the sentence does not quote it."""


class PasswordInAddressError(AddressError):
    """An address holds a password; the sentence says where that belongs, and never what it is."""


class DeskAddress(NamedTuple):
    """Host, port, database and user name of a desk's server."""

    scheme: str
    """`rediss` where the way to it is encrypted, else `redis`."""
    host: str
    port: int
    database: int
    user: str
    """The name to log in with; empty for the server's default user."""

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can read what passes."""
        return self.scheme == "rediss"

    @property
    def is_private_way(self) -> bool:
        """Whether a password may be sent: the way is encrypted, or does not leave this machine."""
        return self.is_encrypted or is_loopback(self.host)

    @property
    def words(self) -> str:
        """The address as text, such as `redis://desk.example:6379`, with user and database where they differ."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.user}@" if self.user else ""
        database = f"/{self.database}" if self.database else ""
        return f"{self.scheme}://{user}{host}:{self.port}{database}"


def desk_address(text: str) -> DeskAddress:
    """The address that a text is.

    Raises:
        PasswordInAddressError: it has a password in it.
        AddressError: it is none.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        if _WITH_PASSWORD.match(text) or "password=" in text:
            raise PasswordInAddressError(PASSWORD_ADVICE)
        raise AddressError("it is no address such as redis://desk.example:6379 or rediss://name@desk.example:6380/0")
    port = int(found["port"] or USUAL_PORT)
    if not 0 < port < 65_536:
        raise AddressError(f"there is no port {port}")
    return DeskAddress(
        scheme=found["scheme"],
        host=found["host"].strip("[]"),
        port=port,
        database=int(found["database"] or 0),
        user=found["user"] or "",
    )
