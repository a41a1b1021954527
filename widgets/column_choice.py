"""Which columns of a table are shown, and in which order: what a person chooses, and what stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """All columns in the order chosen, and which of them are shown; pinned ones are always."""

    order: tuple[str, ...]
    """The keys of all columns, shown or not."""
    hidden: frozenset[str] = frozenset()
    """The keys of those that are not shown."""
    pinned: frozenset[str] = frozenset()
    """The keys of those that cannot be hidden."""

    @property
    def shown(self) -> tuple[str, ...]:
        """The keys of the columns that are shown, from left to right."""
        return tuple(key for key in self.order if key not in self.hidden)

    def toggled(self, key: str) -> ColumnChoice:
        """The choice with a column hidden that was shown, or shown that was hidden."""
        return self if key in self.pinned else replace(self, hidden=self.hidden ^ {key})

    def moved(self, key: str, step: int) -> ColumnChoice:
        """The choice with a column that many places further on, or before; no further than to an end."""
        rest = [one for one in self.order if one != key]
        place = max(0, min(self.order.index(key) + step, len(rest)))
        return replace(self, order=(*rest[:place], key, *rest[place:]))


def choice_among(
    keys: Sequence[str],
    before: ColumnChoice | None,
    pinned: frozenset[str],
    on_request: frozenset[str] = frozenset(),
) -> ColumnChoice:
    """A choice among these columns: the one before as far as it speaks of them, the others behind it and shown.

    Args:
        keys: all columns there are now, in their own order.
        before: what was chosen earlier; None for nothing.
        pinned: the keys of those that cannot be hidden.
        on_request: the keys of those that are hidden until they are chosen.
    """
    if before is None:
        return ColumnChoice(order=tuple(keys), hidden=on_request & set(keys), pinned=pinned)
    kept = [key for key in before.order if key in keys]
    rest = [key for key in keys if key not in kept]
    hidden = (before.hidden & set(keys)) | (on_request & set(rest))
    return ColumnChoice(order=(*kept, *rest), hidden=hidden - pinned, pinned=pinned)
