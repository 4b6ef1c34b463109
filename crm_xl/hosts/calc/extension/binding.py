"""Binds the functions in a workbook that Calc has loaded from an .xlsx file.

The import of LibreOffice 7.4 knows functions of extensions by their internal names only and shows #NAME? for CRM_TOTAL.
The formula set once more through the programming interface is read by another parser, which knows them. That one in
turn does not read `Costs[#All]`, but `Costs[[#All]]`, which means the same.

A text in an array that an extension returns is equal to no other text there, so that MATCH and SUMIF do not find it.
Joined with an empty text it becomes one like all others: array formulas of tables are set in that form.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Iterator
from typing import Any

# What other programs put before a name goes.
_PREFIX = r"(?:_xldudf_|_xll\.|_xlfn\.|_xludf\.)"
_CALL = re.compile(rf"(?<!\w){_PREFIX}*crm_[a-z_]+\s*\(", re.IGNORECASE)
_PREFIXED = re.compile(rf"(?<!\w){_PREFIX}+(?=crm_)", re.IGNORECASE)
_PART = re.compile(r"(?<=[\w.])\[(#(?:all|data|headers|totals))\]", re.IGNORECASE)
_PARTS = {"#all": "#All", "#data": "#Data", "#headers": "#Headers", "#totals": "#Totals"}
_FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA


def bind(document: Any, tables: Container[str]) -> int:
    """Set every formula that calls CRM_* once more, and return how many there were; the document is not modified by it.

    A protected sheet is opened for the moment. One with a password cannot be: array formulas on it stay unbound.

    Parameters
    ----------
    tables
        The functions that return tables.
    """
    names = [name for name in _names(document) if _CALL.search(name.getContent())]
    found = {sheet.Name: list(_cells(sheet)) for sheet in document.Sheets}
    count = len(names) + sum(map(len, found.values()))
    if not count:
        return 0
    modified = document.isModified()
    document.addActionLock()
    try:
        for name in names:
            name.setContent(readable(name.getContent()))
        for sheet in document.Sheets:
            if found[sheet.Name]:
                _in_sheet(document.UndoManager, sheet, found[sheet.Name], tables)
    finally:
        document.removeActionLock()
        if not modified:
            _unmodified(document)
    return count


def _unmodified(document: Any) -> None:
    """Take back the mark of a change, from the charts too: they have drawn new values, and count as parts."""
    for sheet in document.Sheets:
        for name in sheet.Charts.ElementNames:
            sheet.Charts.getByName(name).EmbeddedObject.setModified(False)
    document.setModified(False)


def readable(formula: str) -> str:
    """Return a formula as the parser of the programming interface reads it.

    >>> readable('=_xldudf_crm_total(Costs[#all];"[#all]")')
    '=crm_total(Costs[[#All]];"[#all]")'
    """
    pieces = formula.split('"')
    for place in range(0, len(pieces), 2):
        plain = _PREFIXED.sub("", pieces[place])
        pieces[place] = _PART.sub(lambda part: f"[[{_PARTS[part[1].lower()]}]]", plain)
    return '"'.join(pieces)


def findable(formula: str, tables: Container[str]) -> str:
    """Return an array formula so that its texts can be found, if it calls a function that returns a table.

    >>> findable("=CRM_CHECK(Costs)", {"CRM_CHECK"})
    '=IF(ISTEXT(CRM_CHECK(Costs));CRM_CHECK(Costs)&"";CRM_CHECK(Costs))'
    """
    if not any(call[0].rstrip("( ").upper() in tables for call in _CALL.finditer(formula)):
        return formula
    table = formula[1:]
    return f'=IF(ISTEXT({table});{table}&"";{table})'


def _names(document: Any) -> Iterator[Any]:
    """The defined names of the workbook and of its sheets."""
    for owner in (document, *document.Sheets):
        names = owner.NamedRanges
        yield from (names.getByName(name) for name in names.ElementNames)


def _cells(sheet: Any) -> Iterator[tuple[int, int, str]]:
    """Yield column, row and formula of the cells that call a function; an array stands at its first cell alone."""
    arrays: list[Any] = []
    for area in sheet.queryContentCells(_FORMULAS):
        origin = area.RangeAddress
        for row, formulas in enumerate(area.getFormulaArray(), origin.StartRow):
            for column, formula in enumerate(formulas, origin.StartColumn):
                if not _CALL.search(formula) or any(_inside(array, column, row) for array in arrays):
                    continue
                if formula.startswith("{"):
                    arrays.append(array_at(sheet, column, row).RangeAddress)
                    column, row = arrays[-1].StartColumn, arrays[-1].StartRow
                yield column, row, formula


def array_at(sheet: Any, column: int, row: int) -> Any:
    """Return the range of the array formula to which a cell belongs."""
    cursor = sheet.createCursorByRange(sheet.getCellByPosition(column, row))
    cursor.collapseToCurrentArray()
    return cursor


def _inside(address: Any, column: int, row: int) -> bool:
    return bool(address.StartColumn <= column <= address.EndColumn and address.StartRow <= row <= address.EndRow)


def _in_sheet(undo: Any, sheet: Any, cells: list[tuple[int, int, str]], tables: Container[str]) -> None:
    with _unprotected(undo, sheet):
        for column, row, formula in cells:
            if formula.startswith("{"):
                array_at(sheet, column, row).setArrayFormula(findable(readable(formula[1:-1]), tables))
            else:
                sheet.getCellByPosition(column, row).setFormula(readable(formula))


class _unprotected:  # noqa: N801 - used as `with _unprotected(…)`
    """Opens a protected sheet for the moment, and leaves nothing to undo.

    Protecting it again would lose what the protection allows (filters, row heights, …): taking back the opening keeps
    all of that. Between the two nothing is recorded.
    """

    def __init__(self, undo: Any, sheet: Any) -> None:
        self._undo, self._sheet = undo, sheet
        self._opened = False

    def __enter__(self) -> None:
        if self._sheet.isProtected():
            with contextlib.suppress(Exception):  # a UNO exception: there is a password
                self._sheet.unprotect("")
            self._opened = not self._sheet.isProtected()
        self._undo.lock()

    def __exit__(self, *_: object) -> None:
        if self._undo.isLocked():
            self._undo.unlock()
        if not self._opened:
            return
        if len(self._undo.getAllUndoActionTitles()) == 1:
            self._undo.undo()
        if not self._sheet.isProtected():  # something was recorded after all: rather less is allowed than before
            self._sheet.protect("")
        self._undo.clear()
