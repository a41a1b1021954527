"""The one language of filters, lists, alerts and the shell: what it means, and what it says of a mistake."""

import math
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.conditions.amounts import SCALES, Amount, amount_of
from shortside.conditions.completion import completions
from shortside.conditions.errors import ConditionError
from shortside.conditions.figures import Figure, FigureKind, Figures
from shortside.conditions.labels import Labels
from shortside.conditions.matching import Memberships, TruthOfNames, matches
from shortside.conditions.reading import MOST_CHARACTERS, MOST_DEPTH, is_plain, read_condition
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Comparison, Named, Negated, OneOf
from shortside.conditions.writing import condition_text

FIGURES = Figures([
    Figure(key="symbol", kind=FigureKind.TEXT),
    Figure(key="tier", kind=FigureKind.TEXT, has_vocabulary=True),
    Figure(key="crowding", kind=FigureKind.NUMBER, short_forms=("crowd",), meaning="0 to 100"),
    Figure(key="short_interest", kind=FigureKind.DOLLARS, short_forms=("si",)),
    Figure(key="shares_short", kind=FigureKind.SHARES),
    Figure(key="borrow_fee", kind=FigureKind.RATIO, short_forms=("fee",), meaning="a year"),
    Figure(key="on_threshold_list", kind=FigureKind.TRUTH, short_forms=("threshold",)),
    Figure(key="list", kind=FigureKind.TEXT, has_vocabulary=True),
])  # fmt: skip
TIERS = ("mega", "small", "micro")
NAN = math.nan


LISTS = {"watch": "AC", "my banks": "B", "null": "D", "a & (b)": ""}


def vocabulary(key):
    return TIERS if key == "tier" else tuple(LISTS) if key == "list" else None


def read(text):
    return read_condition(text, FIGURES, vocabulary)


class Four:
    """AAA, BBB, CCC and DDD, each with something unknown."""

    values: ClassVar = {
        "symbol": Labels(["AAA", "BBB", "CCC", "DDD"]),
        "tier": Labels([*TIERS, ""], np.array([0, 1, 1, 3])),
        "crowding": np.array([95.0, 91.0, 40.0, NAN]),
        "short_interest": np.array([3e9, 2e8, NAN, 0.0]),
        "shares_short": np.array([3e6, 2e6, 1e6, NAN]),
        "borrow_fee": np.array([NAN, 0.2, 0.31, 0.0]),
        "on_threshold_list": np.array([1.0, 0.0, NAN, 0.0]),
    }

    def figures(self, key):
        return Memberships(list(LISTS), self.on_list, 4) if key == "list" else self.values[key]

    def on_list(self, name):
        found = np.array([one in LISTS[name] for one in "ABCD"])
        return TruthOfNames(found, ~found)

    def named(self, words):
        return np.array([words.upper() in symbol for symbol in ("AAA", "BBB", "CCC", "DDD")])


def found(text):
    return "".join(symbol[0] for symbol, hit in zip("ABCD", matches(read(text), Four()), strict=True) if hit)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("crowding > 90", "AB"),
        ("crowd>=91&si<1bn", "B"),
        ("short_interest > 200M", "A"),
        ("short_interest >= 0.2b | crowd < 50", "ABC"),
        ("fee > 20%", "C"),
        ("fee >= 20%", "BC"),
        ("fee = 0", "D"),
        ("fee = null", "A"),
        ("fee != null", "BCD"),
        ("fee != 20%", "CD"),
        ("tier = small", "BC"),
        ("tier = Small & !bbb", "C"),
        ("tier in (mega, small) & crowding > 90", "AB"),
        ("tier in (mega, null)", "AD"),
        ("tier = null", "D"),
        ("tier ~ m", "ABC"),
        ("threshold", "A"),
        ("!threshold", "BD"),
        ("on_threshold_list = no", "BD"),
        ("threshold = null", "C"),
        ("symbol in (aaa, CCC)", "AC"),
        ("bbb", "B"),
        ('"bbb" | crowding < 50', "BC"),
        ("!(crowding > 90 | tier = mega)", "C"),
        ("crowding > 90 & (tier = mega | fee > 0%)", "AB"),
        ("shares_short = 2M", "B"),
        ("crowding > \u22125", "ABC"),
        ("list:watch", "AC"),
        ("list: My banks | bbb", "B"),
        ("list in (watch, my banks) & fee > 20%", "C"),
        ('list = "null"', "D"),
        ("list = null", ""),
        ("list != watch", "BD"),
        ("list ~ a", "ABC"),
        ("!list:watch & !(list:my banks)", "D"),
    ],
)
def test_a_condition_finds_the_names_it_says(text, names):
    assert found(text) == names


