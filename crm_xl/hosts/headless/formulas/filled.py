"""Formulas that were filled down or to the right: put into the engine's form once, then cast for each cell.

What moves with the cell stands in the engine's form as a mark: the row and the column of a relative reference, the
scratch cell of an area that moves, and the formula that calls. A formula that reads as the one above it, or the one to
its left, would read if it had been filled there is cast from the pattern of that one, and is not looked at any further.
"""

import re
from collections.abc import Callable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, TypeAlias

from openpyxl.utils.cell import get_column_letter

from crm_xl.hosts.headless.formulas.tokens import Token
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area

if TYPE_CHECKING:
    from crm_xl.hosts.headless.formulas.conditional_sums import Criterion

# Characters that stand for nothing in any text (Unicode's noncharacters): a formula that has one is not read.
MARKS = OPEN, CLOSE = "\ufdd0", "\ufdd1"
CALLER_MARK = f"{OPEN}caller{CLOSE}"
_MARK = re.compile(f"{OPEN}(row|column|scratch|caller)([0-9]{{0,7}}){CLOSE}")
# Of formulas that read alike wherever they stand on a sheet.
_REMEMBERED = 4096

# An area that moves and what finds, or reserves, its cell on the scratch sheet.
Scratched: TypeAlias = tuple[Callable[[Token], str], Token]


def row_mark(row: int) -> str:
    """Return what stands for a row that moves."""
    return f"{OPEN}row{row}{CLOSE}"


def column_mark(column: int) -> str:
    """Return what stands for a column that moves."""
    return f"{OPEN}column{column}{CLOSE}"


def scratch_mark(number: int) -> str:
    """Return what stands for the scratch cell of an area that moves, by its number in the formula."""
    return f"{OPEN}scratch{number}{CLOSE}"


def area_piece(area: Area, moves: tuple[bool | None, bool | None]) -> Token:
    """Return the piece of a formula that names an area, with marks where it moves."""
    return Token(
        area.written(row_mark if moves[0] else str, column_mark if moves[1] else get_column_letter), area, moves=moves
    )


