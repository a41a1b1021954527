"""The sections of the validation page on lists of names that S3 Partners printed."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import (
    ARTICLE,
    Evidence,
    Lines,
    billions,
    column_of,
    hindsight,
    millions,
    rounded,
    table_of,
)
from shortside.board import Board
from shortside.crowding import LEAST_HIGHLY_SQUEEZABLE_SCORE, LEAST_SQUEEZABLE_SCORE
from shortside.evidence.board_chances import squeeze_chances
from shortside.evidence.squeeze_vintages import vintage_of
from shortside.view import View
from shortside.windows import Window

LARGEST_DAY: Final = date(2022, 6, 30)
SQUEEZABLE_DAYS: Final = (date(2022, 7, 18), date(2023, 4, 12))
STORY: Final = ("ACHR", "ATSG", "AYX", "SAGE")
SQUEEZABLE_HEAD: Final = ("symbol", "S3", "ours", "S3 apart", "S3 crowded", "our crowding", "our squeeze", "place")
LEAST_EXPLAINED: Final = 1e9
"""USD by which a name must part to be explained by itself."""


def largest_shorts(evidence: Evidence) -> Lines:
    """June 2022's largest, with fees and percentages of the float."""
    theirs = evidence.golden("s3_largest_2022-06-30.csv")
    desk = evidence.at(LARGEST_DAY)
    known, revised = desk.board(View()), desk.board(hindsight())
    columns = [column_of(known.market, row["symbol"]) for row in theirs]
    dollars = np.array([float(row["short_interest_usd"]) for row in theirs])
    places = {column: place for place, column in enumerate(known.order(known.short_interest).tolist(), 1)}
    rows = [
        [
            row["symbol"],
            billions(float(row["short_interest_usd"])),
            *(
                cell
                for board in (known, revised)
                for cell in (billions(board.short_interest[at]), _apart(board.short_interest[at], dollars[place]))
            ),
            str(places[at]),
        ]
        for place, (row, at) in enumerate(zip(theirs, columns, strict=True))
    ]
    near = [np.count_nonzero(np.abs(dollars / board.short_interest[columns] - 1) < 0.03) for board in (known, revised)]
    sums = [float(board.short_interest[columns].sum()) for board in (known, revised)]
    cells = (cell for total in sums for cell in (billions(total), _apart(total, dollars.sum())))
    rows.append(["all", billions(dollars.sum()), *cells, ""])
    return [
        "## The largest shorts of June 2022",
        "",
        f"Short interest at the close of {LARGEST_DAY}, in S3's order, with our place among all names. As known, that"
        f" is by the reports of 15 June, which came out on the 27th, {near[0]} of the {len(theirs)} are within 3 %; by"
        f" those of the 30th itself, out in July, {near[1]}. So S3's daily positions rest on those last published.",
        "",
        *table_of(["symbol", "S3", "as known", "S3 apart", "revised", "S3 apart, revised", "our place"], rows),
        "",
        *_apart_by_a_billion(known, theirs, columns, "as known"),
        *_apart_by_a_billion(revised, theirs, columns, "revised"),
        _float_formula(evidence, theirs),
        "",
    ]


def _apart(ours: float, theirs: float) -> str:
    return f"{rounded(100 * (theirs / ours - 1), '+.1f')} %"


def _apart_by_a_billion(board: Board, theirs: list[dict[str, str]], columns: list[int], words: str) -> Lines:
    market, found = board.market, []
    rows = [int(np.flatnonzero(market.settlements == np.datetime64(day))[0]) for day in ("2022-06-15", "2022-06-30")]
    for row, column in zip(theirs, columns, strict=True):
        dollars, price = float(row["short_interest_usd"]), float(board.book.price[column])
        if abs(dollars - board.short_interest[column]) > LEAST_EXPLAINED:
            split_basis = market.shares_short[rows, column] / 1e6
            found.append(
                f"{row['symbol']} ({dollars / price / 1e6:.1f} m shares; FINRA has {split_basis[0]:.1f} on 15 June and"
                f" {split_basis[1]:.1f} on the 30th)"
            )
    return [f"Apart by more than 1 bn, {words}: {', '.join(found) or 'none'}.", ""]


def _float_formula(evidence: Evidence, theirs: list[dict[str, str]]) -> str:
    """Whether S3's two percentages of the float are as its formula has them."""
    pairs = [(float(row["si_pct_float"]), float(row["s3_si_pct_float"])) for row in theirs]
    pairs += [
        (float(row["conventional_pct"]), float(row["s3_pct"])) for row in evidence.golden("si_pct_float_pairs.csv")
    ]
    worst = max(abs(100 * usual / (100 + usual) - printed) for usual, printed in pairs)
    return (
        f"S3 SI % float, N / (1 + N) of the usual N, gives each of the {len(pairs)} percentages S3 prints beside the"
        f" usual one within {worst:.3f} points, as their roundings allow. The folder has no float and no borrow fee of"
        f" these days, so neither can be computed; S3's fee is {theirs[0]['fee_pct']} % for each of the"
        f" {len(theirs)}, its general collateral."
    )


