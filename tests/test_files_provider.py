"""A folder of files becomes the market it describes, or a sentence that names what is wrong with it."""

import gzip
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_data import (
    BORROW,
    LAST,
    NAMES,
    SESSIONS,
    SETTLEMENTS,
    changed,
    finra_file,
    prices,
    reference,
    short_interest,
    write_market,
    write_parquet,
)

from providers.errors import MalformedError, NoDataError
from providers.files.optional_files import splits_among
from providers.files.source import FilesProvider
from providers.files.split_list import read_split_list
from providers.listings.symbols import NO_COLUMN, canonical

JANUARY = date(2023, 1, 13)


@pytest.fixture
def folder(tmp_path):
    return write_market(tmp_path / "market")


def listings_of(folder, **options):
    return FilesProvider(folder).read_listings(**options)


def column(listings, symbol):
    return listings.symbols.tolist().index(symbol)


def reported(folder, symbol, day=JANUARY, **options):
    listings = listings_of(folder, **options)
    return listings.shares_short[listings.settlements.tolist().index(day), column(listings, symbol)]


def in_table(symbol, day=JANUARY):
    rows = short_interest()
    return rows[(rows["symbol"] == symbol) & (rows["settlement_date"] == day)]["short_interest"].item()


# What a sound folder gives


def test_every_axis_is_there_in_order(folder):
    listings = listings_of(folder)
    assert listings.sessions.tolist() == SESSIONS
    assert listings.settlements.tolist() == SETTLEMENTS
    assert sorted(listings.symbols) == ["AAPL", "ABR^D", "BRK.B", "NA", "TRUE", "ZZT.WS"]
    assert listings.shape == (len(SESSIONS), 6, len(SETTLEMENTS))
    assert (listings.source, listings.is_simulated) == ("files", False)


def test_every_price_lands_on_its_session_and_name(folder):
    listings = listings_of(folder)
    for name, symbol in (("BRK.B", "BRK/B"), ("NA", "NA")):
        rows = prices()[prices()["symbol"] == symbol]
        at = column(listings, name)
        assert np.allclose(listings.close[:, at], rows["close"])
        assert listings.volume[:, at].tolist() == rows["volume"].tolist()
        assert listings.shares_outstanding[:, at].tolist() == rows["shares_out"].tolist()
    assert listings.close.dtype == np.float32


@pytest.mark.parametrize(("symbol", "finra"), [(ours.replace("/", "."), row[0]) for ours, row in NAMES.items()])
def test_short_interest_joins_across_spellings(folder, symbol, finra):
    assert reported(folder, symbol) == in_table(finra)


def test_a_listed_security_without_a_price_is_counted_apart_and_an_otc_one_is_not(folder):
    listings = listings_of(folder)
    assert listings.unpriced.symbols.tolist() == ["SPY"]
    assert listings.unpriced.market_classes.tolist() == ["ARCA"]
    assert listings.unpriced.settlement_date.tolist() == [SETTLEMENTS[-1]]
    assert listings.unpriced.shares_short.tolist() == [in_table("SPY", SETTLEMENTS[-1])]
    assert any(note.startswith("1 over-the-counter securities") for note in listings.notes)


def test_each_settlement_knows_when_it_is_published(folder):
    listings = listings_of(folder)
    assert dict(zip(listings.settlements.tolist(), listings.published.tolist(), strict=True))[JANUARY] == date(
        2023, 1, 25
    )


def test_nothing_published_after_the_knowledge_is_there(folder):
    last = listings_of(folder, knowledge=date(2023, 2, 8)).settlements.tolist()[-1]
    assert last == date(2023, 1, 13)
    assert listings_of(folder, knowledge=date(2023, 2, 9)).settlements.tolist()[-1] == date(2023, 1, 31)


def test_a_span_keeps_its_sessions_and_the_settlements_around_them(folder):
    listings = listings_of(folder, since=date(2023, 1, 20), until=date(2023, 2, 10))
    assert (listings.sessions.tolist()[0], listings.sessions.tolist()[-1]) == (date(2023, 1, 20), date(2023, 2, 10))
    assert listings.settlements.tolist() == [date(2023, 1, 13), date(2023, 1, 31), date(2023, 2, 15)]


