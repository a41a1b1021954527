"""Shares short on every session, from the two dates a month on which they are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from shortside.arrays.gaps import GapRuns
from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market


class PositionsMethod(StrEnum):
    """How shares short run between two settlements (METHOD section 2). Everything between them is an estimate."""

    LINEAR = "linear"
    """A straight line between the two: hindsight, it needs the later one. Falls back to `step` after the last."""
    STEP = "step"
    """The last settlement's figure, held."""


class Knowledge(StrEnum):
    """Which settlements may be known."""

    AS_KNOWN = "as-known"
    """Only what was published by the day in view; a revision only once the settlement after it was out."""
    REVISED = "revised"
    """Every settlement, revisions included, even those published after the day in view: hindsight."""

    @property
    def words(self) -> str:
        """How every screen says it."""
        return "as revised" if self is Knowledge.REVISED else "as known"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Positions:
    """Shares short at each known settlement ("knot"), complete between a name's first and last session. M knots."""

    method: PositionsMethod
    knowledge: Knowledge
    """For which they were made; a Book may hold those of the other one, where both are the same."""
    knots: Indexes
    """(M,) session indexes, ascending and distinct; may be negative or beyond the last session."""
    settlement_rows: Indexes
    """(M,) which of the market's settlements each knot is."""
    shares: Floats
    """(M, N) float64 shares at each knot; a settlement that skipped a name is filled by the method."""
    is_reported: Flags
    """(M, N) whether the figure was reported rather than filled."""
    entry: Indexes
    """(N,) first session that counts a position; T for names never reported."""
    exit: Indexes
    """(N,) last session that counts it; the position ends at that session's price."""
    is_new: Flags
    """(N,) whether what stands there at `entry` was sold short only then. It was not where the name's prices begin
    after its first report, where FINRA names a position before that report, or where no settlement before is known."""

    def are_those_of(self, other: Positions) -> bool:
        """Whether every name holds the same on every session, whoever may have known it."""
        names = ("knots", "settlement_rows", "shares", "is_reported", "entry", "exit", "is_new")
        return self.method is other.method and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in names
        )

    def interval(self, session: int) -> int:
        """The knot at or before a session; −1 before the first."""
        return int(np.searchsorted(self.knots, session, "right")) - 1

    def progress(self, session: int) -> float:
        """How far a session lies along the way to the next knot: 0 at a knot, below 1 before the next; 0 for `step`."""
        knot = self.interval(session)
        if self.method is PositionsMethod.STEP or knot < 0 or knot + 1 >= len(self.knots):
            return 0.0
        start, end = int(self.knots[knot]), int(self.knots[knot + 1])
        return (session - start) / (end - start)

    def at(self, session: int, columns: Indexes | slice = slice(None)) -> Floats:
        """Shares short at a session, zero where the name holds no position then. (n,) float64."""
        knot = self.interval(session)
        alive = (self.entry[columns] <= session) & (session <= self.exit[columns])
        if knot < 0:
            return np.zeros(len(alive))
        held = self.shares[knot, columns]
        share = self.progress(session)
        if share:
            held = held + share * (self.shares[knot + 1, columns] - held)
        return np.where(alive, held, 0.0)

    def along(self, sessions: Iterable[int]) -> Iterator[Floats]:
        """Shares short at one session after another, as `at` has them and faster than asking it for each."""
        knot, step = -2, np.empty(0)
        for session in sessions:
            if knot != (knot := self.interval(session)) and 0 <= knot < len(self.knots) - 1:
                step = self.shares[knot + 1] - self.shares[knot]
            if knot < 0:
                yield np.zeros(len(self.entry))
                continue
            share = self.progress(session)
            held = step * share if share else self.shares[knot].copy()
            if share:
                held += self.shares[knot]
            held[np.flatnonzero((self.entry > session) | (self.exit < session))] = 0.0
            yield held

    def last_row(self, session: int) -> int | None:
        """The last settlement, of all the market's, that the figures up to a session rest on; None for none."""
        knot = self.interval(session) + (self.progress(session) > 0)
        return int(self.settlement_rows[knot]) if knot >= 0 else None

    def is_held(self, session: int) -> bool:
        """Whether the figure at a session is a settlement's, held past the last one known."""
        return len(self.knots) > 0 and session > int(self.knots[-1])


