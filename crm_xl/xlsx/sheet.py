"""The cells of a worksheet part, read with their places in the file."""

import re
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import TypeAlias

from openpyxl.utils.datetime import from_ISO8601, to_excel

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.limits import limits, variable
from crm_xl.xlsx.package import WorkbookError, refuse_bloated
from crm_xl.xlsx.references import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    cell_position,
    parse_area,
    unescaped,
)

Value: TypeAlias = float | str | bool | ErrorValue | None
Position: TypeAlias = tuple[int, int]

# What Excel lets a number be; Python's `float` would also take "NaN", "1_000" and full-width digits.
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
_ERRORS = {str(code): code for code in ErrorValue}


class _TooManyCellsError(Exception):
    """A sheet has more cells than the limit leaves it."""


class Formula:
    """The formula of a cell: its kind (`normal`, `shared`, `array`, `dataTable`), text, and place in the file."""

    __slots__ = ("end", "group", "kind", "ref", "start", "text")

    def __init__(self, attributes: dict[str, str], start: int) -> None:
        self.kind = attributes.get("t", "normal")
        self.ref, self.group = attributes.get("ref", ""), attributes.get("si", "")
        self.start = self.end = start
        self.text = ""


class CellXml:
    """One cell as the file has it.

    Offsets count bytes: `end` is where its end tag begins, and `held` where the element with its value begins and
    ends, if that is all that has to change with the value.
    """

    __slots__ = ("column", "end", "formula", "held", "metadata", "raw", "row", "start", "style", "type")

    def __init__(self, row: int, column: int, start: int, attributes: dict[str, str]) -> None:
        self.row, self.column, self.start, self.end = row, column, start, start
        self.style = int(attributes.get("s", 0))
        self.type = attributes.get("t", "n")
        self.metadata = int(attributes.get("cm", 0))
        self.formula: Formula | None = None
        self.raw: str | None = None
        self.held: tuple[int, int] | None = None


class RowXml:
    """One row as the file has it."""

    __slots__ = ("cells", "end", "number", "start", "style")

    def __init__(self, number: int, start: int, style: int | None) -> None:
        self.number, self.start, self.end, self.style = number, start, start, style
        self.cells: list[CellXml] = []


class SheetXml:
    """A worksheet part: its cells by position, and the bytes that they stand in.

    `room` is how many cells it may have: what the sheets read before it have left of the limit.
    """

    def __init__(self, xml: bytes, file: str, part: str, room: int | None = None) -> None:
        self.xml = xml
        bounds = limits()
        self.room = bounds.cells if room is None else room
        self.cells: dict[Position, CellXml] = {}
        self.rows: list[RowXml] = []
        self.merged: list[Area] = []
        self.column_styles: list[tuple[int, int, int]] = []
        self.hidden_rows: set[int] = set()
        # The range of the filter of the sheet, and whether it hides anything.
        self.filter: Area | None = None
        self.filtering = False
        self.data: tuple[int, int] | None = None
        self.dimension: tuple[int, str] | None = None
        self.prefix = ""
        refuse_bloated(xml, file, part, bounds.sheet_tags)
        try:
            _read(self)
        except _TooManyCellsError:
            details = {"limit": bounds.cells, "variable": variable("cells")}
            raise WorkbookError("book_too_many_cells", file=file, part=part, **details) from None
        except (ExpatError, ValueError, KeyError):  # the last: a column with a style that does not say which it is
            raise WorkbookError("book_broken_part", file=file, part=part) from None
        if self.data is None:
            raise WorkbookError("book_broken_part", file=file, part=part)

    def style(self, row: int, column: int, in_row: RowXml | None) -> int:
        """Return the style that a new cell takes: that of its row, else of its column."""
        if in_row is not None and in_row.style is not None:
            return in_row.style
        return next((style for first, last, style in self.column_styles if first <= column <= last), 0)

    def value(self, cell: CellXml, texts: tuple[str, ...]) -> Value:
        """Return the value that a cell holds, or the one cached for its formula."""
        raw = cell.raw
        if raw is None:
            return None
        match cell.type:
            case "n":
                return _number(raw) if raw.strip() else None
            case "s":
                if not (raw.strip().isascii() and raw.strip().isdigit()):
                    raise ValueError("not the number of a text")
                return texts[int(raw)]
            case "b":
                return raw.strip() in ("1", "true")
            case "e":
                return _ERRORS.get(raw.strip(), ErrorValue.VALUE)
            case "d":
                return float(to_excel(from_ISO8601(raw))) if raw.strip() else None
            case _:
                return unescaped(raw)


def _number(raw: str) -> float:
    if not _NUMBER.fullmatch(raw):
        raise ValueError("not a number")
    number = float(raw)
    if number - number != 0:
        raise ValueError("a number larger than a cell can hold")
    return number


