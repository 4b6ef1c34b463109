"""What stands for pywin32 and for Excel, so that xlwings' COM server loads where there is no Windows.

Only what xlwings' code touches is here. Ranges behave as COM hands them over: one cell a scalar, several a tuple of
tuples, numbers as floats, dates as aware datetimes, money in a currency format as `Decimal`, errors as integers.
"""

import atexit
import ctypes
import datetime as dt
import sys
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType, SimpleNamespace

MISSING = -2147352572
NA, DIV0, REF, SPILL, FIELD = (-2146828288 + n for n in (2042, 2007, 2023, 2045, 2049))
_STUBBED = (
    "pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone",
    "win32com", "win32com.client", "win32com.server", "win32com.server.dispatcher", "win32com.server.policy",
    "win32com.server.util",
)  # fmt: skip
_OF_XLWINGS = ("udfs", "_xlwindows", "_win32patch", "com_server")


class _Whatever(type):
    """Any attribute may be asked of it, and it may be called."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Whatever(name, (), {"__init__": lambda self, *a, **k: None})


class _Module(ModuleType):
    def __getattr__(self, name):
        return getattr(_Whatever("anything", (), {}), name)


class Pointer:
    """What pywin32 hands over for an object of Excel."""


class Time(dt.datetime):
    """The class of the dates that pywin32 hands over."""


@contextmanager
def windows():
    """Load xlwings' modules for Windows over stubs, as `.udfs` and `.com_server`; afterwards all is as before."""
    import xlwings
    from xlwings.main import Engine

    own = [f"xlwings.{name}" for name in _OF_XLWINGS]
    before = {name: sys.modules.pop(name, None) for name in (*_STUBBED, *own)}
    held = {name: vars(xlwings).get(name) for name in _OF_XLWINGS}
    loaders = {name: vars(ctypes).get(name) for name in ("windll", "oledll", "PyDLL")}
    engine = xlwings.engines.engines_by_name.get("excel")
    register = atexit.register
    try:
        for name in _STUBBED:
            sys.modules[name] = _Module(name)
        sys.modules["pywintypes"].TimeType = Time
        sys.modules["pywintypes"].IID = lambda text: text
        sys.modules["pywintypes"].com_error = type("com_error", (Exception,), {})
        sys.modules["pythoncom"].IID_IDispatch = "IDispatch"
        sys.modules["pythoncom"].TypeIIDs = {"IDispatch": Pointer}
        sys.modules["pythoncom"].CoInitialize = lambda: None
        sys.modules["win32com.client"].Dispatch = lambda dispatch, **_: dispatch
        sys.modules["win32com.client"].dynamic = SimpleNamespace(DumbDispatch=lambda dispatch: dispatch)
        sys.modules["win32timezone"].utcnow = lambda: dt.datetime.now(dt.UTC)
        sys.modules["win32process"].GetWindowThreadProcessId = lambda hwnd: (1, 1)
        sys.modules["pythoncom"].__file__ = None  # of the running program, where the stubbed function is looked up
        for name in loaders:
            setattr(ctypes, name, _Module(name))
        ctypes.PyDLL = lambda _: _Module("dll")
        atexit.register = lambda function, *_, **__: function
        modules = {name: import_module(f"xlwings.{name}") for name in _OF_XLWINGS}
        atexit.register = register
        xlwings.engines.engines_by_name["excel"] = Engine(impl=modules["_xlwindows"].engine)
        try:
            yield SimpleNamespace(**modules)
        finally:
            modules["com_server"].loop.close()
    finally:
        atexit.register = register
        xlwings.engines.engines_by_name["excel"] = engine
        if engine is None:
            del xlwings.engines.engines_by_name["excel"]
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
        for place, names in ((xlwings, held), (ctypes, loaders)):
            for name, value in names.items():
                if value is not None:
                    setattr(place, name, value)
                elif name in vars(place):
                    delattr(place, name)


# -- Excel ---------------------------------------------------------------------------------------------------------


class Sheet:
    """A sheet: how much of it is used, and in which workbook it stands."""

    def __init__(self, rows=(), name="Sheet1", first=(1, 1)):
        self.rows, self.Name, self.first = [list(row) for row in rows], name, first
        self.asked = []
        self.Parent = SimpleNamespace(Name="Book1.xlsx", Application=SimpleNamespace(Hwnd=1))

    @property
    def UsedRange(self):
        top, left = self.first
        return Cells(self, top, left, len(self.rows), max(map(len, self.rows), default=0))

    def Cells(self, row, column):
        return Cells(self, row, column, 1, 1)

    def Range(self, first, last):
        return Cells(self, first.Row, first.Column, last.Row - first.Row + 1, last.Column - first.Column + 1)

    def at(self, row, column):
        i, j = row - self.first[0], column - self.first[1]
        inside = 0 <= i < len(self.rows) and 0 <= j < len(self.rows[i])
        return self.rows[i][j] if inside else None


class Cells(Pointer):
    """A range of a sheet."""

    def __init__(self, sheet, row, column, rows, columns, areas=1):
        self.Worksheet, self.Row, self.Column = sheet, row, column
        self.Rows, self.Columns = SimpleNamespace(Count=rows), SimpleNamespace(Count=columns)
        self.Areas = SimpleNamespace(Count=areas)

    @property
    def CountLarge(self):
        return self.Rows.Count * self.Columns.Count * self.Areas.Count

    @property
    def Count(self):  # asked by older versions of xlwings
        return self.CountLarge

    @property
    def Value(self):
        return self._read(formatted=True)

    @property
    def Value2(self):
        return self._read(formatted=False)

    def _read(self, formatted):
        self.Worksheet.asked.append((self.Rows.Count, self.Columns.Count))
        rows = tuple(
            tuple(_handed_over(self.Worksheet.at(self.Row + i, self.Column + j), formatted) for j in
                  range(self.Columns.Count))
            for i in range(self.Rows.Count)
        )  # fmt: skip
        return rows[0][0] if len(rows) * len(rows[0]) == 1 else rows


class Money:
    """An amount in a cell of a currency format."""

    def __init__(self, exact):
        self.exact = exact


def _handed_over(value, formatted):
    """A value of a cell as COM has it: numbers floats, dates aware, money of four decimals or without its format."""
    from decimal import Decimal

    if isinstance(value, Money):
        return Decimal(f"{value.exact:.4f}") if formatted else float(value.exact)
    if isinstance(value, dt.date):
        if not formatted:
            return float((value - dt.date(1899, 12, 30)).days)
        return Time(value.year, value.month, value.day, tzinfo=dt.UTC)
    return value


def cells(rows, first=(1, 1)):
    """Return a range over rows that fills its sheet."""
    return Sheet(rows, first=first).UsedRange
