"""How sure the total is: low, likely and high of lines, drawn many times with a seed.

PERT has alpha = 1 + 4(m−a)/(b−a), beta = 1 + 4(b−m)/(b−a); triangular draws are inverted from uniform ones.
Lines are drawn one after the other, so memory grows with the trials only; the numbers of a line come from a stream of
its own (seed, line), so that they do not depend on the other lines. Percentiles of lines are never added.

Sources: riskamp.com/beta-pert; GAO Cost Estimating Guide (contingency = percentile − point estimate); Iman and
Conover 1982 for drawing rank-correlated numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_xl.engine.costs import Bools
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Floats, Ints, Table
from crm_xl.engine.schema import columns

# No cost grows by more: a larger value is no multiplier, unless the user says so.
LARGEST_MULTIPLIER = 10.0


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
    multipliers, amounts = _readings(costs)
    scale = np.where(amounts & ~multipliers, _base(costs), 1.0)[lines]
    with np.errstate(divide="ignore", invalid="ignore"):
        a, m, b = (np.where(scale == 0, np.nan, v[lines] / scale) for v in (low, likely, high))
    m = np.where(np.isnan(m), np.clip(1.0, np.fmin(a, 1.0), np.fmax(b, 1.0)), m)
    a, b = np.where(np.isnan(a), m, a), np.where(np.isnan(b), m, b)
    return Spread(lines=lines, totals=model.yearly[:, lines].sum(axis=0), low=a, likely=m, high=b)


def _readings(costs: Table) -> tuple[Bools, Bools]:
    """Which lines can be read as multipliers of the line, and which as amounts, by what the user says or by all three.

    Multipliers stand on both sides of 1, amounts on both sides of the line itself: a size alone says nothing.
    """
    values = np.array([costs.numbers(key) for key in ("low", "likely", "high")])
    low, high, base = values[0], values[2], _base(costs)
    with np.errstate(invalid="ignore"):
        ends = ~(np.isnan(low) & np.isnan(high))
        largest = np.nanmax(values, axis=0, initial=-np.inf)
        multipliers = ends & ~(low > 1) & ~(high < 1) & (largest <= LARGEST_MULTIPLIER)
        amounts = ends & ~np.isnan(base) & ~(low > base) & ~(high < base)
        # Beside a large line a value as small as a multiplier is one.
        amounts &= ~((np.nanmin(values, axis=0, initial=np.inf) <= LARGEST_MULTIPLIER) & (base > LARGEST_MULTIPLIER**2))
    stated = costs.labels("range_as")
    for name in ("multiplier", "amount"):
        rows = np.array([own == name for own in stated.names] + [False])[stated.codes]
        multipliers = np.where(rows, name == "multiplier", multipliers)
        amounts = np.where(rows, name == "amount", amounts)
    return multipliers, amounts


def _base(costs: Table) -> Floats:
    """The money of a line for one period, in its own currency."""
    amount = costs.numbers("amount")
    result: Floats = np.where(np.isnan(amount), costs.numbers("quantity") * costs.numbers("unit_cost"), amount)
    return result


def check_spread(model: Model, costs: Table) -> list[Problem]:
    """Return the lines whose low, likely and high cannot be read, or lie where they are not likely to be meant."""
    spread = spread_of(model, costs)
    problems = _unclear(costs, spread)
    told = {p.row for p in problems}
    blank = np.isnan(costs.numbers("likely"))[spread.lines]  # a stated one has its problem already
    wrong = blank & ((spread.low > spread.likely) | (spread.likely > spread.high))
    for line in spread.lines[wrong].tolist():
        if int(costs.rows[line]) not in told:
            problems.append(costs.problem(line, "likely", None, "expected_ordered"))
    base, amounts = _base(costs), _readings(costs)[1]
    low, likely, high = (costs.numbers(key)[spread.lines] for key in ("low", "likely", "high"))
    unordered = (low > likely) | (likely > high) | (low > high)
    outside = ~wrong & ~unordered & ((spread.low > 1 + 1e-9) | (spread.high < 1 - 1e-9))
    for line in spread.lines[outside].tolist():
        if int(costs.rows[line]) not in told:
            details: dict[str, Any] = {"base": f"{base[line]:.15g}" if amounts[line] else "1"}
            found = float(np.nanmax([costs.numbers(key)[line] for key in ("low", "likely", "high")]))
            problems.append(
                costs.problem(line, "high", found, "note_risk_base", details=details, severity=Severity.NOTE)
            )
    return problems


def _unclear(costs: Table, spread: Spread) -> list[Problem]:
    """The lines whose values may be multipliers as well as amounts, or neither: nothing is guessed."""
    multipliers, amounts = _readings(costs)
    base = _base(costs)
    low, likely, high = (costs.numbers(key) for key in ("low", "likely", "high"))
    unordered = (low > likely) | (likely > high) | (low > high)  # these have their problem already
    same = (multipliers & amounts & (base == 1)) | unordered
    problems = []
    for line in spread.lines.tolist():
        if multipliers[line] != amounts[line] or same[line]:
            continue
        key = next(k for k in ("high", "low", "likely") if not np.isnan(costs.numbers(k)[line]))
        details: dict[str, Any] = {"base": f"{base[line]:.15g}" if base[line] == base[line] else "–"}
        details |= {"column": columns("costs")["range_as"].names_by_language}
        found = float(costs.numbers(key)[line])
        problems.append(costs.problem(line, key, found, "expected_range_as", details=details))
    return problems


def simulate(
    model: Model,
    spread: Spread,
    *,
    trials: int,
    seed: int,
    triangular: bool = False,
    correlation: float = 0.0,
    point: float | None = None,
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
    point
        The point estimate that the totals of the uncertain lines are part of; left out, the total cost.
    """
    point = float(model.yearly_totals.sum()) if point is None else point
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
