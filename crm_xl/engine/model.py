"""The cost model: cost lines under assumptions, ready for whole columns at a time.

`build_model` turns the two tables into arrays with one element a line, and adds the problems that show
only when both are known: dates before the start, ends before starts, currencies without a rate.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.commitments import Commitments, read_commitments
from crm_xl.engine.components import COMPONENTS, OTHER, component_key, component_label, sub_item_key
from crm_xl.engine.contracts import FREQUENCIES, NATURES, Terms, read_terms, steps
from crm_xl.engine.costs import Bools, Patterns, distinct, indices, joined, sums_by, weights
from crm_xl.engine.plans import Plan, read_plan, spread
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.proration import by_days
from crm_xl.engine.rates import yearly_rate
from crm_xl.engine.reading import BLANK, Floats, Ints, Labels, Table, suggestion
from crm_xl.engine.timeline import MONTHS, Timeline
from crm_xl.errors import ErrorValue


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Cost lines under assumptions. Arrays have one element a line; labels are keys where there are keys.

    `price` is the money of one due day in the currency of the line, on the tax basis of the model and at the price of
    its Start, and `tax` the rate of the input tax beside it. With whole seats it is for one unit and the patterns say
    how many; where amounts or quantities stand by period, the patterns have those. `weights` say by how much the price
    of a line of each pattern counts in each year, years × patterns: every sum is made of them. `in_use` is the month
    from which a line is in use, −1 where none is stated; `at_start` marks one-offs of the first month; `commitments`
    say how long lines are bound.
    """

    assumptions: Assumptions
    labels: dict[str, Labels]
    price: Floats
    tax: Floats
    patterns: Patterns
    rates: Floats
    weights: Floats
    priced: Bools
    treatment: Labels
    life: Floats
    in_use: Ints
    at_start: Bools
    commitments: Commitments
    rows: Ints
    columns: dict[str, tuple[int, str]]
    language: str
    problems: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.price)

    @property
    def timeline(self) -> Timeline:
        """The months and years of the model."""
        return self.assumptions.timeline

    @cached_property
    def yearly(self) -> Floats:
        """Cash cost in the reporting currency, years × lines. Lines without a price cost 0; `unpriced` has them."""
        result: Floats = self.weights[:, self.patterns.of_line]
        result *= self.price
        return result

    @cached_property
    def monthly_weights(self) -> Floats:
        """The weights of each month, months × patterns."""
        return weights(self.patterns, self.rates, 1)

    def weights_by(self, months: int) -> Floats:
        """The weights of periods of so many months, periods × patterns."""
        if months == 12:
            return self.weights
        periods = self.timeline.months // months
        found: Floats = self.monthly_weights.reshape(periods, months, self.patterns.size).sum(axis=1)
        return found

    @cached_property
    def weights_before(self) -> Floats:
        """The sum of the weights before each month and after the last one, (months + 1) × patterns."""
        none = np.zeros((1, self.patterns.size))
        return np.concatenate([none, np.cumsum(self.monthly_weights, axis=0)])

    @cached_property
    def yearly_totals(self) -> Floats:
        """Cash cost of all lines in each year, without keeping the years of each line."""
        by_pattern = np.bincount(indices(self.patterns.of_line), self.price, self.weights.shape[1])
        result: Floats = self.weights @ by_pattern
        return result

    @cached_property
    def by_component_and_department(self) -> Floats:
        """Cash cost by component, department (the last one for blanks) and year, for which thousands of totals ask."""
        component, department = self.labels["component"], self.labels["department"]
        width = len(department.names) + 1
        codes = component.codes * width + np.where(department.codes == BLANK, width - 1, department.codes)
        return self.money_by(codes, len(component.names) * width).reshape(len(component.names), width, -1)

    @cached_property
    def sub_items(self) -> Labels:
        """The usual item that each line belongs to, else the item as typed; coded by component and item together."""
        component, item = self.labels["component"], self.labels["item"]
        codes, example = distinct(component.codes, item.codes)
        names = []
        for i in example.tolist():
            own, typed = component.text(i), item.text(i)
            key = sub_item_key(own, typed) if typed and own in COMPONENTS else None
            names.append(f"{own}:{key}" if key else f":{typed}")
        place = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return Labels(np.array([place[name] for name in names], dtype=np.int64)[codes], tuple(place))

    def money_by(self, codes: Ints, count: int, months: int = 12, prices: Floats | None = None) -> Floats:
        """Return the cash cost of each code in each period of so many months, codes × periods.

        `prices` take the place of those of the lines, as where some do not count.
        """
        money = self.price if prices is None else prices
        return sums_by(codes, count, self.patterns.of_line, self.weights_by(months), money)

    @property
    def unpriced(self) -> Ints:
        """The lines whose price is not known yet; they are counted nowhere and named beside the results."""
        return np.flatnonzero(~self.priced)


