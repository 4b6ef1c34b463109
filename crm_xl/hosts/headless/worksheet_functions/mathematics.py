"""Sums, products, powers, logarithms, trigonometry, combinations, matrices and Roman numerals."""

import math
from functools import reduce
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import matrix, numbers, values_in
from crm_xl.hosts.headless.worksheet_functions.operators import power
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    DIV0,
    NA,
    NUM,
    VALUE,
    Array,
    Fault,
    Scalar,
    slim,
)

_LARGEST_WHOLE = 2.0**53


@excel("SUM", "(r)", context=True)
def sum_(context: Context, *given: Any) -> float:
    """The sum of all numbers."""
    return sum(numbers(context, *given), 0.0)


@excel("PRODUCT", "(r)", context=True)
def product(context: Context, *given: Any) -> float:
    """The product of all numbers; 0 where there is none."""
    found = numbers(context, *given)
    return math.prod(found) if found else 0.0


@excel("SUMSQ", "(r)", context=True)
def sumsq(context: Context, *given: Any) -> float:
    """The sum of the squares of all numbers."""
    return sum((value * value for value in numbers(context, *given)), 0.0)


@excel("SUMPRODUCT", "(a)", context=True)
def sumproduct(context: Context, *given: Any) -> float:
    """The sum of products of arrays of one size; what is no number counts as 0."""
    arrays = [context.array_of(raw) for raw in given]
    for content in arrays:
        if content.dtype != np.float64:
            for value in content.ravel().tolist():
                if isinstance(value, ErrorValue):
                    raise Fault(value)
    if len({a.shape for a in arrays}) > 1:
        raise Fault(VALUE)
    if all(content.dtype == np.float64 for content in arrays):
        return sum(reduce(np.multiply, arrays).ravel().tolist(), 0.0)
    total = 0.0
    for row in zip(*[content.ravel().tolist() for content in arrays], strict=True):
        part = 1.0
        for value in row:
            part *= value if type(value) is float else 0.0
        total += part
    return total


def _two(context: Context, one: Any, two: Any) -> list[tuple[float, float]]:
    left, right = context.array_of(one), context.array_of(two)
    if left.size != right.size:
        raise Fault(NA)
    cells = list(zip(left.ravel().tolist(), right.ravel().tolist(), strict=True))
    for row in cells:
        for value in row:
            if isinstance(value, ErrorValue):
                raise Fault(value)
    found = [(a, b) for a, b in cells if type(a) is float and type(b) is float]
    if not found:
        raise Fault(DIV0)
    return found


@excel("SUMX2MY2", "aa", context=True)
def sumx2my2(context: Context, one: Any, two: Any) -> float:
    """The sum of the differences of squares."""
    return sum((a * a - b * b for a, b in _two(context, one, two)), 0.0)


@excel("SUMX2PY2", "aa", context=True)
def sumx2py2(context: Context, one: Any, two: Any) -> float:
    """The sum of the sums of squares."""
    return sum((a * a + b * b for a, b in _two(context, one, two)), 0.0)


@excel("SUMXMY2", "aa", context=True)
def sumxmy2(context: Context, one: Any, two: Any) -> float:
    """The sum of the squares of differences."""
    return sum(((a - b) ** 2 for a, b in _two(context, one, two)), 0.0)


@excel("ABS", "n")
def abs_(number: float) -> float:
    """The number without its sign."""
    return abs(number)


@excel("SIGN", "n")
def sign(number: float) -> float:
    """1, 0 or -1."""
    return float((number > 0) - (number < 0))


@excel("MOD", "nn")
def mod(number: float, divisor: float) -> float:
    """The rest, with the sign of the divisor."""
    if divisor == 0:
        raise Fault(DIV0)
    if abs(number / divisor) >= 1.125e12:
        raise Fault(NUM)
    rest = number - divisor * math.floor(number / divisor)
    # What is left over from rounding is no rest.
    return 0.0 if abs(rest) < 1e-15 * abs(number) else rest


@excel("QUOTIENT", "xx")
def quotient(number: float, divisor: float) -> float:
    """The whole part of a division."""
    return float(int(number / divisor))


@excel("POWER", "nn")
def power_(base: float, exponent: float) -> float:
    """A power."""
    return power(base, exponent)


