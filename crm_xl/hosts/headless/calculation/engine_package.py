"""A package that holds nothing but cells, in which the calculation engine is given a workbook."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

from crm_xl.errors import ErrorValue
from crm_xl.xlsx.references import cell_name
from crm_xl.xlsx.sheet import Value
from crm_xl.xlsx.sheet_writing import MAIN, number_text, xml_text

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

# Row, column, formula in the engine's form, value.
LoadedCell: TypeAlias = tuple[int, int, str | None, Value]
LoadedSheet: TypeAlias = tuple[str, Sequence[LoadedCell]]


def cells_only_package(sheets: Sequence[LoadedSheet], calculation: Mapping[str, str]) -> bytes:
    """Return an .xlsx of sheets given as (row, column, formula, value) in the order of their rows."""
    numbers = range(1, len(sheets) + 1)
    types = "".join(f'<Override PartName="/xl/s{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for i in numbers)
    tabs = "".join(f'<sheet name={quoteattr(sheets[i - 1][0])} sheetId="{i}" r:id="r{i}"/>' for i in numbers)
    links = "".join(f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="s{i}.xml"/>' for i in numbers)
    iterate = " ".join(f"{name}={quoteattr(value)}" for name, value in calculation.items())
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{tabs}</sheets>'
        f"<calcPr {iterate}/></workbook>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), _HEAD + text)
        for i, (_, cells) in enumerate(sheets, start=1):
            archive.writestr(zipfile.ZipInfo(f"xl/s{i}.xml"), _sheet(cells))
    return buffer.getvalue()


def _sheet(cells: Iterable[LoadedCell]) -> str:
    out = [f'{_HEAD}<worksheet xmlns="{MAIN}"><sheetData>']
    current = 0
    for row, column, formula, value in cells:
        if row != current:
            out.append(f'</row><row r="{row}">' if current else f'<row r="{row}">')
            current = row
        name = cell_name(row, column)
        if formula is not None:
            out.append(f'<c r="{name}"><f>{escape(formula)}</f></c>')
        elif isinstance(value, bool):
            out.append(f'<c r="{name}" t="b"><v>{value:d}</v></c>')
        elif isinstance(value, ErrorValue):
            out.append(f'<c r="{name}" t="e"><v>{value}</v></c>')
        elif isinstance(value, str):
            text = xml_text(value).decode()
            out.append(f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
        elif value is not None:
            out.append(f'<c r="{name}"><v>{number_text(value)}</v></c>')
    out.append("</row></sheetData></worksheet>" if current else "</sheetData></worksheet>")
    return "".join(out)
