"""Functions that give arrays: FILTER, SORT, UNIQUE, SEQUENCE, and those that put arrays together or cut them."""

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import MOST_CELLS, key_of
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import values_in
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    NA,
    NUM,
    VALUE,
    Array,
    Fault,
    Scalar,
    compare,
    slim,
    to_bool,
)

CALC = ErrorValue.CALC
# Errors are sorted by their numbers.
_ERROR_ORDER = {str(code): 10 + at for at, code in enumerate(ErrorValue)}


def made(rows: Sequence[Sequence[Any]]) -> Array:
    """Return rows of values as an array, of which there must be one.

    Raises
    ------
    Fault
        #CALC! where there is none.
    """
    if not rows or not rows[0]:
        raise Fault(CALC)
    content: Array = np.empty((len(rows), len(rows[0])), dtype=object)
    for at, row in enumerate(rows):
        content[at, :] = row
    return slim(content)


def _all(context: Context, raw: Any) -> list[list[Any]]:
    rows: list[list[Any]] = context.array_of(raw).tolist()
    return rows


@excel("FILTER", "rae", context=True)
def filter_(context: Context, cells: Any, wanted: Any, empty: Scalar = CALC) -> Any:
    """The rows or columns for which a condition is true."""
    content = context.array_of(cells)
    tests = context.array_of(wanted)
    kept = []
    for value in tests.ravel().tolist():
        if isinstance(value, ErrorValue):
            raise Fault(value)
        kept.append(to_bool(value))
    if tests.shape == (content.shape[0], 1):
        found = content[np.array(kept), :]
    elif tests.shape == (1, content.shape[1]):
        found = content[:, np.array(kept)]
    else:
        raise Fault(VALUE)
    return slim(found) if found.size else empty


def _order(one: Scalar, two: Scalar) -> int:
    """The order of sorting: numbers, texts, False and True, errors, blanks."""
    ranks = [99 if v is None else _ERROR_ORDER.get(str(v), 50) if isinstance(v, ErrorValue) else 0 for v in (one, two)]
    if any(ranks):
        return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])
    return compare(one, two)


def _sorted(lines: list[list[Any]], keys: Sequence[Sequence[Scalar]], ways: Sequence[int]) -> list[list[Any]]:
    order = list(range(len(lines)))
    for key, way in reversed(list(zip(keys, ways, strict=True))):

        def placed(a: int, b: int, key: Sequence[Scalar] = key, way: int = way) -> int:
            if key[a] is None or key[b] is None:
                return _order(key[a], key[b])
            return way * _order(key[a], key[b])

        order.sort(key=cmp_to_key(placed))
    return [lines[at] for at in order]


def _way(value: float) -> int:
    if value not in (1, -1):
        raise Fault(VALUE)
    return int(value)


@excel("SORT", "rrre", context=True)
def sort(context: Context, cells: Any, place: Any = 1.0, way: Any = 1.0, by_column: Scalar = False) -> Array:
    """Rows in the order of a column."""
    across = by_column is not None and to_bool(by_column)
    content = context.array_of(cells)
    lines = (content.T if across else content).tolist()
    places = [int(to_number(v)) for v in values_in(context, 1.0 if place is None else place)]
    ways = [_way(to_number(v)) for v in values_in(context, 1.0 if way is None else way)]
    ways = ways * len(places) if len(ways) == 1 else ways
    if len(ways) != len(places) or any(not 1 <= at <= len(lines[0]) for at in places):
        raise Fault(VALUE)
    found = made(_sorted(lines, [[line[at - 1] for line in lines] for at in places], ways))
    return found.T.copy() if across else found


@excel("SORTBY", "rr(rr)", context=True)
def sortby(context: Context, cells: Any, first: Any, *more: Any) -> Array:
    """Rows in the order of other columns."""
    content = context.array_of(cells)
    given = [first, *more]
    keys = [list(values_in(context, raw)) for raw in given[::2]]
    ways = [_way(to_number(context.single(raw, False))) for raw in given[1::2]]
    ways += [1] * (len(keys) - len(ways))
    shape = context.array_of(first).shape
    across = shape[0] == 1 and content.shape[1] == shape[1] and (shape[1] > 1 or content.shape[0] == 1)
    lines = (content.T if across else content).tolist()
    if any(len(key) != len(lines) for key in keys):
        raise Fault(VALUE)
    found = made(_sorted(lines, keys, ways))
    return found.T.copy() if across else found


@excel("UNIQUE", "ree", context=True)
def unique(context: Context, cells: Any, by_column: Scalar = False, once: Scalar = False) -> Array:
    """Rows that differ, or that occur once only."""
    across = by_column is not None and to_bool(by_column)
    content = context.array_of(cells)
    lines = (content.T if across else content).tolist()
    counted: dict[Any, list[Any]] = {}
    for line in lines:
        counted.setdefault(tuple(key_of(value) for value in line), [line, 0])[1] += 1
    only_once = once is not None and to_bool(once)
    found = made([line for line, times in counted.values() if times == 1 or not only_once])
    return found.T.copy() if across else found


def _size(number: float) -> int:
    if number < 1:
        raise Fault(VALUE)
    return int(number)


@excel("SEQUENCE", "eeee")
def sequence(rows: Scalar, columns: Scalar = None, start: Scalar = None, step: Scalar = None) -> Array:
    """Numbers one after the other."""
    height, width, first, by = (1.0 if given is None else to_number(given) for given in (rows, columns, start, step))
    height, width = _size(height), _size(width)
    if height * width > MOST_CELLS:
        raise Fault(VALUE)
    return (first + by * np.arange(height * width, dtype=np.float64)).reshape(height, width)


