"""What is wrong with the lines of an input table: formulas, what the engine says of them, departments, duplicates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from crm_xl.collection.reading.findings import from_problem, shown
from crm_xl.collection.reading.formula_hazards import hazard
from crm_xl.collection.reading.table import InputTable, TableFindings
from crm_xl.engine.benefits import build_benefits
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.model import build_model
from crm_xl.engine.problems import Problem
from crm_xl.engine.reading import Table, read_table
from crm_xl.engine.schema import normalise
from crm_xl.xlsx.references import cell_name


def tell_formulas(table: InputTable, lines: Mapping[int, Sequence[Cell]], findings: TableFindings) -> None:
    """Tell of formulas where values belong; the template has one for the department itself."""
    keys = {column: key for key, column in table.header.columns.items() if key != "department"}
    for (row, column), formula in table.sheet.formulas.items():
        if row not in lines or (key := keys.get(column)) is None:
            continue
        if danger := hazard(formula):
            findings.tell(row, key, f"formula_{danger}", "blocks", f"={formula}")
        elif (value := table.sheet.value(row, column)) is None:
            findings.tell(row, key, "formula_no_value", "blocks", f"={formula}")
        else:
            findings.tell(row, key, "formula", "note", f"={formula}", value=shown(value))


def tell_problems(
    table: InputTable, rows: Sequence[int], values: Mapping[int, Sequence[Cell]], findings: TableFindings
) -> None:
    """Tell what the engine says of the table, and of its lines under the assumptions."""
    header = table.header
    by_column = list(zip(*(values[row] for row in rows), strict=True)) or [()] * len(table.fields)
    # A blank column of words or dates says nothing to the engine but takes its time.
    at = [
        i
        for i, field in enumerate(table.fields)
        if field.key in header.columns
        and (field.required or field.is_number or any(value is not None for value in by_column[i]))
    ]
    keys = [table.fields[i].key for i in at]
    texts: list[Cell] = [header.texts[key] for key in keys]
    grid = [texts, *zip(*(by_column[i] for i in at), strict=True)]
    for problem in _problems(table, read_table(Range(grid), table.key)):
        if problem.row is None or problem.row == 0:
            if problem.column is None:
                place = cell_name(header.row, header.first)
                findings.whole.append(from_problem(problem, table.sheet.name, place))
            continue  # those of the header row are known from the sheet
        row = rows[problem.row - 1]
        key = table.required if problem.column is None else keys[problem.column]
        if findings.rejects_cell(row, key):
            continue
        if problem.key == "note_unpriced" and findings.rejects(row):
            continue  # it has a price, which is told as unreadable
        if problem.key == "note_totals_row":
            findings.tell(row, key, "totals_row", "blocks", problem.found)
            continue
        findings.by_row[row].append(from_problem(problem, table.sheet.name, cell_name(row, header.columns[key])))


def _problems(table: InputTable, read: Table) -> list[Problem]:
    build = build_model if table.key == "costs" else build_benefits
    return [problem for problem in build(read, table.form.assumptions).problems if problem.argument == table.key]


def set_departments(
    table: InputTable, rows: Sequence[int], values: Mapping[int, list[Cell]], findings: TableFindings
) -> None:
    """Put the department of the stamp where it is blank; another one is not this department's to enter."""
    department = table.form.department
    if not department:
        return
    at = next(i for i, field in enumerate(table.fields) if field.key == "department")
    own, good = normalise(department), {department}
    for row in rows:
        value = values[row][at]
        if is_blank(value):
            values[row][at] = department
        elif value not in good:
            if normalise(str(value)) == own:
                good.add(str(value))
            else:
                findings.tell(row, "department", "other_department", "blocks", value, expected=department)


def tell_duplicates(
    table: InputTable, rows: Sequence[int], values: Mapping[int, Sequence[Cell]], findings: TableFindings
) -> None:
    """Tell of lines that say the same as one before them."""
    # Most lines differ in their numbers already; only the others are looked at word by word.
    numbers = [i for i, field in enumerate(table.fields) if field.is_number]
    alike: defaultdict[tuple[Cell, ...], list[int]] = defaultdict(list)
    for row in rows:
        line = values[row]
        alike[tuple([line[i] for i in numbers])].append(row)
    for some in alike.values():
        seen: dict[tuple[object, ...], int] = {}
        for row in some if len(some) > 1 else ():
            if findings.rejects(row):
                continue
            same = tuple(v.strip().casefold() if isinstance(v, str) else v for v in values[row])
            first = seen.setdefault(same, row)
            if first != row:
                findings.tell(row, "", "duplicate", "note", first=first)
