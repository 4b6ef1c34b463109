"""Probability distributions and tests."""

import math
from typing import Any

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.conditions import variance
from crm_xl.hosts.headless.worksheet_functions.gathering import numbers, pairs
from crm_xl.hosts.headless.worksheet_functions.mathematics import whole
from crm_xl.hosts.headless.worksheet_functions.nodes import Context
from crm_xl.hosts.headless.worksheet_functions.special_functions import (
    beta_share,
    gamma_rest,
    gamma_share,
    inverse,
    normal_share,
)
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NA, NUM, Fault


def _positive(*given: float) -> None:
    if min(given) <= 0:
        raise Fault(NUM)


def _degrees(number: float) -> int:
    """Degrees of freedom: whole ones, from 1 on."""
    found = int(number)
    if not 1 <= found <= 10**10:
        raise Fault(NUM)
    return found


def _share(given: float, *, closed: bool = False) -> float:
    if not (0 <= given <= 1 if closed else 0 < given < 1):
        raise Fault(NUM)
    return given


def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@excel("NORM.S.DIST", "nb")
def norm_s_dist(z: float, cumulative: bool) -> float:
    """The standard normal distribution."""
    return normal_share(z) if cumulative else math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


@excel("NORMSDIST", "n")
def normsdist(z: float) -> float:
    """The standard normal distribution."""
    return normal_share(z)


@excel("NORM.DIST NORMDIST", "nnnb")
def norm_dist(x: float, mean: float, deviation: float, cumulative: bool) -> float:
    """The normal distribution."""
    _positive(deviation)
    z = (x - mean) / deviation
    return normal_share(z) if cumulative else math.exp(-z * z / 2) / (deviation * math.sqrt(2 * math.pi))


@excel("NORM.S.INV NORMSINV", "n")
def norm_s_inv(share: float) -> float:
    """Where the standard normal distribution reaches a share."""
    return inverse(normal_share, _share(share), -40.0, 40.0) + 0.0 if share != 0.5 else 0.0


@excel("NORM.INV NORMINV", "nnn")
def norm_inv(share: float, mean: float, deviation: float) -> float:
    """Where a normal distribution reaches a share."""
    _positive(deviation)
    return mean + deviation * norm_s_inv(share)


@excel("LOGNORM.DIST", "nnnb")
def lognorm_dist(x: float, mean: float, deviation: float, cumulative: bool) -> float:
    """The lognormal distribution."""
    _positive(x, deviation)
    found = norm_dist(math.log(x), mean, deviation, cumulative)
    return found if cumulative else found / x


@excel("LOGNORMDIST", "nnn")
def lognormdist(x: float, mean: float, deviation: float) -> float:
    """The lognormal distribution."""
    return lognorm_dist(x, mean, deviation, True)


@excel("LOGNORM.INV LOGINV", "nnn")
def lognorm_inv(share: float, mean: float, deviation: float) -> float:
    """Where a lognormal distribution reaches a share."""
    return math.exp(norm_inv(share, mean, deviation))


@excel("GAUSS", "n")
def gauss(z: float) -> float:
    """The standard normal distribution from 0 on."""
    return math.erf(z / math.sqrt(2)) / 2


@excel("PHI", "n")
def phi(z: float) -> float:
    """The density of the standard normal distribution."""
    return norm_s_dist(z, False)


@excel("FISHER", "n")
def fisher(x: float) -> float:
    """The transformation of Fisher."""
    if not -1 < x < 1:
        raise Fault(NUM)
    return 0.5 * math.log((1 + x) / (1 - x))


@excel("FISHERINV", "n")
def fisherinv(y: float) -> float:
    """The inverse of the transformation of Fisher."""
    return (math.exp(2 * y) - 1) / (math.exp(2 * y) + 1) if abs(y) < 350 else math.copysign(1.0, y)


@excel("GAMMA", "n")
def gamma(x: float) -> float:
    """The gamma function."""
    if x == 0 or (x < 0 and x == int(x)):
        raise Fault(NUM)
    return math.gamma(x)


@excel("GAMMALN GAMMALN.PRECISE", "n")
def gammaln(x: float) -> float:
    """The logarithm of the gamma function."""
    _positive(x)
    return math.lgamma(x)


@excel("GAMMA.DIST GAMMADIST", "nnnb")
def gamma_dist(x: float, alpha: float, beta: float, cumulative: bool) -> float:
    """The gamma distribution."""
    _positive(alpha, beta)
    if x < 0:
        raise Fault(NUM)
    if cumulative:
        return gamma_share(alpha, x / beta)
    if x == 0:
        if alpha < 1:
            raise Fault(NUM)
        return 1 / beta if alpha == 1 else 0.0
    return math.exp((alpha - 1) * math.log(x) - x / beta - alpha * math.log(beta) - math.lgamma(alpha))


