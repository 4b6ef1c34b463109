"""The profit-and-loss view: what is expensed at once, what is capitalised, prepaid or accrued and spread straight line.

What is prepaid is used from the month of its payment on; what is accrued, being billed in arrears, in the months up to
and with that of its bill. What was used before the model begins is charged in its first month.

Cash and profit and loss are two views of the same money and sum to the same over the whole life. The policy
fills in the treatment where a line states none. It labels; it gives no accounting advice.

Sources: IFRIC agenda decision April 2021 (configuration and customisation of a supplier's software are expensed
as received), ASU 2018-15 (implementation costs of a hosting arrangement are capitalised and amortised straight
line over the hosting term; training and data conversion are expensed), IAS 1.27 and Conceptual Framework 1.17 (what
is used is charged when it is used, billed or not; 企业会计准则——基本准则第九条).
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.components import never_capitalised
from crm_xl.engine.contracts import FREQUENCIES, PERIOD
from crm_xl.engine.costs import Bools, distinct, indices, segments, sums_by
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels

TREATMENTS = ("expense", "capitalise", "prepay", "accrue")
EXPENSE, CAPITALISE, PREPAY, ACCRUE = range(4)
# From when a cost is used that is billed after its use: nothing waits.
_BEFORE = -100_000
# How many charges are worked out at once, to bound memory.
_BLOCK = 1_000_000


def treatments(model: Model) -> tuple[Labels, tuple[Problem, ...]]:
    """Return the treatment of every line, after the policy, and notes on lines whose own treatment gives way."""
    stated = model.treatment
    own = np.array([TREATMENTS.index(name) for name in stated.names] + [BLANK], dtype=np.int64)[stated.codes]
    policy = model.assumptions.accounting_policy
    component, item = model.labels["component"], model.labels["item"]
    pairs, example = distinct(component.codes, item.codes)
    expensed = np.array([never_capitalised(component.text(i), item.text(i)) for i in example], dtype=bool)[pairs]
    default = np.full(len(model), EXPENSE)
    if policy != "expense_all":
        # An access fee paid ahead is a service over the period that it pays for.
        frequency = model.labels["frequency"].codes
        ahead = frequency >= FREQUENCIES.index("quarterly")
        default[ahead & (component.codes == component.names.index("licence"))] = PREPAY
    if policy == "us_gaap":
        default[(component.codes == component.names.index("customisation")) & ~expensed] = CAPITALISE
    codes = np.where(own == BLANK, default, own)
    overruled = (codes == CAPITALISE) & expensed
    codes[overruled] = EXPENSE
    unused = np.flatnonzero((model.in_use >= 0) & (codes != CAPITALISE)).tolist()
    notes = [
        *(
            _told(model, i, "treatment", "capitalise", "note_always_expensed")
            for i in np.flatnonzero(overruled).tolist()
        ),
        *(_told(model, i, "in_use_from", _month(model, i), "note_in_use_unused") for i in unused),
    ]
    found = Labels(codes, TREATMENTS)
    return found, (*notes, *_used_before(model, found))


def _used_before(model: Model, treatment: Labels) -> list[Problem]:
    """Notes on lines billed in arrears whose first bill is, in part, for months before the model."""
    accrued = treatment.codes == ACCRUE
    if not accrued.any():
        return []
    before = np.arange(model.timeline.months)[:, np.newaxis] < spread_months(model, treatment)[accrued] - 1
    billed = (model.monthly_weights[:, model.patterns.of_line[accrued]] != 0) & (model.price[accrued] != 0)
    lines = np.flatnonzero(accrued)[(before & billed).any(axis=0)].tolist()
    return [_told(model, i, "treatment", "accrue", "note_used_before") for i in lines]


def _told(model: Model, i: int, key: str, found: str, expected: str) -> Problem:
    """A note on a cell of a line."""
    column, header = model.columns.get(key, (None, ""))
    return Problem(
        argument="costs", row=int(model.rows[i]), column=column, header=header, found=found, key=expected,
        severity=Severity.NOTE,
    )  # fmt: skip


def _month(model: Model, i: int) -> str:
    """The month from which a line is in use."""
    year, month = divmod(model.timeline.first + int(model.in_use[i]), 12)
    return f"{year}-{month + 1:02d}" if model.timeline.start else str(year + 1)


def spread_months(model: Model, treatment: Labels) -> Floats:
    """Return over how many months each payment is spread: 1 where it is expensed at once."""
    term = max(float(np.round(12 * (model.assumptions.hosting_term or model.timeline.years))), 1.0)
    period = np.array([PERIOD[f] or term for f in FREQUENCIES])[model.labels["frequency"].codes]
    life = np.round(12 * model.life)
    once = model.labels["frequency"].codes == FREQUENCIES.index("one_off")
    fallback = np.where(treatment.codes == PREPAY, period, term)
    fallback = np.where(treatment.codes == ACCRUE, np.where(once, 1.0, period), fallback)
    months = np.where(np.isnan(life), fallback, np.maximum(life, 1))
    return np.where(treatment.codes == EXPENSE, 1.0, months)


def profit_and_loss(model: Model, codes: Ints, count: int, months: int = 12) -> Floats:
    """Return the charge of each code in each period of so many months, until everything is charged.

    Returns
    -------
    Array of codes × periods in the reporting currency. It has more periods than the model where something is spread
    beyond its end; its sum is the sum of the cash view.
    """
    treatment, _ = treatments(model)
    at_once = treatment.codes == EXPENSE
    result = charges(model, treatment, ~at_once, codes, count, months)
    result[:, : model.timeline.months // months] += model.money_by(
        codes, count, months, np.where(at_once, model.price, 0.0)
    )
    return result


def charges(model: Model, treatment: Labels, spread: Bools, codes: Ints, count: int, months: int = 12) -> Floats:
    """Return the straight-line charges of the lines that are marked, codes × periods, until all are charged."""
    over = spread_months(model, treatment)
    lines = np.flatnonzero(spread)
    use = np.where(treatment.codes == CAPITALISE, model.in_use, np.where(treatment.codes == ACCRUE, _BEFORE, -1))[lines]
    longest = int(np.ceil(over[lines].max() / 12)) if len(lines) else 0
    years = max(model.timeline.years, int(use.max(initial=0)) // 12 + 1) + longest
    of_line, by_pattern = _spread(model, lines, over[lines], use, treatment.codes == PREPAY, years, months)
    return sums_by(codes[lines], count, of_line, by_pattern, model.price[lines])


def _spread(
    model: Model, lines: Ints, over: Floats, use: Ints, prepaid: Bools, years: int, months: int
) -> tuple[Ints, Floats]:
    """How the prices of lines are charged: what each has in common with others, and that by period.

    The charge begins in the month of each payment or in that of use, if it is later; that of a bill in arrears ends in
    its month. The payments of one price are an arithmetic series of months, so their charge up to any month has a
    closed form.
    """
    pattern = model.patterns.of_line[lines]
    # Prepaid is a service over the period paid for, the last of which may be cut short.
    own = prepaid[lines] & np.isnan(model.life[lines])
    of_line, one = distinct(pattern, over, use, own.astype(np.int64))
    p = model.patterns.chosen(pattern[one])
    of = np.arange(len(one)) if p.pattern is None else p.pattern
    whole, use = over[one][of], use[one][of]
    arrears = use == _BEFORE
    short = np.where(own[one][of], np.maximum(p.last_months, 1), whole)  # what falls due once has no last period
    found = np.zeros((12 * years // months, len(one)))
    rows = max(_BLOCK // max(len(of), 1), 1)
    for year in range(model.timeline.years):
        for segment in segments(p, model.rates, 12 * year, 12 * year + 12):
            term = short if segment.last else whole
            at = p.first + p.step * segment.begin - np.where(arrears, term - 1, 0).astype(np.int64)
            waiting = np.clip(-((at - use) // p.step), 0, segment.times)  # paid before it is used
            done = np.zeros((1, len(of)))
            for begin in range(0 if arrears.any() else 12 * year // months, len(found), rows):
                until = min(begin + rows, len(found))
                ends = months * np.arange(begin + 1.0, until + 1.0)[:, np.newaxis]
                charged = waiting * np.clip((ends - use) / term, 0.0, 1.0)
                charged += _charged(ends - at - p.step * waiting, p.step, segment.times - waiting, term)
                each = segment.each * np.diff(charged, axis=0, prepend=done)
                done = charged[-1:]
                if p.pattern is None:
                    found[begin:until] += each
                else:
                    found[begin:until] += [np.bincount(indices(of), row, len(one)) for row in each]
    return of_line, found


def _charged(elapsed: Floats, step: Ints, count: Ints, months: Floats) -> Floats:
    """The payments charged so far, in payments: `count` of them, `step` months apart, each over `months` months.

    `elapsed` is the time since the first of them. Payment *j* is charged by clip((elapsed − j·step) ÷ months, 0, 1).
    """
    full = np.clip(np.floor((elapsed - months) / step + 1 + 1e-9), 0, count)
    begun = np.clip(np.ceil(elapsed / step - 1e-9), full, count)
    numbers = (begun * (begun - 1) - full * (full - 1)) / 2
    result: Floats = full + ((begun - full) * elapsed - step * numbers) / months
    return result


@dataclass(frozen=True, kw_only=True, eq=False)
class Amortisation:
    """Capitalised cost by period: opening + additions − charge = closing, until everything is charged."""

    opening: Floats
    additions: Floats
    charge: Floats
    closing: Floats


def amortisation(model: Model, months: int = 12) -> Amortisation:
    """Return the roll-forward of what is capitalised by periods of so many months; its charges sum to its additions."""
    treatment, _ = treatments(model)
    chosen = treatment.codes == CAPITALISE
    all_lines, within = np.zeros(len(model), dtype=np.int64), model.timeline.months // months
    charge = charges(model, treatment, chosen, all_lines, 1, months)[0]
    additions = np.zeros(len(charge))
    additions[:within] = model.money_by(all_lines, 1, months, np.where(chosen, model.price, 0.0))[0]
    closing = np.cumsum(additions) - np.cumsum(charge)
    closing[np.abs(closing) <= 1e-9 * max(additions.sum(), 1.0)] = 0.0
    opening = np.concatenate([[0.0], closing[:-1]])
    busy = np.flatnonzero((opening != 0) | (additions != 0) | (charge != 0))
    end = max(within, int(busy[-1]) + 1 if len(busy) else 0)
    return Amortisation(opening=opening[:end], additions=additions[:end], charge=charge[:end], closing=closing[:end])
