"""The gamma and beta functions that probabilities are reckoned with, to the precision of a float.

Series and continued fractions as in Abramowitz & Stegun, Handbook of Mathematical Functions, 6.5 and 26.5.
"""

import math
from collections.abc import Callable

_STEPS = 10_000
_TINY = 1e-300
_EPSILON = 1e-16
_LARGE = 1000.0


def gamma_share(a: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function P(a, x)."""
    if x <= 0:
        return 0.0
    if x < a + 1:
        return _gamma_series(a, x)
    return 1.0 - _gamma_fraction(a, x)


def gamma_rest(a: float, x: float) -> float:
    """Return 1 − P(a, x)."""
    if x <= 0:
        return 1.0
    return 1.0 - _gamma_series(a, x) if x < a + 1 else _gamma_fraction(a, x)


def _gamma_front(a: float, x: float) -> float:
    if a < _LARGE:
        return math.exp(a * math.log(x) - x - math.lgamma(a))
    # Of large numbers only the difference counts: the series of Stirling leaves out what cancels.
    part = (x - a) / a
    rest = 1 / (12 * a) - 1 / (360 * a**3)
    return math.sqrt(a / (2 * math.pi)) * math.exp(a * (math.log1p(part) - part) - rest)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1.0 / a
    for step in range(1, _STEPS * 20):
        term *= x / (a + step)
        total += term
        if term < total * _EPSILON:
            break
    return total * _gamma_front(a, x)


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    h = d
    for step in range(1, _STEPS * 20):
        an = -step * (step - a)
        b += 2
        d = 1 / _off_zero(an * d + b)
        c = _off_zero(b + an / c)
        h *= d * c
        if abs(d * c - 1) < _EPSILON * 4:
            break
    return h * _gamma_front(a, x)


def _off_zero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1.0 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    h = d
    for step in range(1, _STEPS):
        twice = 2 * step
        for numerator in (
            step * (b - step) * x / ((a + twice - 1) * (a + twice)),
            -(a + step) * (a + b + step) * x / ((a + twice) * (a + twice + 1)),
        ):
            d = 1 / _off_zero(1 + numerator * d)
            c = _off_zero(1 + numerator / c)
            h *= d * c
        if abs(d * c - 1) < _EPSILON * 4:
            break
    return h


def normal_share(z: float) -> float:
    """Return the share of the standard normal distribution up to z."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def inverse(share: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Return where a rising function reaches a share, between two limits that grow where they have to."""
    while share(high) < wanted and high < 1e300:
        high *= 2
    while share(low) > wanted and low < 0:
        low *= 2
    for _ in range(2000):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if share(middle) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
