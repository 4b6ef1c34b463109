"""The consolidated workbook: status, totals, every line, the assumptions, and everything that was found.

It is drawn by XlsxWriter with one row for each long sheet, and put together with its rows (`sheetrows`): a workbook of
a million lines is written in the time that it takes to write its lines.
"""

import io
from contextlib import closing
from pathlib import Path

import xlsxwriter

from crm_xl.collection.collecting import status_sheet, totals_sheets
from crm_xl.collection.collecting.common_assumptions import forms_of, rows_of
from crm_xl.collection.collecting.consolidation import Result
from crm_xl.collection.collecting.drawing import Drawing
from crm_xl.collection.collecting.long_tables import HEADER, finding_columns, line_columns, long_rows
from crm_xl.collection.collecting.readings import TABLES
from crm_xl.collection.collecting.streamed_rows import assembled
from crm_xl.collection.collecting.totals_sheets import total_of
from crm_xl.xlsx.package import replacing

__all__ = ["long_rows", "total_of", "write"]


def write(result: Result, out: Path) -> None:
    """Write the workbook of a collection: whole, or not at all. The same collection gives the same bytes.

    Raises
    ------
    WorkbookError
        When the file cannot be written; nothing on disk has changed then.
    """
    frame = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        frame, {"strings_to_formulas": False, "strings_to_urls": False, "tmpdir": str(out.parent)}
    )
    drawing = Drawing(workbook, result, str(out.parent))
    cuts = totals_sheets.Cuts(result)
    with closing(status_sheet.draw(drawing, cuts)):
        totals_sheets.draw_totals(drawing, cuts)
        for table in TABLES:
            drawing.long_sheets(table, line_columns(table, result.language), result.rows[table])
        _assumptions(drawing)
        drawing.long_sheets("findings", finding_columns(result.language), result.rows["findings"])
        totals_sheets.draw_cross_check(drawing, cuts)
        workbook.close()
        with replacing(out) as file:
            assembled(frame, file, drawing.long, drawing.grown)


def _assumptions(drawing: Drawing) -> None:
    sheet = drawing.sheet("assumptions", (30.0, 20.0, 12.0))
    rows = rows_of(drawing.result.basis, drawing.language)
    heads = [drawing.say(f"assumption_{key}") for key in ("name", "value", "year")]
    for i, (row, form) in enumerate(zip(rows, forms_of(drawing.result.basis), strict=True), HEADER + 1):
        for j, (value, number) in enumerate(zip(row, ("", form, "year"), strict=True)):
            drawing.cell(sheet, i, j, value, "label" if j == 0 else "constant", number)
    drawing.table(sheet, "Assumptions", heads, len(rows), autofilter=False)
    sheet.repeat_rows(HEADER)
