"""Values written back into exactly the places of a worksheet part in which they stand.

Nothing is printed anew: a cell whose cached value changed is cut out and its new form put in; every other byte of the
sheet, formulas and styles among them, stays as it was. Other parts are changed by the same means.
"""

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.references import Area, cell_name, parse_area
from crm_xl.xlsx.sheet import CellXml, Position, RowXml, SheetXml, Value

# The namespace of worksheets, and of all else that only spreadsheets have.
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TAG = re.compile(rb"""<[^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
# Errors that a file may hold as they are; newer ones need metadata of their own and are stored as #VALUE!.
STORED_ERRORS = {
    ErrorValue.NULL, ErrorValue.DIV0, ErrorValue.VALUE, ErrorValue.REF,
    ErrorValue.NAME, ErrorValue.NUM, ErrorValue.NA, ErrorValue.GETTING_DATA,
}  # fmt: skip
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


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
        edits.append(_edit(sheet, cell, value, ref))
    edits += _insertions(sheet, new)
    if not edits:
        return sheet.xml, 0
    edits += _grown_dimension(sheet, new)
    return spliced(sheet.xml, edits), changed


def without_formulas(sheet: SheetXml, cells: Iterable[CellXml]) -> bytes:
    """Return the part with the formulas of these cells cut out; their values stay."""
    edits: list[tuple[int, int, bytes]] = []
    for cell in cells:
        if cell.formula is not None:
            end = _tag_end(sheet.xml, cell.start)
            edits.append((cell.start, end, retagged(sheet.xml[cell.start : end], {b"cm": None})))
            edits.append((cell.formula.start, _element_end(sheet.xml, cell.formula.start, cell.formula.end), b""))
    return spliced(sheet.xml, edits)


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
    return spliced(sheet.xml, edits)


def _is_held(value: Value, sheet: SheetXml, cell: CellXml, texts: tuple[str, ...]) -> bool:
    """Whether a cell holds a value already; one that was cached for a formula may be unreadable, and is replaced."""
    try:
        return _same(value, sheet.value(cell, texts))
    except (ValueError, IndexError, TypeError):
        return False


def _same(one: Value, two: Value) -> bool:
    if isinstance(one, float | int) and isinstance(two, float | int):
        return one == two and isinstance(one, bool) == isinstance(two, bool)
    if isinstance(one, ErrorValue) and one not in STORED_ERRORS:
        one = ErrorValue.VALUE
    return type(one) is type(two) and one == two


def spliced(xml: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return a part with pieces replaced: where each begins and ends, and what comes in its place."""
    pieces: list[bytes] = []
    at = 0
    for start, end, content in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (xml[at:start], content)
        at = end
    pieces.append(xml[at:])
    return b"".join(pieces)


def inserted_before(xml: bytes, end: str, elements: str) -> bytes:
    """Return a part with elements put before the last end tag of a name, all without prefix: they take that of the tag.

    Raises
    ------
    ValueError
        Where there is no such tag.

    >>> inserted_before(b"<x:a><x:b/></x:a>", "a", "<c><d/></c>")
    b'<x:a><x:b/><x:c><x:d/></x:c></x:a>'
    """
    found = [*re.finditer(rb"</((?:\w+:)?)%b\s*>" % end.encode(), xml)]
    if not found:
        raise ValueError(f"no </{end}>")
    at = found[-1].start()
    return xml[:at] + prefixed(elements, found[-1][1]) + xml[at:]


def with_name(book: bytes, name: str, formula: str) -> bytes:
    """Return the workbook part with one more defined name, a hidden one, which stands for a formula.

    Raises
    ------
    ValueError
        Where the part has no list of sheets.

    >>> with_name(b"<a><sheets></sheets></a>", "rate", "0.1")
    b'<a><sheets></sheets><definedNames><definedName name="rate" hidden="1">0.1</definedName></definedNames></a>'
    """
    element = f'<definedName name="{name}" hidden="1">{xml_text(formula).decode()}</definedName>'
    if re.search(rb"</(?:\w+:)?definedNames\s*>", book):
        return inserted_before(book, "definedNames", element)
    # The order of the elements is fixed: names stand behind these.
    before = [*re.finditer(rb"</((?:\w+:)?)(?:sheets|functionGroups|externalReferences)\s*>", book)]
    if not before:
        raise ValueError("no </sheets>")
    new = prefixed(f"<definedNames>{element}</definedNames>", before[-1][1])
    return book[: before[-1].end()] + new + book[before[-1].end() :]


def without_name(book: bytes, name: str) -> bytes:
    """Return the workbook part without a defined name; the list of names goes with its last one.

    >>> without_name(with_name(b"<a><sheets></sheets></a>", "rate", "0.1"), "rate")
    b'<a><sheets></sheets></a>'
    """
    pattern = rb"""<(?:\w+:)?definedName\b[^>]*\sname=["']%b["'][^>]*>[^<]*</(?:\w+:)?definedName>"""
    book, gone = re.subn(pattern % re.escape(name.encode()), b"", book)
    return re.sub(rb"<((?:\w+:)?)definedNames\s*></\1definedNames\s*>", b"", book) if gone else book


def prefixed(elements: str, prefix: bytes) -> bytes:
    """Return elements written without a prefix with one, which ends in a colon, or is empty."""
    return re.sub(rb"<(/?)(\w)", rb"<\1%b\2" % prefix, elements.encode())


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
    if value is None:
        return None, b""
    kind, text = _stored(value)
    return kind.encode() if kind != "n" else None, b"<%bv>%b</%bv>" % (prefix, text, prefix)


def _stored(value: float | str | bool | ErrorValue) -> tuple[str, bytes]:
    """Return the type of a value and its text, as a file holds them."""
    if isinstance(value, bool):
        return "b", b"1" if value else b"0"
    if isinstance(value, ErrorValue):
        return "e", str(value if value in STORED_ERRORS else ErrorValue.VALUE).encode()
    if isinstance(value, str):
        return "str", xml_text(value)
    return "n", number_text(value).encode()


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


def _edit(sheet: SheetXml, cell: CellXml, value: Value, ref: str | None) -> tuple[int, int, bytes]:
    """Return the bytes to replace in a cell: the text of its value alone, if the value stays of its type."""
    xml = sheet.xml
    if ref is None and value is not None and cell.held is not None:
        kind, text = _stored(value)
        start, end = cell.held
        if kind == cell.type and xml.startswith(b"</%bv" % sheet.prefix.encode(), end):
            return _tag_end(xml, start), end, text
    return cell.start, _element_end(xml, cell.start, cell.end), _cell(sheet, cell, value, ref)


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
