"""Building a template, every formula with its value, against XlsxWriter writing the same cells without values."""

import io
from collections.abc import Iterator

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from benchmarks.agreement import agree
from benchmarks.timing import Series, measure
from crm_xl.templates.build import build
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.sheet import SheetXml
from crm_xl.xlsx.workbook import read_structure

SIZES = (50, 200)


class Cells:
    """The cells of a built template, to be written again."""

    def __init__(self, content: bytes) -> None:
        package = Package.open(content)
        structure = read_structure(package)
        self.sheets = []
        for part in structure.sheets:
            sheet = SheetXml(package.parts[part.part], package.name, part.part)
            cells = [
                (
                    cell.row - 1,
                    cell.column - 1,
                    cell.formula.text if cell.formula else sheet.value(cell, structure.texts),
                )
                for cell in sheet.cells.values()
            ]
            formulas = {(c.row - 1, c.column - 1) for c in sheet.cells.values() if c.formula is not None}
            self.sheets.append((part.name, cells, formulas))

    def by_place(self) -> dict[str, object]:
        """The cells by sheet and place, formulas and values told apart; one that is blank is none."""
        return {
            f"{name}!{xl_rowcol_to_cell(row, column)}": f"={value}" if (row, column) in formulas else value
            for name, cells, formulas in self.sheets
            for row, column, value in cells
            if value is not None
        }

    def written(self) -> bytes:
        """The alternative: XlsxWriter writes formulas, numbers and texts; no formats, charts, rules or values."""
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True})
        style = book.add_format()
        for name, cells, formulas in self.sheets:
            sheet = book.add_worksheet(name)
            for row, column, value in cells:
                if (row, column) in formulas:
                    sheet.write_formula(row, column, f"={value}", style)
                elif value is None:
                    sheet.write_blank(row, column, None, style)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value, style)
                else:
                    sheet.write_number(row, column, value, style)
        book.close()
        return buffer.getvalue()


def series(quick: bool) -> Iterator[Series]:
    """Yield the tables of this benchmark."""
    for kind in ("department", "finance"):
        yield measure(
            f"Template for {'a department' if kind == 'department' else 'finance'}",
            "lines of costs",
            "crm_xl draws the workbook with XlsxWriter, recalculates it and writes every value into it. XlsxWriter "
            "alone writes the cells: no formats, charts, rules, nor any value of a formula.",
            SIZES[:1] if quick else SIZES,
            lambda lines, kind=kind: _ways(TemplateSpec(kind=kind, lines=lines)),
        )


def _ways(spec: TemplateSpec) -> dict:
    cells = Cells(build(spec))
    agree(f"the cells of crm_xl and XlsxWriter, {spec.kind},", cells.by_place(), Cells(cells.written()).by_place())
    return {"crm_xl": lambda: build(spec), "XlsxWriter": cells.written}
