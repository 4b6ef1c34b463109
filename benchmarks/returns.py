"""Makes filled workbooks as departments return them, for benchmarks and tests of the collection.

`python -m benchmarks.returns FOLDER --count 2000` writes them; from Python: `make_returns(folder, 2000, seed=1)`. The
same arguments give the same bytes. Every workbook has its department and stamp, its lines, and the calculated values of
all its formulas; it is written by this project and not by a spreadsheet program. Calculating takes longest, so only
`distinct` sets of lines are calculated, and each is used for every `distinct`-th department.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from crm_xl.collection.form.layout import digest
from crm_xl.collection.form.master import Master, master_of, settings_of
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.sending.departments import Department
from crm_xl.collection.sending.distribute import Cycle
from crm_xl.engine.cells import Cell
from crm_xl.xlsx.package import Package

CYCLE = Cycle(period="2027", cycle="2027 budget", currency="CNY", years=5, rates=(("USD/CNY", 7.1, None),))
_COMPONENTS = ("licence", "customisation", "maintenance", "training")
_ITEMS = ("Seats", "Integration with the ERP", "Support contract", "Key users", "席位", "接口开发", "年度维护")
_VENDORS = ("Salesforce", "HubSpot", "纷享销客", "Own staff", "Zoho")


def make_returns(
    folder: Path, count: int, *, seed: int = 1, lines: tuple[int, int] = (50, 500), distinct: int = 40, jobs: int = 2
) -> list[Path]:
    """Write filled workbooks into a folder, and return their paths.

    Parameters
    ----------
    folder
        Where to; made where it is missing.
    count
        How many; departments are called `Department 00001`, …
    seed
        The same seed gives the same bytes.
    lines
        The fewest and the most cost lines of a workbook.
    distinct
        How many different sets of lines there are.
    jobs
        Processes that work at a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    master = master_of(settings_of(_stamp(1, lines[1])))
    sets = range(min(distinct, count))
    work = partial(_write_set, folder=folder, count=count, seed=seed, lines=lines, distinct=distinct)
    if jobs == 1:
        written = [work(master.content, number) for number in sets]
    else:
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            written = list(pool.map(work, [master.content] * len(sets), sets))
    return sorted(path for paths in written for path in paths)


def lines_of(number: int, seed: int, lines: tuple[int, int]) -> list[dict[str, Cell]]:
    """Return a set of cost lines by column key, as `Master.fill` takes them: what the workbooks hold, for checking."""
    chance = random.Random(seed * 1_000_003 + number)
    return [_line(chance) for _ in range(chance.randint(*lines))]


def _line(chance: random.Random) -> dict[str, Cell]:
    found: dict[str, Cell] = {
        "component": chance.choice(_COMPONENTS),
        "item": f"{chance.choice(_ITEMS)} {chance.randint(1, 999)}",
        "vendor": chance.choice(_VENDORS),
        "currency": chance.choice(("CNY", "CNY", "USD")),
        "frequency": chance.choice(("one_off", "monthly", "quarterly", "annual")),
        "start": float(chance.randint(1, 5)),
    }
    if chance.random() < 0.5:
        return found | {"amount": chance.randint(1, 10_000_000) / 100}
    return found | {"quantity": float(chance.randint(1, 400)), "unit_cost": chance.randint(1, 1_000_000) / 100}


def _stamp(number: int, most: int) -> Stamp:
    department = Department(
        name=f"Department {number:05}", language="en", currency=CYCLE.currency, contact="", deadline=None
    )
    return replace(CYCLE, lines=max(most, 10)).stamp(department, 1)


_masters: dict[int, Master] = {}


def _write_set(
    content: bytes, number: int, *, folder: Path, count: int, seed: int, lines: tuple[int, int], distinct: int
) -> list[Path]:
    """Write the workbooks of one set of lines: one calculated, the others with another name in all places."""
    master = _masters.setdefault(hash(content), Master(content, "en"))
    first, *others = (_stamped(master, at + 1, lines[1]) for at in range(number, count, distinct))
    package = Package.open(master.fill(first, lines_of(number, seed, lines)))
    paths = []
    for stamp in (first, *others):
        path = folder / f"{stamp.department}.xlsx"
        path.write_bytes(package.to_bytes(dict(_renamed(package, first, stamp))))
        paths.append(path)
    return paths


def _stamped(master: Master, number: int, most: int) -> Stamp:
    stamp = _stamp(number, most)
    return replace(stamp, layout=digest(master.layout_for(stamp)))


def _renamed(package: Package, old: Stamp, new: Stamp) -> Iterator[tuple[str, bytes]]:
    pairs = [(one.encode(), two.encode()) for one, two in ((old.department, new.department), (old.layout, new.layout))]
    for part, content in package.parts.items():
        changed = content
        for one, two in pairs:
            changed = changed.replace(one, two)
        if changed is not content:
            yield part, changed


def main(arguments: Sequence[str] | None = None) -> None:
    """Write workbooks and say how many a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, nargs=2, default=(50, 500))
    parser.add_argument("--distinct", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    lines = (given.lines[0], given.lines[1])
    paths = make_returns(
        given.folder, given.count, seed=given.seed, lines=lines, distinct=given.distinct, jobs=given.jobs
    )
    seconds = time.perf_counter() - started
    print(f"{len(paths)} workbooks, {seconds:.0f} s, {len(paths) / seconds:.1f} a second")


if __name__ == "__main__":
    main()
