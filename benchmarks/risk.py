"""Drawing totals of uncertain lines against bare numpy that draws the same numbers as one matrix."""

from collections.abc import Iterator

import numpy as np

from benchmarks.agreement import agree
from benchmarks.timing import Series, generator, measure
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.reading import Labels, Table
from crm_xl.engine.risk import Spread, simulate, spread_of

LINES = 100
CORRELATION = 0.5


def uncertain() -> tuple[Model, Spread]:
    """Return a model of lines with low, likely and high."""
    random = generator()
    values = {
        "component": Labels(random.integers(0, 4, LINES), ("licence", "customisation", "maintenance", "training")),
        "amount": random.uniform(1e3, 1e6, LINES),
        "low": random.uniform(0.5, 0.9, LINES),
        "likely": np.ones(LINES),
        "high": random.uniform(1.1, 2.0, LINES),
    }
    costs = Table("costs", "en", np.arange(LINES), values, {key: (i, key) for i, key in enumerate(values)}, ())
    model = build_model(costs, Assumptions())
    return model, spread_of(model, costs)


def matrix(spread: Spread, trials: int, *, triangular: bool = False, correlation: float = 0.0) -> np.ndarray:
    """The alternative: one call of numpy for all lines at once, and a product with their totals."""
    random = np.random.default_rng(1)
    low, likely, high, shape = spread.low, spread.likely, spread.high, (trials, LINES)
    if triangular:
        drawn = random.triangular(low, likely, high, shape)
    else:
        alpha, beta = 1 + 4 * (likely - low) / (high - low), 1 + 4 * (high - likely) / (high - low)
        drawn = low + (high - low) * random.beta(alpha, beta, shape)
    if correlation:
        shared = 2 * np.sin(np.pi * correlation / 6)
        scores = np.sqrt(shared) * random.standard_normal((trials, 1))
        scores = scores + np.sqrt(1 - shared) * random.standard_normal(shape)
        ranks = np.argsort(np.argsort(scores, axis=0), axis=0)
        drawn = np.take_along_axis(np.sort(drawn, axis=0), ranks, axis=0)
    return drawn @ spread.totals


def check(title: str, own: np.ndarray, other: np.ndarray) -> None:
    """Hold the totals drawn against each other: other numbers of the same distribution."""
    agree(f"{title}, the means of crm_xl and numpy,", float(own.mean()), float(other.mean()), 2e-3)
    agree(f"{title}, the deviations of crm_xl and numpy,", float(own.std()), float(other.std()), 2e-2)
    shares = (0.05, 0.5, 0.8, 0.95)
    quantiles = (np.quantile(totals, shares).tolist() for totals in (own, other))
    agree(f"{title}, the quantiles of crm_xl and numpy,", *quantiles, 2e-3)


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    model, spread = uncertain()
    for title, options in (
        ("PERT", {}),
        ("Triangular", {"triangular": True}),
        (f"PERT with a rank correlation of {CORRELATION}", {"correlation": CORRELATION}),
    ):
        check(
            title, simulate(model, spread, trials=100_000, seed=1, **options).totals, matrix(spread, 100_000, **options)
        )
        yield measure(
            f"{title}, {LINES} lines",
            "totals drawn",
            "numpy holds all draws in memory at once; crm_xl draws line after line. Aim: within 1.2 times bare numpy, "
            "a ratio of 0.83.",
            (1_000, 10_000) if quick else (1_000, 10_000, 100_000),
            lambda trials, options=options: {
                "crm_xl": lambda: simulate(model, spread, trials=trials, seed=1, **options),
                "numpy": lambda: matrix(spread, trials, **options),
            },
        )
