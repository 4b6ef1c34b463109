"""Annuities, rates of return and depreciation."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import first_error, is_many, numbers, values_in
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NUM, VALUE, Fault, Unsupported

_MOST_STEPS = 100


def _when(kind: float) -> float:
    return 1.0 if kind else 0.0


def payment(rate: float, periods: float, present: float, future: float, kind: float) -> float:
    """Return the payment of an annuity."""
    if periods == 0 or rate <= -1:
        raise Fault(NUM)
    if rate == 0:
        return -(present + future) / periods
    growth = math.pow(1 + rate, periods)
    return -(rate * (future + present * growth)) / ((1 + rate * _when(kind)) * (growth - 1))


def future_value(rate: float, periods: float, paid: float, present: float, kind: float) -> float:
    """Return what an annuity comes to."""
    if rate == 0:
        return -(present + paid * periods)
    growth = math.pow(1 + rate, periods)
    return -(present * growth + paid * (1 + rate * _when(kind)) * (growth - 1) / rate)


def interest(rate: float, period: float, periods: float, present: float, future: float, kind: float) -> float:
    """Return the interest in the payment of one period."""
    if not 1 <= period < periods + 1:
        raise Fault(NUM)
    paid = payment(rate, periods, present, future, kind)
    if _when(kind):
        if period == 1:
            return 0.0
        return (future_value(rate, period - 2, paid, present, 1.0) - paid) * rate
    return future_value(rate, period - 1, paid, present, 0.0) * rate


def repayment(rate: float, period: float, periods: float, present: float, future: float, kind: float) -> float:
    """Return the repayment in the payment of one period, in closed form: the interest would cancel all its digits."""
    if not 1 <= period < periods + 1:
        raise Fault(NUM)
    if rate == 0 or rate <= -1 or (_when(kind) and period == 1):
        return payment(rate, periods, present, future, kind)
    first = -rate * (present + future) / (math.pow(1 + rate, periods) - 1)
    return first * math.pow(1 + rate, period - 1 - _when(kind))


@excel("PMT", "nnnnn")
def pmt(rate: float, periods: float, present: float, future: float = 0.0, kind: float = 0.0) -> float:
    """The payment of an annuity."""
    return payment(rate, periods, present, future, kind)


@excel("FV", "nnnnn")
def fv(rate: float, periods: float, paid: float, present: float = 0.0, kind: float = 0.0) -> float:
    """What an annuity comes to."""
    return future_value(rate, periods, paid, present, kind)


@excel("PV", "nnnnn")
def pv(rate: float, periods: float, paid: float, future: float = 0.0, kind: float = 0.0) -> float:
    """What an annuity is worth today."""
    if rate == 0:
        return -(future + paid * periods)
    growth = math.pow(1 + rate, periods)
    return -(future + paid * (1 + rate * _when(kind)) * (growth - 1) / rate) / growth


@excel("NPER", "nnnnn")
def nper(rate: float, paid: float, present: float, future: float = 0.0, kind: float = 0.0) -> float:
    """How many periods an annuity takes."""
    if rate == 0:
        return -(present + future) / paid
    share = paid * (1 + rate * _when(kind)) / rate
    return math.log((share - future) / (share + present)) / math.log(1 + rate)


@excel("IPMT", "nnnnnn")
def ipmt(rate: float, period: float, periods: float, present: float, future: float = 0.0, kind: float = 0.0) -> float:
    """The interest in the payment of one period."""
    return interest(rate, period, periods, present, future, kind)


@excel("PPMT", "nnnnnn")
def ppmt(rate: float, period: float, periods: float, present: float, future: float = 0.0, kind: float = 0.0) -> float:
    """The repayment in the payment of one period."""
    return repayment(rate, period, periods, present, future, kind)


@excel("ISPMT", "nnnn")
def ispmt(rate: float, period: float, periods: float, present: float) -> float:
    """The interest of one period where the loan is repaid in equal parts."""
    return present * rate * (period / periods - 1)


def _cumulated(
    rate: float, periods: float, present: float, first: float, last: float, kind: float, *, of_interest: bool
) -> float:
    start, end = math.ceil(first), math.floor(last)
    if rate <= 0 or periods <= 0 or present <= 0 or start < 1 or end < start or last > periods or kind not in (0, 1):
        raise Fault(NUM)
    if end - start > 1_000_000:
        raise Unsupported
    part = interest if of_interest else repayment
    return sum(part(rate, period, periods, present, 0.0, kind) for period in range(start, end + 1))


@excel("CUMIPMT", "xxxxxx")
def cumipmt(rate: float, periods: float, present: float, first: float, last: float, kind: float) -> float:
    """The interest of several periods."""
    return _cumulated(rate, periods, present, first, last, kind, of_interest=True)


@excel("CUMPRINC", "xxxxxx")
def cumprinc(rate: float, periods: float, present: float, first: float, last: float, kind: float) -> float:
    """The repayment of several periods."""
    return _cumulated(rate, periods, present, first, last, kind, of_interest=False)


def newton(function: Callable[[float], float], guess: float, least: float = -1.0) -> float:
    """Return where a function is 0, by Newton's method from a guess, else between changes of its sign.

    Raises
    ------
    Fault
        #NUM! where none is found.
    """
    x = guess
    for _ in range(_MOST_STEPS):
        try:
            y = function(x)
            step = 1e-6 * max(1.0, abs(x))
            slope = (function(x + step) - function(x - step)) / (2 * step)
            if slope == 0 or not math.isfinite(slope):
                break
            after = x - y / slope
        except (OverflowError, ValueError, ZeroDivisionError):
            break
        if after <= least or not math.isfinite(after):
            break
        if abs(after - x) < 1e-12 * max(1.0, abs(after)):
            return after
        x = after
    return _bisected(function, guess)


def _bisected(function: Callable[[float], float], guess: float) -> float:
    points = sorted({*(-0.99 + at * 0.05 for at in range(60)), *(2.0**at for at in range(1, 12)), guess})
    brackets = []
    for low, high in pairwise(points):
        try:
            if function(low) * function(high) <= 0:
                brackets.append((low, high))
        except (OverflowError, ValueError, ZeroDivisionError):
            continue
    if not brackets:
        raise Fault(NUM)
    low, high = min(brackets, key=lambda pair: abs((pair[0] + pair[1]) / 2 - guess))
    for _ in range(200):
        middle = (low + high) / 2
        if function(low) * function(middle) <= 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


@excel("RATE", "nnnnnn")
def rate(
    periods: float, paid: float, present: float, future: float = 0.0, kind: float = 0.0, guess: float = 0.1
) -> float:
    """The rate of interest of an annuity."""
    if periods <= 0:
        raise Fault(NUM)

    def rest(x: float) -> float:
        if abs(x) < 1e-11:
            return present + paid * periods + future
        growth = math.pow(1 + x, periods)
        return present * growth + paid * (1 + x * _when(kind)) * (growth - 1) / x + future

    return newton(rest, guess)


def present_value(rate_: float, flows: Sequence[float]) -> float:
    """Return the present value of flows, the first of them at the start."""
    total, factor = 0.0, 1.0
    for flow in flows:
        total += flow / factor if flow else 0.0
        factor *= 1 + rate_
    return total


@excel("NPV", "nr(r)", context=True)
def npv(context: Context, rate_: float, *given: Any) -> float:
    """The present value of flows at the ends of periods; blanks and texts are skipped."""
    if rate_ == -1:
        raise Fault(DIV0)
    total, factor = 0.0, 1.0
    for flow in numbers(context, *given):
        factor *= 1 + rate_
        total += flow / factor
    return total


@excel("IRR", "rn", context=True)
def irr(context: Context, flows: Any, guess: float = 0.1) -> float:
    """The rate at which flows are worth nothing."""
    found = numbers(context, flows) if is_many(flows) else [to_number(flows)]
    if not (any(flow > 0 for flow in found) and any(flow < 0 for flow in found)):
        raise Fault(NUM)
    return newton(lambda x: present_value(x, found), guess)


@excel("MIRR", "rnn", context=True)
def mirr(context: Context, flows: Any, finance_rate: float, reinvest_rate: float) -> float:
    """The rate of return with one rate for what is borrowed and one for what is earned."""
    found = numbers(context, flows)
    count = len(found)
    earned = present_value(reinvest_rate, [max(flow, 0.0) for flow in found])
    spent = present_value(finance_rate, [min(flow, 0.0) for flow in found])
    if spent == 0 or count < 2:
        raise Fault(DIV0)
    if reinvest_rate <= -1:
        raise Fault(NUM)
    return math.pow(-earned * math.pow(1 + reinvest_rate, count - 1) / spent, 1 / (count - 1)) - 1


def _dated(context: Context, flows: Any, dates: Any) -> list[tuple[float, float]]:
    both = [list(values_in(context, raw)) for raw in (flows, dates)]
    first_error([*both[0], *both[1]])
    if len(both[0]) != len(both[1]):
        raise Fault(NUM)
    for value in (*both[0], *both[1]):
        if type(value) is not float:
            raise Fault(NUM)
    days = [math.floor(float(day)) for day in both[1]]  # type: ignore[arg-type]
    if any(day < max(days[0], 0) for day in days):
        raise Fault(NUM)
    return [(float(flow), float(day - days[0])) for flow, day in zip(both[0], days, strict=True)]  # type: ignore[arg-type]


@excel("XNPV", "nrr", context=True)
def xnpv(context: Context, rate_: float, flows: Any, dates: Any) -> float:
    """The present value of flows at dates."""
    if rate_ <= 0:
        raise Fault(NUM)
    return sum(flow / math.pow(1 + rate_, days / 365) for flow, days in _dated(context, flows, dates))


@excel("XIRR", "rrn", context=True)
def xirr(context: Context, flows: Any, dates: Any, guess: float = 0.1) -> float:
    """The rate at which flows at dates are worth nothing."""
    found = _dated(context, flows, dates)
    if not (any(flow > 0 for flow, _ in found) and any(flow < 0 for flow, _ in found)):
        raise Fault(NUM)
    return newton(lambda x: sum(flow / math.pow(1 + x, days / 365) for flow, days in found), guess)


@excel("EFFECT", "xx")
def effect(nominal_: float, periods: float) -> float:
    """The effective rate of a nominal one."""
    if nominal_ <= 0 or periods < 1:
        raise Fault(NUM)
    return math.pow(1 + nominal_ / int(periods), int(periods)) - 1


@excel("NOMINAL", "xx")
def nominal(effective: float, periods: float) -> float:
    """The nominal rate of an effective one."""
    if effective <= 0 or periods < 1:
        raise Fault(NUM)
    return (math.pow(1 + effective, 1 / int(periods)) - 1) * int(periods)


@excel("RRI", "nnn")
def rri(periods: float, present: float, future: float) -> float:
    """The rate at which one amount grows to another."""
    if periods <= 0:
        raise Fault(NUM)
    return math.pow(future / present, 1 / periods) - 1


@excel("PDURATION", "nnn")
def pduration(rate_: float, present: float, future: float) -> float:
    """How many periods one amount takes to grow to another."""
    if rate_ <= 0 or present <= 0 or future <= 0:
        raise Fault(NUM)
    return (math.log(future) - math.log(present)) / math.log(1 + rate_)


@excel("FVSCHEDULE", "nr", context=True)
def fvschedule(context: Context, principal: float, rates: Any) -> float:
    """What an amount comes to at changing rates."""
    for value in values_in(context, rates):
        if value is not None:
            if type(value) in (str, bool):
                raise Fault(VALUE)
            principal *= 1 + to_number(value)
    return principal


@excel("SLN", "nnn")
def sln(cost: float, salvage: float, life: float) -> float:
    """The depreciation of a period in a straight line."""
    return (cost - salvage) / life


@excel("SYD", "nnnn")
def syd(cost: float, salvage: float, life: float, period: float) -> float:
    """The depreciation of a period by the sum of years' digits."""
    if not 1 <= period <= life or salvage < 0:
        raise Fault(NUM)
    return (cost - salvage) * (life - period + 1) * 2 / (life * (life + 1))


