"""The cells of a worksheet part, read with their places in the file, and written back into exactly those places.

Nothing is parsed into a model and printed anew: a cell whose cached value changed is cut out and its new
form put in; every other byte of the sheet, formulas and styles among them, stays as it was.
"""

import re
from collections.abc import Iterable, Mapping
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import TypeAlias
from xml.sax.saxutils import escape

from openpyxl.utils.datetime import from_ISO8601, to_excel

from crm_xl.engine.errors import ErrorValue
from crm_xl.hosts.headless.limits import limits, variable
from crm_xl.hosts.headless.package import WorkbookError, refuse_bloated
from crm_xl.hosts.headless.references import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    cell_name,
    cell_position,
    parse_area,
    unescaped,
)

Value: TypeAlias = float | str | bool | ErrorValue | None
Position: TypeAlias = tuple[int, int]

# What Excel lets a number be; Python's `float` would also take "NaN", "1_000" and full-width digits.
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
_TAG = re.compile(rb"""<[^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
# Errors that a file may hold as they are; newer ones need metadata of their own and are stored as #VALUE!.
_STORED_ERRORS = {
    ErrorValue.NULL, ErrorValue.DIV0, ErrorValue.VALUE, ErrorValue.REF,
    ErrorValue.NAME, ErrorValue.NUM, ErrorValue.NA, ErrorValue.GETTING_DATA,
}  # fmt: skip
_ERRORS = {str(code): code for code in ErrorValue}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


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
    """One cell as the file has it; offsets count bytes, `end` being where its end tag begins."""

    __slots__ = ("column", "end", "formula", "metadata", "raw", "row", "start", "style", "type")

    def __init__(self, row: int, column: int, start: int, attributes: dict[str, str]) -> None:
        self.row, self.column, self.start, self.end = row, column, start, start
        self.style = int(attributes.get("s", 0))
        self.type = attributes.get("t", "n")
        self.metadata = int(attributes.get("cm", 0))
        self.formula: Formula | None = None
        self.raw: str | None = None


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
    in_value = in_help = False
    next_row = next_column = 1
    cells, rows, room = sheet.cells, sheet.rows, sheet.room
    c_tag, v_tag, f_tag, t_tag, help_tag, row_tag, data_tag, merge_tag, col_tag, dimension_tag = (
        sheet.prefix + tag for tag in ("c", "v", "f", "t", "rPh", "row", "sheetData", "mergeCell", "col", "dimension")
    )

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cell, row, in_value, in_help, next_row, next_column
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
        elif cell is not None:
            if name == f_tag:
                cell.formula = Formula(attributes, parser.CurrentByteIndex)
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


def written(
    sheet: SheetXml,
    texts: tuple[str, ...],
    values: Mapping[Position, Value],
    spills: Mapping[Position, str] | None = None,
) -> tuple[bytes, int]:
    """Return the part with new cached values, and the number of cells that changed.

    Parameters
    ----------
    values
        The value of every cell that may have changed; None empties a cell, whose style stays.
    spills
        The new `ref` of each dynamic array, by the position of its formula.
    """
    edits: list[tuple[int, int, bytes]] = []
    changed = 0
    new: dict[int, list[tuple[int, Value]]] = {}
    for position, value in values.items():
        cell = sheet.cells.get(position)
        if cell is None:
            if value is not None:
                new.setdefault(position[0], []).append((position[1], value))
                changed += 1
            continue
        ref = (spills or {}).get(position)
        if ref is not None and (cell.formula is None or cell.formula.ref == ref):
            ref = None
        same = _is_held(value, sheet, cell, texts)
        if same and ref is None:
            continue
        changed += not same
        edits.append((cell.start, _element_end(sheet.xml, cell.start, cell.end), _cell(sheet, cell, value, ref)))
    edits += _insertions(sheet, new)
    if not edits:
        return sheet.xml, 0
    edits += _grown_dimension(sheet, new)
    return _spliced(sheet.xml, edits), changed


def without_formulas(sheet: SheetXml, cells: Iterable[CellXml]) -> bytes:
    """Return the part with the formulas of these cells cut out; their values stay."""
    edits: list[tuple[int, int, bytes]] = []
    for cell in cells:
        if cell.formula is not None:
            end = _tag_end(sheet.xml, cell.start)
            edits.append((cell.start, end, retagged(sheet.xml[cell.start : end], {b"cm": None})))
            edits.append((cell.formula.start, _element_end(sheet.xml, cell.formula.start, cell.formula.end), b""))
    return _spliced(sheet.xml, edits)


def restyled(sheet: SheetXml, styles: Mapping[Position, int]) -> bytes:
    """Return the part with other styles for some cells; a cell that the file does not have stays away."""
    edits: list[tuple[int, int, bytes]] = []
    for position, style in styles.items():
        cell = sheet.cells.get(position)
        if cell is not None:
            end = _tag_end(sheet.xml, cell.start)
            tag = sheet.xml[cell.start : end]
            new = retagged(tag, {b"s": b"%d" % style})
            edits.append((cell.start, end, new[:-1] + b"/>" if tag.endswith(b"/>") else new))
    return _spliced(sheet.xml, edits)


def _is_held(value: Value, sheet: SheetXml, cell: CellXml, texts: tuple[str, ...]) -> bool:
    """Whether a cell holds a value already; one that was cached for a formula may be unreadable, and is replaced."""
    try:
        return _same(value, sheet.value(cell, texts))
    except (ValueError, IndexError, TypeError):
        return False


def _same(one: Value, two: Value) -> bool:
    if isinstance(one, float | int) and isinstance(two, float | int):
        return one == two and isinstance(one, bool) == isinstance(two, bool)
    if isinstance(one, ErrorValue) and one not in _STORED_ERRORS:
        one = ErrorValue.VALUE
    return type(one) is type(two) and one == two


def _spliced(xml: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end, content in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (xml[at:start], content)
        at = end
    pieces.append(xml[at:])
    return b"".join(pieces)


def _tag_end(xml: bytes, start: int) -> int:
    """Return where the tag that begins at `start` ends."""
    match = _TAG.match(xml, start)
    if match is None:
        raise ValueError("no tag here")
    return match.end()


def _is_empty(xml: bytes, start: int, end: int) -> bool:
    """Whether an element is one tag (`<c/>`), for which the parser reports its end behind that tag."""
    return xml[end - 2 : end] == b"/>" and _tag_end(xml, start) == end


def _element_end(xml: bytes, start: int, end: int) -> int:
    return end if _is_empty(xml, start, end) else _tag_end(xml, end)


def retagged(tag: bytes, changes: Mapping[bytes, bytes | None]) -> bytes:
    """Return a start tag with attributes changed, dropped (None) or, where they are new, put last; open, never `/>`."""
    rest = dict(changes)

    def one(match: re.Match[bytes]) -> bytes:
        name = match[1]
        if name not in rest:
            return match[0]
        value = rest.pop(name)
        return b"" if value is None else b' %b="%b"' % (name, value)

    body = _ATTRIBUTE.sub(one, tag.rstrip(b">").rstrip(b"/").rstrip())
    return body + b"".join(b' %b="%b"' % (k, v) for k, v in rest.items() if v is not None) + b">"


def _content(value: Value, prefix: bytes) -> tuple[bytes | None, bytes]:
    """Return the type attribute and the value element of a cell."""
    v = b"<%bv>%%b</%bv>" % (prefix, prefix)
    if value is None:
        return None, b""
    if isinstance(value, bool):
        return b"b", v % (b"1" if value else b"0")
    if isinstance(value, ErrorValue):
        return b"e", v % str(value if value in _STORED_ERRORS else ErrorValue.VALUE).encode()
    if isinstance(value, str):
        return b"str", v % xml_text(value)
    return None, v % number_text(value).encode()


def number_text(value: float) -> str:
    """Return a number as a file holds it: the shortest text that reads back as the same number."""
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    return repr(float(value)).upper()


def xml_text(text: str) -> bytes:
    """Return a text for an element, with characters that XML cannot carry written as `_xHHHH_`."""
    if _NOT_IN_XML.search(text):
        text = _NOT_IN_XML.sub(lambda m: f"_x{ord(m[0]):04X}_", text)
    return escape(text).encode("utf-8")


def _cell(sheet: SheetXml, cell: CellXml, value: Value, ref: str | None) -> bytes:
    """Return a cell's new bytes: its tag, its formula as it was, and the value."""
    xml, prefix = sheet.xml, sheet.prefix.encode()
    formula = b""
    if cell.formula is not None:
        start = cell.formula.start
        formula = xml[start : _element_end(xml, start, cell.formula.end)]
        if ref is not None:
            tag = xml[start : _tag_end(xml, start)]
            closed = tag.endswith(b"/>")
            new = retagged(tag, {b"ref": ref.encode()})
            formula = (new[:-1] + b"/>" if closed else new) + formula[len(tag) :]
    kind, content = _content(value, prefix)
    tag = retagged(xml[cell.start : _tag_end(xml, cell.start)], {b"t": kind, b"vm": None})
    if not formula and not content:
        return tag[:-1] + b"/>"
    return tag + formula + content + b"</%bc>" % prefix


def _new_cell(sheet: SheetXml, row: RowXml | None, number: int, column: int, value: Value) -> bytes:
    kind, content = _content(value, sheet.prefix.encode())
    style = sheet.style(number, column, row)
    attributes = f' r="{cell_name(number, column)}"' + (f' s="{style}"' if style else "")
    if kind:
        attributes += f' t="{kind.decode()}"'
    p = sheet.prefix
    return f"<{p}c{attributes}>".encode() + content + f"</{p}c>".encode()


def _insertions(sheet: SheetXml, new: Mapping[int, list[tuple[int, Value]]]) -> list[tuple[int, int, bytes]]:
    """Return the edits that put new cells, and rows where they are missing, into their places."""
    if not new:
        return []
    edits: list[tuple[int, int, bytes]] = []
    xml, p = sheet.xml, sheet.prefix
    by_number = {row.number: row for row in sheet.rows}
    missing: list[tuple[int, bytes]] = []
    for number, cells in sorted(new.items()):
        row = by_number.get(number)
        parts = [(column, _new_cell(sheet, row, number, column, value)) for column, value in sorted(cells)]
        if row is None:
            missing.append(
                (number, f'<{p}row r="{number}">'.encode() + b"".join(c for _, c in parts) + f"</{p}row>".encode())
            )
            continue
        tag_end = _tag_end(xml, row.start)
        tag = xml[row.start : tag_end]
        if b"spans=" in tag:
            edits.append((row.start, tag_end, _wider(tag, min(parts)[0], max(parts)[0])))
        if _is_empty(xml, row.start, row.end):
            edits = [edit for edit in edits if edit[0] != row.start]
            opened = _wider(tag, min(parts)[0], max(parts)[0])
            edits.append((row.start, tag_end, opened + b"".join(c for _, c in parts) + f"</{p}row>".encode()))
            continue
        for column, content in parts:
            place = next((cell.start for cell in row.cells if cell.column > column), row.end)
            edits.append((place, place, content))
    edits += _new_rows(sheet, missing)
    return edits


def _new_rows(sheet: SheetXml, missing: list[tuple[int, bytes]]) -> list[tuple[int, int, bytes]]:
    if not missing or sheet.data is None:
        return []
    start, end = sheet.data
    if _is_empty(sheet.xml, start, end):
        tag_end = _tag_end(sheet.xml, start)
        content = b"".join(content for _, content in missing)
        opened = retagged(sheet.xml[start:tag_end], {})
        return [(start, tag_end, opened + content + f"</{sheet.prefix}sheetData>".encode())]
    places = (
        (next((row.start for row in sheet.rows if row.number > number), end), content) for number, content in missing
    )
    return [(place, place, content) for place, content in places]


def _wider(tag: bytes, first: int, last: int) -> bytes:
    """Return the tag of a row, open, whose `spans` covers the new cells."""
    spans = re.search(rb"""\sspans=["'](\d+):(\d+)["']""", tag)
    if spans is None:
        return retagged(tag, {})
    return retagged(tag, {b"spans": b"%d:%d" % (min(int(spans[1]), first), max(int(spans[2]), last))})


def _grown_dimension(sheet: SheetXml, new: Mapping[int, list[tuple[int, Value]]]) -> list[tuple[int, int, bytes]]:
    if not new or sheet.dimension is None:
        return []
    start, ref = sheet.dimension
    area = parse_area(ref, "")
    if area is None:
        return []
    columns = [column for cells in new.values() for column, _ in cells]
    grown = Area(
        "",
        min(area.first_row, *new),
        min(area.first_column, *columns),
        max(area.last_row, *new),
        max(area.last_column, *columns),
    )
    if grown == area:
        return []
    tag_end = _tag_end(sheet.xml, start)
    tag = sheet.xml[start:tag_end]
    opened = retagged(tag, {b"ref": grown.address.encode()})
    return [(start, tag_end, opened[:-1] + b"/>" if tag.endswith(b"/>") else opened)]
