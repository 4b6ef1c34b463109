"""What functions over many values count: numbers in ranges, and numbers, texts and conditions given directly."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import NA, VALUE, Array, Fault, Scalar


def values_in(context: Context, raw: Any) -> Iterator[Scalar]:
    """Yield all values of a reference or an array, row by row."""
    for content in context.contents(raw):
        yield from content.ravel().tolist()


def is_many(raw: Any) -> bool:
    """Whether an argument is a reference or an array, in which texts and conditions do not count."""
    return isinstance(raw, Ref | np.ndarray)


def numbers(context: Context, *given: Any, conditions: bool = False) -> list[float]:
    """Return the numbers among arguments.

    In ranges and arrays only numbers count; `conditions` lets True and False count there as 1 and 0, texts as 0.

    Raises
    ------
    Fault
        Where there is an error, or a text given directly means no number.
    """
    found: list[float] = []
    for raw in given:
        if not is_many(raw):
            found.append(to_number(raw, context.since_1904))
            continue
        for content in context.contents(raw):
            if content.dtype == np.float64:
                found += content.ravel().tolist()
                continue
            for value in content.ravel().tolist():
                kind = type(value)
                if kind is float:
                    found.append(value)
                elif kind is ErrorValue:
                    raise Fault(value)
                elif conditions and value is not None:
                    found.append(float(value) if kind is bool else 0.0)
    return found


def in_range(context: Context, raw: Any) -> list[float]:
    """Return the numbers of one argument of which also a single value is taken as a range of one cell."""
    if is_many(raw):
        return numbers(context, raw)
    return [to_number(raw, context.since_1904)]


def pairs(context: Context, one: Any, two: Any) -> list[tuple[float, float]]:
    """Return the numbers of two ranges of one size side by side; pairs with a text or blank are left out.

    Raises
    ------
    Fault
        #N/A where they differ in size, or an error that stands in one.
    """
    left, right = context.array_of(one), context.array_of(two)
    if left.size != right.size:
        raise Fault(NA)
    found = []
    for a, b in zip(left.ravel().tolist(), right.ravel().tolist(), strict=True):
        for value in (a, b):
            if isinstance(value, ErrorValue):
                raise Fault(value)
        if type(a) is float and type(b) is float:
            found.append((a, b))
    return found


def matrix(context: Context, raw: Any) -> Array:
    """Return an argument as an array of numbers.

    Raises
    ------
    Fault
        #VALUE! where there is anything else in it.
    """
    content = context.array_of(raw)
    if content.dtype == np.float64:
        return content
    cells = content.ravel().tolist()
    for value in cells:
        if isinstance(value, ErrorValue):
            raise Fault(value)
        if type(value) is not float:
            raise Fault(VALUE)
    return np.array(cells, dtype=np.float64).reshape(content.shape)


def first_error(values: Iterable[Scalar]) -> None:
    """Raise the first error among values.

    Raises
    ------
    Fault
        Where there is one.
    """
    for value in values:
        if isinstance(value, ErrorValue):
            raise Fault(value)
