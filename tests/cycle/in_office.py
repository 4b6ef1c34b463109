"""Run by LibreOffice's own Python: edits forms in Calc and saves them, as a user does.

Arguments: the pipe on which LibreOffice listens, and a file of JSON with what to do to which form.
"""

import json
import pathlib
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

PIPE, JOBS = sys.argv[1:3]


def connected():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        except Exception:
            time.sleep(0.1)
    raise SystemExit("LibreOffice does not answer")


def edited(document, sheet, kind, *given):
    sheets = document.Sheets
    if kind == "new sheet":
        sheets.insertNewByName(sheet, sheets.Count)
        return
    if kind == "copy sheet":
        sheets.copyByName(sheet, given[0], sheets.Count)
        return
    page = sheets.getByName(sheet)
    page.unprotect("")
    cell = page.getCellRangeByName(given[0])
    if kind == "value":
        cell.Value = given[1]
    elif kind == "text":
        cell.String = given[1]
    elif kind == "formula":
        cell.Formula = given[1]
    elif kind == "insert row":
        page.Rows.insertByIndex(cell.RangeAddress.StartRow, 1)
    elif kind == "delete row":
        page.Rows.removeByIndex(cell.RangeAddress.StartRow, 1)
    elif kind == "hide row":
        cell.Rows.IsVisible = False
    elif kind == "merge":
        cell.merge(True)
    elif kind == "strike":
        cell.CharStrikeout = 1


office = connected()
desktop = office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)
hidden = PropertyValue("Hidden", 0, True, 0)
save = PropertyValue("FilterName", 0, "Calc MS Excel 2007 XML", 0)
for job in json.loads(pathlib.Path(JOBS).read_text(encoding="utf-8")):
    document = desktop.loadComponentFromURL(pathlib.Path(job["form"]).as_uri(), "_blank", 0, (hidden,))
    document.calculateAll()
    for edit in job["edits"]:
        edited(document, *edit)
    document.storeToURL(pathlib.Path(job["out"]).as_uri(), (save,))
    document.close(True)
desktop.terminate()
