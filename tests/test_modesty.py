"""No parser makes values of a body that would take far more memory as values than it has bytes."""

import tracemalloc

import pytest

from benchmarks._seeds import SEEDS, Seed, screener_seed
from providers.errors import MalformedError
from providers.parsing.boundary import PARSERS, parser
from providers.parsing.modesty import LARGEST_TEXT_BYTES, MOST_VALUES, require_modest
from providers.parsing.unpacking import MEGABYTE

PACKED = {"providers.sec.fails.parse_fails_zip", "providers.ssga.parse_nav_history"}
"""Unpack first; what comes out goes through another parser, or is counted by its tags."""


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, id=seed.parser) for seed in (*SEEDS, screener_seed()) if seed.parser not in PACKED],
)
def test_every_parser_refuses_values_without_number_before_it_makes_any(seed: Seed):
    body = b"[" + b"," * MOST_VALUES + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError, match="holds more than 2,000,000 values"):
            seed.reads(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * MEGABYTE


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        pytest.param(b",", MOST_VALUES, id="cells"),
        pytest.param(b"|", MOST_VALUES, id="cells between bars"),
        pytest.param(b"\n", MOST_VALUES, id="lines"),
        pytest.param(b"\r", MOST_VALUES, id="lines of old"),
        pytest.param(b"[],", MOST_VALUES // 2, id="lists"),
        pytest.param(b"{},", MOST_VALUES // 4, id="objects, which take more"),
    ],
)
def test_as_many_values_as_are_allowed_pass_and_one_more_is_refused(piece, count):
    require_modest(piece * count, "a body")
    with pytest.raises(MalformedError, match="a body: holds more than"):
        require_modest(piece * (count + 1), "a body")


@pytest.mark.parametrize(
    ("sign", "width"),
    [
        pytest.param("A", 1, id="ASCII"),
        pytest.param("é", 2, id="two bytes a sign"),
        pytest.param("\U0001f600", 4, id="four bytes a sign"),
    ],
)
def test_a_text_is_weighed_by_its_widest_sign(sign, width):
    """Python gives every sign of a text as many bytes as its widest takes."""
    most = LARGEST_TEXT_BYTES // width - len(sign.encode())
    require_modest(b"A" * most + sign.encode(), "a body")
    with pytest.raises(MalformedError, match="takes more than 48 MB as text"):
        require_modest(b"A" * (most + 1) + sign.encode(), "a body")


def test_a_body_told_by_name_is_weighed_too():
    @parser("anything")
    def parse_anything(body: bytes) -> int:
        return len(body)

    try:
        with pytest.raises(MalformedError, match="anything: holds more"):
            parse_anything(body=b"," * (MOST_VALUES + 1))
        assert parse_anything(body=b",") == 1
    finally:
        PARSERS.pop(next(name for name in PARSERS if name.endswith("parse_anything")))
