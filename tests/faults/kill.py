"""Kills runs at random moments, and looks at what they leave behind.

`python -m tests.faults.kill --times 200` does it as often as it says and prints a table. Each run happens in a fork of
a process that has everything imported, so that the moments fall into the work and not into the start: half of them
anywhere in it, half from the moment that a new file begins to be written. After each kill the file has to be the old
one or the new one, to the byte; then the same run is made once more to its end, and has to give the new one and to
leave nothing else.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from crm_xl.collection.collecting.readings import Reading
from crm_xl.collection.collecting.workers import Task

WORKBOOKS = Path(__file__).parents[2] / "workbooks"
# Names that nobody takes for a workbook: hidden, and with an ending that says what they are.
LEFT_OVER = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp|.+\.readings(-journal)?|\.crm-xl\.lock")


@dataclass
class Tally:
    """What was found after the kills of one operation."""

    kills: int = 0
    old: int = 0
    new: int = 0
    left_over: int = 0
    ended_before: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Operation:
    """Something that writes `target` in a folder that `prepare` has filled."""

    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    target: str


# -- the operations --------------------------------------------------------------------------------------------------


def prepare_recalc(source: Path, folder: Path) -> None:
    """A workbook with an input that was changed by hand: its formulas hold old values."""
    from crm_xl.xlsx.package import Package
    from crm_xl.xlsx.sheet import SheetXml
    from crm_xl.xlsx.sheet_writing import written
    from crm_xl.xlsx.workbook import read_structure

    package = Package.open(source)
    structure = read_structure(package)
    part = next(s.part for s in structure.sheets if s.name in ("Costs", "费用", "S"))
    sheet = SheetXml(package.parts[part], package.name, part)
    numbers = (p for p, c in sheet.cells.items() if c.formula is None and c.type == "n" and c.raw)
    at = next(p for p in numbers if (sheet.value(sheet.cells[p], structure.texts) or 0) > 1)
    (folder / "book.xlsx").write_bytes(package.to_bytes({part: written(sheet, structure.texts, {at: 123.0})[0]}))


def recalc(folder: Path) -> None:
    from crm_xl.hosts.headless.recalc import recalculate

    recalculate(folder / "book.xlsx", stale=True)


def prepare_template(folder: Path) -> None:
    (folder / "template.xlsx").write_bytes(b"an older template")


def template(folder: Path) -> None:
    from crm_xl.templates.build import write_template
    from crm_xl.templates.spec import TemplateSpec

    write_template(TemplateSpec(language="en", kind="department", lines=10), folder / "template.xlsx")


def prepare_collect(returns: Path, folder: Path) -> None:
    shutil.copytree(returns, folder / "returns")
    (folder / "all.xlsx").write_bytes((returns.parent / "older.xlsx").read_bytes())


def here(tasks: Iterable[Task]) -> Iterator[tuple[Task, Reading]]:
    """Read returned files in this process."""
    from crm_xl.collection.collecting.workers import read_safely

    for task in tasks:
        yield task, read_safely(task.path, task.name, task.digest)


def collect_into(folder: Path, out: Path) -> None:
    """An older consolidation: of the same returns, in the other language."""
    from crm_xl.collection.collecting.collect import Order
    from crm_xl.collection.collecting.collect import collect as collected

    collected(Order(folders=[folder / "returns"], out=out, language="zh"), here)


def collect(folder: Path) -> None:
    from crm_xl.collection.collecting.collect import Order
    from crm_xl.collection.collecting.collect import collect as collected

    collected(Order(folders=[folder / "returns"], out=folder / "all.xlsx"), here)


def prepare_check(returns: Path, folder: Path) -> None:
    """A return with something to tell, and an older copy with findings."""
    from tests.collection.forms import Form

    form = Form().line(6, component="Licence", amount="1.200")
    form.save(folder, "return.xlsx")
    check(folder)
    Form(content=form.bytes()).line(7, component="Licence", amount="abc").save(folder, "return.xlsx")


def check(folder: Path) -> None:
    from crm_xl.collection.checking.annotate import annotate
    from crm_xl.collection.checking.check import check as checked

    source = folder / "return.xlsx"
    annotate(source, checked(source), folder / "return.checked.xlsx", "en")


def prepare_distribute(folder: Path) -> None:
    (folder / "list.csv").write_text("Department\nSales\nLegal\n", encoding="utf-8")


def distribute(folder: Path) -> None:
    from crm_xl.collection.sending.distribute import Cycle
    from crm_xl.collection.sending.distribute import distribute as distributed

    distributed(folder / "list.csv", folder, Cycle(cycle="c", lines=10, years=1), jobs=1)


def serve(folder: Path) -> None:
    from crm_xl.hosts.serve import Folder

    for _ in Folder(folder, settled=0.0).once():
        pass


def operations(scratch: Path, large: bool) -> dict[str, Operation]:
    """Return the operations; `large` recalculates the shipped example instead of a small workbook."""
    from benchmarks.returns import make_returns
    from tests.hostile.corpus import plain

    book = example = WORKBOOKS / "crm_example_en.xlsx"  # a folder is served for workbooks with functions of ours
    if not large:
        book = scratch / "small.xlsx"
        from tests.headless.books import cell

        book.write_bytes(plain(cell("A1", 5), *(cell(f"B{i}", 0, f"A1*{i}") for i in range(1, 500))))
    make_returns(scratch / "returns", 4, lines=(5, 10), distinct=2, jobs=1)
    collect_into(scratch, scratch / "older.xlsx")
    return {
        "recalc": Operation(partial(prepare_recalc, book), recalc, "book.xlsx"),
        "template": Operation(prepare_template, template, "template.xlsx"),
        "check": Operation(partial(prepare_check, scratch / "returns"), check, "return.checked.xlsx"),
        "distribute": Operation(prepare_distribute, distribute, "Legal.xlsx"),
        "serve-folder": Operation(partial(prepare_recalc, example), serve, "book.xlsx"),
        "collect": Operation(partial(prepare_collect, scratch / "returns"), collect, "all.xlsx"),
    }


# -- killing ---------------------------------------------------------------------------------------------------------


def forked(operation: Operation, folder: Path) -> int:
    """Begin an operation in a process of its own."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            operation.run(folder)
            code = 0
        finally:
            os._exit(code)
    return child


