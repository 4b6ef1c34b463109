"""The one way in which all benchmarks take time: several ways to do one thing, in turns, the median of each."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

# A way to do it: by its name, a function without arguments. The first one is crm_xl, the others are alternatives.
Ways: TypeAlias = Mapping[str, Callable[[], object]]

ROUNDS = 7
# No further round begins after so many seconds; what takes half of it is run once.
PATIENCE = 20.0
# What takes less than this is repeated within a round, for the clock is not fine enough.
SHORTEST = 0.005


@dataclass(frozen=True, kw_only=True)
class Series:
    """The median seconds of several ways to do one thing, by size.

    `unit` is what the sizes count; `note` says in a sentence what is compared; an alternative that is not there, or
    is left out at a size because it would take minutes, has no time for it.
    """

    title: str
    unit: str
    note: str
    times: dict[str, dict[int, float]] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """The sizes at which anything was measured."""
        return sorted({size for times in self.times.values() for size in times})

    def ratio(self, alternative: str, size: int) -> float | None:
        """Return how many times as long an alternative takes as crm_xl."""
        own = next(iter(self.times.values())).get(size)
        other = self.times[alternative].get(size)
        return None if own is None or other is None else other / own

    def exponent(self, way: str) -> float | None:
        """Return the power of the size with which time grows: the slope between logarithms; None for one size."""
        found = self.times[way]
        if len(found) < 2:
            return None
        return float(np.polyfit([math.log(size) for size in found], [math.log(t) for t in found.values()], 1)[0])


def measure(title: str, unit: str, note: str, sizes: Iterable[int], ways: Callable[[int], Ways]) -> Series:
    """Take the times of all ways at every size; `ways` prepares a size, which is not measured."""
    series = Series(title=title, unit=unit, note=note)
    for size in sizes:
        for way, seconds in medians(ways(size)).items():
            series.times.setdefault(way, {})[size] = seconds
    return series


def medians(ways: Ways) -> dict[str, float]:
    """Return the median seconds of each way; they take turns, so that a busy machine slows them all."""
    first = {way: _seconds(function, 1) for way, function in ways.items()}  # it warms up caches and imports
    slow = {way: [seconds] for way, seconds in first.items() if seconds > PATIENCE / 2}
    repeats = {way: _repeats(function) for way, function in ways.items() if way not in slow}
    taken: dict[str, list[float]] = {way: [] for way in repeats}
    began = time.perf_counter()
    for _ in range(ROUNDS):
        for way, number in repeats.items():
            taken[way].append(_seconds(ways[way], number))
        if time.perf_counter() - began > PATIENCE:
            break
    return {way: statistics.median((slow | taken)[way]) for way in ways}


def _repeats(function: Callable[[], object]) -> int:
    once = _seconds(function, 1)
    return 1 if once >= SHORTEST else math.ceil(SHORTEST / max(_seconds(function, 3), 1e-7))


def _seconds(function: Callable[[], object], repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - started) / repeats


def generator() -> np.random.Generator:
    """Return the generator of all made-up tables: the same numbers in every run."""
    return np.random.default_rng(20261123)
