"""Reads files on a Dask cluster: the same work as `workers.read_here`, and the same readings.

The content of each file travels with its task, so that the machines of the cluster need not see the folder. No more
tasks are under way than keep every thread busy: neither this machine nor the scheduler ever holds all files. Dask
itself gives a task to another worker when one is lost.
"""

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from crm_xl.collection.collecting.readings import Reading, unread
from crm_xl.collection.collecting.workers import TIME_LIMIT, ReaderError, Task, read_safely
from crm_xl.collection.reading.returned import MAX_FILE_BYTES

# Files in a task: enough that the way to the worker and back does not count.
_BATCH = 8
# Tasks under way for each thread: one runs and one waits.
_AHEAD = 2

Content: TypeAlias = tuple[str, str, bytes]


def connect(address: str) -> Any:
    """Return a client of the cluster at an address such as tcp://10.0.0.5:8786.

    Raises
    ------
    ReaderError
        When `distributed` is not installed, or no cluster answers.
    """
    try:
        distributed = import_module("distributed")  # it may be missing, and its types are not ours to check
    except ImportError:
        raise ReaderError("collect_no_dask") from None
    try:
        return distributed.Client(address, timeout="15s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as fault:
        raise ReaderError("collect_no_cluster", address=address, fault=str(fault).splitlines()[0]) from None


def read_there(client: Any, tasks: Iterable[Task], time_limit: float = TIME_LIMIT) -> Iterator[tuple[Task, Reading]]:
    """Read files on a cluster; the readings come in the order in which they are done."""
    distributed = import_module("distributed")
    batches = deque(_batches(list(tasks)))
    under_way: dict[Any, list[Task]] = {}
    while batches or under_way:
        threads = sum(client.nthreads().values()) or 1
        while batches and len(under_way) < threads * _AHEAD:
            batch = batches.popleft()
            contents = {task: content for task in batch if (content := _content(task)) is not None}
            here = [task for task in batch if task not in contents]
            if contents:
                under_way[client.submit(read_contents, list(contents.values()), pure=False)] = list(contents)
            yield from ((task, read_safely(task.path, task.name, task.digest)) for task in here)
        if not under_way:
            continue
        try:
            with client.as_current():
                done, _ = distributed.wait(list(under_way), timeout=time_limit * _BATCH, return_when="FIRST_COMPLETED")
        except TimeoutError:  # nothing came back in a time in which everything under way should have
            done = set()
            for future, batch in list(under_way.items()):
                future.cancel(force=True)
                del under_way[future]
                yield from _alone(batches, batch, "reader_late", seconds=f"{time_limit:g}")
        for future in done:
            batch = under_way.pop(future)
            if future.status == "finished":
                yield from zip(batch, future.result(), strict=True)
            elif future.status == "pending":  # the worker that had its result was lost just now: it is computed again
                under_way[future] = batch
            elif isinstance(
                fault := future.exception(), distributed.KilledWorker
            ):  # it was tried on several workers, all lost
                yield from _alone(batches, batch, "reader_died")
            else:
                raise ReaderError("collect_cluster_fault", fault=f"{type(fault).__name__}: {fault}")


def read_contents(contents: list[Content]) -> list[Reading]:
    """Read files from their content; this runs on a worker of the cluster."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "return.xlsx"
        found = []
        for name, digest, content in contents:
            place.write_bytes(content)
            found.append(read_safely(place, name, digest))
        return found


def _content(task: Task) -> Content | None:
    """A file as it travels; None where it cannot be read or is too large: reading it here tells what is wrong."""
    try:
        if task.path.stat().st_size > MAX_FILE_BYTES:
            return None
        return task.name, task.digest, task.path.read_bytes()
    except OSError:
        return None


def _batches(tasks: list[Task]) -> Iterator[list[Task]]:
    for at in range(0, len(tasks), _BATCH):
        yield tasks[at : at + _BATCH]


def _alone(batches: deque[list[Task]], batch: list[Task], key: str, **details: str) -> Iterator[tuple[Task, Reading]]:
    """Try each file of a lost batch alone, so that one bad file costs no other; a lone one is given up."""
    if len(batch) > 1:
        batches.extend([task] for task in batch)
    else:
        yield batch[0], unread(batch[0].digest, key, **details)
