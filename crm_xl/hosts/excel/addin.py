"""The add-in crm_xl.xlam: the wrappers, the bridge to Python, the macros and the ribbon in one file, without Excel.

The workbook around them comes from XlsxWriter, the VBA project from `vbaproject`. Of xlwings' VBA nothing is taken: its
procedures are public, so that a formula in any workbook could start a program with them. The class CrmBridge calls
the one function of xlwings' library that starts Python, which xlwings' own VBA calls in the same way.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
import xlwings

from crm_xl.data import LANGUAGES, term
from crm_xl.errors import CrmError
from crm_xl.hosts.excel import ribbon, settings, vba, words, wrappers
from crm_xl.hosts.excel.vbaproject import Module, vba_project

FILE = "crm_xl.xlam"
PROJECT = "CrmXl"
BRIDGE = "CrmBridge"
SETTINGS_SHEET = f"{settings.PROJECT}.conf"
_IDENTITY = "{7C2B6A0E-3D51-4E0B-9A57-2F8C61D04B93}"
_BOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADD_IN = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
# One date for every build, so that the same add-in has the same bytes.
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# How xlwings' own VBA declares the function of its library that the bridge calls, for either number of bits.
_DECLARED = (
    r'Declare PtrSafe Function XLPyDLLActivateAuto Lib "xlwings{bits}-{version}\.dll" \(ByRef Result As Variant, '
    r'Optional ByVal Config As String = "", Optional ByVal mode As Long = 1\) As Long'
)


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
    macros = vba.module("crm_xl_macros", vba.source("macros.bas").splitlines())
    return (
        Module(name="ThisWorkbook", kind="workbook", code=vba.source("workbook.bas")),
        Module(name="Sheet1", kind="worksheet", code=""),
        Module(name=BRIDGE, kind="class", code=bridge()),
        Module(name=words.NAME, kind="class", code=words.cls()),
        Module(name=wrappers.NAME, code=wrappers.bas()),
        Module(name="crm_xl_macros", code=macros),
    )


def bridge() -> str:
    """Return the class that starts Python and calls it, for the library of this version of xlwings.

    Raises
    ------
    CrmError
        When xlwings declares its library in another way than is known here.
    """
    theirs = (files("xlwings") / "xlwings_custom_addin.bas").read_text(encoding="ascii")
    version = re.escape(xlwings.__version__)
    if not all(re.search(_DECLARED.format(bits=bits, version=version), theirs) for bits in (32, 64)):
        raise CrmError("addin_xlwings_changed", version=xlwings.__version__)
    text = vba.source("bridge.cls").replace("@VERSION@", xlwings.__version__)
    vba.check(text, BRIDGE)
    return text


def sources(python: str = "") -> Mapping[str, bytes]:
    """Return the files of a folder from which `build_addin.ps1` makes the add-in through Excel itself."""
    checked(python)
    code = dict(module.file for module in modules() if module.kind in ("code", "class"))
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
    return {"INTERPRETER_WIN": python} if python else {}


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