def _read(sheet: SheetXml) -> None:
    xml = sheet.xml
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or not _is_utf8(xml):
        raise ValueError("not UTF-8")
    parser = ParserCreate()
    parser.buffer_text = True

    def root(name: str, _: object) -> None:
        sheet.prefix = name.removesuffix("worksheet")
        _listen(sheet, parser)

    def doctype(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(xml, True)


def _listen(sheet: SheetXml, parser: XMLParserType) -> None:
    """Fill the sheet from what the parser meets after the root element.

    These functions run for every tag of a workbook, and an attribute of an object takes longer to find than a variable
    of the function around: so the state stands here.
    """
    cells, rows, room = sheet.cells, sheet.rows, sheet.room
    c_tag, v_tag, f_tag, t_tag, help_tag, row_tag, data_tag = (
        sheet.prefix + tag for tag in ("c", "v", "f", "t", "rPh", "row", "sheetData")
    )
    frame = {sheet.prefix + tag: read for tag, read in _FRAME.items()}
    # The row and the cell in which the parser is, and where the next ones are if they do not say.
    row: RowXml | None = None
    cell: CellXml | None = None
    next_row = next_column = 1
    # The text of an element in the cell, whether it is part of its value or formula, and where the value begins.
    text: list[str] = []
    wanted = in_help = rich = False
    begin = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == c_tag and row is not None:
            start_cell(row, attributes)
        elif cell is not None:
            start_in_cell(cell, name, attributes)
        elif name == row_tag:
            start_row(attributes)
        elif name in frame:
            frame[name](sheet, attributes, parser.CurrentByteIndex)

    def start_row(attributes: dict[str, str]) -> None:
        nonlocal row, next_row, next_column
        number = int(attributes.get("r", next_row))
        if not 1 <= number <= LAST_ROW or len(rows) >= LAST_ROW:
            raise ValueError("no such row")
        next_row, next_column = number + 1, 1
        styled = attributes.get("customFormat") in ("1", "true")
        if attributes.get("hidden") in ("1", "true"):
            sheet.hidden_rows.add(number)
        row = RowXml(number, parser.CurrentByteIndex, int(attributes.get("s", 0)) if styled else None)
        rows.append(row)

    def start_cell(in_row: RowXml, attributes: dict[str, str]) -> None:
        nonlocal cell, next_column, rich
        if ref := attributes.get("r"):
            at = at_row, at_column = cell_position(ref)
        else:
            at = at_row, at_column = in_row.number, next_column
        next_column = at_column + 1
        if at_column > LAST_COLUMN or at in cells:
            raise ValueError("no such column, or a cell twice: readers would disagree on its value")
        if len(cells) >= room:
            raise _TooManyCellsError
        cell = cells[at] = CellXml(at_row, at_column, parser.CurrentByteIndex, attributes)
        in_row.cells.append(cell)
        rich = "vm" in attributes

    def start_in_cell(begun: CellXml, name: str, attributes: dict[str, str]) -> None:
        nonlocal wanted, in_help, begin
        text.clear()
        wanted = True
        if name == v_tag:
            begin = parser.CurrentByteIndex
        elif name == f_tag:
            begun.formula = Formula(attributes, parser.CurrentByteIndex)
        elif name == help_tag:
            in_help, wanted = True, False
        else:
            wanted = name == t_tag and not in_help

    def end(name: str) -> None:
        nonlocal row
        if cell is not None:
            end_in_cell(cell, name)
        elif name == row_tag and row is not None:
            row.end = parser.CurrentByteIndex
            row = None
        elif name == data_tag and sheet.data is not None:
            sheet.data = (sheet.data[0], parser.CurrentByteIndex)

    def end_in_cell(ended: CellXml, name: str) -> None:
        nonlocal cell, wanted, in_help
        wanted = False
        if name == c_tag:
            ended.end = parser.CurrentByteIndex
            cell = None
        elif name == v_tag:
            ended.raw = "".join(text)
            ended.held = None if rich else (begin, parser.CurrentByteIndex)
        elif name == f_tag and ended.formula is not None:
            ended.formula.text = "".join(text)
            ended.formula.end = parser.CurrentByteIndex
        elif name == t_tag and not in_help:
            ended.raw = (ended.raw or "") + "".join(text)
        elif name == help_tag:
            in_help = False

    def characters(data: str) -> None:
        if wanted:
            text.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters


def _data(sheet: SheetXml, _: dict[str, str], at: int) -> None:
    sheet.data = (at, -1)


def _dimension(sheet: SheetXml, attributes: dict[str, str], at: int) -> None:
    sheet.dimension = (at, attributes.get("ref", ""))


def _column(sheet: SheetXml, attributes: dict[str, str], _: int) -> None:
    if "style" in attributes:
        sheet.column_styles.append((int(attributes["min"]), int(attributes["max"]), int(attributes["style"])))


def _merged(sheet: SheetXml, attributes: dict[str, str], _: int) -> None:
    if area := parse_area(attributes.get("ref", ""), ""):
        if len(sheet.merged) >= LAST_ROW:
            raise ValueError("more merged areas than rows")
        sheet.merged.append(area)


def _filter(sheet: SheetXml, attributes: dict[str, str], _: int) -> None:
    sheet.filter = sheet.filter or parse_area(attributes.get("ref", ""), "")


def _filter_column(sheet: SheetXml, _: dict[str, str], __: int) -> None:
    sheet.filtering = True


# What stands around the rows, with what is kept of each element: the sheet, its attributes and its place are handed on.
_FRAME = {
    "sheetData": _data,
    "dimension": _dimension,
    "col": _column,
    "mergeCell": _merged,
    "autoFilter": _filter,
    "filterColumn": _filter_column,
}


def _is_utf8(xml: bytes) -> bool:
    """Whether a part says that it is UTF-8, or says nothing, which means the same."""
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""", xml)
    return not declared or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii")
