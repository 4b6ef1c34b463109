"""Our functions put into a workbook, so that it brings them along, and taken out again.

The code becomes a web extension of the file, and every call of a function gets the form in which Excel stores one of
such a function. Values stay as they are, and so does every part that has nothing to do with it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crm_xl._version import __version__
from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless import Repair, repaired
from crm_xl.hosts.lite.carrying import MAIN, PREFIX, REQUIREMENTS, Carried, carried
from crm_xl.hosts.lite.core import digest
from crm_xl.hosts.lite.main_module import main_module, requirements
from crm_xl.hosts.lite.web_extension import with_extension, without_extension
from crm_xl.xlsx.package import Package, WorkbookError, save_over
from crm_xl.xlsx.sheet_writing import with_name, without_name
from crm_xl.xlsx.workbook import read_structure

# The name by which a workbook says which core it carries; the add-in for Windows looks for it.
NAME = "crm_xl_lite"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was done to a workbook: how many formulas call our functions, which could not be read, the core."""

    workbook: str
    formulas: int
    unread: tuple[str, ...]
    version: str
    digest: str
    replaced: bool


def carry(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    language: str = "en",
    from_index: bool = False,
) -> Change:
    """Put the functions into a workbook file; those of another version that it carries are replaced.

    Parameters
    ----------
    path
        The workbook.
    out
        The file to write; the workbook itself when left out.
    language
        Of the texts that the function wizard shows: en or zh.
    from_index
        Whether xlwings Lite is to install the core from its index of packages, in place of one in the workbook.

    Raises
    ------
    WorkbookError
        Where a file cannot be read or written, where the workbook has code of somebody else for xlwings Lite, or where
        a name of it is called like one of the functions. Nothing on disk has changed then.
    """
    package = Package.open(path)
    data, change = carrying(package, language=language, from_index=from_index)
    _save(path, out, package, data)
    return change


def remove(path: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Change:
    """Take the functions out of a workbook file; its formulas call them by their plain names then.

    Raises
    ------
    WorkbookError
        Where a file cannot be read or written, or the workbook carries none of ours.
    """
    package = Package.open(path)
    held = _ours(package)
    if held is None:
        raise WorkbookError("lite_none", file=package.name)
    plain, report = _respelled(_changed(package, without_extension(package, held.extension)), "")
    part = read_structure(plain).part
    data = plain.to_bytes({part: without_name(plain.parts[part], NAME)})
    _save(path, out, package, data)
    return _change(report, replaced=True)


def carrying(package: Package, *, language: str = "en", from_index: bool = False) -> tuple[bytes, Change]:
    """Return a workbook with the functions in it, as the bytes of a file, and what was done; see `carry`."""
    structure = read_structure(package)
    functions = {function.name.casefold(): function.name for function in REGISTRY}
    if taken := sorted({functions[name] for _, name in structure.names if name in functions}):
        raise WorkbookError("lite_name_taken", file=package.name, names=taken)
    held = _ours(package)
    if held is not None:
        package = _changed(package, without_extension(package, held.extension))
    package, report = _respelled(package, PREFIX)
    files = {MAIN: main_module(language, from_index=from_index), REQUIREMENTS: requirements(from_index=from_index)}
    book = without_name(package.parts[structure.part], NAME)
    try:
        named = {structure.part: with_name(book, NAME, f'"{__version__} {digest()}"')}
        changes = with_extension(package, files) | named
    except ValueError:  # a part has no end tag where something has to stand
        raise WorkbookError("book_broken_part", file=package.name, part=structure.part) from None
    return package.to_bytes(changes), _change(report, replaced=held is not None)


def _ours(package: Package) -> Carried | None:
    """Return what a workbook carries of ours; code of somebody else for xlwings Lite must not be lost."""
    found = [held for held in carried(package) if held.extension.is_lite]
    other = next((held for held in found if held.kind == "code"), None)
    if other is not None:
        raise WorkbookError("lite_other_code", file=package.name, place=other.place)
    return next(iter(found), None)


def _respelled(package: Package, prefix: str) -> tuple[Package, Repair]:
    """Return the package with this prefix before every call of our functions, and what was changed for that."""
    changes, report = repaired(package, prefix=prefix)
    return _changed(package, changes), report


def _changed(package: Package, changes: Mapping[str, bytes | None]) -> Package:
    return Package.open(package.to_bytes(changes), package.name) if changes else package


def _change(report: Repair, *, replaced: bool) -> Change:
    return Change(
        workbook=report.workbook,
        formulas=len(report.formulas),
        unread=tuple(formula.place() for formula in report.unread),
        version=__version__,
        digest=digest(),
        replaced=replaced,
    )


def _save(path: str | os.PathLike[str], out: str | os.PathLike[str] | None, package: Package, data: bytes) -> None:
    target, suffix = Path(path if out is None else out), Path(package.name).suffix.lower()
    if target.suffix.lower() != suffix:
        raise WorkbookError("book_other_suffix", file=target.name, suffix=suffix)
    save_over(Path(path), package.digest, target, data)
