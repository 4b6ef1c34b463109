"""Made-up cost lines, the same in every run: as rows of cells, as a host hands them over, and as an analyst sums them.

The lines have every frequency, starts over five years, growth, two currencies and tax. `Analyst` is the alternative
that a good analyst would write with pandas: whole columns, no loop over rows, the same closed form for the months.
"""

import datetime as dt

import numpy as np
import pandas as pd

from benchmarks.timing import generator
from crm_xl.engine.cells import Cell, Range

YEARS = 5
HEADERS = (
    "Component", "Item", "Department", "Quantity", "Unit cost", "Currency", "Frequency", "Start", "Price growth",
    "Quantity growth", "Tax rate", "Tax included",
)  # fmt: skip
COMPONENTS = ("Licence", "Customisation", "Maintenance", "Training")
STEPS = {"one-off": 1_000_000, "monthly": 1, "quarterly": 3, "annual": 12}
ASSUMPTIONS = Range(
    [["Start date", 46388.0], ["Years", 5.0], ["Currency", "CNY"], ["USD/CNY", 7.1]]  # 2027-01-01
)  # fmt: skip
_RATES = {"CNY": 1.0, "USD": 7.1}
_EPOCH = dt.date(1899, 12, 30)


def rows(lines: int) -> list[list[Cell]]:
    """Return a header row and as many cost lines, dates as the serial numbers that cells hold."""
    random = generator()
    months = [(dt.date(2027 + i // 12, i % 12 + 1, 1) - _EPOCH).days for i in range(12 * YEARS)]
    columns = (
        random.choice(COMPONENTS, lines).tolist(),
        [f"item {i}" for i in random.integers(0, 100, lines).tolist()],
        [f"D{i}" for i in random.integers(0, 12, lines).tolist()],
        random.integers(1, 300, lines).astype(np.float64).tolist(),
        random.uniform(1, 200, lines).tolist(),
        random.choice(["CNY", "USD"], lines).tolist(),
        random.choice(list(STEPS), lines).tolist(),
        random.choice(np.array(months, dtype=np.float64), lines).tolist(),
        random.choice([0.0, 0.03, 0.05], lines).tolist(),
        random.choice([0.0, 0.1], lines).tolist(),
        random.choice([0.06, 0.13], lines).tolist(),
        random.choice(["yes", "no"], lines).tolist(),
    )
    return [list(HEADERS), *map(list, zip(*columns, strict=True))]


def yearly_weights(first: np.ndarray, step: np.ndarray, growth: np.ndarray) -> list[np.ndarray]:
    """Return for each year how often every line falls in it, times its growth at each anniversary: bare numpy."""
    weights, before = [], np.zeros(len(first), dtype=np.int64)
    for year in range(YEARS):
        gone = 12 * year + 11 - first
        count = np.where(gone < 0, 0, gone // step + 1)
        passed = np.maximum(gone, 0) // 12
        turn = np.clip(-(-12 * passed // step), before, count)
        weights.append((turn - before) * growth ** np.maximum(passed - 1, 0) + (count - turn) * growth**passed)
        before = count
    return weights


class Analyst:
    """The cost lines as a data frame, and their cost by year as a good analyst would work it out."""

    def __init__(self, table: list[list[Cell]]) -> None:
        self.frame = self._read(table)
        self.work_out()

    @staticmethod
    def _read(table: list[list[Cell]]) -> pd.DataFrame:
        frame = pd.DataFrame(table[1:], columns=[str(name) for name in table[0]])
        for name in ("Component", "Department", "Currency", "Frequency", "Tax included"):
            frame[name] = frame[name].str.strip().astype("category")
        frame["Start"] = pd.to_datetime(frame["Start"], unit="D", origin="1899-12-30")
        return frame

    def work_out(self) -> None:
        """Find the price of every line and its weight in each year."""
        frame = self.frame
        start = frame["Start"]
        self.first = ((start.dt.year - 2027) * 12 + start.dt.month - 1).to_numpy()
        self.step = frame["Frequency"].map(STEPS).to_numpy(np.int64)
        taxed = frame["Tax included"].map({"yes": True, "no": False}).to_numpy(bool)
        tax = np.where(taxed, 1 / (1 + frame["Tax rate"]), 1.0)
        self.price = frame["Quantity"] * frame["Unit cost"] * frame["Currency"].map(_RATES).to_numpy(float) * tax
        self.growth = (1 + frame["Price growth"]).to_numpy() * (1 + frame["Quantity growth"]).to_numpy()
        self.weights = yearly_weights(self.first, self.step, self.growth)

    def by_component(self) -> pd.DataFrame:
        """Component × year."""
        costs = pd.DataFrame({year: self.price * weight for year, weight in enumerate(self.weights)})
        return costs.groupby(self.frame["Component"], observed=True).sum()

    def total(self) -> float:
        """The sum of all lines over all years, by component first, as the breakdown beside it needs it."""
        cost = self.price * sum(self.weights)
        return float(cost.groupby(self.frame["Component"], observed=True).sum().sum())
