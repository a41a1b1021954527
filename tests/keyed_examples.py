"""Answers of services with keys, for the tests of each."""

from datetime import UTC, date, datetime

from providers.keyed.keys import Keys

AFTER_CLOSE = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)

VALUE = "pk_very_private_0123456789"

KEYS = Keys(
    dict.fromkeys(
        ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY", "SHORTSIDE_ORTEX_KEY"),
        VALUE,
    )
)

SINCE, UNTIL = date(2023, 9, 5), date(2023, 9, 7)

DAY = date(2023, 9, 6)
