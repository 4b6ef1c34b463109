"""Values as Excel's formulas have them: how they are compared, and how texts become numbers and numbers texts.

A value is a number (`float`), a text, True or False, an error, or None for a blank. An array is a numpy array of two
dimensions, of floats where it holds nothing but numbers, else of such values.
"""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from crm_xl.errors import ErrorValue

Scalar: TypeAlias = float | str | bool | ErrorValue | None
Array: TypeAlias = npt.NDArray[Any]

# Of two numbers closer together than this Excel's 15 digits may be the same.
_NEAR = 1e-14
# A difference that is smaller than this part of what was subtracted is nothing but rounding.
_ROUNDING = 2.0**-49
_LONGEST_TEXT = 32_767
_MOST_DECIMALS = 19
_FROM_EXPONENT = 15


class Fault(Exception):  # noqa: N818
    """An error of Excel on its way to the formula that shows it."""

    def __init__(self, code: ErrorValue) -> None:
        super().__init__(code)
        self.code = code


class Unsupported(Exception):  # noqa: N818
    """What this evaluator cannot vouch for; `key` is the reason in the terms. No IFERROR catches it."""

    def __init__(self, key: str = "formula_use_unsupported", **details: object) -> None:
        super().__init__(key)
        self.key = key
        self.details = details


VALUE, NUM, NA, DIV0, REF = ErrorValue.VALUE, ErrorValue.NUM, ErrorValue.NA, ErrorValue.DIV0, ErrorValue.REF


def is_text(value: object) -> bool:
    """Whether a value is a text (errors are strings of another type)."""
    return type(value) is str


def finite(number: float) -> float:
    """Return a number that a cell can hold.

    Raises
    ------
    Fault
        #NUM! for one that is too large, or none at all.
    """
    if not math.isfinite(number):
        raise Fault(NUM)
    return number + 0.0


def number_text(number: float) -> str:
    """Return a number as `&` joins it to a text: 15 significant digits.

    >>> number_text(0.1 + 0.2), number_text(1e20), number_text(-2.0), number_text(0.00001)
    ('0.3', '1E+20', '-2', '0.00001')
    """
    if number == 0:
        return "0"
    mantissa, _, power = f"{abs(number):.14e}".partition("e")
    exponent = int(power)
    digits = mantissa.replace(".", "").rstrip("0")
    sign = "-" if number < 0 else ""
    if exponent >= _FROM_EXPONENT or len(digits) - 1 - exponent > _MOST_DECIMALS:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}E{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return sign + whole + (f".{rest}" if rest else "")


def to_text(value: Scalar) -> str:
    """Return a value as text.

    Raises
    ------
    Fault
        Where it is an error, or longer than a cell can hold.
    """
    if type(value) is str:
        return value
    if value is None:
        return ""
    if value is True:
        return "TRUE"
    if value is False:
        return "FALSE"
    if isinstance(value, ErrorValue):
        raise Fault(value)
    return number_text(float(value))


def long_text(text: str) -> str:
    """Return a text that a formula made.

    Raises
    ------
    Fault
        #VALUE! where it is longer than a cell can hold.
    """
    if len(text) > _LONGEST_TEXT:
        raise Fault(VALUE)
    return text


def to_bool(value: Scalar) -> bool:
    """Return a condition as True or False.

    Raises
    ------
    Fault
        Where it is an error or a text that says neither.
    """
    if isinstance(value, ErrorValue):
        raise Fault(value)
    if type(value) is str:
        word = value.upper()
        if word not in ("TRUE", "FALSE"):
            raise Fault(VALUE)
        return word == "TRUE"
    return bool(value)


def fifteen(number: float) -> float:
    """Return a number rounded to 15 significant digits."""
    return float(f"{number:.14e}")


def folded(text: str) -> str:
    """Return a text as it is compared, without regard to case; unlike Python's own way it keeps ß apart from ss.

    >>> folded("Straße") == folded("STRAßE"), folded("ß") == folded("ss")
    (True, False)
    """
    return text.lower()


def same_number(left: float, right: float) -> bool:
    """Whether two numbers are equal in their first 15 significant digits.

    >>> same_number(0.1 + 0.2, 0.3), same_number(1.0, 1.00000000000001)
    (True, False)
    """
    if left == right:
        return True
    if abs(left - right) > _NEAR * max(abs(left), abs(right)):
        return False
    return fifteen(left) == fifteen(right)


def difference(left: float, right: float) -> float:
    """Return left − right; 0 where what is left is nothing but rounding, as where a formula ends in a subtraction.

    >>> difference(0.1 + 0.2, 0.3)
    0.0
    """
    result = left - right
    if result != 0 and abs(result) <= _ROUNDING * max(abs(left), abs(right)):
        return 0.0
    return result


_RANKS = {float: 0, int: 0, str: 1, bool: 2}


def compare(left: Scalar, right: Scalar) -> int:
    """Return -1, 0 or 1 for less, equal or greater: numbers before texts before False and True.

    Raises
    ------
    Fault
        Where one is an error.
    """
    if isinstance(left, ErrorValue):
        raise Fault(left)
    if isinstance(right, ErrorValue):
        raise Fault(right)
    if left is None:
        left = _blank_like(right)
    if right is None:
        right = _blank_like(left)
    one, two = _RANKS[type(left)], _RANKS[type(right)]
    if one != two:
        return -1 if one < two else 1
    if one == 0:
        if same_number(left, right):  # type: ignore[arg-type]
            return 0
        return -1 if left < right else 1  # type: ignore[operator]
    if one == 1:
        left, right = folded(str(left)), folded(str(right))
        if left != right and _without_dashes(left) != _without_dashes(right):
            # Hyphens and apostrophes are ignored, unless nothing else tells two texts apart.
            left, right = _without_dashes(left), _without_dashes(right)
    return (left > right) - (left < right)  # type: ignore[operator]


def _without_dashes(text: str) -> str:
    return text.replace("-", "").replace("'", "")


def _blank_like(other: Scalar) -> Scalar:
    return "" if type(other) is str else False if type(other) is bool else 0.0


def exactly_equal(left: Scalar, right: Scalar) -> bool:
    """Whether a lookup takes one value for the other: of one kind, texts without regard to case."""
    if type(left) is str and type(right) is str:
        return folded(left) == folded(right)
    if type(left) is bool or type(right) is bool:
        return left is right
    if type(left) is float and type(right) is float:
        return left == right
    return False


def array(rows: list[list[Any]]) -> Array:
    """Return rows of values as an array."""
    made: Array = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    for at, row in enumerate(rows):
        made[at, :] = row
    return slim(made)


def slim(values: Array) -> Array:
    """Return an array of floats in place of one that holds nothing else."""
    if values.dtype == object and values.size > 1 and set(map(type, values.ravel().tolist())) == {float}:
        return values.astype(np.float64)
    return values
