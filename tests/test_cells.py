"""Any line of cells follows any other on the terminal, whatever its glyphs, pens, colours and abilities."""

import pytest
from cell_examples import FULL
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from terminal_emulator import Terminal, old_width
from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.brush import Brush, TerminalAbilities
from tui.terminal.cells import Line, Palette, clusters
from tui.terminal.display import FrameDiffer
from tui.terminal.pens import ATTRIBUTE_CODES, ATTRIBUTE_GROUPS, Pen, pen_change
from tui.terminal.shadow import Shadow


@pytest.fixture(autouse=True)
def true_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


def test_an_empty_no_color_is_ignored() -> None:
    assert FrameDiffer.from_environment({"NO_COLOR": ""}, "256").colour_system == "256"
    assert FrameDiffer.from_environment({"NO_COLOR": "1"}, "256").colour_system is None


@pytest.mark.parametrize(
    ("colour_system", "foreground", "background"),
    [
        ("truecolor", "38;2;255;0;0", "48;2;0;0;0"),
        ("256", "38;5;196", "48;5;16"),
        ("standard", "91", "40"),
        ("8", "31", "40"),
        (None, "", ""),
    ],
)
def test_colours_follow_the_terminal(colour_system: str | None, foreground: str, background: str) -> None:
    pen, blank = Palette(colour_system).pens(Style.parse("bold #ff0000 on #000000"))
    assert pen == Pen(1, foreground, background)
    assert blank == Pen(0, "", background)


@pytest.mark.parametrize(
    ("environment", "scrolls", "erases"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color", "STY": "1.pts"}, True, False),
        ({"TERM": "screen.xterm-256color"}, True, False),
        ({"TERM": "tmux-256color", "TMUX": "socket,1,0"}, True, False),
        ({"TERM": "linux"}, True, True),
        ({"TERM": "vt100"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_only_what_a_terminal_promises_is_asked_of_it(environment: dict[str, str], scrolls: bool, erases: bool) -> None:
    assert TerminalAbilities.of(environment) == TerminalAbilities(scrolls, erases)


def test_text_is_cut_where_a_cursor_can_stand() -> None:
    assert clusters("e\u0301a") == (("e\u0301", 1), ("a", 1))
    assert clusters("東\x07京") == (("東", 2), ("京", 2))
    assert [width for _, width in clusters("👩\u200d💻❤\ufe0f!")] == [2, 2, 1]


def test_the_cursor_is_placed_anew_after_a_scroll() -> None:
    brush = Brush(FULL)
    brush.scroll(3, 9, 1)
    brush.row(1, Line.filled(4, " "), Line.filled(4, "x"))
    assert brush.finish() == "\x1b[4;10r\x1b[10H\n\x1b[r\x1b[2Hxxxx"


def line_of(text: str, width: int = 12) -> Line:
    strip = Strip([Segment(text)]).adjust_cell_length(width)
    return Line.filled(width, " ").painted([(0, width, strip)], Palette("truecolor"))


def drawn(before: Line, after: Line, terminal: Terminal) -> str:
    """The terminal's first row after it showed one line and then the other."""
    for old, new in ((None, before), (before, after)):
        brush = Brush(FULL)
        brush.row(0, old, new)
        terminal.feed(brush.finish())
    row: str = terminal.lines()[0]
    return row


@pytest.mark.parametrize("glyph", ["👍🏽", "❤\ufe0f", "👩\u200d💻", "e\u0301", "🦀"])
def test_a_glyph_of_doubtful_width_shifts_no_column(glyph: str) -> None:
    terminal = Terminal(12, 2, old_width)
    drawn(line_of("abcdefghijkl"), line_of(f"ab{glyph} 12.5"), terminal)
    row = [cell[0] for cell in terminal.cells()[0]]
    column = 2 + clusters(glyph)[0][1]
    assert "".join(row[column : column + 5]) == " 12.5"
    assert not {"c", "d"} & set(row)


class Frame:
    """One row as Textual hands it over: strips from the left."""

    region = Region(0, 0, 12, 1)

    def __init__(self, text: str) -> None:
        self.strips = [[Strip([Segment(text)]).adjust_cell_length(12)]]


def test_a_row_textual_paints_again_is_shown_although_something_was_laid_over_it_meanwhile() -> None:
    shadow, terminal = Shadow(FULL, Palette("truecolor")), Terminal(12, 1, old_width)
    shadow.apply(Frame("as of 1 Mar"), (12, 1))
    terminal.feed(shadow.take_changes())
    shadow.lay(0, [(0, 12, (("12.5", None),))])
    terminal.feed(shadow.take_changes())
    assert terminal.lines()[0].startswith("12.5f 1 Mar")
    # The very strips the row was painted from before: they are no news to Textual, but they are to the terminal.
    shadow.apply(Frame("as of 1 Mar"), (12, 1))
    terminal.feed(shadow.take_changes())
    assert terminal.lines()[0] == "as of 1 Mar "


GLYPHS = ["a", "b", " ", "東", "京", "e\u0301", "👍", "❤\ufe0f", "▇"]

TEXTS = st.lists(st.sampled_from(GLYPHS), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_any_line_can_follow_any_other(first: str, second: str) -> None:
    before, after = line_of(first), line_of(second)
    assert drawn(before, after, Terminal(12, 2)) == "".join(after.glyphs)


@given(TEXTS, TEXTS, st.integers(0, 11), st.integers(1, 12))
def test_a_part_never_leaves_half_a_glyph(first: str, second: str, start: int, end: int) -> None:
    before = line_of(first)
    strip = Strip([Segment(second)]).adjust_cell_length(max(0, end - start))
    after = before.painted([(start, end, strip)], Palette("truecolor"))
    assert drawn(before, after, Terminal(12, 2)) == "".join(after.glyphs)
    assert sum(cell for _, cell in clusters("".join(after.glyphs))) == 12


PENS = st.builds(
    Pen,
    st.sets(st.sampled_from([0, 2, 3, 6, 8])).map(lambda bits: sum(1 << bit for bit in bits)),
    st.sampled_from(["", "31", "38;5;200", "38;2;1;2;3"]),
    st.sampled_from(["", "44", "48;5;201", "48;2;3;2;1"]),
    st.just(""),
)


@given(PENS, PENS)
def test_a_change_of_pen_leaves_nothing_of_the_old_one(before: Pen, after: Pen) -> None:
    changed, fresh = Terminal(4, 2), Terminal(4, 2)
    changed.feed(pen_change(Pen(), before) + pen_change(before, after) + "x")
    fresh.feed(pen_change(Pen(), after) + "x")
    assert changed.cells()[0][0] == fresh.cells()[0][0]
    assert len(pen_change(before, after)) <= len(pen_change(Pen(), after)) + 4


@given(st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12)))
def test_attributes_that_share_an_off_code_survive_it(before: set[int], after: set[int]) -> None:
    lit = before.copy()
    codes = pen_change(Pen(sum(1 << bit for bit in before)), Pen(sum(1 << bit for bit in after)))
    groups = {off: set(bits) for _, bits, off in ATTRIBUTE_GROUPS}
    for code in codes[2:-1].split(";") if codes else []:
        if code in ATTRIBUTE_CODES:
            lit.add(ATTRIBUTE_CODES.index(code))
        else:
            lit -= groups[code] if code else lit
    assert lit == after
