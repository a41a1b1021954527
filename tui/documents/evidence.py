"""The document `evidence`: how every score ranked the squeezes of the user's own history, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.values import records, rounded_ratio
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.evidence.ranking import Ranking
    from shortside.evidence.record import EvidenceRecord


def _symbols(record: Record, width: int, glyphs: Any) -> str:
    from widgets.format import fit

    return fit(" ".join(record["squeezed_symbols"]), width, glyphs=glyphs)


def _score_cell(record: Record, width: int, glyphs: Any) -> str:
    """The score, in the words that people read."""
    from shortside.evidence.record import RECORDED_SCORES
    from widgets.format import fit

    return fit(dict(RECORDED_SCORES)[record["score"]], width, glyphs=glyphs)


def _fine_cell(key: str, decimals: int) -> Callable[[Record, int, Any], str]:
    """Writes a figure whose third digit counts."""

    def cell(record: Record, width: int, glyphs: Any) -> str:
        from widgets.format import number

        return number(record[key], width, decimals=decimals, glyphs=glyphs)

    return cell


def _share_cell(key: str) -> Callable[[Record, int, Any], str]:
    """Writes a probability in per cent, which of another score would be something else."""

    def cell(record: Record, width: int, glyphs: Any) -> str:
        from widgets.format import percent

        return percent(record[key], width, signed=False, glyphs=glyphs)

    return cell


def _score_figure(key: str) -> Callable[[Record, int, Any], str]:
    """Writes a figure of a score: a probability in per cent, any other as the number it is."""

    def cell(record: Record, width: int, glyphs: Any) -> str:
        if record["score"] in ("probability", "by_volatility"):
            return _share_cell(key)(record, width, glyphs)
        return _fine_cell(key, 3)(record, width, glyphs)

    return cell


def decile_records(document: Document) -> list[Record]:
    """The tenths of every score, one under the other."""
    return [
        {"score": score, "tenth": place, **bucket}
        for score, buckets in document["deciles"].items()
        for place, bucket in enumerate(buckets, 1)
    ]


EVENING_FIELDS: Final = (
    Field("day", Unit.DAY, "the evening of the publication", page=PageColumn("evening", 10)),
    Field("settlement", Unit.DAY, "the settlement published on it", page=PageColumn("settled", 10)),
    Field("names", Unit.COUNT, "names that have a probability", page=PageColumn("names", 6)),
    Field("base", Unit.RATIO, "the mean probability that was said", page=PageColumn("said", 6)),
    Field("came", Unit.RATIO, "the frequency of squeezes", page=PageColumn("came", 6)),
    Field(
        "notable",
        Unit.COUNT,
        "names of at least 8 %; where nobody had as much, the ten most likely ones",
        page=PageColumn("likely", 6),
    ),
    Field("least_notable", Unit.RATIO, "the least probability among those", page=PageColumn("from", 6)),
    Field("notable_squeezed", Unit.COUNT, "those of them that squeezed", page=PageColumn("hits", 5)),
    Field(
        "squeezed_symbols",
        Unit.AS_IT_IS,
        "their symbols, the most likely first",
        lambda row: list(row.squeezed_symbols),
        PageColumn("which", 26, written=_symbols),
    ),
    Field(
        "fitted_to",
        Unit.DAY,
        "the last evening its coefficients were fitted on, whose outcome was public by then; null where none could be "
        "known yet, so that nothing was said, and of a simulated market",
        page=PageColumn("fitted to", 10),
    ),
)
"""The keys of the rows, an evening each."""
RANKING_FIELDS: Final = (
    Field(
        "score",
        Unit.WORDS,
        "`probability by_volatility squeeze crowding short_outstanding days_to_cover volatility`",
        page=PageColumn("score", 25, written=_score_cell),
    ),
    Field("rows", Unit.COUNT, "names times evenings of which score and outcome are known", page=PageColumn("rows", 8)),
    Field("events", Unit.COUNT, "squeezes among them", page=PageColumn("came", 7)),
    Field("base_rate", Unit.RATIO, "`events` / `rows`", page=PageColumn("base", 6)),
    Field(
        "auc",
        Unit.NUMBER,
        "chance that a squeeze stands above another row; 0.5 is a coin; null without either kind",
        page=PageColumn("AUC", 6, written=_fine_cell("auc", 3)),
    ),
    Field(
        "average_precision",
        Unit.NUMBER,
        "mean over squeezes of the part of squeezes down to each",
        page=PageColumn("AP", 7, written=_fine_cell("average_precision", 4)),
    ),
    Field("top_2", Unit.RATIO, "frequency of squeezes in the highest 2 %", page=PageColumn("top 2 %", 8)),
    Field("top_10", Unit.RATIO, "in the highest 10 %", page=PageColumn("top 10 %", 8)),
    Field("low_10", Unit.RATIO, "in the lowest 10 %", page=PageColumn("low 10 %", 8)),
)
BUCKET_FIELDS: Final = (
    Field("low", Unit.NUMBER, "the least in it", page=PageColumn("from", 7, written=_share_cell("low"))),
    Field("high", Unit.NUMBER, "the most in it", page=PageColumn("to", 7, written=_share_cell("high"))),
    Field("rows", Unit.COUNT, "names times evenings in it", page=PageColumn("rows", 8)),
    Field("said", Unit.NUMBER, "the mean of the score in it", page=PageColumn("said", 7, written=_share_cell("said"))),
    Field("came", Unit.RATIO, "the frequency of squeezes in it", page=PageColumn("came", 7)),
    Field("came_low", Unit.RATIO, "lower end of Wilson's 95 % interval of `came`", page=PageColumn("at least", 8)),
    Field("came_high", Unit.RATIO, "upper end of it", page=PageColumn("at most", 8)),
)
DECILE_FIELDS: Final = (
    RANKING_FIELDS[0],
    Field("tenth", Unit.COUNT, "of the rows by the score, 1 the lowest", page=PageColumn("tenth", 6)),
    *(
        field._replace(page=PageColumn(field.page.title, 9, written=_score_figure(field.key)))
        if field.unit is Unit.NUMBER and field.page is not None
        else field
        for field in BUCKET_FIELDS
    ),
)
"""The keys of a tenth of a score, as the screen shows them one under the other."""
NO_HISTORY: Final = (
    "no publication has an outcome yet: that takes 61 sessions of prices before it, 21 sessions after it, and the "
    "second publication of short interest after it. `shortside backfill --since DATE` fetches more history"
)


def evidence_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, from the whole history of the source.

    Raises:
        SourceError: no publication has an outcome that is known.
    """
    from shortside.evidence.squeeze_chances import coefficients
    from shortside.evidence.squeeze_vintages import shipped_vintages
    from tui.errors import SourceError
    from tui.sources.evidence import evidence_record

    market, options = asked.board.market, asked.options
    if market.is_replayed:
        # A recording goes on beyond the moment that is played.
        options = options._replace(as_of=market.last_session)
    record = evidence_record(asked.board.desk, options, asked.loaded.clock)
    if record is None:
        raise SourceError(NO_HISTORY)
    shipped = coefficients()
    content: Record = {
        "version": shipped["version"],
        "fitted_on": shipped["fitted_on"],
        "coefficients_known_from": shipped_vintages()[0].known_from.isoformat(),
        "scored": _scored(record),
        "walk_forward": {key: shipped["record"][key] for key in ("first", "last", "rankings", "calibration")},
        "names_times_evenings": record.rows,
        "unknown": record.unknown,
        "rankings": _rankings(record.rankings),
        "own_rankings": _rankings(record.own_rankings),
        "calibration": records(BUCKET_FIELDS, record.buckets),
        "deciles": {key: records(BUCKET_FIELDS, buckets) for key, buckets in record.deciles.items()},
        "short_interest_fifths": [rounded_ratio(one) for one in record.short_interest_fifths],
        "own_short_interest_fifths": [rounded_ratio(one) for one in record.own_short_interest_fifths],
        "crowded_return": rounded_ratio(record.crowded_return),
        "other_return": rounded_ratio(record.other_return),
        "rows": records(EVENING_FIELDS, _newest_first(record, asked.options.limit)),
    }
    return DocumentContent(content, asked.loaded.inputs)


