"""What a workbook may ask of the machine that reads it, in one place.

Each limit stands far above what honest workbooks need and far below what would bring a machine down. It can be
raised or lowered for a run by an environment variable: `CRM_XL_MAX_CELLS=5000000 crm-xl recalc big.xlsx`.
"""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from multiprocessing.connection import wait

from crm_xl.errors import UnreadableError

PREFIX = "CRM_XL_MAX_"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits that hold for a run.

    `file_mb` is the file as it lies on the disk; `part_mb` and `total_mb` what one part and all of them unpack to;
    `ratio` how many times larger than packed a part may be once it is more than 8 MB. `cells` and `formulas` count
    those of all sheets together. `memory_mb` and `seconds` bound the process in which the command line calculates a
    workbook.
    """

    file_mb: int = 100
    parts: int = 10_000
    part_mb: int = 256
    total_mb: int = 512
    # Real sheets are packed about 10:1, a sheet of a million equal rows about 150:1; deflate ends near 1000:1.
    ratio: int = 300
    cells: int = 2_000_000
    formulas: int = 500_000
    memory_mb: int = 4096
    seconds: int = 300

    @property
    def sheet_tags(self) -> int:
        """How many XML tags a sheet may have: a cell with a formula and a text has six, rows and rules need some."""
        return 10_000 + 8 * self.cells

    @property
    def tags(self) -> int:
        """How many XML tags any other part may have; in memory each of them costs about 100 bytes."""
        return 10_000 + 2 * self.cells


def limits() -> Limits:
    """Return the limits as the environment sets them.

    Raises
    ------
    UnreadableError
        Where a variable holds anything but a whole number above 0.
    """
    return _limits(tuple([os.environ.get(name, "") for name in _VARIABLES]))


@lru_cache(maxsize=8)
def _limits(found: tuple[str, ...]) -> Limits:
    given = {field.name: text.strip() for field, text in zip(fields(Limits), found, strict=True)}
    for name, text in given.items():
        if text and not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0):
            raise UnreadableError("limit_bad", variable=variable(name), found=text)
    return Limits(**{name: int(text) for name, text in given.items() if text})


def bound_memory(size: int) -> None:
    """Let this process take so many bytes of memory and no more, where the system knows such a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such module, macOS no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def end_with_parent() -> None:
    """Let this process end as soon as the one that started it is gone, however that ended: it would work for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_when(lambda: wait([parent.sentinel]))


def end_when(gone: Callable[[], object]) -> None:
    """Let this process end when something returns that waits for its parent to be gone."""

    def watch() -> None:
        gone()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def variable(name: str) -> str:
    """Return the environment variable that sets a limit."""
    return PREFIX + name.upper()


_VARIABLES = tuple(variable(field.name) for field in fields(Limits))
