"""A picture of a screen holds every word and style of it, as text that a diff can show and as an image."""

from __future__ import annotations

import re

import pytest

from docs._screen_picture import letters_of, picture_of, words_of
from docs.make_pictures import write_images, write_texts
from tui.terminal.cells import Line
from tui.terminal.pens import BOLD, DIM, ITALIC, REVERSE, Pen, pen_of

PLAIN, CURSOR = pen_of("37;40"), pen_of("7;37;40")
LOSS = Pen(BOLD, "38;2;215;135;135", "40")


def line_of(*runs):
    """A line of cells from texts and their pens; a sign of CJK takes two cells."""
    glyphs, pens = [], []
    for text, pen in runs:
        for sign in text:
            cells = [sign, ""] if sign >= "一" else [sign]
            glyphs += cells
            pens += [pen] * len(cells)
    return Line(glyphs, pens, is_plain=False)


def small_picture():
    return picture_of("small", [line_of(("SI ", PLAIN), ("−5", LOSS), ("  ", PLAIN)), line_of(("日本 <&>", CURSOR))])


def test_the_text_has_the_words_then_the_styles_then_the_runs_of_each_row():
    letters = letters_of([PLAIN, LOSS, CURSOR])
    styles = sorted(f"{letters[pen]} {words_of(pen)}" for pen in (PLAIN, LOSS, CURSOR))
    # The blanks behind the loss have its paper, so they are no run of their own.
    runs = [f"1 {letters[PLAIN]}3 {letters[LOSS]}4", f"2 {letters[CURSOR]}8"]
    expected = ["small", "SI −5", "日本 <&>", "-- styles", *styles, "-- runs", *runs, ""]
    assert small_picture().text().split("\n") == expected


@pytest.mark.parametrize(
    ("pen", "words"),
    [
        (Pen(), "plain"),
        (PLAIN, "white on black"),
        (Pen(REVERSE, "93", "107"), "reverse bright yellow on bright white"),
        (Pen(BOLD, "38;5;208"), "bold 256:208"),
        (Pen(DIM | ITALIC, "38;2;1;171;255", "48;2;0;0;0"), "dim italic #01abff on #000000"),
    ],
)
def test_a_style_is_said_in_words(pen, words):
    assert words_of(pen) == words


def test_a_blank_in_reverse_is_a_run_of_its_own():
    text = picture_of("bar", [line_of(("a", PLAIN), ("  ", CURSOR), ("b", PLAIN))]).text()
    letters = letters_of([PLAIN, CURSOR])
    assert text.endswith(f"1 {letters[PLAIN]}1 {letters[CURSOR]}2 {letters[PLAIN]}1\n")


def test_a_style_more_leaves_most_letters_as_they_were():
    pens = [Pen(0, f"38;5;{number}") for number in range(16, 46)]
    before = letters_of(pens)
    for another in range(100, 120):
        after = letters_of([*pens, Pen(0, f"38;5;{another}")])
        assert sum(before[pen] != after[pen] for pen in pens) <= 6
    many = letters_of([Pen(0, f"38;5;{number}") for number in range(200)])
    assert len(set(many.values())) == 200


def test_an_image_has_every_glyph_at_its_place_in_its_colour():
    svg = small_picture().svg()
    assert '<text x="25.29"' in svg, "three cells of 8.43 from the left"
    assert 'fill="#d78787" font-weight="bold">−</text>' in svg
    assert re.search(r'fill="#000000">日</text>', svg), "in reverse the ink is the paper's colour"
    assert "&lt;&amp;&gt;" in svg
    assert svg.count("<rect") == 2, "the whole, and the row in reverse"


def test_images_are_svg_where_nothing_makes_png_of_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    write_images(tmp_path / "images", [small_picture()])
    assert (tmp_path / "images" / "small.svg").read_text(encoding="utf-8") == small_picture().svg()
    assert "the images are SVG" in capsys.readouterr().err


def test_drawing_anew_says_what_changed_and_takes_away_what_is_no_more(tmp_path, capsys):
    write_texts(tmp_path, [small_picture()], is_all=False)
    write_texts(tmp_path, [small_picture()], is_all=False)
    assert capsys.readouterr().out.splitlines() == [
        "drew small.txt",
        "1 of 1 pictures changed",
        "0 of 1 pictures changed",
    ]
    write_texts(tmp_path, [], is_all=True)
    assert not [*tmp_path.iterdir()]
    assert "took away small.txt" in capsys.readouterr().out
