"""Fidelity to Excel: of the values that Excel stored in a folder of workbooks, how many an engine gives again.

    python -m benchmarks.fidelity FOLDER
    python -m benchmarks.fidelity FOLDER --ways emptied formulon --seconds 30 -o figures.json

A workbook that Excel saved holds Excel's own value of every formula. Each way below recalculates it, and every formula
cell is then held against that value: reproduced; named, where the report says that it was not computed or not vouched
for; or wrong in silence. Cells of the clock and of chance (NOW, RAND, …), and what depends on them, are left out. So
are workbooks that a writer library made: what they store is not Excel's.

    as_is     crm_xl on the workbook as it is
    emptied   crm_xl with every stored result taken out
    second    the same with formulon as second engine
    formulon  formulon alone, emptied; its errors are values, for it names nothing
    office    LibreOffice, emptied

With --list the list of what is reproduced (`benchmarks.reproduced`) is measured anew and written to
crm_xl/data/reproduced.csv. With --cross 2 the workbooks are cut in two, and each half is emptied and calculated with a
list from the other half: what may be expected of workbooks that nobody has seen.

Each workbook is calculated in a process of its own kind, which is ended where it takes too long.
"""

import argparse
import csv
import io
import json
import re
import select
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.reproduced import folds, outcomes, reproduced, write_list
from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless import WorkbookError, open_workbook
from crm_xl.hosts.headless.calculation import vouching
from crm_xl.hosts.headless.calculation.dependents import causes
from crm_xl.hosts.headless.calculation.loading import Loaded
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import Area, cell_name
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.sheet_writing import written
from crm_xl.xlsx.workbook import Structure, read_sheets, read_structure

Position: TypeAlias = tuple[str, int, int]
LIST = Path("crm_xl/data/reproduced.csv")
# A way to calculate: from a workbook and its emptied copy to the values by cell and the cells that it names.
Calculated: TypeAlias = tuple[Mapping[Position, Value], set[Position]]

_BY_THE_CLOCK = re.compile(r"(?<![\w.])(?:NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|CELL|INFO)\(", re.IGNORECASE)
_APPLICATION = re.compile(rb"<(?:\w+:)?Application>Microsoft (?:Macintosh )?Excel")
# Results of sums differ in the last digits with the order of summing.
_TOLERANCE = 1e-12


