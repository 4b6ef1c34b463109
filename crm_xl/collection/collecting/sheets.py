"""The consolidated workbook: status, totals, every line, the assumptions, and everything that was found.

The totals are CRM_* formulas over the table of all lines, stored as dynamic arrays with their values. The values come
from the same functions, called on sums of the lines (`entries.as_lines`): a workbook of a million lines is then
written in the time that it takes to write its lines. Where the lines need several sheets, each has its own totals,
and native formulas add them up.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from crm_xl.collection.collecting.arrived import MARK
from crm_xl.collection.collecting.basis import rows_of
from crm_xl.collection.collecting.consolidation import Result
from crm_xl.collection.collecting.entries import Sums, as_lines, merged
from crm_xl.collection.collecting.readings import TABLES
from crm_xl.collection.collecting.reconciliation import FATES, Booked
from crm_xl.collection.collecting.sheetrows import MOST_ROWS, Rows, assembled
from crm_xl.collection.collecting.standing import STATES
from crm_xl.data import term
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.schema import choice_labels, columns
from crm_xl.functions import REGISTRY
from crm_xl.functions.registry import Table
from crm_xl.hosts.headless.package import replacing
from crm_xl.templates.spec import RELEASED
from crm_xl.templates.styles import BAD, GOOD, NAVY, OPEN, Styles

# The row (from 0) of the header on the sheets of lines and findings: below the title and a line of explanation.
_HEADER = 3
# A sheet of more characters across is printed two pages wide.
_WIDE = 300
# The calculation engine of Excel 2019 and 365: with an older number Excel would recalculate when it loads the file.
_CALCULATION = 191_029
_NAMES = {"costs": "Costs", "benefits": "Benefits"}
_NUMBERS = {"money": "price", "rate": "percent", "when": "when", "date": "date", "number": "", "text": ""}
_WIDTHS = {"text": 22.0, "money": 15.0, "choice": 12.0, "currency": 9.0, "number": 10.0, "rate": 10.0, "when": 12.0}
_STATUS = (
    "department", "state", "sequence", "saved", "costs", "costs_out", "benefits", "benefits_out", "total", "file",
    "why",
)  # fmt: skip
_STATUS_WIDTHS = (44.0, 15.0, 12.0, 18.0, 14.0, 18.0, 14.0, 18.0, 18.0, 40.0, 64.0)
_STATUS_NUMBERS = ("", "", "", "moment", "count", "count", "count", "count", "money", "", "")
_FINDINGS = ("department", "file", "sheet", "cell", "severity", "currency", "amount", "what", "found", "expected", "do")
_FINDINGS_WIDTHS = (22.0, 36.0, 14.0, 12.0, 13.0, 9.0, 17.0, 64.0, 30.0, 30.0, 64.0)
_CREATED = dt.datetime(RELEASED.year, RELEASED.month, RELEASED.day)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a long table: its header, width, number format (a name of `styles.NUMBERS`), and how it stands."""

    header: str
    width: float
    number: str = ""
    wraps: bool = False
    centred: bool = False

    def style(self, styles: Styles) -> Format:
        """Return the format of its cells."""
        more: dict[str, Any] = {"text_wrap": self.wraps, "valign": "top"}
        if self.centred:
            more["align"] = "center"
        elif not self.number:
            more |= {"align": "left", "indent": 1}
        if self.number == "moment":
            return styles.get("text", num_format="yyyy-mm-dd hh:mm", **more)
        return styles.get("text", self.number, **more)


def line_columns(table: str, language: str) -> list[Column]:
    """Return the columns of the sheet of all lines of a table: where each comes from, the line, its amount."""
    found = [
        Column(header=term(f"collect_{key}", language), width=width, centred=key == "row")
        for key, width in (("file", 34.0), ("sheet", 11.0), ("row", 7.0))
    ]
    found += [
        Column(
            header=field.label(language),
            width=36.0 if field.key in ("item", "assumption") else _WIDTHS.get(field.type, 12.0),
            number=_NUMBERS.get(field.type, ""),
            centred=field.type in ("choice", "currency", "yesno", "when", "date"),
        )
        for field in columns(table).values()
    ]
    return [*found, Column(header=term("collect_stated", language), width=17.0, number="price")]


