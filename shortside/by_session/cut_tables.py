"""A table by session that is cut out of a kept one, and of it only what somebody asks for."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from shortside.listings import Floats, Indexes

_ALL: Final = slice(None)


class CutTable(NDArrayOperatorsMixin):
    """(T, N) a table by session that stands for the array it would be, which is made when all of it is asked for.

    Most of a market is as it was printed, and for a day in a walk few of its figures are looked at one by one. Whoever
    takes some names, some sessions or some figures gets an array of these alone; whoever asks for anything else, such
    as a sum or a comparison, gets it of the whole array.
    """

    ndim: Final = 2

    def __init__(self, kept: Floats, origins: Indexes, others: Floats) -> None:
        """Cut nothing yet.

        Args:
            kept: (T, n) the sessions of a table that is never changed.
            origins: (N,) which of its columns each name has; −1 of one whose figures are among the others'.
            others: (T, m) the figures of these, in their order.
        """
        self.shape = len(kept), len(origins)
        self.dtype = kept.dtype
        self._kept, self._others = kept, others
        is_other = origins < 0
        # Below zero they are counted from the end of the others, so that one number tells a name's figures.
        self._codes = origins.copy()
        self._codes[is_other] = np.arange(np.count_nonzero(is_other)) - others.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def of_names(self, columns: Indexes) -> CutTable:
        """The table of some names, of which nothing is cut yet either."""
        codes = self._codes[columns]
        return CutTable(self._kept, np.maximum(codes, -1), self._others.take(codes[codes < 0], axis=1))

    def take(self, columns: Indexes, axis: int) -> Floats:
        """(T, k) some names, as `numpy.ndarray.take` gives them."""
        if axis not in (1, -1):
            return self._whole.take(columns, axis=axis)
        return self._cut(_ALL, self._codes.take(columns))

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, _ALL)
        if _is_all(columns):
            if isinstance(rows, slice):
                return self if range(len(self))[rows] == range(len(self)) else self._cut(rows, self._codes)
            if isinstance(rows, int | np.integer) and not isinstance(rows, bool):
                return self._cut(slice(rows, (int(rows) + 1) or None), self._codes)[0]
        elif _is_all(rows) and _are_places(columns):
            codes = self._codes[np.asarray(columns)]
            return self._cut(_ALL, codes.ravel()).reshape(len(self), *codes.shape)
        elif _are_places(rows) and _are_places(columns):
            return self._one_by_one(np.asarray(rows), np.asarray(columns))
        return self._whole[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self._whole, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = [one._whole if isinstance(one, CutTable) else one for one in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._whole, name)

    @cached_property
    def _whole(self) -> Floats:
        return self._cut(_ALL, self._codes)

    def _cut(self, rows: slice, codes: Indexes) -> Floats:
        cut = self._kept[rows].take(np.maximum(codes, 0), axis=1)
        theirs = np.flatnonzero(codes < 0)
        if len(theirs):
            cut[:, theirs] = self._others[rows].take(codes[theirs], axis=1)
        return cut

    def _one_by_one(self, rows: Indexes, columns: Indexes) -> Any:
        if rows.size and (rows.min() < -len(self) or rows.max() >= len(self)):
            raise IndexError(f"there are {len(self)} sessions")
        if rows.size and rows.min() < 0:
            rows = np.where(rows < 0, rows + len(self), rows)
        codes = self._codes[columns]
        if rows.shape != codes.shape:
            rows, codes = np.broadcast_arrays(rows, codes)
        is_other = codes < 0
        if not is_other.any():
            return self._kept[rows, codes]
        figures = np.asarray(self._kept[rows, np.maximum(codes, 0)])
        figures[is_other] = self._others[rows[is_other], codes[is_other]]
        return figures[()]


def _is_all(key: Any) -> bool:
    return isinstance(key, slice) and key == _ALL


def _are_places(key: Any) -> bool:
    """Whether a key is a whole number, or some; flags are not."""
    return not isinstance(key, slice) and key is not None and np.asarray(key).dtype.kind in "iu"
