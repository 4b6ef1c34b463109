"""What the parts of a package say about the workbook: its sheets, names, tables, texts and date formats."""

import math
import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from crm_xl.xlsx.limits import limits, variable
from crm_xl.xlsx.package import Package, WorkbookError, declares_doctype, refuse_bloated
from crm_xl.xlsx.references import Table, parse_area, unescaped
from crm_xl.xlsx.sheet import SheetXml

# What spreadsheet programs of East Asia show as dates with no code of the format in the file (ECMA-376, 18.8.30).
_EAST_ASIAN_DATES = dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy/m/d")
# A format that shows years as numbers, and what is larger as a date: `[<2201]0;yyyy-mm-dd`.
_DATE_FROM = re.compile(r"\[<(\d{1,6})\][^;]*;([^;]*)")
# From the first day of the one calendar of spreadsheets to that of the other.
DAYS_TO_1904 = 1462
# The most that spreadsheet programs take; the search for dates takes the square of the length.
_LONGEST_FORMAT = 255


@dataclass(frozen=True, kw_only=True)
class SheetPart:
    """One worksheet: its name, the number that calcChain knows it by, and its part."""

    name: str
    number: int
    part: str


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Everything of a workbook that is not a cell.

    `date_styles` are the cell styles that show a number as a date or time; `dates_from` has these too, and those that
    do so only from some number on, which it says; `tabs` are the names of all sheets, those of charts included.
    """

    package: Package
    part: str
    sheets: tuple[SheetPart, ...]
    names: dict[tuple[str | None, str], str]
    tables: dict[str, Table]
    texts: tuple[str, ...]
    date_styles: frozenset[int]
    dates_from: dict[int, float]
    dynamic_cells: frozenset[int]
    calculation: dict[str, str]
    related: dict[str, str] = field(default_factory=dict)
    since_1904: bool = False
    tabs: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.package.name

    def sheet_name(self, text: str) -> str | None:
        """Return the name of a worksheet as the workbook spells it, or None where there is none."""
        return next((sheet.name for sheet in self.sheets if sheet.name.casefold() == text.casefold()), None)


def read_structure(package: Package) -> Structure:
    """Read the structure of a workbook.

    Parameters
    ----------
    package
        The file; its worksheets need not be unpacked.

    Raises
    ------
    WorkbookError
        Where parts are missing or broken.
    """
    part = next((target for kind, target in relations_of(package, "").values() if kind == "officeDocument"), "")
    if part not in package.parts:
        raise WorkbookError("book_no_workbook", file=package.name)
    root = parse_xml(package, part)
    if local_name(root) != "workbook":
        raise WorkbookError("book_no_workbook", file=package.name)
    properties = _child(root, "workbookPr")
    relations = relations_of(package, part)
    tabs = [tab for group in _all(root, "sheets") for tab in _all(group, "sheet")]
    sheets = tuple(
        SheetPart(name=tab.get("name", ""), number=_whole(package, part, tab, "sheetId", 0), part=target)
        for tab in tabs
        for kind, target in [relations.get(_attribute(tab, "id"), ("", ""))]
        if kind == "worksheet"
    )
    names = [sheet.name.casefold() for sheet in sheets]
    if "" in names or len({*names}) < len(names) or len({sheet.part for sheet in sheets}) < len(names):
        raise WorkbookError("book_broken_part", file=package.name, part=part)
    for sheet in sheets:
        if sheet.part not in package.infos:
            raise WorkbookError("book_part_missing", file=package.name, part=sheet.part)
    related = {kind: target for kind, target in relations.values() if target in package.parts}
    calculation = _child(root, "calcPr")
    dates_from = _date_styles(package, related.get("styles"))
    return Structure(
        package=package,
        part=part,
        sheets=sheets,
        names=dict(_names(package, part, root, [tab.get("name", "") for tab in tabs])),
        tables=_tables(package, sheets),
        texts=_texts(package, related.get("sharedStrings")),
        date_styles=frozenset(style for style, least in dates_from.items() if least == -math.inf),
        dates_from=dates_from,
        dynamic_cells=_dynamic_cells(package, related.get("sheetMetadata")),
        calculation=dict(calculation.attrib) if calculation is not None else {},
        related=related,
        since_1904=properties is not None and properties.get("date1904") in ("1", "true"),
        tabs=tuple(tab.get("name", "") for tab in tabs),
    )


def read_sheets(structure: Structure) -> dict[str, SheetXml]:
    """Return the cells of every sheet by its name.

    Raises
    ------
    WorkbookError
        Where a sheet is broken, or all of them together have more cells or formulas than the limits.
    """
    package, bounds = structure.package, limits()
    sheets: dict[str, SheetXml] = {}
    cells = formulas = 0
    for part in structure.sheets:
        sheet = SheetXml(package.parts[part.part], package.name, part.part, bounds.cells - cells)
        cells += len(sheet.cells)
        formulas += sum(cell.formula is not None for cell in sheet.cells.values())
        if formulas > bounds.formulas:
            details = {"limit": bounds.formulas, "variable": variable("formulas")}
            raise WorkbookError("book_too_many_formulas", file=package.name, **details)
        sheets[part.name] = sheet
    return sheets


def parse_xml(package: Package, part: str) -> ET.Element:
    """Return a part as elements.

    Raises
    ------
    WorkbookError
        Where it is not well-formed, declares a document type, or is larger than the limits.
    """
    xml = package.parts[part]
    if declares_doctype(xml):
        raise WorkbookError("book_doctype", file=package.name, part=part)
    refuse_bloated(xml, package.name, part, limits().tags)
    try:
        return ET.fromstring(xml)
    except (ET.ParseError, ValueError, LookupError):  # the latter two: encodings that the parser does not know
        raise WorkbookError("book_broken_part", file=package.name, part=part) from None


def local_name(element: ET.Element) -> str:
    """Return the name of an element without its namespace: strict and transitional files differ in it."""
    return element.tag.rpartition("}")[2]


def _all(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    """The children of that name, whatever the namespace."""
    return (child for child in element if local_name(child) == tag)


def _child(element: ET.Element | None, tag: str) -> ET.Element | None:
    return None if element is None else next(_all(element, tag), None)


def _attribute(element: ET.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name and "}" in key), "")


def relations_part(part: str) -> str:
    """Return the name of the part that holds the relations of a part."""
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def relations_of(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part to others in the package: id → (last word of the type, part)."""
    folder, name = posixpath.dirname(part), relations_part(part)
    if name not in package.parts:
        return {}
    return {
        relation.get("Id", ""): (
            relation.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/"),
        )
        for relation in parse_xml(package, name)
        if relation.get("TargetMode") != "External"
    }


