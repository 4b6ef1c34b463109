"""What runs in Excel: the cells that xlwings Lite hands to a function, and what the cell gets back.

A cell arrives as Office.js has it: a number, which is an integer where it is whole, a text, TRUE or FALSE, nothing, or
a dictionary where the cell holds an error or a data type. Dates are the numbers that stand in the cells. A range comes
as a list of rows, one row as a flat list, one cell alone.
"""

import marshal
from collections.abc import Mapping
from typing import Any

from crm_xl.engine.cells import Cell, Range
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.functions.about import host
from crm_xl.functions.arguments import remembered
from crm_xl.functions.registry import Result

# Which core answers: the module in the workbook that loads it says so.
core = ""
# A cell with a stock, a place or another such thing comes as this text, which xlwings puts in its place.
_NO_VALUE = "__xlwings_not_an_object_handle__"
_ERRORS = {error.value: error for error in ErrorValue}
# The errors that xlwings Lite makes real errors of; a newer one would become a text, which a sum passes over.
_REAL = {
    ErrorValue.NULL, ErrorValue.DIV0, ErrorValue.VALUE, ErrorValue.REF, ErrorValue.NAME, ErrorValue.NUM, ErrorValue.NA,
}  # fmt: skip
# From this version on the runtime of custom functions in Office knows errors as results.
_RUNTIME = "1.4"


class AnswerError(Exception):
    """The answer is an error, and this Excel makes an error of nothing but an exception."""


def answer(name: str, *arguments: Any) -> Any:
    """Return what the cell shows that calls a function.

    Parameters
    ----------
    name
        The function, as users type it.
    arguments
        As xlwings Lite hands them over with its converter `raw`.

    Returns
    -------
    One value, or rows of values; errors as texts, of which xlwings Lite makes real ones.

    Raises
    ------
    AnswerError
        In an Excel that is too old for errors as results; it shows #VALUE! then.

    >>> answer("CRM_TOTAL", [["Component", "Amount"], ["licence", 1200], ["training", 300]])
    1500.0
    >>> answer("CRM_TOTAL", [["Component", "Amount"], ["licence", {"type": "Error", "basicValue": "#DIV/0!"}]])
    '#DIV/0!'
    """
    function = REGISTRY[name]
    token = host.set(f"xlwings Lite, core {core}" if core else "xlwings Lite")
    try:
        result = function.call(*map(from_lite, arguments))
    except CrmError as error:
        result = error.code
    finally:
        host.reset(token)
    if isinstance(result, ErrorValue) and not _knows_errors():
        raise AnswerError(result.value)
    return for_lite(result)


# -- from Excel ------------------------------------------------------------------------------------------------------


def from_lite(value: Any) -> Range | Cell:
    """Return what was handed over as the functions take it: one cell as its value, more as a range.

    >>> from_lite([["a", 1], ["b", ""]]).rows, from_lite(["a", 1]).rows, from_lite(7)
    ((('a', 1.0), ('b', None)), (('a', 1.0),), 7.0)
    """
    if not isinstance(value, list | tuple):
        return _cell(value)
    rows = value if value and isinstance(value[0], list | tuple) else [value]
    try:
        key = marshal.dumps(rows, 2)  # the quickest digest that tells TRUE from 1
    except ValueError:  # blanks are objects of JavaScript in newer versions of Pyodide
        rows = [[_plain(v) for v in row] for row in rows]
        key = marshal.dumps(rows, 2)
    return _seen(_Rows(rows, key))


class _Rows:
    """The rows of a range, compared by content."""

    __slots__ = ("key", "rows")

    def __init__(self, rows: Any, key: bytes) -> None:
        self.rows, self.key = rows, key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and self.key == other.key


@remembered
def _seen(found: _Rows) -> Range:
    """The one range of these contents: its hash is taken once, and what was read from it is found again."""
    rows, found.rows = found.rows, None  # what is kept is the range alone
    return Range([[_cell(v) for v in row] for row in rows])


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        return ErrorValue.VALUE if value == _NO_VALUE else value or None
    if isinstance(value, dict):
        return _of_type(value)
    return None if _is_blank(value) else ErrorValue.VALUE


def _of_type(value: Mapping[str, Any]) -> Cell:
    """Return the value of a cell that holds an error or a data type; as a plain cell it would hold `basicValue`."""
    basic = value.get("basicValue")
    if "Error" in (value.get("type"), value.get("basicType")):
        # An error that is newer than our list must not pass for a blank.
        return _ERRORS.get(str(basic), ErrorValue.VALUE)
    return ErrorValue.VALUE if isinstance(basic, dict) else _cell(basic)


def _plain(value: Any) -> Any:
    """Return a cell as an object that can be digested."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {name: _plain(value.get(name)) for name in ("type", "basicType", "basicValue")}
    return None if _is_blank(value) else _NO_VALUE


def _is_blank(value: Any) -> bool:
    """Whether an object of JavaScript is its `null`; outside Pyodide nobody knows the class."""
    return type(value).__name__ == "JsNull"


# -- to Excel --------------------------------------------------------------------------------------------------------


def for_lite(result: Result) -> Any:
    """Return a result as xlwings Lite takes it."""
    if isinstance(result, list | tuple):
        return [[_shown(value) for value in row] for row in result]
    return _shown(result)  # type: ignore[arg-type]  # no rows, so a cell


def _shown(value: Cell) -> Cell:
    if isinstance(value, ErrorValue):
        return (value if value in _REAL else ErrorValue.VALUE).value
    return value


def _knows_errors() -> bool:
    """Whether Office makes real errors of texts like `#N/A`; where it cannot be asked, it is taken to."""
    try:
        from js import Office

        return bool(Office.context.requirements.isSetSupported("CustomFunctionsRuntime", _RUNTIME))
    except Exception:  # nobody around to be asked
        return True
