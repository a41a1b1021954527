"""The datasets a market is made of, and how good a figure of one is."""

from __future__ import annotations

from enum import Enum, StrEnum


class Dataset(StrEnum):
    """The kinds of data the program knows; the value is the name in JSON, files and configuration."""

    SHORT_INTEREST = "short_interest"
    """Shares short per name and settlement date, twice a month."""
    PRICES = "prices"
    """Daily closes and volumes."""
    REFERENCE = "reference"
    """Which securities exist: symbols, names, kinds, exchanges, sectors."""
    SPLITS = "splits"
    """Split ratios with their ex-dates."""
    SHARES_OUTSTANDING = "shares_outstanding"
    """Share counts per name and day."""
    BORROW = "borrow"
    """Fee, rebate and availability of stock loan."""
    SHORT_VOLUME = "short_volume"
    """Daily off-exchange short sale volume; not short interest."""
    THRESHOLD = "threshold"
    """Securities that sellers fail to deliver for days on end: Regulation SHO's lists, a session each."""
    FAILS = "fails"
    """Fails to deliver, published in half-months."""
    FUND_FLOWS = "fund_flows"
    """Shares outstanding and net asset values of exchange-traded funds."""
    INDEX_MEMBERS = "index_members"
    """Which names an index holds."""
    QUOTES = "quotes"
    """Last prices during the session."""


class Quality(Enum):
    """How a provider's answer turned out."""

    OK = "ok"
    """Complete, as far as the source lets one check."""
    EMPTY = "empty"
    """The source answered that it has no rows."""
    PENDING = "pending"
    """Expected on this day, but not posted yet."""
    BLOCKED = "blocked"
    """A wall of HTML or a denial instead of data."""
    ERROR = "error"
    """The answer failed or made no sense."""
    PARTIAL = "partial"
    """Some rows are known to be missing."""
