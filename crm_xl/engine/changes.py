"""Changes to cost lines and assumptions by name: what scenarios and tornado drivers are made of.

A change names a field (a column of the cost table, `cost` for the money of a line, an assumption, a currency pair),
how (multiply, add, set), and which lines it is for. It is applied to a table that was read; nothing is typed anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crm_xl.data import LANGUAGES
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.components import meant
from crm_xl.engine.costs import Bools
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.rates import currency_pair
from crm_xl.engine.reading import LARGEST, Floats, Period, Table, suggestion
from crm_xl.engine.schema import (
    assumption_fields,
    assumption_names,
    choice_labels,
    choices,
    column_names,
    columns,
    normalise,
)
from crm_xl.engine.totals import code_of
from crm_xl.errors import NoAnswerError

# Columns of numbers that a change may name, and what a blank in them stands for.
_NUMBERS = {
    "quantity": np.nan, "unit_cost": np.nan, "amount": np.nan, "price_growth": 0.0, "quantity_growth": 0.0,
    "discount": 0.0, "price_lock": np.nan, "growth_cap": np.nan, "life": np.nan, "tax_rate": 0.0,
}  # fmt: skip
_MONEY = ("unit_cost", "amount")
# The types of the assumptions that a change may name: a date or a choice has no low and no high.
_ASSUMED = ("number", "rate", "integer")
FILTERS = ("component", "item", "department", "vendor")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `kind` is column, assumption, rate or benefits, `field` its key; `only` are the filters by column."""

    kind: str
    field: Any
    operation: str
    value: float
    only: tuple[tuple[str, str], ...] = ()


def read_changes(table: Table, values: Sequence[str]) -> tuple[list[list[Change | None]], list[Problem]]:
    """Return the changes of each row of a scenario or driver table, one for each of its `values` columns.

    A row without a field changes nothing (None). Problems never raise.
    """
    problems: list[Problem] = []
    rows: list[list[Change | None]] = []
    numbers = [table.numbers(key) for key in values]
    for i in range(len(table)):
        name = table.text("field", i)
        target = _target(name) if name else None
        if name and target is None:
            expected, details = _no_field(name)
            problems.append(table.problem(i, "field", name, expected, details=details))
        elif not name and any(not np.isnan(column[i]) for column in numbers):
            problems.append(table.problem(i, "field", None, "expected_field"))
        changes: list[Change | None] = []
        for key, column in zip(values, numbers, strict=True):
            change = _change(table, i, target, float(column[i])) if target else None
            if change and np.isnan(change.value) and not any(p.row == table.rows[i] for p in table.problems):
                problems.append(table.problem(i, key, None, "expected_number"))
            elif change and (limits := _broken_limits(change)):
                expected, details = limits
                problems.append(table.problem(i, key, change.value, expected, details=details))
            changes.append(change)
        rows.append(changes)
    return rows, problems


def _changeable(language: str) -> list[str]:
    """The names of all fields that a change may have; currency pairs aside."""
    lines = (columns("costs")[key].label(language) for key in _NUMBERS)
    assumed = (field.label(language) for field in assumption_fields().values() if field.type in _ASSUMED)
    return [*choice_labels("scenario_field", language).values(), *lines, *assumed]


def _no_field(name: str) -> tuple[str, dict[str, Any]]:
    """What was expected in place of a name that no change may have: term and details."""
    if normalise(name) in column_names("costs") or normalise(name) in assumption_names():
        return "expected_field_number", {"fields": {lang: _changeable(lang) for lang in LANGUAGES}}
    close = suggestion(name, [label for lang in LANGUAGES for label in _changeable(lang)])
    return ("expected_field_like", {"suggestion": close}) if close else ("expected_field", {})


def _target(name: str) -> tuple[str, Any] | None:
    word = normalise(name)
    if (own := choices("scenario_field").get(word)) is not None:
        return ("benefits", own) if own == "benefits" else ("column", own)
    key, assumption = column_names("costs").get(word), assumption_names().get(word)
    # Users and Discount rate are assumptions, though columns may be headed so, too.
    if key in _NUMBERS and (assumption is None or word in _own_names(key)):
        return "column", key
    if assumption is not None and assumption_fields()[assumption].type in _ASSUMED:
        return "assumption", assumption
    pair = currency_pair(name)
    return None if pair is None else ("rate", pair)


def _own_names(column: str) -> set[str]:
    """The names that a column of the costs has, without the others by which it is known."""
    return set(map(normalise, columns("costs")[column].names_by_language.values()))


