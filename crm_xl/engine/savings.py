"""Savings levers with the money that each saves, computed so that no lever counts a saving of another again.

A lever takes its share of what the levers before it on the same line have left, so the sum is the cost saved and does
not depend on the order of the usage table:

- unused seats: cost × (1 − active ÷ quantity)
- edition above real use: what is left × (1 − needed price ÷ unit cost)
- standard functions in place of custom ones: cost × standard share
- classroom to online training: cost × online share × (1 − online cost)
- maintenance above use: cost × (1 − needed share)
"""

from typing import Any

import numpy as np

from crm_xl.engine.changes import selected
from crm_xl.engine.components import COMPONENTS
from crm_xl.engine.model import Model
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Floats, Table

LEVERS = ("unused_seats", "edition", "standard", "online", "maintenance")
_PLACES = ("item", "department", "vendor")
# The column of the usage table that each lever needs, and the component whose lines it is for.
_FOR = {
    "active": "licence", "needed_price": "licence", "standard_share": "customisation", "online_share": "training",
    "needed_share": "maintenance",
}  # fmt: skip


def savings(model: Model, costs: Table, usage: Table) -> tuple[Floats, list[Problem]]:
    """Return the money that each of `LEVERS` saves over the years of the model, and the problems of the usage table."""
    saved = np.zeros(len(LEVERS))
    problems: list[Problem] = []
    taken = np.zeros(len(costs), dtype=bool)
    line_costs = model.yearly.sum(axis=0)
    quantity, unit_cost = costs.numbers("quantity"), costs.numbers("unit_cost")
    component = model.labels["component"].codes
    use = {key: usage.numbers(key) for key in (*_FOR, "online_cost")}
    for i in range(len(usage)):
        only = [(key, usage.text(key, i)) for key in _PLACES]
        lines = selected(costs, [(key, text) for key, text in only if text])
        item = only[0][1]
        if not any(text for _, text in only):
            problems.append(usage.problem(i, "item", None, "expected_text"))
            continue
        if not lines.any():
            problems.append(usage.problem(i, "item", item, "note_no_line", severity=Severity.NOTE))
            continue
        if (lines & taken).any():
            problems.append(usage.problem(i, "item", item, "expected_one_usage"))
            continue
        taken |= lines
        for key, name in _FOR.items():
            value = float(use[key][i])
            fitting = lines & (component == COMPONENTS.index(name))
            if np.isnan(value):
                continue
            if not fitting.any():
                problems.append(usage.problem(i, key, value, f"note_not_{name}", severity=Severity.NOTE))
                continue
            money = line_costs[fitting]
            if key == "active":
                seats = float(np.nansum(quantity[fitting]))
                if not seats or np.isnan(quantity[fitting]).any():
                    problems.append(usage.problem(i, key, value, "expected_quantity_of_line"))
                    continue
                if value > seats:
                    details = {"seats": f"{seats:g}"}
                    problems.append(usage.problem(i, key, value, "expected_not_above_seats", details=details))
                    continue
                saved[0] += float(money.sum()) * (seats - value) / seats
            elif key == "needed_price":
                of_lines = {model.labels["currency"].text(j) for j in np.flatnonzero(fitting).tolist()}
                if usage.currencies and not of_lines <= usage.currencies:
                    stated: dict[str, Any] = {"currencies": sorted(of_lines)}
                    problems.append(usage.problem(i, key, value, "expected_currency_of_lines", details=stated))
                    continue
                if np.isnan(unit_cost[fitting]).any() or (unit_cost[fitting] == 0).any():
                    problems.append(usage.problem(i, key, value, "expected_unit_cost_of_line"))
                    continue
                if (value > unit_cost[fitting]).any():
                    details = {"price": f"{unit_cost[fitting].min():g}"}
                    more = {"details": details, "severity": Severity.NOTE}
                    problems.append(usage.problem(i, key, value, "note_price_above", **more))
                left = money * (1.0 if np.isnan(use["active"][i]) else _used(use["active"][i], quantity[fitting]))
                saved[1] += float((left * np.maximum(1 - value / unit_cost[fitting], 0)).sum())
            elif key == "standard_share":
                saved[2] += float(money.sum()) * value
            elif key == "online_share":
                saved[3] += float(money.sum()) * value * (1 - np.nan_to_num(use["online_cost"][i]))
            else:
                saved[4] += float(money.sum()) * (1 - value)
    return saved, problems


def _used(active: float, quantity: Floats) -> float:
    seats = float(np.nansum(quantity))
    return min(active / seats, 1.0) if seats else 1.0
