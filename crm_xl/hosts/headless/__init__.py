"""Recalculation without a spreadsheet program: workbooks are read, evaluated and written from Python."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm_xl.hosts.headless.book import Book, open_workbook
    from crm_xl.hosts.headless.package import WorkbookError
    from crm_xl.hosts.headless.recalc import recalculate
    from crm_xl.hosts.headless.records import CallProblem, FormulaProblem, InputProblem, Recalculation

__all__ = [
    "Book",
    "CallProblem",
    "FormulaProblem",
    "InputProblem",
    "Recalculation",
    "WorkbookError",
    "open_workbook",
    "recalculate",
]

_MODULES = {"Book": "book", "open_workbook": "book", "WorkbookError": "package", "recalculate": "recalc"}


def __getattr__(name: str) -> Any:
    # Late, so that a command that starts another process for its workbook does not load the calculation engine itself.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'records')}"), name)
