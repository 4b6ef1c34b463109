"""What the CRM brings back: cash flows, NPV, IRR, ROI and payback.

The timing trap: Excel's NPV takes every value to fall at the end of its period. Money that falls at the start is
therefore kept apart and not discounted, every later year's sum is discounted at the year's end:
``=B2+NPV(r,C2:G2)``. The blank trap: Excel's NPV skips blank cells and so shifts later years; here a blank is 0.

Sources: Microsoft, NPV and IRR function pages; Forrester TEI (initial column undiscounted, years at their end).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crm_xl.engine.benefits import Benefits
from crm_xl.engine.costs import Bools, indices
from crm_xl.engine.model import Model
from crm_xl.engine.reading import Floats
from crm_xl.errors import DivisionByZeroError, NoAnswerError, NotThereError

# When the sum of year 1, 2, … falls, in years from the start.
TIMING = {"start": 0.0, "mid": 0.5, "end": 1.0}


# From where Excel's IRR sets out, and how far it is followed.
_GUESS, _STEPS = 0.1, 100


@dataclass(frozen=True, kw_only=True, eq=False)
class CashFlow:
    """Money by moment: the first element falls at the start, the others are sums of years, or of quarters or months.

    Costs and benefits are both positive here; `net` is benefits − costs. `monthly` is what comes in less what is paid
    in each month, without what falls at the start.
    """

    costs: Floats
    benefits: Floats
    times: Floats
    rate: float
    monthly: Floats

    @cached_property
    def net(self) -> Floats:
        """Benefits less costs."""
        return self.benefits - self.costs

    @cached_property
    def factors(self) -> Floats:
        """The discount factor of each moment."""
        result: Floats = (1 + self.rate) ** -self.times
        return result


def cash_flow(model: Model, benefits: Benefits | None, months: int = 12) -> CashFlow:
    """Return the cash flow of costs and benefits by periods of so many months; one-offs of month 1 fall at the start.

    Every month of a year is discounted as its year is, so that all periods give one net present value.
    """
    assumptions = model.assumptions
    paid = np.concatenate([[_costs(model, model.at_start).sum()], _costs(model, ~model.at_start, months)])
    brought = np.zeros(len(paid))
    monthly = -_costs(model, ~model.at_start, 1)
    if benefits is not None:
        monthly += benefits.monthly[:, ~benefits.at_start].sum(axis=1)
        due = benefits.yearly if months == 12 else benefits.due
        rest = due[:, ~benefits.at_start].sum(axis=1).reshape(len(paid) - 1, -1).sum(axis=1)
        brought = np.concatenate([[due[:, benefits.at_start].sum()], rest])
    years = np.repeat(np.arange(assumptions.years) + TIMING[assumptions.timing], 12 // months)
    times = np.concatenate([[0.0], years])
    return CashFlow(costs=paid, benefits=brought, times=times, rate=assumptions.discount_rate, monthly=monthly)


def _costs(model: Model, lines: Bools, months: int = 12) -> Floats:
    """What the lines that are marked cost in each period."""
    prices = np.where(lines, model.price, 0.0)
    found: Floats = model.money_by(np.zeros(len(model), dtype=np.int64), 1, months, prices)[0]
    return found


def present_value(flow: CashFlow, money: Floats) -> float:
    """Return the value at the start of money by moment; a blank (NaN) is 0, never skipped.

    >>> money = np.array([0, 100, np.nan, 100.0])
    >>> flow = CashFlow(costs=np.zeros(4), benefits=money, times=np.arange(4.0), rate=0.1, monthly=np.zeros(36))
    >>> round(present_value(flow, flow.benefits), 4)
    166.0406
    """
    return float(np.nan_to_num(money) @ flow.factors)


def npv(flow: CashFlow) -> float:
    """Return the net present value of a cash flow."""
    return present_value(flow, flow.net)


def irr(flow: CashFlow) -> float:
    """Return the discount rate at which the net present value is 0; of several the one that Excel's IRR finds.

    Excel's IRR starts from a guess of 10 % and follows the slope of the net present value (Newton's method) to a root.
    Where that leads nowhere, the rate nearest to 10 % is returned.

    Raises
    ------
    NoAnswerError
        When the flows have one sign only, or no rate above −100 % makes the value 0.
    """
    rates = all_rates(flow)
    reached = _from_guess(flow, _GUESS)
    return min(rates, key=lambda rate: abs(rate - (reached if reached is not None else _GUESS)))


def all_rates(flow: CashFlow) -> list[float]:
    """Return all discount rates at which the net present value is 0, ascending; the errors are those of `irr`."""
    steps = np.round(2 * flow.times).astype(int)  # half-years, so that mid-year flows have a place too
    grid = np.bincount(indices(steps), np.nan_to_num(flow.net))
    whole = not steps[1:].size or not (steps % 2).any()
    if whole:
        grid = grid[::2]
    if not ((grid > 0).any() and (grid < 0).any()):
        raise NoAnswerError("irr_one_sign")
    factors = np.roots(grid[::-1])  # what money of the next period is worth now
    # Rounding tears a double root, where the value only touches 0, into a pair beside the real axis.
    factors = factors[(np.abs(factors.imag) <= 1e-7 * np.abs(factors)) & (factors.real > 0)].real
    if not len(factors):
        raise NoAnswerError("irr_no_root")
    with np.errstate(over="ignore"):  # a rate past every number is none
        rates = np.sort(factors ** (-1.0 if whole else -2.0) - 1)
    rates = rates[np.isfinite(rates)] if np.isfinite(rates).any() else rates
    apart = np.concatenate([[True], np.diff(rates) > 1e-6 * np.maximum(1.0, np.abs(rates[1:]))])
    return [float(rate) for rate in rates[apart]]


def _from_guess(flow: CashFlow, guess: float) -> float | None:
    """The rate to which Newton's method leads from a guess, or None where it leads nowhere."""
    money, rate = np.nan_to_num(flow.net), guess
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            factors = (1 + rate) ** -flow.times
            slope = float(-(flow.times * money * factors).sum() / (1 + rate))
            step = float((money * factors).sum()) / slope if slope else np.nan
            rate -= step
            if not (np.isfinite(rate) and rate > -1):
                return None
            if abs(step) < 1e-12 * max(1.0, abs(rate)):
                return float(rate)
    return None


