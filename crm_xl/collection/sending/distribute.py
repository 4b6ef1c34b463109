"""Makes a workbook for each department of a list: filled in, stamped, calculated; and records what went out."""

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from crm_xl._version import __version__
from crm_xl.collection.form.layout import digest
from crm_xl.collection.form.master import Master, master_of, offered, own_currencies, settings_of
from crm_xl.collection.form.sent_cells import places
from crm_xl.collection.form.stamp import TEMPLATE, Stamp, read_stamp
from crm_xl.collection.sending.departments import Department, ListError, read_departments
from crm_xl.collection.sending.filenames import file_names
from crm_xl.collection.sending.manifest import NAME, Issued, add_issue, last_issues, mend_manifest, read_manifest
from crm_xl.collection.sending.prefill import (
    Model,
    assigned,
    carried,
    line_grids,
    old_start,
    own_components,
    the_lines,
)
from crm_xl.collection.sending.run_lock import alone_in
from crm_xl.collection.sending.sources import Grid, grids_of
from crm_xl.data import SCHEMA_VERSION
from crm_xl.engine.cells import Cell
from crm_xl.engine.problems import Severity
from crm_xl.engine.schema import normalise
from crm_xl.errors import CrmError
from crm_xl.hosts.headless import InputProblem
from crm_xl.templates.lists import CURRENCIES, OWN_COMPONENTS
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.limits import end_with_parent
from crm_xl.xlsx.package import Package, digest_of, replace_file

# Windows can wait for 63 processes at a time.
MOST_JOBS = 60
# Workbooks that are handed to a process at a time, and how few are made without other processes.
_CHUNK, _FEW = 10, 6


class DistributeError(CrmError):
    """Nothing can be distributed, or the distribution was broken off; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """What holds for all departments; language, currency, contact and deadline where the list says nothing else.

    Parameters
    ----------
    period
        What is planned or reported, such as `2027`; the year of `start` when left out.
    cycle
        The round of collecting, such as `2027 budget`; the period when left out. Issues to a department are counted
        within it.
    language, currency, years, start, lines, rates
        As in `TemplateSpec`.
    contact, deadline
        Whom departments ask, and the last day to return the workbook.
    """

    period: str = ""
    cycle: str = ""
    language: Literal["en", "zh"] = "en"
    currency: str = "CNY"
    years: int = 5
    start: dt.date | None = None
    lines: int = 60
    rates: tuple[tuple[str, float, int | None], ...] = ()
    contact: str = ""
    deadline: dt.date | None = None

    def stamp(self, department: Department, sequence: int) -> Stamp:
        """Return the stamp of a department's workbook, its layout aside."""
        period = self.period or (str(self.start.year) if self.start else "")
        return Stamp(
            schema=SCHEMA_VERSION,
            template=TEMPLATE,
            version=__version__,
            department=department.name,
            period=period,
            cycle=self.cycle or period,
            sequence=sequence,
            language=department.language,
            layout="",
            contact=department.contact,
            deadline=department.deadline,
            currency=department.currency,
            years=self.years,
            start=self.start,
            lines=self.lines,
            rates=self.rates,
        )


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """What a distribution did: the workbooks, how many lines stand in them, and why other lines do not.

    `left_behind` are lines of last cycle that are over, and rows of totals. `unchanged` are the files of departments
    whose workbook stands there already, as it would be made again.
    """

    folder: Path
    manifest: Path
    issued: tuple[Issued, ...]
    unchanged: tuple[str, ...]
    lines: int
    left_behind: tuple[InputProblem, ...]


