"""What follows from a formula that could not be computed: every formula that reads its cell, and so on."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from crm_xl.xlsx.references import Area, Position


@dataclass(frozen=True)
class Failure:
    """Why a formula could not be computed: the term that says it, and its details."""

    key: str
    details: Mapping[str, object]


class Readers:
    """Which formulas read a cell; every formula is told once, at the first of its cells that is asked for."""

    def __init__(self, uses: Mapping[Position, Iterable[Area]]) -> None:
        self._of_area: dict[Area, list[Position]] = {}
        for position, areas in uses.items():
            for area in areas:
                self._of_area.setdefault(area, []).append(position)
        by_sheet: dict[str, list[Area]] = {}
        for area in self._of_area:
            if not area.is_cell:
                by_sheet.setdefault(area.sheet, []).append(area)
        self._wide = {
            sheet: (areas, np.array([area[1:] for area in areas], dtype=np.int32).T)
            for sheet, areas in by_sheet.items()
        }

    def of(self, position: Position) -> Iterator[Position]:
        """Yield the formulas that read a cell and have not been told before for the same area."""
        sheet, row, column = position
        yield from self._of_area.pop(Area(sheet, row, column, row, column), ())
        if sheet not in self._wide:
            return
        areas, (top, left, bottom, right) = self._wide[sheet]
        for place in np.flatnonzero((top <= row) & (row <= bottom) & (left <= column) & (column <= right)):
            yield from self._of_area.pop(areas[place], ())


def causes(
    failed: Iterable[Position], arrays: Mapping[Position, Area], uses: Mapping[Position, Iterable[Area]]
) -> dict[Position, Position]:
    """Return the formulas that depend on failed ones, each with the failed formula at the root of it.

    Parameters
    ----------
    failed
        The formulas that could not be computed, in the order of the workbook.
    arrays
        The cells that the result of a formula fills, where they are many.
    uses
        The areas that each formula reads.
    """
    readers = Readers(uses)
    queue = deque(failed)
    nearest: dict[Position, Position] = {}
    while queue:
        position = queue.popleft()
        area = arrays.get(position)
        cells = [position] if area is None else [(area.sheet, row, column) for row, column in area.cells()]
        for cell in cells:
            for reader in readers.of(cell):
                if reader not in nearest and reader != position:
                    nearest[reader] = position
                    queue.append(reader)
    return {position: _root(position, nearest) for position in nearest}


def _root(position: Position, nearest: dict[Position, Position]) -> Position:
    passed: set[Position] = set()
    while position in nearest and position not in passed:
        passed.add(position)
        position = nearest[position]
    # The whole way leads there: the next formula on it finds the root at once.
    nearest.update((step, position) for step in passed if step != position)
    return position


# An area of more cells is looked through by the formulas of its sheet.
_FEW_CELLS = 1000


def circular_formulas(formulas: Iterable[Position], uses: Mapping[Position, Iterable[Area]]) -> set[Position]:
    """Return the formulas that stand in a circle, and those that depend on one."""
    by_sheet: dict[str, set[tuple[int, int]]] = {}
    for sheet, row, column in formulas:
        by_sheet.setdefault(sheet, set()).add((row, column))
    readers: dict[Position, list[Position]] = {}
    waiting: dict[Position, int] = {}
    for position in formulas:
        read: set[Position] = set()
        for area in uses.get(position, ()):
            there = by_sheet.get(area.sheet, set())
            cells = area.cells() if area.size <= _FEW_CELLS else there
            read |= {(area.sheet, *at) for at in cells if at in there and area.contains(*at)}
        waiting[position] = len(read)
        for other in read:
            readers.setdefault(other, []).append(position)
    ready = [position for position, count in waiting.items() if not count]
    while ready:
        position = ready.pop()
        del waiting[position]
        for reader in readers.get(position, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return set(waiting)
