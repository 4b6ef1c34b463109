"""Run by LibreOffice's own Python: does in Calc what a user does, and tells as JSON what then stands in the cells.

Arguments: the pipe on which LibreOffice listens, a folder with workbooks to open, and the file for the answer.
"""

import json
import pathlib
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

PIPE, FOLDER, ANSWER = sys.argv[1:]
FORMULAS = 16
# Typed as a user types them, with the separators of an English Calc.
TYPED = {
    "version": "=CRM_VERSION()",
    "total": "=CRM_TOTAL(A1:B4)",
    "lower case": "=crm_total(A1:B4)",
    "name of the table": "=CRM_TOTAL(Costs)",
    "assumptions": "=CRM_TOTAL(Costs;F1:G2)",
    "left out": '=CRM_TOTAL(Costs;;"training")',
    "empty cells": "=CRM_TOTAL(Costs;Z1;Z2;Z3;Z4)",
    "one cell": "=CRM_TOTAL(Costs;F1:G2;H1)",
    "year by date": "=CRM_TOTAL(A6:C8;F1:G2;;2028)",
    "nested": "=SUM(CRM_TOTAL(Costs);1)",
    "not there": '=CRM_TOTAL(Costs;;"Hotel")',
    "is not there": '=ISNA(CRM_TOTAL(Costs;;"Hotel"))',
    "if error": '=IFERROR(CRM_TOTAL(Costs;;"Hotel");7)',
    "unreadable": "=CRM_TOTAL(F1:G2)",
    "no answer": "=CRM_IRR(Costs)",
    "division": "=CRM_PER_USER(Costs;;0)",
    "error type": "=ERROR.TYPE(CRM_PER_USER(Costs;;0))",
    "error handed on": "=CRM_TOTAL(J1:K2)",
    "error in an optional table": "=ISERROR(CRM_TOTAL(Costs;J1:K2))",
    "check of an error": "=INDEX(CRM_CHECK(J1:K2);2;6)",
    "whole columns": "=CRM_TOTAL(M:N)",
    "whole columns of assumptions": "=CRM_TOTAL(Costs;F:G)",
    "too few": "=CRM_TOTAL()",
    "price": "=CRM_LICENCE(100;175)",
    "allocated": '=INDEX(CRM_ALLOCATE(100;{"Name";"Key"|"a";1|"b";1|"c";1});2;3)',
}
# What an English user writes otherwise: the separators within an array.
LOCAL = {"allocated": '=INDEX(CRM_ALLOCATE(100;{"Name","Key";"a",1;"b",1;"c",1});2;3)'}
# Arrays over an area, with Ctrl+Shift+Enter.
ARRAYS = {
    "breakdown": ("=CRM_BREAKDOWN(Costs)", 6, 3),
    "larger than the result": ("=CRM_BREAKDOWN(Costs)", 8, 4),
    "check": ("=CRM_CHECK(Costs)", 1, 1),
    "error": ('=CRM_BREAKDOWN(Costs;;"nonsense")', 2, 2),
}


