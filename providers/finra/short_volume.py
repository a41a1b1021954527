"""FINRA's daily short sale volume: off-exchange trades only, so neither short interest nor the whole tape.

https://www.finra.org/finra-data/browse-catalog/short-sale-volume-data/daily-short-sale-volume-files
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from providers.catalog import CDN_FINRA, FINRA_SHORT_VOLUME
from providers.errors import MalformedError, NoDataError
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, even_lines, leave_out
from providers.parsing.pipes import ascends, counts_from_zero, piped_table, text_of
from providers.parsing.snapshots import snapshot_by
from shortside.column_cells import Cells
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK, is_session, new_york_date, previous_session

POSTED_BY: Final = time(18)
"""New York time by which a session's file is up."""
FINAL_AFTER: Final = timedelta(days=3)
"""How long corrections still appear; later the file is never asked for again."""
FEWEST_ROWS: Final = 3_000
"""A consolidated file with fewer is no session's: 2018 had over 8,000."""
HEADER: Final = b"Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"


def _volume(name: str) -> Column:
    return Column(name=name, kind=ColumnKind.MONEY, unit="shares", minimum=0)


SHORT_VOLUME: Final = FrameSchema(
    Dataset.SHORT_VOLUME,
    (
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT),
        _volume("short_volume"),
        _volume("short_exempt_volume"),
        _volume("total_volume"),
        Column(name="market", kind=ColumnKind.TEXT, is_nullable=True),
    ),
    key=("symbol", "date"),
)
"""Off-exchange volume a name and session; shares, and fractions of them since 2025; short includes exempt."""

_NAMES: Final = tuple(column.name for column in SHORT_VOLUME.columns)
_THEIRS: Final = dict(zip(HEADER.decode().split("|"), _NAMES, strict=True))
_VOLUMES: Final = ("ShortVolume", "ShortExemptVolume", "TotalVolume")
TYPES: Final = {
    "Date": pa.string(),
    "Symbol": pa.string(),
    **dict.fromkeys(_VOLUMES, pa.float64()),
    "Market": pa.string(),
}
"""What the columns of a file are read as."""
_IS_CAPITAL: Final = np.isin(np.arange(256), np.arange(ord("A"), ord("Z") + 1))
"""Of each byte. A small p after a capital is a preferred on the tape; `r` and `w` are rights and when-issued."""


class FinraShortVolume:
    """Fetches one session's file at a time."""

    def __init__(self, clients: Clients, *, fewest_rows: int = FEWEST_ROWS) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its host is found.
            fewest_rows: how many rows a session has at least.
        """
        self._clients = clients
        self._fewest_rows = fewest_rows

    async def fetch_session(self, session: date, *, anew: bool = False) -> Fetched:
        """The file of a session, by our spelling of symbols.

        Args:
            session: the day; New York must trade on it.
            anew: ask even for what was kept before.

        Raises:
            NoDataError: New York does not trade on that day; nothing was asked.
            PendingError: it is not posted yet; also what a file that has aged out of the last eight years looks like.
            MalformedError: it is cut off, garbled, or of another day.
            ProviderError: as `Client.get`.
        """
        if not is_session(session):
            raise NoDataError(f"there is no short volume of {session}: New York does not trade on that {session:%A}")
        name = f"CNMSshvol{session:%Y%m%d}.txt"
        answer = await self._clients.of(CDN_FINRA, FINRA_SHORT_VOLUME.name).get(
            f"/equity/regsho/daily/{name}",
            lambda body: parse_session(body, name, session, self._fewest_rows),
            form=Form.TEXT,
            is_expected=True,
            is_conditional=not anew,
        )
        posted_at = datetime.combine(session, POSTED_BY, NEW_YORK)
        receipt = answer.receipt.final(answer.fetched_at - posted_at >= FINAL_AFTER)
        if answer.content is None:
            return Fetched(snapshot=None, receipts=(receipt,))
        snapshot = snapshot_by(
            FINRA_SHORT_VOLUME,
            Dataset.SHORT_VOLUME,
            answer.content,
            as_of=session,
            published_at=min(posted_at, answer.fetched_at),
            fetched_at=answer.fetched_at,
        )
        return Fetched(snapshot=snapshot, receipts=(receipt,))


@parser("FINRA short volume")
def parse_session(body: bytes, where: str, session: date, fewest_rows: int = FEWEST_ROWS) -> pd.DataFrame:
    """A file's rows as `SHORT_VOLUME` has them, in the file's order.

    Raises:
        NoDataError: the file is whole and holds no row.
        MalformedError: its last line does not count its rows, or a line makes no sense.
    """
    rows = _read_at_once(body.rstrip(), session, fewest_rows)
    return _read_with_care(body, where, session, fewest_rows) if rows is None else rows


def _read_at_once(body: bytes, session: date, fewest_rows: int) -> pd.DataFrame | None:
    """The rows of a file with nothing wrong in it; None for any other."""
    lines, _, trailer = body.rpartition(b"\n")
    if not lines.startswith(HEADER) or not trailer.isdigit():
        return None
    table = piped_table(lines, TYPES)
    if table is None or table.num_rows < max(fewest_rows, 1) or table.num_rows != int(trailer):
        return None
    if not pc.all(pc.equal(table["Date"], f"{session:%Y%m%d}"), min_count=0).as_py():
        return None
    symbols = _canonical(table["Symbol"])
    # What `SHORT_VOLUME` asks for, of columns and not of a frame: FINRA's files are in alphabetical order.
    if not (ascends(symbols) and all(counts_from_zero(table[name]) for name in _VOLUMES)):
        return None
    rows: dict[str, object] = {"date": np.full(len(symbols), np.datetime64(session, "s")), "symbol": text_of(symbols)}
    rows |= {_THEIRS[name]: table[name].to_numpy() for name in _VOLUMES}
    return pd.DataFrame({**rows, "market": text_of(table["Market"])}, copy=False)


def from_tape(symbols: pd.Series[str]) -> pd.Series[str]:
    """The tape's spelling of symbols in our own."""
    spelled: pd.Series[str] = _canonical(pa.chunked_array([pa.array(symbols, pa.string())])).to_pandas()
    return spelled