def _padded(rows: list[list[Any]], width: int, filler: Scalar) -> list[list[Any]]:
    return [[*row, *[filler] * (width - len(row))] for row in rows]


@excel("VSTACK", "(r)", context=True)
def vstack(context: Context, *given: Any) -> Array:
    """Arrays one below the other."""
    parts = [_all(context, raw) for raw in given]
    width = max(len(part[0]) for part in parts)
    return made([row for part in parts for row in _padded(part, width, NA)])


@excel("HSTACK", "(r)", context=True)
def hstack(context: Context, *given: Any) -> Array:
    """Arrays side by side."""
    parts = [_all(context, raw) for raw in given]
    height = max(len(part) for part in parts)
    full = [[*part, *[[NA] * len(part[0])] * (height - len(part))] for part in parts]
    return made([[value for part in full for value in part[at]] for at in range(height)])


def _range(count: float, size: int, *, drop: bool) -> slice:
    number = int(count)
    if drop:
        if abs(number) >= size:
            raise Fault(CALC)
        return slice(number, None) if number >= 0 else slice(None, number)
    if number == 0:
        raise Fault(CALC)
    return slice(None, number) if number > 0 else slice(max(size + number, 0), None)


def _part(context: Context, cells: Any, rows: Scalar, columns: Scalar, *, drop: bool) -> Array:
    content = context.array_of(cells)
    down = slice(None) if rows is None else _range(to_number(rows), content.shape[0], drop=drop)
    right = slice(None) if columns is None else _range(to_number(columns), content.shape[1], drop=drop)
    return slim(content[down, right].copy())


@excel("TAKE", "ree", context=True)
def take(context: Context, cells: Any, rows: Scalar, columns: Scalar = None) -> Array:
    """Rows and columns from an end."""
    return _part(context, cells, rows, columns, drop=False)


@excel("DROP", "ree", context=True)
def drop(context: Context, cells: Any, rows: Scalar, columns: Scalar = None) -> Array:
    """All but rows and columns at an end."""
    return _part(context, cells, rows, columns, drop=True)


def _places(context: Context, given: Sequence[Any], size: int) -> list[int]:
    found = []
    for raw in given:
        for value in values_in(context, raw):
            number = int(to_number(value))
            if number == 0 or abs(number) > size:
                raise Fault(VALUE)
            found.append(number - 1 if number > 0 else size + number)
    return found


@excel("CHOOSEROWS", "rr(r)", context=True)
def chooserows(context: Context, cells: Any, *given: Any) -> Array:
    """Rows by their numbers."""
    content = context.array_of(cells)
    return slim(content[_places(context, given, content.shape[0]), :].copy())


@excel("CHOOSECOLS", "rr(r)", context=True)
def choosecols(context: Context, cells: Any, *given: Any) -> Array:
    """Columns by their numbers."""
    content = context.array_of(cells)
    return slim(content[:, _places(context, given, content.shape[1])].copy())


@excel("EXPAND", "reee", context=True)
def expand(context: Context, cells: Any, rows: Scalar, columns: Scalar = None, filler: Scalar = NA) -> Array:
    """An array made larger."""
    content = context.array_of(cells)
    height = content.shape[0] if rows is None else int(to_number(rows))
    width = content.shape[1] if columns is None else int(to_number(columns))
    if height < content.shape[0] or width < content.shape[1] or height * width > MOST_CELLS:
        raise Fault(VALUE)
    full: Array = np.empty((height, width), dtype=object)
    full.fill(filler)
    full[: content.shape[0], : content.shape[1]] = content
    return slim(full)


def _line(context: Context, cells: Any, ignore: float, by_column: Scalar) -> list[Any]:
    if not 0 <= ignore < 4:
        raise Fault(VALUE)
    content = context.array_of(cells)
    across = by_column is not None and to_bool(by_column)
    found = (content.T if across else content).ravel().tolist()
    return [
        value
        for value in found
        if not (int(ignore) in (1, 3) and value is None)
        and not (int(ignore) in (2, 3) and isinstance(value, ErrorValue))
    ]


@excel("TOCOL", "rne", context=True)
def tocol(context: Context, cells: Any, ignore: float = 0.0, by_column: Scalar = False) -> Array:
    """All values in one column."""
    return made([[value] for value in _line(context, cells, ignore, by_column)])


@excel("TOROW", "rne", context=True)
def torow(context: Context, cells: Any, ignore: float = 0.0, by_column: Scalar = False) -> Array:
    """All values in one row."""
    return made([_line(context, cells, ignore, by_column)])


@excel("WRAPROWS", "rne", context=True)
def wraprows(context: Context, cells: Any, width: float, filler: Scalar = NA) -> Array:
    """A row or column broken into rows."""
    content = context.array_of(cells)
    if 1 not in content.shape:
        raise Fault(VALUE)
    if width < 1:
        raise Fault(NUM)
    flat, count = content.ravel().tolist(), int(width)
    return made(_padded([flat[at : at + count] for at in range(0, len(flat), count)], count, filler))


@excel("WRAPCOLS", "rne", context=True)
def wrapcols(context: Context, cells: Any, height: float, filler: Scalar = NA) -> Array:
    """A row or column broken into columns."""
    return wraprows(context, cells, height, filler).T.copy()
