"""The add-in crm_xl.xlam: the wrappers, xlwings' VBA, the macros and the ribbon in one file, made without Excel.

The workbook around them comes from XlsxWriter, the VBA project from `vbaproject`. What the add-in takes from xlwings
is its BSD part, `xlwings_custom_addin.bas`, with its licence text, and changed in two places: the name of the
settings, and that it reads no settings and no code out of the workbook that is open. A workbook that came by mail
could name its own python.exe otherwise.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter

from crm_xl.data import LANGUAGES, term
from crm_xl.errors import CrmError
from crm_xl.hosts.excel import ribbon, settings, vba, wrappers
from crm_xl.hosts.excel.udfs import MODULE
from crm_xl.hosts.excel.vbaproject import Module, vba_project

FILE = "crm_xl.xlam"
PROJECT = "CrmXl"
SETTINGS_SHEET = f"{settings.PROJECT}.conf"
_IDENTITY = "{7C2B6A0E-3D51-4E0B-9A57-2F8C61D04B93}"
_BOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADD_IN = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
# One date for every build, so that the same add-in has the same bytes.
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# Where xlwings means the workbook that the user works in, not one that it reads settings from.
_ACTIVE = re.compile(r'"BOOK_CALLER", ActiveWorkbook|" --wb=" & """" & ActiveWorkbook\.Name')


def addin(python: str = "") -> bytes:
    """Return the add-in.

    Parameters
    ----------
    python
        The path of python.exe on every computer that loads this add-in; blank where each user's settings say so.

    Raises
    ------
    CrmError
        When the path holds a character that no path on Windows has.
    """
    checked(python)
    project = vba_project(PROJECT, _IDENTITY, modules())
    return _as_addin(_workbook(project, python))


def modules() -> tuple[Module, ...]:
    """Return the modules of the add-in: those behind workbook and sheet first."""
    code = {
        "xlwings": xlwings_source(),
        wrappers.NAME: wrappers.bas(),
        ribbon.TEXTS: ribbon.texts(),
        "crm_xl_macros": vba.module("crm_xl_macros", vba.source("macros.bas").splitlines()),
    }
    return (
        Module(name="ThisWorkbook", kind="workbook", code=vba.source("workbook.bas")),
        Module(name="Sheet1", kind="worksheet", code=""),
        *(Module(name=name, code=text) for name, text in code.items()),
    )


def xlwings_source() -> str:
    """Return xlwings' module for an add-in of one's own, under our name and blind to the active workbook.

    Python is started with -P: Excel's current folder is often that of a workbook, and a file `xlwings.py` beside a
    workbook must not be imported in place of the package.

    Raises
    ------
    CrmError
        When the text of this version of xlwings is another one than is known here.
    """
    text = (files("xlwings") / "xlwings_custom_addin.bas").read_text(encoding="ascii")
    text, named = re.subn(r'PROJECT_NAME As String = "myaddin"', f'PROJECT_NAME As String = "{settings.PROJECT}"', text)
    text, started = re.subn(r' -B -c ""', ' -B -P -c ""', text)
    parts = _ACTIVE.split(text)
    if named != 1 or started != 2 or len(parts) != 3:
        raise vba.xlwings_changed()
    kept: list[str] = _ACTIVE.findall(text)
    blind = [part.replace("ActiveWorkbook", "ThisWorkbook") for part in parts]
    return blind[0] + kept[0] + blind[1] + kept[1] + blind[2]


def sources(python: str = "") -> Mapping[str, bytes]:
    """Return the files of a folder from which `build_addin.ps1` makes the add-in through Excel itself."""
    checked(python)
    code = {f"{module.name}.bas": module.source for module in modules() if module.kind == "code"}
    messages = [f"        Write-Output '{term('excel_no_trust', language)}'" for language in LANGUAGES]
    script = vba.source("build_addin.ps1").replace("@MESSAGES@", "\n".join(messages))
    rows = StringIO()
    csv.writer(rows).writerows([("Name", "Value"), *_settings(python).items()])
    return {
        **code,
        "ThisWorkbook.txt": vba.source("workbook.bas").replace("\n", "\r\n").encode("ascii"),
        "customUI14.xml": ribbon.xml(),
        "settings.csv": rows.getvalue().encode("utf-8-sig"),
        # PowerShell of Windows reads a script without that mark in the code page of the computer.
        "build_addin.ps1": script.replace("@RELATION@", ribbon.RELATION).replace("\n", "\r\n").encode("utf-8-sig"),
    }


def checked(python: str) -> str:
    """Return the path of Python if Windows could have it.

    Raises
    ------
    CrmError
        When it holds a character that no path on Windows has.
    """
    if re.search(r'["<>|*?\r\n]', python):
        raise CrmError("addin_python_quotes", path=python)
    return python


def _settings(python: str) -> Mapping[str, str]:
    """What the add-in's own sheet says; a key that it names is asked nowhere else."""
    always = {"UDF MODULES": MODULE, "USE UDF SERVER": "True", "ADD_WORKBOOK_TO_PYTHONPATH": "false"}
    return {**always, "INTERPRETER_WIN": python} if python else always


def _workbook(project: bytes, python: str) -> bytes:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": "crm_xl", "comments": "The functions of crm_xl for Excel", "created": _MADE})
    book.add_vba_project(BytesIO(project), True)
    sheet = book.add_worksheet(SETTINGS_SHEET)
    for i, (key, value) in enumerate(_settings(python).items()):
        sheet.write_string(i, 0, key)
        sheet.write_string(i, 1, value)
    book.close()
    return buffer.getvalue()


def _as_addin(workbook: bytes) -> bytes:
    """Return a workbook with macros as an add-in: of that type, hidden, with its ribbon; the same bytes each time."""
    changes = {
        "[Content_Types].xml": (_BOOK, _ADD_IN),
        "xl/workbook.xml": ("<workbookView ", '<workbookView visibility="hidden" '),
        "_rels/.rels": (
            "</Relationships>",
            f'<Relationship Id="rIdRibbon" Type="{ribbon.RELATION}" Target="{ribbon.PART}"/></Relationships>',
        ),
    }
    buffer = BytesIO()
    with ZipFile(BytesIO(workbook)) as old, ZipFile(buffer, "w") as new:
        for name, content in _parts(old, changes):
            part = ZipInfo(name, _MADE.timetuple()[:6])
            part.compress_type = ZIP_DEFLATED
            new.writestr(part, content)
    return buffer.getvalue()


def _parts(old: ZipFile, changes: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    for name in old.namelist():
        content = old.read(name)
        if name in changes:
            before, after = changes[name]
            text = content.decode("utf-8")
            if text.count(before) != 1:
                raise ValueError(f"XlsxWriter has changed: {before} is not in {name} once")
            content = text.replace(before, after).encode("utf-8")
        yield name, content
    yield ribbon.PART, ribbon.xml()
