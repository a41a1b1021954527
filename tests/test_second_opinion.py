"""The second opinion on each name's short P&L: its sums by hand, and what it says of the rules that part from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from market_data import write_parquet
from market_examples import listings_of, random_listings, splits_of, texts

from docs import second_opinion
from docs._second_path import second_path
from docs._second_tape import Tape, read_tape
from docs.second_opinion import lines_of, opinion
from providers.errors import NoDataError
from shortside.doubts import Doubt, DoubtRule
from shortside.positions import Knowledge
from shortside.view import View

NAN = float("nan")


def path_of(close, net_change, shares, settled_at):
    """The second path of one name."""
    closes, changes, reports = (np.array(values, np.float64)[:, None] for values in (close, net_change, shares))
    return second_path(closes, changes, reports, np.array(settled_at, np.int64))


def profits(*given):
    return path_of(*given).profit[:, 0].tolist()


# -- the sums, by hand


def test_a_hundred_shares_short_lose_two_dollars_each_when_the_close_rises_by_two():
    assert profits([10.0, 12.0], [NAN, 2.0], [100.0], [0]) == [0.0, pytest.approx(-200.0)]


def test_a_split_needs_no_list_for_the_net_change_is_against_the_adjusted_close():
    """2 for 1: 10 dollars are 5, and the close of 6 is one dollar up. 200 shares lose 200 dollars."""
    found = path_of([10.0, 6.0, 6.0], [NAN, 1.0, 0.0], [100.0], [0])
    assert found.profit[:, 0] == pytest.approx([0.0, -200.0, 0.0])
    assert found.short_interest[:, 0] == pytest.approx([1_000.0, 1_200.0, 1_200.0])


def test_a_cash_dividend_is_the_shorts_profit_as_in_price_only_figures():
    """30 cents of 10 dollars go ex: the close of 9.70 is called unchanged, and the price has fallen by 0.30."""
    assert profits([10.0, 9.7], [NAN, 0.0], [100.0], [0])[1] == pytest.approx(30.0)


def test_a_distribution_of_a_fifth_is_not_the_shorts_profit():
    found = path_of([10.0, 8.0], [NAN, 0.0], [100.0], [0])
    assert found.profit[1, 0] == 0.0
    assert found.gap[1, 0] == pytest.approx(-0.2)


def test_shares_between_two_reports_are_a_straight_line():
    """100 shares, 200 two sessions later: 150 in between. They lose 1 and 1 dollar each on the two days."""
    assert profits([10.0, 11.0, 12.0], [NAN, 1.0, 1.0], [100.0, 200.0], [0, 2]) == pytest.approx([0.0, -100.0, -150.0])


def test_after_the_last_report_and_without_a_price_nothing_is_made_up():
    found = path_of([10.0, NAN, 9.0, NAN], [NAN, NAN, -1.0, NAN], [100.0], [0])
    assert found.profit[:, 0] == pytest.approx([0.0, 0.0, 100.0, 0.0])
    assert found.is_after_gap[:, 0].tolist() == [False, False, True, False]


def test_what_a_session_that_is_missing_made_counts_on_the_next():
    """10 before it, 10.50 on it by the net change, 11 after: a dollar in all, as by the closes there are."""
    assert profits([10.0, NAN, 11.0], [NAN, NAN, 0.5], [100.0], [0])[2] == pytest.approx(-100.0)


def test_a_reverse_split_over_a_session_without_a_price_is_heard():
    """1 for 10 while it was halted: 1 dollar before, named 10, closed at 9. The 10 shares make a dollar each."""
    assert profits([1.0, NAN, 9.0], [NAN, NAN, -1.0], [100.0], [0])[2] == pytest.approx(10.0)


def test_a_position_reported_before_the_first_price_is_worth_the_first_price():
    assert profits([NAN, 10.0, 11.0], [NAN, 10.0, 1.0], [100.0], [0]) == pytest.approx([0.0, 0.0, -100.0])


def test_a_row_that_is_there_again_on_the_next_session_moves_nothing():
    """The close of a stock that was exchanged overnight, printed once more, net change and all."""
    assert profits([10.0, 12.0, 12.0], [NAN, 2.0, 2.0], [100.0], [0]) == pytest.approx([0.0, -200.0, 0.0])


def test_a_symbol_that_comes_back_without_a_previous_close_begins_anew():
    """Another company's first row under it: its net change is its whole close."""
    found = path_of([200.0, NAN, 40.0, 44.0], [NAN, NAN, 40.0, 4.0], [100.0], [0])
    assert found.profit[:, 0] == pytest.approx([0.0, 0.0, 0.0, -2_000.0])


def test_a_previous_close_of_a_hundredth_of_a_cent_is_no_split():
    assert profits([0.4, 0.3], [NAN, 0.2999], [100.0], [0])[1] == pytest.approx(10.0)


