"""A folder of workbooks kept calculated: each is recalculated once it was saved and closed.

This is for people whose computers have no Python: they save a workbook into a shared folder, one computer computes
it, and the figures stand in the file when it is opened again. A workbook is computed as it was read, and takes the
place of the file only while that is still the same; an opened or growing file waits, and whatever is wrong with one
workbook is told and leaves the rest alone.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from crm_xl.data import term
from crm_xl.errors import CrmError
from crm_xl.hosts.child_process import Computed, computed
from crm_xl.xlsx.package import WorkbookError, lock_of, replace_file, system_reason

SUFFIXES = (".xlsx", ".xlsm")
NOTE = ".crm_xl.txt"
# A file is taken once it has not changed for this long, in seconds.
SETTLED = 1.0
# Networks lose messages about changes: the folder is looked through this often whatever is heard, in seconds.
LOOK_AGAIN = 30.0
# What keeps a sound workbook from being read or written now, and may be over soon.
_PASSING = frozenset(
    {
        "book_missing", "book_no_permission", "book_not_read", "book_not_written", "book_changing", "book_in_use",
        "book_is_directory",
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Served:
    """What became of a workbook, or of the folder itself.

    `key` is the term that says it; `problems` are those of its cells and formulas, in words.
    """

    path: Path
    key: str
    details: dict[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    reason: CrmError | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing needs a person."""
        return self.reason is None and self.key in ("serve_done", "serve_same")

    def text(self, language: str = "en") -> str:
        """Return what became of it in one line."""
        reason = {} if self.reason is None else {"reason": self.reason.text(language)}
        return term(self.key, language, file=self.path.name, **self.details, **reason)

    def lines(self, language: str = "en") -> list[str]:
        """Return that line, and one for each problem."""
        return [self.text(language), *self.problems]


class _Version(NamedTuple):
    """By what a file is known to be the same still."""

    size: int
    changed: int
    number: int


