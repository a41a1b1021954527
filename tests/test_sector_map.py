"""The map of sectors by tiers: its dollars are those of both, and every cell opens its names."""

from __future__ import annotations

import numpy as np
import pytest
from board_examples import assert_well_drawn, board_of, text_of
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import monitor, opened, settled
from support_terminal import driver_of, running, settle
from textual import events

from shortside.sector_tiers import SectorTiers, sector_tiers
from shortside.tiers import TierBasis
from shortside.view import View
from shortside.words.group_words import sector_word
from widgets.crowded import CrowdedTable
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.sector_map import TOTAL, map_cells, map_height, map_lines, map_width, shade

SECTORS = {"sectors": np.array(["Technology"] * 5 + ["Finance"] * 4 + [""] * 3, object)}


def board(basis=TierBasis.END, window="ytd"):
    return board_of(View(window=window, basis=basis), **SECTORS)


@pytest.mark.parametrize("window", ["1d", "ytd", "30d"])
@pytest.mark.parametrize("basis", [TierBasis.END, TierBasis.START])
@pytest.mark.parametrize("is_ticked", [False, True])
def test_rows_add_up_to_the_sectors_and_columns_to_the_tiers(basis, window, is_ticked):
    shown = board(basis, window)
    if is_ticked:
        shown.tick(np.array([0, 2, 5]), np.array([170.0, 3.0, 11.0]))
    sums = sector_tiers(shown)
    of_sector = {sector_word(name): place for place, name in enumerate(shown.market.sector_names)}
    of_tier = {label: place for place, label in enumerate(shown.scheme.labels)}
    for measure, figures in (("profit", sums.profit), ("short_interest_end", sums.short_interest)):
        for sector, row in zip(sums.sectors, figures, strict=True):
            assert row.sum() == pytest.approx(shown.sectors[measure][of_sector[sector]], abs=0.005)
        for tier, column in zip(sums.tiers, figures.T, strict=True):
            assert column.sum() == pytest.approx(shown.tiers[measure][of_tier[tier]], abs=0.005)
    assert sums.names.sum() == shown.tiers["names"].sum()
    assert (sums.names.sum(axis=0) > 0).all(), "a tier without names takes no column"


def test_by_the_daily_basis_the_rows_still_add_up_to_the_sectors():
    shown = board(TierBasis.DAILY)
    sums = sector_tiers(shown)
    assert sums.profit.sum() == pytest.approx(shown.sectors["profit"].sum(), abs=0.005)


TWO = SectorTiers(
    sectors=("Technology", "unknown"),
    tiers=("mega", "unclassified"),
    names=np.array([[3, 0], [1, 2]]),
    profit=np.array([[-25e9, 0.0], [1e9, 0.2e9]]),
    average_short_interest=np.array([[100e9, 0.0], [50e9, 1e9]]),
    short_interest=np.array([[110e9, 0.0], [40e9, 1e9]]),
)


def test_the_last_row_and_column_are_sums():
    found = {(cell.sector, cell.tier): cell.profit for cell in map_cells(TWO)}
    assert found[("Technology", TOTAL)] == -25e9
    assert found[(TOTAL, "mega")] == -24e9
    assert found[(TOTAL, TOTAL)] == pytest.approx(-23.8e9)


def test_a_cell_says_its_dollars_and_how_much_of_its_short_interest_they_are():
    lines = [text_of(line).rstrip() for line in map_lines(map_cells(TWO), 60, unit="B")]
    assert lines == [
        "  P&L by tier          mega   unknown       all",
        "  Technology         −25.00▓             −25.00▓",
        "  unknown             +1.00·    +0.20▓    +1.20·",
        "  all                −24.00▒    +0.20▓   −23.80▒",
        "  from · 2%  ░ 5%  ▒ 10%  ▓ 20% of average short interest on",
    ]


@pytest.mark.parametrize(("profit", "sign", "ascii_sign"), [(0.019, " ", " "), (-0.02, "·", "."), (0.5, "▓", "#")])
def test_the_sign_grows_with_the_share_whatever_its_sign(profit, sign, ascii_sign):
    assert (shade(profit, 1.0), shade(profit, 1.0, GLYPHS_ASCII)) == (sign, ascii_sign)
    assert shade(profit, 0.0) == " ", "a share of nothing is none"


@given(
    st.lists(st.lists(st.floats(-1e13, 1e13), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(1, 120),
    st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII]),
)
def test_the_map_fits_any_width(profits, width, glyphs):
    profit = np.array(profits)
    sums = SectorTiers(
        sectors=tuple(f"Sector {place}" for place in range(len(profit))), tiers=("mega", "mid", "nano"),
        names=np.ones_like(profit), profit=profit, average_short_interest=np.abs(profit) * 5,
        short_interest=np.abs(profit) * 5,
    )  # fmt: skip
    lines = map_lines(map_cells(sums), width, glyphs, unit="M")
    assert len(lines) == map_height(sums)
    assert_well_drawn(lines, width)
    if width >= map_width(sums):
        assert not any("…" in text_of(line) for line in lines[:-1])


async def test_a_cell_opens_the_names_of_its_sector_and_tier_and_esc_leads_back(tmp_path):
    async with running(monitor(tmp_path), (120, 40)) as pilot:
        screen = await opened(pilot.app, pilot)
        await settle(pilot)
        for key in ("4", "G", "right", "right"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await settle(pilot)
        panel = screen.query_one("#sectors")
        assert any("P&L by tier" in line for line in driver_of(pilot).terminal.lines())
        entry = panel.entry
        sector, _, tier = entry.key.partition("\n")
        assert sector == TOTAL
        assert tier
        pilot.app.post_message(events.Key("enter", None))
        table = screen.query_one(CrowdedTable)
        await settled(pilot.app, pilot, lambda: table.has_focus)
        assert table.tiers == frozenset({tier})
        assert table.sector is None
        pilot.app.post_message(events.Key("escape", None))
        await settled(pilot.app, pilot, lambda: panel.has_focus)
        assert panel.entry.key == entry.key
