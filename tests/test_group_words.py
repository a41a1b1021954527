"""What nobody knows has one word: an unknown tier or sector is called so wherever a person reads of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from board_examples import screen_text
from market_examples import listings_of, texts
from monitor_examples import SYMBOLS, loaded_market, monitor, opened, settled, small_market

from shortside.board import Desk
from shortside.market import market_of
from shortside.words.group_words import UNCLASSIFIED, UNKNOWN, sector_word, tier_word
from tui.arguments import arguments_of
from tui.documents.catalog import DOCUMENTS
from tui.settings.configuration import configured
from widgets.format import GLYPHS_UNICODE

OTHER_WORDS = ("no cap", UNCLASSIFIED, "n/k", "no sector")


def without_counts_and_sectors():
    """The small market, whose first three names have neither a share count nor a sector."""
    known = small_market()
    counts = np.repeat(10 ** np.linspace(6.0, 10.5, 10)[None], len(known.sessions), 0).astype(np.float32)
    counts[:, :3] = np.nan
    sectors = texts(["", "", "", *["Technology"] * (len(SYMBOLS) - 3)])
    shares = np.full((5, len(SYMBOLS)), 1e6)
    return market_of(listings_of(known.close, shares, symbols=SYMBOLS, shares_outstanding=counts, sectors=sectors))


def load(*_arguments, **_how):
    market = without_counts_and_sectors()
    return SimpleNamespace(**{**vars(loaded_market()), "market": market, "desk": Desk(market)})


def assert_one_word(app):
    text = "\n".join(screen_text(app))
    for words in OTHER_WORDS:
        assert words not in text, text
    return text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_no_screen_has_another_word_for_an_unknown_tier_or_sector(tmp_path, size):
    app = monitor(tmp_path, loader=load)
    async with app.run_test(size=size) as pilot:
        main = await opened(app, pilot)
        assert UNKNOWN in assert_one_word(app)
        await pilot.press("1", "end", "k", "enter")
        await settled(app, pilot, lambda: main.table.tiers == {UNCLASSIFIED})
        assert f"tiers {UNKNOWN}" in main.table.title
        assert_one_word(app)
        for keys in (("i", "escape"), ("enter", "escape"), ("t", "t"), ("slash", *"III", "enter", "escape")):
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
                assert_one_word(app)


def test_the_words_are_the_labels_but_for_what_is_unknown():
    assert [tier_word(label) for label in ("mega", "nano", UNCLASSIFIED)] == ["mega", "nano", UNKNOWN]
    assert [sector_word(name) for name in ("Technology", "")] == ["Technology", UNKNOWN]


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.name)
def test_no_table_for_people_has_the_label_of_the_unknown_tier(kind):
    for field in kind.fields():
        if field.key == "tier" and field.page is not None:
            assert field.page.written is not None
            assert field.page.written({"tier": UNCLASSIFIED}, 19, GLYPHS_UNICODE).strip() in (UNKNOWN, "—")
            assert field.page.written({"tier": "mega"}, 19, GLYPHS_UNICODE).strip() == "mega"


@pytest.mark.parametrize("word", [UNKNOWN, UNCLASSIFIED])
def test_names_of_the_unknown_tier_can_be_asked_for_by_either_word(tmp_path, word):
    given = arguments_of(["snapshot", "names", "--tier", word]).given
    assert configured(given, {"SHORTSIDE_HOME": str(tmp_path)}).options.tier == UNCLASSIFIED
