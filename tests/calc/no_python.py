"""Run by LibreOffice's own Python: what Calc shows where no Python can compute. Arguments: the pipe and the answer."""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

PIPE, ANSWER = sys.argv[1:]
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(600):
    try:
        context = resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(0.1)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))
sheet = document.Sheets.getByIndex(0)
for row, values in enumerate((("Component", "Amount"), ("Licence", 5.0))):
    sheet.getCellRangeByPosition(0, row, 1, row).setDataArray((values,))
formulas = {"total": "=CRM_TOTAL(A1:B2)", "version": "=CRM_VERSION()", "check": "=CRM_CHECK(A1:B2)"}
started = time.time()
found = {}
for row, (name, formula) in enumerate(formulas.items()):
    cell = sheet.getCellByPosition(4, row)
    cell.setFormula(formula)
    found[name] = cell.getString()
found["seconds"] = time.time() - started
document.close(True)
with open(ANSWER, "w", encoding="utf-8") as file:
    json.dump(found, file)