def test_a_session_that_contradicts_every_close_before_is_not_heard_but_for_its_splits():
    """Forty closes after hours: all rose from 10 to 11, but net changes are against 8. The last split 2 for 1."""
    close = np.full((2, 40), 10.0)
    close[1] = 11.0
    close[1, 39] = 5.5
    change = np.full((2, 40), NAN)
    change[1] = 3.0
    change[1, 39] = 0.5
    found = second_path(close, change, np.full((1, 40), 100.0), np.array([0]))
    assert found.is_misdated.tolist() == [False, True]
    assert found.profit[1] == pytest.approx(np.full(40, -100.0))


# -- against the book


def tape_of(listings, **changed):
    """What a tape printed of some listings: net changes are against closes adjusted for splits, and nothing else."""
    close = listings.close.astype(np.float64)
    before = np.full(close.shape, NAN)
    for row in range(1, len(close)):
        before[row] = np.where(np.isfinite(close[row - 1]), close[row - 1], before[row - 1])
        for event in np.flatnonzero(listings.splits.ex_date == listings.sessions[row]):
            before[row, listings.splits.column[event]] *= listings.splits.price_factor[event]
    kept = (listings.settlements >= listings.sessions[0]) & (listings.settlements <= listings.sessions[-1])
    values = {
        "sessions": listings.sessions,
        "symbols": listings.symbols,
        "close": close,
        "net_change": close - before,
        "settlements": listings.settlements[kept],
        "shares_short": listings.shares_short[kept],
    }
    return Tape(**{**values, **changed})


def compare(listings, tape=None, least=1e3, window="ytd"):
    view = View(window=window, knowledge=Knowledge.REVISED)
    return opinion(listings, tape or tape_of(listings), listings.sessions[-1].astype(date), view, least)


@settings(max_examples=30)
@given(random_listings())
def test_both_paths_agree_on_any_market_whose_splits_are_all_listed(listings):
    settled = (listings.settlements >= listings.sessions[0]) & (listings.settlements <= listings.sessions[-1])
    inside = replace(
        listings,
        **{
            field: getattr(listings, field)[settled]
            for field in (
                "settlements",
                "published",
                "shares_short",
                "shares_short_previous",
                "is_revised",
                "split_flag",
                "reported_volume",
            )
        },
    )
    found = compare(_with_splits_that_prices_tell(inside))
    scale = float(np.nansum(found.board.short_interest_total)) + 1.0
    assert found.partings == () or max(abs(parting.apart) for parting in found.partings) < 1e-4 * scale


def _with_splits_that_prices_tell(listings):
    """Only a price after a split can tell it by its net change, and only one before it."""
    events, priced = listings.splits, np.isfinite(listings.close)
    rows = np.searchsorted(listings.sessions, events.ex_date)
    told = [
        priced[:row, column].any() and priced[row:, column].any()
        for row, column in zip(rows.tolist(), events.column.tolist(), strict=True)
    ]
    kept = zip(events.column[told].tolist(), rows[told].tolist(), events.price_factor[told].tolist(), strict=True)
    return replace(listings, splits=splits_of(listings.sessions, list(kept)))


# -- the rules that part


def market(rows=40):
    """Two names at 10 dollars with a million shares short each, from the first settlement on."""
    close = np.full((rows, 2), 10.0)
    close[1::2, 0] = 10.5
    return listings_of(close, np.full((4, 2), 1e6), symbols=["AAA", "BBB"])


def with_close(listings, column, close):
    changed = listings.close.copy()
    changed[:, column] = close
    return replace(listings, close=changed)


def only(found):
    (parting,) = found.partings
    return parting


def test_a_split_that_is_listed_and_not_in_the_price_is_named_with_its_dollars():
    """Listed 2 for 1 on the 25th session, but the price stayed at 10: two million shares at 5 lose 5 dollars each."""
    plain = market()
    wrong = replace(plain, splits=splits_of(plain.sessions, [(1, 25, 0.5)]))
    parting = only(compare(wrong, tape_of(plain)))
    assert (parting.label, parting.theirs) == ("BBB", 0.0)
    assert parting.reasons[0].rule == "split"
    assert parting.reasons[0].evidence.startswith("2 for 1 on ")
    assert sum(reason.dollars for reason in parting.reasons) == pytest.approx(parting.apart)


def test_a_doubt_about_the_session_says_its_own_rule():
    plain = market()
    day = plain.sessions[25]
    doubt = Doubt(symbol="BBB", rule=DoubtRule.UNLISTED_SPLIT, session=day, evidence="seen twice")
    wrong = replace(plain, splits=splits_of(plain.sessions, [(1, 25, 0.5)]), doubts=(doubt,))
    reason = only(compare(wrong, tape_of(plain))).reasons[0]
    assert (reason.rule, reason.evidence) == ("unlisted_split", "seen twice")