def _scored(record: EvidenceRecord) -> Record:
    """Of which evenings there is a probability: how many, the first and the last."""
    days = [one.day for one in record.evenings if one.base == one.base]
    ends = (min(days).isoformat(), max(days).isoformat()) if days else (None, None)
    return {"evenings": len(days), "first": ends[0], "last": ends[1], "without": len(record.evenings) - len(days)}


def _rankings(found: Mapping[str, Ranking]) -> list[Record]:
    rows = [
        SimpleNamespace(score=key, **{name: getattr(one, name) for name in one.__slots__}) for key, one in found.items()
    ]
    return records(RANKING_FIELDS, rows)


def _newest_first(record: EvidenceRecord, limit: int) -> list[Any]:
    rows = list(reversed(record.evenings))
    return rows[:limit] if limit else rows


def evidence_headline(document: Document) -> str:
    """What follows the title of the page: of how many evenings it is."""
    return f"{document['names_times_evenings']:,} names × evenings, {document['version']}"


def evidence_summary(document: Document, glyphs: Any) -> list[str]:
    """How every score ranked, what the probability said and what came, and what crowding was followed by."""
    from shortside.evidence.record import RECORDED_SCORES
    from widgets.format import percent

    def share(value: float | None) -> str:
        return percent(value, 8, signed=False, glyphs=glyphs).strip()

    words = dict(RECORDED_SCORES)
    lines = [
        "squeeze: a close 25 % up within 21 sessions of a publication, and a tenth of the shares short covered by the "
        "second publication after it",
        _sample_words(document),
    ]
    for one in document["rankings"]:
        auc = "unknown" if one["auc"] is None else f"{one['auc']:.3f}"
        lines.append(
            f"{words[one['score']]}: AUC {auc}; of the highest 2 % {share(one['top_2'])} squeezed, of the highest 10 % "
            f"{share(one['top_10'])}, of the lowest 10 % {share(one['low_10'])}, of all {share(one['base_rate'])}"
        )
    said = ", ".join(f"{share(one['said'])} {share(one['came'])} of {one['rows']:,}" for one in document["calibration"])
    lines.append(f"said on average, and came: {said}")
    lines.append(
        "crowding is a description, not a forecast: 20 sessions after, the most crowded tenth stood at a median of "
        f"{share(document['crowded_return'])}, all names at {share(document['other_return'])}"
    )
    return lines


def _sample_words(document: Document) -> str:
    """Of which evenings the record is, and that none of them was known to what it was scored with."""
    scored, since = document["scored"], document["coefficients_known_from"]
    if not scored["evenings"]:
        return f"no evening has a probability: the first coefficients could be known on {since}"
    if document["simulated"]:
        return f"{scored['evenings']} evenings of a simulated market, scored with the newest coefficients"
    words = (
        f"out of sample: {scored['evenings']} evenings from {scored['first']} to {scored['last']}, each scored with "
        "coefficients fitted only on evenings whose outcomes were public before it"
    )
    early = f"; {scored['without']} earlier ones have none, the first could be known on {since}"
    return f"{words}{early}" if scored["without"] else words


def evidence_remark() -> str:
    """What docs/contract.md says of the tables beside the rows."""
    tables = []
    for keys, fields in (
        ("`rankings` and `own_rankings`", RANKING_FIELDS),
        ("`calibration` and of the lists of `deciles`", BUCKET_FIELDS),
    ):
        rows = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in fields)
        tables.append(f"Each of {keys} has\n\n| key | meaning |\n|---|---|\n{rows}")
    return "\n\n".join(tables)
