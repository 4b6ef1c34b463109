"""Runs the benchmarks: `python -m benchmarks` all of them, `python -m benchmarks engine risk --quick` some, shortly."""

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import report

# The modules in the order of the report.
NAMES = ("engine", "calls", "excel_call", "recalculation", "risk", "templates", "startup")


def main() -> None:
    """Run what was asked for and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run, of: {', '.join(NAMES)}; all if none")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("-o", "--out", type=Path, help="write the report to this file")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: there are {', '.join(NAMES)}")
    parts = [report.OPENING, report.machine()]
    for name in NAMES:
        if given.names and name not in given.names:
            continue
        module = importlib.import_module(f"benchmarks.{name}")
        parts.append(f"## {(module.__doc__ or name).splitlines()[0].rstrip('.')}\n")
        for series in module.series(given.quick):
            parts.append(report.table(series))
            print(parts[-1], file=sys.stderr if given.out else sys.stdout, flush=True)
    if given.out:
        given.out.write_text("\n".join(parts), encoding="utf-8")
    else:
        print(parts[1])


if __name__ == "__main__":
    main()
