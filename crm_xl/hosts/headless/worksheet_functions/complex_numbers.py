"""Complex numbers, which Excel keeps as texts: `3+4i`."""

import cmath
import math
import re
from collections.abc import Callable
from typing import Any

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import is_many, values_in
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NUM, VALUE, Fault, Scalar, number_text

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_COMPLEX = re.compile(
    rf"(?P<real>{_NUMBER})?(?:(?P<imaginary>[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?)(?P<unit>[ij]))?"
)


def parsed(value: Scalar) -> tuple[complex, str]:
    """Return the number that a text means, and the letter that it has for the imaginary unit.

    Raises
    ------
    Fault
        #NUM! where it means none.
    """
    if type(value) is bool:
        raise Fault(VALUE)
    if value is None:
        return 0j, ""
    if type(value) is float:
        return complex(value, 0), ""
    text = str(value)
    for match in (_COMPLEX.fullmatch(text), re.fullmatch(rf"(?P<imaginary>{_NUMBER}|[+-]?)(?P<unit>[ij])", text)):
        if match is None or not text:
            continue
        given = match.groupdict()
        real, imaginary, unit = given.get("real"), given["imaginary"], given["unit"]
        if unit and real and imaginary == "":
            # `3i` is read as a real part without a sign before the unit.
            real, imaginary = None, real
        if unit and real and imaginary[:1] not in ("+", "-"):
            continue
        size = 0.0 if imaginary is None else float(imaginary + "1" if imaginary in ("", "+", "-") else imaginary)
        return complex(float(real or 0), size if unit else 0.0), unit or ""
    raise Fault(NUM)


def written(number: complex, unit: str) -> str:
    """Return a complex number as text, each part with 15 digits."""
    if not (math.isfinite(number.real) and math.isfinite(number.imag)):
        raise Fault(NUM)
    real, imaginary = number_text(number.real), number_text(number.imag)
    unit = unit or "i"
    if imaginary == "0":
        return real
    part = {"1": unit, "-1": f"-{unit}"}.get(imaginary, imaginary + unit)
    if real == "0":
        return part
    return real + (part if part[0] == "-" else f"+{part}")


@excel("COMPLEX", "xxt")
def complex_(real: float, imaginary: float, unit: str = "i") -> str:
    """A complex number of its parts."""
    if unit not in ("i", "j", ""):
        raise Fault(VALUE)
    return written(complex(real, imaginary), unit)


@excel("IMREAL", "y")
def imreal(number: Scalar) -> float:
    """The real part."""
    return parsed(number)[0].real


@excel("IMAGINARY", "y")
def imaginary(number: Scalar) -> float:
    """The imaginary part."""
    return parsed(number)[0].imag


@excel("IMABS", "y")
def imabs(number: Scalar) -> float:
    """The absolute value."""
    return abs(parsed(number)[0])


@excel("IMARGUMENT", "y")
def imargument(number: Scalar) -> float:
    """The angle."""
    found = parsed(number)[0]
    if found == 0:
        raise Fault(DIV0)
    return cmath.phase(found)


def _of_one(function: Callable[[complex], complex]) -> Any:
    def call(number: Scalar) -> str:
        found, unit = parsed(number)
        try:
            return written(function(found), unit)
        except (ZeroDivisionError, ValueError, OverflowError):
            raise Fault(NUM) from None

    return call


def _power(number: complex, exponent: float) -> complex:
    if number == 0:
        if exponent <= 0:
            raise Fault(NUM)
        return 0j
    size, angle = abs(number) ** exponent, cmath.phase(number) * exponent
    return complex(size * math.cos(angle), size * math.sin(angle))


for _name, _function in {
    "IMCONJUGATE": lambda z: z.conjugate(), "IMCOS": cmath.cos, "IMSIN": cmath.sin, "IMCOSH": cmath.cosh,
    "IMSINH": cmath.sinh, "IMEXP": cmath.exp, "IMLN": cmath.log, "IMLOG10": lambda z: cmath.log(z) / math.log(10),
    "IMLOG2": lambda z: cmath.log(z) / math.log(2), "IMSQRT": lambda z: _power(z, 0.5) if z else 0j,
}.items():  # fmt: skip
    excel(_name, "y")(_of_one(_function))


@excel("IMPOWER", "yx")
def impower(number: Scalar, exponent: float) -> str:
    """A power."""
    found, unit = parsed(number)
    return written(_power(found, exponent), unit)


def _of_two(one: Scalar, two: Scalar) -> tuple[complex, complex, str]:
    (a, first), (b, second) = parsed(one), parsed(two)
    if first and second and first != second:
        raise Fault(NUM)
    return a, b, first or second


@excel("IMSUB", "yy")
def imsub(one: Scalar, two: Scalar) -> str:
    """A difference."""
    a, b, unit = _of_two(one, two)
    return written(a - b, unit)


@excel("IMDIV", "yy")
def imdiv(one: Scalar, two: Scalar) -> str:
    """A quotient."""
    a, b, unit = _of_two(one, two)
    if b == 0:
        raise Fault(NUM)
    return written(a / b, unit)


def _all(context: Context, given: tuple[Any, ...]) -> tuple[list[complex], str]:
    found, units = [], set()
    for raw in given:
        for value in values_in(context, raw):
            if value is None and is_many(raw) and not (isinstance(raw, Ref) and raw.area.is_cell):
                continue
            if isinstance(value, ErrorValue):
                raise Fault(value)
            number, unit = parsed(value)
            found.append(number)
            units |= {unit} - {""}
    if len(units) > 1:
        raise Fault(VALUE)
    return found, next(iter(units), "")


@excel("IMSUM", "(r)", context=True)
def imsum(context: Context, *given: Any) -> str:
    """A sum."""
    found, unit = _all(context, given)
    return written(sum(found, 0j), unit)


@excel("IMPRODUCT", "(r)", context=True)
def improduct(context: Context, *given: Any) -> str:
    """A product."""
    found, unit = _all(context, given)
    total = 1 + 0j
    for number in found:
        total *= number
    return written(total, unit)
