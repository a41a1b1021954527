"""Which files of a folder hold what: the layout the `files` source reads.

- `prices.parquet`, `prices.csv` or `prices.csv.gz`: closes, volumes, share counts; one of them must be there
- `short_interest.parquet`: FINRA's short interest, tidy
- `shrtYYYYMMDD.csv[.gz]`, here or in `raw/`: FINRA's own files, which win for their settlement date
- `reference.parquet`, `splits.csv`, `wsj_float.parquet`: optional
- `borrow/ibkr_usa_YYYYMMDD_HHMM.txt[.gz]`: optional

What it holds of funds is read by `providers/files/funds.py`, and only when asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from providers.errors import MalformedError, NoDataError, RefusedError

RAW_NAME: Final = re.compile(r"shrt(\d{8})\.csv(\.gz)?")
BORROW_NAME: Final = re.compile(r"ibkr_usa_(\d{8})_(\d{4})\.txt(\.gz)?")
PRICE_NAMES: Final = ("prices.parquet", "prices.csv", "prices.csv.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFolder:
    """The files found; None or empty where there is none of a kind."""

    directory: Path
    prices: Path
    short_interest: Path | None
    raw_short_interest: dict[date, Path]
    """FINRA's own files by the settlement date in their names."""
    reference: Path | None
    splits: Path | None
    float_shares: Path | None
    borrow: tuple[Path, ...]
    """Looks at the stock loan desk, oldest first."""

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that has a say in the result."""
        single = (self.prices, self.short_interest, self.reference, self.splits, self.float_shares)
        return (*(path for path in single if path), *self.raw_short_interest.values(), *self.borrow)

    def fingerprint(self) -> list[tuple[str, int, int]]:
        """Name, size and modification time (ns) of every input: changed when any of them has."""
        states = ((path, path.stat()) for path in self.inputs)
        return [(str(path.relative_to(self.directory)), state.st_size, state.st_mtime_ns) for path, state in states]

    def written_at(self) -> str:
        """When the newest input was written, ISO 8601 in UTC."""
        newest = max(path.stat().st_mtime for path in self.inputs)
        return datetime.fromtimestamp(newest, UTC).isoformat(timespec="seconds")


def market_folder(directory: Path) -> MarketFolder:
    """The files of a folder by their names.

    Raises:
        NoDataError: there is no such folder, or it holds no prices or no short interest.
        RefusedError: the folder may not be read, or has a name by which Parquet files cannot be opened.
        MalformedError: a file's name holds a date that is none.
    """
    names = _names(directory)
    prices = next((directory / name for name in PRICE_NAMES if name in names), None)
    raw = _raw_files(directory)
    if prices is None:
        raise NoDataError(f"{directory} holds no prices; put one of {', '.join(PRICE_NAMES)} there")
    if "short_interest.parquet" not in names and not raw:
        raise NoDataError(
            f"{directory} holds no short interest; put short_interest.parquet or FINRA's shrtYYYYMMDD.csv files there"
        )
    return MarketFolder(
        directory=directory,
        prices=prices,
        short_interest=_path_if_there(directory, names, "short_interest.parquet"),
        raw_short_interest=raw,
        reference=_path_if_there(directory, names, "reference.parquet"),
        splits=_path_if_there(directory, names, "splits.csv"),
        float_shares=_path_if_there(directory, names, "wsj_float.parquet"),
        borrow=tuple(path for path in files_of(directory / "borrow") if BORROW_NAME.fullmatch(path.name)),
    )


def _names(directory: Path) -> frozenset[str]:
    if not _is_folder(directory):
        raise NoDataError(f"there is no folder {directory}")
    names = frozenset(path.name for path in files_of(directory))
    if any(name.endswith(".parquet") for name in names) and not _is_spelt_in_unicode(directory):
        raise RefusedError(f"{directory} has a name that is no UTF-8, by which no Parquet file can be opened")
    if not names and not files_of(directory / "raw"):
        raise NoDataError(f"the folder {directory} is empty; prices and short interest are needed")
    return names


def files_of(directory: Path) -> list[Path]:
    """The files of a folder in the order of their names; none where there is no such folder.

    Raises:
        RefusedError: the folder may not be read.
    """
    if not _is_folder(directory):
        return []
    try:
        return sorted(path for path in directory.iterdir() if path.is_file())
    except PermissionError as error:
        raise RefusedError(f"the folder {directory} may not be read") from error


def _is_spelt_in_unicode(directory: Path) -> bool:
    try:
        str(directory).encode()
    except UnicodeEncodeError:  # Python keeps bytes of a name that are no text as halves of signs.
        return False
    return True


def _is_folder(directory: Path) -> bool:
    """Whether there is such a folder; none has a name longer than names may be.

    Raises:
        RefusedError: a folder above it may not be entered, so that nobody can say.
    """
    try:
        return directory.is_dir()
    except PermissionError as error:
        raise RefusedError(f"the folder {directory} may not be looked for") from error
    except OSError:
        return False


def _path_if_there(directory: Path, names: frozenset[str], name: str) -> Path | None:
    return directory / name if name in names else None


def _raw_files(directory: Path) -> dict[date, Path]:
    """FINRA's own files; one beside the others wins over one in raw/, plain over compressed."""
    found: dict[date, Path] = {}
    for path in [*files_of(directory / "raw"), *files_of(directory)]:
        name = RAW_NAME.fullmatch(path.name)
        if name is None:
            continue
        try:
            settlement_date = datetime.strptime(name[1], "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError as error:
            raise MalformedError(f"{name[1]} in the name is not a day written YYYYMMDD", where=path.name) from error
        current = found.get(settlement_date)
        if current is None or path.parent != current.parent or path.suffix != ".gz":
            found[settlement_date] = path
    return dict(sorted(found.items()))
