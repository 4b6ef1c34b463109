"""The functions inside a workbook: the code that xlwings Lite runs, in Pyodide and in the same Python's own build.

Both run the code that was taken out of a workbook, with the stand-in for xlwings of the tests and the same cells.
`first` reads the table and computes, `later` is the third call over the same contents, handed over as new objects.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.agreement import agree
from benchmarks.tables import ASSUMPTIONS, rows
from crm_xl.hosts.lite.core import core, packed
from crm_xl.hosts.lite.main_module import main_module
from tests.lite import pyodide

SIZES = (50, 500, 2_000)
FUNCTIONS = ("CRM_TOTAL", "CRM_BREAKDOWN", "CRM_RISK")
ROUNDS = 3
STAND_IN = pyodide.HERE / "stand_in.py"
# With the processes of this run alone on the computer, or with others: the least of a few runs is what it takes.
RUNS = 3
_PLAIN = "import json, sys\ngiven = json.load(open(sys.argv[1], encoding='utf-8'))\n"


def in_cpython(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the same code gives in a Python of its own, which has numpy and none of our installation."""
    *source, asked = STAND_IN.read_text(encoding="utf-8").rstrip().splitlines()
    code = "\n".join([_PLAIN, *source, f"print({asked})"])
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "given.json")
        file.write_text(json.dumps(given), encoding="utf-8")
        done = subprocess.run([sys.executable, "-I", "-c", code, str(file)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def call(name: str, size: int) -> tuple[str, list[Any]]:
    """Return a call as Office.js hands it over: lines with a range of prices, so that there is a risk to simulate."""
    header, *lines = rows(size)
    table = [[*header, "Low", "High"], *([*line, 0.9, 1.3] for line in lines)]
    assumptions = [list(row) for row in ASSUMPTIONS.rows]
    return name, [table, *[None] * (3 if name == "CRM_RISK" else 0), assumptions]


def numbers(answers: Sequence[Any]) -> list[Any]:
    """Return everything that was answered, cell by cell."""
    return [value for rows in answers for row in rows for value in row]


def main(arguments: Sequence[str] = ()) -> None:
    """Measure, and print the tables."""
    argparse.ArgumentParser(prog="python -m benchmarks.lite", description=__doc__).parse_args(arguments)
    if why := pyodide.missing():
        print(f"Not measured: {why}.\n")
        return
    calls = [call(name, size) for size in SIZES for name in FUNCTIONS for _ in range(ROUNDS)]
    given = {"main": main_module(), "calls": calls}
    there = [pyodide.run(STAND_IN.read_text(encoding="utf-8"), given) for _ in range(RUNS)]
    here = [in_cpython(given) for _ in range(RUNS)]
    agree("Pyodide and CPython", *(numbers(answers) for answers in (there[0]["result"]["answers"], here[0]["answers"])))
    print(f"Core: {len(core()):,} bytes, {len(packed()):,} as the text in the workbook.\n")
    print("| what, in seconds | Pyodide | CPython |\n| --- | ---: | ---: |")
    for name in ("start", "numpy"):
        print(f"| {name} | {min(run['times'][name] for run in there):.2f} | |")
    inside = [run["result"] for run in there]
    for place, name in ((0, "code of the workbook, first"), (1, "code of the workbook, again")):
        row = [min(run["loading"][place] for run in side) for side in (inside, here)]
        print(f"| {name} | {row[0]:.3f} | {row[1]:.3f} |")
    print("\n| function | lines | first, Pyodide | first, CPython | later, Pyodide | later, CPython |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for i, (name, (table, *_)) in enumerate(calls):
        if i % ROUNDS == 0:
            row = [
                min(run["seconds"][at] for run in side) * 1000 for at in (i, i + ROUNDS - 1) for side in (inside, here)
            ]
            print(f"| {name} | {len(table) - 1:,} | " + " | ".join(f"{ms:,.1f} ms" for ms in row) + " |")
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
