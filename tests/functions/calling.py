"""How the tests of functions call them: as a host does, by name, errors as the cell shows them."""

from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY


def call(name, *arguments):
    """Return what a function returns to a host."""
    return REGISTRY[name].call(*arguments)


def cell(name, *arguments):
    """Return what stands in the cell: the value, or the error as text."""
    try:
        return call(name, *arguments)
    except CrmError as error:
        return str(error.code)


def reason(name, *arguments, language="en"):
    """Return why a call fails, in words."""
    try:
        found = call(name, *arguments)
    except CrmError as error:
        return error.text(language)
    raise AssertionError(f"{name} answers {found!r}")
