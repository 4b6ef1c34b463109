"""How these tests call a function: as a host does, by name, errors as the cell shows them."""

from crm_xl.functions import REGISTRY
from tests.functions.calling import call, cell, reason

__all__ = ["call", "cell", "check", "reason", "rows_of"]

_PLACE = {p.name: i for i, p in enumerate(REGISTRY["CRM_CHECK"].parameters)}


def check(**tables):
    """CRM_CHECK over tables by name, without its header row; [] where it says OK."""
    given = [None] * len(_PLACE)
    tables.setdefault("costs", [["Component", "Amount"], ["Licence", 1.0]])
    for name, table in tables.items():
        given[_PLACE[name]] = table
    found = call("CRM_CHECK", *given)
    return [] if len(found) == 1 else found[1:]


def rows_of(table):
    """A spilled table as a dictionary of its rows by their first cell."""
    return {row[0]: list(row[1:]) for row in table[1:]}