def test_what_is_unknown_is_neither_so_nor_not_so():
    assert "D" not in found("crowding > 90") + found("!(crowding > 90)")
    assert found("crowding > 90 | crowding = null") == "ABD"
    assert found("!(crowding > 90 & fee > 50%)") == "BCD", "AAA's fee is unknown, DDD's is 0 whatever its crowding is"


@pytest.mark.parametrize(
    ("text", "words", "at", "nearest"),
    [
        ("crwding > 90", "no figure is called 'crwding'", 0, "crowding"),
        ("tier = smal", "no tier is called 'smal'", 7, "small"),
        ("tier in (small, nano)", "no tier is called 'nano'", 16, ""),
        ("fee > 20", "borrow_fee is a percentage: write 20%, not '20'", 6, ""),
        ("crowding > 90%", "crowding is a number: write 90, not '90%'", 11, ""),
        ("si > much", "short_interest is an amount of dollars: 'much' is no number, write 200M or 1.5B", 5, ""),
        ("tier > small", "tier is a text and has no order: = != or in", 5, ""),
        ("crowding ~ 9", "~ searches words, and crowding is a number", 9, ""),
        ("crowding > null", "the unknown has no order: = null or != null", 9, ""),
        ("threshold = maybe", "on_threshold_list is yes or no, not 'maybe'", 12, ""),
        ("tier = small and crowding > 3", "one figure stands before >; between conditions stands & or |", 26, ""),
        ("crowding >", "the end cannot stand here: a word or words in \"\" can", 10, ""),
        ("tier in (small", "the end cannot stand here: ) or , can", 14, ""),
        ("(bank", "the end cannot stand here: ) can", 5, ""),
        ("bank & tier", 'tier stands before = > < or in; "tier" searches names', 11, ""),
        ('name = "bank', 'a " is not closed', 7, ""),
        ("", "a condition says something", 0, ""),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place_and_what_may_be_meant(text, words, at, nearest):
    with pytest.raises(ConditionError) as caught:
        read(text)
    assert caught.value.words.startswith(words)
    assert (caught.value.at, caught.value.nearest) == (at, nearest)
    assert f"(at {at + 1})" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["AT&T", "Moody's", "Yahoo!", "S&P Global", "3M", "american airlines", "BRK/B", "-5", "in"]
)
def test_plain_words_search_symbols_and_names(text):
    assert is_plain(text)
    assert read(text) == Named(text)


def test_a_condition_too_long_or_too_deep_is_refused_before_it_is_read():
    with pytest.raises(ConditionError, match="1,000 characters"):
        read("x" * (MOST_CHARACTERS + 1))
    for deep in ("(" * (MOST_DEPTH + 1), "!" * (MOST_DEPTH + 1) + "bank", "!(" * MOST_DEPTH):
        with pytest.raises(ConditionError, match="deep at most"):
            read(deep)
    assert read("(" * MOST_DEPTH + "x" + ")" * MOST_DEPTH) == Named("x")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("200M", 2e8), ("1.5bn", 1.5e9), ("20%", 0.2), ("5d", 5), ("-3k", -3000), (".5", 0.5), ("658mn", 658e6),
        ("7mm", 7e6),
    ],
)  # fmt: skip
def test_amounts_are_written_as_people_write_them(written, number):
    amount = amount_of(written)
    assert amount is not None
    assert amount.number == number


@pytest.mark.parametrize("written", ["", "M", "1,000", "1e9", "٣", "5x", "1" * 30, "--5", "nan", "inf"])
def test_what_is_no_amount_is_none(written):
    assert amount_of(written) is None


def test_two_fields_of_one_name_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="two figures are called 'fee'"):
        Figures([
            Figure(key="fee", kind=FigureKind.RATIO),
            Figure(key="borrow_fee", kind=FigureKind.RATIO, short_forms=("fee",)),
        ])  # fmt: skip


