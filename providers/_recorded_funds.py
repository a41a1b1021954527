"""Makes what a recording holds of funds into frames again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pandas as pd

from shortside.fund_figures import FUND_CLOSES, FundData
from shortside.fund_flows import FUND_DAYS
from shortside.schema import SPLITS

_SCHEMAS: Final = {"days": FUND_DAYS, "closes": FUND_CLOSES, "splits": SPLITS}


def fund_data_of(record: dict[str, Any]) -> FundData:
    """The funds of a record.

    Raises:
        KeyError, TypeError, ValueError: it is no such record; a `SchemaError` is a ValueError.
    """
    tables = {
        name: schema.conform(pd.DataFrame(record[name], dtype=object), f"{name} of funds")
        for name, schema in _SCHEMAS.items()
    }
    return FundData(**tables, fetched_at=datetime.fromisoformat(record["fetched_at"]), source=str(record["source"]))
