"""Which columns a vintage of each dataset has at least, and what kind of values stands under each name.

What a file says of itself may be sound and its columns somebody else's. Arithmetic further on asks no more, so a file
of other columns is found out where the archive lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
from pyarrow import types

from shortside.datasets import Dataset

NEEDED_COLUMNS: Final[Mapping[Dataset, frozenset[str]]] = {
    Dataset.SHORT_INTEREST: frozenset({"symbol", "short_interest"}),
    Dataset.PRICES: frozenset({"symbol", "close"}),
    Dataset.REFERENCE: frozenset({"symbol", "name", "exchange"}),
    Dataset.SPLITS: frozenset({"symbol", "ex_date", "simple_ratio"}),
    Dataset.BORROW: frozenset({"symbol"}),
    Dataset.FAILS: frozenset({"settlement_date", "symbol", "fails"}),
    Dataset.SHORT_VOLUME: frozenset({"date", "symbol", "short_volume", "total_volume"}),
    Dataset.INDEX_MEMBERS: frozenset({"fund", "symbol"}),
    Dataset.THRESHOLD: frozenset({"symbol"}),
}
"""What every source of a dataset gives; a source may give more."""
TEXT_COLUMNS: Final = frozenset({
    "symbol", "issue_name", "market_class", "exchange", "name", "country", "sector", "industry", "status", "cusip",
    "description", "market_category", "financial_status", "tape_symbol", "nasdaq_symbol", "figi", "market", "fund",
    "ticker",
})  # fmt: skip
DAY_COLUMNS: Final = frozenset({
    "settlement_date", "date", "valid_from", "ex_date", "shares_corrected_on", "start_date",
    "end_date",
})  # fmt: skip
NUMBER_COLUMNS: Final = frozenset({
    "short_interest", "prev_short_interest", "avg_daily_volume", "split_flag", "revision_flag", "close", "volume",
    "shares_out", "netchange", "net_change", "simple_ratio", "shares_before", "shares_after", "fee", "available",
    "is_capped", "public_float", "nav", "shares_outstanding", "price", "previous_close", "quoted_at", "is_tradable",
    "is_marginable", "is_shortable", "is_easy_to_borrow", "fails", "short_volume", "short_exempt_volume",
    "total_volume", "is_fund", "is_test", "market_cap", "rebate", "weight_ratio", "shares", "short_float_ratio",
    "new_fee", "is_threshold", "is_rule_4320", "cik", "quantity_fails",
})  # fmt: skip
"""Numbers, counts and flags."""


def column_fault(dataset: Dataset, schema: pa.Schema, rows: int) -> str:
    """Why a file's columns are none of a dataset's, in words; empty where they may be.

    Args:
        dataset: of which the file says it is.
        schema: the names and types of its columns.
        rows: how many there are; without any, a column need not say of what type it is.
    """
    needed = NEEDED_COLUMNS.get(dataset, frozenset())
    if lacking := sorted(needed - set(schema.names)):
        return f"it has no column {lacking[0]}"
    for field in schema:
        # A column in which nothing is known has no type.
        is_unknown = types.is_null(field.type) and (rows == 0 or field.name not in needed)
        if not is_unknown and not _fits(field.name, field.type):
            return f"its column {field.name} holds {str(field.type)[:40]}"
    return ""


def _fits(name: str, kind: pa.DataType) -> bool:
    if name in TEXT_COLUMNS:
        inner = kind.value_type if types.is_dictionary(kind) else kind
        return bool(types.is_string(inner) or types.is_large_string(inner))
    if name in DAY_COLUMNS:
        return bool(types.is_timestamp(kind) or types.is_date(kind))
    if name in NUMBER_COLUMNS:
        return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))
    # Of another version; what nobody reads need not be judged.
    return True
