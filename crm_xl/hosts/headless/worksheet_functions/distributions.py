"""Probability distributions and tests."""

import math

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.special_functions import (
    beta_share,
    gamma_rest,
    gamma_share,
    inverse,
    normal_share,
)
from crm_xl.hosts.headless.worksheet_functions.values import NUM, Fault


def positive(*given: float) -> None:
    """Refuse numbers that are not above 0.

    Raises
    ------
    Fault
        #NUM! where one is not.
    """
    if min(given) <= 0:
        raise Fault(NUM)


def _degrees(number: float) -> int:
    """Degrees of freedom: whole ones, from 1 on."""
    found = int(number)
    if not 1 <= found <= 10**10:
        raise Fault(NUM)
    return found


def share_of_one(given: float, *, closed: bool = False) -> float:
    """Return a probability between 0 and 1, both of which count where it is closed.

    Raises
    ------
    Fault
        #NUM! where it is none.
    """
    if not (0 <= given <= 1 if closed else 0 < given < 1):
        raise Fault(NUM)
    return given


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
    positive(deviation)
    z = (x - mean) / deviation
    return normal_share(z) if cumulative else math.exp(-z * z / 2) / (deviation * math.sqrt(2 * math.pi))


@excel("NORM.S.INV NORMSINV", "n")
def norm_s_inv(share: float) -> float:
    """Where the standard normal distribution reaches a share."""
    return inverse(normal_share, share_of_one(share), -40.0, 40.0) + 0.0 if share != 0.5 else 0.0


@excel("NORM.INV NORMINV", "nnn")
def norm_inv(share: float, mean: float, deviation: float) -> float:
    """Where a normal distribution reaches a share."""
    positive(deviation)
    return mean + deviation * norm_s_inv(share)


@excel("LOGNORM.DIST", "nnnb")
def lognorm_dist(x: float, mean: float, deviation: float, cumulative: bool) -> float:
    """The lognormal distribution."""
    positive(x, deviation)
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
    positive(x)
    return math.lgamma(x)


@excel("GAMMA.DIST GAMMADIST", "nnnb")
def gamma_dist(x: float, alpha: float, beta: float, cumulative: bool) -> float:
    """The gamma distribution."""
    positive(alpha, beta)
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
    positive(alpha, beta)
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


@excel("BETA.DIST", "nnnbnn")
def beta_dist(x: float, alpha: float, beta: float, cumulative: bool, low: float = 0.0, high: float = 1.0) -> float:
    """The beta distribution."""
    positive(alpha, beta)
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
    positive(alpha, beta)
    share_of_one(share)
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


def t_tail(x: float, degrees: float) -> float:
    """The share beyond x on one side, x not negative."""
    return beta_share(degrees / (degrees + x * x), degrees / 2, 0.5) / 2


@excel("T.DIST", "nnb")
def t_dist(x: float, degrees: float, cumulative: bool) -> float:
    """Student's t distribution."""
    k = _degrees(degrees)
    if cumulative:
        return 1 - t_tail(x, k) if x >= 0 else t_tail(-x, k)
    logarithm = math.lgamma((k + 1) / 2) - math.lgamma(k / 2) - (k + 1) / 2 * math.log1p(x * x / k)
    return math.exp(logarithm) / math.sqrt(k * math.pi)


@excel("T.DIST.2T", "nn")
def t_dist_2t(x: float, degrees: float) -> float:
    """Both tails of Student's t distribution."""
    if x < 0:
        raise Fault(NUM)
    return 2 * t_tail(x, _degrees(degrees))


@excel("T.DIST.RT", "nn")
def t_dist_rt(x: float, degrees: float) -> float:
    """The right tail of Student's t distribution."""
    k = _degrees(degrees)
    return t_tail(x, k) if x >= 0 else 1 - t_tail(-x, k)


@excel("TDIST", "nnn")
def tdist(x: float, degrees: float, tails: float) -> float:
    """One or both tails of Student's t distribution."""
    if x < 0 or int(tails) not in (1, 2):
        raise Fault(NUM)
    return int(tails) * t_tail(x, _degrees(degrees))


@excel("T.INV.2T TINV", "nn")
def t_inv_2t(share: float, degrees: float) -> float:
    """Where both tails of Student's t distribution have a share."""
    k = _degrees(degrees)
    if not 0 < share <= 1:
        raise Fault(NUM)
    if share > 0.5:
        return inverse(lambda x: beta_share(x * x / (k + x * x), 0.5, k / 2), 1 - share, 0.0, 1.0) if share < 1 else 0.0
    return inverse(lambda x: -2 * t_tail(x, k), -share, 0.0, 1.0)


@excel("T.INV", "nn")
def t_inv(share: float, degrees: float) -> float:
    """Where Student's t distribution reaches a share."""
    share_of_one(share)
    found = t_inv_2t(2 * min(share, 1 - share), degrees)
    return found if share > 0.5 else -found + 0.0


@excel("EXPON.DIST EXPONDIST", "nnb")
def expon_dist(x: float, rate: float, cumulative: bool) -> float:
    """The exponential distribution."""
    positive(rate)
    if x < 0:
        raise Fault(NUM)
    return -math.expm1(-rate * x) if cumulative else rate * math.exp(-rate * x)


@excel("WEIBULL.DIST WEIBULL", "nnnb")
def weibull_dist(x: float, alpha: float, beta: float, cumulative: bool) -> float:
    """The Weibull distribution."""
    positive(alpha, beta)
    if x < 0:
        raise Fault(NUM)
    z = math.pow(x / beta, alpha)
    if cumulative:
        return -math.expm1(-z)
    return alpha / beta * math.pow(x / beta, alpha - 1) * math.exp(-z)
