"""The module of VBA with the functions that cells call, and with the texts of the function wizard.

The wrappers are xlwings' own, with three changes. Results go through `CrmResult`, which makes real errors of marked
ones. Where Python does not answer (not installed, not started, died), the cell shows `#VALUE!` and not the text of
the fault. And the workbook that is handed over is the add-in, never the active one: xlwings would look into a
workbook from anywhere for sheets of Python code.
"""

import re
from collections.abc import Iterator
from io import StringIO
from types import ModuleType, SimpleNamespace

from crm_xl.errors import ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.functions.registry import WIZARD_TEXT
from crm_xl.hosts.excel import vba
from crm_xl.hosts.excel.errors import NUMBERS
from crm_xl.hosts.excel.pywin32 import xlwings_udfs
from crm_xl.hosts.excel.udfs import CATEGORY, MODULE, decorated

NAME = "crm_xl_udfs"
_HEAD = """\
'Made by crm-xl from its registry of functions and xlwings' generator: changes are lost with the next one.
'In a workbook of your own: xlwings' module or reference belongs beside it, and CrmRegisterHelp, called once when the
'workbook is opened (True for Chinese), gives the function wizard its texts.
#Const App = "Microsoft Excel"
Private CrmTexts() As String
Private CrmCount As Long
"""
_NO_ANSWER = f"CVErr({NUMBERS[ErrorValue.VALUE]})"
# What xlwings writes and what stands in its place; each has to be found once in every function.
_CHANGES = (
    (r"^( *)(\w+) = XLPy\.CallUDF\((.*)\)$", r"\1\2 = CrmResult(XLPy.CallUDF(\3))", 2),
    (r"^( *)If TypeOf Application\.Caller Is Range Then On Error GoTo failed$", r"\1On Error GoTo failed", 1),
    (r"^( *)(\w+) = Err\.Description$", rf"\1\2 = {_NO_ANSWER}", 1),
)


def bas() -> str:
    """Return the module as a .bas file has it."""
    return vba.module(NAME, [_HEAD, wrappers(), vba.source("result.bas"), *_help()])


def wrappers() -> str:
    """Return the functions of VBA: xlwings' text with our changes."""
    text = generated()
    for pattern, replacement, times in _CHANGES:
        text, found = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        if found != times * len(REGISTRY):
            raise vba.xlwings_changed()
    return text


def generated() -> str:
    """Return what xlwings' own generator writes for the functions of the registry."""
    xlwings = xlwings_udfs()
    module = ModuleType(MODULE)
    for function in REGISTRY:
        made = decorated(function, xlwings.xlfunc, xlwings.xlarg, xlwings.xlret, "en")
        setattr(module, function.name, made)
    text = StringIO()
    # The ending decides what the wrappers hand over; ThisWorkbook of the code is the add-in.
    xlwings.generate_vba_wrapper(MODULE, module, text, SimpleNamespace(Name="crm_xl.xlsm"))
    return text.getvalue()


def _help() -> Iterator[str]:
    """The registration of the wizard's texts in both languages, a procedure for each function."""
    yield "Public Sub CrmRegisterHelp(ByVal Chinese As Boolean)"
    yield from (f"    CrmHelp_{function.name} Chinese" for function in REGISTRY)
    yield "End Sub\n"
    for function in REGISTRY:
        yield f"Private Sub CrmHelp_{function.name}(ByVal Chinese As Boolean)"
        for condition, language in (("If Chinese Then", "zh"), ("Else", "en")):
            yield f"    {condition}"
            texts = [function.summary, *(parameter.text for parameter in function.parameters)]
            for text in texts:
                yield f"        CrmText {vba.literal(text.in_(language)[:WIZARD_TEXT])}"
        yield "    End If"
        yield f'    CrmDescribe "{function.name}", "{CATEGORY}"'
        yield "End Sub\n"
