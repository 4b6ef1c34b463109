"""Reads files in other processes of this machine: one that dies or hangs costs that one file, and nothing else.

A reader gets one file at a time. It is ended when it takes too long, and another takes its place; a file at which a
reader died is tried once more, because something else may have ended it. Readers are started afresh (spawn) on every
system, so that they are the same on all.
"""

import contextlib
import gc
import mmap
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Generic, TypeVar

from crm_xl.collection.collecting.readings import Reading, read_file, unread
from crm_xl.errors import CrmError
from crm_xl.xlsx.limits import bound_memory, end_with_parent

# Per file: a return of 5,000 lines takes less than a second and 200 MB.
TIME_LIMIT = 60.0
MEMORY_LIMIT = 2 * 2**30
_TRIES = 2
T = TypeVar("T")
# So many more objects than were given back, before cycles among them are looked for: a file has a tuple for each cell.
_UNTIDY = 100_000


class ReaderError(CrmError):
    """No process can be started to read files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A file to read: where it is, what it is called in the results, and the digest of its content."""

    path: Path
    name: str
    digest: str


def read_here(tasks: Iterable[Task], jobs: int, time_limit: float = TIME_LIMIT) -> Iterator[tuple[Task, Reading]]:
    """Read files in as many processes as given; the readings come in the order in which they are done."""
    return done_apart(tasks, read_safely, _lost, jobs, time_limit)


def done_apart(
    tasks: Iterable[Task],
    work: Callable[[Path, str, str], T],
    lost: Callable[[Task, str, dict[str, str]], T],
    jobs: int,
    time_limit: float = TIME_LIMIT,
) -> Iterator[tuple[Task, T]]:
    """Do some work on files in as many processes as given, each with the limits of time and memory.

    Parameters
    ----------
    work
        What is done with the path, the name and the digest of a file; it can be pickled, and raises nothing.
    lost
        The answer for a file at which a process died or took too long, from the term that says so and its details.
    """
    waiting = deque((task, 1) for task in tasks)
    readers: list[_Reader[T]] = []
    failed_starts = 0
    try:
        while waiting or any(reader.task for reader in readers):
            readers += [_Reader(work) for _ in range(min(jobs, len(waiting)) - len(readers))]
            for reader in readers:
                if reader.ready and reader.task is None and waiting:
                    reader.give(*waiting.popleft())
            wait([reader.connection for reader in readers], timeout=0.2)
            for reader in list(readers):
                task, answer = reader.task, reader.answer()
                if answer is not None and task is not None:
                    yield task, answer
                    continue
                if reader.alive and not reader.overdue(time_limit):
                    continue
                tries, late = reader.tries, reader.alive
                readers.remove(reader)
                reader.end()
                if task is None:
                    failed_starts += not reader.ready
                    if failed_starts > _TRIES + jobs:
                        raise ReaderError("collect_no_reader")
                elif late:
                    yield task, lost(task, "reader_late", {"seconds": f"{time_limit:g}"})
                elif tries < _TRIES:
                    waiting.append((task, tries + 1))
                else:
                    yield task, lost(task, "reader_died", {})
    finally:
        for reader in readers:
            reader.end()


def _lost(task: Task, key: str, details: dict[str, str]) -> Reading:
    return unread(task.digest, key, **details)


class _Reader(Generic[T]):
    """A process that works on one file after the other."""

    def __init__(self, work: Callable[[Path, str, str], T]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work_on, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()
        self.ready, self.alive = False, True
        self.task: Task | None = None
        self.tries = 0
        self._since = time.monotonic()

    def give(self, task: Task, tries: int) -> None:
        self.task, self.tries, self._since = task, tries, time.monotonic()
        with contextlib.suppress(OSError):  # it died just now: its end is seen when it is asked
            self.connection.send((str(task.path), task.name, task.digest))

    def answer(self) -> T | None:
        """Its answer if there is one; notes when it is ready, and when it is gone."""
        try:
            while self.connection.poll():
                answer: T | None = self.connection.recv()
                if answer is None:
                    self.ready = True
                    continue
                self.task = None
                return answer
        except (EOFError, OSError):
            self.alive = False
        return None

    def overdue(self, limit: float) -> bool:
        return self.task is not None and time.monotonic() - self._since > limit

    def end(self) -> None:
        self.connection.close()
        if self.alive:
            self.process.kill()
        self.process.join()
        self.process.close()


def _work_on(connection: Connection, work: Callable[[Path, str, str], object]) -> None:
    """Work on files until there are no more; Ctrl-C is for the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _limit_memory()
    gc.freeze()
    gc.set_threshold(_UNTIDY)
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            path, name, digest = connection.recv()
            connection.send(work(Path(path), name, digest))


def read_safely(path: Path, name: str, digest: str) -> Reading:
    """Read a file; a fault of the reading itself becomes a finding too, since the rest has to go on."""
    try:
        found = read_file(path, name)
        found.head.encode()  # a text that cannot be kept is found here, and not where it would stop all others
        return found
    except MemoryError:
        return unread(digest, "reader_memory", megabytes=f"{MEMORY_LIMIT // 2**20}")
    except Exception as fault:
        return unread(digest, "reader_fault", fault=type(fault).__name__)


def _limit_memory() -> None:
    """Let this process have so much more memory and no more, where the system can say so."""
    used = 0
    with contextlib.suppress(OSError):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    bound_memory(used + MEMORY_LIMIT)