@excel("GAMMA.INV GAMMAINV", "nnn")
def gamma_inv(share: float, alpha: float, beta: float) -> float:
    """Where a gamma distribution reaches a share."""
    _positive(alpha, beta)
    if not 0 <= share < 1:
        raise Fault(NUM)
    return inverse(lambda x: gamma_share(alpha, x), share, 0.0, max(alpha, 1.0)) * beta if share else 0.0


@excel("CHISQ.DIST", "nnb")
def chisq_dist(x: float, degrees: float, cumulative: bool) -> float:
    """The chi-squared distribution."""
    k = _degrees(degrees)
    if x < 0:
        raise Fault(NUM)
    if not cumulative and x == 0 and k == 1:
        raise Fault(NUM)
    return gamma_dist(x, k / 2, 2.0, cumulative)


@excel("CHISQ.DIST.RT CHIDIST", "nn")
def chisq_dist_rt(x: float, degrees: float) -> float:
    """The right tail of the chi-squared distribution."""
    if x < 0:
        raise Fault(NUM)
    return gamma_rest(_degrees(degrees) / 2, x / 2)


@excel("CHISQ.INV", "nn")
def chisq_inv(share: float, degrees: float) -> float:
    """Where the chi-squared distribution reaches a share."""
    return gamma_inv(share, _degrees(degrees) / 2, 2.0)


@excel("CHISQ.INV.RT CHIINV", "nn")
def chisq_inv_rt(share: float, degrees: float) -> float:
    """Where the right tail of the chi-squared distribution has a share."""
    half = _degrees(degrees) / 2
    if not 0 < share <= 1:
        raise Fault(NUM)
    return inverse(lambda x: -gamma_rest(half, x / 2), -share, 0.0, max(2 * half, 1.0)) if share < 1 else 0.0


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


@excel("BETA.DIST", "nnnbnn")
def beta_dist(x: float, alpha: float, beta: float, cumulative: bool, low: float = 0.0, high: float = 1.0) -> float:
    """The beta distribution."""
    _positive(alpha, beta)
    if not low <= x <= high or low == high:
        raise Fault(NUM)
    z = (x - low) / (high - low)
    if cumulative:
        return beta_share(z, alpha, beta)
    if z in (0.0, 1.0):
        raise Fault(NUM)
    logarithm = (alpha - 1) * math.log(z) + (beta - 1) * math.log1p(-z)
    return math.exp(logarithm + math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta)) / (high - low)


@excel("BETADIST", "nnnnn")
def betadist(x: float, alpha: float, beta: float, low: float = 0.0, high: float = 1.0) -> float:
    """The beta distribution."""
    return beta_dist(x, alpha, beta, True, low, high)


@excel("BETA.INV BETAINV", "nnnnn")
def beta_inv(share: float, alpha: float, beta: float, low: float = 0.0, high: float = 1.0) -> float:
    """Where a beta distribution reaches a share."""
    _positive(alpha, beta)
    _share(share)
    return low + (high - low) * inverse(lambda x: beta_share(x, alpha, beta), share, 0.0, 1.0)


@excel("F.DIST", "nnnb")
def f_dist(x: float, one: float, two: float, cumulative: bool) -> float:
    """The F distribution."""
    a, b = _degrees(one), _degrees(two)
    if x < 0:
        raise Fault(NUM)
    if cumulative:
        return beta_share(a * x / (a * x + b), a / 2, b / 2)
    if x == 0:
        if a == 1:
            raise Fault(NUM)
        return 1.0 if a == 2 else 0.0
    logarithm = a / 2 * math.log(a / b) + (a / 2 - 1) * math.log(x) - (a + b) / 2 * math.log1p(a * x / b)
    return math.exp(logarithm + math.lgamma((a + b) / 2) - math.lgamma(a / 2) - math.lgamma(b / 2))


@excel("F.DIST.RT FDIST", "nnn")
def f_dist_rt(x: float, one: float, two: float) -> float:
    """The right tail of the F distribution."""
    a, b = _degrees(one), _degrees(two)
    if x < 0:
        raise Fault(NUM)
    return beta_share(b / (b + a * x), b / 2, a / 2)


@excel("F.INV", "nnn")
def f_inv(share: float, one: float, two: float) -> float:
    """Where the F distribution reaches a share."""
    a, b = _degrees(one), _degrees(two)
    if not 0 <= share < 1:
        raise Fault(NUM)
    if share == 0:
        return 0.0
    z = inverse(lambda x: beta_share(x, a / 2, b / 2), share, 0.0, 1.0)
    return b * z / (a * (1 - z))