class TestCompletion:
    """What may be typed next."""

    def offered(self, text):
        return [one.text for one in completions(text, FIGURES, vocabulary)]

    def test_a_begun_word_becomes_a_figure_by_any_of_its_names(self):
        assert self.offered("cr") == ["crowding"]
        assert self.offered("crowding > 90 & fe")[0] == "borrow_fee"
        assert completions("crowding > 90 & fe", FIGURES)[0].begins_at == len("crowding > 90 & ")

    def test_behind_a_figure_of_few_words_they_are_offered(self):
        assert self.offered("tier = m") == ["mega", "micro"]
        assert self.offered("tier in (small, mi") == ["micro"]
        assert self.offered("tier = small") == []

    @pytest.mark.parametrize("text", ["crowding > 9", 'name = "ti', "american cr", "symbol = t"])
    def test_where_any_number_or_name_fits_nothing_is_offered(self, text):
        assert self.offered(text) == []


# -- what holds of every condition --------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_characters='"'), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
).filter(bool)  # fmt: skip
UNITS = {
    "crowding": ["", "d"], "short_interest": ["", "k", "m", "bn", "t"], "shares_short": ["mm"], "borrow_fee": ["%"],
}  # fmt: skip
NUMERIC = st.sampled_from(["crowding", "short_interest", "shares_short", "borrow_fee"])
ORDERED = st.sampled_from([one for one in Comparison if one is not Comparison.HOLDS])
EQUALITY = st.sampled_from([Comparison.EQUAL, Comparison.UNEQUAL])
IN_LISTS = st.sampled_from(list(LISTS))
OF_WORDS = st.sampled_from([Comparison.EQUAL, Comparison.UNEQUAL, Comparison.HOLDS])


@st.composite
def amounts_of(draw, key):
    digits = draw(st.decimals(-10_000, 10_000, places=draw(st.integers(0, 3))))
    return Amount(digits, draw(st.sampled_from(UNITS[key])))


@st.composite
def comparisons(draw):
    match draw(st.integers(0, 3)):
        case 0:
            key = draw(NUMERIC)
            return Compared(key, draw(ORDERED), draw(amounts_of(key)))
        case 1:
            return Compared(draw(st.sampled_from(["tier", "crowding", "symbol"])), draw(EQUALITY), None)
        case 2:
            return Compared("on_threshold_list", draw(EQUALITY), draw(st.booleans()))
        case _:
            if draw(st.booleans()):
                comparison = draw(OF_WORDS)
                wanted = WORDS if comparison is Comparison.HOLDS else st.none() | IN_LISTS
                return Compared("list", comparison, draw(wanted))
            if draw(st.booleans()):
                return Compared("tier", draw(EQUALITY), draw(st.sampled_from(TIERS)))
            return Compared("symbol", draw(OF_WORDS), draw(WORDS))


LEAVES = st.one_of(
    comparisons(),
    WORDS.map(Named),
    st.lists(st.sampled_from([*TIERS, None]), min_size=1, unique=True).map(lambda some: OneOf("tier", tuple(some))),
)


def parts(conditions, kind):
    return (
        st.lists(conditions.filter(lambda one: not isinstance(one, kind)), min_size=2, max_size=3).map(tuple).map(kind)
    )


CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(inner.map(Negated), parts(inner, AllOf), parts(inner, AnyOf)),
    max_leaves=8,
)  # fmt: skip


@given(CONDITIONS)
def test_a_condition_that_is_written_and_read_is_itself(condition):
    assert read(condition_text(condition, FIGURES)) == condition


