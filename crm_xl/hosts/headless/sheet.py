"""The cells of a worksheet part, read with their places in the file."""

import re
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import TypeAlias

from openpyxl.utils.datetime import from_ISO8601, to_excel

from crm_xl.engine.errors import ErrorValue
from crm_xl.hosts.headless.limits import limits, variable
from crm_xl.hosts.headless.package import WorkbookError, refuse_bloated
from crm_xl.hosts.headless.references import (
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
        self.data: tuple[int, int] | None = None
        self.dimension: tuple[int, str] | None = None
        self.prefix = ""
        refuse_bloated(xml, file, part, bounds.sheet_tags)
        try:
            _read(self)
        except _TooManyCellsError:
            details = {"limit": bounds.cells, "variable": variable("cells")}
            raise WorkbookError("book_too_many_cells", file=file, part=part, **details) from None
        except (ExpatError, ValueError, UnicodeError):
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
                return float(to_excel(from_ISO8601(raw)))
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
    """Fill the sheet from what the parser meets after the root element."""
    text: list[str] = []
    cell: CellXml | None = None
    row: RowXml | None = None
    in_value = in_help = rich = False
    begin = 0
    next_row = next_column = 1
    cells, rows, room = sheet.cells, sheet.rows, sheet.room
    c_tag, v_tag, f_tag, t_tag, help_tag, row_tag, data_tag, merge_tag, col_tag, dimension_tag = (
        sheet.prefix + tag for tag in ("c", "v", "f", "t", "rPh", "row", "sheetData", "mergeCell", "col", "dimension")
    )

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cell, row, in_value, in_help, next_row, next_column, begin, rich
        if name == c_tag and row is not None:
            if ref := attributes.get("r"):
                at_row, at_column = cell_position(ref)
            else:
                at_row, at_column = row.number, next_column
            next_column = at_column + 1
            if at_column > LAST_COLUMN or (at_row, at_column) in cells:
                raise ValueError("no such column, or a cell twice: readers would disagree on its value")
            if len(cells) >= room:
                raise _TooManyCellsError
            cell = cells[at_row, at_column] = CellXml(at_row, at_column, parser.CurrentByteIndex, attributes)
            row.cells.append(cell)
            rich = "vm" in attributes
        elif cell is not None:
            if name == f_tag:
                cell.formula = Formula(attributes, parser.CurrentByteIndex)
            elif name == v_tag:
                begin = parser.CurrentByteIndex
            in_help = in_help or name == help_tag
            in_value = name in (v_tag, f_tag) or (name == t_tag and not in_help)
            text.clear()
        elif name == row_tag:
            number = int(attributes.get("r", next_row))
            if not 1 <= number <= LAST_ROW or len(rows) >= LAST_ROW:
                raise ValueError("no such row")
            next_row, next_column = number + 1, 1
            styled = attributes.get("customFormat") in ("1", "true")
            row = RowXml(number, parser.CurrentByteIndex, int(attributes.get("s", 0)) if styled else None)
            rows.append(row)
        elif name == data_tag:
            sheet.data = (parser.CurrentByteIndex, -1)
        elif name == merge_tag and (area := parse_area(attributes.get("ref", ""), "")):
            if len(sheet.merged) >= LAST_ROW:
                raise ValueError("more merged areas than rows")
            sheet.merged.append(area)
        elif name == col_tag and "style" in attributes:
            sheet.column_styles.append((int(attributes["min"]), int(attributes["max"]), int(attributes["style"])))
        elif name == dimension_tag:
            sheet.dimension = (parser.CurrentByteIndex, attributes.get("ref", ""))

    def end(name: str) -> None:
        nonlocal cell, row, in_value, in_help
        if cell is not None:
            if name == v_tag:
                cell.raw = "".join(text)
                cell.held = None if rich else (begin, parser.CurrentByteIndex)
            elif name == f_tag and cell.formula is not None:
                cell.formula.text = "".join(text)
                cell.formula.end = parser.CurrentByteIndex
            elif name == t_tag and not in_help:
                cell.raw = (cell.raw or "") + "".join(text)
            elif name == help_tag:
                in_help = False
            elif name == c_tag:
                cell.end = parser.CurrentByteIndex
                cell = None
            in_value = False
        elif name == row_tag and row is not None:
            row.end = parser.CurrentByteIndex
            row = None
        elif name == data_tag and sheet.data is not None:
            sheet.data = (sheet.data[0], parser.CurrentByteIndex)

    def characters(data: str) -> None:
        if in_value:
            text.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters


def _is_utf8(xml: bytes) -> bool:
    """Whether a part says that it is UTF-8, or says nothing, which means the same."""
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""", xml)
    return not declared or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii")