def build_model(costs: Table, assumptions: Assumptions) -> Model:
    """Return the model of a cost table under assumptions.

    Special cases: a table that could not be read gives a model without lines whose problems say why.
    """
    problems = [*costs.problems, *costs.under(assumptions), *assumptions.problems]
    plan = read_plan(costs, assumptions.timeline, problems)
    quantity, unit_cost, amount = (costs.numbers(key) for key in ("quantity", "unit_cost", "amount"))
    problems += _check_amounts(costs, plan, quantity, unit_cost, amount)
    if "component" in costs.columns and not {"amount", "unit_cost"} & set(costs.columns) and plan is None:
        problems.append(Problem(argument=costs.name, key="expected_price_column"))
    lump = ~np.isnan(amount)
    priced = lump | ~np.isnan(unit_cost)
    value = np.where(lump, amount, np.nan_to_num(quantity) * np.nan_to_num(unit_cost))
    by_unit = ~lump & priced & assumptions.whole_seats
    if plan is not None:
        value = np.where(plan.amounts, 1.0, np.where(plan.quantities, np.nan_to_num(unit_cost), value))
        priced |= plan.amounts
        by_unit &= ~plan.lines
    seats = bool(by_unit.any())
    frequency = with_default(costs.labels("frequency"), FREQUENCIES, "one_off")
    currency = with_default(costs.labels("currency"), (), assumptions.currency)
    tax = _tax_factor(costs, assumptions)
    problems += _check_tax(costs)
    rates = currency_rates(costs, assumptions, currency, problems)
    terms, patterns = read_terms(
        costs,
        assumptions,
        problems,
        step=steps(frequency),
        currency=currency.codes,
        growth="price_growth",
        quantity=np.where(by_unit, np.nan_to_num(quantity), np.nan) if seats else None,
        apart=None if plan is None else plan.apart,
    )
    at_start = (frequency.codes == FREQUENCIES.index("one_off")) & (patterns.first == 0)[patterns.of_line]
    if plan is not None:
        at_start &= ~plan.lines
        frequency = _by_period(frequency, costs, plan)
    planned = np.zeros(len(costs), dtype=bool) if plan is None else plan.lines
    commitments = read_commitments(costs, assumptions.timeline, terms, planned, problems)
    patterns = pieced(plan, terms, patterns, assumptions.timeline)
    component, notes = _components(costs)
    return Model(
        assumptions=assumptions,
        labels={
            "component": component,
            "item": costs.labels("item"),
            "department": costs.labels("department"),
            "vendor": costs.labels("vendor"),
            "frequency": frequency,
            "nature": Labels(np.minimum(frequency.codes, 1), NATURES),
            "currency": currency,
            "account": costs.labels("account"),
        },
        price=(np.where(by_unit, np.nan_to_num(unit_cost), value) if seats else value) * tax,
        tax=_input_tax(costs, assumptions),
        patterns=patterns,
        rates=rates,
        weights=weights(patterns, rates),
        priced=priced,
        treatment=costs.labels("treatment"),
        life=costs.numbers("life"),
        in_use=in_use(costs, assumptions.timeline),
        at_start=at_start,
        commitments=commitments,
        rows=costs.rows,
        columns=costs.columns,
        language=assumptions.language or costs.language,
        problems=(*problems, *notes, *_unpriced(costs, priced)),
    )


