"""Runs the benchmarks: `python -m benchmarks` all of them, `python -m benchmarks engine risk --quick` some, shortly."""

import argparse
import contextlib
import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import report

# The modules in the order of the report.
NAMES = (
    "engine", "calls", "excel_call", "lite", "recalculation", "reading", "collection", "risk", "templates", "startup",
)  # fmt: skip


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
        for section in sections(name, given.quick):
            parts.append(section)
            print(section, file=sys.stderr if given.out else sys.stdout, flush=True)
            if given.out:  # what was measured stands there even if a later one is broken off
                given.out.write_text("\n".join(parts), encoding="utf-8")
    if not given.out:
        print(parts[1])


def sections(name: str, quick: bool) -> Iterator[str]:
    """Run a benchmark and yield the sections of its report."""
    module = importlib.import_module(f"benchmarks.{name}")
    yield f"## {(module.__doc__ or name).splitlines()[0].rstrip('.')}\n"
    if hasattr(module, "main"):  # it runs other programs, each a few times, and prints its own tables
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            module.main(["--count", "200"] if quick and name == "collection" else [])
        yield printed.getvalue()
        return
    for series in module.series(quick):
        yield report.table(series)


if __name__ == "__main__":
    main()
