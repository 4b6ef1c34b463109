"""Looks into a built workbook without the code that built it: sheets by key, table columns by schema key, raw XML."""

import io
import re
import zipfile

from openpyxl.formula import Tokenizer
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from crm_xl.data import term
from crm_xl.engine.schema import columns


def language_of(name):
    return name.removesuffix(".xlsx")[-2:]


def sheet_name(key, language):
    return term(f"template_sheet_{key}", language)


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(content):
    """The XML of every worksheet."""
    return [xml.decode() for name, xml in parts(content).items() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]


def formula_cells(sheet):
    """Every cell with a formula, and its text."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, ArrayFormula):
                yield cell, cell.value.text
            elif cell.data_type == "f":
                yield cell, cell.value


def header_row(sheet, table):
    """The number of the header row of a table."""
    return int(re.search(r"\d+", sheet.tables[table].ref)[0])


def input_cell(book, language, table, key, line=1, *, where):
    """The address of an input: column `key` of line `line` of a table, as the sheet `where` has it."""
    name = sheet_name(where, language)
    sheet = book[name]
    top = header_row(sheet, table)
    label = columns(where)[key].label(language)
    column = next(c.column_letter for c in sheet[top] if c.value == label)
    return f"'{name}'!{column}{top + line}"


_REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)(?![\w(\[])")


def relative(formula, row, column):
    """A formula in R1C1 style, so that two cells with the same formula have the same text."""

    def one(found):
        fixed_column, letters, fixed_row, number = found.groups()
        c, r = column_index_from_string(letters), int(number)
        return f"R{r if fixed_row else f'[{r - row}]'}C{c if fixed_column else f'[{c - column}]'}"

    pieces = re.split(r'("[^"]*"|\'[^\']*\'|\[[^\]]*\])', formula)
    return "".join(p if p[:1] in "\"'[" else _REFERENCE.sub(one, p) for p in pieces if p)


def numbers_in(formula):
    return [float(t.value) for t in Tokenizer(formula).items if t.type == "OPERAND" and t.subtype == "NUMBER"]


def letters(first, last):
    return [get_column_letter(i) for i in range(first, last + 1)]
