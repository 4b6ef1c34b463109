"""References as formulas write them: cells, areas, structured references of tables.

Everything is turned into an `Area`, with the sheet it stands on, so that a formula can be moved, a range
can be handed over once, and a problem can name the cell in which it sits.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias

from openpyxl.utils.cell import column_index_from_string, get_column_letter

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

# A cell: its sheet, its row and its column, both counted from 1.
Position: TypeAlias = tuple[str, int, int]

_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})")
_COLUMNS = re.compile(r"(\$?)([A-Za-z]{1,3}):(\$?)([A-Za-z]{1,3})")
_ROWS = re.compile(r"(\$?)([1-9][0-9]{0,6}):(\$?)([1-9][0-9]{0,6})")
# The `$` before a column and before a row.
_END = re.compile(r"(?:(\$?)[A-Za-z]{1,3})?(?:(\$?)[0-9]+)?")
_PLAIN_SHEET = re.compile(r"[^\W\d][\w.]*")
# What a file has in place of a character that XML cannot carry, or of an underscore that would look like one.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Area(NamedTuple):
    """A rectangle of cells on a sheet, rows and columns counted from 1, both ends included."""

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def is_cell(self) -> bool:
        """Whether the area is one cell."""
        return self.first_row == self.last_row and self.first_column == self.last_column

    @property
    def size(self) -> int:
        """The number of cells."""
        return (self.last_row - self.first_row + 1) * (self.last_column - self.first_column + 1)

    @property
    def address(self) -> str:
        """The area without its sheet: `B4:K60`."""
        first = cell_name(self.first_row, self.first_column)
        return first if self.is_cell else f"{first}:{cell_name(self.last_row, self.last_column)}"

    @property
    def formula(self) -> str:
        """The area as a formula writes it, fixed and with its sheet: `'Kosten 1'!$B$4:$K$60`."""
        return self.written()

    def written(self, row: Callable[[int], str] = str, column: Callable[[int], str] = get_column_letter) -> str:
        """Return the area as a formula writes it, with rows and columns written in a way of their own."""
        sheet = quoted(self.sheet)
        if self.first_row == 1 and self.last_row == LAST_ROW:
            return f"{sheet}!${column(self.first_column)}:${column(self.last_column)}"
        if self.first_column == 1 and self.last_column == LAST_COLUMN:
            return f"{sheet}!${row(self.first_row)}:${row(self.last_row)}"
        first = f"{sheet}!${column(self.first_column)}${row(self.first_row)}"
        return first if self.is_cell else f"{first}:${column(self.last_column)}${row(self.last_row)}"

    def cells(self) -> Iterator[tuple[int, int]]:
        """Row and column of every cell, row by row."""
        return product(range(self.first_row, self.last_row + 1), range(self.first_column, self.last_column + 1))

    def contains(self, row: int, column: int) -> bool:
        """Whether a cell lies in the area."""
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column

    def common(self, other: "Area") -> "Area":
        """Return the cells that lie in another area too, of which there must be one."""
        top, left = max(self.first_row, other.first_row), max(self.first_column, other.first_column)
        bottom, right = min(self.last_row, other.last_row), min(self.last_column, other.last_column)
        return Area(self.sheet, top, left, bottom, right)

    def meets(self, other: "Area") -> bool:
        """Whether the two have a cell in common."""
        return (
            self.sheet == other.sheet
            and self.first_row <= other.last_row
            and other.first_row <= self.last_row
            and self.first_column <= other.last_column
            and other.first_column <= self.last_column
        )


class Table(NamedTuple):
    """A table of the workbook: its area with header and totals rows, its columns, and whether a filter narrows it."""

    name: str
    area: Area
    columns: tuple[str, ...]
    header_rows: int
    totals_rows: int
    filtered: bool = False

    @property
    def body(self) -> Area:
        """The rows between the header and the totals."""
        first, last = self.area.first_row + self.header_rows, self.area.last_row - self.totals_rows
        return self.area._replace(first_row=first, last_row=last)


class TableReferenceError(ValueError):
    """A structured reference asks for what the table does not have; the argument is the error to show."""


@lru_cache(maxsize=65_536)
def cell_name(row: int, column: int) -> str:
    """Return the name of a cell: (4, 2) is `B4`."""
    return f"{get_column_letter(column)}{row}"


@lru_cache(maxsize=65_536)
def cell_position(name: str) -> tuple[int, int]:
    """Return row and column of a cell by its name, `$` allowed.

    Raises
    ------
    ValueError
        Where the text is not the name of a cell.
    """
    match = _CELL.fullmatch(name)
    if not match:
        raise ValueError(f"{name!r} is not the name of a cell")
    row, column = int(match[4]), column_index_from_string(match[2])
    if row > LAST_ROW or column > LAST_COLUMN:
        raise ValueError(f"{name!r} lies outside the sheet")
    return row, column


@lru_cache(maxsize=1024)
def quoted(sheet: str) -> str:
    """Return the name of a sheet as a formula needs it."""
    if _PLAIN_SHEET.fullmatch(sheet) and sheet.isalpha() and len(sheet) > 3:
        return sheet
    return "'" + sheet.replace("'", "''") + "'"


def split_sheet(text: str) -> tuple[str | None, str]:
    """Split a reference at its sheet: `'it''s'!A1` gives `it's` and `A1`."""
    sheet, mark, rest = text.rpartition("!")
    if not mark:
        return None, text
    if len(sheet) > 1 and sheet[0] == sheet[-1] == "'":
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, rest


def parse_area(text: str, sheet: str) -> Area | None:
    """Return the area that a reference names, on `sheet` where it names none; None if it is no reference."""
    given, rest = split_sheet(text)
    sheet = sheet if given is None else given
    if match := _CELL.fullmatch(rest):
        row, column = int(match[4]), column_index_from_string(match[2])
        return Area(sheet, row, column, row, column) if row <= LAST_ROW and column <= LAST_COLUMN else None
    first, mark, last = rest.partition(":")
    try:
        if mark and _CELL.fullmatch(first) and _CELL.fullmatch(last):
            one, two = cell_position(first), cell_position(last)
        elif match := _COLUMNS.fullmatch(rest):
            one, two = (1, column_index_from_string(match[2])), (LAST_ROW, column_index_from_string(match[4]))
        elif match := _ROWS.fullmatch(rest):
            one, two = (int(match[2]), 1), (int(match[4]), LAST_COLUMN)
        else:
            return None
    except ValueError:
        return None
    (top, bottom), (left, right) = sorted((one[0], two[0])), sorted((one[1], two[1]))
    return Area(sheet, top, left, bottom, right)


def moved(text: str, rows: int, columns: int) -> str:
    """Return a reference as it reads after its formula moved down and to the right; names stay as they are."""
    # A sheet is a ring: Excel counts on from the other end.
    return respelled(
        text,
        lambda row: str((row - 1 + rows) % LAST_ROW + 1),
        lambda column: get_column_letter((column - 1 + columns) % LAST_COLUMN + 1),
    )


def respelled(text: str, row: Callable[[int], str], column: Callable[[int], str]) -> str:
    """Return a reference with its relative rows and columns spelt in another way; names stay as they are."""

    def spelt(fixed_column: str, letters: str, fixed_row: str, digits: str) -> str:
        at_column = letters if fixed_column or not letters else column(column_index_from_string(letters))
        at_row = digits if fixed_row or not digits else row(int(digits))
        return fixed_column + at_column + fixed_row + at_row

    sheet, mark, rest = text.rpartition("!")
    cells = [_CELL.fullmatch(end) for end in rest.split(":")]
    if len(cells) <= 2 and None not in cells:
        return sheet + mark + ":".join([spelt(*match.groups()) for match in cells if match])
    if match := _COLUMNS.fullmatch(rest):
        return f"{sheet}{mark}{spelt(match[1], match[2], '', '')}:{spelt(match[3], match[4], '', '')}"
    if match := _ROWS.fullmatch(rest):
        return f"{sheet}{mark}{spelt('', '', match[1], match[2])}:{spelt('', '', match[3], match[4])}"
    return text


def moving(text: str) -> tuple[bool | None, bool | None]:
    """Return whether the rows and the columns of a reference are relative; None where only one of two is."""
    ends = [_END.fullmatch(end) for end in split_sheet(text)[1].split(":")]
    rows, columns = ({match[fixed] == "" for match in ends if match and match[fixed] is not None} for fixed in (2, 1))
    return None if len(rows) > 1 else True in rows, None if len(columns) > 1 else True in columns


def unescaped(text: str) -> str:
    """Return a text of the file with its `_xHHHH_` marks as characters.

    Some writers mark the two halves of a character beyond the first 65,536 each by itself; half a character is none.

    >>> unescaped("a_x000A_b"), unescaped("_xD83D__xDE00_"), unescaped("_xD83D_!")
    ('a\\nb', '😀', '�!')
    """
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def resolve_structured(table: Table, inner: str, row: int) -> Area:
    """Return the area of a structured reference, given what stands between the outer brackets of `Table[…]`.

    Raises
    ------
    TableReferenceError
        With `#REF!` for a column or row that the table does not have, `#VALUE!` for a "this row" outside it.
    """
    keywords, columns = _split_structured(inner)
    area = table.area
    first, last = table.body.first_row, table.body.last_row
    if not keywords or keywords == {"#data"}:
        top, bottom = first, last
    elif "#this row" in keywords:
        if not first <= row <= last:
            raise TableReferenceError("#VALUE!")
        top = bottom = row
    else:
        spans = {
            "#all": (area.first_row, area.last_row),
            "#headers": (area.first_row, first - 1),
            "#totals": (last + 1, area.last_row),
            "#data": (first, last),
        }
        if not keywords <= spans.keys() or any(spans[k][0] > spans[k][1] for k in keywords):
            raise TableReferenceError("#REF!")
        top, bottom = min(spans[k][0] for k in keywords), max(spans[k][1] for k in keywords)
    if not columns:
        return Area(area.sheet, top, area.first_column, bottom, area.last_column)
    names = [name.casefold() for name in table.columns]
    try:
        places = sorted(names.index(column.casefold()) for column in columns)
    except ValueError:
        raise TableReferenceError("#REF!") from None
    return Area(area.sheet, top, area.first_column + places[0], bottom, area.first_column + places[-1])


def means_own_row(inner: str) -> bool:
    """Whether what stands in the brackets of a structured reference means the row of the formula."""
    return "#this row" in _split_structured(inner)[0]


def _split_structured(inner: str) -> tuple[set[str], list[str]]:
    """Split `[#All],[Item]:[Price]` into its keywords (small letters) and its columns."""
    items: list[str] = []
    inner = inner.strip()
    if inner.startswith("@"):
        items.append("#This Row")
        inner = inner[1:]
    if inner.startswith("["):
        items += [m[1] for m in re.finditer(r"\[((?:'.|[^\]'])*)\]", inner)]
    elif inner:
        items.append(inner)
    keywords = {item.casefold() for item in items if item.startswith("#")}
    columns = [re.sub(r"'(.)", r"\1", item) for item in items if not item.startswith("#")]
    return keywords, columns