def finished(operation: Operation, folder: Path) -> bool:
    """Do an operation to its end."""
    return os.waitpid(forked(operation, folder), 0)[1] == 0


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"


def tree(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def killed(operation: Operation, times: int, chance: random.Random, scratch: Path) -> Tally:
    """Kill an operation so many times; each time from the same beginning."""
    tally = Tally()
    beginning = scratch / "beginning"
    beginning.mkdir()
    operation.prepare(beginning)
    whole = scratch / "whole"
    shutil.copytree(beginning, whole)
    old, started = digest(beginning / operation.target), time.perf_counter()
    if not finished(operation, whole):
        raise RuntimeError("the operation does not work")
    duration = time.perf_counter() - started
    new, files = digest(whole / operation.target), tree(whole)
    if new == old:
        raise RuntimeError("the operation changes nothing")
    for number in range(times):
        folder = scratch / f"kill{number}"
        shutil.copytree(beginning, folder)
        child = forked(operation, folder)
        if number % 2:
            while not any(LEFT_OVER.fullmatch(n) and n.endswith(".tmp") for n in os.listdir(folder)):
                if os.waitpid(child, os.WNOHANG)[0]:
                    child = 0
                    break
            time.sleep(chance.uniform(0, 0.01))
        else:
            time.sleep(chance.uniform(0, duration * 1.1))
        if child:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            tally.ended_before += not os.WIFSIGNALED(status)
        else:
            tally.ended_before += 1
        tally.kills += 1
        found = digest(folder / operation.target)
        tally.old += found == old
        tally.new += found == new
        if found not in (old, new):
            tally.wrong.append(f"kill {number}: {operation.target} is neither the old file nor the new one")
        left = {name for name in tree(folder) - files if LEFT_OVER.fullmatch(Path(name).name)}
        tally.left_over += bool(left)
        if strange := tree(folder) - files - left:
            tally.wrong.append(f"kill {number}: {strange} lies about")
        if not finished(operation, folder) or digest(folder / operation.target) != new:
            tally.wrong.append(f"kill {number}: the next run does not finish the work")
        if tree(folder) != files:
            tally.wrong.append(f"kill {number}: after the next run {tree(folder) ^ files} differs")
        shutil.rmtree(folder)
    return tally


def run(times: int, seed: int = 20261123, large: bool = False) -> dict[str, Tally]:
    """Kill every operation, together so many times."""
    chance = random.Random(seed)
    tallies = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        made = operations(scratch, large)
        shares = Counter(sorted(made)[i % len(made)] for i in range(times))
        for operation, share in shares.items():
            place = scratch / operation
            place.mkdir()
            tallies[operation] = killed(made[operation], share, chance, place)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261123)
    given = parser.parse_args()
    started = time.perf_counter()
    tallies = run(given.times, given.seed, large=True)
    print("| operation | kills | the old file stands | the new file stands | left a temporary file | over before |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, t in tallies.items():
        print(f"| {name} | {t.kills} | {t.old} | {t.new} | {t.left_over} | {t.ended_before} |")
    wrong = [text for tally in tallies.values() for text in tally.wrong]
    print(*wrong, f"{len(wrong)} wrong, {time.perf_counter() - started:.0f} s", sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
