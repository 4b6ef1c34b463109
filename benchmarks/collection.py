"""Collecting 2,000 returned workbooks of 50 to 500 lines, against the loops that people write.

`python -m benchmarks.collection [--folder FOLDER] [--count 2000] [--sample 40]` makes the workbooks (or takes those
in the folder), collects them cold and again, and times on a sample of the same files, in the same run:
pandas.read_excel over each file and concat, openpyxl over each file, and polars.read_excel. The loops read one sheet,
check nothing and write nothing; what they take for all files is their time a file × files, and is marked so.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.returns import make_returns

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
        _print(len(files), cold, again, few, reading, _loops(files[: given.sample]))


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
        process = subprocess.Popen([*typed, "--jobs", str(jobs)], stdout=out)
        _, _, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    report = json.loads((work / "report.json").read_text(encoding="utf-8"))
    assert report["reconciles"], report["troubles"]
    lines = sum(account["read"]["lines"] for account in report["reconciliation"])
    return {
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "lines": lines,
        "memory": used.ru_maxrss / 1024,
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


def _loops(files: list[Path]) -> dict[str, tuple[float, float]]:
    """Seconds a file of the loops that people write, and seconds computed."""
    warnings.simplefilter("ignore")
    ways: dict[str, Callable[[], Any]] = {
        "pandas.read_excel and concat": lambda: _pandas(files),
        "openpyxl, read_only": lambda: _openpyxl(files, read_only=True),
        "openpyxl, as it is by default": lambda: _openpyxl(files[: max(len(files) // 4, 1)], read_only=False),
        "polars.read_excel (calamine)": lambda: _polars(files, "calamine"),
        "polars.read_excel (openpyxl)": lambda: _polars(files, "openpyxl"),
    }
    found = {}
    for name, way in ways.items():
        count = max(len(files) // 4, 1) if "default" in name else len(files)
        started, before = time.perf_counter(), time.process_time()
        try:
            way()
        except (ImportError, ModuleNotFoundError):
            continue
        found[name] = ((time.perf_counter() - started) / count, (time.process_time() - before) / count)
    return found


def _pandas(files: list[Path]) -> object:
    import pandas as pd

    return pd.concat([pd.read_excel(file, sheet_name="Costs", header=HEADER).dropna(how="all") for file in files])


def _openpyxl(files: list[Path], *, read_only: bool) -> object:
    import openpyxl

    rows: list[Any] = []
    for file in files:
        book = openpyxl.load_workbook(file, data_only=True, read_only=read_only)
        rows += [row for row in book["Costs"].iter_rows(min_row=HEADER + 2, values_only=True) if row[1] is not None]
        book.close()
    return rows


def _polars(files: list[Path], engine: Any) -> object:
    import polars as pl

    options: Any = {"read_options": {"header_row": HEADER}} if engine == "calamine" else {}
    return pl.concat(
        [pl.read_excel(file, sheet_name="Costs", engine=engine, **options) for file in files], how="diagonal_relaxed"
    )


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
