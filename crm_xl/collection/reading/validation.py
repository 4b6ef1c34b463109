"""What is wrong with the lines of an input table: formulas, what the engine says of them, departments, duplicates."""

import re
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

from crm_xl.collection.reading.findings import from_problem, shown
from crm_xl.collection.reading.formula_hazards import hazard
from crm_xl.collection.reading.table import InputTable, TableFindings
from crm_xl.engine.benefits import build_benefits
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.model import build_model
from crm_xl.engine.problems import Problem
from crm_xl.engine.reading import Table, read_table
from crm_xl.engine.schema import normalise
from crm_xl.xlsx.references import cell_name, parse_area

_BLANKS = re.compile(r"\s+|_XLFN\.", re.IGNORECASE)
_FUNCTION = re.compile(r"([A-Z][A-Z0-9.]*)\(")
_SUMMING = frozenset({"SUM", "SUBTOTAL", "AGGREGATE"})
_REFERENCE = re.compile(r"('[^']+'!|[^\s!'(),+:]+!)?([A-Z]{1,3}[0-9]{1,7})(?::([A-Z]{1,3}[0-9]{1,7}))?(?![0-9A-Z(])")
_STRUCTURED = re.compile(r"\w+\[([^\]]*)\]?\]?")
_OTHER_OPERATORS = re.compile(r"[-*/^&<>={]|[0-9]\.[0-9]")
# Rows of a reference that are looked at: more than any form has.
_MOST = 100_000


def tell_formulas(table: InputTable, lines: Mapping[int, Sequence[Cell]], findings: TableFindings) -> None:
    """Tell of formulas where values belong; the template has one for the department itself."""
    money = {field.key: field.type == "money" for field in table.fields}
    keys = {column: key for key, column in table.header.columns.items() if key != "department"}
    for (row, column), formula in table.sheet.formulas.items():
        if row not in lines or (key := keys.get(column)) is None:
            continue
        if danger := hazard(formula):
            findings.tell(row, key, f"formula_{danger}", "blocks", f"={formula}")
        elif (value := table.sheet.value(row, column)) is None:
            findings.tell(row, key, "formula_no_value", "blocks", f"={formula}")
        elif money.get(key) and sums_lines(formula, table, lines, row, column):
            findings.tell(row, key, "totals_row", "blocks", f"={formula}")
        else:
            findings.tell(row, key, "formula", "note", f"={formula}", value=shown(value))


def sums_lines(formula: str, table: InputTable, lines: Container[int], row: int, column: int) -> bool:
    """Whether a formula adds up the amounts of other lines of its table: SUM, SUBTOTAL, AGGREGATE, or a chain of +."""
    text = _BLANKS.sub("", formula).replace("$", "").upper()
    functions = set(_FUNCTION.findall(text))
    if functions - _SUMMING or _OTHER_OPERATORS.search(_STRUCTURED.sub("", _REFERENCE.sub("", text))):
        return False
    if (match := _STRUCTURED.search(text)) and functions:
        titles = {title.upper().replace(" ", "") for title in table.header.texts.values()}
        return match[1].strip("[]#@") in titles
    summed: set[int] = set()
    for sheet, first, last in _REFERENCE.findall(text):
        area = parse_area(f"{first}:{last}" if last else first, "")
        if area is None or (sheet and sheet.strip("'!") != table.sheet.name.upper().replace(" ", "")):
            return False
        if area.first_column <= column <= area.last_column:
            summed.update(
                r for r in range(area.first_row, min(area.last_row, area.first_row + _MOST) + 1) if r in lines
            )
    return len(summed - {row}) > 1


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
