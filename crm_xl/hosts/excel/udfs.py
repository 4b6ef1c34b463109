"""The functions as cells of Excel call them: by name, with what Excel handed over, without raising anything.

The function wizard takes the names of the arguments from the VBA (`wrappers`), and texts from the registry (`words`).
"""

from collections.abc import Sequence
from typing import Any

from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.functions.checks import spoken
from crm_xl.hosts.excel import settings
from crm_xl.hosts.excel.errors import marked
from crm_xl.hosts.excel.values import for_excel

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


def answer(name: str, arguments: Sequence[Any]) -> Any:
    """Return what a function gives, as Excel takes it: a fault is an error of a cell and never a text.

    Parameters
    ----------
    name
        The name of a function of the registry; another one is a KeyError, since no wrapper has it.
    arguments
        Ranges and values of cells; None where an argument is left out.
    """
    function = REGISTRY[name]
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
