"""Lets xlwings write its VBA where there is no Windows: its generator stands in a module that imports pywin32."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

_MODULES = ("pythoncom", "pywintypes", "win32com", "win32com.client")


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Put empty modules in the place of those of pywin32 that are not there, for the time of an import."""
    missing = [name for name in _MODULES if name not in sys.modules]
    for name in missing:
        sys.modules[name] = ModuleType(name)
    sys.modules["pythoncom"].__dict__.setdefault("CoInitialize", None)
    sys.modules["win32com.client"].__dict__.setdefault("Dispatch", None)
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


def xlwings_udfs() -> Any:
    """Return the module of xlwings that reads decorated functions and writes their VBA, on every system."""
    if sys.platform == "win32":
        return import_module("xlwings.udfs")
    with _stand_ins():
        return import_module("xlwings.udfs")
