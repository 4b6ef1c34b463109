"""Amounts that no line of an input table holds: beside it, above it, or in columns that are none of its own.

They are never lost: each is handed back with its place.
"""

from collections import defaultdict
from collections.abc import Container

from crm_xl.collection.reading.findings import Finding, finding_at, shown
from crm_xl.collection.reading.table import InputTable
from crm_xl.collection.reading.values import is_amount
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import Cell
from crm_xl.engine.problems import show
from crm_xl.engine.schema import normalise
from crm_xl.xlsx.references import Area, cell_name

# Of numbers outside the table so many are told one by one.
MOST_STRAYS = 100
# Columns of the template that are no input: computed ones, and remarks.
_BESIDE = frozenset(
    normalise(term(f"template_{key}", language))
    for key in ("cost_total", "benefit_money", "note")
    for language in LANGUAGES
)


def outside_findings(table: InputTable, lines: Container[int]) -> list[Finding]:
    """Return the amounts outside of a table: each by itself, those in a column that it does not have together.

    Parameters
    ----------
    table
        The table.
    lines
        The rows of its lines, those below it among them.
    """
    sheet, header = table.sheet, table.header
    titles = sheet.rows.get(header.row, {})
    known = set(header.columns.values())
    beside = {column for column, title in titles.items() if isinstance(title, str) and normalise(title) in _BESIDE}
    own = known | beside
    found: list[Finding] = []
    unknown: defaultdict[int, list[int]] = defaultdict(list)
    for row, cells in sheet.rows.items():
        if row in lines and cells.keys() <= own:
            continue
        below_head = header.row < row <= table.last_row
        for column, value in cells.items():
            if (column in known and row in lines) or (column in beside and below_head) or not is_amount(value):
                continue
            if below_head and header.first <= column <= max(own) and column not in known:
                unknown[column].append(row)
            else:
                found.append(_stray(table, row, column, value))
    if len(found) > MOST_STRAYS:
        more = finding_at(sheet.name, "", "outside_many", "blocks", count=len(found) - MOST_STRAYS)
        found[MOST_STRAYS:] = [more]
    return found + [_unknown(table, column, rows, titles.get(column)) for column, rows in unknown.items()]


def _stray(table: InputTable, row: int, column: int, value: Cell) -> Finding:
    sheet, place = table.sheet, cell_name(row, column)
    if (row, column) in sheet.formulas:
        return finding_at(sheet.name, place, "formula_outside", "note", value)
    return finding_at(sheet.name, place, "outside_table", "blocks", value)


def _unknown(table: InputTable, column: int, rows: list[int], title: Cell) -> Finding:
    """A column that the table does not have; one of formulas alone was added to see something."""
    sheet = table.sheet
    found = ", ".join(show(sheet.value(row, column)) for row in rows[:3]) + (" …" if len(rows) > 3 else "")
    place = Area("", rows[0], column, rows[-1], column).address
    formulas = all((row, column) in sheet.formulas for row in rows)
    return Finding(
        key="unknown_column",
        severity="note" if formulas else "blocks",
        sheet=sheet.name,
        cell=place,
        found=found,
        details=(("column", shown(title)), ("count", len(rows))),
    )
