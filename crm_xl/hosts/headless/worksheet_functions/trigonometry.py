"""Angles, and the functions of circle and hyperbola."""

import math
from fractions import Fraction
from typing import Any

from crm_xl.hosts.headless.worksheet_functions.catalogue import FUNCTIONS, Spec, excel
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NUM, Fault


@excel("RADIANS", "n")
def radians(number: float) -> float:
    """Degrees as radians."""
    return number * math.pi / 180


@excel("DEGREES", "n")
def degrees(number: float) -> float:
    """Radians as degrees."""
    return number * 180 / math.pi


def _inverse(function: Any) -> Any:
    def call(number: float) -> float:
        return 1.0 / float(function(number))

    return call


def _large(function: Any, limit: float) -> Any:
    """A function of hyperbolic kind at what it comes to for numbers too large for it."""

    def call(number: float) -> float:
        return math.copysign(limit, number) if abs(number) > 700 else float(function(number))

    return call


# π to 64 bits, as Excel reckons with it: near the zeros of sine and cosine it shows.
_PI = Fraction(0xC90FDAA22168C235, 2**62)
_NEAR_ZERO = 1e-3


def _circle(function: Any) -> Any:
    def call(number: float) -> float:
        if abs(number) >= 2**27:
            raise Fault(NUM)
        quarters = round(number / (math.pi / 2))
        rest = number - quarters * (math.pi / 2)
        if quarters and abs(rest) < _NEAR_ZERO:
            return float(_near_axis(function, float(Fraction(number) - quarters * _PI / 2), quarters % 4))
        return float(function(number))

    return call


def _near_axis(function: Any, rest: float, quarters: int) -> float:
    """A function of an angle near the end of so many quarters of a circle."""
    sine, cosine = math.sin(rest), math.cos(rest)
    sine, cosine = ((sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine))[quarters]
    found = {"sin": sine, "cos": cosine, "tan": sine / cosine if cosine else math.inf}
    return found[function.__name__]


for _name, _function in {
    "SIN": _circle(math.sin), "COS": _circle(math.cos), "TAN": _circle(math.tan), "ASIN": math.asin,
    "ACOS": math.acos, "ATAN": math.atan, "SINH": math.sinh, "COSH": math.cosh, "TANH": math.tanh,
    "ASINH": math.asinh, "ACOSH": math.acosh, "ATANH": math.atanh,
    "SEC": _inverse(_circle(math.cos)), "CSC": _inverse(_circle(math.sin)), "COT": _inverse(_circle(math.tan)),
    "SECH": _large(_inverse(math.cosh), 0.0), "CSCH": _large(_inverse(math.sinh), 0.0),
    "COTH": _large(_inverse(math.tanh), 1.0),
}.items():  # fmt: skip
    FUNCTIONS[_name] = Spec(_name, "n", lambda number, of=_function: of(number), context=False, lazy=False)
    FUNCTIONS[_name].least = FUNCTIONS[_name].most = 1


@excel("ACOT", "n")
def acot(number: float) -> float:
    """The arc whose cotangent is given, between 0 and π."""
    return math.atan(1 / number) if number > 1 else math.pi / 2 - math.atan(number)


@excel("ACOTH", "n")
def acoth(number: float) -> float:
    """The number whose hyperbolic cotangent is given."""
    if abs(number) <= 1:
        raise Fault(NUM)
    return math.atanh(1 / number)


@excel("ATAN2", "nn")
def atan2(x: float, y: float) -> float:
    """The angle of a point."""
    if x == 0 and y == 0:
        raise Fault(DIV0)
    return math.atan2(y, x)
