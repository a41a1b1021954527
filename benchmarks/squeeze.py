"""How long the probabilities of a squeeze take: factors made ready already, ranked, weighed and recalibrated.

    python -m benchmarks.squeeze --names 20000 --repeats 50

All names count as measured; of the real market's some three thousand are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks._timing import print_table, timed


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.squeeze", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args(arguments)
    from shortside.evidence.normal_scores import normal_scores
    from shortside.evidence.squeeze_chances import chances_of
    from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS, SqueezeInputs
    from shortside.evidence.squeeze_vintages import shipped_vintages

    values = np.exp(np.random.default_rng(1).normal(size=(len(SQUEEZE_FACTORS), options.names)))
    everyone = np.ones(options.names, bool)
    inputs = SqueezeInputs(values=values, is_measured=everyone, market_volatility=0.025)
    newest = shipped_vintages()[-1]
    whole = timed(lambda: chances_of(inputs, newest.model, newest.volatility_alone), options.repeats)
    ranked = timed(lambda: [normal_scores(row, everyone) for row in values], options.repeats)
    rows = [
        (name, f"{one.median:.2f}", f"{one.least:.2f}", f"{one.processor:.2f}")
        for name, one in (("normal scores of all factors", ranked), ("probabilities, with them", whole))
    ]
    print(f"{options.names:,} names, {len(SQUEEZE_FACTORS)} factors\n")
    print_table(("", "median ms", "least ms", "processor ms"), rows)


if __name__ == "__main__":
    main()