def status_columns(language: str, currency: str) -> list[Column]:
    """Return the columns of the list of returns."""
    return [
        Column(
            header=term(f"collect_status_{key}", language, currency=currency),
            width=width,
            number=number,
            wraps=key == "why",
            centred=key in ("state", "sequence", "saved"),
        )
        for key, width, number in zip(_STATUS, _STATUS_WIDTHS, _STATUS_NUMBERS, strict=True)
    ]


def finding_columns(language: str) -> list[Column]:
    """Return the columns of the list of findings."""
    return [
        Column(
            header=term(f"collect_finding_{key}", language),
            width=width,
            number="price" if key == "amount" else "",
            wraps=key in ("what", "found", "expected", "do"),
            centred=key in ("cell", "severity", "currency"),
        )
        for key, width in zip(_FINDINGS, _FINDINGS_WIDTHS, strict=True)
    ]


def long_tables(language: str) -> dict[str, list[Column]]:
    """Return the columns of the long tables of a workbook."""
    found = {table: line_columns(table, language) for table in TABLES}
    return found | {"findings": finding_columns(language), "status": status_columns(language, "")}


def long_rows(language: str, folder: str, most_rows: int = MOST_ROWS) -> dict[str, Rows]:
    """Return the empty tables of lines and findings, kept in files of a folder."""
    numbers = _style_numbers(language)
    return {
        key: Rows(numbers[key], _HEADER + 1, folder, most_rows, _wraps(drawn))
        for key, drawn in long_tables(language).items()
        if key != "status"
    }


def _style_numbers(language: str, styles: Styles | None = None) -> dict[str, list[int]]:
    """Number the styles of columns: first of all in a workbook, they have the same numbers in every one.

    XlsxWriter numbers a format when it first writes it, and has no public name for doing so before. That the rows were
    written with the right numbers is checked when the workbook is put together.
    """
    if styles is None:
        with xlsxwriter.Workbook(io.BytesIO()) as workbook:
            return _style_numbers(language, Styles(workbook, language))
    return {
        key: [int(column.style(styles)._get_xf_index()) for column in drawn]
        for key, drawn in long_tables(language).items()
    }


def _samples(sheet: Worksheet, row: int, drawn: Sequence[Column], styles: Styles) -> None:
    """Write the sample row of a long sheet: a cell in the style of each column."""
    for i, column in enumerate(drawn):
        sheet.write_number(row, i, 0, column.style(styles))


def _wraps(drawn: Sequence[Column]) -> dict[int, float]:
    return {i: column.width for i, column in enumerate(drawn) if column.wraps}


def write(result: Result, out: Path) -> None:
    """Write the workbook of a collection: whole, or not at all. The same collection gives the same bytes.

    Raises
    ------
    WorkbookError
        When the file cannot be written; nothing on disk has changed then.
    """
    frame = io.BytesIO()
    workbook = xlsxwriter.Workbook(frame, {"strings_to_formulas": False, "strings_to_urls": False})
    drawing = _Drawing(workbook, result, str(out.parent))
    drawing.draw()
    workbook.close()
    try:
        with replacing(out) as file:
            assembled(frame, file, drawing.long, drawing.grown)
    finally:
        drawing.returns.close()