@excel("DB", "nnnnn")
def db(cost: float, salvage: float, life: float, period: float, months: float = 12.0) -> float:
    """The depreciation of a period at a fixed rate, rounded to three decimals."""
    months = float(int(months))
    if cost < 0 or salvage < 0 or life <= 0 or period < 1 or not 1 <= months <= 12:
        raise Fault(NUM)
    if period > life + (months < 12):
        raise Fault(NUM)
    if cost == 0:
        return 0.0
    rate_ = round(1 - math.pow(salvage / cost, 1 / life), 3)
    first = cost * rate_ * months / 12
    total = first
    if int(period) == 1:
        return first
    charge = 0.0
    for at in range(2, int(period) + 1):
        charge = (cost - total) * rate_
        if at == int(life) + 1:
            charge = charge * (12 - months) / 12
        total += charge
    return charge


@excel("DDB", "nnnnn")
def ddb(cost: float, salvage: float, life: float, period: float, factor: float = 2.0) -> float:
    """The depreciation of a period at a multiple of the straight line."""
    if cost < 0 or salvage < 0 or life <= 0 or not 0 < period <= life or factor <= 0:
        raise Fault(NUM)
    share = min(factor / life, 1.0)
    before = cost * math.pow(1 - share, period - 1) if share < 1 or period == 1 else (cost if period == 1 else 0.0)
    after = cost * math.pow(1 - share, period)
    charge = before - max(after, salvage)
    return max(charge, 0.0)


