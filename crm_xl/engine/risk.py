"""How sure the total is: low, likely and high of lines, drawn many times with a seed.

PERT has alpha = 1 + 4(m−a)/(b−a), beta = 1 + 4(b−m)/(b−a); triangular draws are inverted from uniform ones.
Lines are drawn one after the other, so memory grows with the trials only; the numbers of a line come from a stream of
its own (seed, line), so that they do not depend on the other lines. Percentiles of lines are never added.

Sources: riskamp.com/beta-pert; GAO Cost Estimating Guide (contingency = percentile − point estimate); Iman and
Conover 1982 for drawing rank-correlated numbers.
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Floats, Ints, Table

# No multiplier of a cost is larger, and no amount but 0 is smaller than the cost divided by this.
LARGEST_MULTIPLIER = 10.0
MULTIPLIERS, AMOUNTS, UNCLEAR = range(3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The uncertain lines: their totals, and low, likely and high as multipliers of them."""

    lines: Ints
    totals: Floats
    low: Floats
    likely: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """The totals drawn, and the point estimate they stand beside."""

    totals: Floats
    point: float


def spread_of(model: Model, costs: Table) -> Spread:
    """Return the uncertain lines of a model; a blank low or high is the likely value, a blank likely the base."""
    low, likely, high = (costs.numbers(key) for key in ("low", "likely", "high"))
    given = ~(np.isnan(low) & np.isnan(likely) & np.isnan(high))
    lines = np.flatnonzero(given & model.priced)
    scale = np.where(_kinds(costs) == AMOUNTS, _base(costs), 1.0)[lines]
    with np.errstate(divide="ignore", invalid="ignore"):
        a, m, b = (np.where(scale == 0, np.nan, v[lines] / scale) for v in (low, likely, high))
    m = np.where(np.isnan(m), np.clip(1.0, np.fmin(a, 1.0), np.fmax(b, 1.0)), m)
    a, b = np.where(np.isnan(a), m, a), np.where(np.isnan(b), m, b)
    return Spread(lines=lines, totals=model.yearly[:, lines].sum(axis=0), low=a, likely=m, high=b)


def _base(costs: Table) -> Floats:
    """The money of a line for one period, in its own currency; NaN where it is stated period by period."""
    amount = costs.numbers("amount")
    result: Floats = np.where(np.isnan(amount), costs.numbers("quantity") * costs.numbers("unit_cost"), amount)
    return result


def _kinds(costs: Table) -> Ints:
    """Whether low, likely and high of each line are multipliers or amounts: as is said, or as they can only be read.

    Multipliers are at most `LARGEST_MULTIPLIER`; no amount but 0 is less than a tenth of the cost of the line. Where
    both could be, the range lies about 1 or about the cost. UNCLEAR is neither.
    """
    said = costs.labels("range_as")
    own = np.array([MULTIPLIERS if name == "multiplier" else AMOUNTS for name in said.names] + [UNCLEAR])[said.codes]
    values = np.array([costs.numbers(key) for key in ("low", "likely", "high")])
    base = _base(costs)
    largest, smallest = np.nanmax(values, axis=0, initial=-np.inf), np.nanmin(values, axis=0, initial=np.inf)
    least = np.nanmin(np.where(values > 0, values, np.nan), axis=0, initial=np.inf)
    with np.errstate(invalid="ignore"):
        factors, amounts = largest <= LARGEST_MULTIPLIER, least * LARGEST_MULTIPLIER >= base
        about_1, about_base = (smallest <= 1) & (largest >= 1), (smallest <= base) & (largest >= base)
    both = factors & amounts
    read = np.full(len(costs), UNCLEAR)
    read[(factors & ~amounts) | (both & about_1 & ~about_base)] = MULTIPLIERS
    read[(amounts & ~factors) | (both & about_base & ~about_1)] = AMOUNTS
    read[both & ((base == 1) | (base == 0))] = MULTIPLIERS  # which is the same, or nothing
    return np.where(own == UNCLEAR, read, own)


