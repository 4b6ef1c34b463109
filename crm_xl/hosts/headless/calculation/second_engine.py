"""A second engine (formulon) that computes what no stored value proves, from the same inputs.

It is no part of what is installed by itself: `pip install "crm-xl[second-engine]"`. It takes seconds to start, so that
it is asked only where somebody wants it. It knows no functions of the registry: their results stand there as values, as
those of all other formulas do; each formula is computed by itself.
"""

import importlib.util
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.calculation.proving import shown
from crm_xl.hosts.headless.calculation.stored_results import agrees
from crm_xl.hosts.headless.formulas.uses import OURS, moves
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Area, Position
from crm_xl.xlsx.sheet import SheetXml, Value
from crm_xl.xlsx.sheet_writing import without_formulas, written
from crm_xl.xlsx.workbook import without_calc_chain

if TYPE_CHECKING:
    from crm_xl.hosts.headless.calculation.model import Model

# Engines add up in another order: of the result.
_TOLERANCE = 1e-12
_ERRORS = {
    0: ErrorValue.NULL, 1: ErrorValue.DIV0, 2: ErrorValue.VALUE, 3: ErrorValue.REF, 5: ErrorValue.NUM,
    6: ErrorValue.NA, 7: ErrorValue.GETTING_DATA, 8: ErrorValue.SPILL, 9: ErrorValue.CALC,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the second engine says of a formula: whether it agrees, and the two values where they differ first."""

    agrees: bool
    first: str = ""
    second: str = ""
    cell: Position | None = None


class SecondEngine:
    """Formulon, started at the first question.

    Raises
    ------
    WorkbookError
        Where it is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("formulon") is None:
            raise WorkbookError("engine_not_installed")

    def answers(self, model: "Model", formulas: Iterable[Position]) -> dict[Position, Answer]:
        """Return what it says of formulas, each computed from the values that the first engine has now.

        A formula of which it cannot say anything is left out: one that asks for the clock, calls a function of the
        registry, or uses what the second engine does not know.

        Raises
        ------
        WorkbookError
            Where it does not start.
        """
        formulas = [p for p in formulas if OURS not in (asks := model.uses_of(p)) and not moves(asks)]
        if not formulas:
            return {}
        formulon = _started()
        try:
            book = formulon.Workbook.load(_values_alone(model))
        except Exception:
            return {}  # whatever keeps it from reading the file keeps it from saying anything
        with book:
            numbers = {book.sheet_name(i): i for i in range(book.sheet_count())}
            # Formulas of one cell first: those that fill many take their values away.
            ordered = sorted(formulas, key=lambda p: p in model.arrays)
            found = {p: _answer(book, numbers, model, p) for p in ordered if p[0] in numbers}
        return {p: answer for p, answer in found.items() if answer is not None}


def _started() -> Any:
    try:
        import formulon

        formulon.Workbook.create_default().close()
    except Exception as fault:  # what WebAssembly says of a lack of memory derives from nothing nearer
        raise WorkbookError("engine_not_started", fault=type(fault).__name__) from fault
    return formulon


def _values_alone(model: "Model") -> bytes:
    """Return the workbook with every formula as the value that it has: none is computed from another there."""
    changes: dict[str, bytes | None] = {}
    structure = model.structure
    by_sheet: dict[str, set[tuple[int, int]]] = {}
    for position in model.formulas:
        filled = {*model.filled(position).cells(), *_stored(model, position).cells()}
        by_sheet.setdefault(position[0], set()).update(filled)
    for name, row, column in model.given:
        by_sheet.setdefault(name, set()).add((row, column))
    for part in structure.sheets:
        values = {at: model.value(part.name, *at) for at in by_sheet.get(part.name, ())}
        xml = written(model.sheets[part.name], structure.texts, values)[0]
        sheet = SheetXml(xml, structure.file, part.part)
        changes[part.part] = without_formulas(sheet, sheet.cells.values())
    if "calcChain" in structure.related:
        changes |= without_calc_chain(structure)
    return structure.package.to_bytes(changes)


def _stored(model: "Model", position: Position) -> Area:
    return model.arrays.get(position, Area(*position, *position[1:]))


def _answer(book: Any, numbers: Mapping[str, int], model: "Model", position: Position) -> Answer | None:
    sheet, row, column = position
    for on_row, on_column in model.filled(position).cells() if position in model.arrays else ():
        book.set_blank(numbers[sheet], on_row - 1, on_column - 1)  # its result needs the room
    try:
        grid = book.evaluate_formula_array(numbers[sheet], row - 1, column - 1, model.formulas[position])
        rows = [[_value(value) for value in line] for line in grid]
    except (ValueError, RuntimeError, MemoryError):  # what it raises derives from these
        return None
    if any(value is _UNKNOWN for line in rows for value in line):
        return None
    area = model.filled(position)
    several = len(rows) != 1 or len(rows[0]) != 1
    if position not in model.arrays and several:
        return None  # a formula of one cell takes one of them, by a rule that the question does not say
    height, width = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
    if several and (len(rows), len(rows[0])) != (height, width):
        if not model.is_dynamic(model.sheets[sheet].cells[row, column]):
            return None
        return Answer(False, area.address, f"{len(rows)} × {len(rows[0])}", position)
    for (on_row, on_column), theirs in zip(area.cells(), _spread(rows, height, width), strict=True):
        own = model.value(sheet, on_row, on_column)
        if not _same(own, theirs):
            return Answer(False, shown(own), shown(theirs), (sheet, on_row, on_column))
    return Answer(True)


def _spread(rows: list[list[Any]], height: int, width: int) -> Iterator[Value]:
    one = len(rows) == 1 and len(rows[0]) == 1
    return (rows[0][0] if one else rows[i][j] for i in range(height) for j in range(width))


_UNKNOWN = object()


def _value(value: Any) -> Any:
    """Return a value of formulon as a cell has it; `_UNKNOWN` for an error that says that it could not compute."""
    if value.error_code is not None:
        return _ERRORS.get(value.error_code, _UNKNOWN)
    if value.boolean is not None:
        return value.boolean
    return value.text if value.text is not None else value.number


def _same(own: Value, theirs: Value) -> bool:
    if isinstance(own, float) and isinstance(theirs, float):
        return math.isclose(own, theirs, rel_tol=_TOLERANCE, abs_tol=1e-300)
    return agrees(theirs, own) or (own is None and theirs == 0.0)
