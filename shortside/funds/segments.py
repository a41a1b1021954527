"""The one list of segments of exchange-traded funds: which part of the market each fund is bought for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OTHER: Final = "other"
"""The segment of a fund that the list does not know."""
_FUNDS: Final = (
    ("large caps", "SPY IVV VOO SPLG DIA IWB VV VTV VUG IVW IVE IWF IWD OEF RSP"),
    ("mid caps", "MDY IJH IWR VO"),
    ("small caps", "IWM IJR VB VTWO SCHA SPSM IWN IWO IWC"),
    ("whole market", "VTI ITOT IWV SCHB"),
    ("Nasdaq 100", "QQQ QQQM"),
    ("dividends", "SCHD VYM VIG DVY SDY HDV"),
    ("innovation", "ARKK ARKG ARKW"),
    (
        "sectors",
        "XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY KRE KBE XRT XBI XHB XME XOP SMH SOXX IBB IYR IYT ITB VNQ VGT VDE",
    ),
    ("developed markets", "EFA IEFA VEA EWJ EZU VGK"),
    ("emerging markets", "EEM IEMG VWO EWZ EWY EWT FXI KWEB MCHI INDA"),
    ("government bonds", "TLT IEF SHY BIL GOVT SHV SGOV TIP"),
    ("corporate bonds", "LQD HYG JNK VCIT VCSH SJNK"),
    ("bonds", "AGG BND MUB EMB MBB"),
    ("gold", "GLD IAU GLDM"),
    ("silver", "SLV SIVR"),
    ("oil", "USO BNO"),
)
FUND_SEGMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {symbol: segment for segment, symbols in _FUNDS for symbol in symbols.split()}
)
"""The segment of each fund the list knows."""
SEGMENTS: Final = (*(segment for segment, _ in _FUNDS), OTHER)
"""The segments in the order in which they are shown."""


def segment_of(symbol: str, own: Mapping[str, str]) -> str:
    """The segment of a fund: what its source says of it, else the list's, else `other`."""
    return own.get(symbol) or FUND_SEGMENTS.get(symbol, OTHER)


def in_segment_order(segments: set[str]) -> list[str]:
    """Segments as they are shown: those of the list in its order, then any other by name."""
    return sorted(segments, key=lambda name: (SEGMENTS.index(name) if name in SEGMENTS else len(SEGMENTS), name))
