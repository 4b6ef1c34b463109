"""The list of what the engine reproduces of Excel, measured: `crm_xl/data/reproduced.csv`.

Each formula of the workbooks is computed from its inputs as they are stored, and held against its own stored value. A
use of a function (`ROUND`, `ROUND:range`, …) that gives them again goes into the list; the program names every
formula that asks for another one.

A list that is measured on the workbooks that made it flatters itself. So `folds` cuts the workbooks into parts: each is
measured with a list from the others.
"""

import csv
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import cell_name
from crm_xl.xlsx.workbook import read_sheets, read_structure

# A use that fails in a larger share of its formulas is not reproduced; one seen in fewer formulas is not known.
_LEAST_SEEN = 3
_MOST_WRONG = 0.05
# In so many other workbooks a use is right that one workbook has wrong.
_RIGHT_ELSEWHERE = 3


def outcomes(path: Path) -> dict[str, Any]:
    """Return how often each set of uses in one formula gave the stored value, and how often another."""
    package = Package.open(path)
    structure = read_structure(package)
    model = Model(structure, read_sheets(structure), ())
    counts: dict[str, list[int]] = {}
    samples: list[list[Any]] = []
    if model.stored_results.reason is None:
        model.evaluate()
        assert model.proof is not None
        for position in model.formulas:
            failure = model.proof.differing.get(position)
            wrong = failure is not None and failure.key in ("formula_differs", "formula_other_extent")
            # What the engine cannot compute it says itself, and an error that comes from nowhere is always told.
            if failure is not None and str(computed := failure.details.get("computed")).startswith("#"):
                wrong = any(computed in model.errors_in(area) for area in model.uses.get(position, ()))
            if wrong or position in model.proof.proved:
                key = " ".join(sorted(model.uses_of(position)))
                counts.setdefault(key, [0, 0])[wrong] += 1
                if wrong and failure is not None:
                    samples.append([position[0], cell_name(*position[1:]), model.formulas[position], failure.details])
    return {"path": str(path), "uses": counts, "wrong": samples}


def reproduced(records: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return the uses that give what Excel gives: in how many formulas they were seen, and in how many workbooks.

    Of the uses in a formula that is wrong one is to blame: the one that is wrong in the largest share of the formulas
    that nothing else is to blame for, until none is left. A use that is wrong in a single workbook and right in several
    others is not to blame: such a workbook tries odd arguments.
    """
    seen: list[tuple[int, frozenset[str], int, int]] = []
    books: dict[str, set[int]] = {}
    for number, record in enumerate(records):
        for key, (good, bad) in record.get("uses", {}).items():
            found = frozenset(key.split(" "))
            seen.append((number, found, good, bad))
            for use in found:
                books.setdefault(use, set()).add(number)
    blamed: set[str] = set()
    while True:
        right: Counter[str] = Counter()
        wrong: Counter[str] = Counter()
        wrong_in: dict[str, set[int]] = {}
        for number, found, good, bad in seen:
            if not found & blamed:
                right.update(dict.fromkeys(found, good))
                wrong.update(dict.fromkeys(found, bad))
                for use in found if bad else ():
                    wrong_in.setdefault(use, set()).add(number)
        share = {
            use: wrong[use] / (wrong[use] + right[use])
            for use, where in wrong_in.items()
            if len(where) > 1 or len(books[use]) <= _RIGHT_ELSEWHERE
        }
        worst = max(share, key=lambda use: (share[use], use), default=None)
        if worst is None or share[worst] <= _MOST_WRONG:
            return {use: (right[use], len(books[use])) for use in sorted(right) if right[use] >= _LEAST_SEEN}
        blamed.add(worst)


def folds(paths: Sequence[Path], number: int) -> list[list[Path]]:
    """Cut workbooks into so many parts, by their names, so that each falls into the same part every time."""
    parts: list[list[Path]] = [[] for _ in range(number)]
    for path in paths:
        parts[zlib.crc32(path.name.encode()) % number].append(path)
    return parts


def write_list(found: Mapping[str, tuple[int, int]], path: Path) -> None:
    """Write the list as the program reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("use", "formulas", "workbooks"))
        writer.writerows((use, *counts) for use, counts in found.items())