class _Drawing:
    """The workbook in the making; every long sheet is drawn with its header and one sample row."""

    def __init__(self, workbook: xlsxwriter.Workbook, result: Result, folder: str) -> None:
        self.workbook, self.result, self.language = workbook, result, result.language
        self.styles = Styles(workbook, result.language)
        self.numbers = _style_numbers(result.language, self.styles)
        self.folder = folder
        self.long: dict[str, tuple[Rows, int]] = {}
        self.grown: dict[str, tuple[bytes, bytes]] = {}
        self.sheets = self.tables = 0

    def say(self, key: str, **details: object) -> str:
        return term(f"collect_{key}", self.language, **details)

    def draw(self) -> None:
        """Draw every sheet."""
        properties = {"title": self.say("title"), "author": "crm_xl", "created": _CREATED}
        self.workbook.set_properties(properties)
        self.workbook.set_custom_property(MARK, self.result.expected.cycle or "-")
        self.workbook.set_calc_mode("auto", _CALCULATION)
        self.workbook.calc_on_load = False  # a reader without the add-in keeps the values that stand in the file
        self.workbook.set_size(2400, 1400)
        status = self._sheet("status", _STATUS_WIDTHS)
        self._totals()
        for table in TABLES:
            self._lines(table)
        self._assumptions()
        self._long("findings", finding_columns(self.language), self.result.rows["findings"], "findings")
        self._status(status)
        status.activate()

    # -- what all sheets have ----------------------------------------------------------------------------------------

    def _sheet(self, key: str, widths: Sequence[float], number: int = 0) -> Worksheet:
        """Add a sheet with its title and what it is for."""
        name = self.say(f"sheet_{key}") + (f" {number}" if number else "")
        sheet = self.workbook.add_worksheet(name)
        self.sheets += 1
        sheet.hide_gridlines(2)
        sheet.set_tab_color(NAVY)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.styles.get("text", text_wrap=False))
            sheet.write_blank(0, column, None, self.styles.get("band"))
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, name, self.styles.get("title"))
        sheet.write_string(1, 0, self.say(f"purpose_{key}"), self.styles.get("subtitle"))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(2 if sum(widths) > _WIDE else 1, 0)
        sheet.set_footer(f"&L{term('template_footer', self.language)}&R&P / &N")
        return sheet

    def _headers(self, sheet: Worksheet, row: int, column: int, texts: Sequence[str]) -> None:
        for i, text in enumerate(texts):
            sheet.write_string(row, column + i, text, self.styles.get("header"))

    def _section(self, sheet: Worksheet, row: int, text: str, last: int) -> None:
        for column in range(last + 1):
            sheet.write_blank(row, column, None, self.styles.get("section"))
        sheet.write_string(row, 0, text, self.styles.get("section"))
        sheet.set_row(row, 24)

    # -- long sheets -------------------------------------------------------------------------------------------------

    def _long(self, key: str, drawn: Sequence[Column], rows: Rows, table: str) -> None:
        """Draw a long table, on as many sheets as its rows need."""
        for number, count in enumerate(rows.counts or [0]):
            sheet = self._sheet(key, [column.width for column in drawn], number + 1 if number else 0)
            part = f"xl/worksheets/sheet{self.sheets}.xml"
            self._headers(sheet, _HEADER, 0, [column.header for column in drawn])
            sheet.set_row(_HEADER, 34)
            if count:
                _samples(sheet, _HEADER + 1, drawn, self.styles)
                self.long[part] = (rows, number)
            self._table(sheet, table_name(table, number), [column.header for column in drawn], 1)
            if count > 1:
                # XlsxWriter keeps a record of every cell of a table: it is drawn with one row, and lengthened later.
                last = xl_col_to_name(len(drawn) - 1)
                drawn_as, grown = (f"A{_HEADER + 1}:{last}{_HEADER + 1 + lines}".encode() for lines in (1, count))
                self.grown[f"xl/tables/table{self.tables}.xml"] = drawn_as, grown
            sheet.freeze_panes(_HEADER + 1, 1 if key == "findings" else 3)
            sheet.repeat_rows(_HEADER)

    def _lines(self, table: str) -> None:
        self._long(table, line_columns(table, self.language), self.result.rows[table], table)

    def _assumptions(self) -> None:
        sheet = self._sheet("assumptions", (30.0, 20.0, 12.0))
        rows = rows_of(self.result.basis, self.language)
        heads = [self.say(f"assumption_{key}") for key in ("name", "value", "year")]
        for i, row in enumerate(rows, _HEADER + 1):
            for j, value in enumerate(row):
                self._cell(sheet, i, j, value, "label" if j == 0 else "constant")
        self._table(sheet, "Assumptions", heads, len(rows), autofilter=False)

    def _table(
        self, sheet: Worksheet, name: str, headers: Sequence[str], lines: int, *, autofilter: bool = True
    ) -> None:
        self.tables += 1
        style = self.styles.get("header")
        sheet.add_table(
            _HEADER, 0, _HEADER + lines, len(headers) - 1,
            {
                "name": name, "style": None, "banded_rows": False, "autofilter": autofilter,
                "columns": [{"header": header, "header_format": style} for header in headers],
            },
        )  # fmt: skip

    def _cell(self, sheet: Worksheet, row: int, column: int, value: Cell, role: str, number: str = "") -> None:
        if value is None:
            sheet.write_blank(row, column, None, self.styles.get(role, number))
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.styles.get(role, "date", align="right"))
        elif isinstance(value, str):
            sheet.write_string(
                row, column, value, self.styles.get(role, number, align="left" if column == 0 else "right")
            )
        else:
            sheet.write_number(row, column, float(value), self.styles.get(role, number))

    # -- totals ------------------------------------------------------------------------------------------------------

    def _totals(self) -> None:
        sums, result = self.result.sums, self.result
        years = result.basis.years
        widths = (30.0, 24.0, *[17.0] * (years + 1), 10.0)
        words = {key: choice_labels("dimension", self.language)[key] for key in ("department", "component", "year")}
        cuts = [(words["component"],), (words["department"],), (words["department"], words["component"])]
        if len(sums) <= 1:
            sheet = self._sheet("totals", widths)
            row = 3
            for cut in cuts:
                self._section(sheet, row, self.say("by", rows=" × ".join((*cut, words["year"]))), len(widths) - 1)
                table = breakdown(sums[0] if sums else Sums(years=years), result, cut, words["year"])
                formula = _breakdown_formula("Costs", cut, words["year"])
                row = self._spill(sheet, row + 1, formula, table, len(cut)) + 2
            return
        parts = [(s, n) for n, s in enumerate(sums)]
        whole = merged(sums)
        sheet = self._sheet("totals", widths)
        found: dict[tuple[Cell, ...], list[str]] = {}
        tables = []
        for part, number in parts:
            page = self._sheet("totals", widths, number + 1)
            table = breakdown(part, result, cuts[2], words["year"])
            formula = _breakdown_formula(table_name("costs", number), cuts[2], words["year"])
            self._spill(page, 3, formula, table, 2)
            tables.append((page.name, table))
        for name, table in tables:
            for i, line in enumerate(table[1:], 4):
                found.setdefault((line[0], line[1]), []).append(f"'{name}'!{{column}}{i + 1}")
        row = 3
        for cut in cuts:
            self._section(sheet, row, self.say("by", rows=" × ".join((*cut, words["year"]))), len(widths) - 1)
            row = self._added_up(sheet, row + 1, breakdown(whole, result, cut, words["year"]), cut, cuts[2], found) + 2

    def _spill(self, sheet: Worksheet, row: int, formula: str, table: Table, labels: int) -> int:
        """Write a formula that spills, with the values that it gives; return the last row."""
        last = row + len(table) - 1
        for i, line in enumerate(table):
            for j, value in enumerate(line):
                style = self._spilled(i, j, len(line), labels, value, table)
                if i == 0 and j == 0:
                    sheet.write_dynamic_array_formula(row, 0, last, len(line) - 1, formula, style, value)
                elif isinstance(value, str):
                    sheet.write_string(row + i, j, value, style)
                else:
                    sheet.write_number(row + i, j, float(value), style)  # type: ignore[arg-type]
        return last

    def _spilled(self, i: int, j: int, width: int, labels: int, value: Cell, table: Table) -> Any:
        if i == 0:
            return self.styles.get("spill_header", "year", align="left" if j < labels else "right")
        total = table[i][0] == term("total", self.language)
        number = "" if j < labels else "share" if j == width - 1 else "money"
        return self.styles.get("total" if total else "spill", number)

    def _added_up(
        self,
        sheet: Worksheet,
        row: int,
        table: Table,
        cut: Sequence[str],
        whole: Sequence[str],
        found: dict[tuple[Cell, ...], list[str]],
    ) -> int:
        """Write a table whose figures are sums over the tables of the parts; return its last row."""
        at = [whole.index(dimension) for dimension in cut]
        total = term("total", self.language)
        last = next(i for i, line in enumerate(table) if line[0] == total)
        for i, line in enumerate(table):
            of_key = [
                place
                for key, places in found.items()
                if line[0] == key[0] == total
                or (line[0] != total != key[0] and [key[k] for k in at] == list(line[: len(cut)]))
                for place in places
            ]
            for j, value in enumerate(line):
                style = self._spilled(i, j, len(line), len(cut), value, table)
                if i == 0 or j < len(cut) or isinstance(value, str):
                    self._plain(sheet, row + i, j, value, style)
                    continue
                if j == len(line) - 1:
                    here = xl_rowcol_to_cell(row + i, j - 1)
                    formula = f"={here}/{xl_rowcol_to_cell(row + last, j - 1, True, True)}"
                else:
                    column = xl_col_to_name(j + len(whole) - len(cut))
                    formula = "=" + ("+".join(place.format(column=column) for place in of_key) or "0")
                sheet.write_formula(row + i, j, formula, style, value)
        return row + len(table) - 1

    @staticmethod
    def _plain(sheet: Worksheet, row: int, column: int, value: Cell, style: Any) -> None:
        if isinstance(value, str):
            sheet.write_string(row, column, value, style)
        else:
            sheet.write_number(row, column, float(value), style)  # type: ignore[arg-type]

    # -- status ------------------------------------------------------------------------------------------------------

    def _status(self, sheet: Worksheet) -> None:
        """The verdict, the total, what came, the reconciliation, and what became of every file."""
        result, last = self.result, len(_STATUS) - 1
        row = self._summary(sheet, 3, last)
        row = self._reconciliation(sheet, row + 1, last)
        self._section(sheet, row + 1, self.say("returns"), last)
        drawn = status_columns(self.language, result.basis.currency)
        header = row + 2
        self._headers(sheet, header, 0, [column.header for column in drawn])
        sheet.set_row(header, 34)
        self.returns = rows = Rows(self.numbers["status"], header + 1, self.folder, wraps=_wraps(drawn))
        rows.add(missing_rows(result))
        rows.add(result.files)
        if not rows.counts:
            return
        _samples(sheet, header + 1, drawn, self.styles)
        self.long["xl/worksheets/sheet1.xml"] = (rows, 0)
        sheet.autofilter(header, 0, header + len(rows), last)
        states = {"counted": GOOD, "rejected": BAD, "conflict": BAD, "missing": OPEN, "replaced": OPEN, "same": OPEN}
        for state, colours in states.items():
            rule = {"type": "cell", "criteria": "==", "value": f'"{self.say(f"state_{state}")}"'}
            sheet.conditional_format(header + 1, 1, header + len(rows), 1, rule | {"format": self.styles.tint(colours)})

    def _summary(self, sheet: Worksheet, row: int, last: int) -> int:
        result = self.result
        self._section(sheet, row, self.say("summary"), last)
        balanced = result.books.balanced
        verdict = self.say("balanced" if balanced else "not_balanced")
        tint = GOOD if balanced else BAD
        lines: list[tuple[str, Cell, str]] = [
            (self.say("cycle"), result.expected.cycle, ""),
            (self.say("period"), result.expected.period, ""),
        ]
        for state in (*STATES, "missing"):
            count = len(result.missing) if state == "missing" else result.states[state]
            lines.append((self.say(f"count_{state}"), float(count), "count"))
        for i, (label, value, number) in enumerate(lines, row + 1):
            sheet.write_string(i, 0, label, self.styles.get("label"))
            self._cell(sheet, i, 1, value, "formula", number)
        i = row + 1 + len(lines)
        sheet.write_string(i, 0, self.say("total_of", currency=result.basis.currency), self.styles.get("total"))
        total = total_of(result)
        names = [table_name("costs", n) for n in range(max(len(result.sums), 1))]
        calls = "+".join(f"CRM_TOTAL({name}[#All],Assumptions[#All])" for name in names)
        sheet.write_dynamic_array_formula(i, 1, i, 1, f"={calls}", self.styles.get("total", "money"), total)
        sheet.write_string(i + 1, 0, self.say("verdict"), self.styles.get("label"))
        style = self.styles.get("label", bg_color=tint[0], font_color=tint[1], bold=True)
        sheet.merge_range(i + 1, 1, i + 1, 5, "", style)
        sheet.write_string(i + 1, 1, verdict, style)
        return i + 2

    def _reconciliation(self, sheet: Worksheet, row: int, last: int) -> int:
        result = self.result
        self._section(sheet, row, self.say("reconciliation"), last)
        keys = (
            "table",
            "currency",
            "read_lines",
            "read_amount",
            "sum_lines",
            "sum_amount",
            "out_lines",
            "out_amount",
            "left",
        )
        self._headers(sheet, row + 1, 0, [self.say(f"books_{key}") for key in keys])
        sheet.set_row(row + 1, 34)
        row += 2
        for account in result.books.accounts:
            out = Booked(
                lines=sum(account.fates[fate].lines for fate in FATES[1:]),
                amount=sum(account.fates[fate].amount for fate in FATES[1:]),
            )
            texts = (term(f"table_{account.table}", self.language), account.currency or self.say("currency_unknown"))
            for j, text in enumerate(texts):
                sheet.write_string(row, j, text, self.styles.get("label"))
            counts, amounts = self.styles.get("formula", "count"), self.styles.get("formula", "price")
            sheet.write_number(row, 2, account.read.lines, counts)
            sheet.write_number(row, 3, account.read.amount, amounts)
            names = [table_name(account.table, n) for n in range(max(len(result.rows[account.table].counts), 1))]
            currency = f"[{columns(account.table)['currency'].label(self.language)}],B{row + 1})"
            counted = account.fates["counted"]
            lines_formula = "+".join(f"COUNTIFS({name}{currency}" for name in names)
            stated = self.say("stated")
            money_formula = "+".join(f"SUMIFS({name}[{stated}],{name}{currency}" for name in names)
            sheet.write_formula(row, 4, f"={lines_formula}", counts, counted.lines)
            sheet.write_formula(row, 5, f"={money_formula}", amounts, counted.amount)
            sheet.write_number(row, 6, out.lines, counts)
            sheet.write_number(row, 7, out.amount, amounts)
            left = f"=ROUND(D{row + 1}-F{row + 1}-H{row + 1},2)"
            sheet.write_formula(
                row, 8, left, self.styles.get("sum", "difference"), round(account.difference.amount, 2) + 0.0
            )
            row += 1
        row = self._not_in_sum(sheet, row + 1)
        for key, value in (
            ("cells", result.books.cells),
            ("cells_differ", len(result.books.differing) + len(result.books.uncounted)),
            ("unknown", len(result.books.unknown)),
        ):
            sheet.write_string(row, 0, self.say(f"books_{key}"), self.styles.get("label"))
            sheet.write_number(row, 1, value, self.styles.get("formula", "count"))
            row += 1
        return row

    def _not_in_sum(self, sheet: Worksheet, row: int) -> int:
        """What is not in the sum, by the reason."""
        found = [
            (account, fate, account.fates[fate])
            for account in self.result.books.accounts
            for fate in FATES[1:]
            if account.fates[fate].lines
        ]
        if not found:
            return row
        heads = [self.say(f"books_{key}") for key in ("table", "currency", "lines", "amount", "reason")]
        self._headers(sheet, row, 0, [*heads, ""])
        for i, (account, fate, booked) in enumerate(found, row + 1):
            sheet.write_string(i, 0, term(f"table_{account.table}", self.language), self.styles.get("label"))
            sheet.write_string(i, 1, account.currency or self.say("currency_unknown"), self.styles.get("label"))
            sheet.write_number(i, 2, booked.lines, self.styles.get("formula", "count"))
            sheet.write_number(i, 3, booked.amount, self.styles.get("formula", "price"))
            style = self.styles.get("label")
            sheet.merge_range(i, 4, i, 5, "", style)
            sheet.write_string(i, 4, self.say(f"fate_{fate}"), style)
        return row + len(found) + 2