def by_hand(condition, values):
    """Whether a condition is so of one name, in plain Python: True, False, or None for unknown."""
    match condition:
        case Named(words):
            return words.upper() in values["symbol"].upper()
        case Negated(inner):
            answer = by_hand(inner, values)
            return None if answer is None else not answer
        case AllOf(inner) | AnyOf(inner):
            deciding = isinstance(condition, AnyOf)
            answers = [by_hand(one, values) for one in inner]
            return deciding if deciding in answers else None if None in answers else not deciding
        case OneOf(figure, wanted):
            return by_hand(AnyOf(tuple(Compared(figure, Comparison.EQUAL, one) for one in wanted)), values)
        case Compared("list", comparison, wanted):
            assert wanted is None or isinstance(wanted, str)
            lists = [one.casefold() for one in values["list"]]
            if comparison is Comparison.HOLDS:
                return any(str(wanted).casefold() in one for one in lists)
            return (not lists if wanted is None else wanted.casefold() in lists) == (comparison is Comparison.EQUAL)
        case Compared(figure, comparison, None):
            return (values[figure] is None) == (comparison is Comparison.EQUAL)
        case Compared(figure, comparison, wanted):
            if values[figure] is None:
                return None
            mine = values[figure].casefold() if isinstance(wanted, str) else values[figure]
            other = (
                wanted.casefold()
                if isinstance(wanted, str)
                else wanted.number
                if isinstance(wanted, Amount)
                else wanted
            )
            return {
                Comparison.EQUAL: lambda: mine == other,
                Comparison.UNEQUAL: lambda: mine != other,
                Comparison.ABOVE: lambda: mine > other,
                Comparison.AT_LEAST: lambda: mine >= other,
                Comparison.BELOW: lambda: mine < other,
                Comparison.AT_MOST: lambda: mine <= other,
                Comparison.HOLDS: lambda: other in mine,
            }[comparison]()


FIGURE = st.none() | st.sampled_from([0.0, 0.2, 1.0, 90.0, 2e6]) | st.floats(-1e4, 1e4)
NAME = st.fixed_dictionaries({
    "symbol": WORDS, "tier": st.sampled_from([*TIERS, None]), "crowding": FIGURE, "short_interest": FIGURE,
    "shares_short": FIGURE, "borrow_fee": FIGURE, "on_threshold_list": st.sampled_from([True, False, None]),
    "list": st.sets(st.sampled_from(list(LISTS))),
})  # fmt: skip


class Made:
    """Names as hypothesis makes them."""

    def __init__(self, names):
        self.names = names

    def figures(self, key):
        column = [name[key] for name in self.names]
        if key == "list":
            return Memberships(list(LISTS), self.on_list, len(self.names))
        if key in ("symbol", "tier"):
            return Labels([one or "" for one in column])
        return np.array([NAN if one is None else float(one) for one in column])

    def on_list(self, name):
        found = np.array([name in one["list"] for one in self.names])
        return TruthOfNames(found, ~found)

    def named(self, words):
        return np.array([words.upper() in name["symbol"].upper() for name in self.names])


@given(CONDITIONS, st.lists(NAME, min_size=1, max_size=6))
def test_masks_say_what_plain_python_says_of_each_name(condition, names):
    assert matches(condition, Made(names)).tolist() == [by_hand(condition, name) is True for name in names]


SIGNS = st.sampled_from([
    "(", ")", "!", "&", "|", "=", "!=", ">", ">=", "~", " in ", ",", '"', " ", "crowding", "tier", "fee", "small", "90",
    "20%", "null", "threshold", "list", "list:", "watch", "bank", "\n", "\x1b[2J", "\ud800", "٣",
])  # fmt: skip


@given(st.one_of(st.lists(SIGNS, max_size=14).map("".join), st.text(max_size=30)))
def test_any_text_is_a_condition_or_is_refused_in_words(text):
    condition, error = None, None
    try:
        condition = read(text)
    except ConditionError as caught:
        error = caught
    if condition is not None:
        assert read(condition_text(condition, FIGURES)) == condition
        assert matches(condition, Four()).shape == (4,)
    else:
        assert error is not None
        assert 0 <= error.at <= len(text)
        assert error.words
    for one in completions(text, FIGURES, vocabulary):
        assert 0 <= one.begins_at <= len(text)


def test_every_unit_is_written_as_it_is_read():
    for unit in SCALES:
        amount = amount_of(f"7{unit}")
        assert amount_of(str(amount)) == amount


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (FigureKind.DOLLARS, "worth is an amount of dollars: 'much' is no number, write 200M or 1.5B"),
        (FigureKind.SHARES, "worth is a number of shares: 'much' is no number, write 3M"),
        (FigureKind.NUMBER, "worth is a number: 'much' is no number, write 90"),
        (FigureKind.RATIO, "worth is a percentage: 'much' is no number, write 20%"),
        (FigureKind.TRUTH, "worth is yes or no, not 'much'"),
    ],
)
def test_what_a_figure_of_each_kind_is_is_said_in_a_sentence(kind, sentence):
    figures = Figures([Figure(key="worth", kind=kind)])
    with pytest.raises(ConditionError) as caught:
        read_condition("worth = much", figures)
    assert caught.value.words == sentence
