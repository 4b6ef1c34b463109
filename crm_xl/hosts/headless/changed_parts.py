"""The parts of a file that differ once a workbook is calculated: sheets with new values, and the calculation chain."""

from collections.abc import Mapping
from typing import NamedTuple

from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.xlsx.calculation_chain import kept_chain
from crm_xl.xlsx.references import Position, parse_area
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.sheet_writing import written
from crm_xl.xlsx.workbook import Structure, without_calc_chain


class ChangedParts(NamedTuple):
    """What is written in place of parts of the file."""

    parts: dict[str, bytes | None]
    """The new content of each part by its name, None for one that is taken out."""
    marks: dict[str, bytes]
    """What each new part is marked with: which of its results are proved."""
    cells: int
    """How many cells differ."""


def changed_parts(
    structure: Structure, sheets: Mapping[str, SheetXml], model: Model, inputs: Mapping[Position, Value]
) -> ChangedParts:
    """Return the parts that change with the inputs that were set and the results that were calculated."""
    parts: dict[str, bytes | None] = {}
    marks: dict[str, bytes] = {}
    count = 0
    for part in structure.sheets:
        sheet = sheets[part.name]
        values, spills = _results(part.name, sheet, model, inputs)
        xml, changed = written(sheet, structure.texts, values, spills)
        count += changed
        if xml is not sheet.xml:
            parts[part.part] = xml
            marks[part.part] = model.stored_results.mark(part.name, model.unproved)
    if parts and "calcChain" in structure.related:
        parts |= _chain(structure, sheets, model)
    return ChangedParts(parts, marks, count)


def _results(
    sheet: str, xml: SheetXml, model: Model, inputs: Mapping[Position, Value]
) -> tuple[dict[tuple[int, int], Value], dict[tuple[int, int], str]]:
    """Return the new values of a sheet by position, and the new extents of its dynamic arrays."""
    values = {(row, column): value for (on, row, column), value in inputs.items() if on == sheet}
    spills: dict[tuple[int, int], str] = {}
    for position in model.formulas:
        on, row, column = position
        if on != sheet or position in model.failures or model.stays(position):
            continue
        values[row, column] = model.value(sheet, row, column)
        if (stored := model.arrays.get(position)) is None:
            continue
        new = model.spills.get(position, stored)
        for at in stored.cells():
            if at not in values and at in xml.cells and xml.cells[at].formula is None:
                values[at] = None
        for at in new.cells():
            values[at] = model.value(sheet, *at)
        spills[row, column] = new.address
    return values, spills


def _chain(structure: Structure, sheets: Mapping[str, SheetXml], model: Model) -> dict[str, bytes | None]:
    """Return the calculation chain without cells that hold no formula now, where it differs."""
    part = structure.related["calcChain"]
    by_number = {sheet.number: sheet for sheet in structure.sheets}
    arrays = [*model.arrays.values(), *model.spills.values()]

    def holds_formula(number: int, cell: str) -> bool:
        sheet = by_number.get(number)
        if sheet is None:
            return False
        place = parse_area(cell, sheet.name)
        if place is None:
            return False
        row, column = place[1:3]
        own = sheets[sheet.name].cells.get((row, column))
        if own is not None and own.formula is not None:
            return True
        return any(area.sheet == sheet.name and area.contains(row, column) for area in arrays)

    old = structure.package.parts[part]
    new = kept_chain(old, holds_formula)
    if new is None:
        return without_calc_chain(structure)
    return {} if new == old else {part: new}
