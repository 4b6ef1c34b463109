"""Amounts that no line of an input table holds: beside it, on any other sheet, in other columns.

They are never lost: each is handed back with its place. What a form held when it was sent is none; everything else is
looked at, whatever the sheet is called on which it stands.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from crm_xl.collection.form.sent_cells import SentSheet
from crm_xl.collection.reading.findings import Finding, Severity, shown
from crm_xl.collection.reading.table import InputTable
from crm_xl.collection.reading.values import is_amount
from crm_xl.engine.problems import show
from crm_xl.engine.typed_values import TypedNumber, read_number
from crm_xl.errors import Cell
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.references import Area, cell_name, cell_position

# Of numbers outside the tables so many of a sheet are told one by one.
MOST_STRAYS = 100
_BLOCKS: Severity = "blocks"
_NOTE: Severity = "note"
# So many amounts of a column or a sheet stand in a message.
_SHOWN = 5


@dataclass(kw_only=True)
class Strays:
    """The amounts of a sheet that no line holds: what is told of them, and where they stand."""

    findings: list[Finding] = field(default_factory=list)
    places: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Amount:
    row: int
    column: int
    value: Cell

    @property
    def number(self) -> float:
        """The amount; a text is the number that it is read as, and one that may be two adds nothing."""
        if isinstance(self.value, float):
            return self.value
        read = read_number(str(self.value))
        return read.value if isinstance(read, TypedNumber) else 0.0


def beside_table(table: InputTable, lines: Container[int], sent: SentSheet | None) -> Strays:
    """Return the amounts on the sheet of a table that its lines do not hold.

    Parameters
    ----------
    table
        The table.
    lines
        The rows of its lines, those below it among them.
    sent
        The sheet as it was sent; None where that is not known.
    """
    sheet, header = table.sheet, table.header
    known = set(header.columns.values())
    beside = table.computed | table.notes
    strays = Strays()
    alone: list[tuple[_Amount, str, Severity]] = []
    unknown: defaultdict[int, list[_Amount]] = defaultdict(list)
    for row, cells in sheet.rows.items():
        is_line, below_head = row in lines, header.row < row <= table.last_row
        for column, value in cells.items():
            if (is_line and column in known) or not is_amount(value):
                continue
            amount, calculated = _Amount(row, column, value), (row, column) in sheet.formulas
            if below_head and column in beside:
                if not calculated:
                    key = "in_notes" if column in table.notes else "typed_over"
                    alone.append((amount, key, "note"))
            elif not below_head and sent is not None and column in sent.figures.get(row, ()):
                if not calculated and cell_name(row, column).encode() in sent.cells.formulas:
                    alone.append((amount, "typed_over", "note"))
            elif below_head and header.first <= column <= max(known | beside) and column not in known:
                unknown[column].append(amount)
            elif calculated:
                alone.append((amount, "formula_outside", "note"))
            else:
                alone.append((amount, "outside_table", "note" if (row, column) in sheet.dated else "blocks"))
    strays.findings += _one_by_one(sheet, alone)
    strays.findings += [
        _unknown(table, column, amounts, sheet.rows[header.row].get(column)) for column, amounts in unknown.items()
    ]
    strays.places |= {(a.row, a.column) for a, _, _ in alone}
    strays.places |= {(a.row, a.column) for amounts in unknown.values() for a in amounts}
    return strays


def on_sheet_of_form(
    sheet: SheetCells, added: Iterable[bytes], sent: SentSheet, inputs: Area | None, *, exact: bool
) -> Strays:
    """Return the amounts that were added to a sheet of the form that has no input table.

    Parameters
    ----------
    added
        The names of the cells that held nothing, or something else, when the form was sent.
    inputs
        The area in which values may be entered, if there is one.
    exact
        Whether the form was made by this version; what stood in another one is known in part, and what may have stood
        there is told and keeps nothing out.
    """
    alone: list[tuple[_Amount, str, Severity]] = []
    for row, column in sorted(cell_position(name.decode()) for name in added):
        value = sheet.value(row, column)
        if not is_amount(value):
            continue
        key, severity = "outside_form", _BLOCKS if exact else _NOTE
        if (row, column) in sheet.formulas:
            key, severity = "formula_outside", "note"
        elif cell_name(row, column).encode() in sent.cells.formulas:
            key, severity = "typed_over", "note"
        elif inputs is not None and inputs.meets(Area(inputs.sheet, row, column, row, column)):
            key, severity = "among_inputs", "note"
        elif isinstance(value, str) or (row, column) in sheet.dated:
            severity = "note"
        alone.append((_Amount(row, column, value), key, severity))
    return Strays(findings=list(_one_by_one(sheet, alone)), places={(a.row, a.column) for a, _, _ in alone})


def on_added_sheet(sheet: SheetCells, lines: int) -> Strays:
    """Return the amounts on a sheet that was not sent; lines of a table on it keep the return from being complete."""
    amounts = [
        _Amount(row, column, value)
        for row, cells in sorted(sheet.rows.items())
        for column, value in sorted(cells.items())
        if is_amount(value)
    ]
    finding = Finding(
        key="sheet_added_blank" if not amounts else "other_table" if lines else "sheet_added",
        severity="blocks" if amounts and lines else "note",
        sheet=sheet.name,
        cell=_around(amounts),
        found=_listed(amounts, places=True),
        amount=_sum(amounts),
        details=(("count", lines or len(amounts)), ("total", _money(amounts))),
    )
    return Strays(findings=[finding], places={(a.row, a.column) for a in amounts})


def _one_by_one(sheet: SheetCells, alone: list[tuple[_Amount, str, Severity]]) -> list[Finding]:
    """Each amount by itself; of very many the first, and the sum of the others."""
    found = [
        Finding(
            key=key, severity=severity, sheet=sheet.name, cell=cell_name(amount.row, amount.column),
            found=shown(amount.value), amount=amount.number,
        )
        for amount, key, severity in alone[:MOST_STRAYS]
    ]  # fmt: skip
    if more := [amount for amount, _, _ in alone[MOST_STRAYS:]]:
        blocks = any(severity == "blocks" for _, _, severity in alone[MOST_STRAYS:])
        details = (("count", len(more)), ("total", _money(more)))
        found.append(
            Finding(
                key="outside_many", severity="blocks" if blocks else "note", sheet=sheet.name, cell=_around(more),
                amount=_sum(more), details=details,
            )
        )  # fmt: skip
    return found


def _unknown(table: InputTable, column: int, amounts: list[_Amount], title: Cell) -> Finding:
    """A column that the table does not have; one of formulas alone was added to see something."""
    formulas = all((amount.row, column) in table.sheet.formulas for amount in amounts)
    return Finding(
        key="unknown_column",
        severity="note" if formulas else "blocks",
        sheet=table.sheet.name,
        cell=_around(amounts),
        found=_listed(amounts),
        amount=_sum(amounts),
        details=(("column", shown(title)), ("count", len(amounts)), ("total", _money(amounts))),
    )


def _around(amounts: list[_Amount]) -> str:
    """The smallest area that holds all of some amounts."""
    if not amounts:
        return ""
    rows, columns = [a.row for a in amounts], [a.column for a in amounts]
    return Area("", min(rows), min(columns), max(rows), max(columns)).address


def _listed(amounts: list[_Amount], *, places: bool = False) -> str:
    texts = [(f"{cell_name(a.row, a.column)} " if places else "") + show(a.value).strip('"') for a in amounts[:_SHOWN]]
    return ", ".join(texts) + (" …" if len(amounts) > _SHOWN else "")


def _sum(amounts: list[_Amount]) -> float:
    """The sum of some amounts; of numbers without end it is none that anybody could use."""
    try:
        return math.fsum(amount.number for amount in amounts)
    except OverflowError:
        return math.inf


def _money(amounts: list[_Amount]) -> str:
    return f"{_sum(amounts):,.2f}"
