"""Collects returned workbooks into one: finds them, reads those that are new, and writes the consolidated workbook.

Its order is straight: find, read, settle, consolidate, write. Reading is the long part. It goes over the files in any
order, in other processes or on other machines, and puts every reading into the store; whatever stops it, the next run
goes on from there. Then what all returns agree on is settled once, and the consolidation goes over the readings in
the order of the file names, so that the same files give the same bytes however they were read.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from crm_xl.collection.collecting import sheets
from crm_xl.collection.collecting.agreement import Agreement, Expected, settle
from crm_xl.collection.collecting.consolidation import Consolidation, Result
from crm_xl.collection.collecting.discovery import Found, Source, Why, find, is_collected
from crm_xl.collection.collecting.entries import Sums
from crm_xl.collection.collecting.parquet import ParquetFile, is_lines, parquet_paths
from crm_xl.collection.collecting.readings import Reading, digest_of, unread
from crm_xl.collection.collecting.reconciliation import Books
from crm_xl.collection.collecting.store import SUFFIX, Store
from crm_xl.collection.collecting.workers import Task
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import WorkbookError, system_reason

# Threads that take digests: on a network share the time is spent waiting.
_HASHING = 8

Reader: TypeAlias = Callable[[Iterable[Task]], Iterator[tuple[Task, Reading]]]


class CollectError(CrmError):
    """The files cannot be collected as they are; the text says what a person has to decide."""


class Progress(Protocol):
    """Is told how far a collection is."""

    def begin(self, total: int, known: int) -> None:
        """So many files there are, of which so many were read before."""

    def read(self) -> None:
        """One file more was read."""

    def writing(self, total: int) -> None:
        """All files are read; so many are put together now."""

    def written(self) -> None:
        """One file more was put together."""


class _Silent:
    """A progress that nobody watches."""

    def begin(self, total: int, known: int) -> None:
        pass

    def read(self) -> None:
        pass

    def writing(self, total: int) -> None:
        pass

    def written(self) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be collected, and under which assumptions.

    Parameters
    ----------
    folders
        Where the returned workbooks are; folders below them count too.
    out
        The workbook to write.
    language
        Language of the workbook: en or zh.
    cycle
        The cycle to collect, where the folders hold returns of several.
    expected
        What went out; None where no list is at hand, and nobody can be missing.
    assumptions
        A file with the assumptions of the consolidation; the stamps of the returns say them where it is None.
    currency
        The reporting currency, where it is to be another.
    parquet
        A Parquet file to write the cost lines to; the benefit lines go into one beside it.
    """

    folders: Sequence[Path]
    out: Path
    language: str = "en"
    cycle: str | None = None
    expected: Expected | None = None
    assumptions: Path | None = None
    currency: str | None = None
    parquet: Path | None = None

    @property
    def outputs(self) -> list[Path]:
        """The files that this order writes."""
        lines = parquet_paths(self.parquet).values() if self.parquet else ()
        return [self.out, self.out.with_name(self.out.name + SUFFIX), *lines]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a collection did: `result` has the totals and the books; `read` files were read, `known` ones before."""

    result: Result
    read: int
    known: int
    skipped: tuple[tuple[str, Why], ...]

    @property
    def ok(self) -> bool:
        """Whether every file is in the sum or replaced, nothing is missing or rejected, and the amounts reconcile."""
        result = self.result
        states = ("rejected", "conflict", "empty")
        return (
            result.complete
            and not result.missing
            and not result.rejections
            and not any(result.states[state] for state in states)
        )


def collect(order: Order, reader: Reader, progress: Progress | None = None) -> Report:
    """Collect returned workbooks into one workbook, which appears only when it is whole.

    Parameters
    ----------
    order
        What is to be collected.
    reader
        Reads files: `workers.read_here`, or `cluster.read_there`, with their other arguments filled in.
    progress
        Is told how far it is.

    Raises
    ------
    CollectError
        Where there is no return at all, or they belong to several cycles and nobody said which.
    BasisError
        Where the returns do not say under which assumptions they are to be summed.
    StoreError
        Where another collection writes the same workbook.
    WorkbookError
        Where a file cannot be written; what stood there before is then as it was.
    """
    progress = progress or _Silent()
    _refuse_others(order)
    found = find(order.folders, order.outputs)
    if not found.files:
        raise CollectError("collect_nothing", folder=list(order.folders))
    with suppress(OSError):  # the store says what is wrong with the folder
        order.out.parent.mkdir(parents=True, exist_ok=True)
    with Store(order.out) as store:
        found, digests, read = _read(found, store, reader, progress)
        agreement = settle(
            store,
            digests,
            expected=order.expected,
            cycle=order.cycle,
            assumptions=order.assumptions,
            currency=order.currency,
            language=order.language,
        )
        result = _consolidated(order, store, agreement, found, progress)
        store.keep(digests.values())
    return Report(result=result, read=read, known=len(digests) - read, skipped=found.skipped)


def _refuse_others(order: Order) -> None:
    """Refuse to write over anything that no collection has written: above all, over a return."""
    if order.out.is_dir():
        raise WorkbookError("book_is_directory", file=order.out)
    if order.out.exists() and not is_collected(order.out):
        raise CollectError("collect_not_ours", file=order.out)
    lines = list(parquet_paths(order.parquet).values()) if order.parquet else []
    taken = {os.path.realpath(path) for path in (order.out, order.out.with_name(order.out.name + SUFFIX))}
    for path in lines:
        if os.path.realpath(path) in taken or (path.exists() and not is_lines(path)):
            raise CollectError("collect_not_ours", file=path)


def _digests(files: Sequence[Source]) -> dict[Source, str]:
    with ThreadPoolExecutor(_HASHING) as threads:
        return dict(zip(files, threads.map(_digest, files), strict=True))


def _read(found: Found, store: Store, reader: Reader, progress: Progress) -> tuple[Found, dict[str, str], int]:
    """Read the files that are not in the store; return them all, their digests by name, and how many were read."""
    hashed = _digests(found.files)
    collected = [file for file in found.files if hashed[file] not in store and is_collected(file.path)]
    skipped = (*found.skipped, *((file.name, "collected") for file in collected))
    for file in collected:
        del hashed[file]
    tasks: dict[str, Task] = {}
    for file, digest in hashed.items():
        if digest not in store:
            tasks.setdefault(digest, Task(path=file.path, name=file.name, digest=digest))
    progress.begin(len(hashed), len(hashed) - len(tasks))
    by_content: dict[str, str] = {}
    for task, reading in reader(tasks.values()):
        try:
            store.add(reading)
        except (
            UnicodeError,
            ValueError,
            OverflowError,
            sqlite3.InterfaceError,
        ) as fault:  # it holds what cannot be kept
            reading = unread(task.digest, "reader_fault", fault=type(fault).__name__)
            store.add(reading)
        by_content[task.digest] = reading.digest  # another one where the file changed in between
        progress.read()
    digests = {file.name: by_content.get(digest, digest) for file, digest in hashed.items()}
    return replace(found, skipped=tuple(sorted(skipped))), digests, len(tasks)


def _digest(file: Source) -> str:
    try:
        return digest_of(file.path)
    except OSError:
        return f"unreadable {file.name}"  # the reader finds out why, and says so


def _consolidated(order: Order, store: Store, agreement: Agreement, found: Found, progress: Progress) -> Result:
    """Go over the readings and write the workbook."""
    progress.writing(len(agreement.versions))
    with ExitStack() as stack:
        rows = sheets.long_rows(order.language, str(order.out.parent))
        for long in rows.values():
            stack.callback(long.close)
        sink = None
        if order.parquet is not None:
            sink = stack.enter_context(ParquetFile(order.parquet))
        result = Result(
            language=order.language,
            agreement=agreement,
            rows=rows,
            sums=[Sums(years=agreement.assumptions.years)],
            books=Books(),
            states=Counter(),
            skipped=found.skipped,
        )
        try:
            Consolidation(store, result, sink).run(progress.written)
            sheets.write(result, order.out)
        except OSError as fault:  # of the files in which long tables wait, or of Parquet
            raise WorkbookError("book_not_written", file=order.out.name, reason=system_reason(fault)) from fault
    return result