@dataclass
class Folder:
    """A folder that is served.

    Parameters
    ----------
    folder
        The folder of the workbooks, with its subfolders.
    out
        Where results are written, in the same subfolders; the workbooks themselves when left out.
    language
        The language of problems and of the notes beside workbooks.
    compute
        Recalculates a workbook, given its path and the language.
    settled
        For how long a file must not have changed, in seconds.

    Raises
    ------
    WorkbookError
        Where there is no such folder.
    """

    folder: Path
    out: Path | None = None
    language: str = "en"
    compute: Callable[[Path, str], Computed | None] = computed
    settled: float = SETTLED
    _done: dict[Path, _Version] = field(default_factory=dict)
    _seen: dict[Path, tuple[_Version, float]] = field(default_factory=dict)
    _told: dict[Path, str] = field(default_factory=dict)
    _effort: float = 0.0

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise WorkbookError("serve_no_folder", folder=self.folder)
        if self.out is not None and self.out.resolve() == self.folder.resolve():
            raise WorkbookError("serve_same_folder", folder=self.folder)

    def sweep(self) -> Iterator[Served]:
        """Recalculate every workbook that changed and rests; tell of the others once."""
        begun = time.monotonic()
        try:
            found = dict(self._workbooks())
        except OSError as fault:
            yield from self._tell(self.folder, "serve_unreachable", report=fault.strerror or type(fault).__name__)
            return
        self._told.pop(self.folder, None)
        self._effort = time.monotonic() - begun
        for gone in (self._done.keys() | self._seen.keys()) - found.keys():
            try:
                self._note_path(gone).unlink(missing_ok=True)
            except OSError as fault:
                # It is still known, so that the next look tries again.
                yield from self._tell_failed(gone, _failed(self._note_path(gone), fault))
                continue
            for known in (self._done, self._seen, self._told):
                known.pop(gone, None)
        for path, version in sorted(found.items()):
            if self._done.get(path) == version:
                self._seen.pop(path, None)
                continue
            if (key := self._waits(path, version)) is not None:
                yield from self._tell(path, key)
                continue
            yield from self._serve(path, version)

    def watch(self, stop: threading.Event, *, polling: bool | None = None) -> Iterator[Served]:
        """Serve the folder until `stop` is set or the user presses Ctrl-C.

        Parameters
        ----------
        polling
            Look for changes instead of being told by the system: for network drives whose server tells nothing.
        """
        due = 0.0
        for heard in self._heard(stop, polling):
            if heard or time.monotonic() >= due:
                yield from self.sweep()
                # While a workbook is open or was just saved, look again soon, but never most of the time.
                due = time.monotonic() + (max(1.0, 10 * self._effort) if self._seen else LOOK_AGAIN)

    def once(self) -> Iterator[Served]:
        """Serve every workbook of the folder once; tell of those that were open or still changing."""
        yield from self.sweep()
        time.sleep(self.settled)
        yield from self.sweep()
        for path in sorted(self._seen.keys() - self._told.keys()):
            yield Served(path=path, key="serve_changing")

    # -- looking -----------------------------------------------------------------------------------------------------

    def _heard(self, stop: threading.Event, polling: bool | None) -> Iterator[bool]:
        """Yield about every second whether anything in the folder changed."""
        from watchfiles import watch

        yield True
        while not stop.is_set():
            try:
                for changes in watch(
                    self.folder,
                    watch_filter=None,
                    debounce=400,
                    rust_timeout=1000,
                    yield_on_timeout=True,
                    stop_event=stop,
                    force_polling=polling,
                    poll_delay_ms=1000,
                    ignore_permission_denied=True,
                ):
                    yield bool(changes)
            except (OSError, RuntimeError):
                # The share is away, or the system refuses to watch it: look now and then until it is back.
                yield True
                stop.wait(5)

    def _workbooks(self) -> Iterator[tuple[Path, _Version]]:
        def unreadable(fault: OSError) -> None:
            if Path(fault.filename or "") == self.folder:
                raise fault

        out = None if self.out is None else self.out.resolve()
        for root, folders, files in os.walk(self.folder, onerror=unreadable):
            folders[:] = [f for f in folders if not f.startswith(".") and Path(root, f).resolve() != out]
            for name in files:
                path = Path(root, name)
                if path.suffix.lower() not in SUFFIXES or name.startswith(("~$", ".")) or os.path.islink(path):
                    continue
                if (version := _version(path)) is not None:
                    yield path, version

    def _waits(self, path: Path, version: _Version) -> str | None:
        """Return why a workbook is not taken now, or None where it rests."""
        now = time.monotonic()
        known, since = self._seen.get(path, (None, now))
        if known != version:
            self._seen[path] = (version, since := now)
        if now - since < self.settled:
            return "serve_changing"
        # With results written elsewhere, what was saved is read while the workbook is still open.
        return "serve_open" if self.out is None and lock_of(path) is not None else None

    def _tell(self, path: Path, key: str, **details: object) -> Iterator[Served]:
        """Yield what a workbook waits for, once; that one was just saved is no news."""
        if self._told.get(path) != key and key != "serve_changing":
            self._told[path] = key
            yield Served(path=path, key=key, details=details)

    # -- one workbook --------------------------------------------------------------------------------------------------

    def _serve(self, path: Path, version: _Version) -> Iterator[Served]:
        self._seen.pop(path, None)
        self._done[path] = version
        try:
            served = self._recalculated(path, version)
        except WorkbookError as fault:
            served = Served(path=path, key="serve_failed", reason=fault)
            if fault.key in _PASSING:
                self._later(path, LOOK_AGAIN)
                yield from self._tell_failed(path, served)
                return
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as fault:
            # A defect of ours, or of the engine (its panics are no `Exception`): the other workbooks go on.
            reason = WorkbookError("serve_fault", fault=type(fault).__name__)
            served = Served(path=path, key="serve_failed", reason=reason)
        if served is not None:
            self._told.pop(path, None)
            yield served
            if (failed := self._note(path, served)) is not None:
                yield failed

    def _tell_failed(self, path: Path, served: Served) -> Iterator[Served]:
        """Tell once of what may pass, such as a file in use."""
        if self._told.get(path) != served.text():
            self._told[path] = served.text()
            yield served

    def _recalculated(self, path: Path, version: _Version) -> Served | None:
        """Recalculate a workbook; None where it is none of ours, or was saved or opened while it was computed."""
        result = self.compute(path, self.language)
        if result is None:
            return None
        if _version(path) != version or (self.out is None and lock_of(path) is not None):
            self._later(path)
            return None
        target = self._target(path)
        if self.out is not None:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                there = target.is_file() and target.read_bytes() == result.data
            except OSError as fault:
                name = Path(fault.filename or target).name
                raise WorkbookError("book_not_written", file=name, reason=system_reason(fault)) from None
            if not there:
                replace_file(target, result.data)
        elif result.differs:
            replace_file(path, result.data)
            self._done[path] = _version(path) or version
        return self._outcome(path, result)

    def _later(self, path: Path, seconds: float = 0) -> None:
        """Take a workbook again after a while: it was saved or opened in the meantime, or is out of reach."""
        self._done.pop(path, None)
        if (version := _version(path)) is not None:
            self._seen[path] = (version, time.monotonic() + seconds)

    def _outcome(self, path: Path, result: Computed) -> Served:
        details: dict[str, object] = {
            "formulas": result.formulas,
            "changed": result.changed,
            "seconds": f"{result.seconds:.2f}",
            "count": len(result.problems),
        }
        key = "serve_problems" if result.problems else "serve_done" if result.differs else "serve_same"
        return Served(path=path, key=key, details=details, problems=result.problems)

    def _target(self, path: Path) -> Path:
        return path if self.out is None else self.out / path.relative_to(self.folder)

    def _note_path(self, path: Path) -> Path:
        target = self._target(path)
        return target.with_name(target.name + NOTE)

    def _note(self, path: Path, served: Served) -> Served | None:
        """Write what needs a person beside the workbook, or take an old note away."""
        note = self._note_path(path)
        try:
            if served.ok:
                note.unlink(missing_ok=True)
            else:
                note.parent.mkdir(parents=True, exist_ok=True)
                head = term("serve_note", self.language, file=path.name, time=time.strftime("%Y-%m-%d %H:%M"))
                text = "\r\n".join([head, "", *served.lines(self.language), ""])
                # With the mark at its beginning, every editor of Windows reads Chinese in it.
                replace_file(note, text.encode("utf-8-sig"))
        except OSError as fault:
            return _failed(note, fault)
        except WorkbookError as fault:
            return Served(path=note, key="serve_failed", reason=fault)
        return None


def _failed(path: Path, fault: OSError) -> Served:
    """Return that a file stays as it is, for the reason that the system gives."""
    return Served(path=path, key="serve_failed", reason=system_reason(fault))


def _version(path: Path) -> _Version | None:
    """Return what a file is now, or None where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return _Version(status.st_size, status.st_mtime_ns, status.st_ino)