def mirr(flow: CashFlow, finance: float, reinvest: float) -> float:
    """Return the modified internal rate of return: what comes in is reinvested, what is paid is financed.

    ((what comes in at the end, at `reinvest`) ÷ (what is paid at the start, at `finance`)) ^ (1 ÷ years) − 1, the years
    those of the last moment of the flow.

    Raises
    ------
    DivisionByZeroError
        When the flows have one sign only, as Excel's MIRR has it.
    """
    money, last = np.nan_to_num(flow.net), float(flow.times.max())
    paid = -float((np.minimum(money, 0.0) * (1 + finance) ** -flow.times).sum())
    brought = float((np.maximum(money, 0.0) * (1 + reinvest) ** (last - flow.times)).sum())
    if paid <= 0 or brought <= 0 or last == 0:
        raise DivisionByZeroError("irr_one_sign")
    return float((brought / paid) ** (1 / last) - 1)


def roi(flow: CashFlow) -> float:
    """Return (benefits − costs) ÷ costs, both at present value, as Forrester TEI has it.

    Raises
    ------
    DivisionByZeroError
        When there are no costs.
    """
    costs = present_value(flow, flow.costs)
    if costs == 0:
        raise DivisionByZeroError("no_costs")
    return (present_value(flow, flow.benefits) - costs) / costs


def value(flow: CashFlow) -> float:
    """Return the value per unit of cost: benefits ÷ costs, both at present value."""
    return roi(flow) + 1


def payback(flow: CashFlow, *, discounted: bool = False) -> float:
    """Return after how many years the money is back, counted in months: (A + |B| ÷ C) ÷ 12.

    A are the months up to the last one whose cumulative flow is negative, B is that cumulative flow, C the flow of the
    next month, which is taken to come in evenly. Costs are paid when they fall due; a benefit comes in evenly over the
    months that it is for, within its year. 0 when nothing has to be paid back.

    Raises
    ------
    NotThereError
        When the money is not back within the years of the model.
    """
    start, months = float(np.nan_to_num(flow.net)[0]), np.nan_to_num(flow.monthly)
    if discounted:
        months = months * np.repeat(flow.factors[1:], 12)
    money = np.concatenate([[start], months])
    total = np.cumsum(money)
    total[np.abs(total) <= 1e-9 * np.abs(money).max(initial=0.0)] = 0.0
    behind = np.flatnonzero(total < 0)
    if not len(behind):
        return 0.0
    last = int(behind[-1])
    if last == len(money) - 1:
        raise NotThereError("payback_never")
    return float(last - total[last] / money[last + 1]) / 12
