"""Cells as Office.js hands them over, and workbooks looked into with nothing of ours."""

import datetime as dt
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from functools import cache

from crm_xl.engine.cells import Range
from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.hosts.excel.macros import calls
from crm_xl.hosts.headless import Book, Spellings, open_workbook
from crm_xl.hosts.lite import main_module, web_extension
from crm_xl.hosts.lite.carrying import carried
from crm_xl.templates.build import build
from crm_xl.templates.spec import example_spec
from crm_xl.xlsx.package import Package

EXTENSION = "xl/webextensions/webextension1.xml"
EPOCH = dt.date(1899, 12, 30)
NAMES = {
    "#DIV/0!": "Div0", "#N/A": "NotAvailable", "#NAME?": "Name", "#NULL!": "Null", "#NUM!": "Num", "#REF!": "Ref",
    "#VALUE!": "Value", "#SPILL!": "Spill", "#CALC!": "Calc",
}  # fmt: skip


def cell(value):
    """A cell as it is handed over: dates are numbers, errors are records."""
    if isinstance(value, ErrorValue):
        name = NAMES.get(str(value), "Busy")
        return {"type": "Error", "basicType": "Error", "basicValue": str(value), "errorType": name}
    if isinstance(value, dt.datetime):
        value = value.date()
    return (value - EPOCH).days if isinstance(value, dt.date) else value


def matrix(content):
    """A range as it is handed over: always rows."""
    rows = content.rows if isinstance(content, Range) else content
    if not isinstance(rows, list | tuple):
        rows = [[rows]]
    rows = rows if rows and isinstance(rows[0], list | tuple) else [rows]
    return [[cell(value) for value in row] for row in rows]


def returned(content):
    """What a function gives, as xlwings Lite hands it to Excel."""
    return [
        [{"type": "Error", "errorType": v["errorType"]} if isinstance(v, dict) else "" if v is None else v for v in row]
        for row in matrix(content)
    ]


@cache
def example(language: str) -> bytes:
    """The filled example."""
    return build(example_spec(language))


def arguments(book: Book, formula: str):
    """The arguments of a formula that is one call, as they are handed over."""
    [(function, texts)] = calls(formula, Spellings(REGISTRY))
    given = []
    for text in texts if function.parameters else []:
        if not text.strip():
            given.append(None)
        elif text.startswith('"'):
            given.append([[text.strip('"')]])
        elif any(mark in text for mark in "[!:"):
            given.append(matrix(book.evaluate(f"={text}")))
        elif text.strip().lstrip("-").replace(".", "", 1).isdecimal():
            given.append([[json.loads(text)]])
        else:
            given.append(matrix(book.evaluate(f"={text}")))
    return given


def examples(language: str):
    """The example of every function over the tables of the example workbook: name, arguments, what headless gives."""
    book = open_workbook(example(language))
    for function in REGISTRY:
        yield function.name, arguments(book, function.example), returned(book.evaluate(function.example))


def parts(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files(data: bytes) -> dict[str, str]:
    """The files that a workbook holds for xlwings Lite."""
    root = ET.fromstring(parts(data)["xl/webextensions/webextension1.xml"])
    found = {p.get("name"): json.loads(p.get("value")) for p in root.iter() if p.tag.endswith("}property")}
    return {name: text for name, text in found.items() if isinstance(text, str)}


# -- workbooks changed -------------------------------------------------------------------------------------------------


def changed(data, **changes):
    """A workbook with texts in its web extension replaced."""
    package = Package.open(data, "b.xlsx")
    text = package.parts[EXTENSION].decode()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new, 1)
    return package.to_bytes({EXTENSION: text.encode()})


def with_property(data, name, value):
    quoted = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return changed(data, one=("</we:properties>", f'<we:property name="{name}" value="{quoted}"/></we:properties>'))


def with_other_core(data):
    """The workbook with the code that another version would have made."""
    text = files(data)["main.py"].rpartition("# sha256 of all above: ")[0].replace("CRM_ functions", "CRM functions")
    text += f"# sha256 of all above: {main_module._sum(text)}\n"
    package = Package.open(data, "b.xlsx")
    [held] = carried(package)
    package = Package.open(package.to_bytes(web_extension.without_extension(package, held.extension)), "b.xlsx")
    return package.to_bytes(
        web_extension.with_extension(package, {"main.py": text, "requirements.txt": main_module.requirements()})
    )
