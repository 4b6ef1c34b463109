"""Lookups: MATCH, VLOOKUP, XLOOKUP and their like, exact, by pattern, and by the steps of Excel's binary search."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Raw, Ref, key_of, lifted
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.conditions import wildcard
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    NA,
    REF,
    VALUE,
    Array,
    Fault,
    Scalar,
    Unsupported,
    compare,
    is_text,
    slim,
)

_FEW = 40


def _alike(one: Scalar, two: Scalar) -> bool:
    return type(one) is type(two)


def nearest_below(cells: Sequence[Scalar], wanted: Scalar) -> int | None:
    """Return where a binary search for the last value that is not above one ends; None where it finds none.

    Values of another kind and blanks are stepped over, first to the right and then to the left, as Excel does. In a
    list that is not sorted it may find another value than a look at all would.
    """
    low, high = 0, len(cells) - 1
    best = None
    while low <= high:
        middle = (low + high) // 2
        at = middle
        while at <= high and not _alike(cells[at], wanted):
            at += 1
        if at > high:
            high = middle - 1
            continue
        order = compare(cells[at], wanted)
        if order == 0:
            while at < len(cells) - 1 and _alike(cells[at + 1], wanted) and compare(cells[at + 1], wanted) == 0:
                at += 1
            return at
        if order < 0:
            best, low = at, at + 1
        else:
            high = middle - 1
    return best


def nearest_above(cells: Sequence[Scalar], wanted: Scalar) -> int | None:
    """Return the last of the values, sorted from the largest on, that is not below one."""
    best = None
    for at, value in enumerate(cells):
        if not _alike(value, wanted):
            continue
        order = compare(value, wanted)
        if order < 0:
            break
        best = at
        if order == 0:
            break
    return best


def _has_pattern(wanted: Scalar) -> bool:
    return is_text(wanted) and any(letter in str(wanted) for letter in "*?~")


def exact(cells: Sequence[Scalar], wanted: Scalar, *, patterns: bool = True) -> int | None:
    """Return where a value stands first; a text may be a pattern."""
    if patterns and _has_pattern(wanted):
        pattern = wildcard(str(wanted))
        return next((at for at, v in enumerate(cells) if type(v) is str and pattern.fullmatch(v)), None)
    key = key_of(wanted)
    return next((at for at, value in enumerate(cells) if key_of(value) == key), None)


def _wanted(value: Scalar) -> Scalar:
    if isinstance(value, ErrorValue):
        raise Fault(value)
    return 0.0 if value is None else value


class _Line:
    """The row or column that is searched, with the shared contents that it belongs to."""

    def __init__(self, context: Context, raw: Raw, *, first_column: bool = False, first_row: bool = False) -> None:
        content = context.array_of(raw)
        self.across = first_row or (not first_column and content.shape[0] == 1)
        if not first_column and not first_row and 1 not in content.shape:
            raise Fault(NA)
        self._block = context.block(raw) if isinstance(raw, Ref) else None
        if self._block is not None and self._block.values.dtype != content.dtype:
            self._block = None
        self._content = content
        self._cells: list[Scalar] | None = None

    @property
    def cells(self) -> list[Scalar]:
        """The values that are searched."""
        if self._cells is None:
            self._cells = (self._content[0, :] if self.across else self._content[:, 0]).tolist()
        return self._cells

    def exact(self, wanted: Scalar) -> int | None:
        """Return where a value stands first."""
        if self._block is None or self._block.values.size < _FEW or _has_pattern(wanted):
            return exact(self.cells, wanted)
        return self._block.places(0, self.across).get(key_of(wanted))


def _found(place: int | None) -> int:
    if place is None:
        raise Fault(NA)
    return place


@excel("MATCH", "ere", context=True)
def match(context: Context, wanted: Scalar, cells: Any, kind: Scalar = 1.0) -> float:
    """The place of a value in a row or column: 0 exactly, 1 the last one not above, -1 the last one not below."""
    wanted, way = _wanted(wanted), to_number(kind)
    line = _Line(context, cells)
    if way == 0:
        return _found(line.exact(wanted)) + 1.0
    return _found((nearest_below if way > 0 else nearest_above)(line.cells, wanted)) + 1.0


def _near(kind: Scalar) -> bool:
    if isinstance(kind, ErrorValue):
        raise Fault(kind)
    if is_text(kind):
        word = str(kind).upper()
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
    return to_number(kind) != 0


def _table(context: Context, wanted: Scalar, cells: Any, number: float, kind: Scalar, *, across: bool) -> Any:
    wanted = _wanted(wanted)
    if type(cells) is str:
        raise Fault(VALUE)
    content = context.array_of(cells)
    if number < 1:
        raise Fault(VALUE)
    if int(number) > content.shape[0 if across else 1]:
        raise Fault(REF)
    line = _Line(context, cells, first_column=not across, first_row=across)
    place = _found(nearest_below(line.cells, wanted) if _near(kind) else line.exact(wanted))
    value = content[int(number) - 1, place] if across else content[place, int(number) - 1]
    value = value.item() if isinstance(value, np.generic) else value
    return 0.0 if value is None else value


@excel("VLOOKUP", "erne", context=True)
def vlookup(context: Context, wanted: Scalar, cells: Any, number: float, kind: Scalar = True) -> Any:
    """The value in a column of the row in which another stands first."""
    return _table(context, wanted, cells, number, kind, across=False)


@excel("HLOOKUP", "erne", context=True)
def hlookup(context: Context, wanted: Scalar, cells: Any, number: float, kind: Scalar = True) -> Any:
    """The value in a row of the column in which another stands first."""
    return _table(context, wanted, cells, number, kind, across=True)


@excel("LOOKUP", "eaa", context=True)
def lookup(context: Context, wanted: Scalar, cells: Any, results: Any = None) -> Any:
    """The value beside the last one that is not above what is looked for."""
    wanted = _wanted(wanted)
    content = context.array_of(cells)
    rows, columns = content.shape
    across = columns > rows
    place = _found(nearest_below((content[0, :] if across else content[:, 0]).tolist(), wanted))
    if results is None:
        value = (content[-1, :] if across else content[:, -1]).tolist()[place]
    else:
        beside = context.array_of(results)
        if 1 not in beside.shape:
            raise Fault(NA)
        flat = beside.ravel().tolist()
        if place >= len(flat):
            if not isinstance(results, Ref):
                raise Fault(NA)
            down, right = (0, place) if beside.shape[0] == 1 and beside.size > 1 else (place, 0)
            return context.values(context.part(results, down, right, 1, 1))
        value = flat[place]
    return 0.0 if value is None else value


@excel("INDEX", "rnnn", context=True)
def index(context: Context, cells: Any, row: float = 0.0, column: float | None = None, area: float = 1.0) -> Any:
    """A cell, row or column of a range or an array."""
    if isinstance(cells, Ref):
        if not 1 <= area <= len(cells.areas):
            raise Fault(REF)
        found = Ref((cells.areas[int(area) - 1],), cells.slot if len(cells.areas) == 1 else None)
        height = found.area.last_row - found.area.first_row + 1
        width = found.area.last_column - found.area.first_column + 1
    else:
        if int(area) != 1:
            raise Fault(REF)
        content = context.array_of(cells)
        height, width = content.shape
    if column is None:
        row, column = (1.0, row) if height == 1 and width > 1 else (row, 0.0 if width > 1 else 1.0)
    down, right = int(row), int(column)
    if down < 0 or right < 0:
        raise Fault(VALUE)
    if down > height or right > width:
        raise Fault(REF)
    if isinstance(cells, Ref):
        if down == 0 and right == 0:
            return found
        return context.part(found, max(down - 1, 0), max(right - 1, 0), 1 if down else height, 1 if right else width)
    part = content[slice(down - 1, down) if down else slice(None), slice(right - 1, right) if right else slice(None)]
    return part.ravel().tolist()[0] if part.size == 1 else slim(part.copy())


def _searched(cells: Sequence[Scalar], wanted: Scalar, way: int, mode: int) -> int | None:
    """The place that XMATCH finds."""
    if mode not in (1, -1, 2, -2) or way not in (0, 1, -1, 2):
        raise Fault(VALUE)
    if wanted is None and (way or abs(mode) == 2):
        raise Unsupported
    if way == 2:
        if abs(mode) == 2:
            raise Fault(VALUE)
        order = range(len(cells)) if mode == 1 else range(len(cells) - 1, -1, -1)
        if not is_text(wanted):
            return next((at for at in order if key_of(cells[at]) == key_of(wanted)), None)
        pattern = wildcard(str(wanted))
        return next((at for at in order if type(cells[at]) is str and pattern.fullmatch(str(cells[at]))), None)
    if abs(mode) == 2:
        return _halved(cells, wanted, way, descending=mode < 0)
    order = range(len(cells)) if mode == 1 else range(len(cells) - 1, -1, -1)
    best = None
    key = key_of(wanted)
    for at in order:
        if key_of(cells[at]) == key:
            return at
        if not way or cells[at] is None or isinstance(cells[at], ErrorValue):
            continue
        if compare(cells[at], wanted) == way and (best is None or compare(cells[at], cells[best]) == -way):
            best = at
    return best


def _halved(cells: Sequence[Scalar], wanted: Scalar, way: int, *, descending: bool) -> int | None:
    low, high = 0, len(cells) - 1
    while high >= 0 and cells[high] is None:
        high -= 1
    _check_sorted(cells[: high + 1], descending=descending)
    while low <= high:
        middle = (low + high) // 2
        order = compare(cells[middle], wanted) * (-1 if descending else 1)
        if order == 0:
            return middle
        low, high = (middle + 1, high) if order < 0 else (low, middle - 1)
    place = (high if (way < 0) != descending else low) if way else None
    return place if place is not None and 0 <= place < len(cells) else None


def _check_sorted(cells: Sequence[Scalar], *, descending: bool) -> None:
    """Refuse a list in which a binary search may find one value or another."""
    for one, two in pairwise(cells):
        if one is None or two is None or compare(one, two) != (1 if descending else -1):
            raise Unsupported("formula_lookup_unsorted")


@excel("XMATCH", "ernn", context=True)
def xmatch(context: Context, wanted: Scalar, cells: Any, way: float = 0.0, mode: float = 1.0) -> float:
    """The place of a value in a row or column, from either end."""
    content = context.array_of(cells)
    if 1 not in content.shape:
        raise Fault(VALUE)
    if way == 3:
        raise Unsupported
    wanted = _error_or(wanted)
    return _found(_searched(content.ravel().tolist(), wanted, int(way), int(mode))) + 1.0


def _error_or(value: Scalar) -> Scalar:
    if isinstance(value, ErrorValue):
        raise Fault(value)
    return value


@excel("XLOOKUP", "wrrcnn", context=True)
def xlookup(
    context: Context, wanted: Any, cells: Any, results: Any, missing: Any = None, way: float = 0.0, mode: float = 1.0
) -> Any:
    """The value, row or column beside the one in which a value stands."""
    content = context.array_of(cells)
    given = wanted
    beside = context.array_of(results)
    if 1 not in content.shape:
        raise Fault(VALUE)
    if way == 3:
        raise Unsupported
    down = content.shape[1] == 1 and (content.shape[0] > 1 or beside.shape[0] == 1)
    if beside.shape[0 if down else 1] != content.size:
        raise Fault(VALUE)
    flat = content.ravel().tolist()

    def place_of(value: Scalar) -> int | None:
        return _searched(flat, _error_or(value), int(way), int(mode))

    if isinstance(given, np.ndarray):
        return _looked_up(context, given, place_of, beside, missing, down)
    place = place_of(given)
    if place is None:
        return NA if missing is None else missing
    if isinstance(results, Ref):
        width = results.area.last_column - results.area.first_column + 1
        height = results.area.last_row - results.area.first_row + 1
        return context.part(results, place, 0, 1, width) if down else context.part(results, 0, place, height, 1)
    part = beside[place : place + 1, :] if down else beside[:, place : place + 1]
    return part.ravel().tolist()[0] if part.size == 1 else slim(part.copy())


def _looked_up(context: Context, given: Array, place_of: Any, beside: Array, missing: Any, down: bool) -> Any:
    other = NA if missing is None else context.single(missing, False)

    def one(value: Scalar) -> Scalar:
        try:
            place = place_of(value)
        except Fault as fault:
            return fault.code
        if place is None:
            return other
        found = (beside[place, :] if down else beside[:, place]).tolist()[0]
        return 0.0 if found is None else found

    if beside.shape[1 if down else 0] == 1 or 1 not in given.shape:
        return lifted(one, [given], [True])
    rows = []
    for value in given.ravel().tolist():
        place = place_of(value)
        line = None if place is None else (beside[place, :] if down else beside[:, place]).tolist()
        rows.append([other] * beside.shape[1 if down else 0] if line is None else line)
    made = np.array(rows, dtype=object)
    return slim(made if down else made.T)
