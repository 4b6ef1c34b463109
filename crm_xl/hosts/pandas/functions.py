"""A Python function for each function of the registry: `crm_xl.total` is CRM_TOTAL over data frames.

Names, arguments and texts are those of the registry, so that what is written there once is here, too.
"""

import warnings
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from crm_xl.data import term
from crm_xl.engine.cells import Range
from crm_xl.engine.problems import Severity
from crm_xl.errors import Cell
from crm_xl.functions import REGISTRY, arguments, labels
from crm_xl.functions.registry import Function
from crm_xl.hosts.pandas.frames import layouts, tidy, words_below
from crm_xl.hosts.pandas.tables import as_table

if TYPE_CHECKING:
    import pandas as pd

# What begins the name of every function in a cell.
PREFIX = "CRM_"
# Tables that hold cost lines, by the names of arguments.
_COSTS = ("costs", "pool")


class CrmWarning(UserWarning):
    """The answer leaves something out: cost lines that have no price yet are in no total."""


def python_name(function: Function) -> str:
    """Return the name of a function in Python.

    >>> python_name(REGISTRY["CRM_TOTAL"])
    'total'
    """
    return function.name.removeprefix(PREFIX).lower()


def named(name: str) -> Callable[..., Any] | None:
    """Return the Python function of a name, or None where the registry has none."""
    key = PREFIX + name.upper()
    return _made(REGISTRY[key]) if name.islower() and key in REGISTRY else None


def names() -> list[str]:
    """Return the names of all functions in Python, in the order of the registry."""
    return [python_name(function) for function in REGISTRY]


def _made(function: Function) -> Callable[..., "Cell | pd.DataFrame"]:
    signature = Signature(
        [
            Parameter(p.name, Parameter.POSITIONAL_OR_KEYWORD, default=None if p.optional else Parameter.empty)
            for p in function.parameters
        ]
    )

    def call(*args: Any, **options: Any) -> "Cell | pd.DataFrame":
        bound = signature.bind(*args, **options)
        given: dict[str, Any] = {
            p.name: as_table(value) if p.kind == "table" and value is not None else value
            for p in function.parameters
            for value in [bound.arguments.get(p.name)]
        }
        result = function.call(*given.values())
        unpriced = _warned(function, given)
        if not isinstance(result, list):
            return result  # type: ignore[return-value]  # every table is a list of rows
        # A check that finds nothing says so in one cell, and is a frame without rows.
        table = [[""] * len(layouts()[function.name].columns)] if len(result) == 1 == len(result[0]) else result
        for told in words_below(function.name, table, unpriced):
            warnings.warn(told, CrmWarning, stacklevel=2)
        return tidy(function.name, table, given, unpriced)

    call.__name__ = call.__qualname__ = python_name(function)
    call.__module__ = "crm_xl"
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__doc__ = function.implementation.__doc__
    return call


def _warned(function: Function, given: dict[str, Any]) -> int:
    """Warn of cost lines without a price; return the number of rows that the function ends its table with for them."""
    costs = next((given[name] for name in _COSTS if isinstance(given.get(name), Range)), None)
    if costs is None or function.name == "CRM_CHECK":
        return 0
    model = arguments.draft(costs, given.get("assumptions"))
    if model.problems and any(problem.severity is Severity.ERROR for problem in model.problems):
        return 0
    if row := labels.unpriced_rows(model, 1):
        warnings.warn(term("python_unpriced", "en", told=row[0][0]), CrmWarning, stacklevel=3)
    return len(row)
