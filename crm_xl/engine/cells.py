"""Cell values and ranges as every host hands them over.

A cell value is `None` (blank), a float, a text, a bool, a date or an `ErrorValue`. A range is a
`Range`: rows of cell values, hashable, so that what was read from it can be kept and a table is
parsed once however many formulas hand it over.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from crm_xl.errors import Cell as Cell
from crm_xl.errors import ErrorValue

if TYPE_CHECKING:
    import pandas as pd

# The day that a spreadsheet counts as 0; a time of day stands on it.
EPOCH = dt.date(1899, 12, 30)


class Range:
    """A rectangle of cell values, row after row in `cells`, `width` of them a row; compared by content.

    One flat tuple holds a million rows without a million objects for the garbage collector to look through.
    Hosts that see the same range often should hand over the same object: its hash is then taken once.
    """

    __slots__ = ("_hash", "_key", "_rows", "cells", "likeness", "width")

    def __init__(self, rows: Iterable[Sequence[Cell]]) -> None:
        rows = rows if isinstance(rows, list | tuple) else tuple(rows)
        widths = set(map(len, rows))
        self.width = max(widths, default=0)
        if len(widths) > 1:  # rows typed in Python may be short; a spreadsheet hands over none
            rows = [(*row, *(None,) * (self.width - len(row))) for row in rows]
        self.cells: tuple[Cell, ...] = tuple(chain.from_iterable(rows))
        self._rows: tuple[tuple[Cell, ...], ...] | None = None
        self._key: tuple[object, ...] | None = None
        self._hash: int | None = None
        # What a range was found to be like, for each table that it was held against: asked with every call.
        self.likeness: dict[str, tuple[bool, int]] = {}

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells by row."""
        if self._rows is None:
            self._rows = tuple(zip(*[iter(self.cells)] * self.width, strict=True))
        return self._rows

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.cells) // self.width if self.width else 0

    def row(self, i: int) -> tuple[Cell, ...]:
        """Return one row, without making the others."""
        return self.cells[i * self.width : (i + 1) * self.width]

    def column(self, j: int, first: int = 0) -> tuple[Cell, ...]:
        """Return the cells of a column from a row on."""
        return self.cells[first * self.width + j :: self.width]

    @classmethod
    def from_frame(cls, frame: "pd.DataFrame") -> "Range":
        """Return a data frame as a range: its column names are the header row."""
        import pandas as pd

        body = frame.astype(object).where(frame.notna(), None)
        rows = [
            [v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in row] for row in body.to_numpy().tolist()
        ]
        return cls([[str(name) for name in frame.columns], *rows])

    def _content(self) -> tuple[object, ...]:
        # True == 1.0 in Python, but not in a cell: where a range holds booleans their places belong to the key.
        if self._key is None:
            cells = self.cells
            marks = (
                tuple(i for i, v in enumerate(cells) if v is True or v is False)
                if bool in set(map(type, cells))
                else ()
            )
            self._key = (self.width, cells, marks)
        return self._key

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._content())
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Range) or hash(self) != hash(other) or self._content() != other._content():
            return False
        # What was compared in full once is the same object from then on.
        self.cells, self._key = other.cells, other._key
        return True

    def __repr__(self) -> str:
        return f"Range({self.height} × {self.width})"


_ERRORS = {str(code): code for code in ErrorValue}


def is_blank(value: Cell) -> bool:
    """Whether a cell counts as blank: empty, or text of blanks only."""
    return value is None or (isinstance(value, str) and not value.strip())


def as_error(value: Cell) -> ErrorValue | None:
    """Return the error that a cell holds, also where a host hands it over as text, or None."""
    return _ERRORS.get(value) if isinstance(value, str) else None


def as_range(value: Any) -> Range:
    """Return whatever a host hands over for a range as a `Range`: rows, one row, one cell, a data frame."""
    if isinstance(value, Range):
        return value
    if hasattr(value, "columns"):
        return Range.from_frame(value)
    if isinstance(value, list | tuple):
        return Range(value if value and isinstance(value[0], list | tuple) else [value])
    return Range([[value]])


def as_scalar(value: Any) -> Cell:
    """Return the one cell of an argument that may be given as a one-cell range."""
    if isinstance(value, Range):
        value = value.cells
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return value  # type: ignore[no-any-return]
