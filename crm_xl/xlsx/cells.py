"""The filled cells of a worksheet that comes from anybody, read fast: one pass over its bytes, no model of blank cells.

A reader that lays a sheet out as a rectangle can be made to ask for any amount of memory by one cell far away; here a
cell costs what it holds. The pass expects the spelling that spreadsheet programs have in common (`<c r="B6" …>`). A
sheet that is spelt otherwise (prefixes, comments, cells without a place) is first written out plainly by an XML parser.
"""

import datetime as dt
import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pyexpat import ExpatError, ParserCreate
from types import MappingProxyType

from openpyxl.utils.datetime import from_ISO8601

from crm_xl.errors import Cell, ErrorValue
from crm_xl.xlsx.emphasis import Emphasis, is_marked
from crm_xl.xlsx.limits import limits, variable
from crm_xl.xlsx.package import WorkbookError, declares_doctype, refuse_bloated
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area, cell_name, parse_area, unescaped
from crm_xl.xlsx.workbook import local_name

# The sheet Workings of the largest form (5,000 lines) has 38 MB, and more once a program has stored its values.
MAX_SHEET_BYTES = 96 * 2**20
# A sheet that is spelt otherwise becomes a tree first, of which each tag takes a hundred bytes.
_MAX_REWRITTEN = 24 * 2**20
# All rows of a sheet in the columns of a table; the second count needs 40 bytes for each of its cells, filled or not.
MAX_RECTANGLE = 25 * LAST_ROW
# No piece of it gives back what it took, and none runs past the next tag: bytes that are no XML cost no more.
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}+[0-9]{1,7}+)"([^<>/]*+)>'
    rb"(?:<f([^<>/]*+)(?:/>|>([^<]*+)</f>))?+"
    rb"(?:<v[^<>/]*+>([^<]*+)</v>|<v/>|<v />)?+(?:<is>([^<]*+(?:<(?!/is>|c[ >])[^<]*+)*+)</is>)?+</c>"
)
# A cell that holds something, and with what it begins.
_FILLED = re.compile(rb'<c r="([A-Z]{1,3}+[0-9]{1,7}+)"([^<>/]*+)><(f|v|is)[\s/>]')
_PLAIN_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>]*\?>)?\s*<worksheet[\s>]")
_TYPE = re.compile(rb'\st="(\w+)"')
_STYLE = re.compile(rb'\ss="(\d{1,6})"')
_GROUP = re.compile(rb'\ssi="(\d+)"')
_TEXT = re.compile(r"<t(?:\s[^>]*)?>([^<]*)</t>")
_HIDDEN_ROW = re.compile(rb'<row ([^<>]*hidden="(?:1|true)"[^<>]*)>')
_HIDDEN_COLUMN = re.compile(rb'<col ([^<>]*hidden="(?:1|true)"[^<>]*)>')
_HELP = re.compile(r"<rPh[^<]*(?:<(?!/?rPh)[^<]*)*</rPh>")
_MERGED = re.compile(rb'<mergeCell ref="([^"<>]+)"')
# The kind of a number whose style may show it as a date.
_DATED = b"dated"
_NO_DATES: Mapping[int, float] = MappingProxyType({})
_ERRORS = {str(code): code for code in ErrorValue}


@dataclass(frozen=True, eq=False)
class SheetCells:
    """What stands on a worksheet: `rows` by number, in each the values by column number, `formulas` by place.

    `dated` are the places of numbers that show as a date or a time. They stay numbers: a year may have such a format.
    `struck` are those of cells that are struck out, `marked` those of texts of which a part is struck out, raised or
    lowered. `shown` says of numbers that show with a currency or a unit how a 1 would show there.
    """

    name: str
    xml: bytes
    rows: dict[int, dict[int, Cell]]
    formulas: dict[tuple[int, int], str]
    dated: frozenset[tuple[int, int]] = frozenset()
    struck: frozenset[tuple[int, int]] = frozenset()
    marked: frozenset[tuple[int, int]] = frozenset()
    shown: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def value(self, row: int, column: int) -> Cell:
        """Return what a cell holds; None where it is blank."""
        return self.rows.get(row, {}).get(column)

    @cached_property
    def hidden_rows(self) -> frozenset[int]:
        """The rows that do not show, filtered ones among them."""
        if b"hidden=" not in self.xml:
            return frozenset()
        return frozenset(int(_attribute(tag, b"r")) for tag in _HIDDEN_ROW.findall(self.xml))

    @cached_property
    def _frame(self) -> bytes:
        """What stands before and after the rows."""
        first, last = self.xml.find(b"<sheetData"), self.xml.rfind(b"</sheetData>")
        return self.xml if last < 0 else self.xml[:first] + self.xml[last:]

    @cached_property
    def hidden_columns(self) -> tuple[tuple[int, int], ...]:
        """The columns that do not show, each run by its first and its last."""
        tags = _HIDDEN_COLUMN.findall(self._frame)
        return tuple((int(_attribute(tag, b"min")), int(_attribute(tag, b"max"))) for tag in tags)

    @cached_property
    def merged(self) -> tuple[Area, ...]:
        """The areas in which cells were merged into one."""
        areas = (parse_area(ref.decode(), self.name) for ref in _MERGED.findall(self._frame))
        return tuple(area for area in areas if area is not None)

    @property
    def filtered(self) -> bool:
        """Whether a filter of the sheet hides rows (a table has a filter of its own)."""
        return b"<filterColumn" in self._frame


