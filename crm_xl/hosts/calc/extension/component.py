# mypy: ignore-errors
"""The extension as LibreOffice loads it: the methods behind CRM_*, and the job that binds them in opened documents."""

import json
import os

import uno  # noqa: F401 - makes the modules of UNO importable
import unohelper
from com.sun.star.beans import PropertyValue
from com.sun.star.task import XJob
from crm_xl_calc import binding, cells, link
from org.crmxl import XAddIn

_FOLDER = os.path.dirname(__file__)


def _loaded(name):
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


_CONTENTS = _loaded("contents.json")
_LINK = link.Link(
    os.path.join(_FOLDER, "engine"),
    link.pythons(_loaded("settings.json").get("python"), link.own_python()),
)
_TABLES = frozenset(function["name"] for function in _CONTENTS["functions"] if function["table"])
# The functions that say in their cells why nothing computes; all others show #VALUE! then.
_TALKING = ("CRM_CHECK", "CRM_VERSION")


def _language(context):
    """The language of LibreOffice: zh, or else en."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    path = PropertyValue()
    path.Name, path.Value = "nodepath", "/org.openoffice.Setup/L10N"
    access = provider.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", (path,))
    return "zh" if (access.getPropertyValue("ooLocale") or "").startswith("zh") else "en"


def _method(function):
    """Return the method of a function: it reads its arguments, has them computed and gives the result to Calc."""
    name, table, zeros = function["name"], function["table"], function["zeros"]

    def call(self, document, *arguments):
        try:
            day = document.NullDate
            if (day.Year, day.Month, day.Day) != cells.NULL_DATE:
                raise link.NoEngineError("dates_from", f"{day.Year}-{day.Month:02}-{day.Day:02}")
            given = [cells.argument(*pair) for pair in zip(arguments, zeros)]  # noqa: B905 - 3.9 has no strict
            while given and given[-1] is None:
                given.pop()
            found = _LINK.call(name, given)
        except link.NoEngineError as fault:
            found = self.said(fault) if name in _TALKING else {"error": "#VALUE!"}
        return cells.result(found, table)

    return call


class AddIn(unohelper.Base, XAddIn):
    """The functions, a method each."""

    def __init__(self, context):
        self.context = context

    def said(self, fault):
        """The reason why nothing computes, in the language of LibreOffice."""
        return _CONTENTS["texts"][fault.key][_language(self.context)].format(details=fault.details)


for _function in _CONTENTS["functions"]:
    setattr(AddIn, _function["method"], _method(_function))


class Binding(unohelper.Base, XJob):
    """Binds the functions in a document that has been loaded."""

    def __init__(self, context):
        self.context = context

    def execute(self, arguments):
        """Run as the job of an event: its arguments name the document."""
        for argument in arguments:
            if argument.Name == "Environment":
                for value in argument.Value:
                    if value.Name == "Model" and value.Value.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
                        binding.bind(value.Value, _TABLES)
        return ()


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name for which LibreOffice looks
g_ImplementationHelper.addImplementation(AddIn, "org.crmxl.AddIn", ("com.sun.star.sheet.AddIn",))
g_ImplementationHelper.addImplementation(Binding, "org.crmxl.Binding", ("com.sun.star.task.Job",))