def test_a_symbol_s_earlier_security_keeps_its_own_name_and_sector(tmp_path):
    day = date(2023, 2, 6)
    rows, reports, words = prices(), short_interest(), reference()
    is_later = (rows["symbol"] == "TRUE") & (rows["date"] >= day)
    rows["close"] = rows["close"].where(~is_later, 3 * rows["close"])
    is_first = (reports["symbol"] == "TRUE") & (reports["settlement_date"] == date(2023, 2, 15))
    reports["prev_short_interest"] = reports["prev_short_interest"].where(~is_first, 0)
    folder = write_market(tmp_path / "market", price_rows=rows, reports=reports)
    words.loc[len(words)] = ("TRUE", day, "True Units Corp. Warrant", "nasdaq", "Chile", "", "Energy", "Oil", LAST)
    write_parquet(words, folder / "reference.parquet")
    listings = listings_of(folder)
    later, earlier = column(listings, "TRUE"), column(listings, "TRUE~2023-02")
    assert (listings.names[later], listings.sectors[later]) == ("True Units Corp. Warrant", "Energy")
    assert (listings.names[earlier], listings.sectors[earlier]) == ("TrueCar Inc. Common Stock", "Technology")
    assert listings.countries[earlier] == "United States"


def test_the_name_and_sector_are_those_of_the_last_session(folder):
    before, after = (listings_of(folder, until=day) for day in (date(2023, 1, 31), date(2023, 2, 1)))
    assert before.sectors[column(before, "AAPL")] == "Technology"
    assert after.sectors[column(after, "AAPL")] == "Fruit"
    assert after.industries[column(after, "AAPL")] == ""
    assert after.names[column(after, "BRK.B")] == "Berkshire Hathaway Inc."


def test_a_name_described_only_later_has_its_first_description(folder):
    reference = pd.DataFrame(
        {
            "symbol": ["AAPL", "AAPL"],
            "valid_from": [date(2023, 6, 1), date(2023, 5, 1)],
            "name": ["Late Inc.", "Later Still Inc."],
            **dict.fromkeys(("exchange", "country", "sector", "industry"), "x"),
        }
    )
    write_parquet(reference, folder / "reference.parquet")
    listings = listings_of(folder)
    assert listings.names[column(listings, "AAPL")] == "Later Still Inc."


def test_splits_say_when_the_share_count_followed(folder):
    listings = listings_of(folder)
    # As the list has them: prices here stand still, so none of them would be believed.
    listed = read_split_list(folder / "splits.csv")
    place = {symbol: at for at, symbol in enumerate(listings.symbols)}
    columns = np.array([place.get(canonical(symbol), NO_COLUMN) for symbol in listed["symbol"]])
    splits = splits_among(listed, columns, max(listings.sessions[-1], listings.settlements[-1]))
    events = {
        (listings.symbols[at], str(splits.ex_date[row])): (
            splits.price_factor[row],
            splits.shares_after[row],
            str(splits.shares_corrected_on[row]),
        )
        for row, at in enumerate(splits.column)
    }
    assert events.pop(("AAPL", "2023-01-10")) == (0.5, 2_000.0, "2023-01-10")
    assert events.pop(("BRK.B", "2023-01-11")) == (10.0, 100.0, "2023-01-13")
    assert events.pop(("AAPL", "2023-02-13")) == (2.0, 1_000.0, "2023-02-20")
    assert set(events) == {("NA", "2023-01-12"), ("TRUE", "2023-01-13")}
    assert all(np.isnan(after) and corrected == "NaT" for _, after, corrected in events.values())


@pytest.mark.parametrize("row", ["AAPL,2023-02-20,0,,,,x", "AAPL,2023-02-20,4,,,,x\nAAPL,2023-02-20,0.2,,,,x"])
def test_a_split_that_cannot_be_refuses_no_folder_and_is_doubtful(folder, row):
    header = "symbol,ex_date,simple_ratio,shares_before,shares_after,shares_corrected_on,status"
    (folder / "splits.csv").write_text(f"{header}\n{row}\n")
    listings = listings_of(folder)
    [doubt] = listings.doubts
    assert (doubt.symbol, doubt.rule.word, str(doubt.session)) == ("AAPL", "refused_split", "2023-02-20")
    assert len(listings.splits.column) == 0
    assert any("1 listed split is doubtful: AAPL" in note for note in listings.notes)


