"""The columns of the tables that may become millions of rows, and the numbers that their styles have in a workbook."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from crm_xl.collection.collecting.readings import TABLES
from crm_xl.collection.collecting.streamed_rows import MOST_ROWS, Rows
from crm_xl.data import term
from crm_xl.engine.schema import columns
from crm_xl.templates.styles import Styles

# The row (from 0) of the header on the sheets of lines and findings: below the title and a line of explanation.
HEADER = 3
_NAMES = {"costs": "Costs", "benefits": "Benefits"}
# Columns of words that are wider than others.
_LONG_TEXTS = ("item", "assumption")
_ALIGNED = {"text": "left"} | dict.fromkeys(("choice", "currency", "yesno", "when", "date"), "center")
_NUMBERS = {
    "money": "price", "rate": "percent", "discount": "percent", "when": "when", "date": "date", "number": "",
    "text": "",
}  # fmt: skip
_WIDTHS = {
    "text": 16.0, "money": 14.0, "choice": 12.0, "currency": 9.0, "number": 10.0, "rate": 10.0, "discount": 10.0,
    "when": 12.0,
}  # fmt: skip
STATUS = (
    "department", "state", "sequence", "saved", "costs", "costs_out", "benefits", "benefits_out", "total", "file",
    "why",
)  # fmt: skip
_STATUS_WIDTHS = (38.0, 12.0, 10.0, 17.0, 11.0, 17.0, 11.0, 17.0, 17.0, 26.0, 46.0)
_STATUS_NUMBERS = ("", "", "", "moment", "count", "count", "count", "count", "money", "", "")
_FINDINGS = ("department", "file", "sheet", "cell", "severity", "currency", "amount", "what", "found", "expected", "do")
_FINDINGS_WIDTHS = (16.0, 24.0, 10.0, 10.0, 10.0, 9.0, 15.0, 46.0, 20.0, 22.0, 36.0)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a long table: its header, width, number format (a name of `styles.NUMBERS`), and how it stands."""

    header: str
    width: float
    number: str = ""
    wraps: bool = False
    align: str = ""

    def style(self, styles: Styles) -> Format:
        """Return the format of its cells."""
        more: dict[str, Any] = {"text_wrap": self.wraps, "valign": "top"}
        if self.align:
            more["align"] = self.align
        if self.align == "left":
            more["indent"] = 1
        if self.number == "moment":
            return styles.get("text", num_format="yyyy-mm-dd hh:mm", **more)
        return styles.get("text", self.number, **more)


def line_columns(table: str, language: str) -> list[Column]:
    """Return the columns of the sheet of all lines of a table: where each comes from, the line, its amount."""
    found = [
        Column(header=term(f"collect_{key}", language), width=width, wraps=key == "file", align=align)
        for key, width, align in (("file", 26.0, "left"), ("sheet", 10.0, "left"), ("row", 7.0, "center"))
    ]
    found += [
        Column(
            header=field.label(language),
            width=36.0 if field.key in _LONG_TEXTS else _WIDTHS.get(field.type, 12.0),
            number=_NUMBERS.get(field.type, ""),
            wraps=field.type == "text",
            align=_ALIGNED.get(field.type, ""),
        )
        for field in columns(table).values()
    ]
    return [
        *found,
        *(Column(header=term(f"collect_{key}", language), width=16.0, number="price") for key in ("stated", "in_sum")),
    ]


def status_columns(language: str, currency: str) -> list[Column]:
    """Return the columns of the list of returns."""
    return [
        Column(
            header=term(f"collect_status_{key}", language, currency=currency),
            width=width,
            number=number,
            wraps=key in ("file", "why"),
            align="" if number and number != "moment" else "left" if key in ("department", "file", "why") else "center",
        )
        for key, width, number in zip(STATUS, _STATUS_WIDTHS, _STATUS_NUMBERS, strict=True)
    ]


def finding_columns(language: str) -> list[Column]:
    """Return the columns of the list of findings."""
    return [
        Column(
            header=term(f"collect_finding_{key}", language),
            width=width,
            number="price" if key == "amount" else "",
            wraps=key in ("department", "file", "what", "found", "expected", "do"),
            align="" if key == "amount" else "center" if key in ("cell", "severity", "currency") else "left",
        )
        for key, width in zip(_FINDINGS, _FINDINGS_WIDTHS, strict=True)
    ]


def long_tables(language: str) -> dict[str, list[Column]]:
    """Return the columns of the long tables of a workbook."""
    found = {table: line_columns(table, language) for table in TABLES}
    return found | {"findings": finding_columns(language), "status": status_columns(language, "")}


def long_rows(language: str, folder: str, most_rows: int = MOST_ROWS) -> dict[str, Rows]:
    """Return the empty tables of lines and findings, kept in files of a folder."""
    numbers = style_numbers(language)
    return {
        key: Rows(numbers[key], HEADER + 1, folder, most_rows, wraps(drawn))
        for key, drawn in long_tables(language).items()
        if key != "status"
    }


def style_numbers(language: str, styles: Styles | None = None) -> dict[str, list[int]]:
    """Number the styles of columns: first of all in a workbook, they have the same numbers in every one.

    XlsxWriter numbers a format when it first writes it, and has no public name for doing so before. That the rows were
    written with the right numbers is checked when the workbook is put together.
    """
    if styles is None:
        with xlsxwriter.Workbook(io.BytesIO()) as workbook:
            return style_numbers(language, Styles(workbook, language))
    return {
        key: [int(column.style(styles)._get_xf_index()) for column in drawn]
        for key, drawn in long_tables(language).items()
    }


def samples(sheet: Worksheet, row: int, drawn: Sequence[Column], styles: Styles) -> None:
    """Write the sample row of a long sheet: a cell in the style of each column."""
    for i, column in enumerate(drawn):
        sheet.write_number(row, i, 0, column.style(styles))


def wraps(drawn: Sequence[Column]) -> dict[int, float]:
    """Return the widths of the columns whose texts wrap."""
    return {i: column.width for i, column in enumerate(drawn) if column.wraps}


def table_name(table: str, number: int) -> str:
    """Return the name of the Excel table on one of the sheets of a long table: Costs, Costs_2, …"""
    name = _NAMES.get(table, table.capitalize())
    return f"{name}_{number + 1}" if number else name
