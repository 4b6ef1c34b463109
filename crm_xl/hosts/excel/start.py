"""Python started as the add-in starts it, without Excel: what fails here fails in Excel, and here the reason is seen.

On Windows only. The command is taken out of the VBA, so that there is one of it.
"""

import re
import sys
import time
from pathlib import Path
from typing import Any

from crm_xl.hosts.excel import addin

_VT_DISPATCH = 9


def command(python: str, attempt: int = 0) -> str:
    """Return the command with which the VBA of the add-in starts Python.

    >>> command("C:\\\\Python\\\\python.exe")
    '"C:\\\\Python\\\\python.exe" -B -P -m crm_xl.hosts.excel.server $(CLSID) 0'
    """
    found = re.search(r"^ *Command = (.+?)\r?$", addin.bridge(), re.MULTILINE)
    if found is None:
        raise ValueError("the bridge of the add-in starts Python in another way")
    named = {"Python": python, "Attempt": str(attempt)}
    parts = re.findall(r'"(?:""|[^"])*"|\w+', found[1])
    return "".join(part[1:-1].replace('""', '"') if part[0] == '"' else named[part] for part in parts)


def started(python: Path, library: Path) -> dict[str, object]:
    """Start Python through the library of xlwings, and ask it for its version as a cell does.

    Parameters
    ----------
    python
        The Python of the settings.
    library
        The library of xlwings for as many bits as the Python that runs this has.

    Returns
    -------
    Whether it answered and what, or the kind of the fault, and the milliseconds of the start and of a call. Python ends
    with the process that calls this.
    """
    if sys.platform != "win32":
        return {"answered": False, "fault": "not Windows"}
    import ctypes

    import pythoncom
    from win32com.client import dynamic

    class Variant(ctypes.Structure):
        _fields_ = (("kind", ctypes.c_ushort), ("_", ctypes.c_ushort * 3), ("value", ctypes.c_void_p * 2))

    since = time.perf_counter()
    result: Any = Variant()
    try:
        activate = ctypes.WinDLL(str(library)).XLPyDLLActivateAuto
        activate.argtypes, activate.restype = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int), ctypes.c_long
        failed = activate(ctypes.byref(result), command(str(python)).encode("mbcs"), 1)
        if failed or result.kind != _VT_DISPATCH:
            return {"answered": False, "fault": "Python did not start", "milliseconds": _passed(since)}
        server = dynamic.DumbDispatch(pythoncom.ObjectFromAddress(result.value[0], pythoncom.IID_IDispatch))
        start, since = _passed(since), time.perf_counter()
        version = server.Answer("CRM_VERSION", ())
    except Exception as fault:
        return {"answered": False, "fault": type(fault).__name__, "milliseconds": _passed(since)}
    return {"answered": True, "version": version, "start": start, "call": _passed(since)}


def _passed(since: float) -> float:
    return round((time.perf_counter() - since) * 1000, 1)
