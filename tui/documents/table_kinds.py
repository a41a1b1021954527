"""The documents that are tables of the whole market, for the one list of documents.

The command line reads the list at each start, so that whatever is heavy is imported where a document is made.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from tui.documents.kind import DocumentContent, DocumentKind, DocumentRequest
from widgets.fields import Field


def _from(module: str, name: str) -> Callable[..., Any]:
    """A function of a module of documents, imported when it is called."""

    def call(*values: Any) -> Any:
        return getattr(import_module(f"tui.documents.{module}"), name)(*values)

    return call


def _fields(module: str, name: str) -> Callable[[], tuple[Field, ...]]:
    """The keys that stand in a module of documents, imported when they are asked for."""

    def read() -> tuple[Field, ...]:
        found: tuple[Field, ...] = getattr(import_module(f"tui.documents.{module}"), name)
        return found

    return read


def shorting_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are names: those of which most was sold short or covered in the window, in dollars, cut at `--limit`.

    `--window cycle` is between the last two settlements known, `--window 30d` the last 30 days. `window_before` is the
    window of the same kind before it, null where closes or settlements do not reach back to it. `names` counts the
    names before the cut. `sums` has the `total`, `tiers` and `sectors` of all of them, whose keys stand below: start +
    new + turned up + price = end, to the cent. After the last settlement known shares are held, so that nothing is new.
    """
    from tui.documents.tables.shorting import shorting_document

    return shorting_document(asked)


def winners_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are names from the best short to the worst: `--limit` winners, then as many losers (0 is all).

    `winners` and `losers` count them before the cut. `noise_floor` says how much of the market's P&L may be either gain
    or loss: `names` have a P&L, of `uncertain_names` the band holds both signs, `uncertain` is their P&L and `gross`
    everybody's, both without regard to the sign; of `carried_names` a borrow fee is known. After the last settlement
    known shares are held, and the band is of the days before it.
    """
    from tui.documents.tables.winners import winners_document

    return winners_document(asked)


def borrow_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are names in three sections, each cut at `--limit`; `names` counts them before the cut.

    Fees are of the newest look at the list of stock loans known at the moment in view: `known_at` is when the list was
    made public, `fetched_at` when we looked. Changes are against the looks that stood 24 hours and seven days before it
    (`day_ago_known_at`, `week_ago_known_at`; null where none of the four days before that is there). What was paid is
    counted day by day, at the fee that stood on the evening before; a look stands for at most four days, over a weekend
    with a holiday. Days without a fee are in no sum, and P&L that is net is of the other days alone. `path_since` is
    the first day there is a look of, `days` how many there are. Price only: no distributions, no rebates.
    """
    from tui.documents.tables.borrow import borrow_document

    return borrow_document(asked)


def migration_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the names whose tier at `window.end` is not that of `window.start`, by the size of their P&L.

    They are cut at `--limit`; `names` counts them before. `tiers` leads from the basis `start` to the basis `end`: per
    tier, start + in − out = end, to the cent. `moves` sums the names by the pair of tiers, the most P&L first.
    """
    from tui.documents.tables.migration import migration_document

    return migration_document(asked)


def certainty_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` per tier, and `total`: the band of P&L, both methods, what is a cycle late, estimated or doubtful.

    `late` is a name whose file of the last settlement has no row of it, so that an older figure is carried.
    """
    from tui.documents.tables.certainty import certainty_document

    return certainty_document(asked)


