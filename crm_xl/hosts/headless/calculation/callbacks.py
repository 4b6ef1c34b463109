"""The functions of the registry as the calculation engine calls them.

Between the two stand different ideas of a value: the engine has errors as records, blanks as None and ranges
as lists, and a range of its own costs it a conversion at every call. A range is therefore handed over once,
as a text that stands for it, and each call finds the one `Range` behind that text.
"""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import formualizer as fz
from openpyxl.utils.datetime import WINDOWS_EPOCH, to_excel

from crm_xl.engine.cells import Range
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.calculation.date_cells import DateCells
from crm_xl.hosts.headless.formulas.scratch_sheet import CALLER, EMPTY, PART, RANGE, Scratch
from crm_xl.xlsx.references import Area, Position
from crm_xl.xlsx.sheet import Value

_HANDLE = "\ue001"
_KINDS = {
    "Null": ErrorValue.NULL,
    "Div": ErrorValue.DIV0,
    "Value": ErrorValue.VALUE,
    "Ref": ErrorValue.REF,
    "Name": ErrorValue.NAME,
    "Num": ErrorValue.NUM,
    "Na": ErrorValue.NA,
    "Spill": ErrorValue.SPILL,
    "Calc": ErrorValue.CALC,
}
ERRORS = {code: {"type": "Error", "kind": kind, "message": str(code)} for kind, code in _KINDS.items()}
ERRORS[ErrorValue.GETTING_DATA] = ERRORS[ErrorValue.NA]


@dataclass(frozen=True)
class Call:
    """A call of a registered function, with the areas from which its arguments came."""

    function: Function
    arguments: tuple[Any, ...]
    areas: tuple[Area | None, ...]
    handles: tuple[str, ...]


@dataclass(frozen=True)
class FailedCall(Call):
    """One that gave an error."""

    error: CrmError

    @property
    def key(self) -> tuple[Any, ...]:
        """What was called on what: equal for calls that fail for the same reason."""
        return self.function.name, self.arguments, self.areas


@dataclass
class _Round:
    """The failed calls of one formula, as of the round of evaluation in which it was last computed."""

    number: int
    calls: dict[Any, FailedCall] = field(default_factory=dict)


@dataclass(frozen=True)
class _Located:
    """A range as it was handed over, with the place in the workbook that it came from."""

    range: Range
    area: Area


