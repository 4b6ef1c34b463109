# mypy: disable-error-code="import-not-found"
"""Talks to a LibreOffice that listens, from the Python that knows how: opens a workbook, calculates, answers.

Run by `crm_xl.hosts.calc.office`. Workbooks may come from anybody: no macro runs and no link is followed.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import uno
from com.sun.star.beans import PropertyValue

from . import binding
from .process import end_with_children, receive, send

_FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA
_EVERYTHING = 1 | 2 | 4 | 16  # values, dates, texts and formulas
# Sizes of arrays that follow from the sizes of others settle in as many rounds.
_ROUNDS = 4
# Rows and columns of a result in one number.
_COLUMNS = 100_000


def main() -> None:
    """Answer requests until the input ends.

    Arguments: the name of the pipe on which LibreOffice listens, its process, and the folder that is removed after it.
    """
    pipe, process, folder = sys.argv[-3:]
    target = sys.stdout.buffer
    sys.stdout = sys.stderr
    requests: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_listen, args=(requests, int(process), folder), daemon=True).start()
    context = _connected(pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    send(target, {"ready": True})
    while True:
        send(target, _answer(desktop, requests.get()))


def _listen(requests: queue.Queue[Any], process: int, folder: str) -> None:
    """Take requests; when whoever asks is gone, however that came about, nothing of LibreOffice may stay behind."""
    while (request := receive(sys.stdin.buffer)) is not None:
        requests.put(request)
    end_with_children(process)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _connected(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    while True:  # whoever started this ends it when it takes too long
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # a UNO exception, whose class is there only once connected
            time.sleep(0.1)


def _answer(desktop: Any, request: dict[str, Any]) -> dict[str, Any]:
    document = desktop.loadComponentFromURL(
        uno.systemPathToFileUrl(os.path.abspath(request["path"])),
        "_blank",
        0,
        # Never execute macros (0), never update links (0); LibreOffice without a screen needs documents hidden.
        _properties(Hidden=True, MacroExecutionMode=0, UpdateDocMode=0),
    )
    if document is None:
        return {"unreadable": True}
    try:
        binding.bind(document, frozenset(request["tables"]))
        for sheet, row, column, value in request.get("inputs", ()):
            _set(document, sheet, row, column, value)
        document.calculateAll()
        arrays = _fitted(document, request.get("dynamic", ()))
        if "pdf" in request:
            return {"errors": _print(document, request["pdf"], request["sheets"])}
        return {"cells": {sheet.Name: list(_results(sheet)) for sheet in document.Sheets}, **arrays}
    finally:
        document.close(True)


def _properties(**values: Any) -> tuple[Any, ...]:
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def _set(document: Any, sheet: str, row: int, column: int, value: Any) -> None:
    cell = document.Sheets.getByName(sheet).getCellByPosition(column - 1, row - 1)
    if value is None or isinstance(value, str):
        cell.setString(value or "")
    else:
        cell.setValue(float(value))


def _results(sheet: Any) -> Iterator[list[Any]]:
    """Yield row, column and result of every formula, counted from 1; an error is its number in Calc."""
    for area in sheet.queryContentCells(_FORMULAS):
        origin = area.RangeAddress
        for i, values in enumerate(area.getDataArray()):
            for j, value in enumerate(values):
                if value is None:
                    value = {"error": area.getCellByPosition(j, i).getError()}
                yield [origin.StartRow + i + 1, origin.StartColumn + j + 1, value]


# -- dynamic arrays, which Calc 7.4 knows as arrays of fixed size ------------------------------------------------------


def _fitted(document: Any, dynamic: list[list[Any]]) -> dict[str, Any]:
    """Give dynamic arrays the size of their results; those that something stands in the way of stay as they are."""
    arrays: list[list[Any]] = []
    blocked: list[list[Any]] = []
    for _ in range(_ROUNDS):
        before = arrays or [[*place, *_size(document, *place)] for place in dynamic]
        arrays, blocked = [], []
        for place in dynamic:
            if not _fit(document.Sheets.getByName(place[0]), place[2] - 1, place[1] - 1):
                blocked.append(place)
            arrays.append([*place, *_size(document, *place)])
        document.calculateAll()
        if arrays == before:
            break
    return {"arrays": arrays, "blocked": blocked}


def _size(document: Any, sheet: str, row: int, column: int) -> tuple[int, int]:
    at = binding.array_at(document.Sheets.getByName(sheet), column - 1, row - 1).RangeAddress
    return at.EndRow - at.StartRow + 1, at.EndColumn - at.StartColumn + 1


def _fit(sheet: Any, column: int, row: int) -> bool:
    """Give one array the size of its result; return whether there was room."""
    old = binding.array_at(sheet, column, row)
    if not old.getArrayFormula():
        return True
    at = old.RangeAddress
    text = binding.readable(sheet.getCellByPosition(column, row).getFormula()[1:-1])
    old.clearContents(_FORMULAS)
    anchor = sheet.getCellRangeByPosition(column, row, column, row)
    anchor.setArrayFormula(f"=ROWS({text[1:]})*{_COLUMNS}+COLUMNS({text[1:]})")
    cell = sheet.getCellByPosition(column, row)
    rows, columns = (1, 1) if cell.getError() else divmod(int(cell.getValue()), _COLUMNS)
    anchor.clearContents(_FORMULAS)
    area = sheet.getCellRangeByPosition(column, row, column + columns - 1, row + rows - 1)
    free = not area.queryContentCells(_EVERYTHING).RangeAddresses
    if not free:
        area = sheet.getCellRangeByPosition(at.StartColumn, at.StartRow, at.EndColumn, at.EndRow)
    area.setArrayFormula(text)
    return bool(free)


# -- paper -------------------------------------------------------------------------------------------------------------


def _print(document: Any, target: str, wanted: list[str]) -> list[list[Any]]:
    """Write sheets as PDF, and return sheet, row and column of the errors on them.

    Where one sheet has a print area, Calc prints no sheet that has none.
    """
    for sheet in document.Sheets:
        if sheet.Name not in wanted:
            sheet.setPrintAreas(())
        elif not sheet.getPrintAreas():
            used = sheet.createCursor()
            used.gotoEndOfUsedArea(False)
            used.gotoStartOfUsedArea(True)
            sheet.setPrintAreas((used.RangeAddress,))
        sheet.IsVisible = sheet.IsVisible or sheet.Name in wanted
    document.storeToURL(uno.systemPathToFileUrl(target), _properties(FilterName="calc_pdf_Export"))
    found = ((name, _results(document.Sheets.getByName(name))) for name in wanted)
    return [[name, row, column] for name, cells in found for row, column, value in cells if isinstance(value, dict)]
