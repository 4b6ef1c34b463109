"""The add-in put into its place for one user, and taken away again.

Excel opens what lies in a user's XLSTART folder, and trusts that folder (xlwings' own installer uses it too). It needs
no rights and no change of the registry. Which Python computes stands in a settings file of the add-in's own,
`.crm_xl/crm_xl.conf`, so that other projects with xlwings stay as they are. A record of what was placed makes it
possible to take away exactly that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from crm_xl._version import __version__
from crm_xl.data import term
from crm_xl.hosts.excel import settings
from crm_xl.hosts.excel.settings import PROJECT
from crm_xl.hosts.excel.system import System, expanded, folder
from crm_xl.xlsx.package import Package, WorkbookError, replace_file
from crm_xl.xlsx.workbook import read_structure

ADD_IN = f"{PROJECT}.xlam"
_RECORD = "installed.json"


class InstallError(WorkbookError):
    """The add-in cannot be placed or taken away; the text says why and what to do."""


@dataclass(frozen=True)
class Step:
    """Something that was done, or would be: the term that says it and its details; `kept` where it was left undone."""

    key: str
    details: Mapping[str, object] = field(default_factory=dict)
    kept: bool = False

    def text(self, language: str = "en") -> str:
        """Return what was done."""
        return term(self.key, language, **self.details)


class Places(NamedTuple):
    """Where everything of an installation lies."""

    add_in: Path
    settings: Path
    record: Path
    previous: Path


def places(system: System) -> Places:
    """Return where things lie for this user."""
    own = folder(system, "USERPROFILE", f".{PROJECT}")
    add_in = folder(system, "APPDATA", "Microsoft", "Excel", "XLSTART", ADD_IN)
    return Places(add_in, own / f"{PROJECT}.conf", own / _RECORD, own / f"{PROJECT}.previous.xlam")


def from_store(python: Path) -> bool:
    """Whether a Python comes from the Microsoft Store.

    >>> from_store(Path("C:/Users/ann/AppData/Local/Microsoft/WindowsApps/python.exe"))
    True
    """
    return "windowsapps" in (part.lower() for part in python.parts)


def refuse_elsewhere(system: System, interpreter: str | None = None) -> None:
    """Say where the add-in cannot be placed, before anything is written.

    Raises
    ------
    InstallError
        On another system than Windows; with a Python from the Microsoft Store, whose programs see a copy of the user's
        folders: Excel would never find what it places.
    """
    if system.platform != "win32":
        raise InstallError("install_not_windows")
    for python in (system.python, system.base, Path(expanded(interpreter or "", system))):
        if from_store(python):
            raise InstallError("install_store", path=python)


def given(file: Path) -> bytes:
    """Return an add-in that was made before, such as a signed one, if it is one of ours.

    Raises
    ------
    WorkbookError
        Where the file cannot be read, or is a workbook or the add-in of another.
    """
    package = Package.open(file)
    sheets = {sheet.name for sheet in read_structure(package).sheets}
    is_add_in = b"addin.macroEnabled" in package.parts["[Content_Types].xml"] and "xl/vbaProject.bin" in package.parts
    if not is_add_in or f"{PROJECT}.conf" not in sheets:
        raise InstallError("install_not_add_in", file=file.name)
    return file.read_bytes()


def install(
    system: System,
    add_in: bytes,
    *,
    xlwings: str,
    interpreter: str | None = None,
    dry_run: bool = False,
) -> list[Step]:
    """Place the add-in and its settings; doing it again changes nothing.

    Parameters
    ----------
    add_in
        The add-in as a file.
    xlwings
        The version of xlwings that the add-in was made with, blank where it is not known.
    interpreter
        The Python that computes, `%VARIABLES%` allowed; the one that runs this when left out.
    dry_run
        Say what would be done, and do nothing.

    Raises
    ------
    InstallError
        Where it is not possible here, or a file cannot be written.
    """
    refuse_elsewhere(system, interpreter)
    at = places(system)
    record = _read_record(at.record)
    wanted = {"INTERPRETER_WIN": interpreter or str(system.python)}
    lines = settings.lines(at.settings, system.encoding)
    held = settings.values(lines)
    before = {key: held.get(key) for key in wanted} | {k: v for k, v in record.before.items() if k in wanted}
    # What an earlier version placed and this one needs no more is put back.
    gone = {key: record.before.get(key) for key, value in record.settings.items() if held.get(key) == value}
    new_lines = settings.merged(lines, gone | wanted)
    try:
        text = "".join(line + "\r\n" for line in new_lines).encode(system.encoding, "surrogateescape")
    except UnicodeEncodeError:
        raise InstallError("install_letters", path=wanted["INTERPRETER_WIN"]) from None
    steps = []
    old = at.add_in.read_bytes() if at.add_in.is_file() else None
    if old == add_in:
        steps.append(Step("install_add_in_there", {"path": at.add_in}))
    else:
        if old is not None and _digest(old) != record.digest:
            steps.append(Step("install_add_in_aside", {"path": at.previous}))
            _write(at.previous, old, dry_run)
        steps.append(Step("install_add_in", {"path": at.add_in}))
        _write(at.add_in, add_in, dry_run)
    if new_lines == lines:
        steps.append(Step("install_settings_there", {"path": at.settings}))
    else:
        steps.append(Step("install_settings", {"path": at.settings, "interpreter": wanted["INTERPRETER_WIN"]}))
        _write(at.settings, text, dry_run)
    new = _Record(__version__, xlwings, _digest(add_in), wanted, before)
    if new != record:
        _write(at.record, new.to_bytes(), dry_run)
    return steps


def uninstall(system: System, *, dry_run: bool = False) -> list[Step]:
    """Take away what `install` placed. What was changed since then stays and is told.

    Raises
    ------
    InstallError
        Where a file cannot be taken away.
    """
    at = places(system)
    if not at.record.is_file():
        there = at.add_in.is_file()
        return [Step("uninstall_not_ours" if there else "uninstall_nothing", {"path": at.add_in}, kept=there)]
    record = _read_record(at.record)
    steps = []
    if not at.add_in.is_file():
        steps.append(Step("uninstall_gone", {"path": at.add_in}))
    elif _digest(at.add_in.read_bytes()) != record.digest:
        steps.append(Step("uninstall_changed", {"path": at.add_in}, kept=True))
    else:
        steps.append(Step("uninstall_add_in", {"path": at.add_in}))
        _remove(at.add_in, dry_run)
    lines = settings.lines(at.settings, system.encoding)
    held = settings.values(lines)
    changed = sorted(key for key, value in record.settings.items() if held.get(key) not in (value, None))
    back = {key: record.before.get(key) for key in record.settings if key not in changed}
    rest = settings.merged(lines, back)
    if changed:
        steps.append(Step("uninstall_settings_changed", {"path": at.settings, "keys": changed}, kept=True))
    if rest:
        steps.append(Step("uninstall_settings_kept", {"path": at.settings}, kept=True))
        _write(at.settings, "".join(line + "\r\n" for line in rest).encode(system.encoding, "surrogateescape"), dry_run)
    elif at.settings.is_file():
        steps.append(Step("uninstall_settings", {"path": at.settings}))
        _remove(at.settings, dry_run)
    _remove(at.record, dry_run)
    if not dry_run and at.record.parent.is_dir() and not any(at.record.parent.iterdir()):
        at.record.parent.rmdir()
    return steps


@dataclass(frozen=True)
class _Record:
    """What was placed: versions, the add-in by its digest, the settings, and what stood in their place before."""

    version: str = ""
    xlwings: str = ""
    digest: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return (json.dumps(vars(self), ensure_ascii=True, indent=2) + "\n").encode()


def installed(system: System) -> _Record:
    """Return the record of what is placed; an empty one where nothing was."""
    return _read_record(places(system).record)


def _read_record(path: Path) -> _Record:
    try:
        found: Any = json.loads(path.read_text(encoding="ascii"))
        return _Record(**found)
    except (OSError, ValueError, TypeError):
        return _Record()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# -- files -------------------------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes, dry_run: bool) -> None:
    if dry_run:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except WorkbookError as fault:
        raise InstallError("install_failed", reason=fault) from fault
    except OSError as fault:
        raise InstallError("install_failed", reason=_reported(path, fault)) from fault


def _reported(path: Path, fault: OSError) -> WorkbookError:
    return WorkbookError("system_reports", report=f"{path}: {fault.strerror}")


def _remove(path: Path, dry_run: bool) -> None:
    if dry_run:
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as fault:
        raise InstallError("install_failed", reason=_reported(path, fault)) from fault