@excel("SQRT", "n")
def sqrt(number: float) -> float:
    """The square root."""
    return math.sqrt(number)


@excel("SQRTPI", "x")
def sqrtpi(number: float) -> float:
    """The square root of π times a number."""
    return math.sqrt(number * math.pi)


@excel("PI", "")
def pi() -> float:
    """π."""
    return math.pi


@excel("EXP", "n")
def exp(number: float) -> float:
    """e to the power of a number."""
    return math.exp(number)


@excel("LN", "n")
def ln(number: float) -> float:
    """The natural logarithm."""
    return math.log(number)


@excel("LOG10", "n")
def log10(number: float) -> float:
    """The logarithm to base 10."""
    return math.log10(number)


@excel("LOG", "nn")
def log(number: float, base: float = 10.0) -> float:
    """The logarithm to a base."""
    if number <= 0 or base <= 0:
        raise Fault(NUM)
    if base == 1:
        raise Fault(DIV0)
    return math.log10(number) if base == 10 else math.log2(number) if base == 2 else math.log(number) / math.log(base)


def whole(number: float) -> int:
    """Return a number cut to a whole one that is not negative.

    Raises
    ------
    Fault
        #NUM! where it is negative, or too large to count with.
    """
    if number < 0 or number >= _LARGEST_WHOLE:
        raise Fault(NUM)
    return int(number)


@excel("FACT", "n")
def fact(number: float) -> float:
    """The factorial."""
    if whole(number) > 170:
        raise Fault(NUM)
    return float(math.factorial(int(number)))


@excel("FACTDOUBLE", "x")
def factdouble(number: float) -> float:
    """The product of every second number down from one."""
    if number < -1 or number > 300:
        raise Fault(NUM)
    return float(math.prod(range(int(number), 0, -2))) if number > 0 else 1.0


@excel("COMBIN", "nn")
def combin(number: float, chosen: float) -> float:
    """In how many ways some can be chosen from a number."""
    n, k = whole(number), whole(chosen)
    if k > n or n > 2**31 - 1 or k > 10_000:
        raise Fault(NUM)
    return float(math.comb(n, k))


@excel("COMBINA", "nn")
def combina(number: float, chosen: float) -> float:
    """In how many ways some can be chosen from a number, each as often as wanted."""
    n, k = whole(number), whole(chosen)
    if n < k and n == 0:
        raise Fault(NUM)
    return 1.0 if k == 0 else combin(float(n + k - 1), float(k))


@excel("PERMUT", "nn")
def permut(number: float, chosen: float) -> float:
    """In how many orders some can be chosen from a number."""
    n, k = whole(number), whole(chosen)
    if n <= 0 or k > n or k > 10_000:
        raise Fault(NUM)
    return float(math.perm(n, k))


@excel("PERMUTATIONA", "nn")
def permutationa(number: float, chosen: float) -> float:
    """In how many orders some can be chosen from a number, each as often as wanted."""
    return math.pow(float(whole(number)), whole(chosen))


