"""The comparison of an archive with files names what parts the two tables, and adds up to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from market_examples import listings_of

from docs import compare_public
from docs.compare_public import board_of, differences, lines_of
from shortside.board import Board
from shortside.sessions import NEW_YORK


def boards(*, lost: tuple[int, ...] = (), shrunk: tuple[int, ...] = ()) -> tuple[Board, Board]:
    """Four large names that fall by a tenth; the archive lacks some, and has others a hundred times smaller."""
    close = np.linspace(100.0, 90.0, 60)[:, None] * np.ones(4)
    files = listings_of(close, np.full((7, 4), 1e6), symbols=["A", "B", "C", "D"])
    files = replace(files, shares_outstanding=np.full(close.shape, 2e8, np.float32))
    shares, counts = files.shares_short.copy(), files.shares_outstanding.copy()
    shares[:, list(lost)] = np.nan
    counts[:, list(shrunk)] /= 100
    moment = datetime.combine(files.sessions[-1].astype(object), datetime.min.time(), NEW_YORK).replace(hour=18)
    archive = replace(files, shares_short=shares, shares_outstanding=counts)
    return board_of(files, moment), board_of(archive, moment)


def test_equal_tables_differ_by_nothing():
    [large, *_] = differences(*boards())
    assert (large.label, large.share, large.counted_by_both) == ("mega+large", 0.0, 0.0)


def test_a_name_the_archive_lacks_is_named_with_all_it_made():
    files, public = boards(lost=(1,))
    [large, *_] = differences(files, public)
    symbol, dollars = large.names[0]
    assert symbol == "B"
    assert dollars == pytest.approx(-float(files.profit[1]))
    assert large.share == pytest.approx(-files.profit[1] / large.gross)
    assert large.counted_by_both == 0.0


def test_a_name_in_another_group_is_missing_in_one_and_too_many_in_the_other():
    files, public = boards(shrunk=(2,))
    by_label = {one.label: one for one in differences(files, public)}
    assert by_label["mega+large"].names[0][0] == "C"
    assert by_label["mega+large"].public - by_label["mega+large"].filed == pytest.approx(-float(files.profit[2]))


def test_the_names_add_up_to_the_difference():
    for one in differences(*boards(lost=(0,), shrunk=(3,))):
        assert sum(dollars for _, dollars in one.names) == pytest.approx(one.public - one.filed, abs=1e-6)


def test_the_table_is_markdown_with_a_sign_before_every_figure():
    head, rule, large, *_ = lines_of(differences(*boards(lost=(1,))))
    assert head.count("|") == rule.count("|") == large.count("|")
    assert large == "| mega+large | +0.04 bn | +0.03 bn | -2.63% | +0.00% | B -10 mm |"


def test_a_moment_without_an_offset_is_new_york_s(tmp_path, monkeypatch, capsys):
    moments, asked = [], []

    class Provider:
        def __init__(self, _folder, clock=None):
            if clock is not None:
                moments.append(clock())

        def read_listings(self, **options):
            asked.append(options)
            return listings_of(np.full((60, 2), 10.0), np.full((7, 2), 1e6))

    monkeypatch.setattr(compare_public, "FilesProvider", Provider)
    monkeypatch.setattr(compare_public, "PublicProvider", Provider)
    day = "2023-03-29T17:30"
    compare_public.main(["--data", str(tmp_path), "--archive", str(tmp_path), "--moment", day])
    assert moments == [datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)]
    assert asked[0] == {"until": moments[0].date(), "knowledge": moments[0].date()}
    assert "| unclassified | +0.00 bn | +0.00 bn | — | — |" in capsys.readouterr().out
