"""Workbooks recalculated in a process of its own: one that dies, hangs or eats memory costs that one workbook.

The process is started afresh (spawn) on every system and serves one workbook after the other; where it ended, another
takes its place.
"""

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from crm_xl.functions.registry import REGISTRY
from crm_xl.hosts.headless import Book, Spellings
from crm_xl.xlsx.limits import bound_memory, end_with_parent, limits
from crm_xl.xlsx.package import Package, WorkbookError, stopped


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A recalculated workbook: counts, the problems in words, the file, and whether it differs from the one read."""

    formulas: int
    changed: int
    problems: tuple[str, ...]
    seconds: float
    data: bytes
    differs: bool


def computed(path: Path, language: str) -> Computed | None:
    """Recalculate a workbook in memory; None for one that calls no function of ours.

    Raises
    ------
    WorkbookError
        Where it cannot be read or calculated.
    """
    import crm_xl.functions  # noqa: F401  (its modules register themselves)

    package = Package.open(path)
    spellings = Spellings(REGISTRY)
    parts = (xml for name, xml in package.parts.items() if name.startswith("xl/") and name.endswith(".xml"))
    if not any(spellings.mentioned(xml.decode("utf-8", "replace")) for xml in parts):
        return None
    started = time.perf_counter()
    book = Book(package, path)
    report = book.recalculate()
    return Computed(
        formulas=report.formulas,
        changed=report.changed,
        problems=tuple(problem.text(language) for problem in report.problems if problem.severity == "error"),
        seconds=time.perf_counter() - started,
        data=book.to_bytes(),
        differs=book.changed,
    )


class ChildProcess:
    """Does its work, `computed`, in the other process; `end` ends that."""

    def __init__(self, work: Callable[[Path, str], Computed | None] = computed) -> None:
        self.work = work
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None

    def __call__(self, path: Path, language: str) -> Computed | None:
        """Recalculate a workbook; see `computed`."""
        try:
            connection = self._started()
            connection.send((self.work, path, language))
            if not connection.poll(limits().seconds):
                self.end()
                raise stopped("book_too_slow", path.name)
            answer = connection.recv()
        except (EOFError, OSError):
            self.end()
            raise stopped("book_engine_died", path.name) from None
        if isinstance(answer, WorkbookError):
            raise answer
        return answer if isinstance(answer, Computed) else None

    def end(self) -> None:
        """End the other process."""
        if self._process is not None and self._connection is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None

    def _started(self) -> Connection:
        if self._connection is None:
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        return self._connection


def _serve(connection: Connection) -> None:
    """Recalculate what is asked for until nobody asks; Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    bound_memory(limits().memory_mb * 2**20)
    with contextlib.suppress(EOFError, OSError):
        while True:
            work, path, language = connection.recv()
            try:
                connection.send(work(path, language))
            except WorkbookError as fault:
                connection.send(fault)
            except MemoryError:
                connection.send(stopped("book_no_memory", path.name))
            except Exception as fault:
                connection.send(WorkbookError("serve_fault", fault=type(fault).__name__))