def test_a_distribution_is_named_with_its_size():
    """Ten dollars are eight, and the exchange calls it unchanged: ours has two million of profit, the other none."""
    fallen = with_close(market(), 1, np.r_[np.full(25, 10.0), np.full(15, 8.0)])
    change = tape_of(fallen).net_change
    change[25, 1] = 0.0
    parting = only(compare(fallen, tape_of(fallen, net_change=change)))
    assert (parting.ours, parting.theirs) == (pytest.approx(2e6), pytest.approx(0.0))
    (reason, *_) = parting.reasons
    assert (reason.rule, reason.dollars) == ("distribution", pytest.approx(2e6))
    assert "previous close 8 for 10" in reason.evidence
    assert "-20.0%" in reason.evidence


def test_a_symbol_taken_over_overnight_is_seen_by_the_close_its_net_change_names():
    """The bank that took the other's symbol closed at 15 the day before, and at 15 now: nobody lost five dollars."""
    risen = with_close(market(), 0, np.r_[np.full(25, 10.0), np.full(15, 15.0)])
    change = tape_of(risen).net_change
    change[25, 0] = 0.0
    reason = only(compare(risen, tape_of(risen, net_change=change))).reasons[0]
    assert (reason.rule, reason.dollars) == ("previous close above the last", pytest.approx(-5e6))


def test_a_joined_ticker_change_is_compared_with_both_symbols_and_named():
    """OLD became BBB after the 25th session, and its close of 10 is 12 on the first day of the new symbol."""
    close = np.r_[np.full(25, 10.0), np.full(15, 12.0)]
    joined = with_close(market(), 1, close)
    printed = np.column_stack([joined.close[:, 0], close, close]).astype(np.float64)
    printed[25:, 2] = printed[:25, 1] = NAN
    shares = np.column_stack([tape_of(joined).shares_short, np.full((3, 1), NAN)])
    settled_at = tape_of(joined).settled_at
    shares[settled_at < 25, 2], shares[settled_at < 25, 1] = 1e6, NAN
    change = np.vstack([np.full((1, 3), NAN), np.diff(printed, axis=0)])
    tape = tape_of(joined, symbols=texts(["AAA", "BBB", "OLD"]), close=printed, net_change=change, shares_short=shares)
    parting = only(compare(joined, tape))
    assert parting.label == "BBB, OLD"
    assert (parting.ours, parting.theirs) == (pytest.approx(-2e6), pytest.approx(0.0))
    assert parting.reasons[0].rule == "ticker change"
    assert parting.reasons[0].evidence.startswith("OLD → BBB on ")


def test_an_old_symbol_that_another_company_has_at_once_is_still_the_name_s_own():
    """AAA and OLD swap: what was OLD is BBB from the 25th session on, and OLD is somebody else's at 30 dollars."""
    close = np.r_[np.full(25, 10.0), np.full(15, 12.0)]
    joined = with_close(market(), 1, close)
    printed = np.column_stack([joined.close, close]).astype(np.float64)
    printed[:25, 1], printed[25:, 2] = NAN, 30.0
    change = np.vstack([np.full((1, 3), NAN), np.diff(printed, axis=0)])
    shares = np.column_stack([tape_of(joined).shares_short, np.full((3, 1), 1e6)])
    shares[:, 1] = NAN
    tape = tape_of(joined, symbols=texts(["AAA", "BBB", "OLD"]), close=printed, net_change=change, shares_short=shares)
    assert only(compare(joined, tape)).label == "BBB, OLD"


def test_a_day_whose_p_and_l_is_unknown_is_not_held_against_anything():
    close = np.full((40, 10), 10.0)
    close[-1] = 11.0
    close[-2, 9] = NAN
    found = compare(listings_of(close, np.full((4, 10), 1e6)), window="1d")
    assert (found.compared, found.partings) == (9, ())


def test_a_symbol_that_was_parted_is_compared_as_one_and_named():
    """BBB was another company until the 25th session: its fall from 10 to 5 is nobody's profit."""
    close = np.r_[np.full(25, 10.0), np.full(15, 5.0)]
    whole = with_close(market(), 1, close)
    parted = listings_of(
        np.column_stack([whole.close, np.r_[close[:25], np.full(15, NAN)]]),
        np.column_stack([whole.shares_short, np.r_[[1e6, 1e6], [NAN, NAN]]]),
        symbols=["AAA", "BBB", "BBB~2023-02"],
    )
    parted.close[:25, 1] = NAN
    parted.shares_short[:2, 1] = NAN
    parting = only(compare(parted, tape_of(whole)))
    assert parting.label == "BBB"
    assert parting.apart == pytest.approx(-5e6)
    assert parting.reasons[0].rule == "reused symbol"


