"""Tells when returns have arrived in folders, and are complete.

The folders are looked at again and again: network shares, where returns mostly arrive, tell of no changes. A file
that is being copied grows from look to look, so nothing is told before all have stayed as they are for a while. A
file that was read half-copied all the same is rejected as cut off, and read again when it has changed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from crm_xl.collection.collecting.discovery import FolderError, find

# How long nothing may change before what arrived is taken as complete, in seconds.
QUIET = 2.0
# Of a slow share a look may take long: at most this share of the time is spent looking.
_LOOKING = 0.05

State: TypeAlias = dict[str, tuple[int, int]]


def arrivals(
    folders: Sequence[Path],
    outputs: Sequence[Path],
    quiet: float = QUIET,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Yield at once, and then whenever files in folders have come, changed or gone, and are complete."""
    told = before = state(folders, outputs)
    yield None
    changed = time.monotonic()
    while True:
        begun = time.monotonic()
        now = state(folders, outputs)
        if now != before:
            before, changed = now, time.monotonic()
        elif now != told and begun - changed >= quiet:
            told = now
            yield None
        pause(max(quiet / 4, (time.monotonic() - begun) / _LOOKING))


def state(folders: Sequence[Path], outputs: Sequence[Path]) -> State:
    """Return size and time of every file that may be a return; nothing while a share is away."""
    found: State = {}
    try:
        for file in find(folders, outputs).files:
            try:
                stat = file.path.stat()
            except OSError:  # it has just gone
                continue
            found[file.name] = stat.st_size, stat.st_mtime_ns
    except FolderError:
        return {}
    return found
