"""Number systems, bits, units of measure, and what engineers compare."""

import math
from typing import Any

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.units import converted_unit
from crm_xl.hosts.headless.worksheet_functions.values import NUM, VALUE, Fault, Scalar, to_text

# How many digits a number of a base may have; from half of what they can say on it is negative.
_DIGITS = 10
_BASES = {"BIN": 2, "OCT": 8, "HEX": 16}
_DECIMAL_LIMITS = {"BIN": (-512, 511), "OCT": (-(2**29), 2**29 - 1), "HEX": (-(2**39), 2**39 - 1)}
# In place of the number of digits; a blank cell means none, which is an error.
_NOT_GIVEN = ""
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _parsed(given: Scalar, base: int) -> int:
    """The number that digits of a base mean."""
    if type(given) is bool:
        raise Fault(VALUE)
    if type(given) is float and (given < 0 or given != int(given)):
        raise Fault(NUM)
    text = to_text(given).upper()
    if len(text) > _DIGITS:
        raise Fault(NUM)
    if any(letter not in _SIGNS[:base] for letter in text):
        raise Fault(NUM)
    number = int(text or "0", base)
    all_numbers: int = base**_DIGITS
    return number - all_numbers if number >= all_numbers // 2 else number


def _written(number: int, system: str, places: Scalar) -> str:
    base = _BASES[system]
    low, high = _DECIMAL_LIMITS[system]
    if not low <= number <= high:
        raise Fault(NUM)
    text = ""
    rest = number + base**_DIGITS if number < 0 else number
    while rest:
        rest, digit = divmod(rest, base)
        text = _SIGNS[digit] + text
    text = text or "0"
    if places == _NOT_GIVEN:
        return text
    if type(places) is bool:
        raise Fault(VALUE)
    wanted = int(to_number(places))
    if not 1 <= wanted <= _DIGITS or (number >= 0 and wanted < len(text)):
        raise Fault(NUM)
    return text if number < 0 else text.zfill(wanted)


def _from_to(source: str, target: str) -> Any:
    if target == "DEC":
        return lambda given: float(_parsed(given, _BASES[source]))
    if source == "DEC":

        def from_decimal(given: Scalar, places: Scalar = _NOT_GIVEN) -> str:
            if type(given) is bool:
                raise Fault(VALUE)
            return _written(math.trunc(to_number(given)), target, places)

        return from_decimal

    def between(given: Scalar, places: Scalar = _NOT_GIVEN) -> str:
        return _written(_parsed(given, _BASES[source]), target, places)

    return between


for _source in ("BIN", "OCT", "HEX", "DEC"):
    for _target in ("BIN", "OCT", "HEX", "DEC"):
        if _source != _target:
            excel(f"{_source}2{_target}", "y" if _target == "DEC" else "yy")(_from_to(_source, _target))


@excel("BASE", "nnn")
def base_(number: float, base: float, length: float = 0.0) -> str:
    """A number in another base."""
    radix, wanted = int(base), int(length)
    if not 0 <= number < 2**53 or not 2 <= radix <= 36 or not 0 <= wanted <= 255:
        raise Fault(NUM)
    text, rest = "", int(number)
    while rest:
        rest, digit = divmod(rest, radix)
        text = _SIGNS[digit] + text
    return text.zfill(max(wanted, 1))


@excel("DECIMAL", "tn")
def decimal(text: str, base: float) -> float:
    """The number that digits of another base mean."""
    radix = int(base)
    if not 2 <= radix <= 36 or len(text) > 255:
        raise Fault(NUM)
    text = text.strip().upper()
    if radix == 16:
        text = text.removeprefix("0X").removeprefix("X").removesuffix("H")
    if radix == 2:
        text = text.removesuffix("B")
    if any(letter not in _SIGNS[:radix] for letter in text):
        raise Fault(NUM)
    return float(int(text or "0", radix))


def _bits(number: float) -> int:
    if number < 0 or number >= 2**48 or number != int(number):
        raise Fault(NUM)
    return int(number)


@excel("BITAND", "nn")
def bitand(one: float, two: float) -> float:
    """The bits that both have."""
    return float(_bits(one) & _bits(two))


@excel("BITOR", "nn")
def bitor(one: float, two: float) -> float:
    """The bits that one has."""
    return float(_bits(one) | _bits(two))


@excel("BITXOR", "nn")
def bitxor(one: float, two: float) -> float:
    """The bits that only one has."""
    return float(_bits(one) ^ _bits(two))


@excel("BITLSHIFT", "nn")
def bitlshift(number: float, places: float) -> float:
    """Bits moved to the left."""
    by = int(places)
    if abs(by) > 53:
        raise Fault(NUM)
    found = _bits(number) << by if by >= 0 else _bits(number) >> -by
    if found >= 2**48:
        raise Fault(NUM)
    return float(found)


@excel("BITRSHIFT", "nn")
def bitrshift(number: float, places: float) -> float:
    """Bits moved to the right."""
    return float(bitlshift(number, -places))


@excel("DELTA", "xx")
def delta(one: float, two: float = 0.0) -> float:
    """1 where two numbers are equal."""
    return float(one == two)


@excel("GESTEP", "xx")
def gestep(number: float, step: float = 0.0) -> float:
    """1 where a number is not below a step."""
    return float(number >= step)


@excel("ERF", "xx")
def erf(low: float, high: float | None = None) -> float:
    """The error function, between two limits."""
    return math.erf(low) if high is None else math.erf(high) - math.erf(low)


@excel("ERF.PRECISE", "x")
def erf_precise(number: float) -> float:
    """The error function."""
    return math.erf(number)


@excel("ERFC ERFC.PRECISE", "x")
def erfc(number: float) -> float:
    """What the error function leaves to 1."""
    return math.erfc(number)


@excel("CONVERT", "xtt")
def convert(number: float, source: str, target: str) -> float:
    """A measure in another unit."""
    return converted_unit(number, source, target)
