"""Write docs/validation.md: our figures beside those S3 Partners published, and where each difference comes from.

    python -m docs.make_validation --data ../shared/market

Every figure on the page is computed by this command from the folder, but for S3's own, which are quoted from its
`golden/` tables. The same folder gives the same page, to the letter.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from docs._validation_banks import banks
from docs._validation_evidence import ARTICLE, DAY, Evidence, Lines, evidence_of, millions
from docs._validation_flows import flows
from docs._validation_identities import identities
from docs._validation_lists import largest_shorts, squeezable, story
from docs._validation_of_rules import identity, largest, share_counts, splits, suspects, tier_basis
from docs._validation_second_opinion import second_opinion
from docs._validation_sectors import months, sectors
from docs._validation_tables import YTD, days, positions, size_and_return, tables
from docs._validation_universe import universe


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
        size_and_return,
        days,
        universe,
        identities,
        months,
        sectors,
        largest_shorts,
        squeezable,
        story,
        flows,
        banks,
        unheld,
        second_opinion,
        positions,
        tier_basis,
        share_counts,
        splits,
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
        "# Validation: our figures beside S3 Partners'",
        "",
        "You want to know whether the figures are right: here they stand beside those that others printed.",
        "",
        "Written by `python -m docs.make_validation --data FOLDER`; do not edit it by hand.",
        f"Prices to {DAY}, settlements to {market.settlements[-1]}, {len(market.symbols):,} priced"
        f" symbols, {len(market.sessions)} sessions from {market.sessions[0]}; for figures of 2022 the same from"
        f" {evidence.listings.sessions[0]} on.",
        f'S3\'s tables are quoted from "Small Caps Make The Best Shorts", {ARTICLE:%-d %B %Y}: <{source}>.',
        *sources(evidence),
        "S3 has its own daily positions, universe and cut-offs, so equality is not expected, and nothing is tuned"
        " to it.",
        "Dollars are billions unless said. Unless said, positions are `linear` and as known at the close of the day,"
        " stocks are common and ADRs; `revised` is with hindsight.",
        "",
    ]


def sources(evidence: Evidence) -> Lines:
    """Where S3's other figures were printed."""
    rows = [*evidence.golden("s3_statements_more.csv"), *evidence.golden("si_change_identities.csv")]
    names = sorted({row["source"] for row in rows if row["source"]})
    return [f"Its other figures are from its pages and the press: {'; '.join(names)}."]


def unheld(evidence: Evidence) -> Lines:
    """What of S3's figures nothing here can be held against, and why."""
    low, high = one_average(evidence.golden("financing_examples.csv")[0])
    return [
        "## Not held against anything",
        "",
        "S3's identity of 2020 lies before the folder's first day. Its two examples of financing (Peloton, Canopy)"
        " print no window and need fees that the folder lacks. Their sums can be checked: Peloton's P&L before and"
        f" after financing, over its two percentages, is one average of {millions(low)} to {millions(high)} mm, as the"
        " formulas of docs/method.md have it.",
        "",
    ]


def one_average(row: dict[str, str]) -> tuple[float, float]:
    """USD between which the average lies that P&L before and after financing rest on; printed millions are rounded."""
    pairs = (("mtm_pl_usd_mm", "mtm_pl_pct"), ("net_usd_mm", "net_pl_pct"))
    bounds = [
        sorted((abs(float(row[dollars])) + half) * 1e8 / abs(float(row[percent])) for half in (-0.5, 0.5))
        for dollars, percent in pairs
    ]
    return max(low for low, _ in bounds), min(high for _, high in bounds)


if __name__ == "__main__":
    main()
