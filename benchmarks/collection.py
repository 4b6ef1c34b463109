"""Collecting 2,000 returned workbooks of 50 to 500 lines, against the loops that people write.

`python -m benchmarks.collection [--folder FOLDER] [--count 2000] [--sample 40]` makes the workbooks (or takes those
in the folder), collects them cold and again, and times on a sample of the same files, in the same run:
pandas.read_excel over each file and concat, openpyxl over each file, and polars.read_excel. The loops read one sheet,
check nothing and write nothing; each is run over one file first, so that imports are not measured. What they take for
all files is their time a file × files, and is marked so. They must find the lines and the amounts that crm_xl finds.
"""

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.returns import make_returns

Counted: TypeAlias = tuple[int, float]
Way: TypeAlias = Callable[[list[Path]], Counted]
# Starts a command and says what it used. Linux counts the memory of the process that starts another as the other's too,
# and this one is large by then.
_STARTER = """
import os, subprocess, sys
_, _, used = os.wait4(subprocess.Popen(sys.argv[1:]).pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""
HEADER = 4  # the row of the header on the sheet Costs, from 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="returned workbooks that are there already")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = given.folder or work / "returned"
        files = sorted(folder.glob("*.xlsx")) if given.folder else make_returns(folder, given.count)
        files = files[: given.count]
        print(_machine(given.jobs))
        cold, again = (_collected(files, work / "all", given.jobs) for _ in range(2))
        few = _collected(files[: len(files) // 10], work / "few", given.jobs)
        reading = _read_only(files, given.jobs)
        _print(len(files), cold, again, few, reading, _loops(files[: given.sample], given.jobs))


def _collected(files: list[Path], work: Path, jobs: int) -> dict[str, float]:
    """Run the command over some of the files; return seconds, lines and the peak memory of its main process in MB."""
    folder = work / "returned"
    if not folder.exists():
        folder.mkdir(parents=True)
        for file in files:
            os.link(file, folder / file.name)
    typed = [sys.executable, "-m", "crm_xl", "collect", str(folder), "-o", str(work / "total.xlsx"), "--json"]
    started = time.perf_counter()
    with (work / "report.json").open("wb") as out:
        told = subprocess.run(
            [sys.executable, "-c", _STARTER, *typed, "--jobs", str(jobs)],
            stdout=out,
            stderr=subprocess.PIPE,
            check=True,
        )
    seconds = time.perf_counter() - started
    computed, kilobytes = map(float, told.stderr.split()[-2:])
    report = json.loads((work / "report.json").read_text(encoding="utf-8"))
    assert report["reconciles"], report["troubles"]
    lines = sum(account["read"]["lines"] for account in report["reconciliation"])
    return {
        "seconds": seconds,
        "cpu": computed,
        "lines": lines,
        "memory": kilobytes / 1024,
        "read": report["read"],
        "size": (work / "total.xlsx").stat().st_size / 2**20,
    }


def _read_only(files: list[Path], jobs: int) -> tuple[float, float]:
    """Seconds of reading and checking alone, and what all its processes computed."""
    from crm_xl.collection.collecting.workers import Task, read_here

    started, before = time.perf_counter(), _computed()
    tasks = [Task(path=file, name=file.name, digest=str(file)) for file in files]
    assert sum(1 for _ in read_here(tasks, jobs=jobs)) == len(files)
    return time.perf_counter() - started, _computed() - before


def _computed() -> float:
    """Seconds that this process and those that it has ended have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _loops(files: list[Path], jobs: int) -> dict[str, tuple[float, float]]:
    """Seconds a file of the loops that people write, and seconds computed."""
    warnings.simplefilter("ignore")
    ways: dict[str, tuple[Way, list[Path]]] = {
        "pandas.read_excel and concat": (pandas_loop, files),
        "pandas.read_excel, engine calamine": (partial(pandas_loop, engine="calamine"), files),
        "openpyxl, read_only": (openpyxl_loop, files),
        "openpyxl, as it is by default": (partial(openpyxl_loop, read_only=False), files[: max(len(files) // 4, 1)]),
        "polars.read_excel (calamine)": (partial(polars_loop, engine="calamine"), files),
        "polars.read_excel (openpyxl)": (partial(polars_loop, engine="openpyxl"), files),
    }
    found = {}
    for name, (way, some) in ways.items():
        try:
            way(some[:1])
        except ImportError:
            continue
        started, before = time.perf_counter(), time.process_time()
        counted = way(some)
        found[name] = ((time.perf_counter() - started) / len(some), (time.process_time() - before) / len(some))
        require_same(name, counted, crm_xl_counts(some, jobs))
    return found


def crm_xl_counts(files: list[Path], jobs: int) -> Counted:
    """Return the cost lines that crm_xl reads, and the sum of their stated amounts."""
    from crm_xl.collection.collecting.readings import unpacked_lines
    from crm_xl.collection.collecting.second_count import stated
    from crm_xl.collection.collecting.workers import Task, read_here
    from crm_xl.engine.schema import columns

    places = {key: i for i, key in enumerate(columns("costs"))}
    tasks = [Task(path=file, name=file.name, digest=str(file)) for file in files]
    bodies = [reading.body for _, reading in read_here(tasks, jobs=jobs)]
    lines = [line for body in bodies for line in unpacked_lines(body, "costs")]
    return len(lines), math.fsum(stated(line.values, places, "costs")[1] or 0.0 for line in lines)


def require_same(name: str, counted: Counted, ours: Counted) -> None:
    """Stop where an alternative does not find what crm_xl finds: its time would be that of other work.

    Raises
    ------
    RuntimeError
        With the lines and amounts that both found.
    """
    if counted[0] != ours[0] or not math.isclose(counted[1], ours[1], rel_tol=1e-9):
        raise RuntimeError(f"{name} finds {counted[0]} lines with {counted[1]}, crm_xl {ours[0]} with {ours[1]}")


def pandas_loop(files: list[Path], *, engine: Any = "openpyxl") -> Counted:
    """Read the cost lines of files as a good analyst would with pandas, whose engine is openpyxl if none is named."""
    import pandas as pd

    frames = [pd.read_excel(file, sheet_name="Costs", header=HEADER, engine=engine) for file in files]
    lines = pd.concat(frames).dropna(subset=["Component"])
    return len(lines), float(lines["Amount"].fillna(lines["Quantity"] * lines["Unit cost"]).sum())


def openpyxl_loop(files: list[Path], *, read_only: bool = True) -> Counted:
    """Read the cost lines of files by a loop over openpyxl."""
    import openpyxl

    lines: list[dict[str, Any]] = []
    for file in files:
        book = openpyxl.load_workbook(file, data_only=True, read_only=read_only)
        header, *rows = book["Costs"].iter_rows(min_row=HEADER + 1, values_only=True)
        lines += [dict(zip(header, row, strict=True)) for row in rows if row[1]]
        book.close()
    amounts = (line["Amount"] or (line["Quantity"] or 0.0) * (line["Unit cost"] or 0.0) for line in lines)
    return len(lines), math.fsum(amounts)


def polars_loop(files: list[Path], *, engine: Any) -> Counted:
    """Read the cost lines of files with polars."""
    import polars as pl

    options: Any = {"read_options": {"header_row": HEADER}} if engine == "calamine" else {}  # openpyxl finds it itself
    frames = [pl.read_excel(file, sheet_name="Costs", engine=engine, **options) for file in files]
    lines = pl.concat(frames, how="diagonal_relaxed").filter(pl.col("Component").fill_null("") != "")
    amount, quantity, price = (pl.col(name).cast(pl.Float64) for name in ("Amount", "Quantity", "Unit cost"))
    return len(lines), float(lines.select(amount.fill_null(quantity * price).sum()).item())


def _machine(jobs: int) -> str:
    names = ("crm-xl", "pandas", "openpyxl", "polars", "fastexcel", "python-calamine", "xlsxwriter")
    shown = ", ".join(f"{name} {_version(name)}" for name in names)
    return (
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {jobs} readers; {shown}\n"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed"


def _print(
    count: int,
    cold: dict[str, float],
    again: dict[str, float],
    few: dict[str, float],
    reading: tuple[float, float],
    loops: dict[str, tuple[float, float]],
) -> None:
    lines = cold["lines"]
    print(f"### {count:,} workbooks, {lines:,.0f} lines\n")
    print("`computed` is the time of all processes on their cores, which other work on the machine does not change.\n")
    print("| what | seconds | files/s | lines/s | computed, s | × reading | × reading, computed |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = {
        "crm-xl collect: read, check, reconcile, write the workbook": (cold["seconds"], cold["cpu"]),
        "crm-xl collect again, nothing changed": (again["seconds"], again["cpu"]),
        "crm-xl reading and checking alone": reading,
    }
    rows |= {f"{name} (extrapolated)": (one * count, cpu * count) for name, (one, cpu) in loops.items()}
    for name, (seconds, cpu) in rows.items():
        speed = f"{count / seconds:,.1f} | {lines / seconds:,.0f}"
        ratios = f"{seconds / reading[0]:.2f} | {cpu / reading[1]:.2f}"
        print(f"| {name} | {seconds:.1f} | {speed} | {cpu:.1f} | {ratios} |")
    print(f"\nRead the second time: {again['read']:.0f} files. The workbook has {cold['size']:.0f} MB.\n")
    print("| files | lines | peak memory of the main process |\n| ---: | ---: | ---: |")
    print(f"| {count // 10:,} | {few['lines']:,.0f} | {few['memory']:.0f} MB |")
    print(f"| {count:,} | {lines:,.0f} | {cold['memory']:.0f} MB |")


if __name__ == "__main__":
    main()
