"""Keeps a folder to one run at a time: two that add to one manifest would each give out the same issues.

The run holds a lock on a hidden file of the folder, which the system takes back however the run ends. Where the folder
knows no locks, as on some network shares, the run goes on without.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from crm_xl.errors import CrmError
from crm_xl.xlsx.package import WorkbookError, system_reason

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

MARK = ".crm-xl.lock"


class FolderInUseError(CrmError):
    """Another run works in a folder; the text says in which."""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder.

    Raises
    ------
    FolderInUseError
        Where another run is in there.
    WorkbookError
        Where nothing can be written there.
    """
    mark = folder / MARK
    try:
        handle = _locked(mark)
    except FileNotFoundError:
        raise WorkbookError("book_no_folder", file=folder.name, folder=folder) from None
    except OSError as fault:
        raise WorkbookError("book_not_written", file=folder, reason=system_reason(fault)) from None
    try:
        yield
    finally:
        if sys.platform == "win32":
            os.close(handle)  # an open file cannot be removed there
        with contextlib.suppress(OSError):
            mark.unlink()
        if sys.platform != "win32":
            os.close(handle)


def _locked(mark: Path) -> int:
    """Open the file and lock it; once more, where the run before has just taken it away."""
    while True:
        handle = os.open(mark, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock(handle):
            os.close(handle)
            raise FolderInUseError("folder_in_use", folder=mark.parent)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), mark.stat()):
                return handle
        os.close(handle)


def _lock(handle: int) -> bool:
    """Whether a file could be locked, or cannot be at all."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