def positions_of(
    market: Market, method: PositionsMethod = PositionsMethod.LINEAR, knowledge: Knowledge = Knowledge.AS_KNOWN
) -> Positions:
    """The positions of every name by one method and one state of knowledge.

    A position begins at the first known settlement that reports it, or the first price if that is later, and ends with
    the name's last price. A name that a later settlement leaves out is held (missing is not zero). What begins is not
    always new: absence of a price or of a report is not knowledge that nothing was short.
    """
    figures, rows = _known(market, knowledge)
    knots = market.settled_at[rows]
    reported = np.isfinite(figures)
    total, names = len(market.sessions), len(market.symbols)
    if not len(rows):
        return Positions(
            method=method,
            knowledge=knowledge,
            knots=knots,
            settlement_rows=rows,
            shares=np.zeros((0, names)),
            is_reported=reported,
            entry=np.full(names, total, np.int64),
            exit=market.last_priced,
            is_new=np.zeros(names, bool),
        )
    ever, first_report = reported.any(axis=0), reported.argmax(axis=0)
    first_known = np.where(ever, knots[first_report], total)
    entry = np.maximum(np.maximum(first_known, market.first_priced), 0)
    return Positions(
        method=method,
        knowledge=knowledge,
        knots=knots,
        settlement_rows=rows,
        shares=completed_knots(figures, reported, knots, method),
        is_reported=reported,
        entry=entry,
        # A name that merely lacks its latest price is carried at its last one; one that stopped trading has ended.
        exit=np.where(market.has_ended, market.last_priced, total - 1),
        is_new=ever & (first_report > 0) & (entry == first_known) & ~(market.short_before_first > 0),
    )


def _known(market: Market, knowledge: Knowledge) -> tuple[Floats, Indexes]:
    """The figures that may be used, and the settlements they belong to, one per session."""
    usable = np.ones(len(market.settlements), bool)
    if knowledge is Knowledge.AS_KNOWN:
        usable = np.asarray(market.published <= market.known_on)
    newest = np.flatnonzero(usable)[-1:]
    # Two settlements on one session (sessions missing from the data): the later one speaks.
    rows = np.flatnonzero(usable)
    speaks = np.ones(len(rows), bool)
    speaks[:-1] = np.diff(market.settled_at[rows]) > 0
    rows = rows[speaks]
    if len(rows) == len(usable) and knowledge is Knowledge.REVISED:
        return market.shares_short, rows  # nothing is left out, so nothing is copied
    figures = market.shares_short[rows]
    if knowledge is Knowledge.AS_KNOWN and len(rows):
        # The newest known settlement can only have been revised by one that is not out yet.
        figures[-1] = market.first_shares_short.row(int(newest[0]))
    return figures, rows


def completed_knots(figures: Floats, reported: Flags, knots: Indexes, method: PositionsMethod) -> Floats:
    """Every knot of every name a number: between reports by the method, beyond them by the nearest; 0 without any."""
    gaps = GapRuns.of(~reported)
    if not len(gaps.rows):
        return figures
    last = len(knots) - 1
    has_before, has_after = gaps.before >= 0, gaps.after <= last
    lies_between = has_before & has_after
    earlier, later = np.maximum(gaps.before, 0), np.minimum(gaps.after, last)
    before, after = figures[earlier, gaps.of_columns], figures[later, gaps.of_columns]
    levels = np.where(has_before, before, np.where(has_after, after, 0.0))
    filling = np.repeat(levels, gaps.lengths)
    if method is PositionsMethod.LINEAR:
        # A run between two reports climbs from the one to the other.
        climbs = np.where(lies_between, after - before, 0.0)
        start, end = (np.repeat(knots[ends], gaps.lengths) for ends in (earlier, later))
        is_between = np.repeat(lies_between, gaps.lengths)
        share = np.divide(knots[gaps.rows] - start, end - start, out=np.zeros(len(filling)), where=is_between)
        filling += share * np.repeat(climbs, gaps.lengths)
    filled = figures.copy()
    filled[gaps.rows, gaps.columns] = filling
    return filled


def kept_once(positions: Positions, others: Iterable[Positions]) -> Positions:
    """The positions, with the matrices of others that hold the same figures, so that they are in memory once."""
    for other in others:
        if positions.shares.shape == other.shares.shape and np.array_equal(positions.shares, other.shares):
            is_same = np.array_equal(positions.is_reported, other.is_reported)
            reported = other.is_reported if is_same else positions.is_reported
            return replace(positions, shares=other.shares, is_reported=reported)
    return positions


def agreed_until(one: Positions, other: Positions) -> int:
    """The last session up to which two ways to see a market hold the same positions; −1 where they never do.

    Between two knots a position rests on both, so the first knot that differs is felt from the one before it.
    """
    if one.method is not other.method:
        return -1
    count = min(len(one.knots), len(other.knots))
    is_same = (one.knots[:count] == other.knots[:count]) & (one.shares[:count] == other.shares[:count]).all(axis=1)
    same = int(is_same.cumprod().sum())
    agreed = int(one.knots[same - 1]) if same else -1
    for ours, theirs in ((one.entry, other.entry), (one.exit, other.exit)):
        apart = ours != theirs
        agreed = min(agreed, int(np.minimum(ours, theirs)[apart].min(initial=agreed + 1)) - 1)
    return agreed


def settlement_date_of(market: Market, positions: Positions, knot: int) -> date:
    """The settlement date of a knot."""
    day: date = market.settlements[positions.settlement_rows[knot]].astype(date)
    return day