def check_spread(model: Model, costs: Table) -> list[Problem]:
    """Return the lines whose values have two readings or none, or whose blank likely value would lie outside."""
    spread = spread_of(model, costs)
    ordered = [costs.numbers(key)[spread.lines] for key in ("low", "likely", "high")]
    with np.errstate(invalid="ignore"):
        unordered = (ordered[0] > ordered[1]) | (ordered[1] > ordered[2]) | (ordered[0] > ordered[2])
    kinds = _kinds(costs)[spread.lines]
    by_period = (kinds == AMOUNTS) & np.isnan(_base(costs)[spread.lines])
    unclear = (kinds == UNCLEAR) & ~unordered  # what is out of order has its problem already
    problems = []
    for i in np.flatnonzero(unclear | by_period).tolist():
        line = int(spread.lines[i])
        key = next(key for key in ("high", "likely", "low") if not np.isnan(costs.numbers(key)[line]))
        found, base = float(costs.numbers(key)[line]), f"{_base(costs)[line]:.15g}"
        expected = "expected_multipliers" if by_period[i] else "expected_range_as"
        problems.append(costs.problem(line, key, found, expected, details={"base": base}))
    blank = np.isnan(ordered[1])  # a stated one has its problem already
    wrong = blank & ~unclear & ((spread.low > spread.likely) | (spread.likely > spread.high))
    problems += [costs.problem(int(i), "likely", None, "expected_ordered") for i in spread.lines[wrong]]
    outside = ~unclear & ~unordered & ~wrong & ((spread.low > 1 + 1e-9) | (spread.high < 1 - 1e-9))
    for i in np.flatnonzero(outside).tolist():
        line = int(spread.lines[i])
        found = float(np.nanmax([costs.numbers(key)[line] for key in ("low", "likely", "high")]))
        shown = {"base": f"{_base(costs)[line]:.15g}" if kinds[i] == AMOUNTS else "1"}
        problems.append(costs.problem(line, "high", found, "note_risk_base", details=shown, severity=Severity.NOTE))
    return problems


def simulate(
    model: Model, spread: Spread, *, trials: int, seed: int, triangular: bool = False, correlation: float = 0.0
) -> Outcome:
    """Return totals drawn `trials` times.

    Parameters
    ----------
    model, spread
        The cost model and its uncertain lines.
    trials
        How many totals to draw.
    seed
        The same seed gives the same numbers.
    triangular
        Draw triangular numbers instead of PERT ones.
    correlation
        Rank correlation between any two lines, 0 (independent) to 1.
    """
    point = float(model.yearly_totals.sum())
    totals = np.full(trials, point - float(spread.totals.sum()))
    common = _stream(seed, 0).standard_normal(trials) if correlation else None
    for i in range(len(spread.lines)):
        a, m, b = float(spread.low[i]), float(spread.likely[i]), float(spread.high[i])
        weight = float(spread.totals[i])
        if a == b:
            totals += weight * m
            continue
        stream = _stream(seed, int(spread.lines[i]) + 1)  # by its place in the table, whatever the others are
        drawn = _triangular(stream, a, m, b, trials) if triangular else _pert(stream, a, m, b, trials)
        if common is not None:
            drawn = _ranked(drawn, common, correlation, stream)
        drawn *= weight
        totals += drawn
    return Outcome(totals=totals, point=point)


def _stream(seed: int, line: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([seed, line]))


def _pert(stream: np.random.Generator, a: float, m: float, b: float, trials: int) -> Floats:
    drawn = stream.beta(1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a), trials)
    drawn *= b - a
    drawn += a
    return drawn


def _triangular(stream: np.random.Generator, a: float, m: float, b: float, trials: int) -> Floats:
    drawn = stream.random(trials)
    left = drawn * ((b - a) * (m - a))
    right = (1 - drawn) * ((b - a) * (b - m))
    result: Floats = np.where(drawn * (b - a) < m - a, a + np.sqrt(left), b - np.sqrt(right))
    return result


def _ranked(drawn: Floats, common: Floats, correlation: float, stream: np.random.Generator) -> Floats:
    """The numbers drawn, in the order of scores that share `common`: their distribution stays as it is."""
    # The factor makes the rank correlation of normal scores what was asked for (Pearson's 1907 relation).
    shared = 2 * np.sin(np.pi * correlation / 6)
    scores = np.sqrt(shared) * common + np.sqrt(1 - shared) * stream.standard_normal(len(drawn))
    result = np.empty_like(drawn)
    drawn.sort()
    # Not the stable order, which takes twice as long: scores of 52 bits are as good as never equal.
    result[np.argsort(scores)] = drawn
    return result


def percentiles(outcome: Outcome, wanted: Floats) -> Floats:
    """Return percentiles (0 to 1) of the totals drawn, by linear interpolation as PERCENTILE.INC has it."""
    result: Floats = np.quantile(outcome.totals, wanted, method="linear")
    return result