def saved_by_excel(data: bytes) -> bool:
    """Whether Excel itself wrote a file: its mark in the properties, and its way to pack them, which no library has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            packed = all(info.date_time[0] == 1980 and info.flag_bits & 6 == 6 for info in infos[:3])
            book = archive.read("xl/workbook.xml")
            said = _APPLICATION.search(archive.read("docProps/app.xml"))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError):
        return False
    return packed and bool(said) and b'appName="xl"' in book and b"fullCalcOnLoad" not in book


@dataclass
class Stored:
    """A workbook as Excel saved it: the value of every cell of a result, by cell, and the formula that it is of."""

    path: Path
    structure: Structure
    sheets: Mapping[str, SheetXml]
    values: dict[Position, Value] = field(default_factory=dict)
    owners: dict[Position, Position] = field(default_factory=dict)
    formulas: dict[Position, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Stored":
        """Read a workbook, without the cells that depend on the clock or on chance."""
        structure = read_structure(Package.open(path), since_1904=True)
        sheets = read_sheets(structure)
        found = cls(path, structure, sheets)
        model = Loaded(structure, sheets, ())
        found.formulas = dict(model.formulas)
        moving = [p for p, text in model.formulas.items() if _BY_THE_CLOCK.search(text)]
        left_out = {*moving, *causes(moving, model.arrays, model.uses)}
        for position in model.formulas:
            if position in left_out:
                continue
            filled = model.arrays.get(position, Area(*position, *position[1:]))
            for row, column in filled.cells():
                cell = sheets[position[0]].cells.get((row, column))
                if cell is None or cell.raw is None:
                    continue
                at = (position[0], row, column)
                found.values[at] = sheets[position[0]].value(cell, structure.texts)
                found.owners[at] = position
        return found

    def emptied(self) -> bytes:
        """Return the workbook with every stored result taken out."""
        changes: dict[str, bytes | None] = {}
        for part in self.structure.sheets:
            sheet = self.sheets[part.name]
            results = {at[1:] for at in self.owners if at[0] == part.name}
            results |= {at for at, cell in sheet.cells.items() if cell.formula is not None}
            changes[part.part] = written(sheet, self.structure.texts, dict.fromkeys(results))[0]
        return self.structure.package.to_bytes(changes)


def values_of(data: bytes | Path, wanted: Mapping[Position, object]) -> dict[Position, Value]:
    """Return what a file holds in some cells; sheets are found by name in any case."""
    structure = read_structure(Package.open(data), since_1904=True)
    sheets = read_sheets(structure)
    found: dict[Position, Value] = {}
    for name, row, column in wanted:
        sheet = sheets.get(structure.sheet_name(name) or "")
        cell = None if sheet is None else sheet.cells.get((row, column))
        found[name, row, column] = None if cell is None or sheet is None else sheet.value(cell, structure.texts)
    return found


# -- the ways to calculate -----------------------------------------------------------------------------------------


def _by_crm_xl(data: bytes, stored: Stored, *, second_engine: bool = False) -> Calculated:
    book = open_workbook(data)
    report = book.recalculate(second_engine=second_engine)
    named = {(p.sheet, p.cell) for p in report.problems}
    values = values_of(book.to_bytes(), stored.values)
    return values, {p for p in stored.formulas if (p[0], cell_name(*p[1:])) in named}


def as_is(stored: Stored) -> Calculated:
    """Calculate the workbook as it is."""
    return _by_crm_xl(stored.path.read_bytes(), stored)


def emptied(stored: Stored) -> Calculated:
    """Calculate it with every stored result taken out."""
    return _by_crm_xl(stored.emptied(), stored)


def second(stored: Stored) -> Calculated:
    """Calculate it with every stored result taken out, and with formulon as second engine."""
    return _by_crm_xl(stored.emptied(), stored, second_engine=True)


def formulon(stored: Stored) -> Calculated:
    """Calculate it with formulon alone."""
    from formulon import Workbook, error_display_name

    with Workbook.load(stored.emptied()) as book:
        book.recalc()
        numbers = {book.sheet_name(i): i for i in range(book.sheet_count())}
        values: dict[Position, Value] = {}
        for sheet, row, column in stored.values:
            if sheet not in numbers:
                continue
            value = book.get_value(numbers[sheet], row - 1, column - 1)
            if value.error_code is not None:
                name = error_display_name(value.error_code)
                values[sheet, row, column] = ErrorValue(name) if name in set(ErrorValue) else ErrorValue.VALUE
            else:
                found = value.to_python()
                values[sheet, row, column] = found if isinstance(found, str | bool | float) else None
    return values, set()


def office(stored: Stored) -> Calculated:
    """Calculate it with LibreOffice, which has no bounds of its own here."""
    from benchmarks.libreoffice import office as started

    if not _OFFICE:
        _OFFICE.append(started().__enter__())
    program = _OFFICE[0]
    if program is None:
        raise RuntimeError("LibreOffice is not installed")
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.xlsx", Path(folder) / "out.xlsx"
        source.write_bytes(stored.emptied())
        program.recalculate(source, out)
        return values_of(out, stored.values), set()


_OFFICE: list[Any] = []
WAYS: dict[str, Callable[[Stored], Calculated]] = {
    "as_is": as_is,
    "emptied": emptied,
    "second": second,
    "formulon": formulon,
    "office": office,
}


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal in Excel's fifteen digits, give or take the order of summing.

    >>> same(0.1 + 0.2, 0.3), same(1.0, 1.001), same("a", "A"), same(None, "")
    (True, False, False, True)
    """
    if isinstance(one, ErrorValue) or isinstance(other, ErrorValue):
        return one == other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= max(_TOLERANCE * max(abs(one), abs(other)), 1e-300)
    return one == other or {one, other} == {None, ""}


def measured(path: Path, way: str) -> dict[str, Any]:
    """Return how one way did on one workbook."""
    stored = Stored.read(path)
    record: dict[str, Any] = {"cells": len(stored.values), "reproduced": 0, "named": 0, "wrong": []}
    if not stored.values:
        return record
    started = time.perf_counter()
    try:
        values, named = WAYS[way](stored)
    except WorkbookError as refused:
        return record | {"named": len(stored.values), "refused": refused.text()}
    record["seconds"] = time.perf_counter() - started
    for at, value in stored.values.items():
        if same(value, values.get(at)):
            record["reproduced"] += 1
        elif stored.owners[at] in named:
            record["named"] += 1
        else:
            formula = stored.formulas[stored.owners[at]]
            record["wrong"].append([at[0], cell_name(*at[1:]), formula[:300], repr(value), repr(values.get(at))])
    return record


# -- a process for each way ----------------------------------------------------------------------------------------


