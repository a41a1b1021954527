"""Makes the documents of `shortside snapshot` as dictionaries, with the keys that docs/contract.md promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shortside.doubts import Doubt
from shortside.freshness import InputAge
from tui.documents.kind import Document, DocumentKind, DocumentRequest, Record
from tui.documents.values import usd

if TYPE_CHECKING:
    from providers.recording.reader import Recording


MOST_DOUBTS: Final = 100
"""Doubts in a document; the rest are counted."""


def document_of(kind: DocumentKind, asked: DocumentRequest) -> tuple[Document, tuple[InputAge, ...]]:
    """A document of one kind, and the inputs its figures rest on.

    Raises:
        NoSectorError: names are asked for of a sector that is none.
        SourceError: the source has nothing to print.
    """
    made = kind.make(asked)
    # A figure that rests on fees over time has asked for them: they are read, and it is made again.
    if asked.board.desk.fee_paths.fill():
        made = kind.make(asked)
    doubts = asked.board.doubts if made.doubts is None else made.doubts
    document = {**document_head(kind.schema, asked), **made.content, **doubt_records(doubts)}
    if kind.has_inputs:
        document["inputs"] = [one.as_record() for one in made.inputs]
    return document, made.inputs


def doubt_records(doubts: Sequence[Doubt]) -> Record:
    """The doubts that most hangs on, and how many more there are."""
    return {
        "doubtful": [
            {
                "symbol": doubt.symbol or None,
                "rule": doubt.rule.word,
                "session": str(doubt.session),
                "evidence": doubt.evidence,
                "dollars": usd(doubt.dollars),
            }
            for doubt in doubts[:MOST_DOUBTS]
        ],
        "doubtful_left_out": max(len(doubts) - MOST_DOUBTS, 0),
    }


def recording_record(recording: Recording) -> Record:
    """What a document says of the recording it is out of: of which source, from when to when, and whether whole."""
    return {
        "source": recording.head.source,
        "began_at": recording.head.began_at.isoformat(),
        "ended_at": recording.ended_at.isoformat(),
        "is_whole": recording.is_whole,
    }


def document_head(schema: str, asked: DocumentRequest) -> Document:
    """What every document begins with: its schema, its day and view, and the source."""
    board = asked.board
    view, market, window = board.view, board.market, board.window
    return {
        "schema": schema,
        "as_of": market.last_session.isoformat(),
        "day_note": None if asked.loaded.day_note is None else asked.loaded.day_note.sentence,
        "window": {
            "name": window.name,
            "start": window.start_date.isoformat(),
            "end": window.end_date.isoformat(),
            "missed": window.missed,
        },
        "window_note": board.window_note,
        "tier_basis": view.basis.value,
        "positions": view.positions.value,
        "known": view.knowledge.value,
        "measured_to": None if board.measured_to is None else board.measured_to.isoformat(),
        "cycle": {"start": board.cycle.start_date.isoformat(), "end": board.cycle.end_date.isoformat()},
        "hindsight_to": None if board.hindsight_to is None else board.hindsight_to.isoformat(),
        "source": "replay" if market.is_replayed else market.source,
        "simulated": market.is_simulated,
    }