def pieced(plan: Plan | None, terms: Terms, patterns: Patterns, timeline: Timeline) -> Patterns:
    """Return patterns in which lines that are charged by days, or whose money stands by period, have their pieces."""
    apart, pieces = terms.by_day.copy(), []
    if apart.any():
        pieces += by_days(terms, patterns, timeline)
    if plan is not None:
        apart[patterns.of_line[plan.lines]] = True
        pieces += spread(plan, terms, patterns, timeline)
    return joined(patterns, apart, pieces) if apart.any() else patterns


def in_use(costs: Table, timeline: Timeline) -> Ints:
    """Return the month of the model from which each line is in use; −1 where nothing is said."""
    moments = costs.moments("in_use_from")
    if not moments.any():
        return np.full(len(costs), -1, dtype=np.int64)
    months: Ints = np.maximum(timeline.months_of(timeline.days(moments, last=False)), 0)
    return np.where(moments == 0, -1, months)


def _by_period(frequency: Labels, costs: Table, plan: Plan) -> Labels:
    """Frequencies in which a line whose money is stated by period, and that says no more, has that of its periods."""
    by_month = np.zeros(len(costs), dtype=bool)
    for period in plan.periods:
        by_month |= (period.when >= MONTHS) & ~np.isnan(period.values)
    found = np.where(by_month, FREQUENCIES.index("monthly"), FREQUENCIES.index("annual"))
    return Labels(
        np.where(plan.lines & (costs.labels("frequency").codes == BLANK), found, frequency.codes), FREQUENCIES
    )


def with_default(labels: Labels, names: tuple[str, ...], default: str) -> Labels:
    """Return labels with blanks as the default; with `names` given, coded in their order."""
    order = names or tuple(dict.fromkeys((*labels.names, default)))
    recode = np.array([order.index(name) for name in labels.names] + [order.index(default)], dtype=np.int64)
    return Labels(recode[labels.codes], order)  # the code of a blank, −1, takes the last element


def _tax_factor(costs: Table, assumptions: Assumptions) -> Floats | float:
    if "tax_rate" not in costs.values:
        return 1.0
    rate = costs.numbers("tax_rate", 0.0)
    included = costs.is_yes("tax_included")
    if assumptions.tax_basis == "gross":
        return np.where(included, 1.0, 1 + rate)
    return np.where(included, 1 / (1 + rate), 1.0)


def _input_tax(costs: Table, assumptions: Assumptions) -> Floats:
    """The input tax on the price of each line; where costs contain their tax there is none beside them."""
    return costs.numbers("tax_rate", 0.0) * (assumptions.tax_basis == "net")


def _check_tax(costs: Table) -> list[Problem]:
    lines = np.flatnonzero(costs.is_yes("tax_included") & np.isnan(costs.numbers("tax_rate"))).tolist()
    return [costs.problem(i, "tax_included", "yes", "note_tax_rate", severity=Severity.NOTE) for i in lines]


def contradicts(amount: Floats, product: Floats) -> Bools:
    """Return where an amount and the product that it stands for are both given and differ by half a cent or more."""
    return np.abs(amount - product) > 0.005 + 1e-9 * np.abs(amount)  # NaN, where one is blank, is no contradiction


