"""The report: series as Markdown tables, and the machine and versions that they were measured with."""

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.timing import Series

PACKAGES = (
    "crm-xl", "formualizer", "formulas", "numpy", "openpyxl", "pandas", "polars", "python-calamine", "XlsxWriter",
    "xlwings",
)  # fmt: skip

OPENING = """# Benchmarks

Made by `python -m benchmarks -o docs/benchmarks.md`. Every table compares crm_xl with named alternatives that did the
same work in the same run, in turns; a time is the median of up to seven rounds. Before the times of the engine, calls,
recalculation, risk and templates are taken, results are compared, and a difference stops the run: totals, breakdowns
and recalculated values to 1e-9, the cells of templates one by one, and the means, deviations and quantiles of totals
drawn to what chance leaves over. A ratio is how many times as long the alternative takes: above 1 crm_xl is faster,
below 1 it is slower. Growth is the power of the size with which time grows (the slope between logarithms): 1 means
that ten times the size takes ten times as long.
"""


def machine() -> str:
    """Return a Markdown list of what the figures were measured on; it names no host and no path."""
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    office = " ".join(_output("soffice", "--version").split()[:2])
    rows = [
        f"Processor: {_processor()}, {os.cpu_count()} cores; memory {_memory():.0f} GB",
        f"System: {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        f"Versions: {versions}" + (f", {office}" if office else ""),
    ]
    return "\n".join(f"- {row}" for row in rows) + "\n"


def table(series: Series) -> str:
    """Return a series as a Markdown section."""
    own, *others = series.times
    head = [series.unit, own, *(cell for other in others for cell in (other, "ratio"))]
    rows = [[f"{size:,}", *_times(series, size)] for size in series.sizes]
    growth = {way: series.exponent(way) for way in series.times}
    if any(found is not None for found in growth.values()):
        shown = ["–" if found is None else f"{found:.2f}" for found in growth.values()]
        rows.append(["growth", shown[0], *(cell for text in shown[1:] for cell in (text, ""))])
    lines = [head, ["---:"] * len(head), *rows]
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"### {series.title}\n\n{series.note}\n\n{body}\n"


def _times(series: Series, size: int) -> list[str]:
    own, *others = series.times
    cells = [_shown(series.times[own].get(size))]
    for other in others:
        ratio = series.ratio(other, size)
        cells += [_shown(series.times[other].get(size)), "" if ratio is None else _rounded(ratio)]
    return cells


def _rounded(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}"


def _shown(seconds: float | None) -> str:
    """Seconds as people read them; not measured is a dash."""
    if seconds is None:
        return "–"
    scale, unit = next((s, u) for s, u in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if seconds * s >= 1 or u == "µs")
    return f"{seconds * scale:.3g} {unit}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    if sys.platform == "linux":
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        return found[1] if found else platform.machine()
    return platform.processor()


def _memory() -> float:
    """The memory of the machine in GB; 0 where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return 0.0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
