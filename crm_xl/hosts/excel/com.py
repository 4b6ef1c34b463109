"""The object that the add-in talks to: a function of the registry, what a button of the ribbon does, and nothing else.

xlwings' own object would import any module and run any statement for whoever reaches it.
"""

from collections.abc import Sequence
from typing import Any

from crm_xl.engine.cells import Cell, Range
from crm_xl.hosts.excel import udfs
from crm_xl.hosts.excel.values import LARGE, MISSING, contents, from_cells


def offered(com_server: Any) -> type:
    """Return the class that xlwings' COM server is to offer, over its module `com_server`."""

    class Offered(com_server.XLPython):  # type: ignore[misc]
        """The two calls of the add-in."""

        _public_methods_ = ("Answer", "Press")

        def Answer(self, name: str, given: Sequence[Any]) -> Any:
            """Return what a function of the registry gives for the arguments of a cell."""
            return udfs.answer(name, [argument(value, com_server) for value in given])

        def Press(self, button: str, argument: Any) -> str:
            """Do what a button does and return what it has to say."""
            from crm_xl.hosts.excel import macros  # reads workbooks, which no formula needs

            return macros.BUTTONS[button](com_server.FromVariant(argument))

    return Offered


def argument(value: Any, com_server: Any) -> Range | Cell:
    """Return an argument of a cell: the contents of a range, or a value; None where it is left out."""
    if not isinstance(value, com_server.PyIDispatch):
        return None if type(value) is int and value == MISSING else from_cells(value)
    from win32com.client import Dispatch, dynamic

    # A range that is asked for its contents alone, without its type: each question is a call from process to process.
    cells = dynamic.DumbDispatch(value)
    return contents(Dispatch(value) if cells.CountLarge > LARGE else cells)
