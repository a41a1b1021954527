"""The sentences over the table of the document `published`: the identity, the revisions, who is trapped, the groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortside.sessions import NEW_YORK
from shortside.words.group_words import tier_word
from tui.documents.kind import Document, Record
from widgets.format import money
from widgets.publication_cells import arrow_of


def published_headline(document: Document) -> str:
    """What follows the title of the page: which settlement, against which, and how many of the names are shown."""
    shown = f"{len(document['rows']):,} of {document['names']:,} names"
    return f"settlement {document['settlement']} against {document['settlement_before']} · {shown}"


def published_summary(document: Document, glyphs: Any) -> list[str]:
    """The sums of the page for people, a sentence each."""
    total, tiers, sectors = (document["sums"][name] for name in ("total", "tiers", "sectors"))

    def usd(value: float | None, is_signed: bool = True) -> str:
        return money(value, glyphs, signed=is_signed)

    start, end = usd(total["short_interest_start"], False), usd(total["short_interest_end"], False)
    lines = [
        f"published {document['published']}{_arrival_words(document)}",
        f"short interest {start} {arrow_of(glyphs)} {end}: new {usd(total['new_short'])}, "
        f"price {usd(total['price_effect'])}{_turned_up(total, usd(total['turned_up']))}",
        f"built {usd(total['built'])} in {total['built_names']:,} names, covered {usd(total['covered'])} in "
        f"{total['covered_names']:,}; entered {total['entered_names']:,} ({usd(total['entered'])}), left "
        f"{total['left_names']:,} ({usd(total['left'])}), not in the file {total['held_names']:,}",
        f"revised in this file: {total['revised_names']:,} names, {usd(total['revised'])}; "
        f"carried until then {usd(total['carried'], False)}",
        f"trapped (more short, price up by {document['prices_to']}): {total['trapped_names']:,} names, "
        f"{usd(total['trapped'])}; right (price down): {total['right_names']:,}, {usd(total['right'])}",
    ]
    for title, groups in (("tiers", tiers), ("sectors", sectors)):
        words = (f"{tier_word(one['label'])} {usd(one['new_short'])}" for one in groups if one["names"])
        lines.append(f"new short by {title}: {', '.join(words)}")
    return lines


def _turned_up(total: Record, words: str) -> str:
    return f", turned up {words}" if total["turned_up"] else ""


def _arrival_words(document: Document) -> str:
    """When the file was seen, in New York, and whether that was late; nothing where nobody kept it."""
    if document["seen_at"] is None:
        return ""
    seen, late = datetime.fromisoformat(document["seen_at"]).astimezone(NEW_YORK), document["late_seconds"]
    lateness = "" if late is None else ", in time" if not late else f", {late:,} s late"
    return f", first seen {seen:%Y-%m-%d %H:%M:%S} New York{lateness}"