def to_tape(symbol: str) -> str:
    """Our spelling of a symbol in the tape's: `BRK.B` is `BRK/B` there, and `ABR^D` `ABRpD`."""
    return symbol.replace(".", "/").replace("^", "p")


def _canonical(symbols: pa.ChunkedArray) -> pa.Array:
    """Our spelling of the tape's: `BRK/B` becomes `BRK.B`, `ABRpD` becomes `ABR^D`; others stay as they are.

    A sign is put in the place of a sign, in all the texts at once: an expression for each costs ten times as much.
    """
    tapes = symbols.combine_chunks()
    _, ends, letters = tapes.buffers()
    text = np.frombuffer(letters, np.uint8)
    others = np.flatnonzero(~_IS_CAPITAL[text])
    if not len(others):
        return tapes
    ours = text.copy()
    ours[others[text[others] == ord("/")]] = ord(".")
    small = others[text[others] == ord("p")]
    begins = np.frombuffer(ends, np.int32)
    is_within = begins[np.searchsorted(begins, small)] != small
    small = small[is_within]
    ours[small[_IS_CAPITAL[text[small - 1]]]] = ord("^")
    return pa.Array.from_buffers(tapes.type, len(tapes), [None, ends, pa.py_buffer(ours)], offset=tapes.offset)


def _read_with_care(body: bytes, where: str, session: date, fewest_rows: int) -> pd.DataFrame:
    """The rows of a file, or a sentence on the first line that is not as it should be; ten times slower."""
    lines = body.split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines or lines[0].strip() != HEADER:
        raise MalformedError(f"begins with {body[:40].decode('latin-1')!r} instead of its header", where=where, line=1)
    count = len(lines) - 2
    _require_trailer(lines[-1].strip(), count, where)
    if count == 0:
        raise NoDataError(f"{where} holds no rows")
    if count < fewest_rows:
        raise MalformedError(f"has {count:,} rows, and a session at least {fewest_rows:,}", where=where)
    bars = HEADER.count(b"|")
    whole = even_lines(
        lines[1:-1], lambda line: line.count(b"|") == bars, where, f"does not have {bars + 1} cells separated by |"
    )
    columns = _of_day(_cells(b"\n".join(whole), where), session, where)
    days = np.full(len(columns["symbol"]), np.datetime64(session, "s"))
    symbols = text_of(_canonical(pa.chunked_array([pa.array(columns["symbol"], pa.string())])))
    ours = columns | {"date": days, "symbol": symbols}
    return enter(SHORT_VOLUME, ours, where, first_row=2, row_word="line")


def _require_trailer(trailer: bytes, count: int, where: str) -> None:
    if not trailer.isdigit():
        raise MalformedError("does not end with the number of its rows: it was cut off", where=where)
    if int(trailer) != count:
        raise MalformedError(f"has {count:,} rows and counts {int(trailer):,}", where=where)


def _cells(body: bytes, where: str) -> pd.DataFrame:
    numbers = {"short_volume": "float64", "short_exempt_volume": "float64", "total_volume": "float64"}
    for types in ({**dict.fromkeys(_NAMES, "object"), **numbers}, dict.fromkeys(_NAMES, "object")):
        try:
            # "NA" and "TRUE" are companies: nothing is guessed.
            return pd.read_csv(
                io.BytesIO(body),
                sep="|",
                header=None,
                names=list(_NAMES),
                dtype=types,
                keep_default_na=False,
                quoting=csv.QUOTE_NONE,
                encoding="latin-1",
                skip_blank_lines=False,
            )
        except ValueError:
            # Some volume is no number. Read all as text, and the schema finds the line.
            continue
    raise MalformedError("cannot be split into cells", where=where)


def _of_day(rows: pd.DataFrame, session: date, where: str) -> dict[str, Cells]:
    """The columns of a session; a few rows of another day are left out."""
    columns = {name: rows[name].to_numpy() for name in _NAMES}
    is_other = columns["date"] != f"{session:%Y%m%d}"
    if is_other.any():
        row = int(is_other.argmax())
        words = f"{columns['date'][row]!r} is not {session}"
        leave_out(int(is_other.sum()), len(rows), MalformedError(words, where=where, column="Date", line=row + 2))
    return {name: cells[~is_other] for name, cells in columns.items()}


def newest_posted(moment: datetime) -> date:
    """The newest session whose short volume should be posted at a moment."""
    today = new_york_date(moment)
    is_posted = is_session(today) and moment >= datetime.combine(today, POSTED_BY, NEW_YORK)
    return today if is_posted else previous_session(today)