class Pattern:
    """A formula in the engine's form, for every cell to which it may be filled.

    Parameters
    ----------
    row, column
        The cell for which it was made.
    source, text
        The formula as it is typed, and in the engine's form, with marks for what moves.
    used
        The references in it.
    scratched
        The areas in it that move and need cells of the scratch sheet.
    within
        Where its names and structured references mean what they mean there.
    leaves_errors_out
        Whether the engine may leave errors out of it.
    doubtful
        Whether an error of the engine is to be computed anew: it computes the formula itself.
    computed_here
        Whether the formula is computed by `worksheet_functions`.
    criteria
        The conditions of sums and counts that the engine computes.
    """

    __slots__ = (
        "_column", "_columns", "_criteria", "_fixed", "_moving", "_row", "_rows", "_scratched", "_source", "_text",
        "calls", "computed_here", "doubtful", "leaves_errors_out", "stands", "within",
    )  # fmt: skip

    def __init__(
        self,
        row: int,
        column: int,
        source: str,
        text: str,
        used: Sequence[Token],
        scratched: Sequence[Scratched],
        within: Area,
        leaves_errors_out: bool,
        doubtful: bool = False,
        computed_here: bool = False,
        criteria: Sequence["Criterion"] = (),
    ) -> None:
        self._row, self._column = row, column
        marks = {(kind, int(number or 0)) for kind, number in _MARK.findall(source + text)}
        self._rows = sorted(number - row for kind, number in marks if kind == "row")
        self._columns = sorted(number - column for kind, number in marks if kind == "column")
        self._scratched = scratched
        self._fixed = frozenset(piece.area for piece in used if piece.area is not None and not any(piece.moves))
        self._moving = [piece for piece in used if any(piece.moves)]
        self._source, self._text = self._format(source), self._format(text)
        self.calls = ("caller", 0) in marks
        self.stands = OPEN not in source
        self.leaves_errors_out = leaves_errors_out
        self.doubtful, self.computed_here = doubtful, computed_here
        self._criteria = criteria if doubtful else ()
        self.within = self._confined(within, used)

    def source(self, row: int, column: int) -> str:
        """Return the formula as it reads when it is filled to a cell."""
        return self._source.format(*self._coordinates(row, column))

    def text(self, row: int, column: int, caller: str = "") -> str:
        """Return the engine's form for a cell; `caller` is the argument that says from where functions are called."""
        given: list[int | str] = self._coordinates(row, column)
        by = row - self._row, column - self._column
        given += [reserve(piece._replace(area=moved_area(piece, *by))) for reserve, piece in self._scratched]
        return self._text.format(*given, caller)

    def areas(self, row: int, column: int) -> Set[Area]:
        """Return the areas that the formula reads in a cell."""
        if not self._moving:
            return self._fixed
        by = row - self._row, column - self._column
        return self._fixed.union([moved_area(piece, *by) for piece in self._moving])

    def criteria_at(self, row: int, column: int) -> Iterator["Criterion"]:
        """Yield the conditions of sums and counts as they read in a cell."""
        by = row - self._row, column - self._column
        for criterion in self._criteria:
            on, cell = criterion.token, criterion.cell
            if by != (0, 0) and on.area is not None and any(on.moves):
                criterion = criterion._replace(range=moved_area(on, *by))
            if by != (0, 0) and cell is not None and any(cell.moves):
                criterion = criterion._replace(cell=cell._replace(area=moved_area(cell, *by)))
            yield criterion

    def _coordinates(self, row: int, column: int) -> list[int | str]:
        given: list[int | str] = [row + by for by in self._rows]
        given += [get_column_letter(column + by) for by in self._columns]
        return given

    def _format(self, marked: str) -> str:
        """Return a text with marks as one for `str.format`, which is given coordinates, scratch cells and caller."""
        fields = [
            *(row_mark(self._row + by) for by in self._rows),
            *(column_mark(self._column + by) for by in self._columns),
            *(scratch_mark(number) for number in range(len(self._scratched))),
            CALLER_MARK,
        ]
        number = {mark: f"{{{at}}}" for at, mark in enumerate(fields)}

        def field(mark: re.Match[str]) -> str:
            return number.get(mark[0], mark[0])

        return _MARK.sub(field, marked.replace("{", "{{").replace("}", "}}"))

    def _confined(self, within: Area, used: Sequence[Token]) -> Area:
        """Return the cells from which no reference runs off the sheet, and in which no area has another size."""
        areas = [(piece.area, piece.moves) for piece in used if piece.area is not None]
        rows = {row for area, moves in areas if moves[0] for row in (area.first_row, area.last_row)}
        rows |= {self._row, *(self._row + by for by in self._rows)}
        columns = {column for area, moves in areas if moves[1] for column in (area.first_column, area.last_column)}
        columns |= {self._column, *(self._column + by for by in self._columns)}
        top, bottom = self._row + 1 - min(rows), self._row + LAST_ROW - max(rows)
        left, right = self._column + 1 - min(columns), self._column + LAST_COLUMN - max(columns)
        if any(piece.moves[0] is None for piece in used):
            top = bottom = self._row
        if any(piece.moves[1] is None for piece in used):
            left = right = self._column
        return within.common(Area(within.sheet, top, left, bottom, right))


def moved_area(piece: Token, rows: int, columns: int) -> Area:
    """Return the area of a reference after its formula was filled so many rows down and columns to the right."""
    assert piece.area is not None
    down, right = rows if piece.moves[0] else 0, columns if piece.moves[1] else 0
    sheet, top, left, bottom, last = piece.area
    return Area(sheet, top + down, left + right, bottom + down, last + right)


class Fills:
    """The patterns of a sheet, whose cells are read in the order of the rows."""

    def __init__(self) -> None:
        self._above: dict[int, Pattern] = {}
        self._left: Pattern | None = None
        self._standing: dict[str, Pattern] = {}

    def find(self, formula: str, row: int, column: int) -> Pattern | None:
        """Return the pattern of the same formula, or of that above or to the left of which this one is a fill."""
        for pattern in (self._standing.get(formula), self._above.get(column), self._left):
            if (
                pattern is not None
                and pattern.within.contains(row, column)
                and (pattern.source(row, column) == formula)
            ):
                return pattern
        return None

    def note(self, pattern: Pattern, formula: str, column: int) -> None:
        """Keep the pattern of the cell that was read last."""
        if not pattern.stands:
            self._above[column] = self._left = pattern
        elif len(self._standing) < _REMEMBERED:
            self._standing[formula] = pattern