@excel("F.INV.RT FINV", "nnn")
def f_inv_rt(share: float, one: float, two: float) -> float:
    """Where the right tail of the F distribution has a share."""
    a, b = _degrees(one), _degrees(two)
    if not 0 < share <= 1:
        raise Fault(NUM)
    z = inverse(lambda x: beta_share(x, b / 2, a / 2), share, 0.0, 1.0)
    return b * (1 - z) / (a * z)


@excel("F.TEST FTEST", "aa", context=True)
def f_test(context: Context, one: Any, two: Any) -> float:
    """The probability that two variances do not differ."""
    first, second = numbers(context, one), numbers(context, two)
    if len(first) < 2 or len(second) < 2:
        raise Fault(DIV0)
    ratio = variance(first) / variance(second)
    tail = f_dist_rt(ratio, len(first) - 1.0, len(second) - 1.0)
    return 2 * min(tail, 1 - tail)


def _t_tail(x: float, degrees: float) -> float:
    """The share beyond x on one side, x not negative."""
    return beta_share(degrees / (degrees + x * x), degrees / 2, 0.5) / 2


@excel("T.DIST", "nnb")
def t_dist(x: float, degrees: float, cumulative: bool) -> float:
    """Student's t distribution."""
    k = _degrees(degrees)
    if cumulative:
        return 1 - _t_tail(x, k) if x >= 0 else _t_tail(-x, k)
    logarithm = math.lgamma((k + 1) / 2) - math.lgamma(k / 2) - (k + 1) / 2 * math.log1p(x * x / k)
    return math.exp(logarithm) / math.sqrt(k * math.pi)


@excel("T.DIST.2T", "nn")
def t_dist_2t(x: float, degrees: float) -> float:
    """Both tails of Student's t distribution."""
    if x < 0:
        raise Fault(NUM)
    return 2 * _t_tail(x, _degrees(degrees))


@excel("T.DIST.RT", "nn")
def t_dist_rt(x: float, degrees: float) -> float:
    """The right tail of Student's t distribution."""
    k = _degrees(degrees)
    return _t_tail(x, k) if x >= 0 else 1 - _t_tail(-x, k)


@excel("TDIST", "nnn")
def tdist(x: float, degrees: float, tails: float) -> float:
    """One or both tails of Student's t distribution."""
    if x < 0 or int(tails) not in (1, 2):
        raise Fault(NUM)
    return int(tails) * _t_tail(x, _degrees(degrees))


@excel("T.INV.2T TINV", "nn")
def t_inv_2t(share: float, degrees: float) -> float:
    """Where both tails of Student's t distribution have a share."""
    k = _degrees(degrees)
    if not 0 < share <= 1:
        raise Fault(NUM)
    return inverse(lambda x: -2 * _t_tail(x, k), -share, 0.0, 1.0) if share < 1 else 0.0


@excel("T.INV", "nn")
def t_inv(share: float, degrees: float) -> float:
    """Where Student's t distribution reaches a share."""
    _share(share)
    found = t_inv_2t(2 * min(share, 1 - share), degrees)
    return found if share > 0.5 else -found + 0.0


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
        return sides * _t_tail(abs(t), degrees)
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
    return sides * _t_tail(abs(t), degrees)


@excel("Z.TEST ZTEST", "ann", context=True)
def z_test(context: Context, cells: Any, mean: float, deviation: float | None = None) -> float:
    """The probability that a mean is above another by chance."""
    found = numbers(context, cells)
    if not found:
        raise Fault(NA)
    spread = math.sqrt(variance(found)) if deviation is None else deviation
    if deviation is not None:
        _positive(deviation)
    return 1 - normal_share((sum(found) / len(found) - mean) / (spread / math.sqrt(len(found))))


@excel("CONFIDENCE.NORM CONFIDENCE", "nnn")
def confidence_norm(alpha: float, deviation: float, size: float) -> float:
    """Half the width of a confidence interval."""
    _positive(deviation)
    if size < 1:
        raise Fault(NUM)
    return -norm_s_inv(_share(alpha) / 2) * deviation / math.sqrt(int(size))


@excel("CONFIDENCE.T", "nnn")
def confidence_t(alpha: float, deviation: float, size: float) -> float:
    """Half the width of a confidence interval by Student's t."""
    _positive(deviation)
    if int(size) == 1:
        raise Fault(DIV0)
    if size < 1:
        raise Fault(NUM)
    return t_inv_2t(_share(alpha), int(size) - 1.0) * deviation / math.sqrt(int(size))