def test_the_float_is_the_newest_of_its_day_and_an_impossible_one_is_unknown(folder):
    listings = listings_of(folder, until=date(2023, 1, 31))
    assert listings.float_as_of == np.datetime64(SETTLEMENTS[1])
    assert listings.float_shares[column(listings, "AAPL")] == 900_000
    assert np.isnan(listings.float_shares[column(listings, "BRK.B")])


def test_borrow_fees_are_fractions_and_unknown_is_not_zero(folder):
    listings = listings_of(folder)
    borrow = listings.borrow
    assert borrow is not None
    apple, preferred, berkshire, nano, true = (
        column(listings, symbol) for symbol in ("AAPL", "ABR^D", "BRK.B", "NA", "TRUE")
    )
    assert borrow.fee[[apple, preferred, nano]] == pytest.approx([0.0025, 0.9525, 0.03])
    assert np.isnan(borrow.fee[[berkshire, true]]).all()
    assert borrow.available[[apple, preferred, berkshire]].tolist() == [10_000_000, 35_000, 0]
    assert np.isnan(borrow.available[[nano, true]]).all()
    assert borrow.is_capped.nonzero()[0].tolist() == [apple]


def test_a_look_at_the_borrow_desk_after_the_last_session_is_not_used(folder):
    assert listings_of(folder, until=date(2023, 2, 27)).borrow is None


@pytest.mark.parametrize(
    ("body", "word"),
    [(BORROW.replace("#EOF|7\n", ""), "cut off"), (BORROW.replace("#EOF|7", "#EOF|9"), "it has 7 rows and says 9")],
)
def test_a_borrow_list_cut_off_is_passed_over_for_an_older_one(folder, body, word):
    (folder / "borrow" / "ibkr_usa_20230301_1200.txt").write_text(body)
    listings = listings_of(folder)
    assert listings.borrow is not None
    assert listings.borrow.as_of == np.datetime64("2023-02-28")
    assert any("ibkr_usa_20230301_1200.txt is passed over" in note and word in note for note in listings.notes)


def test_progress_is_told_in_order_to_the_end(folder):
    heard = []
    FilesProvider(folder).read_listings(progress=lambda words, done, total: heard.append((words, done, total)))
    steps = [done for _, done, _ in heard]
    assert steps == sorted(steps)
    assert heard[-1] == ("ready", heard[0][2], heard[0][2])


# FINRA's own files


def day_of_reports(day=JANUARY):
    rows = short_interest()
    return rows[rows["settlement_date"] == day]


@pytest.mark.parametrize(
    "name", ["shrt20230113.csv", "shrt20230113.csv.gz", "raw/shrt20230113.csv", "raw/shrt20230113.csv.gz"]
)
def test_a_file_of_finras_own_wins_over_the_table_for_its_settlement(folder, name):
    body = finra_file(day_of_reports().assign(short_interest=7))
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(body) if name.endswith("gz") else body)
    assert reported(folder, "AAPL") == 7
    assert reported(folder, "AAPL", date(2023, 1, 31)) == in_table("AAPL", date(2023, 1, 31))


@pytest.mark.parametrize("name", ["prices.csv", "prices.csv.gz", "prices.parquet"])
def test_prices_and_finras_own_files_are_enough(tmp_path, name):
    if name.endswith("parquet"):
        write_parquet(prices(), tmp_path / name)
    else:
        prices().to_csv(tmp_path / name, index=False)
    for day in SETTLEMENTS:
        (tmp_path / f"shrt{day:%Y%m%d}.csv").write_bytes(finra_file(day_of_reports(day)))
    listings = listings_of(tmp_path)
    whole = listings_of(write_market(tmp_path / "whole"))
    order = [column(whole, symbol) for symbol in listings.symbols]
    assert np.array_equal(listings.shares_short, whole.shares_short[:, order], equal_nan=True)
    assert np.array_equal(listings.close, whole.close[:, order], equal_nan=True)
    assert set(listings.names) == {""}
    assert listings.borrow is None