def sector_tiers_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` per sector and tier that has names: the most shorted sector first, its tiers from the largest down.

    They add up to the rows of `sectors`, and by the basis `start` or `end` to those of `tiers`, too.
    """
    from tui.documents.tables.sector_tiers import sector_tiers_document

    return sector_tiers_document(asked)


def evidence_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the evenings of publication whose outcome the source knows, the newest first, cut at `--limit`.

    The record is made anew from the whole history of the source, out of sample: every evening as it was known then, and
    scored with the newest coefficients (`version`) that could be known on it, whose last evening is `fitted_to`. Of
    evenings before `coefficients_known_from` there is no probability; `scored` counts those that have one, and of those
    all other tables are. `walk_forward` is the record of the fit itself, `fitted_on` what the newest coefficients rest
    on. `rankings` says how every score ranked the squeezes, `own_rankings` how it ranked closes more than three of a
    name's own standard deviations up, with the same covering. `calibration` is what came of the probabilities that were
    said; `deciles` has tenths of every score. `short_interest_fifths` are frequencies of squeezes by fifths of short
    interest over shares outstanding within tenths of volatility, the lowest first. `crowded_return` is the median
    return in 20 sessions of the most crowded tenth, `other_return` that of all names. `unknown` counts outcomes that
    cannot be told.
    It takes some seconds. A source without such an evening ends in 4.
    """
    from tui.documents.evidence import evidence_document

    return evidence_document(asked)


TABLE_KINDS: Final = (
    DocumentKind(
        name="shorting",
        words="who was sold short and covered in the window, and in the one before",
        title="Shorting and covering",
        fields=_fields("tables.shorting", "SHORTING_FIELDS"),
        make=shorting_content,
        options=("limit",),
        headline=_from("tables.shorting", "shorting_headline"),
        summary=_from("tables.shorting", "shorting_summary"),
        remark=_from("tables.shorting", "shorting_remark"),
    ),
    DocumentKind(
        name="winners",
        words="the best and the worst shorts, gross and net of carry, with their noise",
        title="Winners and losers",
        fields=_fields("tables.winners", "WINNER_FIELDS"),
        make=winners_content,
        options=("limit",),
        headline=_from("tables.winners", "winners_headline"),
        summary=_from("tables.winners", "winners_summary"),
    ),
    DocumentKind(
        name="borrow",
        words="who is hardest to borrow, whose fee rises with the price, what ran out, and what the book costs",
        title="Cost of borrowing",
        fields=_fields("tables.borrow", "BORROW_FIELDS"),
        make=borrow_content,
        options=("limit",),
        headline=_from("tables.borrow", "borrow_headline"),
        summary=_from("tables.borrow", "borrow_summary"),
        remark=_from("tables.borrow", "borrow_remark"),
    ),
    DocumentKind(
        name="sector-tiers",
        words="P&L and short interest per sector and market-cap tier",
        title="Sectors by tier",
        fields=_fields("tables.sector_tiers", "SECTOR_TIER_FIELDS"),
        make=sector_tiers_content,
        summary=_from("tables.sector_tiers", "sector_tiers_summary"),
    ),
    DocumentKind(
        name="migration",
        words="which names changed their tier, and what they took along",
        title="Migration between tiers",
        fields=_fields("tables.migration", "MOVED_FIELDS"),
        make=migration_content,
        options=("limit",),
        headline=_from("tables.migration", "migration_headline"),
        summary=_from("tables.migration", "migration_summary"),
        remark=_from("tables.migration", "migration_remark"),
    ),
    DocumentKind(
        name="certainty",
        words="what the figures of each tier rest on, and how far they may be off",
        title="How certain the figures are",
        fields=_fields("tables.certainty", "CERTAINTY_FIELDS"),
        make=certainty_content,
        summary=_from("tables.certainty", "certainty_summary"),
    ),
    DocumentKind(
        name="evidence",
        version=2,
        words="how every score ranked the squeezes of your own history, and what came of what it said",
        title="What the scores prove",
        fields=_fields("evidence", "EVENING_FIELDS"),
        make=evidence_content,
        options=("limit",),
        headline=_from("evidence", "evidence_headline"),
        summary=_from("evidence", "evidence_summary"),
        remark=_from("evidence", "evidence_remark"),
    ),
)
"""In the order in which `--help` names them."""
