"""Where two values differ in anything, down to the last bit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd

from shortside.by_session.cut_tables import CutTable


def differing(ours, theirs, place="market"):
    """The places at which two values differ in anything, down to the last bit."""
    if is_dataclass(ours):
        return [one for field in fields(ours) for one in differing(
            getattr(ours, field.name), getattr(theirs, field.name), f"{place}.{field.name}")]  # fmt: skip
    if isinstance(ours, CutTable):
        ours = np.asarray(ours)
    if isinstance(ours, np.ndarray):
        same = ours.dtype == theirs.dtype and ours.shape == theirs.shape
        return [] if same and (ours.dtype == object or ours.tobytes() == theirs.tobytes()) and (
            ours.dtype != object or ours.tolist() == theirs.tolist()) else [place]  # fmt: skip
    if isinstance(ours, tuple | list):
        pairs = list(zip(ours, theirs, strict=False))
        return [place] * (len(ours) != len(theirs)) + [one for at, pair in enumerate(pairs) for one in differing(
            *pair, f"{place}[{at}]")]  # fmt: skip
    return [] if ours == theirs or (ours != ours and theirs != theirs) else [place]


def assert_read_alike(one, other):
    """Two readings of the same are one frame, or are refused in the same words."""
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        pd.testing.assert_frame_equal(one, other)
