"""Means, spreads, ranks, percentiles, correlations and straight lines."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Ref
from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.conditions import variance
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import in_range, is_many, numbers, pairs, values_in
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    DIV0,
    NA,
    NUM,
    VALUE,
    Array,
    Fault,
    Scalar,
    array,
)


@excel("COUNT", "(c)", context=True)
def count(context: Context, *given: Any) -> float:
    """How many numbers there are."""
    total = 0
    for raw in given:
        if is_many(raw):
            total += sum(type(value) is float for value in values_in(context, raw))
        else:
            try:
                to_number(raw, context.since_1904)
                total += 1
            except Fault:
                pass
    return float(total)


@excel("COUNTA", "(c)", context=True)
def counta(context: Context, *given: Any) -> float:
    """How many values there are."""
    return float(
        sum(sum(value is not None for value in values_in(context, raw)) if is_many(raw) else 1 for raw in given)
    )


@excel("COUNTBLANK", "r", context=True)
def countblank(context: Context, cells: Any) -> float:
    """How many cells are blank or hold an empty text."""
    if not isinstance(cells, Ref):
        raise Fault(VALUE)
    beyond = sum(area.size - context.clipped(area).size for area in cells.areas)
    return float(sum(value is None or value == "" for value in values_in(context, cells)) + beyond)


@excel("AVERAGE", "(r)", context=True)
def average(context: Context, *given: Any) -> float:
    """The mean."""
    found = numbers(context, *given)
    return sum(found) / len(found)


@excel("AVERAGEA", "(r)", context=True)
def averagea(context: Context, *given: Any) -> float:
    """The mean, texts in ranges counting as 0."""
    found = numbers(context, *given, conditions=True)
    return sum(found) / len(found)


@excel("MAX", "(r)", context=True)
def max_(context: Context, *given: Any) -> float:
    """The largest number."""
    return max(numbers(context, *given), default=0.0)


@excel("MIN", "(r)", context=True)
def min_(context: Context, *given: Any) -> float:
    """The smallest number."""
    return min(numbers(context, *given), default=0.0)


@excel("MAXA", "(r)", context=True)
def maxa(context: Context, *given: Any) -> float:
    """The largest number, texts in ranges counting as 0."""
    return max(numbers(context, *given, conditions=True), default=0.0)


@excel("MINA", "(r)", context=True)
def mina(context: Context, *given: Any) -> float:
    """The smallest number, texts in ranges counting as 0."""
    return min(numbers(context, *given, conditions=True), default=0.0)


def _spread(sample: bool, root: bool, conditions: bool) -> Any:
    def call(context: Context, *given: Any) -> float:
        found = variance(numbers(context, *given, conditions=conditions), sample)
        return math.sqrt(found) if root else found

    return call


excel("STDEV STDEV.S", "(r)", context=True)(_spread(True, True, False))
excel("STDEVP STDEV.P", "(r)", context=True)(_spread(False, True, False))
excel("VAR VAR.S", "(r)", context=True)(_spread(True, False, False))
excel("VARP VAR.P", "(r)", context=True)(_spread(False, False, False))
excel("STDEVA", "(r)", context=True)(_spread(True, True, True))
excel("STDEVPA", "(r)", context=True)(_spread(False, True, True))
excel("VARA", "(r)", context=True)(_spread(True, False, True))
excel("VARPA", "(r)", context=True)(_spread(False, False, True))


@excel("MEDIAN", "(r)", context=True)
def median(context: Context, *given: Any) -> float:
    """The middle number."""
    found = sorted(numbers(context, *given))
    if not found:
        raise Fault(NUM)
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


@excel("MODE MODE.SNGL", "(r)", context=True)
def mode(context: Context, *given: Any) -> float:
    """The number that occurs most often, the first of several such."""
    if any(type(raw) is str for raw in given):
        raise Fault(VALUE)
    counted = Counter(numbers(context, *given))
    best = max(counted.values(), default=0)
    if best < 2:
        raise Fault(NA)
    return next(value for value, times in counted.items() if times == best)


@excel("MODE.MULT", "(r)", context=True)
def mode_mult(context: Context, *given: Any) -> Array:
    """The numbers that occur most often, one below the other."""
    counted = Counter(numbers(context, *given))
    best = max(counted.values(), default=0)
    if best < 2:
        raise Fault(NA)
    return array([[value] for value, times in counted.items() if times == best])


@excel("GEOMEAN", "(r)", context=True)
def geomean(context: Context, *given: Any) -> float:
    """The geometric mean."""
    found = numbers(context, *given)
    if not found or min(found) <= 0:
        raise Fault(NUM)
    return math.exp(sum(math.log(value) for value in found) / len(found))


@excel("HARMEAN", "(r)", context=True)
def harmean(context: Context, *given: Any) -> float:
    """The harmonic mean."""
    found = numbers(context, *given)
    if not found or min(found) <= 0:
        raise Fault(NUM)
    return len(found) / sum(1 / value for value in found)


@excel("AVEDEV", "(r)", context=True)
def avedev(context: Context, *given: Any) -> float:
    """The mean distance from the mean."""
    found = numbers(context, *given)
    if not found:
        raise Fault(NUM)
    mean = sum(found) / len(found)
    return sum(abs(value - mean) for value in found) / len(found)


@excel("DEVSQ", "(r)", context=True)
def devsq(context: Context, *given: Any) -> float:
    """The sum of the squared distances from the mean."""
    found = numbers(context, *given)
    if not found:
        raise Fault(NUM)
    mean = sum(found) / len(found)
    return sum((value - mean) ** 2 for value in found)


def _moment(found: Sequence[float], power: int, deviation: float) -> float:
    mean = sum(found) / len(found)
    if deviation == 0:
        raise Fault(DIV0)
    return sum(math.pow((value - mean) / deviation, power) for value in found)


@excel("SKEW", "(r)", context=True)
def skew(context: Context, *given: Any) -> float:
    """The skewness of a sample."""
    found = numbers(context, *given)
    count_ = len(found)
    if count_ < 3:
        raise Fault(DIV0)
    return count_ / ((count_ - 1) * (count_ - 2)) * _moment(found, 3, math.sqrt(variance(found)))


@excel("SKEW.P", "(r)", context=True)
def skew_p(context: Context, *given: Any) -> float:
    """The skewness of all there are."""
    found = numbers(context, *given)
    if len(found) < 3:
        raise Fault(DIV0)
    return _moment(found, 3, math.sqrt(variance(found, False))) / len(found)


@excel("KURT", "(r)", context=True)
def kurt(context: Context, *given: Any) -> float:
    """The kurtosis of a sample."""
    found = numbers(context, *given)
    n = len(found)
    if n < 4:
        raise Fault(DIV0)
    part = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
    return part * _moment(found, 4, math.sqrt(variance(found))) - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


@excel("LARGE", "re", context=True)
def large(context: Context, cells: Any, place: Scalar) -> float:
    """The number that stands so far from the largest."""
    to_number(place)
    return _placed(sorted(in_range(context, cells), reverse=True), place)


@excel("SMALL", "re", context=True)
def small(context: Context, cells: Any, place: Scalar) -> float:
    """The number that stands so far from the smallest."""
    to_number(place)
    return _placed(sorted(in_range(context, cells)), place)


def _placed(found: Sequence[float], place: Scalar) -> float:
    number = math.ceil(to_number(place))
    if not 1 <= number <= len(found):
        raise Fault(NUM)
    return found[number - 1]


def percentile(found: Sequence[float], share: float) -> float:
    """Return a percentile, linear between two numbers, ends included."""
    if not found or not 0 <= share <= 1:
        raise Fault(NUM)
    ordered = sorted(found)
    place = share * (len(ordered) - 1)
    at = int(place)
    if at + 1 >= len(ordered):
        return ordered[-1]
    return ordered[at] + (place - at) * (ordered[at + 1] - ordered[at])


def _exclusive(found: Sequence[float], share: float) -> float:
    ordered = sorted(found)
    place = share * (len(ordered) + 1)
    if not ordered or place < 1 or place > len(ordered):
        raise Fault(NUM)
    at = int(place)
    if at == len(ordered):
        return ordered[-1]
    return ordered[at - 1] + (place - at) * (ordered[at] - ordered[at - 1])


@excel("PERCENTILE PERCENTILE.INC", "rn", context=True)
def percentile_inc(context: Context, cells: Any, share: float) -> float:
    """The number below which a share lies, ends included."""
    return percentile(in_range(context, cells), share)


@excel("PERCENTILE.EXC", "rn", context=True)
def percentile_exc(context: Context, cells: Any, share: float) -> float:
    """The number below which a share lies, ends left out."""
    return _exclusive(in_range(context, cells), share)


@excel("QUARTILE QUARTILE.INC", "rn", context=True)
def quartile_inc(context: Context, cells: Any, quarter: float) -> float:
    """The number below which so many quarters lie, ends included."""
    if not 0 <= quarter < 5:
        raise Fault(NUM)
    return percentile(in_range(context, cells), int(quarter) / 4)


@excel("QUARTILE.EXC", "rn", context=True)
def quartile_exc(context: Context, cells: Any, quarter: float) -> float:
    """The number below which so many quarters lie, ends left out."""
    if not 1 <= quarter < 4:
        raise Fault(NUM)
    return _exclusive(in_range(context, cells), int(quarter) / 4)


def _percent_rank(found: Sequence[float], x: float, digits: float, *, inner: bool) -> float:
    ordered = sorted(found)
    if not ordered or digits < 1:
        raise Fault(NUM)
    if not ordered[0] <= x <= ordered[-1]:
        raise Fault(NA)
    below = sum(value < x for value in ordered)
    if x in ordered:
        place = float(below)
    else:
        low, high = ordered[below - 1], ordered[below]
        place = below - 1 + (x - low) / (high - low)
    if len(ordered) == 1 and not inner:
        return 1.0
    share = (place + 1) / (len(ordered) + 1) if inner else place / (len(ordered) - 1)
    scale = math.pow(10, int(digits))
    return math.floor(float(f"{share * scale:.12g}")) / scale


@excel("PERCENTRANK PERCENTRANK.INC", "rnn", context=True)
def percentrank(context: Context, cells: Any, x: float, digits: float = 3.0) -> float:
    """The share of numbers below one."""
    return _percent_rank(in_range(context, cells), x, digits, inner=False)


@excel("PERCENTRANK.EXC", "rnn", context=True)
def percentrank_exc(context: Context, cells: Any, x: float, digits: float = 3.0) -> float:
    """The share of numbers below one, ends left out."""
    return _percent_rank(in_range(context, cells), x, digits, inner=True)


def _rank(context: Context, x: Scalar, cells: Any, order: float) -> tuple[int, int]:
    number = to_number(x, context.since_1904)
    found = [value for value in values_in(context, cells) if type(value) is float]
    if number not in found:
        for value in values_in(context, cells):
            if isinstance(value, ErrorValue):
                raise Fault(value)
        raise Fault(NA)
    better = sum(value < number if order else value > number for value in found)
    return better + 1, found.count(number)


@excel("RANK RANK.EQ", "ern", context=True)
def rank(context: Context, x: Scalar, cells: Any, order: float = 0.0) -> float:
    """The place of a number among others; the first of equal ones."""
    return float(_rank(context, x, cells, order)[0])


@excel("RANK.AVG", "ern", context=True)
def rank_avg(context: Context, x: Scalar, cells: Any, order: float = 0.0) -> float:
    """The place of a number among others; the mean of equal ones."""
    place, times = _rank(context, x, cells, order)
    return place + (times - 1) / 2


@excel("FREQUENCY", "rr", context=True)
def frequency(context: Context, cells: Any, bins: Any) -> Array:
    """How many numbers fall up to each limit, and above the last."""
    limits = in_range(context, bins)
    found = in_range(context, cells)
    order = sorted(range(len(limits)), key=lambda at: limits[at])
    counted = [0.0] * (len(limits) + 1)
    for value in found:
        at = next((at for at in order if value <= limits[at]), len(limits))
        counted[at] += 1
    return array([[value] for value in counted])


@excel("TRIMMEAN", "rn", context=True)
def trimmean(context: Context, cells: Any, share: float) -> float:
    """The mean without a share of the numbers at both ends."""
    found = sorted(in_range(context, cells))
    if not 0 <= share < 1 or not found:
        raise Fault(NUM)
    cut = int(len(found) * share / 2)
    inner = found[cut : len(found) - cut]
    return sum(inner) / len(inner)


@excel("STANDARDIZE", "nnn")
def standardize(x: float, mean: float, deviation: float) -> float:
    """How many standard deviations a number lies from the mean."""
    if deviation <= 0:
        raise Fault(NUM)
    return (x - mean) / deviation


@excel("PROB", "aann", context=True)
def prob(context: Context, xs: Any, shares: Any, low: float, high: float | None = None) -> float:
    """The probability that a value lies between two limits."""
    found = pairs(context, xs, shares)
    if any(not 0 < share <= 1 for _, share in found) or abs(sum(share for _, share in found) - 1) > 1e-9:
        raise Fault(NUM)
    return sum(share for x, share in found if low <= x <= (low if high is None else high))
