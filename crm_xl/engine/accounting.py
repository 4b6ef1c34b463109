"""The profit-and-loss view: what is expensed at once, what is capitalised or prepaid and spread straight line.

Cash and profit and loss are two views of the same money and sum to the same over the whole life. The policy
fills in the treatment where a line states none. It labels; it gives no accounting advice.

Sources: IFRIC agenda decision April 2021 (configuration and customisation of a supplier's software are expensed
as received), ASU 2018-15 (implementation costs of a hosting arrangement are capitalised and amortised straight
line over the hosting term; training and data conversion are expensed).
"""

from dataclasses import dataclass

import numpy as np

from crm_xl.engine.components import never_capitalised
from crm_xl.engine.contracts import FREQUENCIES, PERIOD
from crm_xl.engine.costs import Bools, distinct, indices, segments
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels

TREATMENTS = ("expense", "capitalise", "prepay")
EXPENSE, CAPITALISE, PREPAY = range(3)


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
    return Labels(codes, TREATMENTS), tuple(notes)


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
    fallback = np.where(treatment.codes == PREPAY, period, term)
    months = np.where(np.isnan(life), fallback, np.maximum(life, 1))
    return np.where(treatment.codes == EXPENSE, 1.0, months)


def profit_and_loss(model: Model) -> Floats:
    """Return the charge of every line in every year, until everything is charged.

    Returns
    -------
    Array of years × lines in the reporting currency. It has more years than the model where something is spread
    beyond its end; its sum is the sum of the cash view.
    """
    treatment, _ = treatments(model)
    return _charges(model, treatment, treatment.codes != EXPENSE)


def _charges(model: Model, treatment: Labels, spread: Bools) -> Floats:
    months = spread_months(model, treatment)
    years = model.timeline.years
    lines = np.flatnonzero(spread)
    longest = float(months[lines].max()) if len(lines) else 0.0
    use = np.where(treatment.codes == CAPITALISE, model.in_use, -1)
    latest = max(years, int(use[lines].max(initial=0)) // 12 + 1)
    result = np.zeros((latest + int(np.ceil(longest / 12)), len(model)))
    result[:years] = model.yearly
    if len(lines):
        result[:, lines] = _spread(model, lines, months[lines], use[lines], treatment.codes == PREPAY, len(result))
    return result


def _spread(model: Model, lines: Ints, months: Floats, use: Ints, prepaid: Bools, horizon: int) -> Floats:
    """Straight-line charges of lines, years × lines, from the month of each payment or that of use, if it is later.

    The payments of one price are an arithmetic series of months, so their charge up to any month has a closed form.
    """
    pattern = model.patterns.of_line[lines]
    # Prepaid is a service over the period paid for, the last of which may be cut short.
    own = prepaid[lines] & np.isnan(model.life[lines])
    of_line, one = distinct(pattern, months, use, own.astype(np.int64))
    p = model.patterns.chosen(pattern[one])
    of = np.arange(len(one)) if p.pattern is None else p.pattern
    whole, use = months[one][of], use[one][of]
    short = np.where(own[one][of] & (p.last_months > 0), p.last_months, whole)
    charges = np.zeros((horizon, len(one)))
    for year in range(model.timeline.years):
        for segment in segments(p, model.rates, 12 * year, 12 * year + 12):
            term = short if segment.last else whole
            at = p.first + p.step * segment.begin
            waiting = np.clip(-((at - use) // p.step), 0, segment.times)  # paid before it is used
            done: Floats | float = 0.0
            for to in range(year, horizon):
                end = 12.0 * (to + 1)
                charged = waiting * np.clip((end - use) / term, 0.0, 1.0)
                charged += _charged(end - at - p.step * waiting, p.step, segment.times - waiting, term)
                charges[to] += np.bincount(indices(of), segment.each * (charged - done), len(one))
                done = charged
    result: Floats = charges[:, of_line]
    result *= model.price[lines]
    return result


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
    """Capitalised cost by year: opening + additions − charge = closing, until everything is charged."""

    opening: Floats
    additions: Floats
    charge: Floats
    closing: Floats


def amortisation(model: Model) -> Amortisation:
    """Return the roll-forward of what is capitalised; its charges sum to its additions."""
    treatment, _ = treatments(model)
    chosen = treatment.codes == CAPITALISE
    charges = _charges(model, treatment, chosen)[:, chosen]
    charge = charges.sum(axis=1)
    years = len(charge)
    additions = np.zeros(years)
    additions[: model.timeline.years] = model.yearly[:, chosen].sum(axis=1)
    closing = np.cumsum(additions) - np.cumsum(charge)
    closing[np.abs(closing) <= 1e-9 * max(additions.sum(), 1.0)] = 0.0
    opening = np.concatenate([[0.0], closing[:-1]])
    busy = np.flatnonzero((opening != 0) | (additions != 0) | (charge != 0))
    end = max(model.timeline.years, int(busy[-1]) + 1 if len(busy) else 0)
    return Amortisation(opening=opening[:end], additions=additions[:end], charge=charge[:end], closing=closing[:end])
