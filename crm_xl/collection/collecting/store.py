"""The store of readings: a file beside the output, so that unchanged returns are not read again.

It is an SQLite file, locked while a collection runs: a second one over the same output is told so. Readings are added
in small transactions; whatever stops the collection, what was added before is there for the next run. A reading is
found by the digest of its file, and all are dropped when the code or the tables that made them change.
"""

import errno
import hashlib
import os
import sqlite3
import stat
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import TracebackType
from typing import Self

from crm_xl.collection.collecting.readings import Reading
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import WorkbookError, system_reason

SUFFIX = ".readings"
# By this a store is known, though all else in it be broken: the text "CRMX" at the 68th byte.
_OURS = 0x43524D58
_MARKED_AT, _HEAD = 68, 100
_MAGIC = b"SQLite format 3\0"
# How long readings may wait before they are safe, in seconds.
_UNSAFE = 1.0
_TABLES = """
CREATE TABLE made_by (version TEXT NOT NULL);
CREATE TABLE readings (digest TEXT PRIMARY KEY, head TEXT NOT NULL, body BLOB NOT NULL,
                       reliable INTEGER NOT NULL) WITHOUT ROWID;
"""
# Kept in the file, so that one with other tables is known for what it is.
_SHAPE = zlib.crc32(_TABLES.encode()) & 0x7FFF_FFFF


class StoreError(CrmError):
    """The store cannot be used: another collection runs, or the file cannot be written."""


@cache
def made_by() -> str:
    """Return what a reading depends on beside its file: a digest of the code and the tables of this package."""
    total = hashlib.sha256()
    for entry in _sources(files("crm_xl")):
        total.update(entry.read_bytes())
    return total.hexdigest()


def _sources(folder: Traversable) -> Iterable[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".csv")):
            yield entry


def _is_ours(base: sqlite3.Connection) -> bool:
    """Whether a database is a store, of whatever version, or one in which nothing stands yet."""
    marked: bool = base.execute("PRAGMA application_id").fetchone() == (_OURS,)
    return marked or bool(base.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,))


def _begin_anew(base: sqlite3.Connection) -> None:
    """Put the tables of this version in the place of whatever is in the file: all of it can be read again."""
    for kind, name in base.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
        if not name.startswith("sqlite_"):
            base.execute(f'DROP {kind} "{name.replace(chr(34), 2 * chr(34))}"')
    for statement in _TABLES.split(";"):
        base.execute(statement)
    base.execute(f"PRAGMA application_id = {_OURS}")
    base.execute(f"PRAGMA user_version = {_SHAPE}")


class Store:
    """The readings of the files of one collection; a context manager that holds the lock."""

    def __init__(self, out: Path) -> None:
        self.path = out.with_name(out.name + SUFFIX)
        self._out = out
        self._unsafe_since: float | None = None
        self._refuse_others()
        self._make()
        try:
            self._base = self._opened()
        except sqlite3.OperationalError as fault:
            self._refuse(fault)
        except sqlite3.DatabaseError:  # a broken one: all it holds can be read again
            if int.from_bytes(self._head()[_MARKED_AT:][:4], "big") != _OURS:
                raise StoreError("collect_not_a_store", file=self.path) from None
            self.path.unlink(missing_ok=True)
            self._base = self._opened()

    def _refuse_others(self) -> None:
        """Refuse what stands in the place of the store and is no file of ours: a link, or that of another program."""
        if not os.path.lexists(self.path):
            return
        if (
            self.path.is_symlink()
            or not self.path.is_file()
            or not self._head().startswith(_MAGIC[: len(self._head())])
        ):
            raise StoreError("collect_not_a_store", file=self.path)

    def _head(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD)
        except OSError:
            return b""  # what is wrong with it is said when it is opened

    def _make(self) -> None:
        """Make the file where there is none, and let nobody read it who may not read the workbook."""
        with suppress(OSError):
            if self._out.exists():
                mode = stat.S_IMODE(self._out.stat().st_mode)
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, mode))
                os.chmod(self.path, mode)

    def _opened(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=0.5, isolation_level=None)
        try:
            base.execute("PRAGMA locking_mode=EXCLUSIVE")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("BEGIN EXCLUSIVE")
            if base.execute("PRAGMA user_version").fetchone() != (_SHAPE,):
                if not _is_ours(base):
                    raise StoreError("collect_not_a_store", file=self.path)
                _begin_anew(base)
            if base.execute("SELECT version FROM made_by").fetchall() != [(made_by(),)]:
                base.execute("DELETE FROM readings")
            # Written in any case: the empty journal of a run that was killed goes only when a later one is written.
            base.execute("DELETE FROM made_by")
            base.execute("INSERT INTO made_by VALUES (?)", (made_by(),))
            base.execute("COMMIT")  # the lock stays until the file is closed
        except (sqlite3.Error, StoreError):
            base.close()
            raise
        return base

    def _refuse(self, fault: sqlite3.OperationalError) -> None:
        if "locked" in str(fault):
            raise StoreError("collect_busy", file=self._out.name) from None
        if "full" in str(fault):
            reason = system_reason(OSError(errno.ENOSPC, str(fault)))
            raise WorkbookError("book_not_written", file=self.path.name, reason=reason) from None
        raise StoreError("collect_no_store", file=self.path.name, folder=self.path.parent) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(*([] if fault is None else [CrmError])):
                self.save()
        finally:
            self._base.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what the system reports, such as a disk that is full."""
        try:
            yield
        except sqlite3.OperationalError as fault:
            self._refuse(fault)

    def __contains__(self, digest: str) -> bool:
        """Whether a file need not be read; one from which no reader came back is tried again."""
        found = self._base.execute("SELECT 1 FROM readings WHERE digest = ? AND reliable", (digest,))
        return found.fetchone() is not None

    def add(self, reading: Reading) -> None:
        """Add a reading; it is safe after a second at most."""
        with self._told():
            if self._unsafe_since is None:
                self._base.execute("BEGIN")
                self._unsafe_since = time.monotonic()
            values = (reading.digest, reading.head, reading.body, reading.reliable)
            self._base.execute("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)", values)
        if time.monotonic() - self._unsafe_since > _UNSAFE:
            self.save()

    def save(self) -> None:
        """Make all readings safe."""
        if self._unsafe_since is not None:
            with self._told():
                self._base.execute("COMMIT")
            self._unsafe_since = None

    def head(self, digest: str) -> str:
        """Return the short part of a reading."""
        return str(self._base.execute("SELECT head FROM readings WHERE digest = ?", (digest,)).fetchone()[0])

    def body(self, digest: str) -> bytes:
        """Return the lines of a reading, packed."""
        return bytes(self._base.execute("SELECT body FROM readings WHERE digest = ?", (digest,)).fetchone()[0])

    def keep(self, digests: Iterable[str]) -> None:
        """Drop all readings but these."""
        self.save()
        with self._told():
            self._base.execute("CREATE TEMP TABLE kept (digest TEXT PRIMARY KEY) WITHOUT ROWID")
            self._base.execute("BEGIN")
            self._base.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((digest,) for digest in digests))
            self._base.execute("DELETE FROM readings WHERE digest NOT IN (SELECT digest FROM kept)")
            self._base.execute("COMMIT")
            self._base.execute("DROP TABLE kept")
