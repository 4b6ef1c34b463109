"""The total over a million cost lines and 60 months, against a plain numpy weighted sum of the same columns."""

import datetime as dt
import resource
import sys

import numpy as np

from benchmarks.timing import best, generator, machine, table
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.reading import Labels, Table
from crm_xl.engine.timeline import MONTHS
from crm_xl.engine.totals import cut


def made_up(lines: int) -> tuple[Table, Assumptions]:
    """Return a table of lines of every frequency, start, growth, currency and tax, as it is after reading."""
    random = generator()
    start = random.integers(0, 60, lines)
    values = {
        "component": Labels(random.integers(0, 4, lines), ("licence", "customisation", "maintenance", "training")),
        "department": Labels(random.integers(0, 12, lines), tuple(f"D{i}" for i in range(12))),
        "quantity": random.integers(1, 300, lines).astype(np.float64),
        "unit_cost": random.uniform(1, 200, lines),
        "currency": Labels(random.integers(0, 2, lines), ("CNY", "USD")),
        "frequency": Labels(random.integers(0, 4, lines), ("one_off", "monthly", "quarterly", "annual")),
        "start": (MONTHS + 2027 * 12 + start).astype(np.float64),
        "price_growth": random.choice([0.0, 0.03, 0.05], lines),
        "quantity_growth": random.choice([0.0, 0.1], lines),
        "tax_rate": random.choice([0.06, 0.13], lines),
        "tax_included": Labels(random.integers(0, 2, lines), ("yes", "no")),
    }
    columns = {key: (i, key) for i, key in enumerate(values)}
    assumptions = Assumptions(start_date=dt.date(2027, 1, 1), rates={("USD", "CNY"): {0: 7.1, 2: 7.2}})
    return Table("costs", "en", np.arange(lines), values, columns, ()), assumptions


def forget(model: Model) -> Model:
    """Drop what the model has computed, so that it is computed anew."""
    for name in ("weights", "yearly", "yearly_totals"):
        model.__dict__.pop(name, None)
    return model


def measure(lines: int) -> None:
    """Print the times for a table of so many lines."""
    costs, assumptions = made_up(lines)
    model = build_model(costs, assumptions)
    quantity, unit_cost = costs.values["quantity"], costs.values["unit_cost"]
    tax = model.price / (quantity * unit_cost)
    weight = model.weights.sum(axis=0)[model.patterns.of_line]

    def weighted_sum() -> float:
        """The alternative: quantity × unit cost × tax × a weight for each line that is known beforehand."""
        return float(np.sum(quantity * unit_cost * tax * weight))

    assert abs(forget(model).yearly_totals.sum() / weighted_sum() - 1) < 1e-9
    rows = [
        ("numpy weighted sum, weights known", weighted_sum),
        ("total", lambda: forget(model).yearly_totals.sum()),
        ("breakdown component × year", lambda: cut(forget(model), ("component",), "year")),
        ("model from the columns as read, and total", lambda: build_model(costs, assumptions).yearly_totals.sum()),
    ]  # fmt: skip
    title = f"{lines:,} lines, 60 months, {len(model.patterns.first):,} patterns of payment"
    table(title, [(name, best(function)) for name, function in rows])


if __name__ == "__main__":
    machine("pandas")
    for size in (1_000, 100_000, 1_000_000):
        measure(size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"Peak memory of the process: {peak:,.0f} MB")
