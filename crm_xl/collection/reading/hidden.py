"""What of an input table does not show, or shows in one cell for many: hidden rows and columns, merged cells."""

from collections.abc import Iterator, Sequence

from crm_xl.collection.reading.findings import Finding, finding_at
from crm_xl.collection.reading.table import InputTable
from crm_xl.engine.cells import is_blank
from crm_xl.xlsx.references import Area, cell_name


def hidden_findings(table: InputTable, rows: Sequence[int]) -> Iterator[Finding]:
    """Tell of lines that are hidden (they count all the same), hidden columns that hold something, merged cells."""
    sheet, header = table.sheet, table.header
    hidden = [row for row in rows if row in sheet.hidden_rows] if sheet.hidden_rows else []
    if hidden:
        key = "filtered_rows" if table.filtered or sheet.filtered else "hidden_rows"
        yield finding_at(sheet.name, _runs(hidden), key, count=len(hidden))
    for first, last in sheet.hidden_columns:
        for key, column in header.columns.items():
            if first <= column <= last and any(not is_blank(sheet.value(row, column)) for row in rows):
                place = cell_name(header.row, column)
                yield finding_at(sheet.name, place, "hidden_column", column=header.texts[key])
    first, last = header.span
    here = Area(sheet.name, header.row, first, table.last_row, last)
    for area in sheet.merged:
        if area.meets(here):
            yield finding_at(sheet.name, area.address, "merged")


def _runs(rows: Sequence[int]) -> str:
    """Rows as a range of rows that a person can go to: 7:9, 12:12."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(f"{first}:{last}" for first, last in runs)
