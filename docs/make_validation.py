"""Write docs/validation.md: our tables of 7 September 2023 beside S3 Partners', and where each difference comes from.

    python -m docs.make_validation --data ../shared/market

Every figure on the page is computed by this command from the folder, but for S3's own, which are quoted from its
`golden/` tables. The same folder gives the same page, to the letter.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from docs._validation_against_s3 import YTD, august, banks, decomposition, positions, story, tables, universe
from docs._validation_evidence import (
    Evidence,
    Lines,
    evidence_of,
)
from docs._validation_of_rules import identity, largest, share_counts, splits, suspects, tier_basis


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.make_validation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the reference market")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("validation.md"), metavar="FILE")
    options = parser.parse_args(arguments)
    options.output.write_text(page(evidence_of(options.data)), encoding="utf-8")
    print(f"wrote {options.output}", file=sys.stderr)


def page(evidence: Evidence) -> str:
    """The whole page."""
    sections: Iterable[Callable[[Evidence], Lines]] = (
        introduction,
        tables,
        decomposition,
        universe,
        positions,
        tier_basis,
        share_counts,
        splits,
        august,
        story,
        banks,
        largest,
        suspects,
        identity,
    )
    return "\n".join(line for section in sections for line in section(evidence)).rstrip() + "\n"


def introduction(evidence: Evidence) -> Lines:
    """What this is and how to make it again."""
    market = evidence.market
    source = evidence.published[YTD]["All U.S."].source
    return [
        "# Validation: 7 September 2023 against S3 Partners",
        "",
        "Written by `python -m docs.make_validation --data FOLDER`; do not edit it by hand.",
        f"Prices to {market.last_session}, settlements to {market.settlements[-1]}, {len(market.symbols):,} priced"
        f" symbols, {len(market.sessions)} sessions from {market.sessions[0]}.",
        f'S3\'s figures are quoted from "Small Caps Make The Best Shorts", 7 September 2023: <{source}>.',
        "S3 has its own daily positions, universe and cut-offs, so equality is not expected, and nothing is tuned"
        " to it.",
        "Dollars are billions unless said. Unless said, positions are `linear` and `revised`, stocks are common and"
        " ADRs.",
        "",
    ]


if __name__ == "__main__":
    main()
