"""What of an input table does not show as it is read: hidden rows and columns, merged cells, struck-out text."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from crm_xl.collection.reading.findings import Finding, finding_at
from crm_xl.collection.reading.table import InputTable, TableFindings
from crm_xl.engine.cells import is_blank
from crm_xl.errors import UnreadableError
from crm_xl.xlsx.references import Area, cell_name

# Of merged areas so many are told; a form with more cells that are covered was not filled in by anybody.
_MOST_MERGED, _MOST_COVERED = 20, 100_000


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
    merged = [area for area in sheet.merged if area.meets(here)]
    for area in merged[:_MOST_MERGED]:
        yield finding_at(sheet.name, area.address, "merged")
    if len(merged) > _MOST_MERGED:
        yield finding_at(sheet.name, "", "merged_many", count=len(merged) - _MOST_MERGED)


def tell_appearance(table: InputTable, rows: Sequence[int], findings: TableFindings) -> None:
    """Tell of cells whose formatting says something else than their value: nobody knows whether that still holds.

    Raises
    ------
    UnreadableError
        Where more cells were merged than any form has.
    """
    sheet, columns = table.sheet, table.header.columns
    covered = _covered(table, rows)
    if not (sheet.struck or sheet.marked or covered):
        return
    # A remark may be crossed out: what counts, when, and as what may not.
    telling = {f.key for f in table.fields if f.type != "text" or f.required}
    for row in rows:
        filled = {k: c for k, c in columns.items() if k != "department" and not is_blank(sheet.rows[row].get(c))}
        if filled and all((row, column) in sheet.struck for column in filled.values()):
            findings.tell(row, "", "line_struck", "blocks")
            continue
        for key, column in filled.items():
            if (row, column) in covered:
                findings.tell(row, key, "covered", "blocks", sheet.value(row, column))
            elif key in telling and (row, column) in sheet.struck:
                findings.tell(row, key, "struck", "blocks", sheet.value(row, column))
            elif key in telling and (row, column) in sheet.marked:
                findings.tell(row, key, "marked", "blocks", sheet.value(row, column))


def _covered(table: InputTable, rows: Sequence[int]) -> set[tuple[int, int]]:
    """The cells of lines that lie under another one with which they were merged."""
    if not table.sheet.merged:
        return set()
    columns = sorted(table.header.columns.values())
    found: set[tuple[int, int]] = set()
    for area in table.sheet.merged:
        some = rows[bisect_left(rows, area.first_row) : bisect_right(rows, area.last_row)]
        across = columns[bisect_left(columns, area.first_column) : bisect_right(columns, area.last_column)]
        found.update((row, column) for row in some for column in across)
        found.discard((area.first_row, area.first_column))
        if len(found) > _MOST_COVERED:
            raise UnreadableError("too_many_merged", sheet=table.sheet.name)
    return found


def _runs(rows: Sequence[int]) -> str:
    """Rows as a range of rows that a person can go to: 7:9, 12:12."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(f"{first}:{last}" for first, last in runs)
