"""The consolidated workbook in the making, and what all its sheets have: title, purpose, print setup, tables."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from crm_xl.collection.collecting.consolidation import Result
from crm_xl.collection.collecting.discovery import MARK
from crm_xl.collection.collecting.long_tables import HEADER, Column, samples, style_numbers, table_name
from crm_xl.collection.collecting.streamed_rows import Rows
from crm_xl.data import term
from crm_xl.engine.cells import Cell
from crm_xl.templates.page import MARGINS, paper
from crm_xl.templates.spec import RELEASED
from crm_xl.templates.styles import NAVY, Styles

# The calculation engine of Excel 2019 and 365: with an older number Excel would recalculate when it loads the file.
_CALCULATION = 191_029
_CREATED = dt.datetime(RELEASED.year, RELEASED.month, RELEASED.day)


class Drawing:
    """A workbook whose long sheets are drawn with their header and one sample row.

    `long` are the rows of each long sheet by its part; `grown` is what to replace in the parts of their tables.
    """

    def __init__(self, workbook: xlsxwriter.Workbook, result: Result, folder: str) -> None:
        self.workbook, self.result, self.language = workbook, result, result.language
        self.styles = Styles(workbook, result.language)
        self.numbers = style_numbers(result.language, self.styles)
        self.folder = folder
        self.long: dict[str, tuple[Rows, int]] = {}
        self.grown: dict[str, tuple[bytes, bytes]] = {}
        self._sheets = self._tables = 0
        workbook.set_properties({"title": self.say("title"), "author": "crm_xl", "created": _CREATED})
        workbook.set_custom_property(MARK, result.expected.cycle or "-")
        workbook.set_calc_mode("auto", _CALCULATION)
        workbook.calc_on_load = False  # a reader without the add-in keeps the values that stand in the file
        workbook.set_size(2400, 1400)

    def say(self, key: str, **details: object) -> str:
        """Return a text of the workbook in its language."""
        return term(f"collect_{key}", self.language, **details)

    def sheet(
        self, key: str, widths: Sequence[float], number: int = 0, folded: Sequence[int] = (), *, in_order: bool = False
    ) -> Worksheet:
        """Add a sheet with its title and what it is for; columns may be folded away.

        One that is written row by row from the top, and has no tables, is not held in memory (`in_order`).
        """
        name = self.say(f"sheet_{key}") + (f" {number}" if number else "")
        self.workbook.constant_memory = in_order
        sheet = self.workbook.add_worksheet(name)
        self.workbook.constant_memory = False
        self._sheets += 1
        sheet.hide_gridlines(2)
        sheet.set_tab_color(NAVY)
        for column, width in enumerate(widths):
            outline = {"level": 1, "hidden": True} if column in folded else {"collapsed": column - 1 in folded}
            sheet.set_column(column, column, width, self.styles.get("text", text_wrap=False), outline)
            sheet.write_blank(0, column, None, self.styles.get("band"))
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, name, self.styles.get("title"))
        sheet.write_string(1, 0, self.say(f"purpose_{key}"), self.styles.get("subtitle"))
        sheet.set_landscape()
        shown = sum(width for column, width in enumerate(widths) if column not in folded)
        sheet.set_paper(paper(shown))
        sheet.set_margins(**MARGINS)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{term('template_footer', self.language)}&R&P / &N")
        return sheet

    def headers(self, sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
        """Write a row of headers."""
        for i, text in enumerate(texts):
            sheet.write_string(row, i, text, self.styles.get("header"))

    def section(self, sheet: Worksheet, row: int, text: str, last: int) -> None:
        """Write the title of a section with a line below it, to a last column."""
        for column in range(last + 1):
            sheet.write_blank(row, column, None, self.styles.get("section"))
        sheet.write_string(row, 0, text, self.styles.get("section"))
        sheet.set_row(row, 24)

    def cell(self, sheet: Worksheet, row: int, column: int, value: Cell, role: str, number: str = "") -> None:
        """Write a value; words stand to the left in the first column, and to the right beside numbers."""
        if value is None:
            sheet.write_blank(row, column, None, self.styles.get(role, number))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.styles.get(role, "date", align="right"))
        elif isinstance(value, str):
            align = "left" if column == 0 else "right"
            sheet.write_string(row, column, value, self.styles.get(role, number, align=align))
        else:
            sheet.write_number(row, column, float(value), self.styles.get(role, number))

    def merged(self, sheet: Worksheet, row: int, first: int, last: int, text: str, **more: Any) -> None:
        """Write a text, or a formula with the text that it gives, over several columns."""
        formula, style = more.pop("formula", ""), self.styles.get("label", **more)
        sheet.merge_range(row, first, row, last, "", style)
        if formula:
            sheet.write_formula(row, first, formula, style, text)
        else:
            sheet.write_string(row, first, text, style)

    def table(
        self, sheet: Worksheet, name: str, headers: Sequence[str], lines: int, *, autofilter: bool = True
    ) -> None:
        """Make the header row and the lines below it an Excel table."""
        self._tables += 1
        style = self.styles.get("header")
        sheet.add_table(
            HEADER, 0, HEADER + lines, len(headers) - 1,
            {
                "name": name, "style": None, "banded_rows": False, "autofilter": autofilter,
                "columns": [{"header": header, "header_format": style} for header in headers],
            },
        )  # fmt: skip

    def fill(self, sheet: Worksheet, row: int, drawn: Sequence[Column], rows: Rows, number: int = 0) -> None:
        """Let one of the sheets of rows stand from a row of the sheet that was added last."""
        samples(sheet, row, drawn, self.styles)
        self.long[f"xl/worksheets/sheet{self._sheets}.xml"] = (rows, number)

    def long_sheets(self, key: str, drawn: Sequence[Column], rows: Rows) -> None:
        """Add a long table, on as many sheets as its rows need; columns that no row fills are folded away."""
        folded = rows.unfilled if len(rows) else []
        for number, count in enumerate(rows.counts or [0]):
            sheet = self.sheet(key, [column.width for column in drawn], number + 1 if number else 0, folded)
            self.headers(sheet, HEADER, [column.header for column in drawn])
            sheet.set_row(HEADER, 34)
            if count:
                self.fill(sheet, HEADER + 1, drawn, rows, number)
            self.table(sheet, table_name(key, number), [column.header for column in drawn], 1)
            if count > 1:
                # XlsxWriter keeps a record of every cell of a table: it is drawn with one row, and lengthened later.
                last = xl_col_to_name(len(drawn) - 1)
                drawn_as, grown = (f"A{HEADER + 1}:{last}{HEADER + 1 + lines}".encode() for lines in (1, count))
                self.grown[f"xl/tables/table{self._tables}.xml"] = drawn_as, grown
            sheet.freeze_panes(HEADER + 1, 1 if key == "findings" else 3)
            sheet.repeat_rows(HEADER)