def _binomial(k: int, n: int, share: float) -> float:
    if share in (0.0, 1.0):
        return float(k == (n if share else 0))
    return math.exp(_log_choose(n, k) + k * math.log(share) + (n - k) * math.log1p(-share))


def _binomial_up_to(k: int, n: int, share: float) -> float:
    if k >= n:
        return 1.0
    return 0.0 if k < 0 else beta_share(1 - share, n - k, k + 1.0)


@excel("BINOM.DIST BINOMDIST", "nnnb")
def binom_dist(k: float, n: float, share: float, cumulative: bool) -> float:
    """The binomial distribution."""
    hits, trials = whole(k), whole(n)
    _share(share, closed=True)
    if hits > trials:
        raise Fault(NUM)
    return _binomial_up_to(hits, trials, share) if cumulative else _binomial(hits, trials, share)


@excel("BINOM.DIST.RANGE", "nnnn")
def binom_dist_range(n: float, share: float, low: float, high: float | None = None) -> float:
    """The probability of a number of hits between two limits."""
    trials, first = whole(n), whole(low)
    last = first if high is None else whole(high)
    _share(share, closed=True)
    if not first <= last <= trials:
        raise Fault(NUM)
    return sum(_binomial(k, trials, share) for k in range(first, last + 1))


@excel("BINOM.INV CRITBINOM", "nnn")
def binom_inv(n: float, share: float, alpha: float) -> float:
    """The fewest hits that reach a share of a binomial distribution."""
    trials = whole(n)
    _share(share)
    _share(alpha)
    low, high = 0, trials
    while low < high:
        middle = (low + high) // 2
        if _binomial_up_to(middle, trials, share) >= alpha:
            high = middle
        else:
            low = middle + 1
    return float(low)


@excel("NEGBINOM.DIST", "nnnb")
def negbinom_dist(failures: float, successes: float, share: float, cumulative: bool) -> float:
    """The negative binomial distribution."""
    misses, hits = whole(failures), int(successes)
    if hits < 1 or not 0 < share < 1:
        raise Fault(NUM)
    if cumulative:
        return beta_share(share, hits, misses + 1.0)
    return math.exp(_log_choose(misses + hits - 1, hits - 1) + hits * math.log(share) + misses * math.log1p(-share))


@excel("NEGBINOMDIST", "nnn")
def negbinomdist(failures: float, successes: float, share: float) -> float:
    """The negative binomial distribution."""
    return negbinom_dist(failures, successes, share, False)


def _hypergeometric(k: int, n: int, good: int, total: int) -> float:
    if not max(0, n - total + good) <= k <= min(n, good):
        return 0.0
    return math.exp(_log_choose(good, k) + _log_choose(total - good, n - k) - _log_choose(total, n))


@excel("HYPGEOM.DIST", "nnnnb")
def hypgeom_dist(hits: float, sample: float, good: float, total: float, cumulative: bool) -> float:
    """The hypergeometric distribution."""
    k, n, m, size = whole(hits), whole(sample), whole(good), whole(total)
    if k > min(n, m) or n > size or m > size or k < max(0, n - size + m):
        raise Fault(NUM)
    if not cumulative:
        return _hypergeometric(k, n, m, size)
    return sum(_hypergeometric(at, n, m, size) for at in range(k + 1))


@excel("HYPGEOMDIST", "nnnn")
def hypgeomdist(hits: float, sample: float, good: float, total: float) -> float:
    """The hypergeometric distribution."""
    return hypgeom_dist(hits, sample, good, total, False)


@excel("POISSON.DIST POISSON", "nnb")
def poisson_dist(k: float, mean: float, cumulative: bool) -> float:
    """The Poisson distribution."""
    events = whole(k)
    if mean < 0:
        raise Fault(NUM)
    if mean == 0:
        return 1.0 if cumulative or events == 0 else 0.0
    if cumulative:
        return gamma_rest(events + 1.0, mean)
    return math.exp(events * math.log(mean) - mean - math.lgamma(events + 1))


@excel("EXPON.DIST EXPONDIST", "nnb")
def expon_dist(x: float, rate: float, cumulative: bool) -> float:
    """The exponential distribution."""
    _positive(rate)
    if x < 0:
        raise Fault(NUM)
    return -math.expm1(-rate * x) if cumulative else rate * math.exp(-rate * x)


@excel("WEIBULL.DIST WEIBULL", "nnnb")
def weibull_dist(x: float, alpha: float, beta: float, cumulative: bool) -> float:
    """The Weibull distribution."""
    _positive(alpha, beta)
    if x < 0:
        raise Fault(NUM)
    z = (x / beta) ** alpha
    if cumulative:
        return -math.expm1(-z)
    return alpha / beta * (x / beta) ** (alpha - 1) * math.exp(-z)


