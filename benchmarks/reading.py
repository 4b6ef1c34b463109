"""Reading and checking returned workbooks on all cores, against the loops that people write.

The loops read one sheet of each file, check nothing, and run on one core, as pandas, openpyxl and polars do.
"""

import os
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks import collection
from benchmarks.returns import make_returns
from benchmarks.timing import Series, Ways, measure
from crm_xl.collection.collecting.workers import Task, read_here


def read(files: list[Path]) -> int:
    """Read and check files with crm_xl; return how many."""
    tasks = [Task(path=file, name=file.name, digest=str(file)) for file in files]
    return sum(1 for _ in read_here(tasks, jobs=os.cpu_count() or 1))


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    sizes = (10, 40) if quick else (10, 40, 160)
    engine = "calamine" if find_spec("fastexcel") else "openpyxl"
    with tempfile.TemporaryDirectory() as folder:
        files = make_returns(Path(folder), sizes[-1], distinct=6)  # calculating each set takes longest

        def ways(count: int) -> Ways:
            some = files[:count]
            assert read(some) == count
            return {
                "crm_xl": lambda: read(some),
                "pandas.read_excel": lambda: collection.pandas_loop(some),
                "openpyxl, read only": lambda: collection.openpyxl_loop(some),
                f"polars.read_excel ({engine})": lambda: collection.polars_loop(some, engine=engine),
            }

        note = f"Workbooks of 50 to 500 lines; crm_xl on {os.cpu_count()} cores. Aim: 15 times as fast as pandas."
        yield measure("Reading returned workbooks", "files", note, sizes, ways)
