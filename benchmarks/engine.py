"""Total and breakdown of cost lines: the engine against bare numpy and a pandas groupby.

Bare numpy is given the columns as arrays. A weight says how often a line falls in a year and how it grows. Such
weights do not depend on the question: they are part of a built model, and where that is given, numpy and pandas are
given a weight for every line as well. The tables that include building or reading work them out anew.
"""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.tables import ASSUMPTIONS, COMPONENTS, YEARS, Analyst, rows, yearly_weights
from benchmarks.timing import Series, Ways, measure
from crm_xl.engine.assumptions import read_assumptions
from crm_xl.engine.cells import Range
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.reading import read_table
from crm_xl.engine.totals import cut

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def forget(model: Model) -> Model:
    """Drop every sum that the model has computed, so that it is computed anew."""
    for name in ("yearly", "yearly_totals", "monthly_weights", "by_component_and_department"):
        model.__dict__.pop(name, None)
    return model


class Lines:
    """Cost lines in the three forms in which they are summed."""

    def __init__(self, lines: int) -> None:
        self.rows = rows(lines)
        self.table = read_table(Range(self.rows), "costs")
        self.assumptions = read_assumptions(ASSUMPTIONS)
        self.model = build_model(self.table, self.assumptions)
        self.analyst = Analyst(self.rows)
        frame = self.analyst.frame
        self.quantity, self.unit_cost = frame["Quantity"].to_numpy(), frame["Unit cost"].to_numpy()
        self.factor = (self.analyst.price / (self.quantity * self.unit_cost)).to_numpy()
        self.weights = np.array(self.analyst.weights)
        self.weight = self.weights.sum(axis=0)
        self.component = np.array([COMPONENTS.index(name) for name in frame["Component"]])
        assert np.isclose(self.model.yearly_totals.sum(), self.numpy_total(), rtol=1e-9, atol=0)
        assert np.isclose(self.numpy_built(), self.numpy_total(), rtol=1e-9, atol=0)
        assert np.isclose(self.analyst.total(), self.numpy_total(), rtol=1e-9, atol=0)
        assert np.allclose(cut(self.model, ("component",), "year").amounts, self.numpy_breakdown(), rtol=1e-9)
        assert np.allclose(self.analyst.by_component().loc[list(COMPONENTS)], self.numpy_breakdown(), rtol=1e-9)

    def numpy_total(self) -> float:
        """Quantity × unit cost × tax and rate × a weight for each line that is known beforehand."""
        return float(np.sum(self.quantity * self.unit_cost * self.factor * self.weight))

    def numpy_built(self) -> float:
        """The same, but the weights are worked out from months, steps and growth that are known as arrays."""
        weights = yearly_weights(self.analyst.first, self.analyst.step, self.analyst.growth)
        return float(np.sum(self.quantity * self.unit_cost * self.factor * sum(weights)))

    def pandas_built(self) -> float:
        """The analyst's total of a frame whose columns have their types: prices and weights anew."""
        self.analyst.work_out()
        return self.analyst.total()

    def numpy_breakdown(self) -> np.ndarray:
        """The same by component and year."""
        price = self.quantity * self.unit_cost * self.factor
        return np.array([np.bincount(self.component, price * year, len(COMPONENTS)) for year in self.weights]).T


def read(table: list[list]) -> Model:
    """Return the model of rows of cells: every header, text, date and number read and checked."""
    return build_model(read_table(Range(table), "costs"), read_assumptions(ASSUMPTIONS))


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    sizes = SIZES[:3] if quick else SIZES

    def table(title: str, note: str, ways: Callable[[Lines], Ways]) -> Series:
        return measure(title, "lines", note, sizes, lambda size: ways(Lines(size)))

    yield table(
        "Total, from a built model",
        f"The total over {12 * YEARS} months: prices are weighted and summed anew; reading, checking and the weights "
        "(how often a line falls, how it grows) are the model's and not in the time. numpy: one product and sum, its "
        "weights known as well. pandas: price × weight, grouped by component, in a frame that holds both. Aim: within "
        "3 times bare numpy, a ratio of 0.33.",
        lambda lines: {
            "crm_xl": lambda: forget(lines.model).yearly_totals.sum(),
            "numpy": lines.numpy_total,
            "pandas groupby": lines.analyst.total,
        },
    )
    yield table(
        "Total, the model built anew",
        "From a table that was read: months, tax, rates and weights anew, with every check that needs both tables. "
        "numpy: months as whole numbers, growth and a factor of tax and rate known as arrays, weights anew. pandas: "
        "tax, rates, months and weights anew, from columns of dates and categories.",
        lambda lines: {
            "crm_xl": lambda: build_model(lines.table, lines.assumptions).yearly_totals.sum(),
            "numpy": lines.numpy_built,
            "pandas groupby": lines.pandas_built,
        },
    )
    yield table(
        "Breakdown by component and year, from a built model",
        "The first again, cut by four components and five years.",
        lambda lines: {
            "crm_xl": lambda: cut(forget(lines.model), ("component",), "year"),
            "numpy": lines.numpy_breakdown,
            "pandas groupby": lines.analyst.by_component,
        },
    )
    yield table(
        "Breakdown by component and month, from a built model",
        "By four components and 60 months, the weights of months worked out anew, beside the same by year. Aim: "
        "within 3 times the one by year, a ratio of 0.33.",
        lambda lines: {
            "crm_xl": lambda: cut(forget(lines.model), ("component",), "month"),
            "crm_xl by year": lambda: cut(forget(lines.model), ("component",), "year"),
        },
    )
    yield table(
        "Breakdown, first reading included",
        "From rows of cells as a spreadsheet hands them over: crm_xl reads and checks every header, text, date and "
        "number and builds the model; the pandas frame takes them as they are. numpy is given arrays and weights: its "
        "time has no reading.",
        lambda lines: {
            "crm_xl": lambda: cut(read(lines.rows), ("component",), "year"),
            "numpy": lines.numpy_breakdown,
            "pandas groupby": lambda: Analyst(lines.rows).by_component(),
        },
    )
