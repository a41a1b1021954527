"""Writes docs/evidence.md from the file of coefficients and its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shortside.evidence.record import RECORDED_SCORES
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS


def page(found: Mapping[str, Any]) -> str:
    """The whole page."""
    record, fitted = found["record"], found["fitted_on"]
    ours, ratio = record["rankings"]["probability"], record["rankings"]["short_outstanding"]
    cover = record["rankings"]["days_to_cover"]
    best = max(ratio["average_precision"], cover["average_precision"])
    base, vintages = ours["base_rate"], found["vintages"]
    newest = vintages[-1]
    sections = [
        "# What the scores prove",
        "You want to know how far a score can be believed before you act on it.",
        "This page is written by `python -m docs.fit_squeeze --data FOLDER`. `shortside snapshot evidence` makes the "
        "record anew from your own history, out of sample as well.",
        "## The event",
        "A name **squeezes** if within 21 sessions after a publication of short interest some close stands more than "
        "25 % above that day's, and the shares short at the second publication after it are more than 10 % "
        "fewer. It is asked of names with more than 10 million dollars short, a price on that evening and 40 returns "
        "or more in the last 60 sessions. A second event asks for a close more than three of the name's own standard "
        "deviations (σ · √21) above, with the same covering.",
        "## The record, walk forward",
        f"Version `{found['version']}`, evenings from {record['first']} to {record['last']}: each is predicted from "
        f"those whose outcomes were public by then. {ours['rows']:,} rows, {ours['events']:,} squeezes, base rate "
        f"{base:.2%}.",
        _table(
            ("ranked by", "AUC", "average precision", "top 2 %", "top 10 %", "lowest 10 %"),
            (_ranking(words, record["rankings"][key]) for key, words in RECORDED_SCORES),
        ),
        f"The probability has {ours['average_precision'] / best:.2f} × the average precision of the best plain ratio "
        f"of short interest, and squeezes are {ours['top_2'] / base:.1f} × as frequent among its highest 2 % as among "
        "all.",
        "## Out of sample, on your own history too",
        f"The coefficients of {len(vintages)} days are shipped, the first fitted on {vintages[0]['evenings']} evenings "
        f"to {vintages[0]['last']} and known from {vintages[0]['known_from']}, the newest on {newest['evenings']} to "
        f"{newest['last']} and known from {newest['known_from']}. A day in the past (`--as-of`) and every evening of "
        "`shortside snapshot evidence` is judged by the newest that could be known on it, so that none of them was "
        f"fitted on what it is asked of. Before {vintages[0]['known_from']} there is no probability, and it is said "
        "so. After the newest it stays: what is later than that proves the most.",
        "## What came of what was said",
        _table(
            ("said", "rows", "said on average", "came", "95 % of that", "holds"),
            (_bucket(one) for one in record["calibration"]),
        ),
        "It holds where what was said lies in the interval of what came, or within 15 % of it. The interval takes rows "
        "for independent, which names of one evening are not: it is too narrow rather than too wide.",
        "## Mostly a volatile name",
        "A quarter up in a month is mostly a volatile name, and volatility alone ranks nearly as well: that is why "
        "the probability by volatility alone stands beside it. What short interest adds is small and real. Frequencies "
        "by fifths of short interest over shares outstanding, the lowest first, within tenths of volatility:",
        _table(
            ("event", "1", "2", "3", "4", "5", "5 over 1"),
            (
                _fifths("squeeze", record["short_interest_fifths"]),
                _fifths("three own sigmas, with covering", record["own_short_interest_fifths"]),
            ),
        ),
        "## The second event",
        _table(
            ("ranked by", "AUC", "average precision", "top 2 %", "top 10 %", "lowest 10 %"),
            (_ranking(words, record["own_rankings"][key], 3) for key, words in RECORDED_SCORES),
        ),
        "## How it is made",
        f"Fitted on {fitted['evenings']} evenings from {fitted['first']} to {fitted['last']}, {fitted['rows']:,} rows "
        f"with {fitted['squeezes']:,} squeezes. Every factor is its normal score among the names of the evening, so "
        "that a calm and a wild year are on one scale; the market's own volatility (the median of the names') "
        "carries the level. Logistic regression on the scores and the square of volatility's, then a slope on the log "
        "odds, learnt from its own earlier predictions with a level of its own for each evening: the spread between "
        "names is corrected by how it turned out, the level of the day is kept. A market that is calmer or wilder than "
        "any evening it was fitted on counts as the calmest or wildest of those (daily volatilities of "
        f"{newest['model']['calmest']:.2%} to {newest['model']['wildest']:.2%}). A factor that is unknown counts as "
        "that of the median name, and it is said so; without a volatility there is no probability.",
        _table(
            ("factor", "weight of its normal score", "of its square"),
            (
                (factor.words, *(_weight(newest["model"][part].get(factor.key)) for part in ("linear", "square")))
                for factor in SQUEEZE_FACTORS
            ),
        ),
        *_between_settlements(found["between_settlements"]),
        "## What is not among the factors",
        "The fee, availability, fails, threshold lists and off-exchange ratio are not among the factors: the reference "
        "market has three looks at the stock-loan list and one quarter of fails, which is no history to fit on.",
    ]
    return "\n\n".join(sections) + "\n"


TOLD_BY = {"linear": "ridge regression", "trees": "boosted trees"}


def _between_settlements(trial: Mapping[str, Any]) -> list[str]:
    """Whether anything tells shares short between settlements better than carrying the last ones."""
    errors = (
        (TOLD_BY[key], f"{one['error']:.3f}", f"{one['better']} of {trial['settlements']}")
        for key, one in trial["told"].items()
    )
    best = min(one["error"] for one in trial["told"].values())
    return [
        "## Shares short between settlements",
        f"On the day of each of {trial['settlements']} settlements, before its report, its shares are told walk "
        "forward from the reports that were out and from prices and volumes since: returns, volume over the usual one, "
        "the largest day, the last two changes, days to cover. What is wrong is added up in dollars, over all stocks "
        f"with more than 10 million dollars short ({trial['rows']:,} rows), and divided by what carrying the last "
        f"report gets wrong ({trial['carried_dollars'] / 1e9:,.0f} bn dollars):",
        _table(("told by", "error over that of carrying", "settlements told better"), errors),
        f"The best of them takes {1 - best:.1%} off the error. That is no reason to show other shares than FINRA's, so "
        "none is shown: `step` carries the last report. FINRA's daily short volume, which might tell more, cannot be "
        f"judged here: the reference market has it of {trial['short_volume_sessions']} of {trial['sessions']:,} "
        "sessions, and a cycle needs all of its own. A folder that has them is tried with them by the same command.",
    ]


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ranking(words: str, one: Mapping[str, float], digits: int = 1) -> tuple[str, ...]:
    parts = (f"{one[key]:.{digits}%}" for key in ("top_2", "top_10", "low_10"))
    return words, f"{one['auc']:.3f}", f"{one['average_precision']:.4f}", *parts


def _bucket(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{one['low']:.2%} to {one['high']:.2%}",
        f"{one['rows']:,}",
        f"{one['said']:.2%}",
        f"{one['came']:.2%}",
        f"{one['came_low']:.2%} to {one['came_high']:.2%}",
        ("yes" if one["holds"] else "no") if one["rows"] >= 300 else "too few rows",
    )


def _fifths(words: str, fifths: list[float]) -> tuple[str, ...]:
    return words, *(f"{one:.2%}" for one in fifths), f"{fifths[-1] / fifths[0]:.2f} ×"


def _weight(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}".replace("-", "−")
