"""The one list of the sections of what is kept of a name. A new section is one more record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from tui.documents.kind import Record
from tui.documents.name_records import (
    EVENT_FIELDS,
    FAILS_FIELDS,
    PEER_FIELDS,
    REVISION_FIELDS,
    SHORT_VOLUME_FIELDS,
    THRESHOLD_FIELDS,
)
from widgets.fields import Field
from widgets.format import Glyphs, count, dollars, percent
from widgets.formula import OUR_OWN_CHOICE, Formula

Path = tuple[str, Sequence[float | None]]
"""What a line is of, and its values, oldest first."""
RULE_203: Final = "Regulation SHO, Rule 203(c)(6), and the SEC's fails-to-deliver data"


class RecordSection(NamedTuple):
    """One section: its title, its table, the sentences over it, and what `i` says of it."""

    key: str
    """Of the document's part."""
    title: str
    fields: tuple[Field, ...]
    rows: Callable[[Any], list[Record]]
    """The rows of the document's part."""
    lines: Callable[[Any, Glyphs], list[str]]
    """Short sentences over the table."""
    formula: Formula
    empty: str
    """What is said where there is no row."""
    path: Callable[[Any], Path] | None = None
    """What is drawn as a line; None for nothing."""


def _fails_lines(fails: Any, glyphs: Glyphs) -> list[str]:
    recent = fails["recent"]
    unknown = f", unknown on {recent['days_unknown']}" if recent["days_unknown"] else ""
    return [
        f"as large as a threshold security's on {recent['days_over']} of {recent['days_looked_at']} settlement days "
        f"looked at in the last 35{unknown}; {recent['days_in_a_row']} in a row now"
    ]


def _threshold_lines(lists: Any, glyphs: Glyphs) -> list[str]:
    return [
        f"on {lists['days_listed']} of {lists['days_looked_at']} lists of its exchange kept since {lists['first_day']}"
        "; of a day without a list nobody knows"
    ]


def _volume_lines(volume: Any, glyphs: Glyphs) -> list[str]:
    last, mean = (percent(volume[key], 8, False, glyphs=glyphs).strip() for key in ("last_ratio", "mean_ratio"))
    return [f"sold short off exchange: {last} in the last session, {mean} in 20; it is not short interest"]


def _revision_lines(revisions: Any, glyphs: Glyphs) -> list[str]:
    known = [one["profit_effect"] for one in revisions if one["profit_effect"] is not None]
    if not known:
        return []
    total = dollars(sum(known), 9, True, glyphs=glyphs).strip()
    noun = "revision" if len(known) == 1 else "revisions"
    return [f"{len(known)} {noun} changed the P&L of the window by {total} in all"]


def _peer_lines(peers: Any, glyphs: Glyphs) -> list[str]:
    return [f"{count(peers['count'], 6, glyphs=glyphs).strip()} names share its sector and tier, most crowded first"]


SECTIONS: Final = (
    RecordSection(
        "fails",
        "fails",
        FAILS_FIELDS,
        lambda fails: list(fails["days"]),
        _fails_lines,
        Formula(
            title="Fails to deliver",
            formula="over where fails ≥ 10,000 shares and fails / shares outstanding ≥ 0.5 %",
            words="The balance of shares sold, long or short, that were not delivered on a settlement day, as the SEC "
            "prints it half a month late. It is a balance: two days' figures are not added. Five days over in a row "
            "put a security on its exchange's threshold list. Shares outstanding are those of the same day.",
            source=RULE_203,
        ),
        "no settlement day of a file that is kept",
        lambda fails: ("fails", [one["fails"] for one in reversed(fails["days"])]),
    ),
    RecordSection(
        "threshold_lists",
        "threshold lists",
        THRESHOLD_FIELDS,
        lambda lists: [lists],
        _threshold_lines,
        Formula(
            title="Days on threshold lists",
            formula="on it / lists of its exchange that are kept",
            words="Only days whose list is kept are looked at. Of any other day it is not known whether it was on it.",
            source=RULE_203,
        ),
        "no list",
    ),
    RecordSection(
        "off_exchange",
        "off exchange",
        SHORT_VOLUME_FIELDS,
        lambda volume: list(volume["sessions"]),
        _volume_lines,
        Formula(
            title="Sold short off exchange",
            formula="short volume / total volume",
            words="Of FINRA's daily files of its reporting facilities, market makers' hedges included: 40 to 50 % are "
            "usual of a name nobody bets against. It says nothing of positions and is not short interest.",
            source="FINRA's daily short sale volume files",
        ),
        "no session of it",
        lambda volume: ("short", [one["ratio"] for one in reversed(volume["sessions"])]),
    ),
    RecordSection(
        "revisions",
        "revisions",
        REVISION_FIELDS,
        list,
        _revision_lines,
        Formula(
            title="Revisions by FINRA",
            formula="P&L by it = P&L with the revised figure − P&L with the first one",
            words="Both over the window in view, with the view's way to know shares between settlements, all other "
            "figures as they are. A revision is known from the publication of the next settlement on.",
            source=OUR_OWN_CHOICE,
        ),
        "FINRA revised no settlement of it that the view knows of",
    ),
    RecordSection(
        "peers",
        "peers",
        PEER_FIELDS,
        lambda peers: list(peers["rows"]),
        _peer_lines,
        Formula(
            title="Peers",
            formula="same sector and same tier, held short in the window",
            words="Ranked by crowding, the most crowded first; the name itself is always among them.",
            source=OUR_OWN_CHOICE,
        ),
        "no peer",
    ),
    RecordSection(
        "events",
        "events",
        EVENT_FIELDS,
        list,
        lambda events, glyphs: [],
        Formula(
            title="Events",
            formula="splits applied, distributions, changes of ticker, and what is doubtful",
            words="Dollars are what the decision changes of the P&L in the window, or what hangs on a doubt. "
            "A split's ratio is what earlier prices were multiplied by; a distribution's is the part of the price. "
            "A change of ticker is of the first session under the new one.",
            source=OUR_OWN_CHOICE,
        ),
        "no split, distribution, change of ticker or doubt in the sessions in view; a change is told by two settlements"
        " of FINRA's, the older with the one symbol, the newer with the other",
    ),
)
"""In the order in which one key goes through them."""
