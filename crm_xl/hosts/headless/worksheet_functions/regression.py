"""Straight lines and curves of steady growth through points, and how far points follow one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import matrix as any_matrix
from crm_xl.hosts.headless.worksheet_functions.gathering import pairs
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import (
    DIV0,
    NA,
    NUM,
    REF,
    VALUE,
    Array,
    Fault,
    Scalar,
    Unsupported,
    array,
)

# What is smaller than this part of the numbers that it was reckoned from is nothing but rounding.
_NOISE = 1e-14


def matrix(context: Context, raw: Any) -> Array:
    """Return an argument as an array of numbers.

    Raises
    ------
    Fault
        #VALUE! where there is anything else in it, an error also.
    """
    try:
        return any_matrix(context, raw)
    except Fault:
        raise Fault(VALUE) from None


def _line(found: Sequence[tuple[float, float]]) -> tuple[float, float, float, float, float]:
    """Means of x and y, and the sums of squares and products around them; pairs are (y, x)."""
    if not found:
        raise Fault(DIV0)
    my, mx = sum(y for y, _ in found) / len(found), sum(x for _, x in found) / len(found)
    sxx = sum((x - mx) ** 2 for _, x in found)
    syy = sum((y - my) ** 2 for y, _ in found)
    sxy = sum((x - mx) * (y - my) for y, x in found)
    return mx, my, sxx, syy, sxy


@excel("SLOPE", "aa", context=True)
def slope(context: Context, ys: Any, xs: Any) -> float:
    """The slope of the straight line through points."""
    _, _, sxx, _, sxy = _line(pairs(context, ys, xs))
    return sxy / sxx


@excel("INTERCEPT", "aa", context=True)
def intercept(context: Context, ys: Any, xs: Any) -> float:
    """Where the straight line through points crosses zero."""
    mx, my, sxx, _, sxy = _line(pairs(context, ys, xs))
    return my - sxy / sxx * mx


@excel("FORECAST FORECAST.LINEAR", "naa", context=True)
def forecast(context: Context, x: float, ys: Any, xs: Any) -> float:
    """The y of an x on the straight line through points."""
    mx, my, sxx, _, sxy = _line(pairs(context, ys, xs))
    return my + sxy / sxx * (x - mx)


@excel("CORREL PEARSON", "aa", context=True)
def correl(context: Context, one: Any, two: Any) -> float:
    """The coefficient of correlation."""
    _, _, sxx, syy, sxy = _line(pairs(context, one, two))
    return sxy / math.sqrt(sxx * syy)


@excel("RSQ", "aa", context=True)
def rsq(context: Context, ys: Any, xs: Any) -> float:
    """The square of the coefficient of correlation."""
    return correl(context, ys, xs) ** 2


@excel("COVAR COVARIANCE.P", "aa", context=True)
def covar(context: Context, one: Any, two: Any) -> float:
    """The covariance of all there are."""
    found = pairs(context, one, two)
    return _line(found)[4] / len(found)


@excel("COVARIANCE.S", "aa", context=True)
def covariance_s(context: Context, one: Any, two: Any) -> float:
    """The covariance of a sample."""
    found = pairs(context, one, two)
    return _line(found)[4] / (len(found) - 1)


@excel("STEYX", "aa", context=True)
def steyx(context: Context, ys: Any, xs: Any) -> float:
    """The standard error of y on the straight line through points."""
    found = pairs(context, ys, xs)
    _, _, sxx, syy, sxy = _line(found)
    return math.sqrt((syy - sxy * sxy / sxx) / (len(found) - 2))


def _fit(context: Context, ys: Any, xs: Any, constant: bool) -> tuple[Array, Array, Array, bool]:
    """Known ys, their xs as columns, the coefficients, and whether the ys stand in a row."""
    y = matrix(context, ys)
    across = y.shape[0] == 1 and y.shape[1] > 1
    count_ = y.size
    x = np.arange(1.0, count_ + 1).reshape(-1, 1) if xs is None else matrix(context, xs)
    if xs is not None:
        x = x.reshape(-1, 1) if x.size == count_ else x.T if across else x
    if x.shape[0] != count_:
        raise Fault(REF)
    used = _independent(x, constant)
    design = np.column_stack([x[:, used], np.ones(count_)]) if constant else x[:, used]
    found = np.linalg.lstsq(design, y.ravel(), rcond=None)[0] if design.size else np.zeros(0)
    solution = np.zeros(x.shape[1] + constant)
    solution[used] = found[: len(used)]
    if constant:
        solution[-1] = found[-1]
    # What is nothing but rounding is 0, as in Excel.
    size = float(np.abs(y).max(initial=0.0))
    reach = np.append(np.abs(x).max(axis=0, initial=0.0), 1.0)[: len(solution)]
    solution[np.abs(solution) * reach <= _NOISE * size] = 0.0
    return y.ravel(), x, solution, across


def _independent(x: Array, constant: bool) -> list[int]:
    """The columns that are no combination of those after them, or constant: the others count as 0."""
    used: list[int] = []
    for column in reversed(range(x.shape[1])):
        tried = x[:, [*used, column]]
        if constant:
            tried = tried - tried.mean(axis=0)
        if np.linalg.matrix_rank(tried, tol=1e-10 * max(float(np.abs(tried).max(initial=0.0)), 1e-300)) > len(used):
            used.append(column)
    return sorted(used)


def _fitted(context: Context, ys: Any, xs: Any, constant: Scalar, more: Scalar, *, power: bool) -> Array:
    """The rows of LINEST; with `power` those of LOGEST, for the logarithms of the ys."""
    with_constant = constant is None or bool(to_number(constant))
    if power and (matrix(context, ys) <= 0).any():
        raise Fault(NUM)
    y, x, found, _ = _fit(context, np.log(matrix(context, ys)) if power else ys, xs, with_constant)
    wide = x.shape[1]
    line = np.array([*found[:wide][::-1].tolist(), float(found[wide]) if with_constant else 0.0])
    rows: list[list[Any]] = [(np.exp(line) if power else line).tolist()]
    if more is None or not to_number(more):
        return array(rows)
    used = _independent(x, with_constant)
    design = np.column_stack([x[:, used], np.ones(len(y))]) if with_constant else x[:, used]
    rest = y - design @ found[[*used, wide] if with_constant else used]
    degrees = len(y) - design.shape[1]
    total = float(((y - y.mean()) ** 2).sum() if with_constant else (y**2).sum())
    ssres = float(rest @ rest)
    ssres = 0.0 if ssres <= _NOISE * total else ssres
    ssreg = total - ssres
    if degrees <= 0:
        raise Unsupported
    errors = np.zeros(wide + 1)
    errors[[*used, wide] if with_constant else used] = np.sqrt(
        np.diag(np.linalg.inv(design.T @ design)) * ssres / degrees
    )
    se = [*errors[:wide][::-1].tolist(), float(errors[wide]) if with_constant else NA]
    f = ssreg / len(used) / (ssres / degrees) if ssres and used else NUM
    blank = [NA] * (wide - 1)
    rows += [
        se,
        [ssreg / total, math.sqrt(ssres / degrees), *blank],
        [f, float(degrees), *blank],
        [ssreg, ssres, *blank],
    ]
    return array(rows)


@excel("LINEST", "aaee", context=True)
def linest(context: Context, ys: Any, xs: Any = None, constant: Scalar = True, more: Scalar = False) -> Array:
    """The coefficients of the straight line through points, the last first; with their statistics if wanted."""
    return _fitted(context, ys, xs, constant, more, power=False)


@excel("LOGEST", "aaee", context=True)
def logest(context: Context, ys: Any, xs: Any = None, constant: Scalar = True, more: Scalar = False) -> Array:
    """The coefficients of the curve of steady growth through points; with their statistics if wanted."""
    return _fitted(context, ys, xs, constant, more, power=True)


@excel("TREND", "aaae", context=True)
def trend(context: Context, ys: Any, xs: Any = None, new: Any = None, constant: Scalar = True) -> Array:
    """The ys of new xs on the straight line through points."""
    return _trend(context, ys, xs, new, constant, power=False)


@excel("GROWTH", "aaae", context=True)
def growth(context: Context, ys: Any, xs: Any = None, new: Any = None, constant: Scalar = True) -> Array:
    """The ys of new xs on the curve of steady growth through points."""
    return _trend(context, ys, xs, new, constant, power=True)


def _trend(context: Context, ys: Any, xs: Any, new: Any, constant: Scalar, *, power: bool) -> Array:
    with_constant = constant is None or bool(to_number(constant))
    known = matrix(context, ys)
    if power:
        if (known <= 0).any():
            raise Fault(NUM)
        known = np.log(known)
    _, x, found, across = _fit(context, known, xs, with_constant)
    shape = matrix(context, ys).shape
    if new is None:
        points = x
    else:
        given = matrix(context, new)
        shape = given.shape if x.shape[1] == 1 else ((1, given.shape[1]) if across else (given.shape[0], 1))
        points = given.reshape(-1, 1) if x.shape[1] == 1 else given.T if across else given
        if points.shape[1] != x.shape[1]:
            raise Fault(REF)
    result = points @ found[: x.shape[1]] + (found[x.shape[1]] if with_constant else 0.0)
    result[np.abs(result) <= _NOISE * float(np.abs(known).max(initial=0.0))] = 0.0
    return (np.exp(result) if power else result).reshape(shape)
