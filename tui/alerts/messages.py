"""What an alert hands to a command, an address or a package: its text, its names, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from providers.catalog import KeyName
from providers.redaction import holds_password
from shortside.words.plain_text import printable
from tui.alerts.watch import Ring
from tui.page.tokens import TOKEN_VARIABLE

PREFIX: Final = "SHORTSIDE_ALERT_"
LONGEST_TEXT: Final = 500


def message_text(ring: Ring) -> str:
    """The message on one line, cleaned of what steers a terminal."""
    return " ".join(printable(ring.text).split())[:LONGEST_TEXT]


def payload(ring: Ring, source: str) -> dict[str, Any]:
    """What an address is sent, as JSON. `text` and `content` are the words, as chat services want them."""
    return {
        "text": message_text(ring),
        "content": message_text(ring),
        "alert": ring.alert.rule.name,
        "when": printable(ring.alert.rule.when),
        "symbols": [printable(key) for key in ring.keys],
        "total": ring.total,
        "at": ring.at.isoformat(timespec="seconds"),
        "source": source,
    }


def environment_of(
    ring: Ring, source: str, environment: Mapping[str, str], hidden: Collection[str] = ()
) -> dict[str, str]:
    """The environment of a command: that of the program without its secrets, and what the alert says.

    Args:
        ring: the alert.
        source: of which source the figures are.
        environment: that of the program.
        hidden: variables that hold addresses and headers of any rule. Keys, the token of a page and addresses with a
            password, as of a proxy, are left out besides.
    """
    secret = {*(name.value for name in KeyName), TOKEN_VARIABLE, *ring.alert.ways.variables, *hidden}
    return {
        **{name: value for name, value in environment.items() if name not in secret and not holds_password(value)},
        f"{PREFIX}TEXT": message_text(ring),
        f"{PREFIX}NAME": printable(ring.alert.rule.name),
        f"{PREFIX}SYMBOLS": ",".join(printable(key) for key in ring.keys),
        f"{PREFIX}TOTAL": str(ring.total),
        f"{PREFIX}AT": ring.at.isoformat(timespec="seconds"),
        f"{PREFIX}SOURCE": source,
    }
