"""The quick terminal of the tests shows what pyte's own parser would."""

import pyte
from hypothesis import given
from hypothesis import strategies as st
from terminal_emulator import ClusterScreen, Terminal, clusters_of


class PlainScreen(ClusterScreen):  # type: ignore[misc]  # pyte has no types
    """The screen without what makes it quick: no run of text, no glyph and no rendition kept."""

    def draw(self, data):
        for cluster in clusters_of(data):
            width = self.width_of(cluster)
            column = min(self.cursor.x, self.columns - width)
            line = self.buffer[self.cursor.y]
            for edge in (column, column + width) if width else ():
                self._cut(line, edge)
            for offset in range(width):
                line[column + offset] = self.cursor.attrs._replace(data="" if offset else cluster)
            self.cursor.x = column + width if width else self.cursor.x

    def select_graphic_rendition(self, *attrs, **private):
        pyte.Screen.select_graphic_rendition(self, *attrs, **private)


PARTS = st.one_of(
    st.text(alphabet="abc │▁名́\U0001f600\u200d", min_size=1, max_size=12),
    st.tuples(st.integers(1, 9), st.integers(1, 22)).map(lambda at: f"\x1b[{at[0]};{at[1]}H"),
    st.lists(st.sampled_from(["", "0", "1", "4", "7", "31", "48;5;12", "38;2;1;200;3"]), max_size=3).map(
        lambda codes: f"\x1b[{';'.join(codes)}m"
    ),
    st.sampled_from(
        ["\x1b[K", "\x1b[2J", "\x1b[3X", "\x1b[2P", "\x1b[@", "\x1b[99999C", "\r", "\n", "\r\n", "\b", "\t"]
    ),
    st.sampled_from(["\x1b[?25l", "\x1b[?7h", "\x1b[2;5r", "\x1bM", "\x1bD", "\x1b7", "\x1b8", "\x1b[S", "\x1b[!p"]),
)


@given(st.lists(PARTS, max_size=30))
def test_it_shows_what_a_parser_that_goes_by_the_character_shows(parts):
    quick = Terminal(20, 8)
    slow = PlainScreen(20, 8)
    stream = pyte.Stream(slow)
    # The last sequence must be a whole one: a terminal waits for the rest.
    text = "".join([*parts, "\x1b[m"])
    quick.feed(text)
    stream.feed(text)
    assert (quick.screen.cursor.x, quick.screen.cursor.y) == (slow.cursor.x, slow.cursor.y)
    for row in range(8):
        assert [quick.screen.buffer[row][at] for at in range(20)] == [slow.buffer[row][at] for at in range(20)]


@given(st.lists(PARTS, max_size=20), st.integers(1, 7))
def test_it_does_not_matter_where_output_is_cut(parts, length):
    whole, cut = Terminal(20, 8), Terminal(20, 8)
    text = "".join(parts)
    # A text cut inside a cluster is another text to any terminal.
    text = "".join(sign for sign in text if sign not in "́\u200d")
    whole.feed(text)
    for start in range(0, len(text), length):
        cut.feed(text[start : start + length])
    assert cut.cells() == whole.cells()