class Calls:
    """The functions, registered with an engine, and which of their calls gave errors, by the formula that calls.

    Of the calls that answered, `answered` has one for each function and the tables that it was handed.
    """

    def __init__(self, engine: fz.Workbook, registry: Iterable[Function], scratch: Scratch, dates: DateCells) -> None:
        self._failed: dict[Position, _Round] = {}
        self.answered: dict[tuple[str, ...], Call] = {}
        self._round = 0
        self._scratch, self._dates = scratch, dates
        self._areas: dict[int, Area] = {}
        self._ranges: dict[str, _Located] = {}
        self._current: dict[int, str] = {}
        self._handed_over = 0
        engine.register_function(RANGE, self._hand_over, min_args=2, max_args=2)
        engine.register_function(PART, part_of, min_args=3, max_args=3)
        for function in registry:
            engine.register_function(function.name, self._callback(function))

    @property
    def callers(self) -> set[Position]:
        """The formulas in which calls failed."""
        return {position for position, failed in self._failed.items() if failed.calls}

    def failed(self, *positions: Position) -> list[FailedCall]:
        """Return the failed calls of formulas."""
        return [call for p in positions if p in self._failed for call in self._failed[p].calls.values()]

    def forget(self, position: Position) -> None:
        """Drop the failed calls of a formula."""
        self._failed.pop(position, None)

    def begin(self) -> None:
        """Say that a round of evaluation begins: what a formula called in rounds before is dropped at its next call."""
        self._round += 1

    def end(self) -> None:
        """Drop contents that have changed since, and the failed calls over them.

        Calls are made anew only for what changed: those over contents that still stand stay true.
        """
        current = set(self._current.values())
        for failed in self._failed.values():
            failed.calls = {key: call for key, call in failed.calls.items() if current.issuperset(call.handles)}
        self.answered = {key: call for key, call in self.answered.items() if current.issuperset(call.handles)}
        for handle in self._ranges.keys() - current:
            del self._ranges[handle]

    def _hand_over(self, content: Any, row: float) -> str:
        number = int(row)
        if number not in self._areas:
            self._areas.update(zip(self._scratch.rows.values(), self._scratch.areas.values(), strict=True))
        new = Range(self._dates.shown(_rows(content), self._areas[number]))
        handle = self._current.get(number)
        # The handle changes with the content, or nobody would be told of the change.
        if handle is None or self._ranges[handle].range != new:
            handle = f"{_HANDLE}{self._handed_over}"
            self._handed_over += 1
            self._ranges[handle] = _Located(new, self._areas[number])
            self._current[number] = handle
        return handle

    def _callback(self, function: Function) -> Any:
        ranges, callers = self._ranges, self._scratch.callers

        def call(*received: Any) -> Any:
            arguments, areas, used = [], [], []
            caller = callers[int(received[-1][len(CALLER) :])]
            before = self._failed.get(caller)
            if before is not None and before.number != self._round:
                del self._failed[caller]
            for value in received[:-1]:
                area = None
                if type(value) is str:
                    if value == EMPTY:
                        value = None
                    elif value.startswith(_HANDLE) and value in ranges:
                        located = ranges[value]
                        used.append(value)
                        value, area = located.range, located.area
                elif type(value) is list:
                    value = Range(_rows(value))
                elif type(value) is dict:
                    if value.get("kind") == "NImpl":  # not computed, or not yet: that is no error of the data
                        return value
                    value = error_of(value)
                arguments.append(value)
                areas.append(area)
            try:
                result = for_engine(function.call(*arguments), self._dates.epoch)
                if used and (function.name, *used) not in self.answered:
                    answered = Call(function, tuple(arguments), tuple(areas), tuple(used))
                    self.answered[function.name, *used] = answered
                return result
            except CrmError as error:
                failed = FailedCall(function, tuple(arguments), tuple(areas), tuple(used), error)
                self._failed.setdefault(caller, _Round(self._round)).calls[failed.key] = failed
                return ERRORS[error.code]

        return call


def _rows(content: Any) -> list[list[Any]]:
    if not isinstance(content, list):
        return _rows([[content]])
    if dict not in set(map(type, chain.from_iterable(content))):
        return content
    return [[error_of(v) if type(v) is dict else v for v in row] for row in content]


def error_of(value: Mapping[str, Any]) -> ErrorValue:
    """Return an error of the engine as an error of a cell."""
    return _KINDS.get(value.get("kind", ""), ErrorValue.NAME)


def part_of(content: Any, row: float, column: float) -> Any:
    """Return the part of an array that falls to one cell of an array formula of fixed size, by Excel's rule."""
    if not isinstance(content, list):
        return content
    row, column = 0 if len(content) == 1 else int(row), 0 if len(content[0]) == 1 else int(column)
    if row >= len(content) or column >= len(content[0]):
        return ERRORS[ErrorValue.NA]
    return content[row][column]


def for_engine(value: Any, epoch: dt.datetime = WINDOWS_EPOCH) -> Any:
    """Return a result of a function as the engine takes it."""
    if isinstance(value, list | tuple):
        return [[_cell_for_engine(v, epoch) for v in row] for row in value]
    return _cell_for_engine(value, epoch)


def _cell_for_engine(value: Any, epoch: dt.datetime) -> Any:
    if isinstance(value, ErrorValue):
        return ERRORS[value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, dt.date):
        return float(to_excel(value, epoch))
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return ERRORS[ErrorValue.NUM]
    return value


def from_engine(value: Any) -> Value:
    """Return a value of the engine as a cell has it."""
    if isinstance(value, dict):
        return error_of(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # The engine lets sums grow past the largest number; adding 0 makes -0 a plain zero.
        return float(value) + 0.0 if math.isfinite(value) else ErrorValue.NUM
    return value  # type: ignore[no-any-return]
