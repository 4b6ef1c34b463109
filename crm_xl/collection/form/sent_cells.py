"""Which cells held something in a form as it was sent, so that what was added is found on any sheet, whatever its name.

A small form of the same settings is drawn and its per-line rows repeated: a form of 5,000 lines then costs no more than
one of ten.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from crm_xl.collection.form.master import settings_of
from crm_xl.collection.form.stamp import Stamp
from crm_xl.templates.build import drawn
from crm_xl.templates.spec import TemplateSpec
from crm_xl.xlsx.cells import FilledCells, filled_cells
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import cell_name, cell_position
from crm_xl.xlsx.workbook import read_structure

# A form of so many cost lines, the fewest there can be, has every kind of row that a longer one has. (Computed cells of
# benefit lines are known from their table.)
_FEW = 10
# What stands where the form says a period or a cycle: it moves nothing.
_SAID = "–"
# Enough letters of a digest that no two forms share it by chance.
_LETTERS = 16
# Settings whose forms one process remembers.
_KEPT = 8


@dataclass(frozen=True, eq=False)
class SentSheet:
    """A sheet of a form as it was sent: the cells that held something, by their names."""

    cells: FilledCells

    @cached_property
    def figures(self) -> dict[int, frozenset[int]]:
        """The columns of the cells that held a number or a formula, by row."""
        found: dict[int, set[int]] = {}
        for name in self.cells.formulas | self.cells.numbers:
            row, column = cell_position(name.decode())
            found.setdefault(row, set()).add(column)
        return {row: frozenset(columns) for row, columns in found.items()}

    def added(self, cells: FilledCells) -> frozenset[bytes]:
        """Return the cells that hold a number, a formula or a text now, and did not when the form was sent."""
        sent = self.cells
        texts = cells.others - sent.others - sent.formulas - sent.numbers
        return (cells.numbers - sent.numbers) | (cells.formulas - sent.formulas) | texts

    def likeness(self, cells: FilledCells) -> float:
        """Return how much of what stood on the sheet stands at the same places of another: 1 is all."""
        formulas = self.cells.formulas
        return len(formulas & cells.formulas) / len(formulas) if formulas else 0.0


def places(stamp: Stamp) -> str:
    """Return a digest of where the form of a stamp holds numbers and formulas: it stands in the stamp of what is sent.

    A return whose stamp says another one was made by another version: what stood in it is then known in part only.
    """
    return _digest(_settings(stamp))


def sent_cells(stamp: Stamp) -> Mapping[str, SentSheet]:
    """Return the sheets of the form that a stamp says was sent, by name, its input lines blank.

    Raises
    ------
    UnreadableError
        Where the stamp asks for a form that cannot be.
    """
    return _sheets(_settings(stamp))


def _settings(stamp: Stamp) -> TemplateSpec:
    """The settings of a form as far as they move its cells."""
    settings = settings_of(stamp)
    period, cycle = (_SAID if text else None for text in (settings.period, settings.cycle))
    return replace(settings, period=period, cycle=cycle)


@lru_cache(maxsize=_KEPT)
def _digest(settings: TemplateSpec) -> str:
    found = hashlib.sha256()
    for name, sheet in sorted(_sheets(settings).items()):
        for cells in (sheet.cells.formulas, sheet.cells.numbers):
            found.update(b"\n".join((name.encode(), *sorted(cells), b"")))
    return found.hexdigest()[:_LETTERS]


@lru_cache(maxsize=_KEPT)
def _sheets(settings: TemplateSpec) -> Mapping[str, SentSheet]:
    few = min(settings.lines, _FEW)
    found = _drawn(replace(settings, lines=few))
    if few < settings.lines:
        longer = _drawn(replace(settings, lines=few + 1))
        found = {name: _grown(cells, longer[name], settings.lines - few) for name, cells in found.items()}
    return {name: SentSheet(cells) for name, cells in found.items()}


def _drawn(settings: TemplateSpec) -> dict[str, FilledCells]:
    package = Package.open(drawn(settings), "form.xlsx")
    sheets = read_structure(package).sheets
    return {s.name: filled_cells(package.parts[s.part], file=package.name, part=s.part) for s in sheets}


def _grown(cells: FilledCells, longer: FilledCells, times: int) -> FilledCells:
    """The cells of a sheet with the row that one more line adds, so many times below each other."""
    return FilledCells(
        formulas=_repeated(cells.formulas, longer.formulas, times),
        numbers=_repeated(cells.numbers, longer.numbers, times),
        others=_repeated(cells.others, longer.others, times),
    )


def _repeated(cells: frozenset[bytes], longer: frozenset[bytes], times: int) -> frozenset[bytes]:
    added = [cell_position(name.decode()) for name in longer - cells]
    return cells.union(_below(added, times))


def _below(places: Iterable[tuple[int, int]], times: int) -> Iterable[bytes]:
    return (cell_name(row + i, column).encode() for row, column in places for i in range(times))
