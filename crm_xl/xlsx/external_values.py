"""What a workbook keeps of the other workbooks that it is linked to: the values of cells as they were last read.

Nothing of another workbook is opened. A formula names one by its number, `[1]Prices!B2`; the file holds the values of
the cells that its formulas read (ECMA-376, 18.14).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import TypeAlias

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.limits import limits
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import parse_area, unescaped
from crm_xl.xlsx.sheet import Value
from crm_xl.xlsx.workbook import Structure, local_name, parse_xml, relations_of

# Number of the workbook and name of the sheet, in small letters.
ExternalSheet: TypeAlias = tuple[int, str]
_REFERENCE = re.compile(r"'?\[([0-9]{1,4})\]((?:[^'!\[\]:]|'')+)'?!([^!]+)", re.ASCII)


def external_reference(text: str) -> tuple[ExternalSheet, str] | None:
    """Return the sheet of another workbook that a reference names, and the cells; None for any other text.

    >>> external_reference("'[2]Price list'!$A$1:B3"), external_reference("Costs[Amount]")
    (((2, 'price list'), '$A$1:B3'), None)
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    return (int(match[1]), match[2].replace("''", "'").casefold()), match[3]


def external_values(structure: Structure) -> dict[ExternalSheet, dict[tuple[int, int], Value]]:
    """Return the values by sheet and cell; a sheet of which nothing is kept, or that could not be read, is left out."""
    root = parse_xml(structure.package, structure.part)
    relations = relations_of(structure.package, structure.part)
    listed = [link for group in root if local_name(group) == "externalReferences" for link in group]
    found: dict[ExternalSheet, dict[tuple[int, int], Value]] = {}
    left = limits().cells
    for number, link in enumerate(listed, start=1):
        name = next((value for key, value in link.attrib.items() if key.endswith("}id")), "")
        kind, part = relations.get(name, ("", ""))
        if kind != "externalLink" or part not in structure.package.parts:
            continue
        try:
            for sheet, cells in _sheets(parse_xml(structure.package, part)):
                left -= len(cells)
                if left < 0:
                    return found
                found[number, sheet.casefold()] = cells
        except WorkbookError:
            continue  # what cannot be read keeps its formulas from being computed, and nothing else
    return found


def _sheets(root: ET.Element) -> Iterator[tuple[str, dict[tuple[int, int], Value]]]:
    names: list[str] = []
    for group in (group for book in root if local_name(book) == "externalBook" for group in book):
        if local_name(group) == "sheetNames":
            names = [sheet.get("val", "") for sheet in group]
        elif local_name(group) == "sheetDataSet":
            for sheet in group:
                number = sheet.get("sheetId", "")
                failed = sheet.get("refreshError") in ("1", "true")
                if failed or not (number.isascii() and number.isdigit() and int(number) < len(names)):
                    continue
                yield names[int(number)], {at: value for row in sheet for at, value in _cells(row)}


def _cells(row: ET.Element) -> Iterator[tuple[tuple[int, int], Value]]:
    for cell in row:
        area = parse_area(cell.get("r", ""), "")
        text = next((value.text or "" for value in cell if local_name(value) == "v"), None)
        if area is None or not area.is_cell or text is None:
            continue
        yield area[1:3], _value(cell.get("t", "n"), text)


def _value(kind: str, text: str) -> Value:
    match kind:
        case "b":
            return text.strip() in ("1", "true")
        case "e":
            return ErrorValue(text) if text in set(ErrorValue) else ErrorValue.VALUE
        case "n" | "":
            try:
                return float(text)
            except ValueError:
                return ErrorValue.VALUE
    return unescaped(text)