def test_a_damaged_finra_file_is_named(folder):
    (folder / "shrt20230113.csv.gz").write_bytes(gzip.compress(finra_file(day_of_reports()))[:200])
    with pytest.raises(MalformedError, match=r"shrt20230113\.csv\.gz: is cut off"):
        listings_of(folder)


def test_a_finra_file_that_was_not_public_yet_is_refused_where_it_is_damaged_and_else_not_used(folder):
    """2^64 and more shares are nobody's position; the file of 31 January is out on 9 February."""
    path, asked = folder / "shrt20230131.csv", {"until": date(2023, 1, 31), "knowledge": date(2023, 1, 31)}
    path.write_bytes(finra_file(day_of_reports(date(2023, 1, 31))))
    assert listings_of(folder, **asked).settlements.tolist() == SETTLEMENTS[:2]
    path.write_bytes(finra_file(day_of_reports(date(2023, 1, 31)).assign(short_interest=10**20)))
    with pytest.raises(MalformedError, match=r"shrt20230131\.csv, .*currentShortPositionQuantity"):
        listings_of(folder, **asked)


def test_a_finra_file_of_another_day_than_its_name_is_refused(folder):
    (folder / "shrt20230131.csv").write_bytes(finra_file(day_of_reports()))
    with pytest.raises(MalformedError, match=r"shrt20230131\.csv, line 2, column settlementDate: 2023-01-13 is not"):
        listings_of(folder)


def test_a_name_that_is_no_date_is_refused(folder):
    (folder / "shrt20231345.csv").write_bytes(b"")
    with pytest.raises(MalformedError, match="20231345 in the name is not a day"):
        listings_of(folder)


# Symbols that change hands


def test_reports_of_a_fund_that_had_the_symbol_before_are_not_joined(tmp_path):
    rows = prices()
    late = rows[~((rows["symbol"] == "AAPL") & (pd.to_datetime(rows["date"]) < pd.Timestamp("2023-02-10")))]
    reports = short_interest()
    is_before = (reports["symbol"] == "AAPL") & (
        pd.to_datetime(reports["settlement_date"]) < pd.Timestamp("2023-01-20")
    )
    reports.loc[is_before, ["issue_name", "market_class"]] = ["Roundhill Fruit ETF", "ARCA"]
    folder = write_market(tmp_path / "market", price_rows=late, reports=reports)
    assert np.isnan(reported(folder, "AAPL"))
    assert reported(folder, "AAPL", date(2023, 2, 15)) == in_table("AAPL", date(2023, 2, 15))
    listings = listings_of(folder)
    assert "AAPL" in listings.unpriced.symbols
    assert any("another company that had or got the symbol" in note for note in listings.notes)


def test_reports_of_a_halted_stock_stay_joined_after_its_last_price(tmp_path):
    rows = prices()
    halted = rows[~((rows["symbol"] == "AAPL") & (pd.to_datetime(rows["date"]) > pd.Timestamp("2023-01-10")))]
    folder = write_market(tmp_path / "market", price_rows=halted)
    assert reported(folder, "AAPL", date(2023, 2, 28)) == in_table("AAPL", date(2023, 2, 28))


# Bad input


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NoDataError, match=r"there is no folder .*nowhere"):
        listings_of(tmp_path / "nowhere")


def test_an_empty_folder_says_what_is_needed(tmp_path):
    with pytest.raises(NoDataError, match="is empty; prices and short interest are needed"):
        listings_of(tmp_path)


@pytest.mark.parametrize(("name", "word"), [("prices.parquet", "prices"), ("short_interest.parquet", "short interest")])
def test_a_folder_without_one_of_the_two_says_which(folder, name, word):
    (folder / name).unlink()
    with pytest.raises(NoDataError, match=f"holds no {word}"):
        listings_of(folder)


@pytest.mark.parametrize("name", ["prices.parquet", "short_interest.parquet", "reference.parquet", "wsj_float.parquet"])
@pytest.mark.parametrize("kept", [0, 3, 0.5])
def test_a_truncated_table_is_named(folder, name, kept):
    body = (folder / name).read_bytes()
    (folder / name).write_bytes(body[: kept if isinstance(kept, int) else int(len(body) * kept)])
    with pytest.raises(MalformedError, match=f"{name}: is cut off or no Parquet file"):
        listings_of(folder)


