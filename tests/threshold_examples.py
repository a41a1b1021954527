"""Threshold lists in the formats of their publishers."""

from datetime import date

HEADERS = {
    "nasdaq": "Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 3210|Filler",
    "nyse": "Symbol|Security Name|Market Category|Reg SHO Threshold Flag||",
}


def list_of(session: date, *symbols: str, market: str = "Q", header: str = "nasdaq", hour: str = "230007") -> bytes:
    """A list of a session; a symbol that ends with a minus is on it without the flag."""
    rows = [
        f"{symbol.rstrip('-')}|{symbol.rstrip('-')} INC COM|{market}|{'N' if symbol.endswith('-') else 'Y'}|N|"
        for symbol in symbols
    ]
    return "\r\n".join([HEADERS[header], *rows, f"{session:%Y%m%d}{hour}", ""]).encode()


def record(symbol: str, session: date, **others: str | None) -> dict[str, str | None]:
    """One row of FINRA's API."""
    return {
        "tradeDate": f"{session}",
        "issueSymbolIdentifier": symbol,
        "issueName": f"{symbol} Company",
        "marketClassCode": "OTC",
        "marketCategoryDescription": "Other OTC",
        "thresholdListFlag": "R",
        "regShoThresholdFlag": "Y",
        "rule4320Flag": "N",
        **others,
    }
