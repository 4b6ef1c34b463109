"""Tests of hypotheses and intervals of confidence."""

import math
from typing import Any

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.conditions import variance
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.distributions import (
    chisq_dist_rt,
    f_dist_rt,
    norm_s_inv,
    positive,
    share_of_one,
    t_inv_2t,
    t_tail,
)
from crm_xl.hosts.headless.worksheet_functions.gathering import numbers, pairs
from crm_xl.hosts.headless.worksheet_functions.special_functions import normal_share
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NA, NUM, Fault


@excel("CHISQ.TEST CHITEST", "aa", context=True)
def chisq_test(context: Context, actual: Any, expected: Any) -> float:
    """The probability that differences from what is expected are chance."""
    one, two = context.array_of(actual), context.array_of(expected)
    if one.shape != two.shape or one.size < 2:
        raise Fault(NA)
    found = pairs(context, actual, expected)
    if any(b == 0 for _, b in found):
        raise Fault(DIV0)
    rows, columns = one.shape
    degrees = (rows - 1) * (columns - 1) if rows > 1 and columns > 1 else max(rows, columns) - 1
    return chisq_dist_rt(sum((a - b) ** 2 / b for a, b in found), float(degrees))


@excel("F.TEST FTEST", "aa", context=True)
def f_test(context: Context, one: Any, two: Any) -> float:
    """The probability that two variances do not differ."""
    first, second = numbers(context, one), numbers(context, two)
    if len(first) < 2 or len(second) < 2:
        raise Fault(DIV0)
    ratio = variance(first) / variance(second)
    tail = f_dist_rt(ratio, len(first) - 1.0, len(second) - 1.0)
    return 2 * min(tail, 1 - tail)


@excel("T.TEST TTEST", "aann", context=True)
def t_test(context: Context, one: Any, two: Any, tails: float, kind: float) -> float:
    """The probability that two means do not differ."""
    style, sides = int(kind), int(tails)
    if sides not in (1, 2) or style not in (1, 2, 3):
        raise Fault(NUM)
    if style == 1:
        differences = [a - b for a, b in pairs(context, one, two)]
        if len(differences) < 2:
            raise Fault(DIV0)
        mean = sum(differences) / len(differences)
        degrees = len(differences) - 1.0
        t = mean / math.sqrt(variance(differences) / len(differences))
        return sides * t_tail(abs(t), degrees)
    first, second = numbers(context, one), numbers(context, two)
    if len(first) < 2 or len(second) < 2:
        raise Fault(DIV0)
    n, m = len(first), len(second)
    difference = sum(first) / n - sum(second) / m
    if style == 2:
        degrees = n + m - 2.0
        pooled = (variance(first) * (n - 1) + variance(second) * (m - 1)) / degrees
        t = difference / math.sqrt(pooled * (1 / n + 1 / m))
    else:
        a, b = variance(first) / n, variance(second) / m
        t = difference / math.sqrt(a + b)
        degrees = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    return sides * t_tail(abs(t), degrees)


@excel("Z.TEST ZTEST", "ann", context=True)
def z_test(context: Context, cells: Any, mean: float, deviation: float | None = None) -> float:
    """The probability that a mean is above another by chance."""
    found = numbers(context, cells)
    if not found:
        raise Fault(NA)
    spread = math.sqrt(variance(found)) if deviation is None else deviation
    if deviation is not None:
        positive(deviation)
    return 1 - normal_share((sum(found) / len(found) - mean) / (spread / math.sqrt(len(found))))


@excel("CONFIDENCE.NORM CONFIDENCE", "nnn")
def confidence_norm(alpha: float, deviation: float, size: float) -> float:
    """Half the width of a confidence interval."""
    positive(deviation)
    if size < 1:
        raise Fault(NUM)
    return -norm_s_inv(share_of_one(alpha) / 2) * deviation / math.sqrt(int(size))


@excel("CONFIDENCE.T", "nnn")
def confidence_t(alpha: float, deviation: float, size: float) -> float:
    """Half the width of a confidence interval by Student's t."""
    positive(deviation)
    if int(size) == 1:
        raise Fault(DIV0)
    if size < 1:
        raise Fault(NUM)
    return t_inv_2t(share_of_one(alpha), int(size) - 1.0) * deviation / math.sqrt(int(size))
