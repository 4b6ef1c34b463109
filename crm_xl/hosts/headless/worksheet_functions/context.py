"""One computation of a formula: the cell it stands in, what it reads, and what it can ask of the workbook."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Block, Closure, Raw, Ref, sized
from crm_xl.hosts.headless.worksheet_functions.values import REF, VALUE, Array, Fault, Unsupported
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area


class Needs(Exception):  # noqa: N818
    """A formula turns out to read an area that was not among its arguments."""

    def __init__(self, area: Area) -> None:
        super().__init__(area)
        self.area = area


class Surroundings(Protocol):
    """What formulas can ask of the workbook besides the contents of cells."""

    since_1904: bool
    # Whether it was saved on a Macintosh, which has other letters at the codes from 128 on.
    macintosh: bool
    sheets: tuple[str, ...]

    def used(self) -> tuple[int, int]:
        """The last row and column that anything stands in, on any sheet."""

    def hidden(self, sheet: str, row: int) -> bool:
        """Whether a row is hidden."""

    def filtered(self, sheet: str, row: int) -> bool:
        """Whether a filter hides a row."""

    def formula(self, sheet: str, row: int, column: int) -> str | None:
        """Return the formula of a cell as it is typed, without its `=`."""

    def resolved(self, text: str, sheet: str, row: int, column: int) -> Area | None:
        """Return the area that a text names for a formula of a cell, or None."""


class Context:
    """One computation of a formula: the cell it stands in, the contents that came with it, and local names."""

    __slots__ = ("array", "blocks", "book", "column", "depth", "names", "offset", "row", "sheet", "since_1904", "slots")

    def __init__(
        self,
        book: Surroundings,
        cell: tuple[str, int, int],
        slots: Sequence[tuple[Area | None, Any]],
        offset: tuple[int, int],
        *,
        array: bool,
    ) -> None:
        self.book, self.slots, self.offset, self.array = book, slots, offset, array
        self.sheet, self.row, self.column = cell
        self.since_1904 = book.since_1904
        self.names: Mapping[str, Raw] = {}
        self.depth = 0

    def with_names(self, names: Mapping[str, Raw]) -> "Context":
        """Return the same computation with more local names."""
        inner = Context(self.book, (self.sheet, self.row, self.column), self.slots, self.offset, array=self.array)
        inner.names = {**self.names, **names}
        inner.depth = self.depth + 1
        if inner.depth > 200:
            raise Unsupported("formula_too_deep")
        return inner

    def clipped(self, area: Area) -> Area:
        """Return an area of whole rows or columns as far as anything stands in them."""
        if area.last_row == LAST_ROW or area.last_column == LAST_COLUMN:
            rows, columns = self.book.used()
            last_row = max(area.first_row, rows) if area.last_row == LAST_ROW else area.last_row
            last = max(area.first_column, columns) if area.last_column == LAST_COLUMN else area.last_column
            return area._replace(last_row=last_row, last_column=last)
        return area

    def values(self, ref: Ref) -> Raw:
        """Return what a reference to one area holds: one value, or an array."""
        area = ref.area
        if ref.slot is not None:
            content = self.slots[ref.slot][1]
            if isinstance(content, Block):
                content = content.values
            if not isinstance(content, np.ndarray) and area.is_cell:
                return content  # type: ignore[no-any-return]
            return self._full(content, area)
        return self._found(area)

    def _full(self, content: Any, area: Area) -> Array:
        if not isinstance(content, np.ndarray):
            content = np.array([[content]], dtype=object)
        area = self.clipped(area)
        return sized(content, area.last_row - area.first_row + 1, area.last_column - area.first_column + 1)

    def _found(self, area: Area) -> Raw:
        wanted = self.clipped(area)
        for held, content in self.slots:
            if held is None or held.sheet != area.sheet:
                continue
            if (
                held.first_row <= wanted.first_row
                and held.first_column <= wanted.first_column
                and (held.last_row >= wanted.last_row and held.last_column >= wanted.last_column)
            ):
                if isinstance(content, Block):
                    content = content.values
                if not isinstance(content, np.ndarray):
                    content = np.array([[content]], dtype=object)
                top, left = wanted.first_row - held.first_row, wanted.first_column - held.first_column
                height, width = wanted.last_row - wanted.first_row + 1, wanted.last_column - wanted.first_column + 1
                part = sized(content[top : top + height, left : left + width], height, width)
                return part.ravel().tolist()[0] if wanted.is_cell else part
        raise Needs(area)

    def block(self, ref: Ref) -> Block | None:
        """Return the shared contents of an area, where they are such."""
        content = None if ref.slot is None else self.slots[ref.slot][1]
        return content if isinstance(content, Block) else None

    def single(self, value: Raw, array: bool) -> Any:
        """Return what an argument of one value takes: in an array formula possibly an array of values."""
        if isinstance(value, Ref):
            if len(value.areas) == 1 and value.areas[0].is_cell:
                return self.values(value)
            if array:
                return self.array_of(value)
            return self.values(self.own_cell(value))
        if isinstance(value, np.ndarray):
            if array and value.size != 1:
                return value
            if not value.size:
                return ErrorValue.CALC
            first = value[0, 0]
            return first.item() if isinstance(first, np.generic) else first
        if isinstance(value, Closure):
            return ErrorValue.CALC
        return value

    def own_cell(self, ref: Ref) -> Ref:
        """Return the cell of a range that stands in the formula's own row or column.

        Raises
        ------
        Fault
            #VALUE! where there is none.
        """
        area = ref.area
        row = area.first_row if area.first_row == area.last_row else self.row
        column = area.first_column if area.first_column == area.last_column else self.column
        if not area.contains(row, column) or (
            area.first_row != area.last_row and area.first_column != area.last_column
        ):
            raise Fault(VALUE)
        return self.part(ref, row - area.first_row, column - area.first_column, 1, 1)

    @staticmethod
    def part(ref: Ref, down: int, right: int, height: int, width: int) -> Ref:
        """Return a part of an area as a reference of its own."""
        area = ref.area
        top, left = area.first_row + down, area.first_column + right
        if top < 1 or left < 1 or top + height - 1 > LAST_ROW or left + width - 1 > LAST_COLUMN:
            raise Fault(REF)
        return Ref((Area(area.sheet, top, left, top + height - 1, left + width - 1),))

    def array_of(self, value: Raw) -> Array:
        """Return a reference, an array or a value as an array."""
        if isinstance(value, Ref):
            if len(value.areas) != 1:
                raise Fault(VALUE)
            value = self.values(value)
        if isinstance(value, np.ndarray):
            return value
        return np.array([[value]], dtype=object)

    def contents(self, value: Raw) -> list[Array]:
        """Return the arrays of all areas of a reference, or of what else holds many values."""
        if isinstance(value, Ref) and len(value.areas) > 1:
            return [self.array_of(Ref((area,))) for area in value.areas]
        return [self.array_of(value)]