@excel("MULTINOMIAL", "(r)", context=True)
def multinomial(context: Context, *given: Any) -> float:
    """The factorial of a sum over the product of factorials."""
    found = [whole(value) for value in strict(context, given)]
    if sum(found) > 170:
        raise Fault(NUM)
    return float(math.factorial(sum(found)) // math.prod(math.factorial(value) for value in found))


def strict(context: Context, given: tuple[Any, ...]) -> list[float]:
    """Return all numbers of arguments of a function that takes no True or False.

    Raises
    ------
    Fault
        #VALUE! where there is one, or a text that means no number.
    """
    found = []
    for raw in given:
        if raw is None:
            raise Fault(NA)
        many = isinstance(raw, Ref | np.ndarray)
        for value in values_in(context, raw):
            if type(value) is bool:
                raise Fault(VALUE)
            if value is not None or not many:
                found.append(to_number(value, context.since_1904))
    return found


@excel("GCD", "(r)", context=True)
def gcd(context: Context, *given: Any) -> float:
    """The greatest common divisor."""
    found = [whole(value) for value in strict(context, given)]
    _refuse_blank(given, found)
    return float(reduce(math.gcd, found, 0))


def _refuse_blank(given: tuple[Any, ...], found: list[int]) -> None:
    """Refuse single cells that are all blank."""
    if not found and any(isinstance(raw, Ref) and raw.area.is_cell for raw in given):
        raise Fault(VALUE)


def _many(context: Context, raw: Any) -> list[Any]:
    """What a range of several cells holds; nothing for a single one."""
    if isinstance(raw, Ref) and not (len(raw.areas) == 1 and raw.areas[0].is_cell):
        return [value for cells in context.contents(raw) for value in cells.ravel().tolist()]
    return []


@excel("LCM", "(r)", context=True)
def lcm(context: Context, *given: Any) -> float:
    """The least common multiple."""
    numbers_ = [whole(value) for value in strict(context, given)]
    _refuse_blank(given, numbers_)
    # A blank cell in a range is a 0, one that is given by itself is left out.
    if any(value is None for raw in given for value in _many(context, raw)):
        return 0.0
    found = float(math.lcm(*numbers_)) if numbers_ else 0.0
    if found >= _LARGEST_WHOLE:
        raise Fault(NUM)
    return found


@excel("SERIESSUM", "xxxr", context=True)
def seriessum(context: Context, x: float, first: float, step: float, coefficients: Any) -> float:
    """The sum of a power series."""
    total = 0.0
    for at, value in enumerate(strict(context, (coefficients,))):
        total += value * power(x, first + at * step)
    return total


@excel("MMULT", "aa", context=True)
def mmult(context: Context, left: Any, right: Any) -> Array:
    """The product of two matrices."""
    a, b = matrix(context, left), matrix(context, right)
    if a.shape[1] != b.shape[0]:
        raise Fault(VALUE)
    return a @ b


@excel("MDETERM", "a", context=True)
def mdeterm(context: Context, given: Any) -> float:
    """The determinant of a matrix."""
    found = matrix(context, given)
    if found.shape[0] != found.shape[1]:
        raise Fault(VALUE)
    return float(np.linalg.det(found))


@excel("MINVERSE", "a", context=True)
def minverse(context: Context, given: Any) -> Array:
    """The inverse of a matrix."""
    found = matrix(context, given)
    if found.shape[0] != found.shape[1]:
        raise Fault(VALUE)
    try:
        return np.linalg.inv(found)
    except np.linalg.LinAlgError:
        raise Fault(NUM) from None


@excel("MUNIT", "n")
def munit(size: float) -> Array:
    """The matrix with ones down its diagonal."""
    if not 1 <= size <= 2000:
        raise Fault(VALUE)
    return np.eye(int(size))


@excel("TRANSPOSE", "a", context=True)
def transpose(context: Context, given: Any) -> Array:
    """Rows as columns."""
    return slim(context.array_of(given).T.copy())


@excel("ROMAN", "ne")
def roman(number: float, form: Scalar = 0.0) -> str:
    """A number in Roman numerals; a form from 1 to 4 writes it shorter."""
    if form is True or form is None:
        form = 0.0
    style = 4 if form is False else int(to_number(form))
    if not 0 <= number < 4000 or not 0 <= style <= 4:
        raise Fault(VALUE)
    rest, text = int(number), ""
    values, signs = (1000, 500, 100, 50, 10, 5, 1), "MDCLXVI"
    for place in range(0, 7, 2):
        digit, rest = divmod(rest, values[place])
        if digit % 5 != 4 or place == 0:
            if digit > 4:
                text += signs[place - 1]
            text += signs[place] * (digit % 5 if place else digit)
            continue
        # 4 or 9: what is subtracted may be taken from further down, as far as the form allows.
        high = place - 1 if digit == 4 else place - 2
        low = place
        for _ in range(style):
            if low + 1 > 6 or values[high] - values[low + 1] > digit * values[place] + rest:
                break
            low += 1
        rest += digit * values[place] - (values[high] - values[low])
        text += signs[low] + signs[high]
    return text


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


@excel("ARABIC", "t")
def arabic(text: str) -> float:
    """The number that Roman numerals mean."""
    text = text.strip().upper()
    negative, text = text.startswith("-"), text.removeprefix("-")
    try:
        found = [_ROMAN[letter] for letter in text]
    except KeyError:
        raise Fault(VALUE) from None
    total = 0
    for at, value in enumerate(found):
        # Any larger numeral further on takes it away: IIV is 3 to Excel.
        total += -value if value < max(found[at + 1 :], default=0) else value
    return float(-total if negative else total)
