"""What a title says of the fees over time that a figure rests on: being read, none, or from when to when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortside.sessions import NEW_YORK
from widgets.format import GLYPHS_UNICODE, Glyphs, short_date

if TYPE_CHECKING:
    from shortside.board import Board


def fee_path_words(board: Board, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Words for the end of a title; empty where no figure that is shown rests on fees over time."""
    paths = board.desk.fee_paths
    if not paths.is_wanted:
        return ""
    if paths.is_being_read:
        return "fees being read"
    if paths.history is None:
        return f"net: {paths.why_none}"
    last = board.market.last_session
    first = short_date(paths.history.days[0].astype(object), 9, reference=last, glyphs=glyphs).strip()
    newest = paths.history.now.known_at.astimezone(NEW_YORK)
    day = short_date(newest.date(), 9, reference=last, glyphs=glyphs).strip()
    return f"net: fees from {first} to {day} {newest:%H:%M}"
