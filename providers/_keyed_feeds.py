"""The feeds that the user's keys open: Alpaca's, Massive's and ORTEX's, beside those of the key-less set.

The first feed of a provider has its name, so that what the backfill asks of it is counted there; the others have names
of their own. All of a provider are switched off together.
"""

from __future__ import annotations

from collections.abc import Collection

from providers import alpaca, ortex
from providers.alpaca import alpaca_feeds
from providers.feeds.feed import Feed
from providers.feeds.setting import Setting
from providers.keyed.keys import Keys
from providers.massive import massive
from providers.massive.feeds import massive_feeds
from providers.ortex import ortex_feed


def keyed_feeds(setting: Setting, keys: Keys, present: Collection[str], credits_a_day: float) -> list[Feed]:
    """The feeds of the keyed providers that are switched on. Blocks while the archive is looked through.

    Args:
        setting: as for `public_feeds`.
        keys: where the keys are; each is looked up anew for every question, and kept nowhere.
        present: the providers whose keys are there.
        credits_a_day: what ORTEX may cost a day.
    """
    wanted = [name for name in present if name not in setting.disabled]
    feeds: list[Feed] = []
    if alpaca.CARD.name in wanted:
        feeds += alpaca_feeds(setting, keys)
    if massive.CARD.name in wanted:
        feeds += massive_feeds(setting, keys)
    if ortex.CARD.name in wanted:
        feeds.append(ortex_feed(setting, keys, credits_a_day))
    return feeds
