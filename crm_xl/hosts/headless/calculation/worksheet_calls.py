"""The formulas that are computed here, as the calculation engine calls for them.

The engine hands over what a formula reads. A formula that turns out to read more (OFFSET, INDIRECT, a range that ends
where INDEX says) is noted with the area, and the model gives it that area as one more argument.
"""

import marshal
from collections.abc import Mapping, Sequence
from typing import Any

import formualizer as fz
import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.calculation.callbacks import ERRORS, error_of
from crm_xl.hosts.headless.calculation.dependents import Failure
from crm_xl.hosts.headless.formulas.filled import moved_area
from crm_xl.hosts.headless.formulas.scratch_sheet import CALLER, CONTENT, EVALUATE, Scratch
from crm_xl.hosts.headless.worksheet_functions.arrays import Block, Closure, Ref
from crm_xl.hosts.headless.worksheet_functions.context import Context, Needs, Surroundings
from crm_xl.hosts.headless.worksheet_functions.parsing import Program
from crm_xl.hosts.headless.worksheet_functions.values import Array, Fault, Unsupported, slim
from crm_xl.xlsx.references import Area, Position

_HANDLE = "\ue003"
_NOT_COMPUTED = {"type": "Error", "kind": "NImpl", "message": ""}


class WorksheetCalls:
    """Computes formulas for an engine; `needs` has the areas that formulas turned out to read, `failures` why not."""

    def __init__(
        self, engine: fz.Workbook, scratch: Scratch, book: Surroundings, arrays: Mapping[Position, Area]
    ) -> None:
        self.needs: dict[Position, Area] = {}
        self.failures: dict[Position, Failure] = {}
        self.more: dict[Position, tuple[Area, ...]] = {}
        # By formula, the number of the program that is in want of more, and of the one that failed.
        self._wanting: dict[Position, float] = {}
        self._failing: dict[Position, float] = {}
        self._scratch, self._book, self._arrays = scratch, book, arrays
        # The results of arrays of which each cell asks for its part: what they were computed from, and what came out.
        self._whole: dict[tuple[Position, float], tuple[bytes, Any]] = {}
        self._areas: dict[int, Area] = {}
        self._blocks: dict[int, tuple[str, Block]] = {}
        self._handed_over = 0
        engine.register_function(CONTENT, self._hand_over, min_args=2, max_args=2)
        engine.register_function(EVALUATE, self._evaluate, min_args=2, max_args=None)

    def _hand_over(self, content: Any, row: float) -> str:
        number = int(row)
        if number not in self._areas:
            self._areas.update((at, area) for area, at in self._scratch.contents.items())
        self._handed_over += 1
        handle = f"{_HANDLE}{number}:{self._handed_over}"
        self._blocks[number] = handle, Block(self._areas[number], _array(content))
        return handle

    def _evaluate(self, number: float, caller: str, *given: Any) -> Any:
        position = self._scratch.callers[int(caller[len(CALLER) :])]
        if position not in self._arrays or self._arrays[position].is_cell:
            return self._computed(number, position, given)
        received = marshal.dumps(given)
        before = self._whole.get((position, number))
        if before is None or before[0] != received:
            before = self._whole[position, number] = received, self._computed(number, position, given)
        return before[1]

    def _computed(self, number: float, position: Position, given: Sequence[Any]) -> Any:
        program = self._scratch.programs[int(number)]
        _, row, column = position
        # Of several arguments that are computed here, one that has all it reads says nothing of the others.
        if self._wanting.get(position) == number:
            self.needs.pop(position, None)
        if self._failing.get(position) == number:
            self.failures.pop(position, None)
        offset = row - program.row, column - program.column
        more = self.more.get(position, ())
        slots: list[tuple[Area | None, Any]] = [
            (None if piece.area is None else moved_area(piece, *offset), self._received(value))
            for piece, value in zip(program.slots, given[len(more) :], strict=False)
        ]
        slots += [(area, self._received(value)) for area, value in zip(more, given, strict=False)]
        context = Context(self._book, (program.sheet, row, column), slots, offset, array=program.array)
        try:
            return result_of(context, program)
        except Needs as needs:
            self.needs[position], self._wanting[position] = needs.area, number
            return _NOT_COMPUTED
        except Unsupported as reason:
            self.failures[position] = Failure(reason.key, reason.details)
        except RecursionError:
            self.failures[position] = Failure("formula_too_deep", {})
        except MemoryError:
            self.failures[position] = Failure("formula_not_supported", {})
        self._failing[position] = number
        return _NOT_COMPUTED

    def _received(self, value: Any) -> Any:
        kind = type(value)
        if kind is float or value is None or kind is bool:
            return value
        if kind is str:
            if value[:1] == _HANDLE:
                return self._blocks[int(value[1:].partition(":")[0])][1]
            return value
        if kind is dict:
            return error_of(value)
        if kind is list:
            return _array(value)
        return float(value)


def _array(content: Any) -> Array:
    if not isinstance(content, list):
        content = [[content]]
    made: Array = np.empty((len(content), len(content[0]) if content else 0), dtype=object)
    for at, line in enumerate(content):
        made[at, :] = [_cell(value) for value in line]
    return slim(made)


def _cell(value: Any) -> Any:
    kind = type(value)
    return error_of(value) if kind is dict else float(value) if kind is int else value


def result_of(context: Context, program: Program) -> Any:
    """Return what a formula gives, as the engine takes it."""
    try:
        found = program.root.compute(context, program.array)
        if isinstance(found, Ref):
            found = context.values(found) if program.array or found.area.is_cell else context.single(found, False)
        elif isinstance(found, np.ndarray) and not program.array:
            found = context.single(found, False)
    except Fault as fault:
        found = fault.code
    if isinstance(found, np.ndarray):
        if not found.size:
            return ERRORS[ErrorValue.VALUE]
        if found.size > 1:
            return [[_sent(value) for value in line] for line in found.tolist()]
        found = found.ravel().tolist()[0]
    return _sent(found)


def _sent(value: Any) -> Any:
    if value is None:
        return 0.0
    if isinstance(value, ErrorValue):
        # Excel stores the errors of its arrays as #VALUE!, with a note that files of ours do not have.
        return ERRORS[ErrorValue.VALUE if value == ErrorValue.CALC else value]
    if isinstance(value, Closure | np.ndarray | Ref):
        return ERRORS[ErrorValue.VALUE]
    return value