class Worker:
    """A process that measures one workbook after the other, and is started anew where one ends it."""

    def __init__(self, way: str, seconds: float, listed: Path | None = None) -> None:
        self._way, self._seconds, self._listed = way, seconds, listed
        self._process: subprocess.Popen[str] | None = None

    def measure(self, path: Path) -> dict[str, Any]:
        """Return what the process found; where it does not answer in time, that it was slow."""
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "benchmarks.fidelity", "--worker", self._way]
            command += [] if self._listed is None else ["--listed", str(self._listed)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(path, file=process.stdin, flush=True)
        ready, _, _ = select.select([process.stdout], [], [], self._seconds)
        line = process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.end()
        return {"failed": "too slow" if not ready else "the process ended"}

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _work(way: str) -> None:
    for line in sys.stdin:
        try:
            path = Path(line.rstrip("\n"))
            record = outcomes(path) if way == "uses" else measured(path, way)
        except Exception as fault:  # whatever a workbook does to an engine is a result of the measurement
            record = {"failed": f"{type(fault).__name__}: {fault}"[:300]}
        print(json.dumps(record), flush=True)


def books(folder: Path) -> Iterator[Path]:
    """Yield the workbooks below a folder that Excel saved, each content once."""
    seen: set[int] = set()
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".xlsx", ".xlsm") and p.is_file()):
        data = path.read_bytes()
        if hash(data) not in seen and data[:2] == b"PK" and saved_by_excel(data):
            seen.add(hash(data))
            yield path


def main() -> None:
    """Measure a folder and print a table; with -o everything that was found goes to a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["as_is", "emptied"])
    parser.add_argument("--seconds", type=float, default=60.0, help="the most that one workbook may take")
    parser.add_argument("--every", type=int, default=1, help="take every Nth workbook")
    parser.add_argument("-o", "--out", type=Path, help="write all that was found to this file, as JSON")
    parser.add_argument("--list", action="store_true", help="measure anew which functions are reproduced")
    parser.add_argument("--cross", type=int, metavar="N", help="measure each of N parts with a list from the others")
    parser.add_argument("--listed", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--worker", choices=[*WAYS, "uses"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        if given.listed:
            vouching.rows = lambda _: csv.DictReader(given.listed.open(encoding="utf-8"))  # type: ignore[assignment, attr-defined]
        _work(given.worker)
        return
    if given.folder is None:
        parser.error("a folder of workbooks is missing")
    found = list(books(given.folder))[:: given.every]
    if given.list:
        write_list(reproduced(_each(found, Worker("uses", given.seconds)).values()), LIST)
        return
    everything: dict[str, dict[str, Any]] = {}
    print(f"{len(found)} workbooks saved by Excel")
    print("| way | books | cells | reproduced | named | wrong in silence | books with such | failed | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    ways = {way: partial(_each, found, Worker(way, given.seconds)) for way in given.ways}
    if given.cross:
        ways = {f"emptied, list from other {given.cross}ths": partial(_crossed, found, given.cross, given.seconds)}
    for way, run in ways.items():
        everything[way] = run()
        print(_row(way, everything[way]), flush=True)
        if given.out:
            given.out.write_text(json.dumps(everything, indent=1), encoding="utf-8")


def _each(found: Iterable[Path], worker: "Worker") -> dict[str, dict[str, Any]]:
    records = {str(path): worker.measure(path) for path in found}
    worker.end()
    return records


def _crossed(found: Sequence[Path], number: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Measure each part of the workbooks with a list of what is reproduced that the other parts made."""
    uses = _each(found, Worker("uses", seconds))
    records: dict[str, dict[str, Any]] = {}
    for part in folds(found, number):
        others = [record for path, record in uses.items() if Path(path) not in set(part)]
        with tempfile.TemporaryDirectory() as folder:
            write_list(reproduced(others), listed := Path(folder) / "reproduced.csv")
            records |= _each(part, Worker("emptied", seconds, listed))
    return records


def _row(way: str, records: Mapping[str, Mapping[str, Any]]) -> str:
    sums: Counter[str] = Counter()
    for record in records.values():
        if "failed" in record:
            sums["failed"] += 1
            continue
        if not record["cells"]:
            continue
        sums["books"] += 1
        sums["bad"] += bool(record["wrong"])
        sums["wrong"] += len(record["wrong"])
        for key in ("cells", "reproduced", "named"):
            sums[key] += record[key]
    seconds = sum(record.get("seconds", 0.0) for record in records.values())
    total = max(sums["cells"], 1)
    shares = " | ".join(f"{sums[key]:,} ({sums[key] / total:.2%})" for key in ("reproduced", "named", "wrong"))
    return (
        f"| {way} | {sums['books']} | {sums['cells']:,} | {shares} | {sums['bad']} | {sums['failed']} | {seconds:.0f} |"
    )


if __name__ == "__main__":
    main()
