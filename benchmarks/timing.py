"""Timing and printing that all benchmarks share."""

import gc
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np


def best(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest of several runs, in seconds."""
    times = []
    for _ in range(repeats):
        gc.collect()
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def machine(*packages: str) -> None:
    """Print what the figures were measured on."""
    found = ", ".join(f"{name} {version(name)}" for name in ("numpy", *packages))
    print(f"Python {sys.version.split()[0]} on {platform.system()} {platform.machine()}; {found}\n")


def table(title: str, rows: list[tuple[str, float]]) -> None:
    """Print a Markdown table of seconds, and each as a multiple of the named alternative (the first row)."""
    base = rows[0][1]
    print(f"### {title}\n\n| what | time | ratio |\n| --- | ---: | ---: |")
    for name, seconds in rows:
        print(f"| {name} | {shown(seconds)} | {seconds / base:.2f} |")
    print()


def shown(seconds: float) -> str:
    """Return seconds as people read them."""
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def generator() -> np.random.Generator:
    """Return the generator of all made-up tables: the same numbers in every run."""
    return np.random.default_rng(20261123)
