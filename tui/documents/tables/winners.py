"""The document `winners`: the names whose shorts made and lost the most, gross and net of carry, with their noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.tables.cells import measured, tier_in_words
from tui.documents.values import records, usd
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.documents.tables.rows import TableRows

WINNER_FIELDS: Final = (
    Field("symbol", Unit.WORDS, "the ticker", page=PageColumn("symbol", 8)),
    Field("name", Unit.WORDS, "the security's name"),
    Field("tier", Unit.WORDS, "by the cap `tier_basis` says", page=PageColumn("tier", 7, written=tier_in_words)),
    Field("sector", Unit.WORDS, "by Nasdaq's scheme; null where it is unknown"),
    Field(
        "profit",
        Unit.DOLLARS,
        "gross, price only, without what was distributed",
        page=PageColumn("gross P&L", 9, is_signed=True),
    ),
    Field(
        "noise",
        Unit.DOLLARS,
        "half the width of what it may be if shares moved one way between settlements",
        page=PageColumn("±", 7),
    ),
    Field(
        "is_certain",
        Unit.TRUTH,
        "whether `profit` is of one sign wherever in its band it lies",
        page=PageColumn("sure", 4),
    ),
    Field(
        "carry",
        Unit.DOLLARS,
        "what the borrow cost over the window at the fee known last, an estimate; null where no fee is known",
        page=PageColumn("carry", 7),
    ),
    Field("net", Unit.DOLLARS, "`profit` − `carry`; null where no fee is known", page=PageColumn("net P&L", 9, True)),
    Field("average_short_interest", Unit.DOLLARS, "mean over the window", page=PageColumn("avg SI", 7)),
    Field(
        "profit_ratio",
        Unit.RATIO,
        "`profit` / `average_short_interest`; may exceed 1",
        page=PageColumn("P&L %", 8, is_signed=True),
    ),
    Field(
        "net_ratio",
        Unit.RATIO,
        "`net` / `average_short_interest`; null where no fee is known",
        page=PageColumn("net %", 8, is_signed=True),
    ),
    Field("distributed", Unit.DOLLARS, "fell off the price as a distribution that the short owes; not in `profit`"),
)


def winners_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window."""
    from shortside.tables.winners import Winners

    board = measured(asked.board)
    table, limit = Winners(board), asked.options.limit
    best, worst = table.order(), table.order(is_losing=True)
    chosen = [*(best[:limit] if limit else best).tolist(), *reversed((worst[:limit] if limit else worst).tolist())]
    floor = table.floor()
    content: Record = {
        "winners": len(best),
        "losers": len(worst),
        "noise_floor": {
            "names": floor.names,
            "uncertain_names": floor.uncertain_names,
            "uncertain": usd(floor.uncertain),
            "gross": usd(floor.gross),
            "carried_names": floor.carried_names,
        },
        "rows": records(WINNER_FIELDS, [table.name(column) for column in chosen]),
    }
    return DocumentContent(content, asked.loaded.inputs)


def winner_rows(board: Board, *, is_losing: bool) -> TableRows:
    """Every name that gained, the best first, or every one that lost, the worst first, at the prices of the moment."""
    from shortside.breadth import quotient
    from shortside.tables.winners import Winners
    from tui.documents.tables.rows import rows_of_names

    table = Winners(board)
    average = board.average_short_interest
    vectors = {
        "profit": table.profit,
        "noise": table.noise,
        "is_certain": table.is_certain,
        "carry": table.carry,
        "net": table.net,
        "average_short_interest": average,
        "profit_ratio": quotient(table.profit, average),
        "net_ratio": quotient(table.net, average),
        "distributed": table.distributed,
    }
    return rows_of_names(board, WINNER_FIELDS, table.order(is_losing=is_losing), vectors)


def winners_headline(document: Document) -> str:
    """What follows the title of the page: how many there are of each."""
    return f"{document['winners']:,} winners, {document['losers']:,} losers"


def winners_summary(document: Document, glyphs: Any) -> list[str]:
    """How much of it is noise, and of how many names the carry is known."""
    from widgets.format import money

    floor = document["noise_floor"]
    uncertain, gross = (money(floor[key], glyphs, signed=False) for key in ("uncertain", "gross"))
    carried = f"{floor['carried_names']:,} of them" if floor["carried_names"] else "none of them"
    return [
        f"noise: of {floor['names']:,} names {floor['uncertain_names']:,} may have gained or lost, {uncertain} of "
        f"{gross} without regard to the sign; a borrow fee is known of {carried}"
    ]