def table_name(table: str, number: int) -> str:
    """Return the name of the Excel table on one of the sheets of a long table: Costs, Costs_2, …"""
    name = _NAMES.get(table, table.capitalize())
    return f"{name}_{number + 1}" if number else name


def breakdown(sums: Sums, result: Result, rows: Sequence[str], year: str) -> Table:
    """Return what CRM_BREAKDOWN gives over the lines behind sums, by rows and year."""
    lines = as_lines(sums, result.language)
    assumptions = Range(rows_of(result.basis, result.language))
    found = REGISTRY["CRM_BREAKDOWN"].call(lines, assumptions, ",".join(rows), year)
    assert isinstance(found, list)
    return found


def total_of(result: Result) -> float:
    """Return the total of all cost lines in the reporting currency."""
    return sum(float(years.sum()) for sums in result.sums for years in sums.money.values())


def missing_rows(result: Result) -> list[Sequence[Cell]]:
    """Return the rows of the departments of which nothing came."""
    word = term("collect_state_missing", result.language)
    return [(department, word, *[None] * (len(_STATUS) - 2)) for department in result.missing]


def _breakdown_formula(table: str, rows: Sequence[str], year: str) -> str:
    return f'=CRM_BREAKDOWN({table}[#All],Assumptions[#All],"{",".join(rows)}","{year}")'
