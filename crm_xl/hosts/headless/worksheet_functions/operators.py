"""The operators: arithmetic, comparison with 15 digits, and the joining of texts; over arrays cell by cell."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import lifted
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    DIV0,
    NUM,
    Array,
    Fault,
    Scalar,
    compare,
    difference,
    finite,
    folded,
    long_text,
    same_number,
    to_text,
)

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_FAST: dict[str, Callable[[Any, Any], Any]] = {"+": np.add, "-": np.subtract, "*": np.multiply}


def operated(sign: str, left: Any, right: Any, since_1904: bool, *, ends: bool) -> Any:
    """Return the result of an operator; `ends` says that it is the last that is reckoned."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if sign in _FAST and not ends and _numbers(left) and _numbers(right) and _alike(left, right):
            result: Array = _FAST[sign](_floats(left), _floats(right)) + 0.0
            if np.isfinite(result).all():
                return result
        if sign in COMPARISONS and (told := _compared(sign, left, right)) is not None:
            return told

        def one(a: Scalar, b: Scalar) -> Scalar:
            return _one(sign, a, b, since_1904, ends)

        return lifted(one, [left, right], [True, True])
    return _one(sign, left, right, since_1904, ends)


def _numbers(value: Any) -> bool:
    return type(value) is float or (isinstance(value, np.ndarray) and value.dtype in (np.float64, np.bool_))


def _floats(value: Any) -> Any:
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype == np.bool_ else value


def _compared(sign: str, left: Any, right: Any) -> Array | None:
    """The comparison of whole arrays of numbers, or of texts with one text; None where it is told cell by cell."""
    numeric = [type(v) is float or (isinstance(v, np.ndarray) and v.dtype == np.float64) for v in (left, right)]
    if all(numeric) and _alike(left, right):
        one, two = np.broadcast_arrays(left, right)
        order = np.sign(one - two)
        near = (order != 0) & (np.abs(one - two) <= 1e-14 * np.maximum(np.abs(one), np.abs(two)))
        for at in zip(*np.nonzero(near), strict=True):
            if same_number(float(one[at]), float(two[at])):
                order[at] = 0
        found: Array = COMPARISONS[sign](order, 0)  # type: ignore[assignment]
        return found
    if sign not in ("=", "<>") or not isinstance(left, np.ndarray) or type(right) is not str or right == "":
        return None
    cells = left.ravel().tolist()
    if any(type(value) is ErrorValue for value in cells):
        return None
    wanted, equal = folded(right), sign == "="
    told = [(type(value) is str and folded(value) == wanted) == equal for value in cells]
    return np.array(told, dtype=np.bool_).reshape(left.shape)


def _alike(left: Any, right: Any) -> bool:
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        return True
    return all(a == b or 1 in (a, b) for a, b in zip(left.shape, right.shape, strict=True))


def _one(sign: str, left: Scalar, right: Scalar, since_1904: bool, ends: bool) -> Scalar:
    try:
        if sign in COMPARISONS:
            return COMPARISONS[sign](compare(left, right), 0)
        if sign == "&":
            return long_text(to_text(left) + to_text(right))
        a = left if type(left) is float else to_number(left, since_1904)
        b = right if type(right) is float else to_number(right, since_1904)
        if sign == "+":
            return finite(difference(a, -b) if ends else a + b)
        if sign == "-":
            return finite(difference(a, b) if ends else a - b)
        if sign == "*":
            return finite(a * b)
        if sign == "/":
            return DIV0 if b == 0 else finite(a / b)
        return power(a, b)
    except Fault as fault:
        return fault.code
    except OverflowError:
        return NUM


def power(base: float, exponent: float) -> float:
    """Return a power as Excel has it.

    Raises
    ------
    Fault
        #NUM! for 0^0 and roots of negative numbers, #DIV/0! for negative powers of 0.
    """
    if base == 0 and exponent == 0:
        raise Fault(NUM)
    if base == 0 and exponent < 0:
        raise Fault(DIV0)
    result: Any = base**exponent
    if isinstance(result, complex):
        # A root of odd degree that is written as a reciprocal is taken for one.
        degree = round(1 / exponent)
        if degree % 2 and abs(1 / exponent - degree) < 1e-9:
            return -float((-base) ** exponent)
        raise Fault(NUM)
    return finite(result)


def signed(sign: str, value: Any, since_1904: bool) -> Any:
    """Return a value with its sign changed (`-`), or its hundredth part (`%`)."""

    def one(given: Scalar) -> Scalar:
        if isinstance(given, ErrorValue):
            return given
        try:
            number = to_number(given, since_1904)
        except Fault as fault:
            return fault.code
        return (0.0 - number) + 0.0 if sign == "-" else number / 100

    if isinstance(value, np.ndarray):
        if _numbers(value):
            numbers = _floats(value)
            return 0.0 - numbers if sign == "-" else numbers / 100
        return lifted(one, [value], [True])
    return one(value)
