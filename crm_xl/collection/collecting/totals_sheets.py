"""The totals of a collection: figures that every spreadsheet program shows, and the CRM_* functions that check them.

The sheet of totals holds the cost by department, component and year as it was computed when the returns were
collected, and adds it up by native formulas. The same tables stand once more on the sheets of the cross-check, as
CRM_* formulas over the lines; those need the add-in, and follow when somebody changes a line. Each sheet of cost lines
has a cross-check of its own.

What the CRM_* formulas give is computed by the same functions over sums of the lines (`entries.as_lines`), and stored
with them: to compute over the lines themselves would take as long as writing them all.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from crm_xl.collection.collecting.common_assumptions import rows_of
from crm_xl.collection.collecting.consolidation import Result
from crm_xl.collection.collecting.drawing import Drawing
from crm_xl.collection.collecting.entries import Sums, as_lines, merged
from crm_xl.collection.collecting.long_tables import table_name
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.schema import choice_labels
from crm_xl.functions import REGISTRY
from crm_xl.functions.registry import Table

# How the cost is cut, beside the years: the last is the finest, from which the others are added up.
_CUTS = (("component",), ("department",), ("department", "component"))
# The row (from 0) of the total by CRM_TOTAL on the sheets of the cross-check.
_TOTAL = 3
# The row of the title of the first table on the sheet of totals.
_TOP = 3


def total_of(result: Result) -> float:
    """Return the total of all cost lines in the reporting currency."""
    return sum(_total(part) for part in result.sums)


def _total(part: Sums) -> float:
    return sum(float(years.sum()) for years in part.money.values())


class Cuts:
    """The cost of a collection in every cut: of all lines, and of those on each sheet of cost lines."""

    def __init__(self, result: Result) -> None:
        parts = result.sums or [Sums(years=result.basis.years)]
        self.unpriced = [bool(part.unpriced) for part in parts]
        self.totals = [_total(part) for part in parts]
        self.parts = [breakdowns(part, result) for part in parts]
        self.whole = self.parts[0] if len(parts) == 1 else breakdowns(merged(parts), result)


def breakdowns(sums: Sums, result: Result) -> list[Table]:
    """Return what CRM_BREAKDOWN gives over the lines behind sums, by each cut and year."""
    lines = as_lines(sums, result.language)
    assumptions = Range(rows_of(result.basis, result.language))
    found = [REGISTRY["CRM_BREAKDOWN"].call(lines, assumptions, ",".join(cut), "year") for cut in _CUTS]
    return [table for table in found if isinstance(table, list)]


def _widths(result: Result) -> tuple[float, ...]:
    return 30.0, 24.0, *[17.0] * (result.basis.years + 1), 10.0


def _titles(drawing: Drawing) -> list[str]:
    words = choice_labels("dimension", drawing.language)
    return [drawing.say("by", rows=" × ".join(words[key] for key in (*cut, "year"))) for cut in _CUTS]


# -- native ------------------------------------------------------------------------------------------------------------


def draw_totals(drawing: Drawing, cuts: Cuts) -> None:
    """Add the sheet of totals, in which there is no CRM_* function."""
    tables, widths = cuts.whole, _widths(drawing.result)
    sheet = drawing.sheet("totals", widths, in_order=True)
    tops = [_TOP]
    for table in tables:
        tops.append(tops[-1] + len(table) + 2)
    totals = [len(table) - 1 - any(cuts.unpriced) for table in tables]
    finest = _Finest(tables[-1][1 : totals[-1]], tops[-2] + 2)
    for cut, title, table, top, total in zip(_CUTS, _titles(drawing), tables, tops, totals, strict=False):
        drawing.section(sheet, top, title, len(widths) - 1)
        _native(drawing, sheet, top + 1, table, total, cut, finest)


class _Finest:
    """Where the rows of the finest table stand, whose figures the others add up."""

    def __init__(self, table: Table, top: int) -> None:
        self._top, self._last = top, top + len(table) - 1
        self._by_department: dict[Cell, list[tuple[int, int]]] = {}
        for department, rows in groupby(enumerate(table, top), lambda row: row[1][0]):
            places = [place for place, _ in rows]
            self._by_department.setdefault(department, []).append((places[0], places[-1]))

    def formula(self, cut: Sequence[str], label: Cell, here: str, column: int) -> str:
        """Return the formula of a row of a coarser table; `column` is that of the finest."""
        if cut == ("department",):
            # Together already: a thousand departments need no search. Texts of returns are no criteria either.
            areas = (xl_range(first, column, last, column) for first, last in self._by_department.get(label, []))
            return f"=SUM({','.join(areas)})"
        if self._last < self._top:
            return "=0"
        names, money = (xl_range_abs(self._top, c, self._last, c) for c in (1, column))
        return f"=SUMPRODUCT(({names}={here})*{money})"


def _native(
    drawing: Drawing, sheet: Worksheet, top: int, table: Table, total: int, cut: Sequence[str], finest: _Finest
) -> None:
    """Write a table: a header, rows, a row of totals, and maybe the lines that have no price."""
    styles, labels, last = drawing.styles, len(cut), len(table[0]) - 1
    for i, line in enumerate(table):
        role = "total" if i == total else "formula"
        for j, value in enumerate(line):
            row = top + i
            if i == 0:
                _constant(
                    sheet, row, j, value, styles.get("spill_header", "year", align="left" if j < labels else "right")
                )
            elif j < labels or i > total:
                _constant(
                    sheet, row, j, value, styles.get("spill" if i > total else "total" if i == total else "label")
                )
            elif j < last - 1 and i < total and cut == _CUTS[-1]:
                _constant(sheet, row, j, value, styles.get(role, "money"))
            else:
                if j == last:
                    whole = xl_rowcol_to_cell(top + total, j - 1, True, True)
                    formula = f'=IF({whole}=0,"",{xl_rowcol_to_cell(row, j - 1)}/{whole})'
                elif i == total:
                    formula = f"=SUM({xl_range(top + 1, j, row - 1, j)})" if total > 1 else "=0"
                elif j == last - 1:
                    formula = f"=SUM({xl_range(row, labels, row, j - 1)})"
                else:
                    here = xl_rowcol_to_cell(row, 0, False, True)
                    formula = finest.formula(cut, line[0], here, j + len(_CUTS[-1]) - labels)
                sheet.write_formula(row, j, formula, styles.get(role, "share" if j == last else "money"), value)


# -- the cross-check ---------------------------------------------------------------------------------------------------


def draw_cross_check(drawing: Drawing, cuts: Cuts) -> None:
    """Add a sheet of CRM_* formulas for each sheet of cost lines."""
    widths = _widths(drawing.result)
    for number, tables in enumerate(cuts.parts):
        sheet = drawing.sheet("crm", widths, number + 1 if number else 0, in_order=True)
        costs = f"{table_name('costs', number)}[#All],Assumptions[#All]"
        sheet.write_string(_TOTAL, 0, drawing.say("total_by_crm"), drawing.styles.get("total"))
        money = drawing.styles.get("total", "money")
        sheet.write_dynamic_array_formula(_TOTAL, 1, _TOTAL, 1, f"=CRM_TOTAL({costs})", money, cuts.totals[number])
        row = _TOTAL + 2
        for cut, title, table in zip(_CUTS, _titles(drawing), tables, strict=True):
            drawing.section(sheet, row, title, len(widths) - 1)
            total = len(table) - 1 - cuts.unpriced[number]
            row = _spill(drawing, sheet, row + 1, f'=CRM_BREAKDOWN({costs},"{",".join(cut)}","year")', table, total) + 2


def cross_check(drawing: Drawing, total: str, cuts: Cuts) -> tuple[str, str]:
    """Return a formula that says whether Totals and CRM_TOTAL give the total in a cell, and what it says as written.

    A program without the add-in shows an error where CRM_TOTAL stands, even within IFERROR; so it stands apart.
    """
    name = drawing.say("sheet_crm")
    sheets = [name + (f" {number + 1}" if number else "") for number in range(len(cuts.parts))]
    found = "+".join(f"'{sheet}'!{xl_rowcol_to_cell(_TOTAL, 1, True, True)}" for sheet in sheets)
    first = cuts.whole[0]
    place = xl_rowcol_to_cell(_TOP + len(first) - any(cuts.unpriced), len(first[0]) - 2, True, True)
    added_up = f"'{drawing.say('sheet_totals')}'!{place}"
    agrees, differs, silent = (drawing.say(f"crm_{key}") for key in ("agrees", "differs", "silent"))
    same, near = (f"ABS({each}-{total})<=0.005+ABS({total})/10^12" for each in (added_up, found))
    formula = f'=IF(NOT({same}),"{differs}",IF(ISNUMBER({found}),IF({near},"{agrees}","{differs}"),"{silent}"))'
    return formula, agrees if drawing.result.is_total(sum(cuts.totals)) else differs


def _spill(drawing: Drawing, sheet: Worksheet, row: int, formula: str, table: Table, total: int) -> int:
    """Write a formula that spills, with the values that it gives; return the last row."""
    last = row + len(table) - 1
    for i, line in enumerate(table):
        for j, value in enumerate(line):
            words = isinstance(value, str) and j < len(line) - 1
            if i == 0:
                style = drawing.styles.get("spill_header", "year", align="left" if j == 0 else "right")
            else:
                number = "" if words else "share" if j == len(line) - 1 else "money"
                align = {"align": "left"} if words else {}
                style = drawing.styles.get("total" if i == total else "spill", number, **align)
            if i == 0 and j == 0:
                sheet.write_dynamic_array_formula(row, 0, last, len(line) - 1, formula, style, value)
            else:
                _constant(sheet, row + i, j, value, style)
    return last


def _constant(sheet: Worksheet, row: int, column: int, value: Cell, style: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, float(value), style)  # type: ignore[arg-type]
