"""The functions as xlwings finds them: the one module that it imports (UDF_MODULES), made from the registry.

Excel takes the name of a function and of its arguments from the Python function; whatever else the function wizard
shows is in the registry. Nothing is written twice, so nothing here is per function.
"""

from collections.abc import Callable
from inspect import Parameter as Slot
from inspect import Signature
from typing import Any

import xlwings as xw

from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions import REGISTRY, Function
from crm_xl.functions.checks import spoken
from crm_xl.hosts.excel import settings
from crm_xl.hosts.excel.errors import marked
from crm_xl.hosts.excel.values import Argument, for_excel

MODULE = __name__
CATEGORY = "CRM"
# Words that VBA keeps for itself (MS-VBAL 3.3.5.2) among the names of arguments: they get a stroke at their end.
RESERVED = frozenset({"currency", "date"})

_language = settings.language()


def use_language(language: str | None) -> None:
    """Say in which language CRM_CHECK answers from now on; None is that of the tables."""
    global _language
    _language = language


def argument_name(name: str) -> str:
    """Return the name of an argument as VBA can have it.

    >>> argument_name("costs"), argument_name("date")
    ('costs', 'date_')
    """
    return f"{name}_" if name in RESERVED else name


def decorated(
    function: Function, func: Callable[..., Any], arg: Callable[..., Any], ret: Callable[..., Any], language: str
) -> Callable[..., Any]:
    """Return a function of the registry with xlwings' decorators, which off Windows do nothing.

    `func` has to be the topmost: `arg` and `ret` would put category, guard and volatility back to xlwings' own.
    """
    typed = bare(function, language)
    for parameter in reversed(function.parameters):
        typed = arg(argument_name(parameter.name), convert=Argument, doc=parameter.text.in_(language))(typed)
    return func(category=CATEGORY, call_in_wizard=False, volatile=False)(ret()(typed))  # type: ignore[no-any-return]


def bare(function: Function, language: str) -> Callable[..., Any]:
    """Return what a cell calls: a plain function of the name and signature that Excel shows; it raises nothing."""

    def call(*arguments: Any) -> Any:
        token = spoken.set(_language)
        try:
            return for_excel(function.call(*arguments))
        except CrmError as error:
            return marked(error.code)
        except Exception:
            # A defect of ours; its text must not stand in a cell.
            return marked(ErrorValue.VALUE)
        finally:
            spoken.reset(token)

    call.__name__ = call.__qualname__ = function.name
    call.__doc__ = function.summary.in_(language)
    call.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Slot(argument_name(p.name), Slot.POSITIONAL_OR_KEYWORD, default=None if p.optional else Slot.empty)
            for p in function.parameters
        ]
    )
    return call


globals().update({f.name: decorated(f, xw.func, xw.arg, xw.ret, _language or "en") for f in REGISTRY})