def test_a_table_damaged_inside_is_named(folder):
    body = bytearray((folder / "prices.parquet").read_bytes())
    body[4:400] = b"\xff" * 396
    (folder / "prices.parquet").write_bytes(body)
    with pytest.raises(MalformedError, match=r"prices\.parquet: is "):
        listings_of(folder)


@pytest.mark.parametrize(("frame", "name"), [(prices, "prices.parquet"), (short_interest, "short_interest.parquet")])
def test_a_table_without_a_column_names_it(folder, frame, name):
    missing = {"prices.parquet": "shares_out", "short_interest.parquet": "revision_flag"}[name]
    write_parquet(frame().drop(columns=missing), folder / name)
    with pytest.raises(MalformedError, match=f"{name}, column {missing}: there is no such column; the file has "):
        listings_of(folder)


def test_a_csv_without_a_column_names_it(folder):
    (folder / "splits.csv").write_text("symbol,ex_date\nAAPL,2023-01-10\n")
    with pytest.raises(MalformedError, match=r"splits\.csv, column simple_ratio: there is no such column"):
        listings_of(folder)


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("close", -1.0, "-1 is negative"),
        ("close", np.inf, "inf is not a finite number"),
        ("volume", -5, "-5 is negative"),
        ("symbol", "", "is missing"),
        ("symbol", None, "is missing"),
        ("date", date(2023, 1, 15), "2023-01-15 is not a session"),
    ],
)
def test_a_bad_price_is_named_with_its_row(folder, cell, value, reason):
    # Row 151 lies in the second row group: rows are counted through the file.
    write_parquet(changed(prices(), 150, cell, value), folder / "prices.parquet")
    with pytest.raises(MalformedError) as caught:
        listings_of(folder)
    assert str(caught.value).startswith(f"prices.parquet, row 151, column {cell}: {reason}")


def test_a_bad_price_in_a_csv_is_named_with_its_line(tmp_path):
    folder = write_market(tmp_path / "market")
    (folder / "prices.parquet").unlink()
    changed(prices(), 2, "close", -1.0).to_csv(folder / "prices.csv", index=False)
    with pytest.raises(MalformedError, match=r"prices\.csv, line 4, column close: -1 is negative"):
        listings_of(folder)


def test_a_column_of_another_type_is_named(folder):
    write_parquet(prices().assign(close="cheap"), folder / "prices.parquet")
    with pytest.raises(MalformedError, match=r"prices\.parquet, column close: .* cannot be read as money"):
        listings_of(folder)


def test_a_settlement_date_that_is_none_is_named_with_the_nearest(folder):
    write_parquet(changed(short_interest(), 8, "settlement_date", date(2023, 1, 12)), folder / "short_interest.parquet")
    with pytest.raises(MalformedError) as caught:
        listings_of(folder)
    assert str(caught.value) == (
        "short_interest.parquet, row 9, column settlement_date: "
        "2023-01-12 is not a settlement date; the nearest is 2023-01-13"
    )


def test_a_price_given_twice_with_two_values_is_an_error(folder):
    rows = prices()
    twice = pd.concat([rows, rows.iloc[[5]].assign(close=1.0)], ignore_index=True)
    write_parquet(twice, folder / "prices.parquet")
    with pytest.raises(MalformedError) as caught:
        listings_of(folder)
    assert str(caught.value) == (
        f"prices.parquet, row {len(twice)}, column symbol+date: "
        f"AAPL {rows['date'][5]} is already in row 6, with other values"
    )


def test_a_report_given_twice_with_two_values_is_an_error(folder):
    rows = short_interest()
    twice = pd.concat([rows, rows.iloc[[1]].assign(short_interest=1)], ignore_index=True)
    write_parquet(twice, folder / "short_interest.parquet")
    with pytest.raises(MalformedError, match=rf"row {len(twice)}, .*AAPL 2023-01-13 is already in row 2"):
        listings_of(folder)