def _change(table: Table, i: int, target: tuple[str, Any], value: float) -> Change:
    only = tuple((key, text) for key in FILTERS if (text := table.text(key, i)))
    operation = table.text("operation", i) or "multiply"
    return Change(kind=target[0], field=target[1], operation=operation, value=value, only=only)


def _limits(change: Change) -> tuple[float, float]:
    """Between what the field of a change has to lie."""
    if change.kind in ("rate", "benefits"):
        return 0.0, LARGEST if change.kind == "rate" else np.inf
    fields = columns("costs") if change.kind == "column" else assumption_fields()
    field = fields["amount" if change.field == "cost" else change.field]
    low = 0.0 if field.key == "amount" else field.minimum  # a credit is a line of its own, and no change makes one
    return -np.inf if low is None else low, np.inf if field.maximum is None else field.maximum


def _broken_limits(change: Change) -> tuple[str, dict[str, Any]] | None:
    """What was expected where a change alone shows that it leads out of the limits of its field: term and details."""
    low, high = _limits(change)
    value = change.value
    if change.kind == "benefits" and change.operation != "multiply":
        return "expected_multiply", {}
    if change.operation == "multiply":
        low, high = (0.0, np.inf) if low >= 0 else (-np.inf, np.inf)
    if change.operation == "add" or np.isnan(value):
        return None
    if change.kind == "rate":
        return None if value > 0 else ("expected_rate", {})
    if low <= value <= high:
        return None
    shown = {"minimum": f"{low:g}", "maximum": f"{high:g}"}
    return ("expected_not_below", shown) if high == np.inf else ("expected_number_range", shown)


def changed_model(costs: Table, assumptions: Assumptions, changes: Iterable[Change]) -> Model:
    """Return the model after changes, applied in their order."""
    values, periods = dict(costs.values), costs.periods
    for change in changes:
        if change.kind == "column":
            periods = _change_periods(costs, values, periods, change)
            _change_column(costs, values, change)
        elif change.kind == "rate":
            assumptions = _change_rate(assumptions, change)
        elif change.kind == "assumption":
            old = getattr(assumptions, change.field)
            if old is None and change.operation != "set":
                continue  # `check_blanks` tells
            field = assumption_fields()[change.field]
            new = float(_limited(change, _new(change, float(old or 0.0))))
            changed: dict[str, Any] = {change.field: round(new) if field.type == "integer" else new}
            assumptions = replace(assumptions, **changed)
    return build_model(replace(costs, values=values, periods=periods), assumptions)


def benefit_factor(changes: Iterable[Change]) -> float:
    """Return by how much changes multiply the benefits."""
    return float(np.prod([change.value for change in changes if change.kind == "benefits"]))


def _new(change: Change, old: Any) -> Any:
    match change.operation:
        case "set":
            return np.full(old.shape, change.value) if isinstance(old, np.ndarray) else change.value
        case "add":
            return old + change.value
    return old * change.value


def _limited(change: Change, new: Any) -> Any:
    """New values of a field: what falls below its lower limit stays at it, what rises above the upper has no answer."""
    low, high = _limits(change)
    if np.any(new > high):
        fields = columns("costs") if change.kind == "column" else assumption_fields()
        name = {lang: fields[change.field].label(lang) for lang in ("en", "zh")} if change.kind != "rate" else None
        found = f"{float(np.nanmax(new)):g}"
        raise NoAnswerError("change_too_large", field=name or "/".join(change.field), found=found, maximum=f"{high:g}")
    return np.maximum(new, low)


def _change_periods(
    costs: Table, values: dict[str, Any], periods: tuple[Period, ...], change: Change
) -> tuple[Period, ...]:
    """Change what lines state by period: their amounts, or their quantities; the price of those is changed itself."""
    if not periods:
        return periods
    lines = selected(costs, change.only)
    kind = {"cost": "amount", "amount": "amount", "quantity": "quantity"}.get(change.field)
    if change.field == "cost":
        by_quantity = np.zeros(len(costs), dtype=bool)
        for period in periods:
            by_quantity |= (period.kind == "quantity") & ~np.isnan(period.values)
        by_quantity &= lines & np.isnan(values.get("quantity", np.full(len(costs), np.nan)))
        if by_quantity.any() and change.operation != "multiply":
            raise NoAnswerError("change_by_period")
        if "unit_cost" in values:
            values["unit_cost"] = np.where(by_quantity, values["unit_cost"] * change.value, values["unit_cost"])
    return tuple(
        replace(period, values=np.where(lines, _credited(change, period.values), period.values))
        if period.kind == kind
        else period
        for period in periods
    )


def _credited(change: Change, old: Floats) -> Floats:
    """New money within the limits of its field, but that a credit stays one."""
    new = _new(change, old)
    result: Floats = np.where(old < 0, new, _limited(change, new))
    return result