def _check_amounts(
    costs: Table, plan: Plan | None, quantity: Floats, unit_cost: Floats, amount: Floats
) -> list[Problem]:
    problems = []
    broken = {(p.row, p.column) for p in costs.problems}
    planned = np.zeros(len(costs), dtype=bool) if plan is None else plan.lines

    def readable(i: int, *keys: str) -> bool:
        return not any((int(costs.rows[i]), costs.columns[k][0]) in broken for k in keys if k in costs.columns)

    for i in np.flatnonzero(amount < 0).tolist():
        problems.append(costs.problem(i, "amount", float(amount[i]), "note_credit", severity=Severity.NOTE))
    for i in np.flatnonzero(contradicts(amount, quantity * unit_cost)).tolist():
        details = {"product": f"{quantity[i] * unit_cost[i]:.15g}"}
        problems.append(costs.problem(i, "amount", float(amount[i]), "expected_amount_or_product", details=details))
    for i in np.flatnonzero(~np.isnan(unit_cost) & np.isnan(quantity) & np.isnan(amount) & ~planned).tolist():
        if readable(i, "quantity", "unit_cost"):
            problems.append(costs.problem(i, "quantity", None, "expected_quantity"))
    low, likely, high = (costs.numbers(k) for k in ("low", "likely", "high"))
    with np.errstate(invalid="ignore"):
        unordered = (low > likely) | (likely > high) | (low > high)
    for i in np.flatnonzero(unordered).tolist():
        key, value = ("low", low[i]) if not np.isnan(low[i]) else ("likely", likely[i])
        problems.append(costs.problem(i, key, float(value), "expected_ordered"))
    return problems


def currency_rates(costs: Table, assumptions: Assumptions, currency: Labels, problems: list[Problem]) -> Floats:
    """Return the rates of currencies, years × currencies; every line whose rate is missing is added to the problems."""
    years = assumptions.years
    rates = np.ones((years, len(currency.names)))
    for code, name in enumerate(currency.names):
        rates[:, code] = yearly_rate(assumptions.rates, name, assumptions.currency, years)
        missing = np.flatnonzero(np.isnan(rates[:, code]))
        used = np.flatnonzero(currency.codes == code).tolist() if len(missing) else []
        details = {"pair": f"{name}/{assumptions.currency}", "year": int(missing[0]) + 1 if len(missing) else 0}
        key = "expected_rate_for" if len(missing) == years else "expected_rate_for_year"
        problems += [costs.problem(i, "currency", name, key, details=details, code=ErrorValue.NA) for i in used]
    return rates


def _components(costs: Table) -> tuple[Labels, list[Problem]]:
    """The component of each line: the four keys first, then the names that users made, and notes on those."""
    typed = costs.labels("component")
    keys = [component_key(name) for name in typed.names]
    own = [name for name, key in zip(typed.names, keys, strict=True) if key is None]
    order = (*COMPONENTS, *own)
    recode = np.array([order.index(k or n) for n, k in zip(typed.names, keys, strict=True)] + [-1], dtype=np.int64)
    codes = recode[typed.codes]
    known = [component_label(key, lang) for key in COMPONENTS for lang in ("en", "zh")]
    notes = []
    for name in own:
        i = int(np.flatnonzero(codes == order.index(name))[0])
        close = suggestion(name, known)
        details = {"suggestion": close} if close else {}
        key = "note_component_like" if close else "note_component_own"
        notes.append(costs.problem(i, "component", name, key, details=details, severity=Severity.NOTE))
    return Labels(np.where(codes < 0, len(order), codes), (*order, OTHER)), notes


def _unpriced(costs: Table, priced: Bools) -> list[Problem]:
    broken = {(p.row, p.column) for p in costs.problems}
    notes = []
    for i in np.flatnonzero(~priced).tolist():
        places = [(int(costs.rows[i]), costs.columns[k][0]) for k in ("amount", "unit_cost") if k in costs.columns]
        if not any(place in broken for place in places):
            key = "unit_cost" if "unit_cost" in costs.columns else "amount"
            notes.append(costs.problem(i, key, None, "note_unpriced", severity=Severity.NOTE))
    return notes
