"""A copy of the market is the market, or is passed over with a word; it is never in the way."""

import json
import os
from dataclasses import fields, is_dataclass, replace
from datetime import date

import numpy as np
import pytest
from market_data import prices, write_market, write_parquet

from providers.files.source import FilesProvider
from providers.listings.cache import FORMAT, MOST_COPIES_KEPT, load_listings, save_listings
from shortside.listings import LendingList

KEY = "0123456789abcdef" * 4


@pytest.fixture
def listings(tmp_path):
    return FilesProvider(write_market(tmp_path / "market")).read_listings()


@pytest.fixture
def complaints():
    return []


def assert_same(one, other):
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if is_dataclass(left):
            assert_same(left, right)
        elif isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, field.name
            assert left.shape == right.shape, field.name
            equal_nan = left.dtype.kind in "fM"
            assert np.array_equal(left, right, equal_nan=equal_nan), field.name
        else:
            assert left == right or (left != left and right != right), field.name  # NaT is unlike itself


def copy_of(folder):
    (place,) = folder.glob("listings-*")
    return place


def test_what_is_loaded_is_what_was_saved(tmp_path, listings, complaints):
    save_listings(listings, tmp_path / "cache", KEY, complaints.append)
    loaded = load_listings(tmp_path / "cache", KEY, complaints.append)
    assert loaded is not None
    assert_same(listings, loaded)
    assert complaints == []


def test_what_only_keyed_sources_fill_is_kept_too(tmp_path, listings, complaints):
    flags = np.ones(len(listings.symbols))
    lending = LendingList(is_lent=flags, is_easy=flags, as_of=listings.sessions[-1], source="alpaca")
    keyed = replace(listings, lending=lending, estimated_counts=("AAPL", "NA"))
    save_listings(keyed, tmp_path / "cache", KEY, complaints.append)
    loaded = load_listings(tmp_path / "cache", KEY, complaints.append)
    assert loaded is not None
    assert_same(keyed, loaded)


def test_a_market_without_borrow_float_or_splits_survives(tmp_path, complaints):
    folder = write_market(tmp_path / "market")
    for name in ("splits.csv", "wsj_float.parquet", "borrow/ibkr_usa_20230228_0930.txt.gz"):
        (folder / name).unlink()
    listings = FilesProvider(folder).read_listings()
    save_listings(listings, tmp_path / "cache", KEY, complaints.append)
    loaded = load_listings(tmp_path / "cache", KEY, complaints.append)
    assert loaded is not None
    assert loaded.borrow is None
    assert_same(listings, loaded)


def test_there_is_no_copy_of_what_was_never_saved(tmp_path, complaints):
    assert load_listings(tmp_path / "cache", KEY, complaints.append) is None
    assert complaints == []


def _tear_array(place):
    path = place / "close.npy"
    path.write_bytes(path.read_bytes()[:200])


def _drop_array(place):
    (place / "volume.npy").unlink()


def _swap_array(place):
    np.save(place / "close.npy", np.zeros(3))


def _tear_meta(place):
    path = place / "meta.json"
    path.write_bytes(path.read_bytes()[:100])


def _drop_meta(place):
    (place / "meta.json").unlink()


def _age(place):
    path = place / "meta.json"
    meta = json.loads(path.read_text())
    path.write_text(json.dumps({**meta, "format": FORMAT + "0"}))


def _forget_a_field(place):
    path = place / "meta.json"
    meta = json.loads(path.read_text())
    del meta["values"]["notes"]
    path.write_text(json.dumps(meta))


def _rekey(place):
    path = place / "meta.json"
    meta = json.loads(path.read_text())
    path.write_text(json.dumps({**meta, "key": "another"}))


def _replace_meta(place):
    (place / "meta.json").write_text("[1, 2]")


@pytest.mark.parametrize(
    "damage",
    [
        _tear_array,
        _drop_array,
        _swap_array,
        _tear_meta,
        _drop_meta,
        _age,
        _forget_a_field,
        _rekey,
        _replace_meta,
    ],
)
def test_a_copy_one_cannot_trust_is_passed_over_with_a_word_and_made_anew(tmp_path, complaints, damage):
    folder = write_market(tmp_path / "market")
    provider = FilesProvider(folder, cache=tmp_path / "cache", complain=complaints.append)
    first = provider.read_listings()
    damage(copy_of(tmp_path / "cache"))
    assert_same(provider.read_listings(), first)
    assert len(complaints) == 1
    assert "is passed over" in complaints[0]
    assert_same(provider.read_listings(), first)
    assert len(complaints) == 1


@pytest.mark.parametrize("obstacle", ["cache", "cache/deeper"])
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, complaints, obstacle):
    # A file where a folder should be: unlike permissions, it also stops root.
    folder = write_market(tmp_path / "market")
    (tmp_path / "cache").write_text("in the way")
    provider = FilesProvider(folder, cache=tmp_path / obstacle, complain=complaints.append)
    assert provider.read_listings().shape == FilesProvider(folder).read_listings().shape
    assert len(complaints) == 1
    assert "no copy of the market is kept" in complaints[0]


def test_a_changed_input_is_read_again(tmp_path, complaints):
    folder = write_market(tmp_path / "market")
    provider = FilesProvider(folder, cache=tmp_path / "cache", complain=complaints.append)
    provider.read_listings()
    path = folder / "prices.parquet"
    state = path.stat()
    write_parquet(prices().assign(close=7.0), path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert (provider.read_listings().close == 7.0).all()


def test_options_have_copies_of_their_own(tmp_path, complaints):
    provider = FilesProvider(write_market(tmp_path / "market"), cache=tmp_path / "cache", complain=complaints.append)
    whole = provider.read_listings()
    part = provider.read_listings(until=date(2023, 1, 31))
    assert part.shape != whole.shape
    assert_same(provider.read_listings(), whole)
    assert_same(provider.read_listings(until=date(2023, 1, 31)), part)


def test_old_copies_make_room(tmp_path, listings, complaints):
    for number in range(MOST_COPIES_KEPT + 3):
        save_listings(listings, tmp_path / "cache", f"{number:032}", complaints.append)
    assert len(list((tmp_path / "cache").iterdir())) == MOST_COPIES_KEPT
    assert complaints == []


def test_saving_over_a_copy_that_is_in_use_leaves_it_readable(tmp_path, listings, complaints):
    save_listings(listings, tmp_path / "cache", KEY, complaints.append)
    in_use = load_listings(tmp_path / "cache", KEY, complaints.append)
    save_listings(listings, tmp_path / "cache", KEY, complaints.append)
    assert in_use is not None
    assert_same(in_use, listings)
    assert complaints == []
