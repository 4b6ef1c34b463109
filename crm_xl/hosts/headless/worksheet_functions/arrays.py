"""References and arrays while a formula is computed: what they hold, and functions of one value over many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.values import NA, VALUE, Array, Fault, Scalar, folded
from crm_xl.xlsx.references import Area

# Of one array; Excel itself would run out of memory not far above.
MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Ref:
    """Areas of cells; `slot` is the argument in which the contents of the only one came."""

    areas: tuple[Area, ...]
    slot: int | None = None

    @property
    def area(self) -> Area:
        """The one area.

        Raises
        ------
        Fault
            #VALUE! where there are several.
        """
        if len(self.areas) != 1:
            raise Fault(VALUE)
        return self.areas[0]


class Closure:
    """A LAMBDA with the names around it; called with values."""

    __slots__ = ("call", "least", "most")

    def __init__(self, call: Callable[..., Any], least: int, most: int) -> None:
        self.call, self.least, self.most = call, least, most


Raw: TypeAlias = Scalar | Array | Ref | Closure


class Block:
    """The contents of an area that many formulas read, with the places of its values once they were asked for."""

    __slots__ = ("_places", "area", "values")

    def __init__(self, area: Area, values: Array) -> None:
        self.area, self.values = area, values
        self._places: dict[tuple[int, bool], dict[Any, int]] = {}

    def places(self, line: int, across: bool) -> dict[Any, int]:
        """Return where each value stands first in a column (or row), by `key_of`."""
        found = self._places.get((line, across))
        if found is None:
            found = {}
            cells = (self.values[line, :] if across else self.values[:, line]).tolist()
            for at, value in enumerate(cells):
                found.setdefault(key_of(value), at)
            self._places[line, across] = found
        return found


def key_of(value: Scalar) -> Any:
    """Return what equal values have in common in an exact lookup."""
    if type(value) is str:
        return folded(value)
    if type(value) is bool:
        return ("bool", value)
    return ("error", str(value)) if isinstance(value, ErrorValue) else value


def sized(values: Array, rows: int, columns: int) -> Array:
    """Return the contents of an area with all its rows and columns: the engine leaves out blank ones at its end."""
    have = values.shape
    if have == (rows, columns):
        return values
    if rows * columns > MOST_CELLS:
        raise Fault(VALUE)
    full: Array = np.full((rows, columns), None, dtype=object)
    full[: have[0], : have[1]] = values[:rows, :columns]
    return full


def shape_of(arrays: Sequence[Array]) -> tuple[int, int]:
    """Return the size of the result of arrays taken together."""
    return max(a.shape[0] for a in arrays), max(a.shape[1] for a in arrays)


def stretched(values: Array, shape: tuple[int, int]) -> Array:
    """Return an array of a larger size: one row or column is repeated, else #N/A fills what is not there."""
    if values.shape == shape:
        return values
    rows, columns = values.shape
    if shape[0] * shape[1] > MOST_CELLS:
        raise Fault(VALUE)
    if rows in (1, shape[0]) and columns in (1, shape[1]):
        return np.broadcast_to(values, shape)
    full: Array = np.empty(shape, dtype=object)
    full.fill(NA)
    height, width = shape[0] if rows == 1 else rows, shape[1] if columns == 1 else columns
    full[:height, :width] = np.broadcast_to(values, (height, width))
    return full


def lifted(function: Callable[..., Scalar], arguments: Sequence[Any], over: Sequence[bool]) -> Array:
    """Return the results of a function of single values for every cell of the arrays among its arguments.

    `over` says for each argument whether it is one value for each call, and may be an array of them.
    """
    arrays = [a for a, single in zip(arguments, over, strict=True) if single and isinstance(a, np.ndarray)]
    shape = shape_of(arrays)
    columns = [
        stretched(a, shape).ravel().tolist() if single and isinstance(a, np.ndarray) else None
        for a, single in zip(arguments, over, strict=True)
    ]
    result: Array = np.empty(shape[0] * shape[1], dtype=object)
    given = list(arguments)
    moving = [(at, cells) for at, cells in enumerate(columns) if cells is not None]
    for number in range(len(result)):
        for at, cells in moving:
            given[at] = cells[number]
        result[number] = function(*given)
    return result.reshape(shape)


def rows_of(values: Array) -> list[list[Any]]:
    """Return an array as rows of values."""
    rows: list[list[Any]] = values.tolist()
    return rows


def cells_of(values: Array) -> Iterator[Any]:
    """Yield the values of an array, row by row."""
    return iter(values.ravel().tolist())
