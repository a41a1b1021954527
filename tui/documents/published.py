"""The document `published`: what a settlement's file changed against what was carried until it came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from shortside.words.group_words import tier_word
from tui.documents.kind import DocumentContent, DocumentRequest, Record
from tui.documents.values import records, usd
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.publications.publication import Publication
    from shortside.publications.rows import PublicationRow
    from shortside.publications.sums import PublicationSums


def _crowding_cell(record: Record, width: int, glyphs: Any) -> str:
    """How crowded the name was and is: `41 → 62`."""
    from widgets.publication_cells import before_and_after

    return before_and_after(record["crowding_before"], record["crowding"], width, glyphs)


def _written_tier(record: Record, width: int, glyphs: Any) -> str:
    """The tier in the word that people read."""
    from widgets.format import fit

    return fit(tier_word(record["tier"]), width, glyphs=glyphs)


PUBLISHED_FIELDS: Final = (
    Field("symbol", Unit.WORDS, "the ticker", page=PageColumn("symbol", 8)),
    Field("name", Unit.WORDS, "the security's name"),
    Field("tier", Unit.WORDS, "by the cap `tier_basis` says", page=PageColumn("tier", 7, written=_written_tier)),
    Field("sector", Unit.WORDS, "by Nasdaq's scheme; null where it is unknown"),
    Field(
        "move",
        Unit.WORDS,
        "`built` more short, `covered` fewer, `unchanged`; `entered` reported or priced for the first time; `left` "
        "stopped trading; `held` not in the file, so that what was carried still is",
        lambda row: row.move.word,
        PageColumn("move", 9),
    ),
    Field("shares_before", Unit.SHARES, "short at the settlement before, as this file knows it; null for none carried"),
    Field("shares_now", Unit.SHARES, "short at the settlement; null where the file has no row"),
    Field("shares_change", Unit.SHARES, "`shares_now` − `shares_before`; null where either is"),
    Field(
        "change_ratio",
        Unit.RATIO,
        "`shares_change` / `shares_before`; null where the settlement before had no row of the name, or zero",
        page=PageColumn("SI chg", 8, is_signed=True),
    ),
    Field(
        "float_ratio",
        Unit.RATIO,
        "`shares_change` / the public float; null where that is unknown or older than 200 days",
        page=PageColumn("% float", 8, is_signed=True),
    ),
    Field("short_interest_start", Unit.DOLLARS, "at the close of the settlement before"),
    Field(
        "new_short",
        Unit.DOLLARS,
        "shorting less covering, at the prices of the days; null where the position stood there before",
        page=PageColumn("new $", 8, is_signed=True),
    ),
    Field(
        "turned_up", Unit.DOLLARS, "of a position that stood there before its first report or close: what is not new"
    ),
    Field(
        "price_effect",
        Unit.DOLLARS,
        "what the price added: end − start − new − turned up",
        page=PageColumn("price $", 8, is_signed=True),
    ),
    Field(
        "short_interest_end",
        Unit.DOLLARS,
        "at the close of the settlement; of a name held, of the shares carried",
        page=PageColumn("SI $", 7),
    ),
    Field(
        "new_short_before", Unit.DOLLARS, "`new_short` of the cycle before; null where its settlements are not there"
    ),
    Field("revised_shares", Unit.SHARES, "by which the file changed the settlement before; 0 for none, null unknown"),
    Field("revised", Unit.DOLLARS, "`revised_shares` at the close of that settlement"),
    Field("crowding_before", Unit.NUMBER, "by what was carried, at the last prices here; null where nothing was"),
    Field(
        "crowding",
        Unit.NUMBER,
        "by what was published, at the same prices",
        page=PageColumn("crowd", 9, written=_crowding_cell),
    ),
    Field("crowding_rank_before", Unit.COUNT, "1 for the most crowded by what was carried"),
    Field("crowding_rank", Unit.COUNT, "1 for the most crowded by what was published"),
    Field(
        "price_change",
        Unit.RATIO,
        "from the close of the settlement to `prices_to`; null without a price since",
        page=PageColumn("since", 7, is_signed=True),
    ),
    Field("is_trapped", Unit.TRUTH, "more are short, and the price has risen since the settlement"),
    Field("is_right", Unit.TRUTH, "more are short, and the price has fallen since the settlement"),
    Field("profit_since", Unit.DOLLARS, "what the shares added have made since the settlement; null where none were"),
)
"""The keys of the rows, a name each."""
SUM_FIELDS: Final = (
    Field("label", Unit.WORDS, "`total`, a tier, or a sector"),
    Field("names", Unit.COUNT, "held short at some time between the two settlements"),
    Field("carried", Unit.DOLLARS, "`short_interest_start` − `revised`: what was carried until the file came"),
    Field("revised", Unit.DOLLARS, "what the file added to the settlement before"),
    Field("revised_names", Unit.COUNT, "whose settlement before the file changed"),
    Field("short_interest_start", Unit.DOLLARS, "at the close of the settlement before, as the file knows it"),
    Field("new_short", Unit.DOLLARS, "shorting less covering: `built` + `covered`"),
    Field("turned_up", Unit.DOLLARS, "positions that stood there before their first report or close"),
    Field("price_effect", Unit.DOLLARS, "what the price added: end − start − new − turned up"),
    Field("short_interest_end", Unit.DOLLARS, "at the close of the settlement"),
    Field(
        "new_short_before", Unit.DOLLARS, "`new_short` of the cycle before; null where its settlements are not there"
    ),
    Field("built_names", Unit.COUNT, "whose new shorts are above zero, the entered among them"),
    Field("built", Unit.DOLLARS, "part of `new_short` above zero"),
    Field("covered_names", Unit.COUNT, "whose new shorts are below zero, the left among them"),
    Field("covered", Unit.DOLLARS, "part of `new_short` below zero"),
    Field("entered_names", Unit.COUNT, "reported or priced for the first time"),
    Field("entered", Unit.DOLLARS, "part of `new_short` in the names entered"),
    Field("left_names", Unit.COUNT, "that stopped trading"),
    Field("left", Unit.DOLLARS, "part of `new_short` in the names left"),
    Field("held_names", Unit.COUNT, "that the file has no row of: what was carried still is"),
    Field("trapped_names", Unit.COUNT, "more short, and the price up since the settlement"),
    Field("trapped", Unit.DOLLARS, "part of `new_short` in the names trapped"),
    Field("right_names", Unit.COUNT, "more short, and the price down since the settlement"),
    Field("right", Unit.DOLLARS, "part of `new_short` in the names that are right"),
)
"""The keys of sums."""


def publication_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the newest publication of the market that was read, or of the one asked for."""
    from shortside.publications.arrival import arrival_of
    from shortside.publications.sums import sums_by_sector, sums_by_tier, total_sums
    from tui.sources.publications import publication_in, seen_at

    board, loaded, options = asked.board, asked.loaded, asked.options
    one = publication_in(loaded, board.view, options.cycle)
    arrival = arrival_of(one.settlement, seen_at(options, one.settlement))
    late = arrival.late_by
    rows = _largest_rows(one, options.limit)
    content = {
        "settlement": one.settlement.isoformat(),
        "settlement_before": one.settlement_before.isoformat(),
        "published": one.published.isoformat(),
        "due_at": arrival.due_at.isoformat(),
        "seen_at": None if arrival.seen_at is None else arrival.seen_at.isoformat(),
        "late_seconds": None if late is None else round(late.total_seconds()),
        "prices_to": one.prices_to.isoformat(),
        "names": int(one.counted.sum()),
        "sums": {
            "total": _sum_records([total_sums(one)])[0],
            "tiers": _sum_records(sums_by_tier(one)),
            "sectors": _sum_records(sums_by_sector(one)),
        },
        "rows": records(PUBLISHED_FIELDS, rows),
    }
    return DocumentContent(content, loaded.inputs)


def _largest_rows(one: Publication, limit: int) -> list[PublicationRow]:
    import numpy as np

    from shortside.publications.rows import PublicationFigures, by_size

    order = by_size(one, np.abs(one.new_short), np.ones(len(one.counted), bool))
    figures = PublicationFigures(one)
    return [figures.row(column) for column in (order[:limit] if limit else order).tolist()]


def _sum_records(sums: Sequence[PublicationSums]) -> list[Record]:
    from shortside.publications.rows import price_effect_to_the_cent

    found = records(SUM_FIELDS, sums)
    for record in found:
        parts = (record[key] for key in ("short_interest_start", "new_short", "turned_up", "short_interest_end"))
        record["price_effect"] = usd(price_effect_to_the_cent(*parts))
    return found