def squeezable(evidence: Evidence) -> Lines:
    """S3's most squeezable names, and where ours has them."""
    lines = [
        "## The squeezable",
        "",
        "S3's scores are not public and know fees, which the folder lacks for these days; ours is another score. So"
        " dollars can be held against each other, and places only in part. The place is among our names with at least"
        " as much sold short as the least of S3's list. P(squeeze) is the probability of a squeeze within 21 sessions,"
        " by the coefficients that could be known on the day. Dollars in millions, as"
        " known.",
        "",
    ]
    for day in SQUEEZABLE_DAYS:
        lines += _squeezable_of(evidence, day)
    return lines


def _squeezable_of(evidence: Evidence, day: date) -> Lines:
    theirs = evidence.golden(f"s3_squeezable_{day}.csv")
    board = evidence.at(day).board(View())
    columns = [column_of(board.market, row["symbol"]) for row in theirs]
    dollars = np.array([float(row["short_interest_usd"]) for row in theirs])
    ours, squeeze = board.short_interest[columns], board.crowding.squeeze
    among = board.included & np.isfinite(squeeze) & (board.short_interest >= min(*dollars, *ours))
    place = {column: at for at, column in enumerate(board.order(squeeze, among=among).tolist(), 1)}
    chances = squeeze_chances(board).probability
    vintage = vintage_of(board.market)
    likely = {column: at for at, column in enumerate(board.order(chances, among=among).tolist(), 1)}
    rows = [
        [
            row["symbol"],
            millions(dollars[at]),
            millions(ours[at]),
            _apart(float(ours[at]), float(dollars[at])),
            row.get("crowded_score") or "",
            f"{board.crowding.score[column]:.0f}",
            f"{squeeze[column]:.0f}",
            str(place[column]),
            f"{100 * chances[column]:.1f}" if np.isfinite(chances[column]) else "",
            str(likely[column]),
        ]
        for at, (row, column) in enumerate(zip(theirs, columns, strict=True))
    ]
    places = np.array([place[column] for column in columns])
    likeliest = np.array([likely[column] for column in columns])
    median = np.median(np.abs(dollars / ours - 1))
    return [
        f"### {day}",
        "",
        *table_of([*SQUEEZABLE_HEAD, "P(squeeze), %", "place by it"], rows),
        "",
        f"In sum {dollars.sum() / 1e9:.2f} bn for our {ours.sum() / 1e9:.2f}; half of the names part by less than"
        f" {100 * median:.0f} %. Of S3's {len(theirs)}, {np.count_nonzero(places <= len(theirs))} are among our first"
        f" {len(theirs)} of {np.count_nonzero(among):,} and {np.count_nonzero(places <= 100)} among our first 100;"
        f" {np.count_nonzero(squeeze[columns] >= LEAST_SQUEEZABLE_SCORE)} are squeezable by our score,"
        f" {np.count_nonzero(squeeze[columns] >= LEAST_HIGHLY_SQUEEZABLE_SCORE)} highly so. Apart by more than 1 bn:"
        f" {_names_apart(theirs, dollars - ours)}.",
        "",
        f"By P(squeeze), of coefficients fitted on {0 if vintage is None else vintage.evenings} evenings to"
        f" {'none' if vintage is None else vintage.last}, {np.count_nonzero(likeliest <= len(theirs))} are among our"
        f" first {len(theirs)} and {np.count_nonzero(likeliest <= 100)} among our first 100; half of S3's names are"
        f" above {100 * np.nanmedian(chances[columns]):.1f} %, half of all {np.count_nonzero(among):,} above"
        f" {100 * np.nanmedian(chances[among]):.1f} %.",
        "",
    ]


def _names_apart(theirs: list[dict[str, str]], apart: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    found = [row["symbol"] for row, dollars in zip(theirs, apart, strict=True) if abs(dollars) > LEAST_EXPLAINED]
    return ", ".join(found) or "none"


def story(evidence: Evidence) -> Lines:
    """The new small-cap shorts of the last settlement published by the day."""
    said = float(evidence.golden("s3_seed_statements_2023-09-07.csv")[0]["value"])
    first, last = date(2023, 7, 31), date(2023, 8, 15)
    board = evidence.at(last).board(hindsight(window="since:2023-08-01"))
    sessions = board.market.sessions
    start = int(np.searchsorted(sessions, np.datetime64(first)))
    cycle = Window(name="cycle", start=start, end=len(sessions) - 1, start_date=first, end_date=last)
    shares = board.book.positions
    change = (shares.at(cycle.end) - shares.at(cycle.start)) * board.book.price
    small = board.included & (board.tier_codes == board.scheme.names.index("small"))
    order = board.order(change, among=small)
    rows = [
        [str(place), str(board.market.symbols[column]), str(board.market.names[column])[:40], millions(change[column])]
        for place, column in enumerate(order[:10].tolist(), 1)
    ]
    symbols = board.market.symbols[order].tolist()
    places = ", ".join(
        f"{symbol} {symbols.index(symbol) + 1 if symbol in symbols else 'not small by our caps'}" for symbol in STORY
    )
    return [
        "## The story's new small-cap shorts",
        "",
        f"S3's story names {', '.join(STORY)} and {millions(said)} mm of net new small-cap shorts in 30 days. The last"
        f" settlement public on {ARTICLE} was that of {last}; from {first} to it, priced at its close, small caps"
        f" gained {millions(change[small].sum())} mm. Largest, in mm:",
        "",
        *table_of(["", "symbol", "name", "new short"], rows),
        "",
        f"Places of the story's names: {places}.",
        "",
    ]
