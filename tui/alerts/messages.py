"""What an alert hands to a command, an address or a package: its text, its names, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from providers.catalog import KeyName
from shortside.words.plain_text import printable
from tui.alerts.watch import Ring

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
        "when": ring.alert.rule.when,
        "symbols": [printable(key) for key in ring.keys],
        "total": ring.total,
        "at": ring.at.isoformat(timespec="seconds"),
        "source": source,
    }


def environment_of(ring: Ring, source: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: that of the program without its keys, and what the alert says."""
    keys = {name.value for name in KeyName}
    return {
        **{name: value for name, value in environment.items() if name not in keys},
        f"{PREFIX}TEXT": message_text(ring),
        f"{PREFIX}NAME": printable(ring.alert.rule.name),
        f"{PREFIX}SYMBOLS": ",".join(printable(key) for key in ring.keys),
        f"{PREFIX}TOTAL": str(ring.total),
        f"{PREFIX}AT": ring.at.isoformat(timespec="seconds"),
        f"{PREFIX}SOURCE": source,
    }
