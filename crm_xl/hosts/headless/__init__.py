"""Recalculation without a spreadsheet program: workbooks are read, evaluated and written from Python.

What other parts of the project may use stands here; nothing outside imports deeper.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crm_xl.hosts.headless.book import Book, open_workbook
    from crm_xl.hosts.headless.calculation.dependents import Failure, causes
    from crm_xl.hosts.headless.calculation.failures import with_dependents
    from crm_xl.hosts.headless.calculation.model import Model
    from crm_xl.hosts.headless.calculation.proving import shown
    from crm_xl.hosts.headless.calculation.report import CallProblem, FormulaProblem, InputProblem, Recalculation
    from crm_xl.hosts.headless.calculation.stored_results import agrees
    from crm_xl.hosts.headless.comparing import second_opinion
    from crm_xl.hosts.headless.formulas.spellings import Spellings
    from crm_xl.hosts.headless.formulas.uses import OURS, moves
    from crm_xl.hosts.headless.plain_names import Mended, Repair, repair, repaired
    from crm_xl.hosts.headless.recalc import recalculate
    from crm_xl.xlsx.package import WorkbookError

__all__ = [
    "OURS",
    "Book",
    "CallProblem",
    "Failure",
    "FormulaProblem",
    "InputProblem",
    "Mended",
    "Model",
    "Recalculation",
    "Repair",
    "Spellings",
    "WorkbookError",
    "agrees",
    "causes",
    "moves",
    "open_workbook",
    "recalculate",
    "repair",
    "repaired",
    "second_opinion",
    "shown",
    "with_dependents",
]

_HERE = "crm_xl.hosts.headless"
_MODULES = {
    "book": ("Book", "open_workbook"),
    "calculation.dependents": ("Failure", "causes"),
    "calculation.failures": ("with_dependents",),
    "calculation.model": ("Model",),
    "calculation.proving": ("shown",),
    "calculation.report": ("CallProblem", "FormulaProblem", "InputProblem", "Recalculation"),
    "calculation.stored_results": ("agrees",),
    "formulas.spellings": ("Spellings",),
    "formulas.uses": ("OURS", "moves"),
    "recalc": ("recalculate",),
    "comparing": ("second_opinion",),
    "plain_names": ("Mended", "Repair", "repair", "repaired"),
}
_MODULE_OF = {name: f"{_HERE}.{module}" for module, names in _MODULES.items() for name in names}
_MODULE_OF["WorkbookError"] = "crm_xl.xlsx.package"


def __getattr__(name: str) -> Any:
    # Late, so that a command that starts another process for its workbook does not load the calculation engine itself.
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
