"""The total cost of a company's CRM, computed in spreadsheet formulas.

Every function of the registry stands here for data frames, too: `crm_xl.total`, `crm_xl.breakdown`, `crm_xl.npv` …
"""

from typing import Any

from crm_xl._version import __version__

__all__ = ["Book", "CrmError", "CrmWarning", "ErrorValue", "__version__", "open_workbook", "read_table"]


def __getattr__(name: str) -> Any:
    # Late, so that the command line starts without pandas and the recalculation engine.
    match name:
        case "Book" | "open_workbook":
            from crm_xl.hosts import headless

            return getattr(headless, name)
        case "CrmError" | "ErrorValue":
            from crm_xl import errors

            return getattr(errors, name)
        case "read_table":
            from crm_xl.hosts.pandas.tables import read_table

            return read_table
        case "CrmWarning":
            from crm_xl.hosts.pandas.functions import CrmWarning

            return CrmWarning
        case _ if not name.startswith("_"):
            from crm_xl.hosts.pandas.functions import named

            if (function := named(name)) is not None:
                return function
    raise AttributeError(f"module 'crm_xl' has no attribute '{name}'")


def __dir__() -> list[str]:
    from crm_xl.hosts.pandas.functions import names

    return sorted([*__all__, *names()])
