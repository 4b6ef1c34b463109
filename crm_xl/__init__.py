"""The total cost of a company's CRM, computed in spreadsheet formulas."""

from typing import TYPE_CHECKING, Any

from crm_xl._version import __version__

if TYPE_CHECKING:
    from crm_xl.errors import ErrorValue
    from crm_xl.hosts.headless import Book, open_workbook

__all__ = ["Book", "ErrorValue", "__version__", "open_workbook"]


def __getattr__(name: str) -> Any:
    # Late, so that the command line starts without the recalculation engine.
    if name in ("Book", "open_workbook"):
        from crm_xl.hosts import headless

        return getattr(headless, name)
    if name == "ErrorValue":
        from crm_xl.errors import ErrorValue

        return ErrorValue
    raise AttributeError(f"module 'crm_xl' has no attribute '{name}'")
