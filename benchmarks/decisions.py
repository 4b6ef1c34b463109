"""Risk against the bare numpy sampling of the same numbers, and what one scenario costs over 10,000 lines."""

import numpy as np

from benchmarks.engine import made_up
from benchmarks.timing import best, generator, machine, shown, table
from crm_xl.engine.changes import Change, changed_model
from crm_xl.engine.model import build_model
from crm_xl.engine.reading import Labels, Table
from crm_xl.engine.risk import simulate, spread_of

TRIALS, LINES = 100_000, 100


def risk() -> None:
    """Print the times of drawing 100,000 totals of 100 uncertain lines."""
    random = generator()
    values = {
        "component": Labels(random.integers(0, 4, LINES), ("licence", "customisation", "maintenance", "training")),
        "amount": random.uniform(1e3, 1e6, LINES),
        "low": random.uniform(0.5, 0.9, LINES),
        "likely": np.ones(LINES),
        "high": random.uniform(1.1, 2.0, LINES),
    }
    costs = Table("costs", "en", np.arange(LINES), values, {key: (i, key) for i, key in enumerate(values)}, ())
    _, assumptions = made_up(10)
    model = build_model(costs, assumptions)
    spread = spread_of(model, costs)
    low, likely, high, totals = spread.low, spread.likely, spread.high, spread.totals
    alpha, beta = 1 + 4 * (likely - low) / (high - low), 1 + 4 * (high - likely) / (high - low)

    def bare(triangular: bool) -> np.ndarray:
        """The alternative: one call of numpy for the whole matrix, and a product."""
        random = np.random.default_rng(1)
        if triangular:
            return random.triangular(low, likely, high, (TRIALS, LINES)) @ totals
        return (low + (high - low) * random.beta(alpha, beta, (TRIALS, LINES))) @ totals

    for name, triangular in (("PERT", False), ("triangular", True)):
        drawn = simulate(model, spread, trials=TRIALS, seed=1, triangular=triangular).totals
        assert abs(drawn.mean() / bare(triangular).mean() - 1) < 1e-3
        rows = [
            ("numpy, the whole matrix at once", best(lambda t=triangular: bare(t), 3)),  # type: ignore[misc]
            ("CRM_RISK", best(lambda t=triangular: simulate(model, spread, trials=TRIALS, seed=1, triangular=t), 3)),  # type: ignore[misc]
        ]  # fmt: skip
        table(f"{TRIALS:,} totals of {LINES} lines, {name}", rows)
    correlated = best(lambda: simulate(model, spread, trials=TRIALS, seed=1, correlation=0.5), 2)
    print(f"With a rank correlation of 0.5: {shown(correlated)}\n")


def scenarios() -> None:
    """Print what one changed total costs over 10,000 lines."""
    costs, assumptions = made_up(10_000)
    dearer = Change(kind="column", field="unit_cost", operation="multiply", value=1.1, only=(("component", "licence"),))
    dollar = Change(kind="rate", field=("USD", "CNY"), operation="set", value=7.5)
    for name, change in (("unit cost of a component", dearer), ("an exchange rate", dollar)):
        one = best(lambda c=change: changed_model(costs, assumptions, (c,)).yearly_totals.sum())  # type: ignore[misc]
        print(f"One scenario over 10,000 lines, {name}: {shown(one)}")


if __name__ == "__main__":
    machine("pandas")
    risk()
    scenarios()
