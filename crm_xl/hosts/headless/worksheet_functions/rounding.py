"""Rounding as Excel rounds: half away from zero, of the number that its 15 digits show."""

import math
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NUM, Fault, fifteen


def rounded(number: float, digits: float, rounding: str) -> float:
    """Return a number rounded to so many decimals (negative: tens, hundreds, …), reckoned in decimals.

    >>> rounded(2.345, 2, ROUND_HALF_UP), rounded(-1.5, 0, ROUND_HALF_UP)
    (2.35, -2.0)
    """
    places = int(digits)
    if number == 0 or not math.isfinite(number):
        return 0.0
    if places > 20 - math.floor(math.log10(abs(number))):
        return number
    if places < -320:
        return 0.0
    exact = Decimal(f"{number:.14e}")
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding=rounding)) if places > -300 else 0.0


@excel("ROUND", "nn")
def round_(number: float, digits: float) -> float:
    """A number rounded to so many decimals."""
    return rounded(number, digits, ROUND_HALF_UP)


@excel("ROUNDUP", "nn")
def roundup(number: float, digits: float) -> float:
    """A number rounded away from zero."""
    return rounded(number, digits, ROUND_UP)


@excel("ROUNDDOWN TRUNC", "nn")
def rounddown(number: float, digits: float = 0.0) -> float:
    """A number rounded towards zero."""
    return rounded(number, digits, ROUND_DOWN)


@excel("INT", "n")
def int_(number: float) -> float:
    """The next whole number below."""
    return float(math.floor(fifteen(number))) if number else 0.0


@excel("EVEN", "n")
def even(number: float) -> float:
    """The next even number away from zero."""
    return math.copysign(2 * math.ceil(abs(fifteen(number)) / 2), number) + 0.0


@excel("ODD", "n")
def odd(number: float) -> float:
    """The next odd number away from zero."""
    up = math.ceil(abs(fifteen(number)))
    return math.copysign(up if up % 2 else up + 1, number if number else 1.0)


def multiple(number: float, significance: float, rounding: str) -> float:
    """Return the multiple of a significance next to a number."""
    quotient = Decimal(f"{number:.14e}") / Decimal(f"{significance:.14e}")
    whole = Decimal(f"{float(quotient):.13e}").to_integral_value(rounding=rounding)
    return float(whole) * significance + 0.0


@excel("CEILING", "nn")
def ceiling(number: float, significance: float) -> float:
    """The next multiple up; down from zero where both are negative."""
    if significance == 0 or number == 0:
        return 0.0
    if number > 0 > significance:
        raise Fault(NUM)
    return multiple(number, significance, ROUND_CEILING)


@excel("FLOOR", "nn")
def floor(number: float, significance: float) -> float:
    """The next multiple down; up to zero where both are negative."""
    if number == 0:
        return 0.0
    if significance == 0:
        raise Fault(DIV0)
    if number > 0 > significance:
        raise Fault(NUM)
    return multiple(number, significance, ROUND_FLOOR)


@excel("CEILING.MATH", "nnn")
def ceiling_math(number: float, significance: float = 1.0, mode: float = 0.0) -> float:
    """The next multiple up; with a mode away from zero."""
    if significance == 0 or number == 0:
        return 0.0
    away = ROUND_FLOOR if mode and number < 0 else ROUND_CEILING
    return multiple(number, abs(significance), away)


@excel("FLOOR.MATH", "nnn")
def floor_math(number: float, significance: float = 1.0, mode: float = 0.0) -> float:
    """The next multiple down; with a mode towards zero."""
    if significance == 0 or number == 0:
        return 0.0
    towards = ROUND_CEILING if mode and number < 0 else ROUND_FLOOR
    return multiple(number, abs(significance), towards)


@excel("CEILING.PRECISE ISO.CEILING", "nn")
def ceiling_precise(number: float, significance: float = 1.0) -> float:
    """The next multiple up, whatever the sign of the significance."""
    return 0.0 if significance == 0 else multiple(number, abs(significance), ROUND_CEILING)


@excel("FLOOR.PRECISE", "nn")
def floor_precise(number: float, significance: float = 1.0) -> float:
    """The next multiple down, whatever the sign of the significance."""
    return 0.0 if significance == 0 else multiple(number, abs(significance), ROUND_FLOOR)


@excel("MROUND", "xx")
def mround(number: float, significance: float) -> float:
    """The nearest multiple."""
    if significance == 0 or number == 0:
        return 0.0
    if number * significance < 0:
        raise Fault(NUM)
    return multiple(number, significance, ROUND_HALF_UP)
