"""The lines of an input table as a department filled it in: every line with its row, its values, and what is wrong.

What stands below or beside the table is never lost: it is handed back with its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crm_xl.collection.form.sent_cells import SentSheet
from crm_xl.collection.reading.findings import Finding, finding_at
from crm_xl.collection.reading.header import find_header, header_findings
from crm_xl.collection.reading.hidden import hidden_findings, tell_appearance
from crm_xl.collection.reading.stray_amounts import Strays, beside_table
from crm_xl.collection.reading.table import Form, InputTable, TableFindings
from crm_xl.collection.reading.validation import set_departments, tell_duplicates, tell_formulas, tell_problems
from crm_xl.collection.reading.values import is_amount, read_values
from crm_xl.engine.cells import Cell, is_blank
from crm_xl.errors import UnreadableError
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.references import Area

# The largest form has 5,000 lines.
MOST_LINES = 20_000
# Of the findings in the lines of a table so many are told one by one.
MOST_FINDINGS = 2_000
# Characters of a text that are kept; a note tells of one that is longer than the form allows.
LONGEST_KEPT = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of an input table: `values` by column key in the order of the schema; `row` is its row on the sheet."""

    row: int
    values: tuple[Cell, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether the line is kept out of the sum."""
        return any(finding.severity == "blocks" for finding in self.findings)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """The lines of one table, what was found in it as a whole, and the amounts that stand outside of it.

    `table` is where it stands; None where it does not.
    """

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    strays: Strays = field(default_factory=Strays)
    table: InputTable | None = None


def read_lines(
    sheet: SheetCells,
    table: str,
    area: Area | None,
    form: Form,
    *,
    filtered: bool = False,
    sent: SentSheet | None = None,
) -> Lines | None:
    """Read the lines of an input table; None where its header is not on the sheet.

    Parameters
    ----------
    sheet
        The sheet on which it stands.
    table
        The table in the schema.
    area
        Where the workbook says that the table stands; None where it is no Excel table any more.
    form
        What the lines are read against.
    filtered
        Whether the table hides rows by a filter.
    sent
        The sheet as it was sent; None where that is not known.

    Raises
    ------
    UnreadableError
        Where it has more lines than any form.
    """
    header = find_header(sheet, table, area)
    if header is None:
        return None
    own = InputTable(key=table, sheet=sheet, area=area, header=header, form=form, filtered=filtered)
    inside, below = _rows(own)
    rows = [*inside, *below]
    if len(rows) > MOST_LINES:
        raise UnreadableError("too_many_lines", sheet=sheet.name, limit=MOST_LINES)
    at = [header.columns.get(field.key, 0) for field in own.fields]
    values = {row: list(map(sheet.rows[row].get, at)) for row in rows}
    findings = TableFindings(own)
    tell_appearance(own, rows, findings)
    read_values(own, rows, values, findings)
    for row in below:
        findings.tell(row, "", "below_table", "blocks")
    findings.whole += header_findings(header, table, own.fields, sheet.name, form.assumptions.currency)
    tell_formulas(own, values, findings)
    tell_problems(own, inside, values, findings)
    set_departments(own, rows, values, findings)
    tell_duplicates(own, inside, values, findings)
    findings.whole += hidden_findings(own, rows)
    bound_findings(findings, sheet.name)
    return Lines(
        lines=tuple(
            Line(row=row, values=tuple(map(_bounded, values[row])), findings=tuple(findings.by_row.get(row, ())))
            for row in rows
        ),
        findings=tuple(findings.whole),
        strays=beside_table(own, values, sent),
        table=own,
    )


def bound_findings(findings: TableFindings, sheet: str) -> None:
    """Keep of very many findings those that say why a line does not count; the others are counted.

    A file in which every cell is wrong would otherwise be told cell by cell, to whoever collects all files.
    """
    left_out = 0
    told = 0
    for row, of_line in findings.by_row.items():
        told += len(of_line)
        if told > MOST_FINDINGS:
            kept = [finding for finding in of_line if finding.blocks][:1]
            left_out += len(of_line) - len(kept)
            findings.by_row[row] = kept
    if len(findings.whole) > MOST_FINDINGS:
        left_out += len(findings.whole) - MOST_FINDINGS
        del findings.whole[MOST_FINDINGS:]
    if left_out:
        findings.whole.append(finding_at(sheet, "", "more_findings", count=left_out))


def _bounded(value: Cell) -> Cell:
    """A text is kept as far as anybody reads it; a file of such texts would fill the memory of whoever collects."""
    return value[:LONGEST_KEPT] if type(value) is str and len(value) > LONGEST_KEPT else value


def count_lines(sheet: SheetCells, table: str) -> int:
    """Return how many lines of a table stand on a sheet; 0 where it has no header of that table."""
    header = find_header(sheet, table, None)
    if header is None:
        return 0
    return sum(_any_amount(cells, header.columns.values()) for row, cells in sheet.rows.items() if row > header.row)


def _rows(table: InputTable) -> tuple[list[int], list[int]]:
    """The rows of the table that are not blank, and those below it that hold amounts."""
    sheet, at, last = table.sheet, table.header.columns, table.last_row
    own = {column for key, column in at.items() if key != "department"}
    numbers = [at[field.key] for field in table.fields if field.is_number and field.key in at]
    department, required = at.get("department", 0), at[table.required]
    inside, below = [], []
    for row in sorted(row for row in sheet.rows if row > table.header.row):
        cells = sheet.rows[row]
        if row > last:
            if _any_amount(cells, numbers):
                below.append(row)
            continue
        if not is_blank(cells.get(required)):
            inside.append(row)
            continue
        # The template has a formula for the department in every row.
        typed = department in cells and (row, department) not in sheet.formulas
        filled = (column for column, value in cells.items() if value is not None and not is_blank(value))
        if not own.isdisjoint(filled) or (typed and not is_blank(cells[department])):
            inside.append(row)
    return inside, below


def _any_amount(cells: dict[int, Cell], columns: Iterable[int]) -> bool:
    return any(is_amount(cells.get(column)) for column in columns)
