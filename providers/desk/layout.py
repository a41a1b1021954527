"""The keys a desk has on its server, what stands in each, and how much of it anybody reads.

shortside:lease            who polls: the fencing number and the member's name; goes by itself when not renewed
shortside:fence            the last fencing number that was given out
shortside:schema           the form all of this has
shortside:vintage:SHA256   a vintage's file, byte for byte; never changed
shortside:vintages         a stream: every vintage there is, announced
shortside:note:NAME        a small file between terminals, such as how the feeds are doing
shortside:quotes:SOURCE    a hash: the last price of each name
shortside:asks             a stream back to whoever polls: wishes, and what is looked at
shortside:news             a channel: prices a message a beat, notes, and that there are new vintages
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "shortside.desk/1"
PREFIX: Final = "shortside:"
LEASE: Final = PREFIX + "lease"
FENCE: Final = PREFIX + "fence"
DESK_SCHEMA: Final = PREFIX + "schema"
VINTAGE: Final = PREFIX + "vintage:"
VINTAGES: Final = PREFIX + "vintages"
NOTE: Final = PREFIX + "note:"
QUOTES: Final = PREFIX + "quotes:"
QUOTE_SOURCES: Final = PREFIX + "quote-sources"
ASKS: Final = PREFIX + "asks"
NEWS: Final = PREFIX + "news"

ENTRY_FIELD: Final = "v"
"""The one field of every entry of a stream."""
HEAD_FIELD: Final = "head"
"""The field of a hash of prices that says of which day they are; a symbol has no small letters like these."""

LARGEST_VINTAGE_BYTES: Final = 64 * 2**20
"""Of one vintage's file; the largest, a list of fails of half a month, has three million."""
MOST_VINTAGES: Final = 50_000
"""Announcements anybody reads; a market of fourteen months has some three thousand."""
LARGEST_ENTRY_BYTES: Final = 65_536
"""Of one entry of a stream; what somebody looks at has some two thousand."""
LARGEST_NEWS_BYTES: Final = 4 * 2**20
"""Of one message on the channel; last prices of twelve thousand names have four hundred thousand."""
LARGEST_NOTE_BYTES: Final = 4 * 2**20
MOST_QUOTES: Final = 50_000
"""Names with a last price, of one source."""
LARGEST_QUOTE_BYTES: Final = 512
"""Of one field of a hash of prices."""
MOST_QUOTE_SOURCES: Final = 32
MOST_ASKS: Final = 1_000
"""Wishes and notes of attention that wait; of more, the oldest go."""