def _change_column(costs: Table, values: dict[str, Any], change: Change) -> None:
    """Change a column, or the money of lines, within the limits of the column."""
    lines = selected(costs, change.only)
    quantity, unit_cost, amount = (values.get(k, np.full(len(costs), np.nan)) for k in ("quantity", *_MONEY))
    unpriced = np.isnan(amount) & np.isnan(unit_cost)
    if change.field == "cost":
        old = np.where(np.isnan(amount), quantity * unit_cost, amount)
        new = _credited(change, old)
        # Set prices a line that had no price; what is stated by units stays so.
        hit = lines & ~np.isnan(new) & (~np.isnan(old) | unpriced)
        by_units = hit & np.isnan(amount) & (quantity > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            values["unit_cost"] = np.where(by_units, new / quantity, np.where(hit, np.nan, unit_cost))
        values["amount"] = np.where(hit & ~by_units, new, amount)
        return
    blank = _NUMBERS[change.field]
    old = values.get(change.field, np.full(len(costs), np.nan))
    if not np.isnan(blank):
        old = np.where(np.isnan(old), blank, old)
    new = (
        _credited(change, old)
        if change.field == "amount"
        else _limited(change, np.where(lines, _new(change, old), old))
    )
    stated = ~np.isnan(old) | (unpriced if change.field in _MONEY else False)
    values[change.field] = np.where(lines & stated, new, old)
    # An amount beside quantity × unit cost is their product: the side that was not changed follows.
    if change.field == "amount":
        values["unit_cost"] = np.where(lines & ~np.isnan(values["amount"]), np.nan, unit_cost)
    elif change.field in ("quantity", "unit_cost"):
        product = values.get("quantity", quantity) * values.get("unit_cost", unit_cost)
        values["amount"] = np.where(lines & ~np.isnan(product), np.nan, amount)


def selected(costs: Table, only: Iterable[tuple[str, str]]) -> Bools:
    """Return which lines filters by column are for; letter case does not count."""
    chosen = np.ones(len(costs), dtype=bool)
    for key, text in only:
        labels = costs.labels(key)
        code = None if key == "component" else code_of(labels, text)
        hits = meant(text, labels.names) if key == "component" else () if code is None else (code,)
        chosen &= np.isin(labels.codes, hits)
    return chosen


def _change_rate(assumptions: Assumptions, change: Change) -> Assumptions:
    rates = {pair: dict(steps) for pair, steps in assumptions.rates.items()}
    pair = change.field
    # The same fact stated backwards goes: it would hold against the change.
    backwards = rates.pop(pair[::-1], {})
    rates.setdefault(pair, {year: 1 / rate for year, rate in backwards.items()})
    if change.operation == "set":
        rates[pair] = {0: change.value}
    else:
        rates[pair] = {
            year: new for year, rate in rates[pair].items() if (new := _limited(change, _new(change, rate))) > 0
        }
    return replace(assumptions, rates=rates)


def check_blanks(assumptions: Assumptions, table: Table, rows: Sequence[Sequence[Change | None]]) -> list[Problem]:
    """Return a note for every change of an assumption or rate that is blank: only set gives it a value."""
    notes = []
    known: set[tuple[str, Any]] = set()
    for i, changes in enumerate(rows):
        change = next((c for c in changes if c is not None), None)
        if change is None or change.kind not in ("assumption", "rate"):
            continue
        # The rows of a scenario follow each other; a driver stands by itself.
        name = normalise(table.text("scenario", i)) if table.name == "scenarios" else str(i)
        field = frozenset(change.field) if change.kind == "rate" else change.field
        if change.operation == "set":
            known.add((name, field))
        elif (name, field) not in known and not _stated(assumptions, change):
            notes.append(table.problem(i, "field", table.text("field", i), "note_blank_field", severity=Severity.NOTE))
    return notes


def _stated(assumptions: Assumptions, change: Change) -> bool:
    if change.kind == "rate":
        return change.field in assumptions.rates or change.field[::-1] in assumptions.rates
    return getattr(assumptions, change.field) is not None


def check_filters(costs: Table, table: Table, rows: Sequence[Sequence[Change | None]]) -> list[Problem]:
    """Return a note for every change of lines that no line answers to: a name may be misspelt."""
    notes = []
    for i, changes in enumerate(rows):
        change = next((c for c in changes if c is not None), None)
        if change and change.kind == "column" and change.only and not selected(costs, change.only).any():
            key, text = change.only[0]
            notes.append(table.problem(i, key, text, "note_no_line", severity=Severity.NOTE))
    return notes
