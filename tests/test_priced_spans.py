"""When names were priced, and how long they were not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shortside.prices.priced_spans import PricedSpans, longest_holes


def flags(*names):
    """A name each, as a word of its sessions: a letter where there is a price, a dot where there is none."""
    return np.array([[letter != "." for letter in name] for name in names]).T


def test_a_span_goes_from_the_first_price_to_the_last_and_counts_what_lacks_between():
    spans = PricedSpans.of(flags("xxxxxx", "..x..x", "x.xx..", ".....x"))
    assert spans.first.tolist() == [0, 2, 0, 5]
    assert spans.last.tolist() == [5, 5, 3, 5]
    assert spans.missing.tolist() == [0, 2, 1, 0]


def test_the_longest_hole_lies_between_two_prices():
    assert longest_holes(flags("xxxxxx", "..x..x", "x.x...", "x.x..x", "......")).tolist() == [0, 2, 1, 2, 0]


@given(st.text(alphabet="x.", min_size=2, max_size=40))
def test_a_hole_is_as_long_as_the_longest_gap_in_the_word(name):
    inside = name.strip(".")
    assert longest_holes(flags(name)).tolist() == [max(map(len, inside.split("x")), default=0)]