def connected():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve(f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext")
        except Exception:
            time.sleep(0.1)
    sys.exit("LibreOffice does not listen")


def service(name):
    return CONTEXT.ServiceManager.createInstanceWithContext(name, CONTEXT)


def properties(**values):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


def shown(cell):
    """What a cell holds: its error, or else its value or text."""
    if cell.getError():
        return {"error": cell.getError(), "shown": cell.getString()}
    return cell.getString() if cell.FormulaResultType2 == 2 else cell.getValue()


def rows(area, height, width):
    return [[shown(area.getCellByPosition(c, r)) for c in range(width)] for r in range(height)]


def typed():
    document = DESKTOP.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
    sheet = document.Sheets.getByIndex(0)
    costs = [("Component", "Amount"), ("Licence", 500), ("Training", 70), ("", "")]
    dated = [("Component", "Amount", "Start"), ("Licence", 500, 46388), ("Training", 70, 46753)]
    assumptions = [("Years", 3), ("Start date", 46388)]
    for place, table in (("A1", costs), ("F1", assumptions), ("H1", [("licence",)]), ("A6", dated)):
        start = sheet.getCellRangeByName(place).CellAddress
        area = sheet.getCellRangeByPosition(
            start.Column, start.Row, start.Column + len(table[0]) - 1, start.Row + len(table) - 1
        )
        area.setDataArray(tuple(map(tuple, table)))
    for place, formula in (("J1", "Component"), ("K1", "Amount"), ("J2", "Licence"), ("K2", "=1/0")):
        sheet.getCellRangeByName(place).setFormula(formula)
    for place, formula in (("M1", "Component"), ("N1", "Amount"), ("M2", "Licence"), ("N2", "5")):
        sheet.getCellRangeByName(place).setFormula(formula)
    document.DatabaseRanges.addNewByName("Costs", sheet.getCellRangeByName("A1:B3").RangeAddress)
    found, local = {}, {}
    for number, (name, formula) in enumerate(TYPED.items()):
        cell = sheet.getCellByPosition(18, number)
        cell.setFormula(formula)
        found[name] = shown(cell)
        cell.FormulaLocal = LOCAL.get(name, formula)
        local[name] = shown(cell)
    for place, formula in (("P1", "Component"), ("Q1", "Amount"), ("P2", "Licence"), ("Q2", "=CRM_TOTAL(P1:Q2)")):
        sheet.getCellRangeByName(place).setFormula(formula)
    found["circle"] = shown(sheet.getCellRangeByName("Q2"))
    arrays, places = {}, document.Sheets
    places.insertNewByName("Arrays", 1)
    for number, (name, (formula, height, width)) in enumerate(ARRAYS.items()):
        area = places.getByName("Arrays").getCellRangeByPosition(10 * number, 0, 10 * number + width - 1, height - 1)
        area.setArrayFormula(formula)
        arrays[name] = rows(area, height, width)
    started = time.time()
    for _ in range(20):
        cell.setFormula("=CRM_TOTAL(M:N)")
        cell.getValue()
    seconds = time.time() - started
    document.NullDate = uno.createUnoStruct("com.sun.star.util.Date", 1, 1, 1904)
    document.calculateAll()
    dates = {"total": shown(sheet.getCellByPosition(18, 1)), "version": shown(sheet.getCellByPosition(18, 0))}
    document.close(True)
    return {"typed": found, "local": local, "arrays": arrays, "twenty whole columns": seconds, "dates": dates}


def wizard():
    """What the function wizard shows, and what it would show in a Chinese LibreOffice."""
    functions = service("com.sun.star.sheet.FunctionDescriptions")
    english = {}
    for number in range(functions.Count):
        one = {value.Name: value.Value for value in functions.getByIndex(number)}
        if one["Name"].startswith("CRM_"):
            arguments = [[a.Name, a.Description, a.IsOptional] for a in one["Arguments"] or ()]
            english[one["Name"]] = {"text": one["Description"], "arguments": arguments}
    provider = service("com.sun.star.configuration.ConfigurationProvider")
    path = "/org.openoffice.Office.CalcAddIns/AddInInfo/org.crmxl.AddIn/AddInFunctions"
    chosen = properties(nodepath=path, locale="zh-CN")
    access = provider.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", chosen)
    chinese = {}
    for name in access.getElementNames():
        node = access.getByName(name)
        arguments = node.getByName("Parameters")
        chinese[node.getByName("DisplayName")] = {
            "text": node.getByName("Description"),
            "compatibility": node.getByName("CompatibilityName"),
            "arguments": {
                arguments.getByName(a).getByName("DisplayName"): arguments.getByName(a).getByName("Description")
                for a in arguments.getElementNames()
            },
        }
    return {"en": english, "zh": chinese}


def opened(path):
    """What a user meets who opens a workbook, before anything else is done with it."""
    started = time.time()
    document = DESKTOP.loadComponentFromURL(path.as_uri(), "_blank", 0, properties(Hidden=True))
    answer = {
        "seconds": time.time() - started,
        "modified": document.isModified(),
        "undo": document.UndoManager.isUndoPossible() or document.UndoManager.isRedoPossible(),
        "protected": [sheet.Name for sheet in document.Sheets if sheet.isProtected()],
        "cells": {sheet.Name: list(results(sheet)) for sheet in document.Sheets},
        "formulas": sorted({f for sheet in document.Sheets for f in called(sheet)}),
    }
    document.storeToURL(path.with_suffix(".pdf").as_uri(), properties(FilterName="calc_pdf_Export"))
    saved = path.with_name(f"saved {path.name}")
    document.storeToURL(saved.as_uri(), properties(FilterName="Calc MS Excel 2007 XML"))
    document.close(True)
    return answer


def results(sheet):
    for area in sheet.queryContentCells(FORMULAS):
        origin = area.RangeAddress
        for i, values in enumerate(area.getDataArray()):
            for j, value in enumerate(values):
                if value is None:
                    value = {"error": area.getCellByPosition(j, i).getError()}
                yield [origin.StartRow + i + 1, origin.StartColumn + j + 1, value]


def called(sheet):
    for area in sheet.queryContentCells(FORMULAS):
        for formulas in area.getFormulaArray():
            yield from (formula for formula in formulas if "CRM" in formula.upper())


CONTEXT = connected()
DESKTOP = service("com.sun.star.frame.Desktop")
answer = {**typed(), "wizard": wizard()}
answer["books"] = {path.name: opened(path) for path in sorted(pathlib.Path(FOLDER).glob("*.xlsx"))}
with open(ANSWER, "w", encoding="utf-8") as file:
    json.dump(answer, file)