def _whole(package: Package, part: str, element: ET.Element, name: str, default: int) -> int:
    """Return a number that is counted from 0 and stands in an attribute."""
    text = element.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WorkbookError("book_broken_part", file=package.name, part=part)
    return int(text)


def _names(
    package: Package, part: str, root: ET.Element, tabs: list[str]
) -> Iterator[tuple[tuple[str | None, str], str]]:
    for group in _all(root, "definedNames"):
        for name in _all(group, "definedName"):
            local = _whole(package, part, name, "localSheetId", len(tabs))
            scope = tabs[local] if local < len(tabs) else None
            yield (scope, name.get("name", "").casefold()), (name.text or "").strip()


def _tables(package: Package, sheets: tuple[SheetPart, ...]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for sheet in sheets:
        for kind, part in relations_of(package, sheet.part).values():
            if kind != "table" or part not in package.parts:
                continue
            table = _table(package, part, sheet)
            if tables.setdefault(table.name.casefold(), table) is not table:
                raise WorkbookError("book_broken_part", file=package.name, part=part)
    return tables


def _table(package: Package, part: str, sheet: SheetPart) -> Table:
    root = parse_xml(package, part)
    area = parse_area(root.get("ref", ""), sheet.name)
    columns = [column for group in _all(root, "tableColumns") for column in _all(group, "tableColumn")]
    header = _whole(package, part, root, "headerRowCount", 1)
    totals = _whole(package, part, root, "totalsRowCount", 0)
    if (
        area is None
        or len(columns) != area.last_column - area.first_column + 1
        or header + totals > area.last_row - area.first_row + 1
    ):
        raise WorkbookError("book_broken_part", file=package.name, part=part)
    return Table(
        name=root.get("displayName", ""),
        area=area,
        columns=tuple(unescaped(column.get("name", "")) for column in columns),
        header_rows=header,
        totals_rows=totals,
        filtered=any(True for group in _all(root, "autoFilter") for _ in _all(group, "filterColumn")),
    )


def _texts(package: Package, part: str | None) -> tuple[str, ...]:
    """Return the shared strings: plain ones, and the runs of rich ones joined without their phonetic help."""
    if part is None:
        return ()
    return tuple(rich_text(item) for item in _all(parse_xml(package, part), "si"))


def rich_text(item: ET.Element) -> str:
    """Return the text of a string item."""
    pieces = []
    for child in item:
        tag = local_name(child)
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces += [run.text or "" for run in _all(child, "t")]
    return unescaped("".join(pieces))


def _date_styles(package: Package, part: str | None) -> dict[int, float]:
    """Return the cell styles that show a number as a date or time, each with the least number that shows so."""
    if part is None:
        return {}
    root = parse_xml(package, part)
    formats = BUILTIN_FORMATS | _EAST_ASIAN_DATES
    for group in _all(root, "numFmts"):
        formats |= {_whole(package, part, f, "numFmtId", 0): f.get("formatCode", "") for f in _all(group, "numFmt")}
    cell_formats = _child(root, "cellXfs")
    styles = enumerate(_all(cell_formats, "xf")) if cell_formats is not None else ()
    least = ((i, _date_from(formats.get(_whole(package, part, xf, "numFmtId", 0), ""))) for i, xf in styles)
    return {i: number for i, number in least if number is not None}


@lru_cache(maxsize=1024)
def _date_from(code: str) -> float | None:
    """The least number that a format shows as a date or time; None where it shows none so."""
    if len(code) > _LONGEST_FORMAT:
        return None
    if is_date_format(code):
        return -math.inf
    parts = _DATE_FROM.fullmatch(code)
    return float(parts[1]) if parts and is_date_format(parts[2]) else None


def _dynamic_cells(package: Package, part: str | None) -> frozenset[int]:
    """Return the values of a cell's `cm` that mark a dynamic array (metadata of the type XLDAPR)."""
    if part is None:
        return frozenset()
    root = parse_xml(package, part)
    types = _child(root, "metadataTypes")
    kinds = [t.get("name") for t in _all(types, "metadataType")] if types is not None else []
    cells = _child(root, "cellMetadata")
    found = set()
    for number, block in enumerate(_all(cells, "bk") if cells is not None else (), start=1):
        for record in _all(block, "rc"):
            place = _whole(package, part, record, "t", 0) - 1
            if 0 <= place < len(kinds) and kinds[place] == "XLDAPR":
                found.add(number)
    return frozenset(found)


def without_calc_chain(structure: Structure) -> dict[str, bytes | None]:
    """Return the changes that take the calculation chain out of a package: part, content type and relation."""
    part = structure.related["calcChain"]
    relations = relations_part(structure.part)
    parts = structure.package.parts
    return {
        part: None,
        "[Content_Types].xml": without_tag(parts["[Content_Types].xml"], b"Override", f"/{part}".encode()),
        relations: without_tag(parts[relations], b"Relationship", b"/calcChain"),
    }


def without_tag(xml: bytes, tag: bytes, mark: bytes) -> bytes:
    """Return a part without the first tag of that name in which an attribute ends in the mark."""
    pattern = rb"<(?:\w+:)?" + tag + rb"\b[^<>]*" + re.escape(mark) + rb"[\"'][^<>]*/>"
    return re.sub(pattern, b"", xml, count=1)