@dataclass(frozen=True, kw_only=True, eq=False)
class FilledCells:
    """The cells of a worksheet that hold something, by their names: formulas, numbers, and all else."""

    formulas: frozenset[bytes]
    numbers: frozenset[bytes]
    others: frozenset[bytes]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.formulas) + len(self.numbers) + len(self.others)


def filled_cells(xml: bytes, *, file: str, part: str) -> FilledCells:
    """Return which cells of a worksheet part hold something, in a sixth of the time that reading them takes.

    Raises
    ------
    WorkbookError
        Where the part is too large or broken.
    """
    xml, found = _matched(_FILLED, xml, file, part)
    formulas: set[bytes] = set()
    numbers: set[bytes] = set()
    others: set[bytes] = set()
    kinds: dict[bytes, bool] = {}
    for name, attributes, begins in found:
        if begins == b"f":
            formulas.add(name)
            continue
        if attributes not in kinds:
            kind = _TYPE.search(attributes)
            kinds[attributes] = kind is None or kind[1] == b"n"
        (numbers if kinds[attributes] else others).add(name)
    return FilledCells(formulas=frozenset(formulas), numbers=frozenset(numbers), others=frozenset(others))


def _matched(pattern: re.Pattern[bytes], xml: bytes, file: str, part: str) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """A worksheet in the one spelling, and what a pattern of a cell finds in it: every cell, or the part is refused."""
    if len(xml) > MAX_SHEET_BYTES:
        raise WorkbookError("book_too_large", file=file, part=part, limit=MAX_SHEET_BYTES // 2**20)
    refuse_bloated(xml, file, part, limits().sheet_tags)
    if xml.count(b"</c>") > (most := limits().cells):
        raise WorkbookError("book_too_many_cells", file=file, part=part, limit=most, variable=variable("cells"))
    _refuse_malformed(xml, file, part)
    found = pattern.findall(xml) if _is_plain(xml) else []
    if len(found) != xml.count(b"</c>") or not found:
        xml = _plainly(xml, file, part)
        found = pattern.findall(xml)
        if len(found) != xml.count(b"</c>"):
            raise WorkbookError("book_broken_part", file=file, part=part)
    return xml, found


def read_cells(
    xml: bytes,
    texts: tuple[str, ...],
    *,
    sheet: str,
    file: str,
    part: str,
    dates_from: Mapping[int, float] = _NO_DATES,
    emphasis: Emphasis | None = None,
) -> SheetCells:
    """Read the filled cells of a worksheet part.

    Parameters
    ----------
    xml
        The part.
    texts
        The shared texts of the workbook.
    sheet, file, part
        What messages call them.
    dates_from
        The cell styles that show dates, as `Structure.dates_from`.
    emphasis
        What the workbook strikes out, raises or lowers, where that is asked for.

    Raises
    ------
    WorkbookError
        Where the part is too large, broken, or holds a value that is none.
    """
    xml, found = _matched(_CELL, xml, file, part)
    rows: dict[int, dict[int, Cell]] = {}
    formulas: dict[tuple[int, int], str] = {}
    shared: dict[bytes, str] = {}
    kinds: dict[bytes, bytes] = {}
    least: dict[bytes, float] = {}
    dated: set[tuple[int, int]] = set()
    current = -1
    cells: dict[int, Cell] = {}
    for name, attributes, calculated, formula, raw, inline in found:
        place = row, column = _place(name)
        try:
            kind = kinds[attributes]
        except KeyError:
            kind = kinds[attributes] = match[1] if (match := _TYPE.search(attributes)) else b"n"
            style = int(match[1]) if (match := _STYLE.search(attributes)) else 0
            if kind == b"n" and style in dates_from:
                kind = kinds[attributes] = _DATED
                least[attributes] = dates_from[style]
        value: Cell
        try:
            if kind == b"n" or kind == _DATED:
                value = float(raw) if raw and b"_" not in raw else _number(raw)
                # No program writes a number that is none, or infinite: it is an error and not an amount.
                if value is not None and value - value != 0:
                    value = ErrorValue.NUM
                elif kind == _DATED and value is not None and value >= least[attributes]:
                    dated.add(place)
            elif kind == b"s":
                value = texts[int(raw)] if raw.isdigit() else _number(raw)
            elif kind == b"str":
                value = (_written(raw) or None) if raw else None
            else:
                value = _other(kind, raw.decode(), inline.decode())
        except (ValueError, IndexError, UnicodeError):
            raise WorkbookError("book_broken_cell", file=file, sheet=sheet, cell=cell_name(row, column)) from None
        if row != current:
            current, cells = row, rows.setdefault(row, {})
        if column in cells:  # readers would disagree on which of the two counts
            raise WorkbookError("book_broken_cell", file=file, sheet=sheet, cell=cell_name(row, column))
        cells[column] = value
        if calculated:
            formulas[place] = _formula(calculated, formula, shared)
        elif formula:
            formulas[place] = _written_formula(formula)
    if any(row > LAST_ROW or row < 1 for row in rows):
        raise WorkbookError("book_broken_part", file=file, part=part)
    _refuse_far(rows, file, sheet)
    struck, marked = _emphasised(found, emphasis, xml) if emphasis else (frozenset(), frozenset())
    shown = _shown(found, kinds, emphasis.shown_styles) if emphasis else {}
    return SheetCells(sheet, xml, rows, formulas, frozenset(dated), struck, marked, shown)


def _shown(
    found: list[tuple[bytes, ...]], kinds: Mapping[bytes, bytes], styles: Mapping[int, str]
) -> dict[tuple[int, int], str]:
    """The places of numbers whose style shows something beside them."""
    odd = {}
    for attributes, kind in kinds.items():
        style = _STYLE.search(attributes)
        if kind == b"n" and style is not None and int(style[1]) in styles:
            odd[attributes] = styles[int(style[1])]
    return {_place(name): odd[attributes] for name, attributes, *_ in found if attributes in odd} if odd else {}


def _emphasised(
    found: list[tuple[bytes, ...]], emphasis: Emphasis, xml: bytes
) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """The places of cells that are struck out, and of those of which a part is marked."""
    struck: set[tuple[int, int]] = set()
    marked: set[tuple[int, int]] = set()
    if not (emphasis.struck_styles or emphasis.marked_texts or b"trike" in xml or b"vertAlign" in xml):
        return frozenset(), frozenset()
    for name, attributes, _, _, raw, inline in found:
        style = _STYLE.search(attributes)
        if style is not None and int(style[1]) in emphasis.struck_styles:
            struck.add(_place(name))
        kind = _TYPE.search(attributes)
        shared = kind is not None and kind[1] == b"s" and raw.isdigit() and int(raw) in emphasis.marked_texts
        if shared or (inline and is_marked(inline.decode("utf-8", "replace"))):
            marked.add(_place(name))
    return frozenset(struck), frozenset(marked)


def _is_plain(xml: bytes) -> bool:
    """Whether a sheet has no prefixes, comments or single quotes; one byte alone is looked for much faster than two."""
    odd = (b"!" in xml and b"<!" in xml) or (b"'" in xml and b"='" in xml)
    return not odd and _PLAIN_ROOT.match(xml) is not None


def _refuse_far(rows: dict[int, dict[int, Cell]], file: str, sheet: str) -> None:
    """Refuse a sheet with a cell so far away that a reader which lays sheets out as rectangles would want it all."""
    filled = {row: max(cells) for row, cells in rows.items() if cells}
    if filled and max(filled) * max(filled.values()) > MAX_RECTANGLE:
        row, column = max(filled.items(), key=lambda place: place[0] * place[1])
        raise WorkbookError("book_far_cell", file=file, sheet=sheet, cell=cell_name(row, column))


def _number(raw: bytes) -> float | None:
    """A blank, where nothing stands; Python reads more as numbers than spreadsheet programs do, such as `1_000`."""
    if raw.strip():
        raise ValueError(raw)
    return None


def _refuse_malformed(xml: bytes, file: str, part: str) -> None:
    """A sheet that was damaged may have lost lines: it is not read as far as it goes."""
    try:
        ParserCreate().Parse(xml, True)
    except (ExpatError, LookupError, ValueError):  # the latter two: encodings that the parser does not know
        raise WorkbookError("book_broken_part", file=file, part=part) from None


def _other(kind: bytes, raw: str, inline: str) -> Cell:
    match kind:
        case b"inlineStr":
            return _text("".join(_TEXT.findall(_HELP.sub("", inline)))) or None
        case b"b":
            return raw.strip() in ("1", "true") if raw.strip() else None
        case b"e":
            return _ERRORS.get(_text(raw).strip(), ErrorValue.VALUE)
        case b"d":
            day = from_ISO8601(raw.strip()) if raw.strip() else None
            return day if day is None or isinstance(day, dt.date) else _no_day(raw)
        case _:
            raise ValueError(kind)


def _no_day(raw: str) -> str:
    """A time of day alone is shown as it stands."""
    return raw


def _text(raw: str) -> str:
    return unescaped(html.unescape(raw) if "&" in raw else raw)


@lru_cache(maxsize=4096)
def _written(raw: bytes) -> str:
    """The text of a cell; most stand on many lines, and in many returns."""
    return _text(raw.decode())


@lru_cache(maxsize=1024)
def _written_formula(formula: bytes) -> str:
    return _text(formula.decode("utf-8", "replace"))


def _formula(attributes: bytes, formula: bytes, shared: dict[bytes, str]) -> str:
    """The text of a formula with attributes; where it follows that of another cell, the text that stands there."""
    text = _written_formula(formula)
    if group := _GROUP.search(attributes):
        text = shared.setdefault(group[1], text) if text else shared.get(group[1], "")
    return text


@lru_cache(maxsize=100_000)
def _place(name: bytes) -> tuple[int, int]:
    """Row and column of a cell by its name; thousands of returns name the same ones."""
    letters = name.rstrip(b"0123456789")
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return int(name[len(letters) :]), min(number, LAST_COLUMN)


def _attribute(tag: bytes, name: bytes) -> bytes:
    match = re.search(rb'(?:^|\s)%b="(\d{1,7})"' % name, tag)
    return match[1] if match else b"0"


def _plainly(xml: bytes, file: str, part: str) -> bytes:
    """A worksheet in the one spelling: no prefixes, no comments, every cell with its place."""
    if declares_doctype(xml):
        raise WorkbookError("book_doctype", file=file, part=part)
    if len(xml) > _MAX_REWRITTEN:
        raise WorkbookError("book_too_large", file=file, part=part, limit=_MAX_REWRITTEN // 2**20)
    try:
        root = ET.fromstring(xml)
        next_row = 1
        for element in root.iter():
            element.tag = local_name(element)
        for row in root.iter("row"):
            number = int(row.get("r", next_row))
            next_row, next_column = number + 1, 1
            row.attrib = {"r": str(number), **row.attrib}
            row[:] = [cell for cell in row if cell.tag == "c"]
            for cell in row:
                place = parse_area(cell.get("r", cell_name(number, next_column)), "")
                if place is None:
                    raise ValueError("no such cell")
                next_column = place.last_column + 1
                cell.attrib = {"r": cell_name(place.first_row, place.first_column), **_without_place(cell.attrib)}
                _keep_value(cell)
        if root.tag != "worksheet":
            raise ValueError("no worksheet")
        return bytes(ET.tostring(root, encoding="utf-8"))
    except (ET.ParseError, ValueError, LookupError, RecursionError):
        raise WorkbookError("book_broken_part", file=file, part=part) from None


def _without_place(attributes: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if key != "r"}


def _keep_value(cell: ET.Element) -> None:
    """Leave in a cell what it holds, in the order in which it is looked for."""
    kept = [next((child for child in cell if child.tag == tag), None) for tag in ("f", "v", "is")]
    cell[:] = []
    cell.text = None
    for found in kept:
        if found is not None:
            found.tail = None
            cell.append(found)