@excel("VDB", "nnnnnnn")
def vdb(
    cost: float, salvage: float, life: float, start: float, end: float, factor: float = 2.0, straight: float = 0.0
) -> float:
    """The depreciation between two times, going over to the straight line where that is more."""
    if cost < 0 or salvage < 0 or life <= 0 or start < 0 or end < start or end > life or factor < 0:
        raise Fault(NUM)
    total, book = 0.0, cost
    gone_over = False
    line = 0.0
    for period in range(math.ceil(end)):
        left = life - period
        declining = min(book * factor / life, max(book - salvage, 0.0))
        if not straight and not gone_over and (book - salvage) / left > declining:
            gone_over, line = True, (book - salvage) / left
        charge = line if gone_over else declining
        total += charge * max(min(end, period + 1) - max(start, period), 0.0)
        book -= charge
    return total


@excel("DOLLARDE", "xx")
def dollarde(price: float, fraction: float) -> float:
    """A price in fractions as a decimal."""
    below = _below(fraction)
    whole, rest = int(price), price - int(price)
    return whole + rest * math.pow(10, math.ceil(math.log10(below))) / below


@excel("DOLLARFR", "xx")
def dollarfr(price: float, fraction: float) -> float:
    """A price as a decimal in fractions."""
    below = _below(fraction)
    whole, rest = int(price), price - int(price)
    return whole + rest * below / math.pow(10, math.ceil(math.log10(below)))


def _below(fraction: float) -> int:
    if fraction < 0:
        raise Fault(NUM)
    if fraction < 1:
        raise Fault(DIV0)
    return int(fraction)