def test_a_symbol_that_is_none_of_our_names_is_said_to_be_left_out():
    risen = with_close(market(), 1, np.r_[np.full(25, 10.0), np.full(15, 15.0)])
    alone = listings_of(risen.close[:, :1], risen.shares_short[:, :1], symbols=["AAA"])
    parting = only(compare(alone, tape_of(risen)))
    assert (parting.label, parting.ours, parting.reasons[0].rule) == ("BBB", 0.0, "left out")


def test_a_report_that_was_revised_is_named():
    risen = with_close(market(), 1, np.linspace(10.0, 15.0, 40))
    revised, previous = (np.array(table) for table in (risen.is_revised, risen.shares_short_previous))
    revised[2, 1], previous[2, 1] = True, 2e6
    changed = replace(risen, is_revised=revised, shares_short_previous=previous)
    assert only(compare(changed, tape_of(risen))).reasons[0].rule == "revised report"


# -- the command


@pytest.fixture
def folder(tmp_path):
    """Prices of two names, one of which distributes a fifth of itself, and what is short of them."""
    example = market()
    fallen = np.r_[np.full(25, 10.0), np.full(15, 8.0)]
    rows = [
        (day.astype(date), symbol, "nyse", close, 0.0, 1_000.0, 1e8)
        for symbol, closes in (("AAA", np.full(40, 20.0)), ("BR/B", fallen))
        for day, close in zip(example.sessions, closes, strict=True)
    ]
    names = ["date", "symbol", "exchange", "close", "netchange", "volume", "shares_out"]
    write_parquet(pd.DataFrame(rows, columns=names), tmp_path / "prices.parquet")
    reports = [
        (day.astype(date), symbol, symbol, "NYSE", "A", 20_000_000, 20_000_000, 1_000, 1.0, "", "")
        for day in example.settlements
        for symbol in ("AAA", "BRB", "NONE")
    ]
    fields = (
        "settlement_date symbol issue_name market_class exch_code short_interest prev_short_interest "
        "avg_daily_volume days_to_cover split_flag revision_flag"
    )
    write_parquet(pd.DataFrame(reports, columns=fields.split()), tmp_path / "short_interest.parquet")
    return tmp_path


def test_the_command_prints_each_name_that_parts_with_its_rule(folder, capsys):
    last = market().sessions[-1]
    second_opinion.main(["--data", str(folder), "--as-of", str(last)])
    head, *_, row = capsys.readouterr().out.splitlines()
    assert head.endswith("compared: 1; ours 0.040 bn, the second opinion 0.000 bn; 1 apart by more than 30 mm.")
    assert row.startswith(
        "| BR.B | 40.0 | 0.0 | 40.0 | distribution +40.0 (a distribution of about 20.0% of the price on "
    )


def test_a_difference_smaller_than_asked_for_is_not_printed(folder, capsys):
    last = market().sessions[-1]
    second_opinion.main(["--data", str(folder), "--as-of", str(last), "--least", "41"])
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_day_after_the_prices_is_said_to_be_one(folder, capsys):
    last = market().sessions[-1]
    with pytest.raises(SystemExit) as ended:
        second_opinion.main(["--data", str(folder), "--as-of", str(last + 30)])
    assert ended.value.code == 4
    assert f"prices end on {last}" in capsys.readouterr().err


def test_a_window_that_is_none_is_refused_with_those_there_are(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        second_opinion.main(["--data", str(folder), "--as-of", str(market().sessions[-1]), "--window", "2w"])
    assert ended.value.code == 2
    assert "no window '2w'; choose one of 1d" in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_ends_the_command_with_code_4(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        second_opinion.main(["--data", str(tmp_path), "--as-of", "2023-03-01"])
    assert ended.value.code == 4
    assert "empty" in capsys.readouterr().err


def test_reports_that_were_not_out_are_not_heard(folder):
    sessions = market().sessions
    tape = read_tape(folder, since=sessions[0].astype(date), until=sessions[-1].astype(date))
    known = tape.on(tape.sessions, date(2023, 2, 24))
    assert (len(tape.settlements), len(known.settlements)) == (3, 2), "that of 15 February came out on the 27th"
    before = tape.on(tape.sessions[:20], None)
    assert (len(before.close), len(before.settlements)) == (20, 2), "31 January is the 20th session"


def test_a_folder_without_net_changes_is_refused_in_a_sentence(folder):
    prices = pd.read_parquet(folder / "prices.parquet").drop(columns="netchange")
    write_parquet(prices, folder / "prices.parquet")
    with pytest.raises(NoDataError, match="netchange"):
        read_tape(folder, since=date(2023, 1, 1), until=date(2023, 12, 31))


def test_a_market_of_which_nothing_parts_is_one_line():
    assert len(list(lines_of(compare(market())))) == 1
