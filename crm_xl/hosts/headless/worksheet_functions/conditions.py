"""Conditions written as text (`">=20"`, `"a*"`), and the sums, counts and database functions over them."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref, lifted
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    DIV0,
    VALUE,
    Array,
    Fault,
    Scalar,
    Unsupported,
    folded,
    same_number,
)
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW

Test = Callable[[Scalar], bool]
_PARTS = re.compile(r"(<=|>=|<>|<|>|=)?(.*)", re.DOTALL)
_ERRORS = {str(code): code for code in ErrorValue}


@lru_cache(4096)
def wildcard(text: str) -> re.Pattern[str]:
    """Return what a text with `*`, `?` and `~` before either matches, without regard to case."""
    out, at = "", 0
    while at < len(text):
        letter = text[at]
        if letter == "~" and at + 1 < len(text) and text[at + 1] in "*?~":
            at += 1
            out += re.escape(text[at])
        else:
            out += ".*" if letter == "*" else "." if letter == "?" else re.escape(letter)
        at += 1
    return re.compile(out, re.IGNORECASE | re.DOTALL)


def number_in(text: str) -> float | None:
    """Return the number that a text is read as where it is compared with one; None where it is none."""
    try:
        return to_number(text) if text.strip() else None
    except (Fault, Unsupported):
        return None


def condition(given: Scalar) -> Test:
    """Return what tells whether a value meets a condition, as COUNTIF takes it."""
    if given is None:
        given = 0.0
    if type(given) is bool:
        return lambda value: value is given
    if isinstance(given, ErrorValue):
        return lambda value: isinstance(value, ErrorValue) and value == given
    if type(given) is not str:
        return _compared("=", float(given))
    match = _PARTS.fullmatch(given)
    assert match is not None
    sign, text = match[1] or "=", match[2]
    if text.upper() in ("TRUE", "FALSE"):
        return _of_bool(sign, text.upper() == "TRUE")
    if text.upper() in _ERRORS:
        code = _ERRORS[text.upper()]
        # A text that reads like the error does not count.
        equal: Test = lambda value: isinstance(value, ErrorValue) and value == code  # noqa: E731
        return equal if sign == "=" else (lambda value: not equal(value)) if sign == "<>" else lambda value: False
    number = number_in(text)
    if number is not None:
        return _compared(sign, number)
    if text == "":
        if sign == "=":
            return (lambda value: value is None) if match[1] else lambda value: value is None or value == ""
        return (lambda value: value is not None) if sign == "<>" else lambda value: False
    return _of_text(sign, text)


def _compared(sign: str, number: float) -> Test:
    def met(value: Scalar) -> bool:
        if type(value) is str and sign in ("=", "<>"):
            found = number_in(value)
            return sign == "<>" or (found is not None and same_number(found, number))
        if type(value) is not float:
            return sign == "<>"
        if same_number(value, number):
            return sign in ("=", "<=", ">=")
        return sign == "<>" or (sign[0] == "<" and value < number) or (sign[0] == ">" and value > number)

    return met


def _of_bool(sign: str, wanted: bool) -> Test:
    def met(value: Scalar) -> bool:
        if type(value) is not bool:
            return sign == "<>"
        if value == wanted:
            return sign in ("=", "<=", ">=")
        return sign == "<>" or (sign[0] == "<" and value < wanted) or (sign[0] == ">" and value > wanted)

    return met


def _of_text(sign: str, text: str) -> Test:
    pattern, wanted = wildcard(text), folded(text)

    def met(value: Scalar) -> bool:
        is_text = type(value) is str
        if sign in ("=", "<>"):
            return (is_text and pattern.fullmatch(str(value)) is not None) == (sign == "=")
        if not is_text:
            return False
        found = folded(str(value))
        if found == wanted:
            return sign in ("<=", ">=")
        return found < wanted if sign[0] == "<" else found > wanted

    return met


def _range(context: Context, raw: Any) -> Array:
    if not isinstance(raw, Ref):
        raise Fault(raw if isinstance(raw, ErrorValue) else VALUE)
    return context.array_of(raw)


def over_conditions(given: Sequence[Any], compute: Callable[[Sequence[Scalar]], Scalar]) -> Any:
    """Return what is computed for single conditions; where arrays stand for some, for each of their values."""
    if any(isinstance(value, np.ndarray) for value in given):
        return lifted(lambda *values: _checked(compute, values), given, [True] * len(given))
    return compute(given)


def _checked(compute: Callable[[Sequence[Scalar]], Scalar], values: Sequence[Scalar]) -> Scalar:
    try:
        return compute(values)
    except Fault as fault:
        return fault.code
    except ZeroDivisionError:
        return DIV0


def _met(ranges: Sequence[Array], conditions: Sequence[Scalar]) -> list[int]:
    """The places, counted through each range row by row, at which all conditions are met."""
    places: list[int] | None = None
    for cells, wanted in zip(ranges, conditions, strict=True):
        test = condition(wanted)
        values = cells.ravel().tolist()
        places = [at for at in (range(len(values)) if places is None else places) if test(values[at])]
    return places or []


@excel("COUNTIF", "rw", context=True)
def countif(context: Context, cells: Any, wanted: Any) -> Any:
    """How many cells meet a condition."""
    content = _range(context, cells)
    beyond = _beyond(context, cells)
    return over_conditions([wanted], lambda given: float(len(_met([content], given)) + _blank(beyond, given)))


def _beyond(context: Context, cells: Ref) -> int:
    """How many cells of whole rows or columns lie beyond all that stands on a sheet, all of them blank."""
    return sum(area.size - context.clipped(area).size for area in cells.areas)


def _blank(count: int, conditions: Sequence[Scalar]) -> int:
    """How many of so many blank cells meet the conditions."""
    return count if count and all(condition(wanted)(None) for wanted in conditions) else 0


@excel("COUNTIFS", "rw(rw)", context=True)
def countifs(context: Context, cells: Any, wanted: Any, *more: Any) -> Any:
    """How many rows meet all conditions."""
    ranges, conditions = _several(context, (cells, wanted, *more))
    beyond = _beyond(context, cells)
    return over_conditions(conditions, lambda given: float(len(_met(ranges, given)) + _blank(beyond, given)))


def _several(context: Context, given: Sequence[Any]) -> tuple[list[Array], list[Any]]:
    if len(given) % 2:
        raise Fault(VALUE)
    ranges = [_range(context, raw) for raw in given[::2]]
    if len({cells.shape for cells in ranges}) > 1:
        raise Fault(VALUE)
    return ranges, list(given[1::2])


def _summed(context: Context, cells: Any, summed: Any) -> Array:
    """The range to sum in the size of the range of the condition."""
    shape = _range(context, cells).shape
    if summed is None:
        return _range(context, cells)
    if not isinstance(summed, Ref):
        raise Fault(VALUE)
    area = summed.area
    same = cells.area.last_row - cells.area.first_row, cells.area.last_column - cells.area.first_column
    if same == (area.last_row - area.first_row, area.last_column - area.first_column):
        return context.array_of(summed)
    height, width = min(shape[0], LAST_ROW - area.first_row + 1), min(shape[1], LAST_COLUMN - area.first_column + 1)
    return context.array_of(context.part(summed, 0, 0, height, width))


def _numbers_at(cells: Array, places: Sequence[int]) -> Iterator[float]:
    values = cells.ravel().tolist()
    for at in places:
        if isinstance(values[at], ErrorValue):
            raise Fault(values[at])
        if type(values[at]) is float:
            yield values[at]


@excel("SUMIF", "rwr", context=True)
def sumif(context: Context, cells: Any, wanted: Any, summed: Any = None) -> Any:
    """The sum of the cells whose row meets a condition."""
    content, numbers = _range(context, cells), _summed(context, cells, summed)
    return over_conditions([wanted], lambda given: sum(_numbers_at(numbers, _met([content], given)), 0.0))


@excel("AVERAGEIF", "rwr", context=True)
def averageif(context: Context, cells: Any, wanted: Any, averaged: Any = None) -> Any:
    """The mean of the cells whose row meets a condition."""
    content, numbers = _range(context, cells), _summed(context, cells, averaged)
    return over_conditions([wanted], lambda given: _mean(list(_numbers_at(numbers, _met([content], given)))))


def _mean(found: Sequence[float]) -> float:
    return sum(found) / len(found)


def _ifs(compute: Callable[[Sequence[float]], float]) -> Any:
    def call(context: Context, cells: Any, *given: Any) -> Any:
        summed = _range(context, cells)
        ranges, conditions = _several(context, given)
        if ranges[0].shape != summed.shape:
            raise Fault(VALUE)
        return over_conditions(conditions, lambda wanted: compute(list(_numbers_at(summed, _met(ranges, wanted)))))

    return call


excel("SUMIFS", "rrw(rw)", context=True)(_ifs(lambda found: sum(found, 0.0)))
excel("AVERAGEIFS", "rrw(rw)", context=True)(_ifs(_mean))
excel("MAXIFS", "rrw(rw)", context=True)(_ifs(lambda found: max(found, default=0.0)))
excel("MINIFS", "rrw(rw)", context=True)(_ifs(lambda found: min(found, default=0.0)))


# -- the functions over a database: a range with a header, a field, and a range of conditions ----------------------


def _records(context: Context, base: Any, field: Any, conditions: Any) -> list[Scalar]:
    """The values of a field in the records that meet the conditions; of the first field where none is named."""
    rows, wanted = context.array_of(base).tolist(), context.array_of(conditions).tolist()
    headers = [_header(value) for value in rows[0]]
    column = None if field is None else _field(headers, context.single(field, False))
    groups = []
    for line in wanted[1:]:
        tests = []
        for header, given in zip(wanted[0], line, strict=True):
            if given is None or given == "":
                continue
            if _header(header) not in headers:
                raise Unsupported("formula_computed_condition")
            tests.append((headers.index(_header(header)), _database_condition(given)))
        groups.append(tests)
    found = []
    for row in rows[1:]:
        if any(all(test(row[at]) for at, test in tests) for tests in groups):
            found.append(row[column] if column is not None else row[0])
    return found


def _header(value: Scalar) -> str:
    return "" if value is None else folded(str(value))


def _database_condition(given: Scalar) -> Test:
    """Return a condition of a database: a text without a sign means all that begin with it."""
    if type(given) is str and given and given[0] not in "<>=" and number_in(given) is None:
        if given.upper() in ("TRUE", "FALSE"):
            return condition(given)
        pattern = wildcard(given + "*")
        return lambda value: type(value) is str and pattern.fullmatch(value) is not None
    return condition(given)


def _field(headers: Sequence[str], field: Scalar) -> int:
    if isinstance(field, ErrorValue):
        raise Fault(field)
    if type(field) is str:
        if folded(field) not in headers:
            raise Fault(VALUE)
        return headers.index(folded(field))
    number = int(to_number(field))
    if not 1 <= number <= len(headers):
        raise Fault(VALUE)
    return number - 1


def _numbers_of(found: Sequence[Scalar]) -> list[float]:
    for value in found:
        if isinstance(value, ErrorValue):
            raise Fault(value)
    return [value for value in found if type(value) is float]


def _database(compute: Callable[[list[float]], float]) -> Any:
    def call(context: Context, base: Any, field: Any, conditions: Any) -> float:
        return compute(_numbers_of(_records(context, base, field, conditions)))

    return call


def variance(found: Sequence[float], sample: bool = True) -> float:
    """Return the variance of numbers, of a sample or of all there are."""
    if len(found) < 1 + sample:
        raise Fault(DIV0)
    mean = sum(found) / len(found)
    return sum((value - mean) ** 2 for value in found) / (len(found) - sample)


def _product(found: Sequence[float]) -> float:
    total = 1.0
    for value in found:
        total *= value
    return total if found else 0.0


for _name, _compute in {
    "DSUM": lambda found: sum(found, 0.0), "DAVERAGE": _mean, "DMAX": lambda found: max(found, default=0.0),
    "DMIN": lambda found: min(found, default=0.0), "DCOUNT": lambda found: float(len(found)), "DPRODUCT": _product,
    "DSTDEV": lambda found: math.sqrt(variance(found)), "DSTDEVP": lambda found: math.sqrt(variance(found, False)),
    "DVAR": variance, "DVARP": lambda found: variance(found, False),
}.items():  # fmt: skip
    excel(_name, "rrr", context=True)(_database(_compute))


@excel("DCOUNTA", "rrr", context=True)
def dcounta(context: Context, base: Any, field: Any, conditions: Any) -> float:
    """How many records that meet the conditions have a value in a field."""
    if len(context.array_of(base)) < 2:
        raise Fault(VALUE)
    found = _records(context, base, field, conditions)
    return float(len(found) if field is None else sum(value is not None for value in found))


@excel("DGET", "rrr", context=True)
def dget(context: Context, base: Any, field: Any, conditions: Any) -> Scalar:
    """The value of a field in the one record that meets the conditions."""
    found = _records(context, base, field, conditions)
    if not found:
        raise Fault(VALUE)
    if len(found) > 1:
        raise Fault(ErrorValue.NUM)
    return found[0]
