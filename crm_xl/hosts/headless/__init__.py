"""Recalculation without a spreadsheet program: workbooks are read, evaluated and written from Python."""

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