@dataclass(frozen=True, kw_only=True)
class _Former:
    """The last workbook that a department was sent in the cycle, as the manifest has it."""

    file: Path
    sha256: str
    sequence: int


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A workbook to be made; `master` counts the masters."""

    target: Path
    master: int
    stamp: Stamp
    lines: tuple[dict[str, Cell], ...]
    former: _Former | None


def distribute(
    departments: str | os.PathLike[str],
    out: str | os.PathLike[str],
    cycle: Cycle,
    *,
    prefill: str | os.PathLike[str] | None = None,
    carried_from: str | os.PathLike[str] | None = None,
    manifest: str | os.PathLike[str] | None = None,
    date: dt.date | None = None,
    force: bool = False,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Distribution:
    """Make a workbook for each department of a list, and record them in the manifest.

    The same input into an empty folder gives the same bytes: nothing depends on the day or the machine. So a
    distribution that was broken off goes on, and one with a longer list adds what is new: a department whose workbook
    stands there as it was issued, and would be the same, is issued none. A workbook that a killed run had no time to
    record is one that stands there as it would be made: it is recorded now.

    Parameters
    ----------
    departments
        The list: an .xlsx with a table whose header has Department, or a CSV file. In an .xlsx a second table with
        the columns of the Costs table holds lines to fill in; its Department column says for whom.
    out
        The folder for the workbooks; made where it is missing.
    cycle
        What holds for all departments.
    prefill
        One more file with lines to fill in.
    carried_from
        A workbook of the last cycle, collected or of finance, whose lines are carried over.
    manifest
        The file that records what went out; `manifest.jsonl` in the folder when left out.
    date
        The day to record in the manifest, if any.
    force
        Whether files that stand there already are replaced.
    jobs
        Processes that work at a time; as many as there are cores when left out.
    progress
        Is told how many workbooks are made, of how many.

    Raises
    ------
    ListError
        Where the list or its lines have problems: all of them, and nothing was written.
    CrmError
        Where a file cannot be read or written, or would be replaced, or another run works in the folder.
    """
    source, folder = Path(departments), Path(out)
    record = folder / NAME if manifest is None else Path(manifest)
    receivers, left_behind = _prepared(source, cycle, _path(prefill), _path(carried_from))
    with ExitStack() as places:
        if record.parent == folder:
            folder.mkdir(parents=True, exist_ok=True)
        places.enter_context(alone_in(record.parent))
        mend_manifest(record)
        issues = last_issues(read_manifest(record), cycle.stamp(receivers[0], 0).cycle)
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.samefile(record.parent):
            places.enter_context(alone_in(folder))
        jobs = min(jobs or os.cpu_count() or 1, MOST_JOBS)
        masters, tasks = _planned(cycle, receivers, folder, _formers(issues, folder), jobs)
        if force:
            _refuse_filled(tasks, {str(one.get("sha256", "")) for one in read_manifest(record)})
        else:
            _refuse_others(tasks, masters)
        written: list[tuple[_Task, Issued]] = []
        unchanged: list[str] = []
        for task, sha256 in zip(tasks, _made(tasks, masters, jobs), strict=True):
            if sha256 is not None:
                issued = Issued(file=task.target.name, sha256=sha256, date=date, stamp=task.stamp)
                add_issue(record, issued)
                written.append((task, issued))
            elif task.former is not None:
                unchanged.append(task.former.file.name)
            if progress is not None:
                progress(len(written) + len(unchanged), len(tasks))
    return Distribution(
        folder=folder,
        manifest=record,
        issued=tuple(issued for _, issued in written),
        unchanged=tuple(unchanged),
        lines=sum(len(task.lines) for task, _ in written),
        left_behind=tuple(left_behind),
    )


def _planned(
    cycle: Cycle, receivers: Sequence[Department], folder: Path, formers: Mapping[str, _Former], jobs: int
) -> tuple[list[Master], list[_Task]]:
    """The workbooks to be made, and the masters that they are made from."""
    last = [formers.get(normalise(one.name)) for one in receivers]
    stamps = [
        cycle.stamp(one, former.sequence + 1 if former else 1) for one, former in zip(receivers, last, strict=True)
    ]
    names = file_names((stamp.department for stamp in stamps), (stamp.sequence for stamp in stamps))
    settings = list(dict.fromkeys(map(settings_of, stamps)))
    masters = _built(settings, jobs)
    tasks = []
    for stamp, name, department, former in zip(stamps, names, receivers, last, strict=True):
        number = settings.index(settings_of(stamp))
        stamp = replace(stamp, layout=digest(masters[number].layout_for(stamp)), places=places(stamp))
        lines = tuple(line.values for line in department.lines)
        tasks.append(_Task(target=folder / name, master=number, stamp=stamp, lines=lines, former=former))
    return masters, tasks


def _refuse_others(tasks: Sequence[_Task], masters: Sequence[Master]) -> None:
    """Refuse to replace files, unless they are what would be put in their place: a run was killed before it told."""
    standing = [task for task in tasks if task.target.exists()]
    for task in standing:
        if digest_of(task.target) != hashlib.sha256(masters[task.master].fill(task.stamp, task.lines)).hexdigest():
            raise DistributeError("distribute_exists", file=task.target, count=len(standing))


def _refuse_filled(tasks: Sequence[_Task], issued: Collection[str]) -> None:
    """Refuse to replace a form that somebody has filled in since it was issued, whatever was asked for."""
    for task in tasks:
        if task.target.exists() and digest_of(task.target) not in issued:
            try:
                filled = read_stamp(Package.open(task.target)) is not None
            except CrmError:
                filled = False
            if filled:
                raise DistributeError("distribute_filled", file=task.target)


def _formers(records: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, _Former]:
    """What departments were sent last, by their normalised names; of a file elsewhere only the sequence counts."""
    return {
        name: _Former(
            file=folder / Path(str(record.get("file", ""))).name,
            sha256=str(record.get("sha256", "")),
            sequence=record["sequence"],
        )
        for name, record in records.items()
    }


# -- reading what is asked for ---------------------------------------------------------------------------------------


def _path(path: str | os.PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


def _prepared(
    source: Path, cycle: Cycle, prefill: Path | None, carried_from: Path | None
) -> tuple[list[Department], list[InputProblem]]:
    """The departments with their lines, and the lines that are left behind; every problem at once."""
    grids = grids_of(source)
    departments, problems = read_departments(
        grids, source, language=cycle.language, currency=cycle.currency, contact=cycle.contact, deadline=cycle.deadline
    )
    model = Model(start=cycle.start, years=cycle.years, rates=cycle.rates)
    given = line_grids(grids)
    if prefill is not None:
        given += line_grids(grids_of(prefill)) or the_lines([], prefill)
    by_name = {department.name: department for department in departments}
    for grid in given:
        problems += _give(grid, by_name, model)
    left_behind: list[InputProblem] = []
    if carried_from is not None:
        old = grids_of(carried_from)
        for lines in the_lines(old, carried_from):
            grid, over = carried(lines, old_start(old), cycle.start)
            left_behind += [*over, *_give(grid, by_name, model)]
    left_behind += [told for told in problems if told.problem.severity is Severity.NOTE]
    problems = [told for told in problems if told.problem.severity is Severity.ERROR]
    problems += [p for department in by_name.values() for p in _room_problems(department, cycle.lines)]
    if problems:
        raise ListError(problems)
    return list(by_name.values()), left_behind


def _give(grid: Grid, departments: dict[str, Department], model: Model) -> list[InputProblem]:
    """Give lines to their departments; the problems of those that cannot be given."""
    lines, problems = assigned(grid, list(departments.values()), model)
    for name, own in lines.items():
        departments[name] = departments[name].with_lines(own)
    return problems


def _room_problems(department: Department, most: int) -> Iterator[InputProblem]:
    """What does not fit into the workbook of a department."""
    lines = department.lines
    if len(lines) > most:
        details = {"most": most, "count": len(lines)}
        yield lines[most].problem("expected_fewer_lines", found=department.name, details=details)
    for key, values, room in (
        ("component", own_components(line.values for line in lines), OWN_COMPONENTS),
        (
            "currency",
            own_currencies((line.values for line in lines), department.currency),
            CURRENCIES - len(offered(department.currency)),
        ),
    ):
        if len(values) > room:
            first = next(line for line in lines if str(line.values.get(key)) == values[room])
            details = {"most": room, "count": len(values)}
            yield first.problem(f"expected_fewer_{key}", found=department.name, details=details)


# -- making the workbooks --------------------------------------------------------------------------------------------


def _built(settings: Sequence[TemplateSpec], jobs: int) -> list[Master]:
    if jobs == 1 or len(settings) == 1:
        return [master_of(one) for one in settings]
    with ProcessPoolExecutor(min(jobs, len(settings)), get_context("spawn"), end_with_parent) as pool:
        return [
            Master(content, one.language) for content, one in zip(pool.map(_content, settings), settings, strict=True)
        ]


def _content(settings: TemplateSpec) -> bytes:
    return master_of(settings).content


def _made(tasks: Sequence[_Task], masters: Sequence[Master], jobs: int) -> Iterator[str | None]:
    """Make the workbooks; the digest of each comes when it is written, or None where it need not be."""
    if jobs == 1 or len(tasks) <= _FEW:
        for task in tasks:
            yield _make(task, masters)
        return
    chunks = [tasks[at : at + _CHUNK] for at in range(0, len(tasks), _CHUNK)]
    contents = [(master.content, master.language) for master in masters]
    # Processes are started afresh on every system, so that they are the same on all.
    context = get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(chunks)), context, _receive, (contents,))
    try:
        waiting = [pool.submit(_make_chunk, chunk) for chunk in chunks]
        for future in waiting:
            yield from future.result()
    except BrokenProcessPool:
        raise DistributeError("distribute_broken") from None
    finally:
        pool.shutdown(cancel_futures=True)


_masters: list[Master] = []


def _receive(contents: list[tuple[bytes, str]]) -> None:
    end_with_parent()
    _masters[:] = [Master(content, language) for content, language in contents]


def _make_chunk(tasks: Sequence[_Task]) -> list[str | None]:
    return [_make(task, _masters) for task in tasks]


def _make(task: _Task, masters: Sequence[Master]) -> str | None:
    master = masters[task.master]
    if task.former is not None and _stands(task.former, task, master):
        return None
    content = master.fill(task.stamp, task.lines)
    replace_file(task.target, content)
    return hashlib.sha256(content).hexdigest()


def _stands(former: _Former, task: _Task, master: Master) -> bool:
    """Whether the last workbook of a department is where it was written, and would be made the same again."""
    with suppress(OSError):
        if hashlib.sha256(former.file.read_bytes()).hexdigest() == former.sha256:
            content = master.fill(replace(task.stamp, sequence=former.sequence), task.lines)
            return hashlib.sha256(content).hexdigest() == former.sha256
    return False
