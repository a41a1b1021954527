"""The arithmetic can be used without the monitor, as docs/library.md shows."""

import re
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from market_data import LAST, write_market

import shortside
from shortside import View, board_of, book_of, market_of_folder, names_of, tiers_of
from shortside.windows import window_of

DOCUMENT = "docs/library.md"


@pytest.fixture
def folder(tmp_path):
    return write_market(tmp_path / "market")


@pytest.fixture
def board(folder):
    return board_of(market_of_folder(folder), View(window="ytd"))


def examples(repository):
    return re.findall(r"```python\n(.*?)```", (repository / DOCUMENT).read_text(), flags=re.DOTALL)


def test_the_document_s_examples_run_as_they_stand(repository, folder):
    blocks = examples(repository)
    assert len(blocks) == 2
    outcome = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=folder.parent,
        env={"PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "TrueCar" in outcome.stdout
    assert "P&L since 31 January:" in outcome.stdout


def test_every_name_of_the_face_is_in_the_document_and_can_be_had(repository):
    text = (repository / DOCUMENT).read_text()
    for name in shortside.__all__:
        assert getattr(shortside, name) is not None
    assert [name for name in shortside.__all__ if name not in text and name not in {"Board", "Book", "Market"}] == []


def test_a_name_that_is_not_there_is_said():
    with pytest.raises(AttributeError, match="no attribute 'tickers'"):
        _ = shortside.tickers


def test_importing_the_package_loads_no_library():
    program = "import sys, shortside; print(sorted({'numpy', 'pandas', 'providers', 'tui'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"


def test_the_tiers_add_up_to_the_total(board):
    tiers = tiers_of(board)
    parts = tiers.drop(index="total")
    for column in ("names", "profit", "new_short", "short_interest_end"):
        assert parts[column].sum() == pytest.approx(tiers.loc["total", column])


def test_a_name_s_figures_are_the_board_s(board):
    names = names_of(board, sort="-profit")
    place = board.market.symbols.tolist().index("TRUE")
    assert names.loc["TRUE", "profit"] == board.profit[place]
    assert names["profit"].is_monotonic_increasing
    assert names["borrow_fee"].dtype == np.float64


def test_no_name_is_a_frame_with_every_column(board):
    assert list(names_of(board, limit=0).columns) == list(names_of(board).columns)
    assert len(names_of(board, limit=0)) == 0


def test_a_limit_below_zero_and_an_unknown_order_are_refused(board):
    with pytest.raises(ValueError, match="limit = -1"):
        names_of(board, limit=-1)
    with pytest.raises(KeyError):
        names_of(board, sort="luck")


def test_the_market_ends_on_the_day_asked_for(folder):
    assert market_of_folder(folder, as_of=date(2023, 2, 1)).last_session == date(2023, 2, 1)
    assert market_of_folder(folder).last_session == LAST


def test_what_was_published_later_is_not_read(folder):
    early = market_of_folder(folder, known_on=date(2023, 1, 31))
    late = market_of_folder(folder)
    assert len(early.settlements) < len(late.settlements)


def test_a_book_s_window_is_the_board_s(folder):
    market = market_of_folder(folder)
    whole = book_of(market).window(window_of("ytd", market.sessions))
    board = board_of(market, View(window="ytd"))
    np.testing.assert_allclose(whole.profit[board.was_held], board.profit[board.was_held])


def test_the_package_can_be_run(repository):
    words = [sys.executable, "-m", "shortside", "--version"]
    outcome = subprocess.run(words, cwd=repository, capture_output=True, text=True, check=True, timeout=60)
    assert outcome.stdout.startswith("shortside ")