def test_rows_given_twice_word_for_word_count_once_with_a_note(folder):
    sound = listings_of(folder)
    for frame, name in ((prices(), "prices.parquet"), (short_interest(), "short_interest.parquet")):
        write_parquet(pd.concat([frame, frame.iloc[[3, 4]]], ignore_index=True), folder / name)
    listings = listings_of(folder)
    assert np.array_equal(listings.close, sound.close)
    assert np.array_equal(listings.shares_short, sound.shares_short, equal_nan=True)
    assert "2 rows of prices.parquet are there twice, word for word, and count once" in listings.notes
    assert "2 reports of short interest are there twice, word for word, and count once" in listings.notes


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"until": date(2022, 12, 30)}, "begins on 2023-01-03; there is nothing on or before 2022-12-30"),
        ({"since": date(2024, 1, 2)}, "ends on 2023-03-01; there is nothing on or after 2024-01-02"),
        ({"since": date(2023, 1, 14), "until": date(2023, 1, 16)}, "has no session from 2023-01-14 to 2023-01-16"),
        ({"knowledge": date(2023, 1, 10)}, "holds no short interest that was public on 2023-01-10"),
    ],
)
def test_a_span_without_data_says_where_the_data_are(folder, options, sentence):
    with pytest.raises(NoDataError) as caught:
        listings_of(folder, **options)
    assert sentence in str(caught.value)


def test_a_close_of_zero_is_unknown_and_said(folder):
    write_parquet(changed(prices(), 0, "close", 0.0), folder / "prices.parquet")
    listings = listings_of(folder)
    assert np.isnan(listings.close[0, column(listings, "AAPL")])
    assert np.isnan(listings.volume[0, column(listings, "AAPL")])
    assert "1 closes of 0 in prices.parquet are taken for unknown" in listings.notes


def test_missing_sessions_are_noted(folder):
    rows = prices()
    write_parquet(rows[rows["date"] != date(2023, 1, 5)], folder / "prices.parquet")
    assert "2023-01-05 was a session; no close of any name is held for it" in listings_of(folder).notes


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(NAMES)), st.sampled_from(SESSIONS), st.integers(1, 10**6)),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_any_order_and_any_gaps_give_back_every_close(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("market")
    frame = pd.DataFrame(rows, columns=["symbol", "date", "close"]).assign(exchange="nyse", volume=1, shares_out=1)
    write_parquet(frame.astype({"close": float}), folder / "prices.parquet", row_group=7)
    write_parquet(short_interest(), folder / "short_interest.parquet")
    listings = listings_of(folder)
    wide = pd.DataFrame(listings.close, index=listings.sessions.tolist(), columns=listings.symbols)
    assert int(wide.notna().to_numpy().sum()) == len(rows)
    assert all(wide.at[day, symbol.replace("/", ".")] == close for symbol, day, close in rows)


# The reference market


@pytest.fixture(scope="module")
def market(market_directory):
    return FilesProvider(market_directory).read_listings()


@pytest.mark.shared
def test_the_reference_market_arrives_whole(market):
    assert market.shape == (576, 10_109, 55)
    assert len(set(market.symbols)) == 10_109
    assert int(np.isfinite(market.close).sum()) == 4_649_307
    assert (str(market.sessions[-1]), str(market.published[-1])) == ("2023-09-15", "2023-09-26")


@pytest.mark.shared
@pytest.mark.parametrize("symbol", ["BRK.B", "NA", "TRUE", "GOOGL", "ABR^D", "FRC", "BBBY"])
def test_the_awkward_symbols_have_prices_and_short_interest(market, symbol):
    at = column(market, symbol)
    assert np.isfinite(market.close[:, at]).any()
    assert np.isfinite(market.shares_short[:, at]).any()


@pytest.mark.shared
def test_the_fund_that_was_meta_is_not_meta_platforms(market):
    # The fund was short a million shares at most; Facebook, whose reports come first under this name, tens of millions.
    assert market.shares_short[:, column(market, "META")].min() > 20_000_000
    fund = market.unpriced.symbols.tolist().index("META")
    assert market.unpriced.names[fund] == "Roundhill Ball Metaverse ETF"
    assert market.unpriced.settlement_date[fund] == np.datetime64("2022-01-14")


@pytest.mark.shared
def test_the_missing_sessions_of_the_reference_market_are_noted(market):
    assert "2 sessions have no prices: 2022-12-21, 2022-12-28" in market.notes
