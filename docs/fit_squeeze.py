"""Fit the probability of a squeeze, write its coefficients and docs/evidence.md with its record.

    python -m docs.fit_squeeze --data ../shared/market

It takes some minutes. The record is walk forward: each evening is predicted from those whose outcomes were public by
then, fit and recalibration alike. The coefficients of every evening are shipped, with the day from which they could be
known; those of the present are fitted on all evenings. Needs the extra `dev`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from docs._evidence_page import page
from docs._nowcast_trial import flow_of_folder, nowcast_trial
from docs._squeeze_fit import FULL, VOLATILITY_ALONE, Rows, Walk, rows_of, since, vintages_of, walked
from providers.files.source import KeptFolder
from shortside.evidence.evenings import LEAD, Evening, evenings_of
from shortside.evidence.ranking import Ranking, calibration, ranking_of, within_deciles
from shortside.evidence.squeeze_chances import COEFFICIENTS_FILE
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS
from shortside.listings import Flags, Floats, Listings
from shortside.market import market_of

VERSION = "shortside-squeeze/3"
"""The first was a score of 0 to 100 without a record; the second had coefficients of one day alone."""
RECORD_FROM = date(2022, 12, 1)
"""Evenings from here on make up the record: before them there was little to learn from."""
SHIPPED = Path(__file__).parents[1] / "shortside" / "evidence" / COEFFICIENTS_FILE


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, and write both files."""
    parser = argparse.ArgumentParser(prog="python -m docs.fit_squeeze", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="the reference market")
    parser.add_argument("--output", type=Path, default=SHIPPED, metavar="FILE", help="the file of coefficients")
    parser.add_argument("--page", type=Path, default=Path(__file__).with_name("evidence.md"), metavar="FILE")
    options = parser.parse_args(arguments)
    kept = KeptFolder(options.data)
    whole = kept.read_listings()
    found = fitted(evenings_in(kept, whole))
    flow = flow_of_folder(options.data, whole.sessions, whole.symbols)
    found["between_settlements"] = _rounded(nowcast_trial(whole, flow))
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    options.page.write_text(page(found), encoding="utf-8")
    print(f"wrote {options.output} and {options.page}", file=sys.stderr)


def evenings_in(kept: KeptFolder, whole: Listings) -> list[Evening]:
    """All evenings of a folder whose outcome it knows, each as it was known then."""

    def known_on(day: date) -> Listings:
        return kept.read_listings(knowledge=day, since=day - LEAD, until=day)

    return list(evenings_of(known_on, whole, market_of(whole)))


def fitted(evenings: Sequence[Evening]) -> dict[str, Any]:
    """What is shipped: both models, what they were fitted on, and their record."""
    rows = rows_of(evenings)
    (walk, models), (alone, models_alone) = (walked(evenings, rows, one) for one in (FULL, VOLATILITY_ALONE))
    return {
        "version": VERSION,
        "fitted_on": {
            "first": evenings[0].day.isoformat(),
            "last": evenings[-1].day.isoformat(),
            "evenings": len(evenings),
            "rows": int(np.isfinite(rows.squeezed).sum()),
            "squeezes": int(np.nansum(rows.squeezed)),
        },
        "record": _rounded(walk_forward_record(evenings, rows, walk, alone)),
        "vintages": [_rounded(one.as_record()) for one in vintages_of(evenings, rows, models, models_alone)],
    }


def walk_forward_record(evenings: Sequence[Evening], rows: Rows, walk: Walk, alone: Walk) -> dict[str, Any]:
    """The tables of the record, of the evenings since `RECORD_FROM`."""
    late = since(evenings, rows, RECORD_FROM)
    keys = [factor.key for factor in SQUEEZE_FACTORS]
    factors = np.concatenate([one.inputs.values for one in evenings], axis=1)
    own = np.concatenate([one.outcomes.own_squeeze for one in evenings])
    scores = {
        "probability": walk.probability,
        "by_volatility": alone.probability,
        "squeeze": np.concatenate([one.squeeze_score for one in evenings]),
        "crowding": np.concatenate([one.crowding for one in evenings]),
        **{key: factors[keys.index(key)] for key in ("short_outstanding", "days_to_cover", "volatility")},
    }
    said = _among(walk.probability, late)
    ratio, volatility = scores["short_outstanding"], scores["volatility"]
    return {
        "first": min(one.day for one in evenings if one.day >= RECORD_FROM).isoformat(),
        "last": evenings[-1].day.isoformat(),
        "rankings": {key: _ranking(ranking_of(_among(score, late), rows.squeezed)) for key, score in scores.items()},
        "own_rankings": {key: _ranking(ranking_of(_among(score, late), own)) for key, score in scores.items()},
        "calibration": [
            {
                "low": one.low,
                "high": one.high,
                "rows": one.rows,
                "said": one.said,
                "came": one.came,
                "came_low": one.came_low,
                "came_high": one.came_high,
                "holds": one.holds,
            }
            for one in calibration(said, rows.squeezed)
        ],
        "short_interest_fifths": within_deciles(ratio, rows.squeezed, volatility)[0].tolist(),
        "own_short_interest_fifths": within_deciles(ratio, own, volatility)[0].tolist(),
    }


def _among(score: Floats, chosen: Flags) -> Floats:
    return np.where(chosen, score, np.nan)


def _ranking(one: Ranking) -> dict[str, float]:
    return {name: getattr(one, name) for name in one.__slots__}


def _rounded(value: Any) -> Any:
    """Numbers to nine digits, as many as a refit on another machine gives again."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
