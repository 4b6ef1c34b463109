"""Probability distributions of whole numbers."""

import math

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.distributions import share_of_one
from crm_xl.hosts.headless.worksheet_functions.mathematics import whole
from crm_xl.hosts.headless.worksheet_functions.special_functions import beta_share, gamma_rest
from crm_xl.hosts.headless.worksheet_functions.values import NUM, Fault


def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


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
    share_of_one(share, closed=True)
    if hits > trials:
        raise Fault(NUM)
    return _binomial_up_to(hits, trials, share) if cumulative else _binomial(hits, trials, share)


@excel("BINOM.DIST.RANGE", "nnnn")
def binom_dist_range(n: float, share: float, low: float, high: float | None = None) -> float:
    """The probability of a number of hits between two limits."""
    trials, first = whole(n), whole(low)
    last = first if high is None else whole(high)
    share_of_one(share, closed=True)
    if not first <= last <= trials:
        raise Fault(NUM)
    return sum(_binomial(k, trials, share) for k in range(first, last + 1))


@excel("BINOM.INV CRITBINOM", "nnn")
def binom_inv(n: float, share: float, alpha: float) -> float:
    """The fewest hits that reach a share of a binomial distribution."""
    trials = whole(n)
    share_of_one(share)
    share_of_one(alpha)
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
